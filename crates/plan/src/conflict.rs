//! Why there is no plan: what cannot hold together, and what would have to give way.
//!
//! The search for the nearest plans finds every minimal set of rules that some plan fails alone (its correction sets). A
//! set of rules cannot hold together exactly if every plan fails one of it, that is, if it meets every correction set; so
//! the minimal conflicts are the minimal sets that do, and whether some rules can hold together is answered without
//! another search.

use stackwright_spec::plan::{Conflict, Opening};

use crate::bits::Bits;
use crate::candidate::{Candidate, Violation};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::search::{Aim, nearest_plans};
use crate::tile::Tiles;

/// How many relaxations a conflict lists.
const RELAXATIONS: usize = 8;
/// How many minimal sets a conflict lists.
const SETS: usize = 16;
/// How many partial sets are kept while they are made.
const WORK: usize = 2_000;
/// How many labels the search for the nearest plans may make.
const LABELS: u64 = 60_000;

/// All minimal sets of rules that every candidate fails one of, and the least that would have to give way.
pub(crate) fn conflict<'c>(problem: &Problem<'c>, tiles: &Tiles<'c>) -> Conflict {
    let (near, exact) = nearest_plans(problem, tiles, Aim::Nearest, None, LABELS);
    let failed = |c: &Candidate<'_>| c.violations.iter().map(|v| v.rule).collect::<Bits>();
    let corrections = minimal(near.iter().map(failed).collect());
    let preferred = quick_xplain(&corrections, &preference(problem));
    let (mut sets, all) = transversals(&corrections);
    let text = |set: &Bits| -> Vec<String> {
        let rules = set.iter().filter_map(|i| problem.rules.get(i));
        rules.map(|r| r.text(problem.catalog)).collect()
    };
    let weight = |set: &Bits| set.iter().map(|i| problem.rules.get(i).map_or(0, importance)).max();
    sets.sort_by_key(|set| (*set != preferred, weight(set), set.len(), set.clone()));
    let complete = exact && all && sets.len() <= SETS;
    sets.truncate(SETS);
    let openings = openings(problem, &near);
    Conflict {
        constraints: text(&preferred),
        sets: sets.iter().map(text).collect(),
        complete,
        relaxations: openings
            .iter()
            .map(|o| {
                let ids = o.realizations.join(" + ");
                format!("{} opens {} ({ids})", o.changes.join(", and "), o.display)
            })
            .collect(),
        openings,
    }
}

/// How soon a rule may be left out of an explanation: the later, the smaller. What the requirement states comes first,
/// then what it is for and where; if these alone conflict, no default needs to be argued about. Then come the defaults,
/// which can be turned off by name, and last what nobody can change.
fn importance(rule: &Rule<'_>) -> u8 {
    match rule {
        rule if rule.is_stated() => 0,
        Rule::Target | Rule::Carries | Rule::Host | Rule::Platform | Rule::Workload => 1,
        Rule::Principle(..) | Rule::Offline(_) => 2,
        _ => 3,
    }
}

/// The rules, the most important first.
fn preference(problem: &Problem<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..problem.rules.len()).collect();
    order.sort_by_key(|i| problem.rules.get(*i).map_or(0, importance));
    order
}

/// Sets that contain no other of them.
fn minimal(mut sets: Vec<Bits>) -> Vec<Bits> {
    sets.sort_by_key(|set| (set.len(), set.clone()));
    let mut kept: Vec<Bits> = Vec::new();
    for set in sets {
        if !kept.iter().any(|k| k.is_within(&set)) {
            kept.push(set);
        }
    }
    kept
}

/// Whether rules can hold together: some plan fails none of them.
fn can_hold(corrections: &[Bits], rules: &Bits) -> bool {
    corrections.iter().any(|c| !c.meets(rules))
}

