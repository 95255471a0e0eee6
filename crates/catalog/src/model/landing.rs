//! Landing: how realizations are written for a cluster. What is particular about a technology (labels, annotations, objects
//! of its own kinds, what its nodes need) is here and nowhere in code.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SourceReference;
use super::technology::VersionRange;

/// Everything that emission for a cluster knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LandingRules {
    /// The platform's own names and versions.
    pub platform: Option<LandingPlatform>,
    /// How realizations are written.
    pub landings: Vec<Landing>,
    /// Kinds of objects that are written, beside those of the platform itself.
    pub kinds: Vec<LandingKind>,
}

impl LandingRules {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        if other.platform.is_some() {
            self.platform = other.platform;
        }
        self.landings.extend(other.landings);
        self.kinds.extend(other.kinds);
    }

    /// How a realization is written, if it is known.
    pub fn landing(&self, realization: &str) -> Option<&Landing> {
        let of = |l: &&Landing| l.realizations.iter().any(|r| r == realization);
        // The last counts, so that a later file can replace it.
        self.landings.iter().rfind(of)
    }
}

/// The platform's own names and versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingPlatform {
    /// The oldest version that is written for, such as `1.30`.
    pub from: String,
    /// The newest.
    pub to: String,
    /// What is written for if nothing is said.
    pub default: String,
    /// The label by which a workload's pods are found.
    pub name_label: String,
    /// The label by which namespaces are found: it holds their names.
    pub namespace_label: String,
    /// What resolves names, which every workload may ask.
    pub resolver: LandingPeer,
    /// Labels of every object that is written.
    pub labels: BTreeMap<String, String>,
    /// The label of a namespace that says which pods are admitted, by mode.
    pub security_labels: BTreeMap<SecurityMode, String>,
    /// The same for the version of the rules.
    pub security_version_labels: BTreeMap<SecurityMode, String>,
    /// The level of security that a pod without a filter can have at most, and why.
    pub unfiltered: SecurityLanding,
    /// Fields that only some versions have.
    #[serde(default)]
    pub fields: Vec<LandingField>,
    /// Interfaces that are going to be removed, or were.
    #[serde(default)]
    pub deprecated: Vec<LandingDeprecation>,
    /// Findings of scanners that stay.
    #[serde(default)]
    pub findings: Vec<LandingFinding>,
    /// Where this is said.
    pub source: SourceReference,
}

/// What the platform does about pods that are not as secure as the level asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityMode {
    /// It refuses them.
    Enforce,
    /// It notes them.
    Audit,
    /// It warns who creates them.
    Warn,
}

/// How secure pods have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityLevel {
    /// Anything goes.
    Privileged,
    /// Known ways to more privilege are closed.
    Baseline,
    /// Hardened pods only.
    Restricted,
}

impl SecurityLevel {
    /// The name in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// The highest level that a realization allows, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityLanding {
    /// The level.
    pub level: SecurityLevel,
    /// Why not more.
    pub because: String,
}

/// A field that only some versions of the platform have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingField {
    /// The kind of object.
    pub kind: String,
    /// The path from the object, with dots.
    pub path: String,
    /// What it is set to where there is nothing else to say; it is only checked if this is not given.
    #[serde(default)]
    pub value: Option<Value>,
    /// The versions that have it.
    pub versions: VersionRange,
    /// Where this is said.
    pub source: SourceReference,
}

/// An interface that is going to be removed, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingDeprecation {
    /// Its group and version, as in `apiVersion`.
    pub api_version: String,
    /// The kind; every kind of the version if none is named.
    #[serde(default)]
    pub kind: Option<String>,
    /// The path of a field, if it is only that.
    #[serde(default)]
    pub path: Option<String>,
    /// The first version in which it is deprecated.
    pub deprecated: String,
    /// The first version without it.
    #[serde(default)]
    pub removed: Option<String>,
    /// What to use instead.
    pub instead: String,
    /// Where this is said.
    pub source: SourceReference,
}

