//! Claims and the forms in which they can be checked, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{Account, Scope, SourceReference};
use super::{Localized, Matrix, Term};

/// Everything that claims files and matrices say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsData {
    /// The claims.
    pub claims: Vec<Claim>,
    /// What words such as `high` mean as grades.
    pub labels: Vec<Label>,
    /// Facts that are no figures, or that documents state as tables.
    pub matrices: Vec<Matrix>,
    /// What the words of matrices are called for people.
    pub terms: Vec<Term>,
}

/// A sentence that somebody states, in a form that can be checked. Its verdict is computed, never written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What is claimed; the Chinese text as the document has it, where it has it.
    pub text: Localized,
    /// Where it is claimed.
    pub source: ClaimSource,
    /// What must be true for it to hold.
    pub form: Form,
    /// What is right instead, where the claim is wrong or says too little.
    #[serde(default)]
    pub correction: Option<Correction>,
}

/// The place of a claim in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimSource {
    /// Title of the document.
    pub document: String,
    /// Number of the section.
    pub section: String,
    /// The line, from 1.
    pub line: u32,
    /// Whether the Chinese text stands there word for word. Otherwise the line names what the claim puts into words.
    #[serde(default = "yes")]
    pub verbatim: bool,
}

fn yes() -> bool {
    true
}

/// What is right instead of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
    /// Where it is said; absent where it follows from the catalogue.
    #[serde(default)]
    pub source: Option<SourceReference>,
}

/// What must be true for a claim to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Form {
    /// Both words reach the same stack, in every context.
    Equal(Sides),
    /// The words reach different stacks.
    Differ(Sides),
    /// x∘x = x for each of these operators.
    Idempotent(Vec<String>),
    /// x∘y = y∘x for each of these pairs of operators.
    Commute(Vec<[String; 2]>),
    /// This word changes no operator, before or after it.
    Identity(String),
    /// Every word over the operators reaches a stack.
    Closed,
    /// Just these operators have an inverse.
    Invertible(Invertible),
    /// The value of every composition follows from the values of its parts.
    Homomorphism(Homomorphism),
    /// Every word that reaches a stack reduces to one of the forms that have names.
    ReducesToNamedForms,
    /// A word has this normal form.
    Reaches(Reaches),
    /// A word has these three grades.
    Grades(WordGrades),
    /// A fact about one subject.
    Is(Is),
    /// A fact about every one of several subjects.
    Every(Quantified),
    /// A fact about at least one of several subjects.
    Some(Quantified),
    /// Subjects in order, with ties.
    Order(Order),
    /// Subjects that have the most or the least among several.
    Superlative(Superlative),
    /// A metric of a subject is counted for one unit of this sort.
    Counted(Counted),
    /// Every tool of a command line takes what it is given there.
    Accepted(CommandLine),
    /// All of these hold.
    All(Vec<Form>),
    /// At least one of these holds.
    Any(Vec<Form>),
    /// This does not hold.
    Not(Box<Form>),
}

/// Two words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sides {
    /// One.
    pub left: String,
    /// The other.
    pub right: String,
}

/// Which operators have an inverse, in one sense of the word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invertible {
    /// These, and no others.
    pub only: Vec<String>,
    /// In this sense.
    pub sense: InverseSense,
}

/// What is called an inverse of x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InverseSense {
    /// A word u with x∘u = ∅.
    Undoes,
    /// A word u with x∘u∘x = x.
    Regular,
}

/// A value of stacks that composes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Homomorphism {
    /// The value.
    pub of: StackValue,
    /// How the values of the parts make the value of the whole.
    pub by: Combination,
}

/// A value that every stack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackValue {
    /// The latency that reference figures add up to.
    ReferenceLatency,
    /// The grade of security.
    Security,
    /// The grade of observability.
    Observability,
}

/// How two values make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combination {
    /// They add.
    Sum,
    /// The least counts.
    Minimum,
    /// The greatest counts.
    Maximum,
}

/// A word and its normal form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reaches {
    /// The word.
    pub word: String,
    /// The normal form it is said to have.
    pub normal_form: String,
    /// The English name that the form is said to have.
    #[serde(default)]
    pub name: Option<String>,
}

