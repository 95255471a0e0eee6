//! Requirements in words.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic here is a failed test, and what was measured is printed"
)]

mod documents;
mod merging;
mod paraphrases;
mod properties;
mod readings;

use stackwright_catalog::Catalog;
use stackwright_spec::phrase::Reading;

/// Reads a text with the built-in lexicon.
fn read(text: &str) -> Reading {
    Reading::of(text, Catalog::builtin().unwrap()).unwrap()
}

/// What a text says, in words, in order of the alphabet.
fn says(text: &str) -> Vec<String> {
    let mut all: Vec<_> = read(text).meanings().iter().map(ToString::to_string).collect();
    all.sort();
    all
}
