//! Processes of this program that do something for a run, or try something, and say how it went.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use crate::protocol::{CONTROL_FD, INSTRUCTIONS_FD, Instructions, Report, decode, encode};
use crate::supervise::{Child, start_runner};
use crate::sys::channel::{Control, Interest, control, wait_ready};
use crate::sys::memfd;
use crate::sys::process::Ended;

/// Such a process. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Aside {
    child: Child,
    control: Control,
}

impl Aside {
    /// Starts it, with nothing but its instructions.
    pub(crate) fn start(program: &Path, instructions: &Instructions) -> io::Result<Self> {
        let instructions = memfd::sealed(c"instructions", &encode(instructions)?)?;
        let (control, theirs) = control()?;
        let null = File::options().read(true).write(true).open("/dev/null")?;
        let descriptors = [
            (null.as_fd(), 0),
            (null.as_fd(), 1),
            (null.as_fd(), 2),
            (theirs.as_fd(), CONTROL_FD),
            (instructions.as_fd(), INSTRUCTIONS_FD),
        ];
        let child = start_runner(program, &descriptors)?;
        Ok(Self { child, control })
    }

    /// What it says within so many milliseconds: what was seen, or why it failed.
    pub(crate) fn answer(&mut self, patience_ms: i32) -> Result<String, String> {
        let text = |error: io::Error| format!("the trial could not be followed: {error}");
        let [answered] = wait_ready([Some(Interest::Read(self.control.raw()))], patience_ms).map_err(text)?;
        if !answered {
            return Err(format!("no answer within {patience_ms} ms"));
        }
        let answer = self.control.receive().map_err(text)?;
        match answer.map(|message| decode(&message)) {
            Some(Ok(Report::Probed { ok: true, detail })) => Ok(detail),
            Some(Ok(Report::Probed { ok: false, detail })) => Err(detail),
            Some(_) => Err("the trial gave an answer that is not understood".to_owned()),
            None => match self.child.wait() {
                Ok(Ended::Signalled(signal)) => Err(format!("the trial was ended by signal {signal}")),
                _ => Err("the trial ended without an answer; does this program call enter_runner_if_asked?".to_owned()),
            },
        }
    }
}
