//! Concepts, domains, practices and cases as short documents.

use stackwright_catalog::model::{
    CaseStudy, Domain, IsolationConcept, Item, Mark, Matrix, OperatorCase, Practice, StackItem,
};

use crate::render::Block;
use crate::table::{Table, title};
use crate::{Atlas, Glossary};

/// What a mark says: the flaw, and what is right instead, from the mark or from the claim that it names.
fn marked(atlas: &Atlas<'_>, mark: Option<&Mark>, glossary: &Glossary<'_>) -> String {
    let Some(mark) = mark else { return String::new() };
    let claim = mark
        .claim
        .as_ref()
        .and_then(|id| atlas.claims.claims.iter().find(|c| c.id == *id));
    let correction = mark.correction.as_ref().or(claim.and_then(|c| c.correction.as_ref()));
    let instead = correction.map(|c| match glossary.language() {
        stackwright_text::Language::En => c.en.as_str(),
        stackwright_text::Language::Zh => c.zh.as_str(),
    });
    let flaw = glossary.name(mark.flaw.name());
    match instead {
        Some(instead) => format!(" [{}]", glossary.entry(flaw, instead)),
        None => format!(" [{flaw}]"),
    }
}

fn item(atlas: &Atlas<'_>, item: &Item, glossary: &Glossary<'_>) -> String {
    let text = glossary.text(&item.text);
    let text = match &item.name {
        Some(name) => glossary.entry(glossary.text(name), text),
        None => text.to_owned(),
    };
    text + &marked(atlas, item.mark.as_ref(), glossary)
}

fn items(atlas: &Atlas<'_>, list: &[Item], glossary: &Glossary<'_>) -> Block {
    Block::List(list.iter().map(|i| item(atlas, i, glossary)).collect())
}

fn stack_item(item: &StackItem, glossary: &Glossary<'_>) -> String {
    let name = item
        .name
        .as_ref()
        .map_or_else(|| glossary.name(&item.concept), |n| glossary.text(n));
    let technologies = glossary.list(item.technologies.iter().map(String::as_str));
    match &item.text {
        Some(text) => glossary.entry(name, glossary.text(text)),
        None if technologies.is_empty() => name.to_owned(),
        None => glossary.entry(name, &technologies),
    }
}

/// What is amiss with the cells of a matrix, of one row or of all: the cell and what is right instead.
pub fn flaws(atlas: &Atlas<'_>, matrix: &Matrix, subject: Option<&str>, glossary: &Glossary<'_>) -> Vec<String> {
    let rows = matrix.rows.iter().filter(|r| subject.is_none_or(|s| s == r.subject));
    let cells = rows.flat_map(|row| {
        matrix
            .columns
            .iter()
            .filter_map(move |c| Some((row, c, row.cells.get(&c.id)?)))
    });
    let lines = cells
        .filter(|(.., cell)| cell.mark.is_some())
        .map(|(row, column, cell)| {
            let place = match subject {
                Some(_) => glossary.text(&column.title).to_owned(),
                None => format!("{}, {}", title(row, glossary), glossary.text(&column.title)),
            };
            let text = glossary.entry(&place, &glossary.cell(column, cell));
            text + &marked(atlas, cell.mark.as_ref(), glossary)
        });
    lines.collect()
}

/// A concept: definitions, key attributes, uses, technologies, authorities, operators; what is amiss is said where it stands.
pub fn concept(atlas: &Atlas<'_>, concept: &IsolationConcept, glossary: &Glossary<'_>) -> Vec<Block> {
    let head = |name: &str| Block::Heading(2, glossary.name(name).to_owned());
    let article = &concept.article;
    let mut blocks = vec![
        Block::Heading(1, glossary.text(&concept.name).to_owned()),
        Block::Paragraph(match glossary.language() {
            stackwright_text::Language::En => concept.definition.en.clone(),
            stackwright_text::Language::Zh => concept.definition.zh.clone(),
        }),
        Block::Paragraph(glossary.entry(glossary.name("operators"), &concept.operators.join(", "))),
        head("encyclopedia"),
        Block::Quotation(article.text.clone()),
        Block::Paragraph(format!(
            "{} <{}>{}",
            article.title,
            article.address,
            marked(atlas, article.mark.as_ref(), glossary)
        )),
    ];
    let attributes = atlas
        .claims
        .matrices
        .iter()
        .find_map(|m| Table::unfolded(m, &concept.id, glossary));
    if let Some(attributes) = attributes {
        blocks.push(Block::Heading(2, glossary.name("key-attributes").to_owned()));
        blocks.push(Block::Table(attributes));
    }
    let technologies = concept.technologies.iter().map(|t| {
        let known = t.technology.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let text = glossary.entry(&format!("{}{known}", t.name), glossary.text(&t.text));
        text + &marked(atlas, t.mark.as_ref(), glossary)
    });
    blocks.extend([
        head("map-domains"),
        items(atlas, &concept.domains, glossary),
        head("map-technologies"),
        Block::List(technologies.collect()),
        head("references"),
        Block::List(
            concept
                .references
                .iter()
                .map(|l| format!("{} <{}>", l.title, l.address))
                .collect(),
        ),
    ]);
    blocks
}

