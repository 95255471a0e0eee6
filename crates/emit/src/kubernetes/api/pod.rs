//! Pods and their templates.

use super::container::{Container, Named, NumberOrName, Profile, SeLinux};
use super::meta::{Map, Metadata, Selector};
use super::{fields, objects};

objects! {
    /// A pod.
    Pod in "v1" {
        spec: PodSpec,
    }
}

fields! {
    /// What pods are made from.
    Template {
        metadata: Metadata,
        spec: PodSpec,
    }
    /// What a pod is.
    PodSpec {
        service_account_name: Option<String>,
        automount_service_account_token: Option<bool>,
        runtime_class_name: Option<String>,
        priority_class_name: Option<String>,
        scheduler_name: Option<String>,
        host_network: Option<bool>,
        #[serde(rename = "hostPID")]
        host_pid: Option<bool>,
        #[serde(rename = "hostIPC")]
        host_ipc: Option<bool>,
        host_users: Option<bool>,
        share_process_namespace: Option<bool>,
        hostname: Option<String>,
        subdomain: Option<String>,
        dns_policy: Option<String>,
        dns_config: Option<DnsConfig>,
        enable_service_links: Option<bool>,
        restart_policy: Option<String>,
        termination_grace_period_seconds: Option<u32>,
        active_deadline_seconds: Option<u64>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        node_selector: Map,
        tolerations: Vec<Toleration>,
        topology_spread_constraints: Vec<Spread>,
        image_pull_secrets: Vec<Named>,
        security_context: Option<PodSecurityContext>,
        init_containers: Vec<Container>,
        containers: Vec<Container>,
        volumes: Vec<Volume>,
    }
    /// Rights of a whole pod.
    PodSecurityContext {
        run_as_non_root: Option<bool>,
        run_as_user: Option<u32>,
        run_as_group: Option<u32>,
        fs_group: Option<u32>,
        fs_group_change_policy: Option<String>,
        supplemental_groups: Vec<u32>,
        supplemental_groups_policy: Option<String>,
        sysctls: Vec<Sysctl>,
        seccomp_profile: Option<Profile>,
        app_armor_profile: Option<Profile>,
        se_linux_options: Option<SeLinux>,
    }
    /// A setting of the kernel.
    Sysctl {
        name: String,
        value: String,
    }
    /// Names and their resolution.
    DnsConfig {
        nameservers: Vec<String>,
        searches: Vec<String>,
        options: Vec<DnsOption>,
    }
    /// An option of the resolver.
    DnsOption {
        name: String,
        value: Option<String>,
    }
    /// A taint of a node that a pod tolerates.
    Toleration {
        key: Option<String>,
        operator: Option<String>,
        value: Option<String>,
        effect: Option<String>,
        toleration_seconds: Option<u64>,
    }
    /// How pods are spread over nodes.
    Spread {
        max_skew: u32,
        topology_key: String,
        when_unsatisfiable: String,
        label_selector: Option<Selector>,
    }
    /// A volume.
    Volume {
        name: String,
        empty_dir: Option<EmptyDir>,
        config_map: Option<ConfigMapVolume>,
        secret: Option<SecretVolume>,
        persistent_volume_claim: Option<ClaimVolume>,
        host_path: Option<HostPath>,
        projected: Option<serde_json::Value>,
        downward_api: Option<serde_json::Value>,
        csi: Option<serde_json::Value>,
        ephemeral: Option<serde_json::Value>,
        nfs: Option<serde_json::Value>,
    }
    /// An empty folder.
    EmptyDir {
        medium: Option<String>,
        size_limit: Option<String>,
    }
    /// Files from a configuration.
    ConfigMapVolume {
        name: String,
        items: Vec<Item>,
        default_mode: Option<u32>,
        optional: Option<bool>,
    }
    /// Files from a secret.
    SecretVolume {
        secret_name: String,
        items: Vec<Item>,
        default_mode: Option<u32>,
        optional: Option<bool>,
    }
    /// A key as a file.
    Item {
        key: String,
        path: String,
        mode: Option<u32>,
    }
    /// A claimed volume.
    ClaimVolume {
        claim_name: String,
        read_only: Option<bool>,
    }
    /// A path of the node.
    HostPath {
        path: String,
        r#type: Option<String>,
    }
}

/// Used by services and budgets.
pub(crate) type IntOrText = NumberOrName;
