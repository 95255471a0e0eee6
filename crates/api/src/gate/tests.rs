//! Tests of decisions.

use std::path::PathBuf;

use stackwright_spec::launch::{CommandLaunch, Grant};

use super::{GateError, Start, decide};

const GUARD: &str = r#"package start
import rego.v1
deny contains "needs a container and a sandbox" if { not {"C", "S"} & {symbol | some symbol in input.stack} == {"C", "S"} }
deny contains {"msg": sprintf("may not write %s", [grant.host])} if { some grant in input.grants; grant.writable }
deny contains "no secrets in variables" if { "PASSWORD" in input.variables }
"#;

fn launch(stack: &str) -> CommandLaunch {
    CommandLaunch {
        word: stack.chars().map(String::from).collect(),
        argv: vec!["true".to_owned()],
        ..CommandLaunch::default()
    }
}

fn decided(policy: &str, launch: &CommandLaunch, attest: bool) -> Result<(bool, String), GateError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("policy.rego");
    std::fs::write(&path, policy).unwrap();
    let layer = decide("Gk", &[path], &Start::of_command(launch), attest)?;
    Ok((layer.in_force, layer.how.join("\n")))
}

fn refused(policy: &str, launch: &CommandLaunch) -> Vec<String> {
    match decided(policy, launch, false) {
        Err(GateError::Refused { reasons, .. }) => reasons,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_policy_denies_is_refused_with_its_reasons() {
    assert!(decided(GUARD, &launch("CS"), false).unwrap().0);
    assert_eq!(refused(GUARD, &launch("C")), ["needs a container and a sandbox"]);
    let mut bad = launch("CS");
    bad.env = vec![("PASSWORD".to_owned(), "hunter2".to_owned())];
    bad.grants = vec![Grant {
        host: "/srv".into(),
        guest: "/data".into(),
        writable: true,
    }];
    let reasons = refused(GUARD, &bad);
    assert_eq!(reasons.len(), 2);
    assert!(reasons.contains(&"may not write /srv".to_owned()), "{reasons:?}");
    assert!(!format!("{reasons:?}").contains("hunter2"));
}

#[test]
fn what_is_undefined_is_no_pass() {
    let allow = "package start\nimport rego.v1\nallow if input.stack == [\"C\"]\n";
    assert!(decided(allow, &launch("C"), false).unwrap().0);
    assert_eq!(refused(allow, &launch("S")), ["`allow` is not true"]);
    for (wrong, why) in [
        ("package start\nimport rego.v1\nother := 1\n", "none of the rules"),
        ("package start\nimport rego.v1\ndeny := 7\n", "should be a set"),
        ("package start\ndeny contains if {", "policy.rego"),
    ] {
        let error = decided(wrong, &launch("C"), false).unwrap_err();
        assert!(
            matches!(error, GateError::Policy { .. }) && error.to_string().contains(why),
            "{error}"
        );
    }
}

#[test]
fn a_policy_that_guards_nothing_is_found_by_mutants() {
    let (in_force, how) = decided(GUARD, &launch("CS"), true).unwrap();
    assert!(
        in_force && how.contains("refused: without C, without S, with the host's root to write"),
        "{how}"
    );
    assert!(
        how.contains("let pass: with a port for everybody, without bounds, degraded"),
        "{how}"
    );
    let nothing = "package start\nimport rego.v1\ndeny contains \"never\" if { false }\n";
    let (in_force, how) = decided(nothing, &launch("CS"), true).unwrap();
    assert!(!in_force && how.contains("refused: nothing"), "{how}");
}
