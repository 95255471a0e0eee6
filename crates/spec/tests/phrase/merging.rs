//! What a text says becomes a requirement, alone or together with a file.

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Target, WorkloadFact, WorkloadKind};
use stackwright_spec::phrase::TextRequirement;
use stackwright_spec::requirement::Requirement;
use stackwright_text::{Diagnostic, Source};

use super::read;

fn merge(text: &str, file: Option<&str>) -> Result<TextRequirement, Vec<Diagnostic>> {
    let catalog = Catalog::builtin().unwrap();
    let file = file.map(|rest| {
        let head = "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: { wasm: f.wasm }\n";
        Requirement::read("r.yaml", format!("{head}{rest}").as_bytes(), catalog).unwrap()
    });
    read(text).requirement(&Source::new("<text>", text), catalog, file)
}

#[test]
fn alone_takes_for_granted_what_the_text_does_not_say() {
    let merged = merge("cold start < 10ms, audit, no VMs, prefer memory", None).unwrap();
    let requirement = merged.requirement;
    assert_eq!(requirement.target, Target::Kubernetes);
    assert_eq!(requirement.workload_kind, Some(WorkloadKind::LinuxBinary));
    assert_eq!(requirement.metrics[0].bound.text, "< 10 ms");
    assert_eq!(requirement.needs, ["audit"]);
    assert_eq!(requirement.exclude.len(), 3);
    assert_eq!(requirement.preferences.order, ["memory"]);
}

#[test]
fn adds_to_a_file_and_yields_to_it_where_it_only_implies() {
    let file = "constraints: { metrics: { memory: < 50MB }, needs: [audit] }\npreferences: { order: [cold_start] }\n";
    let merged = merge(
        "cloud-native microservices, memory < 20 MB, zero trust, prefer memory, GPU, containerd, 等保三级",
        Some(file),
    )
    .unwrap();
    let requirement = merged.requirement;
    assert_eq!(
        (requirement.target, requirement.workload_kind),
        (Target::Oci, Some(WorkloadKind::WasmModule))
    );
    let bounds: Vec<_> = requirement.metrics.iter().map(|m| m.bound.text.as_str()).collect();
    assert_eq!(bounds, ["< 50 MB", "< 20 MB"]);
    for need in ["audit", "zero-trust", "traffic-governance"] {
        assert!(requirement.needs.iter().any(|n| n == need), "{:?}", requirement.needs);
    }
    assert_eq!(requirement.preferences.order, ["cold_start"]);
    let overridden: Vec<_> = merged.overridden.iter().map(ToString::to_string).collect();
    assert_eq!(overridden, ["prefer memory", "target kubernetes"]);
    let not_judged: Vec<_> = merged.not_judged.iter().map(ToString::to_string).collect();
    assert_eq!(not_judged, ["technology containerd"]);
    assert!(requirement.facts.contains_key(&WorkloadFact::Gpu));
    assert_eq!(requirement.regimes, ["mlps-2.0-level-3"]);
}

#[test]
fn refuses_what_is_stated_both_ways_and_shows_where() {
    for (text, file, place) in [
        ("fast, on Kubernetes", Some(""), 10),
        (
            "memory > 60 MB",
            Some("constraints: { metrics: { memory: < 50MB } }\n"),
            1,
        ),
        ("no sidecar", Some("constraints: { include: [M] }\n"), 1),
        ("no audit", Some("constraints: { needs: [audit] }\n"), 1),
        (
            "exactly language-level isolation",
            Some("constraints: { isolation: { at_least: hardware } }\n"),
            1,
        ),
        ("Linux binary", Some(""), 1),
        ("bare metal, K8s", None, 13),
        ("cold start < 10 ms, cold start > 20 ms", None, 21),
        ("zero trust; 无需零信任", None, 13),
    ] {
        let errors = merge(text, file).unwrap_err();
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!(errors[0].code(), "requirement::contradiction");
        assert_eq!(errors[0].place().map(|p| p.column), Some(place), "{text}");
    }
}

#[test]
fn of_nothing_is_no_requirement() {
    let errors = merge("hello, world", None).unwrap_err();
    assert_eq!(errors[0].code(), "requirement::text");
    assert!(merge("hello, world", Some("")).is_ok());
}
