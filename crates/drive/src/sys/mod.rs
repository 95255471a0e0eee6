//! System calls behind safe functions: the only place of the crate, beside loading compiled code, that is `unsafe`.

pub(crate) mod bpf;
pub(crate) mod channel;
pub(crate) mod clock;
pub(crate) mod handover;
pub(crate) mod hide;
pub(crate) mod kvm;
pub(crate) mod memfd;
pub(crate) mod mount;
pub(crate) mod network;
pub(crate) mod privilege;
pub(crate) mod process;
pub(crate) mod signal;
pub(crate) mod terminal;
pub(crate) mod trial;

use std::io;

/// Turns the `-1` of a C library call into the error that `errno` names.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// The same for `syscall(2)`, which returns a `long`.
fn check_long(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
