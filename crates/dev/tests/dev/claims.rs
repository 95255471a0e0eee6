//! Verdicts on claims: against the reference, of the documents' axioms, and the places they are quoted from.

use std::env;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use stackwright_catalog::Catalog;
use stackwright_catalog::claims::{CatalogFacts, Judge, Judgement, Verdict};
use stackwright_catalog::model::{ClaimsData, Form, InverseSense, Invertible, Sides};
use stackwright_dev::Semantics;
use stackwright_dev::generate::{all_words, settings, symbols, word};
use stackwright_dev::reference::Document;

use crate::tidy;

fn judged(form: &Form) -> Judgement {
    let catalog = Catalog::builtin().unwrap();
    let facts = CatalogFacts { catalog };
    Judge::new(catalog, &ClaimsData::default(), &facts).judge(form)
}

fn sides(left: &[&str], right: &[&str]) -> Sides {
    let text = |word: &[&str]| {
        if word.is_empty() {
            "∅".to_owned()
        } else {
            word.join("∘")
        }
    };
    Sides {
        left: text(left),
        right: text(right),
    }
}

#[test]
fn on_equations_agree_with_the_reference() {
    let reference = Document::builtin();
    proptest!(settings(2_000), |(left in word(0..5), right in word(0..5))| {
        let equal = reference.equal(&left, &right);
        let judgement = judged(&Form::Equal(sides(&left, &right)));
        prop_assert_eq!(judgement.verdict == Verdict::Supported, equal);
        prop_assert_eq!(judgement.witness.is_empty(), equal);
        let typed = |word: &[&str]| reference.normalize(word).is_ok();
        let differ = typed(&left) && typed(&right) && !equal;
        let judgement = judged(&Form::Differ(sides(&left, &right)));
        prop_assert_eq!(judgement.verdict == Verdict::Supported, differ);
    });
}

#[test]
fn on_closure_name_a_shortest_word_that_the_reference_refuses() {
    let judgement = judged(&Form::Closed);
    assert_eq!(judgement.verdict, Verdict::Contradicted);
    let word: Vec<_> = judgement.witness[0].word.split('∘').collect();
    let reference = Document::builtin();
    assert!(reference.normalize(&word).is_err());
    for shorter in all_words(&symbols(), word.len() - 1) {
        assert!(reference.normalize(&shorter).is_ok(), "{shorter:?}");
    }
}

#[test]
fn on_inverses_agree_with_a_search_over_short_words() {
    let reference = Document::builtin();
    let letters: Vec<_> = symbols().into_iter().filter(|s| *s != "Kc").collect();
    let words = all_words(&letters, 2);
    for sense in [InverseSense::Undoes, InverseSense::Regular] {
        let inverts = |x: &str, u: &[&str]| match sense {
            InverseSense::Undoes => reference.equal(&[&[x], u].concat(), &[]),
            InverseSense::Regular => reference.equal(&[&[x], u, &[x]].concat(), &[x]),
        };
        let having = letters.iter().filter(|x| words.iter().any(|u| inverts(x, u)));
        let only = having.map(|x| (*x).to_owned()).collect();
        let judgement = judged(&Form::Invertible(Invertible { only, sense }));
        assert_eq!(
            judgement.verdict,
            Verdict::Supported,
            "{sense:?}: {:?}",
            judgement.because
        );
    }
}

/// What became of the axioms, as reviewed. They change only with operators or grade rules.
#[test]
fn on_the_axioms_are_these() {
    let catalog = Catalog::builtin().unwrap();
    let data = catalog.claims().unwrap();
    let axioms = [
        ("closure", Verdict::Contradicted),
        ("idempotence-c", Verdict::Supported),
        ("idempotence-s", Verdict::Supported),
        ("idempotence-m", Verdict::Supported),
        ("idempotence-w", Verdict::Supported),
        ("vm-container-order", Verdict::Supported),
        ("container-sandbox-commute", Verdict::Contradicted),
        ("container-mesh-commute", Verdict::Supported),
        ("mesh-wasm-commute", Verdict::Supported),
        ("identity", Verdict::Supported),
        ("weak-inverse", Verdict::Contradicted),
        ("latency-additive", Verdict::Contradicted),
        ("security-minimum", Verdict::Contradicted),
        ("observability-maximum", Verdict::Contradicted),
        ("main-forms", Verdict::Contradicted),
        ("main-forms-2-differ", Verdict::Supported),
        ("simplify-repeated-container", Verdict::Supported),
        ("simplify-late-image", Verdict::Supported),
    ];
    for (id, verdict) in axioms {
        let claim = data.claims.iter().find(|c| c.id == id).unwrap();
        assert_eq!(catalog.judge(data, [claim])[0].verdict, verdict, "{id}");
    }
}

/// The folder of the documents, where this checkout has one beside it.
fn documents() -> Option<PathBuf> {
    let given = env::var_os("STACKWRIGHT_SHARED").map(PathBuf::from);
    let root = tidy::root();
    let mut beside = root.ancestors().map(|a| a.join("shared"));
    given
        .into_iter()
        .chain(&mut beside)
        .map(|f| f.join("seeds"))
        .find(|f| f.is_dir())
}

#[test]
fn are_about_what_the_documents_say() {
    let Some(folder) = documents() else {
        eprintln!("skipped: the source documents are not here, STACKWRIGHT_SHARED names their folder");
        return;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let documents = [
        (
            "Operator composition cases",
            read("003-operator-composition-cases.zh.md"),
        ),
        ("Concept comparison matrix", read("000-concept-comparison-matrix.zh.md")),
    ];
    let mut findings = Vec::new();
    for claim in &Catalog::builtin().unwrap().claims().unwrap().claims {
        let source = &claim.source;
        let document = documents.iter().find(|(title, _)| *title == source.document).unwrap();
        let line = document.1.lines().nth(source.line as usize - 1).unwrap_or_default();
        if source.verbatim && !line.contains(&claim.text.zh) {
            findings.push(format!("{}: line {} is `{line}`", claim.id, source.line));
        }
        let before = document.1.lines().take(source.line as usize);
        let heading = before
            .filter(|l| l.starts_with("## ") || l.starts_with("### "))
            .last()
            .unwrap_or_default();
        let number = heading.trim_start_matches('#').split_whitespace().next();
        if number != Some(&source.section) {
            findings.push(format!("{}: line {} is in `{heading}`", claim.id, source.line));
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
}
