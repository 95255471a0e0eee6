//! Instances of the planner as JSON, one a line, with the front that it finds and how long that takes, for
//! `crates/plan/oracle/compare.py`: `export_plans FIRST COUNT`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "run by hand: a panic is a failed run"
)]

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};
use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::CompiledCondition;
use stackwright_catalog::model::{InteractionEffect, Per, SharedBy};
use stackwright_catalog::tiling::Tiling;
use stackwright_dev::instances::{self, Instance};
use stackwright_plan::{Amount, Dynamic, Judged, Options, Problem, Rule, Search, judge};
use stackwright_spec::requirement::GradeName;

/// Instances with more combinations of words are left out: the solvers are given them one by one, which would be unfair.
const COMBINATIONS: usize = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| arguments[i].parse::<u64>().unwrap();
    let (mut seed, mut left) = (number(0), number(1));
    while left > 0 {
        if let Some(value) = export(&instances::small(seed)) {
            println!("{value}");
            left -= 1;
        }
        seed += 1;
    }
}

/// The instance; `None` if it has a rule about the latency grade, which is not about tiles, a platform or something that
/// instances share, of which the models know nothing, or too many words.
fn export(instance: &Instance) -> Option<Value> {
    let problem = Problem::new(
        &instance.catalog,
        &instance.requirement,
        instance.host.as_ref(),
        Options::default(),
    );
    let catalog = problem.catalog;
    let latency = |r: &Rule<'_>| matches!(r, Rule::Grade(g) if g.grade == GradeName::Latency);
    let shared = catalog
        .data()
        .realizations
        .iter()
        .any(|r| r.shared_by != SharedBy::Instance);
    if problem.rules.iter().any(latency) || shared || !problem.requirement.platform.installed.is_empty() {
        return None;
    }
    let words: Vec<Vec<Vec<OperatorId>>> = (0..Facet::ALL.len()).map(|f| words(&problem, f)).collect();
    if words.iter().map(Vec::len).product::<usize>() > COMBINATIONS {
        return None;
    }
    let start = Instant::now();
    let outcome = Dynamic::default().search(&problem);
    let seconds = start.elapsed().as_secs_f64();
    assert!(outcome.exact);
    let whens: Vec<_> = catalog
        .data()
        .realizations
        .iter()
        .filter_map(|r| r.when.as_ref())
        .collect();
    let compiled: Vec<_> = whens
        .iter()
        .map(|c| CompiledCondition::new(c, catalog.algebra().vocabulary()).unwrap())
        .collect();
    let mut combinations: Vec<Vec<usize>> = vec![Vec::new()];
    for list in &words {
        let longer = |c: &Vec<usize>| {
            (0..list.len())
                .map(|i| [c.as_slice(), &[i]].concat())
                .collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(longer).collect();
    }
    let nothing = || Tiling {
        realizations: Vec::new(),
        words: Vec::new(),
    };
    let about_stack = |rule: usize| {
        matches!(
            problem.rules[rule],
            Rule::Principle(..) | Rule::Isolation(_) | Rule::Include(_) | Rule::Exclude(_) | Rule::Grade(_)
        )
    };
    let described = combinations.iter().filter_map(|combination| {
        let word = combination
            .iter()
            .zip(&words)
            .flat_map(|(i, list)| list[*i].clone())
            .collect::<Vec<_>>();
        let stack = catalog.stack(&word).unwrap();
        let judged = problem.judge(word, stack.clone(), nothing());
        let fits = !judged.violations.iter().any(|v| about_stack(v.rule));
        fits.then(|| {
            json!({
                "words": combination,
                "insecurity": judged.objectives.insecurity,
                "refinements": judged.objectives.refinements,
                "operators": judged.objectives.operators,
                "kernels": judged.objectives.kernels,
                "holds": compiled.iter().map(|c| c.holds(&stack)).collect::<Vec<_>>(),
            })
        })
    });
    let kind = problem.requirement.workload_kind;
    let tiles = catalog.tiles().words(catalog).map(|(word, r)| {
        let tiling = Tiling {
            realizations: vec![r],
            words: vec![word.to_vec()],
        };
        let alone = problem.judge(word.to_vec(), catalog.stack(word).unwrap(), tiling);
        let given = |rule: usize| match &problem.rules[rule] {
            Rule::Target | Rule::Host | Rule::Platform | Rule::Workload | Rule::Offline(_) => true,
            Rule::Metric(bound) => bound.per == Per::Layer,
            _ => false,
        };
        let figures = problem.rules.iter().filter_map(|rule| match rule {
            Rule::Metric(constraint) if constraint.per == Per::Stack => Some(figure(&judge(catalog, &[r], constraint))),
            _ => None,
        });
        json!({
            "id": r.id,
            "word": word.iter().map(|id| id.0).collect::<Vec<_>>(),
            "facet": facet(&problem, word),
            "fits": !alone.violations.iter().any(|v| given(v.rule)),
            "costs": alone.objectives.costs().map(pair),
            "figures": figures.collect::<Vec<_>>(),
            "names": std::iter::once(&r.id).chain(&r.technologies).collect::<Vec<_>>(),
            "requires": r.requires_operators.iter().map(|s| catalog.algebra().find(s).unwrap().0).collect::<Vec<_>>(),
            "when": r.when.as_ref().and_then(|w| whens.iter().position(|o| *o == w)),
            "embedded": r.driver.is_some(),
            "carries": r.workloads.is_empty() || kind.is_none_or(|k| r.workloads.contains(&k)),
        })
    });
    let tiles: Vec<_> = tiles.collect();
    let meters = problem.rules.iter().filter_map(|rule| match rule {
        Rule::Metric(m) if m.per == Per::Stack => Some(json!({
            "least": format!("{:?}", catalog.metric(&m.metric).unwrap().compose) == "Least",
            "comparator": format!("{:?}", m.bound.comparator),
            "value": (m.bound.value * 1e9).round() as u64,
        })),
        _ => None,
    });
    let pairs = |wanted: fn(&stackwright_catalog::model::Interaction) -> bool| {
        let list = catalog.interactions().iter().filter(move |i| wanted(i));
        list.map(|i| [i.subject.clone(), i.object.clone()]).collect::<Vec<_>>()
    };
    let front: BTreeSet<_> = outcome
        .front
        .iter()
        .map(|c| {
            let o = c.objectives;
            (o.costs(), o.insecurity, o.refinements, o.operators, o.kernels)
        })
        .collect();
    let front = front
        .into_iter()
        .map(|(costs, i, r, o, k)| json!({ "costs": costs.map(pair), "counts": [usize::from(i), r, o, k] }));
    Some(json!({
        "candidates": outcome.candidates,
        "labels": outcome.labels,
        "seconds": seconds,
        "words": words.iter().map(|l| l.iter().map(|w| w.iter().map(|id| id.0).collect::<Vec<_>>()).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "combinations": described.collect::<Vec<_>>(),
        "tiles": tiles,
        "meters": meters.collect::<Vec<_>>(),
        "clashes": pairs(|i| i.is_fatal()),
        "needs": pairs(|i| i.effect == InteractionEffect::Requires),
        "front": front.collect::<Vec<_>>(),
    }))
}

/// What a realization adds to a metric: nothing, something unknown, or an interval in billionths.
fn figure(judged: &Judged<'_>) -> Value {
    let whole = |v: f64| (v * 1e9).round() as u64;
    if !judged.unknown.is_empty() {
        return json!("unknown");
    }
    if judged.evidence.is_empty() {
        return Value::Null;
    }
    let (low, high) = (judged.figure.lower(), judged.figure.upper());
    json!({ "low": whole(low), "high": high.map(|(v, _)| whole(v)), "strict": high.is_some_and(|(_, s)| s) })
}

fn pair(amount: Amount) -> (u32, u64) {
    (amount.unknown, amount.known)
}

fn facet(problem: &Problem<'_>, word: &[OperatorId]) -> usize {
    let effect = &problem.catalog.algebra().operator(word[0]).unwrap().effect;
    Facet::ALL
        .iter()
        .position(|f| Effect::facet(effect) == Some(*f))
        .unwrap()
}

/// The normal forms of a facet that tiles can be put together to.
fn words(problem: &Problem<'_>, wanted: usize) -> Vec<Vec<OperatorId>> {
    let mut found: Vec<Vec<OperatorId>> = vec![Vec::new()];
    let mut head = 0;
    while let Some(word) = found.get(head).cloned() {
        head += 1;
        for (tile, _) in problem.catalog.tiles().words(problem.catalog) {
            let longer = [word.as_slice(), tile].concat();
            let mut normal = Vec::new();
            let read = problem.catalog.automaton().normalize_into(&longer, &mut normal);
            if facet(problem, tile) == wanted && read.is_some() && normal == longer && !found.contains(&longer) {
                found.push(longer);
            }
        }
        if found.len() > COMBINATIONS {
            break;
        }
    }
    found
}
