//! The `stackwright` command: one module for each subcommand.

mod arguments;
mod chosen;
mod commands;
mod failure;
mod help;
mod language;
mod output;
mod titled;

use std::process::ExitCode;

use clap::error::ErrorKind;

use arguments::Global;
use chosen::Chosen;
use output::Output;
use stackwright::Language;

fn main() -> ExitCode {
    // The program starts itself again as the process that becomes the workload; nothing else may happen before.
    stackwright::enter_runner_if_asked();
    if std::env::args_os().nth(1).is_some_and(|command| command == "run") {
        stackwright::get_runner_ready();
    }
    let arguments = match help::read() {
        Ok(arguments) => arguments,
        Err((error, _)) if error.kind() == ErrorKind::DisplayVersion => return version(&error),
        Err((error, locale)) => return ExitCode::from(help::report(&error, locale)),
    };
    let language = language::chosen(arguments.global.lang);
    let mut output = Output::new(&arguments.global, language.clone().unwrap_or_default());
    let chosen = Chosen::new(arguments::overlays());
    let done = language::known(language, &output).and_then(|()| commands::run(arguments.command, &chosen, &mut output));
    let code = match done {
        Ok(code) => code,
        Err(failure) => output.failure(&failure),
    };
    output.finish(code)
}

/// Answers `--version`, which names the catalogue that would be used.
fn version(shown: &clap::Error) -> ExitCode {
    let overlays = arguments::overlays();
    if overlays.is_empty() {
        shown.exit();
    }
    let mut output = Output::new(&Global::default(), Language::default());
    let code = match Chosen::new(overlays).version() {
        Ok(text) => {
            output.line(text);
            0
        }
        Err(failure) => output.failure(&failure),
    };
    output.finish(code)
}
