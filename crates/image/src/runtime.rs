//! Runtime bundles: the `config.json` that runc, crun, runsc and their like start a container from.
//!
//! What expresses which operator, and the lists that every container is given, are data (`data/runtime.json`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::model::{Execution, Platform};

const DATA: &str = include_str!("../data/runtime.json");

/// Version of the runtime specification that is written: the oldest that has all that is used, so that old runtimes take it.
const VERSION: &str = "1.0.2";
/// Identifiers of this user that a new user namespace maps, from 0 on: one, as an ordinary user may map no more.
const MAPPED: u32 = 1;

#[derive(Debug, Default, Deserialize)]
struct Data {
    operators: Vec<OperatorData>,
    namespaces: Vec<String>,
    mounts: Vec<Mount>,
    capabilities: Vec<String>,
    masked_paths: Vec<String>,
    readonly_paths: Vec<String>,
    path: String,
    engine_annotations: BTreeMap<String, String>,
    seccomp: SeccompData,
}

#[derive(Debug, Deserialize)]
struct OperatorData {
    symbol: String,
    part: Part,
    how: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeccompData {
    default_action: String,
    default_errno_ret: u32,
    architectures: BTreeMap<String, Vec<String>>,
    syscalls: Vec<Syscalls>,
}

fn data() -> &'static Data {
    static READ: LazyLock<Data> = LazyLock::new(|| serde_json::from_str(DATA).unwrap_or_default());
    &READ
}

/// What expresses an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The image.
    Image,
    /// Namespaces, limits and root file system together.
    Container,
    /// Namespaces.
    Namespaces,
    /// Limits on resources.
    Limits,
    /// A root file system of its own.
    Root,
    /// The filter of system calls.
    Filter,
    /// Not the bundle, but the runtime that starts it.
    Runtime,
    /// An engine for WebAssembly within the runtime.
    Engine,
}

/// What expresses the operator with this symbol, and how; `None` for one that neither image nor bundle can express.
pub fn part(symbol: &str) -> Option<(Part, &'static str)> {
    let operator = data().operators.iter().find(|o| o.symbol == symbol)?;
    Some((operator.part, operator.how.as_str()))
}

/// What a container is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The parts that are wanted. Without [`Part::Filter`] there is no filter, and so on.
    pub parts: Vec<Part>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Processes.
    pub processes: Option<i64>,
    /// Make the root file system read-only.
    pub read_only: bool,
    /// The ordinary user and group that will start it; `None` for user 0 of the host.
    pub rootless: Option<(u32, u32)>,
    /// Host name.
    pub host_name: String,
}

/// A runtime configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Spec {
    pub oci_version: String,
    pub process: Process,
    pub root: RootPath,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    pub mounts: Vec<Mount>,
    pub linux: Linux,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The process of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Process {
    pub terminal: bool,
    pub user: User,
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub cwd: String,
    pub capabilities: Capabilities,
    pub no_new_privileges: bool,
}

/// Who a container's process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

/// What a container's process may do as user 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Capabilities {
    pub bounding: Vec<String>,
    pub effective: Vec<String>,
    pub permitted: Vec<String>,
}

/// Where a container's files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct RootPath {
    pub path: String,
    pub readonly: bool,
}

/// A file system in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Mount {
    pub destination: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub source: String,
    pub options: Vec<String>,
}

/// What only Linux has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Linux {
    pub namespaces: Vec<Namespace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uid_mappings: Vec<Mapping>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gid_mappings: Vec<Mapping>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seccomp: Option<Seccomp>,
    pub masked_paths: Vec<String>,
    pub readonly_paths: Vec<String>,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Namespace {
    #[serde(rename = "type")]
    pub kind: String,
}

/// Users inside and outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Mapping {
    #[serde(rename = "containerID")]
    pub container_id: u32,
    #[serde(rename = "hostID")]
    pub host_id: u32,
    pub size: u32,
}

/// Limits of a control group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Resources {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<Pids>,
}

/// Limit on memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Memory {
    pub limit: u64,
}

/// Limit on processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Pids {
    pub limit: i64,
}

/// A filter of system calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Seccomp {
    pub default_action: String,
    pub default_errno_ret: u32,
    pub architectures: Vec<String>,
    pub syscalls: Vec<Syscalls>,
}

/// What is done with some calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Syscalls {
    pub names: Vec<String>,
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno_ret: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
}

