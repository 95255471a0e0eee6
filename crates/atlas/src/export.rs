//! Everything as files: each matrix in every format, concepts, cases, claims, relations and maps, in each language, and one
//! page that holds all of it.

use std::collections::BTreeMap;

use serde::Serialize;
use stackwright_catalog::claims::Verdict;
use stackwright_catalog::model::RelationKind;
use stackwright_text::{Diagnostic, Language};

use crate::glossary::Tell;
use crate::render::{self, Block};
use crate::table::{Named, Selection, Table, TableCell, TableRow};
use crate::{Atlas, Glossary, concept, draw, mindmap};

/// The files by path, with `/`, sentences put into each language by `tell`. The same atlas gives the same bytes.
///
/// # Errors
///
/// None of data that was checked: every matrix can be shown, and all of it can be written as JSON.
pub fn files(atlas: &Atlas<'_>, tell: Tell) -> Result<BTreeMap<String, String>, Diagnostic> {
    let mut files = BTreeMap::new();
    files.insert("atlas.json".to_owned(), json(&atlas.data)?);
    files.insert("claims.json".to_owned(), json(&judged(atlas))?);
    for language in Language::ALL {
        let glossary = atlas.glossary(*language).telling(tell);
        let mut add = |path: String, text: String| files.insert(format!("{language}/{path}"), text);
        let mut page = vec![
            Block::Heading(1, glossary.name("atlas").to_owned()),
            Block::Picture(mindmap::concepts_svg(atlas, &glossary)),
            Block::Picture(mindmap::selection_svg(atlas, &glossary)),
            Block::Heading(2, glossary.name("concepts").to_owned()),
        ];
        for one in &atlas.data.concepts {
            let blocks = concept::concept(atlas, one, &glossary);
            add(format!("concepts/{}.md", one.id), render::blocks_markdown(&blocks));
            page.extend(blocks.into_iter().map(deeper));
        }
        for one in &atlas.data.domains {
            let blocks = concept::domain(atlas, one, &glossary);
            add(format!("domains/{}.md", one.id), render::blocks_markdown(&blocks));
        }
        for one in &atlas.data.cases {
            let blocks = concept::case(atlas, one, &glossary);
            add(format!("cases/{}.md", one.id), render::blocks_markdown(&blocks));
        }
        for one in &atlas.data.studies {
            let blocks = concept::study(atlas, one, &glossary);
            add(format!("cases/{}.md", one.id), render::blocks_markdown(&blocks));
        }
        page.push(Block::Heading(2, glossary.name("matrices").to_owned()));
        for matrix in &atlas.claims.matrices {
            let table = Table::of(matrix, &Selection::default(), &glossary)?;
            let path = |extension: &str| format!("matrices/{}.{extension}", matrix.id);
            add(path("md"), render::markdown(&table));
            add(path("csv"), render::csv(&table));
            add(path("json"), json(&table)?);
            add(
                path("html"),
                render::page(&table.title, *language, &render::html(&table)),
            );
            add(path("svg"), render::svg(&table));
            page.push(Block::Table(table));
        }
        page.push(Block::Heading(2, glossary.name("relations").to_owned()));
        for kind in RelationKind::ALL {
            let relations = atlas.relations(&[kind]);
            let path = |extension: &str| format!("relations/{}.{extension}", kind.name());
            let svg = draw::svg(&relations, &glossary);
            add(path("mmd"), draw::mermaid(&relations, &glossary));
            add(path("dot"), draw::dot(&relations, &glossary));
            add(path("svg"), svg.clone());
            page.push(Block::Picture(svg));
        }
        let claims = claims(atlas, &glossary);
        add("claims.md".to_owned(), render::markdown(&claims));
        add("claims.csv".to_owned(), render::csv(&claims));
        page.push(Block::Table(claims));
        add(
            "map-concepts.mmd".to_owned(),
            mindmap::concepts_mermaid(atlas, &glossary),
        );
        add("map-concepts.svg".to_owned(), mindmap::concepts_svg(atlas, &glossary));
        add(
            "map-selection.mmd".to_owned(),
            mindmap::selection_mermaid(atlas, &glossary),
        );
        add("map-selection.svg".to_owned(), mindmap::selection_svg(atlas, &glossary));
        let body = render::blocks_html(&page);
        add(
            "index.html".to_owned(),
            render::page(glossary.name("atlas"), *language, &body),
        );
    }
    Ok(files)
}

/// A part of a document within a chapter of another: its headings are smaller by two.
fn deeper(block: Block) -> Block {
    match block {
        Block::Heading(level, title) => Block::Heading(level + 2, title),
        other => other,
    }
}

#[derive(Serialize)]
struct Judged<'a> {
    id: &'a str,
    document: &'a str,
    line: u32,
    zh: &'a str,
    en: &'a str,
    verdict: &'static str,
    because: Vec<String>,
}

fn judged<'c>(atlas: &Atlas<'c>) -> Vec<Judged<'c>> {
    let judgements = atlas.judge(&atlas.claims.claims);
    let claims = atlas.claims.claims.iter().zip(judgements);
    claims
        .map(|(claim, judgement)| Judged {
            id: &claim.id,
            document: &claim.source.document,
            line: claim.source.line,
            zh: &claim.text.zh,
            en: &claim.text.en,
            verdict: judgement.verdict.name(),
            because: judgement.because.into_iter().map(|r| r.text).collect(),
        })
        .collect()
}

/// The claims as a table: verdict, what is claimed, why.
fn claims(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> Table {
    let named = |id: &str| Named {
        id: id.to_owned(),
        title: glossary.name(id).to_owned(),
    };
    let cell = |text: String| TableCell {
        text,
        ..TableCell::default()
    };
    let count = |verdict: Verdict, claims: &[Judged<'_>]| claims.iter().filter(|c| c.verdict == verdict.name()).count();
    let claims = judged(atlas);
    let counts = Verdict::ALL.map(|v| format!("{} {}", count(v, &claims), glossary.name(v.name())));
    let rows = claims.into_iter().map(|claim| TableRow {
        subject: Named {
            id: claim.id.to_owned(),
            title: claim.id.to_owned(),
        },
        cells: vec![
            cell(glossary.name(claim.verdict).to_owned()),
            cell(match glossary.language() {
                Language::En => claim.en.to_owned(),
                Language::Zh => claim.zh.to_owned(),
            }),
            cell(
                claim
                    .because
                    .iter()
                    .take(3)
                    .map(|why| glossary.told(why))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
        ],
    });
    Table {
        id: "claims".to_owned(),
        title: glossary.entry(glossary.name("claims"), &counts.join(", ")),
        head: "ID".to_owned(),
        columns: ["verdict", "claim", "because"].map(named).to_vec(),
        rows: rows.collect(),
    }
}

fn json(value: &impl Serialize) -> Result<String, Diagnostic> {
    let text = serde_json::to_string_pretty(value);
    text.map(|t| t + "\n")
        .map_err(|e| Diagnostic::new("catalog::operators", e.to_string()))
}
