//! Requirements in words.

use std::fs;

use crate::{json, root, stackwright};

#[test]
fn a_text_alone_is_planned_and_accounted_for() {
    let text = "边缘计算场景，需要冷启动 < 10ms，内存 < 50MB，乌龟";
    let ran = stackwright(&["plan", "--text", text, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["schema"], "stackwright/plan/v1");
    assert_eq!(report["plans"][0]["display"], "I∘C∘S∘W");
    assert_eq!(report["understood"][0]["implies"][0], "workload wasm-module");
    assert_eq!(report["understood"][1]["means"][0], "cold_start < 10 ms");
    let not = &report["not_understood"][0];
    assert_eq!(
        (&not["text"], &not["because"]),
        (&"乌龟".into(), &"not in the lexicon".into())
    );
    assert!(
        report["assumed"][0]
            .as_str()
            .unwrap()
            .starts_with("target kubernetes: ")
    );

    let ran = stackwright(&["plan", "--text", text]);
    assert!(
        ran.stdout
            .starts_with("understood\n  边缘计算: workload wasm-module (implied)\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\nnot understood\n  乌龟: not in the lexicon\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_text_adds_to_a_file_and_may_not_contradict_it() {
    let folder = tempfile::tempdir().unwrap();
    let example = root().join("examples/edge-function");
    for name in ["requirements.yaml", "function.wasm"] {
        fs::copy(example.join(name), folder.path().join(name)).unwrap();
    }
    let file = folder.path().join("requirements.yaml");
    let plan = |text: &str| stackwright(&["plan", file.to_str().unwrap(), "--text", text, "--format", "json"]);
    let ran = plan("memory < 20 MB, containerd");
    let report = json(&ran.stdout);
    let judged = report["judged"].to_string();
    assert!(
        judged.contains("memory < 50 MB") && judged.contains("memory < 20 MB"),
        "{judged}"
    );
    assert_eq!(report["not_judged"][0], "technology containerd");
    assert!(report.get("assumed").is_none());
    let ran = plan("Kubernetes");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("requirement::contradiction"), "{}", ran.stderr);
}

#[test]
fn a_text_that_says_nothing_is_refused() {
    assert_eq!(stackwright(&["plan"]).code, 2);
    let ran = stackwright(&["plan", "--text", "hello, world"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("requirement::text"), "{}", ran.stderr);
}
