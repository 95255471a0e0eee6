//! Looking at a command while it goes on: a thread that carries its probes out, in the order that Kubernetes has.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stackwright_spec::launch::{ExecLaunch, Probe, ProbeAction, Probes};

use super::exec::exec;
use crate::aside::Aside;
use crate::io::{Io, Output, Stdin};
use crate::protocol::{Instructions, Network, Probe as Trial};
use crate::sys::channel::{Control, Interest, control, wait_ready};

/// Bytes that a command of a probe may write.
const OUTPUT_BYTES: u64 = 1 << 20;
/// How long the process that tries a port has beyond the probe's own time, in milliseconds.
const MARGIN_MS: u64 = 500;

const READY: &[u8] = b"ready";
const NOT_READY: &[u8] = b"not ready";

/// The thread, as the supervisor knows it. It ends some time after this is dropped, and what it has started with it.
#[derive(Debug)]
pub(super) struct Health {
    heard: Control,
}

/// What the thread has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The command is ready, or no more.
    Ready(bool),
    /// A probe has failed too often.
    Failed(String),
    /// There is nothing more to look at.
    None,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The program that is a runner.
    pub(super) program: PathBuf,
    /// Name of the run.
    pub(super) run: String,
    /// The command's network, where it is not ours.
    pub(super) network: Option<Network>,
}

impl Health {
    /// Starts looking.
    pub(super) fn start(subject: Subject, probes: Probes) -> std::io::Result<Self> {
        let (heard, says) = control()?;
        let says = Control::from_fd(says);
        std::thread::Builder::new().name("probes".to_owned()).spawn(move || {
            let mut attempt = |probe: &Probe| subject.attempt(probe);
            look(&says, &probes, &mut attempt);
        })?;
        Ok(Self { heard })
    }

    pub(super) fn interest(&self) -> Interest {
        Interest::Read(self.heard.raw())
    }

    pub(super) fn news(&self) -> News {
        match self.heard.receive() {
            Ok(Some(message)) if message == READY => News::Ready(true),
            Ok(Some(message)) if message == NOT_READY => News::Ready(false),
            Ok(Some(message)) => News::Failed(String::from_utf8_lossy(&message).into_owned()),
            Ok(None) | Err(_) => News::None,
        }
    }
}

impl Subject {
    /// Carries a probe out once.
    fn attempt(&self, probe: &Probe) -> Result<(), String> {
        let reach = |port: u16, path: Option<&String>| {
            let trial = Trial::Reach {
                network: self.network,
                port,
                path: path.cloned(),
                time_ms: probe.timeout_ms,
            };
            let patience = i32::try_from(probe.timeout_ms.saturating_add(MARGIN_MS)).unwrap_or(i32::MAX);
            Aside::start(&self.program, &Instructions::Probe(trial))
                .map_err(|error| error.to_string())?
                .answer(patience)
                .map(drop)
        };
        match &probe.action {
            ProbeAction::Tcp(port) => reach(*port, None),
            ProbeAction::Http { port, path } => reach(*port, Some(path)),
            ProbeAction::Exec(argv) => command(&self.program, &self.run, argv, probe.timeout_ms),
        }
    }
}

fn command(program: &Path, run: &str, argv: &[String], time_ms: u64) -> Result<(), String> {
    let launch = ExecLaunch {
        run: run.to_owned(),
        argv: argv.to_vec(),
        time_ms,
        output_bytes: OUTPUT_BYTES,
        ..ExecLaunch::default()
    };
    let io = Io {
        stdin: Stdin::Null,
        output: Output::Discard,
    };
    let name = argv.first().map_or("", String::as_str);
    match exec(program, &launch, io) {
        Ok(report) if report.exit_code == 0 => Ok(()),
        Ok(report) => Err(format!("`{name}` ended with code {}", report.exit_code)),
        Err(error) => Err(error.to_string()),
    }
}

/// A probe that is carried out again and again.
struct Repeated<'a> {
    name: &'static str,
    probe: &'a Probe,
    next: Instant,
    failed: u32,
}

impl<'a> Repeated<'a> {
    fn new(name: &'static str, probe: &'a Probe) -> Self {
        Self {
            name,
            probe,
            next: Instant::now() + Duration::from_millis(probe.after_ms),
            failed: 0,
        }
    }

    /// Tries once. What it gave counts on success, or when it has failed often enough in a row.
    fn step(&mut self, attempt: &mut dyn FnMut(&Probe) -> Result<(), String>) -> Option<Result<(), String>> {
        let begun = Instant::now();
        let result = attempt(self.probe);
        self.next = (begun + Duration::from_millis(self.probe.every_ms)).max(Instant::now());
        match result {
            Ok(()) => {
                self.failed = 0;
                Some(Ok(()))
            }
            Err(why) => {
                self.failed = self.failed.saturating_add(1);
                let enough = self.failed >= self.probe.failures;
                enough.then(|| Err(format!("{} failed {} times: {why}", self.name, self.failed)))
            }
        }
    }
}

/// Looks until a probe has failed for good, or nobody listens any more.
fn look(says: &Control, probes: &Probes, attempt: &mut dyn FnMut(&Probe) -> Result<(), String>) {
    if let Some(probe) = &probes.startup {
        let mut startup = Repeated::new("startup", probe);
        loop {
            if !wait(says, startup.next) {
                return;
            }
            match startup.step(attempt) {
                Some(Ok(())) => break,
                Some(Err(why)) => return say(says, why.as_bytes()),
                None => {}
            }
        }
    }
    let mut ready = false;
    if probes.readiness.is_none() && probes.startup.is_some() {
        say(says, READY);
    }
    let mut readiness = probes.readiness.as_ref().map(|probe| Repeated::new("readiness", probe));
    let mut liveness = probes.liveness.as_ref().map(|probe| Repeated::new("liveness", probe));
    while let Some(next) = [&readiness, &liveness]
        .into_iter()
        .flatten()
        .map(|probe| probe.next)
        .min()
    {
        if !wait(says, next) {
            return;
        }
        let now = Instant::now();
        if let Some(probe) = readiness.as_mut().filter(|probe| probe.next <= now) {
            match probe.step(attempt) {
                Some(found) if found.is_ok() != ready => {
                    ready = !ready;
                    say(says, if ready { READY } else { NOT_READY });
                }
                _ => {}
            }
        }
        if let Some(probe) = liveness.as_mut().filter(|probe| probe.next <= now)
            && let Some(Err(why)) = probe.step(attempt)
        {
            return say(says, why.as_bytes());
        }
    }
}

/// If the supervisor is gone there is nobody to tell.
fn say(says: &Control, message: &[u8]) {
    let end = message.len().min(4096);
    let _ = says.send(message.get(..end).unwrap_or_default());
}

/// Waits until then; `false` once the supervisor listens no more.
fn wait(says: &Control, until: Instant) -> bool {
    loop {
        // Also asked where it is time already: a probe may take as long as it is from one to the next.
        let left = until.saturating_duration_since(Instant::now());
        let milliseconds = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        match wait_ready([Some(Interest::Read(says.raw()))], milliseconds) {
            Ok([false]) if left.is_zero() => return true,
            Ok([false]) => {}
            // It sends nothing, so this is its end.
            Ok([true]) | Err(_) => return false,
        }
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