/// What a scanner finds grave about a document that is written, and why it stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingFinding {
    /// The scanner.
    pub scanner: String,
    /// Its check.
    pub check: String,
    /// The field of a container's security that is left as the platform has it.
    pub field: String,
    /// Why.
    pub because: String,
    /// Where the check is described.
    pub source: SourceReference,
}

/// How realizations are written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Landing {
    /// The realizations.
    pub realizations: Vec<String>,
    /// What is added to the template of pods.
    #[serde(default)]
    pub pod: Option<Value>,
    /// What is added to the metadata of the namespace.
    #[serde(default)]
    pub namespace: Option<Value>,
    /// The field of a security context that names a filter for every container.
    #[serde(default)]
    pub filter: Option<LandingFilter>,
    /// An object that stands for the workload instead of a controller of pods.
    #[serde(default)]
    pub carrier: Option<LandingObject>,
    /// Further objects.
    #[serde(default)]
    pub objects: Vec<LandingObject>,
    /// What the network policy has to let in for it to work.
    #[serde(default)]
    pub admits: Vec<LandingPeer>,
    /// What the network policy has to let out for it to work. Without peers: to those of the workload itself.
    #[serde(default)]
    pub reaches: Vec<LandingPeer>,
    /// What takes a pod out of it: values of labels and annotations.
    #[serde(default)]
    pub opt_outs: LandingOptOuts,
    /// What no document carries: what nodes and the cluster must have.
    #[serde(default)]
    pub facts: Vec<LandingFact>,
    /// Files for nodes or for the cluster's other tools.
    #[serde(default)]
    pub files: Vec<LandingFile>,
    /// The highest level of pod security, if it is not the highest there is.
    #[serde(default)]
    pub security: Option<SecurityLanding>,
    /// How the module is named inside the image: a path for an ordinary image.
    #[serde(default)]
    pub module: Option<String>,
    /// Tests of its policies, in the format of the engine's own command.
    #[serde(default)]
    pub tests: Option<LandingTests>,
    /// A proxy beside the workload that takes in its place what comes in.
    #[serde(default)]
    pub proxy: Option<LandingProxy>,
    /// Handlers of the nodes' engine that can stand behind it; the first is usual.
    #[serde(default)]
    pub handlers: Vec<LandingHandler>,
    /// Where all this is said.
    pub sources: Vec<SourceReference>,
}

/// Tests of policies: the workload passes, and pods that have left the stack do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingTests {
    /// The file, in the folder of tests.
    pub path: String,
    /// The command that runs them, in the bundle.
    pub command: String,
    /// The file's tree; `${cases}` are the cases below, `${pods}` the files of pods.
    pub object: Value,
    /// The case of a pod that passes: `${case}` is its name, `${pod}` its file.
    pub passes: Value,
    /// The case of one that is refused.
    pub fails: Value,
}

/// A proxy beside the workload. It listens at ports of its own, which the service leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingProxy {
    /// The name of its container, which is added to pods.
    pub container: String,
    /// The port at which it takes what is meant for the workload's first port; the next ones follow.
    pub first: u16,
    /// What it is told for each port, `${port}` being the workload's and `${entrance}` its own. All of them are `${listeners}`.
    pub listener: Value,
    /// The same for where it leads to. All of them are `${upstreams}`.
    pub upstream: Value,
}

/// A handler of the nodes' engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingHandler {
    /// Its name, `${handler}`.
    pub name: String,
    /// What it starts, `${handlerTitle}`.
    pub title: String,
    /// The shim that the engine starts for it, `${handlerShim}`.
    pub shim: String,
    /// Memory that a pod takes beside its containers', `${handlerMemory}`.
    pub memory: String,
    /// The same for processors, `${handlerCpu}`.
    pub cpu: String,
    /// Its configuration on nodes, `${handlerConfiguration}`.
    pub configuration: String,
    /// The part of the configuration that is about what it starts, `${handlerSection}`.
    pub section: String,
}

