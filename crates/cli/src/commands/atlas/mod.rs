//! `atlas`: concepts, matrices and claims of documents, checked.

mod claims;
mod matrix;

use stackwright::Diagnostic;
use stackwright_locale::say;

use super::{align, decide};
use crate::arguments::{Atlas, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `atlas`.
pub fn run(command: &Atlas, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    match command {
        Atlas::Matrix(arguments) => matrix::run(arguments, chosen, output),
        Atlas::Claims(arguments) => claims::run(arguments, chosen, output),
        Atlas::Align(arguments) => {
            fits(output, &[Format::Markdown, Format::Csv])?;
            align::run(arguments, chosen, output)
        }
        Atlas::Decide(arguments) => {
            fits(output, &[])?;
            decide::run(arguments, chosen, output)
        }
    }
}

/// Fails if a command has no results in the format, besides text and JSON.
fn fits(output: &Output, others: &[Format]) -> Result<(), Failure> {
    let format = output.format();
    if matches!(format, Format::Text | Format::Json) || others.contains(&format) {
        return Ok(());
    }
    let all = [&[Format::Text, Format::Json], others].concat();
    let names: Vec<_> = all.iter().map(|f| format!("`{f:?}`").to_lowercase()).collect();
    let help = say!(output.locale(), "formats-fit", names = names.join(", "));
    let message = say!(output.locale(), "wrong-format");
    Err(Diagnostic::new("cli::format", message).with_help(help).into())
}
