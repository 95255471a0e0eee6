//! From judged candidates to an answer: the front, its ranking, and reasons.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use stackwright_algebra::OperatorId;
use stackwright_catalog::grade::{Basis, StackFigure};
use stackwright_catalog::model::Mechanism;
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::plan::{Conflict, Plan, PlanReport, PlannedGrades, PlannedMetric, PlannedRealization, Rejected};
use stackwright_spec::requirement::Preferences;

use crate::candidate::{Candidate, Violation, front};
use crate::metric;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::search::Outcome;

/// How many relaxations a conflict lists.
const RELAXATIONS: usize = 5;

/// Puts an answer together.
pub fn report<'c>(problem: &Problem<'c>, outcome: Outcome<'c>) -> PlanReport {
    // Layers that cannot be put together at all are no alternative to anything.
    let possible = outcome
        .candidates
        .iter()
        .filter(|c| !c.violations.iter().any(|v| is_impossible(problem, v)));
    let (feasible, failing): (Vec<_>, Vec<_>) = possible.partition(|c| c.violations.is_empty());
    let mut best = front(&feasible);
    best.sort_by(|a, b| rank(problem, a).total_cmp(&rank(problem, b)));
    let plans: Vec<_> = best.iter().map(|c| plan(problem, c, feasible.len())).collect();
    let conflict = plans.is_empty().then(|| conflict(problem, &failing));
    PlanReport {
        schema: "stackwright/plan/v1".to_owned(),
        requirement: problem.requirement.name.clone(),
        target: problem.requirement.target.name().to_owned(),
        judged: judged(problem),
        rejected: rejected(problem, &failing, &feasible, &best),
        plans,
        conflict,
        understood: Vec::new(),
        not_understood: Vec::new(),
        exact: outcome.exact,
        candidates: outcome.judged,
        catalog: problem.catalog.hash().to_owned(),
    }
}

fn is_impossible(problem: &Problem<'_>, violation: &Violation) -> bool {
    matches!(problem.rules.get(violation.rule), Some(Rule::OneRunner))
}

fn judged(problem: &Problem<'_>) -> Vec<String> {
    let stated = problem
        .rules
        .iter()
        .filter(|r| r.is_stated() || matches!(r, Rule::Principle(..) | Rule::Offline(_)));
    let mut lines: Vec<_> = stated.map(|r| r.text(problem.catalog)).collect();
    lines.extend(problem.asked_by_regimes());
    lines.extend(problem.requirement.without.iter().map(|p| format!("turned off: {p}")));
    lines
}

/// What plans are ordered by.
struct Rank {
    /// Whether the word's default realization fails a bound; words whose default does not come first.
    default_fails: bool,
    operators: usize,
    refinements: usize,
    /// Kernels: of words of one length, the one with fewer is the weaker.
    kernels: usize,
    preferred: Vec<f64>,
    /// Whether it is not the default realization of its word, which comes first where no preference decides.
    is_variant: bool,
    costs: [f64; 3],
    display: String,
}

impl Rank {
    fn total_cmp(&self, other: &Self) -> Ordering {
        let key = |r: &Self| (r.default_fails, r.operators, r.refinements, r.kernels);
        let letters = key(self).cmp(&key(other));
        let by = |a: &[f64], b: &[f64]| {
            let orders = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
            orders.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        };
        letters
            .then_with(|| by(&self.preferred, &other.preferred))
            .then(self.is_variant.cmp(&other.is_variant))
            .then_with(|| by(&self.costs, &other.costs))
            .then_with(|| self.display.cmp(&other.display))
    }
}

