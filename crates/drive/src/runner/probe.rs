//! Trials of the host's capabilities. This process is there for one of them only, so it may change itself at will.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use super::{join, namespaces};
use super::{machine, reach, sandbox};
use crate::protocol::{ContainerInstructions, NamespaceKind, Probe};
use crate::sys::channel::pipe;
use crate::sys::mount::{self, Access};
use crate::sys::process::{self, Ended, Side, clone_into, effective_ids};
use crate::sys::{privilege, trial};

/// What was seen, or why it failed.
type Tried = Result<String, String>;

/// Carries the probe out.
pub(super) fn run(probe: &Probe) -> Tried {
    match probe {
        Probe::Namespace(kind) => namespace(*kind),
        Probe::PivotRoot => in_namespaces(libc::CLONE_NEWNS, pivot_root),
        Probe::Overlay => in_namespaces(libc::CLONE_NEWNS, overlay),
        Probe::Seccomp => seccomp(),
        Probe::Landlock => sandbox::probe_landlock(),
        Probe::NoNewPrivileges => no_new_privileges(),
        Probe::MemoryLimit { join, bytes } => memory_limit(join, *bytes),
        Probe::ProcessLimit { join } => process_limit(join),
        Probe::Join { join: file } => {
            join(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok("a process joined a group".to_owned())
        }
        Probe::RingZero => machine::ring_zero(),
        Probe::Encrypted(encryption) => machine::encrypted(*encryption),
        Probe::Bpf => machine::bpf(),
        Probe::Reach {
            network,
            port,
            path,
            time_ms,
        } => reach::reach(
            network.as_ref(),
            *port,
            path.as_deref(),
            Duration::from_millis(*time_ms),
        ),
    }
}

fn text(error: io::Error) -> String {
    error.to_string()
}

fn namespace(kind: NamespaceKind) -> Tried {
    let (flag, name) = match kind {
        NamespaceKind::User => (libc::CLONE_NEWUSER, "user"),
        NamespaceKind::Pid => (libc::CLONE_NEWPID, "pid"),
        NamespaceKind::Mount => (libc::CLONE_NEWNS, "mnt"),
        NamespaceKind::Network => (libc::CLONE_NEWNET, "net"),
        NamespaceKind::Ipc => (libc::CLONE_NEWIPC, "ipc"),
        NamespaceKind::Uts => (libc::CLONE_NEWUTS, "uts"),
    };
    let link = format!("/proc/self/ns/{name}");
    let ours = fs::read_link(&link).map_err(text)?;
    in_namespaces(flag, move || {
        let theirs = fs::read_link(&link).map_err(text)?;
        if theirs == ours {
            return Err(format!("a new process is still in {}", ours.display()));
        }
        let used = match kind {
            NamespaceKind::Pid if std::process::id() != 1 => return Err("its first process is not 1".to_owned()),
            NamespaceKind::Pid => "its first process is 1",
            NamespaceKind::Mount => mount::make_private()
                .map_err(text)
                .map(|()| "its mounts can be cut off")?,
            NamespaceKind::Uts => privilege::set_host_name(c"trial")
                .map_err(text)
                .map(|()| "it takes a host name")?,
            NamespaceKind::Network => only_loopback()?,
            NamespaceKind::User if effective_ids().0 != 0 => return Err("its users cannot be mapped".to_owned()),
            NamespaceKind::User => "we are user 0 in it",
            NamespaceKind::Ipc => no_shared_memory()?,
        };
        Ok(format!(
            "a new process is in {}, ours is {}; {used}",
            theirs.display(),
            ours.display()
        ))
    })
}

fn only_loopback() -> Result<&'static str, String> {
    let devices = fs::read_to_string("/proc/self/net/dev").map_err(text)?;
    match devices.lines().skip(2).all(|line| line.trim_start().starts_with("lo:")) {
        true => Ok("it has loopback only"),
        false => Err("it has network interfaces".to_owned()),
    }
}

fn no_shared_memory() -> Result<&'static str, String> {
    // One line of headings.
    match fs::read_to_string("/proc/sysvipc/shm").map_err(text)?.lines().nth(1) {
        None => Ok("it has no shared memory"),
        Some(_) => Err("it has shared memory of others".to_owned()),
    }
}

/// Runs the trial in a child in new namespaces, with a user namespace where there can be one, as user 0 in it.
fn in_namespaces(flags: libc::c_int, try_it: impl FnOnce() -> Tried) -> Tried {
    let (answer, their_answer) = pipe().map_err(text)?;
    let (their_go, go) = pipe().map_err(text)?;
    let (users, side) = match clone_into(flags | libc::CLONE_NEWUSER) {
        Ok(side) => (true, side),
        Err(error) if flags == libc::CLONE_NEWUSER => return Err(text(error)),
        Err(_) => (false, clone_into(flags).map_err(text)?),
    };
    match side {
        Side::Child => {
            drop(go);
            let mut byte = [0_u8; 1];
            if !matches!(File::from(their_go).read(&mut byte), Ok(1)) {
                process::exit_now(1);
            }
            let (mark, detail) = match try_it() {
                Ok(detail) => ('+', detail),
                Err(detail) => ('-', detail),
            };
            let _ = write!(File::from(their_answer), "{mark}{detail}");
            process::exit_now(0)
        }
        Side::Parent(pid) => {
            drop((their_answer, their_go));
            let users = if users {
                namespaces::map_users(pid, &as_root_inside())
            } else {
                Ok(())
            };
            let tried = users.map_err(text).and_then(|()| {
                File::from(go).write_all(b"1").map_err(text)?;
                read_answer(answer)
            });
            process::kill(pid);
            let _ = process::wait(pid);
            tried
        }
    }
}

