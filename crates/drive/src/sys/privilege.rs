//! Giving up privileges, and the other attributes of the current process.

use std::ffi::CStr;
use std::io;

use super::{check, check_long};

fn prctl(option: libc::c_int, argument: libc::c_ulong) -> io::Result<libc::c_int> {
    // SAFETY: every option used in this module takes one plain integer and zeros after it.
    check(unsafe { libc::prctl(option, argument, 0, 0, 0) })
}

/// Neither this process nor what it starts can gain privileges any more.
pub(crate) fn no_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1).map(drop)
}

/// Have the kernel kill this process when the thread that started it ends. A change of user clears it.
pub(crate) fn die_with_parent() -> io::Result<()> {
    let signal = libc::c_ulong::try_from(libc::SIGKILL).unwrap_or(9);
    prctl(libc::PR_SET_PDEATHSIG, signal).map(drop)
}

/// Removes the special treatment of user 0, for good.
pub(crate) fn lock_secure_bits() -> io::Result<()> {
    // From linux/securebits.h: NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, each with its lock; KEEP_CAPS
    // locked off.
    const BITS: libc::c_ulong = 0b11 | 0b11 << 2 | 0b10 << 4 | 0b11 << 6;
    prctl(libc::PR_SET_SECUREBITS, BITS).map(drop)
}

/// Empties the bounding set. It needs a capability itself, so it comes before [`clear_capabilities`].
pub(crate) fn empty_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        match prctl(libc::PR_CAPBSET_DROP, capability) {
            Ok(_) => {}
            // The kernel knows no more capabilities.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives up the effective, permitted, inheritable and ambient capabilities.
pub(crate) fn clear_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: libc::c_int,
    }
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Data {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    /// `_LINUX_CAPABILITY_VERSION_3`: two data records, for 64 capabilities.
    const VERSION: u32 = 0x2008_0522;
    let header = Header {
        version: VERSION,
        pid: 0,
    };
    let data = [Data {
        effective: 0,
        permitted: 0,
        inheritable: 0,
    }; 2];
    // SAFETY: header and data have the kernel's layout for version 3 and outlive the call. Clearing the inheritable
    // and permitted sets clears the ambient set with them.
    check_long(unsafe { libc::syscall(libc::SYS_capset, &raw const header, data.as_ptr()) }).map(drop)
}

/// Takes on the user and group, for good, with no supplementary groups. The kernel refuses to change the groups in a
/// user namespace that an ordinary user made; the groups of the caller then stay, and are of no use inside.
pub(crate) fn become_user(uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: zero groups, so the pointer is not read.
    match check(unsafe { libc::setgroups(0, std::ptr::null()) }) {
        Ok(_) => {}
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {}
        Err(error) => return Err(error),
    }
    // SAFETY: the calls take plain numbers. They go to the kernel for this one thread, and there is only one.
    check_long(unsafe { libc::syscall(libc::SYS_setresgid, gid, gid, gid) })?;
    // SAFETY: as above.
    check_long(unsafe { libc::syscall(libc::SYS_setresuid, uid, uid, uid) })?;
    Ok(())
}

/// Whether this process, as the user that it is now, may read the directory, and write to it if asked.
pub(crate) fn may_use(directory: &CStr, write: bool) -> io::Result<()> {
    let mode = libc::R_OK | libc::X_OK | if write { libc::W_OK } else { 0 };
    // SAFETY: the path outlives the call.
    check(unsafe { libc::faccessat(libc::AT_FDCWD, directory.as_ptr(), mode, libc::AT_EACCESS) }).map(drop)
}

/// Own session and process group, without a controlling terminal.
pub(crate) fn new_session() -> io::Result<()> {
    // SAFETY: setsid takes nothing.
    match check(unsafe { libc::setsid() }) {
        // Already the leader of its group: the first process of a process namespace is.
        Err(error) if error.raw_os_error() != Some(libc::EPERM) => Err(error),
        _ => Ok(()),
    }
}

/// Permission bits that new files do not get.
pub(crate) fn set_umask(mask: u32) {
    // SAFETY: umask takes a plain number and cannot fail.
    unsafe { libc::umask(mask) };
}

/// Name of the host in this UTS namespace.
pub(crate) fn set_host_name(name: &CStr) -> io::Result<()> {
    // SAFETY: the pointer and the length belong to the same string.
    check(unsafe { libc::sethostname(name.as_ptr(), name.to_bytes().len()) }).map(drop)
}

/// A resource that the kernel limits per process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resource {
    /// Bytes of a core dump.
    Core,
    /// Open descriptors.
    OpenFiles,
    /// Processes of this user.
    Processes,
    /// Bytes of private writable memory.
    Data,
}

/// Sets the limit, soft and hard; never above the hard limit that is already there.
pub(crate) fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let resource = match resource {
        Resource::Core => libc::RLIMIT_CORE,
        Resource::OpenFiles => libc::RLIMIT_NOFILE,
        Resource::Processes => libc::RLIMIT_NPROC,
        Resource::Data => libc::RLIMIT_DATA,
    };
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid place for one rlimit.
    check(unsafe { libc::getrlimit(resource, &raw mut limit) })?;
    let value = value.min(limit.rlim_max);
    let limit = libc::rlimit {
        rlim_cur: value,
        rlim_max: value,
    };
    // SAFETY: `limit` is initialised and outlives the call.
    check(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}