/// A condition on a call's argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the runtime specification")]
pub struct Argument {
    pub index: u32,
    pub value: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_two: Option<u64>,
    pub op: String,
}

/// The configuration of a container whose files are in `rootfs` beside it.
///
/// # Errors
///
/// What the image asks for and cannot be had: a user by name, a program that is not named, a processor without a filter.
pub fn spec(execution: &Execution, platform: &Platform, options: &Options) -> Result<Spec, String> {
    let data = data();
    let wants = |part| options.parts.contains(&part);
    let container = wants(Part::Container);
    let filter = wants(Part::Filter);
    let args: Vec<String> = execution.entrypoint.iter().chain(&execution.cmd).cloned().collect();
    if args.is_empty() {
        return Err("the image names no program to start".to_owned());
    }
    let mut env = execution.env.clone();
    if !env.iter().any(|e| e.starts_with("PATH=")) {
        env.push(data.path.clone());
    }
    // With a filter nothing is left of user 0's rights, and nothing can be gained.
    let capabilities = if filter { Vec::new() } else { data.capabilities.clone() };
    let namespaced = container || wants(Part::Namespaces);
    let mut namespaces: Vec<_> = if namespaced {
        data.namespaces.iter().map(String::as_str).collect()
    } else {
        // A root of its own needs mounts of its own.
        vec!["mount"]
    };
    namespaces.extend(options.rootless.map(|_| "user"));
    let map = |host_id| {
        vec![Mapping {
            container_id: 0,
            host_id,
            size: MAPPED,
        }]
    };
    let seccomp = match filter {
        true => Some(filter_for(platform)?),
        false => None,
    };
    Ok(Spec {
        oci_version: VERSION.to_owned(),
        process: Process {
            terminal: false,
            user: user(&execution.user)?,
            args,
            env,
            cwd: if execution.working_dir.is_empty() {
                "/".to_owned()
            } else {
                execution.working_dir.clone()
            },
            capabilities: Capabilities {
                bounding: capabilities.clone(),
                effective: capabilities.clone(),
                permitted: capabilities,
            },
            no_new_privileges: filter,
        },
        root: RootPath {
            path: "rootfs".to_owned(),
            readonly: options.read_only,
        },
        hostname: if namespaced {
            options.host_name.clone()
        } else {
            String::new()
        },
        mounts: mounts(options, namespaced),
        linux: Linux {
            namespaces: namespaces
                .into_iter()
                .map(|kind| Namespace { kind: kind.to_owned() })
                .collect(),
            uid_mappings: options.rootless.map(|(uid, _)| map(uid)).unwrap_or_default(),
            gid_mappings: options.rootless.map(|(_, gid)| map(gid)).unwrap_or_default(),
            resources: (container || wants(Part::Limits)).then(|| Resources {
                memory: options.memory_bytes.map(|limit| Memory { limit }),
                pids: options.processes.map(|limit| Pids { limit }),
            }),
            seccomp,
            masked_paths: data.masked_paths.clone(),
            readonly_paths: data.readonly_paths.clone(),
        },
        annotations: if wants(Part::Engine) {
            data.engine_annotations.clone()
        } else {
            BTreeMap::new()
        },
    })
}

fn mounts(options: &Options, namespaced: bool) -> Vec<Mount> {
    let mut mounts = data().mounts.clone();
    for mount in &mut mounts {
        // An ordinary user may not mount the host's devices of a network that is not its own.
        if mount.kind == "sysfs" && (options.rootless.is_some() && !namespaced) {
            mount.kind = "bind".to_owned();
            mount.source = "/sys".to_owned();
            mount.options.insert(0, "rbind".to_owned());
        }
    }
    mounts
}

fn user(text: &str) -> Result<User, String> {
    let (uid, gid) = text.split_once(':').unwrap_or((text, ""));
    let number = |text: &str| match text {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| format!("the image's user `{text}` is not a number, and names are not looked up")),
    };
    Ok(User {
        uid: number(uid)?,
        gid: number(gid)?,
    })
}

fn filter_for(platform: &Platform) -> Result<Seccomp, String> {
    let data = &data().seccomp;
    let architectures = data.architectures.get(&platform.architecture);
    Ok(Seccomp {
        default_action: data.default_action.clone(),
        default_errno_ret: data.default_errno_ret,
        architectures: architectures
            .ok_or_else(|| format!("there is no filter for {}", platform.architecture))?
            .clone(),
        syscalls: data.syscalls.clone(),
    })
}

#[cfg(test)]
mod tests;
