//! Whether each document is one of its kind: by its type, by a definition that was given, or by the catalogue's shape of it; and
//! whether the version of the platform still has it.

use std::cmp::Ordering;

use serde_json::Value;
use stackwright_catalog::model::LandingShape;
use stackwright_catalog::version;
use stackwright_emit::kubernetes;

use super::schema::{self, name_of};
use super::{Severity, Verifier};

/// Groups whose documents are for tools and never reach a cluster.
const TOOLS: [&str; 4] = [
    "kustomize.config.k8s.io/",
    "stackwright/",
    "test.gatekeeper.sh/",
    "cli.kyverno.io/",
];

/// What is to be said of a document.
struct Remark {
    fault: bool,
    place: String,
    what: String,
}

impl Verifier<'_> {
    pub(super) fn documents(&mut self) {
        let mut remarks = Vec::new();
        for document in &self.documents {
            let (api_version, kind) = (document.api_version(), document.kind());
            let place = document.place();
            let mut say = |fault: bool, place: String, what: String| remarks.push(Remark { fault, place, what });
            if TOOLS.iter().any(|t| api_version.starts_with(t)) {
                continue;
            }
            if api_version.is_empty() || kind.is_empty() {
                say(false, place, "is no object of a kind".to_owned());
                continue;
            }
            let typed = kubernetes::read_back(api_version, kind, &document.source, &document.node);
            let landed = self
                .rules
                .kinds
                .iter()
                .find(|k| k.api_version == api_version && k.kind == kind);
            if let Some(result) = typed {
                if let Err(error) = result {
                    let line = error.place().map_or(document.line + 1, |p| p.line);
                    say(true, format!("{}:{line}", document.file), error.to_string());
                }
            } else if let Some(schema) = self.schemas.get(api_version, kind) {
                for (path, what) in schema::check(schema, &document.value) {
                    say(true, format!("{place} {path}"), what);
                }
            } else if let Some(landed) = landed {
                let mut found = Vec::new();
                if let Some(spec) = document.value.get("spec") {
                    shape(&landed.shape, spec, "spec", &mut found);
                } else {
                    found.push(("spec".to_owned(), "must be there".to_owned()));
                }
                for (path, what) in found {
                    say(true, format!("{place} {path}"), what);
                }
            } else {
                let what = format!(
                    "{kind} of {api_version} is not known, and was not checked; give its definition with `--schemas`"
                );
                say(self.lock.is_some(), place.clone(), what);
            }
            self.versions(document.value.clone(), (api_version, kind), &place, &mut remarks);
        }
        for remark in remarks {
            if remark.fault {
                self.fault(remark.place, remark.what);
            } else {
                self.add(Severity::Info, remark.place, remark.what);
            }
        }
    }

    fn versions(&self, value: Value, (api_version, kind): (&str, &str), place: &str, remarks: &mut Vec<Remark>) {
        let at = |path: &str| value.pointer(&format!("/{}", path.replace('.', "/"))).is_some();
        for field in self.platform.fields.iter().filter(|f| f.kind == kind) {
            if at(&field.path) && version::in_range(&self.version, &field.versions) == Some(false) {
                remarks.push(Remark {
                    fault: true,
                    place: format!("{place} {}", field.path),
                    what: format!("Kubernetes {} does not have this field", self.version),
                });
            }
        }
        for deprecation in &self.platform.deprecated {
            let is = deprecation.api_version == api_version
                && deprecation.kind.as_ref().is_none_or(|k| k == kind)
                && deprecation.path.as_deref().is_none_or(at);
            if !is || !self.reached(&deprecation.deprecated) {
                continue;
            }
            let removed = deprecation.removed.as_deref().filter(|r| self.reached(r));
            let what = match removed {
                Some(removed) => format!(
                    "{api_version} {kind} was removed in Kubernetes {removed}: use {}",
                    deprecation.instead
                ),
                None => format!(
                    "{api_version} {kind} is deprecated since Kubernetes {}: use {}",
                    deprecation.deprecated, deprecation.instead
                ),
            };
            remarks.push(Remark {
                fault: removed.is_some(),
                place: place.to_owned(),
                what,
            });
        }
    }

    /// Whether the version is that one or a later one.
    fn reached(&self, bound: &str) -> bool {
        match (version::numbers(&self.version), version::numbers(bound)) {
            (Some(own), Some(bound)) => own.cmp(&bound) != Ordering::Less,
            _ => false,
        }
    }
}

/// Whether a value has a shape.
fn shape(shape_: &LandingShape, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let wrong = |wanted: &str| (path.to_owned(), format!("expected {wanted}, found {}", name_of(value)));
    match (shape_, value) {
        (LandingShape::Any, _) | (LandingShape::Text, Value::String(_)) | (LandingShape::Boolean, Value::Bool(_)) => {}
        (LandingShape::Integer, Value::Number(n)) if n.is_i64() || n.is_u64() => {}
        (LandingShape::OneOf(allowed), Value::String(text)) => {
            if !allowed.contains(text) {
                found.push((
                    path.to_owned(),
                    format!("`{text}` is not one of {}", allowed.join(", ")),
                ));
            }
        }
        (LandingShape::List(inner), Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                shape(inner, item, &format!("{path}[{i}]"), found);
            }
        }
        (LandingShape::Map(inner), Value::Object(map)) => {
            for (key, value) in map {
                shape(inner, value, &format!("{path}.{key}"), found);
            }
        }
        (LandingShape::Fields(fields), Value::Object(map)) => {
            for (key, value) in map {
                match fields.get(key) {
                    Some(inner) => shape(inner, value, &format!("{path}.{key}"), found),
                    None => found.push((format!("{path}.{key}"), "no such field is known".to_owned())),
                }
            }
        }
        (LandingShape::Text | LandingShape::OneOf(_), _) => found.push(wrong("a text")),
        (LandingShape::Integer, _) => found.push(wrong("a whole number")),
        (LandingShape::Boolean, _) => found.push(wrong("a truth value")),
        (LandingShape::List(_), _) => found.push(wrong("a list")),
        (LandingShape::Map(_) | LandingShape::Fields(_), _) => found.push(wrong("a mapping")),
    }
}
