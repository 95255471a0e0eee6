//! Maps of concepts and of their selection, as Mermaid and as pictures.

use std::fmt::Write as _;

use stackwright_catalog::model::TreeNode;

use crate::render::{SIZE, escape, measure};
use crate::{Atlas, Glossary};

/// A node of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    text: String,
    /// What leads to it.
    answer: Option<String>,
    children: Vec<Node>,
}

/// The map of concepts: what each is, how it is, what it stands on, where it is used, what it is made with.
pub fn concepts_mermaid(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> String {
    let root = concepts(atlas, glossary);
    let mut text = format!("mindmap\n  root(({}))\n", root.text);
    for concept in &root.children {
        let _ = writeln!(text, "    {}", concept.text);
        for line in &concept.children {
            let _ = writeln!(text, "      {}", line.text);
        }
    }
    text
}

/// The map of concepts as a picture.
pub fn concepts_svg(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> String {
    svg(&concepts(atlas, glossary))
}

fn concepts(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> Node {
    let leaf = |label: &str, text: &str| Node {
        text: format!("{}: {text}", glossary.name(label)),
        answer: None,
        children: Vec::new(),
    };
    let concepts = atlas.data.concepts.iter().map(|concept| {
        let summary = &concept.summary;
        Node {
            text: glossary.text(&concept.name).to_owned(),
            answer: None,
            children: vec![
                leaf("map-definition", glossary.text(&summary.definition)),
                leaf("map-attributes", glossary.text(&summary.attributes)),
                leaf("map-relation", glossary.text(&summary.relation)),
                leaf("map-domains", glossary.text(&summary.domains)),
                leaf("map-technologies", glossary.text(&summary.technologies)),
            ],
        }
    });
    Node {
        text: glossary.name("map-root").to_owned(),
        answer: None,
        children: concepts.collect(),
    }
}

/// The tree of selection as a graph of Mermaid.
pub fn selection_mermaid(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> String {
    let boxed = |node: &TreeNode| {
        let text = glossary.text(&node.text);
        if node.choice {
            format!("{}{{{text}}}", node.id)
        } else {
            format!("{}[{text}]", node.id)
        }
    };
    let mut text = "graph TB\n".to_owned();
    let mut shown: Vec<&str> = Vec::new();
    for node in &atlas.data.tree {
        let Some(parent) = atlas.data.tree.iter().find(|n| node.parent.as_ref() == Some(&n.id)) else {
            continue;
        };
        let from = if shown.contains(&parent.id.as_str()) {
            parent.id.clone()
        } else {
            boxed(parent)
        };
        shown.extend([parent.id.as_str(), &node.id]);
        let arrow = match &node.answer {
            Some(answer) => format!("-->|{}|", glossary.text(answer)),
            None => "-->".to_owned(),
        };
        let _ = writeln!(text, "    {from} {arrow} {}", boxed(node));
    }
    text
}

/// The tree of selection as a picture.
pub fn selection_svg(atlas: &Atlas<'_>, glossary: &Glossary<'_>) -> String {
    let root = atlas.data.tree.iter().find(|n| n.parent.is_none());
    root.map(|root| svg(&subtree(atlas, glossary, root, atlas.data.tree.len())))
        .unwrap_or_default()
}

/// A node with all below it; `depth` ends circles, which data may have.
fn subtree(atlas: &Atlas<'_>, glossary: &Glossary<'_>, node: &TreeNode, depth: usize) -> Node {
    let children = atlas
        .data
        .tree
        .iter()
        .filter(|n| depth > 0 && n.parent.as_ref() == Some(&node.id));
    Node {
        text: glossary.text(&node.text).to_owned(),
        answer: node.answer.as_ref().map(|a| glossary.text(a).to_owned()),
        children: children.map(|n| subtree(atlas, glossary, n, depth - 1)).collect(),
    }
}

const LINE: usize = 34;
const SPACE: usize = 40;

/// A tree from left to right: every leaf has a line of its own, every other node stands in the middle of its children.
fn svg(root: &Node) -> String {
    let mut widths = Vec::new();
    levels(root, 0, &mut widths);
    let mut starts = vec![16];
    for width in &widths {
        starts.push(starts.last().copied().unwrap_or(0) + width + SPACE);
    }
    let mut body = String::new();
    let mut line = 0;
    place(root, 0, &starts, &mut line, &mut body);
    let (width, height) = (starts.last().copied().unwrap_or(0), (line + 1) * LINE);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"{SIZE}\">\n<title>{}</title>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#ffffff\"/>\n{body}</svg>\n",
        escape(&root.text)
    )
}

fn shown(node: &Node) -> String {
    match &node.answer {
        Some(answer) => format!("{answer} → {}", node.text),
        None => node.text.clone(),
    }
}

/// The width of a node's box. The first two levels are bold.
fn wide(node: &Node, level: usize) -> usize {
    measure::width(&shown(node), SIZE, level < 2) + 20
}

/// The width of the widest node of each level.
fn levels(node: &Node, level: usize, widths: &mut Vec<usize>) {
    let width = wide(node, level);
    match widths.get_mut(level) {
        Some(widest) => *widest = (*widest).max(width),
        None => widths.push(width),
    }
    node.children.iter().for_each(|c| levels(c, level + 1, widths));
}

/// Draws a node after its children, and gives its height.
fn place(node: &Node, level: usize, starts: &[usize], line: &mut usize, out: &mut String) -> usize {
    let at = |list: &[usize], level: usize| list.get(level).copied().unwrap_or_default();
    let below: Vec<usize> = node
        .children
        .iter()
        .map(|c| place(c, level + 1, starts, line, out))
        .collect();
    let y = match (below.first(), below.last()) {
        (Some(first), Some(last)) => usize::midpoint(*first, *last),
        _ => {
            *line += 1;
            *line * LINE
        }
    };
    let (x, width) = (at(starts, level), wide(node, level));
    for child in below {
        let (from, to) = (x + width, at(starts, level + 1));
        let middle = usize::midpoint(from, to);
        let _ = writeln!(
            out,
            "<path d=\"M{from} {y}C{middle} {y} {middle} {child} {to} {child}\" fill=\"none\" stroke=\"#9ca3af\"/>"
        );
    }
    let (fill, weight) = match level {
        0 => ("#c7d2fe", " font-weight=\"bold\""),
        1 => ("#eef2ff", " font-weight=\"bold\""),
        _ => ("#f9fafb", ""),
    };
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"26\" rx=\"6\" fill=\"{fill}\" stroke=\"#9ca3af\"/>\
         <text x=\"{}\" y=\"{}\"{weight}>{}</text>",
        y - 13,
        x + 10,
        y + 5,
        escape(&shown(node))
    );
    y
}
