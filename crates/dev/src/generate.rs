//! Random words, the same in every run.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use stackwright_catalog::Catalog;

use crate::reference::Document;

/// A word of symbols of the catalogue that ships.
pub type Word = Vec<&'static str>;

/// Settings for `cases` cases, always the same ones.
pub fn settings(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(0x5eed),
        failure_persistence: None,
        ..Config::default()
    }
}

/// The symbols of all operators that ship, macros too.
pub fn symbols() -> Word {
    let operators = &Catalog::builtin().unwrap().data().operators;
    operators.iter().map(|o| o.symbol.as_str()).collect()
}

/// Any word.
pub fn word(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Word> {
    vec(select(symbols()), length)
}

/// Words that reach a stack: letters that have no place are left out, and those that forbid most others are rare.
pub fn typed_word(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Word> {
    const SEALS: [&str; 2] = ["W", "We"];
    let common: Word = symbols().into_iter().filter(|s| !SEALS.contains(s)).collect();
    let letter = prop_oneof![40 => select(common), 1 => select(SEALS.as_slice())];
    vec(letter, length).prop_map(|letters| {
        let machine = Document::builtin().machine;
        let mut word: Word = Vec::new();
        let mut state = machine.run(&[]).unwrap();
        for symbol in letters {
            let reached = machine
                .expand(symbol)
                .iter()
                .try_fold(state.clone(), |s, letter| machine.step(s, letter));
            if let Some(reached) = reached {
                state = reached;
                word.push(symbol);
            }
        }
        word
    })
}

/// All words of at most `length` letters of an alphabet, by length and then in the alphabet's order.
pub fn all_words<T: Copy>(alphabet: &[T], length: usize) -> Vec<Vec<T>> {
    let mut words = vec![Vec::new()];
    let mut shorter = 0;
    for _ in 0..length {
        let longest = shorter..words.len();
        shorter = words.len();
        for i in longest {
            for letter in alphabet {
                let mut word = words[i].clone();
                word.push(*letter);
                words.push(word);
            }
        }
    }
    words
}