/// A domain: core concepts, what it is about, and what is recommended.
pub fn domain(atlas: &Atlas<'_>, domain: &Domain, glossary: &Glossary<'_>) -> Vec<Block> {
    let core: Vec<_> = domain.core.iter().map(|c| stack_item(c, glossary)).collect();
    vec![
        Block::Heading(1, glossary.text(&domain.name).to_owned()),
        Block::Paragraph(glossary.entry(glossary.name("core-concepts"), &core.join("; "))),
        Block::Heading(2, glossary.name("scenarios").to_owned()),
        items(atlas, &domain.scenarios, glossary),
        Block::Heading(2, glossary.name("recommended").to_owned()),
        Block::List(domain.stacks.iter().map(|s| stack_item(s, glossary)).collect()),
    ]
}

/// A practice: what is recommended, and what follows it.
pub fn practice(practice: &Practice, glossary: &Glossary<'_>) -> Vec<Block> {
    let concepts = practice.concepts.iter().map(String::as_str);
    let all = concepts.chain(practice.technologies.iter().map(String::as_str));
    vec![
        Block::Heading(1, glossary.text(&practice.name).to_owned()),
        Block::Paragraph(glossary.text(&practice.text).to_owned()),
        Block::Paragraph(glossary.list(all)),
    ]
}

/// A case of the operator document: its word, grades, blocks with the versions they pin, commands, figures.
pub fn case(atlas: &Atlas<'_>, case: &OperatorCase, glossary: &Glossary<'_>) -> Vec<Block> {
    let line = |l: &stackwright_catalog::model::BlockLine| {
        let version = l.version.as_ref().map(|v| format!(" [{v}]")).unwrap_or_default();
        let text = glossary.entry(glossary.text(&l.key), glossary.text(&l.value));
        format!("{text}{version}{}", marked(atlas, l.mark.as_ref(), glossary))
    };
    let commands = case.commands.iter().map(|c| {
        let mark = marked(atlas, c.mark.as_ref(), glossary);
        format!(
            "{}{mark}",
            glossary.entry(glossary.text(&c.comment), &format!("`{}`", c.command))
        )
    });
    let head = |name: &str| Block::Heading(2, glossary.name(name).to_owned());
    vec![
        Block::Heading(
            1,
            format!("{}  {}  {}", case.word, case.grades, glossary.text(&case.name)),
        ),
        items(atlas, &case.statements, glossary),
        head("grades"),
        items(atlas, &case.levels, glossary),
        head("implementation"),
        Block::List(case.stack.iter().chain(&case.implementation).map(line).collect()),
        head("commands"),
        Block::List(commands.collect()),
        head("figures"),
        items(atlas, &case.figures, glossary),
    ]
}

/// A selection for an application: what is required, what is selected and why, and what is said to come of it.
pub fn study(atlas: &Atlas<'_>, study: &CaseStudy, glossary: &Glossary<'_>) -> Vec<Block> {
    let head = |name: &str| Block::Heading(2, glossary.name(name).to_owned());
    vec![
        Block::Heading(1, glossary.text(&study.name).to_owned()),
        Block::Paragraph(item(atlas, &study.scenario, glossary)),
        head("needs"),
        items(atlas, &study.needs, glossary),
        head("selection"),
        items(atlas, &study.selection, glossary),
        head("analysis"),
        items(atlas, &study.analysis, glossary),
        head("effects"),
        items(atlas, &study.effects, glossary),
    ]
}
