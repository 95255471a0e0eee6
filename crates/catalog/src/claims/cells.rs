//! Cells of matrices as facts.

use stackwright_text::quantity::{Dimension as Unit, number};

use super::facts::{Fact, Facts, Value, with_unit};
use crate::figure::Figure;
use crate::model::{Cell, CellKind, CellValue, Dimension, Matrix, range};

/// Cells of matrices.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'m> {
    /// The matrices.
    pub matrices: &'m [Matrix],
}

impl Facts for Cells<'_> {
    fn fact(&self, dimension: &Dimension, subject: &str) -> Option<Fact> {
        match dimension {
            Dimension::Cell(cell) => Some(self.cell(&cell.matrix, &cell.column, subject)),
            Dimension::Row(row) => Some(self.cell(&row.matrix, subject, &row.row)),
            _ => None,
        }
    }
}

/// A range with units, in canonical units.
fn figure(ends: &[String; 2]) -> Option<(Figure, String)> {
    let (low, high, unit) = range(ends)?;
    let figure = Figure {
        low: Some(low),
        high: Some(high),
        ..Figure::default()
    };
    Some((figure, canonical(unit).to_owned()))
}

/// The canonical unit of a dimension.
fn canonical(unit: Unit) -> &'static str {
    match unit {
        Unit::Time => "ms",
        Unit::Bytes => "B",
        Unit::Ratio => "%",
        Unit::Count => "",
    }
}

/// The value of a cell as claims compare it; nothing for sentences, and where the column does not apply.
pub fn value(cell: &Cell, holds: &CellKind) -> Option<Value> {
    let place = |word: &str| match holds {
        CellKind::Levels(levels) => levels.iter().position(|l| l == word),
        _ => None,
    };
    Some(match &cell.value {
        CellValue::Stars(stars) => Value::Ordinal(*stars),
        CellValue::Interval([low, high]) => {
            let CellKind::Interval(unit) = holds else { return None };
            let figure = Figure {
                low: Some(*low),
                high: Some(*high),
                ..Figure::default()
            };
            Value::Interval(figure, unit.clone())
        }
        CellValue::Range(ends) => {
            let (figure, unit) = figure(ends)?;
            Value::Range(figure, unit)
        }
        CellValue::Graded(graded) => {
            let (figure, unit) = figure(&graded.range)?;
            Value::Graded(graded.level.clone(), place(&graded.level)?, figure, unit)
        }
        CellValue::Word(word) | CellValue::Check(word) => Value::Word(word.clone(), place(word)),
        CellValue::Words(words) if words.is_empty() => return None,
        CellValue::Words(words) => Value::Words(words.clone()),
        CellValue::Link(link) => Value::Word(link.title.clone(), None),
        CellValue::Text => return None,
    })
}

/// A cell in words, without a language: names and numbers.
fn shown(cell: &Cell, holds: &CellKind) -> String {
    match (&cell.value, holds) {
        (CellValue::Stars(stars), _) => format!("{stars} stars"),
        (CellValue::Interval([low, high]), CellKind::Interval(unit)) => {
            let figure = Figure {
                low: Some(*low),
                high: Some(*high),
                ..Figure::default()
            };
            with_unit(&figure, unit)
        }
        (CellValue::Interval([low, high]), _) => format!("{}–{}", number(*low), number(*high)),
        (CellValue::Range([low, high]), _) => format!("{low} to {high}"),
        (CellValue::Graded(graded), _) => {
            let [low, high] = &graded.range;
            format!("{}, {low} to {high}", graded.level)
        }
        (CellValue::Word(word) | CellValue::Check(word), _) => word.clone(),
        (CellValue::Words(words), _) => words.join(", "),
        (CellValue::Link(link), _) => link.title.clone(),
        (CellValue::Text, _) => cell.text.as_ref().map(|t| t.en.clone()).unwrap_or_default(),
    }
}

impl Cells<'_> {
    fn cell(&self, matrix: &str, column: &str, subject: &str) -> Fact {
        let nothing = || Fact::unknown(format!("nothing is known of {column} of {subject}"));
        let Some(matrix) = self.matrices.iter().find(|m| m.id == matrix) else {
            return nothing();
        };
        let row = matrix.rows.iter().find(|r| r.subject == subject);
        let cell = row.and_then(|r| r.cells.get(column));
        let Some((column, cell)) = matrix.columns.iter().find(|c| c.id == column).zip(cell) else {
            return nothing();
        };
        let shown = shown(cell, &column.holds);
        let place = matrix.document.as_ref();
        let place = place.map(|d| format!("{}, section {}, table “{}”", d.document, d.section, matrix.title.en));
        let source = cell.source.as_ref().or(matrix.source.as_ref());
        let source = source.map(|s| s.title.clone()).or(place);
        let said: Vec<_> = source.into_iter().chain(cell.note.clone()).collect();
        match value(cell, &column.holds) {
            Some(value) => {
                let text = format!("{} of {subject}: {shown} ({})", column.title.en, said.join(": "));
                Fact::known(value, text)
            }
            None => Fact::unknown(format!("{} of {subject} cannot be compared: {shown}", column.title.en)),
        }
    }
}
