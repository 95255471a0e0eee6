//! `atlas matrix`: tables of documents, filtered, turned, sorted.

use serde::Serialize;
use stackwright::atlas::{Atlas, Selection, Table, concept, render};

use crate::arguments::{Format, MatrixArguments};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    matrix: Table,
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    matrices: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    title: String,
    rows: usize,
    columns: usize,
    document: Option<String>,
    section: Option<String>,
}

/// Carries out `atlas matrix`.
pub fn run(arguments: &MatrixArguments, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    super::fits(output, &[Format::Markdown, Format::Csv, Format::Html, Format::Svg])?;
    let atlas = Atlas::new(chosen.get(output)?)?;
    let Some(name) = &arguments.name else {
        list(&atlas, output);
        return Ok(0);
    };
    let selection = Selection {
        rows: arguments.row.clone(),
        columns: arguments.column.clone(),
        sort: arguments.sort.clone(),
        descending: arguments.descending,
        transpose: arguments.transpose,
    };
    let glossary = atlas.glossary(output.locale().language());
    let matrix = atlas.matrix(name)?;
    let table = Table::of(matrix, &selection, &glossary)?;
    match output.format() {
        Format::Json => output.json(&Answer {
            schema: "stackwright/atlas/v1",
            matrix: table,
        }),
        Format::Markdown => output.text(&render::markdown(&table)),
        Format::Csv => output.text(&render::csv(&table)),
        Format::Html => output.text(&render::page(&table.title, glossary.language(), &render::html(&table))),
        Format::Svg => output.text(&render::svg(&table)),
        _ => {
            output.text(&render::text(&table));
            // Of a part of the matrix only what is shown is said.
            if selection == Selection::default() {
                let flaws = concept::flaws(&atlas, matrix, None, &glossary);
                flaws.iter().for_each(|flaw| output.line(flaw));
            }
        }
    }
    Ok(0)
}

fn list(atlas: &Atlas<'_>, output: &mut Output) {
    let glossary = atlas.glossary(output.locale().language());
    let entries: Vec<_> = atlas
        .claims
        .matrices
        .iter()
        .map(|m| Entry {
            id: m.id.clone(),
            title: glossary.text(&m.title).to_owned(),
            rows: m.rows.len(),
            columns: m.columns.len(),
            document: m.document.as_ref().map(|d| d.document.clone()),
            section: m.document.as_ref().map(|d| d.section.clone()),
        })
        .collect();
    if output.is_json() {
        output.json(&List {
            schema: "stackwright/atlas/v1",
            matrices: entries,
        });
        return;
    }
    let width = entries.iter().map(|e| e.id.len()).max().unwrap_or(0);
    for entry in entries {
        let place = entry
            .document
            .zip(entry.section)
            .map(|(d, s)| format!(" ({d}, section {s})"));
        output.line(format!(
            "{:<width$}  {} × {}  {}{}",
            entry.id,
            entry.rows,
            entry.columns,
            entry.title,
            place.unwrap_or_default()
        ));
    }
}
