//! As much of KVM as it takes to see that it answers.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::check;

const KVM_GET_API_VERSION: libc::Ioctl = 0xAE00;
const KVM_CREATE_VM: libc::Ioctl = 0xAE01;

/// Opens KVM, makes a VM and drops it; returns the version of the interface.
pub(crate) fn try_to_create() -> io::Result<libc::c_int> {
    let kvm = File::options().read(true).write(true).open("/dev/kvm")?;
    // SAFETY: the descriptor is open and this request takes 0.
    let version = check(unsafe { libc::ioctl(kvm.as_raw_fd(), KVM_GET_API_VERSION, 0) })?;
    // SAFETY: the descriptor is open and this request takes a machine type, 0 for the default.
    let vm = check(unsafe { libc::ioctl(kvm.as_raw_fd(), KVM_CREATE_VM, 0) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    drop(unsafe { OwnedFd::from_raw_fd(vm) });
    Ok(version)
}
