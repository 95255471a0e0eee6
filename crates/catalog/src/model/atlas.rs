//! The atlas: isolation concepts, how they relate, where they are used, and what documents recommend, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Link, Localized, Mark};

/// Everything that atlas files say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AtlasData {
    /// The concepts.
    pub concepts: Vec<IsolationConcept>,
    /// What concepts relate to besides each other.
    pub things: Vec<Thing>,
    /// How they relate.
    pub relations: Vec<Relation>,
    /// Where concepts are used.
    pub domains: Vec<Domain>,
    /// What is recommended.
    pub practices: Vec<Practice>,
    /// Selections of concepts for an application.
    pub studies: Vec<CaseStudy>,
    /// Words of operators with the technologies that implement them.
    pub cases: Vec<OperatorCase>,
    /// Whatever else documents list.
    pub lists: Vec<ItemList>,
    /// The tree of selection, its root first.
    pub tree: Vec<TreeNode>,
}

/// A way to isolate, or to govern what is isolated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IsolationConcept {
    /// A name of its own, in kebab case; the subject of its rows in matrices.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// The operators that stand for it, the one that is meant if nothing else is said first.
    pub operators: Vec<String>,
    /// How an encyclopedia defines it, as the document quotes it.
    pub article: Quotation,
    /// How the document defines it.
    pub definition: ConceptText,
    /// Where it is used.
    pub domains: Vec<Item>,
    /// What it is made with.
    pub technologies: Vec<TechnologyItem>,
    /// Authorities.
    pub references: Vec<Link>,
    /// It in a few words.
    pub summary: ConceptSummary,
}

/// What an article says, as somebody quotes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quotation {
    /// The words.
    pub text: String,
    /// Title of the article, as the link names it.
    pub title: String,
    /// Its address.
    pub address: String,
    /// The line of the document, from 1.
    pub line: u32,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// A text in both languages, as a document has it at a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConceptText {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
    /// The line of the document where it begins, from 1.
    pub line: u32,
}

/// An entry of a list: what it is about, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is about; absent where the entry is only a text.
    #[serde(default)]
    pub name: Option<Localized>,
    /// What is said.
    pub text: Localized,
    /// The line of the document, from 1.
    pub line: u32,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// A technology as a document lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TechnologyItem {
    /// The name that the document gives it.
    pub name: String,
    /// What it says of it.
    pub text: Localized,
    /// The line of the document, from 1.
    pub line: u32,
    /// The technology of the catalogue, where it has it.
    #[serde(default)]
    pub technology: Option<String>,
    /// What is amiss with the entry.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// A concept in a few words, for maps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConceptSummary {
    /// The line of the document where it begins, from 1.
    pub line: u32,
    /// What it is.
    pub definition: Localized,
    /// How it is.
    pub attributes: Localized,
    /// What it stands on.
    pub relation: Localized,
    /// Where it is used.
    pub domains: Localized,
    /// What it is made with.
    pub technologies: Localized,
}

/// Something that concepts relate to and that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
}

/// An edge of the graph of concepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// A concept or thing.
    pub from: String,
    /// What it does to the other.
    pub kind: RelationKind,
    /// A concept or thing.
    pub to: String,
    /// What the document says of it.
    pub text: Localized,
    /// The line of the document, from 1.
    pub line: u32,
    /// The word of operators that it stands for, where it is a composition.
    #[serde(default)]
    pub word: Option<String>,
    /// Realizations or technologies of the catalogue that do it.
    #[serde(default)]
    pub by: Vec<String>,
    /// When, where it is about time.
    #[serde(default)]
    pub period: Option<String>,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// How two things relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// The first directly encloses the second.
    Contains,
    /// The first can run on the second.
    RunsOn,
    /// Both are used together.
    ComposesWith,
    /// The first needs the second.
    DependsOn,
    /// The second came after the first.
    EvolvesInto,
}

impl RelationKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Contains,
        Self::RunsOn,
        Self::ComposesWith,
        Self::DependsOn,
        Self::EvolvesInto,
    ];

    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::RunsOn => "runs-on",
            Self::ComposesWith => "composes-with",
            Self::DependsOn => "depends-on",
            Self::EvolvesInto => "evolves-into",
        }
    }

    /// What the first does to the second, and the second to the first.
    pub fn phrases(self) -> [Localized; 2] {
        let (there, back) = match self {
            Self::Contains => (("contains", "包含"), ("is contained in", "位于其内")),
            Self::RunsOn => (("runs on", "运行于"), ("carries", "承载")),
            Self::ComposesWith => (("composes with", "组合"), ("composes with", "组合")),
            Self::DependsOn => (("depends on", "依赖"), ("is needed by", "被依赖")),
            Self::EvolvesInto => (("evolved into", "演进为"), ("evolved from", "演进自")),
        };
        [there, back].map(|(en, zh)| Localized {
            en: en.to_owned(),
            zh: zh.to_owned(),
        })
    }
}

