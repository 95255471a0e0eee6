//! No words for people stand in the sources of the command alone: they are in the files of the languages, or are diagnostics and
//! help whose English is translated by its pattern.

use std::path::Path;

use stackwright_locale::{entries, patterns};
use stackwright_text::Language;

use super::phrases::plain;
use super::rust_files;

/// Texts that are no words for people, or the same in every language: of JSON, of SVG, of formats that programs read.
const SAME_EVERYWHERE: &[&str] =
    &["2·L/(a+b): L is the length of the longest common subsequence of words, a and b are the numbers of words"];

/// The strings of a source, without comments, documentation and attributes.
pub fn strings(source: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let mut characters = source.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '/' if characters.peek() == Some(&'/') => while characters.next().is_some_and(|c| c != '\n') {},
            // `'"'` is a character.
            '\'' if characters.peek() == Some(&'"') => drop(characters.next()),
            '#' if characters.peek() == Some(&'[') => {
                let mut depth = 0;
                for c in characters.by_ref() {
                    match c {
                        '[' => depth += 1,
                        ']' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(c) = characters.next() {
                    match c {
                        '"' => break,
                        // The end of a line is no part of the text, nor are the spaces after it.
                        '\\' => match characters.next() {
                            Some('\n') => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                            Some(escaped) => text.extend(['\\', escaped]),
                            None => break,
                        },
                        c => text.push(c),
                    }
                }
                strings.push(text);
            }
            _ => {}
        }
    }
    strings
}

/// Whether a text has two words of small letters that follow each other, outside of what is filled in.
pub fn is_prose(text: &str) -> bool {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let is_word = |word: &str| word.len() >= 2 && word.chars().all(|c| c.is_ascii_lowercase());
    let words: Vec<_> = plain
        .split(' ')
        .map(|w| w.trim_end_matches([',', ';', ':', '.']))
        .collect();
    words.windows(2).any(|pair| pair.iter().all(|w| is_word(w)))
}

#[test]
fn words_for_people_are_in_the_files_of_the_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("cli/src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    assert!(files.len() > 20, "{files:?}");
    let known: Vec<_> = entries(patterns(Language::Zh).unwrap())
        .into_iter()
        .map(|(id, _)| plain(&id))
        .collect();
    let mut findings = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let prose: Vec<_> = strings(&text)
            .into_iter()
            .filter(|s| is_prose(s) && !SAME_EVERYWHERE.contains(&s.as_str()) && !s.starts_with('<'))
            .filter(|s| !known.iter().any(|k| k.contains(&plain(s))))
            .collect();
        if !prose.is_empty() {
            findings.push(format!("{name}: {prose:#?}"));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn words_for_people_are_found() {
    let source = r#"// "not here"
        /// "nor here"
        #[doc = "nor here"]
        let a = ("a-key", '"', "one word", "{one two} x", "says \"two\" words that \
            go on", "NOT THIS", "<rect x=\"1\"/>");"#;
    let found: Vec<_> = strings(source).into_iter().filter(|s| is_prose(s)).collect();
    assert_eq!(found, ["one word", "says \\\"two\\\" words that go on"]);
}
