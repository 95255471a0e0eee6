use stackwright_catalog::model::Role;

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
    for needs in ["[zero_trsut]", "{ zero_trsut: true }"] {
        let error = only_error(&format!("  needs: {needs}\n"));
        assert!(error.help().unwrap().contains("did you mean `zero-trust`?"));
        assert_eq!(error.place().unwrap().line, 7);
    }
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
        "  isolation: { at_least: hardware, not: [hardware, confidential] }\n",
        "  metrics: { cold_start: [50ms, 10ms] }\n",
        "  grades: { security: [\">= 4\", \"<= 3\"] }\n",
        "  needs: [platform-filter]\n  filter_owner: container\n",
        "  needs: { audit: false }\n  regimes: [hipaa]\n",
        "  needs: [fast-start]\n  metrics: { cold_start: \">= 1s\" }\n",
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

/// A requirement with lines outside of its constraints.
fn whole(lines: &str) -> Result<Requirement, Vec<Diagnostic>> {
    let text = format!("apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: kubernetes\n{lines}");
    Requirement::read("r.yaml", text.as_bytes(), Catalog::builtin().unwrap())
}

#[test]
fn two_quantities_in_a_list_are_an_interval() {
    let requirement = read("  metrics: { cold_start: [10ms, 0.05s] }\n").unwrap();
    let texts: Vec<_> = requirement.metrics.iter().map(|m| m.bound.text.as_str()).collect();
    assert_eq!(texts, ["≥ 10 ms", "≤ 50 ms"]);
}

#[test]
fn bounds_can_be_for_each_layer_but_not_from_below() {
    let requirement =
        read("  metrics: { memory: { bound: 50MB, per: layer, scope: process, account: pod } }\n").unwrap();
    assert_eq!(requirement.metrics[0].per, Per::Layer);
    assert_eq!(requirement.metrics[0].account, Some(Account::Pod));
    assert_eq!(
        only_error("  metrics: { memory: { bound: \">= 1MB\", per: layer } }\n").code(),
        "requirement::bound"
    );
    assert_eq!(
        only_error("  grades: { security: { bound: '4', scope: process } }\n").code(),
        "requirement::bound"
    );
}

#[test]
fn needs_are_names_or_flags() {
    for needs in [
        "[zero-trust, audit]",
        "[zero_trust, audit]",
        "{ zero_trust: true, audit: true, offline: false }",
    ] {
        assert_eq!(
            read(&format!("  needs: {needs}\n")).unwrap().needs,
            ["zero-trust", "audit"],
            "{needs}"
        );
    }
    let error = only_error("  needs: { audit: maybe }\n");
    assert_eq!(error.code(), "yaml::type");
    assert_eq!(read("  filter_owner: platform\n").unwrap().needs, ["platform-filter"]);
    for owner in [FilterOwner::Platform, FilterOwner::Container] {
        let needs = &Catalog::builtin().unwrap().data().needs;
        assert!(needs.iter().any(|n| n.name == owner.need()), "{owner:?}");
    }
}

#[test]
fn regimes_state_needs() {
    let catalog = Catalog::builtin().unwrap();
    assert_eq!(catalog.data().regimes.len(), 7);
    for regime in &catalog.data().regimes {
        let requirement = read(&format!("  regimes: [{}]\n", regime.id)).unwrap();
        assert!(requirement.needs.contains(&"audit".to_owned()), "{}", regime.id);
        assert!(!regime.not_covered.is_empty(), "{}", regime.id);
    }
    let error = only_error("  regimes: [pci-dss-4]\n");
    assert!(error.help().unwrap().contains("pci-dss-4.0"));
}

