//! Structural schemas of further kinds: what a CustomResourceDefinition says of its objects.
//!
//! Checked are types, fields that are not defined, fields that must be there, sets of values, numbers, lengths and combinations.
//! Patterns, formats and rules in CEL are not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use stackwright_text::yaml::parse;
use stackwright_text::{Diagnostic, Source, decode};

use super::{VerifyError, parts};

/// The schemas of kinds, by group and version and by kind.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    kinds: BTreeMap<(String, String), Value>,
}

/// Files that a folder may hold, and how deep.
const MAX_DEPTH: usize = 8;

impl Schemas {
    /// Reads every definition in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, VerifyError> {
        let mut files = Vec::new();
        list(folder, 0, &mut files)?;
        files.sort();
        let mut schemas = Self::default();
        for path in files {
            let bytes = fs::read(&path).map_err(|source| VerifyError::Io {
                path: path.clone(),
                source,
            })?;
            let text = String::from_utf8_lossy(&bytes);
            for (_, document) in parts(&text) {
                // Most files of such folders hold one definition; templates and other documents are passed over.
                if !document.contains("CustomResourceDefinition") {
                    continue;
                }
                let source = Source::new(path.display().to_string(), document);
                if let Ok(node) = parse(&source)
                    && let Ok(value) = decode::decode::<Value>(&source, &node)
                {
                    schemas.add(&value);
                }
            }
        }
        if schemas.kinds.is_empty() {
            let message = format!("{} holds no CustomResourceDefinition", folder.display());
            return Err(Diagnostic::new("verify::schemas", message)
                .with_help("give the folder of the definitions, as the projects publish them")
                .into());
        }
        Ok(schemas)
    }

    fn add(&mut self, definition: &Value) {
        let text = |path: &str| definition.pointer(path).and_then(Value::as_str);
        let (Some("CustomResourceDefinition"), Some(group), Some(kind)) =
            (text("/kind"), text("/spec/group"), text("/spec/names/kind"))
        else {
            return;
        };
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            let name = version.get("name").and_then(Value::as_str);
            let schema = version.pointer("/schema/openAPIV3Schema");
            let served = version.get("served").and_then(Value::as_bool) != Some(false);
            if let (Some(name), Some(schema), true) = (name, schema, served) {
                self.kinds
                    .insert((format!("{group}/{name}"), kind.to_owned()), schema.clone());
            }
        }
    }

    pub(super) fn get(&self, api_version: &str, kind: &str) -> Option<&Value> {
        self.kinds.get(&(api_version.to_owned(), kind.to_owned()))
    }
}

fn list(path: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let at = |source| VerifyError::Io {
        path: path.to_owned(),
        source,
    };
    for entry in fs::read_dir(path).map_err(at)? {
        let entry = entry.map_err(at)?;
        let kind = entry.file_type().map_err(at)?;
        let path = entry.path();
        if kind.is_dir() && depth < MAX_DEPTH {
            list(&path, depth + 1, out)?;
        } else if path
            .extension()
            .is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
        {
            out.push(path);
        }
    }
    Ok(())
}

/// Everything that is wrong with an object, each with the path of the field.
pub(super) fn check(schema: &Value, object: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut schema = schema.clone();
    // What every object has is checked elsewhere, and definitions say little or nothing of it.
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for key in ["apiVersion", "kind", "metadata"] {
            properties.insert(key.to_owned(), json!({ "x-kubernetes-preserve-unknown-fields": true }));
        }
    }
    validate(&schema, object, "", true, &mut found);
    found
}

fn truth(schema: &Value, key: &str) -> bool {
    schema.get(key).and_then(Value::as_bool) == Some(true)
}

/// `fields`: whether fields that are not defined are errors; inside combinations they are not, as the structure is outside.
fn validate(schema: &Value, value: &Value, path: &str, fields: bool, found: &mut Vec<(String, String)>) {
    if value.is_null() && truth(schema, "nullable") {
        return;
    }
    if !is_of_type(schema, value) {
        let wanted = schema
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("integer or string");
        found.push((path.to_owned(), format!("expected {wanted}, found {}", name_of(value))));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        found.push((path.to_owned(), format!("{value} is not one of {}", names.join(", "))));
    }
    limits(schema, value, path, found);
    match value {
        Value::Object(map) => object(schema, map, path, fields, found),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (i, item) in items.iter().enumerate() {
                    validate(schema, item, &format!("{path}[{i}]"), fields, found);
                }
            }
        }
        _ => {}
    }
    combinations(schema, value, path, found);
}

fn object(schema: &Value, map: &Map<String, Value>, path: &str, fields: bool, found: &mut Vec<(String, String)>) {
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let more = schema.get("additionalProperties");
    let open = truth(schema, "x-kubernetes-preserve-unknown-fields") || truth(schema, "x-kubernetes-embedded-resource");
    for (key, value) in map {
        match (properties.and_then(|p| p.get(key)), more) {
            (Some(schema), _) => validate(schema, value, &join(key), fields, found),
            (None, Some(schema)) if schema.is_object() => validate(schema, value, &join(key), fields, found),
            (None, Some(Value::Bool(true))) => {}
            (None, _) if open || !fields || (properties.is_none() && schema.get("type").is_none()) => {}
            (None, _) => found.push((join(key), "no such field is defined".to_owned())),
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(key) {
            found.push((join(key), "must be there".to_owned()));
        }
    }
}

fn limits(schema: &Value, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    // Lengths of what is in memory are far below the precision of f64.
    #[allow(clippy::cast_precision_loss)]
    let (size, least, greatest) = match value {
        Value::String(text) => (text.chars().count() as f64, number("minLength"), number("maxLength")),
        Value::Array(items) => (items.len() as f64, number("minItems"), number("maxItems")),
        Value::Object(map) => (map.len() as f64, number("minProperties"), number("maxProperties")),
        Value::Number(n) => (n.as_f64().unwrap_or(0.0), number("minimum"), number("maximum")),
        Value::Bool(_) | Value::Null => return,
    };
    if let Some(least) = least.filter(|l| size < *l) {
        found.push((path.to_owned(), format!("{size} is less than {least}")));
    }
    if let Some(greatest) = greatest.filter(|g| size > *g) {
        found.push((path.to_owned(), format!("{size} is more than {greatest}")));
    }
}

fn combinations(schema: &Value, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let fits = |schema: &Value| {
        let mut wrong = Vec::new();
        validate(schema, value, path, false, &mut wrong);
        wrong.is_empty()
    };
    let of = |key: &str| schema.get(key).and_then(Value::as_array);
    if of("anyOf").is_some_and(|list| !list.iter().any(fits)) {
        found.push((path.to_owned(), "fits none of the forms that it may have".to_owned()));
    }
    if of("oneOf").is_some_and(|list| list.iter().filter(|s| fits(s)).count() != 1) {
        found.push((
            path.to_owned(),
            "does not fit exactly one of the forms that it may have".to_owned(),
        ));
    }
    for schema in of("allOf").into_iter().flatten() {
        validate(schema, value, path, false, found);
    }
    if schema.get("not").is_some_and(fits) {
        found.push((path.to_owned(), "has a form that it must not have".to_owned()));
    }
}

fn is_of_type(schema: &Value, value: &Value) -> bool {
    if truth(schema, "x-kubernetes-int-or-string") {
        return value.is_i64() || value.is_u64() || value.is_string();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    }
}

pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
