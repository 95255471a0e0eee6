//! Plans from requirements: the documented cases come out of constraints, and every answer has its reasons.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

#[path = "plan/documented.rs"]
mod documented;
use std::fs;
use std::path::Path;

use stackwright_catalog::Catalog;
use stackwright_plan::{NodeClass, Options, Problem, plan};
use stackwright_spec::host::{Capability, HostFacts};
use stackwright_spec::plan::{Fate, PlanReport, WhyNot};
use stackwright_spec::requirement::Requirement;
use stackwright_text::Source;

fn requirement(body: &str) -> Requirement {
    let text = format!("apiVersion: stackwright/v1\nkind: Requirement\nname: r\n{body}");
    Requirement::read("r.yaml", text.as_bytes(), Catalog::builtin().unwrap()).unwrap()
}

fn planned(body: &str, host: Option<&HostFacts>) -> PlanReport {
    let requirement = requirement(body);
    plan(&Problem::new(
        Catalog::builtin().unwrap(),
        &requirement,
        host,
        Options::default(),
    ))
}

fn best(body: &str) -> String {
    let report = planned(body, None);
    assert!(report.exact);
    match report.plans.first() {
        Some(plan) => plan.display.clone(),
        None => panic!("{:#?}", report.conflict),
    }
}

const EDGE: &str =
    "target: oci\nworkload: { wasm: f.wasm }\nconstraints:\n  metrics: { cold_start: < 10ms, memory: < 50MB }\n";

/// A host that has everything but what is named.
fn host_without(missing: &[&str]) -> HostFacts {
    let needs = Catalog::builtin()
        .unwrap()
        .data()
        .technologies
        .iter()
        .flat_map(|t| &t.needs);
    HostFacts {
        kernel: "6.1".to_owned(),
        architecture: "amd64".to_owned(),
        capabilities: needs
            .map(|name| Capability {
                name: name.clone(),
                ok: !missing.contains(&name.as_str()),
                detail: "as the test says".to_owned(),
                remedy: Some("install it".to_owned()),
            })
            .collect(),
    }
}

#[test]
fn the_documented_cases_come_out_of_constraints() {
    let kubernetes = "target: kubernetes\nworkload: { binary: app }\nconstraints:\n";
    for (constraints, expected) in [
        ("  needs: [traffic-governance, l7-telemetry]\n", "I∘C∘S∘M"),
        (
            "  needs: [compliance, multi-tenant, zero-trust]\n  isolation: { at_least: hardware }\n",
            "V∘S∘C∘M",
        ),
        (
            "  needs: [traffic-governance]\n  isolation: { at_least: hardware }\n",
            "V∘C∘S∘M",
        ),
    ] {
        assert_eq!(best(&format!("{kubernetes}{constraints}")), expected, "{constraints}");
    }
    assert_eq!(best(EDGE), "I∘C∘S∘W");
}

#[test]
fn turning_off_a_principle_changes_the_answer() {
    assert_eq!(best(&format!("{EDGE}without: [secure-default]\n")), "I∘C∘W");
    let platform = EDGE.replace("constraints:\n", "constraints:\n  needs: [platform-filter]\n");
    let report = planned(&platform, None);
    assert!(
        report.plans.iter().all(|p| p.display != "I∘C∘S∘W"),
        "{:#?}",
        report.plans
    );
}

#[test]
fn every_letter_and_bound_of_a_plan_has_a_reason() {
    let report = planned(EDGE, Some(&host_without(&[])));
    let plan = &report.plans[0];
    for symbol in &plan.normal_form {
        let line = plan.why.iter().find(|w| w.starts_with(&format!("{symbol}: "))).unwrap();
        assert!(!line.contains("no rule asks"), "{line}");
    }
    assert!(
        plan.why
            .iter()
            .any(|w| w.starts_with("cold_start < 10 ms at process scope"))
    );
    assert!(report.judged.iter().any(|j| j.contains("[secure-default]")));
    assert!(!report.rejected.is_empty());
    assert!(report.rejected.iter().all(|r| !r.because.is_empty()));
}

