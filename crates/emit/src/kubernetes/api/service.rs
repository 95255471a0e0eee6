//! What is around pods: their namespace, their account, their address, their files.

use super::container::NumberOrName;
use super::meta::Map;
use super::{fields, objects};

objects! {
    /// A namespace.
    Namespace in "v1" {}
    /// An account.
    ServiceAccount in "v1" {
        automount_service_account_token: Option<bool>,
    }
    /// An address.
    Service in "v1" {
        spec: ServiceSpec,
    }
    /// Files.
    ConfigMap in "v1" {
        #[serde(skip_serializing_if = "Map::is_empty")]
        data: Map,
        #[serde(skip_serializing_if = "Map::is_empty")]
        binary_data: Map,
        immutable: Option<bool>,
    }
}

fields! {
    /// What an address leads to.
    ServiceSpec {
        r#type: Option<String>,
        #[serde(rename = "clusterIP")]
        cluster_ip: Option<String>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        selector: Map,
        ports: Vec<ServicePort>,
    }
    /// A port of an address.
    ServicePort {
        name: Option<String>,
        port: u16,
        target_port: Option<NumberOrName>,
        protocol: Option<String>,
        app_protocol: Option<String>,
    }
}
