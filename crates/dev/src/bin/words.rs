//! Words for benches: writes random ones, and normalises them again and again.
//!
//! ```text
//! words write LENGTH COUNT            random well-typed words of that length, one a line
//! words repeat TIMES < WORDS          normalises each word that often, from identifiers to identifiers
//! words time identifiers < WORDS      nanoseconds for one word, from identifiers to identifiers
//! words time text < WORDS             nanoseconds for one word, from text to text
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool of benches, run by hand and by tests"
)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_dev::generate;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"));
    match arguments[..] {
        ["write", length, count] => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            for word in generate::words_of(number(length), number(count)) {
                writeln!(out, "{}", word.join("∘")).unwrap();
            }
        }
        ["repeat", times] => {
            let text = std::io::read_to_string(std::io::stdin()).unwrap();
            let words = read(&text);
            for _ in 0..number(times) {
                identifiers(&words);
            }
        }
        ["time", what] => {
            let text = std::io::read_to_string(std::io::stdin()).unwrap();
            let words = read(&text);
            let lines: Vec<&str> = text.lines().collect();
            let mut times: Vec<f64> = (0..51)
                .map(|_| {
                    let start = Instant::now();
                    match what {
                        "identifiers" => identifiers(&words),
                        _ => texts(&lines),
                    }
                    start.elapsed().as_secs_f64() * 1e9 / words.len() as f64
                })
                .collect();
            times.sort_by(f64::total_cmp);
            println!("{:.1}", times[times.len() / 2]);
        }
        _ => panic!("write LENGTH COUNT, repeat TIMES, time identifiers, or time text"),
    }
}

fn read(text: &str) -> Vec<Vec<OperatorId>> {
    let read = |line| {
        let mut word = Vec::new();
        Catalog::builtin().unwrap().notation().read(line, &mut word).unwrap();
        word
    };
    text.lines().map(read).collect()
}

fn identifiers(words: &[Vec<OperatorId>]) {
    let automaton = Catalog::builtin().unwrap().automaton();
    let mut out = Vec::with_capacity(128);
    for word in words {
        out.clear();
        automaton.normalize_into(black_box(word), &mut out).unwrap();
        black_box(&out);
    }
}

fn texts(lines: &[&str]) {
    let catalog = Catalog::builtin().unwrap();
    let (mut word, mut normal, mut text) = (Vec::new(), Vec::with_capacity(128), String::new());
    for line in lines {
        word.clear();
        normal.clear();
        text.clear();
        catalog.notation().read(black_box(line), &mut word).unwrap();
        catalog.automaton().normalize_into(&word, &mut normal).unwrap();
        catalog.notation().write(&normal, &mut text);
        black_box(&text);
    }
}
