//! Technologies, realizations and interactions as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::SourceReference;
use super::grades::Condition;

/// Something that can be installed or is part of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    /// A name of its own, in kebab case.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The version that the catalogue describes, where it matters.
    #[serde(default)]
    pub version: Option<String>,
    /// Host capabilities, as `doctor` names them, that it cannot do without.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Other prerequisites, in words.
    #[serde(default)]
    pub prerequisites: Vec<String>,
    /// Where it is documented.
    pub source: SourceReference,
}

/// Technologies that together implement a fragment of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Realization {
    /// A name of its own, in kebab case; no technology has it.
    pub id: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// The fragments it implements: normal forms of operators of one facet, each a contiguous part of a stack.
    pub words: Vec<String>,
    /// The technologies it is made of.
    pub technologies: Vec<String>,
    /// Targets it can be emitted for.
    pub targets: Vec<Target>,
    /// Kinds of workload it can carry; any, if none is named.
    #[serde(default)]
    pub workloads: Vec<WorkloadKind>,
    /// Operators that must be in the stack too.
    #[serde(default)]
    pub requires_operators: Vec<String>,
    /// What else must be true of the stack.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Whether it is what one means by the word if nothing else is said.
    #[serde(default)]
    pub default: bool,
    /// Who can start it on a host, where the product can.
    #[serde(default)]
    pub driver: Option<Driver>,
    /// The figures that speak for it.
    #[serde(default)]
    pub metrics: Vec<MetricSource>,
    /// Metrics it adds nothing to, by their definition.
    #[serde(default)]
    pub adds_nothing_to: Vec<String>,
    /// What it does not give although one might think so.
    #[serde(default)]
    pub caveats: Vec<String>,
}

/// What a plan is emitted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A Kubernetes cluster.
    Kubernetes,
    /// A host with the OCI formats: image layouts, runtime bundles, the embedded container.
    Oci,
    /// A bare process on a host.
    Host,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 3] = [Self::Kubernetes, Self::Oci, Self::Host];

    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Oci => "oci",
            Self::Host => "host",
        }
    }
}

/// What sort of thing is to be isolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// A program for Linux.
    LinuxBinary,
    /// A WebAssembly module.
    WasmModule,
}

impl WorkloadKind {
    /// The name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::LinuxBinary => "linux-binary",
            Self::WasmModule => "wasm-module",
        }
    }

    /// What it is called for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::LinuxBinary => "a Linux program",
            Self::WasmModule => "a WebAssembly module",
        }
    }
}

/// Who can start a realization on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Driver {
    /// The packaged workload is checked against its digest.
    #[serde(rename = "embedded-image")]
    Image,
    /// The embedded container.
    #[serde(rename = "embedded-container")]
    Container,
    /// The embedded sandbox: Landlock and seccomp.
    #[serde(rename = "embedded-sandbox")]
    Sandbox,
    /// The embedded WebAssembly engine.
    #[serde(rename = "embedded-wasm")]
    Wasm,
}

/// The figures that speak for a realization on one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricSource {
    /// The metric.
    pub metric: String,
    /// The record that gives the reference grade, where there is one.
    #[serde(default)]
    pub reference: Option<String>,
    /// Better records than the reference.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// A fact about two technologies or realizations together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// A name of its own, in kebab case.
    pub id: String,
    /// The technology or realization that causes it.
    pub subject: String,
    /// What the subject does to the object.
    pub effect: InteractionEffect,
    /// The technology or realization that suffers it.
    pub object: String,
    /// Versions it is known for, in words.
    #[serde(default)]
    pub versions: Option<String>,
    /// What happens and why.
    pub note: String,
    /// A setting with which it does not happen.
    #[serde(default)]
    pub remedy: Option<String>,
    /// Where it is said.
    pub source: SourceReference,
}

/// What one technology does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InteractionEffect {
    /// The object's layer is silently not applied.
    Drops,
    /// The object does not work.
    Breaks,
    /// The object works less well.
    Degrades,
    /// The subject needs the object.
    Requires,
}
