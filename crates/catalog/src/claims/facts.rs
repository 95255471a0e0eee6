//! What claims are judged by: facts, each from one source, with what it rests on.

use stackwright_text::Source;

use crate::Catalog;
use crate::figure::Figure;
use crate::model::{
    Account, Dimension, EvidenceKind, EvidenceRecord, FigureDimension, GradeName, Label, Predicate, Scope,
};

/// A source of facts. Grades and figures of a catalogue are one ([`CatalogFacts`]), cells of matrices another
/// ([`Cells`]); [`Facts::fact`] of a source that does not have such a dimension answers `None`.
pub trait Facts {
    /// What is known about the subject in that dimension; `None` if this source has no such dimension.
    fn fact(&self, dimension: &Dimension, subject: &str) -> Option<Fact>;
}

/// What is known about one subject in one dimension.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fact {
    /// What is known, all of equal standing. None means that nothing is.
    pub readings: Vec<Reading>,
    /// What is said besides but decides nothing: why nothing is known, or what weaker evidence says.
    pub besides: Vec<String>,
}

/// One thing that is known, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: Value,
    /// For which scope and unit of account it is so. Only readings with the same can be compared.
    pub frame: Option<(Scope, Account)>,
    /// The value and where it comes from, in words.
    pub text: String,
    /// The evidence records that it rests on.
    pub evidence: Vec<String>,
}

/// A value that claims can be about.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An interval, in a unit: the value is somewhere in it.
    Interval(Figure, String),
    /// A range, in a unit: values typically are anywhere in it. Of two ranges one is less if neither of its ends is greater.
    Range(Figure, String),
    /// A place on a scale of whole numbers: a grade, stars.
    Ordinal(u8),
    /// A word; with its place, where the words have an order.
    Word(String, Option<usize>),
    /// A word with its place and the range that it stands for.
    Graded(String, usize, Figure, String),
    /// Words without order.
    Words(Vec<String>),
}

impl Fact {
    /// Nothing is known, for this reason.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self {
            readings: Vec::new(),
            besides: vec![why.into()],
        }
    }

    /// This is known, as the text says.
    pub fn known(value: Value, text: String) -> Self {
        let reading = Reading {
            value,
            frame: None,
            text,
            evidence: Vec::new(),
        };
        Self {
            readings: vec![reading],
            besides: Vec::new(),
        }
    }
}

/// Reference grades and figures of words, and evidence records of technologies and realizations.
///
/// Only evidence with a method decides: a claim is not supported by being claimed. At each scope and unit of account the
/// best kind of evidence counts, measured before published.
#[derive(Clone, Copy, Debug)]
pub struct CatalogFacts<'c> {
    /// The catalogue.
    pub catalog: &'c Catalog,
}

impl Facts for CatalogFacts<'_> {
    fn fact(&self, dimension: &Dimension, subject: &str) -> Option<Fact> {
        match dimension {
            Dimension::Grade(name) => Some(self.grade(*name, subject)),
            Dimension::ReferenceLatency => Some(self.latency(subject)),
            Dimension::Isolation => Some(self.isolation(subject)),
            Dimension::Needs => Some(self.needs(subject)),
            Dimension::Figure(figure) => Some(self.figure(figure, subject)),
            Dimension::Cell(_) | Dimension::Row(_) | Dimension::Alignment => None,
        }
    }
}

