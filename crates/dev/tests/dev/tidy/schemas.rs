//! The JSON Schemas of data files are those of the types, and every data file is valid.

use std::collections::BTreeMap;
use std::{env, fs};

use serde_json::Value;
use stackwright_catalog::model::Kind;
use stackwright_spec::requirement::{FleetFile, RequirementFile};
use stackwright_text::{decode, yaml};

use super::{files, none, root};

/// A YAML document as JSON.
fn json(name: &str, text: &str) -> Value {
    let (source, node) = yaml::parse_bytes(name, text.as_bytes()).unwrap();
    decode::decode(&source, &node).unwrap()
}

/// Set to write the schemas instead of comparing them.
const UPDATE: &str = "UPDATE_SCHEMAS";

fn name(kind: Kind) -> String {
    format!("{}.json", kind.name().to_lowercase())
}

/// Every schema that is published: those of data files, and those of requirements.
fn published() -> Vec<(String, Value)> {
    let data = Kind::ALL.iter().map(|kind| (name(*kind), kind.schema().to_value()));
    let requirements = [
        ("requirement.json".to_owned(), RequirementFile::schema().to_value()),
        ("fleetrequirement.json".to_owned(), FleetFile::schema().to_value()),
    ];
    data.chain(requirements).collect()
}

#[test]
fn are_those_of_the_types() {
    let folder = root().join("data/schema");
    let update = env::var_os(UPDATE).is_some_and(|v| v == "1");
    let mut findings = Vec::new();
    for (name, schema) in published() {
        let expected = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = folder.join(&name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &expected).unwrap();
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&expected) {
            findings.push(format!("data/schema/{name}"));
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let found = entry.unwrap().file_name().into_string().unwrap();
        if !published().iter().any(|(name, _)| *name == found) {
            findings.push(format!("data/schema/{found} is of no kind"));
        }
    }
    none(
        &findings,
        &format!("schemas differ from the types, run this test with {UPDATE}=1"),
    );
}

#[test]
fn accept_every_data_file() {
    let validators: BTreeMap<_, _> = Kind::ALL
        .iter()
        .map(|kind| {
            let validator = jsonschema::validator_for(&kind.schema().to_value());
            (kind.name(), validator.unwrap())
        })
        .collect();
    let mut findings = Vec::new();
    for file in files() {
        if !file.path.starts_with("data/") || !file.path.ends_with(".yaml") {
            continue;
        }
        let value = json(&file.path, &file.text);
        let Some(validator) = value["kind"].as_str().and_then(|kind| validators.get(kind)) else {
            findings.push(format!("{} is of no kind", file.path));
            continue;
        };
        for error in validator.iter_errors(&value) {
            findings.push(format!("{}: {}: {error}", file.path, error.instance_path()));
        }
    }
    none(&findings, "data files that their schema refuses");
}

#[test]
fn accept_the_fleet_of_the_examples() {
    let validator = jsonschema::validator_for(&FleetFile::schema().to_value()).unwrap();
    let text = fs::read_to_string(root().join("examples/fleet/fleet.yaml")).unwrap();
    assert!(validator.is_valid(&json("fleet.yaml", &text)));
    let head = "apiVersion: stackwright/v1\nkind: FleetRequirement\n";
    for wrong in ["", "namespaces: { a: 1 }\n", "namespaces: { a: { isolations: {} } }\n"] {
        assert!(
            !validator.is_valid(&json("wrong.yaml", &format!("{head}{wrong}"))),
            "{wrong}"
        );
    }
}

#[test]
fn accept_every_requirement_of_the_examples() {
    let validator = jsonschema::validator_for(&RequirementFile::schema().to_value()).unwrap();
    let mut findings = Vec::new();
    let mut checked = 0;
    for file in files() {
        if !file.path.starts_with("examples/") || !file.path.ends_with("requirements.yaml") {
            continue;
        }
        checked += 1;
        for error in validator.iter_errors(&json(&file.path, &file.text)) {
            findings.push(format!("{}: {}: {error}", file.path, error.instance_path()));
        }
    }
    none(&findings, "requirements that their schema refuses");
    assert!(checked >= 5, "only {checked} requirements were checked");
    for wrong in [
        "kind: Requirement",
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: nowhere\n",
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nconstraints: { need: [] }\n",
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: { facts: [gpus] }\n",
    ] {
        assert!(!validator.is_valid(&json("wrong.yaml", wrong)), "{wrong}");
    }
}

#[test]
fn refuse_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(&Kind::Operators.schema().to_value()).unwrap();
    let text = "apiVersion: stackwright/v1\nkind: Operators\nstructure: { layers: [{}] }\n";
    let value = json("wrong.yaml", text);
    assert!(!validator.is_valid(&value), "a layer has a name");
}
