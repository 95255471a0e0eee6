//! Runtimes of others, on PATH.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use stackwright_spec::host::Capability;

use super::data::{RuntimeData, data};
use crate::sys::channel::{Interest, wait_ready};
use crate::sys::process::kill_group;

/// How long a program may take to tell its version, from its start.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How often a program that has not answered is looked at.
const STEP: Duration = Duration::from_millis(5);

/// Programs that were asked for their version.
pub(super) struct Asked {
    since: Instant,
    programs: Vec<(&'static RuntimeData, std::io::Result<Child>)>,
}

/// Starts all of them.
pub(super) fn start() -> Asked {
    let ask = |runtime: &'static RuntimeData| {
        let child = Command::new(&runtime.name)
            .args(&runtime.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        (runtime, child)
    };
    Asked {
        since: Instant::now(),
        programs: data().runtimes.iter().map(ask).collect(),
    }
}

impl Asked {
    /// Collects the answers and ends what has not answered.
    pub(super) fn finish(self) -> Vec<Capability> {
        let since = self.since;
        self.programs
            .into_iter()
            .map(|(runtime, child)| {
                let (ok, detail) = match child {
                    Ok(mut child) => answer(&mut child, since),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => (false, "not on PATH".to_owned()),
                    Err(error) => (false, format!("cannot be started: {error}")),
                };
                let remedy = (!ok).then(|| runtime.remedy.clone());
                Capability {
                    name: runtime.name.clone(),
                    ok,
                    detail,
                    remedy,
                }
            })
            .collect()
    }
}

fn answer(child: &mut Child, since: Instant) -> (bool, String) {
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if since.elapsed() < PATIENCE => std::thread::sleep(STEP),
            _ => {
                kill_group(child.id());
                let _ = child.wait();
                return (false, format!("no version within {} ms", PATIENCE.as_millis()));
            }
        }
    };
    let text = child.stdout.take().map(first_piece).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    match (status.success(), first) {
        (true, Some(version)) => (true, version.to_owned()),
        (true, None) => (false, "it started but told no version".to_owned()),
        (false, _) => (false, format!("it started but failed: {status}")),
    }
}

/// What is in the pipe. Reading to its end could take for ever: a process left behind may hold it open.
fn first_piece(mut output: ChildStdout) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let length = match wait_ready([Some(Interest::Read(output.as_raw_fd()))], 0) {
        Ok([true]) => output.read(&mut buffer).unwrap_or(0),
        _ => 0,
    };
    buffer.truncate(length);
    buffer
}
