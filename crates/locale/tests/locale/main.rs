//! Every key is in every language, with the same arguments; every key and argument that code names exists; and none is
//! without use.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod phrases;
mod untranslated;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use stackwright_locale::{Locale, codes, explanations, say, source};
use stackwright_text::Language;

type Keys = BTreeMap<String, BTreeSet<String>>;

/// The messages of a file, each with the arguments that it names.
fn keys(language: Language) -> Keys {
    keys_of(language, source(language))
}

fn keys_of(language: Language, source: &str) -> Keys {
    let resource = fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut keys = Keys::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let mut arguments = BTreeSet::new();
                of_pattern(message.value.as_ref().unwrap(), &mut arguments);
                let again = keys.insert(message.id.name.to_owned(), arguments);
                assert!(again.is_none(), "{} is twice in {language}", message.id.name);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            other => panic!("{language}: {other:?}"),
        }
    }
    keys
}

fn of_pattern(pattern: &Pattern<&str>, arguments: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression } => match expression {
                Expression::Inline(inline) => of_inline(inline, arguments),
                Expression::Select { selector, variants } => {
                    of_inline(selector, arguments);
                    variants.iter().for_each(|v| of_pattern(&v.value, arguments));
                }
            },
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, arguments: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            arguments.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } => {}
        other => panic!("{other:?}"),
    }
}

/// Every `say!` in the sources of the crates: place, key, arguments.
fn uses() -> Vec<(String, String, BTreeSet<String>)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        rust_files(&entry.unwrap().path().join("src"), &mut sources);
    }
    let mut uses = Vec::new();
    for path in sources.iter().filter(|p| !p.starts_with(crates.join("locale"))) {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("say!(") {
            let call = call(&text[at + "say!".len()..]);
            let mut parts = parts(call).into_iter();
            let place = format!("{}:{}", path.display(), text[..at].lines().count());
            let key = parts.nth(1).unwrap_or_else(|| panic!("{place}: no key"));
            let names = parts.filter(|p| !p.is_empty()).map(|p| {
                let name = p.split('=').next().unwrap().trim();
                name.to_owned()
            });
            uses.push((place, key.trim_matches('"').to_owned(), names.collect()));
        }
    }
    uses
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The text between the parenthesis at the start and the one that closes it; strings hold no parentheses that are not
/// closed.
fn call(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[1..at];
        }
    }
    panic!("no end: {text}")
}

/// The parts between commas outside of brackets and strings.
fn parts(call: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0, false, 0);
    let mut parts = Vec::new();
    for (at, c) in call.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                parts.push(call[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(call[start..].trim());
    parts
}

#[test]
fn every_key_is_in_every_language_with_the_same_arguments() {
    let english = keys(Language::En);
    assert!(!english.is_empty());
    for language in Language::ALL {
        assert_eq!(keys(*language), english, "{language}");
    }
}

#[test]
fn every_key_that_is_said_exists_and_gets_its_arguments() {
    let known = keys(Language::En);
    let uses = uses();
    let mut findings = Vec::new();
    for (place, key, arguments) in &uses {
        match known.get(key) {
            None => findings.push(format!("{place}: there is no `{key}`")),
            Some(wanted) if wanted != arguments => {
                findings.push(format!("{place}: `{key}` takes {wanted:?} and gets {arguments:?}"));
            }
            Some(_) => {}
        }
    }
    let said: BTreeSet<_> = uses.iter().map(|(_, key, _)| key).collect();
    let unused = known.keys().filter(|key| !said.contains(key));
    findings.extend(unused.map(|key| format!("nobody says `{key}`")));
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_message_can_be_formatted() {
    for language in Language::ALL {
        let locale = Locale::of(*language);
        assert_eq!(locale.language(), *language);
        for (key, arguments) in keys(*language) {
            let given: Vec<_> = arguments.iter().map(|a| (a.as_str(), "⟨given⟩".into())).collect();
            let text = locale.text(&key, &given);
            assert!(!text.is_empty() && !text.contains("{$"), "{language}, {key}: {text}");
            let given = text.matches("⟨given⟩").count();
            assert!(given >= arguments.len(), "{language}, {key}: {text}");
        }
    }
}

/// The codes of the catalogue's diagnostics, as keys.
fn known_codes() -> BTreeSet<String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let mut known = BTreeSet::new();
    for entry in fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("diagnostics") {
            let text = fs::read_to_string(path).unwrap();
            let codes = text.lines().filter_map(|line| line.strip_prefix("  - code: "));
            known.extend(codes.map(|code| code.trim().replace("::", "-")));
        }
    }
    known
}

/// A code without a title in a language is shown in English. Few may be so, and they are named here.
#[test]
fn codes_have_titles_in_every_language() {
    let known = known_codes();
    assert!(known.len() > 100, "{known:?}");
    for language in Language::ALL {
        let Some(source) = codes(*language) else { continue };
        let titled: BTreeSet<_> = keys_of(*language, source).into_keys().collect();
        let gone: Vec<_> = titled.difference(&known).collect();
        assert!(gone.is_empty(), "there are no such codes: {gone:?}");
        let missing: Vec<_> = known.difference(&titled).collect();
        eprintln!("codes without a title in {language}: {missing:?}");
        assert!(missing.len() * 10 < known.len(), "{missing:?}");
        let explained: BTreeSet<_> = keys_of(*language, explanations(*language).unwrap())
            .into_keys()
            .collect();
        let differ: Vec<_> = explained.symmetric_difference(&known).collect();
        assert!(
            differ.is_empty(),
            "codes or explanations in {language} without the other: {differ:?}"
        );
    }
    let zh = Locale::of(Language::Zh);
    assert_eq!(zh.code("expression::ill-typed").unwrap(), "该词不描述任何栈");
    assert_eq!(zh.code("no::code"), None);
    assert!(zh.explanation("cli::file").unwrap().contains("相对于当前文件夹"));
    assert_eq!(zh.explanation("no::code"), None);
    assert_eq!(Locale::of(Language::En).code("expression::ill-typed"), None);
}

#[test]
fn a_message_speaks_its_language_and_counts() {
    let (en, zh) = (Locale::of(Language::En), Locale::of(Language::Zh));
    assert_eq!(say!(en, "normal-form", word = "C∘S"), "normal form: C∘S");
    assert_eq!(say!(zh, "normal-form", word = "C∘S"), "范式：C∘S");
    assert_eq!(say!(en, "no-such-key"), "no-such-key");
}
