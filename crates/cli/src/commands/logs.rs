//! `logs`: what a kept run has written.

use crate::arguments;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `logs`.
pub fn run(arguments: &arguments::Logs, output: &mut Output) -> Result<u8, Failure> {
    if arguments.follow {
        let mut take = |piece: &[u8]| {
            output.text(&String::from_utf8_lossy(piece));
            output.flush();
            !output.is_closed()
        };
        stackwright::follow(&arguments.id, &mut take)?;
        return Ok(0);
    }
    let bytes = stackwright::logs(&arguments.id)?;
    output.text(&String::from_utf8_lossy(&bytes));
    Ok(0)
}
