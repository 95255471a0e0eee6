//! Watching over a command from before its start until nothing of it is left.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::Prepared;
use super::health::{Health, News};
use crate::aside::Aside;
use crate::driver::THIS_PROGRAM;
use crate::error::DriveError;
use crate::io::Io;
use crate::protocol::{
    CODE_FD, CONTROL_FD, ConfineEvidence, Enter, GrantFailure, INSTRUCTIONS_FD, InsideFacts, Instructions,
    LayerFailure, Report, Run, decode, encode,
};
use crate::runner;
use crate::runner::enter::{GO, SAID};
use crate::supervise::{Bounds, Child, Ours, Pump, Seen, Stop, look_at, memory_peak, start_runner, stdin, take_ready};
use crate::sys::channel::{Control, Interest, control, pipe, wait_ready};
use crate::sys::clock::monotonic_ns;
use crate::sys::memfd;
use crate::sys::process::{self, Ended};
use crate::sys::signal::Watch;
use crate::sys::terminal;

/// How often a gate by files is looked at, in milliseconds.
const LOOK_MS: i32 = 2;
/// How long a command that handles the signal has after it was asked to end, in milliseconds.
pub(super) const GRACE_MS: u64 = 10_000;
/// How long output is still taken after the command has ended, when something keeps the streams open.
const REST_MS: i32 = 50;

/// What happened, as far as it was seen.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) failures: Vec<LayerFailure>,
    pub(super) grant_failure: Option<GrantFailure>,
    pub(super) not_joined: Vec<String>,
    pub(super) cannot_start: Option<String>,
    pub(super) user_namespace: bool,
    /// A sandbox around the building of containers.
    pub(super) around: Option<ConfineEvidence>,
    /// What the inside saw of the stack.
    pub(super) facts: Option<Box<InsideFacts>>,
    /// What was seen of the inside from here.
    pub(super) seen: Option<Seen>,
    /// The control groups of the inside, as the kernel lists them.
    pub(super) groups: String,
    /// Whether the inside has another root than this process.
    pub(super) own_root: bool,
    /// Names in its root.
    pub(super) root_names: Vec<String>,
    pub(super) spawned_ns: u64,
    /// When the command was let go.
    pub(super) started_ns: Option<u64>,
    pub(super) stopped: Option<Stop>,
    /// The probe that it was ended for, and what that found.
    pub(super) unhealthy: Option<String>,
    pub(super) process: Option<Ended>,
    pub(super) gone_ns: u64,
    pub(super) memory_peak: Option<u64>,
    pub(super) stdout: Option<String>,
    pub(super) stderr: Option<String>,
}

/// What is started, and how it is heard.
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) enter: Enter,
    pub(super) code: Option<&'a [u8]>,
    /// Where the inside speaks by files.
    pub(super) gate: Option<PathBuf>,
    pub(super) io: Io,
    /// Give it a terminal of its own.
    pub(super) terminal: bool,
    pub(super) bounds: Bounds,
    /// Where the output is kept as well.
    pub(super) log: Option<PathBuf>,
}

/// Decides on a task that is watched over, and is told of it.
pub(super) trait Overseer {
    /// Whether the command may start, once every layer is entered.
    fn may_go(&mut self, outcome: &Outcome) -> bool;

    /// What is there beside the command while it goes on. It is asked for just before the command is let go.
    ///
    /// # Errors
    ///
    /// It cannot be had, and the command is not started.
    fn beside(&mut self, _outcome: &Outcome) -> Result<Beside, DriveError> {
        Ok(Beside::default())
    }

    /// The command was let go.
    fn begun(&mut self) {}

    /// The command was found to be ready, or to be ready no more.
    fn ready(&mut self, _ready: bool) {}
}

/// What is beside a command while it goes on.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Carries connections to it.
    pub(super) _forwarder: Option<Aside>,
    /// Looks at how it is.
    pub(super) health: Option<Health>,
}

