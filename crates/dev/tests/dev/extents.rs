//! What is said of where an equation holds is true in every short context.

use proptest::prelude::*;
use stackwright_algebra::{Contexts, Extent, OperatorId};
use stackwright_dev::Compiled;
use stackwright_dev::generate::{all_words, settings, word};

/// Whether both sides are the same after a context; `None` if neither reaches a stack there.
fn same_after(engine: &Compiled, context: &[OperatorId], left: &[OperatorId], right: &[OperatorId]) -> Option<bool> {
    let reach = |side: &[OperatorId]| engine.algebra.run(&[context, side].concat()).ok();
    match (reach(left), reach(right)) {
        (None, None) => None,
        (a, b) => Some(a == b),
    }
}

fn check(engine: &Compiled, contexts: &Contexts, left: &[OperatorId], right: &[OperatorId], tried: &[Vec<OperatorId>]) {
    let law = contexts.law(&engine.algebra, &engine.automaton, left, right);
    let text = format!("{} = {}", engine.algebra.display(left), engine.algebra.display(right));
    let verdicts: Vec<_> = tried
        .iter()
        .filter_map(|c| same_after(engine, c, left, right))
        .collect();
    match law.extent {
        Extent::Everywhere => assert!(verdicts.iter().all(|v| *v), "{text} is said to hold everywhere"),
        Extent::Nowhere => assert!(verdicts.iter().all(|v| !v), "{text} is said to hold nowhere"),
        Extent::Where(_) => {}
    }
    assert_eq!(law.holds(), law.witness.is_none(), "{text}");
    if let Some(witness) = law.witness {
        assert_eq!(same_after(engine, &witness.context, left, right), Some(false), "{text}");
        let shorter = tried.iter().filter(|c| c.len() < witness.context.len());
        for context in shorter {
            assert_ne!(
                same_after(engine, context, left, right),
                Some(false),
                "{text}: a shorter witness"
            );
        }
    }
}

#[test]
fn hold_for_all_pairs_of_operators() {
    let engine = Compiled::builtin();
    let contexts = Contexts::new(&engine.algebra, &engine.automaton);
    let ids: Vec<_> = engine.algebra.ids().collect();
    let tried = all_words(&ids, 2);
    for a in &ids {
        for b in &ids {
            check(&engine, &contexts, &[*a, *b], &[*b, *a], &tried);
            check(&engine, &contexts, &[*a, *b], &[*a], &tried);
        }
    }
}

#[test]
fn hold_for_random_equations() {
    let engine = Compiled::builtin();
    let contexts = Contexts::new(&engine.algebra, &engine.automaton);
    let ids: Vec<_> = engine.algebra.ids().collect();
    let tried = all_words(&ids, 2);
    proptest!(settings(100), |(left in word(0..4), right in word(0..4))| {
        check(&engine, &contexts, &engine.word(&left), &engine.word(&right), &tried);
    });
}
