//! The readers of requirements, from files and from words: nothing makes them panic, what is refused has a place, and what
//! words are made of is a file that can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright_catalog::Catalog;
use stackwright_spec::phrase::Reading;
use stackwright_spec::requirement::Requirement;

fuzz_target!(|bytes: &[u8]| {
    let Ok(catalog) = Catalog::builtin() else { return };
    match Requirement::read("r.yaml", bytes, catalog) {
        Ok(requirement) => {
            for constraint in &requirement.metrics {
                assert!(constraint.bound.value.is_finite());
            }
        }
        Err(diagnostic) => assert!(!diagnostic.code().is_empty()),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(reading) = Reading::of(text, catalog) else { return };
    for words in &reading.not_understood {
        assert!(text.get(words.span.clone()).is_some());
    }
});
