//! The built-in catalogue gives the documented answers, and a broken one is refused with the place.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

use stackwright_catalog::Catalog;
use stackwright_text::Source;

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap()
}

fn normal(text: &str) -> String {
    let catalog = catalog();
    let word = catalog.normalize(&Source::new("<expression>", text)).unwrap();
    catalog.algebra().display(&word)
}

#[test]
fn the_documented_rows_come_out_exactly() {
    // Word, grades and reference latency of the five cases of the operator document.
    for (word, grades, latency) in [
        ("I∘C∘S∘M", "5▼-3▲-5▼", "20.5"),
        ("V∘S∘C∘M", "4▼-5▼-4▼", "200.3"),
        ("I∘C∘S∘W", "5▼-4▼-4▼", "< 10"),
        ("I∘C∘S∘Am", "5▼-3▲-5▼", "20.3"),
        ("V∘C∘S∘M", "4▼-4▼-4▼", "200.3"),
    ] {
        assert_eq!(normal(word), word);
        let catalog = catalog();
        let ids = catalog.parse(&Source::new("<expression>", word)).unwrap().word;
        let assessment = catalog.assess(&ids).unwrap();
        assert_eq!(assessment.grades.to_string(), grades, "{word}");
        assert_eq!(
            assessment.latency.map(|l| l.to_string()).as_deref(),
            Some(latency),
            "{word}"
        );
    }
}

#[test]
fn a_kata_pod_is_nearer_nine_hundred_milliseconds() {
    let catalog = catalog();
    let ids = catalog.parse(&Source::new("<expression>", "V∘S∘C∘M")).unwrap().word;
    let assessment = catalog.assess(&ids).unwrap();
    let cri = assessment
        .better
        .iter()
        .find(|f| f.metric == "cold_start" && f.scope.name() == "cri")
        .unwrap();
    assert_eq!(cri.figure.typical, Some(900.0));
    assert!(cri.is_complete(), "{:?}", cri.missing);
}

#[test]
fn words_simplify_as_documented() {
    for (word, expected) in [
        ("V → C → M → C", "V∘C∘M"),
        ("C → S → C → I", "I∘C∘S"),
        ("Kc∘M", "V∘C∘M"),
        ("E∘Ist", "M"),
        ("Ns∘Cg∘O", "C"),
        ("∅", "∅"),
    ] {
        assert_eq!(normal(word), expected, "{word}");
    }
}

#[test]
fn grades_do_not_grow_with_every_layer() {
    // Stated in the operator document's rows, and so said of the rules rather than mended.
    let grade = |word: &str| {
        let ids = catalog().parse(&Source::new("<expression>", word)).unwrap().word;
        catalog().assess(&ids).unwrap().grades.security
    };
    assert_eq!(grade("V∘S∘C"), 5);
    assert_eq!(grade("V∘C∘S"), 4);
    assert_eq!(normal("V∘C∘S∘C"), "V∘C∘S");
}

#[test]
fn a_broken_catalogue_is_refused_with_the_place() {
    let operators = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/operators.yaml")).unwrap();
    let broken = "apiVersion: stackwright/v1\nkind: Realizations\nrealizations:\n  - id: x\n    summary: s\n    words: [W∘C, S∘S]\n    technologies: [nothing]\n    targets: [oci]\n    metrics: [{ metric: cold_strat }]\n";
    let files = [
        ("operators.yaml".to_owned(), operators),
        ("broken.yaml".to_owned(), broken.as_bytes().to_vec()),
    ];
    let errors = Catalog::from_files(&files, "test").unwrap_err();
    let lines: Vec<String> = errors
        .iter()
        .map(|e| format!("{}:{} {e}", e.place().unwrap().line, e.place().unwrap().column))
        .collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[0].starts_with("6:13 C cannot stand inside"), "{lines:#?}");
    assert!(lines[1].contains("`S∘S` is not a normal form, `S` is"), "{lines:#?}");
    assert!(lines[2].starts_with("7:20 unknown technology `nothing`"), "{lines:#?}");
    assert!(lines[3].contains("unknown metric `cold_strat`"), "{lines:#?}");
}
