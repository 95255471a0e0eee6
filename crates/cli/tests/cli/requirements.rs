//! Requirements beyond files for the embedded layers: profiles, workloads of other formats.

use std::fs;

use crate::{json, root, stackwright};

#[test]
fn a_profile_is_planned_without_a_file() {
    let ran = stackwright(&["plan", "--profile", "light-governance", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["plans"][0]["display"], "I∘C∘S∘Am");
    assert_eq!(report["requirement"], "light-governance");

    let ran = stackwright(&["plan", "--profile", "light-goverment"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `light-governance`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(stackwright(&["plan"]).code, 2);
}

#[test]
fn a_profile_is_added_to_a_file_and_may_contradict_it() {
    let requirement = root().join("examples/light-microservice/requirements.yaml");
    let requirement = requirement.to_str().unwrap();
    let ran = stackwright(&["plan", requirement, "--profile", "light-governance", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(json(&ran.stdout)["plans"][0]["display"], "I∘C∘S∘Am");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.yaml");
    let text = "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: kubernetes\n\
                constraints: { isolation: { exactly: language } }\n";
    fs::write(&file, text).unwrap();
    let ran = stackwright(&["plan", file.to_str().unwrap(), "--profile", "hybrid"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("requirement::contradiction"), "{}", ran.stderr);
}

#[test]
fn what_is_wrong_with_a_workload_is_shown_in_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let requirement =
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: { score: s.yaml }\n";
    fs::write(folder.path().join("r.yaml"), requirement).unwrap();
    let score = fs::read_to_string(root().join("examples/microservice/score.yaml")).unwrap();
    fs::write(folder.path().join("s.yaml"), score.replace("256Mi", "256MB")).unwrap();
    let ran = stackwright(&["plan", folder.path().join("r.yaml").to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("s.yaml:") && ran.stderr.contains("workload::score"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_bundle_without_a_workload_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let ran = stackwright(&["plan", "--profile", "edge-cold-start", "-o", bundle.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("names no file of a workload"), "{}", ran.stderr);
    assert!(!bundle.exists());
}
