//! `table`: the composition table, a cell for every two operators.

use std::fmt::Write as _;

use serde::Serialize;
use stackwright::Catalog;
use stackwright::algebra::OperatorId;
use stackwright_locale::{Locale, say};

use crate::arguments::Format;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// The table: the cell in row `a` and column `b` is about a∘b.
#[derive(Serialize)]
struct Table<'a> {
    schema: &'static str,
    operators: Vec<&'a str>,
    cells: Vec<Cell<'a>>,
}

#[derive(Serialize)]
struct Cell<'a> {
    row: &'a str,
    column: &'a str,
    law: Law,
    /// What the law says, as an equation or in words.
    because: String,
    normal_form: Option<Vec<&'a str>>,
    display: Option<String>,
    grades: Option<String>,
}

/// What becomes of two operators, one outside of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Law {
    /// a∘b = b∘a, and neither absorbs the other.
    Commutes,
    /// a∘b ≠ b∘a: the order matters.
    Ordered,
    /// a∘a ≠ a: each repetition counts.
    Nests,
    /// a∘b is one of them.
    Absorbs,
    /// a∘b is shorter than two letters, or a macro's word, but neither of them.
    Becomes,
    /// a∘b describes no stack.
    IllTyped,
}

impl Law {
    const ALL: [Self; 6] = [
        Self::Commutes,
        Self::Ordered,
        Self::Nests,
        Self::Absorbs,
        Self::Becomes,
        Self::IllTyped,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Commutes => "commutes",
            Self::Ordered => "ordered",
            Self::Nests => "nests",
            Self::Absorbs => "absorbs",
            Self::Becomes => "becomes",
            Self::IllTyped => "ill-typed",
        }
    }

    /// A fill that tells the laws apart in print, too.
    fn color(self) -> &'static str {
        match self {
            Self::Commutes => "#f3f4f6",
            Self::Ordered => "#bfdbfe",
            Self::Nests => "#ddd6fe",
            Self::Absorbs => "#bbf7d0",
            Self::Becomes => "#fde68a",
            Self::IllTyped => "#6b7280",
        }
    }
}

/// Carries out `table`.
pub fn run(chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let table = table(catalog);
    match output.format() {
        Format::Json => output.json(&table),
        Format::Markdown => output.text(&markdown(&table)),
        Format::Csv => output.text(&csv(&table)),
        Format::Svg => output.text(&svg(&table, output.locale())),
        _ => output.text(&text(&table, output.locale())),
    }
    Ok(0)
}

fn table(catalog: &Catalog) -> Table<'_> {
    let algebra = catalog.algebra();
    let pairs = algebra.ids().flat_map(|a| algebra.ids().map(move |b| (a, b)));
    Table {
        schema: "stackwright/table/v1",
        operators: algebra.ids().map(|id| algebra.symbol(id)).collect(),
        cells: pairs.map(|(a, b)| cell(catalog, a, b)).collect(),
    }
}

fn cell(catalog: &Catalog, a: OperatorId, b: OperatorId) -> Cell<'_> {
    let algebra = catalog.algebra();
    let (row, column) = (algebra.symbol(a), algebra.symbol(b));
    let word = match catalog.automaton().normalize(algebra, &[a, b]) {
        Ok(word) => word,
        Err(error) => {
            return Cell {
                row,
                column,
                law: Law::IllTyped,
                because: algebra.explain(&error),
                normal_form: None,
                display: None,
                grades: None,
            };
        }
    };
    let display = algebra.display(&word);
    let swapped = catalog.automaton().decide(algebra, &[a, b], &[b, a]).equal;
    let law = if word == [a] || word == [b] {
        Law::Absorbs
    } else if a == b && word == [a, a] {
        Law::Nests
    } else if word.len() != 2 || !(word.contains(&a) && word.contains(&b)) {
        Law::Becomes
    } else if swapped {
        Law::Commutes
    } else {
        Law::Ordered
    };
    let because = match law {
        Law::Commutes => format!("{row}∘{column} = {column}∘{row}"),
        Law::Ordered => format!("{row}∘{column} ≠ {column}∘{row}"),
        Law::Nests => format!("{row}∘{column} ≠ {row}"),
        _ => format!("{row}∘{column} = {display}"),
    };
    Cell {
        row,
        column,
        law,
        because,
        normal_form: Some(word.iter().map(|id| algebra.symbol(*id)).collect()),
        grades: catalog.assess(&word).map(|a| a.grades.to_string()),
        display: Some(display),
    }
}

