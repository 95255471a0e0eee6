//! `atlas relations`, `path`, `needs`, `inside` and `layers`: how concepts relate, and what the algebra says of it.

use serde::Serialize;
use serde_json::json;
use stackwright::atlas::relations::Placed;
use stackwright::atlas::{Atlas, Glossary, draw};
use stackwright::model::RelationKind;
use stackwright_locale::{Locale, say};

use super::fits;
use crate::arguments::Format;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::Output;

const SCHEMA: &str = "stackwright/atlas/v1";

fn open<'c>(chosen: &'c Chosen, output: &mut Output) -> Result<(Atlas<'c>, Glossary<'c>), Failure> {
    let atlas = Atlas::new(chosen.get(output)?)?;
    Ok((atlas, atlas.glossary(output.locale().language())))
}

fn answer(key: &str, value: &impl Serialize, output: &mut Output) {
    output.json(&json!({ "schema": SCHEMA, key: value }));
}

/// `atlas relations`.
pub fn all(kinds: &[RelationKind], chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[Format::Mermaid, Format::Dot, Format::Svg])?;
    let (atlas, glossary) = open(chosen, output)?;
    let relations = atlas.relations(kinds);
    match output.format() {
        Format::Json => answer("relations", &relations, output),
        Format::Mermaid => output.text(&draw::mermaid(&relations, &glossary)),
        Format::Dot => output.text(&draw::dot(&relations, &glossary)),
        Format::Svg => output.text(&draw::svg(&relations, &glossary)),
        _ => {
            for relation in relations {
                let [there, _] = relation.kind.phrases();
                let [from, to] = [&relation.from, &relation.to].map(|n| glossary.name(n));
                let text = glossary.entry(
                    &format!("{from} {} {to}", glossary.text(&there)),
                    glossary.text(&relation.text),
                );
                let word = relation.word.as_ref().map(|w| format!("  {w}")).unwrap_or_default();
                output.line(format!("{text}{word}"));
            }
        }
    }
    Ok(0)
}

/// `atlas path`. The exit code is 1 if there is no way.
pub fn path(
    [from, to]: [&str; 2],
    kinds: &[RelationKind],
    chosen: &Chosen,
    output: &mut Output,
) -> Result<u8, Failure> {
    fits(output, &[])?;
    let (atlas, glossary) = open(chosen, output)?;
    let path = atlas.path(from, to, kinds)?;
    if output.is_json() {
        answer("path", &path, output);
    } else if let Some(path) = &path {
        for step in path {
            output.line(glossary.entry(&step.shown(&glossary), glossary.text(step.text)));
        }
    } else {
        output.line(say!(output.locale(), "atlas-no-path", from = from, to = to));
    }
    Ok(if path.is_some() { 0 } else { NO })
}

/// `atlas needs`.
pub fn needs(name: &str, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[])?;
    let (atlas, glossary) = open(chosen, output)?;
    let needs = atlas.needs(name)?;
    if output.is_json() {
        answer("needs", &needs, output);
        return Ok(0);
    }
    let locale = output.locale();
    for step in &needs.documents {
        output.line(glossary.entry(&step.shown(&glossary), glossary.text(step.text)));
    }
    for technology in &needs.technologies {
        output.line(format!("\n{} ({})", technology.name, technology.id));
        for (text, list) in [
            (say!(locale, "atlas-needs-host"), &technology.host),
            (say!(locale, "atlas-needs-before"), &technology.prerequisites),
            (say!(locale, "atlas-needs-others"), &technology.requires),
        ] {
            if !list.is_empty() {
                let list: Vec<_> = list.iter().map(|needed| locale.told(needed)).collect();
                output.line(format!("  {}", glossary.entry(&text, &list.join("; "))));
            }
        }
    }
    if needs.documents.is_empty() && needs.technologies.is_empty() {
        output.line(say!(locale, "atlas-needs-nothing", name = glossary.name(needs.of)));
    }
    Ok(0)
}

/// How two operators stand to each other, in words.
fn placed(pair: &Placed, locale: &Locale) -> String {
    let (outer, inner) = (pair.outer.as_str(), pair.inner.as_str());
    match pair.placement.name() {
        "inside" => say!(locale, "placed-inside", outer = outer, inner = inner),
        "either" => say!(locale, "placed-either", outer = outer, inner = inner),
        "beside" => say!(locale, "placed-beside", outer = outer, inner = inner),
        "absorbed" => say!(locale, "placed-absorbed", outer = outer, inner = inner),
        _ => say!(locale, "placed-refused", outer = outer, inner = inner),
    }
}

/// `atlas inside`.
pub fn inside(name: &str, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[])?;
    let (atlas, glossary) = open(chosen, output)?;
    let inside = atlas.inside(name)?;
    if output.is_json() {
        answer("inside", &inside, output);
        return Ok(0);
    }
    let locale = output.locale();
    let said = glossary.list(inside.documents.iter().copied());
    output.line(say!(
        locale,
        "atlas-inside-said",
        name = glossary.name(inside.of),
        list = said
    ));
    for concept in &inside.algebra {
        let name = glossary.name(concept.concept);
        output.line(match (concept.said, concept.can) {
            (true, true) => say!(locale, "atlas-inside-both", name = name),
            (true, false) => say!(locale, "atlas-inside-documents", name = name),
            (false, true) => say!(locale, "atlas-inside-algebra", name = name),
            (false, false) => say!(locale, "atlas-inside-neither", name = name),
        });
        for pair in &concept.pairs {
            output.line(format!("    {}", placed(pair, locale)));
        }
    }
    Ok(0)
}

/// `atlas layers`. The exit code is 0 whether they agree or not: both are answers.
pub fn layers(chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[])?;
    let (atlas, glossary) = open(chosen, output)?;
    let layering = atlas.layering();
    if output.is_json() {
        answer("layers", &layering, output);
        return Ok(0);
    }
    let locale = output.locale();
    for layer in &layering {
        let [there, back] = layer.kind.phrases();
        let (first, phrase, second) = match layer.kind {
            RelationKind::Contains => (layer.outer, there, layer.inner),
            _ => (layer.outer, back, layer.inner),
        };
        let said = format!(
            "{} {} {}",
            glossary.name(first),
            glossary.text(&phrase),
            glossary.name(second)
        );
        output.line(if layer.agrees {
            say!(locale, "atlas-layer-agrees", said = said)
        } else {
            say!(locale, "atlas-layer-disagrees", said = said)
        });
        output.line(format!("    {}", placed(&layer.main, locale)));
        for other in &layer.others {
            output.line(format!(
                "    {}",
                say!(locale, "atlas-layer-but", placed = placed(other, locale))
            ));
        }
    }
    let disagree = layering.iter().filter(|l| !l.agrees).count();
    output.line(say!(
        locale,
        "atlas-layers",
        count = layering.len(),
        disagree = disagree
    ));
    Ok(0)
}
