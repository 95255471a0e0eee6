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
    /// What would make it runnable, if something that can be started here lacks only that.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
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
        let detail = locale.told(&capability.detail);
        output.line(format!("  {mark}  {:<20} {detail}", capability.name));
        if let Some(remedy) = &capability.remedy {
            output.line(format!("       {:<20} → {}", "", locale.told(remedy)));
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
        if let Some(remedy) = operator.remedy {
            output.line(format!("       {:<5} → {}", "", locale.told(remedy)));
        }
    }
    Ok(0)
}

fn operators<'a>(catalog: &'a Catalog, host: &'a HostFacts) -> Vec<OperatorAnswer<'a>> {
    let missing = |r: &'a Realization| -> Vec<&'a str> {
        let technologies = r.technologies.iter().filter_map(|id| catalog.technology(id));
        let needs = technologies.flat_map(|t| &t.needs).map(String::as_str);
        needs.filter(|need| host.has(need) != Some(true)).collect()
    };
    catalog
        .algebra()
        .operators()
        .iter()
        .map(|operator| {
            let symbol = &operator.symbol;
            let own = || catalog.data().realizations.iter().filter(|r| r.words.contains(symbol));
            let mut with = Vec::new();
            let mut lacking: Vec<Vec<&str>> = Vec::new();
            for realization in own().filter(|r| r.driver.is_some()) {
                match missing(realization) {
                    none if none.is_empty() => with.push(realization.id.as_str()),
                    some => lacking.push(some),
                }
            }
            // Of several the one that lacks least.
            let nearest = lacking.into_iter().min_by_key(Vec::len).filter(|_| with.is_empty());
            let first = nearest.and_then(|needs| needs.into_iter().next());
            OperatorAnswer {
                symbol,
                runnable: !with.is_empty(),
                with,
                remedy: first.and_then(|need| host.capability(need)?.remedy.as_deref()),
            }
        })
        .collect()
}