/// Rows of equal width: normal forms, `·` where there is none.
fn text(table: &Table<'_>, locale: &Locale) -> String {
    let shown = |cell: &Cell<'_>| cell.display.clone().unwrap_or_else(|| "·".to_owned());
    let widest = |column: &str| {
        let cells = table.cells.iter().filter(|c| c.column == column);
        cells
            .map(|c| shown(c).chars().count())
            .max()
            .unwrap_or(0)
            .max(column.len())
    };
    let widths: Vec<_> = table.operators.iter().map(|o| widest(o)).collect();
    let mut text = format!("{:<5}", "");
    for (operator, width) in table.operators.iter().zip(&widths) {
        let _ = write!(text, " {operator:<width$}");
    }
    let mut text = text.trim_end().to_owned() + "\n";
    for row in &table.operators {
        let mut line = format!("{row:<5}");
        for (cell, width) in table.cells.iter().filter(|c| c.row == *row).zip(&widths) {
            let _ = write!(line, " {:<width$}", shown(cell));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text + "\n" + &say!(locale, "table-legend") + "\n"
}

fn markdown(table: &Table<'_>) -> String {
    let mut text = format!(
        "| | {} |\n|{}\n",
        table.operators.join(" | "),
        " --- |".repeat(table.operators.len() + 1)
    );
    for row in &table.operators {
        let _ = write!(text, "| **{row}** |");
        for cell in table.cells.iter().filter(|c| c.row == *row) {
            let _ = match (&cell.display, &cell.grades) {
                (Some(display), Some(grades)) => write!(text, " {display} {grades} |"),
                (Some(display), None) => write!(text, " {display} |"),
                _ => write!(text, " *{}* |", cell.law.name()),
            };
        }
        text.push('\n');
    }
    text
}

fn csv(table: &Table<'_>) -> String {
    let mut text = "row,column,law,normal_form,grades,because\n".to_owned();
    for cell in &table.cells {
        let display = cell.display.as_deref().unwrap_or_default();
        let grades = cell.grades.as_deref().unwrap_or_default();
        let because = cell.because.replace('"', "\"\"");
        let _ = writeln!(
            text,
            "{},{},{},{display},{grades},\"{because}\"",
            cell.row,
            cell.column,
            cell.law.name()
        );
    }
    text
}

/// A heat map: a square for each cell, filled by its law, with the whole story as its tooltip.
fn svg(table: &Table<'_>, locale: &Locale) -> String {
    let (title, nothing) = (say!(locale, "table-title"), say!(locale, "laws-no-stack"));
    const SIDE: usize = 56;
    const MARGIN: usize = 48;
    let count = table.operators.len();
    let size = MARGIN + count * SIDE;
    let height = size + 40;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" \
         text-anchor=\"middle\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#ffffff\"/>\n",
        size + 8
    );
    for (index, operator) in table.operators.iter().enumerate() {
        let middle = MARGIN + index * SIDE + SIDE / 2;
        let _ = writeln!(
            text,
            "<text x=\"{middle}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{operator}</text>",
            MARGIN - 12
        );
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{operator}</text>",
            MARGIN / 2,
            middle + 5
        );
    }
    for (index, cell) in table.cells.iter().enumerate() {
        let (x, y) = (MARGIN + index % count * SIDE, MARGIN + index / count * SIDE);
        let grades = cell.grades.as_deref().unwrap_or_default();
        let ink = if cell.law == Law::IllTyped {
            "#ffffff"
        } else {
            "#111827"
        };
        let shown = cell.display.as_deref().unwrap_or(&nothing);
        let _ = writeln!(
            text,
            "<g><title>{}∘{}: {} {grades} ({})</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"10\" fill=\"{ink}\">{shown}</text><text x=\"{}\" y=\"{}\" font-size=\"8\" \
             fill=\"{ink}\">{grades}</text></g>",
            cell.row,
            cell.column,
            cell.law.name(),
            locale.told(&cell.because),
            SIDE - 2,
            SIDE - 2,
            cell.law.color(),
            x + SIDE / 2 - 1,
            y + SIDE / 2,
            x + SIDE / 2 - 1,
            y + SIDE / 2 + 14,
        );
    }
    for (index, law) in Law::ALL.into_iter().enumerate() {
        let x = MARGIN + index * 150;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{}\" width=\"16\" height=\"16\" fill=\"{}\"/><text x=\"{}\" y=\"{}\" font-size=\"13\" \
             text-anchor=\"start\">{}</text>",
            size + 12,
            law.color(),
            x + 22,
            size + 25,
            law.name()
        );
    }
    text + "</svg>\n"
}
