//! Every step of a derivation is true by itself, and so is what is said of words that reach no stack.

use proptest::prelude::*;
use stackwright_algebra::{Effect, OperatorId, StepEffect};
use stackwright_dev::Compiled;
use stackwright_dev::generate::{all_words, settings, typed_word, word};

/// Checks all steps of the derivation of a word, if it has one.
pub fn steps_are_true(engine: &Compiled, word: &[OperatorId]) {
    let (algebra, automaton) = (&engine.algebra, &engine.automaton);
    let Ok(derivation) = automaton.derive(algebra, word) else {
        return;
    };
    let text = algebra.display(word);
    assert_eq!(
        Some(&derivation.normal_form),
        engine.normal_form(word).as_ref(),
        "{text}"
    );
    let letters = engine.expanded(word);
    let mut done = 0;
    for step in &derivation.steps {
        let (left, right) = &step.law;
        assert!(
            automaton.decide(algebra, left, right).equal,
            "{text}: the law {} = {} does not hold",
            algebra.display(left),
            algebra.display(right)
        );
        if step.effect == StepEffect::Expanded {
            continue;
        }
        assert_eq!(letters[done], step.operator, "{text}: one step for each letter");
        if step.effect == StepEffect::Absorbed {
            let mut without = letters.clone();
            without.remove(done);
            assert!(
                automaton.decide(algebra, &letters, &without).equal,
                "{text}: {} was not absorbed",
                algebra.symbol(step.operator)
            );
        }
        if step.effect == StepEffect::Refined {
            assert!(!step.by.is_empty(), "{text}: something is refined");
        }
        done += 1;
        assert_eq!(
            engine.normal_form(&letters[..done]).as_ref(),
            Some(&step.so_far),
            "{text}"
        );
    }
    assert_eq!(done, letters.len(), "{text}: one step for each letter");
}

/// The mended word reaches a stack, for a word that does the same one, and adds nothing. Returns the letters that were
/// left out although they are not absorbed by what is there.
pub fn mending_helps(engine: &Compiled, word: &[OperatorId]) -> Vec<OperatorId> {
    let (algebra, text) = (&engine.algebra, engine.algebra.display(word));
    let (mended, letters) = (algebra.mend(word), engine.expanded(word));
    let equal = |left: &[OperatorId], right: &[OperatorId]| engine.automaton.decide(algebra, left, right).equal;
    assert!(algebra.run(&mended).is_ok(), "{text} mended");
    if algebra.run(word).is_ok() {
        assert!(equal(&mended, &letters), "{text} needs no mending");
    }
    let mut left_out = letters;
    for letter in &mended {
        let at = left_out.iter().position(|l| l == letter);
        left_out.remove(at.expect("mending adds nothing"));
    }
    let absorbed = |letter: OperatorId| {
        (0..=mended.len()).any(|place| {
            let mut with = mended.clone();
            with.insert(place, letter);
            equal(&with, &mended)
        })
    };
    left_out.retain(|letter| !absorbed(*letter));
    left_out
}

/// Of the operators that ship, only kernels too many are left out.
fn mending_leaves_out_openers_only(engine: &Compiled, word: &[OperatorId]) {
    for letter in mending_helps(engine, word) {
        let effect = engine.algebra.operator(letter).map(|o| &o.effect);
        assert!(
            matches!(effect, Some(Effect::Opens { .. })),
            "{}",
            engine.algebra.display(word)
        );
    }
}

#[test]
fn of_all_words_of_up_to_three_letters() {
    let engine = Compiled::builtin();
    let letters: Vec<_> = engine.algebra.ids().collect();
    for word in all_words(&letters, 3) {
        steps_are_true(&engine, &word);
        mending_leaves_out_openers_only(&engine, &word);
    }
}

proptest! {
    #![proptest_config(settings(500))]

    #[test]
    fn of_random_words(word in typed_word(4..30)) {
        let engine = Compiled::builtin();
        steps_are_true(&engine, &engine.word(&word));
    }

    #[test]
    fn mending_random_words(word in word(4..30)) {
        let engine = Compiled::builtin();
        mending_leaves_out_openers_only(&engine, &engine.word(&word));
    }
}
