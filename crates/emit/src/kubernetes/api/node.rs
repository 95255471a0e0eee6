//! What pods run on.

use super::meta::Map;
use super::pod::Toleration;
use super::{fields, objects};

objects! {
    /// A way to run pods.
    RuntimeClass in "node.k8s.io/v1" {
        handler: String,
        overhead: Option<Overhead>,
        scheduling: Option<Scheduling>,
    }
}

fields! {
    /// What a pod needs beside its containers.
    Overhead {
        #[serde(skip_serializing_if = "Map::is_empty")]
        pod_fixed: Map,
    }
    /// On which nodes.
    Scheduling {
        #[serde(skip_serializing_if = "Map::is_empty")]
        node_selector: Map,
        tolerations: Vec<Toleration>,
    }
}
