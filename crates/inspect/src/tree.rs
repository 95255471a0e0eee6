//! A document as a tree whose nodes know their places, read as Kubernetes reads YAML: anchors and merge keys are resolved,
//! and of a key that occurs twice the last counts, which is reported.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

/// Nodes that one object may have, repeated anchors counted again.
const MAX_NODES: usize = 1_000_000;
/// How deep nodes may nest.
const MAX_DEPTH: usize = 200;
/// Keys from which on a mapping is searched for duplicates by a table.
const FEW: usize = 16;

/// A place in a text: line and column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'t> {
    /// Where it starts.
    pub place: Place,
    /// What it is.
    pub value: Value<'t>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'t> {
    /// A scalar, as text; quoted or not.
    Scalar(Cow<'t, str>, bool),
    /// A list.
    Sequence(Vec<Node<'t>>),
    /// Keys and values.
    Mapping(Vec<Entry<'t>>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'t> {
    /// The key.
    pub key: Cow<'t, str>,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node<'t>,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
}

impl<'t> Node<'t> {
    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, quoted) if *quoted || !is_null(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|e| e.key == key).map(|e| &e.value)
    }

    /// The entries, of a mapping.
    pub fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items, of a list.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, false) if is_null(text))
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Reads one document, given with the lines before it. The items of top lists that hold objects are handed to `object` one
/// by one and not kept; then the document itself is. Gives what is wrong but does not keep the document from being read.
///
/// # Errors
///
/// What keeps the rest of the document from being read. Items before it have been handed over.
pub fn read<'t>(
    text: &'t str,
    line: u32,
    object: &mut dyn FnMut(Node<'t>, &mut Vec<Problem>),
) -> Result<Vec<Problem>, Problem> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.strict_indentation = false;
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        line,
        anchors: HashMap::new(),
        budget: MAX_NODES,
        problems: Vec::new(),
    };
    reader.document(object)?;
    Ok(reader.problems)
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    line: u32,
    anchors: HashMap<usize, (Node<'t>, usize)>,
    budget: usize,
    problems: Vec<Problem>,
}

type Object<'o, 't> = &'o mut dyn FnMut(Node<'t>, &mut Vec<Problem>);

