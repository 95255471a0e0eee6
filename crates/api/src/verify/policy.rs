//! Policies in Rego, compiled and evaluated here: the workload must pass, and mutants of it that leave its stack must not.

use regorus::Engine;
use serde_json::{Value, json};
use stackwright_spec::bundle::LockedCluster;

use super::{Document, Severity, Verifier};

/// A policy and what it is told.
struct Policy {
    place: String,
    rego: String,
    rule: String,
    parameters: Value,
}

/// A change by which a workload leaves its stack.
struct Mutant {
    what: String,
    template: Value,
}

impl Verifier<'_> {
    pub(super) fn policies(&mut self) {
        let policies = self.collect();
        let guard = self
            .lock
            .as_ref()
            .and_then(|l| l.cluster.as_ref())
            .map(|c: &LockedCluster| c.guard.clone());
        let workloads: Vec<(String, Value, Value)> = self
            .documents
            .iter()
            .filter_map(|d| Some((d.place(), d.value.clone(), d.template()?.clone())))
            .collect();
        for policy in &policies {
            let engine = match compile(policy) {
                Ok(engine) => engine,
                Err(why) => {
                    self.fault(policy.place.clone(), format!("its Rego is wrong: {why}"));
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
                let own = violations(&engine, policy, object);
                let pods = violations(&engine, policy, &pod(template));
                match own.and_then(|own| Ok([own, pods?].concat())) {
                    Ok(found) if found.is_empty() => {}
                    Ok(found) => {
                        let what = format!("refuses the workload of {place}: {}", found.join("; "));
                        self.add(Severity::Error, policy.place.clone(), what);
                        continue;
                    }
                    Err(why) => {
                        self.add(
                            Severity::Error,
                            policy.place.clone(),
                            format!("cannot be evaluated: {why}"),
                        );
                        continue;
                    }
                }
                for mutant in mutants(template, guard) {
                    match violations(&engine, policy, &pod(&mutant.template)) {
                        Ok(found) if found.is_empty() => {
                            let what = format!("lets a pod through that {}", mutant.what);
                            self.add(Severity::Error, policy.place.clone(), what);
                        }
                        Ok(_) => self.mutants_refused += 1,
                        Err(why) => self.add(
                            Severity::Error,
                            policy.place.clone(),
                            format!("cannot be evaluated: {why}"),
                        ),
                    }
                }
            }
        }
    }

    /// Every constraint with the Rego of its template; templates without a constraint with no parameters.
    fn collect(&self) -> Vec<Policy> {
        let mut policies = Vec::new();
        for document in &self.documents {
            let Some(rego) = rego(document) else { continue };
            let kind = document.text("/spec/crd/spec/names/kind");
            let constraints = self
                .documents
                .iter()
                .filter(|d| d.kind() == kind && d.value.pointer("/spec/match").is_some());
            let package = rego
                .lines()
                .find_map(|l| l.strip_prefix("package "))
                .unwrap_or_default()
                .trim();
            let policy = |place: String, parameters: Option<&Value>| Policy {
                place,
                rego: rego.to_owned(),
                rule: format!("data.{package}.violation"),
                parameters: parameters.cloned().unwrap_or_else(|| json!({})),
            };
            let before = policies.len();
            policies.extend(constraints.map(|c| policy(c.place(), c.value.pointer("/spec/parameters"))));
            if policies.len() == before && self.lock.is_none() {
                policies.push(policy(document.place(), None));
            }
        }
        policies
    }
}

/// The Rego of a template, in the language's first version.
fn rego(document: &Document) -> Option<&str> {
    let targets = document.value.pointer("/spec/targets")?.as_array()?;
    let code = targets.iter().filter_map(|t| t.get("code")?.as_array()).flatten();
    code.filter(|c| c.get("engine").and_then(Value::as_str) == Some("Rego"))
        .find_map(|c| c.pointer("/source/rego")?.as_str())
}

fn compile(policy: &Policy) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_rego_v0(false);
    engine
        .add_policy("policy.rego".to_owned(), policy.rego.clone())
        .map_err(|e| e.to_string())?;
    // Evaluation over nothing finds what parsing does not.
    let mut trial = engine.clone();
    trial.set_input(regorus::Value::new_object());
    trial.eval_rule(policy.rule.clone()).map_err(|e| e.to_string())?;
    Ok(engine)
}

