//! Splitting a text into documents, and what can be told of each without parsing it.
//!
//! One pass over the lines: a line that starts with `---` or `...` divides documents wherever it stands, inside block
//! scalars too, so dividing needs no parser. Keys at the first column are those of the top mapping, as long as the document
//! is an ordinary block mapping; whatever is out of the ordinary is marked, and must be parsed.

use memchr::{memchr, memchr2};

/// One document of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'t> {
    /// Its text, from the separator on.
    pub text: &'t str,
    /// Lines before it.
    pub line: u32,
    /// What it seems to be.
    pub outline: Outline<'t>,
}

/// What the first column says of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outline<'t> {
    /// The value of `kind`.
    pub kind: Option<&'t str>,
    /// The value of `apiVersion`.
    pub api_version: Option<&'t str>,
    /// Whether it has content at all.
    pub content: bool,
    /// Whether something is out of the ordinary, so that only a parser can tell what it is.
    pub odd: bool,
    /// Whether there is a key that says it is of another format: the keys are those of [`FOREIGN`].
    pub foreign: bool,
}

/// Top keys of formats whose documents have no kind: Compose files and OCI runtime configurations.
const FOREIGN: [&str; 2] = ["services", "ociVersion"];

/// The documents of a text.
pub fn split(text: &str) -> Documents<'_> {
    Documents {
        text,
        at: 0,
        line: 0,
        done: false,
    }
}

/// An iterator over the documents of a text.
#[derive(Clone, Debug)]
pub struct Documents<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    done: bool,
}

impl<'t> Iterator for Documents<'t> {
    type Item = Document<'t>;

    fn next(&mut self) -> Option<Document<'t>> {
        if self.done {
            return None;
        }
        let bytes = self.text.as_bytes();
        let (start, first_line) = (self.at, self.line);
        let mut outline = Outline::default();
        let mut position = start;
        loop {
            let rest = bytes.get(position..).unwrap_or_default();
            let length = memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
            if length == 0 {
                self.done = true;
                break;
            }
            match rest.first() {
                Some(b' ' | b'#' | b'\n') if outline.content => {}
                Some(b'-' | b'.') if position > start && divides(rest) => break,
                _ => outline.line(self.text.get(position..position + length).unwrap_or_default()),
            }
            position += length;
            self.line = self.line.saturating_add(1);
        }
        self.at = position;
        let text = self.text.get(start..position).unwrap_or_default();
        // A carriage return that ends no line divides lines for a parser.
        outline.odd |= lone_return(text.as_bytes());
        Some(Document {
            text,
            line: first_line,
            outline,
        })
    }
}

/// Whether a line that starts here divides documents.
fn divides(line: &[u8]) -> bool {
    let after = line.strip_prefix(b"---").or_else(|| line.strip_prefix(b"..."));
    after.is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'\r')))
}

fn lone_return(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr(b'\r', rest) {
        match rest.get(at + 1) {
            Some(b'\n') => {}
            Some(_) => return true,
            None => return false,
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    false
}

/// Where a text can be cut so that what follows is a document of its own: the start of its last dividing line.
pub fn last_boundary(text: &[u8]) -> Option<usize> {
    memchr::memmem::rfind_iter(text, b"\n---").map(|at| at + 1).find(|at| {
        text.get(at + 3)
            .is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
    })
}

impl<'t> Outline<'t> {
    /// Takes note of a line that starts at the first column, or may be the first with content.
    fn line(&mut self, line: &'t str) {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let line = line.trim_end();
        if line.is_empty() || line.trim_start().starts_with('#') {
            return;
        }
        if divides(line.as_bytes()) && !self.content {
            // What follows a separator on its line is content.
            let rest = line.get(3..).unwrap_or_default().trim_start();
            if !(rest.is_empty() || rest.starts_with('#')) {
                self.content = true;
                self.odd = true;
            }
            return;
        }
        if line.starts_with('%') && !self.content {
            return;
        }
        let first = !self.content;
        self.content = true;
        let Some((key, value)) = plain_entry(line) else {
            // A list may start at the column of its key; everything else here is none of a block mapping's plain keys.
            self.odd |= first || !(line.starts_with("- ") || line == "-");
            return;
        };
        match key {
            "kind" => self.set(value, |o| &mut o.kind),
            "apiVersion" => self.set(value, |o| &mut o.api_version),
            key if FOREIGN.contains(&key) => self.foreign = true,
            _ => {}
        }
    }

    fn set(&mut self, value: &'t str, slot: impl Fn(&mut Self) -> &mut Option<&'t str>) {
        match scalar(value) {
            Some(value) if slot(self).is_none() => *slot(self) = Some(value),
            _ => self.odd = true,
        }
    }
}

/// A line as a plain key and the rest.
fn plain_entry(line: &str) -> Option<(&str, &str)> {
    let colon = memchr(b':', line.as_bytes())?;
    let (key, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let ends = value.is_empty() || value.starts_with([' ', '\t']);
    (ends && key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(name)).then_some((key, value.trim()))
}

/// A value that is a single word, quoted or not, perhaps with a comment behind it.
fn scalar(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (word, rest) = match quote {
        Some(quote) => value.get(1..)?.split_once(quote)?,
        None => match memchr2(b' ', b'\t', value.as_bytes()) {
            Some(at) => (value.get(..at)?, value.get(at..)?),
            None => (value, ""),
        },
    };
    let rest = rest.trim_start();
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_');
    (!word.is_empty() && word.chars().all(name) && (rest.is_empty() || rest.starts_with('#'))).then_some(word)
}

#[cfg(test)]
mod tests;
