//! What puts operators in force for commands, and how runtimes of others are called, from data.

use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../data/drivers.json");

/// The table of drivers.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Data {
    pub(crate) operators: Vec<OperatorData>,
    pub(crate) runtimes: Vec<RuntimeData>,
    /// What a root shows of the host's, or of a folder that is given instead.
    pub(crate) view: Vec<String>,
    pub(crate) devices: Vec<String>,
    /// What a sandbox lets a command read and execute, and write.
    pub(crate) readable: Vec<String>,
    pub(crate) writable: Vec<String>,
    /// The variable `PATH` of commands.
    pub(crate) path: String,
}

/// What puts an operator in force.
#[derive(Debug, Deserialize)]
pub(crate) struct OperatorData {
    pub(crate) symbol: String,
    pub(crate) needs: Need,
    /// Drivers that can, best first.
    pub(crate) drivers: Vec<String>,
}

/// What an operator needs of a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    Image,
    Container,
    Namespaces,
    ControlGroups,
    Overlay,
    Sandbox,
    UserKernel,
    Wasm,
    Policy,
    Telemetry,
}

/// A runtime of the OCI command line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RuntimeData {
    pub(crate) name: String,
    pub(crate) program: String,
    pub(crate) global: Vec<String>,
    #[serde(default)]
    pub(crate) preserves: Vec<String>,
    #[serde(default)]
    pub(crate) hides: Vec<String>,
    /// It hands standard streams on as they are, a terminal too.
    #[serde(default)]
    pub(crate) terminal: bool,
    /// How it starts a further command in a container, where that has a kernel of its own.
    #[serde(default)]
    pub(crate) further: Vec<String>,
    /// How it sends a signal to such a command.
    #[serde(default)]
    pub(crate) signal: Vec<String>,
    /// Tasks that a kernel of its own takes on the host: for itself, and for each process inside.
    #[serde(default)]
    pub(crate) tasks: Option<(u64, u64)>,
    /// It can mount overlays in its container.
    pub(crate) overlay: bool,
    pub(crate) user_namespace: bool,
}

/// The data; a test reads it, so it is never empty in a program that passed.
pub(crate) fn data() -> &'static Data {
    static READ: LazyLock<Data> = LazyLock::new(|| serde_json::from_str(DATA).unwrap_or_default());
    &READ
}

#[cfg(test)]
mod tests;
