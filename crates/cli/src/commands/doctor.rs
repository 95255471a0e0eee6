//! `doctor`: what this host can run.

use serde::Serialize;
use stackwright::model::Realization;
use stackwright::spec::host::{Capability, HostFacts};
use stackwright::{Catalog, doctor};
use stackwright_locale::say;

use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    kernel: &'a str,
    architecture: &'a str,
    capabilities: &'a [Capability],
    operators: Vec<OperatorAnswer<'a>>,
}

/// Whether something here can start a layer, and what.
#[derive(Serialize)]
struct OperatorAnswer<'a> {
    symbol: &'a str,
    runnable: bool,
    with: Vec<&'a str>,
}

/// Carries out `doctor`.
pub fn run(chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let host = doctor();
    let operators = operators(catalog, &host);
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/doctor/v1",
            kernel: &host.kernel,
            architecture: &host.architecture,
            capabilities: &host.capabilities,
            operators,
        });
        return Ok(0);
    }
    let locale = output.locale();
    let (kernel, architecture) = (host.kernel.as_str(), host.architecture.as_str());
    let host_line = say!(locale, "doctor-host", kernel = kernel, architecture = architecture);
    output.line(format!("{host_line}\n"));
    let mark = |ok| {
        let word = if ok { say!(locale, "yes") } else { say!(locale, "no") };
        padded(&word, 3)
    };
    for capability in &host.capabilities {
        let mark = mark(capability.ok);
        output.line(format!("  {mark}  {:<20} {}", capability.name, capability.detail));
        if let Some(remedy) = &capability.remedy {
            output.line(format!("       {:<20} → {remedy}", ""));
        }
    }
    output.line(format!("\n{}", say!(locale, "doctor-operators")));
    for operator in operators {
        let with = if operator.runnable {
            operator.with.join(", ")
        } else {
            say!(locale, "doctor-nothing")
        };
        let mark = mark(operator.runnable);
        output.line(format!("  {mark}  {:<5} {with}", operator.symbol));
    }
    Ok(0)
}

fn operators<'a>(catalog: &'a Catalog, host: &HostFacts) -> Vec<OperatorAnswer<'a>> {
    let runnable = |r: &&Realization| {
        let mut needs = r
            .technologies
            .iter()
            .filter_map(|id| catalog.technology(id))
            .flat_map(|t| &t.needs);
        r.driver.is_some() && needs.all(|n| host.has(n) == Some(true))
    };
    catalog
        .algebra()
        .operators()
        .iter()
        .map(|operator| {
            let own = catalog
                .data()
                .realizations
                .iter()
                .filter(|r| r.words.contains(&operator.symbol));
            let with: Vec<_> = own.filter(runnable).map(|r| r.id.as_str()).collect();
            OperatorAnswer {
                symbol: &operator.symbol,
                runnable: !with.is_empty(),
                with,
            }
        })
        .collect()
}
