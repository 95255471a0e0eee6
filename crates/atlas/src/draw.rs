//! Relations as Mermaid, DOT and pictures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stackwright_catalog::model::{Relation, RelationKind};
use unicode_width::UnicodeWidthStr as _;

use crate::Glossary;
use crate::render::{CHARACTER, escape};

/// The ends of edges, in the order in which they first appear.
fn nodes<'r>(relations: &[&'r Relation]) -> Vec<&'r str> {
    let mut nodes = Vec::new();
    for relation in relations {
        for node in [relation.from.as_str(), &relation.to] {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
    }
    nodes
}

/// What an edge is called: its kind, and when it was or what it makes.
fn label(relation: &Relation, glossary: &Glossary<'_>) -> String {
    let [there, _] = relation.kind.phrases();
    let more = relation.period.as_ref().or(relation.word.as_ref());
    match more {
        Some(more) => format!("{} {more}", glossary.text(&there)),
        None => glossary.text(&there).to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A graph of Mermaid.
pub fn mermaid(relations: &[&Relation], glossary: &Glossary<'_>) -> String {
    let plain = |text: &str| format!("\"{}\"", text.replace('"', "#quot;"));
    let mut text = "graph TD\n".to_owned();
    for node in nodes(relations) {
        let _ = writeln!(text, "    {node}[{}]", plain(glossary.name(node)));
    }
    for relation in relations {
        let arrow = if relation.kind == RelationKind::ComposesWith {
            "---"
        } else {
            "-->"
        };
        let _ = writeln!(
            text,
            "    {} {arrow}|{}| {}",
            relation.from,
            plain(&label(relation, glossary)),
            relation.to
        );
    }
    text
}

/// A graph of Graphviz.
pub fn dot(relations: &[&Relation], glossary: &Glossary<'_>) -> String {
    let mut text = "digraph relations {\n    node [shape=box];\n".to_owned();
    for node in nodes(relations) {
        let _ = writeln!(text, "    {} [label={}];", quoted(node), quoted(glossary.name(node)));
    }
    for relation in relations {
        let directed = if relation.kind == RelationKind::ComposesWith {
            ", dir=none"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "    {} -> {} [label={}{directed}];",
            quoted(&relation.from),
            quoted(&relation.to),
            quoted(&label(relation, glossary))
        );
    }
    text + "}\n"
}

const BOX: usize = 34;
const STEP: usize = 110;
const GAP: usize = 150;
/// How far an edge over several rows bends aside, for each row.
const BEND: usize = 90;
/// Width of a character of a label.
const SMALL: usize = 6;

/// The row of each node: below everything that points to it, where there are no circles.
fn rows<'r>(relations: &[&'r Relation], nodes: &[&'r str]) -> BTreeMap<&'r str, usize> {
    let mut rows: BTreeMap<&str, usize> = nodes.iter().map(|n| (*n, 0)).collect();
    // A longest way has fewer steps than there are nodes; more rounds would only follow circles.
    for _ in 1..nodes.len() {
        let before = rows.clone();
        for relation in relations {
            let (above, below) = match relation.kind {
                RelationKind::RunsOn | RelationKind::DependsOn => (&relation.to, &relation.from),
                _ => (&relation.from, &relation.to),
            };
            let least = rows.get(above.as_str()).map_or(0, |row| row + 1);
            if let Some(row) = rows.get_mut(below.as_str()).filter(|row| **row < least) {
                *row = least;
            }
        }
        if rows == before {
            break;
        }
    }
    rows
}

/// A picture: nodes in rows, what carries above what it carries, edges as lines with their kind beside them.
pub fn svg(relations: &[&Relation], glossary: &Glossary<'_>) -> String {
    let nodes = nodes(relations);
    let rows = rows(relations, &nodes);
    let mut levels: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for node in &nodes {
        levels
            .entry(rows.get(node).copied().unwrap_or_default())
            .or_default()
            .push(node);
    }
    let wide = |node: &str| glossary.name(node).width() * CHARACTER + 24;
    let row_width = |nodes: &Vec<&str>| nodes.iter().map(|n| wide(n) + GAP).sum::<usize>().saturating_sub(GAP);
    let width = levels.values().map(row_width).max().unwrap_or(0) + 4 * GAP;
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (index, nodes) in levels.values().enumerate() {
        // Rows are shifted by turns, so that an edge over several rows does not run through the boxes between.
        let shift = if index % 2 == 0 { 0 } else { GAP / 2 };
        let mut x = (width - row_width(nodes)) / 2 + shift;
        for node in nodes {
            let wide = wide(node);
            places.insert(*node, (x + wide / 2, 40 + index * STEP));
            x += wide + GAP;
        }
    }
    let height = levels.len().saturating_sub(1) * STEP + 100;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"14\" text-anchor=\"middle\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#ffffff\"/>\n<defs><marker id=\"end\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#374151\"/></marker></defs>\n"
    );
    // Edges between the same two nodes leave at different places.
    let mut taken: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for relation in relations {
        let (from, to) = (relation.from.as_str(), relation.to.as_str());
        let Some((a, b)) = places.get(from).zip(places.get(to)) else {
            continue;
        };
        let key = if from < to { (from, to) } else { (to, from) };
        let count = taken.entry(key).or_default();
        let aside = *count * 26;
        *count += 1;
        let (half, up) = (BOX / 2, a.1 > b.1);
        let ends = if a.1 == b.1 {
            ((a.0 + aside, a.1 + half), (b.0 + aside, b.1 + half))
        } else if up {
            ((a.0 + aside, a.1 - half), (b.0 + aside, b.1 + half))
        } else {
            ((a.0 + aside, a.1 + half), (b.0 + aside, b.1 - half))
        };
        let ((x1, y1), (x2, y2)) = ends;
        // An edge over several rows bends aside, so that it does not run through the boxes between.
        let span = a.1.abs_diff(b.1) / STEP;
        let bend = if span > 1 { span * BEND } else { 0 };
        let middle = usize::midpoint(x1, x2) + bend;
        let level = usize::midpoint(y1, y2) + if span == 0 { 48 } else { 0 };
        // The middle of the curve.
        let (at, on) = ((x1 + 2 * middle + x2) / 4, (y1 + 2 * level + y2) / 4);
        let arrow = if relation.kind == RelationKind::ComposesWith {
            ""
        } else {
            " marker-end=\"url(#end)\""
        };
        let name = label(relation, glossary);
        let wide = name.width() * SMALL + 6;
        let _ = writeln!(
            text,
            "<g><title>{}</title><path d=\"M{x1} {y1}Q{middle} {level} {x2} {y2}\" fill=\"none\" stroke=\"#374151\"{arrow}/>\
             <rect x=\"{}\" y=\"{}\" width=\"{wide}\" height=\"16\" fill=\"#ffffff\"/><text x=\"{at}\" y=\"{}\" \
             font-size=\"11\" fill=\"#374151\">{}</text></g>",
            escape(glossary.text(&relation.text)),
            at.saturating_sub(wide / 2),
            on.saturating_sub(8),
            on + 4,
            escape(&name)
        );
    }
    for node in &nodes {
        let Some((x, y)) = places.get(node) else { continue };
        let wide = wide(node);
        let _ = writeln!(
            text,
            "<rect x=\"{}\" y=\"{}\" width=\"{wide}\" height=\"{BOX}\" rx=\"6\" fill=\"#eef2ff\" stroke=\"#4f46e5\"/>\
             <text x=\"{x}\" y=\"{}\">{}</text>",
            x.saturating_sub(wide / 2),
            y - BOX / 2,
            y + 5,
            escape(glossary.name(node))
        );
    }
    text + "</svg>\n"
}