impl CatalogFacts<'_> {
    fn grade(&self, name: GradeName, word: &str) -> Fact {
        let catalog = self.catalog;
        let normal = match catalog.normalize(&Source::new("<word>", word)) {
            Ok(normal) => normal,
            Err(error) => return Fact::unknown(error.to_string()),
        };
        let Some(assessment) = catalog.assess(&normal) else {
            return Fact::unknown(format!("{word} reaches no stack"));
        };
        let stack = catalog.stack(&normal).unwrap_or_default();
        let (grade, why) = match name {
            GradeName::Latency => (
                assessment.grades.latency,
                assessment.latency.map(|l| format!("{l} ms")).unwrap_or_default(),
            ),
            GradeName::Security => {
                let (grade, why) = catalog.rules().security(&stack);
                (Some(grade), why.join("; "))
            }
            GradeName::Observability => {
                let (grade, why) = catalog.rules().observability(&stack);
                let why: Vec<_> = why.iter().map(|(by, why)| format!("{by:+} as {why}")).collect();
                (Some(grade), why.join(", "))
            }
        };
        match grade {
            Some(grade) => {
                let why = if why.is_empty() { why } else { format!(" ({why})") };
                Fact::known(
                    Value::Ordinal(grade),
                    format!("{word} has {} {grade}{why}", name.name()),
                )
            }
            None => Fact::unknown(format!("{word} has no reference figures of latency")),
        }
    }

    fn isolation(&self, word: &str) -> Fact {
        let normal = match self.catalog.normalize(&Source::new("<word>", word)) {
            Ok(normal) => normal,
            Err(error) => return Fact::unknown(error.to_string()),
        };
        let rules = self.catalog.rules();
        let place = rules.isolation(&self.catalog.stack(&normal).unwrap_or_default());
        match rules.isolation_classes().nth(place) {
            Some(class) => {
                let text = format!("{word} has {class} isolation");
                Fact::known(Value::Word(class.to_owned(), Some(place)), text)
            }
            None => Fact::unknown("the grade rules name no isolation classes"),
        }
    }

    fn needs(&self, technology: &str) -> Fact {
        match self.catalog.technology(technology) {
            Some(found) if !found.needs.is_empty() => {
                let text = format!("{} needs {} of its host", found.name, found.needs.join(", "));
                Fact::known(Value::Words(found.needs.clone()), text)
            }
            _ => Fact::unknown(format!("nothing is known of what {technology} needs of its host")),
        }
    }

    fn latency(&self, word: &str) -> Fact {
        let normal = match self.catalog.normalize(&Source::new("<word>", word)) {
            Ok(normal) => normal,
            Err(error) => return Fact::unknown(error.to_string()),
        };
        let Some(figure) = self.catalog.assess(&normal).and_then(|a| a.latency) else {
            return Fact::unknown(format!("{word} has no reference figures of latency"));
        };
        let text = format!("the reference figures of {word} add up to {figure} ms");
        Fact::known(Value::Interval(figure, "ms".to_owned()), text)
    }

    fn figure(&self, asked: &FigureDimension, subject: &str) -> Fact {
        let catalog = self.catalog;
        let known = catalog.technology(subject).is_some() || catalog.realization(subject).is_some();
        let fact = if known {
            self.records(asked, subject)
        } else {
            self.composed(asked, subject)
        };
        if fact.readings.is_empty() && fact.besides.is_empty() {
            let scope = asked
                .scope
                .map(|s| format!(" at scope {}", s.name()))
                .unwrap_or_default();
            return Fact::unknown(format!("there is no evidence for {} of {subject}{scope}", asked.metric));
        }
        fact
    }

    fn records(&self, asked: &FigureDimension, subject: &str) -> Fact {
        let all = self.catalog.data().evidence.iter();
        let all: Vec<_> = all
            .filter(|r| r.subject == subject && r.metric == asked.metric)
            .collect();
        let frame = |r: &EvidenceRecord| (r.scope, r.account);
        let best = |r: &EvidenceRecord| {
            let same = all.iter().filter(|other| frame(other) == frame(r));
            same.map(|other| other.kind).max() == Some(r.kind)
        };
        let fits = |r: &EvidenceRecord| {
            asked.scope.is_none_or(|s| s == r.scope) && asked.account.is_none_or(|a| a == r.account)
        };
        let mut fact = Fact::default();
        for record in &all {
            let text = format!(
                "`{}`: {} of {subject} {}, {} scope, per {} ({})",
                record.id,
                asked.metric,
                with_unit(&record.value, &record.unit),
                record.scope.name(),
                record.account.name(),
                record.kind.name()
            );
            if fits(record) && record.kind > EvidenceKind::Claimed && best(record) {
                fact.readings.push(Reading {
                    value: Value::Interval(record.value, record.unit.clone()),
                    frame: Some(frame(record)),
                    text,
                    evidence: vec![record.id.clone()],
                });
            } else {
                fact.besides.push(text);
            }
        }
        fact
    }

    fn composed(&self, asked: &FigureDimension, word: &str) -> Fact {
        let normal = match self.catalog.normalize(&Source::new("<word>", word)) {
            Ok(normal) => normal,
            Err(error) => return Fact::unknown(error.to_string()),
        };
        let mut fact = Fact::default();
        let figures = self.catalog.assess(&normal).map(|a| a.better).unwrap_or_default();
        for figure in figures.iter().filter(|f| f.metric == asked.metric) {
            let fits = asked.scope.is_none_or(|s| s == figure.scope)
                && asked.account.is_none_or(|a| a == figure.account)
                && figure.is_complete()
                && figure.kind() > Some(EvidenceKind::Claimed);
            let mut text = format!(
                "{} of {word} {}, {} scope, per {}",
                asked.metric,
                with_unit(&figure.figure, figure.unit),
                figure.scope.name(),
                figure.account.name()
            );
            if !figure.is_complete() {
                text += &format!(" without {}", figure.missing.join(", "));
            }
            if fits {
                fact.readings.push(Reading {
                    value: Value::Interval(figure.figure, figure.unit.to_owned()),
                    frame: Some((figure.scope, figure.account)),
                    text,
                    evidence: figure.evidence.iter().map(|e| e.id.clone()).collect(),
                });
            } else {
                fact.besides.push(text);
            }
        }
        fact
    }
}

pub(super) fn with_unit(figure: &Figure, unit: &str) -> String {
    let space = if matches!(unit, "" | "%") { "" } else { " " };
    format!("{figure}{space}{unit}")
}

/// Several sources as one: the first that has a dimension answers.
pub struct Sources<'s>(pub Vec<&'s dyn Facts>);

impl Facts for Sources<'_> {
    fn fact(&self, dimension: &Dimension, subject: &str) -> Option<Fact> {
        self.0.iter().find_map(|s| s.fact(dimension, subject))
    }
}

/// What a word means as a grade.
pub(super) fn label<'l>(labels: &'l [Label], predicate: &Predicate, dimension: &Dimension) -> Option<&'l Label> {
    match (predicate, dimension) {
        (Predicate::Word(word), Dimension::Grade(grade)) => labels.iter().find(|l| l.name == *word && l.of == *grade),
        _ => None,
    }
}
