//! Tests of policies in the formats of `gator verify` and `kyverno test`, carried out here: every case is a policy, an object and
//! what is expected of the two.
//!
//! Formats: <https://open-policy-agent.github.io/gatekeeper/website/docs/gator/#writing-test-suites> and
//! <https://kyverno.io/docs/kyverno-cli/reference/kyverno_test/>.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value, json};
use stackwright_inspect::matches;
use stackwright_text::yaml::parse;
use stackwright_text::{Source, decode};

use super::cel;
use super::policy::{Rego, review};
use super::{Severity, Verifier, VerifyError, parts, yaml_files};

/// What the documents that hold tests say of themselves.
const SUITE: (&str, &str) = ("test.gatekeeper.sh/", "Suite");
const TEST: (&str, &str) = ("cli.kyverno.io/", "Test");

/// What became of a case.
enum Outcome {
    AsExpected,
    /// It is otherwise.
    Wrong(String),
    /// It was not judged.
    Open(String),
}

/// A case that cannot be judged, or whose files are wrong.
enum Trouble {
    Open(String),
    Wrong(String),
}

impl Verifier<'_> {
    /// Carries out the tests of a folder.
    pub(super) fn suites(&mut self, folder: &Path) -> Result<(), VerifyError> {
        let mut files = Vec::new();
        yaml_files(folder, &mut files)?;
        files.sort();
        for path in files {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            if ![SUITE, TEST].iter().any(|(group, _)| text.contains(group)) {
                continue;
            }
            // What cannot be read is told where documents are read.
            let Ok(documents) = values(&path, &text) else { continue };
            let files = Files {
                root: folder,
                own: path.parent().unwrap_or(folder),
            };
            for document in documents {
                let is = |(group, kind): (&str, &str)| {
                    field(&document, "apiVersion").starts_with(group) && field(&document, "kind") == kind
                };
                let cases = match (is(SUITE), is(TEST)) {
                    (true, _) => suite(&document, &files),
                    (_, true) => test(&document, &files),
                    _ => continue,
                };
                for (name, outcome) in cases {
                    let place = format!("{}: {name}", path.display());
                    match outcome {
                        Outcome::AsExpected => self.cases += 1,
                        Outcome::Wrong(what) => self.add(Severity::Error, place, what),
                        Outcome::Open(what) => self.add(Severity::Info, place, format!("not judged: {what}")),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The files that tests name.
struct Files<'a> {
    root: &'a Path,
    own: &'a Path,
}

impl Files<'_> {
    /// The objects of a file, named from the file that holds the test. None outside of the folder is read.
    fn objects(&self, name: &str) -> Result<Vec<Value>, Trouble> {
        let wrong = |why: String| Trouble::Wrong(format!("`{name}` {why}"));
        let path = inside(self.own, self.root, name).ok_or_else(|| wrong("leads out of the folder".to_owned()))?;
        let text = fs::read_to_string(&path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
        values(&path, &text).map_err(wrong)
    }

    /// The one object of a file.
    fn object(&self, name: &str) -> Result<Value, Trouble> {
        let first = self.objects(name)?.into_iter().next();
        first.ok_or_else(|| Trouble::Wrong(format!("`{name}` holds no object")))
    }
}

/// A path from a folder, if it stays inside of another and leads over no link.
fn inside(own: &Path, root: &Path, name: &str) -> Option<PathBuf> {
    let mut path = own.to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if path != root => {
                path.pop();
            }
            Component::Normal(part) => path.push(part),
            _ => return None,
        }
    }
    let parts = path.ancestors().take_while(|p| *p != root);
    let is_link = |p: &Path| p.symlink_metadata().is_ok_and(|m| m.is_symlink());
    (path.starts_with(root) && !parts.into_iter().any(is_link)).then_some(path)
}

fn values(path: &Path, text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for (_, document) in parts(text) {
        let source = Source::new(path.display().to_string(), document.to_owned());
        match parse(&source).and_then(|node| decode::decode::<Value>(&source, &node)) {
            Ok(value) => found.extend(value.is_object().then_some(value)),
            Err(error) if error.code() == "yaml::empty" => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(found)
}

fn field<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn outcome(result: Result<Outcome, Trouble>) -> Outcome {
    result.unwrap_or_else(|trouble| match trouble {
        Trouble::Open(why) => Outcome::Open(why),
        Trouble::Wrong(why) => Outcome::Wrong(why),
    })
}

/// The cases of a suite for Gatekeeper.
fn suite(document: &Value, files: &Files<'_>) -> Vec<(String, Outcome)> {
    let skipped = |v: &Value| v.get("skip").and_then(Value::as_bool) == Some(true);
    let mut outcomes = Vec::new();
    for test in list(document, "tests") {
        let policy = constraint(test, files);
        for case in list(test, "cases") {
            let name = format!("{}, {}", field(test, "name"), field(case, "name"));
            let result = if skipped(document) || skipped(test) || skipped(case) {
                Err(Trouble::Open("it is to be skipped".to_owned()))
            } else {
                match &policy {
                    Ok((rego, constraint)) => judged(rego, constraint, case, files),
                    Err(Trouble::Open(why)) => Err(Trouble::Open(why.clone())),
                    Err(Trouble::Wrong(why)) => Err(Trouble::Wrong(why.clone())),
                }
            };
            outcomes.push((name, outcome(result)));
        }
    }
    outcomes
}

fn constraint(test: &Value, files: &Files<'_>) -> Result<(Rego, Value), Trouble> {
    for unknown in ["expansion", "invalid"] {
        if test.get(unknown).is_some_and(|v| *v != json!(false)) {
            return Err(Trouble::Open(format!("`{unknown}` is not carried out here")));
        }
    }
    let template = files.object(field(test, "template"))?;
    let rego = Rego::of(&template).ok_or_else(|| Trouble::Open("its template has no Rego".to_owned()))?;
    let rego = rego.map_err(|why| Trouble::Wrong(format!("its Rego is wrong: {why}")))?;
    Ok((rego, files.object(field(test, "constraint"))?))
}

fn judged(rego: &Rego, constraint: &Value, case: &Value, files: &Files<'_>) -> Result<Outcome, Trouble> {
    let review = review(&files.object(field(case, "object"))?);
    let mut inventory = Value::Null;
    for name in list(case, "inventory").filter_map(Value::as_str) {
        for object in files.objects(name)? {
            keep(&mut inventory, object);
        }
    }
    let parameters = constraint
        .pointer("/spec/parameters")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let found = if selected(constraint, &review).map_err(Trouble::Open)? {
        let found = rego.violations(&review, &parameters, (!inventory.is_null()).then_some(&inventory));
        found.map_err(|why| Trouble::Wrong(format!("cannot be evaluated: {why}")))?
    } else {
        Vec::new()
    };
    let standard = [json!({})];
    let assertions = case.get("assertions").and_then(Value::as_array);
    for assertion in assertions.map_or(&standard[..], Vec::as_slice) {
        let message = field(assertion, "message");
        if message.contains(['\\', '^', '$', '*', '+', '?', '(', '[', '{', '|']) {
            return Err(Trouble::Open(
                "messages are compared as texts here, not as patterns".to_owned(),
            ));
        }
        let count = found.iter().filter(|f| f.contains(message)).count();
        let wanted = assertion.get("violations").cloned().unwrap_or_else(|| json!("yes"));
        let holds = match (&wanted, wanted.as_u64()) {
            (_, Some(number)) => count as u64 == number,
            (Value::String(word), _) if word == "no" => count == 0,
            (Value::String(word), _) if word == "yes" => count > 0,
            // In YAML 1.1 these words are truth values.
            (Value::Bool(any), _) => (count > 0) == *any,
            _ => {
                return Err(Trouble::Wrong(format!(
                    "`violations: {wanted}` is none of yes, no, a number"
                )));
            }
        };
        if !holds {
            let found = if found.is_empty() {
                "none".to_owned()
            } else {
                found.join("; ")
            };
            let wanted = wanted.to_string();
            return Ok(Outcome::Wrong(format!(
                "violations wanted: {}, found: {found}",
                wanted.trim_matches('"')
            )));
        }
    }
    Ok(Outcome::AsExpected)
}

/// Puts an object where Gatekeeper's policies look for what else there is in the cluster.
fn keep(inventory: &mut Value, object: Value) {
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let mut keys = match namespace.is_empty() {
        true => vec!["cluster".to_owned()],
        false => vec!["namespace".to_owned(), namespace],
    };
    keys.extend([text("/apiVersion"), text("/kind"), name]);
    let mut place = inventory;
    for key in keys {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(map) = place.as_object_mut() else { return };
        place = map.entry(key).or_insert(Value::Null);
    }
    *place = object;
}

/// Whether a constraint is about an object.
///
/// # Errors
///
/// It selects by something that is not judged here.
fn selected(constraint: &Value, review: &Value) -> Result<bool, String> {
    let none = Map::new();
    let wanted = constraint
        .pointer("/spec/match")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(|i| Some(i.as_str()?.to_owned())).collect()
    };
    let any = |patterns: &[String], text: &str| patterns.iter().any(|p| matches(p, text));
    let of = |path: &str| review.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (group, kind, namespace) = (of("/kind/group"), of("/kind/kind"), of("/namespace"));
    let mut open = None;
    for (key, value) in wanted {
        let listed = texts(value);
        let fits = match key.as_str() {
            "kinds" => value.as_array().into_iter().flatten().any(|entry| {
                let is = |key: &str, text: &str| {
                    let listed = entry.get(key).map(&texts).unwrap_or_default();
                    listed.is_empty() || listed.iter().any(|l| l == "*" || l == text)
                };
                is("apiGroups", group) && is("kinds", kind)
            }),
            // What has no namespace is not disqualified by any.
            "namespaces" => listed.is_empty() || namespace.is_empty() || any(&listed, namespace),
            "excludedNamespaces" => namespace.is_empty() || !any(&listed, namespace),
            "name" => matches(value.as_str().unwrap_or_default(), of("/name")),
            _ => {
                open = Some(format!("its constraint selects by `{key}`"));
                true
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    open.map_or(Ok(true), Err)
}

/// The cases of a test for Kyverno: every resource of every result.
fn test(document: &Value, files: &Files<'_>) -> Vec<(String, Outcome)> {
    let read = |key: &str| -> Result<Vec<Value>, Trouble> {
        let names = list(document, key).filter_map(Value::as_str);
        names
            .map(|name| files.objects(name))
            .collect::<Result<Vec<_>, _>>()
            .map(|o| o.concat())
    };
    let (policies, resources) = match (read("policies"), read("resources")) {
        (Ok(policies), Ok(resources)) => (policies, resources),
        (Err(trouble), _) | (_, Err(trouble)) => {
            return vec![("test".to_owned(), outcome(Err(trouble)))];
        }
    };
    let mut outcomes = Vec::new();
    for result in list(document, "results") {
        for resource in list(result, "resources").filter_map(Value::as_str) {
            let name = format!("{}, {resource}", field(result, "policy"));
            outcomes.push((name, outcome(expected(result, resource, &policies, &resources))));
        }
    }
    outcomes
}

fn expected(result: &Value, resource: &str, policies: &[Value], resources: &[Value]) -> Result<Outcome, Trouble> {
    // A name may come after its namespace.
    let short = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let named = |object: &&Value, name: &str| object.pointer("/metadata/name").and_then(Value::as_str) == Some(name);
    let missing = |what: &str| Trouble::Wrong(format!("{what} is in no file of the test"));
    let policy = field(result, "policy");
    let found = policies.iter().find(|p| named(p, &short(policy)));
    let validations = cel::compile(found.ok_or_else(|| missing("the policy"))?);
    let validations = validations.ok_or_else(|| Trouble::Open("the policy is not in CEL".to_owned()))?;
    let validations = validations.map_err(|why| Trouble::Wrong(format!("its CEL is wrong: {why}")))?;
    let kind = field(result, "kind");
    let object = resources
        .iter()
        .find(|r| named(r, &short(resource)) && (kind.is_empty() || field(r, "kind") == kind))
        .ok_or_else(|| missing("the object"))?;
    let refused = validations
        .violations(object)
        .map_err(|why| Trouble::Wrong(format!("cannot be evaluated: {why}")))?;
    let wanted = field(result, "result");
    let found = if refused.is_empty() { "pass" } else { "fail" };
    Ok(match wanted {
        "pass" | "fail" if wanted == found => Outcome::AsExpected,
        "pass" | "fail" => Outcome::Wrong(format!(
            "result wanted: {wanted}, found: {found} {}",
            refused.join("; ")
        )),
        _ => Outcome::Open(format!("the result `{wanted}` depends on more than the policy")),
    })
}
