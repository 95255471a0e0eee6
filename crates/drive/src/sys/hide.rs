//! Programs that must not see a mount of the host.

use std::ffi::CString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{check, mount};

/// Has the command start in mounts of its own, without those at the paths. If that cannot be done, it fails to start
/// where there are paths, and keeps the mounts that it would have where there are none.
pub(crate) fn from(command: &mut Command, paths: Vec<CString>) {
    let prepare = move || {
        // SAFETY: unshare takes plain numbers.
        let own = check(unsafe { libc::unshare(libc::CLONE_NEWNS) });
        if own.is_err() && paths.is_empty() {
            return Ok(());
        }
        own?;
        mount::make_private()?;
        for path in &paths {
            // SAFETY: the path outlives the call. What is no mount needs not be hidden.
            unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) };
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes system calls alone; it neither allocates nor takes locks.
    unsafe { command.pre_exec(prepare) };
}