/// A field of use and what is recommended there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// Number of the section.
    pub section: String,
    /// The line of the core concepts, from 1.
    pub line: u32,
    /// The core concepts, as the document names them.
    pub core: Vec<StackItem>,
    /// What it is about.
    pub scenarios: Vec<Item>,
    /// What is recommended.
    pub stacks: Vec<StackItem>,
    /// What a planner is asked, to see whether it agrees.
    pub ask: Ask,
}

/// A concept with technologies for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackItem {
    /// The concept.
    pub concept: String,
    /// What it is called here, where that is not its name.
    #[serde(default)]
    pub name: Option<Localized>,
    /// The technologies, as the document names them.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// What it says of them.
    #[serde(default)]
    pub text: Option<Localized>,
    /// The line of the document, from 1.
    pub line: u32,
}

/// A question for the planner, and what is recommended as its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The requirement in words, in those of the document where that is possible.
    pub text: String,
    /// Profiles that it starts from.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Stacks that the document recommends for it.
    pub words: Vec<String>,
}

/// What is recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// What is recommended.
    pub text: Localized,
    /// The line of the document, from 1.
    pub line: u32,
    /// Concepts and technologies that follow it.
    #[serde(default)]
    pub concepts: Vec<String>,
    /// Technologies of the catalogue that follow it.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// What a planner is asked, to see whether it agrees; absent where it is advice about other things than stacks.
    #[serde(default)]
    pub ask: Option<Ask>,
}

/// A selection of concepts for an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseStudy {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// Number of the section.
    pub section: String,
    /// What is built.
    pub scenario: Item,
    /// What is required.
    pub needs: Vec<Item>,
    /// What is selected.
    pub selection: Vec<Item>,
    /// Why.
    pub analysis: Vec<Item>,
    /// What comes of it.
    pub effects: Vec<Item>,
    /// What a planner is asked, to see whether it agrees.
    pub ask: Ask,
}

/// A word of operators with the technologies that implement it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorCase {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// Number of the section.
    pub section: String,
    /// The word.
    pub word: String,
    /// Its grades.
    pub grades: String,
    /// What is required, the word as a sequence, how it simplifies and which row of the tables it is.
    pub statements: Vec<Item>,
    /// What the grades mean.
    pub levels: Vec<Item>,
    /// Layers and how each is made.
    pub stack: Vec<BlockLine>,
    /// Parts and what each is.
    pub implementation: Vec<BlockLine>,
    /// How it is deployed.
    pub commands: Vec<Command>,
    /// Figures.
    pub figures: Vec<Item>,
}

/// A line of a block of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockLine {
    /// What it is about.
    pub key: Localized,
    /// What it is set to.
    pub value: Localized,
    /// The line of the document, from 1.
    pub line: u32,
    /// The operators that it stands for, as a word.
    #[serde(default)]
    pub word: Option<String>,
    /// The technologies of the catalogue.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// The version that is asked for.
    #[serde(default)]
    pub version: Option<String>,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// A command that a document gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What it is for.
    pub comment: Localized,
    /// The command.
    pub command: String,
    /// The line of the document, from 1.
    pub line: u32,
    /// What is amiss with it.
    #[serde(default)]
    pub mark: Option<Mark>,
}

/// A list of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemList {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub title: Localized,
    /// Number of the section.
    pub section: String,
    /// Title of the document.
    pub document: String,
    /// Its entries.
    pub items: Vec<Item>,
}

/// A node of the tree of selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeNode {
    /// Its name in the document's drawing.
    pub id: String,
    /// The node that it hangs on; absent for the root.
    #[serde(default)]
    pub parent: Option<String>,
    /// What leads to it from there.
    #[serde(default)]
    pub answer: Option<Localized>,
    /// What it says: a question, or concepts.
    pub text: Localized,
    /// Whether it is drawn as a choice.
    #[serde(default)]
    pub choice: bool,
    /// The concepts that it names.
    #[serde(default)]
    pub concepts: Vec<String>,
    /// The line of the document where it is first drawn, from 1.
    pub line: u32,
}
