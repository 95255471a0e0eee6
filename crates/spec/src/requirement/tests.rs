use super::*;

fn read(constraints: &str) -> Result<Requirement, Vec<Diagnostic>> {
    let text = format!(
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: {{ wasm: f.wasm }}\nconstraints:\n{constraints}"
    );
    Requirement::read("r.yaml", text.as_bytes(), Catalog::builtin().unwrap())
}

fn only_error(constraints: &str) -> Diagnostic {
    let mut errors = read(constraints).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

#[test]
fn bounds_are_read_in_every_form() {
    let requirement = read(
        "  metrics:\n    cold_start: < 10ms\n    memory: { bound: 0.05 GB, account: pod }\n    pod_ready: [\">= 1s\", \"≤ 2 s\"]\n  grades: { security: 4 }\n",
    )
    .unwrap();
    let texts: Vec<_> = requirement
        .metrics
        .iter()
        .map(|m| (m.metric.as_str(), m.bound.text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("cold_start", "< 10 ms"),
            ("memory", "≤ 50 MB"),
            ("pod_ready", "≥ 1 s"),
            ("pod_ready", "≤ 2 s")
        ]
    );
    assert_eq!(requirement.metrics[1].bound.value, 50.0);
    assert_eq!(requirement.metrics[0].scope, Scope::Process);
    assert!(!requirement.metrics[0].scope_stated);
    assert_eq!(requirement.grades[0].bound.text, "≥ 4");
}

#[test]
fn a_missing_unit_is_named_with_the_likely_one() {
    let error = only_error("  metrics: { cold_start: 10 }\n");
    assert_eq!(error.code(), "quantity::unit-missing");
    assert!(error.help().unwrap().contains("`10ms`"));
    let place = error.place().unwrap();
    assert_eq!((place.line, place.column), (7, 26));
}

#[test]
fn a_wrong_or_unknown_unit_is_refused() {
    assert_eq!(
        only_error("  metrics: { cold_start: < 10MB }\n").code(),
        "quantity::dimension"
    );
    let error = only_error("  metrics: { cold_start: < 10msec }\n");
    assert_eq!(error.code(), "quantity::unit-unknown");
    for text in ["-1ms", "nan ms", "ms", "1e400ms", "''"] {
        let error = only_error(&format!("  metrics: {{ cold_start: {text} }}\n"));
        assert!(error.code().starts_with("quantity::"), "{text}: {error:?}");
    }
}

#[test]
fn unknown_names_get_the_nearest_valid_one() {
    let error = only_error("  metrics: { cold_strat: 10ms }\n");
    assert!(error.help().unwrap().contains("did you mean `cold_start`?"));
    let error = only_error("  needs: [zero_trust]\n");
    assert!(error.help().unwrap().contains("did you mean `zero-trust`?"));
    let error = only_error("  metricks: {}\n");
    assert_eq!(error.code(), "yaml::unknown-key");
    assert!(error.help().unwrap().contains("did you mean `metrics`?"));
    let error = only_error("  isolation: { at_least: hardwar }\n");
    assert!(error.help().unwrap().contains("did you mean `hardware`?"));
}

#[test]
fn contradictions_within_a_file_are_found() {
    for text in [
        "  metrics: { cold_start: [\"< 10ms\", \">= 10ms\"] }\n",
        "  include: [V]\n  exclude: [V]\n",
        "  isolation: { exactly: hardware, not: hardware }\n",
    ] {
        assert_eq!(only_error(text).code(), "requirement::contradiction", "{text}");
    }
    assert!(read("  metrics: { cold_start: [\"<= 10ms\", \">= 10ms\"] }\n").is_ok());
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    let text = "apiVersion: stackwright/v1\nkind: Requirement\nname: ../x\ntarget: oci\nworkload: { wasm: a }\n";
    let errors = Requirement::read("r", text.as_bytes(), Catalog::builtin().unwrap()).unwrap_err();
    assert_eq!(errors[0].code(), "requirement::name");
}
