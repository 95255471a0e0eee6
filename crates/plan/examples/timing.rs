use stackwright_catalog::Catalog;
use stackwright_plan::*;
use stackwright_spec::requirement::Requirement;
use std::time::Instant;
fn main() {
    let catalog = Catalog::builtin().unwrap();
    for body in [
        "target: oci\nworkload: { wasm: f.wasm }\nconstraints:\n  metrics: { cold_start: < 10ms, memory: < 50MB }\n",
        "target: oci\nworkload: { wasm: f.wasm }\nconstraints:\n  metrics: { cold_start: < 10ms, memory: < 50MB }\n  isolation: { at_least: hardware }\n",
        "target: kubernetes\nworkload: { binary: app }\nconstraints:\n  needs: [traffic-governance, l7-telemetry]\n",
        "target: kubernetes\nworkload: { binary: app }\nconstraints:\n  grades: { latency: 4 }\n  needs: [traffic-governance, l7-telemetry]\n",
        "target: host\nworkload: { binary: app }\n",
    ] {
        let text = format!("apiVersion: stackwright/v1\nkind: Requirement\nname: r\n{body}");
        let requirement = Requirement::read("r.yaml", text.as_bytes(), catalog).unwrap();
        for free in [false, true] {
            let mut problem = Problem::new(catalog, &requirement, None, Options::default());
            if free { problem.rules.retain(|r| matches!(r, Rule::OneRunner | Rule::Requirements | Rule::Interactions)); }
            let start = Instant::now();
            let outcome = Dynamic::default().search(&problem);
            let searched = start.elapsed();
            let (n, c, l, e) = (outcome.front.len(), outcome.candidates, outcome.labels, outcome.exact);
            let r = report(&problem, outcome);
            println!("free {free} search {searched:?} all {:?} front {n} candidates {c} labels {l} exact {e} first {:?} rejected {}", start.elapsed(), r.plans.first().map(|p| &p.display), r.rejected.len());
        }
    }
}
