//! Comparing, and exports.

use stackwright_atlas::{Comparison, ComparisonEngine, export};
use stackwright_text::{Diagnostic, Language};

use crate::atlas;

fn compare(subjects: &[&str], by: &[&str]) -> Result<Comparison, Diagnostic> {
    let atlas = atlas();
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    ComparisonEngine::new(atlas).compare(&own(subjects), &own(by), &atlas.glossary(Language::En))
}

#[test]
fn concepts_by_cells_with_winner_and_margin() {
    let comparison = compare(
        &["virtualization", "沙盒化"],
        &["startup.cold", "use-cases.edge", "high-security"],
    )
    .unwrap();
    let [start, edge, security] = comparison.dimensions.as_slice() else {
        panic!("{comparison:?}")
    };
    assert_eq!(start.cells[0].text, "10–60 s");
    assert_eq!(
        (start.best.as_slice(), start.margin.as_deref()),
        (&["sandboxing".to_owned()][..], Some("×636.4"))
    );
    assert_eq!(
        (edge.best.as_slice(), edge.margin.as_deref()),
        (&["sandboxing".to_owned()][..], Some("+3"))
    );
    assert_eq!(security.best, ["virtualization", "sandboxing"]);
    assert!(
        comparison
            .claims
            .iter()
            .any(|c| c.id == "cold-start-order" && c.verdict == "contradicted")
    );
    assert!(
        comparison.usage[1].when.iter().any(|w| w.contains("edge computing")),
        "{:?}",
        comparison.usage
    );
    // Evidence about Firecracker and gVisor lies outside of what the document says of sandboxes.
    assert!(
        comparison
            .disagreements
            .iter()
            .any(|d| d.subject == "sandboxing" && d.evidence.contains("gvisor"))
    );
}

#[test]
fn technologies_by_evidence_and_stacks_by_grades() {
    let technologies = compare(&["gVisor", "firecracker"], &["cold_start", "memory"]).unwrap();
    assert_eq!(technologies.dimensions.len(), 2);
    assert!(
        technologies
            .dimensions
            .iter()
            .flat_map(|d| &d.cells)
            .any(|c| !c.evidence.is_empty())
    );
    let stacks = compare(&["V∘S∘C∘M", "I∘C∘S∘W"], &["security", "latency"]).unwrap();
    assert_eq!(stacks.dimensions[0].best, ["V∘S∘C∘M"]);
    assert_eq!(stacks.dimensions[0].margin.as_deref(), Some("+1"));
    assert_eq!(stacks.dimensions[1].best, ["I∘C∘S∘W"]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_nearest() {
    let error = |subjects: &[&str], by: &[&str]| compare(subjects, by).unwrap_err();
    assert_eq!(error(&["webassembly", "WebAssembly"], &[]).code(), "atlas::itself");
    assert_eq!(error(&["C∘C∘S", "C∘S"], &[]).code(), "atlas::itself");
    assert_eq!(error(&["webassembly"], &[]).code(), "atlas::itself");
    let unknown = error(&["webassembly", "sandboxin"], &[]);
    assert_eq!(
        (unknown.code(), unknown.help()),
        ("atlas::name", Some("did you mean `sandboxing`?"))
    );
    assert_eq!(error(&["W∘C", "C"], &[]).code(), "expression::ill-typed");
    let dimension = error(&["webassembly", "sandboxing"], &["perfomance.memory"]);
    assert!(
        dimension.help().unwrap().contains("did you mean `performance.memory`?"),
        "{dimension:?}"
    );
}

#[test]
fn every_two_concepts_can_be_compared_without_a_name() {
    let atlas = atlas();
    for a in &atlas.data.concepts {
        for b in atlas.data.concepts.iter().filter(|b| b.id != a.id) {
            let comparison = compare(&[&a.id, &b.id], &[]).unwrap();
            assert!(comparison.dimensions.len() > 30, "{}", comparison.dimensions.len());
            assert!(comparison.dimensions.iter().all(|d| d.cells.len() == 2));
        }
    }
}

#[test]
fn exports_are_whole_and_the_same_each_time() {
    let atlas = atlas();
    let files = export::files(&atlas, |_, text| text.to_owned()).unwrap();
    assert_eq!(files, export::files(&atlas, |_, text| text.to_owned()).unwrap());
    for language in ["en", "zh"] {
        for name in [
            "index.html",
            "matrices/performance.csv",
            "matrices/use-cases.svg",
            "relations/contains.dot",
            "map-concepts.mmd",
        ] {
            assert!(files.contains_key(&format!("{language}/{name}")), "{language}/{name}");
        }
    }
    for (path, text) in &files {
        assert!(!text.is_empty() && !text.contains('\r'), "{path}");
        if path.ends_with(".html") {
            assert!(
                !text.contains("<script") && !text.contains(" src="),
                "{path} is not self-contained"
            );
        }
        if path.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
    }
}
