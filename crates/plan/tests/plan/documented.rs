//! The answers of the two documents come out of constraints and principles, and each principle is one of the reasons.

use std::path::{Path, PathBuf};

use stackwright_catalog::Catalog;
use stackwright_plan::{Options, Problem, plan};
use stackwright_spec::plan::{Plan, PlanReport};
use stackwright_spec::requirement::Requirement;
use stackwright_spec::workload;

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The requirement of an example, with principles turned off, and what its workload's file says.
fn example(name: &str, without: &[&str]) -> Requirement {
    let folder = examples().join(name);
    let mut text = std::fs::read_to_string(folder.join("requirements.yaml")).unwrap();
    text.push_str(&format!("\nwithout: [{}]\n", without.join(", ")));
    let mut requirement = Requirement::read(name, text.as_bytes(), catalog()).unwrap();
    if let Some((file, format)) = requirement.workload.file() {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let workload = workload::read(format, file, &bytes).unwrap();
        requirement.learn(&workload).unwrap();
    }
    requirement
}

fn planned(requirement: &Requirement) -> PlanReport {
    let report = plan(&Problem::new(catalog(), requirement, None, Options::default()));
    assert!(report.exact);
    report
}

fn first(requirement: &Requirement) -> Plan {
    let report = planned(requirement);
    match report.plans.first() {
        Some(plan) => plan.clone(),
        None => panic!("{:#?}", report.conflict),
    }
}

/// The first plan's word, or `none`.
fn word(name: &str, without: &[&str]) -> String {
    let report = planned(&example(name, without));
    report
        .plans
        .first()
        .map_or_else(|| "none".to_owned(), |p| p.display.clone())
}

#[test]
fn the_five_cases() {
    for (name, expected) in [
        ("microservice", "I∘C∘S∘M"),
        ("strong-isolation", "V∘S∘C∘M"),
        ("edge-function", "I∘C∘S∘W"),
        ("light-microservice", "I∘C∘S∘Am"),
        ("hybrid", "V∘C∘S∘M"),
    ] {
        assert_eq!(word(name, &[]), expected, "{name}");
    }
}

#[test]
fn the_five_rows_of_the_decision_matrix() {
    for (name, expected) in [
        ("fast-light", "I∘C∘S∘M"),
        ("strong-isolation-compliance", "V∘S∘C∘M"),
        ("edge-cold-start", "I∘C∘S∘W"),
        ("light-governance", "I∘C∘S∘Am"),
        ("hybrid", "V∘C∘S∘M"),
    ] {
        let requirement = Requirement::profile(name, catalog()).unwrap();
        assert_eq!(first(&requirement).display, expected, "{name}");
    }
}

#[test]
fn the_three_application_cases_with_their_technologies() {
    for (name, expected, technologies) in [
        (
            "cloud-native-application",
            "I∘C∘S∘M∘Gk",
            &["Kubernetes", "containerd", "Istio", "OPA"][..],
        ),
        ("iot-edge-node", "F∘C∘S∘W", &["WasmEdge", "K3s", "Firecracker"]),
        (
            "financial-system",
            "V∘S∘C∘M∘Gk",
            &["KVM", "OPA", "OPA Gatekeeper", "Istio"],
        ),
    ] {
        let plan = first(&example(name, &[]));
        assert_eq!(plan.display, expected, "{name}");
        for technology in technologies {
            assert!(
                plan.technologies.iter().any(|t| t == technology),
                "{name}: {technology} in {:?}",
                plan.technologies
            );
        }
    }
}

/// Principle by principle: with it the documented answer, without it another one.
fn changes(name: &str, principle: &str, without: &str) {
    let with = word(name, &[]);
    assert_ne!(with, without, "{name} without {principle}");
    assert_eq!(word(name, &[principle]), without, "{name} without {principle}");
}

#[test]
fn principle_1_a_container_and_a_filter() {
    changes("light-microservice", "secure-default", "I∘C∘Am");
    changes("edge-function", "secure-default", "I∘C∘W");
    // Without the first half, a filtered engine is enough.
    changes("edge-function", "container-target", "S∘W");
}

#[test]
fn principle_2_packaging_and_the_fewest_operators() {
    changes("light-microservice", "packaged-workload", "C∘S∘Am");
    // An enforced boundary is that of hardware, or a weaker one with admission: four operators or five.
    let enforced = |without: &[&str]| {
        let mut requirement = example("cloud-native-application", without);
        requirement.grades.clear();
        requirement.metrics.clear();
        first(&requirement).display
    };
    assert_eq!(enforced(&[]), "V∘C∘S∘M");
    assert_eq!(enforced(&["fewest-operators"]), "I∘C∘S∘M∘Gk");
}

