//! The main job, end to end: the edge function is planned for this host, written, and run.

use std::fs;
use std::process::Stdio;

use stackwright::spec::bundle::{LOCK_FILE, Lock};

use crate::{command, json, root, stackwright};

#[test]
fn the_edge_function_is_planned_emitted_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let requirement = root().join("examples/edge-function/requirements.yaml");
    let plan = [
        "plan",
        requirement.to_str().unwrap(),
        "--here",
        "-o",
        bundle.to_str().unwrap(),
        "--format",
        "json",
    ];
    let ran = stackwright(&plan);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["exact"], true);
    let best = &report["plans"][0];
    assert_eq!(best["display"], "I∘C∘S∘W");
    assert_eq!(best["grade_display"], "5▼-4▼-4▼");
    let ids: Vec<_> = best["realizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "embedded-image",
            "embedded-container",
            "embedded-sandbox",
            "embedded-wasmtime"
        ]
    );
    assert!(best["why"].as_array().unwrap().len() >= 6);
    assert!(!report["rejected"].as_array().unwrap().is_empty());
    for rejected in report["rejected"].as_array().unwrap() {
        assert!(!rejected["because"].as_array().unwrap().is_empty(), "{rejected}");
    }

    // Planning again replaces the bundle, byte for byte.
    let first = fs::read(bundle.join(LOCK_FILE)).unwrap();
    assert_eq!(stackwright(&plan).code, 0);
    assert_eq!(fs::read(bundle.join(LOCK_FILE)).unwrap(), first);

    let cache = folder.path().join("cache");
    fs::create_dir(&cache).unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["run", bundle.to_str().unwrap()];
        all.extend(arguments);
        let output = command(&all).env("XDG_CACHE_HOME", &cache).output().unwrap();
        crate::Ran::from(output)
    };
    let ran = run(&["--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["ok"], true, "{report:#}");
    let layers: Vec<_> = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["operator"].as_str().unwrap())
        .collect();
    assert_eq!(layers, ["I", "C", "S", "W"]);
    for layer in report["layers"].as_array().unwrap() {
        assert_eq!(layer["in_force"], true, "{layer}");
        assert!(!layer["how"].as_array().unwrap().is_empty(), "{layer}");
    }
    let stdout = report["stdout"].as_str().unwrap();
    assert!(stdout.starts_with("HTTP/1.1 200 OK\r\n"), "{stdout}");
    assert!(stdout.contains("path /assets/logo.svg"), "{stdout}");
    let metrics = report["metrics"].as_array().unwrap();
    for name in ["cold_start", "memory"] {
        assert!(
            metrics
                .iter()
                .any(|m| m["name"] == name && m["value"].as_f64().unwrap() > 0.0),
            "{name}: {metrics:?}"
        );
        assert!(
            report["predicted"]
                .as_array()
                .unwrap()
                .iter()
                .any(|m| m["name"] == name),
            "{name}"
        );
    }
    assert_eq!(
        fs::read_dir(&cache).unwrap().count(),
        1,
        "the compiled module is cached"
    );

    // As text, the module's output alone goes to standard output; other arguments replace the bundle's.
    let ran = run(&["--", "GET", "/other"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("HTTP/1.1 200 OK\r\n") && ran.stdout.contains("path /other"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("in force") && ran.stderr.contains("cold_start"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("predicted"), "{}", ran.stderr);

    // A changed module is not run.
    let lock: Lock = serde_json::from_slice(&first).unwrap();
    fs::write(bundle.join(&lock.workload.path), b"\0asm\x01\0\0\0").unwrap();
    let ran = run(&[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("bundle::changed"), "{}", ran.stderr);
}

#[test]
fn the_same_host_facts_give_the_same_plan() {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().join("host.json");
    fs::write(&host, stackwright(&["doctor", "--format", "json"]).stdout).unwrap();
    let requirement = root().join("examples/edge-function/requirements.yaml");
    let arguments = ["plan", requirement.to_str().unwrap(), "--host", host.to_str().unwrap()];
    let first = stackwright(&arguments);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(first.stdout, stackwright(&arguments).stdout);
}

#[test]
fn the_plan_does_not_depend_on_standard_input() {
    let requirement = root().join("examples/edge-function/requirements.yaml");
    let mut child = command(&["plan", requirement.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_plan_as_text() {
    let requirement = root().join("examples/edge-function/requirements.yaml");
    let ran = stackwright(&["plan", requirement.to_str().unwrap(), "--top", "4"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
}