/// Starts a task and sees it through.
pub(super) fn watch(
    start: Start<'_>,
    layers: &mut [Box<dyn Prepared>],
    overseer: &mut dyn Overseer,
) -> Result<Outcome, DriveError> {
    let mut watcher = Watcher::start(start)?;
    watcher.watch_over(layers, overseer)?;
    watcher.finish(layers)
}

struct Watcher {
    control: Control,
    gate: Option<PathBuf>,
    children: Vec<Child>,
    end: OwnedFd,
    stdout: Pump,
    stderr: Pump,
    /// What is typed, on its way to the command's terminal.
    keys: Option<Keys>,
    output_left: u64,
    deadline_ns: u64,
    /// When a command that was asked to end is ended.
    grace_ns: Option<u64>,
    watch: Watch,
    ours: Ours,
    /// Process of the inside, once it has spoken.
    inside: Option<i32>,
    beside: Beside,
    outcome: Outcome,
}

impl Watcher {
    fn start(start: Start<'_>) -> Result<Self, DriveError> {
        let host = DriveError::host;
        let watch = Watch::start().map_err(host("watch for signals"))?;
        let streams = Streams::new(&start).map_err(host("make the command's streams"))?;
        let (control, control_theirs) = control().map_err(host("make the control channel"))?;
        control.learn_senders().map_err(host("set up the control channel"))?;
        let code = match start.code {
            Some(code) => Some(memfd::sealed(c"code", code).map_err(host("hand over the compiled code"))?),
            None => None,
        };
        let (ours, [input, output, errors]) = (streams.ours, streams.theirs);
        let mut stdout = Pump::new(ours.0, start.io.output, 1).map_err(host("use standard output"))?;
        let mut stderr = Pump::new(ours.1, start.io.output, 2).map_err(host("use standard error"))?;
        if let Some(log) = &start.log {
            for pump in [&mut stdout, &mut stderr] {
                pump.also_to(log).map_err(host("keep the output"))?;
            }
        }
        let ours = Ours::look();
        let spawned_ns = monotonic_ns();
        let mut descriptors = vec![
            (input.as_fd(), 0),
            (output.as_fd(), 1),
            (errors.as_fd(), 2),
            (control_theirs.as_fd(), CONTROL_FD),
        ];
        descriptors.extend(code.as_ref().map(|code| (code.as_fd(), CODE_FD)));
        let child = start_in(start.program, start.enter, &descriptors).map_err(host("start the runner"))?;
        let end = process::end_of(child.pid()).map_err(host("watch the runner"))?;
        Ok(Self {
            control,
            gate: start.gate,
            children: vec![child],
            end,
            stdout,
            stderr,
            keys: streams.keys,
            output_left: start.bounds.output_bytes,
            deadline_ns: spawned_ns.saturating_add(start.bounds.time_ms.saturating_mul(1_000_000)),
            grace_ns: None,
            watch,
            ours,
            inside: None,
            beside: Beside::default(),
            outcome: Outcome {
                spawned_ns,
                ..Outcome::default()
            },
        })
    }

    fn watch_over(&mut self, layers: &[Box<dyn Prepared>], overseer: &mut dyn Overseer) -> Result<(), DriveError> {
        let mut heard = true;
        loop {
            let stopping = self.outcome.stopped.is_some();
            let interests = [
                Some(Interest::Read(self.end.as_raw_fd())),
                heard.then(|| Interest::Read(self.control.raw())),
                self.stdout.interest(),
                self.stderr.interest(),
                (!stopping).then(|| Interest::Read(self.watch.raw())),
                self.keys.as_ref().and_then(Keys::interest),
                self.beside.health.as_ref().map(Health::interest),
            ];
            let timeout = if stopping { -1 } else { self.timeout() };
            let [end, control, stdout, stderr, signal, keys, health] =
                wait_ready(interests, timeout).map_err(DriveError::host("wait for the command"))?;
            if stdout {
                self.pump(|watcher| &mut watcher.stdout, layers);
            }
            if stderr {
                self.pump(|watcher| &mut watcher.stderr, layers);
            }
            if keys && let Some(keys) = &mut self.keys {
                keys.step();
            }
            if control {
                let message = self.control.receive_from();
                match message.map_err(DriveError::host("hear from the inside"))? {
                    Some((message, pid)) => self.hear(&message, Some(pid), layers, overseer)?,
                    None => heard = false,
                }
                // The clone speaks before its parent ends; what was said is heard first.
                continue;
            }
            self.look_at_gate(layers, overseer)?;
            if end {
                return Ok(());
            }
            if health {
                self.hear_of_health(layers, overseer);
            }
            if signal && let Some(number) = self.watch.came() {
                self.ask_to_end(number, layers);
            }
            let now = monotonic_ns();
            if let Some(grace) = self.grace_ns
                && now >= grace
            {
                self.stop(Stop::Interrupted(self.watch.came().unwrap_or(libc::SIGTERM)), layers);
            }
            if now >= self.deadline_ns {
                self.stop(Stop::TimeLimit, layers);
            }
        }
    }

