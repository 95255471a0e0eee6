//! Watching over the containers of a pod: their output, signals, limits, and their ends.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::data::data;
use super::podman::{Podman, filled};
use crate::cgroup;
use crate::error::DriveError;
use crate::io::Io;
use crate::stack::watch::{GRACE_MS, handles};
use crate::supervise::{Bounds, Child, Pump, Stop};
use crate::sys::channel::{Interest, pipe, wait_ready};
use crate::sys::clock::monotonic_ns;
use crate::sys::process;
use crate::sys::signal::Watch;

/// How often the memory that a container has used is read, in milliseconds: with the container its control group goes.
const LOOK_MS: u64 = 250;
/// How long podman has to end a container before it is ended itself, in milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// How long output is still taken after the end, in milliseconds.
const REST_MS: i32 = 100;

/// What a run's containers say, and what ends them.
pub(super) struct Watcher {
    stdout: Pump,
    stderr: Pump,
    /// The ends that containers write to, until no more are started.
    theirs: Option<(OwnedFd, OwnedFd)>,
    output_left: u64,
    deadline_ns: u64,
    watch: Watch,
    pub(super) stopped: Option<Stop>,
    pub(super) memory_peak: Option<u64>,
    /// When the memory is read again.
    look_ns: u64,
}

/// A container that runs.
pub(super) struct Running<'a> {
    pub(super) podman: &'a Podman,
    /// Its name for podman.
    pub(super) name: &'a str,
    /// Its process, or that of its kernel.
    pub(super) pid: i32,
    /// It has a kernel of its own, so its handlers of signals cannot be seen.
    pub(super) kernel: bool,
    pub(super) groups: &'a [PathBuf],
}

const NEVER: u64 = u64::MAX;

fn after(milliseconds: u64) -> u64 {
    monotonic_ns().saturating_add(milliseconds.saturating_mul(1_000_000))
}

impl Watcher {
    pub(super) fn new(io: &Io, bounds: Bounds, log: Option<&Path>) -> Result<Self, DriveError> {
        let host = DriveError::host;
        let watch = Watch::start().map_err(host("watch for signals"))?;
        let (out, out_theirs) = pipe().map_err(host("make a pipe"))?;
        let (errors, errors_theirs) = pipe().map_err(host("make a pipe"))?;
        let mut stdout = Pump::new(out, io.output, 1).map_err(host("use standard output"))?;
        let mut stderr = Pump::new(errors, io.output, 2).map_err(host("use standard error"))?;
        if let Some(log) = log {
            for pump in [&mut stdout, &mut stderr] {
                pump.also_to(log).map_err(host("keep the output"))?;
            }
        }
        Ok(Self {
            stdout,
            stderr,
            theirs: Some((out_theirs, errors_theirs)),
            output_left: bounds.output_bytes,
            deadline_ns: after(bounds.time_ms),
            watch,
            stopped: None,
            memory_peak: None,
            look_ns: NEVER,
        })
    }

    /// Whether the run was asked to end before anything was started.
    pub(super) fn interrupted(&mut self) -> bool {
        self.stopped = self.stopped.or(self.watch.came().map(Stop::Interrupted));
        self.stopped.is_some()
    }

    /// Starts a container with its streams.
    pub(super) fn start(&self, podman: &Podman, name: &str) -> Result<Child, DriveError> {
        let start = || {
            let mut command = podman.command(&filled(&data().calls.start, &[("container", name)]));
            if let Some((out, errors)) = &self.theirs {
                command.stdout(out.try_clone()?).stderr(errors.try_clone()?);
            }
            let pid = command.spawn()?.id();
            Ok(Child::new(i32::try_from(pid).unwrap_or(0)))
        };
        start().map_err(DriveError::host("start podman"))
    }

