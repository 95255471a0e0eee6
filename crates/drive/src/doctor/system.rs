//! What the running system says of itself, where no smaller trial says more.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use stackwright_spec::host::Capability;
use stackwright_text::yaml::{self, Node, Value};

use super::{Tried, capability};

/// The greatest file that is read.
const MOST: u64 = 4 << 20;
/// What a file of types begins with, in the order of a processor that has the least byte first.
const BTF_MAGIC: [u8; 2] = [0x9f, 0xeb];

/// Everything here, in a fixed order.
pub(super) fn all() -> Vec<Capability> {
    [
        ("btf", btf()),
        ("apparmor", apparmor()),
        ("selinux", selinux()),
        ("cgroup-hierarchy", control_groups()),
        ("kubernetes-context", kubernetes_context()),
    ]
    .into_iter()
    .map(|(name, tried)| capability(name, tried))
    .collect()
}

fn read(path: impl AsRef<Path>) -> Result<String, String> {
    let path = path.as_ref();
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MOST).read_to_string(&mut text).map_err(failed)?;
    Ok(text.trim().to_owned())
}

/// The kernel's own types, without which programs of eBPF fit one kernel only.
fn btf() -> Tried {
    let path = "/sys/kernel/btf/vmlinux";
    let mut file = File::open(path).map_err(|e| format!("{path}: {e}"))?;
    let mut start = [0; 2];
    file.read_exact(&mut start).map_err(|e| format!("{path}: {e}"))?;
    let size = file.metadata().map_err(|e| format!("{path}: {e}"))?.len();
    match start == BTF_MAGIC || start == [0xeb, 0x9f] {
        true => Ok(format!("{path} has {size} bytes of types")),
        false => Err(format!("{path} holds something else")),
    }
}

/// The security modules that are on, as the kernel lists them.
fn modules() -> Result<Vec<String>, String> {
    let list = read("/sys/kernel/security/lsm")?;
    Ok(list.split(',').map(str::to_owned).collect())
}

fn module(name: &str) -> Result<(), String> {
    let modules = modules()?;
    match modules.iter().any(|m| m == name) {
        true => Ok(()),
        false => Err(format!("the security modules that are on are {}", modules.join(", "))),
    }
}

fn apparmor() -> Tried {
    module("apparmor")?;
    if read("/sys/module/apparmor/parameters/enabled")? != "Y" {
        return Err("it is built in, but off".to_owned());
    }
    // The list is for the privileged alone.
    Ok(match read("/sys/kernel/security/apparmor/profiles") {
        Ok(profiles) => format!("it is on, with {} profiles loaded", profiles.lines().count()),
        Err(why) => format!("it is on; which profiles are loaded cannot be seen ({why})"),
    })
}

fn selinux() -> Tried {
    module("selinux")?;
    match read("/sys/fs/selinux/enforce")?.as_str() {
        "1" => Ok("it enforces its policy".to_owned()),
        _ => Err("it is on, but permits what its policy forbids".to_owned()),
    }
}

/// Which versions of control groups are mounted, and what may be handed out.
fn control_groups() -> Tried {
    describe_control_groups(
        &read("/proc/self/mountinfo")?,
        &read("/proc/self/cgroup").unwrap_or_default(),
    )
}

fn describe_control_groups(mounts: &str, own: &str) -> Tried {
    let mut first = Vec::new();
    let mut second = None;
    for line in mounts.lines() {
        let Some((before, after)) = line.split_once(" - ") else {
            continue;
        };
        let (Some(point), mut after) = (before.split(' ').nth(4), after.split(' ')) else {
            continue;
        };
        match after.next() {
            Some("cgroup") => first.push(point.rsplit('/').next().unwrap_or(point).to_owned()),
            Some("cgroup2") => second = second.or_else(|| Some(point.to_owned())),
            _ => {}
        }
    }
    first.sort();
    first.dedup();
    let group = own.lines().find_map(|line| line.strip_prefix("0::"));
    let delegated = second.as_ref().map(|point| {
        let folder = PathBuf::from(point).join(group.unwrap_or("/").trim_start_matches('/'));
        let controllers = read(folder.join("cgroup.controllers")).unwrap_or_default();
        if controllers.is_empty() {
            "no controllers".to_owned()
        } else {
            controllers
        }
    });
    match (first.as_slice(), delegated) {
        ([], None) => Err("no control-group hierarchy is mounted".to_owned()),
        ([], Some(delegated)) => Ok(format!("version 2; our group has {delegated}")),
        (first, None) => Ok(format!("version 1: {}", first.join(", "))),
        (first, Some(delegated)) => Ok(format!(
            "hybrid: version 1 with {}; version 2, where our group has {delegated}",
            first.join(", ")
        )),
    }
}

/// The names of the contexts in the user's own file. No cluster is asked.
fn kubernetes_context() -> Tried {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    let files: Vec<PathBuf> = match variable("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => variable("HOME")
            .map(|home| PathBuf::from(home).join(".kube/config"))
            .into_iter()
            .collect(),
    };
    let mut names = Vec::new();
    let mut current = None;
    let mut missing = Vec::new();
    for file in &files {
        match contexts(file) {
            Ok((found, chosen)) => {
                names.extend(found);
                current = current.or(chosen);
            }
            Err(why) => missing.push(why),
        }
    }
    if names.is_empty() {
        missing.push("no context is defined".to_owned());
        return Err(missing.join("; "));
    }
    let current = current.map_or_else(|| "none is current".to_owned(), |name| format!("{name} is current"));
    Ok(format!(
        "contexts {}; {current}; no cluster was asked",
        names.join(", ")
    ))
}

fn contexts(file: &Path) -> Result<(Vec<String>, Option<String>), String> {
    let metadata = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
    if !metadata.is_file() {
        return Err(format!("{} is no file", file.display()));
    }
    let text = read(file)?;
    let name = file.display().to_string();
    // What is wrong is not quoted: the file holds credentials.
    let (_, root) = yaml::parse_bytes(&name, text.as_bytes()).map_err(|_| format!("{name} is malformed"))?;
    let names = match root.get("contexts").map(|c| &c.value) {
        Some(Value::Sequence(contexts)) => contexts
            .iter()
            .filter_map(|context| context.get("name").and_then(Node::as_str))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    let current = root
        .get("current-context")
        .and_then(Node::as_str)
        .filter(|c| !c.is_empty());
    Ok((names, current.map(str::to_owned)))
}

#[cfg(test)]
mod tests;