fn violations(engine: &Engine, policy: &Policy, object: &Value) -> Result<Vec<String>, String> {
    // An engine keeps what it has evaluated, so that each question is put to a new one.
    let mut engine = engine.clone();
    let input = json!({ "review": { "object": object }, "parameters": policy.parameters }).to_string();
    let input = regorus::Value::from_json_str(&input).map_err(|e| e.to_string())?;
    engine.set_input(input);
    let found = engine.eval_rule(policy.rule.clone()).map_err(|e| e.to_string())?;
    let found: Value = found
        .to_json_str()
        .map_err(|e| e.to_string())
        .and_then(|t| serde_json::from_str(&t).map_err(|e| e.to_string()))?;
    let messages = found.as_array().into_iter().flatten();
    Ok(messages
        .map(|m| m.get("msg").and_then(Value::as_str).unwrap_or("?").to_owned())
        .collect())
}

/// The pod that a template makes.
fn pod(template: &Value) -> Value {
    let mut pod = template.clone();
    set(&mut pod, "", "apiVersion", json!("v1"));
    set(&mut pod, "", "kind", json!("Pod"));
    pod
}

/// Ways to leave the stack that a guard describes: another runtime class, a filter taken away for the pod or for a container,
/// privilege, what opts out.
fn mutants(template: &Value, guard: &Value) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut mutate = |what: String, change: &dyn Fn(&mut Value)| {
        let mut mutant = template.clone();
        change(&mut mutant);
        if mutant != *template {
            found.push(Mutant { what, template: mutant });
        }
    };
    mutate("has another runtime class".to_owned(), &|t| {
        set(t, "/spec", "runtimeClassName", json!("another"))
    });
    if guard
        .get("runtimeClass")
        .and_then(Value::as_str)
        .is_some_and(|c| !c.is_empty())
    {
        mutate("has no runtime class".to_owned(), &|t| {
            remove(t, "/spec", "runtimeClassName")
        });
    }
    for filter in guard.get("filters").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| filter.get(key).and_then(Value::as_str).unwrap_or_default();
        let (field, key) = (text("field"), text("key"));
        let open = json!({ key: "Unconfined" });
        mutate(format!("has no {field}"), &|t| {
            remove(t, "/spec/securityContext", field)
        });
        mutate(format!("has the {field} Unconfined"), &|t| {
            set(t, "/spec/securityContext", field, open.clone())
        });
        mutate(format!("has a container with the {field} Unconfined"), &|t| {
            in_container(t, field, open.clone())
        });
        mutate(
            format!("has an ephemeral container with the {field} Unconfined"),
            &|t| {
                let container = json!({ "name": "debug", "securityContext": { field: open } });
                set(t, "/spec", "ephemeralContainers", json!([container]));
            },
        );
    }
    mutate("has a privileged container".to_owned(), &|t| {
        in_container(t, "privileged", json!(true))
    });
    mutate("has a privileged init container".to_owned(), &|t| {
        let container = json!({ "name": "init", "securityContext": { "privileged": true } });
        set(t, "/spec", "initContainers", json!([container]));
    });
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        mutate(format!("sets {field}"), &|t| set(t, "/spec", field, json!(true)));
    }
    for (refused, metadata) in [("refusedLabels", "labels"), ("refusedAnnotations", "annotations")] {
        for (key, values) in guard.get(refused).and_then(Value::as_object).into_iter().flatten() {
            for value in values.as_array().into_iter().flatten() {
                mutate(format!("opts out by {key}={value}"), &|t| {
                    set(
                        t,
                        "",
                        "metadata",
                        t.get("metadata").cloned().unwrap_or_else(|| json!({})),
                    );
                    if t.pointer(&format!("/metadata/{metadata}")).is_none() {
                        set(t, "/metadata", metadata, json!({}));
                    }
                    set(t, &format!("/metadata/{metadata}"), key, value.clone());
                });
            }
        }
    }
    for wanted in ["labels", "annotations"] {
        for key in guard
            .get(wanted)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(k, _)| k)
        {
            mutate(format!("lacks {key}"), &|t| {
                remove(t, &format!("/metadata/{wanted}"), key)
            });
        }
    }
    found
}

fn set(tree: &mut Value, path: &str, key: &str, value: Value) {
    if let Some(Value::Object(map)) = tree.pointer_mut(path) {
        map.insert(key.to_owned(), value);
    }
}

fn remove(tree: &mut Value, path: &str, key: &str) {
    if let Some(Value::Object(map)) = tree.pointer_mut(path) {
        map.remove(key);
    }
}

/// Sets a field of the first container's rights.
fn in_container(tree: &mut Value, key: &str, value: Value) {
    if tree.pointer("/spec/containers/0/securityContext").is_none() {
        set(tree, "/spec/containers/0", "securityContext", json!({}));
    }
    set(tree, "/spec/containers/0/securityContext", key, value);
}
