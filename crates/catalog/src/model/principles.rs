//! Principles as data: what a target, a workload or a stated need asks of a stack.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Localized;
use super::evidence::SourceReference;
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
    /// Needs that cannot be stated together with it.
    #[serde(default)]
    pub excludes: Vec<String>,
}

/// A default that turns what a requirement says into a condition on the stack. A requirement can turn it off by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principle {
    /// Its name, in kebab case.
    pub id: String,
    /// When it applies.
    #[serde(default)]
    pub applies: Applies,
    /// What it asks of the stack.
    #[serde(default)]
    pub requires: Condition,
    /// Bounds that it adds to those of the requirement.
    #[serde(default)]
    pub bounds: Vec<PrincipleBound>,
    /// Whether technologies that cannot work without a connection to the outside are refused.
    #[serde(default)]
    pub offline: bool,
    /// What of the planner it switches, beyond conditions on the stack.
    #[serde(default)]
    pub governs: Option<Mechanism>,
    /// The same in words, to follow "the stack must": `hold a container`.
    pub demand: String,
    /// Why.
    pub because: String,
    /// Where it comes from.
    pub source: SourceReference,
}

/// A part of the planner that a principle switches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// The workload is packaged where a realization says that it requires it.
    Packaging,
    /// The word with the fewest operators is the first plan.
    FewestOperators,
    /// A word whose default realization fails a bound comes after those whose default realization does not.
    DefaultRealization,
    /// A bound without a unit of account counts what is created for each instance.
    PerInstance,
    /// A bound without a scope is judged at the metric's default scope; else at the orchestrator's, the widest on one's
    /// own machines.
    DefaultScope,
}

/// A bound that a principle gives to a word of quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipleBound {
    /// The metric.
    pub metric: String,
    /// The bound, such as `<= 50MB`.
    pub bound: String,
    /// What it is a bound on.
    #[serde(default)]
    pub per: Per,
}

/// What a bound is a bound on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// The whole stack, counted for one instance of the workload.
    #[default]
    Stack,
    /// Every layer by itself, counted once for what it is made for on a machine: an instance, a pod, a service or the
    /// machine. What a cluster has once is not counted.
    Layer,
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

/// A compliance regime and what it asks of an isolation stack. No stack alone makes anything compliant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regime {
    /// Its name, in kebab case; a version may contain points.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// Where it is published.
    pub source: SourceReference,
    /// What it asks of a stack.
    pub asks: Vec<RegimeAsk>,
    /// What it asks besides, which no stack can give.
    pub not_covered: Vec<String>,
}

/// One thing that a regime asks of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeAsk {
    /// The number of the control or clause.
    pub control: String,
    /// The need that the control is taken for.
    pub need: String,
    /// Why.
    pub because: String,
}

/// A fragment of a requirement with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: Localized,
    /// Where it is from.
    pub source: SourceReference,
    /// How the words of the source became constraints.
    pub reading: Vec<Reading>,
    /// What a plan is made for if nothing else is said.
    pub target: Target,
    /// The sort of workload, where the source says so.
    #[serde(default)]
    pub workload: Option<WorkloadKind>,
    /// Needs.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The weakest isolation class.
    #[serde(default)]
    pub isolation: Option<String>,
    /// Bounds on metrics, by name.
    #[serde(default)]
    pub metrics: BTreeMap<String, String>,
    /// Bounds on grades, by name.
    #[serde(default)]
    pub grades: BTreeMap<String, String>,
    /// Metrics that matter beyond that, most important first.
    #[serde(default)]
    pub order: Vec<String>,
}

/// A word and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The word in the source.
    pub word: String,
    /// What it became, in words.
    pub taken_for: String,
}
