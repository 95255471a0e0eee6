//! `exec`: a further command in the stack of a run that goes on.

use stackwright::quantity::Dimension;
use stackwright::spec::launch::ExecLaunch;

use super::run::{answer, io, quantity, variables, whole};
use crate::arguments;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `exec`.
pub fn run(arguments: &arguments::Exec, output: &mut Output) -> Result<u8, Failure> {
    let launch = ExecLaunch {
        run: arguments.id.clone(),
        argv: arguments.command.clone(),
        env: variables(&arguments.env, output.locale())?,
        directory: arguments.workdir.clone(),
        terminal: arguments.tty,
        time_ms: whole(quantity("--time-limit", &arguments.time_limit, Dimension::Time)?),
        output_bytes: whole(quantity("--output-limit", &arguments.output_limit, Dimension::Bytes)?),
    };
    let io = io(arguments.interactive || arguments.tty, output);
    output.flush();
    let report = stackwright::exec(&launch, io)?;
    Ok(answer(&arguments.id, &report, &[], output))
}
