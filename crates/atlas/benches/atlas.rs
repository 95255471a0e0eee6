//! How long the atlas takes: the first of everything in a process, catalogue included, and each part after it.
//!
//! `cargo bench -p stackwright-atlas` prints it; `-- --check` fails if a part takes longer than 50 ms.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stackwright_atlas::{Atlas, ComparisonEngine, Selection, Table, align, draw, export, mindmap, render};
use stackwright_catalog::Catalog;
use stackwright_catalog::model::RelationKind;
use stackwright_text::Language;

/// No command may take longer.
const BOUND: Duration = Duration::from_millis(50);
const ROUNDS: usize = 15;

/// The median of some rounds.
fn median(mut part: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            part();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn main() {
    let start = Instant::now();
    let atlas = Atlas::new(Catalog::builtin().unwrap()).unwrap();
    let first = atlas.judge(&atlas.claims.claims).len();
    println!("catalogue and verdicts on {first} claims, first: {:?}", start.elapsed());
    let glossary = atlas.glossary(Language::Zh);
    let guidance = atlas.catalog.guidance().unwrap();
    let matrix = atlas.matrix("performance").unwrap();
    let subjects = ["virtualization", "sandboxing"].map(str::to_owned);
    let parts: [(&str, Duration); 7] = [
        (
            "verdicts",
            median(|| drop(black_box(atlas.judge(&atlas.claims.claims)))),
        ),
        (
            "a matrix as a picture",
            median(|| {
                let table = Table::of(matrix, &Selection::default(), &glossary).unwrap();
                drop(black_box(render::svg(&table)));
            }),
        ),
        (
            "relations as a picture",
            median(|| drop(black_box(draw::svg(&atlas.relations(&RelationKind::ALL), &glossary)))),
        ),
        (
            "a map",
            median(|| drop(black_box(mindmap::concepts_svg(&atlas, &glossary)))),
        ),
        (
            "a comparison",
            median(|| {
                drop(black_box(ComparisonEngine::new(atlas).compare(
                    &subjects,
                    &[],
                    &glossary,
                )))
            }),
        ),
        (
            "alignment of all references",
            median(|| {
                guidance
                    .references
                    .iter()
                    .for_each(|r| drop(black_box(align::align(guidance, r))))
            }),
        ),
        (
            "everything as files, for two languages",
            median(|| drop(black_box(export::files(&atlas, |_, text| text.to_owned())))),
        ),
    ];
    let check = env::args().any(|a| a == "--check");
    for (name, time) in parts {
        println!("{name}: {time:?}");
        assert!(!check || time <= BOUND, "{name} took {time:?}, the bound is {BOUND:?}");
    }
}