/// A filter that the security context of pods names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingFilter {
    /// The field of the security context.
    pub field: String,
    /// The key in the field that policies look at.
    pub key: String,
    /// Values of the key that confine; the first is written.
    pub confined: Vec<String>,
    /// How a profile of the workload's own is carried, if this filter takes one.
    #[serde(default)]
    pub own: Option<LandingProfile>,
}

/// How a profile of the workload's own gets to its containers. Texts are trees in which `${name}` stands for a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingProfile {
    /// The value of the filter's key that says so.
    pub value: String,
    /// The key beside it that names the profile.
    pub named: String,
    /// The name: a path below the folder of profiles that nodes have.
    pub path: String,
    /// The folder of the bundle that stands for that of the nodes.
    pub folder: String,
    /// What the file is for.
    pub purpose: String,
    /// What nodes must have.
    pub fact: LandingFact,
    /// An object by which a tool brings the profile to nodes. It is not applied with the others, as the tool may be absent.
    pub carrier: Value,
    /// The path of the carrier in the bundle.
    pub carrier_path: String,
    /// What the carrier is for.
    pub carrier_purpose: String,
}

/// An object, as a tree in which `${name}` stands for a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingObject {
    /// Name of its file.
    pub file: String,
    /// When it is applied.
    #[serde(default)]
    pub stage: LandingStage,
    /// The versions of the platform that it is for; all if none is named.
    #[serde(default)]
    pub versions: Option<VersionRange>,
    /// Whether it is written only for workloads with a service.
    #[serde(default)]
    pub with_ports: bool,
    /// A command that ends when the next stage can be applied.
    #[serde(default)]
    pub wait: Option<String>,
    /// The object.
    pub object: Value,
}

/// When an object is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LandingStage {
    /// Before everything: what the whole cluster shares.
    Cluster,
    /// After that and before the workload: what must be known when it is admitted.
    Policy,
    /// With the workload.
    #[default]
    Base,
}

impl LandingStage {
    /// Every stage, in order.
    pub const ALL: [Self; 3] = [Self::Cluster, Self::Policy, Self::Base];

    /// The name of its folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Policy => "policy",
            Self::Base => "base",
        }
    }
}

/// Another side that the network policy has to let in, or out to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingPeer {
    /// The ports, TCP; the workload's own if none is named.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Whether the same ports of UDP are meant as well.
    #[serde(default)]
    pub udp: bool,
    /// The other side, as the platform writes it: all if nothing is given.
    #[serde(default)]
    pub from: Vec<Value>,
    /// What for.
    pub because: String,
}

/// What takes a pod out of something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LandingOptOuts {
    /// Labels and their values.
    pub labels: BTreeMap<String, Vec<String>>,
    /// Annotations and their values.
    pub annotations: BTreeMap<String, Vec<String>>,
}

/// Something that no document carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingFact {
    /// The operators that rest on it.
    pub operators: Vec<String>,
    /// What must be so.
    pub what: String,
    /// How to see it: a command.
    #[serde(default)]
    pub check: Option<String>,
    /// Whether no document shows the operators at all, so that the fact alone stands for them. They are the outermost.
    #[serde(default)]
    pub unshown: bool,
}

/// A file that is not applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingFile {
    /// Its path in the bundle.
    pub path: String,
    /// What it is for.
    pub purpose: String,
    /// Its text.
    pub text: String,
}

/// A kind of object that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingKind {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The fields it may have and their types; see [`LandingShape`].
    pub shape: LandingShape,
    /// Where this is said.
    pub source: SourceReference,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LandingShape {
    /// A text.
    Text,
    /// One of these texts.
    OneOf(Vec<String>),
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// Anything.
    Any,
    /// A list of values.
    List(Box<LandingShape>),
    /// A mapping from any text to values.
    Map(Box<LandingShape>),
    /// A mapping with these keys.
    Fields(BTreeMap<String, LandingShape>),
}
