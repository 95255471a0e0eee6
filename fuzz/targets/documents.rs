//! The reader of documents: no bytes make it or the resolution panic, every document is counted once, what is wrong has a place,
//! and a text that is read in parts gives what it gives at once.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use stackwright_inspect::{Inspector, Knowledge, Options, Report, last_boundary};

fn knowledge() -> &'static Knowledge<'static> {
    static KNOWLEDGE: OnceLock<Knowledge<'static>> = OnceLock::new();
    KNOWLEDGE.get_or_init(|| Knowledge::builtin().expect("a program that was built has its knowledge"))
}

fn report(parts: &[&[u8]]) -> Report {
    let mut inspector = Inspector::new(knowledge());
    let mut line = 0;
    for (i, part) in parts.iter().enumerate() {
        if i + 1 == parts.len() {
            inspector.read_last_part("f", part, line);
        } else {
            inspector.read_part("f", part, line);
        }
        line += part.iter().filter(|b| **b == b'\n').count() as u32;
    }
    inspector.inspection(Options::default()).report()
}

fuzz_target!(|bytes: &[u8]| {
    let whole = report(&[bytes]);
    let counts = &whole.documents;
    let skipped: u64 = counts.skipped.values().sum();
    assert_eq!(
        counts.documents,
        counts.workloads + counts.policies + counts.references + counts.errors + counts.no_object + skipped
    );
    assert!(whole.errors.iter().all(|e| e.line.is_some_and(|l| l > 0) && e.column.is_some_and(|c| c > 0)));
    assert!(whole.workloads.iter().all(|w| w.line > 0 && w.evidence.iter().all(|e| e.line > 0)));
    // Other encodings are read as a whole.
    let plain = std::str::from_utf8(bytes).is_ok_and(|t| !t.contains(['\0', '\u{feff}']));
    if let Some(at) = last_boundary(bytes).filter(|_| plain) {
        let (first, rest) = bytes.split_at(at);
        assert_eq!(report(&[first, rest]), whole);
    }
});
