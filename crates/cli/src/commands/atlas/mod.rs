//! `atlas`: concepts, matrices, relations and claims of documents, checked.

mod claims;
mod documents;
mod export;
mod matrix;
mod mindmap;
mod relations;

use stackwright::atlas::render::{self, Block};
use stackwright::model::RelationKind;
use stackwright::{Diagnostic, Language};
use stackwright_locale::{Locale, say};

use super::{align, decide};
use crate::arguments::{Atlas, Format, RelationName};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `atlas`.
pub fn run(command: &Atlas, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let kinds = |names: &[RelationName]| -> Vec<RelationKind> { names.iter().map(|n| n.kind()).collect() };
    match command {
        Atlas::Matrix(arguments) => matrix::run(arguments, chosen, output),
        Atlas::Concept(arguments) => documents::concept(arguments.name.as_deref(), chosen, output),
        Atlas::Domain(arguments) => documents::domain(arguments.name.as_deref(), chosen, output),
        Atlas::Practice(arguments) => documents::practice(arguments.name.as_deref(), chosen, output),
        Atlas::Case(arguments) => documents::case(arguments.name.as_deref(), chosen, output),
        Atlas::Relations { kind } => relations::all(&kinds(kind), chosen, output),
        Atlas::Path { from, to, kind } => relations::path([from, to], &kinds(kind), chosen, output),
        Atlas::Needs { name } => relations::needs(name, chosen, output),
        Atlas::Inside { name } => relations::inside(name, chosen, output),
        Atlas::Layers => relations::layers(chosen, output),
        Atlas::Mindmap { map } => mindmap::run(*map, chosen, output),
        Atlas::Export { output: folder } => export::run(folder, chosen, output),
        Atlas::Claims(arguments) => claims::run(arguments, chosen, output),
        Atlas::Align(arguments) => {
            fits(output, &[Format::Markdown, Format::Csv])?;
            align::run(arguments, chosen, output)
        }
        Atlas::Decide(arguments) => {
            fits(output, &[])?;
            decide::run(arguments, chosen, output)
        }
    }
}

/// Fails if a command has no results in the format, besides text and JSON.
pub fn fits(output: &Output, others: &[Format]) -> Result<(), Failure> {
    let format = output.format();
    if matches!(format, Format::Text | Format::Json) || others.contains(&format) {
        return Ok(());
    }
    let all = [&[Format::Text, Format::Json], others].concat();
    let names: Vec<_> = all.iter().map(|f| format!("`{f:?}`").to_lowercase()).collect();
    let locale = output.locale();
    let help = say!(locale, "atlas-formats", formats = names.join(", "));
    Err(Diagnostic::new("cli::format", say!(locale, "wrong-format"))
        .with_help(help)
        .into())
}

/// A sentence of a library in a language.
pub fn told(language: Language, text: &str) -> String {
    Locale::of(language).told(text)
}

/// Prints a document as text, Markdown or a page.
pub fn print(title: &str, blocks: &[Block], output: &mut Output) {
    let language = output.locale().language();
    match output.format() {
        Format::Markdown => output.text(&render::blocks_markdown(blocks)),
        Format::Html => output.text(&render::page(title, language, &render::blocks_html(blocks))),
        _ => output.text(&render::blocks_text(blocks)),
    }
}