#[test]
fn words_of_quantity_are_bounds_unless_turned_off() {
    let requirement = whole("constraints: { needs: [low-resource, fast-start] }\n").unwrap();
    let bounds: Vec<_> = requirement
        .metrics
        .iter()
        .map(|m| {
            (
                m.metric.as_str(),
                m.bound.text.as_str(),
                m.per,
                m.principle.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        bounds,
        [
            ("memory", "≤ 50 MB", Per::Layer, "low-resource-band"),
            ("cold_start", "≤ 500 ms", Per::Stack, "fast-band"),
        ]
    );
    let without = whole("constraints: { needs: [low-resource] }\nwithout: [low-resource-band]\n").unwrap();
    assert!(without.metrics.is_empty());
}

#[test]
fn every_bound_and_name_of_principles_can_be_read() {
    let catalog = Catalog::builtin().unwrap();
    for need in &catalog.data().needs {
        read(&format!("  needs: [{}]\n", need.name)).unwrap();
    }
    for mechanism in [
        Mechanism::Packaging,
        Mechanism::FewestOperators,
        Mechanism::DefaultRealization,
        Mechanism::PerInstance,
        Mechanism::DefaultScope,
    ] {
        let principle = catalog
            .data()
            .principles
            .iter()
            .find(|p| p.governs == Some(mechanism))
            .unwrap();
        let off = whole(&format!("without: [{}]\n", principle.id)).unwrap();
        assert!(!off.upholds(catalog, mechanism) && whole("").unwrap().upholds(catalog, mechanism));
    }
}

#[test]
fn a_platform_is_made_of_technologies_of_the_catalogue() {
    let requirement = whole(
        "platform: { kubernetes: '1.34', engine: containerd 2.1, cni: calico, mesh: none, with: [kata-containers 4.1.0] }\n",
    )
    .unwrap();
    let platform = &requirement.platform;
    assert_eq!(platform.installed["kubernetes"].version.as_deref(), Some("1.34"));
    assert_eq!(platform.roles[&Role::Engine].as_deref(), Some("containerd"));
    assert_eq!(platform.roles[&Role::Mesh], None);
    assert!(!platform.roles.contains_key(&Role::Orchestrator));
    for (lines, code, help) in [
        (
            "platform: { mesh: istoi }\n",
            "requirement::platform",
            "did you mean `istio`?",
        ),
        ("platform: { engine: istio }\n", "requirement::platform", "`containerd`"),
        ("platform: { kubernetes: latest }\n", "requirement::platform", "1.34"),
        ("platform: { orchestrator: none }\n", "requirement::contradiction", ""),
        (
            "platform: { engin: docker }\n",
            "yaml::unknown-key",
            "did you mean `engine`?",
        ),
    ] {
        let errors = whole(lines).unwrap_err();
        assert_eq!(errors[0].code(), code, "{lines}: {errors:?}");
        assert!(errors[0].help().unwrap_or("").contains(help), "{lines}: {errors:?}");
        assert_eq!(errors[0].place().unwrap().line, 5, "{lines}");
    }
}

#[test]
fn a_workload_is_one_thing() {
    assert_eq!(whole("").unwrap().workload_kind, None);
    assert_eq!(
        whole("workload: { image: 'app:1' }\n").unwrap().workload_kind,
        Some(WorkloadKind::LinuxBinary)
    );
    assert_eq!(
        whole("workload: { image: 'app:1', kind: wasm-module }\n")
            .unwrap()
            .workload_kind,
        Some(WorkloadKind::WasmModule)
    );
    for (lines, code) in [
        ("workload: { wasm: a, binary: b }\n", "requirement::workload"),
        ("workload: { wasm: a, kind: linux-binary }\n", "requirement::workload"),
        ("workload: { wasm: '' }\n", "requirement::workload"),
        ("workload: { ports: ['99999'] }\n", "requirement::workload"),
        ("workload: { syscalls: [Mount] }\n", "requirement::workload"),
        ("workload: { image: App }\n", "workload::image"),
        ("workload: { facts: [gpus] }\n", "yaml::unknown-value"),
    ] {
        assert_eq!(whole(lines).unwrap_err()[0].code(), code, "{lines}");
    }
}

#[test]
fn what_the_workload_says_is_taken_over() {
    let mut requirement = whole("workload: { manifest: m.yaml }\n").unwrap();
    let pod = b"kind: Pod\nspec: { hostNetwork: true, containers: [{ name: c, image: a, ports: [{ containerPort: 80 }] }] }\n";
    let workload = crate::workload::read(crate::workload::Format::Manifest, "m.yaml", pod).unwrap();
    requirement.learn(&workload).unwrap();
    assert!(requirement.facts.contains_key(&WorkloadFact::HostNetwork));
    assert_eq!(requirement.ports.len(), 1);
    let mut module = whole("workload: { kind: wasm-module }\n").unwrap();
    assert_eq!(module.learn(&workload).unwrap_err().code(), "requirement::workload");
}

#[test]
fn profiles_are_requirements_and_can_be_added() {
    let catalog = Catalog::builtin().unwrap();
    for profile in &catalog.data().profiles {
        let requirement = Requirement::profile(&profile.id, catalog).unwrap();
        assert!(
            !requirement.needs.is_empty() || !requirement.metrics.is_empty(),
            "{}",
            profile.id
        );
    }
    let light = Requirement::profile("light-governance", catalog).unwrap();
    let mut requirement = whole("workload: { image: 'app:1' }\nconstraints: { needs: [audit] }\n").unwrap();
    requirement.add(&light, catalog).unwrap();
    assert_eq!(requirement.needs, ["audit", "traffic-governance", "low-resource"]);
    assert_eq!(requirement.metrics.len(), 1);
    let mut weak = whole("constraints: { isolation: { exactly: language } }\n").unwrap();
    let strong = Requirement::profile("hybrid", catalog).unwrap();
    assert_eq!(
        weak.add(&strong, catalog).unwrap_err()[0].code(),
        "requirement::contradiction"
    );
    let error = Requirement::profile("fast-lite", catalog).unwrap_err();
    assert!(error[0].help().unwrap().contains("did you mean `fast-light`?"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(512))]

    #[test]
    fn no_damage_upsets_the_reader(at in proptest::prelude::any::<proptest::sample::Index>(), with in "\\PC{0,8}") {
        let text = "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: { image: a, facts: [gpu] }\n\
            platform: { engine: docker 25 }\nconstraints:\n  metrics: { memory: { bound: < 1MB, per: layer } }\n  \
            grades: { latency: [4, 5] }\n  needs: { audit: true }\n  isolation: { not: [none] }\n  regimes: [gdpr]\n\
            preferences: { weights: { memory: 1 } }\nwithout: [admission]\n";
        let mut place = at.index(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        let damaged = format!("{}{with}{}", &text[..place], &text[place..]);
        for error in Requirement::read("r", damaged.as_bytes(), Catalog::builtin().unwrap()).err().unwrap_or_default() {
            proptest::prop_assert!(!error.message().is_empty());
        }
    }
}
