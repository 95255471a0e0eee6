//! Checks of authorities and decisions: quotations are what their hashes say, and every name is defined.

use sha2::{Digest, Sha256};
use stackwright_algebra::Algebra;
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::{Diagnostic, nearest};

use crate::model::{Asked, Basis, Question};
use crate::read::{CatalogData, DataFile};

/// What is wrong with the authorities and decisions of a file.
pub fn check(file: &DataFile, data: &CatalogData, algebra: &Algebra) -> Vec<Diagnostic> {
    let mut checker = Checker {
        file,
        data,
        algebra,
        findings: Vec::new(),
    };
    checker.references();
    checker.options();
    checker.questions();
    checker.findings
}

struct Checker<'a> {
    file: &'a DataFile,
    data: &'a CatalogData,
    algebra: &'a Algebra,
    findings: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn find(&mut self, path: &[Step<'_>], code: &'static str, message: String) {
        self.findings.push(self.file.diagnostic(path, code, message));
    }

    fn known<'n>(&mut self, path: &[Step<'_>], what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) {
        if known.clone().all(|k| k != name) {
            let diagnostic = self
                .file
                .diagnostic(path, "catalog::reference", format!("unknown {what} `{name}`"));
            self.findings.push(match nearest(name, known) {
                Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        }
    }

    fn references(&mut self) {
        for (i, reference) in self.file.data.guidance.references.iter().enumerate() {
            let path = [Key("references"), Index(i)];
            for (n, snapshot) in reference.seen.iter().enumerate() {
                let found = hash(&snapshot.text);
                if found != snapshot.sha256 {
                    let path = [Key("references"), Index(i), Key("seen"), Index(n), Key("sha256")];
                    let message = format!("the text has the SHA-256 {found}");
                    self.find(&path, "authority::hash", message);
                }
            }
            if reference.absent.is_some() && !reference.seen.is_empty() && reference.said.as_a != Basis::Citation {
                let message = format!("`{}` cannot be absent and be seen", reference.id);
                self.find(&path, "authority::absent", message);
            }
        }
    }

    fn options(&mut self) {
        let symbols: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
        for (i, option) in self.file.data.guidance.options.iter().enumerate() {
            for operator in &option.operators {
                let path = [Key("options"), Index(i), Key("operators")];
                self.known(&path, "operator", operator, symbols.iter().copied());
            }
            if let Some((name, stars)) = option.stars.iter().find(|(_, stars)| !(1..=5).contains(*stars)) {
                let path = [Key("options"), Index(i), Key("stars")];
                self.find(
                    &path,
                    "decision::stars",
                    format!("`{name}: {stars}` is not from 1 to 5"),
                );
            }
        }
    }

    fn questions(&mut self) {
        for (i, question) in self.file.data.guidance.questions.iter().enumerate() {
            let path = |key| [Key("questions"), Index(i), Key(key)];
            let answers = || question.answers.iter().map(|a| a.id.as_str());
            if let Some(default) = &question.default {
                self.known(&path("default"), "answer", default, answers());
            }
            for (other, answer) in &question.after {
                self.after(&path("after"), question, other, answer);
            }
            for (n, answer) in question.answers.iter().enumerate() {
                let path = [Key("questions"), Index(i), Key("answers"), Index(n)];
                let options = self.data.guidance.options.iter();
                for concept in &answer.concepts {
                    self.known(&path, "concept", concept, options.clone().map(|o| o.concept.as_str()));
                }
                let dimensions = options.flat_map(|o| o.stars.keys().map(String::as_str));
                for dimension in &answer.compare {
                    self.known(&path, "dimension", dimension, dimensions.clone());
                }
                self.asked(&path, &answer.asks);
            }
        }
    }

    /// A question is asked after an answer to one that comes before it.
    fn after(&mut self, path: &[Step<'_>], question: &Question, other: &str, answer: &str) {
        let all = &self.data.guidance.questions;
        let before = all.iter().take_while(|q| q.id != question.id);
        self.known(path, "question before it", other, before.clone().map(|q| q.id.as_str()));
        let answers = before.filter(|q| q.id == other).flat_map(|q| &q.answers);
        self.known(path, "answer", answer, answers.map(|a| a.id.as_str()));
    }

    fn asked(&mut self, path: &[Step<'_>], asked: &Asked) {
        let data = self.data;
        for need in &asked.needs {
            self.known(path, "need", need, data.needs.iter().map(|n| n.name.as_str()));
        }
        if let Some(class) = &asked.isolation {
            let classes = data.grades.iter().flat_map(|g| &g.isolation);
            self.known(path, "isolation class", class, classes.map(|c| c.name.as_str()));
        }
        for metric in asked.metrics.keys() {
            self.known(path, "metric", metric, data.metrics.iter().map(|m| m.name.as_str()));
        }
    }
}

/// The SHA-256 of a text, in hexadecimal.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}
