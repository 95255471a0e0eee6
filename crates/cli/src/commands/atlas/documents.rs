//! `atlas concept`, `domain`, `practice` and `case`: short documents, and whether the planner agrees with what they recommend.

use serde::Serialize;
use stackwright::Catalog;
use stackwright::atlas::render::Block;
use stackwright::atlas::{Atlas, Glossary, concept, table};
use stackwright::model::{Ask, Localized};
use stackwright::recommend::Agreement;
use stackwright_locale::{Locale, say};

use super::{fits, print};
use crate::arguments::Format;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a, T: Serialize> {
    schema: &'static str,
    /// The record as it is in the data.
    record: &'a T,
    /// The table of key attributes, of a concept.
    attributes: Option<table::Table>,
    /// What the planner says to what is recommended.
    planner: Option<Agreement>,
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    name: &'a Localized,
}

/// Lists what there is.
fn list<'a>(entries: impl Iterator<Item = (&'a str, &'a Localized)>, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[])?;
    let entries: Vec<_> = entries.map(|(id, name)| Entry { id, name }).collect();
    if output.is_json() {
        output.json(&List {
            schema: "stackwright/atlas/v1",
            entries,
        });
        return Ok(0);
    }
    let width = entries.iter().map(|e| e.id.len()).max().unwrap_or(0);
    let language = output.locale().language();
    for entry in entries {
        output.line(format!("{:<width$}  {}", entry.id, entry.name.get(language)));
    }
    Ok(0)
}

/// The record of that name, for programs or for people.
fn find<'r, T>(
    records: &'r [T],
    name: &str,
    what: &str,
    called: impl Fn(&T) -> (&str, &Localized),
) -> Result<&'r T, Failure> {
    let found = records.iter().find(|record| {
        let (id, title) = called(record);
        id == name || title.en == name || title.zh == name
    });
    Ok(found.ok_or_else(|| table::unknown(what, name, records.iter().map(|r| called(r).0)))?)
}

fn asked(catalog: &Catalog, ask: Option<&Ask>) -> Result<Option<Agreement>, Failure> {
    Ok(ask.map(|ask| Agreement::of(catalog, ask)).transpose()?)
}

/// What the planner says, in words.
fn planner(agreement: &Agreement, locale: &Locale) -> Vec<Block> {
    let mut lines = vec![
        say!(locale, "atlas-asked", text = agreement.text.as_str()),
        say!(locale, "atlas-plans", plans = agreement.plans.join(", ")),
    ];
    if !agreement.not_understood.is_empty() {
        lines.push(say!(
            locale,
            "atlas-not-understood",
            words = agreement.not_understood.join(", ")
        ));
    }
    for stack in &agreement.recommended {
        lines.push(if stack.agrees {
            say!(locale, "atlas-agrees", word = stack.word.as_str())
        } else {
            say!(locale, "atlas-disagrees", word = stack.word.as_str())
        });
        lines.extend(stack.because.iter().map(|why| format!("  {}", locale.told(why))));
    }
    vec![Block::Heading(2, say!(locale, "atlas-planner")), Block::List(lines)]
}

fn show<T: Serialize>(
    record: &T,
    blocks: Vec<Block>,
    attributes: Option<table::Table>,
    agreement: Option<Agreement>,
    output: &mut Output,
) {
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/atlas/v1",
            record,
            attributes,
            planner: agreement,
        });
        return;
    }
    let mut blocks = blocks;
    blocks.extend(agreement.iter().flat_map(|a| planner(a, output.locale())));
    let title = match blocks.first() {
        Some(Block::Heading(_, title)) => title.clone(),
        _ => String::new(),
    };
    print(&title, &blocks, output);
}

fn open<'c>(chosen: &'c Chosen, output: &mut Output) -> Result<(Atlas<'c>, Glossary<'c>), Failure> {
    fits(output, &[Format::Markdown, Format::Html])?;
    let atlas = Atlas::new(chosen.get(output)?)?;
    Ok((atlas, atlas.glossary(output.locale().language())))
}

/// `atlas concept`.
pub fn concept(name: Option<&str>, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let (atlas, glossary) = open(chosen, output)?;
    let Some(name) = name else {
        return list(atlas.data.concepts.iter().map(|c| (c.id.as_str(), &c.name)), output);
    };
    let found = atlas.concept(name)?;
    let attributes = atlas
        .claims
        .matrices
        .iter()
        .find_map(|m| table::Table::unfolded(m, &found.id, &glossary));
    show(
        found,
        concept::concept(&atlas, found, &glossary),
        attributes,
        None,
        output,
    );
    Ok(0)
}

/// `atlas domain`.
pub fn domain(name: Option<&str>, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let (atlas, glossary) = open(chosen, output)?;
    let Some(name) = name else {
        return list(atlas.data.domains.iter().map(|d| (d.id.as_str(), &d.name)), output);
    };
    let found = find(&atlas.data.domains, name, "domain", |d| (&d.id, &d.name))?;
    let agreement = asked(atlas.catalog, Some(&found.ask))?;
    show(
        found,
        concept::domain(&atlas, found, &glossary),
        None,
        agreement,
        output,
    );
    Ok(0)
}

/// `atlas practice`.
pub fn practice(name: Option<&str>, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let (atlas, glossary) = open(chosen, output)?;
    let Some(name) = name else {
        return list(atlas.data.practices.iter().map(|p| (p.id.as_str(), &p.name)), output);
    };
    let found = find(&atlas.data.practices, name, "practice", |p| (&p.id, &p.name))?;
    let agreement = asked(atlas.catalog, found.ask.as_ref())?;
    show(found, concept::practice(found, &glossary), None, agreement, output);
    Ok(0)
}

/// `atlas case`: a case of the operator document, or a selection for an application.
pub fn case(name: Option<&str>, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let (atlas, glossary) = open(chosen, output)?;
    let cases = &atlas.data.cases;
    let studies = &atlas.data.studies;
    let Some(name) = name else {
        let cases = cases.iter().map(|c| (c.id.as_str(), &c.name));
        return list(cases.chain(studies.iter().map(|s| (s.id.as_str(), &s.name))), output);
    };
    if let Ok(found) = find(cases, name, "case", |c| (&c.id, &c.name)) {
        show(found, concept::case(&atlas, found, &glossary), None, None, output);
        return Ok(0);
    }
    let found = find(studies, name, "case", |s| (&s.id, &s.name))?;
    let agreement = asked(atlas.catalog, Some(&found.ask))?;
    show(found, concept::study(&atlas, found, &glossary), None, agreement, output);
    Ok(0)
}
