//! A normal form is the shortest word of its stack.

use std::collections::BTreeSet;

use stackwright_dev::reference::{Document, State};
use stackwright_dev::{Compiled, Semantics};

/// Breadth-first search over the reference's states: no shorter word reaches a state than the one it is found with.
#[test]
fn for_every_stack_that_five_letters_reach() {
    let (engine, reference) = (Compiled::builtin(), Document::builtin());
    let letters: Vec<&str> = reference.machine.letters().collect();
    let mut seen = BTreeSet::from([State::default()]);
    let mut front: Vec<(State, Vec<&str>)> = vec![(State::default(), Vec::new())];
    for length in 0..=5 {
        let mut next = Vec::new();
        for (state, word) in &front {
            let normal = engine.normalize(word).unwrap();
            assert_eq!(normal.len(), length, "{word:?} is as short as can be, found {normal:?}");
            if length == 5 {
                continue;
            }
            for letter in &letters {
                if let Some(reached) = reference.machine.step(state.clone(), letter)
                    && seen.insert(reached.clone())
                {
                    next.push((reached, [word.as_slice(), &[*letter]].concat()));
                }
            }
        }
        front = next;
    }
    assert!(seen.len() > 10_000, "only {} stacks were found", seen.len());
}
