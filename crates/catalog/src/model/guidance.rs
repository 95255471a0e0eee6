//! What authorities say and since when, and the questions of guided choice.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Localized, SourceReference, Target, WorkloadKind};

/// Everything that files of authorities and decisions say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GuidanceData {
    /// What documents say that authorities say, and what these say.
    pub references: Vec<Reference>,
    /// Projects of foundations and how mature they are.
    pub projects: Vec<Project>,
    /// The concepts that guided choice chooses among.
    pub options: Vec<ConceptOption>,
    /// The questions of guided choice, in order.
    pub questions: Vec<Question>,
}

/// A reference of a document to an authority, and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// A name of its own, in kebab case.
    pub id: String,
    /// The concept that it is about.
    pub concept: String,
    /// What sort of authority it is.
    pub kind: AuthorityKind,
    /// Who says it.
    pub authority: String,
    /// Title of the article, entry, standard or publication.
    pub title: String,
    /// Where it is, or, if nothing is there, where the document says that it is.
    pub address: String,
    /// The licence under which it is quoted.
    pub licence: String,
    /// What the document says of it.
    pub said: Said,
    /// What was seen of it, oldest first.
    #[serde(default)]
    pub seen: Vec<Snapshot>,
    /// Where to look for it now, if somebody asks for that.
    #[serde(default)]
    pub live: Option<Live>,
    /// Why it is held that nothing of this title exists.
    #[serde(default)]
    pub absent: Option<Localized>,
    /// What there is in its stead.
    #[serde(default)]
    pub instead: Vec<Instead>,
    /// What else is to be known.
    #[serde(default)]
    pub note: Option<Localized>,
    /// Versions that were published, oldest first.
    #[serde(default)]
    pub releases: Vec<Release>,
}

/// A sort of authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorityKind {
    /// An encyclopedia.
    Encyclopedia,
    /// The glossary of a body.
    Glossary,
    /// A standard, or what its body publishes of it.
    Standard,
    /// A foundation of projects.
    Foundation,
    /// A publication.
    Publication,
}

impl AuthorityKind {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encyclopedia => "encyclopedia",
            Self::Glossary => "glossary",
            Self::Standard => "standard",
            Self::Foundation => "foundation",
            Self::Publication => "publication",
        }
    }
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The words.
    pub text: String,
    /// What they are.
    pub as_a: Basis,
    /// Where.
    pub document: String,
    /// The line, from 1.
    pub line: u32,
}

/// What words of a document are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The authority's own, as the document says.
    Quotation,
    /// The document's own.
    Definition,
    /// A title, with a place where it was published.
    Citation,
    /// An address under which the document says that it is.
    Link,
}

impl Basis {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quotation => "quotation",
            Self::Definition => "definition",
            Self::Citation => "citation",
            Self::Link => "link",
        }
    }
}

/// What an authority said at a time: a short quotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The words.
    pub text: String,
    /// Their SHA-256, as UTF-8, in hexadecimal.
    pub sha256: String,
    /// The day of the version, as far as the copy says; year and month, or more, in the form of ISO 8601.
    #[serde(default)]
    pub as_of: Option<String>,
    /// The day on which the copy was read.
    pub read: String,
    /// The copy that was read.
    pub copy: String,
}

/// Where to look now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// The address, over HTTP or HTTPS.
    pub address: String,
    /// What comes back.
    pub form: LiveForm,
}

/// What comes back from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LiveForm {
    /// JSON with the beginning of an article as `extract`.
    Summary,
    /// A page.
    Html,
    /// Text, with or without marks of Markdown.
    Text,
}

/// What there is instead of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// Title, with authors and place where it has them.
    pub title: String,
    /// Where it is.
    pub address: String,
    /// What it is.
    #[serde(default)]
    pub what: Option<Localized>,
}

/// A version that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The version.
    pub version: String,
    /// What it is, in its body's words.
    pub status: String,
    /// The day, in the form of ISO 8601, or its month.
    pub date: String,
    /// Who says so.
    pub source: SourceReference,
}

/// A project of a foundation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The concepts that it stands for.
    pub concepts: Vec<String>,
    /// The foundation.
    pub foundation: String,
    /// How mature it is, in the foundation's words.
    pub maturity: String,
    /// Since when, in the form of ISO 8601, where that is known.
    #[serde(default)]
    pub since: Option<String>,
    /// When the source says so, in the form of ISO 8601.
    pub as_of: String,
    /// Who says so.
    pub source: SourceReference,
}

/// A concept that guided choice can come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConceptOption {
    /// The concept.
    pub concept: String,
    /// What it is called.
    pub name: Localized,
    /// Operators of which a stack has one if it has the concept.
    pub operators: Vec<String>,
    /// How well it suits, from 1 to 5, by dimension.
    pub stars: BTreeMap<String, u8>,
}

/// A question of guided choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// A name of its own, in kebab case: the key of its answer.
    pub id: String,
    /// The step of the process that it belongs to.
    pub step: u8,
    /// The question.
    pub text: Localized,
    /// When it is asked: if the answer to a question asked before is this; always without it.
    #[serde(default)]
    pub after: BTreeMap<String, String>,
    /// Whether it can have several answers, or none.
    #[serde(default)]
    pub several: bool,
    /// The answer that is taken if none is given.
    #[serde(default)]
    pub default: Option<String>,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// An answer to a question, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its name, in kebab case.
    pub id: String,
    /// The answer.
    pub text: Localized,
    /// The concepts that it leads to.
    #[serde(default)]
    pub concepts: Vec<String>,
    /// The dimensions by which concepts are to be compared.
    #[serde(default)]
    pub compare: Vec<String>,
    /// What it asks of a stack.
    #[serde(default)]
    pub asks: Asked,
}

/// A fragment of a requirement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// What a plan is made for.
    pub target: Option<Target>,
    /// The sort of workload.
    pub workload: Option<WorkloadKind>,
    /// Needs.
    pub needs: Vec<String>,
    /// The weakest isolation class.
    pub isolation: Option<String>,
    /// Bounds on metrics, by name.
    pub metrics: BTreeMap<String, String>,
    /// Bounds on grades, by name.
    pub grades: BTreeMap<String, String>,
}
