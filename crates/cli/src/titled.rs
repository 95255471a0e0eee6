//! A diagnostic of the library, whose words are English, under the title of its code in the language of the user.

use std::fmt;

use stackwright::Diagnostic;
use stackwright_locale::Locale;

/// A diagnostic with its message for people.
#[derive(Debug)]
pub struct Titled<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    help: Option<String>,
    labels: Vec<miette::LabeledSpan>,
}

impl<'a> Titled<'a> {
    /// The message and the help are translated as far as the language knows their sentences. Otherwise the title of the code
    /// stands before the message, unless that is in the language already: then it has the language's own characters.
    pub fn new(diagnostic: &'a Diagnostic, locale: &Locale) -> Self {
        let message = locale.told(diagnostic.message());
        let is_translated = message.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let title = locale.code(diagnostic.code()).filter(|_| !is_translated);
        let message = title.map_or(message.clone(), |title| format!("{title}：{message}"));
        let labels = miette::Diagnostic::labels(diagnostic).into_iter().flatten();
        let told = |label: miette::LabeledSpan| {
            let text = label.label().map(|text| locale.told(text));
            miette::LabeledSpan::new_with_span(text, *label.inner())
        };
        Self {
            diagnostic,
            message,
            help: diagnostic.help().map(|help| locale.told(help)),
            labels: labels.map(told).collect(),
        }
    }
}

impl fmt::Display for Titled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Titled<'_> {}

impl miette::Diagnostic for Titled<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        miette::Diagnostic::code(self.diagnostic)
    }

    fn severity(&self) -> Option<miette::Severity> {
        miette::Diagnostic::severity(self.diagnostic)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        miette::Diagnostic::source_code(self.diagnostic)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let labels = self.labels.iter().cloned();
        (!self.labels.is_empty()).then(|| Box::new(labels) as Box<dyn Iterator<Item = miette::LabeledSpan> + '_>)
    }
}
