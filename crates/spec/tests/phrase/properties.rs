//! Any text can be read, every character of it is accounted for, and reading takes time in proportion.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use stackwright_catalog::Catalog;
use stackwright_text::Source;

use super::read;

/// Every character that is not a space stands in just one span.
fn accounts_for_everything(text: &str) -> Result<(), TestCaseError> {
    let reading = read(text);
    let mut spans: Vec<_> = reading.understood.iter().flat_map(|u| u.spans.clone()).collect();
    spans.extend(reading.not_understood.iter().map(|n| n.span));
    spans.extend(&reading.passed_over);
    spans.sort_unstable();
    let mut end = 0;
    for span in &spans {
        prop_assert!(
            end <= span.start && span.start < span.end,
            "{spans:?} overlap in {text:?}"
        );
        let between = text.get(end..span.start).unwrap();
        prop_assert!(
            between.trim().is_empty(),
            "{between:?} is not accounted for in {text:?}"
        );
        end = span.end;
    }
    prop_assert!(
        text.get(end..).unwrap().trim().is_empty(),
        "the end of {text:?} is not accounted for"
    );
    for not in &reading.not_understood {
        prop_assert_eq!(text.get(not.span.start..not.span.end), Some(not.text.as_str()));
    }
    // Whatever was read, it is a requirement or an explained contradiction.
    let source = Source::new("<text>", text);
    if let Err(errors) = reading.requirement(&source, Catalog::builtin().unwrap(), None) {
        prop_assert!(errors.iter().all(|e| !e.message().is_empty()));
    }
    prop_assert_eq!(&reading, &read(text));
    Ok(())
}

/// Texts made of the lexicon's own words, where most goes wrong.
fn words() -> impl Strategy<Value = String> {
    let lexicon = Catalog::builtin().unwrap().lexicon().unwrap();
    let phrases: Vec<String> = lexicon.phrases().map(str::to_owned).collect();
    let number = (
        0u32..2000,
        prop::sample::select(vec!["", "ms", " s", "MB", "%", "毫秒"]),
    )
        .prop_map(|(n, u)| format!("{n}{u}"));
    let word = prop_oneof![4 => prop::sample::select(phrases), 1 => number, 1 => "\\PC{0,3}"];
    let glue = prop::sample::select(vec!["", " ", "，", "-", "\n"]);
    prop::collection::vec((word, glue), 0..30).prop_map(|parts| parts.into_iter().map(|(w, g)| w + g).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_accounted_for(text in any::<String>()) {
        accounts_for_everything(&text)?;
    }

    #[test]
    fn any_words_are_accounted_for(text in words()) {
        accounts_for_everything(&text)?;
    }
}

/// How long this thread has had a processor, which other work of the machine does not add to; where the system does not say,
/// the time of day.
fn processor_time() -> Duration {
    let said = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match said.split(' ').next().and_then(|n| n.parse().ok()) {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
    }
}

#[test]
fn a_large_text_takes_time_in_proportion() {
    for unit in [
        "a",
        "没",
        "1",
        "10ms ",
        "cold start ",
        "no ",
        "prefer ",
        "not under ",
        "with ",
        "低",
        "一",
        "-",
        " ",
        "十",
        "9,999",
        "latency or ",
        "1ms到",
    ] {
        let cost = |size: usize| {
            let text = unit.repeat(size / unit.len());
            let before = processor_time();
            let reading = read(&text);
            assert!(reading.understood.len() <= size);
            processor_time() - before
        };
        let (small, large) = (cost(1 << 17), cost(1 << 20));
        // Eight times the text. What is quadratic would take 64 times as long.
        assert!(
            large < small * 40 + Duration::from_millis(100),
            "{unit:?}: {small:?} for 128 kB, {large:?} for 1 MB"
        );
    }
}
