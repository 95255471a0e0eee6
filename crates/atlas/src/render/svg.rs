//! Tables as pictures.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::html::{escape, shade};
use crate::table::Table;

/// Width of a character of a terminal, as fonts have it about.
pub(crate) const CHARACTER: usize = 9;
const ROW: usize = 30;
const PADDING: usize = 10;

/// A heat map: where one value is better than another, the better one is greener.
pub fn table(table: &Table) -> String {
    let heads = || table.columns.iter().map(|c| c.title.as_str());
    let mut widths: Vec<usize> = [table.head.as_str()]
        .into_iter()
        .chain(heads())
        .map(|t| t.width())
        .collect();
    for row in &table.rows {
        let cells = row.cells.iter().map(|c| c.text.as_str());
        for (width, cell) in widths
            .iter_mut()
            .zip([row.subject.title.as_str()].into_iter().chain(cells))
        {
            *width = (*width).max(cell.width());
        }
    }
    let widths: Vec<usize> = widths.into_iter().map(|w| w * CHARACTER + 2 * PADDING).collect();
    let width: usize = widths.iter().sum();
    let height = (table.rows.len() + 2) * ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"14\">\n<title>{0}</title>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#ffffff\"/>\n<text x=\"{PADDING}\" y=\"20\" font-weight=\"bold\">{0}</text>\n",
        escape(&table.title)
    );
    let mut line = |y: usize, cells: Vec<(&str, Option<f64>, &str)>, bold: bool| {
        let mut x = 0;
        for ((text, good, title), width) in cells.into_iter().zip(&widths) {
            let fill = good.map_or_else(
                || {
                    if bold {
                        "#f3f4f6".to_owned()
                    } else {
                        "#ffffff".to_owned()
                    }
                },
                shade,
            );
            let weight = if bold { " font-weight=\"bold\"" } else { "" };
            let title = if title.is_empty() {
                String::new()
            } else {
                format!("<title>{}</title>", escape(title))
            };
            let _ = writeln!(
                out,
                "<g>{title}<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{ROW}\" fill=\"{fill}\" stroke=\"#d1d5db\"/>\
                 <text x=\"{}\" y=\"{}\"{weight}>{}</text></g>",
                x + PADDING,
                y + 20,
                escape(text)
            );
            x += width;
        }
    };
    let head = [table.head.as_str()].into_iter().chain(heads());
    line(ROW, head.map(|h| (h, None, "")).collect(), true);
    for (index, row) in table.rows.iter().enumerate() {
        let subject = (row.subject.title.as_str(), None, "");
        let cells = row
            .cells
            .iter()
            .map(|c| (c.text.as_str(), c.good, c.instead.as_deref().unwrap_or_default()));
        line((index + 2) * ROW, [subject].into_iter().chain(cells).collect(), false);
    }
    out + "</svg>\n"
}
