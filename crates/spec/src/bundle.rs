//! Bundles: the files that a plan is emitted as, and the lock that says what made them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stackwright_catalog::overlay::OverlayName;

/// Name of the lock file in a bundle.
pub const LOCK_FILE: &str = "stackwright.lock.json";

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFile {
    /// Path inside the bundle, with `/`, without `.` and `..`.
    pub path: String,
    /// Content.
    pub content: Vec<u8>,
}

/// What a bundle is and what made it. Everything that `run` relies on is in here or named here by its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// `stackwright/v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// `Lock`.
    pub kind: String,
    /// Name of the requirement.
    pub name: String,
    /// What it was emitted for.
    pub target: String,
    /// The stack, a symbol each.
    pub normal_form: Vec<String>,
    /// What implements it, in order: the realization and the word.
    pub realizations: Vec<LockedRealization>,
    /// The workload.
    pub workload: LockedWorkload,
    /// What it says of the cluster that it is for, if it is for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<LockedCluster>,
    /// Predicted figures that a run is compared with.
    pub predicted: Vec<crate::plan::PlannedMetric>,
    /// Version of the product that emitted it.
    pub generator: String,
    /// SHA-256 of the catalogue, its overlays included.
    pub catalog: String,
    /// The overlays of the catalogue, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<OverlayName>,
    /// Every other file of the bundle, in order of path.
    pub files: Vec<LockedFile>,
}

/// A realization in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedRealization {
    /// Its name in the catalogue.
    pub id: String,
    /// The fragment that it implements.
    pub word: String,
}

/// The workload in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedWorkload {
    /// `wasm-module` or `linux-binary`.
    pub kind: String,
    /// Digest of its bytes: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Path inside the bundle; empty if the bundle names an image that is elsewhere.
    pub path: String,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// Environment variables, sorted by name.
    pub env: Vec<(String, String)>,
    /// Memory limit in bytes, if the requirement bounds it.
    pub memory_bytes: Option<u64>,
}

/// The cluster in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedCluster {
    /// The version of the platform, such as `1.34`.
    pub version: String,
    /// The namespace of the workload.
    pub namespace: String,
    /// The level of pod security that its namespace enforces.
    pub security: LockedSecurity,
    /// What nodes and the cluster must have, and which operators rest on it.
    pub facts: Vec<LockedFact>,
    /// Images that are named by a tag, as was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unpinned: Vec<String>,
    /// Profiles of filters that containers name and nodes must have, by their paths below the nodes' folder of profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// Versions of the technologies, where the catalogue names one.
    pub versions: BTreeMap<String, String>,
    /// What keeps pods on the stack: runtime class, filters, labels and annotations that must and must not be there.
    pub guard: serde_json::Value,
}

/// A level of pod security in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedSecurity {
    /// The level.
    pub level: String,
    /// Why it is not the highest.
    pub because: Vec<String>,
}

/// Something in a lock that no document carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedFact {
    /// The operators that rest on it.
    pub operators: Vec<String>,
    /// What must be so.
    pub what: String,
    /// Whether it alone stands for them, as no document shows them.
    pub unshown: bool,
}

/// A file in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// Path inside the bundle.
    pub path: String,
    /// Digest of its bytes: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
}
