//! The subcommands.

mod align;
mod atlas;
mod catalog;
mod compare;
mod decide;
mod detached;
mod doctor;
mod emit;
pub mod emit_oci;
mod exec;
mod explain;
mod gc;
mod grade;
pub mod image;
mod inspect;
mod laws;
mod logs;
mod metrics;
mod normalize;
mod plan;
mod probes;
mod ps;
mod rm;
mod run;
mod run_cluster;
mod stats;
mod stop;
mod stream;
mod table;
mod verify;

use clap::CommandFactory as _;

use stackwright::Diagnostic;
use stackwright_locale::say;

use crate::arguments::{Arguments, Command, Completions, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out a subcommand. The exit code is 0, 1 if the answer is no, or the workload's own.
pub fn run(command: Command, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let fits = match output.format() {
        Format::Text | Format::Json => true,
        Format::Markdown => {
            matches!(
                command,
                Command::Table | Command::Plan(_) | Command::Atlas(_) | Command::Compare(_) | Command::Inspect(_)
            )
        }
        Format::Csv => matches!(
            command,
            Command::Table | Command::Atlas(_) | Command::Compare(_) | Command::Inspect(_)
        ),
        Format::Svg => matches!(command, Command::Table | Command::Atlas(_) | Command::Compare(_)),
        Format::Html => matches!(command, Command::Atlas(_) | Command::Compare(_)),
        Format::Mermaid | Format::Dot => matches!(command, Command::Atlas(_)),
        Format::Sarif | Format::Junit => matches!(command, Command::Inspect(_)),
    };
    if !fits {
        let locale = output.locale();
        return Err(Diagnostic::new("cli::format", say!(locale, "wrong-format"))
            .with_help(say!(locale, "wrong-format-help"))
            .into());
    }
    match command {
        Command::Plan(arguments) => plan::run(&arguments, chosen, output),
        Command::Normalize(arguments) => normalize::run(&arguments, chosen, output),
        Command::Grade(arguments) => grade::run(&arguments, chosen, output),
        Command::Laws(arguments) => laws::run(&arguments, chosen, output),
        Command::Table => table::run(chosen, output),
        Command::Inspect(arguments) => inspect::run(&arguments, chosen, output),
        Command::Compare(arguments) => compare::run(&arguments, chosen, output),
        Command::Atlas(command) => atlas::run(&command, chosen, output),
        Command::Emit(arguments) => emit::run(&arguments, chosen, output),
        Command::Verify(arguments) => verify::run(&arguments, chosen, output),
        Command::Doctor => doctor::run(chosen, output),
        Command::Image(command) => image::run(&command, chosen, output),
        Command::Run(arguments) => run::run(&arguments, chosen, output),
        Command::Exec(arguments) => exec::run(&arguments, output),
        Command::Ps => ps::run(output),
        Command::Stats(arguments) => stats::run(&arguments, output),
        Command::Logs(arguments) => logs::run(&arguments, output),
        Command::Stop(arguments) => stop::run(&arguments),
        Command::Rm(arguments) => rm::run(&arguments),
        Command::Gc => gc::run(output),
        Command::Catalog(arguments) => catalog::run(&arguments, chosen, output),
        Command::Explain(arguments) => explain::run(&arguments, chosen, output),
        Command::Completions(Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "stackwright", &mut script);
            output.text(&String::from_utf8_lossy(&script));
            Ok(0)
        }
    }
}
