//! What libraries say in English, in another language.
//!
//! Libraries return sentences of their own beside data and diagnostics: why a plan is one, what decides a claim, what proves an
//! operator. Their English is in their sources, where the same bytes go into JSON. For people it is translated here by its
//! *pattern*: a sentence with holes, as in `format!`. The patterns are in the form of gettext: `msgid` is English and
//! `msgstr` the other language, which names a hole by its name, or by its number from 0 where it has none.

use std::collections::BTreeMap;

/// Sentences within sentences are translated to this depth.
const DEPTH: usize = 4;

/// The patterns of one language, the most specific first.
pub struct Phrases {
    patterns: Vec<Pattern>,
    /// Sentences without holes.
    whole: BTreeMap<String, String>,
}

struct Pattern {
    from: Vec<Piece>,
    to: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(String),
}

impl Phrases {
    /// Reads patterns; what is no pattern is left out, and tests see that nothing is.
    pub fn read(source: &str) -> Self {
        let mut phrases = Self {
            patterns: Vec::new(),
            whole: BTreeMap::new(),
        };
        for (id, text) in entries(source) {
            let from = pieces(&id);
            if from.iter().any(|p| matches!(p, Piece::Hole(_))) {
                phrases.patterns.push(Pattern {
                    from,
                    to: pieces(&text),
                });
            } else {
                phrases.whole.insert(id, text);
            }
        }
        phrases.patterns.sort_by_key(|p| std::cmp::Reverse(p.letters()));
        phrases
    }

    /// A sentence in this language, if it is known.
    pub fn translate(&self, text: &str) -> Option<String> {
        self.at_depth(text, DEPTH)
    }

    fn at_depth(&self, text: &str, depth: usize) -> Option<String> {
        if let Some(whole) = self.whole.get(text) {
            return Some(whole.clone());
        }
        let depth = depth.checked_sub(1)?;
        if let Some(said) = self.of_subject(text, depth) {
            return Some(said);
        }
        if let Some(list) = self.list(text, "; ", depth, true) {
            return Some(list);
        }
        if let Some(both) = self.with_parentheses(text, depth, true) {
            return Some(both);
        }
        let found = self.patterns.iter().find_map(|p| p.fill(text).map(|holes| (p, holes)));
        match found {
            Some((pattern, holes)) => Some(pattern.written(&holes, |part| {
                self.at_depth(part, depth).unwrap_or_else(|| part.to_owned())
            })),
            None => self.with_parentheses(text, depth, false).or_else(|| {
                ["; ", ", "]
                    .into_iter()
                    .find_map(|mark| self.list(text, mark, depth, false))
            }),
        }
    }

    /// A sentence that is said of a name, of two, or of words that end with others in parentheses: `name: sentence`.
    fn of_subject(&self, text: &str, depth: usize) -> Option<String> {
        let (subject, sentence) = text.split_once(": ")?;
        let names = subject.split_once(" [").map_or(subject, |(names, _)| names);
        let is_name = names.split(" and ").all(|n| !n.contains(' ')) || subject.ends_with(')');
        let said = self.at_depth(sentence, depth).filter(|_| is_name)?;
        // With words before its parentheses the subject can be a sentence itself.
        let known = subject.strip_suffix(')').and_then(|_| self.at_depth(subject, depth));
        let subject = known.unwrap_or_else(|| subject.replace(" and ", " + "));
        Some(format!("{subject}：{said}"))
    }

    /// A sentence that is known with words in parentheses after it; with `whole` these are sentences without holes.
    fn with_parentheses(&self, text: &str, depth: usize, whole: bool) -> Option<String> {
        let text = text.strip_suffix(')')?;
        text.match_indices(" (").find_map(|(at, mark)| {
            let (sentence, more) = text.split_at_checked(at)?;
            let more = more.strip_prefix(mark)?;
            if whole && !more.split("; ").all(|m| self.whole.contains_key(m)) {
                return None;
            }
            let said = self.at_depth(sentence, depth)?;
            let more = self.at_depth(more, depth).unwrap_or_else(|| more.to_owned());
            Some(format!("{said}（{more}）"))
        })
    }

