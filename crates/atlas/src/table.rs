//! Tables as people read them: a matrix in one language, with rows and columns chosen, turned and sorted.

use std::cmp::Ordering;

use serde::Serialize;
use stackwright_catalog::model::{Cell, CellKind, CellValue, Column, Extreme, Mark, Matrix, Row, range};
use stackwright_text::{Diagnostic, nearest};

use crate::glossary::Glossary;

/// Which part of a matrix is shown, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these rows, in this order; all, if none is named.
    pub rows: Vec<String>,
    /// Only these columns, in this order; all, if none is named.
    pub columns: Vec<String>,
    /// Rows in the order of this column, least first.
    pub sort: Option<String>,
    /// Greatest first.
    pub descending: bool,
    /// Columns as rows.
    pub transpose: bool,
}

/// A table of texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Name of the matrix.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What the column of subjects is called.
    pub head: String,
    /// The columns.
    pub columns: Vec<Named>,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// A name for programs, and one for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// For programs.
    pub id: String,
    /// For people.
    pub title: String,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// What it is about.
    pub subject: Named,
    /// Its cells, one for each column.
    pub cells: Vec<TableCell>,
}

/// A cell of a table; empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TableCell {
    /// As it is written.
    pub text: String,
    /// Where it leads.
    pub address: Option<String>,
    /// The value.
    pub value: Option<Typed>,
    /// How good it is, from 0 to 1, where one of the column's values is better than another.
    pub good: Option<f64>,
    /// What is amiss with it, in a word.
    pub flaw: Option<&'static str>,
    /// What that word is called for people.
    #[serde(skip)]
    pub called: Option<String>,
    /// What is right instead.
    pub instead: Option<String>,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Typed {
    /// A place on a scale, from 1, of so many.
    Ordinal {
        /// The place.
        place: usize,
        /// The greatest.
        of: usize,
    },
    /// A range in canonical units.
    Range {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
        /// Whether the place among levels is known too.
        level: Option<usize>,
    },
    /// Words.
    Words(Vec<String>),
}

impl Typed {
    /// What a cell holds; nothing for sentences.
    fn of(column: &Column, cell: &Cell) -> Option<Self> {
        let place = |word: &str| match &column.holds {
            CellKind::Levels(levels) => levels.iter().position(|l| l == word).map(|p| (p + 1, levels.len())),
            _ => None,
        };
        Some(match &cell.value {
            CellValue::Stars(stars) => {
                let CellKind::Stars(most) = column.holds else {
                    return None;
                };
                Self::Ordinal {
                    place: usize::from(*stars),
                    of: usize::from(most),
                }
            }
            CellValue::Interval([low, high]) => Self::Range {
                low: *low,
                high: *high,
                level: None,
            },
            CellValue::Range(ends) => {
                let (low, high, _) = range(ends)?;
                Self::Range { low, high, level: None }
            }
            CellValue::Graded(graded) => {
                let (low, high, _) = range(&graded.range)?;
                let level = place(&graded.level).map(|(place, _)| place);
                Self::Range { low, high, level }
            }
            CellValue::Word(word) => match place(word) {
                Some((place, of)) => Self::Ordinal { place, of },
                None => Self::Words(vec![word.clone()]),
            },
            CellValue::Words(words) if words.is_empty() => return None,
            CellValue::Words(words) => Self::Words(words.clone()),
            CellValue::Check(word) => Self::Words(vec![word.clone()]),
            CellValue::Link(link) => Self::Words(vec![link.title.clone()]),
            CellValue::Text => return None,
        })
    }

    /// By level or place first, then by range; words have no order.
    fn key(&self) -> Option<(usize, f64, f64)> {
        match self {
            Self::Ordinal { place, .. } => Some((*place, 0.0, 0.0)),
            Self::Range { low, high, level } => Some((level.unwrap_or(0), *low, *high)),
            Self::Words(_) => None,
        }
    }
}

