//! Workloads of public repositories that were labelled by hand: what documents declare, one base for each pod.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs};

use stackwright_inspect::{Inspector, Knowledge, Options, Reach};

/// Operators that say what a pod runs in; a pod's label names one of them.
const BASES: [&str; 6] = ["C", "V", "F", "G", "W", "Cc"];

/// The folder with the labelled documents, if there is one.
pub fn corpus() -> Option<PathBuf> {
    let named = env::var_os("STACKWRIGHT_SHARED").map(PathBuf::from);
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = manifest.ancestors().map(|a| a.join("shared"));
    named
        .into_iter()
        .chain(beside)
        .map(|shared| shared.join("corpus"))
        .find(|corpus| corpus.join("labels.tsv").is_file())
}

/// A tab-separated line, whose fields may be quoted.
fn fields(line: &str) -> Vec<String> {
    line.split('\t')
        .map(|f| f.trim_matches('"').replace("\"\"", "\""))
        .collect()
}

fn set(text: &str) -> BTreeSet<String> {
    text.split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What a label would say of declared operators: without the image, and without the container that another base implies.
fn labelled(declared: &[String]) -> BTreeSet<String> {
    let mut operators: BTreeSet<String> = declared.iter().filter(|o| *o != "I").cloned().collect();
    if operators.iter().any(|o| BASES.contains(&o.as_str()) && o != "C") {
        operators.remove("C");
    }
    operators
}

#[test]
fn are_found_again() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: there is no corpus of labelled documents");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let text = fs::read_to_string(corpus.join("labels.tsv")).unwrap();
    let mut lines = text.lines();
    let header = fields(lines.next().unwrap());
    assert_eq!(
        &header[..6],
        ["file", "kind", "namespace", "name", "expected", "acceptable_extra"]
    );
    let mut agreement: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut differences = Vec::new();
    for row in lines.map(fields) {
        let [file, kind, namespace, name, expected, extra, _, confidence, ..] = row.as_slice() else {
            panic!("a label has too few fields: {row:?}");
        };
        let bytes = fs::read(corpus.join("manifests").join(file)).unwrap();
        let mut inspector = Inspector::new(&knowledge);
        inspector.read(file, &bytes);
        let options = Options {
            reach: Reach::File,
            ..Options::default()
        };
        let report = inspector.inspection(options).report();
        let place = |n: &Option<String>| n.clone().unwrap_or_else(|| "-".to_owned());
        let workloads = report
            .workloads
            .iter()
            .filter(|w| w.kind == *kind && place(&w.name) == *name);
        let workloads = workloads.filter(|w| *namespace == "-" || place(&w.namespace) == *namespace);
        let policies = report
            .policies
            .iter()
            .filter(|w| w.kind == *kind && place(&w.name) == *name);
        let found: Vec<_> = workloads
            .map(|w| &w.declared)
            .chain(policies.map(|p| &p.declared))
            .collect();
        let counts = agreement.entry(confidence.clone()).or_default();
        counts.1 += 1;
        let expected = set(expected);
        let allowed: BTreeSet<String> = set(extra)
            .iter()
            .map(|e| e.split('(').next().unwrap().to_owned())
            .collect();
        let fits = |declared: &&Vec<String>| {
            let found = labelled(declared);
            // A base that is as good stands in the place of the expected one.
            let other = BASES.iter().any(|b| found.contains(*b) && allowed.contains(*b));
            let missing: Vec<_> = expected.difference(&found).collect();
            missing.iter().all(|m| other && BASES.contains(&m.as_str()))
                && found.difference(&expected).all(|o| allowed.contains(o))
        };
        if found.first().is_some_and(fits) {
            counts.0 += 1;
        } else {
            differences.push(format!(
                "{confidence}: {file} {kind} {name}: expected {expected:?}, found {found:?}"
            ));
        }
    }
    for (confidence, (agreed, all)) in &agreement {
        eprintln!("{confidence}: {agreed} of {all} labels");
    }
    for difference in &differences {
        eprintln!("{difference}");
    }
    let wrong: Vec<_> = differences.iter().filter(|d| d.starts_with("high")).collect();
    assert!(wrong.is_empty(), "labels that are certain: {wrong:#?}");
    assert!(agreement.get("high").is_some_and(|(agreed, _)| *agreed > 0));
}
