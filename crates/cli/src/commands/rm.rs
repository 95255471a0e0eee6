//! `rm`: removes the folder of a kept run.

use crate::arguments;
use crate::failure::Failure;

/// Carries out `rm`.
pub fn run(arguments: &arguments::RunName) -> Result<u8, Failure> {
    stackwright::remove(&arguments.id)?;
    Ok(0)
}