#[test]
fn what_the_host_lacks_is_not_planned() {
    let report = planned(EDGE, Some(&host_without(&["crun", "runc", "wasmedge", "kvm"])));
    let ids: Vec<_> = report.plans[0].realizations.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "embedded-image",
            "embedded-container",
            "embedded-sandbox",
            "embedded-wasmtime"
        ]
    );
    let report = planned(EDGE, Some(&host_without(&["crun", "seccomp", "landlock"])));
    assert!(report.plans.is_empty());
    let conflict = report.conflict.unwrap();
    assert!(conflict.constraints.iter().any(|c| c.contains("host")), "{conflict:#?}");
    assert!(
        conflict.relaxations.iter().any(|r| r.contains("install it")),
        "{conflict:#?}"
    );
}

/// A plan for several classes of nodes is for one of them as a whole, and says for which.
#[test]
fn a_plan_says_which_nodes_run_it() {
    let planned = |body: &str, missing: &[(&str, &[&str])]| {
        let classes: Vec<_> = missing
            .iter()
            .map(|(name, missing)| NodeClass {
                name: (*name).to_owned(),
                host: host_without(missing),
            })
            .collect();
        let requirement = requirement(body);
        let catalog = Catalog::builtin().unwrap();
        plan(&Problem::for_classes(
            catalog,
            &requirement,
            &classes,
            Options::default(),
        ))
    };
    let hardware = MESH.replace("constraints:\n", "constraints:\n  isolation: { at_least: hardware }\n");
    let report = planned(&hardware, &[("small", &["kvm"]), ("large", &[])]);
    assert!(!report.plans.is_empty());
    assert!(report.plans.iter().all(|p| p.nodes == ["large"]), "{:#?}", report.plans);
    // What runs on both is the same plan as for either.
    let report = planned(MESH, &[("small", &["kvm"]), ("large", &[])]);
    assert_eq!(report.plans[0].nodes, ["small", "large"]);
    assert_eq!(report.plans[0].display, best(MESH));
    assert!(report.plans.iter().any(|p| p.nodes == ["large"]));
    // What two classes have only together no node has.
    let report = planned(&hardware, &[("a", &["kvm"]), ("b", &["pid-namespace"])]);
    let alone = planned(&hardware, &[("b", &["pid-namespace"]), ("b", &["pid-namespace"])]);
    assert_eq!(report.plans.len(), alone.plans.len());
    // Without any, the class that is nearest says what it lacks.
    let report = planned(&hardware, &[("a", &["kvm", "runsc"]), ("b", &["kvm"])]);
    let conflict = report.conflict.unwrap();
    assert!(conflict.openings.iter().any(|o| o.changes.len() == 1), "{conflict:#?}");
}

#[test]
fn an_unknown_capability_is_not_a_pass() {
    let empty = HostFacts::default();
    let report = planned(EDGE, Some(&empty));
    assert!(report.plans.is_empty());
}

#[test]
fn a_conflict_is_minimal_and_its_relaxations_are_numbers() {
    let report = planned(&format!("{EDGE}  isolation: {{ at_least: hardware }}\n"), None);
    assert!(report.plans.is_empty());
    let conflict = report.conflict.unwrap();
    assert!(
        conflict
            .constraints
            .iter()
            .any(|c| c.contains("isolation at least hardware")),
        "{conflict:#?}"
    );
    assert!(
        conflict.relaxations.iter().any(|r| r.contains("instead of")),
        "{conflict:#?}"
    );
    // Leaving out any of the constraints of a minimal conflict removes it.
    let without_isolation = planned(EDGE, None);
    assert!(!without_isolation.plans.is_empty());
}

#[test]
fn the_same_requirement_gives_the_same_answer() {
    assert_eq!(planned(EDGE, None), planned(EDGE, None));
}

#[test]
fn embedded_layers_are_not_planned_for_what_they_cannot_start() {
    let binary = EDGE.replace("wasm: f.wasm", "binary: f");
    let report = planned(
        &binary,
        Some(&host_without(&["kvm", "runc", "crun", "runsc", "podman"])),
    );
    assert!(report.plans.is_empty(), "{:#?}", report.plans);
}

