//! Equality of words is a congruence: equal words stay equal under any common prefix and suffix.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_dev::generate::{all_words, settings, symbols, typed_word, word};
use stackwright_dev::{Compiled, Semantics};

/// Words grouped by the stack they reach; those that reach none are one group.
pub fn classes(engine: &Compiled, length: usize) -> Vec<Vec<Vec<OperatorId>>> {
    let letters: Vec<_> = engine.algebra.ids().collect();
    let mut classes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for word in all_words(&letters, length) {
        classes.entry(engine.algebra.run(&word).ok()).or_default().push(word);
    }
    classes.into_values().collect()
}

/// Normal forms of a word in every context of at most one letter on each side.
fn in_contexts(engine: &Compiled, word: &[OperatorId], out: &mut Vec<Option<Vec<OperatorId>>>) {
    out.clear();
    let letters = || engine.algebra.ids().map(Some).chain([None]);
    let mut framed = Vec::with_capacity(word.len() + 2);
    for prefix in letters() {
        for suffix in letters() {
            framed.clear();
            framed.extend(prefix);
            framed.extend_from_slice(word);
            framed.extend(suffix);
            out.push(engine.normal_form(&framed));
        }
    }
}

/// All words of each class behave as its first does, in every context of at most one letter on each side.
pub fn is_congruence(engine: &Compiled, length: usize) {
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for class in classes(engine, length) {
        in_contexts(engine, &class[0], &mut expected);
        for word in &class[1..] {
            in_contexts(engine, word, &mut found);
            // A class with a stack has normal forms; words without one have none in any context, so they too agree.
            assert_eq!(
                expected,
                found,
                "{} and {} are equal, but not in every context",
                engine.algebra.display(&class[0]),
                engine.algebra.display(word)
            );
        }
    }
}

#[test]
fn on_words_of_up_to_three_letters() {
    is_congruence(&Compiled::builtin(), 3);
}

#[test]
fn words_without_a_stack_have_none_in_any_context() {
    let engine = Compiled::builtin();
    let letters: Vec<_> = engine.algebra.ids().collect();
    let mut found = Vec::new();
    for word in all_words(&letters, 3) {
        if engine.algebra.run(&word).is_err() {
            in_contexts(&engine, &word, &mut found);
            assert!(found.iter().all(Option::is_none), "{}", engine.algebra.display(&word));
        }
    }
}

#[test]
fn operators_of_different_facets_commute_in_every_context() {
    let engine = Compiled::builtin();
    let facets = |id: OperatorId| -> Vec<Option<Facet>> {
        let letters = engine.algebra.letters(&id).to_vec();
        let effect = |l| engine.algebra.operator(l).map(|o| &o.effect);
        letters.into_iter().map(|l| effect(l).and_then(Effect::facet)).collect()
    };
    let (mut pairs, mut one, mut other) = (0, Vec::new(), Vec::new());
    for a in engine.algebra.ids() {
        for b in engine.algebra.ids().filter(|b| *b > a) {
            let theirs = facets(b);
            if facets(a).iter().any(|f| theirs.contains(f)) {
                continue;
            }
            pairs += 1;
            in_contexts(&engine, &[a, b], &mut one);
            in_contexts(&engine, &[b, a], &mut other);
            assert_eq!(one, other, "{}", engine.algebra.display(&[a, b]));
        }
    }
    // 1 of packaging, 12 of isolation, 4 of network, 2 of telemetry, 1 of policy.
    assert_eq!(pairs, 12 + 4 + 2 + 1 + 12 * 7 + 4 * 3 + 2);
}

proptest! {
    #![proptest_config(settings(3_000))]

    /// A word and its normal form are equal; so are two words with letters absorbed or moved between facets.
    #[test]
    fn on_random_words(prefix in word(0..12), middle in typed_word(0..20), suffix in word(0..12)) {
        let engine = Compiled::builtin();
        let normal = engine.normalize(&middle).unwrap();
        let normal: Vec<&str> = normal.iter().map(String::as_str).collect();
        let left = engine.normalize(&[prefix.as_slice(), &middle, &suffix].concat());
        let right = engine.normalize(&[prefix.as_slice(), &normal, &suffix].concat());
        prop_assert_eq!(left.ok(), right.ok());
    }

    #[test]
    fn on_random_powers(word in typed_word(1..6), letter in 0..20_usize) {
        let engine = Compiled::builtin();
        let once = [word.as_slice(), &[symbols()[letter]]].concat();
        let twice = [once.as_slice(), &[symbols()[letter]]].concat();
        if engine.equal(&once, &twice) {
            let thrice = [twice.as_slice(), &[symbols()[letter]]].concat();
            prop_assert!(engine.equal(&once, &thrice));
        }
    }
}
