//! Where this process may make control groups, on version 1, version 2 and hosts that have both.

use std::fs;
use std::path::{Path, PathBuf};

/// The two interfaces of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
}

/// A directory in which groups with some controller can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) version: Version,
    pub(crate) directory: PathBuf,
}

/// Finds the place for groups with the controller (`memory`, `pids`, `cpu`); or says why there is none.
pub(crate) fn locate(controller: &str) -> Result<Place, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    place(&read("/proc/self/mountinfo")?, &read("/proc/self/cgroup")?, controller)
}

/// The same, from the texts of `mountinfo` and `cgroup`.
pub(super) fn place(mounts: &str, groups: &str, controller: &str) -> Result<Place, String> {
    if let Some(directory) = version_1(mounts, groups, controller) {
        return Ok(Place {
            version: Version::V1,
            directory,
        });
    }
    let own = version_2(mounts, groups).ok_or("no control-group hierarchy is mounted")?;
    // A group that holds processes cannot hand controllers to groups below it, so the place is usually beside our own
    // group, in the one above.
    let candidates = [Some(own.as_path()), own.parent()];
    for directory in candidates.into_iter().flatten() {
        if lists(&directory.join("cgroup.subtree_control"), controller) || enable(directory, controller) {
            return Ok(Place {
                version: Version::V2,
                directory: directory.to_owned(),
            });
        }
    }
    Err(format!(
        "the {controller} controller is not delegated to {}",
        own.display()
    ))
}

/// The tightest bound on a process whose control groups these are, as `/proc/PID/cgroup` lists them, and the file that
/// says so: in its group, or in one around it.
pub(crate) fn bound(groups: &str, controller: &str, names: (&str, &str)) -> Option<(u64, PathBuf)> {
    let Place { version, directory } = group(groups, controller)?;
    let name = match version {
        Version::V1 => names.0,
        Version::V2 => names.1,
    };
    let read = |directory: &Path| {
        let file = directory.join(name);
        let value = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
        Some((value, file))
    };
    directory.ancestors().filter_map(read).min()
}

/// The group with the controller of a process whose control groups these are.
pub(super) fn group(groups: &str, controller: &str) -> Option<Place> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let (version, directory) = match version_1(&mounts, groups, controller) {
        Some(directory) => (Version::V1, directory),
        None => (Version::V2, version_2(&mounts, groups)?),
    };
    Some(Place { version, directory })
}

/// The groups around those of a process, in every hierarchy that it is in.
pub(crate) fn around(groups: &str) -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let one = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let has = |mount: &Mount<'_>| match controllers {
            "" => mount.kind == "cgroup2",
            _ => mount.kind == "cgroup" && controllers.split(',').all(|c| mount.options.split(',').any(|o| o == c)),
        };
        let mount = mounts.lines().filter_map(Mount::parse).find(has)?;
        Some(mount.directory_of(path)?.parent()?.to_owned())
    };
    groups.lines().filter_map(one).collect()
}

fn lists(file: &Path, controller: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|list| list.split_whitespace().any(|name| name == controller))
}

fn enable(directory: &Path, controller: &str) -> bool {
    lists(&directory.join("cgroup.controllers"), controller)
        && fs::write(directory.join("cgroup.subtree_control"), format!("+{controller}")).is_ok()
}

/// Directory of our own group in the version 1 hierarchy that has the controller.
fn version_1(mounts: &str, groups: &str, controller: &str) -> Option<PathBuf> {
    let own = groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        controllers.split(',').any(|name| name == controller).then_some(path)
    })?;
    mounts
        .lines()
        .filter_map(Mount::parse)
        .find(|mount| mount.kind == "cgroup" && mount.options.split(',').any(|option| option == controller))?
        .directory_of(own)
}

/// Directory of our own group in the version 2 hierarchy.
fn version_2(mounts: &str, groups: &str) -> Option<PathBuf> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts
        .lines()
        .filter_map(Mount::parse)
        .find(|mount| mount.kind == "cgroup2")?
        .directory_of(own)
}

/// The parts of a line of `mountinfo` that matter here.
struct Mount<'a> {
    /// The group that the mount shows as its top.
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, point) = (before.next()?, before.next()?);
        let mut after = after.split(' ');
        let (kind, options) = (after.next()?, after.nth(1)?);
        Some(Self {
            root,
            point,
            kind,
            options,
        })
    }

    /// Where the group with this path can be seen below the mount.
    fn directory_of(&self, group: &str) -> Option<PathBuf> {
        // In a container the mount may show our own group as its top, or the path may lie outside of it.
        let relative = if self.root == "/" {
            group
        } else {
            group.strip_prefix(self.root).unwrap_or("/")
        };
        let directory = Path::new(self.point).join(relative.trim_start_matches('/'));
        directory.is_dir().then_some(directory)
    }
}
