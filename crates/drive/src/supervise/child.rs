//! A child process that cannot outlive its owner.

use std::io;

use crate::sys::process::{self, Ended, Pid};

/// A process of ours. Dropping it ends it and frees its id.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    ended: Option<Ended>,
}

impl Child {
    /// Owns a process that was just started.
    pub(crate) fn new(pid: Pid) -> Self {
        Self { pid, ended: None }
    }

    /// Its id, as we see it.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Ends it at once; nothing if it has ended.
    pub(crate) fn kill(&self) {
        if self.ended.is_none() {
            process::kill(self.pid);
        }
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> io::Result<Ended> {
        if let Some(ended) = self.ended {
            return Ok(ended);
        }
        let ended = process::wait(self.pid)?;
        self.ended = Some(ended);
        Ok(ended)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait();
    }
}
