//! Files speak of the product, not of the machine or the way in which they were written.

use super::{File, files, none};

/// What no file may say. Each is written in two parts, so that this file does not say it.
const FORBIDDEN: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/fa", "rm/"),
    ("before-", "stop"),
    ("this se", "ssion"),
    (".lib", "rary"),
    ("hel", "per-"),
    ("suba", "gent"),
    ("cla", "ude"),
    ("anth", "ropic"),
];

/// The same for words of which only the whole, in capitals, is meant.
const FORBIDDEN_WORDS: &[(&str, &str)] = &[("C", "EO")];

/// The folder for temporary files. Code that asks the system for temporary names may say its name, others not.
const TEMPORARY: (&str, &str) = ("/tm", "p/");

fn findings(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let temporary = TEMPORARY.0.to_owned() + TEMPORARY.1;
    let makes_temporary_files = file.is_rust() && (file.text.contains("tempfile") || file.text.contains("temp_dir"));
    for (number, line) in file.text.lines().enumerate() {
        let lower = line.to_lowercase();
        let mut report = |what: &str| found.push(format!("{}:{}: `{what}`", file.path, number + 1));
        for (start, end) in FORBIDDEN {
            let pattern = format!("{start}{end}");
            if lower.contains(&pattern) {
                report(&pattern);
            }
        }
        for (start, end) in FORBIDDEN_WORDS {
            let pattern = format!("{start}{end}");
            if line.split(|c: char| !c.is_alphanumeric()).any(|word| word == pattern) {
                report(&pattern);
            }
        }
        let named = |(at, _): (usize, &str)| {
            let next = lower[at + temporary.len()..].chars().next();
            next.is_some_and(|c| c.is_ascii_alphabetic())
        };
        if !makes_temporary_files && lower.match_indices(&temporary).any(named) {
            report(&temporary);
        }
    }
    found
}

#[test]
fn is_about_the_product() {
    let found: Vec<_> = files().iter().flat_map(findings).collect();
    none(&found, "paths of a machine, or words about how the project is made");
}

#[test]
fn that_is_not_is_found() {
    let file = |text: String| File {
        path: "README.md".to_owned(),
        text,
    };
    for (start, end) in FORBIDDEN.iter().chain(FORBIDDEN_WORDS) {
        assert_eq!(
            findings(&file(format!("see {start}{end} there"))).len(),
            1,
            "{start}{end}"
        );
    }
    let (start, end) = TEMPORARY;
    assert_eq!(findings(&file(format!("in {start}{end}bundle"))).len(), 1);
    assert!(findings(&file(format!("mounts {start}{end} and `{start}{end}`"))).is_empty());
}
