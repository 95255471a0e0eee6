//! The readers of requirements, from files and from words: nothing makes them panic; every character of a text that is not
//! a space is accounted for once; and what is said in words holds together, or is refused with reasons.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright_catalog::Catalog;
use stackwright_spec::phrase::Reading;
use stackwright_spec::requirement::Requirement;
use stackwright_text::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(catalog) = Catalog::builtin() else { return };
    let file = Requirement::read("r.yaml", bytes, catalog);
    if let Err(refused) = &file {
        assert!(!refused.is_empty());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(reading) = Reading::of(text, catalog) else { return };
    let mut times = vec![0; text.len()];
    let understood = reading.understood.iter().flat_map(|u| u.spans.iter());
    let others = reading.not_understood.iter().map(|n| &n.span);
    for span in understood.chain(others).chain(&reading.passed_over) {
        times[span.start..span.end].iter_mut().for_each(|t| *t += 1);
    }
    for (start, character) in text.char_indices() {
        assert!(times[start] == 1 || character.is_whitespace(), "{start} {character:?}");
    }
    if let Err(refused) = reading.requirement(&Source::new("<text>", text), catalog, None) {
        assert!(!refused.is_empty());
    }
});
