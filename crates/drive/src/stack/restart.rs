//! Runs from their first start to their last.

use std::path::Path;
use std::time::{Duration, Instant};

use stackwright_spec::launch::{CommandLaunch, Restart};
use stackwright_spec::report::{End, RunReport};

use super::place::Place;
use super::run::once;
use crate::cache::Cache;
use crate::error::DriveError;
use crate::io::Io;
use crate::sys::channel::{Interest, wait_ready};
use crate::sys::signal::Watch;

/// The pause before the first further start, which doubles each time, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// After this time a command counts as one that works, so that the pause is the first again.
const WORKS: Duration = Duration::from_secs(10);

/// Runs a command, or a module, under its stack, as often as the launch says; the report is that of the last time.
pub(crate) fn run(
    program: &Path,
    cache: &Cache,
    launch: &CommandLaunch,
    io: Io,
    begun: &mut dyn FnMut(&str),
) -> Result<RunReport, DriveError> {
    let name = launch.argv.first().map_or("", String::as_str);
    let mut place = Place::new(&launch.word, name, launch.keep).map_err(DriveError::host("make the run's folder"))?;
    if launch.restart == Restart::No {
        return once(program, cache, launch, io, begun, &mut place);
    }
    let watch = Watch::start().map_err(DriveError::host("watch for signals"))?;
    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        let report = once(program, cache, launch, io.clone(), begun, &mut place)?;
        if watch.came().is_some() || !again(launch.restart, &report.end, place.record.restarts) {
            return Ok(report);
        }
        if since.elapsed() >= WORKS {
            pause = FIRST_PAUSE;
        }
        let milliseconds = i32::try_from(pause.as_millis()).unwrap_or(i32::MAX);
        wait_ready([Some(Interest::Read(watch.raw()))], milliseconds).map_err(DriveError::host("wait"))?;
        if watch.came().is_some() {
            return Ok(report);
        }
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        place.renew().map_err(DriveError::host("clear the run's folder"))?;
    }
}

/// Whether it is started again. What exceeded a bound on the whole run is not: the bound would be none.
fn again(restart: Restart, end: &End, restarts: u32) -> bool {
    match (restart, end) {
        (_, End::TimedOut | End::OutputLimit) | (Restart::No, _) => false,
        (Restart::Always, _) => true,
        (Restart::OnFailure(_), End::Exited { code: 0 }) => false,
        (Restart::OnFailure(most), _) => most.is_none_or(|most| restarts < most),
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Restart, again};

    #[test]
    fn when_it_is_started_again() {
        let (good, bad) = (End::Exited { code: 0 }, End::Exited { code: 1 });
        for (restart, end, restarts, expected) in [
            (Restart::No, &bad, 0, false),
            (Restart::Always, &good, 9, true),
            (Restart::Always, &End::TimedOut, 0, false),
            (Restart::Always, &End::OutputLimit, 0, false),
            (Restart::OnFailure(None), &good, 0, false),
            (Restart::OnFailure(None), &bad, 1000, true),
            (Restart::OnFailure(None), &End::OutOfMemory, 0, true),
            (Restart::OnFailure(Some(2)), &bad, 1, true),
            (Restart::OnFailure(Some(2)), &bad, 2, false),
        ] {
            assert_eq!(
                again(restart, end, restarts),
                expected,
                "{restart:?} {end:?} {restarts}"
            );
        }
    }
}