    /// Follows a container to its end.
    pub(super) fn until_end(&mut self, child: &mut Child, running: &Running<'_>) -> Result<(), DriveError> {
        let end = process::end_of(child.pid()).map_err(DriveError::host("watch podman"))?;
        let (mut grace_ns, mut patience_ns) = (NEVER, NEVER);
        self.look_ns = after(LOOK_MS);
        loop {
            let stopping = self.stopped.is_some();
            let asked = stopping || grace_ns != NEVER;
            let interests = [
                Some(Interest::Read(end.as_raw_fd())),
                self.stdout.interest(),
                self.stderr.interest(),
                (!asked).then(|| Interest::Read(self.watch.raw())),
            ];
            let until = if stopping {
                patience_ns
            } else {
                self.deadline_ns.min(grace_ns)
            }
            .min(self.look_ns);
            let left = until.saturating_sub(monotonic_ns()).div_ceil(1_000_000);
            let [end, stdout, stderr, signal] = wait_ready(interests, i32::try_from(left).unwrap_or(i32::MAX))
                .map_err(DriveError::host("wait for the container"))?;
            let mut why = None;
            if stdout && self.pump(|watcher| &mut watcher.stdout) || stderr && self.pump(|watcher| &mut watcher.stderr)
            {
                why = Some(Stop::OutputLimit);
            }
            if end {
                child.wait().map_err(DriveError::host("wait for podman"))?;
                return Ok(());
            }
            let now = monotonic_ns();
            if now >= self.look_ns {
                self.note_memory(running.groups);
            }
            if signal && let Some(number) = self.watch.came() {
                // The first process of a namespace ignores what it does not handle: it is ended at once then.
                if running.kernel || handles(running.pid, number) {
                    running.podman.signal(running.name, number);
                    grace_ns = after(GRACE_MS);
                } else {
                    why = Some(Stop::Interrupted(number));
                }
            }
            if now >= grace_ns {
                why = Some(Stop::Interrupted(self.watch.came().unwrap_or(libc::SIGTERM)));
            }
            if now >= self.deadline_ns {
                why = Some(Stop::TimeLimit);
            }
            if let (Some(why), false) = (why, stopping) {
                self.stopped = Some(why);
                running.podman.signal(running.name, libc::SIGKILL);
                patience_ns = after(PATIENCE_MS);
            }
            if now >= patience_ns {
                child.kill();
            }
        }
    }

    /// Takes what is left of the output, once nothing writes any more.
    pub(super) fn finish(mut self) -> Result<(Option<String>, Option<String>), DriveError> {
        self.theirs = None;
        loop {
            let interests = [self.stdout.interest(), self.stderr.interest()];
            if interests.iter().all(Option::is_none) {
                break;
            }
            let [stdout, stderr] = wait_ready(interests, REST_MS).map_err(DriveError::host("pass the output on"))?;
            if stdout {
                self.pump(|watcher| &mut watcher.stdout);
            }
            if stderr {
                self.pump(|watcher| &mut watcher.stderr);
            }
            let waits_for_reader = self.stdout.has_pending() || self.stderr.has_pending();
            if !stdout && !stderr && (self.watch.came().is_some() || !waits_for_reader) {
                break;
            }
        }
        Ok((self.stdout.into_report(), self.stderr.into_report()))
    }

    /// Passes a piece on; whether it was one too many.
    fn pump(&mut self, pump: fn(&mut Self) -> &mut Pump) -> bool {
        let allowed = self.output_left;
        let came = u64::try_from(pump(self).step(allowed)).unwrap_or(u64::MAX);
        self.output_left = self.output_left.saturating_sub(came);
        came > allowed
    }

    fn note_memory(&mut self, groups: &[PathBuf]) {
        self.look_ns = after(LOOK_MS);
        let peak = cgroup::count(groups, ["memory.max_usage_in_bytes", "memory.peak"]);
        self.memory_peak = peak.max(self.memory_peak);
    }
}

/// The control groups of a process, as the kernel lists them.
pub(super) fn groups(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default()
}
