//! Each form with a claim that holds, one that does not, and one that nothing decides.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

use std::time::Instant;

use stackwright_algebra::Extent;
use stackwright_text::{Source, decode, yaml};

use super::Verdict::{self, Contradicted, Supported, Undetermined};
use super::*;
use crate::model::Matrix;

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let source = Source::new("test.yaml", text);
    decode::decode(&source, &yaml::parse(&source).unwrap()).unwrap()
}

/// A small table with a cell of each kind, gaps and ties.
const TABLE: &str = r#"
id: small
title: { en: small, zh: 小 }
columns:
  - { id: stars, title: { en: stars, zh: 星 }, holds: { stars: 5 } }
  - { id: start, title: { en: start, zh: 启动 }, holds: { interval: ms } }
  - { id: surface, title: { en: surface, zh: 面 }, holds: { levels: [tiny, small, large] } }
  - { id: made-of, title: { en: made of, zh: 组成 }, holds: words }
rows:
  - subject: vm
    cells:
      stars: { value: { stars: 5 }, source: { title: T } }
      start: { value: { interval: [10000, 60000] }, source: { title: T } }
      surface: { value: { word: small }, source: { title: T } }
      made-of: { value: { words: [KVM, Xen] }, source: { title: T } }
  - subject: container
    cells:
      stars: { value: { stars: 5 }, source: { title: T } }
      start: { value: { interval: [100, 500] }, source: { title: T } }
      surface: { value: { word: large }, source: { title: T } }
  - subject: sandbox
    cells:
      stars: { value: { stars: 3 }, source: { title: T } }
      start: { value: { interval: [10, 150] }, source: { title: T } }
  - subject: wasm
    cells:
      start: { value: { interval: [1, 10] }, source: { title: T } }
"#;

fn judged(form: &str) -> Judgement {
    let catalog = Catalog::builtin().unwrap();
    let data = ClaimsData {
        matrices: vec![read::<Matrix>(TABLE)],
        labels: catalog.claims().unwrap().labels.clone(),
        ..ClaimsData::default()
    };
    let figures = CatalogFacts { catalog };
    let cells = Cells {
        matrices: &data.matrices,
    };
    let sources = Sources(vec![&figures, &cells]);
    Judge::new(catalog, &data, &sources).judge(&read(form))
}

fn expect(cases: &[(Verdict, &str)]) {
    for (verdict, form) in cases {
        let found = judged(form);
        assert_eq!(found.verdict, *verdict, "{form}: {:#?}", found.because);
        assert!(!found.because.is_empty(), "{form} has no reason");
    }
}

#[test]
fn equations() {
    expect(&[
        (Supported, "equal: { left: Ns∘Cg∘O, right: C }"),
        (Contradicted, "equal: { left: C∘S, right: S∘C }"),
        (Contradicted, "equal: { left: W∘C, right: W∘S }"),
        (Supported, "differ: { left: V∘C, right: C∘V }"),
        (Contradicted, "differ: { left: C∘C, right: C }"),
        (Contradicted, "differ: { left: W∘C, right: C }"),
        (Supported, "idempotent: [C, S, M, W]"),
        (Contradicted, "idempotent: [C, V]"),
        // Unknown operators are refused when claims are read; unread ones decide nothing.
        (Undetermined, "equal: { left: Q, right: C }"),
        (Supported, "commute: [[C, M], [M, W]]"),
        (Contradicted, "commute: [[C, M], [C, S]]"),
        (Supported, "identity: ∅"),
        (Contradicted, "identity: I"),
        (Supported, "reaches: { word: V → C → M → C, normal_form: V∘C∘M }"),
        (Contradicted, "reaches: { word: C∘S, normal_form: S∘C }"),
        (Contradicted, "reaches: { word: W∘C, normal_form: C }"),
        (
            Supported,
            "reaches: { word: I C S M, normal_form: I∘C∘S∘M, name: main form 1 }",
        ),
        (
            Contradicted,
            "reaches: { word: I C S M, normal_form: I∘C∘S∘M, name: main form 2 }",
        ),
        (Contradicted, "reaches: { word: C, normal_form: C, name: main form 1 }"),
    ]);
}

