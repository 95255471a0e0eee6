//! Plans: what the planner answers. These are also the JSON of `plan`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that planning found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanReport {
    /// `stackwright/plan/v1`.
    pub schema: String,
    /// Name of the requirement.
    pub requirement: String,
    /// What was planned for.
    pub target: String,
    /// What was judged, one line each: constraints, principles that applied, defaults.
    pub judged: Vec<String>,
    /// The Pareto-optimal plans, best first, as many as were asked for.
    pub plans: Vec<Plan>,
    /// How many Pareto-optimal plans there are.
    pub found: u64,
    /// How the first plan changes with the preferences; empty where they cannot change it.
    pub stability: Vec<Stability>,
    /// Stacks that were considered and fail, nearest first.
    pub rejected: Vec<Rejected>,
    /// Why there is no plan; absent if there is one.
    pub conflict: Option<Conflict>,
    /// Why the stack that was asked about is not the plan.
    pub why_not: Option<WhyNot>,
    /// What was understood of a text requirement.
    pub understood: Vec<UnderstoodWords>,
    /// What was not.
    pub not_understood: Vec<OtherWords>,
    /// Whether the front is complete.
    pub exact: bool,
    /// Where it is not: what no plan can beat, whether it was found or not.
    pub floor: Option<Floor>,
    /// How many combinations of a stack and realizations there are; the greatest number where there are more.
    pub candidates: u64,
    /// How many beginnings of combinations were kept to find the optimal ones.
    pub labels: u64,
    /// SHA-256 of the catalogue.
    pub catalog: String,
}

/// Words of a text requirement, and what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnderstoodWords {
    /// The words, with `…` where others stand between them.
    pub phrase: String,
    /// Where they stand: first byte and the byte after the last, range by range.
    pub spans: Vec<(usize, usize)>,
    /// What they say.
    pub means: Vec<String>,
    /// What is taken to follow.
    pub implies: Vec<String>,
}

/// Words of a text requirement that nothing was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherWords {
    /// The words.
    pub text: String,
    /// First byte and the byte after the last.
    pub span: (usize, usize),
    /// Why nothing was made of them.
    pub because: String,
}

/// One way to fulfil the requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The stack's normal form, a symbol each.
    pub normal_form: Vec<String>,
    /// The normal form as text.
    pub display: String,
    /// What implements it, in the order of the letters.
    pub realizations: Vec<PlannedRealization>,
    /// The technologies of the realizations.
    pub technologies: Vec<String>,
    /// The grades, by reference figures where there are any, else by the best evidence.
    pub grades: PlannedGrades,
    /// The grades as text: `5▼-4▼-4▼`.
    pub grade_display: String,
    /// Figures of the whole stack by the best evidence, one for each scope and unit of account.
    pub metrics: Vec<PlannedMetric>,
    /// The classes of nodes that can run it, where classes were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
    /// Why the plan is what it is.
    pub why: Vec<String>,
    /// The constraints without which another plan would be first. Only for the first plan.
    #[serde(default)]
    pub binding: Vec<String>,
    /// In what another optimal plan is better, and by how much.
    #[serde(default)]
    pub gives_up: Vec<String>,
    /// What does not hold as one might expect.
    pub risks: Vec<String>,
}

/// A realization in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedRealization {
    /// Its name in the catalogue.
    pub id: String,
    /// The fragment that it implements.
    pub word: String,
    /// What it is.
    pub summary: String,
}

/// The three grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedGrades {
    /// Latency; null where no figure is known.
    pub latency: Option<u8>,
    /// Security.
    pub security: u8,
    /// Observability.
    pub observability: u8,
}

/// A figure in a plan or a grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedMetric {
    /// The metric.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Between which points it was taken.
    pub scope: String,
    /// What one unit of it is counted for.
    pub account: String,
    /// The least value.
    pub low: Option<f64>,
    /// The typical value.
    pub typical: Option<f64>,
    /// The greatest value.
    pub high: Option<f64>,
    /// A bound that the value stays below.
    pub below: Option<f64>,
    /// The weakest kind of evidence it rests on: `claimed`, `published` or `measured`.
    pub kind: Option<String>,
    /// Names of the evidence records.
    pub evidence: Vec<String>,
    /// Realizations for which nothing is known, so that the figure is only a part.
    pub missing: Vec<String>,
}

/// A stack that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// Its normal form.
    pub display: String,
    /// What would implement it.
    pub realizations: Vec<String>,
    /// Each constraint that it fails, by how much, from which evidence.
    pub because: Vec<String>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// Constraints that cannot all hold, none of which can be left out: of all such sets the one in which the requirement's
    /// own constraints weigh most.
    pub constraints: Vec<String>,
    /// Every such set, the one above first.
    pub sets: Vec<Vec<String>>,
    /// Whether these are all sets.
    pub complete: bool,
    /// What would open a plan, in numbers where there are any, and which.
    pub relaxations: Vec<String>,
    /// The same, part by part.
    pub openings: Vec<Opening>,
}

/// What would open a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opening {
    /// Everything that would have to change.
    pub changes: Vec<String>,
    /// The normal form of the stack that it opens.
    pub display: String,
    /// What would implement it.
    pub realizations: Vec<String>,
}

/// How the first plan depends on one preference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stability {
    /// The metric.
    pub preference: String,
    /// With weights: the least weight with which the first plan is first, the others as they are.
    pub from: Option<f64>,
    /// With weights: the greatest; absent if there is none.
    pub to: Option<f64>,
    /// What is first beyond that interval, or, without weights, if the metric is preferred to all others; absent if nothing
    /// else is.
    pub instead: Option<String>,
}

/// What no plan can beat.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Floor {
    /// Cold start in milliseconds, of the known parts.
    pub cold_start: f64,
    /// Memory in megabytes, of the known parts.
    pub memory: f64,
    /// Latency added to each request in milliseconds, of the known parts.
    pub request_latency: f64,
}

/// Why a stack is not the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhyNot {
    /// The stack's normal form, a symbol each.
    pub normal_form: Vec<String>,
    /// The normal form as text.
    pub display: String,
    /// The realizations that come nearest.
    pub realizations: Vec<String>,
    /// What became of it.
    pub fate: Fate,
    /// Everything that speaks against it.
    pub because: Vec<String>,
}

/// What became of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is the plan.
    First,
    /// It is optimal, and another plan is ranked before it.
    RankedLower,
    /// It fulfils everything, and another plan is better.
    Dominated,
    /// It fails constraints.
    Rejected,
    /// No realizations cover it.
    NotRealizable,
}
