//! Overlays: what they add, what they may not do, and what is said of it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

use stackwright_catalog::Catalog;
use stackwright_catalog::overlay::{Overlay, OverlayFile};
use stackwright_text::{Diagnostic, Source};

/// An overlay of files, given by kind and the rest of their text.
fn overlay(files: &[(&str, &str)]) -> Overlay {
    let file = |(number, (kind, rest)): (usize, &(&str, &str))| OverlayFile {
        path: format!("{number}.yaml"),
        name: format!("own/{number}.yaml"),
        bytes: format!("apiVersion: stackwright/v1\nkind: {kind}\n{rest}").into_bytes(),
    };
    Overlay {
        name: "own".to_owned(),
        files: files.iter().enumerate().map(file).collect(),
    }
}

fn operator(symbol: &str, effect: &str) -> String {
    format!(
        "  - {{ symbol: {symbol}, name: {{ en: n, zh: n }}, summary: {{ en: s, zh: s }}, effect: {{ {effect} }} }}\n"
    )
}

fn technology(id: &str) -> String {
    format!("  - {{ id: {id}, name: n, source: {{ title: t }} }}\n")
}

/// `file:line:column severity code: message (help)`.
fn line(diagnostic: &Diagnostic) -> String {
    let place = diagnostic
        .place()
        .map_or(String::new(), |p| format!(":{}:{}", p.line, p.column));
    format!(
        "{}{place} {} {}: {diagnostic} ({})",
        diagnostic.source_name().unwrap_or_default(),
        diagnostic.severity().name(),
        diagnostic.code(),
        diagnostic.help().unwrap_or_default()
    )
}

/// What is said of overlays: errors, or else warnings.
fn said(overlays: &[Overlay]) -> Vec<String> {
    match Catalog::with_overlays(overlays) {
        Ok(catalog) => catalog.warnings().iter().map(line).collect(),
        Err(errors) => errors.iter().map(line).collect(),
    }
}

fn said_of_operators(head: &str, operators: &[(&str, &str)]) -> Vec<String> {
    let list: String = operators.iter().map(|(s, e)| operator(s, e)).collect();
    said(&[overlay(&[("Operators", &format!("{head}operators:\n{list}"))])])
}

#[track_caller]
fn one(said: &[String], parts: &[&str]) {
    assert_eq!(said.len(), 1, "{said:#?}");
    for part in parts {
        assert!(said[0].contains(part), "`{part}` is not in {said:#?}");
    }
}

#[test]
fn records_are_added_and_built_in_ones_stay() {
    let technologies = format!("technologies:\n{}", technology("ours"));
    let catalog = Catalog::with_overlays(&[overlay(&[("Technologies", &technologies)])]).unwrap();
    let base = Catalog::builtin().unwrap();
    assert!(catalog.technology("ours").is_some() && catalog.technology("runc").is_some());
    assert_eq!(catalog.data().operators, base.data().operators);
    assert_ne!(catalog.hash(), base.hash());
    assert_eq!(catalog.overlays()[0].name, "own");
    assert!(catalog.warnings().is_empty());
}

#[test]
fn the_hash_is_that_of_the_files_wherever_they_are_and_in_their_order() {
    let of = |name: &str| overlay(&[("Technologies", &format!("technologies:\n{}", technology(name)))]);
    let hash = |overlays: &[Overlay]| Catalog::with_overlays(overlays).unwrap().hash().to_owned();
    let mut moved = of("a");
    moved.name = "elsewhere".to_owned();
    moved.files[0].name = "elsewhere/0.yaml".to_owned();
    assert_eq!(hash(&[of("a")]), hash(&[moved]));
    assert_ne!(hash(&[of("a"), of("b")]), hash(&[of("b"), of("a")]));
}

#[test]
fn a_record_of_the_same_name_is_refused_with_both_places() {
    let text = format!("technologies:\n{}", technology("runc"));
    let built_in = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/technologies.yaml")).unwrap();
    let first = built_in.lines().position(|l| l == "  - id: runc").unwrap() + 1;
    one(
        &said(&[overlay(&[("Technologies", &text)])]),
        &[
            "own/0.yaml:4:5 error overlay::duplicate: `runc` is defined already",
            &format!("data/technologies.yaml:{first}, in the built-in catalogue"),
            "replaces: [runc]",
        ],
    );
    let twice = format!("replaces: [runc]\n{text}");
    let errors = said(&[overlay(&[("Technologies", &twice), ("Technologies", &twice)])]);
    one(&errors, &["own/1.yaml:5:5", "own/0.yaml:5", "(keep one of them)"]);
    let own = overlay(&[("Technologies", &format!("technologies:\n{}", technology("x")))]);
    one(&said(&[own.clone(), own]), &["own/0.yaml:4:5", "replaces: [x]"]);
}

#[test]
fn a_record_is_replaced_when_the_file_says_so() {
    let text = format!("replaces: [runc]\ntechnologies:\n{}", technology("runc"));
    let own = overlay(&[("Technologies", &text)]);
    let catalog = Catalog::with_overlays(&[own.clone(), own]).unwrap();
    assert_eq!(catalog.technology("runc").unwrap().name, "n");
    let count = |c: &Catalog| c.data().technologies.len();
    assert_eq!(count(&catalog), count(Catalog::builtin().unwrap()));
}

