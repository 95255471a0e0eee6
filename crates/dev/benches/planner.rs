//! How fast plans are found: `cargo bench -p stackwright-dev --bench planner`. With other solvers on the same instances:
//! `crates/plan/oracle/compare.py`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench is run by hand"
)]

use std::fs;
use std::time::Instant;

use stackwright_catalog::Catalog;
use stackwright_dev::instances::{EVERYTHING, NOTHING, large};
use stackwright_plan::{Dynamic, Options, Problem, Rule, Search, report};
use stackwright_spec::requirement::Requirement;

fn main() {
    let catalog = Catalog::builtin().unwrap();
    println!("built-in catalogue");
    for body in [
        "target: oci\nworkload: { wasm: f }\nconstraints: { metrics: { cold_start: < 10ms, memory: < 50MB } }\n",
        "target: kubernetes\nworkload: { binary: f }\nconstraints: { needs: [traffic-governance, l7-telemetry] }\n",
        "target: kubernetes\nworkload: { binary: f }\nconstraints: { grades: { latency: 4 } }\n",
        "target: oci\nworkload: { wasm: f }\nconstraints: { metrics: { cold_start: < 10ms }, isolation: { at_least: hardware } }\n",
    ] {
        let text = format!("apiVersion: stackwright/v1\nkind: Requirement\nname: r\n{body}");
        let requirement = Requirement::read("r.yaml", text.as_bytes(), catalog).unwrap();
        measure(body, &Problem::new(catalog, &requirement, None, options()));
        let mut free = Problem::new(catalog, &requirement, None, options());
        free.rules
            .retain(|r| matches!(r, Rule::OneRunner | Rule::Requirements | Rule::Interactions));
        measure("the same without target and constraints", &free);
    }
    println!("200 technologies");
    for clashes in [0, 20, 60] {
        for body in [EVERYTHING, NOTHING] {
            let instance = large(1, clashes, body);
            let problem = Problem::new(&instance.catalog, &instance.requirement, None, options());
            measure(&format!("{clashes} clashes, {body}"), &problem);
        }
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or("VmHWM: not known");
    println!("peak memory of all: {peak}");
}

fn options() -> Options {
    Options {
        plans: 8,
        ..Options::default()
    }
}

fn measure(name: &str, problem: &Problem<'_>) {
    let mut best = (f64::INFINITY, f64::INFINITY);
    let mut line = String::new();
    for _ in 0..3 {
        let start = Instant::now();
        let outcome = Dynamic::default().search(problem);
        let searched = start.elapsed().as_secs_f64();
        line = format!(
            "{} optimal of {} combinations, {} labels, exact: {}",
            outcome.front.len(),
            outcome.candidates,
            outcome.labels,
            outcome.exact
        );
        let _ = std::hint::black_box(report(problem, outcome));
        best = (best.0.min(searched), best.1.min(start.elapsed().as_secs_f64()));
    }
    let name: Vec<_> = name.split_whitespace().collect();
    println!(
        "  {}\n    {line}: search {:.1} ms, with report {:.1} ms",
        name.join(" "),
        best.0 * 1e3,
        best.1 * 1e3
    );
}
