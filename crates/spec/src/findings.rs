//! What is wrong with a file, collected, each finding at its node.

use stackwright_text::yaml::{Node, Step};
use stackwright_text::{Diagnostic, Source, Span};

/// Findings about one document.
pub(crate) struct Findings<'a> {
    source: &'a Source,
    node: &'a Node,
    list: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(source: &'a Source, node: &'a Node) -> Self {
        let list = Vec::new();
        Self { source, node, list }
    }

    /// Adds a finding about the node that a path leads to.
    pub(crate) fn find(
        &mut self,
        path: &[Step<'_>],
        code: &'static str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let span = self.node.at(path.iter().copied()).span;
        let text = self.source.text().get(span.start..span.end).unwrap_or("");
        let line = text.lines().next().unwrap_or("").trim_end();
        let diagnostic = Diagnostic::new(code, message)
            .with_source(self.source)
            .with_label(Span::new(span.start, span.start + line.len()), "here");
        self.list.push(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }

    /// Adds a finding that knows its place, or has none.
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Where a node stands: file and line.
    pub(crate) fn place(&self, path: &[Step<'_>]) -> String {
        let span = self.node.at(path.iter().copied()).span;
        format!("{}:{}", self.source.name(), self.source.place(span.start).line)
    }

    /// The value, if nothing was found.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.list.is_empty() {
            Ok(value)
        } else {
            Err(self.list)
        }
    }
}
