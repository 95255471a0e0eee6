//! The `stackwright` command: one module for each subcommand.

mod arguments;
mod commands;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use output::Output;

fn main() -> ExitCode {
    // The program starts itself again as the process that becomes the workload; nothing else may happen before.
    stackwright::enter_runner_if_asked();
    let arguments = Arguments::parse();
    let mut output = Output::new(&arguments.global);
    let code = match commands::run(arguments.command, &mut output) {
        Ok(code) => code,
        Err(failure) => output.failure(&failure),
    };
    output.finish(code)
}
