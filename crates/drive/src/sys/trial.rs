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
