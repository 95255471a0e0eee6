//! What is recognised in documents that other people wrote: kinds, fields, labels, annotations, names, images.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::SourceReference;

/// Everything that inspection recognises. Paths are keys joined with dots; `[]` after a key stands for every item of the
/// list there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionRules {
    /// Kinds that carry pods.
    pub workloads: Vec<WorkloadRule>,
    /// Kinds that hold other objects.
    pub collections: Vec<CollectionRule>,
    /// Kinds that other objects are resolved through.
    pub references: Vec<ReferenceRule>,
    /// Kinds that carry nothing of interest, whatever they hold.
    pub ignored: Vec<ObjectKinds>,
    /// Names of runtime handlers and of well-known runtime classes.
    pub handlers: Vec<HandlerRule>,
    /// Filters that a security context names.
    pub filters: Vec<FilterRule>,
    /// What is added to a workload when it is admitted, or is beside it already.
    pub injections: Vec<InjectionRule>,
    /// What a container's image stands for.
    pub images: Vec<ImageRule>,
    /// Programs that are themselves what an operator stands for.
    pub agents: Vec<AgentRule>,
    /// Kinds that carry an operator themselves.
    pub policies: Vec<PolicyRule>,
    /// Settings with which an interaction does not happen.
    pub mended: Vec<MendedRule>,
    /// Programs that render documents.
    pub renderers: Vec<RendererRule>,
    /// Programs that ask live clusters; the first is used.
    pub clusters: Vec<ClusterRule>,
}

impl InspectionRules {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        self.workloads.extend(other.workloads);
        self.collections.extend(other.collections);
        self.references.extend(other.references);
        self.ignored.extend(other.ignored);
        self.handlers.extend(other.handlers);
        self.filters.extend(other.filters);
        self.injections.extend(other.injections);
        self.images.extend(other.images);
        self.agents.extend(other.agents);
        self.policies.extend(other.policies);
        self.mended.extend(other.mended);
        self.renderers.extend(other.renderers);
        self.clusters.extend(other.clusters);
    }
}

/// Kinds of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectKinds {
    /// Their names; `*` stands for every kind of the groups.
    pub kinds: Vec<String>,
    /// The API groups they are of, the core group as an empty text; any group, if none is named.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A kind that carries pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadRule {
    /// The kinds; for documents without a kind, what they are called.
    pub kinds: Vec<String>,
    /// The top key that documents without a kind are recognised by.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether the values of that key are workloads by name, as services of Compose are.
    #[serde(default)]
    pub services: bool,
    /// Their API groups; any, if none is named.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Where a pod template is, with `metadata` and `spec` in it; empty for the object itself.
    #[serde(default)]
    pub pod: String,
    /// Where the pod's metadata are, if not in `pod`.
    #[serde(default)]
    pub metadata: Option<String>,
    /// Where the pod's specification is, if not in `pod`.
    #[serde(default)]
    pub spec: Option<String>,
    /// The key of labels in the metadata, if it is another one.
    #[serde(default)]
    pub labels: Option<String>,
    /// The key of annotations in the metadata, if it is another one.
    #[serde(default)]
    pub annotations: Option<String>,
    /// Where containers are, below the specification, if they are not where a pod has them.
    #[serde(default)]
    pub containers: Vec<String>,
    /// A reference below the object: with it, the pod template stands in another object.
    #[serde(default)]
    pub elsewhere: Option<String>,
    /// The operators that every workload of this kind has, outermost first, if it is not the runtime class that says so.
    #[serde(default)]
    pub operators: Vec<String>,
    /// Why.
    #[serde(default)]
    pub because: Option<String>,
    /// Technologies that every workload of this kind runs on.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// Fields below the specification that, if they are there, ask for other or more operators.
    #[serde(default)]
    pub variants: Vec<VariantRule>,
}

/// A field that makes a workload another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantRule {
    /// The field, below the specification.
    pub field: String,
    /// Values with which it asks for nothing.
    #[serde(default)]
    pub not: Vec<String>,
    /// The operators it asks for, outermost first.
    pub operators: Vec<String>,
    /// Whether it adds to what is there, instead of replacing what the kind says.
    #[serde(default)]
    pub adds: bool,
    /// Why.
    pub because: String,
}

/// A kind that holds other objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionRule {
    /// The kinds; a `*` at the start stands for any beginning.
    pub kinds: Vec<String>,
    /// The key of the list.
    pub items: String,
}

/// A kind that other objects are resolved through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRule {
    /// What it is for.
    pub role: ReferenceRole,
    /// The kind.
    pub kind: String,
    /// Its API groups; any, if none is named.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Where what it says is; the first that is there.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// What an object is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceRole {
    /// Its labels and annotations hold for the workloads in it.
    Namespace,
    /// It names the handler that runs a pod.
    RuntimeClass,
}