impl Table {
    /// A part of a matrix.
    ///
    /// # Errors
    ///
    /// A row or column that there is not, with the nearest name.
    pub fn of(matrix: &Matrix, selection: &Selection, glossary: &Glossary<'_>) -> Result<Self, Diagnostic> {
        let rows = chosen(&selection.rows, &matrix.rows, "row", |r| {
            [r.subject.clone(), title(r, glossary)]
        })?;
        let columns = chosen(&selection.columns, &matrix.columns, "column", |c| {
            [c.id.clone(), glossary.text(&c.title).to_owned()]
        })?;
        let rows = sorted(rows, &matrix.columns, selection, glossary)?;
        let good: Vec<_> = columns.iter().map(|c| Goodness::of(c, &matrix.rows)).collect();
        let cell = |row: &Row, column: &Column, good: &Goodness| match row.cells.get(&column.id) {
            Some(cell) => TableCell {
                text: glossary.cell(column, cell),
                address: match &cell.value {
                    CellValue::Link(link) => Some(link.address.clone()),
                    _ => None,
                },
                good: good.of_cell(column, cell),
                value: Typed::of(column, cell),
                flaw: cell.mark.as_ref().map(|m| m.flaw.name()),
                called: cell.mark.as_ref().map(|m| glossary.name(m.flaw.name()).to_owned()),
                instead: cell.mark.as_ref().and_then(|m| instead(m, glossary)),
            },
            None => TableCell::default(),
        };
        let table = Self {
            id: matrix.id.clone(),
            title: glossary.text(&matrix.title).to_owned(),
            head: matrix
                .head
                .as_ref()
                .map(|h| glossary.text(h).to_owned())
                .unwrap_or_default(),
            columns: columns
                .iter()
                .map(|c| Named {
                    id: c.id.clone(),
                    title: glossary.text(&c.title).to_owned(),
                })
                .collect(),
            rows: rows
                .iter()
                .map(|row| TableRow {
                    subject: Named {
                        id: row.subject.clone(),
                        title: title(row, glossary),
                    },
                    cells: columns.iter().zip(&good).map(|(c, g)| cell(row, c, g)).collect(),
                })
                .collect(),
        };
        Ok(if selection.transpose { table.transposed() } else { table })
    }

    /// One row of a matrix as a table, if the document states each row as one: columns of one title make a row.
    pub fn unfolded(matrix: &Matrix, subject: &str, glossary: &Glossary<'_>) -> Option<Self> {
        let unfolded = matrix.unfolded.as_ref()?;
        let row = matrix.rows.iter().find(|r| r.subject == subject)?;
        let heads: Vec<_> = unfolded.heads.iter().map(|h| glossary.text(h).to_owned()).collect();
        let (head, heads) = heads.split_first()?;
        let selection = Selection {
            rows: vec![subject.to_owned()],
            ..Selection::default()
        };
        let whole = Self::of(matrix, &selection, glossary).ok()?;
        let cells = whole.rows.into_iter().next()?.cells;
        let mut rows: Vec<TableRow> = Vec::new();
        for (column, cell) in whole.columns.into_iter().zip(cells) {
            if !row.cells.contains_key(&column.id) {
                continue;
            }
            match rows.last_mut().filter(|r| r.subject.title == column.title) {
                Some(row) => row.cells.push(cell),
                None => rows.push(TableRow {
                    subject: column,
                    cells: vec![cell],
                }),
            }
        }
        Some(Self {
            id: subject.to_owned(),
            title: title(row, glossary),
            head: head.clone(),
            columns: heads
                .iter()
                .map(|title| Named {
                    id: title.clone(),
                    title: title.clone(),
                })
                .collect(),
            rows,
        })
    }

    fn transposed(self) -> Self {
        let mut rows: Vec<_> = self
            .columns
            .into_iter()
            .map(|subject| TableRow {
                subject,
                cells: Vec::new(),
            })
            .collect();
        let mut columns = Vec::new();
        for row in self.rows {
            columns.push(row.subject);
            for (into, cell) in rows.iter_mut().zip(row.cells) {
                into.cells.push(cell);
            }
        }
        Self { columns, rows, ..self }
    }
}

/// What is right instead of something that is marked.
fn instead(mark: &Mark, glossary: &Glossary<'_>) -> Option<String> {
    let correction = mark.correction.as_ref()?;
    Some(match glossary.language() {
        stackwright_text::Language::En => correction.en.clone(),
        stackwright_text::Language::Zh => correction.zh.clone(),
    })
}

