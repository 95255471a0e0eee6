//! Programs of others, on PATH: their versions, and whether they really start something.

use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stackwright_spec::host::Capability;

use super::data::{RuntimeData, StartData, data};
use super::trial::Trial;
use crate::sys::channel::{Interest, wait_ready};
use crate::sys::hide;
use crate::sys::process::kill_group;

/// How long a program may take to tell its version.
const VERSION: Duration = Duration::from_millis(1000);
/// How long it may take to start and end something that does nothing, over all ways to do so.
const START: Duration = Duration::from_millis(1800);
/// How long it may take to clear up after a start that was ended.
const CLEAN: Duration = Duration::from_millis(300);
/// How often a program that has not ended is looked at.
const STEP: Duration = Duration::from_millis(3);

/// How a program ended.
enum Ended {
    /// With this code, after this time, having said this on standard output and standard error.
    Exited(Option<i32>, Duration, String, String),
    /// Not in time.
    Late(Duration),
    /// It is not on PATH.
    Absent,
    /// It could not be started.
    Failed(std::io::Error),
}

/// Tries all of them, each on a thread of its own.
pub(super) fn all() -> Vec<Capability> {
    let trial = Trial::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = data()
            .runtimes
            .iter()
            .map(|runtime| (runtime, scope.spawn(|| tried(runtime, trial.as_ref()))))
            .collect();
        let finished = threads.into_iter().map(|(runtime, thread)| {
            let result = thread
                .join()
                .unwrap_or_else(|_| Err(Missing::Failing("the trial failed".to_owned())));
            let remedy = match &result {
                Ok(_) => None,
                Err(Missing::Absent) => Some(runtime.installation()),
                Err(Missing::Failing(_)) => Some(format!(
                    "`{}` is there; see what it says when it is started by hand",
                    runtime.name
                )),
            };
            let (ok, detail) = match result {
                Ok(detail) => (true, detail),
                Err(Missing::Absent) => (false, "not on PATH".to_owned()),
                Err(Missing::Failing(detail)) => (false, detail),
            };
            Capability {
                name: runtime.name.clone(),
                ok,
                detail,
                remedy,
            }
        });
        finished.collect()
    })
}

/// Why a program does not count.
enum Missing {
    Absent,
    Failing(String),
}

impl From<String> for Missing {
    fn from(detail: String) -> Self {
        Self::Failing(detail)
    }
}

fn tried(runtime: &RuntimeData, trial: Result<&Trial, &String>) -> Result<String, Missing> {
    let version = version(runtime)?;
    let Some(start) = &runtime.start else {
        return Ok(format!("{version} (its version alone: nothing was started)"));
    };
    let trial = trial.map_err(|why| format!("{version}, but nothing could be started: {why}"))?;
    match started(runtime, start, trial) {
        Ok(how) => Ok(format!("{version}; {how}")),
        Err(why) => Err(Missing::Failing(format!("{version}, but {why}"))),
    }
}

fn version(runtime: &RuntimeData) -> Result<String, Missing> {
    let mut command = Command::new(&runtime.name);
    command.args(&runtime.version);
    match ended(command, VERSION) {
        Ended::Exited(Some(0), _, said, _) => {
            let first = first_line(&said).ok_or("it started but told no version".to_owned())?;
            Ok(first.to_owned())
        }
        Ended::Exited(..) => Err("it started but told no version".to_owned().into()),
        Ended::Late(time) => Err(format!("no version within {} ms", time.as_millis()).into()),
        Ended::Absent => Err(Missing::Absent),
        Ended::Failed(error) => Err(format!("cannot be started: {error}").into()),
    }
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// Tries the ways to start something, in order, within the time for all of them.
fn started(runtime: &RuntimeData, start: &StartData, trial: &Trial) -> Result<String, String> {
    let since = Instant::now();
    let mut failure = String::new();
    for (way, arguments) in start.arguments.iter().enumerate() {
        let Some(left) = START.checked_sub(since.elapsed()) else {
            break;
        };
        let place = trial.place(&runtime.name, way)?;
        let fill = |arguments: &[String]| arguments.iter().map(|a| place.fill(a)).collect::<Vec<_>>();
        let mut command = Command::new(&runtime.name);
        command.args(fill(arguments));
        hide_mounts(&mut command, &start.hidden);
        match ended(command, left) {
            Ended::Exited(code, took, ..) if code == Some(start.exit_code) => {
                let milliseconds = took.as_millis();
                return Ok(format!(
                    "it started something that does nothing in {milliseconds} ms{}",
                    choice(start, arguments)
                ));
            }
            Ended::Exited(code, _, said, complained) => {
                let said = first_line(&complained)
                    .or(first_line(&said))
                    .unwrap_or("it said nothing");
                let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
                let code = code.map_or_else(|| "a signal".to_owned(), |c| format!("code {c}"));
                failure = format!("it failed to start something that does nothing, with {code}: {said}");
            }
            Ended::Late(time) => {
                failure = format!(
                    "it did not start something that does nothing within {} ms",
                    time.as_millis()
                );
            }
            Ended::Absent => failure = "it is gone".to_owned(),
            Ended::Failed(error) => failure = format!("it cannot be started: {error}"),
        }
        if !start.clean.is_empty() {
            let mut command = Command::new(&runtime.name);
            command.args(fill(&start.clean));
            ended(command, CLEAN);
        }
    }
    Err(failure)
}

/// What is particular to the way that worked, where there is more than one.
fn choice(start: &StartData, chosen: &[String]) -> String {
    let others = || start.arguments.iter().filter(|a| *a != chosen);
    let own: Vec<_> = chosen
        .iter()
        .filter(|a| others().any(|other| !other.contains(a)))
        .map(String::as_str)
        .collect();
    match own.is_empty() {
        true => String::new(),
        false => format!(", with {}", own.join(" ")),
    }
}

fn hide_mounts(command: &mut Command, hidden: &[String]) {
    let there = hidden.iter().filter(|path| Path::new(path).exists());
    let paths: Vec<_> = there.filter_map(|path| CString::new(path.as_str()).ok()).collect();
    // What it mounts is its own, so that nothing of it is left here if it is ended before it could clear up.
    hide::from(command, paths);
}

/// Runs the command to its end, or ends it with all that it has started.
fn ended(mut command: Command, limit: Duration) -> Ended {
    let since = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ended::Absent,
        Err(error) => return Ended::Failed(error),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let took = since.elapsed();
                // What it has left behind goes with it.
                kill_group(child.id());
                let (said, complained) = said(&mut child);
                return Ended::Exited(status.code(), took, said, complained);
            }
            Ok(None) if since.elapsed() < limit => std::thread::sleep(STEP),
            _ => {
                kill_group(child.id());
                let _ = child.wait();
                return Ended::Late(limit);
            }
        }
    }
}

fn said(child: &mut Child) -> (String, String) {
    let out = child.stdout.take().map(first_piece).unwrap_or_default();
    let err = child.stderr.take().map(first_piece).unwrap_or_default();
    (out, err)
}

/// What is in the pipe. Reading to its end could take for ever: a process left behind may hold it open.
fn first_piece(mut output: impl Read + AsFd) -> String {
    let mut buffer = vec![0; 4096];
    let length = match wait_ready([Some(Interest::Read(output.as_fd().as_raw_fd()))], 0) {
        Ok([true]) => output.read(&mut buffer).unwrap_or(0),
        _ => 0,
    };
    buffer.truncate(length);
    String::from_utf8_lossy(&buffer).into_owned()
}
