//! What a host can do, as found by trying it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The facts of one host: `doctor` writes them, the planner and `run` read them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostFacts {
    /// Kernel release, as `uname -r` gives it.
    pub kernel: String,
    /// Machine architecture in the OCI spelling: `amd64`, `arm64`, ….
    pub architecture: String,
    /// Each capability that was tried, in a fixed order.
    pub capabilities: Vec<Capability>,
}

/// One thing a host can or cannot do. A capability counts as present only when a small but real use of it worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Stable name that catalogue data refers to, such as `seccomp` or `user-namespace`.
    pub name: String,
    /// Whether the trial worked.
    pub ok: bool,
    /// What was seen: a version, a limit, or the error.
    pub detail: String,
    /// What would make it work; absent when it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl HostFacts {
    /// The capability of that name, if it was tried.
    pub fn capability(&self, name: &str) -> Option<&Capability> {
        self.capabilities.iter().find(|c| c.name == name)
    }

    /// Whether the host has the capability: `None` when it was not tried, which is never a pass.
    pub fn has(&self, name: &str) -> Option<bool> {
        self.capability(name).map(|c| c.ok)
    }
}
