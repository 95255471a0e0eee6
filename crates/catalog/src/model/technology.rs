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
    /// Places of a platform that it takes; a platform that names another technology there excludes it.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Targets for which it takes its roles if nothing else is said.
    #[serde(default)]
    pub default_for: Vec<Target>,
    /// Technologies that come with it.
    #[serde(default)]
    pub includes: Vec<String>,
    /// Versions of other technologies that it needs.
    #[serde(default)]
    pub works_with: Vec<VersionRange>,
    /// What it cannot do for a workload.
    #[serde(default)]
    pub refuses: Vec<Refusal>,
    /// What it must reach outside of the platform while workloads start or run, in words.
    #[serde(default)]
    pub connection: Option<String>,
    /// Where it is documented.
    pub source: SourceReference,
}

/// A place of a platform that one technology takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Starts workloads on many machines.
    Orchestrator,
    /// Starts containers on one machine.
    Engine,
    /// Gives containers their network.
    Cni,
    /// Governs traffic between services.
    Mesh,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Orchestrator, Self::Engine, Self::Cni, Self::Mesh];

    /// The name in requirements and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Engine => "engine",
            Self::Cni => "cni",
            Self::Mesh => "mesh",
        }
    }
}

/// Versions of a technology, each bound included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionRange {
    /// The technology.
    pub technology: String,
    /// The first version.
    #[serde(default)]
    pub from: Option<String>,
    /// The last version; 1.35 includes 1.35.2.
    #[serde(default)]
    pub to: Option<String>,
}

/// What a technology cannot do for a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// What the workload does.
    #[serde(default)]
    pub fact: Option<WorkloadFact>,
    /// System calls of which it makes at least one.
    #[serde(default)]
    pub syscalls: Vec<String>,
    /// What happens.
    pub note: String,
    /// A setting with which it can.
    #[serde(default)]
    pub remedy: Option<String>,
    /// Where it is said.
    pub source: SourceReference,
}

/// Something that a workload does or asks for and that not every technology can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadFact {
    /// Runs privileged.
    Privileged,
    /// Uses the network of the host.
    HostNetwork,
    /// Uses the processes of the host.
    HostPid,
    /// Mounts folders of the host.
    HostPath,
    /// Mounts a part of a volume.
    SubPath,
    /// Uses a graphics processor.
    Gpu,
    /// Uses raw sockets.
    RawSockets,
    /// Uses io_uring.
    IoUring,
    /// Uses block devices.
    BlockDevices,
    /// Starts virtual machines of its own.
    NestedVirtualization,
}

impl WorkloadFact {
    /// Every fact.
    pub const ALL: [Self; 10] = [
        Self::Privileged,
        Self::HostNetwork,
        Self::HostPid,
        Self::HostPath,
        Self::SubPath,
        Self::Gpu,
        Self::RawSockets,
        Self::IoUring,
        Self::BlockDevices,
        Self::NestedVirtualization,
    ];

    /// The name in requirements and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::HostNetwork => "host-network",
            Self::HostPid => "host-pid",
            Self::HostPath => "host-path",
            Self::SubPath => "sub-path",
            Self::Gpu => "gpu",
            Self::RawSockets => "raw-sockets",
            Self::IoUring => "io-uring",
            Self::BlockDevices => "block-devices",
            Self::NestedVirtualization => "nested-virtualization",
        }
    }
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
    /// Kinds of workload it can carry; any, if none is named. It counts for what starts the workload and for what
    /// several instances share.
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
    /// What shares one of it. What several instances share is there before each of them and costs none of them its start.
    #[serde(default)]
    pub shared_by: SharedBy,
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

/// What shares one of a realization. A boundary that tenants share is none between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SharedBy {
    /// Every instance has its own.
    #[default]
    Instance,
    /// The instances of one tenant. It is the outermost layer.
    Tenant,
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
    /// Realizations that contain the remedy.
    #[serde(default)]
    pub remedied_by: Vec<String>,
    /// Where it is said.
    pub source: SourceReference,
}

impl Interaction {
    /// Whether the two cannot be used together at all.
    pub fn is_fatal(&self) -> bool {
        let harm = matches!(self.effect, InteractionEffect::Breaks | InteractionEffect::Drops);
        harm && self.remedy.is_none()
    }
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
