//! From the front to an answer: its ranking and reasons, and what stands against the other stacks.

use std::collections::BTreeSet;

use stackwright_algebra::OperatorId;
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::plan::{Floor, Plan, PlanReport, Rejected};
use stackwright_text::quantity::number;

use crate::amount::{Amount, units};
use crate::candidate::Candidate;
use crate::conflict::conflict;
use crate::described::described;
use crate::metric;
use crate::problem::Problem;
use crate::rank::{Ranking, stability, title};
use crate::rule::Rule;
use crate::search::{Aim, Outcome, front_plans, nearest_plans};
use crate::space::Detail;
use crate::tile::{OBJECTIVES, Tiles};
use crate::verify::verify;
use crate::why_not::why_not;

/// How many labels each search for what binds may make.
const LABELS: u64 = 1_500;
/// How many labels each search for a stack to name among the rejected may make.
const NEAREST: u64 = 400;

/// How many ways to implement the plan's stack are looked at.
const SIBLINGS: usize = 2_000;

/// Puts an answer together.
pub fn report<'c>(problem: &Problem<'c>, outcome: Outcome<'c>) -> PlanReport {
    let tiles = Tiles::new(problem);
    let ranking = Ranking::new(problem);
    let mut ranked: Vec<_> = outcome.front.into_iter().map(|c| (ranking.of(&c), c)).collect();
    ranked.sort_by(|(a, _), (b, _)| a.compare(b));
    let best: Vec<Candidate<'c>> = ranked.into_iter().map(|(_, c)| c).collect();
    debug_assert!(
        best.iter().take(100).all(|c| is_verified(problem, c)),
        "a plan breaks a rule"
    );
    let mut plans: Vec<_> = best
        .iter()
        .take(problem.options.plans)
        .map(|c| plan(problem, c, &best))
        .collect();
    if let (Some(plan), Some(first)) = (plans.first_mut(), best.first()) {
        plan.binding = binding(problem, &tiles, &ranking, first);
    }
    let amount = |a: Amount| units(a.known);
    PlanReport {
        schema: "stackwright/plan/v1".to_owned(),
        requirement: problem.requirement.name.clone(),
        target: problem.requirement.target.name().to_owned(),
        judged: judged(problem),
        rejected: rejected(problem, &tiles, &best),
        plans,
        found: best.len() as u64,
        stability: stability(&ranking, &best),
        conflict: best.is_empty().then(|| conflict(problem, &tiles)),
        why_not: problem
            .options
            .why_not
            .as_ref()
            .map(|word| why_not(problem, &tiles, &ranking, word, &best)),
        understood: Vec::new(),
        not_understood: Vec::new(),
        exact: outcome.exact,
        floor: outcome.floor.map(|[a, b, c]| Floor {
            cold_start: amount(a),
            memory: amount(b),
            request_latency: amount(c),
        }),
        candidates: outcome.candidates,
        labels: outcome.labels,
        catalog: problem.catalog.hash().to_owned(),
    }
}

/// Whether a plan keeps every rule, on one class of nodes at least.
fn is_verified(problem: &Problem<'_>, candidate: &Candidate<'_>) -> bool {
    let on = |host| verify(&problem.on(host), candidate).is_empty();
    verify(problem, candidate).is_empty() || problem.classes.iter().any(|class| on(&class.host))
}