#[test]
fn the_notable_alternatives_are_among_the_rejected() {
    let report = planned(EDGE, Some(&host_without(&["kvm", "crun", "wasmedge", "runc"])));
    let has = |test: &dyn Fn(&str) -> bool| report.rejected.iter().any(|r| test(&r.display));
    assert!(has(&|d| d.contains('V') || d.contains('F')), "{:#?}", report.rejected);
    assert!(has(&|d| d.contains('G')), "{:#?}", report.rejected);
    let other = report.rejected.iter().find(|r| r.display == "I∘C∘S∘W").unwrap();
    assert!(other.because.iter().any(|b| b.contains("needs crun")), "{other:#?}");
}

#[test]
fn a_weight_of_zero_does_not_count_even_for_an_unknown_figure() {
    // `storage` is known for no realization, and zero times an unknown figure must not upset the order.
    let body = "target: kubernetes\nworkload: { binary: app }\nconstraints: { needs: [traffic-governance] }\n";
    let displays = |weights: &str| {
        let report = planned(&format!("{body}preferences: {{ weights: {{ {weights} }} }}\n"), None);
        let ids = |p: &stackwright_spec::plan::Plan| p.realizations.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
        report.plans.iter().map(ids).collect::<Vec<_>>()
    };
    assert_eq!(displays("cold_start: 1, storage: 0"), displays("cold_start: 1"));
    assert!(displays("cold_start: 1").len() > 1);
}

fn why_not(body: &str, word: &str) -> WhyNot {
    let catalog = Catalog::builtin().unwrap();
    let requirement = requirement(body);
    let options = Options {
        why_not: Some(catalog.normalize(&Source::new("w", word)).unwrap()),
        ..Options::default()
    };
    plan(&Problem::new(catalog, &requirement, None, options))
        .why_not
        .unwrap()
}

const MESH: &str = "target: kubernetes\nworkload: { binary: app }\nconstraints:\n  needs: [traffic-governance]\n";

#[test]
fn a_stack_that_is_not_the_plan_has_its_reasons() {
    let rejected = why_not(EDGE, "V∘S∘C∘M");
    assert_eq!(rejected.fate, Fate::Rejected);
    let has = |text: &str| rejected.because.iter().any(|b| b.contains(text));
    assert!(
        has("cold_start < 10 ms") && has("[runc-cold-start-warm-cache]"),
        "{rejected:#?}"
    );
    assert!(
        has("cannot be emitted for oci") && has("[wasm-needs-engine]"),
        "{rejected:#?}"
    );
    assert_eq!(why_not(EDGE, "I∘C∘S∘W").fate, Fate::First);
    let lower = why_not(MESH, "V∘C∘S∘M");
    assert_eq!(lower.fate, Fate::RankedLower, "{lower:#?}");
    let dominated = why_not(MESH, "I∘C∘S∘M∘Gk");
    assert_eq!(dominated.fate, Fate::Dominated, "{dominated:#?}");
    assert!(
        dominated.because.iter().any(|b| b.contains("operators instead of")),
        "{dominated:#?}"
    );
    assert_eq!(why_not(EDGE, "Cg∘W").fate, Fate::Rejected);
    assert_eq!(why_not(EDGE, "Cc∘G∘V∘Cg").fate, Fate::Rejected);
}

#[test]
fn what_binds_and_what_is_given_up_is_said() {
    let report = planned(MESH, None);
    let first = &report.plans[0];
    assert!(
        first
            .binding
            .iter()
            .any(|b| b.contains("[governed-traffic]") && b.contains("would be first"))
    );
    assert!(
        first.gives_up.iter().any(|g| g.contains("security grade 5 instead of")),
        "{:#?}",
        first.gives_up
    );
    assert_eq!(report.found, report.plans.len() as u64);
    assert!(report.candidates > 1_000_000_000_000);
}