#[test]
fn laws_say_where_they_hold_and_show_where_they_fail() {
    let holds = judged("equal: { left: C∘C, right: C }");
    assert_eq!(holds.extent, Some(Extent::Everywhere));
    assert!(holds.witness.is_empty());
    let partly = judged("commute: [[C, S]]");
    let Some(Extent::Where(condition)) = partly.extent else {
        unreachable!("{:?}", partly.extent)
    };
    assert_eq!(condition, "the domain has namespaces or the domain has confinement");
    let ends: Vec<_> = partly
        .witness
        .iter()
        .map(|e| (e.word.as_str(), e.stack.as_str()))
        .collect();
    assert_eq!(
        ends,
        [
            ("C∘S", "host: namespaces, confinement, cgroups, overlay"),
            ("S∘C", "host: confinement, namespaces, cgroups, overlay")
        ]
    );
    assert_eq!(judged("equal: { left: V, right: F }").extent, Some(Extent::Nowhere));
    assert_eq!(judged("equal: { left: W∘C, right: W∘C }").extent, Some(Extent::Nowhere));
}

#[test]
fn properties_of_the_whole_algebra() {
    expect(&[
        (Contradicted, "closed"),
        (Contradicted, "invertible: { only: [V], sense: undoes }"),
        (Supported, "invertible: { only: [], sense: undoes }"),
        (Contradicted, "invertible: { only: [V], sense: regular }"),
        (Contradicted, "reduces-to-named-forms"),
        (Contradicted, "homomorphism: { of: security, by: minimum }"),
        (Contradicted, "homomorphism: { of: security, by: maximum }"),
        (Contradicted, "homomorphism: { of: observability, by: maximum }"),
        (Contradicted, "homomorphism: { of: reference-latency, by: sum }"),
    ]);
    assert_eq!(judged("closed").witness[0].normal_form, None);
    assert_eq!(judged("homomorphism: { of: security, by: minimum }").witness.len(), 3);
    let regular = "invertible: { only: [I, G, Cg, O, C, Ns, S, W, We, M, Am, E, Ist, Otel, P, Gk], sense: regular }";
    expect(&[(Supported, regular)]);
}

/// What fails for the operators that ship holds for other ones, so it is decided and not known.
#[test]
fn properties_of_an_algebra_that_has_them() {
    let operators = "apiVersion: stackwright/v1\nkind: Operators\nstructure: { kernels: [], layers: [], attributes: [] }\n\
         operators:\n  - { symbol: A, name: { en: a, zh: a }, summary: { en: a, zh: a }, effect: { gives: { facet: network, marks: [a] } } }\n  \
         - { symbol: B, name: { en: b, zh: b }, summary: { en: b, zh: b }, effect: { gives: { facet: telemetry, marks: [b] } } }\n\
         forms:\n  - { word: A, name: { en: a, zh: a } }\n  - { word: B, name: { en: b, zh: b } }\n  - { word: A∘B, name: { en: c, zh: c } }\n";
    let grades = "apiVersion: stackwright/v1\nkind: Grades\nrules:\n  solid_from: 4\n  isolation: [{ name: none, when: {} }]\n  \
         latency: { sum: [], bands: [{ at_most_ms: 1, grade: 5 }], otherwise: 1 }\n  \
         security: { base: 1, greatest: [{ grade: 3, when: { marks: [a] }, because: a }, { grade: 2, when: { marks: [b] }, because: b }] }\n  \
         observability: { base: 3, adjust: [] }\n";
    let files = [("o.yaml", operators), ("g.yaml", grades)].map(|(n, t)| (n.to_owned(), t.as_bytes().to_vec()));
    let catalog = Catalog::from_files(&files, "test").unwrap();
    let data = catalog.claims().unwrap();
    assert!(
        data.claims.is_empty(),
        "the claims that ship are not those of other files"
    );
    let figures = CatalogFacts { catalog: &catalog };
    let judge = Judge::new(&catalog, data, &figures);
    for (verdict, form) in [
        (Supported, "closed"),
        (Supported, "reduces-to-named-forms"),
        (Supported, "homomorphism: { of: security, by: maximum }"),
        (Contradicted, "homomorphism: { of: security, by: minimum }"),
        (Supported, "homomorphism: { of: observability, by: minimum }"),
        // No realization has a figure.
        (Undetermined, "homomorphism: { of: reference-latency, by: sum }"),
        (
            Undetermined,
            "is: { subject: A, of: { grade: latency }, value: { at-least: 4 } }",
        ),
        (Undetermined, "grades: { word: A, are: 5▼-3▲-3▲ }"),
        (Contradicted, "grades: { word: A, are: 5▼-4▼-3▲ }"),
        // This source has no matrices.
        (
            Undetermined,
            "is: { subject: A, of: { cell: { matrix: m, column: c } }, value: { word: x } }",
        ),
    ] {
        let found = judge.judge(&read(form));
        assert_eq!(found.verdict, verdict, "{form}: {:#?}", found.because);
    }
}