/// The classes of nodes that can run a plan.
fn nodes(problem: &Problem<'_>, candidate: &Candidate<'_>) -> Vec<String> {
    let runs = |host| problem.on(host).host_failures(&candidate.tiling).is_empty();
    let classes = problem.classes.iter().filter(|class| runs(&class.host));
    classes.map(|class| class.name.clone()).collect()
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

fn plan(problem: &Problem<'_>, candidate: &Candidate<'_>, front: &[Candidate<'_>]) -> Plan {
    let tiling = &candidate.tiling;
    let grades = problem.grades(&candidate.word, &candidate.stack, tiling);
    let starters = problem.starters(tiling);
    let starters = starters.iter().map(|t| &t.id);
    let mut plan = described(problem.catalog, &candidate.word, tiling, &grades, starters);
    let mut risks = problem.interactions(tiling, true);
    for line in tiling.realizations.iter().flat_map(|r| problem.refusals(r, true)) {
        if !risks.contains(&line) {
            risks.push(line);
        }
    }
    risks.extend(problem.beyond_stacks());
    risks.append(&mut plan.risks);
    Plan {
        nodes: nodes(problem, candidate),
        why: why(problem, candidate, front.len()),
        gives_up: gives_up(problem, candidate, front),
        risks,
        ..plan
    }
}

/// Reasons: for each letter what fails without it, for each bound the figure that meets it, and why this one is first.
fn why(problem: &Problem<'_>, candidate: &Candidate<'_>, optimal: usize) -> Vec<String> {
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
        "{} operators, {} of them refined; one of {optimal} that no other dominates",
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

/// In what other plans of the front are better: for each objective the best one, and by how much.
fn gives_up(problem: &Problem<'_>, candidate: &Candidate<'_>, front: &[Candidate<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let own = candidate.objectives.costs();
    for (index, (name, own)) in OBJECTIVES.iter().zip(own).enumerate() {
        let of = |c: &Candidate<'_>| c.objectives.costs().get(index).copied().unwrap_or_default();
        let best = front.iter().rev().min_by_key(|c| of(c));
        if let Some(best) = best.filter(|b| of(b) < own) {
            lines.push(format!(
                "{}: {}",
                title(problem, best),
                less(problem, name, of(best), own)
            ));
        }
    }
    let safest = front.iter().rev().min_by_key(|c| c.objectives.insecurity);
    if let Some(best) = safest.filter(|b| b.objectives.insecurity < candidate.objectives.insecurity) {
        lines.push(format!("{}: {}", title(problem, best), safer(best, candidate)));
    }
    lines
}

/// In what one candidate is better than another, line by line.
pub(crate) fn differences(problem: &Problem<'_>, own: &Candidate<'_>, better: &Candidate<'_>) -> Vec<String> {
    let costs = better.objectives.costs().into_iter().zip(own.objectives.costs());
    let mut lines: Vec<_> = OBJECTIVES
        .iter()
        .zip(costs)
        .filter(|(_, (b, o))| b < o)
        .map(|(name, (b, o))| less(problem, name, b, o))
        .collect();
    if better.objectives.insecurity < own.objectives.insecurity {
        lines.push(safer(better, own));
    }
    let counts = |c: &Candidate<'_>| [c.objectives.refinements, c.objectives.operators, c.objectives.kernels];
    for (name, (b, o)) in ["refined operators", "operators", "kernels"]
        .iter()
        .zip(counts(better).into_iter().zip(counts(own)))
    {
        if b < o {
            lines.push(format!("{b} {name} instead of {o}"));
        }
    }
    lines
}

/// `memory 6.5 MB instead of 36 MB`.
fn less(problem: &Problem<'_>, name: &str, less: Amount, more: Amount) -> String {
    let unit = problem.catalog.metric(name).map_or("", |m| m.unit.as_str());
    let amount = |a: Amount| {
        let known = number(units(a.known));
        match a.unknown {
            0 => format!("{known} {unit}"),
            1 => format!("{known} {unit} and one unknown part"),
            parts => format!("{known} {unit} and {parts} unknown parts"),
        }
    };
    let space = if less.unknown == more.unknown {
        format!(", {} {unit} less", number(units(more.known.saturating_sub(less.known))))
    } else {
        String::new()
    };
    format!("{name} {} instead of {}{space}", amount(less), amount(more))
}

fn safer(better: &Candidate<'_>, own: &Candidate<'_>) -> String {
    let grade = |c: &Candidate<'_>| 5 - c.objectives.insecurity.min(5);
    format!("security grade {} instead of {}", grade(better), grade(own))
}

/// The constraints and defaults without any one of which another plan would be first.
fn binding<'c>(
    problem: &Problem<'c>,
    tiles: &Tiles<'c>,
    ranking: &Ranking<'_, 'c>,
    first: &Candidate<'c>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, rule) in problem.rules.iter().enumerate() {
        if !(rule.is_stated() || matches!(rule, Rule::Principle(..) | Rule::Offline(_))) {
            continue;
        }
        let detail = Detail {
            without: Some(index),
            ..Detail::default()
        };
        let Some(front) = front_plans(problem, tiles, detail, LABELS) else {
            lines.push(format!(
                "{}: not decided, the search reached its limit",
                rule.text(problem.catalog)
            ));
            continue;
        };
        let ranked = front.iter().map(|c| (ranking.of(c), c));
        let best = ranked.min_by(|(a, _), (b, _)| a.compare(b)).map(|(_, c)| c);
        // Without the rule the first plan may be dominated; another of the same point is as good.
        let Some(best) = best.filter(|b| b.objectives != first.objectives) else {
            continue;
        };
        lines.push(format!(
            "{}: without it {} would be first",
            rule.text(problem.catalog),
            title(problem, best)
        ));
    }
    lines
}

/// Other choices and what stands against them: of each isolation class that no plan has one that fails little, and other
/// realizations of the first plan's stack.
fn rejected<'c>(problem: &Problem<'c>, tiles: &Tiles<'c>, best: &[Candidate<'c>]) -> Vec<Rejected> {
    let catalog = problem.catalog;
    let class = |c: &Candidate<'_>| catalog.rules().isolation(&c.stack);
    let mut found: Vec<Candidate<'c>> = Vec::new();
    for rank in 0..catalog.rules().isolation_classes().count() {
        if !best.iter().any(|b| class(b) == rank) {
            let (near, _) = nearest_plans(problem, tiles, Aim::First(Some(rank)), None, NEAREST);
            found.extend(near.into_iter().take(1).filter(|c| !c.word.is_empty()));
        }
    }
    if let Some(first) = best.first() {
        let mut siblings = siblings(problem, first, best);
        siblings.sort_by_cached_key(|c| (c.violations.len(), title(problem, c)));
        siblings.truncate(problem.options.rejected.saturating_sub(found.len()));
        found.extend(siblings);
    }
    found.sort_by_cached_key(|c| (c.violations.len(), c.word.len(), title(problem, c)));
    found.truncate(problem.options.rejected);
    let rejected = |candidate: &Candidate<'c>| {
        let mut because: Vec<_> = candidate.violations.iter().map(|v| v.message.clone()).collect();
        if because.is_empty() {
            let better = best.iter().find(|b| b.objectives.dominates(&candidate.objectives))?;
            because.push(format!(
                "it fulfils everything, but {} is as good in every objective and better in one",
                title(problem, better)
            ));
            because.extend(differences(problem, candidate, better));
        }
        Some(Rejected {
            display: catalog.algebra().display(&candidate.word),
            realizations: candidate.tiling.realizations.iter().map(|r| r.id.clone()).collect(),
            because,
        })
    };
    found.iter().filter_map(rejected).collect()
}

