//! Trees of values: laid over each other, and with names in them replaced by values.

use std::collections::BTreeMap;

use serde_json::Value;

/// What names stand for.
pub(crate) type Variables = BTreeMap<&'static str, Value>;

/// Lays a tree over another: mappings key by key, lists by adding what is not there, anything else by replacing it. Gives the
/// path of the first value that replaces a different one.
pub(crate) fn overlay(base: &mut Value, over: &Value) -> Option<String> {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let mut clash = None;
            for (key, value) in over {
                let found = match base.get_mut(key) {
                    Some(own) => overlay(own, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                        None
                    }
                };
                if let Some(path) = found {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{key}.{path}")
                    };
                    clash.get_or_insert(path);
                }
            }
            clash
        }
        (Value::Array(base), Value::Array(over)) => {
            for item in over {
                if !base.contains(item) {
                    base.push(item.clone());
                }
            }
            None
        }
        (base, over) if base == over => None,
        (base, over) => {
            *base = over.clone();
            Some(String::new())
        }
    }
}

/// Replaces `${name}` in every text: by the value itself where the text is nothing else; inside a longer text by its own text,
/// or by its JSON.
///
/// # Errors
///
/// The name that stands for nothing.
pub(crate) fn substitute(tree: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match tree {
        Value::String(text) => replace(text, variables)?,
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|v| substitute(v, variables)).collect();
            Value::Array(items?)
        }
        Value::Object(map) => {
            let mut out = serde_json::Map::new();
            for (key, value) in map {
                let key = match replace(key, variables)? {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                out.insert(key, substitute(value, variables)?);
            }
            Value::Object(out)
        }
        other => other.clone(),
    })
}

/// The same for a text by itself.
pub(crate) fn substitute_text(text: &str, variables: &Variables) -> Result<String, String> {
    Ok(match replace(text, variables)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn replace(text: &str, variables: &Variables) -> Result<Value, String> {
    let value = |name: &str| variables.get(name).ok_or_else(|| name.to_owned());
    if let Some(name) = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'))
        && !name.contains('}')
    {
        return value(name).cloned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        match value(name)? {
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(Value::String(out))
}

/// The value at a path of keys with dots.
pub(crate) fn at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(tree, |value, key| value.get(key))
}

/// Sets the value at a path of keys with dots, if everything before its last key is there.
pub(crate) fn set(tree: &mut Value, path: &str, new: Value) {
    let (folder, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut keys = folder.split('.').filter(|k| !k.is_empty());
    let place = keys.try_fold(tree, |value, key| value.get_mut(key));
    if let Some(Value::Object(map)) = place {
        map.entry(last).or_insert(new);
    }
}