/// What a row is called.
pub fn title(row: &Row, glossary: &Glossary<'_>) -> String {
    match &row.title {
        Some(title) => glossary.text(title).to_owned(),
        None => glossary.name(&row.subject).to_owned(),
    }
}

/// The records of these names, for programs or for people; all, if none is named.
fn chosen<'r, T>(
    names: &[String],
    all: &'r [T],
    what: &str,
    called: impl Fn(&T) -> [String; 2],
) -> Result<Vec<&'r T>, Diagnostic> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let find = |name: &String| {
        let found = all.iter().find(|record| called(record).contains(name));
        found.ok_or_else(|| {
            let known: Vec<_> = all.iter().flat_map(&called).collect();
            unknown(what, name, known.iter().map(String::as_str))
        })
    };
    names.iter().map(find).collect()
}

/// The diagnostic for a name that there is not.
pub fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Diagnostic {
    let mut valid: Vec<String> = known.clone().map(|k| format!("`{k}`")).collect();
    valid.dedup();
    let valid = format!("there is {}", valid.join(", "));
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? {valid}"),
        None => valid,
    };
    Diagnostic::new("atlas::name", format!("unknown {what} `{name}`")).with_help(help)
}

/// Rows in the order of a column; what has no value comes last.
fn sorted<'r>(
    rows: Vec<&'r Row>,
    columns: &[Column],
    selection: &Selection,
    glossary: &Glossary<'_>,
) -> Result<Vec<&'r Row>, Diagnostic> {
    let Some(by) = &selection.sort else { return Ok(rows) };
    let by = chosen(std::slice::from_ref(by), columns, "column", |c| {
        [c.id.clone(), glossary.text(&c.title).to_owned()]
    })?;
    let Some(column) = by.into_iter().next() else {
        return Ok(rows);
    };
    let key = |row: &Row| row.cells.get(&column.id).and_then(|c| Typed::of(column, c)?.key());
    let text = |row: &Row| row.cells.get(&column.id).map(|c| glossary.cell(column, c));
    let mut keyed: Vec<_> = rows.into_iter().map(|r| (key(r), text(r), r)).collect();
    keyed.sort_by(|(a, s, _), (b, t, _)| {
        let order = match (a, b) {
            (Some(a), Some(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (None, None) => s.cmp(t),
            (a, b) => return b.is_some().cmp(&a.is_some()),
        };
        if selection.descending { order.reverse() } else { order }
    });
    Ok(keyed.into_iter().map(|(.., row)| row).collect())
}

/// How good the values of a column are.
struct Goodness {
    better: Option<Extreme>,
    least: f64,
    most: f64,
}

impl Goodness {
    fn of(column: &Column, rows: &[Row]) -> Self {
        let cells = rows.iter().filter_map(|r| r.cells.get(&column.id));
        let places: Vec<f64> = cells.filter_map(|c| place(column, c)).collect();
        Self {
            better: column.better,
            least: places.iter().copied().fold(f64::INFINITY, f64::min),
            most: places.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn of_cell(&self, column: &Column, cell: &Cell) -> Option<f64> {
        let place = place(column, cell)?;
        let span = self.most - self.least;
        let share = if span > 0.0 { (place - self.least) / span } else { 1.0 };
        match self.better? {
            Extreme::Most => Some(share),
            Extreme::Least if span > 0.0 => Some(1.0 - share),
            Extreme::Least => Some(1.0),
        }
    }
}

/// Where a cell stands in its column: a place, or the logarithm of the middle of a range.
fn place(column: &Column, cell: &Cell) -> Option<f64> {
    match Typed::of(column, cell)? {
        Typed::Ordinal { place, .. } => u8::try_from(place).ok().map(f64::from),
        Typed::Range { level: Some(level), .. } => u8::try_from(level).ok().map(f64::from),
        Typed::Range { low, high, .. } => Some(f64::midpoint(low, high).max(f64::MIN_POSITIVE).ln()),
        Typed::Words(_) => None,
    }
}
