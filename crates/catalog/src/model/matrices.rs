//! Matrices: facts that are no figures, and the tables that documents state, as data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use stackwright_text::quantity::{Dimension, Quantity};

use super::evidence::SourceReference;
use super::{Correction, Extreme, Localized};

/// A table of facts: subjects in rows, dimensions in columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is about.
    pub title: Localized,
    /// The table of a document that it is, cell by cell.
    #[serde(default)]
    pub document: Option<DocumentPlace>,
    /// Where all of it is said, but for cells that name a source of their own.
    #[serde(default)]
    pub source: Option<SourceReference>,
    /// What the column of subjects is called.
    #[serde(default)]
    pub head: Option<Localized>,
    /// Of a matrix of which the document states each row as a table: how these tables look.
    #[serde(default)]
    pub unfolded: Option<Unfolded>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentPlace {
    /// Title of the document.
    pub document: String,
    /// Number of the section.
    pub section: String,
    /// The line, from 1; of a table, that of its heads.
    pub line: u32,
}

/// How the tables look of which each is one row: columns of one title make a row of as many cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unfolded {
    /// The heads: of the column of titles, and of those beside it.
    pub heads: Vec<Localized>,
}

/// A column of a matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name within the matrix.
    pub id: String,
    /// What it is called for people.
    pub title: Localized,
    /// What its cells hold.
    pub holds: CellKind,
    /// Which of its values is better, where one is.
    #[serde(default)]
    pub better: Option<Extreme>,
    /// The metric that it is about, where evidence can be set beside it.
    #[serde(default)]
    pub metric: Option<String>,
}

/// What the cells of a column hold. A cell without words stands for “not applicable” in each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CellKind {
    /// A number of stars, at most this many.
    Stars(u8),
    /// An interval in this unit, somewhere in which a value lies.
    Interval(String),
    /// The range that values typically have, of what this unit measures.
    Ranges(String),
    /// One of these words, least first: they have an order. A range can stand beside it.
    Levels(Vec<String>),
    /// Any word or list of words: they have no order.
    Words,
    /// Sentences.
    Text,
    /// Titles with an address.
    Links,
    /// What somebody ticked off.
    Checks,
    /// Normal forms.
    Stacks,
    /// Three grades, such as `5▼-3▲-5▼`.
    Grades,
    /// Whatever fits the row.
    Mixed,
}

/// A row of a matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What it is about.
    pub subject: String,
    /// What it is called for people, where that is not what the subject is called.
    #[serde(default)]
    pub title: Option<Localized>,
    /// Its cells by column. What is not known is left out.
    pub cells: BTreeMap<String, Cell>,
}

/// A cell and where it is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// What it holds.
    pub value: CellValue,
    /// How it is written, where that does not follow from the value.
    #[serde(default)]
    pub text: Option<Localized>,
    /// Where it is said, if not where the whole matrix is.
    #[serde(default)]
    pub source: Option<SourceReference>,
    /// Anything else worth knowing.
    #[serde(default)]
    pub note: Option<String>,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CellValue {
    /// A number of stars.
    Stars(u8),
    /// From the one to the other, in the unit of the column.
    Interval([f64; 2]),
    /// From the one to the other, each with its unit.
    Range([String; 2]),
    /// A level with a range.
    Graded(Graded),
    /// A word; one of the column's, where it has levels.
    Word(String),
    /// Several words without order; none where the column does not apply.
    Words(Vec<String>),
    /// A title with an address.
    Link(Link),
    /// Ticked off: it is said to be this.
    Check(String),
    /// Only what `text` says.
    Text,
}

/// The two ends of a range in the canonical unit of what they measure, or `None` if they do not measure the same, or the
/// range ends before it begins.
pub fn range(ends: &[String; 2]) -> Option<(f64, f64, Dimension)> {
    const ALL: [Dimension; 4] = [Dimension::Time, Dimension::Bytes, Dimension::Ratio, Dimension::Count];
    let [low, high] = ends;
    ALL.into_iter().find_map(|unit| {
        let (low, high) = (Quantity::parse(low, unit).ok()?, Quantity::parse(high, unit).ok()?);
        (low.value <= high.value).then_some((low.value, high.value, unit))
    })
}

/// A level with the range that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// The level.
    pub level: String,
    /// From the one to the other, each with its unit.
    pub range: [String; 2],
}

/// A title with an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The title.
    pub title: String,
    /// The address.
    pub address: String,
}

/// What is amiss with something that a document says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// In which way.
    pub flaw: Flaw,
    /// The claim that judges it, where there is one; it says what is right instead where this does not.
    #[serde(default)]
    pub claim: Option<String>,
    /// What is right instead, and where that is said.
    #[serde(default)]
    pub correction: Option<Correction>,
}

/// In which way something is amiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// It is not so.
    Wrong,
    /// It is said twice.
    Doubled,
    /// The same document says otherwise elsewhere.
    Inconsistent,
    /// It is so only of a part, or under conditions that are not named.
    TooBroad,
}

impl Flaw {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Doubled => "doubled",
            Self::Inconsistent => "inconsistent",
            Self::TooBroad => "too-broad",
        }
    }
}

/// What a word of matrices is called for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The word.
    pub id: String,
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}
