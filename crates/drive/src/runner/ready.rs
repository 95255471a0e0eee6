//! A runner that is ready before it is needed: a copy of this program as it is when it has just begun.
//!
//! Starting the program anew costs a few milliseconds, most of them for linking it and moving it to its place. A copy has
//! that behind it, and is made while the program still reads what it is to do. It has nothing of this process but the
//! arguments, which everybody can read, as nothing else was read by then; and the environment, which it overwrites.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use super::{begin, ended, instructed};
use crate::sys::channel::control;
use crate::sys::handover;
use crate::sys::process::{self, Pid, Side, clone_into};
use crate::sys::signal;

static READY: Mutex<Option<Ready>> = Mutex::new(None);

struct Ready {
    pid: Pid,
    channel: OwnedFd,
}

/// Makes a runner that waits to be used by the first run of this process. Without it runs start as well, only slower.
///
/// Call it in `main` right after [`enter_runner_if_asked`](super::enter_runner_if_asked), before anything was read and while
/// there is one thread only.
pub fn get_runner_ready() {
    // Whatever keeps it from being made will keep the run from starting too, and be reported then.
    if let Ok(ready) = make() {
        *READY.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
    }
}

fn make() -> io::Result<Ready> {
    let (theirs, channel) = control()?;
    match clone_into(0)? {
        Side::Parent(pid) => Ok(Ready { pid, channel }),
        Side::Child => {
            drop(channel);
            let done = std::panic::catch_unwind(|| {
                begin()?;
                signal::forget_handlers();
                handover::forget_environment()?;
                let descriptors = handover::receive(theirs.as_fd())?;
                if descriptors.is_empty() {
                    // It was not needed.
                    process::exit_now(0);
                }
                std::mem::forget(theirs);
                handover::place(descriptors)?;
                instructed()
            });
            process::exit_now(done.map_or(2, ended));
        }
    }
}

/// Gives the runner that is ready, if there is one, these descriptors, and returns its id.
pub(crate) fn take(descriptors: &[(BorrowedFd<'_>, i32)]) -> Option<Pid> {
    let ready = READY.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    // One that takes nothing has ended, and another can be started in its place.
    let given = handover::send(ready.channel.as_fd(), descriptors);
    if given.is_err() {
        process::kill(ready.pid);
        let _ = process::wait(ready.pid);
    }
    given.ok().map(|()| ready.pid)
}
