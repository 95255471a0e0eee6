//! The planner beside brute force and a verifier that shares nothing with it, on random catalogues.

use std::collections::BTreeSet;

use stackwright_dev::instances::{Instance, small};
use stackwright_dev::reference::plans;
use stackwright_plan::{Candidate, Dynamic, Options, Problem, Search, report, verify};

/// Instances with more combinations are left to the search alone.
const LIMIT: usize = 400;

/// Enough for every kind of rule to meet every other; `STACKWRIGHT_SEEDS` asks for more.
fn seeds() -> u64 {
    let asked = std::env::var("STACKWRIGHT_SEEDS").ok();
    asked.and_then(|s| s.parse().ok()).unwrap_or(600)
}

fn problem(instance: &Instance) -> Problem<'_> {
    let host = instance.host.as_ref();
    Problem::new(&instance.catalog, &instance.requirement, host, Options::default())
}

fn names(candidates: &[&Candidate<'_>]) -> BTreeSet<String> {
    let ids = |c: &Candidate<'_>| c.tiling.realizations.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let name = |c: &&Candidate<'_>| format!("{:?} {:?} {:?} {:?}", c.word, c.tiling.words, ids(c), c.objectives);
    candidates.iter().map(name).collect()
}

#[test]
fn the_front_is_that_of_brute_force() {
    let (mut compared, mut several, mut empty) = (0, 0, 0);
    for seed in 0..seeds() {
        let instance = small(seed);
        let problem = problem(&instance);
        let Some(all) = plans::all(&problem, LIMIT) else {
            continue;
        };
        let expected = plans::front(&all);
        let outcome = Dynamic::default().search(&problem);
        assert!(outcome.exact, "seed {seed}");
        assert_eq!(outcome.candidates, all.len() as u64, "seed {seed}");
        let found: Vec<_> = outcome.front.iter().collect();
        assert_eq!(names(&found), names(&expected), "seed {seed}");
        assert_eq!(found.len(), expected.len(), "seed {seed}");
        for candidate in &outcome.front {
            assert_eq!(verify(&problem, candidate), Vec::<String>::new(), "seed {seed}");
        }
        for candidate in all.iter().filter(|c| !c.violations.is_empty()).step_by(5) {
            assert_ne!(
                verify(&problem, candidate),
                Vec::<String>::new(),
                "seed {seed}: {:?}",
                candidate.violations
            );
        }
        compared += 1;
        several += u64::from(expected.len() > 1);
        empty += u64::from(expected.is_empty());
    }
    assert!(compared * 3 > seeds(), "{compared}");
    assert!(
        several * 10 > compared && empty * 10 > compared,
        "{several} {empty} of {compared}"
    );
}

#[test]
fn conflicts_are_all_minimal_sets_and_openings_open() {
    let mut compared = 0;
    for seed in 0..seeds() {
        let instance = small(seed);
        let problem = problem(&instance);
        let Some(all) = plans::all(&problem, LIMIT) else {
            continue;
        };
        if all.iter().any(|c| c.violations.is_empty()) {
            continue;
        }
        let text = |rule: usize| problem.rules[rule].text(problem.catalog);
        let failed: BTreeSet<BTreeSet<String>> = all
            .iter()
            .map(|c| c.violations.iter().map(|v| text(v.rule)).collect())
            .collect();
        let conflict = report(&problem, Dynamic::default().search(&problem)).conflict.unwrap();
        let hits = |set: &BTreeSet<String>| failed.iter().all(|f| !f.is_disjoint(set));
        let sets: BTreeSet<BTreeSet<String>> = conflict.sets.iter().map(|s| s.iter().cloned().collect()).collect();
        assert!(
            sets.contains(&conflict.constraints.iter().cloned().collect()),
            "seed {seed}"
        );
        for set in &sets {
            assert!(hits(set), "seed {seed}: {set:?}");
            for rule in set {
                let fewer: BTreeSet<_> = set.iter().filter(|r| *r != rule).cloned().collect();
                assert!(!hits(&fewer), "seed {seed}: {set:?} without {rule}");
            }
        }
        if conflict.complete {
            // Every set of rules that contains none of those found can hold together.
            let rules: Vec<String> = failed
                .iter()
                .flatten()
                .cloned()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            for choice in 0..1_u32 << rules.len().min(12) {
                let set: BTreeSet<String> = rules
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i < 12 && choice & (1 << i) != 0)
                    .map(|(_, r)| r.clone())
                    .collect();
                assert_eq!(
                    hits(&set),
                    sets.iter().any(|s| s.is_subset(&set)),
                    "seed {seed}: {set:?}"
                );
            }
        }
        assert!(!conflict.openings.is_empty(), "seed {seed}");
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn a_search_beyond_its_limit_says_so_and_what_cannot_be_beaten() {
    let mut stopped = 0;
    for seed in 0..seeds().min(300) {
        let instance = small(seed);
        let problem = problem(&instance);
        let full = Dynamic::default().search(&problem);
        let short = Dynamic {
            limit: full.labels / 2,
            ..Dynamic::default()
        };
        let cut = short.search(&problem);
        assert_eq!(cut.exact, cut.floor.is_none());
        let Some(floor) = cut.floor else { continue };
        stopped += 1;
        for candidate in full.front.iter().chain(&cut.front) {
            let costs = candidate.objectives.costs();
            assert!(floor.iter().zip(costs).all(|(f, c)| *f <= c), "seed {seed}");
        }
    }
    assert!(stopped > 50);
}