    fn look_at_gate(&mut self, layers: &[Box<dyn Prepared>], overseer: &mut dyn Overseer) -> Result<(), DriveError> {
        if self.outcome.facts.is_some() {
            return Ok(());
        }
        let Some(gate) = &self.gate else { return Ok(()) };
        // The inside could be anything by now: its file is read with a bound, as a message would be.
        let Ok(file) = fs::File::open(gate.join(SAID)) else {
            return Ok(());
        };
        let mut message = Vec::new();
        let most = u64::try_from(crate::sys::channel::MESSAGE_MAX).unwrap_or(0);
        file.take(most)
            .read_to_end(&mut message)
            .map_err(DriveError::host("hear from the inside"))?;
        self.hear(&message, None, layers, overseer)
    }

    fn hear(
        &mut self,
        message: &[u8],
        pid: Option<i32>,
        layers: &[Box<dyn Prepared>],
        overseer: &mut dyn Overseer,
    ) -> Result<(), DriveError> {
        let out_of_turn = || DriveError::Runner {
            what: "it said something out of turn".to_owned(),
        };
        let report = decode(message).map_err(|error| DriveError::Runner {
            what: error.to_string(),
        })?;
        // After the command was let go nothing is heard any more.
        if self.outcome.facts.is_some() {
            return Err(out_of_turn());
        }
        match report {
            Report::Cloned { pid, user_namespace } if self.children.len() == 1 => {
                self.outcome.user_namespace = user_namespace;
                self.end = process::end_of(pid).map_err(DriveError::host("watch the command"))?;
                self.children.push(Child::new(pid));
            }
            Report::LayerFailed(failure) => self.outcome.failures.push(failure),
            Report::GrantFailed(failure) => self.outcome.grant_failure = Some(failure),
            Report::NotJoined { what } => self.outcome.not_joined.push(what),
            Report::CannotStart { what } => self.outcome.cannot_start = Some(what),
            Report::Around(evidence) if self.outcome.around.is_none() => self.outcome.around = Some(evidence),
            Report::Inside(facts) => {
                self.outcome.facts = Some(facts);
                let pid = pid.or_else(|| layers.iter().find_map(|layer| layer.process()));
                self.inside = pid;
                if let Some(pid) = pid {
                    // A process that cannot be looked at was not seen in any layer.
                    self.outcome.seen = look_at(pid, &self.ours).ok();
                    self.outcome.groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
                    self.outcome.own_root = has_own_root(pid);
                    self.outcome.root_names = names(&format!("/proc/{pid}/root/"));
                }
                if overseer.may_go(&self.outcome) {
                    self.beside = overseer.beside(&self.outcome)?;
                    self.outcome.started_ns = Some(monotonic_ns());
                    self.let_go()?;
                    overseer.begun();
                } else {
                    self.kill(layers);
                }
            }
            _ => return Err(out_of_turn()),
        }
        Ok(())
    }

