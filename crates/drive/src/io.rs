//! Where a workload's standard streams go.

/// Standard streams of a workload. The default is what a command line wants: everything is passed through.
#[derive(Clone, Debug, Default)]
pub struct Io {
    /// What the workload reads.
    pub stdin: Stdin,
    /// Where its standard output and standard error go.
    pub output: Output,
}

/// Standard input of a workload.
#[derive(Clone, Debug, Default)]
pub enum Stdin {
    /// That of this process, which the workload reads directly.
    #[default]
    Inherit,
    /// Nothing: it is at its end at once.
    Null,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Standard output and standard error of a workload. Both go through the supervisor, which counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// To those of this process, as they come.
    #[default]
    Pass,
    /// Into the report.
    Capture,
    /// Nowhere, but for the output that a run keeps.
    Discard,
}

impl Io {
    /// No input; output into the report.
    pub fn captured() -> Self {
        Self {
            stdin: Stdin::Null,
            output: Output::Capture,
        }
    }

    /// These bytes as input; output into the report.
    pub fn captured_with_input(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            stdin: Stdin::Bytes(bytes.into()),
            output: Output::Capture,
        }
    }
}
