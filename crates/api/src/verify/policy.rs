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
    Rego {
        engine: Box<Engine>,
        rule: String,
        parameters: Value,
    },
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
            Language::Rego {
                engine,
                rule,
                parameters,
            } => violations(engine, rule, parameters, object),
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
            if let Some(rego) = rego(document) {
                policies.extend(self.constraints(document, rego));
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
    fn constraints(&self, document: &Document, rego: &str) -> Vec<Result<Policy, (String, String)>> {
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
        let package = rego
            .lines()
            .find_map(|l| l.strip_prefix("package "))
            .unwrap_or_default()
            .trim();
        let rule = format!("data.{package}.violation");
        let policy = |(place, parameters): (String, Value)| match compile(rego, &rule) {
            Ok(engine) => Ok(Policy {
                place,
                language: Language::Rego {
                    engine: Box::new(engine),
                    rule: rule.clone(),
                    parameters,
                },
            }),
            Err(why) => Err((place, format!("its Rego is wrong: {why}"))),
        };
        told.into_iter().map(policy).collect()
    }
}

/// The Rego of a template, in the language's first version.
fn rego(document: &Document) -> Option<&str> {
    let targets = document.value.pointer("/spec/targets")?.as_array()?;
    let code = targets.iter().filter_map(|t| t.get("code")?.as_array()).flatten();
    code.filter(|c| c.get("engine").and_then(Value::as_str) == Some("Rego"))
        .find_map(|c| c.pointer("/source/rego")?.as_str())
}

fn compile(rego: &str, rule: &str) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_rego_v0(false);
    engine
        .add_policy("policy.rego".to_owned(), rego.to_owned())
        .map_err(|e| e.to_string())?;
    // Evaluation over nothing finds what parsing does not.
    let mut trial = engine.clone();
    trial.set_input(regorus::Value::new_object());
    trial.eval_rule(rule.to_owned()).map_err(|e| e.to_string())?;
    Ok(engine)
}

fn violations(engine: &Engine, rule: &str, parameters: &Value, object: &Value) -> Result<Vec<String>, String> {
    // An engine keeps what it has evaluated, so that each question is put to a new one.
    let mut engine = engine.clone();
    let input = json!({ "review": { "object": object }, "parameters": parameters }).to_string();
    let input = regorus::Value::from_json_str(&input).map_err(|e| e.to_string())?;
    engine.set_input(input);
    let found = engine.eval_rule(rule.to_owned()).map_err(|e| e.to_string())?;
    let found: Value = found
        .to_json_str()
        .map_err(|e| e.to_string())
        .and_then(|t| serde_json::from_str(&t).map_err(|e| e.to_string()))?;
    let messages = found.as_array().into_iter().flatten();
    Ok(messages
        .map(|m| m.get("msg").and_then(Value::as_str).unwrap_or("?").to_owned())
        .collect())
}
