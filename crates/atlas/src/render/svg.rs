//! Tables as pictures.

use std::fmt::Write as _;

use super::html::{escape, shade};
use super::measure::{SIZE, width, wrapped};
use crate::table::Table;

/// The height of a line of text, and the room around it.
const LINE: usize = 20;
const PADDING: usize = 10;
/// Cells are wrapped where they would be wider.
const WIDEST: usize = 320;

/// A cell as it is drawn: its lines, how good it is among its like, what is said of it.
struct Drawn<'t> {
    lines: Vec<String>,
    good: Option<f64>,
    title: &'t str,
    bold: bool,
}

impl<'t> Drawn<'t> {
    fn new(text: &str, bold: bool) -> Self {
        // Fonts without emoji have these.
        let text = text.replace('⭐', "★").replace('✅', "✓");
        Self {
            lines: wrapped(&text, SIZE, bold, WIDEST),
            good: None,
            title: "",
            bold,
        }
    }

    fn width(&self) -> usize {
        let widths = self.lines.iter().map(|l| width(l, SIZE, self.bold));
        widths.max().unwrap_or_default() + 2 * PADDING
    }
}

/// A heat map: where one value is better than another, the better one is greener.
pub fn table(table: &Table) -> String {
    let heads = table.columns.iter().map(|c| c.title.as_str());
    let heads = [table.head.as_str()].into_iter().chain(heads);
    let mut rows: Vec<Vec<Drawn<'_>>> = vec![heads.map(|h| Drawn::new(h, true)).collect()];
    for row in &table.rows {
        let cells = row.cells.iter().map(|c| Drawn {
            good: c.good,
            title: c.instead.as_deref().unwrap_or_default(),
            ..Drawn::new(&c.text, false)
        });
        rows.push(
            [Drawn::new(&row.subject.title, false)]
                .into_iter()
                .chain(cells)
                .collect(),
        );
    }
    let mut widths = vec![0; table.columns.len() + 1];
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.width());
        }
    }
    let title = width(&table.title, SIZE, true) + 2 * PADDING;
    let wide = widths.iter().sum::<usize>().max(title);
    let mut body = String::new();
    let mut y = LINE + PADDING;
    for row in &rows {
        let lines = row.iter().map(|c| c.lines.len()).max().unwrap_or(1);
        let tall = lines * LINE + PADDING;
        let mut x = 0;
        for (cell, width) in row.iter().zip(&widths) {
            draw(cell, [x, y, *width, tall], &mut body);
            x += width;
        }
        y += tall;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {y}\" width=\"{wide}\" height=\"{y}\" \
         font-family=\"sans-serif\" font-size=\"{SIZE}\">\n<title>{0}</title>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#ffffff\"/>\n<text x=\"{PADDING}\" y=\"20\" font-weight=\"bold\" fill=\"#111827\">{0}</text>\n{body}</svg>\n",
        escape(&table.title)
    )
}

fn draw(cell: &Drawn<'_>, [x, y, width, height]: [usize; 4], out: &mut String) {
    let plain = if cell.bold { "#f3f4f6" } else { "#ffffff" };
    let fill = cell.good.map_or_else(|| plain.to_owned(), shade);
    let weight = if cell.bold { " font-weight=\"bold\"" } else { "" };
    let title = if cell.title.is_empty() {
        String::new()
    } else {
        format!("<title>{}</title>", escape(cell.title))
    };
    let _ = write!(
        out,
        "<g>{title}<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" stroke=\"#d1d5db\"/>"
    );
    for (index, line) in cell.lines.iter().enumerate() {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\"{weight} fill=\"#111827\">{}</text>",
            x + PADDING,
            y + PADDING / 2 + 15 + index * LINE,
            escape(line)
        );
    }
    *out += "</g>\n";
}