/// The order of plans: the word with the fewest operators, then the weakest, then by preference, then by figures.
fn rank(problem: &Problem<'_>, candidate: &Candidate<'_>) -> Rank {
    let objectives = &candidate.objectives;
    let value = |name: &str| match name {
        "cold_start" => objectives.cold_start,
        "memory" => objectives.memory,
        "request_latency" => objectives.request_latency,
        other => {
            let scope = problem.catalog.metric(other).map(|m| m.default_scope);
            let Some(scope) = scope else { return f64::INFINITY };
            let (figure, _, unknown) =
                metric::compose(problem.catalog, &candidate.tiling.realizations, other, scope, None);
            if unknown.is_empty() {
                figure.central()
            } else {
                f64::INFINITY
            }
        }
    };
    let Preferences { order, weights } = &problem.requirement.preferences;
    let preferred: Vec<f64> = if weights.is_empty() {
        order.iter().map(|name| value(name)).collect()
    } else {
        // A weight of zero means that the metric does not matter, even if its figure is unknown.
        let weighted = weights.iter().filter(|(_, weight)| **weight > 0.0);
        vec![weighted.map(|(name, weight)| weight * value(name)).sum()]
    };
    let display = problem.catalog.algebra().display(&candidate.word);
    let upholds = |mechanism| problem.requirement.upholds(problem.catalog, mechanism);
    let defaults = problem.default_tiling(&candidate.word, &candidate.stack);
    let by_default = upholds(Mechanism::DefaultRealization);
    let ids = |t: &Tiling<'_>| t.realizations.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    Rank {
        default_fails: by_default && !defaults.as_ref().is_some_and(|t| problem.fulfils_bounds(t)),
        is_variant: by_default && defaults.is_none_or(|t| ids(&t) != ids(&candidate.tiling)),
        operators: if upholds(Mechanism::FewestOperators) {
            objectives.operators
        } else {
            0
        },
        refinements: objectives.refinements,
        kernels: objectives.kernels,
        preferred,
        costs: [objectives.cold_start, objectives.memory, objectives.request_latency],
        display,
    }
}

fn plan(problem: &Problem<'_>, candidate: &Candidate<'_>, feasible: usize) -> Plan {
    let catalog = problem.catalog;
    let algebra = catalog.algebra();
    let tiling = &candidate.tiling;
    let grades = problem.grades(&candidate.word, &candidate.stack, tiling);
    let realizations = tiling
        .realizations
        .iter()
        .zip(&tiling.words)
        .map(|(r, word)| PlannedRealization {
            id: r.id.clone(),
            word: algebra.display(word),
            summary: r.summary.clone(),
        });
    let mut technologies: Vec<String> = Vec::new();
    let starters = problem.starters(tiling);
    let ids = starters.iter().map(|t| &t.id);
    for id in ids.chain(tiling.realizations.iter().flat_map(|r| &r.technologies)) {
        let name = catalog.technology(id).map_or(id, |t| &t.name);
        if !technologies.contains(name) {
            technologies.push(name.clone());
        }
    }
    let mut risks = problem.interactions(tiling, true);
    for line in tiling.realizations.iter().flat_map(|r| problem.refusals(r, true)) {
        if !risks.contains(&line) {
            risks.push(line);
        }
    }
    risks.extend(problem.beyond_stacks());
    risks.extend(
        tiling
            .realizations
            .iter()
            .flat_map(|r| r.caveats.iter().map(move |c| format!("{}: {c}", r.id))),
    );
    Plan {
        normal_form: candidate.word.iter().map(|id| algebra.symbol(*id).to_owned()).collect(),
        display: algebra.display(&candidate.word),
        realizations: realizations.collect(),
        technologies,
        grades: PlannedGrades {
            latency: grades.latency,
            security: grades.security,
            observability: grades.observability,
        },
        grade_display: grades.to_string(),
        metrics: catalog
            .figures(&tiling.realizations, Basis::All)
            .iter()
            .map(planned_metric)
            .collect(),
        why: why(problem, candidate, feasible),
        risks,
    }
}

/// A stack's figure as it is reported.
pub fn planned_metric(figure: &StackFigure<'_>) -> PlannedMetric {
    PlannedMetric {
        name: figure.metric.to_owned(),
        unit: figure.unit.to_owned(),
        scope: figure.scope.name().to_owned(),
        account: figure.account.name().to_owned(),
        low: figure.figure.low,
        typical: figure.figure.typical,
        high: figure.figure.high,
        below: figure.figure.below,
        kind: figure.kind().map(|k| k.name().to_owned()),
        evidence: figure.evidence.iter().map(|e| e.id.clone()).collect(),
        missing: figure.missing.iter().map(|m| (*m).to_owned()).collect(),
    }
}