#[test]
fn grades_of_words() {
    expect(&[
        (Supported, "grades: { word: I∘C∘S∘M, are: 5▼-3▲-5▼ }"),
        (Contradicted, "grades: { word: I∘C∘S∘M, are: 5▼-4▼-5▼ }"),
        (Undetermined, "grades: { word: Cc∘C, are: 4▼-5▼-3▲ }"),
        (
            Supported,
            "is: { subject: V∘S∘C, of: { grade: security }, value: { at-least: 5 } }",
        ),
        (
            Contradicted,
            "is: { subject: V∘C∘S, of: { grade: security }, value: { at-least: 5 } }",
        ),
        (
            Undetermined,
            "is: { subject: Cc∘C, of: { grade: latency }, value: { at-least: 1 } }",
        ),
        (
            Supported,
            "is: { subject: I∘C∘S∘W, of: { grade: security }, value: { word: high } }",
        ),
        (
            Contradicted,
            "is: { subject: I∘C∘S∘M, of: { grade: security }, value: { word: high } }",
        ),
        (
            Supported,
            "is: { subject: I∘C∘S∘M, of: reference-latency, value: { between: [20.5ms, 20.5ms] } }",
        ),
        (
            Contradicted,
            "is: { subject: I∘C∘S∘M, of: reference-latency, value: { below: 20 ms } }",
        ),
        (
            Undetermined,
            "is: { subject: I∘C∘S∘W, of: reference-latency, value: { below: 5 ms } }",
        ),
        (
            Supported,
            "order: { of: { grade: security }, ascending: [[C], [C∘S, W], [V∘C, G∘C], [V∘S∘C]] }",
        ),
        (
            Contradicted,
            "order: { of: { grade: security }, ascending: [[C∘S], [C∘S∘M]] }",
        ),
        (
            Undetermined,
            "order: { of: { grade: latency }, ascending: [[V∘C], [Cc∘C]] }",
        ),
    ]);
}

