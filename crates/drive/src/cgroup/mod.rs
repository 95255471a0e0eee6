//! Control groups of a run: made before it, removed after it, however it ends.

mod locate;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use locate::Place;
use locate::bound;
pub(crate) use locate::{Version, around, locate};

use crate::sys::process::{self, Pid};

/// Names of our groups start so; the id of the process that made the group follows.
const PREFIX: &str = "stackwright-";

/// How long a group without a living maker is left alone before it is taken for a remnant.
const REMNANT_AGE: Duration = Duration::from_secs(60);

/// One group, in one hierarchy. Dropping it ends what still runs in it and removes it.
#[derive(Debug)]
pub(crate) struct Group {
    version: Version,
    directory: PathBuf,
}

impl Group {
    /// Makes a group with the controller.
    pub(crate) fn with(controller: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let place = locate(controller)?;
        remove_remnants(&place);
        let unique = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = place.directory.join(format!("{PREFIX}{}-{unique}", std::process::id()));
        fs::create_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        Ok(Self {
            version: place.version,
            directory,
        })
    }

    /// Bounds its memory and returns what the kernel says the bound is now, and where it says so.
    pub(crate) fn limit_memory(&self, bytes: u64) -> Result<(u64, PathBuf), String> {
        let value = bytes.to_string();
        let file = match self.version {
            Version::V1 => "memory.limit_in_bytes",
            Version::V2 => "memory.max",
        };
        let seen = self.set(file, &value)?;
        // Without swap the bound is a bound. These files exist only where swap is accounted.
        let swap = match self.version {
            Version::V1 => ("memory.memsw.limit_in_bytes", value.as_str()),
            Version::V2 => ("memory.swap.max", "0"),
        };
        let _ = self.set(swap.0, swap.1);
        Ok(seen)
    }

    /// Bounds its number of processes and threads, as [`Group::limit_memory`] does.
    pub(crate) fn limit_processes(&self, count: u64) -> Result<(u64, PathBuf), String> {
        self.set("pids.max", &count.to_string())
    }

    /// Bounds its processor time to a share of one processor, in percent, and returns what the kernel says now.
    pub(crate) fn limit_cpu(&self, percent: u64) -> Result<String, String> {
        const PERIOD_US: u64 = 100_000;
        let quota = PERIOD_US * percent / 100;
        let (file, value) = match self.version {
            Version::V1 => ("cpu.cfs_quota_us", quota.to_string()),
            Version::V2 => ("cpu.max", format!("{quota} {PERIOD_US}")),
        };
        self.write(file, &value)?;
        self.read(file)
            .map(|seen| format!("{file} {}", seen.trim()))
            .ok_or_else(|| format!("{file} cannot be read"))
    }

    /// The file that a process writes `0` to in order to join.
    pub(crate) fn join_file(&self) -> PathBuf {
        join_file(self.version, &self.directory)
    }

    /// Its folder.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Ids of the processes in it.
    pub(crate) fn processes(&self) -> Vec<Pid> {
        let list = self.read("cgroup.procs").unwrap_or_default();
        list.lines().filter_map(|line| line.trim().parse().ok()).collect()
    }

    /// How many processes the kernel ended because the group was out of memory.
    pub(crate) fn out_of_memory_kills(&self) -> u64 {
        let file = match self.version {
            Version::V1 => "memory.oom_control",
            Version::V2 => "memory.events",
        };
        let events = self.read(file).unwrap_or_default();
        events
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
            .unwrap_or(0)
    }

    /// The most memory that it used, in bytes.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let file = match self.version {
            Version::V1 => "memory.max_usage_in_bytes",
            Version::V2 => "memory.peak",
        };
        self.read(file)?.trim().parse().ok()
    }

    fn set(&self, file: &str, value: &str) -> Result<(u64, PathBuf), String> {
        self.write(file, value)?;
        let path = self.directory.join(file);
        let seen = self.read(file).and_then(|seen| seen.trim().parse().ok());
        Ok((
            seen.ok_or_else(|| format!("{} cannot be read back", path.display()))?,
            path,
        ))
    }

    fn write(&self, file: &str, value: &str) -> Result<(), String> {
        let path = self.directory.join(file);
        fs::write(&path, value).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.directory.join(file)).ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        remove_group(&self.directory);
    }
}