    fn hear_of_health(&mut self, layers: &[Box<dyn Prepared>], overseer: &mut dyn Overseer) {
        match self.beside.health.as_ref().map(Health::news) {
            Some(News::Ready(ready)) => overseer.ready(ready),
            Some(News::Failed(why)) => {
                self.outcome.unhealthy = Some(why);
                self.beside.health = None;
                overseer.ready(false);
                self.ask_to_end(libc::SIGTERM, layers);
            }
            // It has nothing more to look at.
            Some(News::None) | None => self.beside.health = None,
        }
    }

    fn let_go(&self) -> Result<(), DriveError> {
        let went = match &self.gate {
            Some(gate) => fs::write(gate.join(GO), ""),
            None => self.control.send(b"1"),
        };
        match went {
            Err(error) if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                Err(DriveError::host("let the command go")(error))
            }
            _ => Ok(()),
        }
    }

    fn pump(&mut self, pump: fn(&mut Self) -> &mut Pump, layers: &[Box<dyn Prepared>]) {
        let allowed = self.output_left;
        let came = u64::try_from(pump(self).step(allowed)).unwrap_or(u64::MAX);
        if came > self.output_left {
            self.stop(Stop::OutputLimit, layers);
        }
        self.output_left = self.output_left.saturating_sub(came);
    }

    /// Passes an interruption on. A command that does not handle the signal, as the first process of its namespace
    /// does not by default, is ended at once; others have some time.
    fn ask_to_end(&mut self, number: i32, layers: &[Box<dyn Prepared>]) {
        if self.grace_ns.is_some() {
            return;
        }
        let handles = self.inside.is_some_and(|pid| handles(pid, number));
        if !handles {
            return self.stop(Stop::Interrupted(number), layers);
        }
        self.grace_ns = Some(monotonic_ns().saturating_add(GRACE_MS * 1_000_000));
        if !layers.iter().any(|layer| layer.signal(number))
            && let Some(pid) = self.inside
        {
            process::signal(pid, number);
        }
    }

    fn stop(&mut self, why: Stop, layers: &[Box<dyn Prepared>]) {
        if self.outcome.stopped.is_none() {
            self.note_memory();
            self.outcome.stopped = Some(why);
            self.kill(layers);
        }
    }

    fn kill(&self, layers: &[Box<dyn Prepared>]) {
        for layer in layers {
            layer.signal(libc::SIGKILL);
        }
        for child in &self.children {
            child.kill();
        }
    }

    fn note_memory(&mut self) {
        if let Some(pid) = self.inside {
            self.outcome.memory_peak = memory_peak(pid).or(self.outcome.memory_peak);
        }
    }

    fn timeout(&self) -> i32 {
        let until = self
            .grace_ns
            .map_or(self.deadline_ns, |grace| grace.min(self.deadline_ns));
        let left = until.saturating_sub(monotonic_ns()).div_ceil(1_000_000);
        let left = i32::try_from(left).unwrap_or(i32::MAX);
        match (&self.gate, &self.outcome.facts) {
            (Some(_), None) => left.min(LOOK_MS),
            _ => left,
        }
    }

    fn finish(mut self, layers: &mut [Box<dyn Prepared>]) -> Result<Outcome, DriveError> {
        self.beside = Beside::default();
        for child in &mut self.children {
            // What it left in its session ends with it.
            process::kill_group(u32::try_from(child.pid()).unwrap_or(0));
            let ended = child.wait().map_err(DriveError::host("wait for the command's end"))?;
            self.outcome.process = Some(ended);
        }
        self.outcome.gone_ns = monotonic_ns();
        for layer in layers.iter_mut() {
            layer.clean_up();
        }
        loop {
            let interests = [self.stdout.interest(), self.stderr.interest()];
            if interests.iter().all(Option::is_none) {
                break;
            }
            let [stdout, stderr] = wait_ready(interests, REST_MS).map_err(DriveError::host("pass the output on"))?;
            if stdout {
                self.pump(|watcher| &mut watcher.stdout, layers);
            }
            if stderr {
                self.pump(|watcher| &mut watcher.stderr, layers);
            }
            let waits_for_reader = self.stdout.has_pending() || self.stderr.has_pending();
            let interrupted = self.watch.came().is_some();
            if !stdout && !stderr && (interrupted || !waits_for_reader) {
                break;
            }
        }
        let mut outcome = self.outcome;
        outcome.stdout = self.stdout.into_report();
        outcome.stderr = self.stderr.into_report();
        Ok(outcome)
    }
}

