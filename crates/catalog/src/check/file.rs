//! What the checks of one file against the whole catalogue share.

use stackwright_algebra::{Algebra, Automaton, OperatorId};
use stackwright_text::yaml::Step;
use stackwright_text::{Diagnostic, Source, expression, nearest};

use crate::read::{CatalogData, DataFile};

/// A place in a file.
pub(crate) type Path = Vec<Step<'static>>;

/// A place below another.
pub(crate) fn at(path: &[Step<'static>], steps: impl IntoIterator<Item = Step<'static>>) -> Path {
    path.iter().copied().chain(steps).collect()
}

/// A file, what it may refer to, and what is wrong with it.
pub(crate) struct FileChecker<'a> {
    pub file: &'a DataFile,
    pub data: &'a CatalogData,
    pub algebra: &'a Algebra,
    pub automaton: &'a Automaton,
    pub findings: &'a mut Vec<Diagnostic>,
}

impl FileChecker<'_> {
    pub fn report(&mut self, path: &[Step<'_>], code: &'static str, message: impl Into<String>) {
        self.findings.push(self.file.diagnostic(path, code, message));
    }

    pub fn unknown<'n>(&mut self, path: &[Step<'_>], what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let message = format!("unknown {what} `{name}`");
        let diagnostic = self.file.diagnostic(path, "catalog::reference", message);
        self.findings.push(match nearest(name, known) {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    }

    /// Reports a name that is not among those that are known.
    pub fn known(&mut self, path: &[Step<'_>], what: &str, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            self.unknown(path, what, name, known.iter().copied());
        }
    }

    pub fn operator(&mut self, path: &[Step<'_>], symbol: &str) {
        let known: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
        self.known(path, "operator", symbol, &known);
    }

    pub fn technology(&mut self, path: &[Step<'_>], id: &str) {
        let known: Vec<_> = self.data.technologies.iter().map(|t| t.id.as_str()).collect();
        self.known(path, "technology", id, &known);
    }

    pub fn metric(&mut self, path: &[Step<'_>], name: &str) {
        let known: Vec<_> = self.data.metrics.iter().map(|m| m.name.as_str()).collect();
        self.known(path, "metric", name, &known);
    }

    pub fn claim(&mut self, path: &[Step<'_>], id: &str) {
        let known: Vec<_> = self.data.claims.claims.iter().map(|c| c.id.as_str()).collect();
        self.known(path, "claim", id, &known);
    }

    /// A word, whether it reaches a stack or not.
    pub fn word(&mut self, path: &[Step<'_>], code: &'static str, text: &str) -> Option<Vec<OperatorId>> {
        match expression::parse(&Source::new("<word>", text), self.algebra) {
            Ok(parsed) => Some(parsed.word),
            Err(error) => {
                self.report(path, code, error.to_string());
                None
            }
        }
    }

    /// A word that reaches a stack.
    pub fn stack(&mut self, path: &[Step<'_>], code: &'static str, text: &str) {
        if let Some(word) = self.word(path, code, text)
            && let Err(error) = self.automaton.normalize(self.algebra, &word)
        {
            let why = self.algebra.explain(&error);
            self.report(path, code, why);
        }
    }
}