/// The plan's stack with other realizations, as many as are looked at.
fn siblings<'c>(problem: &Problem<'c>, plan: &Candidate<'c>, best: &[Candidate<'c>]) -> Vec<Candidate<'c>> {
    let tiles: Vec<_> = problem.catalog.tiles().words(problem.catalog).collect();
    let optimal: BTreeSet<_> = best
        .iter()
        .filter(|b| b.word == plan.word)
        .map(Candidate::ids)
        .collect();
    let mut found = Vec::new();
    let mut open = vec![Tiling {
        realizations: Vec::new(),
        words: Vec::new(),
    }];
    let mut steps = 0;
    while let Some(tiling) = open.pop().filter(|_| steps < SIBLINGS) {
        steps += 1;
        let covered = tiling.words.iter().map(Vec::len).sum();
        let rest = plan.word.get(covered..).unwrap_or(&[]);
        if !rest.is_empty() {
            let fitting = tiles
                .iter()
                .filter(|(word, _)| !word.is_empty() && rest.starts_with(word));
            open.extend(fitting.rev().map(|(word, realization)| {
                let mut longer = tiling.clone();
                longer.realizations.push(realization);
                longer.words.push(word.to_vec());
                longer
            }));
            continue;
        }
        let candidate = problem.judge(plan.word.clone(), plan.stack.clone(), tiling);
        let apart = candidate.violations.iter().any(|v| is_impossible(problem, v.rule));
        if !apart && !optimal.contains(&candidate.ids()) {
            found.push(candidate);
        }
    }
    found
}

/// Layers that cannot be put together at all are no alternative to anything.
fn is_impossible(problem: &Problem<'_>, rule: usize) -> bool {
    matches!(problem.rules.get(rule), Some(Rule::OneRunner))
}
