//! Policies, compiled and evaluated here: the workload must pass, and mutants of it that leave its stack must not.

use regorus::Engine;
use serde_json::{Value, json};
use stackwright_emit::kubernetes::{mutants, pod};

use super::cel::{self, Validations};
use super::{Document, Severity, Verifier};

/// A policy and what it is told.
struct Policy {
    place: String,
    language: Language,
}

enum Language {
    /// A template's Rego with the parameters of a constraint. It is asked about controllers of pods as well.
    Rego { rego: Rego, parameters: Value },
    /// Expressions about pods.
    Cel(Validations),
}

impl Policy {
    /// What a policy says against a workload.
    fn violations(&self, object: &Value, template: &Value) -> Result<Vec<String>, String> {
        match &self.language {
            Language::Rego { .. } => Ok([self.against(object)?, self.against(&pod(template))?].concat()),
            Language::Cel(_) => self.against(&pod(template)),
        }
    }

    /// What it says against an object.
    fn against(&self, object: &Value) -> Result<Vec<String>, String> {
        match &self.language {
            Language::Rego { rego, parameters } => rego.violations(&review(object), parameters, None),
            Language::Cel(validations) => validations.violations(object),
        }
    }
}

impl Verifier<'_> {
    pub(super) fn policies(&mut self) {
        let cluster = self.lock.as_ref().and_then(|l| l.cluster.as_ref());
        let guard = cluster.map(|c| c.guard.clone());
        let workloads: Vec<(String, Value, Value)> = self
            .documents
            .iter()
            .filter_map(|d| Some((d.place(), d.value.clone(), d.template()?.clone())))
            .collect();
        for policy in self.collect() {
            let policy = match policy {
                Ok(policy) => policy,
                Err((place, why)) => {
                    self.fault(place, why);
                    continue;
                }
            };
            // In other folders policies are about anything; only in a bundle they are about its workload.
            let Some(guard) = &guard else { continue };
            if workloads.is_empty() {
                let what =
                    "what carries the workload makes its pods itself, so the policy was compiled and not evaluated";
                self.add(Severity::Info, policy.place.clone(), what);
            }
            for (place, object, template) in &workloads {
                self.evaluate(&policy, place, (object, template), guard);
            }
        }
    }

    fn evaluate(&mut self, policy: &Policy, place: &str, (object, template): (&Value, &Value), guard: &Value) {
        let broken = |why: String| format!("cannot be evaluated: {why}");
        match policy.violations(object, template) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                let what = format!("refuses the workload of {place}: {}", found.join("; "));
                return self.add(Severity::Error, policy.place.clone(), what);
            }
            Err(why) => return self.add(Severity::Error, policy.place.clone(), broken(why)),
        }
        for mutant in mutants(template, guard) {
            match policy.against(&pod(&mutant.template)) {
                Ok(found) if found.is_empty() => {
                    let what = format!("lets a pod through that {}", mutant.what);
                    self.add(Severity::Error, policy.place.clone(), what);
                }
                Ok(_) => self.mutants_refused += 1,
                Err(why) => self.add(Severity::Error, policy.place.clone(), broken(why)),
            }
        }
    }

    /// Every policy, compiled, or why it cannot be.
    fn collect(&self) -> Vec<Result<Policy, (String, String)>> {
        let mut policies = Vec::new();
        for document in &self.documents {
            if let Some(rego) = Rego::of(&document.value) {
                policies.extend(self.constraints(document, &rego));
            } else if let Some(validations) = cel::compile(&document.value) {
                let place = document.place();
                policies.push(match validations {
                    Ok(validations) => Ok(Policy {
                        place,
                        language: Language::Cel(validations),
                    }),
                    Err(why) => Err((place, format!("its CEL is wrong: {why}"))),
                });
            }
        }
        policies
    }

    /// Every constraint with the Rego of its template; templates without a constraint with no parameters.
    fn constraints(&self, document: &Document, rego: &Result<Rego, String>) -> Vec<Result<Policy, (String, String)>> {
        let kind = document.text("/spec/crd/spec/names/kind");
        let of_kind = self.documents.iter().filter(|d| d.kind() == kind);
        let mut told: Vec<(String, Value)> = of_kind
            .filter(|d| d.value.pointer("/spec/match").is_some())
            .map(|c| {
                (
                    c.place(),
                    c.value
                        .pointer("/spec/parameters")
                        .cloned()
                        .unwrap_or_else(|| json!({})),
                )
            })
            .collect();
        if told.is_empty() && self.lock.is_none() {
            told.push((document.place(), json!({})));
        }
        let policy = |(place, parameters): (String, Value)| match rego {
            Ok(rego) => Ok(Policy {
                place,
                language: Language::Rego {
                    rego: rego.clone(),
                    parameters,
                },
            }),
            Err(why) => Err((place, format!("its Rego is wrong: {why}"))),
        };
        told.into_iter().map(policy).collect()
    }
}

