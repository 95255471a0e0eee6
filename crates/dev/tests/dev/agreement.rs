//! The engine and the reference give the same answers.

use proptest::prelude::*;
use stackwright_dev::generate::{all_words, settings, symbols, typed_word, word};
use stackwright_dev::reference::Document;
use stackwright_dev::{Compiled, Semantics};

/// Asks both, and checks what must be true of one answer: the normal form is its own normal form, reaches the same
/// stack and is not longer than the word.
fn agree(engine: &Compiled, reference: &Document, word: &[&str]) {
    let answer = engine.normalize(word);
    assert_eq!(answer, reference.normalize(word), "normal form of {word:?}");
    let Ok(normal) = answer else { return };
    let normal: Vec<&str> = normal.iter().map(String::as_str).collect();
    assert_eq!(
        engine.normalize(&normal).as_deref(),
        Ok(normal.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice()),
        "the normal form of {word:?} is one"
    );
    let (stack, again) = (engine.word(word), engine.word(&normal));
    assert_eq!(engine.algebra.run(&stack), engine.algebra.run(&again), "{word:?}");
    let length = word.iter().map(|s| reference.machine.expand(s).len()).sum::<usize>();
    assert!(normal.len() <= length, "{word:?} became longer: {normal:?}");
}

#[test]
fn on_all_words_of_up_to_four_letters() {
    let (engine, reference) = (Compiled::builtin(), Document::builtin());
    let words = all_words(&symbols(), 4);
    assert_eq!(words.len(), 1 + 20 + 400 + 8_000 + 160_000);
    for word in words {
        agree(&engine, &reference, &word);
    }
}

proptest! {
    #![proptest_config(settings(2_000))]

    #[test]
    fn on_random_words(word in word(5..40)) {
        agree(&Compiled::builtin(), &Document::builtin(), &word);
    }

    #[test]
    fn on_random_words_that_reach_a_stack(word in typed_word(5..60)) {
        let (engine, reference) = (Compiled::builtin(), Document::builtin());
        prop_assert!(reference.machine.run(&word).is_ok());
        agree(&engine, &reference, &word);
    }

    #[test]
    fn on_which_words_are_equal(left in typed_word(0..12), right in typed_word(0..12)) {
        let (engine, reference) = (Compiled::builtin(), Document::builtin());
        prop_assert_eq!(engine.equal(&left, &right), reference.equal(&left, &right));
        let normal = engine.normalize(&left).unwrap();
        let normal: Vec<_> = normal.iter().map(String::as_str).collect();
        prop_assert!(engine.equal(&left, &normal) && reference.equal(&left, &normal));
    }
}

proptest! {
    #![proptest_config(settings(20))]

    #[test]
    fn on_long_words(word in typed_word(500..2_000)) {
        agree(&Compiled::builtin(), &Document::builtin(), &word);
    }
}