#[test]
fn figures_by_evidence() {
    expect(&[
        (
            Supported,
            "is: { subject: wasmedge, of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Undetermined,
            "is: { subject: wasmedge, of: { figure: { metric: cold_start } }, value: { below: 9 ms } }",
        ),
        (
            Contradicted,
            "is: { subject: runc, of: { figure: { metric: cold_start } }, value: { at-most: 30 ms } }",
        ),
        (
            Supported,
            "is: { subject: runc, of: { figure: { metric: cold_start } }, value: { above: 30 ms } }",
        ),
        (
            Supported,
            "is: { subject: kata-containers, of: { figure: { metric: cold_start, scope: cri } }, value: { between: [0.8 s, 2 s] } }",
        ),
        // A claim is not evidence for itself.
        (
            Undetermined,
            "is: { subject: crun-wasm, of: { figure: { metric: memory } }, value: { below: 50 MB } }",
        ),
        (
            Undetermined,
            "is: { subject: runc, of: { figure: { metric: cold_start, scope: cloud } }, value: { above: 1 ms } }",
        ),
        (
            Supported,
            "is: { subject: V∘S∘C∘M, of: { figure: { metric: cold_start, scope: cri } }, value: { about: { value: 900ms, within: 5% } } }",
        ),
        (
            Contradicted,
            "is: { subject: V∘S∘C∘M, of: { figure: { metric: cold_start } }, value: { about: { value: 200ms, within: 25% } } }",
        ),
        (
            Supported,
            "every: { subjects: [wasmtime, wasmedge], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Contradicted,
            "every: { subjects: [wasmedge, runc], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Undetermined,
            "every: { subjects: [wasmedge, tdx], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Supported,
            "some: { subjects: [wasmedge, tdx], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Contradicted,
            "some: { subjects: [kata-containers, runc], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (
            Undetermined,
            "some: { subjects: [runc, tdx], of: { figure: { metric: cold_start } }, value: { below: 10 ms } }",
        ),
        (Supported, "counted: { subjects: [ztunnel], metric: memory, per: node }"),
        (
            Contradicted,
            "counted: { subjects: [ztunnel, istio-waypoint], metric: memory, per: service }",
        ),
        (
            Undetermined,
            "counted: { subjects: [ztunnel, istio-waypoint], metric: memory, per: node }",
        ),
        (Undetermined, "counted: { subjects: [tdx], metric: memory, per: node }"),
        (
            Supported,
            "order: { of: { figure: { metric: memory, scope: process } }, ascending: [[firecracker], [cloud-hypervisor], [qemu]] }",
        ),
        (
            Contradicted,
            "order: { of: { figure: { metric: memory, scope: process } }, ascending: [[qemu], [firecracker]] }",
        ),
        (
            Undetermined,
            "order: { of: { figure: { metric: cold_start, scope: engine } }, ascending: [[crun], [runc]] }",
        ),
        // Nothing of the same scope to compare.
        (
            Undetermined,
            "order: { of: { figure: { metric: cold_start } }, ascending: [[wasmedge], [runc]] }",
        ),
    ]);
}

#[test]
fn a_figure_without_scope_says_at_which_scopes_it_holds() {
    let judgement =
        judged("is: { subject: linux-kvm, of: { figure: { metric: cold_start } }, value: { between: [10 s, 60 s] } }");
    assert_eq!(judgement.verdict, Supported);
    let crun =
        judged("is: { subject: crun, of: { figure: { metric: cold_start } }, value: { between: [100 ms, 500 ms] } }");
    assert_eq!(crun.verdict, Undetermined);
    assert_eq!(crun.extent, Some(Extent::Where("the scope is engine".to_owned())));
    let evidence: Vec<_> = crun.because.iter().flat_map(|r| &r.evidence).collect();
    assert!(
        evidence.contains(&&"containerd-crun-cold-start".to_owned()),
        "{evidence:?}"
    );
}

