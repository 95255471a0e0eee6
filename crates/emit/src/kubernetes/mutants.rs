//! Pods that have left a stack: what policies that keep pods on it must refuse.

use serde_json::{Value, json};

/// A change by which a workload leaves its stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutant {
    /// A name for it: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it does, after "a pod that".
    pub what: String,
    /// The template of its pods.
    pub template: Value,
}

/// The pod that a template makes.
pub fn pod(template: &Value) -> Value {
    let mut pod = template.clone();
    set(&mut pod, "", "apiVersion", json!("v1"));
    set(&mut pod, "", "kind", json!("Pod"));
    pod
}

/// Ways to leave the stack that a guard describes: another runtime class, a filter taken away for the pod or for a container,
/// privilege, what opts out. Each has a name of its own.
pub fn mutants(template: &Value, guard: &Value) -> Vec<Mutant> {
    let mut found: Vec<Mutant> = Vec::new();
    let mut mutate = |what: String, change: &dyn Fn(&mut Value)| {
        let mut mutant = template.clone();
        change(&mut mutant);
        if mutant != *template {
            let name = slug(&what);
            let alike = found
                .iter()
                .filter(|m| m.name == name || m.name.starts_with(&format!("{name}-")))
                .count();
            found.push(Mutant {
                name: if alike == 0 {
                    name
                } else {
                    format!("{name}-{}", alike + 1)
                },
                what,
                template: mutant,
            });
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
        mutate(format!("has no {field}"), &|t| bare(t, field));
        mutate(format!("has the {field} Unconfined"), &|t| {
            bare(t, field);
            set(t, "/spec/securityContext", field, open.clone());
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

/// What a mutant does as a name of at most 63 characters.
fn slug(what: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let words: String = what.chars().map(plain).collect();
    let words: Vec<&str> = words.split('-').filter(|w| !w.is_empty()).collect();
    let name: String = words.join("-").chars().take(48).collect();
    name.trim_end_matches('-').to_owned()
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

/// Takes a field away from the pod and from its containers.
fn bare(tree: &mut Value, field: &str) {
    remove(tree, "/spec/securityContext", field);
    for list in ["/spec/initContainers", "/spec/containers"] {
        for container in tree
            .pointer_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            remove(container, "/securityContext", field);
        }
    }
}

/// Sets a field of the first container's rights.
fn in_container(tree: &mut Value, key: &str, value: Value) {
    if tree.pointer("/spec/containers/0/securityContext").is_none() {
        set(tree, "/spec/containers/0", "securityContext", json!({}));
    }
    set(tree, "/spec/containers/0/securityContext", key, value);
}
