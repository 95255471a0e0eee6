//! No words for people stand in the sources of the command: they are in the files of the languages. Files that do not keep to
//! that yet are listed, and the list can only become shorter.

use std::path::Path;

use super::rust_files;

/// Files whose words for people are still English alone.
const NOT_YET: &[&str] = &[
    "arguments.rs",
    "commands/atlas/claims.rs",
    "commands/catalog.rs",
    "commands/emit.rs",
    "commands/emit_oci.rs",
    "commands/image.rs",
    "commands/inspect.rs",
    "commands/inspect/fixing.rs",
    "commands/inspect/sarif.rs",
    "commands/inspect/sources.rs",
    "commands/inspect/table.rs",
    "commands/inspect/text.rs",
    "commands/plan.rs",
    "commands/stream.rs",
    "commands/table.rs",
    "failure.rs",
];

/// Texts that are no words for people, or the same in every language: of JSON, of SVG, of formats that programs read.
const SAME_EVERYWHERE: &[&str] =
    &["2·L/(a+b): L is the length of the longest common subsequence of words, a and b are the numbers of words"];

/// The strings of a source, without comments, documentation and attributes.
fn strings(source: &str) -> Vec<String> {
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
fn is_prose(text: &str) -> bool {
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
    let mut findings = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let prose: Vec<_> = strings(&text)
            .into_iter()
            .filter(|s| is_prose(s) && !SAME_EVERYWHERE.contains(&s.as_str()))
            .collect();
        match (NOT_YET.contains(&name.as_str()), prose.is_empty()) {
            (false, false) => findings.push(format!("{name}: {prose:#?}")),
            (true, true) => findings.push(format!("{name} has no such words any more: strike it off the list")),
            _ => {}
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
