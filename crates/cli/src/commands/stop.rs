//! `stop`: ends a run.

use std::time::Duration;

use stackwright::quantity::Dimension;

use super::run::{quantity, whole};
use crate::arguments;
use crate::failure::Failure;

/// Carries out `stop`.
pub fn run(arguments: &arguments::Stop) -> Result<u8, Failure> {
    let patience = quantity("--patience", &arguments.patience, Dimension::Time)?;
    stackwright::stop(&arguments.id, Duration::from_millis(whole(patience)))?;
    Ok(0)
}
