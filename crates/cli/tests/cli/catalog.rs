//! `catalog`, `explain`, `doctor` and the frame around them.

use crate::{json, root, stackwright};

#[test]
fn the_version_names_the_catalogue() {
    let ran = stackwright(&["--version"]);
    assert_eq!(ran.code, 0);
    let hash = ran.stdout.trim().rsplit(' ').next().unwrap().trim_end_matches(')');
    assert_eq!(hash.len(), 64, "{}", ran.stdout);
}

#[test]
fn the_data_files_and_the_built_in_catalogue_are_valid() {
    let data = root().join("data");
    for arguments in [
        vec!["catalog", "validate"],
        vec!["catalog", "validate", data.to_str().unwrap()],
    ] {
        let ran = stackwright(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("all is well"));
    }
}

#[test]
fn broken_data_is_reported_with_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    for entry in ["operators.yaml", "metrics.yaml"] {
        std::fs::copy(root().join("data").join(entry), folder.path().join(entry)).unwrap();
    }
    std::fs::write(
        folder.path().join("x.yaml"),
        "apiVersion: stackwright/v1\nkind: Technologies\ntechnologies:\n  - id: a\n    nam: A\n    source: { title: t }\n",
    )
    .unwrap();
    let ran = stackwright(&[
        "catalog",
        "validate",
        folder.path().to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 2);
    let error = json(ran.stderr.lines().next().unwrap());
    assert_eq!(error["code"], "yaml::unknown-key");
    assert_eq!((error["line"].as_u64(), error["column"].as_u64()), (Some(5), Some(5)));
    assert!(error["file"].as_str().unwrap().ends_with("x.yaml"));
    assert!(error["help"].as_str().unwrap().contains("did you mean `name`?"));
}

#[test]
fn schemas_are_json_schemas() {
    let kinds = stackwright(&["catalog", "schema"]).stdout;
    assert!(kinds.lines().any(|k| k == "Requirement"));
    for kind in kinds.lines() {
        let schema = json(&stackwright(&["catalog", "schema", kind]).stdout);
        assert!(
            schema["$schema"].as_str().unwrap().contains("json-schema.org"),
            "{kind}"
        );
    }
}

#[test]
fn lists_and_sizes_are_given_as_text_and_json() {
    for what in [
        "operators",
        "technologies",
        "realizations",
        "metrics",
        "evidence",
        "needs",
        "principles",
        "regimes",
        "profiles",
    ] {
        let text = stackwright(&["catalog", "list", what]).stdout;
        let list = json(&stackwright(&["catalog", "list", what, "--format", "json"]).stdout);
        assert_eq!(text.lines().count(), list.as_array().unwrap().len(), "{what}");
    }
    let shown = json(&stackwright(&["catalog", "show", "--format", "json"]).stdout);
    assert_eq!(shown["operators"], 20);
    assert!(shown["automaton"]["states"].as_u64().unwrap() > 100);
}

#[test]
fn every_code_is_explained_and_an_unknown_one_gets_the_nearest() {
    let codes = stackwright(&["explain"]).stdout;
    assert!(codes.lines().count() > 20);
    for line in codes.lines() {
        let code = line.split_whitespace().next().unwrap();
        let ran = stackwright(&["explain", code]);
        assert_eq!(ran.code, 0, "{code}");
        assert!(ran.stdout.len() > code.len() + 40, "{code}: {}", ran.stdout);
    }
    let ran = stackwright(&["explain", "expression::illtyped"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("expression::ill-typed"));
}

#[test]
fn doctor_tells_what_it_tried() {
    let answer = json(&stackwright(&["doctor", "--format", "json"]).stdout);
    assert_eq!(answer["schema"], "stackwright/doctor/v1");
    let capabilities = answer["capabilities"].as_array().unwrap();
    assert!(capabilities.len() > 15);
    for capability in capabilities {
        let ok = capability["ok"].as_bool().unwrap();
        assert!(!capability["detail"].as_str().unwrap().is_empty(), "{capability}");
        assert!(
            ok || capability["remedy"].as_str().is_some_and(|r| !r.is_empty()),
            "{capability}"
        );
    }
    let operators = answer["operators"].as_array().unwrap();
    assert_eq!(operators.len(), 20);
    assert!(stackwright(&["doctor"]).stdout.contains("seccomp"));
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            stackwright(&["completions", shell]).stdout.contains("normalize"),
            "{shell}"
        );
    }
}