fn as_root_inside() -> ContainerInstructions {
    ContainerInstructions {
        host_name: String::new(),
        inside: (0, 0),
        outside: effective_ids(),
    }
}

fn read_answer(answer: OwnedFd) -> Tried {
    let mut said = String::new();
    File::from(answer).read_to_string(&mut said).map_err(text)?;
    match said.split_at_checked(1) {
        Some(("+", detail)) => Ok(detail.to_owned()),
        Some(("-", detail)) => Err(detail.to_owned()),
        _ => Err("the trial ended without an answer".to_owned()),
    }
}

/// A small file system of our own, not attached anywhere, with these directories in it.
fn small_root(directories: &[&CStr]) -> io::Result<OwnedFd> {
    mount::make_private()?;
    let root = mount::new_file_system(c"tmpfs", &[(c"size", c"256k")])?;
    for directory in directories {
        mount::directory_at(root.as_fd(), directory)?;
    }
    let old_root = mount::open_root()?;
    mount::attach(root.as_fd(), old_root.as_fd())?;
    mount::become_root(root.as_fd())?;
    Ok(root)
}

fn pivot_root() -> Tried {
    let _root = small_root(&[c"ours"]).map_err(text)?;
    let names: Vec<_> = fs::read_dir("/")
        .map_err(text)?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    match names.as_slice() {
        [name] if name == "ours" => Ok("a process got a root of its own and saw nothing of the host's".to_owned()),
        names => Err(format!("a process with a root of its own still saw {names:?}")),
    }
}

fn overlay() -> Tried {
    let root = small_root(&[c"lower", c"upper", c"state", c"merged"]).map_err(text)?;
    fs::write("/lower/a", "lower").map_err(text)?;
    let options: [(&CStr, &CStr); 3] = [
        (c"lowerdir", c"/lower"),
        (c"upperdir", c"/upper"),
        (c"workdir", c"/state"),
    ];
    let overlay = mount::new_file_system(c"overlay", &options).map_err(text)?;
    let merged = mount::directory_at(root.as_fd(), c"merged").map_err(text)?;
    mount::restrict(overlay.as_fd(), Access::ReadWrite).map_err(text)?;
    mount::attach(overlay.as_fd(), merged.as_fd()).map_err(text)?;
    fs::write("/merged/a", "changed").map_err(text)?;
    let read = |path: &str| fs::read_to_string(path).map_err(text);
    match (read("/lower/a")?.as_str(), read("/upper/a")?.as_str()) {
        ("lower", "changed") => Ok("a change went to the upper layer and left the lower one alone".to_owned()),
        (lower, upper) => Err(format!(
            "after a change the lower layer has {lower:?}, the upper one {upper:?}"
        )),
    }
}

fn seccomp() -> Tried {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| format!("there is no filter for {} yet", std::env::consts::ARCH))?;
    let rules = BTreeMap::from([(libc::SYS_socket, Vec::new())]);
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let program = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())?;
    let before = trial::socket();
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())?;
    match (before, trial::socket()) {
        (0, libc::EPERM) => Ok("a filter refused a call that had worked before".to_owned()),
        (before, after) => Err(format!(
            "a refused call gave error {before} before the filter and {after} after"
        )),
    }
}

fn no_new_privileges() -> Tried {
    privilege::no_new_privileges().map_err(text)?;
    let status = fs::read_to_string("/proc/self/status").map_err(text)?;
    match status
        .lines()
        .any(|line| line.split_whitespace().eq(["NoNewPrivs:", "1"]))
    {
        true => Ok("a process gave up gaining privileges, and the kernel says so".to_owned()),
        false => Err("it was set, but the kernel does not say so".to_owned()),
    }
}

/// Forks a child that joins the group and does something, and returns how the child ended.
fn in_group(group: &Path, act: impl FnOnce() -> i32) -> Result<Ended, String> {
    match clone_into(0).map_err(text)? {
        Side::Child => {
            let code = match join(group) {
                Ok(()) => act(),
                Err(_) => 100,
            };
            process::exit_now(code)
        }
        Side::Parent(pid) => match process::wait(pid).map_err(text)? {
            Ended::Exited(100) => Err(format!("{} cannot be written", group.display())),
            ended => Ok(ended),
        },
    }
}

fn memory_limit(group: &Path, bytes: u64) -> Tried {
    let ended = in_group(group, || {
        let much = usize::try_from(bytes.saturating_mul(2)).unwrap_or(0);
        // A value that is not zero has to be written, page by page.
        let memory = std::hint::black_box(vec![1_u8; much]);
        i32::from(memory.len() != much)
    })?;
    match ended {
        Ended::Signalled(libc::SIGKILL) => Ok(format!(
            "a process that used more than its group's {bytes} bytes was ended by the kernel"
        )),
        ended => Err(format!(
            "a process that used more than its group's {bytes} bytes was not ended: {ended:?}"
        )),
    }
}

fn process_limit(group: &Path) -> Tried {
    let ended = in_group(group, || match clone_into(0) {
        Ok(Side::Child) => process::exit_now(0),
        Ok(Side::Parent(pid)) => {
            let _ = process::wait(pid);
            1
        }
        Err(_) => 0,
    })?;
    match ended {
        Ended::Exited(0) => Ok("a second process was refused in a group for one".to_owned()),
        _ => Err("a second process was not refused in a group for one".to_owned()),
    }
}
