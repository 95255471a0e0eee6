//! Grade rules as data: the structure is fixed, the numbers and names are not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the three grades, each from 1 (worst) to 5 (best), follow from a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeRules {
    /// From figures.
    pub latency: LatencyRule,
    /// From the stack.
    pub security: SecurityRule,
    /// From the stack.
    pub observability: ObservabilityRule,
    /// Isolation classes, weakest first; a stack has the last one whose condition holds.
    pub isolation: Vec<IsolationClass>,
    /// Grades from here on are shown with `▼`, lower ones with `▲`.
    pub solid_from: u8,
}

/// Grade rules in addition to others: what an overlay says of its own operators.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradeAdditions {
    /// More cases of the security grade; the greatest that applies counts.
    pub security: Vec<SecurityCase>,
    /// More adjustments of the observability grade.
    pub observability: Vec<Adjustment>,
    /// More isolation classes.
    pub isolation: Vec<AddedIsolationClass>,
}

/// An isolation class and its place among the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedIsolationClass {
    /// Its name in requirements.
    pub name: String,
    /// The class that it is next stronger than.
    pub after: String,
    /// When a stack has it.
    pub when: Condition,
}

/// A class of isolation boundary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IsolationClass {
    /// Its name in requirements, such as `hardware`.
    pub name: String,
    /// When a stack has it.
    pub when: Condition,
}

/// Latency: the band that a sum of figures falls into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyRule {
    /// Names of the metrics that are added.
    pub sum: Vec<String>,
    /// Bands, best first.
    pub bands: Vec<Band>,
    /// The grade beyond the last band.
    pub otherwise: u8,
}

/// One band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Largest value of the band, in milliseconds.
    pub at_most_ms: f64,
    /// Its grade.
    pub grade: u8,
}

/// Security: the greatest grade whose condition holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityRule {
    /// The grade when no condition holds.
    pub base: u8,
    /// Conditions and the grades they give.
    pub greatest: Vec<SecurityCase>,
}

/// A condition and the grade it gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityCase {
    /// The grade.
    pub grade: u8,
    /// When it applies.
    pub when: Condition,
    /// Why, in a few words.
    pub because: String,
}

/// Observability: a base and adjustments, kept within 1 to 5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservabilityRule {
    /// Where it starts.
    pub base: u8,
    /// What is added, each at most once.
    pub adjust: Vec<Adjustment>,
}

/// Something that is added when a condition holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// How much.
    pub by: i8,
    /// When.
    pub when: Condition,
    /// Why, in a few words.
    pub because: String,
}

/// A condition on a stack. Everything that is given must hold; an empty condition always holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// One domain of the stack is like this.
    pub domain: Option<DomainCondition>,
    /// The stack has all these marks.
    pub marks: Vec<String>,
    /// At least one of these holds, where any are given.
    pub any: Vec<Condition>,
    /// All of these hold.
    pub all: Vec<Condition>,
    /// None of these holds.
    pub none: Vec<Condition>,
    /// At least two of these hold, where any are given.
    pub two_of: Vec<Condition>,
}

/// A condition on one domain. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainCondition {
    /// It is opened by this kind of kernel.
    pub kernel: Option<String>,
    /// Its opener has all these marks.
    pub marks: Vec<String>,
    /// It has all these layers.
    pub layers: Vec<String>,
    /// Those layers stand in the order given, outermost first.
    pub in_order: bool,
    /// It has all these attributes.
    pub attributes: Vec<String>,
}
