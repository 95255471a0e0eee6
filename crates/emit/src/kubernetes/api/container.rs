//! Containers: what is started, with which rights, and how it is asked if it is well.

use super::fields;
use super::meta::Map;

/// A number or a name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum NumberOrName {
    Number(i64),
    Name(String),
}

fields! {
    /// A container.
    Container {
        name: String,
        image: Option<String>,
        image_pull_policy: Option<String>,
        command: Vec<String>,
        args: Vec<String>,
        working_dir: Option<String>,
        env: Vec<Variable>,
        env_from: Vec<VariableSource>,
        ports: Vec<ContainerPort>,
        resources: Option<Resources>,
        volume_mounts: Vec<Mount>,
        volume_devices: Vec<Device>,
        liveness_probe: Option<Probe>,
        readiness_probe: Option<Probe>,
        startup_probe: Option<Probe>,
        lifecycle: Option<Lifecycle>,
        restart_policy: Option<String>,
        security_context: Option<SecurityContext>,
        stdin: Option<bool>,
        tty: Option<bool>,
        termination_message_path: Option<String>,
        termination_message_policy: Option<String>,
    }
    /// An environment variable.
    Variable {
        name: String,
        value: Option<String>,
        value_from: Option<ValueFrom>,
    }
    /// Where the value of a variable comes from.
    ValueFrom {
        config_map_key_ref: Option<KeyOf>,
        secret_key_ref: Option<KeyOf>,
        field_ref: Option<FieldOf>,
        resource_field_ref: Option<ResourceOf>,
    }
    /// A key of an object.
    KeyOf {
        name: String,
        key: String,
        optional: Option<bool>,
    }
    /// A field of the pod.
    FieldOf {
        api_version: Option<String>,
        field_path: String,
    }
    /// A resource of a container.
    ResourceOf {
        container_name: Option<String>,
        resource: String,
        divisor: Option<String>,
    }
    /// Variables from every key of an object.
    VariableSource {
        prefix: Option<String>,
        config_map_ref: Option<Named>,
        secret_ref: Option<Named>,
    }
    /// An object by its name.
    Named {
        name: String,
        optional: Option<bool>,
    }
    /// A port of a container.
    ContainerPort {
        name: Option<String>,
        container_port: u16,
        host_port: Option<u16>,
        #[serde(rename = "hostIP")]
        host_ip: Option<String>,
        protocol: Option<String>,
    }
    /// What a container may use and needs.
    Resources {
        #[serde(skip_serializing_if = "Map::is_empty")]
        limits: Map,
        #[serde(skip_serializing_if = "Map::is_empty")]
        requests: Map,
    }
    /// Where a volume is mounted.
    Mount {
        name: String,
        mount_path: String,
        read_only: Option<bool>,
        sub_path: Option<String>,
        sub_path_expr: Option<String>,
        mount_propagation: Option<String>,
    }
    /// A volume as a block device.
    Device {
        name: String,
        device_path: String,
    }
    /// A question to a container.
    Probe {
        http_get: Option<HttpGet>,
        tcp_socket: Option<TcpSocket>,
        exec: Option<Exec>,
        grpc: Option<Grpc>,
        initial_delay_seconds: Option<u32>,
        period_seconds: Option<u32>,
        timeout_seconds: Option<u32>,
        success_threshold: Option<u32>,
        failure_threshold: Option<u32>,
        termination_grace_period_seconds: Option<u32>,
    }
    /// An HTTP request.
    HttpGet {
        path: Option<String>,
        port: Option<NumberOrName>,
        scheme: Option<String>,
        host: Option<String>,
        http_headers: Vec<Header>,
    }
    /// A header.
    Header {
        name: String,
        value: String,
    }
    /// A connection.
    TcpSocket {
        port: Option<NumberOrName>,
        host: Option<String>,
    }
    /// A command.
    Exec {
        command: Vec<String>,
    }
    /// A gRPC health check.
    Grpc {
        port: u16,
        service: Option<String>,
    }
    /// What is done at the start and before the end.
    Lifecycle {
        post_start: Option<Handler>,
        pre_stop: Option<Handler>,
    }
    /// What is done.
    Handler {
        exec: Option<Exec>,
        http_get: Option<HttpGet>,
        sleep: Option<Sleep>,
    }
    /// A pause.
    Sleep {
        seconds: u32,
    }
    /// Rights of a container.
    SecurityContext {
        allow_privilege_escalation: Option<bool>,
        privileged: Option<bool>,
        read_only_root_filesystem: Option<bool>,
        run_as_non_root: Option<bool>,
        run_as_user: Option<u32>,
        run_as_group: Option<u32>,
        proc_mount: Option<String>,
        capabilities: Option<Capabilities>,
        seccomp_profile: Option<Profile>,
        app_armor_profile: Option<Profile>,
        se_linux_options: Option<SeLinux>,
    }
    /// Capabilities.
    Capabilities {
        add: Vec<String>,
        drop: Vec<String>,
    }
    /// A profile of a filter.
    Profile {
        r#type: String,
        localhost_profile: Option<String>,
    }
    /// Labels of SELinux.
    SeLinux {
        level: Option<String>,
        role: Option<String>,
        r#type: Option<String>,
        user: Option<String>,
    }
}
