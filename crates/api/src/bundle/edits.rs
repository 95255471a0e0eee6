//! Edits that users mark in the documents of a bundle, so that they outlast its being written again.
//!
//! A changed value is marked with what it was, a new line as new:
//!
//! ```yaml
//! replicas: 5 # keep, was: 2
//! priorityClassName: urgent # keep, new
//! ```
//!
//! So the text that was written can be made out from the edited one, and its digest tells whether anything else was edited.

/// Before the value that was there.
const WAS: &str = " # keep, was: ";
/// After a line that was not there.
const NEW: &str = " # keep, new";

/// A marked edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The path of the line, or for a new line of the one before it.
    path: String,
    /// The line as the user has it, without the mark.
    line: String,
    /// Whether it is a new line.
    is_new: bool,
}

/// The text as it was before marked edits.
pub(super) fn original(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let body = line.strip_suffix('\n').unwrap_or(line);
        if body.ends_with(NEW) {
            continue;
        }
        match body.split_once(WAS) {
            Some((edited, was)) => {
                out.push_str(head(edited));
                out.push_str(was);
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
    out
}

/// The marked edits of a text.
pub(super) fn marks(text: &str) -> Vec<Mark> {
    let base = original(text);
    let mut paths = paths(&base).into_iter();
    let mut before = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_suffix(NEW) {
            found.push(Mark {
                path: before.clone(),
                line: line.to_owned(),
                is_new: true,
            });
            continue;
        }
        before = paths.next().unwrap_or_default();
        if let Some((edited, _)) = line.split_once(WAS) {
            found.push(Mark {
                path: before.clone(),
                line: edited.to_owned(),
                is_new: false,
            });
        }
    }
    found
}

/// A text with marked edits carried over to it.
///
/// # Errors
///
/// The line of an edit for which there is no place any more.
pub(super) fn carry(text: &str, marks: &[Mark]) -> Result<String, String> {
    let paths = paths(text);
    let mut lines: Vec<(String, String)> = paths.into_iter().zip(text.lines().map(str::to_owned)).collect();
    for mark in marks {
        let place = lines.iter().position(|(path, _)| *path == mark.path);
        let Some((place, (_, line))) = place.and_then(|i| Some((i, lines.get_mut(i)?))) else {
            return Err(mark.line.trim().to_owned());
        };
        if mark.is_new {
            // Several new lines at one place stay in their order: the next one is looked for after this one.
            let path = mark.path.clone();
            if let Some((old, _)) = lines.get_mut(place) {
                old.push('\0');
            }
            lines.insert(place + 1, (path, format!("{}{NEW}", mark.line)));
            continue;
        }
        let (own, value) = (
            head(line).to_owned(),
            line.get(head(line).len()..).unwrap_or_default().to_owned(),
        );
        let edited = mark.line.get(head(&mark.line).len()..).unwrap_or_default();
        // What was an edit may be what is written now.
        *line = if edited == value {
            line.clone()
        } else {
            format!("{own}{edited}{WAS}{value}")
        };
    }
    Ok(lines.into_iter().map(|(_, line)| line + "\n").collect())
}

/// What stands before the value of a line.
fn head(line: &str) -> &str {
    let content = line.trim_start().trim_start_matches("- ");
    let start = line.len() - content.len();
    let key = match content.strip_prefix('"').and_then(|c| c.find('"')) {
        Some(end) => content
            .get(end + 2..)
            .and_then(|rest| rest.strip_prefix(": ").map(|_| end + 4)),
        None => content.find(": ").map(|at| at + 2),
    };
    line.get(..start + key.unwrap_or(0)).unwrap_or(line)
}

/// The path of every line: keys, and items of lists by their name where that comes first, else by their number.
fn paths(text: &str) -> Vec<String> {
    let mut stack: Vec<(usize, String)> = Vec::new();
    let mut items: Vec<(usize, usize)> = Vec::new();
    let mut block: Option<(usize, usize)> = None;
    let mut out = Vec::new();
    for line in text.lines() {
        let mut content = line.trim_start();
        let mut indent = line.len() - content.len();
        let join = |stack: &[(usize, String)], last: &str| {
            let keys = stack.iter().map(|(_, label)| label.as_str()).chain([last]);
            keys.collect::<Vec<_>>().join("/")
        };
        if let Some((depth, number)) = &mut block {
            if content.is_empty() || indent > *depth {
                *number += 1;
                let label = format!("|{number}");
                out.push(join(&stack, &label));
                continue;
            }
            block = None;
        }
        stack.retain(|(depth, _)| *depth < indent);
        items.retain(|(depth, _)| *depth <= indent);
        while let Some(rest) = content.strip_prefix("- ") {
            let number = match items.iter_mut().find(|(depth, _)| *depth == indent) {
                Some((_, number)) => {
                    *number += 1;
                    *number
                }
                None => {
                    items.push((indent, 0));
                    0
                }
            };
            let label = rest
                .strip_prefix("name: ")
                .map_or_else(|| number.to_string(), str::to_owned);
            stack.push((indent, format!("[{label}]")));
            content = rest;
            indent += 2;
        }
        let key = content
            .split_once(": ")
            .map_or_else(|| content.strip_suffix(':'), |(key, _)| Some(key));
        let label = key.unwrap_or("");
        out.push(join(&stack, label));
        if key.is_some() {
            stack.push((indent, label.to_owned()));
        }
        if content.ends_with(": |") || content == "|" {
            block = Some((indent, 0));
        }
    }
    out
}

#[cfg(test)]
mod tests;