    /// A list of sentences, of which at least one is known, or all are.
    fn list(&self, text: &str, mark: &str, depth: usize, all: bool) -> Option<String> {
        let parts: Vec<&str> = text.split(mark).collect();
        if parts.len() < 2 {
            return None;
        }
        let translated: Vec<Option<String>> = parts.iter().map(|p| self.at_depth(p, depth)).collect();
        let known = translated.iter().flatten().count();
        // Between commas stand names besides; words that are not known would be torn out of their sentence.
        let torn = mark == ", "
            && parts
                .iter()
                .zip(&translated)
                .any(|(p, t)| t.is_none() && p.contains(' '));
        if known == 0 || torn || (all && known < parts.len()) {
            return None;
        }
        let joined: Vec<_> = translated
            .into_iter()
            .zip(parts)
            .map(|(new, old)| new.unwrap_or_else(|| old.to_owned()))
            .collect();
        Some(joined.join(if mark == "; " { "；" } else { "，" }))
    }
}

impl Pattern {
    fn letters(&self) -> usize {
        let texts = self.from.iter().map(|p| match p {
            Piece::Text(text) => text.chars().count(),
            Piece::Hole(_) => 0,
        });
        texts.sum()
    }

    /// What fills the holes if the text is of this pattern, in order.
    fn fill<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut holes = Vec::new();
        fits(&self.from, text, &mut holes).then_some(holes)
    }

    fn written(&self, holes: &[&str], translate: impl Fn(&str) -> String) -> String {
        let names = self.from.iter().filter_map(|p| match p {
            Piece::Hole(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        });
        let names: Vec<_> = names.collect();
        let hole = |name: &str| {
            let numbered = name.parse::<usize>().ok();
            let place = numbered.or_else(|| names.iter().position(|n| *n == name));
            place.and_then(|p| holes.get(p)).map(|h| translate(h))
        };
        let pieces = self.to.iter().map(|p| match p {
            Piece::Text(text) => text.clone(),
            Piece::Hole(name) => hole(name).unwrap_or_default(),
        });
        pieces.collect()
    }
}

/// Whether a text is of these pieces, and what its holes hold: at least one character each, the first as little as possible.
fn fits<'t>(pieces: &[Piece], text: &'t str, holes: &mut Vec<&'t str>) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Text(start), rest @ ..] => text.strip_prefix(start.as_str()).is_some_and(|t| fits(rest, t, holes)),
        [Piece::Hole(_)] => {
            holes.push(text);
            !text.is_empty()
        }
        [Piece::Hole(_), rest @ ..] => {
            let next = match rest.first() {
                Some(Piece::Text(next)) => next.as_str(),
                _ => "",
            };
            let before = holes.len();
            for (at, _) in text.match_indices(next) {
                let Some((hole, after)) = text.split_at_checked(at) else {
                    continue;
                };
                if hole.is_empty() {
                    continue;
                }
                holes.push(hole);
                if fits(rest, after, holes) {
                    return true;
                }
                holes.truncate(before);
            }
            false
        }
    }
}

/// The pieces of a pattern.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((hole, after)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let name = hole.split(':').next().unwrap_or_default();
        pieces.push(Piece::Hole(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

/// The names of the holes of a pattern, in order.
pub fn holes(pattern: &str) -> Vec<String> {
    let holes = pieces(pattern).into_iter().filter_map(|p| match p {
        Piece::Hole(name) => Some(name),
        Piece::Text(_) => None,
    });
    holes.collect()
}

/// The entries of a file: English and the other language.
pub fn entries(source: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut is_id = true;
    for line in source.lines().map(str::trim) {
        let (start, quoted) = match line.split_once('"') {
            Some((start, quoted)) if !line.starts_with('#') => (start.trim(), quoted),
            _ => continue,
        };
        let text = unescaped(quoted.strip_suffix('"').unwrap_or(quoted));
        match start {
            "msgid" => {
                is_id = true;
                entries.push((text, String::new()));
            }
            _ => {
                is_id &= start != "msgstr";
                if let Some((id, other)) = entries.last_mut() {
                    *(if is_id { id } else { other }) += &text;
                }
            }
        }
    }
    entries
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