impl<'t> Reader<'t> {
    fn place(&self, line: usize, column: usize) -> Place {
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(self.line),
            column: u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Place), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let Span { start, .. } = span;
                let place = self.place(start.line(), start.col());
                Ok((event, place))
            }
            Some(Err(error)) => {
                let marker = error.marker();
                let place = self.place(marker.line(), marker.col());
                Err(problem(
                    "inspect::syntax",
                    format!("not valid YAML: {}", error.info()),
                    place,
                ))
            }
            None => Ok((Event::StreamEnd, Place::default())),
        }
    }

    fn document(&mut self, object: Object<'_, 't>) -> Result<(), Problem> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), _) => {
                    self.budget = MAX_NODES;
                    let (event, place) = self.next()?;
                    let root = match event {
                        Event::MappingStart(_, 0, _) => self.mapping(place, 0, Some(&mut *object))?,
                        event => self.node(event, place, 0)?,
                    };
                    object(root, &mut self.problems);
                    self.anchors.clear();
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>, place: Place, depth: usize) -> Result<Node<'t>, Problem> {
        let before = self.budget;
        self.spend(1, place)?;
        if depth > MAX_DEPTH {
            let message = format!("nodes nest more than {MAX_DEPTH} deep");
            return Err(problem("inspect::too-large", message, place));
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain || tag.is_some();
                let value = Value::Scalar(text, quoted);
                (Node { place, value }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(place, depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(place, depth, None)?, anchor),
            Event::Alias(id) => {
                let Some((_, size)) = self.anchors.get(&id) else {
                    let message = "an alias refers to the node that holds it".to_owned();
                    return Err(problem("inspect::syntax", message, place));
                };
                self.spend(*size, place)?;
                let mut node = self.anchors.get(&id).map_or_else(
                    || Node {
                        place,
                        value: Value::Scalar(Cow::Borrowed(""), false),
                    },
                    |(node, _)| node.clone(),
                );
                node.place = place;
                (node, 0)
            }
            _ => return Err(problem("inspect::syntax", "expected a value".to_owned(), place)),
        };
        if anchor != 0 {
            let size = before.saturating_sub(self.budget);
            // The copy that is kept counts as well.
            self.spend(size, place)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn sequence(&mut self, place: Place, depth: usize) -> Result<Node<'t>, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node {
                    place,
                    value: Value::Sequence(items),
                });
            }
            items.push(self.node(event, at, depth + 1)?);
        }
    }

    fn mapping(&mut self, place: Place, depth: usize, mut object: Option<Object<'_, 't>>) -> Result<Node<'t>, Problem> {
        let mut entries: Vec<Entry<'t>> = Vec::new();
        let mut merged: Vec<Node<'t>> = Vec::new();
        let mut places: HashMap<Cow<'t, str>, usize> = HashMap::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let plain = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, ..));
            let key = self.node(event, at, depth + 1)?;
            let (event, value_at) = self.next()?;
            let value = match (&event, &mut object) {
                (Event::SequenceStart(_, 0, _), Some(object)) => self.objects(value_at, object)?,
                _ => self.node(event, value_at, depth + 1)?,
            };
            let Value::Scalar(key, _) = key.value else {
                // No field of an object has such a key.
                continue;
            };
            if plain && key == "<<" {
                merged.push(value);
                continue;
            }
            let known = if entries.len() < FEW {
                entries.iter().position(|e| e.key == key)
            } else {
                if places.is_empty() {
                    places.extend(entries.iter().enumerate().map(|(i, e)| (e.key.clone(), i)));
                }
                places.insert(key.clone(), entries.len())
            };
            let entry = Entry { key, place: at, value };
            match known.and_then(|i| Some((i, entries.get_mut(i)?))) {
                Some((index, first)) => {
                    let message = format!(
                        "the key `{}` occurs twice, first in line {}",
                        entry.key, first.place.line
                    );
                    self.problems.push(problem("inspect::duplicate-key", message, at));
                    if let Some(known) = places.get_mut(&entry.key) {
                        *known = index;
                    }
                    *first = entry;
                }
                None => entries.push(entry),
            }
        }
        for source in merged {
            merge(&mut entries, source);
        }
        Ok(Node {
            place,
            value: Value::Mapping(entries),
        })
    }

    /// The items of a top list: objects are handed over, so that a list of any length needs the memory of one object.
    fn objects(&mut self, place: Place, object: &mut Object<'_, 't>) -> Result<Node<'t>, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node {
                    place,
                    value: Value::Sequence(items),
                });
            }
            let anchored = !self.anchors.is_empty();
            let before = self.budget;
            let item = self.node(event, at, 2)?;
            if item.get("kind").is_some() && item.get("apiVersion").is_some() {
                object(item, &mut self.problems);
                if !anchored && self.anchors.is_empty() {
                    self.budget = before;
                }
            } else {
                items.push(item);
            }
        }
    }

    fn spend(&mut self, nodes: usize, place: Place) -> Result<(), Problem> {
        match self.budget.checked_sub(nodes) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => {
                let message = format!("an object has more than {MAX_NODES} nodes, repeated anchors counted each time");
                Err(problem("inspect::too-large", message, place))
            }
        }
    }
}

/// Adds what a merge key brings: entries of keys that are not there, the first mapping's first.
fn merge<'t>(entries: &mut Vec<Entry<'t>>, source: Node<'t>) {
    match source.value {
        Value::Mapping(more) => {
            let known: HashSet<Cow<'t, str>> = entries.iter().map(|e| e.key.clone()).collect();
            entries.extend(more.into_iter().filter(|e| !known.contains(&e.key)));
        }
        Value::Sequence(sources) => sources.into_iter().for_each(|s| merge(entries, s)),
        Value::Scalar(..) => {}
    }
}

pub(crate) fn problem(code: &'static str, message: String, place: Place) -> Problem {
    Problem { code, message, place }
}