#[test]
fn principle_3_the_default_realization_decides() {
    // Linkerd's proxy takes less than 50 MB, Istio's does not; what is meant by a mesh is Istio's.
    changes("light-microservice", "default-realization", "I∘C∘S∘M");
    // A wish never refines the word: the row that asks for little memory without an amount keeps the plain mesh.
    let wish = Requirement::profile("fast-light", catalog()).unwrap();
    assert_eq!(wish.preferences.order.first().map(String::as_str), Some("memory"));
    assert_eq!(first(&wish).display, "I∘C∘S∘M");
}

/// An example with a further need.
fn word_with(name: &str, need: &str, without: &[&str]) -> String {
    let mut requirement = example(name, without);
    requirement.needs.push(need.to_owned());
    first(&requirement).display
}

#[test]
fn principle_4_who_owns_the_filter() {
    // A filter outside the container has the better grade in a machine, so it is taken unless the container owns it.
    changes("hybrid", "filter-of-the-container", "V∘S∘C∘M");
    assert_eq!(word_with("light-microservice", "platform-filter", &[]), "I∘S∘C∘Am");
    assert_eq!(
        word_with("light-microservice", "platform-filter", &["filter-outside"]),
        "I∘C∘S∘Am"
    );
}

#[test]
fn principle_5_telemetry_of_requests_at_both_ends() {
    changes("cloud-native-application", "telemetry-at-both-ends", "I∘C∘S∘Gk");
    // Where memory rules out the plain mesh's default, telemetry by name still keeps ambient mode out.
    assert_eq!(word_with("light-microservice", "l7-telemetry", &[]), "I∘C∘S∘M");
}

#[test]
fn principle_6_words_of_quantity_have_numbers() {
    changes("light-microservice", "low-resource-band", "I∘C∘S∘M");
    // A machine of QEMU takes more than 10 MB, one of Firecracker does not.
    changes("iot-edge-node", "very-low-resource-band", "I∘C∘S∘W∘Gk");
    let requirement = Requirement::read(
        "r",
        b"apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: kubernetes\nconstraints: { needs: [very-fast-start] }\n",
        catalog(),
    )
    .unwrap();
    let bounds: Vec<_> = requirement.metrics.iter().map(|m| m.bound.text.as_str()).collect();
    assert_eq!(bounds, ["≤ 100 ms"]);
}

#[test]
fn principle_7_what_instances_share_is_not_counted_for_each() {
    let mut requirement = example("iot-edge-node", &[]);
    let cold_start = |requirement: &mut Requirement| {
        let bound = requirement
            .metrics
            .iter_mut()
            .find(|m| m.metric == "cold_start")
            .unwrap();
        bound.bound.value = 10.0;
        bound.bound.comparator = stackwright_spec::requirement::Comparator::Less;
    };
    cold_start(&mut requirement);
    assert_eq!(first(&requirement).display, "F∘C∘S∘W");
    let mut requirement = example("iot-edge-node", &["per-instance"]);
    cold_start(&mut requirement);
    assert!(
        planned(&requirement).plans.is_empty(),
        "the machine's own start is more than 10 ms"
    );
}

#[test]
fn principle_8_a_bound_without_a_scope() {
    // The start of a machine is published for its process; through an orchestrator nobody has published it.
    let text = "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: host\nconstraints:\n  \
                isolation: { at_least: hardware }\n  metrics: { cold_start: <= 180ms }\n";
    let read = |text: &str| Requirement::read("r", text.as_bytes(), catalog()).unwrap();
    let report = planned(&read(text));
    assert_eq!(report.plans[0].display, "F");
    assert!(
        report
            .judged
            .iter()
            .any(|line| line.contains("at process scope (the default scope)"))
    );
    assert!(
        planned(&read(&format!("{text}without: [default-scope]\n")))
            .plans
            .is_empty()
    );
    // Wider scopes are shown beside it.
    let plan = &report.plans[0];
    let scopes: Vec<_> = plan
        .metrics
        .iter()
        .filter(|m| m.name == "cold_start")
        .map(|m| m.scope.as_str())
        .collect();
    assert!(scopes.len() > 1, "{scopes:?}");
    // A grade is judged by reference figures, whatever better evidence says.
    assert_eq!(word("cloud-native-application", &[]), "I∘C∘S∘M∘Gk");
}

#[test]
fn principle_9_admission() {
    changes("cloud-native-application", "enforced-boundary", "I∘C∘S∘M");
    changes("financial-system", "admission", "V∘S∘C∘M");
    // Hardware needs no admission to be enforced.
    assert!(!word("iot-edge-node", &[]).contains("Gk"));
}

/// A requirement for Kubernetes with some lines more.
fn kubernetes(lines: &str) -> Requirement {
    let text = format!("apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: kubernetes\n{lines}");
    Requirement::read("r", text.as_bytes(), catalog()).unwrap()
}

