//! New namespaces for the workload.

use std::fs;
use std::io::{self, Read, Write};

use crate::protocol::{ContainerInstructions, LayerFailure, Report, Step, Visit, encode};
use crate::sys::channel::{Control, pipe};
use crate::sys::privilege;
use crate::sys::process::{self, Pid, Side, clone_into};

/// A namespace, the flag that makes one and the capability that it needs of the host.
const EACH: [(libc::c_int, &str); 6] = [
    (libc::CLONE_NEWNS, "mount-namespace"),
    (libc::CLONE_NEWPID, "pid-namespace"),
    (libc::CLONE_NEWNET, "network-namespace"),
    (libc::CLONE_NEWIPC, "ipc-namespace"),
    (libc::CLONE_NEWUTS, "uts-namespace"),
    (libc::CLONE_NEWCGROUP, "cgroup-namespace"),
];

/// What was entered, as the first process of the new process namespace.
pub(super) struct Entered {
    /// Root of the host made the namespaces without a user namespace where it could not have one.
    pub(super) user_namespace: bool,
}

/// Starts the workload's process in new namespaces, as a child of the supervisor, and returns in that process; the
/// calling process reports its id and ends.
///
/// The user namespace is used by root too: it costs little, and the workload's capabilities then never were those
/// of the host. Its user is never root of the host, inside or outside, unless a granted directory belongs to root.
pub(super) fn enter(container: &ContainerInstructions, control: &Control) -> Result<Entered, LayerFailure> {
    let failed = |capability: &str, error: &io::Error| LayerFailure {
        step: Step::Container,
        capability: capability.to_owned(),
        detail: error.to_string(),
    };
    let flags = EACH.iter().fold(libc::CLONE_PARENT, |flags, (flag, _)| flags | flag);
    let (may_read, may_write) = pipe().map_err(|error| failed("pipe", &error))?;
    let (user_namespace, side) = match clone_into(flags | libc::CLONE_NEWUSER) {
        Ok(side) => (true, side),
        Err(error) => match clone_into(flags) {
            Ok(side) => (false, side),
            Err(_) => return Err(first_missing(&error)),
        },
    };
    match side {
        Side::Child => {
            drop(may_write);
            // The other side writes once the users are mapped; if it failed, it is gone without a word.
            let mut byte = [0_u8; 1];
            match fs::File::from(may_read).read(&mut byte) {
                Ok(1) => Ok(Entered { user_namespace }),
                _ => process::exit_now(1),
            }
        }
        Side::Parent(pid) => {
            drop(may_read);
            let report = |report: &Report| encode(report).and_then(|message| control.send(&message));
            let _ = report(&Report::Cloned { pid, user_namespace });
            let mapped = if user_namespace {
                map_users(pid, container)
            } else {
                Ok(())
            };
            match mapped {
                Ok(()) => {
                    let _ = fs::File::from(may_write).write_all(b"1");
                }
                Err(error) => {
                    process::kill(pid);
                    let _ = report(&Report::LayerFailed(failed("user-namespace", &error)));
                }
            }
            process::exit_now(0)
        }
    }
}

/// Maps the one user and the one group that exist inside.
pub(super) fn map_users(pid: Pid, container: &ContainerInstructions) -> io::Result<()> {
    let (inside_user, inside_group) = container.inside;
    let (outside_user, outside_group) = container.outside;
    // Without this the kernel lets only root map groups. Root maps them, and may have no such file to write.
    let denied = fs::write(format!("/proc/{pid}/setgroups"), "deny");
    fs::write(
        format!("/proc/{pid}/uid_map"),
        format!("{inside_user} {outside_user} 1"),
    )?;
    fs::write(
        format!("/proc/{pid}/gid_map"),
        format!("{inside_group} {outside_group} 1"),
    )
    .map_err(|error| denied.err().unwrap_or(error))
}

/// Which namespace the host refuses, for the message; `error` is what the attempt with all of them gave.
fn first_missing(error: &io::Error) -> LayerFailure {
    let refused = |flags| match clone_into(flags) {
        Ok(Side::Child) => process::exit_now(0),
        Ok(Side::Parent(pid)) => {
            let _ = process::wait(pid);
            None
        }
        Err(error) => Some(error),
    };
    let (capability, error) = match refused(libc::CLONE_NEWUSER) {
        Some(user) => ("user-namespace", user.to_string()),
        None => EACH
            .iter()
            .find_map(|(flag, name)| Some((*name, refused(libc::CLONE_NEWUSER | flag)?.to_string())))
            .unwrap_or(("user-namespace", error.to_string())),
    };
    let detail = format!("the kernel refused it: {error}");
    LayerFailure {
        step: Step::Container,
        capability: capability.to_owned(),
        detail,
    }
}

/// Goes into the namespaces of another command, as its user, in a new process that is a child of the supervisor.
pub(super) fn visit(visit: &Visit, control: &Control) -> io::Result<()> {
    let flag = |name: &String| {
        let kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];
        let flags = [libc::CLONE_NEWUSER]
            .into_iter()
            .chain(EACH.iter().map(|(flag, _)| *flag));
        kinds
            .into_iter()
            .zip(flags)
            .find(|(kind, _)| kind == name)
            .map_or(0, |(_, flag)| flag)
    };
    let flags = visit.namespaces.iter().fold(0, |flags, name| flags | flag(name));
    if flags == 0 {
        return Ok(());
    }
    process::join_namespaces(visit.pid, flags)?;
    let (may_read, may_write) = pipe()?;
    // Only children of this process are in the process namespace.
    if let Side::Parent(pid) = clone_into(libc::CLONE_PARENT)? {
        let user_namespace = flags & libc::CLONE_NEWUSER != 0;
        let _ = encode(&Report::Cloned { pid, user_namespace }).and_then(|message| control.send(&message));
        // It must not be heard before it is known.
        let _ = fs::File::from(may_write).write_all(b"1");
        process::exit_now(0)
    }
    drop(may_write);
    let mut byte = [0_u8; 1];
    if fs::File::from(may_read).read(&mut byte)? == 0 {
        return Err(io::Error::other("the process before it is gone"));
    }
    privilege::new_session()?;
    if visit.powerless {
        privilege::lock_secure_bits()?;
    }
    privilege::become_user(visit.ids.0, visit.ids.1)?;
    privilege::die_with_parent()?;
    if visit.powerless {
        privilege::empty_bounding_set()?;
        privilege::clear_capabilities()?;
    }
    Ok(())
}
