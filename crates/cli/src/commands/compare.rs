//! `compare`: concepts, technologies or stacks side by side.

use serde::Serialize;
use stackwright::atlas::render::Block;
use stackwright::atlas::{Atlas, Comparison, ComparisonEngine, render};
use stackwright_locale::{Locale, say};

use super::atlas::{fits, print, told};
use crate::arguments::{Compare, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// Carries out `compare`.
pub fn run(arguments: &Compare, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[Format::Markdown, Format::Csv, Format::Html, Format::Svg])?;
    let atlas = Atlas::new(chosen.get(output)?)?;
    let glossary = atlas.glossary(output.locale().language()).telling(told);
    let comparison = ComparisonEngine::new(atlas).compare(&arguments.subjects, &arguments.by, &glossary)?;
    let table = comparison.table(&glossary);
    match output.format() {
        Format::Json => output.json(&Answer {
            schema: "stackwright/compare/v1",
            comparison: &comparison,
        }),
        Format::Csv => output.text(&render::csv(&table)),
        Format::Svg => output.text(&render::svg(&table)),
        _ => {
            let title = table.title.clone();
            let mut blocks = vec![Block::Table(table)];
            blocks.extend(rest(&comparison, output.locale()));
            print(&title, &blocks, output);
        }
    }
    Ok(0)
}

/// What stands below the table.
fn rest(comparison: &Comparison, locale: &Locale) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = |title: String, lines: Vec<String>| {
        if !lines.is_empty() {
            blocks.push(Block::Heading(2, title));
            blocks.push(Block::List(lines));
        }
    };
    let disagreements = comparison.disagreements.iter().map(|d| {
        let (subject, dimension) = (d.subject.as_str(), d.dimension.as_str());
        let (said, evidence) = (locale.told(&d.said), locale.told(&d.evidence));
        say!(
            locale,
            "compare-disagrees",
            subject = subject,
            dimension = dimension,
            said = said,
            evidence = evidence
        )
    });
    section(say!(locale, "compare-disagreements"), disagreements.collect());
    let claims = comparison
        .claims
        .iter()
        .map(|c| format!("{}: {}  {}", c.id, c.verdict, c.text));
    section(say!(locale, "compare-claims"), claims.collect());
    let usage = comparison.usage.iter().filter(|u| !u.when.is_empty());
    let usage = usage.flat_map(|u| {
        [format!("{}:", u.subject)]
            .into_iter()
            .chain(u.when.iter().map(|w| format!("  {w}")))
    });
    section(say!(locale, "compare-usage"), usage.collect());
    blocks
}
