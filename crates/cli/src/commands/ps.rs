//! `ps`: the runs of this user.

use serde::Serialize;
use stackwright::Run;
use stackwright::algebra::display_word;
use stackwright::quantity::{Dimension, Quantity};
use stackwright_locale::say;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    runs: &'a [Run],
}

/// Carries out `ps`.
pub fn run(output: &mut Output) -> Result<u8, Failure> {
    let runs = stackwright::runs()?;
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/ps/v1",
            runs: &runs,
        });
        return Ok(0);
    }
    let locale = output.locale();
    for run in &runs {
        let record = &run.record;
        let stack = display_word(record.word.iter().map(String::as_str));
        let code = record
            .exit_code
            .map(|code| format!(" {}", say!(locale, "ps-code", code = code.to_string())))
            .unwrap_or_default();
        let memory = run
            .memory_bytes
            .map(|count| format!("  {}", bytes(count)))
            .unwrap_or_default();
        let processes = run
            .processes
            .map(|count| format!("  {count} processes"))
            .unwrap_or_default();
        let ready = match record.ready.filter(|_| run.state == "running") {
            Some(true) => format!(" {}", say!(locale, "ps-ready")),
            Some(false) => format!(" {}", say!(locale, "ps-not-ready")),
            None => String::new(),
        };
        let ports: String = record.ports.iter().map(|port| format!("  {port}")).collect();
        output.line(format!(
            "{:<16} {}{ready}{code}  {stack}  {}{memory}{processes}{ports}",
            record.id, run.state, record.program
        ));
    }
    Ok(0)
}

/// A number of bytes for people.
pub(super) fn bytes(count: u64) -> Quantity {
    // Exact up to 2^53 bytes.
    #[allow(clippy::cast_precision_loss)]
    let value = count as f64;
    let dimension = Dimension::Bytes;
    Quantity { value, dimension }
}