/// Starts the process that enters the layers: the one that is ready, a copy of this one, or the program anew where that must or
/// should not be.
fn start_in(program: &Path, enter: Enter, descriptors: &[(BorrowedFd<'_>, i32)]) -> io::Result<Child> {
    let becomes_another = matches!(enter.run, Run::Command { .. }) && enter.visit.is_none();
    // A bound on memory would count what the copy has of ours.
    let copied = becomes_another && enter.data_bytes.is_none() && program == Path::new(THIS_PROGRAM);
    let instructions = encode(&Instructions::Enter(Box::new(enter.clone())))?;
    let instructions = memfd::sealed(c"instructions", &instructions)?;
    let told = [(instructions.as_fd(), INSTRUCTIONS_FD)];
    let told = [descriptors, &told].concat();
    match take_ready(program, &told) {
        Some(ready) => Ok(ready),
        None if copied && process::is_small() => runner::start_copy(&enter, descriptors).map(Child::new),
        None => start_runner(program, &told),
    }
}

/// The standard streams of a command, and what is typed if it has a terminal.
struct Streams {
    ours: (OwnedFd, OwnedFd),
    theirs: [OwnedFd; 3],
    keys: Option<Keys>,
}

impl Streams {
    fn new(start: &Start<'_>) -> io::Result<Self> {
        if !start.terminal {
            let (stdout, stdout_theirs) = pipe()?;
            let (stderr, stderr_theirs) = pipe()?;
            return Ok(Self {
                ours: (stdout, stderr),
                theirs: [stdin(start.io.stdin.clone())?, stdout_theirs, stderr_theirs],
                keys: None,
            });
        }
        let typed = stdin(start.io.stdin.clone())?;
        let (ours, theirs) = terminal::pair(typed.as_fd())?;
        // All three are the terminal, so nothing comes by itself as errors.
        let (nothing, _) = pipe()?;
        let raw = terminal::Raw::new(typed.as_fd())?;
        let keys = Keys {
            from: Some(typed.into()),
            to: ours.try_clone()?.into(),
            _raw: raw,
        };
        Ok(Self {
            ours: (ours, nothing),
            theirs: [theirs.try_clone()?, theirs.try_clone()?, theirs],
            keys: Some(keys),
        })
    }
}

/// Carries what is typed to the command's terminal.
struct Keys {
    from: Option<fs::File>,
    to: fs::File,
    _raw: Option<terminal::Raw>,
}

impl Keys {
    fn interest(&self) -> Option<Interest> {
        self.from.as_ref().map(|from| Interest::Read(from.as_raw_fd()))
    }

    fn step(&mut self) {
        /// What a terminal's reader gets at the end of input: control and D.
        const END: &[u8] = &[4];
        let mut piece = [0_u8; 1024];
        let Some(from) = &mut self.from else { return };
        let typed = match from.read(&mut piece) {
            Ok(length @ 1..) => piece.get(..length).unwrap_or_default(),
            _ => {
                self.from = None;
                END
            }
        };
        // A terminal that takes nothing more belongs to a command that is ending.
        let _ = self.to.write_all(typed);
    }
}

/// Names in a folder; none if it cannot be read.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Whether the process has another root directory than this one.
pub(super) fn has_own_root(pid: i32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |path: String| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    let (theirs, ours) = (
        place(format!("/proc/{pid}/root/")),
        place("/proc/self/root/".to_owned()),
    );
    theirs.is_some() && theirs != ours
}

/// Whether the process has a handler for the signal.
pub(super) fn handles(pid: i32, number: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigCgt:")?.trim(), 16).ok());
    let bit = u32::try_from(number).ok().and_then(|number| number.checked_sub(1));
    mask.zip(bit)
        .is_some_and(|(mask, bit)| mask.checked_shr(bit).unwrap_or(0) & 1 == 1)
}
