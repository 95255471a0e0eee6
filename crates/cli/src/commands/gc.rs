//! `gc`: takes away what runs left behind that were killed.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    removed: &'a [String],
}

/// Carries out `gc`.
pub fn run(output: &mut Output) -> Result<u8, Failure> {
    let removed = stackwright::collect_garbage()?;
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/gc/v1",
            removed: &removed,
        });
        return Ok(0);
    }
    for what in &removed {
        output.line(what);
    }
    Ok(0)
}