#[test]
fn cells_of_a_matrix() {
    const STARS: &str = "of: { cell: { matrix: small, column: stars } }";
    const START: &str = "of: { cell: { matrix: small, column: start } }";
    const SURFACE: &str = "of: { cell: { matrix: small, column: surface } }";
    const MADE: &str = "of: { cell: { matrix: small, column: made-of } }";
    let cases = [
        (
            Supported,
            format!(
                "superlative: {{ subjects: [vm, container], among: [vm, container, sandbox], {STARS}, have: most }}"
            ),
        ),
        (
            Contradicted,
            format!("superlative: {{ subjects: [vm], among: [vm, container, sandbox], {STARS}, have: most }}"),
        ),
        (
            Supported,
            format!(
                "superlative: {{ subjects: [vm], among: [vm, container, sandbox], {STARS}, have: most, shared: true }}"
            ),
        ),
        (
            Undetermined,
            format!("superlative: {{ subjects: [vm], among: [vm, wasm], {STARS}, have: most }}"),
        ),
        (
            Supported,
            format!("superlative: {{ subjects: [wasm], among: [vm, container, wasm], {START}, have: least }}"),
        ),
        (
            Contradicted,
            format!("superlative: {{ subjects: [vm], among: [vm, container, wasm], {START}, have: least }}"),
        ),
        (
            Supported,
            format!("order: {{ {STARS}, ascending: [[sandbox], [vm, container]] }}"),
        ),
        (
            Contradicted,
            format!("order: {{ {STARS}, ascending: [[vm, sandbox]] }}"),
        ),
        (
            Supported,
            format!("order: {{ {START}, ascending: [[wasm], [container], [vm]] }}"),
        ),
        // Intervals that overlap have no order.
        (
            Undetermined,
            format!("order: {{ {START}, ascending: [[sandbox], [container]] }}"),
        ),
        (
            Undetermined,
            format!("order: {{ {START}, ascending: [[sandbox, container]] }}"),
        ),
        // One wrong pair decides, whatever else is open.
        (
            Contradicted,
            format!("order: {{ {START}, ascending: [[vm], [sandbox], [container]] }}"),
        ),
        (
            Supported,
            format!("order: {{ {SURFACE}, ascending: [[vm], [container]] }}"),
        ),
        (
            Contradicted,
            format!("order: {{ {SURFACE}, ascending: [[container], [vm]] }}"),
        ),
        (
            Undetermined,
            format!("order: {{ {SURFACE}, ascending: [[vm], [wasm]] }}"),
        ),
        (
            Supported,
            format!("is: {{ subject: vm, {MADE}, value: {{ word: Xen }} }}"),
        ),
        (
            Contradicted,
            format!("is: {{ subject: vm, {MADE}, value: {{ word: gVisor }} }}"),
        ),
        (
            Undetermined,
            format!("is: {{ subject: wasm, {MADE}, value: {{ word: Xen }} }}"),
        ),
        (
            Supported,
            format!("is: {{ subject: vm, {STARS}, value: {{ at-least: 4 }} }}"),
        ),
        (
            Supported,
            format!("is: {{ subject: wasm, {START}, value: {{ at-most: 0.01 s }} }}"),
        ),
        (
            Undetermined,
            format!("is: {{ subject: wasm, {START}, value: {{ below: 10 ms }} }}"),
        ),
    ];
    for (verdict, form) in cases {
        expect(&[(verdict, &form)]);
    }
}

#[test]
fn parts() {
    const YES: &str = "{ idempotent: [C] }";
    const NO: &str = "{ idempotent: [V] }";
    const OPEN: &str = "{ grades: { word: Cc∘C, are: 4▼-5▼-3▲ } }";
    for (verdict, form) in [
        (Supported, format!("all: [{YES}, {YES}]")),
        (Contradicted, format!("all: [{YES}, {OPEN}, {NO}]")),
        (Undetermined, format!("all: [{YES}, {OPEN}]")),
        (Supported, format!("any: [{NO}, {OPEN}, {YES}]")),
        (Contradicted, format!("any: [{NO}, {NO}]")),
        (Undetermined, format!("any: [{NO}, {OPEN}]")),
        (Supported, format!("not: {NO}")),
        (Contradicted, format!("not: {YES}")),
        (Undetermined, format!("not: {OPEN}")),
    ] {
        expect(&[(verdict, &form)]);
    }
}

#[test]
fn every_claim_that_ships_is_judged_quickly_and_with_a_reason() {
    let catalog = Catalog::builtin().unwrap();
    let data = catalog.claims().unwrap();
    let start = Instant::now();
    let judgements = catalog.judge(data, &data.claims);
    let took = start.elapsed();
    assert!(judgements.len() > 100, "{}", judgements.len());
    for (claim, judgement) in data.claims.iter().zip(&judgements) {
        assert!(!judgement.because.is_empty(), "{}", claim.id);
        for id in judgement.because.iter().flat_map(|r| &r.evidence) {
            assert!(catalog.evidence(id).is_some(), "{}: {id}", claim.id);
        }
    }
    // The bound is 100 ms for a release build; this leaves room for one with checks on a busy machine.
    assert!(took.as_millis() < 1000, "{took:?}");
    eprintln!("{} claims in {took:?}", data.claims.len());
}
