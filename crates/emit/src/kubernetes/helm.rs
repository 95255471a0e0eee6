//! The same workload as a Helm chart: the documents of the base with images, resources and the number of pods as values. What
//! `helm template` makes of it, with the values as they are, are the documents themselves.

use serde_json::{Map, Value, json};
use stackwright_catalog::model::LandingStage;
use stackwright_spec::bundle::BundleFile;

use super::{Builder, yaml};

/// The folder of the chart.
pub(super) const FOLDER: &str = "chart";
/// What stands for a value until the document is text; no name or image can hold it.
const MARK: &str = "\u{1}value";

/// A line that gets an expression in the place of its mark.
enum Expression {
    /// A text.
    Text(String),
    /// A whole number.
    Number(String),
    /// A mapping, left out with its key where it is empty.
    Tree(String),
}

impl Builder<'_> {
    /// The files of the chart.
    pub(super) fn chart(&self) -> Vec<BundleFile> {
        let name = &self.emission.requirement.name;
        let about = format!("{} for Kubernetes {}", self.emission.plan.display, self.version);
        let mut values = json!({ "containers": {} });
        let mut files = vec![file(
            "Chart.yaml".to_owned(),
            yaml::write(&json!({
                "apiVersion": "v2",
                "name": name,
                "description": about,
                "type": "application",
                "version": "0.1.0",
            })),
        )];
        for document in self.documents.iter().filter(|d| d.stage == LandingStage::Base) {
            let mut value = document.value.clone();
            let mut expressions = Vec::new();
            if document.file == self.controller {
                parametrize(&mut value, &mut values, &mut expressions);
            }
            let text = template(&yaml::write(&value), &expressions);
            files.push(file(format!("templates/{}.yaml", document.file), text));
        }
        files.push(file("values.yaml".to_owned(), yaml::write(&values)));
        files
    }
}

fn file(path: String, text: String) -> BundleFile {
    BundleFile {
        path: format!("{FOLDER}/{path}"),
        content: text.into_bytes(),
    }
}

/// Moves what may differ from one installation to another into the values.
fn parametrize(document: &mut Value, values: &mut Value, expressions: &mut Vec<Expression>) {
    let mut mark = |expression: Expression| {
        expressions.push(expression);
        json!(format!("{MARK}{}\u{1}", expressions.len() - 1))
    };
    if let Some(replicas) = document.pointer_mut("/spec/replicas") {
        let own = std::mem::replace(replicas, mark(Expression::Number(".Values.replicas".to_owned())));
        put(values, "replicas", own);
    }
    let paths = [
        "/spec/template/spec/containers",
        "/spec/jobTemplate/spec/template/spec/containers",
    ];
    for path in paths {
        let Some(Value::Array(containers)) = document.pointer_mut(path) else {
            continue;
        };
        for container in containers {
            let name = container
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            // Names of containers may hold hyphens, which are no part of a key after a dot.
            let own = format!("(index .Values.containers \"{name}\")");
            let mut part = json!({});
            if let Some(image) = container.get("image").cloned() {
                put(&mut part, "image", image);
                put(container, "image", mark(Expression::Text(format!("{own}.image"))));
            }
            let resources = container.get("resources").cloned().unwrap_or_else(|| json!({}));
            put(&mut part, "resources", resources);
            put(
                container,
                "resources",
                mark(Expression::Tree(format!("{own}.resources"))),
            );
            if let Some(containers) = values.get_mut("containers") {
                put(containers, &name, part);
            }
        }
    }
}

fn put(tree: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = tree {
        let map: &mut Map<String, Value> = map;
        map.insert(key.to_owned(), value);
    }
}

/// A document as a template: braces of its own stand for themselves, and expressions stand in the place of marks.
fn template(text: &str, expressions: &[Expression]) -> String {
    let mut out = String::new();
    for line in text.replace("{{", "{{ \"{{\" }}").split_inclusive('\n') {
        let found = expressions.iter().enumerate().find_map(|(i, expression)| {
            let mark = Value::from(format!("{MARK}{i}\u{1}")).to_string();
            line.contains(&mark).then_some((mark, expression))
        });
        match found {
            None => out.push_str(line),
            Some((mark, Expression::Text(value))) => {
                out.push_str(&line.replace(&mark, &format!("{{{{ {value} | quote }}}}")))
            }
            Some((mark, Expression::Number(value))) => {
                out.push_str(&line.replace(&mark, &format!("{{{{ {value} | int }}}}")))
            }
            Some((mark, Expression::Tree(value))) => {
                let key = line.replace(&format!(" {mark}"), "");
                let depth = key.len() - key.trim_start().len();
                let indent = depth + 2;
                let before = " ".repeat(depth);
                out.push_str(&format!(
                    "{before}{{{{- with {value} }}}}\n{key}{before}  {{{{- toYaml . | nindent {indent} }}}}\n{before}{{{{- end }}}}\n"
                ));
            }
        }
    }
    out
}
