//! A diagnostic of the library, whose words are English, under the title of its code in the language of the user.

use std::fmt;

use stackwright::Diagnostic;
use stackwright_locale::Locale;

/// A diagnostic with its message for people.
#[derive(Debug)]
pub struct Titled<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
}

impl<'a> Titled<'a> {
    /// The message is left as it is if the language has no title for the code, or if it is in that language already: then
    /// it has the language's own characters.
    pub fn new(diagnostic: &'a Diagnostic, locale: &Locale) -> Self {
        let message = diagnostic.message();
        let is_translated = message.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let title = locale.code(diagnostic.code()).filter(|_| !is_translated);
        let message = title.map_or_else(|| message.to_owned(), |title| format!("{title}：{message}"));
        Self { diagnostic, message }
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
        miette::Diagnostic::help(self.diagnostic)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        miette::Diagnostic::source_code(self.diagnostic)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        miette::Diagnostic::labels(self.diagnostic)
    }
}
