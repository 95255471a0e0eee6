//! The Pod Security Standards: the highest level that a pod conforms to, and what keeps it from a higher one.
//!
//! The rules are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>.

use stackwright_catalog::model::SecurityLevel;

use super::api::container::{Container, Profile};
use super::api::pod::{PodSpec, Volume};

/// Capabilities that the level baseline lets containers add.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// What keeps a pod from a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// The level that it is kept from.
    pub(crate) level: SecurityLevel,
    /// Why.
    pub(crate) why: String,
}

/// Everything that keeps a pod from the levels baseline and restricted.
pub(crate) fn obstacles(pod: &PodSpec) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut add = |level: SecurityLevel, why: String| found.push(Obstacle { level, why });
    for (set, name) in [
        (pod.host_network, "hostNetwork"),
        (pod.host_pid, "hostPID"),
        (pod.host_ipc, "hostIPC"),
    ] {
        if set == Some(true) {
            add(SecurityLevel::Baseline, format!("the pod sets {name}"));
        }
    }
    for volume in &pod.volumes {
        if volume.host_path.is_some() {
            add(
                SecurityLevel::Baseline,
                format!("the volume `{}` is a path of the node", volume.name),
            );
        } else if volume.nfs.is_some() || is_unknown(volume) {
            add(
                SecurityLevel::Restricted,
                format!(
                    "the volume `{}` is of another kind than restricted lets in",
                    volume.name
                ),
            );
        }
    }
    let context = pod.security_context.clone().unwrap_or_default();
    for container in pod.init_containers.iter().chain(&pod.containers) {
        of_container(
            container,
            context.seccomp_profile.as_ref(),
            context.run_as_non_root,
            &mut add,
        );
    }
    if context.run_as_user == Some(0) {
        add(SecurityLevel::Restricted, "the pod runs as user 0".to_owned());
    }
    found
}

fn is_unknown(volume: &Volume) -> bool {
    volume.empty_dir.is_none()
        && volume.config_map.is_none()
        && volume.secret.is_none()
        && volume.persistent_volume_claim.is_none()
        && volume.projected.is_none()
        && volume.downward_api.is_none()
        && volume.csi.is_none()
        && volume.ephemeral.is_none()
}

fn of_container(
    container: &Container,
    pod_profile: Option<&Profile>,
    pod_non_root: Option<bool>,
    add: &mut dyn FnMut(SecurityLevel, String),
) {
    let name = &container.name;
    let context = container.security_context.clone().unwrap_or_default();
    if context.privileged == Some(true) {
        add(SecurityLevel::Baseline, format!("the container `{name}` is privileged"));
    }
    if container.ports.iter().any(|p| p.host_port.is_some_and(|p| p != 0)) {
        add(
            SecurityLevel::Baseline,
            format!("the container `{name}` takes a port of the node"),
        );
    }
    let capabilities = context.capabilities.clone().unwrap_or_default();
    for capability in &capabilities.add {
        if !BASELINE_CAPABILITIES.contains(&capability.as_str()) {
            add(
                SecurityLevel::Baseline,
                format!("the container `{name}` adds {capability}"),
            );
        } else if capability != "NET_BIND_SERVICE" {
            add(
                SecurityLevel::Restricted,
                format!("the container `{name}` adds {capability}"),
            );
        }
    }
    if !capabilities.drop.iter().any(|c| c == "ALL") {
        add(
            SecurityLevel::Restricted,
            format!("the container `{name}` keeps capabilities"),
        );
    }
    if context.allow_privilege_escalation != Some(false) {
        add(
            SecurityLevel::Restricted,
            format!("the container `{name}` may gain privileges"),
        );
    }
    if context.run_as_non_root.or(pod_non_root) != Some(true) || context.run_as_user == Some(0) {
        add(
            SecurityLevel::Restricted,
            format!("the container `{name}` may run as root"),
        );
    }
    match context
        .seccomp_profile
        .as_ref()
        .or(pod_profile)
        .map(|p| p.r#type.as_str())
    {
        Some("RuntimeDefault" | "Localhost") => {}
        Some(other) => add(
            SecurityLevel::Baseline,
            format!("the container `{name}` has the profile {other}"),
        ),
        None => add(
            SecurityLevel::Restricted,
            format!("the container `{name}` names no seccomp profile"),
        ),
    }
}
