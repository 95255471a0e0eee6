//! Acts that are tried only to see whether they are refused.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use super::check;

fn number(result: io::Result<()>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(error) => error.raw_os_error().unwrap_or(-1),
    }
}

/// Makes a local socket, which needs no network and no privilege: 0, or the error number.
pub(crate) fn socket() -> i32 {
    // SAFETY: socket takes plain numbers.
    number(
        check(unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) }).map(|fd| {
            // SAFETY: the descriptor was just made and nobody else owns it.
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
        }),
    )
}

/// Asks for a descriptor of a process that does not exist, which fails everywhere: the error number. What a filter
/// refuses fails with another one.
pub(crate) fn foreign_descriptor() -> i32 {
    // SAFETY: pidfd_getfd takes plain numbers.
    number(super::check_long(unsafe { libc::syscall(libc::SYS_pidfd_getfd, -1, 0, 0) }).map(drop))
}

/// Asks for new file descriptor tables, which every process may have, by a call that also makes namespaces: 0, or the
/// error number.
pub(crate) fn unshare_nothing() -> i32 {
    // SAFETY: unshare takes a plain number.
    number(check(unsafe { libc::unshare(0) }).map(drop))
}

/// Opens a file for reading: 0, or the error number.
pub(crate) fn open(path: &str) -> i32 {
    match std::fs::File::open(path) {
        Ok(_) => 0,
        Err(error) => error.raw_os_error().unwrap_or(-1),
    }
}
