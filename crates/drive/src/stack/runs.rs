//! The runs of this user: which there are, their output, ending and removing them, and what killed ones left behind.

use std::fs;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::place::{Known, Record, known};
use super::run::LOG;
use crate::cgroup;
use crate::doctor;
use crate::error::DriveError;
use crate::sys::process;

/// How often a run that was asked to end is looked at.
const STEP: Duration = Duration::from_millis(20);

/// A run and whether it lives.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Run {
    /// What is known of it.
    #[serde(flatten)]
    pub record: Record,
    /// `running`, `ended`, or `left` if its supervisor was killed.
    pub state: &'static str,
    /// Bytes of memory that its control group counts now.
    pub memory_bytes: Option<u64>,
    /// Processes and threads that its control group counts now.
    pub processes: Option<u64>,
}

pub(super) fn state(known: &Known) -> &'static str {
    match (&known.free, known.record.exit_code) {
        (None, _) => "running",
        (Some(_), Some(_)) => "ended",
        (Some(_), None) => "left",
    }
}

pub(super) fn all() -> Result<Vec<Known>, DriveError> {
    known().map_err(DriveError::host("read the folders of runs"))
}

pub(super) fn one(id: &str) -> Result<Known, DriveError> {
    let found = all()?.into_iter().find(|known| known.record.id == id);
    found.ok_or_else(|| DriveError::NoRun { id: id.to_owned() })
}

/// All runs of this user.
///
/// # Errors
///
/// The folder of runs cannot be read.
pub fn runs() -> Result<Vec<Run>, DriveError> {
    let run = |known: Known| Run {
        state: state(&known),
        memory_bytes: cgroup::count(&known.record.groups, ["memory.usage_in_bytes", "memory.current"]),
        processes: cgroup::count(&known.record.groups, ["pids.current"; 2]),
        record: known.record,
    };
    Ok(all()?.into_iter().map(run).collect())
}

/// What a kept run has written so far.
///
/// # Errors
///
/// There is no such run, or its output was not kept.
pub fn logs(id: &str) -> Result<Vec<u8>, DriveError> {
    let mut output = Vec::new();
    fs::File::open(one(id)?.directory.join(LOG))
        .and_then(|mut file| file.read_to_end(&mut output))
        .map_err(DriveError::host("read the run's output (runs keep it with --keep)"))?;
    Ok(output)
}

/// Hands on what a kept run writes, from its beginning, until it has ended or nobody takes it.
///
/// # Errors
///
/// There is no such run, or its output was not kept.
pub fn follow(id: &str, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), DriveError> {
    let failed = DriveError::host("read the run's output (runs keep it with --keep)");
    let mut read = || -> io::Result<()> {
        let mut file = fs::File::open(one(id).map_err(io::Error::other)?.directory.join(LOG))?;
        let mut piece = vec![0; 64 << 10];
        loop {
            // Asked before the last piece is read, so that nothing is missed.
            let ended = one(id).map_or(true, |known| known.free.is_some());
            loop {
                match file.read(&mut piece)? {
                    0 => break,
                    length if !take(piece.get(..length).unwrap_or_default()) => return Ok(()),
                    _ => {}
                }
            }
            if ended {
                return Ok(());
            }
            std::thread::sleep(STEP);
        }
    };
    one(id)?;
    read().map_err(failed)
}

/// Asks a run to end, waits for it, and ends it after `patience`.
///
/// # Errors
///
/// There is no such run.
pub fn stop(id: &str, patience: Duration) -> Result<(), DriveError> {
    let known = one(id)?;
    if known.free.is_some() {
        return clean_up(known);
    }
    // Its supervisor holds the lock, so the number is still its own.
    let supervisor = i32::try_from(known.record.supervisor).unwrap_or(0);
    process::signal(supervisor, libc::SIGTERM);
    let since = Instant::now();
    let mut killed = false;
    loop {
        match one(id) {
            Err(DriveError::NoRun { .. }) => return Ok(()),
            Ok(known) if known.free.is_some() => return clean_up(known),
            _ if !killed && since.elapsed() > patience => {
                process::signal(supervisor, libc::SIGKILL);
                killed = true;
            }
            _ => std::thread::sleep(STEP),
        }
    }
}

/// Removes the folder of a run that has ended.
///
/// # Errors
///
/// There is no such run, or it still runs.
pub fn remove(id: &str) -> Result<(), DriveError> {
    let known = one(id)?;
    if known.free.is_none() {
        return Err(DriveError::Unsupported {
            what: format!("{id} still runs"),
            help: format!("end it first: `stackwright stop {id}`"),
        });
    }
    clean_up(known)?;
    match one(id) {
        Ok(known) => fs::remove_dir_all(known.directory).map_err(DriveError::host("remove the run's folder")),
        Err(_) => Ok(()),
    }
}

/// Takes away what runs left whose supervisor was killed: containers, processes, control groups, folders;
/// and the folders of trials. Returns what was taken away.
///
/// # Errors
///
/// The folder of runs cannot be read.
pub fn collect_garbage() -> Result<Vec<String>, DriveError> {
    let mut taken = Vec::new();
    for known in all()?.into_iter().filter(|known| state(known) == "left") {
        let record = &known.record;
        taken.push(format!(
            "{}: {} containers, {} control groups",
            record.id,
            record.containers.len(),
            record.groups.len()
        ));
        clean_up(known)?;
    }
    let others = cgroup::remove_left().into_iter().chain(doctor::remove_left());
    taken.extend(others.map(|path| path.display().to_string()));
    Ok(taken)
}

/// Takes away what is left of a run that nobody watches over; the folder too, unless it ended by itself.
fn clean_up(known: Known) -> Result<(), DriveError> {
    let left = state(&known) == "left";
    for call in &known.record.containers {
        if let Some((program, arguments)) = call.split_first() {
            let deleted = Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            match deleted {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(DriveError::host("delete a container")(error)),
            }
        }
    }
    for group in &known.record.groups {
        cgroup::remove_group(group);
    }
    if left {
        fs::remove_dir_all(&known.directory).map_err(DriveError::host("remove the run's folder"))?;
    }
    Ok(())
}
