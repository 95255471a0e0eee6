//! What becomes of the claims, and that marks rest on them.

use std::collections::BTreeMap;

use stackwright_catalog::claims::Verdict;
use stackwright_catalog::model::{Claim, Flaw, Mark};

use crate::atlas;

fn verdicts() -> BTreeMap<&'static str, Verdict> {
    let atlas = atlas();
    let claims: &'static [Claim] = &atlas.claims.claims;
    let judgements = atlas.judge(claims);
    claims
        .iter()
        .zip(judgements)
        .map(|(c, j)| (c.id.as_str(), j.verdict))
        .collect()
}

/// How many claims there are and how they fall: supported, contradicted, undetermined. `docs/atlas.md` says the same.
#[test]
fn fall_like_this() {
    let verdicts = verdicts();
    let count = |verdict| verdicts.values().filter(|v| **v == verdict).count();
    assert_eq!((verdicts.len(), Verdict::ALL.map(count)), (296, [181, 93, 22]));
}

/// The judgements that a reader would look for first, as reviewed.
#[test]
fn of_the_matrices_fall_as_reviewed() {
    use Verdict::{Contradicted, Supported};
    let verdicts = verdicts();
    for (id, expected) in [
        ("isolation-strength", Contradicted),
        ("isolation-granularity", Supported),
        ("start-order", Contradicted),
        ("memory-order", Supported),
        ("cpu-order", Contradicted),
        ("attack-surface-order", Contradicted),
        ("zero-trust-cells", Contradicted),
        ("suits-edge", Supported),
        ("suits-tenants", Contradicted),
        ("ecosystem-maturity", Supported),
        ("wasm-microseconds", Contradicted),
        ("tree-mesh-in-wasm", Contradicted),
        ("runs-wasm-on-sandbox", Supported),
        ("era-wasm", Contradicted),
        ("core-edge", Contradicted),
        ("choice-edge-isolation", Supported),
        ("map-containers", Contradicted),
        ("case-finance-audit", Contradicted),
    ] {
        assert_eq!(verdicts.get(id), Some(&expected), "{id}");
    }
}

#[test]
fn that_marks_name_are_not_supported() {
    let atlas = atlas();
    let verdicts = verdicts();
    let mut marks: Vec<Mark> = Vec::new();
    let cells = atlas
        .claims
        .matrices
        .iter()
        .flat_map(|m| &m.rows)
        .flat_map(|r| r.cells.values());
    marks.extend(cells.filter_map(|c| c.mark.clone()));
    collect(&serde_json::to_value(atlas.data).unwrap(), &mut marks);
    assert!(marks.len() > 25, "{}", marks.len());
    let mut findings = Vec::new();
    for mark in marks {
        match mark.claim.as_ref().map(|id| (id, verdicts[id.as_str()])) {
            None if mark.correction.is_none() => findings.push("a mark says nothing".to_owned()),
            Some((id, Verdict::Supported)) => findings.push(format!("{id} is supported")),
            Some((id, Verdict::Undetermined)) if mark.flaw == Flaw::Wrong && mark.correction.is_none() => {
                findings.push(format!(
                    "{id} is undetermined, so what it is about is not known to be wrong"
                ));
            }
            _ => {}
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

fn collect(value: &serde_json::Value, marks: &mut Vec<Mark>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|i| collect(i, marks)),
        serde_json::Value::Object(fields) => {
            for (key, field) in fields {
                match serde_json::from_value(field.clone()) {
                    Ok(mark) if key == "mark" => marks.push(mark),
                    _ => collect(field, marks),
                }
            }
        }
        _ => {}
    }
}
