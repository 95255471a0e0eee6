//! Watching over one workload from before its first instruction until nothing of it is left.

mod child;
mod look;
mod pump;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

pub(crate) use child::Child;
pub(crate) use look::{Confinement, Namespace, Ours, Seen, at as look_at, memory_peak};
#[cfg(test)]
pub(crate) use look::{Mount, Status};
pub(crate) use pump::Pump;

use crate::driver::THIS_PROGRAM;
use crate::error::DriveError;
use crate::io::{Io, Stdin};
use crate::protocol::{
    CODE_FD, CONTROL_FD, Evidence, GrantFailure, GuestEnd, INSTRUCTIONS_FD, Instructions, LayerFailure, Report, Served,
    decode, encode,
};
use crate::runner::{self, RUNNER_ARGUMENT};
use crate::sys::channel::{Control, Interest, control, pipe, wait_ready};
use crate::sys::clock::monotonic_ns;
use crate::sys::memfd;
use crate::sys::process::{self, Ended, c_string};
use crate::sys::signal::Watch;

/// How long an interrupted run waits for somebody to read its last output, in milliseconds.
const READER_PATIENCE_MS: i32 = 100;
/// How often a run that waits for a reader looks whether it was interrupted, in milliseconds.
const POLL_MS: i32 = 500;

/// Bounds that the supervisor itself keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) time_ms: u64,
    pub(crate) output_bytes: u64,
}

/// Why the supervisor ended a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    TimeLimit,
    OutputLimit,
    Interrupted(i32),
}

/// What happened, as far as it was seen.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Layers that could not be had.
    pub(crate) failures: Vec<LayerFailure>,
    /// A granted directory that could not be given.
    pub(crate) grant_failure: Option<GrantFailure>,
    /// Control groups that could not be joined.
    pub(crate) not_joined: Vec<String>,
    /// Whether the namespaces include one for users.
    pub(crate) user_namespace: bool,
    /// What the workload's process saw of its own layers, before its module ran.
    pub(crate) evidence: Option<Evidence>,
    /// What was seen of it from outside, before its module ran.
    pub(crate) seen: Option<Seen>,
    /// When the runner was started.
    pub(crate) spawned_ns: u64,
    /// When the module's first instruction came.
    pub(crate) started_ns: Option<u64>,
    /// When and how the module ended by itself, and how often it was refused memory.
    pub(crate) ended: Option<(u64, GuestEnd, u64)>,
    /// What it says that serving came to.
    pub(crate) served: Option<Served>,
    /// Why it was ended by us.
    pub(crate) stopped: Option<Stop>,
    /// How its process ended.
    pub(crate) process: Option<Ended>,
    /// When that was.
    pub(crate) gone_ns: u64,
    /// The most memory that its process used, in bytes.
    pub(crate) memory_peak: Option<u64>,
    pub(crate) stdout: Option<String>,
    pub(crate) stderr: Option<String>,
}

/// Starts a runner with the instructions and sees it through. `may_go` decides, once the layers are entered and looked
/// at, whether the module may run.
pub(crate) fn supervise(
    program: &Path,
    instructions: &Instructions,
    code: &[u8],
    io: Io,
    bounds: Bounds,
    may_go: impl FnOnce(&Outcome) -> bool,
) -> Result<Outcome, DriveError> {
    let mut supervisor = Supervisor::start(program, instructions, code, io, bounds)?;
    let mut may_go = Some(may_go);
    supervisor.watch_over(&mut |outcome| may_go.take().is_some_and(|may_go| may_go(outcome)))?;
    supervisor.finish()
}

struct Supervisor {
    control: Control,
    /// The runner, and the workload's process once it is another one.
    children: Vec<Child>,
    stdout: Pump,
    stderr: Pump,
    output_left: u64,
    deadline_ns: u64,
    watch: Watch,
    ours: Ours,
    outcome: Outcome,
}