/// Names of runtime handlers, and of runtime classes by convention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandlerRule {
    /// The names; `*` stands for any text, the empty name for none. The first rule that fits counts, so particular ones
    /// come first.
    pub names: Vec<String>,
    /// What it opens and encloses, outermost first.
    pub operators: Vec<String>,
    /// The technologies.
    pub technologies: Vec<String>,
    /// What it does not settle, in words.
    #[serde(default)]
    pub unsettled: Option<String>,
    /// What it gives instead where some things are given: the first that fits counts.
    #[serde(default)]
    pub instead: Vec<InsteadRule>,
    /// Where it is documented.
    pub source: SourceReference,
}

/// A filter that a security context names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterRule {
    /// The operator that a workload has whose containers are all confined.
    pub operator: String,
    /// The technology.
    pub technology: String,
    /// What it is called.
    pub title: String,
    /// Its key in a security context.
    pub field: String,
    /// The key in it that names the kind of profile.
    pub key: String,
    /// Values that confine; `*` stands for any text.
    pub confined: Vec<String>,
    /// Values that do not, before those that do.
    #[serde(default)]
    pub unconfined: Vec<String>,
    /// Values that confine no privileged container.
    #[serde(default)]
    pub void_if_privileged: Vec<String>,
    /// What must be settled before it counts, in words; it counts, if nothing is said.
    #[serde(default)]
    pub unsettled: Option<String>,
    /// Annotations that say the same.
    #[serde(default)]
    pub annotations: Option<FilterAnnotations>,
    /// What Docker and those like it are told in `security_opt`, up to the value.
    #[serde(default)]
    pub option: Option<String>,
    /// Whether Docker and those like it set it without being told.
    #[serde(default)]
    pub option_default: bool,
}

/// Annotations that name a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterAnnotations {
    /// That of a pod.
    #[serde(default)]
    pub pod: Option<String>,
    /// That of a container, up to the container's name.
    pub container: String,
    /// Values that confine; `*` stands for any text.
    pub confined: Vec<String>,
    /// The minor version of Kubernetes 1 that ignores them first, if one does.
    #[serde(default)]
    pub ignored_from: Option<u32>,
    /// Where that is documented.
    pub source: SourceReference,
}

/// What is added to a workload when it is admitted, or stands beside it already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InjectionRule {
    /// A name of its own, in kebab case.
    pub id: String,
    /// The operator it gives.
    pub operator: String,
    /// The technology that does it.
    #[serde(default)]
    pub technology: Option<String>,
    /// What it is called.
    pub title: String,
    /// Containers that prove it is there already.
    #[serde(default)]
    pub present: Vec<ContainerPattern>,
    /// Whether such a container counts only beside a program; by itself it is the program.
    #[serde(default)]
    pub beside: bool,
    /// Containers that are parts of it, not programs that it stands beside.
    #[serde(default)]
    pub parts: Vec<ContainerPattern>,
    /// What it gives instead where some things are given: the first that fits counts.
    #[serde(default)]
    pub instead: Vec<InsteadRule>,
    /// The decision: the first that fits counts; nothing is added if none does.
    #[serde(default)]
    pub decide: Vec<Decision>,
    /// What else must be true for it to happen, in words.
    #[serde(default)]
    pub assumes: Option<String>,
    /// Where it is documented.
    pub source: SourceReference,
}

/// What something gives instead of what it gives otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InsteadRule {
    /// What must be given, all of it.
    pub when: Vec<Given>,
    /// The operators, outermost first.
    pub operators: Vec<String>,
    /// The technologies.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// Why.
    pub because: String,
    /// Where it is documented.
    pub source: SourceReference,
}

/// A container by its name or its image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainerPattern {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The end of its image's repository, in whole parts.
    #[serde(default)]
    pub image: Option<String>,
}

/// What is decided where some things are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What must be given, all of it.
    pub when: Vec<Given>,
    /// The decision.
    pub inject: bool,
    /// Why.
    pub because: String,
}

/// A thing that is given or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Where it is looked for.
    pub at: GivenAt,
    /// The key; a `*` at its end stands for any text.
    pub key: String,
    /// Its values, one of them; `*` stands for any text. Any value, if neither this nor `not` names some.
    #[serde(default)]
    pub is: Vec<String>,
    /// Values that it must not have.
    #[serde(default)]
    pub not: Vec<String>,
    /// It must not be there at all.
    #[serde(default)]
    pub absent: bool,
}

/// Where a thing is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GivenAt {
    /// A label of the pod.
    PodLabel,
    /// An annotation of the pod.
    PodAnnotation,
    /// A field of the pod's specification.
    PodField,
    /// A label of the nodes that the pod may run on, in its node selector.
    NodeLabel,
    /// A label of the namespace.
    NamespaceLabel,
    /// An annotation of the namespace.
    NamespaceAnnotation,
    /// The namespace's name, whatever the key.
    NamespaceName,
    /// The name of a container, whatever the key.
    ContainerName,
}

/// What a container's image stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRule {
    /// The operator that a workload has whose containers all have an image.
    pub operator: String,
    /// Why.
    pub because: String,
}

