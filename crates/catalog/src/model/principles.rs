//! Principles as data: what a target, a workload or a stated need asks of a stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grades::Condition;
use super::technology::{Target, WorkloadKind};

/// Something that a requirement can state by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its name, in kebab case.
    pub name: String,
    /// What is meant, in a sentence.
    pub summary: String,
}

/// A default that turns what a requirement says into a condition on the stack. A requirement can turn it off by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principle {
    /// Its name, in kebab case.
    pub id: String,
    /// When it applies.
    pub applies: Applies,
    /// What it asks of the stack.
    pub requires: Condition,
    /// The same in words, to follow "the stack must": `hold a container`.
    pub demand: String,
    /// Why.
    pub because: String,
}

/// When a principle applies. Everything that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Applies {
    /// The target is one of these.
    pub targets: Vec<Target>,
    /// The workload is of one of these kinds.
    pub workloads: Vec<WorkloadKind>,
    /// At least one of these needs is stated.
    pub needs: Vec<String>,
    /// None of these needs is stated.
    pub unless: Vec<String>,
}
