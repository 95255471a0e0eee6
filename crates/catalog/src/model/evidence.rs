//! Metrics and evidence as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Localized;

/// A named quantity with its unit and its start and end points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricDefinition {
    /// Its name, such as `cold_start`.
    pub name: String,
    /// What it is called for people.
    pub title: Localized,
    /// The unit in which figures are shown, such as `ms`.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// What exactly is measured: from where to where, of what.
    pub definition: String,
    /// The scope at which a bound without a scope is judged.
    pub default_scope: Scope,
    /// How figures of several realizations make the figure of a stack.
    pub compose: Compose,
    /// Whether a realization that instances share pays it once, so that it is no instance's.
    #[serde(default)]
    pub once: bool,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Smaller values are better.
    Lower,
    /// Larger values are better.
    Higher,
}

/// How figures of several realizations make the figure of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compose {
    /// They add. True of means and of disjoint stretches of time or memory; of percentiles only as a bound.
    Sum,
    /// The least counts.
    Least,
}

/// Between which two points of the system a figure was taken. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One process and what it does itself.
    Process,
    /// An OCI runtime's create and start.
    OciRuntime,
    /// A container engine's run command.
    Engine,
    /// A pod and its container through the container runtime interface.
    Cri,
    /// Until the orchestrator calls the pod ready.
    PodReady,
    /// Through a cloud provider's interface.
    Cloud,
    /// The source does not say.
    Unstated,
}

impl Scope {
    /// The scope's name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::OciRuntime => "oci-runtime",
            Self::Engine => "engine",
            Self::Cri => "cri",
            Self::PodReady => "pod-ready",
            Self::Cloud => "cloud",
            Self::Unstated => "unstated",
        }
    }
}

/// What one unit of the figure is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// One instance of the workload.
    Instance,
    /// A pod.
    Pod,
    /// A service, however many pods it has.
    Service,
    /// A waypoint proxy.
    Waypoint,
    /// A node.
    Node,
    /// A cluster.
    Cluster,
}

impl Account {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Pod => "pod",
            Self::Service => "service",
            Self::Waypoint => "waypoint",
            Self::Node => "node",
            Self::Cluster => "cluster",
        }
    }

    /// Whether every instance pays it again.
    pub fn is_per_instance(self) -> bool {
        matches!(self, Self::Instance | Self::Pod)
    }
}

/// How a figure came about, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// Stated without a method.
    Claimed,
    /// Published with a method.
    Published,
    /// Measured with this product.
    Measured,
}

impl EvidenceKind {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Published => "published",
            Self::Measured => "measured",
        }
    }
}

/// Where something is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceReference {
    /// Title of the document or data set.
    pub title: String,
    /// Its address; empty where it has none.
    #[serde(default)]
    pub address: String,
}

/// A figure: an interval around a typical value. At least one of the numbers is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Figure {
    /// The least value.
    pub low: Option<f64>,
    /// The typical value: a median or a mean, as the conditions say.
    pub typical: Option<f64>,
    /// The greatest value, or a high percentile, as the conditions say.
    pub high: Option<f64>,
    /// A bound that the source says the value stays below. Excludes `high`.
    pub below: Option<f64>,
}

/// One figure with everything needed to judge it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRecord {
    /// A name of its own, in kebab case.
    pub id: String,
    /// The technology or realization it is about.
    pub subject: String,
    /// The metric.
    pub metric: String,
    /// The unit of the figure.
    pub unit: String,
    /// The figure.
    pub value: Figure,
    /// Between which points it was taken.
    pub scope: Scope,
    /// What one unit of it is counted for.
    pub account: Account,
    /// Versions, hardware, method, meaning of the numbers.
    pub conditions: String,
    /// Where it is said.
    pub source: SourceReference,
    /// Year, year and month, or date.
    pub date: String,
    /// How it came about.
    pub kind: EvidenceKind,
    /// Anything else worth knowing.
    #[serde(default)]
    pub note: Option<String>,
}
