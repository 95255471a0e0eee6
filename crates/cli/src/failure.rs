//! What ends a command: diagnostics and the exit code.

use std::path::Path;

use stackwright::bundle::BundleError;
use stackwright::export::ExportError;
use stackwright::gate::GateError;
use stackwright::launch::LaunchError;
use stackwright::overlay::OverlayError;
use stackwright::telemetry::TelemetryError;
use stackwright::verify::VerifyError;
use stackwright::{Diagnostic, DriveError, EmitError};

/// The answer is no.
pub const NO: u8 = 1;
/// The input is bad.
pub const BAD_INPUT: u8 = 2;
/// The machine lacks something.
pub const MACHINE: u8 = 3;

/// What went wrong, and the exit code that says of which sort it is.
#[derive(Debug)]
pub struct Failure {
    /// Everything that is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// A failure of one diagnostic.
    pub fn new(diagnostic: Diagnostic, code: u8) -> Self {
        Self {
            diagnostics: vec![diagnostic],
            code,
        }
    }

    /// A file cannot be read or written.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let message = format!("cannot {what} {}: {error}", path.display());
        Self::new(Diagnostic::new("cli::file", message), BAD_INPUT)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(diagnostic, BAD_INPUT)
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            code: BAD_INPUT,
        }
    }
}

impl From<OverlayError> for Failure {
    fn from(error: OverlayError) -> Self {
        Self::file("read", &error.path, &error.source)
    }
}

/// A diagnostic with its help, if there is one.
pub fn with_help(diagnostic: Diagnostic, help: Option<String>) -> Diagnostic {
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

impl From<DriveError> for Failure {
    fn from(error: DriveError) -> Self {
        let diagnostic = Diagnostic::new(error.code(), error.to_string());
        Self::new(with_help(diagnostic, error.help()), error.exit_code())
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        let error = match error {
            EmitError::Manifest(diagnostics) => return diagnostics.into(),
            other => other,
        };
        let diagnostic = Diagnostic::new(error.code(), error.to_string());
        Self::new(with_help(diagnostic, error.help()), BAD_INPUT)
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        let code = match error {
            GateError::Refused { .. } => NO,
            GateError::Unreadable { .. } | GateError::Policy { .. } => BAD_INPUT,
        };
        Self::new(
            Diagnostic::new(error.code(), error.to_string()).with_help(error.help()),
            code,
        )
    }
}

impl From<TelemetryError> for Failure {
    fn from(error: TelemetryError) -> Self {
        Self::new(
            Diagnostic::new("run::collector", error.to_string()).with_help(error.help()),
            MACHINE,
        )
    }
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        let code = match error {
            BundleError::Changed { .. } => NO,
            _ => BAD_INPUT,
        };
        let diagnostic = Diagnostic::new(error.code(), error.to_string());
        Self::new(with_help(diagnostic, error.help().map(str::to_owned)), code)
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Io { path, source } => Self::file("read", &path, &source),
            VerifyError::Bundle(error) => error.into(),
            VerifyError::Diagnostic(diagnostic) => diagnostic.into(),
        }
    }
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Bundle(error) => error.into(),
            LaunchError::Stack(diagnostic) => diagnostic.into(),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Folder(error) => error.into(),
            ExportError::Occupied { .. } => Diagnostic::new("atlas::occupied", error.to_string())
                .with_help("name a folder that does not exist or is empty")
                .into(),
        }
    }
}