/// The conflict that a preference among rules leads to, by Junker's `QuickXplain`: no rule of it can be exchanged for more
/// important ones.
fn quick_xplain(corrections: &[Bits], order: &[usize]) -> Bits {
    fn explain(corrections: &[Bits], background: &Bits, changed: bool, rules: &[usize]) -> Bits {
        if changed && !can_hold(corrections, background) {
            return Bits::default();
        }
        if rules.len() < 2 {
            return rules.iter().copied().collect();
        }
        let (first, second) = rules.split_at(rules.len() / 2);
        let with_first = background.or(&first.iter().copied().collect());
        let late = explain(corrections, &with_first, true, second);
        let early = explain(corrections, &background.or(&late), !late.is_empty(), first);
        early.or(&late)
    }
    explain(corrections, &Bits::default(), false, order)
}

/// The minimal sets that meet all of some sets, and whether these are all of them.
fn transversals(sets: &[Bits]) -> (Vec<Bits>, bool) {
    let mut found = vec![Bits::default()];
    let mut all = true;
    for set in sets {
        let mut next = Vec::new();
        for partial in &found {
            if partial.meets(set) {
                next.push(partial.clone());
            } else {
                next.extend(set.iter().map(|rule| partial.or(&std::iter::once(rule).collect())));
            }
        }
        found = minimal(next);
        if found.len() > WORK {
            found.truncate(WORK);
            all = false;
        }
    }
    (found, all)
}

/// What would open a plan: for each minimal way to give in on rules that can be given in on, the plan that it opens. Ways
/// with fewer changes come first, and among those that change what the requirement states before those that turn off a
/// default, which guards what it did not think of.
fn openings(problem: &Problem<'_>, near: &[Candidate<'_>]) -> Vec<Opening> {
    let rule = |v: &Violation| problem.rules.get(v.rule);
    let firm = |c: &&Candidate<'_>| c.violations.iter().filter_map(rule).any(|r| !is_flexible(r));
    let (stuck, mut open): (Vec<_>, Vec<_>) = near.iter().partition(firm);
    if open.is_empty() {
        open = stuck;
    }
    open.sort_by_cached_key(|c| {
        let weights: Vec<_> = c.violations.iter().filter_map(rule).map(importance).collect();
        let last = weights.iter().max().copied();
        let ids: Vec<_> = c.tiling.realizations.iter().map(|r| &r.id).collect();
        (weights.len(), last, c.objectives.operators, c.objectives.costs(), ids)
    });
    open.truncate(RELAXATIONS);
    let algebra = problem.catalog.algebra();
    open.into_iter()
        .map(|c| Opening {
            changes: c.violations.iter().map(|v| change(problem, v)).collect(),
            display: algebra.display(&c.word),
            realizations: c.tiling.realizations.iter().map(|r| r.id.clone()).collect(),
        })
        .collect()
}

/// Whether whoever asks can give in on a rule.
fn is_flexible(rule: &Rule<'_>) -> bool {
    rule.is_stated()
        || matches!(
            rule,
            Rule::Principle(..) | Rule::Offline(_) | Rule::Host | Rule::Platform
        )
}

/// What would have to change for one rule.
fn change(problem: &Problem<'_>, violation: &Violation) -> String {
    let rule = problem.rules.get(violation.rule);
    match (rule, &violation.relaxation) {
        (Some(Rule::Metric(metric)), Some(value)) => format!("{} {value} instead of {}", metric.metric, metric.bound),
        (Some(Rule::Grade(grade)), Some(value)) => {
            format!("{} grade {value} instead of {}", grade.grade.name(), grade.bound)
        }
        (Some(Rule::Isolation(isolation)), Some(value)) => {
            format!(
                "isolation {value} instead of {} {}",
                isolation.relation.words(),
                isolation.class
            )
        }
        (Some(Rule::Host), Some(remedy)) => format!("{} ({remedy})", violation.message),
        (Some(rule), _) if rule.is_stated() => format!("without \"{}\"", rule.text(problem.catalog)),
        (Some(Rule::Principle(principle, _) | Rule::Offline(principle)), _) => {
            format!("without the principle {}", principle.id)
        }
        _ => violation.message.clone(),
    }
}
