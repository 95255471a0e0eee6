//! Operators as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Localized;

/// What kernel domains are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StructureData {
    /// Kinds of kernel.
    pub kernels: Vec<KernelData>,
    /// Kinds of layer.
    pub layers: Vec<LayerData>,
    /// Attributes of a domain.
    pub attributes: Vec<String>,
}

/// A kind of kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KernelData {
    /// Its name.
    pub name: String,
    /// How many domains of this kind may nest.
    #[serde(default)]
    pub nesting: Option<u8>,
    /// Whether opening it directly inside a domain that it opened is absorbed.
    #[serde(default)]
    pub absorbs: bool,
}

/// A kind of layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerData {
    /// Its name.
    pub name: String,
    /// Whether nothing of the isolation facet may be put inside it.
    #[serde(default)]
    pub innermost: bool,
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorData {
    /// Its symbol: a letter, then letters and digits.
    pub symbol: String,
    /// Its name.
    pub name: Localized,
    /// What it does, in a sentence.
    pub summary: Localized,
    /// What it does to a stack.
    pub effect: EffectData,
}

/// What an operator does to a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EffectData {
    /// Adds marks to a facet other than isolation.
    Gives(GivesData),
    /// Opens a domain behind a kernel of its own.
    Opens(OpensData),
    /// Adds layers, outermost first, and attributes to the innermost domain.
    Encloses(Vec<String>),
    /// Does what another operator does, and adds marks.
    Refines(RefinesData),
    /// Stands for a word.
    Expands(Vec<String>),
}

/// Marks of a facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivesData {
    /// `packaging`, `network`, `telemetry` or `policy`.
    pub facet: String,
    /// The marks.
    pub marks: Vec<String>,
}

/// A kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpensData {
    /// Name of a kernel of the structure.
    pub kernel: String,
}

/// A refinement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefinesData {
    /// Symbol of the refined operator, which is defined before.
    pub operator: String,
    /// What it adds.
    pub marks: Vec<String>,
}

/// A normal form that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedForm {
    /// The normal form.
    pub word: String,
    /// Its name.
    pub name: Localized,
}

/// What is refused in an overlay unless its author accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// Words of built-in operators get other normal forms.
    ChangedNormalForms,
}

impl Acceptance {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChangedNormalForms => "changed-normal-forms",
        }
    }
}
