//! Manifests of public repositories: all are read, and every document is counted.

use std::fs;
use std::path::Path;

use stackwright_inspect::{Inspector, Knowledge, Options};

use crate::labels::corpus;

fn read(folder: &Path, inspector: &mut Inspector<'_>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, inspector);
        } else {
            inspector.read(&path.to_string_lossy(), &fs::read(&path).unwrap());
        }
    }
}

#[test]
fn nothing_is_skipped_silently() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: there is no corpus");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let mut inspector = Inspector::new(&knowledge);
    read(&corpus.join("manifests"), &mut inspector);
    let report = inspector.inspection(Options::default()).report();
    let counts = &report.documents;
    let skipped: u64 = counts.skipped.values().sum();
    let sum = counts.workloads + counts.policies + counts.references + counts.errors + counts.no_object + skipped;
    assert_eq!(counts.documents, sum);
    assert!(counts.documents > 12_000 && counts.workloads > 2_500, "{counts:?}");
    for error in &report.errors {
        eprintln!("{}:{:?}: {}: {}", error.file, error.line, error.code, error.message);
    }
    assert!(
        report
            .workloads
            .iter()
            .all(|w| !w.declared.is_empty() && !w.operators.is_empty())
    );
    let mut kinds: Vec<_> = counts.skipped.iter().collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    eprintln!("{counts:?}");
}
