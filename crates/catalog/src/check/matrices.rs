//! Checks of matrices: every cell is what its column holds, and its words have names.

use std::collections::BTreeSet;

use stackwright_algebra::{Algebra, Automaton};
use stackwright_text::yaml::Step::{Index, Key};
use stackwright_text::{Diagnostic, quantity};

use super::file::{FileChecker, Path, at};
use crate::model::{Cell, CellKind, CellValue, Column, Matrix, range};
use crate::read::{CatalogData, DataFile};

/// Checks the matrices of one file against the whole catalogue.
pub fn check(
    file: &DataFile,
    data: &CatalogData,
    algebra: &Algebra,
    automaton: &Automaton,
    findings: &mut Vec<Diagnostic>,
) {
    let mut checker = FileChecker {
        file,
        data,
        algebra,
        automaton,
        findings,
    };
    for (i, matrix) in file.data.claims.matrices.iter().enumerate() {
        checker.matrix(vec![Key("matrices"), Index(i)], matrix);
    }
}

impl FileChecker<'_> {
    fn matrix(&mut self, path: Path, matrix: &Matrix) {
        let mut columns = BTreeSet::new();
        for (i, column) in matrix.columns.iter().enumerate() {
            let path = at(&path, [Key("columns"), Index(i)]);
            if !columns.insert(column.id.as_str()) {
                let message = format!("the column `{}` is there twice", column.id);
                self.report(&path, "catalog::duplicate", message);
            }
            self.column(&path, column);
        }
        let mut subjects = BTreeSet::new();
        for (i, row) in matrix.rows.iter().enumerate() {
            let row_path = at(&path, [Key("rows"), Index(i)]);
            if !subjects.insert(row.subject.as_str()) {
                let message = format!("the row `{}` is there twice", row.subject);
                self.report(&row_path, "catalog::duplicate", message);
            }
            for (name, cell) in &row.cells {
                let path = at(&row_path, [Key("cells")]);
                let Some(column) = matrix.columns.iter().find(|c| c.id == *name) else {
                    let known = matrix.columns.iter().map(|c| c.id.as_str());
                    self.unknown(&path, "column", name, known);
                    continue;
                };
                self.cell(&path, column, cell);
                if let Some(claim) = cell.mark.as_ref().and_then(|m| m.claim.as_ref()) {
                    self.claim(&path, claim);
                }
                if cell.source.is_none() && matrix.source.is_none() && matrix.document.is_none() {
                    let message = format!("the cell `{name}` does not say its `source`, and neither does the matrix");
                    self.report(&path, "claim::cell", message);
                }
            }
        }
    }

    fn column(&mut self, path: &Path, column: &Column) {
        if let CellKind::Interval(unit) | CellKind::Ranges(unit) = &column.holds
            && quantity::unit(unit).is_none()
        {
            let path = at(path, [Key("holds")]);
            self.report(&path, "catalog::unit", format!("unknown unit `{unit}`"));
        }
        if let Some(metric) = &column.metric {
            self.metric(&at(path, [Key("metric")]), metric);
        }
    }

    fn cell(&mut self, path: &Path, column: &Column, cell: &Cell) {
        let name = &column.id;
        let level = |levels: &[String], word: &String| levels.contains(word);
        let not_applicable = matches!(&cell.value, CellValue::Words(words) if words.is_empty());
        let fits = not_applicable
            || match (&column.holds, &cell.value) {
                (CellKind::Stars(most), CellValue::Stars(stars)) => stars <= most,
                (CellKind::Interval(_), CellValue::Interval([low, high])) => {
                    low.is_finite() && high.is_finite() && low <= high
                }
                (CellKind::Ranges(unit), CellValue::Range(ends)) => {
                    range(ends).map(|(.., found)| found) == quantity::unit(unit).map(|(unit, _)| unit)
                }
                (CellKind::Levels(levels), CellValue::Word(word)) => level(levels, word),
                (CellKind::Levels(levels), CellValue::Graded(graded)) => {
                    level(levels, &graded.level) && range(&graded.range).is_some()
                }
                (CellKind::Mixed, CellValue::Range(ends)) => range(ends).is_some(),
                // Words beside levels stand outside of their order.
                (CellKind::Levels(_), CellValue::Words(_))
                | (CellKind::Words | CellKind::Mixed, CellValue::Word(_) | CellValue::Words(_))
                | (CellKind::Links, CellValue::Link(_))
                | (CellKind::Checks, CellValue::Check(_))
                | (CellKind::Stacks | CellKind::Grades, CellValue::Word(_)) => true,
                (CellKind::Text | CellKind::Mixed, CellValue::Text) => cell.text.is_some(),
                _ => false,
            };
        if !fits {
            let message = format!("this is not what the column `{name}` holds");
            self.report(path, "claim::cell", message);
        }
        match (&column.holds, &cell.value) {
            (CellKind::Stacks, CellValue::Word(word)) => self.stack(path, "claim::word", word),
            (CellKind::Grades, CellValue::Word(grades)) if !is_grades(grades) => {
                let message = format!("expected three grades such as `5▼-3▲-5▼`, found `{grades}`");
                self.report(path, "claim::value", message);
            }
            _ => {}
        }
    }
}

/// Whether a text is three grades.
pub fn is_grades(text: &str) -> bool {
    let is_grade = |part: &str| {
        part == "?" || matches!(part.strip_suffix(['▼', '▲']), Some(g) if matches!(g.parse(), Ok(1..=5_u8)))
    };
    text.split('-').count() == 3 && text.split('-').all(is_grade)
}
