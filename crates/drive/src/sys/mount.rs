//! Mounts by descriptor (Linux 5.12 and later): trees are made detached and attached last, so that no host path is
//! needed in between and a bind mount is read-only with everything below it.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use super::{check, check_long};

const FSCONFIG_SET_STRING: libc::c_long = 1;
const FSCONFIG_CMD_CREATE: libc::c_long = 6;
const FSOPEN_CLOEXEC: libc::c_long = 1;
const FSMOUNT_CLOEXEC: libc::c_long = 1;
const OPEN_TREE_CLONE: libc::c_long = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_long = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH: libc::c_long = 0x40;
const AT_RECURSIVE: libc::c_long = 0x8000;

const EMPTY: &CStr = c"";

/// What a mount allows; never set-user-id programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading only, no device files, no programs.
    ReadOnly,
    /// Reading and writing, no device files, no programs.
    ReadWrite,
    /// Reading and executing.
    Programs,
    /// Reading, writing and executing.
    WritablePrograms,
    /// A device file.
    Device,
}

impl Access {
    fn attributes(self) -> u64 {
        let (quiet, inert, fixed) = (libc::MOUNT_ATTR_NODEV, libc::MOUNT_ATTR_NOEXEC, libc::MOUNT_ATTR_RDONLY);
        libc::MOUNT_ATTR_NOSUID
            | match self {
                Self::ReadOnly => quiet | inert | fixed,
                Self::ReadWrite => quiet | inert,
                Self::Programs => quiet | fixed,
                Self::WritablePrograms => quiet,
                Self::Device => inert,
            }
    }
}

/// Cuts this mount namespace's mounts off from every other's, both ways.
pub(crate) fn make_private() -> io::Result<()> {
    let flags = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: only the target and the flags are read for a change of propagation.
    check(unsafe { libc::mount(ptr::null(), c"/".as_ptr(), ptr::null(), flags, ptr::null()) }).map(drop)
}

/// A new file system of the given kind with string options, not attached anywhere yet.
pub(crate) fn new_file_system(kind: &CStr, options: &[(&CStr, &CStr)]) -> io::Result<OwnedFd> {
    new_file_system_for(kind, options, Access::ReadWrite)
}

/// As [`new_file_system`], for this use.
pub(crate) fn new_file_system_for(kind: &CStr, options: &[(&CStr, &CStr)], access: Access) -> io::Result<OwnedFd> {
    // SAFETY: the name outlives the call.
    let context = descriptor(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), FSOPEN_CLOEXEC) })?;
    for (key, value) in options {
        // SAFETY: the descriptor is open and both strings outlive the call.
        check_long(unsafe {
            libc::syscall(
                libc::SYS_fsconfig,
                context.as_raw_fd(),
                FSCONFIG_SET_STRING,
                key.as_ptr(),
                value.as_ptr(),
                0,
            )
        })?;
    }
    let nothing = ptr::null::<libc::c_char>();
    // SAFETY: the descriptor is open; this command takes no key and no value.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_fsconfig,
            context.as_raw_fd(),
            FSCONFIG_CMD_CREATE,
            nothing,
            nothing,
            0,
        )
    })?;
    let attributes = access.attributes();
    // SAFETY: the descriptor is open and the rest are plain numbers.
    descriptor(unsafe { libc::syscall(libc::SYS_fsmount, context.as_raw_fd(), FSMOUNT_CLOEXEC, attributes) })
}

/// A detached copy of the tree at `path`, with everything mounted below it, restricted to `access`. A link at the end of the
/// path is not followed: who can exchange a folder for one must not choose what is shown.
pub(crate) fn copy_of_tree(path: &CStr, access: Access) -> io::Result<OwnedFd> {
    let flags = libc::O_CLOEXEC | libc::AT_SYMLINK_NOFOLLOW;
    let flags = OPEN_TREE_CLONE | AT_RECURSIVE | libc::c_long::from(flags);
    // SAFETY: the path outlives the call.
    let tree = descriptor(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) })?;
    restrict(tree.as_fd(), access)?;
    Ok(tree)
}

/// Restricts the mount that the descriptor is in, and every mount below it.
pub(crate) fn restrict(mount: BorrowedFd<'_>, access: Access) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: access.attributes(),
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::c_long::from(libc::AT_EMPTY_PATH) | AT_RECURSIVE;
    // SAFETY: the descriptor is borrowed; the attributes are initialised, outlive the call, and the size is theirs.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            EMPTY.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    })
    .map(drop)
}

/// Attaches a detached tree at a directory, given by descriptor.
pub(crate) fn attach(tree: BorrowedFd<'_>, at: BorrowedFd<'_>) -> io::Result<()> {
    let flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    // SAFETY: both descriptors are borrowed, hence open; the empty path outlives the call.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            EMPTY.as_ptr(),
            at.as_raw_fd(),
            EMPTY.as_ptr(),
            flags,
        )
    })
    .map(drop)
}

/// Makes a directory below the given one, if it is not there, and opens it without following a link.
pub(crate) fn directory_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    // SAFETY: the descriptor is borrowed and the name outlives the call.
    match check(unsafe { libc::mkdirat(parent.as_raw_fd(), name.as_ptr(), 0o755) }) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_PATH;
    // SAFETY: as above.
    let fd = check(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes an empty file below the given directory, for a file to be mounted over, and opens it.
pub(crate) fn file_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    let flags = libc::O_CREAT | libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the descriptor is borrowed and the name outlives the call.
    let fd = check(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags, 0o444) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes a symbolic link below the given directory.
pub(crate) fn link_at(parent: BorrowedFd<'_>, name: &CStr, target: &CStr) -> io::Result<()> {
    // SAFETY: the descriptor is borrowed and both texts outlive the call.
    check(unsafe { libc::symlinkat(target.as_ptr(), parent.as_raw_fd(), name.as_ptr()) }).map(drop)
}

/// Takes the mount at this path out of this mount namespace.
pub(crate) fn take_away(path: &CStr) -> io::Result<()> {
    // SAFETY: the path outlives the call.
    check(unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) }).map(drop)
}

/// The root directory of this process, as a place to attach to.
pub(crate) fn open_root() -> io::Result<OwnedFd> {
    open_directory(c"/")
}

/// A directory, as a place to attach to.
pub(crate) fn open_directory(path: &CStr) -> io::Result<OwnedFd> {
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), flags) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Goes into a directory that is no link, so that it is what `.` names, whatever its path leads to by then.
pub(crate) fn enter_directory(path: &CStr) -> io::Result<()> {
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), flags) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    let directory = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: the descriptor is open.
    check(unsafe { libc::fchdir(directory.as_raw_fd()) }).map(drop)
}

/// Makes the mounted tree the root of this mount namespace and takes the old root away with everything in it.
pub(crate) fn become_root(root: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is borrowed, hence open.
    check(unsafe { libc::fchdir(root.as_raw_fd()) })?;
    // With "." for both, the old root ends up on top of the new one, where it can be taken away at once.
    // SAFETY: both paths are static.
    check_long(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) })?;
    // SAFETY: the path is static.
    check(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) })?;
    // SAFETY: the path is static.
    check(unsafe { libc::chdir(c"/".as_ptr()) }).map(drop)
}

fn descriptor(result: libc::c_long) -> io::Result<OwnedFd> {
    let fd = check_long(result)?;
    let fd = RawFd::try_from(fd).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    // SAFETY: the descriptor was just made by the caller's system call and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
