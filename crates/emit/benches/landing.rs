//! How long bundles for a cluster take: the first of a process, catalogue included, and ten thousand after it.
//!
//! `cargo bench -p stackwright-emit` prints both; `-- --check` fails if they take longer than 50 ms and 10 s.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::env;
use std::time::Instant;

use stackwright_catalog::Catalog;
use stackwright_catalog::model::Target;
use stackwright_emit::{ClusterOptions, Emission, emit};
use stackwright_spec::plan::{Plan, PlannedGrades, PlannedRealization};
use stackwright_spec::requirement::{Requirement, WorkloadFile};
use stackwright_spec::workload::Port;

const WORKLOADS: usize = 10_000;

fn plan() -> Plan {
    let realization = |id: &str, word: &str| PlannedRealization {
        id: id.to_owned(),
        word: word.to_owned(),
        summary: String::new(),
    };
    Plan {
        normal_form: ["V", "C", "S", "M", "Gk"].map(str::to_owned).to_vec(),
        display: "V∘C∘S∘M∘Gk".to_owned(),
        realizations: vec![
            realization("kata-guest-seccomp", "V∘C∘S"),
            realization("istio-around-vm", "M"),
            realization("gatekeeper-admission", "Gk"),
        ],
        technologies: Vec::new(),
        grades: PlannedGrades {
            latency: None,
            security: 4,
            observability: 4,
        },
        grade_display: String::new(),
        metrics: Vec::new(),
        nodes: Vec::new(),
        why: Vec::new(),
        binding: Vec::new(),
        gives_up: Vec::new(),
        risks: Vec::new(),
    }
}

fn bundle(plan: &Plan, number: usize) -> usize {
    let file = WorkloadFile {
        image: Some(format!("registry.example/app-{number}@sha256:{}", "a".repeat(64))),
        ..WorkloadFile::default()
    };
    let mut requirement = Requirement::of(&format!("app-{number}"), file, Target::Kubernetes);
    requirement.ports = Port::parse("8080").into_iter().collect();
    let files = emit(&Emission {
        plan,
        requirement: &requirement,
        catalog: Catalog::builtin().unwrap(),
        workload: b"",
        generator: "bench",
        cluster: &ClusterOptions::default(),
    });
    files.unwrap().iter().map(|f| f.content.len()).sum()
}

fn main() {
    let plan = plan();
    let start = Instant::now();
    let bytes = bundle(&plan, 0);
    let first = start.elapsed();
    let start = Instant::now();
    let all: usize = (0..WORKLOADS).map(|n| bundle(&plan, n)).sum();
    let many = start.elapsed();
    println!(
        "first bundle, catalogue included: {:.1} ms, {bytes} bytes",
        first.as_secs_f64() * 1e3
    );
    println!("{WORKLOADS} bundles: {:.2} s, {all} bytes", many.as_secs_f64());
    if env::args().any(|a| a == "--check") {
        assert!(first.as_millis() <= 50, "the first bundle took {first:?}");
        assert!(many.as_secs() <= 10, "{WORKLOADS} bundles took {many:?}");
    }
}