/// A principle binds exactly if planning without it gives another first plan.
#[test]
fn what_binds_is_what_turning_it_off_changes() {
    let first = |body: &str| {
        let plan = planned(body, None).plans.swap_remove(0);
        let realizations: Vec<_> = plan.realizations.iter().map(|r| r.id.clone()).collect();
        (plan.display, realizations, plan.binding)
    };
    let mut bind = 0;
    for body in [EDGE, MESH] {
        let (word, realizations, binding) = first(body);
        let rules = &Catalog::builtin().unwrap().data().principles;
        for principle in rules.iter().filter(|p| p.governs.is_none() && p.bounds.is_empty()) {
            let line = binding.iter().find(|l| l.contains(&format!("[{}]", principle.id)));
            let without = first(&format!("{body}without: [{}]\n", principle.id));
            let changes = (&word, &realizations) != (&without.0, &without.1);
            assert_eq!(line.is_some(), changes, "{body}{}: {line:?}", principle.id);
            bind += usize::from(changes);
        }
    }
    assert!(bind >= 4, "{bind}");
}

#[test]
fn the_interval_of_a_weight_is_where_the_first_plan_stays_first() {
    let with = |weight: f64| {
        let weights = format!("preferences: {{ weights: {{ request_latency: {weight}, memory: 1 }} }}\n");
        planned(&format!("{MESH}{weights}"), None)
    };
    let ids = |r: &PlanReport| r.plans[0].realizations.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let report = with(1.0);
    let found = report
        .stability
        .iter()
        .find(|s| s.preference == "request_latency")
        .unwrap();
    let from = found.from.unwrap();
    for weight in [from * 1.01 + 1e-6, found.to.map_or(1e6, |to| to * 0.99)] {
        assert_eq!(ids(&with(weight)), ids(&report), "{found:?}");
    }
    if let Some(to) = found.to {
        assert_ne!(ids(&with(to * 1.01)), ids(&report), "{found:?}");
    }
    if from > 0.0 {
        assert_ne!(ids(&with(from * 0.99)), ids(&report), "{found:?}");
    }
}

#[test]
fn what_a_realization_remedies_is_no_risk() {
    let body = "target: kubernetes\nworkload: { binary: app }\nconstraints: { isolation: { at_least: hardware } }\n";
    let report = planned(body, None);
    let kata = report
        .plans
        .iter()
        .find(|p| p.realizations.iter().any(|r| r.id == "kata-guest-seccomp"))
        .unwrap();
    assert!(
        !kata
            .risks
            .iter()
            .any(|r| r.starts_with("kata-containers and seccomp-bpf")),
        "{:#?}",
        kata.risks
    );
}

#[test]
fn an_included_macro_stands_for_its_letters() {
    let report = planned(
        "target: kubernetes\nworkload: { binary: app }\nconstraints: { include: [Kc] }\n",
        None,
    );
    assert!(!report.plans.is_empty());
    assert!(
        report
            .plans
            .iter()
            .all(|p| p.normal_form.contains(&"V".to_owned()) && p.normal_form.contains(&"C".to_owned()))
    );
}

#[test]
fn interactions_that_contradict_each_other_are_found() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let mut files = vec![(
        "operators.yaml".to_owned(),
        fs::read(data.join("operators.yaml")).unwrap(),
    )];
    let texts = [
        (
            "t.yaml",
            "kind: Technologies\ntechnologies:\n  - { id: a, name: a, source: { title: t } }\n  - { id: b, name: b, source: { title: t } }\n",
        ),
        (
            "i.yaml",
            "kind: Interactions\ninteractions:\n  - { id: i, subject: a, effect: requires, object: b, note: n, source: { title: t } }\n  - { id: j, subject: b, effect: breaks, object: a, note: n, source: { title: t } }\n  - { id: k, subject: a, effect: breaks, object: a, note: n, source: { title: t } }\n",
        ),
    ];
    files.extend(texts.map(|(n, t)| (n.to_owned(), format!("apiVersion: stackwright/v1\n{t}").into_bytes())));
    let found = Catalog::from_files(&files, "made up").unwrap_err();
    let codes: Vec<_> = found.iter().map(|d| d.code()).collect();
    assert_eq!(codes, ["catalog::contradiction", "catalog::contradiction"], "{found:?}");
}
