//! Tables as text, Markdown, CSV, HTML and pictures.

mod block;
mod html;
pub mod measure;
mod svg;

use unicode_width::UnicodeWidthStr as _;

use crate::table::{Table, TableCell};

pub use block::{Block, blocks_html, blocks_markdown, blocks_text};
pub use html::{escape, page, table as html};
pub(crate) use measure::SIZE;
pub use svg::table as svg;

/// Columns of equal width, as wide as terminals show them.
pub fn text(table: &Table) -> String {
    let mut lines: Vec<Vec<&str>> = vec![head(table)];
    for row in &table.rows {
        let cells = row.cells.iter().map(|c| c.text.as_str());
        lines.push([row.subject.title.as_str()].into_iter().chain(cells).collect());
    }
    let mut widths = vec![0; table.columns.len() + 1];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut shown = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let missing = width.saturating_sub(cell.width());
            shown += &format!("{cell}{:missing$}  ", "");
        }
        text += shown.trim_end();
        text.push('\n');
    }
    text
}

fn head(table: &Table) -> Vec<&str> {
    let columns = table.columns.iter().map(|c| c.title.as_str());
    [table.head.as_str()].into_iter().chain(columns).collect()
}

/// A cell of Markdown: links lead somewhere.
fn linked(cell: &TableCell) -> String {
    let text = cell.text.replace('|', "\\|").replace('\n', " ");
    match &cell.address {
        Some(address) => format!("[{text}]({address})"),
        None => text,
    }
}

/// A table of Markdown, subjects in bold.
pub fn markdown(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(head(table).into_iter().map(|h| h.replace('|', "\\|")).collect());
    text += &row(vec!["---".to_owned(); table.columns.len() + 1]);
    for line in &table.rows {
        let subject = format!("**{}**", line.subject.title.replace('|', "\\|"));
        text += &row([subject].into_iter().chain(line.cells.iter().map(linked)).collect());
    }
    text
}

/// Values divided by commas, in quotes where they need them.
pub fn csv(table: &Table) -> String {
    let mut text = csv_line(head(table));
    for row in &table.rows {
        let cells = row.cells.iter().map(|c| c.text.as_str());
        text += &csv_line([row.subject.title.as_str()].into_iter().chain(cells));
    }
    text
}

/// A line of CSV. What a spreadsheet would take for a formula is kept from it by a quotation mark before it.
pub fn csv_line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let cell = |text: &str| {
        let text = if text.starts_with(['=', '+', '@']) {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        if text.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let cells: Vec<_> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\n"
}
