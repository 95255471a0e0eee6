//! What a stack has to refuse, tried inside of it on request. Each trial is made by a child, which then ends.

use std::fs;

use crate::protocol::{Attempt, Enter, Run, Trials};
use crate::sys::process::{self, Ended, Side, clone_into};
use crate::sys::trial;

/// Most processes that a trial starts when nothing stops it.
const MOST: u64 = 4096;

/// Tries everything that the layers of the stack have to refuse.
pub(super) fn run(wanted: &Trials, enter: &Enter) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut note = |of: &str, what: String, refused: bool| {
        attempts.push(Attempt {
            of: of.to_owned(),
            what,
            refused,
        });
    };
    if enter.sandbox.is_some() {
        for (what, error) in [
            ("a descriptor of another process", trial::foreign_descriptor()),
            ("new namespaces", trial::unshare_nothing()),
        ] {
            note(
                "sandbox",
                format!("asking for {what} gave error {error}"),
                error == libc::EPERM,
            );
        }
        // The first process may be this one.
        let others = (std::process::id() != 1).then_some("/proc/1/environ");
        for path in ["/root", "/var"].into_iter().chain(others) {
            let error = trial::open(path);
            note("sandbox", format!("opening {path} gave error {error}"), error != 0);
        }
    }
    // Where a module is run, its process may not start others any more.
    if matches!(enter.run, Run::Module { .. }) && enter.sandbox.is_some() {
        return attempts;
    }
    if let Some(most) = wanted.processes {
        let (what, refused) = match processes(most) {
            Ok(started) => (
                format!("{started} of more than {most} processes could be started"),
                started <= most,
            ),
            Err(error) => (format!("processes could not be counted: {error}"), false),
        };
        note("control-groups", what, refused);
    }
    if let Some(bytes) = wanted.memory_bytes {
        let (what, refused) = memory(bytes);
        note("control-groups", what, refused);
    }
    attempts
}

/// Starts children until one is refused, and ends them; how many there could be.
fn processes(most: u64) -> std::io::Result<u64> {
    let mut children = Vec::new();
    let limit = most.saturating_add(1).min(MOST);
    while u64::try_from(children.len()).unwrap_or(u64::MAX) < limit {
        match clone_into(0) {
            Ok(Side::Child) => {
                // Waits to be ended.
                std::thread::park();
                process::exit_now(0)
            }
            Ok(Side::Parent(pid)) => children.push(pid),
            Err(_) => break,
        }
    }
    let count = u64::try_from(children.len()).unwrap_or(u64::MAX);
    for pid in children {
        process::kill(pid);
        process::wait(pid)?;
    }
    Ok(count)
}

fn memory(bytes: u64) -> (String, bool) {
    match clone_into(0) {
        Ok(Side::Child) => {
            // The first to be ended when the group is out of memory.
            let _ = fs::write("/proc/self/oom_score_adj", "1000");
            let much = usize::try_from(bytes.saturating_add(bytes / 2)).unwrap_or(usize::MAX);
            let mut memory: Vec<u8> = Vec::new();
            if memory.try_reserve_exact(much).is_err() {
                process::exit_now(42);
            }
            // A value that is not zero has to be written, page by page.
            memory.resize(much, 1);
            process::exit_now(i32::from(std::hint::black_box(&memory).len() != much))
        }
        Ok(Side::Parent(pid)) => match process::wait(pid) {
            Ok(Ended::Signalled(libc::SIGKILL)) => {
                (format!("a process that wrote more than {bytes} bytes was ended"), true)
            }
            Ok(Ended::Exited(42)) => (format!("more than {bytes} bytes were refused"), true),
            Ok(ended) => (format!("a process wrote more than {bytes} bytes: {ended:?}"), false),
            Err(error) => (format!("a process could not be awaited: {error}"), false),
        },
        Err(error) => (format!("a process could not be started: {error}"), false),
    }
}