/// Reasons: for each letter what fails without it, for each bound the figure that meets it, and why this one is first.
fn why(problem: &Problem<'_>, candidate: &Candidate<'_>, feasible: usize) -> Vec<String> {
    let catalog = problem.catalog;
    let algebra = catalog.algebra();
    let mut lines = Vec::new();
    for (index, id) in candidate.word.iter().enumerate() {
        let symbol = algebra.symbol(*id);
        let reasons = without_letter(problem, candidate, index, *id);
        if reasons.is_empty() {
            lines.push(format!("{symbol}: no rule asks for it; it raises the security grade"));
        } else {
            lines.push(format!("{symbol}: {}", reasons.join("; ")));
        }
    }
    for rule in &problem.rules {
        if let Rule::Metric(constraint) = rule {
            let judged = metric::judge(catalog, &candidate.tiling.realizations, constraint);
            let unit = catalog.metric(&constraint.metric).map_or("", |m| m.unit.as_str());
            lines.push(format!("{}: {}", rule.text(catalog), judged.describe(unit)));
        }
    }
    lines.push(format!(
        "{} operators, {} of them refined; {feasible} of the judged candidates fulfil everything",
        candidate.objectives.operators, candidate.objectives.refinements
    ));
    lines
}

/// Which rules about the stack fail when one letter is taken out, and which realizations then lack what they require.
fn without_letter(problem: &Problem<'_>, candidate: &Candidate<'_>, index: usize, id: OperatorId) -> Vec<String> {
    let catalog = problem.catalog;
    let mut word = candidate.word.clone();
    word.remove(index);
    let mut reasons = Vec::new();
    if let Some(stack) = catalog.stack(&word) {
        for rule in &problem.rules {
            let fails = match rule {
                Rule::Principle(_, condition) => !condition.holds(&stack),
                Rule::Include(include) => !word.contains(include),
                Rule::Isolation(isolation) => !isolation.allows(catalog.rules().isolation(&stack)),
                _ => false,
            };
            if fails {
                reasons.push(rule.text(catalog).trim_start_matches("the stack ").to_owned());
            }
        }
    }
    let symbol = catalog.algebra().symbol(id);
    for realization in &candidate.tiling.realizations {
        if realization.requires_operators.iter().any(|s| s == symbol) {
            reasons.push(format!("{} requires it", realization.id));
        }
    }
    reasons
}

