//! Every diagnostic code is explained, and every explanation is of a code that is used.

use std::collections::BTreeMap;

use stackwright_catalog::model::DiagnosticEntry;
use stackwright_catalog::overlay::{Overlay, OverlayFile};
use stackwright_catalog::{Catalog, DataFile};
use stackwright_text::quantity::{Dimension, Quantity};
use stackwright_text::{Diagnostic, Source};

use super::{files, none};

/// Divides an example: before it stands what causes the diagnostic, after it the same mended.
const MENDED: &str = "\nmended:\n";

/// Codes that the sources of crates name, with a place.
fn used() -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for file in files() {
        if !file.is_crate_source() || file.path.starts_with("crates/dev/") {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for text in line.split('"').skip(1).filter(|text| is_code(text)) {
                let place = || format!("{}:{}", file.path, number + 1);
                codes.entry(text.to_owned()).or_insert_with(place);
            }
        }
    }
    codes
}

/// `area::name`, both in kebab case.
fn is_code(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.split_once("::")
        .is_some_and(|(area, name)| part(area) && part(name))
}

fn entries() -> &'static [DiagnosticEntry] {
    &Catalog::builtin().unwrap().data().diagnostics
}

#[test]
fn are_all_explained() {
    let used = used();
    if used.is_empty() {
        return;
    }
    let explained = |code: &str| entries().iter().any(|e| e.code == code);
    let mut findings: Vec<_> = used
        .iter()
        .filter(|(code, _)| !explained(code))
        .map(|(code, place)| format!("{code} ({place}) is explained in no file of data/"))
        .collect();
    let unused = entries().iter().filter(|e| !used.contains_key(&e.code));
    findings.extend(unused.map(|e| format!("{} is explained, but nothing reports it", e.code)));
    none(&findings, "diagnostic codes");
}

#[test]
fn are_explained_well() {
    let mut findings = Vec::new();
    for entry in entries() {
        let title = entry.title.as_str();
        if title.starts_with(char::is_uppercase) || title.ends_with('.') || title.contains('\n') {
            findings.push(format!(
                "{}: a title is one line, lower case, without a full stop",
                entry.code
            ));
        }
        if !entry.explanation.trim_end().ends_with('.') {
            findings.push(format!("{}: an explanation is made of sentences", entry.code));
        }
        if entry.example.as_ref().is_some_and(|e| !e.contains(MENDED)) {
            findings.push(format!("{}: an example says how it is mended", entry.code));
        }
    }
    none(&findings, "explanations");
}

/// The first thing that is said of an overlay of one file.
fn overlay(text: &str) -> Result<(), Diagnostic> {
    let overlay = Overlay {
        name: "example".to_owned(),
        files: vec![OverlayFile {
            path: "example.yaml".to_owned(),
            name: "example.yaml".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }],
    };
    let first = |list: &[Diagnostic]| list.first().cloned().map_or(Ok(()), Err);
    match Catalog::with_overlays(&[overlay]) {
        Ok(catalog) => first(catalog.warnings()),
        Err(errors) => first(&errors),
    }
}

/// What reads the examples of an area.
fn read(area: &str, text: &str) -> Option<Result<(), Diagnostic>> {
    let text = text.trim();
    Some(match area {
        "expression" => {
            let catalog = Catalog::builtin().unwrap();
            catalog.normalize(&Source::new("<expression>", text)).map(|_| ())
        }
        "quantity" => Quantity::parse(text, Dimension::Time).map(|_| ()),
        "yaml" => DataFile::read("example.yaml", text.as_bytes()).map(|_| ()),
        "overlay" => overlay(text),
        _ => return None,
    })
}

#[test]
fn are_caused_by_their_examples_and_mended_by_them() {
    let mut checked = 0;
    for entry in entries() {
        let area = entry.code.split("::").next().unwrap();
        let Some((wrong, right)) = entry.example.as_ref().and_then(|e| e.split_once(MENDED)) else {
            continue;
        };
        let Some(result) = read(area, wrong) else { continue };
        assert_eq!(result.map_err(|d| d.code()), Err(entry.code.as_str()), "{wrong}");
        let mended = read(area, right).unwrap();
        assert!(mended.is_ok(), "{}: the mended example fails: {mended:?}", entry.code);
        checked += 1;
    }
    assert!(checked >= 21, "only {checked} examples were checked");
}
