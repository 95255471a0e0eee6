//! Values as YAML: block style, keys in a fixed order, the same bytes for the same value.

use serde_json::{Map, Value};

/// Keys that stand before others, as people expect them.
const FIRST: [&str; 4] = ["apiVersion", "kind", "metadata", "name"];
/// Plain words that parsers take for something else than text.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"];

/// Writes a document.
pub(crate) fn write(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(map) if !map.is_empty() => mapping(map, 0, &mut out),
        Value::Array(items) if !items.is_empty() => sequence(items, 0, &mut out),
        other => {
            inline(other, &mut out);
            out.push('\n');
        }
    }
    out
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn mapping(map: &Map<String, Value>, depth: usize, out: &mut String) {
    for (index, (key, value)) in sorted(map).into_iter().enumerate() {
        // The first key of an item stands after its dash.
        if index > 0 || !out.ends_with("- ") {
            indent(depth, out);
        }
        text(key, out);
        out.push(':');
        entry(value, depth, out);
    }
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let rank = |key: &str| FIRST.iter().position(|f| *f == key).unwrap_or(FIRST.len());
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    entries
}

fn entry(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            mapping(map, depth + 1, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            sequence(items, depth + 1, out);
        }
        Value::String(block) if is_block(block) => literal(block, depth + 1, out),
        other => {
            out.push(' ');
            inline(other, out);
            out.push('\n');
        }
    }
}

fn sequence(items: &[Value], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => mapping(map, depth + 1, out),
            Value::Array(_) => {
                out.push_str(&item.to_string());
                out.push('\n');
            }
            Value::String(block) if is_block(block) => {
                out.pop();
                literal(block, depth + 1, out);
            }
            other => {
                inline(other, out);
                out.push('\n');
            }
        }
    }
}

/// Whether a text is better read line by line: several lines, none with anything that a block would lose.
fn is_block(text: &str) -> bool {
    let plain =
        |line: &str| !line.ends_with([' ', '\t', '\r']) && !line.contains(|c: char| c.is_control() && c != '\t');
    text.ends_with('\n')
        && text.lines().count() > 1
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.lines().all(plain)
}

fn literal(block: &str, depth: usize, out: &mut String) {
    out.push_str(" |\n");
    for line in block.lines() {
        if !line.is_empty() {
            indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn inline(value: &Value, out: &mut String) {
    match value {
        Value::String(content) => text(content, out),
        // JSON is YAML.
        other => out.push_str(&other.to_string()),
    }
}

fn text(content: &str, out: &mut String) {
    if is_plain(content) {
        out.push_str(content);
    } else {
        out.push_str(&Value::from(content).to_string());
    }
}

/// Whether a text needs no quotes, by a rule that is narrower than YAML's.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_' | '.'));
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.' | '-' | ' ' | ',' | '(' | ')');
    let colons = text
        .split(':')
        .skip(1)
        .all(|rest| !rest.is_empty() && !rest.starts_with(' '));
    starts
        && colons
        && !text.ends_with(' ')
        && !text.contains(" #")
        && text.chars().all(|c| inner(c) || matches!(c, ':' | '@' | '='))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        // Numbers such as `.5`, `.inf` and `1e3`.
        && !text.starts_with('.')
        && text.parse::<f64>().is_err()
}
