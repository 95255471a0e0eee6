//! Setting a field in a document by the smallest change of its text: comments, order and form stay.

use std::fmt::Write as _;

use crate::document::split;
use crate::tree::{self, Entry, Node, Place, Value};

/// Words that a plain scalar may not be if a text is meant.
const RESERVED: [&str; 12] = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n", "t", "f", "none",
];

/// The text in which the field at `path`, below the mapping that starts at `base`, has a value. `None` if it has that value
/// already, or cannot be set without touching something else: behind an alias or a merge key, in a text of another
/// encoding, in a scalar of several lines.
pub fn set(text: &str, base: Place, path: &[&str], value: &str) -> Option<String> {
    // The mark at a text's start is no part of its first line.
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        return set(rest, base, path, value).map(|t| format!("\u{feff}{t}"));
    }
    let document = split(text).take_while(|d| d.line < base.line).last()?;
    // A parser counts a lone carriage return as a line, and the places would not be those of this text.
    if text.replace("\r\n", "").contains('\r') {
        return None;
    }
    let mut change = None;
    let mut look = |node: &Node<'_>| {
        if change.is_none()
            && let Some(found) = find(node, base)
        {
            change = Some(Setter { text, base }.change(found, path, value));
        }
    };
    // What comes before an error was handed over; the edit is judged by reading again.
    let _ = tree::read(document.text, document.line, &mut |node, _| look(&node));
    let (at, removed, added) = change??;
    let mut out = text.get(..at)?.to_owned();
    out.push_str(&added);
    out.push_str(text.get(at.checked_add(removed)?..)?);
    Some(out)
}

/// The mapping that starts at a place.
fn find<'n, 't>(node: &'n Node<'t>, place: Place) -> Option<&'n Node<'t>> {
    if node.place == place && matches!(node.value, Value::Mapping(_)) {
        return Some(node);
    }
    let inner = node.entries().iter().map(|e| &e.value).chain(node.items());
    inner.into_iter().find_map(|n| find(n, place))
}

struct Setter<'t> {
    text: &'t str,
    base: Place,
}

/// Where text is replaced, how much of it, and by what.
type Change = (usize, usize, String);

impl<'t> Setter<'t> {
    fn change(&self, node: &Node<'_>, path: &[&str], value: &str) -> Option<Change> {
        let (key, rest) = path.split_first()?;
        let Some(entry) = node.entries().iter().find(|e| e.key == *key) else {
            return self.insert(node, path, value);
        };
        // What stands before the mapping came by a merge key.
        if entry.place < self.base {
            return None;
        }
        if entry.value.is_null()
            && let Some(change) = self.fill(entry, rest, value)
        {
            return Some(change);
        }
        let at = self.offset(entry.value.place)?;
        match &entry.value.value {
            _ if self.text.get(at..)?.starts_with('*') => None,
            Value::Mapping(_) if !rest.is_empty() => self.change(&entry.value, rest, value),
            Value::Scalar(old, _) if rest.is_empty() || entry.value.is_null() => {
                if rest.is_empty() && *old == value {
                    return None;
                }
                let json = self.is_json(self.offset(entry.place)?);
                self.replace(entry, old, &flow(rest, value, json))
            }
            _ => None,
        }
    }

    /// Puts a value behind a key's colon, where nothing stands.
    fn fill(&self, entry: &Entry<'_>, path: &[&str], value: &str) -> Option<Change> {
        let at = self.offset(entry.place)?;
        let after = self.text.get(at..)?.strip_prefix(&*entry.key)?;
        let colon = after.strip_prefix(':')?;
        let behind = colon.lines().next().unwrap_or_default().trim_start();
        if !(behind.is_empty() || behind.starts_with('#')) {
            return None;
        }
        let end = self.text.len() - colon.len();
        Some((end, 0, format!(" {}", flow(path, value, false))))
    }

    /// Puts a value in the place of a scalar.
    fn replace(&self, entry: &Entry<'_>, old: &str, new: &str) -> Option<Change> {
        let at = self.offset(entry.value.place)?;
        let here = self.text.get(at..)?;
        if old.contains('\n') {
            return None;
        }
        let forms = [old.to_owned(), format!("\"{old}\""), format!("'{old}'")];
        let form = forms.iter().find(|f| here.starts_with(f.as_str()))?;
        Some((at, form.len(), new.to_owned()))
    }

    /// Puts an entry before a mapping's first.
    fn insert(&self, node: &Node<'_>, path: &[&str], value: &str) -> Option<Change> {
        let at = self.offset(node.place)?;
        let here = self.text.get(at..)?;
        if let Some(inside) = here.strip_prefix('{') {
            let json = node.entries().first().map_or_else(
                || self.text.trim_start().starts_with(['{', '[']),
                |e| self.offset(e.place).is_some_and(|at| self.is_json(at)),
            );
            let space = inside.get(..inside.find(|c: char| !c.is_whitespace())?)?;
            let (key, rest) = path.split_first()?;
            let entry = format!("{}: {}", scalar(key, json), flow(rest, value, json));
            let end = if node.entries().is_empty() {
                String::new()
            } else {
                separator(space)
            };
            let before = if node.entries().is_empty() { "" } else { space };
            // What follows the brace is then found behind the new entry.
            return Some((at + 1, 0, format!("{before}{entry}{end}")));
        }
        let line_start = self.text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
        let before = self.text.get(line_start..at)?;
        // The key of the first entry must stand here, and only dashes of lists before it.
        let first = node.entries().first()?;
        if first.place != node.place || !before.chars().all(|c| matches!(c, ' ' | '-')) {
            return None;
        }
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let column = before.chars().count();
        let mut lines = String::new();
        let (last, parents) = path.split_last()?;
        for (depth, key) in parents.iter().enumerate() {
            let _ = write!(
                lines,
                "{}:{end}{}",
                scalar(key, false),
                " ".repeat(column + 2 * (depth + 1))
            );
        }
        let _ = write!(
            lines,
            "{}: {}{end}{}",
            scalar(last, false),
            scalar(value, false),
            " ".repeat(column)
        );
        Some((at, 0, lines))
    }

    fn is_json(&self, at: usize) -> bool {
        self.text.get(at..).is_some_and(|t| t.starts_with('"')) && self.text.trim_start().starts_with(['{', '['])
    }

    /// Where a place is in the text.
    fn offset(&self, place: Place) -> Option<usize> {
        let line = usize::try_from(place.line.checked_sub(1)?).ok()?;
        let column = usize::try_from(place.column.checked_sub(1)?).ok()?;
        let start = match line.checked_sub(1) {
            None => 0,
            Some(before) => self.text.match_indices('\n').nth(before)?.0 + 1,
        };
        let rest = self.text.get(start..)?;
        let mut ends = rest.char_indices().map(|(i, _)| i).chain([rest.len()]);
        Some(start + ends.nth(column)?)
    }
}

/// What divides a new entry from the next one, where the first stands behind `space`.
fn separator(space: &str) -> String {
    if space.contains('\n') || !space.is_empty() {
        ",".to_owned()
    } else {
        ", ".to_owned()
    }
}

/// A value below keys, in flow style.
fn flow(path: &[&str], value: &str, json: bool) -> String {
    match path.split_first() {
        None => scalar(value, json),
        Some((key, rest)) => format!("{{{}: {}}}", scalar(key, json), flow(rest, value, json)),
    }
}

/// A text as a scalar that is read as that text.
fn scalar(text: &str, json: bool) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !RESERVED.contains(&text.to_lowercase().as_str());
    if plain && !json {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