/// The Rego of a template, compiled.
#[derive(Clone)]
pub(super) struct Rego {
    engine: Box<Engine>,
    rule: String,
}

impl Rego {
    /// That of a template, if it has any, or what is wrong with it. Templates that do not name the language's first version are
    /// in the one before it, as Gatekeeper takes them.
    pub(super) fn of(template: &Value) -> Option<Result<Self, String>> {
        let targets = template.pointer("/spec/targets")?.as_array()?;
        let code = targets.iter().filter_map(|t| t.get("code")?.as_array()).flatten();
        let source = code
            .filter(|c| c.get("engine").and_then(Value::as_str) == Some("Rego"))
            .find_map(|c| c.get("source"))
            .or_else(|| targets.iter().find(|t| t.get("rego").is_some()))?;
        let rego = source.get("rego")?.as_str()?;
        let libraries = source.get("libs").and_then(Value::as_array).into_iter().flatten();
        let first = source.get("version").and_then(Value::as_str) == Some("v1");
        Some(Self::compile(rego, libraries.filter_map(Value::as_str), first))
    }

    fn compile<'r>(rego: &str, libraries: impl Iterator<Item = &'r str>, first: bool) -> Result<Self, String> {
        let mut engine = Engine::new();
        engine.set_rego_v0(!first);
        for (number, library) in libraries.enumerate() {
            let name = format!("library{number}.rego");
            engine.add_policy(name, qualified(library)).map_err(|e| e.to_string())?;
        }
        let package = engine
            .add_policy("policy.rego".to_owned(), qualified(rego))
            .map_err(|e| e.to_string())?;
        let rule = format!("{package}.violation");
        // Evaluation over nothing finds what parsing does not.
        let mut trial = engine.clone();
        trial.set_input(regorus::Value::new_object());
        trial.eval_rule(rule.clone()).map_err(|e| e.to_string())?;
        Ok(Self {
            engine: Box::new(engine),
            rule,
        })
    }

    /// What the policy says against what is asked for, with what else there is in the cluster.
    pub(super) fn violations(
        &self,
        review: &Value,
        parameters: &Value,
        inventory: Option<&Value>,
    ) -> Result<Vec<String>, String> {
        // An engine keeps what it has evaluated, so that each question is put to a new one.
        let mut engine = self.engine.clone();
        let value = |value: Value| regorus::Value::from_json_str(&value.to_string()).map_err(|e| e.to_string());
        engine.set_input(value(json!({ "review": review, "parameters": parameters }))?);
        if let Some(inventory) = inventory {
            let data = value(json!({ "inventory": inventory }))?;
            engine.add_data(data).map_err(|e| e.to_string())?;
        }
        let found = engine.eval_rule(self.rule.clone()).map_err(|e| e.to_string())?;
        let found: Value = found
            .to_json_str()
            .map_err(|e| e.to_string())
            .and_then(|t| serde_json::from_str(&t).map_err(|e| e.to_string()))?;
        let messages = found.as_array().into_iter().flatten();
        Ok(messages
            .map(|m| m.get("msg").and_then(Value::as_str).unwrap_or("?").to_owned())
            .collect())
    }
}

/// The same policy with functions that it imports by name (`import data.lib.f`) called by their whole path, as the engine does
/// not find them otherwise.
fn qualified(rego: &str) -> String {
    let imports = rego.lines().filter_map(|l| l.trim().strip_prefix("import "));
    let imported = imports.filter_map(|path| {
        let path = path.split('#').next().unwrap_or_default().trim();
        let (path, name) = match path.split_once(" as ") {
            Some((path, name)) => (path, name),
            None => (path, path.rsplit('.').next()?),
        };
        path.starts_with("data.")
            .then(|| (path.trim(), format!("{}(", name.trim())))
    });
    imported.fold(rego.to_owned(), |text, (path, call)| {
        let mut out = String::with_capacity(text.len());
        for (number, piece) in text.split(&call).enumerate() {
            if number > 0 {
                let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
                let is_whole = !out.ends_with(is_name);
                out += if is_whole { path } else { call.trim_end_matches('(') };
                out.push('(');
            }
            out += piece;
        }
        out
    })
}

/// The request with which an object would be made; an object that is a request stands for itself.
pub(super) fn review(object: &Value) -> Value {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    if text("/kind") == "AdmissionReview" {
        return object.get("request").cloned().unwrap_or_default();
    }
    let (group, version) = text("/apiVersion").split_once('/').unwrap_or(("", text("/apiVersion")));
    json!({
        "kind": { "group": group, "version": version, "kind": text("/kind") },
        "operation": "CREATE",
        "name": text("/metadata/name"),
        "namespace": text("/metadata/namespace"),
        "object": object,
    })
}
