//! `atlas`: concepts, matrices and claims of documents, checked.

mod claims;
mod matrix;

use stackwright::Diagnostic;

use crate::arguments::{Atlas, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `atlas`.
pub fn run(command: &Atlas, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    match command {
        Atlas::Matrix(arguments) => matrix::run(arguments, chosen, output),
        Atlas::Claims(arguments) => claims::run(arguments, chosen, output),
    }
}

/// Fails if a command has no results in the format, besides text and JSON.
fn fits(output: &Output, others: &[Format]) -> Result<(), Failure> {
    let format = output.format();
    if matches!(format, Format::Text | Format::Json) || others.contains(&format) {
        return Ok(());
    }
    let names: Vec<_> = others.iter().map(|f| format!("`{f:?}`").to_lowercase()).collect();
    let help = format!("`text`, `json`, {} fit it", names.join(", "));
    Err(Diagnostic::new("cli::format", "this format does not fit this command")
        .with_help(help)
        .into())
}
