//! Conditions of requests, as Kyverno's preconditions state them, as far as they are known when a workload is created.

use std::collections::BTreeMap;

use crate::rules::matches;
use crate::tree::{Node, Value};

/// Whether conditions hold: all in a list, or all below `all` and one of those below `any`. Nothing, if that depends on a
/// variable that is not known.
pub fn holds(conditions: &Node<'_>, known: &BTreeMap<String, String>) -> Option<bool> {
    let Value::Mapping(_) = conditions.value else {
        return all(conditions.items().iter().map(|c| condition(c, known)));
    };
    let listed = |key| conditions.get(key).map(Node::items).unwrap_or_default().iter();
    let mut any = listed("any").map(|c| condition(c, known)).peekable();
    let some = match any.peek() {
        None => Some(true),
        // One is true unless all are false.
        Some(_) => all(any.map(|met| met.map(|m| !m))).map(|none| !none),
    };
    all([some, all(listed("all").map(|c| condition(c, known)))].into_iter())
}

/// One that is false decides, then one that is not known.
fn all(mut met: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut open = false;
    let none_false = met.all(|m| {
        open |= m.is_none();
        m != Some(false)
    });
    match none_false {
        false => Some(false),
        true if open => None,
        true => Some(true),
    }
}

fn condition(node: &Node<'_>, known: &BTreeMap<String, String>) -> Option<bool> {
    let key = value(node.get("key")?.text()?, known)?;
    let wanted = node.get("value")?;
    let mut wanted = match &wanted.value {
        Value::Sequence(items) => items
            .iter()
            .map(|i| value(i.text()?, known))
            .collect::<Option<Vec<_>>>()?,
        _ => vec![value(wanted.text()?, known)?],
    }
    .into_iter();
    let met = wanted.any(|w| matches(w, key));
    match node.get("operator")?.text()? {
        "Equals" | "Equal" | "In" | "AnyIn" | "AllIn" => Some(met),
        "NotEquals" | "NotEqual" | "NotIn" | "AnyNotIn" | "AllNotIn" => Some(!met),
        _ => None,
    }
}

/// A text, or what `{{ variable }}` or `{{ variable || otherwise }}` stands for, if that is known.
fn value<'v>(text: &'v str, known: &'v BTreeMap<String, String>) -> Option<&'v str> {
    let Some(variable) = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")) else {
        return (!text.contains("{{")).then_some(text);
    };
    let name = variable.split_once("||").map_or(variable, |(name, _)| name);
    known.get(name.trim()).map(String::as_str)
}
