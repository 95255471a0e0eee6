//! Why a run could not be started.

use std::io;
use std::path::PathBuf;

use crate::module::ModuleError;

/// Why a run could not be started. Once a workload's first instruction has run, everything that happens is in the
/// report instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The workload's file cannot be read.
    #[error("cannot read the workload {}: {source}", path.display())]
    WorkloadUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The workload's file is not a module that can be run.
    #[error("cannot run {}: {source}", path.display())]
    Module {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ModuleError,
    },
    /// The workload is not the one that was asked for.
    #[error("the workload's digest is {found}, expected {expected}")]
    Digest {
        /// The digest that the image layer asks for.
        expected: String,
        /// The digest of the bytes that are there.
        found: String,
    },
    /// A directory cannot be granted.
    #[error("cannot grant {} as {}: {reason}", host.display(), guest.display())]
    Grant {
        /// Directory on the host.
        host: PathBuf,
        /// Where the workload would see it.
        guest: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An argument or environment variable cannot be passed on.
    #[error("cannot pass the {what} {name:?} on: {reason}")]
    Argument {
        /// `argument` or `environment variable`.
        what: &'static str,
        /// The argument, or the variable's name (never its value).
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The module cannot even start within its limit.
    #[error("the module and the engine need {needed} bytes of memory to start, the limit is {limit}")]
    MemoryLimit {
        /// What the module declares, and what the engine needs beside it.
        needed: u64,
        /// The limit.
        limit: u64,
    },
    /// The layers, in this order, cannot be put in force by the embedded drivers.
    #[error("{what}")]
    Unsupported {
        /// What was asked for and why it cannot be done.
        what: String,
        /// What to ask for instead.
        help: String,
    },
    /// The command cannot be started inside of its stack.
    #[error("cannot start the command: {what}")]
    Command {
        /// What is wrong with it.
        what: String,
    },
    /// The folder that is to be the root cannot be read.
    #[error("cannot use {} as the root file system: {source}", path.display())]
    Root {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A port cannot be reached from outside of the stack.
    #[error("cannot publish a port: {what}")]
    Publish {
        /// What was tried and what happened.
        what: String,
    },
    /// There is no such run.
    #[error("no run is named {id}")]
    NoRun {
        /// The name.
        id: String,
    },
    /// An image is not here, or cannot be used.
    #[error("cannot use the image {image}: {why}")]
    Image {
        /// Its name in the document.
        image: String,
        /// Why.
        why: String,
    },
    /// The host cannot give a layer, or the layer was not seen to be in force.
    #[error("layer {operator} cannot be put in force: {capability}: {detail}")]
    LayerUnavailable {
        /// Symbol of the operator.
        operator: String,
        /// Name of the capability that is missing, as in `doctor`.
        capability: String,
        /// What was tried and what happened.
        detail: String,
        /// What would make it available.
        remedy: Option<String>,
    },
    /// The supervisor itself could not do something that every run needs.
    #[error("cannot {what}: {source}")]
    Host {
        /// What it tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The process that was to become the workload ended early, or said something else than expected.
    #[error("the runner failed: {what}")]
    Runner {
        /// What happened.
        what: String,
    },
}

impl DriveError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WorkloadUnreadable { .. } => "drive::workload-unreadable",
            Self::Module { source, .. } => source.code(),
            Self::Digest { .. } => "drive::digest-mismatch",
            Self::Grant { .. } => "drive::grant",
            Self::Argument { .. } => "drive::argument",
            Self::MemoryLimit { .. } => "drive::memory-limit",
            Self::Unsupported { .. } => "drive::unsupported",
            Self::Command { .. } => "drive::command",
            Self::Root { .. } => "drive::root",
            Self::Publish { .. } => "drive::publish",
            Self::NoRun { .. } => "drive::no-run",
            Self::Image { .. } => "drive::image",
            Self::LayerUnavailable { .. } => "drive::layer-unavailable",
            Self::Host { .. } => "drive::host",
            Self::Runner { .. } => "drive::runner",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::WorkloadUnreadable { .. } => Some("give the path of an existing .wasm file that you may read".into()),
            Self::Module { source, .. } => source.help(),
            Self::Digest { .. } => {
                Some("the file was changed or is another one: build the bundle again, or restore the file".into())
            }
            Self::Grant { .. } => {
                Some("grant an existing directory under an absolute path such as /data, outside other grants".into())
            }
            Self::Argument { .. } => Some("remove it, or pass the data on standard input or in a granted file".into()),
            Self::MemoryLimit { needed, .. } => Some(format!("raise the memory limit to {needed} bytes or more")),
            Self::Unsupported { help, .. } => Some(help.clone()),
            Self::Command { .. } => {
                Some("name a program of the stack's own root file system, or grant the folder that it is in".into())
            }
            Self::Root { .. } => Some("give a folder that holds a root file system, as a container's".into()),
            Self::Publish { .. } => Some("choose another port or address; port 0 is one that is free".into()),
            Self::NoRun { .. } => Some("`stackwright ps` lists the runs".into()),
            Self::Image { image, .. } => Some(format!(
                "nothing is fetched by itself: `podman pull {image}`, or `stackwright image pull {image}`"
            )),
            Self::LayerUnavailable { remedy, .. } => Some(match remedy {
                Some(remedy) => format!("{remedy}; or start with --degraded to run without the layer"),
                None => "start with --degraded to run without the layer".into(),
            }),
            Self::Host { .. } => None,
            Self::Runner { .. } => Some("run `doctor` to see what this host can do".into()),
        }
    }

    /// Exit code of the command line for this error: 2 for what the caller gave, 3 for what the host lacks.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::WorkloadUnreadable { .. }
            | Self::Module { .. }
            | Self::Digest { .. }
            | Self::Grant { .. }
            | Self::Argument { .. }
            | Self::MemoryLimit { .. }
            | Self::Command { .. }
            | Self::Root { .. }
            | Self::NoRun { .. }
            | Self::Unsupported { .. } => 2,
            Self::Image { .. }
            | Self::LayerUnavailable { .. }
            | Self::Publish { .. }
            | Self::Host { .. }
            | Self::Runner { .. } => 3,
        }
    }

    /// For a step that only the host can make fail.
    pub(crate) fn host(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Host { what, source }
    }
}
