//! Search over stacks and realizations, ranking and explanation.
//!
//! A [`Problem`] becomes a list of [`Rule`]s; [`Search`] finds [`Candidate`]s, each judged against every rule; from the
//! judged candidates come the Pareto front, its ranking, the reasons, and, where no candidate passes, the conflict.

mod candidate;
mod defaults;
mod explain;
mod fit;
mod judge;
mod metric;
mod problem;
mod rule;
mod search;

pub use candidate::{Candidate, Objectives, Violation};
pub use explain::{planned_metric, report};
pub use metric::{Judged, Verdict};
pub use problem::{Options, Problem};
pub use rule::Rule;
pub use search::{Enumeration, Outcome, Search};

use stackwright_spec::plan::PlanReport;

/// Plans: searches, ranks and explains.
pub fn plan(problem: &Problem<'_>) -> PlanReport {
    let outcome = Enumeration::default().search(problem);
    report(problem, outcome)
}