impl Supervisor {
    fn start(
        program: &Path,
        instructions: &Instructions,
        code: &[u8],
        io: Io,
        bounds: Bounds,
    ) -> Result<Self, DriveError> {
        let host = DriveError::host;
        let watch = Watch::start().map_err(host("watch for signals"))?;
        let (stdout, stdout_theirs) = pipe().map_err(host("make a pipe"))?;
        let (stderr, stderr_theirs) = pipe().map_err(host("make a pipe"))?;
        let stdin = stdin(io.stdin).map_err(host("open the workload's standard input"))?;
        let instructions = encode(instructions)
            .and_then(|bytes| memfd::sealed(c"instructions", &bytes))
            .map_err(host("write the runner's instructions"))?;
        let code = memfd::sealed(c"code", code).map_err(host("hand over the compiled code"))?;
        let (control, control_theirs) = control().map_err(host("make the control channel"))?;
        let stdout = Pump::new(stdout, io.output, 1).map_err(host("use standard output"))?;
        let stderr = Pump::new(stderr, io.output, 2).map_err(host("use standard error"))?;
        let ours = Ours::look();
        let spawned_ns = monotonic_ns();
        let descriptors = [
            (stdin.as_fd(), 0),
            (stdout_theirs.as_fd(), 1),
            (stderr_theirs.as_fd(), 2),
            (control_theirs.as_fd(), CONTROL_FD),
            (instructions.as_fd(), INSTRUCTIONS_FD),
            (code.as_fd(), CODE_FD),
        ];
        let child = start_runner(program, &descriptors).map_err(host("start the runner"))?;
        let time_ns = bounds.time_ms.saturating_mul(1_000_000);
        Ok(Self {
            control,
            children: vec![child],
            stdout,
            stderr,
            output_left: bounds.output_bytes,
            deadline_ns: spawned_ns.saturating_add(time_ns),
            watch,
            ours,
            outcome: Outcome {
                spawned_ns,
                ..Outcome::default()
            },
        })
    }

    /// Follows the workload until the last process that could report is gone.
    fn watch_over(&mut self, may_go: &mut dyn FnMut(&Outcome) -> bool) -> Result<(), DriveError> {
        loop {
            // Once it is being ended, only its end is awaited.
            let stopping = self.outcome.stopped.is_some();
            let interests = [
                Some(Interest::Read(self.control.raw())),
                self.stdout.interest(),
                self.stderr.interest(),
                (!stopping).then(|| Interest::Read(self.watch.raw())),
            ];
            let timeout = if stopping { -1 } else { self.milliseconds_left() };
            let [control, stdout, stderr, signal] =
                wait_ready(interests, timeout).map_err(DriveError::host("wait for the workload"))?;
            if stdout {
                self.pump(|supervisor| &mut supervisor.stdout);
            }
            if stderr {
                self.pump(|supervisor| &mut supervisor.stderr);
            }
            if control {
                let message = self
                    .control
                    .receive()
                    .map_err(DriveError::host("hear from the runner"))?;
                let Some(message) = message else { return Ok(()) };
                let report = decode(&message).map_err(|error| DriveError::Runner {
                    what: error.to_string(),
                })?;
                self.take(report, may_go)?;
            }
            if signal && let Some(signal) = self.watch.came() {
                self.stop(Stop::Interrupted(signal));
            }
            if self.milliseconds_left() == 0 {
                self.stop(Stop::TimeLimit);
            }
        }
    }

