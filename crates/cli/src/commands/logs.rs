//! `logs`: what a kept run has written.

use crate::arguments;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `logs`.
pub fn run(arguments: &arguments::RunName, output: &mut Output) -> Result<u8, Failure> {
    let bytes = stackwright::logs(&arguments.id)?;
    output.text(&String::from_utf8_lossy(&bytes));
    Ok(0)
}
