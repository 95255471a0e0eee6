//! What is kept of documents until all have been read: of each workload only what rules ask for.

use std::collections::HashSet;
use std::sync::Arc;

use stackwright_catalog::model::GivenAt;

use crate::report::Finding;
use crate::selector::{Labels, Selector};
use crate::tree::Place;

/// A text that is kept once however often it occurs.
pub type Text = Arc<str>;

/// Texts that are kept once.
#[derive(Debug, Default)]
pub struct Texts(HashSet<Text>);

impl Texts {
    /// The kept text.
    pub fn keep(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let kept: Text = text.into();
        self.0.insert(kept.clone());
        kept
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The value.
    pub value: Text,
    /// Where it stands.
    pub place: Place,
}

/// A label, an annotation or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which of them.
    pub at: GivenAt,
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Text,
    /// Where the key stands.
    pub place: Place,
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The file.
    pub file: Text,
    /// Where the document starts.
    pub place: Place,
    /// Its kind.
    pub kind: Text,
    /// Its namespace, if it says one.
    pub namespace: Option<Text>,
    /// Its name, if it has one.
    pub name: Option<Text>,
    /// Labels of the object itself.
    pub labels: Labels,
    /// Labels of its pods.
    pub pod_labels: Labels,
    /// The rule it was read by.
    pub rule: u16,
    /// Where its pod is.
    pub pod: Text,
    /// The variants of its kind that it has, by their numbers.
    pub variants: Box<[(u16, Place)]>,
    /// The runtime class, or the handler itself.
    pub runtime: Option<Spot>,
    /// Whether it is a service of an engine rather than a pod: its runtime is a handler, its filters are options.
    pub service: bool,
    /// Labels, annotations and fields that rules ask for.
    pub marks: Box<[Mark]>,
    /// What the pod says of filters, in the order of the rules.
    pub filters: Box<[Option<Spot>]>,
    /// The containers.
    pub containers: Box<[Container]>,
    /// A name of another object that holds the pod template.
    pub elsewhere: Option<Spot>,
    /// Whether a key occurs twice in the document.
    pub ambiguous: bool,
    /// Where the pod's specification starts.
    pub spec: Option<Place>,
    /// Where the pod's metadata start.
    pub metadata: Option<Place>,
    /// An annotation that asks to let shortfalls pass.
    pub suppress: Option<Spot>,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The program itself.
    Main,
    /// Runs before the program.
    Init,
    /// Runs beside the program.
    Sidecar,
    /// Was added to a running pod.
    Ephemeral,
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Where it is, below the pod's specification.
    pub path: Text,
    /// Where it stands.
    pub place: Place,
    /// Its name.
    pub name: Option<Text>,
    /// Its image.
    pub image: Option<Spot>,
    /// What it is for.
    pub role: Role,
    /// Where it says that it is privileged.
    pub privileged: Option<Place>,
    /// What it says of filters, in the order of the rules; none, if nothing.
    pub filters: Box<[Option<Spot>]>,
    /// The agent that it is, by the rule's number.
    pub agent: Option<u16>,
}

/// A namespace or a runtime class.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The file.
    pub file: Text,
    /// Its name.
    pub name: Text,
    /// What it says, if it is of a kind that says one thing.
    pub value: Option<Spot>,
    /// The path of that.
    pub path: Text,
    /// Its labels and annotations that rules ask for.
    pub marks: Box<[Mark]>,
    /// All of its labels.
    pub labels: Labels,
}

/// An object that carries an operator itself.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The file.
    pub file: Text,
    /// Where the document starts.
    pub place: Place,
    /// Its kind.
    pub kind: Text,
    /// Its namespace.
    pub namespace: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
    /// The rule, by its number.
    pub rule: u16,
    /// Kinds that it is about.
    pub matches: Box<[Text]>,
    /// Which workloads it governs, if it governs any.
    pub governs: Option<Box<Governs>>,
}

/// Which workloads a policy governs.
#[derive(Clone, Debug)]
pub struct Governs {
    /// Its rules, each of which governs by itself.
    pub clauses: Box<[Clause]>,
    /// The policy that it puts in force, if it is a binding.
    pub binds: Option<Text>,
}

/// A rule of a policy.
#[derive(Clone, Debug)]
pub struct Clause {
    /// One of them fits what is governed, unless there is none.
    pub any: Box<[Target]>,
    /// All of them fit it; without these and those above, nothing is governed.
    pub all: Box<[Target]>,
    /// None of them fits it.
    pub none: Box<[Target]>,
    /// Not all of them fit it, unless there is none.
    pub not_all: Box<[Target]>,
    /// A field that narrows it by what is not decided here.
    pub open: Option<Text>,
    /// Whether it says that it refuses what does not comply.
    pub enforces: Option<bool>,
}

/// What fits a policy. An empty list fits everything.
#[derive(Clone, Debug)]
pub struct Target {
    /// Kinds.
    pub kinds: Box<[Text]>,
    /// Namespaces.
    pub namespaces: Box<[Text]>,
    /// Namespaces that do not fit; an empty list excludes none.
    pub not_namespaces: Box<[Text]>,
    /// Names.
    pub names: Box<[Text]>,
    /// Selectors of what is governed, by its labels.
    pub labels: Box<[Selector]>,
    /// Selectors of its namespace, by that one's labels.
    pub namespace_labels: Box<[Selector]>,
    /// A field that narrows it by what is not decided here.
    pub open: Option<Text>,
}

impl Target {
    /// Whether it says anything.
    pub fn speaks(&self) -> bool {
        let texts = [&self.kinds, &self.namespaces, &self.not_namespaces, &self.names];
        let selectors = [&self.labels, &self.namespace_labels];
        self.open.is_some() || texts.iter().any(|t| !t.is_empty()) || selectors.iter().any(|s| !s.is_empty())
    }
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Facts {
    /// Workloads, in the order of reading.
    pub workloads: Vec<Workload>,
    /// Namespaces.
    pub namespaces: Vec<Reference>,
    /// Runtime classes.
    pub classes: Vec<Reference>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// What is wrong with documents.
    pub errors: Vec<Finding>,
    /// Kinds of which objects exist that could not be read.
    pub withheld: Vec<String>,
    /// How many documents of which sort there were.
    pub counts: crate::report::Counts,
}

impl Facts {
    /// Adds what was read elsewhere, after what is here.
    pub fn append(&mut self, other: Self) {
        self.workloads.extend(other.workloads);
        self.namespaces.extend(other.namespaces);
        self.classes.extend(other.classes);
        self.policies.extend(other.policies);
        self.errors.extend(other.errors);
        self.withheld.extend(other.withheld);
        self.counts.add(other.counts);
    }
}
