//! `inspect`: files, folders and streams in; text, JSON and reports out.

use std::fs;

use serde_json::Value;

use crate::{json, stackwright, stackwright_with};

const KATA: &str = "apiVersion: v1
kind: Pod
metadata: { name: guarded, namespace: payments }
spec:
  runtimeClassName: kata
  securityContext: { seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: app, image: registry.example/app }]
";
const CLASS: &str = "apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: { name: kata }
handler: kata-qemu
";
const PLAIN: &str = "apiVersion: v1
kind: Pod
metadata: { name: plain }
spec: { containers: [{ name: app, image: registry.example/app }] }
";
const REQUIREMENT: &str = "apiVersion: stackwright/v1
kind: Requirement
name: payments
target: kubernetes
workload: { binary: app }
constraints: { isolation: { at_least: hardware } }
";

#[test]
fn what_is_declared_is_told_from_what_is_in_effect() {
    let ran = stackwright_with(
        &["inspect", "-", "--format", "json"],
        format!("{CLASS}---\n{KATA}").as_bytes(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["schema"], "stackwright/inspect/v1");
    let workload = &report["workloads"][0];
    assert_eq!(workload["declared"], json(r#"["I", "V", "C", "S"]"#));
    assert_eq!(workload["operators"], json(r#"["I", "V", "C"]"#));
    assert_eq!(workload["display"], "I∘V∘C");
    assert_eq!(
        (&workload["line"], &workload["namespace"]),
        (&Value::from(6), &Value::from("payments"))
    );
    let filter = workload["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["operator"] == "S")
        .unwrap();
    assert_eq!(filter["path"], "spec.securityContext.seccompProfile.type");
    assert_eq!(filter["line"], 11);
    assert_eq!(report["documents"]["references"], 1);
}

#[test]
fn folders_are_walked_as_git_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("kata.yaml", KATA);
    write("plain.yml", PLAIN);
    write("ignored.yaml", PLAIN);
    write(".gitignore", "ignored.yaml\n");
    write("notes.txt", "no document");
    write("broken.yaml", "kind: Pod\nspec: [\n");
    let ran = stackwright(&["inspect", &folder.path().to_string_lossy(), "--format", "json"]);
    assert_eq!(ran.code, 2, "a document is broken");
    let report = json(&ran.stdout);
    assert_eq!(report["workloads"].as_array().unwrap().len(), 2);
    assert_eq!(report["errors"][0]["code"], "inspect::syntax");
    assert_eq!(report["documents"]["files"], 3);
    let text = stackwright(&["inspect", &folder.path().to_string_lossy(), "--evidence"]);
    assert!(
        text.stdout.contains("declared, but not in effect: S"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout.contains("3 files: 3 documents, 2 workloads"),
        "{}",
        text.stdout
    );
}

#[test]
fn a_gap_ends_with_one_and_says_what_would_close_it() {
    let folder = tempfile::tempdir().unwrap();
    let requirement = folder.path().join("requirement.yaml");
    fs::write(&requirement, REQUIREMENT).unwrap();
    let judge = |input: &str, more: &[&str]| {
        let path = requirement.to_string_lossy().into_owned();
        stackwright_with(
            &[&["inspect", "-", "--require", &path], more].concat(),
            input.as_bytes(),
        )
    };
    let given = format!("{CLASS}---\n{KATA}");
    assert_eq!(judge(&given, &[]).code, 0);
    // The class's name alone does not prove what it stands for.
    assert_eq!(judge(KATA, &[]).code, 1);
    assert_eq!(judge(KATA, &["--assume"]).code, 0);
    let lacking = judge(&format!("{given}---\n{PLAIN}"), &[]);
    assert_eq!(lacking.code, 1);
    assert!(
        lacking
            .stdout
            .contains("lacks: isolation at least hardware: it is operating-system"),
        "{}",
        lacking.stdout
    );
    assert!(
        lacking.stdout.contains("set runtimeClassName: kata"),
        "{}",
        lacking.stdout
    );
    assert!(
        lacking.stdout.contains("1 of 2 have what is required"),
        "{}",
        lacking.stdout
    );

    let sarif = json(&judge(PLAIN, &["--format", "sarif"]).stdout);
    assert_eq!(
        (&sarif["version"], &sarif["runs"][0]["results"][0]["ruleId"]),
        (&Value::from("2.1.0"), &Value::from("inspect::gap"))
    );
    let junit = judge(PLAIN, &["--format", "junit"]).stdout;
    assert!(
        junit.contains("<testsuites name=\"stackwright inspect\" tests=\"1\" failures=\"1\" errors=\"0\">"),
        "{junit}"
    );
}

#[test]
fn streams_are_answered_document_by_document() {
    let ran = stackwright_with(
        &["inspect", "-", "--stream"],
        format!("{KATA}---\n{PLAIN}---\nkind: Pod\nspec: [\n").as_bytes(),
    );
    let lines: Vec<Value> = ran.stdout.lines().map(json).collect();
    assert_eq!(ran.code, 2);
    assert_eq!(
        (&lines[0]["name"], &lines[1]["name"]),
        (&Value::from("guarded"), &Value::from("plain"))
    );
    assert_eq!(lines[2]["error"]["code"], "inspect::syntax");
}

#[test]
fn tables_have_a_row_for_each_workload() {
    let csv = stackwright_with(&["inspect", "-", "--format", "csv"], KATA.as_bytes());
    let lines: Vec<&str> = csv.stdout.lines().collect();
    assert!(
        lines[1].starts_with("<stdin>,1,Pod,payments,guarded,I∘V∘C,4▼-4▼-3▲,I V C S,S,"),
        "{}",
        lines[1]
    );
    let markdown = stackwright_with(&["inspect", "-", "--format", "markdown"], KATA.as_bytes());
    assert_eq!(markdown.stdout.lines().count(), 3);
    let refused = stackwright(&["normalize", "C", "--format", "sarif"]);
    assert_eq!(refused.code, 2);
}
