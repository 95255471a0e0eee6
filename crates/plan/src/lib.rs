//! Search over stacks and realizations, ranking and explanation.
//!
//! A [`Problem`] becomes a list of [`Rule`]s; [`Search`] finds [`Candidate`]s, each judged against every rule; from the
//! judged candidates come the Pareto front, its ranking, the reasons, and, where no candidate passes, the conflict.

mod amount;
mod bits;
mod candidate;
mod classes;
mod clause;
mod conflict;
mod count;
mod defaults;
mod described;
mod explain;
mod fit;
mod judge;
mod label;
mod metric;
mod problem;
mod rank;
mod rule;
mod search;
mod space;
mod tile;
mod verify;
mod why_not;

pub use amount::Amount;
pub use candidate::{Candidate, Objectives, Violation};
pub use classes::NodeClass;
pub use described::described;
pub use explain::report;
pub use metric::{Judged, Verdict, judge};
pub use problem::{Options, Problem};
pub use rule::Rule;
pub use search::{Dynamic, Outcome, Search};
pub use verify::verify;

use stackwright_spec::plan::PlanReport;

/// Plans: searches, ranks and explains.
pub fn plan(problem: &Problem<'_>) -> PlanReport {
    if !problem.classes.is_empty() {
        return classes::plan(problem);
    }
    let outcome = Dynamic::default().search(problem);
    report(problem, outcome)
}
