//! Checks of lexicons: everything they name exists, and no phrase has two meanings.

use std::collections::BTreeMap;

use stackwright_algebra::Algebra;
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::{Diagnostic, nearest, quantity};

use crate::model::{Concept, Lexicon, Sense};
use crate::read::{CatalogData, DataFile};

/// What is wrong with the lexicon of a file, if it has one.
pub fn check(file: &DataFile, data: &CatalogData, algebra: &Algebra) -> Vec<Diagnostic> {
    let Some(lexicon) = &file.data.lexicon else {
        return Vec::new();
    };
    let mut checker = Checker {
        file,
        data,
        algebra,
        lexicon,
        findings: Vec::new(),
    };
    checker.concepts();
    checker.rest();
    checker.phrases();
    checker.findings
}

struct Checker<'a> {
    file: &'a DataFile,
    data: &'a CatalogData,
    algebra: &'a Algebra,
    lexicon: &'a Lexicon,
    findings: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn find(&mut self, path: &[Step<'_>], code: &'static str, message: String, help: Option<String>) {
        let path = [&[Key("lexicon")], path].concat();
        let diagnostic = self.file.diagnostic(&path, code, message);
        self.findings.push(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }

    /// Reports a name that is not among those known.
    fn known(&mut self, path: &[Step<'_>], what: &str, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            let help = nearest(name, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
            self.find(path, "catalog::reference", format!("unknown {what} `{name}`"), help);
        }
    }

    fn metric(&mut self, path: &[Step<'_>], name: &str) {
        let known: Vec<_> = self.data.metrics.iter().map(|m| m.name.as_str()).collect();
        self.known(path, "metric", name, &known);
    }

    fn concepts(&mut self) {
        let lexicon = self.lexicon;
        let modifiers: Vec<&str> = lexicon
            .concepts
            .iter()
            .flat_map(|c| c.name.iter().chain(&c.strong))
            .map(String::as_str)
            .collect();
        for (i, concept) in lexicon.concepts.iter().enumerate() {
            let path = [Key("concepts"), Index(i)];
            if let Some(metric) = &concept.metric {
                self.metric(&path, metric);
            }
            for name in concept.with.keys() {
                self.known(&path, "modifier", name, &modifiers);
            }
            let Concept {
                means,
                implies,
                unwanted,
                ..
            } = concept;
            let with = concept.with.values().flatten();
            for sense in means.iter().chain(implies).chain(unwanted).chain(with) {
                self.sense(&path, sense);
            }
        }
    }

    fn sense(&mut self, path: &[Step<'_>], sense: &Sense) {
        let data = self.data;
        match sense {
            Sense::Metric(bound) => self.metric(path, &bound.name),
            Sense::Prefer(name) => self.metric(path, name),
            Sense::Need(name) | Sense::Waive(name) => {
                let known: Vec<_> = data.needs.iter().map(|n| n.name.as_str()).collect();
                self.known(path, "need", name, &known);
            }
            Sense::Isolation(name) | Sense::OtherIsolation(name) => {
                let classes = data.grades.iter().flat_map(|g| &g.isolation);
                let known: Vec<_> = classes.map(|c| c.name.as_str()).collect();
                self.known(path, "isolation class", name, &known);
            }
            Sense::Include(name) | Sense::Exclude(name) => {
                let operators = self.algebra.operators().iter();
                let known: Vec<_> = operators.map(|o| o.symbol.as_str()).collect();
                self.known(path, "operator", name, &known);
            }
            Sense::Technology(name) | Sense::WithoutTechnology(name) => {
                let known: Vec<_> = data.technologies.iter().map(|t| t.id.as_str()).collect();
                self.known(path, "technology", name, &known);
            }
            Sense::Grade(_)
            | Sense::Target(_)
            | Sense::Workload(_)
            | Sense::Fact(_)
            | Sense::WithoutFact(_)
            | Sense::Compliance(_) => {}
        }
    }

    fn rest(&mut self) {
        let lexicon = self.lexicon;
        for (i, units) in lexicon.units.iter().enumerate() {
            if quantity::unit(&units.unit).is_none() {
                let path = [Key("units"), Index(i), Key("unit")];
                self.find(&path, "catalog::unit", format!("unknown unit `{}`", units.unit), None);
            }
        }
        for (i, metric) in lexicon.unnamed.iter().enumerate() {
            self.metric(&[Key("unnamed"), Index(i)], metric);
        }
        for (i, assumption) in lexicon.assumptions.iter().enumerate() {
            for sense in &assumption.means {
                self.sense(&[Key("assumptions"), Index(i)], sense);
            }
        }
    }

    /// A phrase has one meaning. Units are apart, as they follow a number.
    fn phrases(&mut self) {
        let mut seen = BTreeMap::new();
        let lists = self.lexicon.phrases();
        for phrase in lists {
            if phrase.is_empty() {
                self.find(&[], "catalog::reference", "a phrase is empty".to_owned(), None);
            } else if seen.insert(phrase.to_lowercase(), ()).is_some() {
                let message = format!("the phrase `{phrase}` occurs twice");
                self.find(&[], "catalog::duplicate", message, None);
            }
        }
    }
}