/// A program that is itself what an operator stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentRule {
    /// What it is called.
    pub title: String,
    /// The operator.
    pub operator: String,
    /// Ends of its image's repository, in whole parts.
    pub images: Vec<String>,
    /// Kinds it is of; any, if none is named.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Texts in the command or arguments that say it is another program of the same image.
    #[serde(default)]
    pub unless_command: Vec<String>,
    /// Texts of which one must be in the command or arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Variables that must have these values.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where it is documented.
    pub source: SourceReference,
}

/// A kind that carries an operator itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// The kinds; `*` stands for every kind of the groups.
    pub kinds: Vec<String>,
    /// Their API groups; any, if none is named.
    pub groups: Vec<String>,
    /// The operator it carries.
    pub operator: String,
    /// What reads it.
    pub title: String,
    /// Where it says which kinds of objects it is about.
    #[serde(default)]
    pub matches: Vec<String>,
    /// How it says which workloads it governs, if it governs any.
    #[serde(default)]
    pub governs: Option<GovernsRule>,
    /// With it, the object is a binding: it puts the policies in force whose name stands there.
    #[serde(default)]
    pub binds: Option<String>,
}

/// How a policy says which workloads it governs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GovernsRule {
    /// Where its rules are, each of which governs by itself; the empty path, if the object is its only rule.
    #[serde(default)]
    pub rules: String,
    /// Where the targets of a rule are: one of them has to fit. All other paths of a target are below it.
    pub targets: Vec<String>,
    /// Where targets of a rule are that all have to fit.
    #[serde(default)]
    pub all_targets: Vec<String>,
    /// Where targets of a rule are that exclude what one of them fits.
    #[serde(default)]
    pub excluded: Vec<String>,
    /// Where targets of a rule are that exclude what all of them fit.
    #[serde(default)]
    pub all_excluded: Vec<String>,
    /// Whether what says nothing of all that follows is no target, rather than one that fits everything.
    #[serde(default)]
    pub speaks: bool,
    /// Where a target names kinds; without any, it fits every kind.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Whether kinds are named as resources are: in lower case, as a plural.
    #[serde(default)]
    pub plural: bool,
    /// Where a target names namespaces, `*` for any text; without any, it fits all.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Where a target names namespaces that it does not fit.
    #[serde(default)]
    pub not_namespaces: Vec<String>,
    /// Where a target names workloads; without any, it fits all.
    #[serde(default)]
    pub names: Vec<String>,
    /// Where a target selects by labels of what is governed.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Where a target selects by labels of the namespace.
    #[serde(default)]
    pub namespace_labels: Vec<String>,
    /// Fields of a target that narrow it by what is not decided here.
    #[serde(default)]
    pub open: Vec<String>,
    /// Fields of a rule that do so.
    #[serde(default)]
    pub open_rule: Vec<String>,
    /// Fields of the object that do so for all rules.
    #[serde(default)]
    pub open_all: Vec<String>,
    /// What is to be true of a request for a rule to count.
    #[serde(default)]
    pub conditions: Option<ConditionsRule>,
    /// Kinds that govern only workloads of their own namespace.
    #[serde(default)]
    pub namespaced: Vec<String>,
    /// Fields of a rule, or else of the object, that say whether it refuses what does not comply; the first that is there
    /// decides.
    #[serde(default)]
    pub enforcement: Vec<EnforcementRule>,
    /// Whether it refuses if no such field is there.
    #[serde(default)]
    pub enforces: bool,
    /// Whether it does nothing before a binding names it.
    #[serde(default)]
    pub needs_binding: bool,
    /// What else must be true for it to be in force, in words.
    #[serde(default)]
    pub assumes: Option<String>,
    /// Where that is documented.
    pub source: SourceReference,
}

/// Where a rule states conditions of a request, in the form of Kyverno's preconditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionsRule {
    /// The field of a rule.
    pub field: String,
    /// Variables that are known when a workload is created, with their values; others leave a condition open.
    pub known: BTreeMap<String, String>,
    /// Where that is documented.
    pub source: SourceReference,
}

/// A field that says whether a policy refuses what does not comply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnforcementRule {
    /// The field.
    pub field: String,
    /// The values with which it does.
    pub is: Vec<String>,
}

/// A program that renders documents from a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RendererRule {
    /// What it is asked for by: `kustomize` or `helm`.
    pub id: String,
    /// The program, and its arguments before the folder.
    pub command: Vec<String>,
    /// The argument before a file of values, if it takes any.
    #[serde(default)]
    pub values: Option<String>,
    /// Where it comes from.
    pub source: SourceReference,
}

/// A program that asks a live cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterRule {
    /// The program and its arguments before the address of what is asked for; `{context}` stands for the context's name.
    pub command: Vec<String>,
    /// Texts in its messages that say that the request was refused.
    pub refused: Vec<String>,
    /// Texts in its messages that say that there is no such thing.
    pub absent: Vec<String>,
    /// Where it comes from.
    pub source: SourceReference,
}

/// A setting with which an interaction does not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MendedRule {
    /// The interactions.
    pub interactions: Vec<String>,
    /// The pod's annotation.
    pub annotation: String,
    /// Its values.
    pub values: Vec<String>,
    /// What must be settled yet, in words.
    #[serde(default)]
    pub unsettled: Option<String>,
}
