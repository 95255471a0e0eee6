//! What runs that go on use: counted by their control groups where these count it, else summed up over their processes.

use std::collections::BTreeMap;
use std::fs;

use serde::Serialize;

use super::place::Known;
use super::runs::{all, one, state};
use crate::cgroup;
use crate::error::DriveError;
use crate::supervise::memory_peak;
use crate::sys::clock::tick_ns;

/// What a run uses. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Name of the run.
    pub id: String,
    /// Nanoseconds of processor time: of its control group, else of its living processes and of those that these waited for.
    pub processor_ns: Option<u64>,
    /// Bytes of memory now: of its control group, else the resident sets of its processes, which count shared pages each
    /// time.
    pub memory_bytes: Option<u64>,
    /// The most bytes of memory so far: of its control group, else the sum of the most of each living process.
    pub memory_peak_bytes: Option<u64>,
    /// Processes and threads now: of its control group, which also counts the process that made a container, else its
    /// threads.
    pub tasks: Option<u64>,
    /// Bytes that its living processes have read by system calls, from whatever it was.
    pub read_bytes: Option<u64>,
    /// Bytes that they have written.
    pub written_bytes: Option<u64>,
}

/// What runs use: those with these names, or all that go on.
///
/// # Errors
///
/// There is no run of such a name, or it has ended; or the folder of runs cannot be read.
pub fn stats(ids: &[String]) -> Result<Vec<Stats>, DriveError> {
    let runs = match ids {
        [] => all()?.into_iter().filter(|run| state(run) == "running").collect(),
        ids => ids.iter().map(|id| going_on(id)).collect::<Result<Vec<_>, _>>()?,
    };
    Ok(runs.iter().map(of).collect())
}

fn going_on(id: &str) -> Result<Known, DriveError> {
    let run = one(id)?;
    match state(&run) {
        "running" => Ok(run),
        _ => Err(DriveError::Unsupported {
            what: format!("{id} does not go on, so it uses nothing"),
            help: "what it has used is in its report".to_owned(),
        }),
    }
}

fn of(run: &Known) -> Stats {
    let record = &run.record;
    let groups = &record.groups;
    let tasks = tasks(record.supervisor);
    let sum = |count: fn(&Task) -> Option<u64>| -> Option<u64> {
        let counted: Vec<u64> = tasks.iter().filter_map(count).collect();
        (!counted.is_empty()).then(|| counted.iter().fold(0_u64, |all, one| all.saturating_add(*one)))
    };
    Stats {
        id: record.id.clone(),
        processor_ns: cgroup::processor_ns(groups).or_else(|| sum(|task| Some(task.processor_ns))),
        memory_bytes: cgroup::count(groups, ["memory.usage_in_bytes", "memory.current"])
            .or_else(|| sum(|task| task.status("VmRSS:")?.checked_mul(1024))),
        memory_peak_bytes: cgroup::count(groups, ["memory.max_usage_in_bytes", "memory.peak"])
            .or_else(|| sum(|task| memory_peak(task.pid))),
        tasks: cgroup::count(groups, ["pids.current"; 2]).or_else(|| sum(|task| task.status("Threads:"))),
        read_bytes: sum(|task| task.io("rchar:")),
        written_bytes: sum(|task| task.io("wchar:")),
    }
}

/// A living process of a run.
struct Task {
    pid: i32,
    processor_ns: u64,
}

impl Task {
    fn status(&self, name: &str) -> Option<u64> {
        number(&format!("/proc/{}/status", self.pid), name)
    }

    fn io(&self, name: &str) -> Option<u64> {
        number(&format!("/proc/{}/io", self.pid), name)
    }
}

/// The number after a name at the beginning of a line.
fn number(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processes below a run's supervisor, in the order of their numbers.
fn tasks(supervisor: u32) -> Vec<Task> {
    let mut children: BTreeMap<i32, Vec<Task>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some((parent, processor_ns)) = parse(&stat) {
            children.entry(parent).or_default().push(Task { pid, processor_ns });
        }
    }
    let mut found = Vec::new();
    let mut open = vec![i32::try_from(supervisor).unwrap_or(-1)];
    while let Some(parent) = open.pop() {
        // Taken out, so that each is visited once whatever the numbers say.
        for task in children.remove(&parent).unwrap_or_default() {
            open.push(task.pid);
            found.push(task);
        }
    }
    found.sort_by_key(|task| task.pid);
    found
}

/// The parent, and the processor time of the process and of the children that it waited for, in nanoseconds; see proc(5).
fn parse(stat: &str) -> Option<(i32, u64)> {
    // After the name, which may contain anything, the state is the third field.
    let (_, after) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3);
    let parent = field(4)?.parse().ok()?;
    let mut ticks = 0_u64;
    for number in 14..=17 {
        // The last two can be negative by a fault of old kernels.
        ticks = ticks.saturating_add(field(number)?.parse().unwrap_or(0));
    }
    Some((parent, ticks.saturating_mul(tick_ns())))
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
