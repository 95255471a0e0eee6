//! `stats`: what runs that go on use.

use serde::Serialize;
use stackwright::Stats;
use stackwright::quantity::{Dimension, Quantity};
use stackwright_locale::say;

use super::ps::bytes;
use crate::arguments;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    runs: &'a [Stats],
}

/// Carries out `stats`.
pub fn run(arguments: &arguments::Stats, output: &mut Output) -> Result<u8, Failure> {
    let runs = stackwright::stats(&arguments.ids)?;
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/stats/v1",
            runs: &runs,
        });
        return Ok(0);
    }
    let locale = output.locale();
    let unknown = || say!(locale, "stats-unknown");
    let size = |count: Option<u64>| count.map_or_else(unknown, |count| bytes(count).to_string());
    for run in &runs {
        output.line(say!(
            locale,
            "stats-run",
            id = run.id.as_str(),
            processor = run.processor_ns.map_or_else(unknown, |ns| time(ns).to_string()),
            memory = size(run.memory_bytes),
            peak = size(run.memory_peak_bytes),
            tasks = run.tasks.map_or_else(unknown, |count| count.to_string()),
            read = size(run.read_bytes),
            written = size(run.written_bytes),
        ));
    }
    Ok(0)
}

fn time(ns: u64) -> Quantity {
    // Exact up to some months.
    #[allow(clippy::cast_precision_loss)]
    let value = ns as f64 / 1e6;
    let dimension = Dimension::Time;
    Quantity { value, dimension }
}
