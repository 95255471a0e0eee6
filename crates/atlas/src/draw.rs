//! Relations as Mermaid, DOT and pictures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stackwright_catalog::model::{Relation, RelationKind};

use crate::Glossary;
use crate::render::{SIZE, escape, measure};

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

/// The height of a box with one edge or none, and the room that each further edge takes.
const BOX: usize = 34;
const PORT: usize = 22;
/// The room between two boxes.
const GAP: usize = 22;
/// The room between two lines that go up and down.
const LANE: usize = 16;
const MARGIN: usize = 24;
/// The size of what is written at edges.
const SMALL: usize = 11;

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

/// Nodes from the top to the bottom: what carries above what it carries, and pairs that nothing else joins beside each other.
fn column<'r>(relations: &[&'r Relation]) -> Vec<&'r str> {
    let mut nodes = nodes(relations);
    let rows = rows(relations, &nodes);
    if rows.values().max() <= Some(&1) {
        // The first edge of a node decides where it stands.
        let first = |node: &str| relations.iter().position(|r| r.from == node || r.to == node);
        nodes.sort_by_key(|n| (first(n), rows.get(n).copied()));
    } else {
        nodes.sort_by_key(|n| rows.get(n).copied());
    }
    nodes
}

/// Where an edge leaves a box or enters it.
struct Port {
    edge: usize,
    /// Whether it is the end that the edge leaves.
    leaves: bool,
    y: usize,
}

/// A picture: nodes in one column, what carries above what it carries. Edges run beside it, each in a lane of its own where it
/// meets others, and what they are called stands where they leave, so that no two texts meet.
pub fn svg(relations: &[&Relation], glossary: &Glossary<'_>) -> String {
    let nodes = column(relations);
    let place = |node: &str| nodes.iter().position(|n| *n == node).unwrap_or_default();
    let ends: Vec<[usize; 2]> = relations.iter().map(|r| [place(&r.from), place(&r.to)]).collect();
    let widest = nodes
        .iter()
        .map(|n| measure::width(glossary.name(n), SIZE, false))
        .max();
    let (left, right) = (MARGIN, MARGIN + widest.unwrap_or_default() + 28);
    let labels: Vec<String> = relations.iter().map(|r| label(r, glossary)).collect();
    let written = labels
        .iter()
        .map(|l| measure::width(l, SMALL, false))
        .max()
        .unwrap_or_default();
    // The boxes, and where edges meet them.
    let (mut boxes, mut ports, mut y) = (Vec::new(), Vec::new(), MARGIN);
    for index in 0..nodes.len() {
        let of_node = ports_of(index, &ends);
        let height = BOX + of_node.len().saturating_sub(1) * PORT;
        let meets = of_node.into_iter().enumerate();
        ports.extend(meets.map(|(i, (edge, leaves))| Port {
            edge,
            leaves,
            y: y + BOX / 2 + i * PORT,
        }));
        boxes.push((y, height));
        y += height + GAP;
    }
    let of_edge = |edge: usize, leaves: bool| {
        let port = ports.iter().find(|p| p.edge == edge && p.leaves == leaves);
        port.map_or(MARGIN, |p| p.y)
    };
    let spans: Vec<[usize; 2]> = (0..relations.len())
        .map(|e| [of_edge(e, true), of_edge(e, false)])
        .collect();
    let lanes = lanes(&spans);
    let start = right + written + 20;
    let width = start + (lanes.iter().max().map_or(0, |l| l + 1)) * LANE + MARGIN;
    let height = y.saturating_sub(GAP) + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"{SIZE}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<defs><marker \
         id=\"end\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path \
         d=\"M0 0L10 5L0 10z\" fill=\"#374151\"/></marker></defs>\n"
    );
    for (((relation, [from, to]), lane), name) in relations.iter().zip(&spans).zip(&lanes).zip(&labels) {
        let arrow = if relation.kind == RelationKind::ComposesWith {
            ""
        } else {
            " marker-end=\"url(#end)\""
        };
        let x = start + lane * LANE;
        let _ = writeln!(
            text,
            "<g><title>{}</title><path d=\"M{right} {from}H{x}V{to}H{right}\" fill=\"none\" stroke=\"#374151\"{arrow}/>\
             <text x=\"{}\" y=\"{}\" font-size=\"{SMALL}\" fill=\"#374151\">{}</text></g>",
            escape(glossary.text(&relation.text)),
            right + 12,
            from.saturating_sub(4),
            escape(name)
        );
    }
    for (node, (y, tall)) in nodes.iter().zip(boxes) {
        let _ = writeln!(
            text,
            "<rect x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{tall}\" rx=\"6\" fill=\"#eef2ff\" stroke=\"#4f46e5\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"#111827\">{}</text>",
            right - left,
            left + 14,
            y + tall / 2 + 5,
            escape(glossary.name(node))
        );
    }
    text + "</svg>\n"
}

/// The edges that meet a node, from the top, each with whether it leaves there: up to the nearest first and down to the nearest
/// last, so that an edge around another does not cross it.
fn ports_of(node: usize, ends: &[[usize; 2]]) -> Vec<(usize, bool)> {
    let mut met = Vec::new();
    for (edge, [from, to]) in ends.iter().enumerate() {
        for (own, other, leaves) in [(from, to, true), (to, from, false)] {
            if *own == node {
                let down = other > own;
                met.push((down, std::cmp::Reverse(*other), edge, leaves));
            }
        }
    }
    met.sort_unstable();
    met.into_iter().map(|(_, _, edge, leaves)| (edge, leaves)).collect()
}

/// A lane for each span, short ones first: spans of one lane do not touch.
fn lanes(spans: &[[usize; 2]]) -> Vec<usize> {
    let sorted = |[a, b]: [usize; 2]| [a.min(b), a.max(b)];
    let mut order: Vec<usize> = (0..spans.len()).collect();
    let length = |i: &usize| spans.get(*i).map_or(0, |[a, b]| a.abs_diff(*b));
    order.sort_by_key(|i| (length(i), *i));
    let mut taken: Vec<Vec<[usize; 2]>> = Vec::new();
    let mut lanes = vec![0; spans.len()];
    for index in order {
        let Some(span) = spans.get(index).copied().map(sorted) else {
            continue;
        };
        // What lies within a span stays inside of it.
        let within = |other: &[usize; 2]| other[0] <= span[1] && span[0] <= other[1];
        let least = taken
            .iter()
            .rposition(|lane| lane.iter().any(within))
            .map_or(0, |l| l + 1);
        if taken.len() <= least {
            taken.push(Vec::new());
        }
        if let Some(lane) = taken.get_mut(least) {
            lane.push(span);
        }
        if let Some(lane) = lanes.get_mut(index) {
            *lane = least;
        }
    }
    lanes
}
