//! YAML as a tree in which every node knows its place.
//!
//! One document, YAML 1.2 core schema, no tags, no merge keys. Anchors are allowed, within a budget of nodes.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// The number of nodes that one document may have, repeated anchors counted again.
const MAX_NODES: usize = 200_000;

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its range in the source.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar, as text.
    Scalar {
        /// The text after escapes were resolved.
        text: String,
        /// Whether it was written without quotes, so that `10` is a number and `null` is null.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in order; no key occurs twice.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The node's text, if it is a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is null: an empty plain scalar, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|(k, _)| k.as_str() == Some(key)),
            _ => None,
        }
    }

    /// The first scalar with that text among the values at or below this node, keys left out.
    pub fn find(&self, text: &str) -> Option<&Self> {
        match &self.value {
            Value::Scalar { .. } => (self.as_str() == Some(text)).then_some(self),
            Value::Sequence(items) => items.iter().find_map(|n| n.find(text)),
            Value::Mapping(entries) => entries.iter().find_map(|(_, n)| n.find(text)),
        }
    }

    /// The node that a path of keys and indices leads to, or the deepest on the way.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = Step<'a>>) -> &Self {
        let mut node = self;
        for step in path {
            let next = match (&step, &node.value) {
                (Step::Key(key), _) => node.get(key),
                (Step::Index(index), Value::Sequence(items)) => items.get(*index),
                (Step::Index(_), _) => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

/// One step of a path into a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into the value of a key.
    Key(&'a str),
    /// Into an item of a list, from 0.
    Index(usize),
}

/// Reads bytes as one YAML document.
///
/// # Errors
///
/// A diagnostic with the place: not UTF-8, not YAML, a key twice, more than one document, or too many nodes.
pub fn parse_bytes(name: &str, bytes: &[u8]) -> Result<(Source, Node), Diagnostic> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let source = Source::new(name, text);
            let node = parse(&source)?;
            Ok((source, node))
        }
        Err(error) => {
            let valid = error.valid_up_to();
            let source = Source::new(name, String::from_utf8_lossy(bytes).into_owned());
            let byte = bytes.get(valid).copied().unwrap_or_default();
            Err(Diagnostic::new("yaml::encoding", "the file is not UTF-8")
                .with_source(&source)
                .with_label(Span::new(valid, valid), format!("byte {valid} is 0x{byte:02x}"))
                .with_help("save it as UTF-8; other encodings are not read"))
        }
    }
}

/// Reads a source as one YAML document.
///
/// # Errors
///
/// As [`parse_bytes`].
pub fn parse(source: &Source) -> Result<Node, Diagnostic> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut builder = Builder {
        source,
        parser: Parser::new_from_str_with_options(source.text(), options),
        anchors: Vec::new(),
        budget: MAX_NODES,
    };
    builder.document()
}

struct Builder<'s> {
    source: &'s Source,
    parser: Parser<'s, granit_parser::StrInput<'s>>,
    anchors: Vec<(usize, Node)>,
    budget: usize,
}

impl<'s> Builder<'s> {
    fn next(&mut self) -> Result<(Event<'s>, Span), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = span.start.byte_offset().unwrap_or_default();
                let end = span.end.byte_offset().unwrap_or(start);
                Ok((event, Span::new(start, end)))
            }
            Some(Err(error)) => {
                let offset = error.marker().byte_offset().unwrap_or_default();
                Err(
                    Diagnostic::new("yaml::syntax", format!("not valid YAML: {}", error.info()))
                        .with_source(self.source)
                        .with_label(Span::new(offset, offset), "here"),
                )
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn document(&mut self) -> Result<Node, Diagnostic> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(
                        Diagnostic::new("yaml::documents", "expected one document, found another")
                            .with_source(self.source)
                            .with_label(span, "it begins here")
                            .with_help("split the file at `---`"),
                    );
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span)?);
                }
                _ => {}
            }
        }
        root.ok_or_else(|| {
            Diagnostic::new("yaml::empty", "the file holds no document")
                .with_source(self.source)
                .with_label(Span::default(), "nothing here")
        })
    }

    fn node(&mut self, event: Event<'s>, span: Span) -> Result<Node, Diagnostic> {
        self.spend(1, span)?;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                let value = Value::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                (Node { span, value }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                (self.sequence(span)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                (self.mapping(span)?, anchor)
            }
            Event::Alias(id) => {
                let found = self
                    .anchors
                    .iter()
                    .rev()
                    .find(|(a, _)| *a == id)
                    .map(|(_, n)| n.clone());
                let Some(node) = found else {
                    return Err(self.error("yaml::syntax", "an alias refers to the node that holds it", span));
                };
                self.spend(size(&node), span)?;
                (node, 0)
            }
            _ => return Err(self.error("yaml::syntax", "expected a value", span)),
        };
        if anchor != 0 {
            self.anchors.push((anchor, node.clone()));
        }
        Ok(node)
    }

    fn sequence(&mut self, start: Span) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node {
                    span: Span::new(start.start, span.end),
                    value: Value::Sequence(items),
                });
            }
            items.push(self.node(event, span)?);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Node {
                    span: Span::new(start.start, span.end),
                    value: Value::Mapping(entries),
                });
            }
            let key = self.node(event, span)?;
            let Some(name) = key.as_str() else {
                return Err(self.error("yaml::type", "a key must be a name, not a list or a mapping", key.span));
            };
            if let Some(first) = seen.insert(name.to_owned(), key.span) {
                return Err(self
                    .error(
                        "yaml::duplicate-key",
                        &format!("the key `{name}` occurs twice"),
                        key.span,
                    )
                    .with_label(first, "first here")
                    .with_help("keep one of them"));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            entries.push((key, value));
        }
    }

    fn spend(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        match self.budget.checked_sub(nodes) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => Err(self
                .error(
                    "yaml::too-large",
                    &format!("the document has more than {MAX_NODES} nodes"),
                    span,
                )
                .with_help("repeated anchors count each time")),
        }
    }

    fn refuse_tag(&self, tagged: bool, span: Span) -> Result<(), Diagnostic> {
        if tagged {
            return Err(self
                .error("yaml::type", "tags are not read", span)
                .with_help("remove the `!…` before the value"));
        }
        Ok(())
    }

    fn error(&self, code: &'static str, message: &str, span: Span) -> Diagnostic {
        Diagnostic::new(code, message)
            .with_source(self.source)
            .with_label(span, "here")
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar { .. } => 1,
        Value::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Mapping(entries) => 1 + entries.iter().map(|(k, v)| size(k) + size(v)).sum::<usize>(),
    }
}
