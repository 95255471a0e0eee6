//! When to use which.

use serde::Serialize;
use stackwright_catalog::model::CellValue;

use super::{Compared, Subject, SubjectKind};
use crate::{Atlas, Glossary};

/// From this many stars on, of five, something is recommended.
const RECOMMENDED: u8 = 4;

/// When to use something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// What.
    pub subject: String,
    /// When, each with its reason.
    pub when: Vec<String>,
}

/// When to use each of what is compared: where documents recommend it, what it needs or refuses, and what it is best at.
pub fn of(atlas: &Atlas<'_>, subjects: &[Subject], compared: &[Compared], glossary: &Glossary<'_>) -> Vec<Usage> {
    let usage = |subject: &Subject| {
        let mut when = match subject.kind {
            SubjectKind::Concept => concept(atlas, subject, glossary),
            SubjectKind::Technology => technology(atlas, subject, glossary),
            SubjectKind::Stack => stack(atlas, subject, glossary),
        };
        let alone = compared
            .iter()
            .filter(|d| d.best.len() == 1 && d.best.contains(&subject.title));
        let best: Vec<_> = alone.map(|d| d.title.as_str()).collect();
        if !best.is_empty() {
            when.push(glossary.entry(glossary.name("best-at"), &best.join("; ")));
        }
        Usage {
            subject: subject.title.clone(),
            when,
        }
    };
    subjects.iter().map(usage).collect()
}

/// Columns of stars in which it has many, domains of which it is a core concept, and answers that lead to it alone.
fn concept(atlas: &Atlas<'_>, subject: &Subject, glossary: &Glossary<'_>) -> Vec<String> {
    let mut when = Vec::new();
    if let Ok(matrix) = atlas.matrix("use-cases") {
        let row = matrix.rows.iter().find(|r| r.subject == subject.id);
        let stars = |column: &str| match row.and_then(|r| r.cells.get(column)).map(|c| &c.value) {
            Some(CellValue::Stars(stars)) => Some(*stars),
            _ => None,
        };
        let many: Vec<_> = matrix
            .columns
            .iter()
            .filter_map(|c| {
                stars(&c.id)
                    .filter(|s| *s >= RECOMMENDED)
                    .map(|s| (glossary.text(&c.title), s))
            })
            .map(|(title, stars)| format!("{title} {}", "⭐".repeat(usize::from(stars))))
            .collect();
        if !many.is_empty() {
            when.push(glossary.entry(glossary.text(&matrix.title), &many.join("; ")));
        }
    }
    let domains = atlas
        .data
        .domains
        .iter()
        .filter(|d| d.core.iter().any(|c| c.concept == subject.id));
    let domains: Vec<_> = domains.map(|d| glossary.text(&d.name)).collect();
    if !domains.is_empty() {
        when.push(glossary.entry(glossary.name("core-concept-of"), &domains.join("; ")));
    }
    let chosen = atlas.data.tree.iter().filter(|n| n.concepts == [subject.id.clone()]);
    let chosen: Vec<_> = chosen
        .filter_map(|n| n.answer.as_ref())
        .map(|a| glossary.text(a))
        .collect();
    if !chosen.is_empty() {
        when.push(glossary.entry(glossary.name("chosen-for"), &chosen.join("; ")));
    }
    when
}

fn technology(atlas: &Atlas<'_>, subject: &Subject, glossary: &Glossary<'_>) -> Vec<String> {
    let Some(technology) = atlas.catalog.technology(&subject.id) else {
        return Vec::new();
    };
    let mut when = Vec::new();
    let said = atlas.data.concepts.iter().flat_map(|c| &c.technologies);
    let said = said
        .filter(|t| t.technology.as_ref() == Some(&technology.id))
        .find(|t| t.mark.is_none());
    when.extend(said.map(|t| glossary.text(&t.text).to_owned()));
    let realizes = atlas
        .catalog
        .data()
        .realizations
        .iter()
        .filter(|r| r.technologies.contains(&technology.id));
    let mut words: Vec<_> = realizes.flat_map(|r| r.words.iter().map(String::as_str)).collect();
    words.sort_unstable();
    words.dedup();
    if !words.is_empty() {
        when.push(glossary.entry(glossary.name("implements"), &words.join(", ")));
    }
    when.extend(
        technology
            .prerequisites
            .iter()
            .map(|p| glossary.entry(glossary.name("needs"), &glossary.told(p))),
    );
    when.extend(
        technology
            .refuses
            .iter()
            .map(|r| glossary.entry(glossary.name("not-for"), &glossary.told(&r.note))),
    );
    when
}

fn stack(atlas: &Atlas<'_>, subject: &Subject, glossary: &Glossary<'_>) -> Vec<String> {
    let mut when = Vec::new();
    if let Some(form) = atlas.catalog.named_form(&subject.id) {
        when.push(glossary.text(&form.name).to_owned());
    }
    let cases = atlas.data.cases.iter().filter(|c| c.word == subject.id);
    when.extend(cases.map(|c| glossary.text(&c.name).to_owned()));
    if let Ok(matrix) = atlas.matrix("case-decision") {
        let rows = matrix.rows.iter().filter(|r| {
            r.cells
                .values()
                .any(|c| matches!(&c.value, CellValue::Word(word) if *word == subject.id))
        });
        when.extend(rows.map(|r| crate::table::title(r, glossary)));
    }
    when
}
