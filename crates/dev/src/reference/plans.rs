//! All plans by brute force: every sequence of tiles is tried, every rule asked of each.

use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::tiling::Tiling;
use stackwright_plan::{Candidate, Problem, Rule};

/// Every combination of a stack and realizations that can be put together, judged. `None` if there are many more than
/// the limit.
pub fn all<'c>(problem: &Problem<'c>, limit: usize) -> Option<Vec<Candidate<'c>>> {
    let catalog = problem.catalog;
    let (mut found, mut judged) = (Vec::new(), 0);
    let mut open: Vec<(usize, Tiling<'c>)> = vec![(
        0,
        Tiling {
            realizations: Vec::new(),
            words: Vec::new(),
        },
    )];
    while let Some((facet, tiling)) = open.pop() {
        let word: Vec<OperatorId> = tiling.words.concat();
        if facet == Facet::ALL.len() {
            let stack = catalog.stack(&word).unwrap();
            let candidate = problem.judge(word, stack, tiling);
            let apart = |rule: usize| matches!(problem.rules[rule], Rule::OneRunner);
            if !candidate.violations.iter().any(|v| apart(v.rule)) {
                found.push(candidate);
            }
            judged += 1;
            if judged > 2 * limit {
                return None;
            }
            continue;
        }
        open.push((facet + 1, tiling.clone()));
        for (letters, realization) in catalog.tiles().words(catalog) {
            let effect = |id: &OperatorId| catalog.algebra().operator(*id).map(|o| &o.effect);
            if effect(&letters[0]).and_then(Effect::facet) != Some(Facet::ALL[facet]) {
                continue;
            }
            let longer = [&word, letters].concat();
            let mut normal = Vec::new();
            if catalog.automaton().normalize_into(&longer, &mut normal).is_some() && normal == longer {
                let mut tiling = tiling.clone();
                tiling.realizations.push(realization);
                tiling.words.push(letters.to_vec());
                open.push((facet, tiling));
            }
        }
    }
    Some(found)
}

/// Those that fulfil everything and that no other such dominates.
pub fn front<'a, 'c>(all: &'a [Candidate<'c>]) -> Vec<&'a Candidate<'c>> {
    let feasible: Vec<_> = all.iter().filter(|c| c.violations.is_empty()).collect();
    let beaten = |c: &Candidate<'c>| feasible.iter().any(|f| f.objectives.dominates(&c.objectives));
    feasible.iter().filter(|c| !beaten(c)).copied().collect()
}