#[test]
fn what_replaces_nothing_gets_the_nearest_name() {
    let text = format!("replaces: [rucn]\ntechnologies:\n{}", technology("rucn"));
    one(
        &said(&[overlay(&[("Technologies", &text)])]),
        &[
            "own/0.yaml:3:12 error overlay::replaces: `rucn` replaces nothing",
            "did you mean `runc`?",
        ],
    );
}

#[test]
fn files_that_do_not_decode_have_place_and_nearest_name() {
    let said = said(&[overlay(&[
        ("Technologies", "technologies:\n  - { id: a, nam: b }\n"),
        ("Technologys", ""),
        ("Operators", "operators:\n  - { symbol: X, effect: { encloes: [] } }\n"),
        ("Operators", "accepts: [changed-normal-form]\n"),
    ])]);
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(said[0].starts_with("own/0.yaml:4:14 error yaml::unknown-key") && said[0].contains("did you mean `name`?"));
    assert!(said[1].starts_with("own/1.yaml:2:7 error catalog::kind") && said[1].contains("`Technologies`?"));
    assert!(
        said[2].starts_with("own/2.yaml:4:28 error") && said[2].contains("did you mean `encloses`?"),
        "{said:#?}"
    );
    assert!(said[3].contains("did you mean `changed-normal-forms`?"), "{said:#?}");
}

#[test]
fn names_are_looked_up_in_everything_together() {
    let realization =
        "realizations:\n  - { id: r, summary: s, words: [C∘X], technologies: [ours, runk], targets: [oci] }\n";
    let operators = format!(
        "operators:\n{}",
        operator("X", "refines: { operator: S, marks: [hard] }")
    );
    let technologies = format!("technologies:\n{}", technology("ours"));
    one(
        &said(&[overlay(&[
            ("Operators", &operators),
            ("Technologies", &technologies),
            ("Realizations", realization),
        ])]),
        &[
            "own/2.yaml:4:61 error catalog::reference: unknown technology `runk`",
            "did you mean `runc`?",
        ],
    );
}

#[test]
fn what_a_replaced_record_breaks_is_shown_in_the_built_in_file() {
    let record = "replaces: [kubevirt-memory]\nrecords:\n  - { id: kubevirt-memory, subject: kubevirt, metric: cold_start, unit: ms, value: { typical: 1 }, scope: process, account: instance, conditions: c, source: { title: t }, date: '2026', kind: claimed }\n";
    one(
        &said(&[overlay(&[("Evidence", record)])]),
        &[
            "data/realizations.yaml:",
            "`kubevirt-memory` is about cold_start, not memory",
            "replace this record too",
        ],
    );
}

#[test]
fn effects_that_cannot_be_compiled_are_shown_with_help() {
    for (effect, at, expected) in [
        (
            "opens: { kernel: hypervisr }",
            "hypervisr",
            "did you mean `hypervisor`?",
        ),
        (
            "encloses: [namespaces, confinment]",
            "confinment",
            "did you mean `confinement`?",
        ),
        (
            "encloses: [language, namespaces]",
            "{ encloses",
            "name the innermost layer last",
        ),
        ("encloses: []", "{ encloses", "name at least one layer"),
        (
            "refines: { operator: Kc, marks: [m] }",
            "{ refines",
            "refine one of the operators that it stands for",
        ),
        (
            "refines: { operator: Cg, marks: [m] }",
            "{ refines",
            "refine an operator that encloses a layer",
        ),
        (
            "refines: { operator: C, marks: [] }",
            "{ refines",
            "name a mark that the refined operator does not give",
        ),
        ("expands: [C, Q]", "Q]", "valid here: `I`"),
        (
            "gives: { facet: telemtry, marks: [m] }",
            "telemtry",
            "did you mean `telemetry`?",
        ),
        (
            "gives: { facet: isolation, marks: [m] }",
            "{ gives",
            "use `encloses` for layers",
        ),
    ] {
        let column = operator("X", effect).find(at).unwrap() + 1;
        let said = said_of_operators("", &[("X", effect)]);
        one(
            &said,
            &[&format!("own/0.yaml:4:{column} error catalog::operators"), expected],
        );
    }
    let unbounded = "structure: { kernels: [{ name: k, absorbs: true }] }\n";
    one(
        &said_of_operators(unbounded, &[("X", "opens: { kernel: k }")]),
        &["own/0.yaml:3:12 error catalog::operators", "give it a `nesting`"],
    );
}

