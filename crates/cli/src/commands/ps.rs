//! `ps`: the runs of this user.

use serde::Serialize;
use stackwright::Run;
use stackwright::algebra::display_word;

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
    for run in &runs {
        let record = &run.record;
        let stack = display_word(record.word.iter().map(String::as_str));
        let code = record
            .exit_code
            .map(|code| format!(" with code {code}"))
            .unwrap_or_default();
        output.line(format!(
            "{:<16} {}{code}  {stack}  {}",
            record.id, run.state, record.program
        ));
    }
    Ok(0)
}
