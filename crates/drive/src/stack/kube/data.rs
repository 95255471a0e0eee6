//! How podman is called and what it can be told, from data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../../data/podman.json");

/// What is known of podman; the data says what each part is for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Data {
    pub(super) program: String,
    /// Variables by which it finds its store, which whoever cleans up has to have as well.
    pub(super) environment: Vec<String>,
    /// Where its settings are.
    pub(super) settings: Vec<String>,
    pub(super) limits: Vec<LimitData>,
    pub(super) calls: Calls,
    /// The annotation that names a container's profile.
    pub(super) annotation: String,
    /// Where nodes have profiles of filters.
    pub(super) node_profiles: String,
    /// Fields of filters that it carries out.
    pub(super) filters: Vec<String>,
    pub(super) operators: Vec<OperatorData>,
    pub(super) runtimes: Vec<RuntimeData>,
    pub(super) none: Vec<NoneData>,
    pub(super) workloads: Vec<WorkloadData>,
    /// Kinds that are read for what the pod needs of them.
    pub(super) along: Vec<String>,
    pub(super) left_out: BTreeMap<String, String>,
    /// Why documents of other kinds are left out.
    pub(super) otherwise: String,
    pub(super) pod: Vec<String>,
    pub(super) container: Vec<String>,
    pub(super) security: Vec<String>,
    pub(super) read: Vec<String>,
    pub(super) silent: Vec<String>,
}

/// Arguments of its commands.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Calls {
    pub(super) play: Vec<String>,
    pub(super) init: Vec<String>,
    pub(super) start: Vec<String>,
    pub(super) inspect: Vec<String>,
    pub(super) kill: Vec<String>,
    pub(super) remove: Vec<String>,
    pub(super) image: Vec<String>,
    pub(super) pull: Vec<String>,
}

/// A limit of processes that podman raises where nothing is set.
#[derive(Debug, Deserialize)]
pub(super) struct LimitData {
    pub(super) name: String,
    /// What it is called in `/proc/PID/limits`.
    pub(super) shown: String,
    /// The file with what podman lowers its own to.
    pub(super) most: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct OperatorData {
    pub(super) symbol: String,
    pub(super) gives: Gives,
}

/// What podman gives for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Gives {
    Image,
    Container,
    Namespaces,
    ControlGroups,
    Overlay,
    Filter,
    Kernel,
}

/// A program that podman starts containers with.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct RuntimeData {
    pub(super) handlers: Vec<String>,
    pub(super) program: String,
    #[serde(default)]
    pub(super) kernel: bool,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    #[serde(default)]
    pub(super) filtered: Vec<String>,
    #[serde(default)]
    pub(super) applies: String,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) late: bool,
}

/// Handlers that podman has no program for.
#[derive(Debug, Deserialize)]
pub(super) struct NoneData {
    pub(super) handler: String,
    pub(super) why: String,
    pub(super) remedy: String,
}

/// A kind of documents that pods are made from.
#[derive(Debug, Deserialize)]
pub(super) struct WorkloadData {
    pub(super) kind: String,
    /// Where the template of its pods is.
    pub(super) template: String,
    /// Where it says how many pods there are.
    pub(super) count: Option<String>,
    pub(super) note: Option<String>,
}

impl Data {
    /// What podman gives for an operator, if anything.
    pub(super) fn gives(&self, symbol: &str) -> Option<Gives> {
        self.operators.iter().find(|o| o.symbol == symbol).map(|o| o.gives)
    }
}

/// The data; a test reads it, so it is never empty in a program that passed.
pub(super) fn data() -> &'static Data {
    static READ: LazyLock<Data> = LazyLock::new(|| serde_json::from_str(DATA).unwrap_or_default());
    &READ
}

#[cfg(test)]
mod tests {
    use super::{DATA, Data};

    #[test]
    fn the_data_can_be_read() {
        let data: Data = serde_json::from_str(DATA).unwrap();
        assert!(data.gives("C").is_some() && data.gives("M").is_none());
        for runtime in data.runtimes.iter().filter(|runtime| runtime.kernel) {
            assert!(!runtime.filtered.is_empty() && !runtime.applies.is_empty());
        }
    }
}