#[test]
fn a_changed_normal_form_is_refused_with_the_shortest_witness_unless_accepted() {
    let effect = "encloses: [namespaces, cgroups, overlay, confinement]";
    one(
        &said_of_operators("", &[("X", effect)]),
        &[
            "own/0.yaml:4:5 error overlay::changed-normal-form: the built-in word C∘S had the normal form C∘S and would \
             have the normal form X",
            "accepts: [changed-normal-forms]",
        ],
    );
    let text = format!("accepts: [changed-normal-forms]\noperators:\n{}", operator("X", effect));
    let catalog = Catalog::with_overlays(&[overlay(&[("Operators", &text)])]).unwrap();
    let warnings: Vec<_> = catalog.warnings().iter().map(line).collect();
    one(&warnings, &["warning overlay::changed-normal-form"]);
    // Named forms and realizations follow.
    let word = catalog.normalize(&Source::new("w", "I∘C∘S∘M")).unwrap();
    assert_eq!(catalog.algebra().display(&word), "I∘X∘M");
    assert_eq!(catalog.named_form("I∘X∘M").unwrap().name.en, "main form 1");
    let contained = catalog.normalize(&Source::new("w", "I∘C∘S")).unwrap();
    let tiling = catalog.assess(&contained).unwrap().tiling.unwrap();
    assert!(tiling.realizations.iter().any(|r| r.id == "runc-seccomp"));
}

#[test]
fn a_structure_or_a_macro_that_changes_words_is_refused() {
    let nesting = "replaces: [hypervisor]\nstructure: { kernels: [{ name: hypervisor, nesting: 3 }] }\n";
    one(
        &said_of_operators(nesting, &[("X", "gives: { facet: policy, marks: [x] }")]),
        &["the built-in word V∘V∘V had no stack and would have the normal form V∘V∘V"],
    );
    one(
        &said_of_operators("replaces: [Kc]\n", &[("Kc", "expands: [V, S, C]")]),
        &[
            "own/0.yaml:5:5",
            "the built-in word Kc had the normal form V∘C and would have the normal form V∘S∘C",
        ],
    );
    one(
        &said_of_operators(
            "replaces: [Otel]\n",
            &[("Otel", "gives: { facet: network, marks: [x] }")],
        ),
        &["overlay::facet: operator `Otel` acts on the network facet, and what it replaces on the telemetry facet"],
    );
}

#[test]
fn protected_words_that_become_one_are_warned_of() {
    // A sandbox that is only an attribute has no place among the layers any more.
    let head = "replaces: [S]\naccepts: [changed-normal-forms]\nstructure: { attributes: [filtered] }\n";
    let said = said_of_operators(head, &[("S", "encloses: [filtered]")]);
    let merged: Vec<_> = said
        .iter()
        .filter(|l| l.contains("warning overlay::merged-stacks"))
        .collect();
    assert!(
        merged
            .iter()
            .any(|l| l.contains("own/0.yaml:7:5") && l.contains("V∘S∘C∘M and V∘C∘S∘M describe the same stack")),
        "{said:#?}"
    );
}

#[test]
fn equal_operators_and_shadowed_symbols_are_warned_of() {
    let mark = "gives: { facet: policy, marks: [x] }";
    for (symbol, effect, expected) in [
        ("X", "encloses: [confinement]", "operator `X` does just what `S` does"),
        ("X", "expands: [E, Ist]", "operator `X` does just what `M` does"),
        ("m", mark, "`m` differs from `M` only by case"),
        ("IC", mark, "`IC` reads like I∘C written without anything between"),
        ("C2", mark, "`C2` reads like a power of `C`"),
        // A new letter that completes old symbols.
        ("k", mark, "`Gk` reads like G∘k written without anything between"),
    ] {
        one(
            &said_of_operators("", &[(symbol, effect)]),
            &["own/0.yaml:4:5 warning overlay::", expected],
        );
    }
}

#[test]
fn grade_rules_are_added_and_classes_take_their_place() {
    let grades = "add:\n  isolation:\n    - { name: attested, after: hardware, when: { domain: { kernel: hypervisor }, marks: [x] } }\n  security:\n    - { grade: 5, when: { marks: [x] }, because: it is attested }\n";
    let operators = format!(
        "operators:\n{}",
        operator("X", "gives: { facet: telemetry, marks: [x] }")
    );
    let catalog = Catalog::with_overlays(&[overlay(&[("Grades", grades), ("Operators", &operators)])]).unwrap();
    let names: Vec<_> = catalog
        .data()
        .grades
        .iter()
        .flat_map(|g| &g.isolation)
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names[names.len() - 3..], ["hardware", "attested", "confidential"]);
    let word = catalog.normalize(&Source::new("w", "C∘X")).unwrap();
    assert_eq!(catalog.assess(&word).unwrap().grades.security, 5);
    let astray = "add: { isolation: [{ name: a, after: hardwear, when: {} }] }\n";
    one(
        &said(&[overlay(&[("Grades", astray)])]),
        &["own/0.yaml:3:", "did you mean `hardware`?"],
    );
    let same = "add: { isolation: [{ name: hardware, after: none, when: {} }] }\n";
    one(
        &said(&[overlay(&[("Grades", same)])]),
        &["overlay::duplicate", "`hardware`"],
    );
}

#[test]
fn an_overlay_without_files_is_refused() {
    one(&said(&[overlay(&[])]), &["overlay::empty"]);
}
