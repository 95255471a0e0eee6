//! Plans where nodes are of several classes: a plan is for the classes that give all that it needs on one node.

use stackwright_spec::host::HostFacts;
use stackwright_spec::plan::PlanReport;

use crate::candidate::Candidate;
use crate::explain::report;
use crate::problem::Problem;
use crate::rank::Ranking;
use crate::search::{Dynamic, Outcome, Search};

/// Nodes that are alike.
#[derive(Clone, Debug)]
pub struct NodeClass {
    /// What they are called.
    pub name: String,
    /// What each of them can do.
    pub host: HostFacts,
}

/// Plans for at least one of the problem's classes: those that no plan for any class dominates. What binds and what is
/// rejected is said for the class of the first plan; where there is no plan, for the class that is nearest to one.
pub(crate) fn plan<'c>(problem: &Problem<'c>) -> PlanReport {
    let own: Vec<_> = problem.classes.iter().map(|class| problem.on(&class.host)).collect();
    let outcomes: Vec<_> = own.iter().map(|p| Dynamic::default().search(p)).collect();
    let plans = || {
        outcomes
            .iter()
            .zip(&own)
            .flat_map(|(o, p)| o.front.iter().map(move |c| (p, c)))
    };
    let optimal = plans().filter(|(_, c)| !plans().any(|(_, other)| other.objectives.dominates(&c.objectives)));
    let mut front: Vec<(&Problem<'c>, &Candidate<'c>)> = Vec::new();
    for (class, candidate) in optimal {
        if !front.iter().any(|(_, c)| c.is_same(candidate)) {
            front.push((class, candidate));
        }
    }
    let ranking = Ranking::new(problem);
    let ranked = front.iter().map(|(class, c)| (ranking.of(c), *class));
    if let Some((_, class)) = ranked.min_by(|(a, _), (b, _)| a.compare(b)) {
        let floors = outcomes.iter().filter_map(|o| o.floor);
        let merged = Outcome {
            front: front.iter().map(|(_, c)| (*c).clone()).collect(),
            candidates: outcomes.iter().map(|o| o.candidates).max().unwrap_or_default(),
            labels: outcomes.iter().map(|o| o.labels).sum(),
            exact: outcomes.iter().all(|o| o.exact),
            floor: floors.reduce(|[a, b, c], [x, y, z]| [a.min(x), b.min(y), c.min(z)]),
        };
        return report(class, merged);
    }
    let reports = own.iter().zip(outcomes).map(|(p, outcome)| report(p, outcome));
    let changes = |r: &PlanReport| {
        let openings = r.conflict.iter().flat_map(|c| &c.openings);
        openings.map(|o| o.changes.len()).min().unwrap_or(usize::MAX)
    };
    let nearest = reports.min_by_key(changes);
    nearest.unwrap_or_else(|| report(problem, Dynamic::default().search(problem)))
}
