//! What can be seen of a process from outside, in `/proc`.

use std::fs::{self, File};
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::sys::process::Pid;

/// Kinds of namespaces, as `/proc/PID/ns` names them.
const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

/// A process, looked at from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) pid: Pid,
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) status: Status,
    /// Its mounts.
    pub(crate) mounts: Vec<Mount>,
    /// Names of its network interfaces.
    pub(crate) interfaces: Vec<String>,
    /// Its users: inside, outside, count.
    pub(crate) user_map: String,
}

/// One of its namespaces beside ours of the same kind; `None` if the kernel does not have that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Namespace {
    pub(crate) kind: &'static str,
    pub(crate) theirs: Option<u64>,
    pub(crate) ours: Option<u64>,
}

impl Namespace {
    /// Whether it is known to be another one than ours.
    pub(crate) fn is_own(&self) -> bool {
        self.theirs.is_some() && self.ours.is_some() && self.theirs != self.ours
    }
}

/// The lines of its `status` that tell of layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) effective_user: Option<u32>,
    pub(crate) effective_capabilities: Option<u64>,
    pub(crate) bounding_capabilities: Option<u64>,
    pub(crate) no_new_privileges: Option<bool>,
    /// 2 with a filter.
    pub(crate) seccomp_mode: Option<u32>,
    /// Number of filters; older kernels do not say.
    pub(crate) seccomp_filters: Option<u32>,
    /// Its id in the innermost process namespace.
    pub(crate) innermost_pid: Option<i32>,
}

/// What of its status keeps it from doing things, to be compared with that of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confinement {
    effective_user: Option<u32>,
    pub(crate) effective_capabilities: Option<u64>,
    bounding_capabilities: Option<u64>,
    no_new_privileges: Option<bool>,
    seccomp_mode: Option<u32>,
    seccomp_filters: Option<u32>,
}

impl Status {
    pub(crate) fn confinement(&self) -> Confinement {
        Confinement {
            effective_user: self.effective_user,
            effective_capabilities: self.effective_capabilities,
            bounding_capabilities: self.bounding_capabilities,
            no_new_privileges: self.no_new_privileges,
            seccomp_mode: self.seccomp_mode,
            seccomp_filters: self.seccomp_filters,
        }
    }
}

/// One of its mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) point: String,
    pub(crate) kind: String,
    pub(crate) read_only: bool,
}

/// Our own namespaces, to be compared with. Taken before a start, they cost it no time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ours([Option<u64>; NAMESPACES.len()]);

impl Ours {
    pub(crate) fn look() -> Self {
        Self(NAMESPACES.map(|kind| namespace(&format!("/proc/self/ns/{kind}"))))
    }
}

/// Looks at the process.
pub(crate) fn at(pid: Pid, ours: &Ours) -> io::Result<Seen> {
    let read = |file: &str| read_whole(&format!("/proc/{pid}/{file}"));
    let namespaces = NAMESPACES
        .iter()
        .zip(ours.0)
        .map(|(kind, ours)| Namespace {
            kind,
            theirs: namespace(&format!("/proc/{pid}/ns/{kind}")),
            ours,
        })
        .collect();
    Ok(Seen {
        pid,
        namespaces,
        status: parse_status(&read("status")?),
        mounts: parse_mounts(&read("mountinfo")?),
        interfaces: parse_interfaces(&read("net/dev").unwrap_or_default()),
        user_map: read("uid_map")
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    })
}

/// Reads a file that does not tell its length, in as few calls as can be: each one makes the kernel write the text anew.
fn read_whole(path: &str) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(4096);
    loop {
        let mut piece = [0_u8; 4096];
        match file.read(&mut piece)? {
            0 => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            length => bytes.extend_from_slice(piece.get(..length).unwrap_or_default()),
        }
    }
}

/// Number of the namespace that the link names, as in `pid:[4026531836]`.
fn namespace(link: &str) -> Option<u64> {
    let target = fs::read_link(link).ok()?;
    target.to_str()?.split_once('[')?.1.strip_suffix(']')?.parse().ok()
}

fn parse_status(text: &str) -> Status {
    let line = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    let mask = |name| u64::from_str_radix(line(name)?, 16).ok();
    Status {
        effective_user: line("Uid").and_then(|ids| ids.split_whitespace().nth(1)?.parse().ok()),
        effective_capabilities: mask("CapEff"),
        bounding_capabilities: mask("CapBnd"),
        no_new_privileges: line("NoNewPrivs").map(|value| value == "1"),
        seccomp_mode: line("Seccomp").and_then(|value| value.parse().ok()),
        seccomp_filters: line("Seccomp_filters").and_then(|value| value.parse().ok()),
        innermost_pid: line("NSpid").and_then(|ids| ids.split_whitespace().last()?.parse().ok()),
    }
}

fn parse_mounts(text: &str) -> Vec<Mount> {
    let parse = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(4);
        let (point, options) = (before.next()?, before.next()?);
        let read_only = options.split(',').any(|option| option == "ro");
        Some(Mount {
            point: point.to_owned(),
            kind: after.split(' ').next()?.to_owned(),
            read_only,
        })
    };
    text.lines().filter_map(parse).collect()
}

fn parse_interfaces(text: &str) -> Vec<String> {
    // Two lines of headings come first.
    text.lines()
        .skip(2)
        .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()))
        .collect()
}

/// The most memory that the process has used so far, in bytes: the peak of its resident set.
pub(crate) fn memory_peak(pid: Pid) -> Option<u64> {
    let status = read_whole(&format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
