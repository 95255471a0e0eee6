//! How fast it is: the engine beside the reference, and whole commands beside an empty process.
//!
//! `cargo bench -p stackwright-dev` after `cargo build --release`. Contenders take turns within one run, and medians are
//! printed with the ratio: on a noisy machine the ratio is what holds.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench is run by hand"
)]

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use stackwright_dev::reference::Document;
use stackwright_dev::{Compiled, Semantics, generate};

fn main() {
    words();
    commands();
}

/// Normalising random well-typed words of 4, 16 and 64 letters.
fn words() {
    let engine = Compiled::builtin();
    let reference = Document::builtin();
    let mut runner = TestRunner::deterministic();
    println!("normal forms of random well-typed words, time for one word");
    for length in [4_usize, 16, 64] {
        let symbols: Vec<generate::Word> = (0..500)
            .map(|_| generate::typed_word(length).new_tree(&mut runner).unwrap().current())
            .collect();
        let ids: Vec<_> = symbols.iter().map(|w| engine.word(w)).collect();
        let mut out = Vec::with_capacity(length);
        let contenders: [(&str, &mut dyn FnMut()); 2] = [
            ("engine", &mut || {
                for word in &ids {
                    out.clear();
                    black_box(engine.automaton.normalize_into(black_box(word), &mut out));
                }
            }),
            ("reference", &mut || {
                for word in &symbols {
                    let _ = black_box(reference.normalize(black_box(word)));
                }
            }),
        ];
        let medians = take_turns(contenders, 21);
        let each = |seconds: f64| seconds * 1e9 / ids.len() as f64;
        println!(
            "  {length:>2} letters: engine {:>7.1} ns, reference {:>10.0} ns, ratio {:.0}",
            each(medians[0]),
            each(medians[1]),
            medians[1] / medians[0]
        );
    }
}

/// Whole commands of the release build.
fn commands() {
    let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/stackwright");
    if !binary.is_file() {
        println!("commands: skipped, there is no release build");
        return;
    }
    let requirement = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/edge-function/requirements.yaml");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().unwrap();
    };
    let requirement = requirement.to_str().unwrap();
    let contenders: [(&str, &mut dyn FnMut()); 5] = [
        ("true (an empty process)", &mut || {
            Command::new("true").status().unwrap();
        }),
        ("--version", &mut || run(&["--version"])),
        ("normalize", &mut || run(&["normalize", "V → C → M → C"])),
        ("grade", &mut || run(&["grade", "V∘S∘C∘M"])),
        ("plan, edge function", &mut || run(&["plan", requirement])),
    ];
    let names: Vec<_> = contenders.iter().map(|(name, _)| *name).collect();
    let medians = take_turns(contenders, 31);
    println!("whole commands, median of wall-clock time");
    for (name, seconds) in names.iter().zip(&medians) {
        println!("  {name:<24} {:>7.2} ms", seconds * 1e3);
    }
}

/// Median seconds of each contender over some rounds, in which all take turns.
fn take_turns<const N: usize>(mut contenders: [(&str, &mut dyn FnMut()); N], rounds: usize) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(rounds); N];
    for round in 0..=rounds {
        for (times, (_, contender)) in times.iter_mut().zip(&mut contenders) {
            let start = Instant::now();
            contender();
            let seconds = start.elapsed().as_secs_f64();
            // The first round warms up.
            if round > 0 {
                times.push(seconds);
            }
        }
    }
    times
        .into_iter()
        .map(|mut list| {
            list.sort_by(f64::total_cmp);
            list[list.len() / 2]
        })
        .collect()
}
