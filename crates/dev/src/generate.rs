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

/// Random words of just that length that reach a stack, the same in every run. All letters that have a
/// place are equally likely, but those after which most have none are rare.
pub fn words_of(length: usize, count: usize) -> Vec<Word> {
    let machine = Document::builtin().machine;
    let mut letters = Vec::new();
    for symbol in symbols() {
        let weight = match symbol {
            "W" | "We" => 1,
            _ => 20,
        };
        letters.extend(std::iter::repeat_n(symbol, weight));
    }
    let mut random = 0x5eed_u64;
    let mut next = move || {
        // Linear congruential generator, MMIX (Knuth, The Art of Computer Programming, 3.3.4).
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        letters[(random >> 33) as usize % letters.len()]
    };
    let mut one = || {
        let mut word: Word = Vec::new();
        let mut state = machine.run(&[]).unwrap();
        while word.len() < length {
            let symbol = next();
            let expanded = machine.expand(symbol);
            if let Some(reached) = expanded
                .iter()
                .try_fold(state.clone(), |s, letter| machine.step(s, letter))
            {
                state = reached;
                word.push(symbol);
            }
        }
        word
    };
    (0..count).map(|_| one()).collect()
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
