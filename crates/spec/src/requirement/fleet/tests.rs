#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::requirement::IsolationRelation;

fn read(text: &str) -> Result<FleetRequirement, Vec<Diagnostic>> {
    FleetRequirement::read("fleet.yaml", text.as_bytes(), Catalog::builtin().unwrap())
}

fn fleet(rest: &str) -> Result<FleetRequirement, Vec<Diagnostic>> {
    read(&format!("apiVersion: stackwright/v1\nkind: FleetRequirement\n{rest}"))
}

#[test]
fn rules_in_words_mean_what_constraints_do() {
    let words = fleet(
        "namespaces:\n  payments: isolation >= hardware\n  'pci-*': ['isolation ≥ hardware, with S', security >= 4]\n  '*': without P, isolation not none\n",
    )
    .unwrap();
    let full = fleet(
        "namespaces:\n  payments: { isolation: { at_least: hardware } }\n  'pci-*':\n  - { isolation: { at_least: hardware }, include: [S] }\n  - { grades: { security: '>= 4' } }\n  '*': { exclude: [P], isolation: { not: [none] } }\n",
    )
    .unwrap();
    assert_eq!(words, full);
    let names: Vec<_> = words.rules.iter().map(|r| r.namespace.as_str()).collect();
    assert_eq!(names, ["*", "payments", "pci-*", "pci-*"]);
    assert_eq!(
        words.rules[1].requirement.isolation[0].relation,
        IsolationRelation::AtLeast
    );
}

#[test]
fn a_requirement_holds_for_every_namespace() {
    let text =
        "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: kubernetes\nconstraints: { include: [S] }\n";
    let fleet = read(text).unwrap();
    assert_eq!((fleet.rules.len(), fleet.rules[0].namespace.as_str()), (1, "*"));
}

#[test]
fn what_is_wrong_has_its_place() {
    let wrong = [
        ("namespaces:\n  a: isolation >= hardwar\n", "requirement::isolation", 4),
        ("namespaces:\n  a: isolation\n", "requirement::rule", 4),
        (
            "namespaces:\n  a: [with S, \"hardware isolation\"]\n",
            "requirement::rule",
            4,
        ),
        (
            "namespaces:\n  a: isolation >= hardware, isolation >= none\n",
            "requirement::rule",
            4,
        ),
        ("namespaces:\n  a: with Q\n", "expression::unknown-operator", 4),
        ("namespaces:\n  a: security >= 9\n", "requirement::bound", 4),
        (
            "namespaces: {}\nsuppressions:\n- { workload: a, reason: r, expires: 2027-02-30 }\n",
            "requirement::suppression",
            5,
        ),
        (
            "namespaces: {}\nsuppressions:\n- { workload: a, reason: ' ', expires: 2027-02-28 }\n",
            "requirement::suppression",
            5,
        ),
        (
            "namespaces: {}\nsuppressions:\n- { workload: a, reason: r }\n",
            "yaml::missing-key",
            5,
        ),
        ("rules: {}\n", "yaml::unknown-key", 3),
    ];
    for (text, code, line) in wrong {
        let found = fleet(text).unwrap_err();
        assert_eq!(found[0].code(), code, "{text}{found:?}");
        assert_eq!(found[0].place().unwrap().line, line, "{text}");
    }
}