fn realizations(report: &PlanReport) -> Vec<&str> {
    report
        .plans
        .iter()
        .flat_map(|p| &p.realizations)
        .map(|r| r.id.as_str())
        .collect()
}

#[test]
fn what_the_platform_lacks_is_not_planned() {
    let mesh = "workload: { kind: linux-binary }\nconstraints: { needs: [traffic-governance] }\n";
    let report = planned(&kubernetes(&format!(
        "{mesh}platform: {{ mesh: linkerd, kubernetes: '1.34' }}\n"
    )));
    let ids = realizations(&report);
    assert!(
        ids.contains(&"linkerd-sidecar") && !ids.iter().any(|id| id.starts_with("istio")),
        "{ids:?}"
    );
    // Linkerd 2.19 works with Kubernetes up to 1.35, whoever asks for it.
    let report = planned(&kubernetes(&format!("{mesh}platform: {{ kubernetes: '1.36' }}\n")));
    let ids = realizations(&report);
    assert!(
        ids.contains(&"istio-sidecar") && !ids.contains(&"linkerd-sidecar"),
        "{ids:?}"
    );
    let report = planned(&kubernetes(&format!(
        "{mesh}platform: {{ mesh: linkerd, kubernetes: '1.36' }}\n"
    )));
    assert!(report.plans.is_empty());
    let report = planned(&kubernetes(&format!("{mesh}platform: {{ mesh: none }}\n")));
    assert!(report.plans.is_empty());
}

#[test]
fn what_a_technology_refuses_is_not_planned_for_the_workload() {
    let hardware = "constraints: { isolation: { at_least: hardware } }\n";
    let kata = |facts: &str| {
        let requirement = kubernetes(&format!("workload: {{ kind: linux-binary, {facts} }}\n{hardware}"));
        planned(&requirement)
    };
    assert!(realizations(&kata("")).iter().any(|id| id.starts_with("kata")));
    for fact in ["host-network", "sub-path"] {
        let report = kata(&format!("facts: [{fact}]"));
        assert!(!realizations(&report).iter().any(|id| id.starts_with("kata")), "{fact}");
    }
    // A setting mends it, so it is a risk and no refusal.
    let report = kata("facts: [gpu]");
    assert!(
        !realizations(&report).iter().any(|id| id.contains("firecracker")),
        "{:?}",
        realizations(&report)
    );
    let qemu = report
        .plans
        .iter()
        .find(|p| p.realizations.iter().any(|r| r.id == "kata-guest-seccomp"))
        .unwrap();
    assert!(qemu.risks.iter().any(|r| r.contains("gpu")), "{:#?}", qemu.risks);
    let report = kata("syscalls: [perf_event_open]");
    assert!(
        report.plans[0].risks.iter().any(|r| r.contains("perf_event_open")),
        "{:#?}",
        report.plans[0].risks
    );
}

#[test]
fn what_needs_a_connection_is_not_planned_offline() {
    let operator = "constraints: { needs: { untrusted_operator: true, offline: OFF } }\n";
    let with = planned(&kubernetes(&operator.replace("OFF", "false")));
    assert!(
        with.plans.iter().all(|p| p.display.starts_with("Cc")),
        "{:?}",
        realizations(&with)
    );
    assert!(!with.plans.is_empty());
    assert!(planned(&kubernetes(&operator.replace("OFF", "true"))).plans.is_empty());
}

#[test]
fn a_regime_asks_for_needs_and_says_what_it_does_not_cover() {
    let report = planned(&kubernetes(
        "workload: { kind: linux-binary }\nconstraints: { regimes: [mlps-2.0-level-3] }\n",
    ));
    let plan = &report.plans[0];
    assert_eq!(plan.display, "I∘S∘C∘M∘Gk");
    assert!(
        report.judged.iter().any(|line| line.contains("8.1.4.3 asks for audit")),
        "{:#?}",
        report.judged
    );
    assert!(
        plan.risks
            .iter()
            .any(|r| r.starts_with("no stack alone makes anything compliant")),
        "{:#?}",
        plan.risks
    );
}

#[test]
fn a_program_for_another_machine_is_not_planned_for_the_host() {
    use stackwright_spec::host::HostFacts;
    let mut requirement = example("edge-function", &[]);
    requirement.architecture = Some("arm64".to_owned());
    let host = HostFacts {
        architecture: "amd64".to_owned(),
        ..HostFacts::default()
    };
    let report = plan(&Problem::new(catalog(), &requirement, Some(&host), Options::default()));
    assert!(report.plans.is_empty());
    assert!(
        report
            .rejected
            .iter()
            .flat_map(|r| &r.because)
            .any(|b| b.contains("made for arm64"))
    );
}