    fn take(&mut self, report: Report, may_go: &mut dyn FnMut(&Outcome) -> bool) -> Result<(), DriveError> {
        // Until the layers are entered the runner speaks, which is our own code. After that a module that broke out of
        // the engine could, so only two messages are heard then, once each, and neither names a process.
        let entered = self.outcome.evidence.is_some();
        match report {
            Report::Cloned { pid, user_namespace } if !entered && self.children.len() == 1 => {
                self.outcome.user_namespace = user_namespace;
                self.children.push(Child::new(pid));
            }
            Report::LayerFailed(failure) if !entered => self.outcome.failures.push(failure),
            Report::GrantFailed(failure) if !entered => self.outcome.grant_failure = Some(failure),
            Report::NotJoined { what } if !entered => self.outcome.not_joined.push(what),
            Report::Locked(evidence) if !entered => {
                self.outcome.evidence = Some(evidence);
                if let Some(workload) = self.children.last() {
                    // A process that cannot be looked at was not seen in any layer.
                    self.outcome.seen = look::at(workload.pid(), &self.ours).ok();
                }
                if may_go(&self.outcome) {
                    self.let_go()?;
                } else {
                    self.kill();
                }
            }
            Report::Started { at_ns } if entered && self.outcome.started_ns.is_none() => {
                self.outcome.started_ns = Some(at_ns.min(monotonic_ns()));
            }
            Report::Ended {
                at_ns,
                how,
                refused_growth,
                served,
            } if entered && self.outcome.ended.is_none() => {
                // What it says after it was ended by us does not count.
                if self.outcome.stopped.is_none() {
                    self.outcome.ended = Some((at_ns.min(monotonic_ns()), how, refused_growth));
                    self.outcome.served = served;
                }
                self.note_memory();
                self.let_go()?;
            }
            _ => {
                return Err(DriveError::Runner {
                    what: "it said something out of turn".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Lets the workload's process go on. If it has ended meanwhile, its end is what counts.
    fn let_go(&self) -> Result<(), DriveError> {
        match self.control.send(b"1") {
            Err(error) if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                Err(DriveError::host("answer the runner")(error))
            }
            _ => Ok(()),
        }
    }

    fn pump(&mut self, pump: fn(&mut Self) -> &mut Pump) {
        let allowed = self.output_left;
        let came = u64::try_from(pump(self).step(allowed)).unwrap_or(u64::MAX);
        if came > self.output_left {
            self.stop(Stop::OutputLimit);
        }
        self.output_left = self.output_left.saturating_sub(came);
    }

    fn stop(&mut self, why: Stop) {
        if self.outcome.stopped.is_none() && self.outcome.ended.is_none() {
            self.note_memory();
            self.outcome.stopped = Some(why);
            self.kill();
        }
    }

    fn kill(&self) {
        for child in &self.children {
            child.kill();
        }
    }

    fn note_memory(&mut self) {
        if let Some(workload) = self.children.last() {
            self.outcome.memory_peak = memory_peak(workload.pid()).or(self.outcome.memory_peak);
        }
    }

    /// Milliseconds until the time limit, rounded up, for `poll`.
    fn milliseconds_left(&self) -> i32 {
        let left = self.deadline_ns.saturating_sub(monotonic_ns());
        i32::try_from(left.div_ceil(1_000_000)).unwrap_or(i32::MAX)
    }

    /// Waits for the processes, takes the rest of the output, and hands out what happened.
    fn finish(mut self) -> Result<Outcome, DriveError> {
        // Whoever closed the control channel is ending. If it only pretends, it is ended here; if not, its way of
        // ending is settled already.
        self.kill();
        for child in &mut self.children {
            let ended = child.wait().map_err(DriveError::host("wait for the workload's end"))?;
            self.outcome.process = Some(ended);
        }
        self.outcome.gone_ns = monotonic_ns();
        // Nobody writes any more: what is in the pipes is the rest. Only our own readers can hold it up. An interrupted
        // run does not wait for a reader that does not read.
        loop {
            let interests = [self.stdout.interest(), self.stderr.interest()];
            if interests.iter().all(Option::is_none) {
                break;
            }
            let interrupted = self.watch.came().is_some();
            let ready = wait_ready(interests, if interrupted { READER_PATIENCE_MS } else { POLL_MS });
            let [stdout, stderr] = ready.map_err(DriveError::host("pass the output on"))?;
            if stdout {
                self.pump(|supervisor| &mut supervisor.stdout);
            }
            if stderr {
                self.pump(|supervisor| &mut supervisor.stderr);
            }
            if interrupted && !stdout && !stderr {
                break;
            }
        }
        let mut outcome = self.outcome;
        outcome.stdout = self.stdout.into_report();
        outcome.stderr = self.stderr.into_report();
        Ok(outcome)
    }
}

/// Has a runner take the given descriptors: the one that is ready, else this program executed again.
pub(crate) fn start_runner(program: &Path, descriptors: &[(BorrowedFd<'_>, i32)]) -> io::Result<Child> {
    if let Some(ready) = take_ready(program, descriptors) {
        return Ok(ready);
    }
    // A program that does not become a runner when asked would start another, and that one another.
    if runner::is_asked() {
        return Err(io::Error::other("the runner did not call enter_runner_if_asked"));
    }
    let program = c_string(program.as_os_str().as_encoded_bytes())?;
    let argument = c_string(RUNNER_ARGUMENT.as_bytes())?;
    process::spawn(&program, &[c"stackwright", &argument], descriptors).map(Child::new)
}

/// The runner that is ready, if it is of the program that is to be one.
pub(crate) fn take_ready(program: &Path, descriptors: &[(BorrowedFd<'_>, i32)]) -> Option<Child> {
    let own = program == Path::new(THIS_PROGRAM);
    own.then(|| runner::take_ready(descriptors))?.map(Child::new)
}

/// What a workload reads, as a descriptor.
pub(crate) fn stdin(stdin: Stdin) -> io::Result<OwnedFd> {
    match stdin {
        Stdin::Inherit => process::standard(0)?.try_clone_to_owned(),
        Stdin::Null => File::open("/dev/null").map(OwnedFd::from),
        Stdin::Bytes(bytes) => memfd::sealed(c"stdin", &bytes).map(OwnedFd::from),
    }
}