/// Failing stacks, each with the realizations that fail least, those with the fewest failures first. Whatever fails
/// least of each isolation class is among them, and so are the stacks of plans with other realizations: these are the
/// choices whose reasons are asked for.
fn rejected<'c>(
    problem: &Problem<'c>,
    failing: &[&Candidate<'c>],
    feasible: &[&Candidate<'c>],
    best: &[&Candidate<'c>],
) -> Vec<Rejected> {
    let catalog = problem.catalog;
    let algebra = catalog.algebra();
    let mut nearest: BTreeMap<&[OperatorId], &Candidate<'c>> = BTreeMap::new();
    for candidate in failing.iter().filter(|c| !c.word.is_empty()) {
        let kept = nearest.entry(candidate.word.as_slice()).or_insert(candidate);
        if candidate.violations.len() < kept.violations.len() {
            *kept = candidate;
        }
    }
    let mut list: Vec<_> = nearest.into_values().collect();
    list.sort_by_key(|c| (c.violations.len(), c.word.len(), c.word.clone()));
    let mut classes = Vec::new();
    let mut ranked: Vec<_> = list
        .into_iter()
        .map(|candidate| {
            let class = catalog.rules().isolation(&candidate.stack);
            let planned = best.iter().any(|b| b.word == candidate.word);
            let notable = planned || !classes.contains(&class);
            classes.push(class);
            (!notable, candidate)
        })
        .collect();
    ranked.sort_by_key(|(common, _)| *common);
    ranked.truncate(problem.options.rejected);
    ranked.sort_by_key(|(_, c)| (c.violations.len(), c.word.len()));
    let mut rejected: Vec<Rejected> = ranked
        .into_iter()
        .map(|(_, candidate)| Rejected {
            display: algebra.display(&candidate.word),
            realizations: candidate.tiling.realizations.iter().map(|r| r.id.clone()).collect(),
            because: candidate.violations.iter().map(|v| v.message.clone()).collect(),
        })
        .collect();
    let dominated = feasible.iter().filter(|c| !best.iter().any(|b| std::ptr::eq(*b, **c)));
    rejected.extend(dominated.take(problem.options.rejected).filter_map(|candidate| {
        let better = best.iter().find(|b| b.objectives.dominates(&candidate.objectives))?;
        let display = algebra.display(&better.word);
        Some(Rejected {
            display: algebra.display(&candidate.word),
            realizations: candidate.tiling.realizations.iter().map(|r| r.id.clone()).collect(),
            because: vec![format!(
                "it fulfils everything, but {display} is as good in every objective and better in one"
            )],
        })
    }));
    rejected
}

/// A minimal set of rules that every candidate fails one of, and the least that would have to give way.
fn conflict(problem: &Problem<'_>, failing: &[&Candidate<'_>]) -> Conflict {
    let catalog = problem.catalog;
    let mask = |c: &Candidate<'_>| c.violations.iter().fold(0_u128, |m, v| m | 1 << v.rule.min(127));
    let masks: Vec<u128> = failing.iter().map(|c| mask(c)).collect();
    let mut kept: u128 = masks.iter().fold(0, |a, b| a | b);
    // Rules that the requirement does not state are left out first, so that what remains is in its terms if possible.
    let mut order: Vec<usize> = (0..problem.rules.len()).rev().collect();
    order.sort_by_key(|i| problem.rules.get(*i).is_some_and(Rule::is_stated));
    for index in order {
        let fewer = kept & !(1 << index.min(127));
        if masks.iter().all(|m| m & fewer != 0) {
            kept = fewer;
        }
    }
    let constraints = problem
        .rules
        .iter()
        .enumerate()
        .filter(|(i, _)| kept & (1 << (*i).min(127)) != 0);
    let constraints = constraints.map(|(_, r)| r.text(catalog)).collect();

    let mut minimal: Vec<(u128, &Candidate<'_>)> = Vec::new();
    let mut order: Vec<_> = masks.iter().copied().zip(failing.iter().copied()).collect();
    order.sort_by(|(a, x), (b, y)| {
        let key = |m: &u128, c: &Candidate<'_>| (m.count_ones(), c.word.len());
        let by_count = key(a, x).cmp(&key(b, y));
        by_count.then(x.objectives.cold_start.total_cmp(&y.objectives.cold_start))
    });
    for (mask, candidate) in order {
        if minimal.iter().all(|(m, _)| m & mask != *m) {
            minimal.push((mask, candidate));
        }
    }
    let relaxations = minimal.iter().take(RELAXATIONS).map(|(_, candidate)| {
        let steps: Vec<_> = candidate.violations.iter().map(|v| relaxation(problem, v)).collect();
        let ids: Vec<_> = candidate.tiling.realizations.iter().map(|r| r.id.as_str()).collect();
        let word = catalog.algebra().display(&candidate.word);
        format!("{} opens {word} ({})", steps.join(", and "), ids.join(" + "))
    });
    Conflict {
        constraints,
        relaxations: relaxations.collect(),
    }
}

fn relaxation(problem: &Problem<'_>, violation: &Violation) -> String {
    let rule = problem.rules.get(violation.rule);
    match (rule, &violation.relaxation) {
        (Some(Rule::Metric(metric)), Some(value)) => format!("{} {value} instead of {}", metric.metric, metric.bound),
        (Some(Rule::Grade(grade)), Some(value)) => {
            format!("{} grade {value} instead of {}", grade.grade.name(), grade.bound)
        }
        (Some(Rule::Isolation(isolation)), Some(value)) => format!("isolation {value} instead of {}", isolation.class),
        (Some(Rule::Host), Some(remedy)) => format!("{} ({remedy})", violation.message),
        (Some(rule), _) if rule.is_stated() => format!("without \"{}\"", rule.text(problem.catalog)),
        (Some(Rule::Principle(principle, _)), _) => format!("without the principle {}", principle.id),
        _ => violation.message.clone(),
    }
}
