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

/// The operators that ship and these claims, read together.
fn with_claims(text: &str) -> Vec<String> {
    let head = "apiVersion: stackwright/v1\nkind: Claims\nclaims:\n";
    let claim = |(i, form): (usize, &str)| {
        format!(
            "  - {{ id: c{i}, text: {{ en: t, zh: t }}, source: {{ document: D, section: \"1\", line: 1 }}, form: {form} }}\n"
        )
    };
    let claims: String = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .enumerate()
        .map(claim)
        .collect();
    let mut files = vec![("claims.yaml".to_owned(), (head.to_owned() + &claims).into_bytes())];
    for name in [
        "operators",
        "metrics",
        "technologies",
        "realizations",
        "grades",
        "matrices/findings",
        "authorities/encyclopedia",
        "claims/cases",
    ] {
        let path = format!("{}/data/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        files.push((format!("{name}.yaml"), std::fs::read(path).unwrap()));
    }
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/evidence")).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.display().to_string(), std::fs::read(path).unwrap()));
    }
    match Catalog::from_files(&files, "test") {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|e| {
                format!(
                    "{}:{} {} {e}",
                    e.source_name().unwrap(),
                    e.place().unwrap().line,
                    e.code()
                )
            })
            .collect(),
    }
}

#[test]
fn claims_that_mean_nothing_are_refused_with_the_place() {
    let expected = [
        "4 catalog::reference unknown operator `Q`",
        "5 claim::word",
        "6 claim::subjects `C∘S` is compared with itself",
        "7 claim::subjects `C` is compared with itself",
    ];
    let findings = with_claims(
        "{ idempotent: [C, Q] }
        { equal: { left: C∘Q, right: C } }
        { equal: { left: C∘S, right: C∘S } }
        { commute: [[C, C]] }",
    );
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
    for (found, expected) in findings.iter().zip(expected) {
        assert!(found.starts_with(&format!("claims.yaml:{expected}")), "{found}");
    }
    for (code, form) in [
        ("yaml::type", "{ all: [{ closed: {} }] }"),
        ("yaml::unknown-value", "{ comute: [[C, S]] }"),
        ("claim::subjects", "{ commute: [] }"),
        ("claim::subjects", "{ all: [] }"),
        ("claim::subjects", "{ idempotent: [] }"),
        (
            "claim::subjects",
            "{ order: { of: { grade: security }, ascending: [] } }",
        ),
        (
            "claim::subjects",
            "{ order: { of: { grade: security }, ascending: [[C], [], [V]] } }",
        ),
        (
            "claim::subjects",
            "{ order: { of: { grade: security }, ascending: [[C], [V, C]] } }",
        ),
        (
            "claim::subjects",
            "{ superlative: { subjects: [C], among: [V, S], of: { grade: security }, have: most } }",
        ),
        (
            "claim::subjects",
            "{ superlative: { subjects: [C, V], among: [V, C], of: { grade: security }, have: most } }",
        ),
        (
            "claim::subjects",
            "{ every: { subjects: [C, C], of: { grade: security }, value: { at-least: 2 } } }",
        ),
        (
            "claim::subjects",
            "{ some: { subjects: [], of: { grade: security }, value: { at-least: 2 } } }",
        ),
        (
            "catalog::reference",
            "{ is: { subject: runk, of: { figure: { metric: cold_start } }, value: { below: 1 ms } } }",
        ),
        (
            "catalog::reference",
            "{ counted: { subjects: [runk], metric: memory, per: node } }",
        ),
        (
            "catalog::reference",
            "{ is: { subject: C, of: { grade: security }, value: { word: hihg } } }",
        ),
        (
            "catalog::reference",
            "{ not: { is: { subject: docker run --seccmp, of: { cell: { matrix: commands, column: accepted } }, value: { word: \"yes\" } } } }",
        ),
        (
            "catalog::reference",
            "{ is: { subject: docker run --seccomp, of: { cell: { matrix: commands, column: accepted } }, value: { word: maybe } } }",
        ),
        (
            "claim::value",
            "{ is: { subject: runc, of: { figure: { metric: cold_start } }, value: { below: 1 MB } } }",
        ),
        (
            "claim::value",
            "{ is: { subject: runc, of: { figure: { metric: cold_start } }, value: { between: [2 ms, 1 ms] } } }",
        ),
        (
            "claim::value",
            "{ is: { subject: runc, of: { figure: { metric: cold_start } }, value: { word: fast } } }",
        ),
        ("claim::value", "{ grades: { word: C, are: 5-3 } }"),
        (
            "claim::word",
            "{ is: { subject: W∘C, of: { grade: security }, value: { at-least: 3 } } }",
        ),
        ("claim::word", "{ reaches: { word: C, normal_form: W∘C } }"),
        (
            "catalog::reference",
            "{ accepted: { line: docker run x, by: comands } }",
        ),
        ("claim::value", "{ accepted: { line: docker run x, by: platforms } }"),
        (
            "catalog::reference",
            "{ is: { subject: virtualization-wikipdia, of: alignment, value: { word: aligned } } }",
        ),
        (
            "catalog::reference",
            "{ is: { subject: virtualization-wikipedia, of: alignment, value: { word: algned } } }",
        ),
        (
            "claim::value",
            "{ is: { subject: virtualization-wikipedia, of: alignment, value: { at-least: 3 } } }",
        ),
    ] {
        let findings = with_claims(form);
        assert_eq!(findings.len(), 1, "{form}: {findings:#?}");
        assert!(
            findings[0].starts_with(&format!("claims.yaml:4 {code} ")),
            "{form}: {findings:#?}"
        );
    }
}

