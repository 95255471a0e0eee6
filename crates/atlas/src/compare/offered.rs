//! A dimension of a comparison: what is known of each subject, how it is written, and who wins.

use std::cmp::Ordering;

use stackwright_catalog::claims::{Fact, Facts, Value, compare};
use stackwright_catalog::model::{Column, Dimension, Extreme, Matrix};
use stackwright_text::quantity::number;

use super::{Compared, ComparedCell, Subject, SubjectKind, figure};
use crate::Glossary;

/// A dimension that can be asked for.
#[derive(Clone, Debug)]
pub(super) struct Offered<'c> {
    pub id: String,
    pub title: String,
    pub better: Option<Extreme>,
    pub of: Dimension,
    /// Which sort of subject has it.
    pub kind: SubjectKind,
    /// Where cells come from.
    pub cells: Option<(&'c Matrix, &'c Column)>,
}

impl Offered<'_> {
    /// What is known of a subject. Nothing, where subjects of its sort have no such dimension.
    pub fn fact(&self, subject: &Subject, sources: &dyn Facts) -> Fact {
        let has = match self.kind {
            SubjectKind::Technology => subject.kind != SubjectKind::Concept,
            kind => subject.kind == kind,
        };
        if !has {
            return Fact::unknown(format!("{} has no {}", subject.title, self.title));
        }
        sources.fact(&self.of, &subject.id).unwrap_or_default()
    }

    /// The values of a subject as they are written.
    pub fn written(&self, subject: &Subject, fact: &Fact, glossary: &Glossary<'_>) -> String {
        if let Some((matrix, column)) = self.cells
            && let Some(cell) = matrix
                .rows
                .iter()
                .find(|r| r.subject == subject.id)
                .and_then(|r| r.cells.get(&column.id))
        {
            return glossary.cell(column, cell);
        }
        let mut texts: Vec<String> = Vec::new();
        for reading in &fact.readings {
            let text = match (&reading.value, &self.of) {
                (Value::Ordinal(stars), Dimension::Row(_)) => "⭐".repeat(usize::from(*stars)),
                (Value::Ordinal(grade), _) => grade.to_string(),
                (Value::Interval(figure, unit) | Value::Range(figure, unit), _) => {
                    let frame = reading.frame.map(|(scope, _)| format!(" ({})", scope.name()));
                    let space = if matches!(unit.as_str(), "" | "%") { "" } else { " " };
                    format!("{figure}{space}{unit}{}", frame.unwrap_or_default())
                }
                (Value::Graded(word, ..) | Value::Word(word, _), _) => glossary.name(word).to_owned(),
                (Value::Words(words), _) => glossary.list(words.iter().map(String::as_str)),
            };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if texts.is_empty() {
            "?".to_owned()
        } else {
            texts.join("; ")
        }
    }

    pub fn line(&self, subjects: &[Subject], facts: &[Fact], glossary: &Glossary<'_>) -> Compared {
        let cells = subjects.iter().zip(facts).map(|(subject, fact)| ComparedCell {
            text: self.written(subject, fact, glossary),
            because: if fact.readings.is_empty() {
                fact.besides.clone()
            } else {
                fact.readings.iter().map(|r| r.text.clone()).collect()
            },
            evidence: fact.readings.iter().flat_map(|r| r.evidence.clone()).collect(),
        });
        let (best, margin) = self.winners(facts);
        Compared {
            id: self.id.clone(),
            title: self.title.clone(),
            better: self.better.map(|b| match b {
                Extreme::Most => "most",
                Extreme::Least => "least",
            }),
            cells: cells.collect(),
            best: best
                .iter()
                .filter_map(|i| subjects.get(*i))
                .map(|s| s.title.clone())
                .collect(),
            margin,
        }
    }

    /// Who is at least as good as every other of which something is known, and how far the next of these is. Nobody, where
    /// two cannot be compared, or only one is known.
    fn winners(&self, facts: &[Fact]) -> (Vec<usize>, Option<String>) {
        let Some(better) = self.better else {
            return (Vec::new(), None);
        };
        let known: Vec<usize> = (0..facts.len())
            .filter(|i| facts.get(*i).is_some_and(|f| !f.readings.is_empty()))
            .collect();
        if known.len() < 2 {
            return (Vec::new(), None);
        }
        let order = |a: usize, b: usize| {
            let order = facts.get(a).zip(facts.get(b)).and_then(|(a, b)| compare(a, b));
            order.map(|o| if better == Extreme::Least { o.reverse() } else { o })
        };
        let wins = |i: &&usize| {
            known
                .iter()
                .all(|j| **i == *j || matches!(order(**i, *j), Some(Ordering::Greater | Ordering::Equal)))
        };
        let best: Vec<usize> = known.iter().filter(wins).copied().collect();
        let rest: Vec<usize> = known.iter().filter(|i| !best.contains(i)).copied().collect();
        let values = |i: &usize| facts.get(*i).and_then(|f| f.readings.first()).map(|r| &r.value);
        let first = best.first().and_then(values);
        let steps = rest.iter().filter_map(|i| distance(first?, values(i)?));
        let margin = steps.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, text)| text);
        (best, margin)
    }
}

/// How far two values are from each other, as a number to compare by and in words.
fn distance(best: &Value, other: &Value) -> Option<(f64, String)> {
    let place = |value: &Value| match value {
        Value::Ordinal(grade) => Some(f64::from(*grade)),
        Value::Word(_, Some(place)) => u32::try_from(*place).ok().map(f64::from),
        _ => None,
    };
    if let Some((a, b)) = place(best).zip(place(other)) {
        let steps = (a - b).abs();
        return Some((steps, format!("+{}", number(steps))));
    }
    let middle = |value: &Value| {
        let figure = figure(value)?;
        let middle = figure
            .typical
            .or_else(|| figure.upper().map(|(high, _)| f64::midpoint(figure.lower(), high)));
        middle.filter(|m| *m > 0.0)
    };
    let (a, b) = (middle(best)?, middle(other)?);
    let ratio = if a > b { a / b } else { b / a };
    Some((ratio, format!("×{}", number((ratio * 10.0).round() / 10.0))))
}