/// The tightest bounds on memory and on processes of a process whose groups these are, and which files say so.
pub(crate) fn bounds(groups: &str) -> [Option<(u64, PathBuf)>; 2] {
    [
        bound(groups, "memory", ("memory.limit_in_bytes", "memory.max")),
        bound(groups, "pids", ("pids.max", "pids.max")),
    ]
}

/// The groups for memory and processes of a process whose groups these are.
pub(crate) fn directories(groups: &str) -> Vec<PathBuf> {
    let places = ["memory", "pids"]
        .into_iter()
        .filter_map(|controller| locate::group(groups, controller));
    let mut directories: Vec<PathBuf> = places.map(|place| place.directory).collect();
    directories.dedup();
    directories
}

/// The files by which a process joins the groups for memory and processes of another, whose groups these are.
pub(crate) fn join_files(groups: &str) -> Vec<PathBuf> {
    let places = ["memory", "pids"]
        .into_iter()
        .filter_map(|controller| locate::group(groups, controller));
    let mut files: Vec<PathBuf> = places.map(|place| join_file(place.version, &place.directory)).collect();
    files.dedup();
    files
}

fn join_file(version: Version, directory: &Path) -> PathBuf {
    directory.join(match version {
        // Moving one thread needs no lock over all processes of the host, which can take milliseconds; and
        // whoever joins has one thread.
        Version::V1 => "tasks",
        Version::V2 => "cgroup.procs",
    })
}

/// What the first of the groups counts that has one of these files.
pub(crate) fn count(groups: &[PathBuf], files: [&str; 2]) -> Option<u64> {
    let paths = groups.iter().flat_map(|group| files.map(|file| group.join(file)));
    paths
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok())
}

/// Nanoseconds of processor time that the groups count, as only those of the second version always do.
pub(crate) fn processor_ns(groups: &[PathBuf]) -> Option<u64> {
    groups.iter().find_map(|group| {
        let counted = fs::read_to_string(group.join("cpu.stat")).ok()?;
        let line = counted.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
        line.trim().parse::<u64>().ok()?.checked_mul(1_000)
    })
}

/// Ends what runs in a group of ours and in the groups inside of it, and removes them.
pub(crate) fn remove_group(directory: &Path) {
    let ours = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
    };
    if !ours(directory) {
        return;
    }
    // The kernel may still be letting go of a process that has ended.
    for attempt in 0..50_u64 {
        let groups = with_groups_inside(directory);
        let mut busy = false;
        for group in groups.iter().rev() {
            let list = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            for pid in list.lines().filter_map(|line| line.trim().parse().ok()) {
                process::kill(pid);
            }
            let removed = fs::remove_dir(group);
            busy |= removed.is_err_and(|error| error.kind() == io::ErrorKind::ResourceBusy);
        }
        if !busy {
            return;
        }
        std::thread::sleep(Duration::from_millis(1 + attempt));
    }
}

/// The group and those inside of it, outer ones first.
fn with_groups_inside(directory: &Path) -> Vec<PathBuf> {
    let mut groups = vec![directory.to_owned()];
    let mut at = 0;
    while let Some(group) = groups.get(at).cloned() {
        let entries = fs::read_dir(group).into_iter().flatten().flatten();
        groups.extend(
            entries
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|e| e.path()),
        );
        at += 1;
    }
    groups
}

/// Removes all groups whose maker is gone, with what still runs in them, and returns them.
pub(crate) fn remove_left() -> Vec<PathBuf> {
    let mut removed = Vec::new();
    for controller in ["memory", "pids", "cpu"] {
        let Ok(place) = locate(controller) else { continue };
        for entry in fs::read_dir(&place.directory).into_iter().flatten().flatten() {
            if maker_is_gone(&entry.file_name().to_string_lossy()) {
                remove_group(&entry.path());
                removed.push(entry.path());
            }
        }
    }
    removed
}

fn maker_is_gone(name: &str) -> bool {
    let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
    maker.is_some_and(|maker| maker.parse::<u32>().is_ok() && !Path::new("/proc").join(maker).exists())
}

/// Removes groups whose maker was killed before it could. Only empty ones can be removed at all.
fn remove_remnants(place: &Place) {
    let Ok(entries) = fs::read_dir(&place.directory) else {
        return;
    };
    for entry in entries.flatten() {
        if is_remnant(&entry.file_name().to_string_lossy(), &entry.path()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn is_remnant(name: &str, path: &Path) -> bool {
    let old = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|made| {
            SystemTime::now()
                .duration_since(made)
                .is_ok_and(|age| age > REMNANT_AGE)
        });
    old && maker_is_gone(name)
}
