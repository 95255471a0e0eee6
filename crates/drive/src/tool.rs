//! Programs of the user's own that print something: started without a shell, with nothing on their standard input.

use std::io;
use std::process::{Command, Stdio};

/// How much of what a program complains is kept, in bytes.
const COMPLAINT: usize = 4096;

/// Why a program gave no output.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not installed, or not to be found.
    #[error("`{program}` is not installed")]
    Missing {
        /// The program.
        program: String,
    },
    /// It cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It failed.
    #[error("`{program}` failed: {complaint}")]
    Failed {
        /// The program.
        program: String,
        /// What it said on standard error, in part.
        complaint: String,
    },
}

/// What a program prints. Its environment is this process's own, as it finds its configuration and credentials there.
///
/// # Errors
///
/// As [`ToolError`] says.
pub fn tool_output(program: &str, arguments: &[String]) -> Result<Vec<u8>, ToolError> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let program = program.to_owned();
    let output = output.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ToolError::Missing {
            program: program.clone(),
        },
        _ => ToolError::Start {
            program: program.clone(),
            source,
        },
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let end = output.stderr.get(..COMPLAINT).unwrap_or(&output.stderr);
    let complaint = String::from_utf8_lossy(end).trim().to_owned();
    let complaint = if complaint.is_empty() {
        output.status.to_string()
    } else {
        complaint
    };
    Err(ToolError::Failed { program, complaint })
}
