//! How a run ended, as reports say it and as an exit code.

use stackwright_spec::report::End;

use crate::error::DriveError;
use crate::supervise::Stop;
use crate::sys::process::Ended;

/// Exit code of a run that reached its time limit, as `timeout(1)` gives it.
const EXIT_TIME_LIMIT: i32 = 124;

/// The end of a run that was stopped from outside.
pub(crate) fn stopped(stop: Stop) -> (End, i32) {
    match stop {
        Stop::TimeLimit => (End::TimedOut, EXIT_TIME_LIMIT),
        Stop::OutputLimit => (End::OutputLimit, 128 + libc::SIGKILL),
        Stop::Interrupted(signal) => (End::Signalled { signal }, 128 + signal),
    }
}

/// The end of a run by that of its process; one that nobody saw end was killed.
pub(crate) fn of_process(process: Option<Ended>, out_of_memory: bool) -> (End, i32) {
    match process.unwrap_or(Ended::Signalled(libc::SIGKILL)) {
        Ended::Signalled(libc::SIGKILL) if out_of_memory => (End::OutOfMemory, 128 + libc::SIGKILL),
        Ended::Signalled(signal) => (End::Signalled { signal }, 128 + signal),
        Ended::Exited(code) => (End::Exited { code }, code),
    }
}

/// Why a run never began: its process ended before, and said so, if it did.
pub(crate) fn before_the_start(process: Option<Ended>, stderr: Option<&str>) -> DriveError {
    let ended = match process {
        Some(Ended::Exited(code)) => format!("its process ended with code {code} before the start"),
        Some(Ended::Signalled(signal)) => format!("its process was ended by signal {signal}"),
        None => "its process is gone".to_owned(),
    };
    let said = stderr.map(str::trim).filter(|text| !text.is_empty());
    DriveError::Runner {
        what: said.map_or(ended.clone(), |said| format!("{ended}: {said}")),
    }
}
