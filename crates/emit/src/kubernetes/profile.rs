//! A filter of system calls that the workload brings along, as the OCI runtime specification writes it
//! (<https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp>).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stackwright_text::Diagnostic;

use super::api;

/// What becomes of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Action {
    #[serde(rename = "SCMP_ACT_KILL")]
    Kill,
    #[serde(rename = "SCMP_ACT_KILL_PROCESS")]
    KillProcess,
    #[serde(rename = "SCMP_ACT_KILL_THREAD")]
    KillThread,
    #[serde(rename = "SCMP_ACT_TRAP")]
    Trap,
    #[serde(rename = "SCMP_ACT_ERRNO")]
    Errno,
    #[serde(rename = "SCMP_ACT_NOTIFY")]
    Notify,
    #[serde(rename = "SCMP_ACT_TRACE")]
    Trace,
    #[serde(rename = "SCMP_ACT_LOG")]
    Log,
    #[serde(rename = "SCMP_ACT_ALLOW")]
    Allow,
}

impl Action {
    /// Whether the call is made as if there were no filter; without a tracer, a traced one is refused.
    fn lets_through(self) -> bool {
        matches!(self, Self::Allow | Self::Log)
    }
}

api::fields! {
    /// A condition on an argument.
    Argument {
        index: u32,
        value: u64,
        value_two: Option<u64>,
        op: String,
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    names: Vec<String>,
    action: Action,
    errno_ret: Option<u32>,
    #[serde(default)]
    args: Vec<Argument>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Filter {
    default_action: Action,
    default_errno_ret: Option<u32>,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    listener_path: Option<String>,
    listener_metadata: Option<String>,
    #[serde(default)]
    syscalls: Vec<Rule>,
}

/// Number of the error that a refused call gives if nothing else is said.
const EPERM: u32 = 1;

/// Reads a profile and checks that it refuses something. Gives it as an object of its own can carry it; `None` if only the file
/// can, as no such object names another error for everything that is not listed.
///
/// # Errors
///
/// It is not of the form, or lets everything through.
pub fn profile(name: &str, bytes: &[u8]) -> Result<Option<Value>, Diagnostic> {
    let wrong = |why: String| {
        Diagnostic::new("emit::profile", format!("{name} is no profile for system calls: {why}"))
            .with_help("write it as `linux.seccomp` of the OCI runtime specification, with the calls that are allowed")
    };
    let filter: Filter = serde_json::from_slice(bytes).map_err(|e| wrong(e.to_string()))?;
    if filter.syscalls.iter().any(|r| r.names.is_empty()) {
        return Err(wrong("a rule names no system call".to_owned()));
    }
    if filter.default_action.lets_through() && filter.syscalls.iter().all(|r| r.action.lets_through()) {
        return Err(wrong("it lets every system call through".to_owned()));
    }
    if filter.default_errno_ret.is_some_and(|e| e != EPERM) {
        return Ok(None);
    }
    let filter = Filter {
        default_errno_ret: None,
        ..filter
    };
    api::value(&filter).map(Some).map_err(|e| wrong(e.to_string()))
}