/// A word and its grades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordGrades {
    /// The word.
    pub word: String,
    /// The grades, such as `5▼-3▲-5▼`.
    pub are: String,
}

/// A fact about one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Is {
    /// Whose value.
    pub subject: String,
    /// Which value.
    pub of: Dimension,
    /// What it is said to be.
    pub value: Predicate,
}

/// A fact about several subjects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantified {
    /// Whose values.
    pub subjects: Vec<String>,
    /// Which value.
    pub of: Dimension,
    /// What it is said to be.
    pub value: Predicate,
}

/// A chain of sets: subjects of one set are equal, those of a later set have more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Of what they have more.
    pub of: Dimension,
    /// The sets, least first.
    pub ascending: Vec<Vec<String>>,
}

/// Who has most or least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Superlative {
    /// These.
    pub subjects: Vec<String>,
    /// Among these.
    pub among: Vec<String>,
    /// Of what.
    pub of: Dimension,
    /// Most or least.
    pub have: Extreme,
    /// Whether others may have as much.
    #[serde(default)]
    pub shared: bool,
}

/// Most or least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Extreme {
    /// The greatest value.
    Most,
    /// The least value.
    Least,
}

/// What one unit of a figure is counted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The technologies that it is about together.
    pub subjects: Vec<String>,
    /// The metric.
    pub metric: String,
    /// The unit of account that is said.
    pub per: Account,
}

/// A command line as a document has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandLine {
    /// The line; a pipeline has a command on each side of `|`.
    pub line: String,
    /// The matrix that says what commands take: its rows are commands, and of its columns `options` are those that take a
    /// value, `switches` those that take none, and `operands` the other words as manuals write them, such as `[ARG...]`.
    pub by: String,
}

impl CommandLine {
    /// The columns that a matrix of commands has.
    pub const COLUMNS: [&str; 3] = ["options", "switches", "operands"];
}

/// Which value of a subject a claim is about, and so which facts it is judged by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Dimension {
    /// A reference grade of a word.
    Grade(GradeName),
    /// The latency that reference figures of a word add up to.
    ReferenceLatency,
    /// The isolation class of a word, of those that the grade rules name, weakest first.
    Isolation,
    /// What a host must have for a technology: the capabilities that it needs.
    Needs,
    /// A figure of a technology, a realization or a word, by evidence that has a method.
    Figure(FigureDimension),
    /// A cell of a matrix, the subject being its row.
    Cell(CellDimension),
    /// A cell of a matrix, the subject being its column.
    Row(RowDimension),
    /// How a reference to an authority, which is the subject, stands to what the authority says.
    Alignment,
}

/// One of the three grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GradeName {
    /// Latency.
    Latency,
    /// Security.
    Security,
    /// Observability.
    Observability,
}

impl GradeName {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Security => "security",
            Self::Observability => "observability",
        }
    }
}

/// A metric at one scope, or at any if the claim names none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureDimension {
    /// The metric.
    pub metric: String,
    /// The scope that the claim names, if it names one.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// The unit of account that the claim names, if it names one.
    #[serde(default)]
    pub account: Option<Account>,
}

/// A column of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellDimension {
    /// The matrix.
    pub matrix: String,
    /// Its column.
    pub column: String,
}

/// A row of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowDimension {
    /// The matrix.
    pub matrix: String,
    /// The subject of the row.
    pub row: String,
}

/// What a value is said to be. Numbers are written with their unit; grades, stars and counts without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Predicate {
    /// Below this.
    Below(String),
    /// This or less.
    AtMost(String),
    /// Above this.
    Above(String),
    /// This or more.
    AtLeast(String),
    /// From the one to the other, both included.
    Between([String; 2]),
    /// Typically this, within a share of it on both sides.
    About(About),
    /// This word, of a cell; or the meaning of this label, of a grade.
    Word(String),
}

/// A typical value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The value.
    pub value: String,
    /// How far off it may be, such as `25%`.
    pub within: String,
}

/// What a word means as a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The word.
    pub name: String,
    /// The grade that it is a word for.
    pub of: GradeName,
    /// The document's word.
    pub text: Localized,
    /// The least grade that is called so.
    pub least: u8,
    /// The greatest grade that is called so.
    pub greatest: u8,
}