#[test]
fn cells_that_do_not_fit_their_column_are_refused() {
    let matrix = |cell: &str| {
        let text = format!(
            "apiVersion: stackwright/v1\nkind: Matrices\nmatrices:\n  - id: m\n    title: {{ en: m, zh: m }}\n    columns:\n      - {{ id: s, title: {{ en: s, zh: s }}, holds: {{ stars: 5 }} }}\n      - {{ id: i, title: {{ en: i, zh: i }}, holds: {{ interval: ms }} }}\n      - {{ id: l, title: {{ en: l, zh: l }}, holds: {{ levels: [low, high] }} }}\n      - {{ id: r, title: {{ en: r, zh: r }}, holds: {{ ranges: ms }} }}\n      - {{ id: k, title: {{ en: k, zh: k }}, holds: links }}\n      - {{ id: c, title: {{ en: c, zh: c }}, holds: checks }}\n      - {{ id: w, title: {{ en: w, zh: w }}, holds: stacks }}\n      - {{ id: g, title: {{ en: g, zh: g }}, holds: grades }}\n      - {{ id: x, title: {{ en: x, zh: x }}, holds: text }}\n    rows:\n      - subject: x\n        cells: {{ {cell} }} }}\n"
        );
        let operators = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/operators.yaml")).unwrap();
        let files = [
            ("operators.yaml".to_owned(), operators),
            ("m.yaml".to_owned(), text.into_bytes()),
        ];
        Catalog::from_files(&files, "test")
            .map(|_| ())
            .map_err(|e| (e[0].code(), e[0].place().unwrap().line))
    };
    assert_eq!(matrix("s: { value: { stars: 5 }, source: { title: T }"), Ok(()));
    assert_eq!(matrix("i: { value: { interval: [1, 2] }, source: { title: T }"), Ok(()));
    for wrong in [
        "s: { value: { stars: 6 }, source: { title: T }",
        "s: { value: { word: low }, source: { title: T }",
        "i: { value: { interval: [2, 1] }, source: { title: T }",
        "l: { value: { word: medium }, source: { title: T }",
        "l: { value: { graded: { level: medium, range: [1 ms, 2 ms] } }, source: { title: T }",
        "r: { value: { range: [2 s, 1 ms] }, source: { title: T }",
        "r: { value: { range: [1 MB, 2 MB] }, source: { title: T }",
        "r: { value: { range: [1 parsec, 2 parsec] }, source: { title: T }",
        "k: { value: { word: title }, source: { title: T }",
        "c: { value: { stars: 1 }, source: { title: T }",
        "x: { value: text, source: { title: T }",
    ] {
        assert_eq!(matrix(wrong), Err(("claim::cell", 18)), "{wrong}");
    }
    assert_eq!(
        matrix("s: { value: { stars: 5 }"),
        Err(("claim::cell", 18)),
        "it names no source"
    );
    assert_eq!(
        matrix("t: { value: { stars: 1 }, source: { title: T }"),
        Err(("catalog::reference", 18))
    );
    assert_eq!(
        matrix("w: { value: { word: W∘C }, source: { title: T }"),
        Err(("claim::word", 18))
    );
    assert_eq!(
        matrix("g: { value: { word: 9-9-9 }, source: { title: T }"),
        Err(("claim::value", 18))
    );
}

#[test]
fn what_starting_takes_is_a_part_of_the_catalogue() {
    let (all, starting) = (catalog(), Catalog::starting().unwrap());
    let symbols = |catalog: &Catalog| -> Vec<String> {
        let ids = catalog.algebra().ids();
        ids.map(|id| catalog.algebra().symbol(id).to_owned()).collect()
    };
    assert_eq!(symbols(all), symbols(starting));
    assert_eq!(all.hash(), starting.hash());
    let started: Vec<_> = all.data().realizations.iter().filter(|r| r.driver.is_some()).collect();
    assert!(!started.is_empty());
    assert_eq!(started, starting.data().realizations.iter().collect::<Vec<_>>());
    for word in ["V → C → M → C", "I S C S W", "S S C"] {
        let source = Source::new("<expression>", word);
        assert_eq!(all.normalize(&source).unwrap(), starting.normalize(&source).unwrap());
    }
}

#[test]
fn the_automaton_that_was_built_in_is_that_of_the_operators() {
    let catalog = catalog();
    let compiled = stackwright_algebra::Automaton::compile(catalog.algebra()).unwrap();
    let stored = compiled.store();
    assert_eq!(catalog.automaton().store(), stored);
    assert_eq!(catalog.automaton().size(), compiled.size());
    let restore = |bytes: &[u8]| stackwright_algebra::Automaton::restore(catalog.algebra(), bytes);
    assert!(restore(&stored).is_ok());
    // Bytes that cannot be such an automaton are refused, whichever is wrong.
    for length in [0, 3, 4, 100, stored.len() - 4, stored.len() - 1] {
        assert!(restore(&stored[..length]).is_err(), "{length}");
    }
    for place in [0, 4, stored.len() - 5, stored.len() - 1] {
        let mut damaged = stored.clone();
        damaged[place] = 0x7f;
        assert!(restore(&damaged).is_err(), "{place}");
    }
}
