//! Which crate may depend on which.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

use serde_json::Value;

use super::{none, root};

/// The crates that each crate may depend on. `dev` may depend on any, and nothing on it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("algebra", &[]),
    ("text", &["algebra"]),
    ("locale", &["text"]),
    ("catalog", &["text", "algebra"]),
    ("spec", &["catalog", "text", "algebra"]),
    ("plan", &["spec", "catalog", "text", "algebra"]),
    ("emit", &["spec", "catalog", "text", "algebra"]),
    ("inspect", &["spec", "catalog", "text", "algebra"]),
    ("atlas", &["catalog", "text", "algebra"]),
    ("image", &[]),
    ("drive", &["image", "spec", "catalog", "text", "algebra"]),
    (
        "api",
        &[
            "drive", "image", "emit", "inspect", "atlas", "plan", "spec", "catalog", "text", "algebra",
        ],
    ),
    ("cli", &["api", "locale", "text"]),
];

struct Edge {
    from: String,
    to: String,
    kind: String,
}

/// A crate by the name of its folder.
fn short(package: &str) -> &str {
    match package {
        "stackwright" => "api",
        _ => package.strip_prefix("stackwright-").unwrap_or(package),
    }
}

fn edges() -> (BTreeSet<String>, Vec<Edge>) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<String> = packages
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    let mut edges = Vec::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            if names.contains(to) {
                edges.push(Edge {
                    from: short(package["name"].as_str().unwrap()).to_owned(),
                    to: short(to).to_owned(),
                    kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
                });
            }
        }
    }
    (names.iter().map(|n| short(n).to_owned()).collect(), edges)
}

#[test]
fn only_the_listed_ones_exist() {
    let (crates, edges) = edges();
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut findings: Vec<String> = crates
        .iter()
        .filter(|c| *c != "dev" && !allowed.contains_key(c.as_str()))
        .map(|c| format!("the list says nothing of {c}"))
        .collect();
    for Edge { from, to, kind } in &edges {
        let listed = from == "dev"
            || allowed
                .get(from.as_str())
                .is_some_and(|to_list| to_list.contains(&to.as_str()));
        if to == "dev" || (kind != "dev" && !listed) {
            findings.push(format!("{from} → {to} ({kind})"));
        }
    }
    none(&findings, "crates depend on crates that they may not depend on");
}

/// Of test dependencies too: a cycle over them builds a crate twice.
#[test]
fn form_no_cycle() {
    let (mut crates, edges) = edges();
    while let Some(free) = crates
        .iter()
        .find(|c| !edges.iter().any(|e| e.from == **c && crates.contains(&e.to)))
        .cloned()
    {
        crates.remove(&free);
    }
    assert!(crates.is_empty(), "these depend on each other: {crates:?}");
}
