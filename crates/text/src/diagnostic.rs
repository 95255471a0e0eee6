//! What is told to a user when something is wrong.

use std::fmt;

use crate::source::{Place, Source, Span};

/// Whether something must be mended or only be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// It must be mended.
    #[default]
    Error,
    /// It is as its author may have meant it, but may surprise.
    Warning,
}

impl Severity {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong, with its place where there is one.
///
/// The message says what is wrong, lower case and without a full stop; the help says what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic(Box<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    code: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    source: Option<Source>,
    labels: Vec<Label>,
}

/// A marked range of the source. The first is where the trouble is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The range.
    pub span: Span,
    /// What to say there.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic of a stable code, such as `yaml::unknown-key`, which `stackwright explain` knows.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            source: None,
            labels: Vec::new(),
        }))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Makes it a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.0.severity = Severity::Warning;
        self
    }

    /// Adds the text that the labels mark.
    #[must_use]
    pub fn with_source(mut self, source: &Source) -> Self {
        self.0.source = Some(source.clone());
        self
    }

    /// Adds a marked range.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.0.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Whether it must be mended.
    pub fn severity(&self) -> Severity {
        self.0.severity
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The marked ranges.
    pub fn labels(&self) -> &[Label] {
        &self.0.labels
    }

    /// Name of the source, where there is one.
    pub fn source_name(&self) -> Option<&str> {
        self.0.source.as_ref().map(Source::name)
    }

    /// Line and column of the first marked range.
    pub fn place(&self) -> Option<Place> {
        let source = self.0.source.as_ref()?;
        self.0.labels.first().map(|l| source.place(l.span.start))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.0.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.0.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.source.as_ref().map(|s| s as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let source = self.0.source.as_ref()?;
        Some(Box::new(self.0.labels.iter().map(|l| {
            let end = boundary(source.text(), l.span.end.min(l.span.start.saturating_add(MARKED)));
            miette::LabeledSpan::new(Some(l.text.clone()), l.span.start, end.saturating_sub(l.span.start))
        })))
    }
}

impl miette::SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let inner = self.text().read_span(span, before, after)?;
        let (mut start, mut end) = (inner.span().offset(), inner.span().offset() + inner.data().len());
        if inner.data().len() > SHOWN {
            // Lines of any length are files of somebody's too.
            start = start.max(boundary(self.text(), span.offset().saturating_sub(AROUND)));
            end = end.min(boundary(self.text(), span.offset() + span.len() + AROUND));
        }
        let place = self.place(start);
        let data = self.text().get(start..end).unwrap_or_default();
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name().to_owned(),
            data.as_bytes(),
            (start, data.len()).into(),
            place.line - 1,
            // In characters, as everywhere; miette counts bytes.
            place.column - 1,
            data.lines().count(),
        )))
    }
}

/// Bytes of a marked range that are marked.
const MARKED: usize = 160;
/// Bytes of lines around a marked range that are shown whole; of longer ones, so many before and after it.
const SHOWN: usize = 4096;
const AROUND: usize = 160;

/// The last place between two characters that is not after this one.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
