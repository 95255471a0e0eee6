//! Which layers of a pod are in force, from what is seen of its containers' processes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stackwright_spec::launch::ClusterLaunch;
use stackwright_spec::report::LayerReport;

use super::data::{Gives, RuntimeData, data};
use super::document::{Container, Filter, Part};
use super::images::Image;
use super::podman::Podman;
use super::watch::groups;
use crate::cgroup;
use crate::judge::Marks;
use crate::stack::watch::has_own_root;
use crate::supervise::{Ours, Seen, look_at};

/// A container, and what was seen of it.
#[derive(Debug)]
pub(super) struct Looked<'a> {
    pub(super) container: &'a Container,
    pub(super) image: &'a Image,
    /// The profile that it is to have, as it was written for podman.
    pub(super) profile: Option<PathBuf>,
    /// Its process, or that of its kernel; 0 if podman does not say.
    pub(super) pid: i32,
    seen: Option<Seen>,
    pub(super) groups: String,
    /// The bounds on memory and processes in these, and where they were read.
    bounds: [Option<(u64, PathBuf)>; 2],
    own_root: bool,
    /// The program that the process executes, and its arguments.
    program: PathBuf,
    arguments: Vec<String>,
    /// What podman says of it, and what it told the runtime.
    said: Value,
    told: Value,
}

impl<'a> Looked<'a> {
    /// Looks at a container that was made, or runs.
    pub(super) fn at(
        podman: &Podman,
        name: &str,
        container: &'a Container,
        image: &'a Image,
        profile: Option<PathBuf>,
        ours: &Ours,
    ) -> Result<Self, String> {
        let said = podman.inspect(name)?;
        let pid = said.pointer("/State/Pid").and_then(Value::as_i64).unwrap_or(0);
        let pid = i32::try_from(pid).unwrap_or(0);
        let told = said
            .get("OCIConfigPath")
            .and_then(Value::as_str)
            .and_then(|path| fs::read(path).ok());
        let told = told
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let mut looked = Self {
            container,
            image,
            profile,
            pid,
            seen: None,
            groups: String::new(),
            bounds: [None, None],
            own_root: false,
            program: PathBuf::new(),
            arguments: Vec::new(),
            said,
            told,
        };
        looked.again(ours);
        Ok(looked)
    }

    /// The control groups of its pod, where podman made some that are called so.
    pub(super) fn groups_of_the_pod(&self) -> Vec<PathBuf> {
        let pod = self
            .said
            .get("Pod")
            .and_then(Value::as_str)
            .filter(|pod| !pod.is_empty());
        let mut groups = cgroup::around(&self.groups);
        groups.retain(|group| pod.is_some_and(|pod| group.ends_with(pod)));
        groups
    }

    /// Looks at its process once more.
    pub(super) fn again(&mut self, ours: &Ours) {
        let pid = self.pid;
        if pid <= 0 {
            return;
        }
        self.seen = look_at(pid, ours).ok();
        self.groups = groups(pid);
        self.bounds = cgroup::bounds(&self.groups);
        self.own_root = has_own_root(pid);
        self.program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let arguments = line
            .split(|byte| *byte == 0)
            .map(|a| String::from_utf8_lossy(a).into_owned());
        self.arguments = arguments.filter(|argument| !argument.is_empty()).collect();
    }
}

/// What judging takes besides.
pub(super) struct Judge<'a> {
    pub(super) launch: &'a ClusterLaunch,
    pub(super) runtime: &'a RuntimeData,
    /// Where the runtime is.
    pub(super) program: &'a Path,
}

/// What keeps an operator of the stack from being given here; nothing if podman can.
pub(super) fn lacking(launch: &ClusterLaunch, runtime: &RuntimeData, index: usize) -> Option<String> {
    let symbol = launch.word.get(index)?;
    let gives = data().gives(symbol);
    let inner = launch.word.iter().skip(index + 1);
    let encloses = inner.into_iter().any(|symbol| {
        matches!(
            data().gives(symbol),
            Some(Gives::Container | Gives::Namespaces | Gives::Kernel)
        )
    });
    match gives {
        None => Some(format!("it has nothing that would be {symbol}")),
        Some(Gives::Filter) if encloses => Some("it puts no filter around a runtime".to_owned()),
        Some(Gives::Filter) => {
            let other = launch.filters.iter().find(|field| !data().filters.contains(field))?;
            Some(format!("it does not carry {other} out"))
        }
        Some(Gives::Kernel) if !runtime.kernel => Some("the pod names no class of a kernel in user space".to_owned()),
        Some(_) => None,
    }
}

impl Judge<'_> {
    /// The layers, outermost first.
    pub(super) fn layers(&self, looked: &[Looked<'_>]) -> Vec<LayerReport> {
        let layer = |(index, symbol): (usize, &String)| {
            let mut marks = Marks::default();
            if let Some(lacking) = lacking(self.launch, self.runtime, index) {
                marks.missing(format!("podman: {lacking}"));
            } else if let Some(gives) = data().gives(symbol) {
                for looked in looked {
                    self.container(&mut marks, gives, looked);
                }
            }
            LayerReport {
                operator: symbol.clone(),
                in_force: marks.is_clean(),
                how: marks.into_how(),
            }
        };
        self.launch.word.iter().enumerate().map(layer).collect()
    }

    fn container(&self, marks: &mut Marks, gives: Gives, looked: &Looked<'_>) {
        if looked.container.part == Part::Main {
            return self.layer(marks, gives, looked);
        }
        // Of the others only what is missing is told in full.
        let mut own = Marks::default();
        self.layer(&mut own, gives, looked);
        let name = &looked.container.name;
        if own.is_clean() {
            return marks.seen(format!("the same of the container {name}"));
        }
        for how in own.into_how() {
            marks.missing(format!("{name}: {how}"));
        }
    }

    fn layer(&self, marks: &mut Marks, gives: Gives, looked: &Looked<'_>) {
        let Some(seen) = &looked.seen else {
            return marks.missing("its process could not be looked at");
        };
        match gives {
            Gives::Image => image(marks, looked),
            Gives::Container => {
                self.namespaces(marks, looked, seen);
                groups_of(marks, looked);
                root(marks, looked, seen, self.runtime.kernel);
                if seen.status.seccomp_mode == Some(2) && looked.container.filter == Filter::None {
                    marks.seen("podman puts its own filter around it as well, though its document asks for none");
                }
                marks.seen(format!("by podman with {}", self.program.display()));
            }
            Gives::Namespaces => self.namespaces(marks, looked, seen),
            Gives::ControlGroups => groups_of(marks, looked),
            Gives::Overlay => root(marks, looked, seen, self.runtime.kernel),
            Gives::Filter => self.filter(marks, looked, seen),
            Gives::Kernel => self.kernel(marks, looked),
        }
    }

    fn namespaces(&self, marks: &mut Marks, looked: &Looked<'_>, seen: &Seen) {
        for namespace in &seen.namespaces {
            match namespace.kind {
                // A kernel in user space keeps its processes' numbers itself.
                "pid" if self.runtime.kernel => marks.seen("the kernel in user space keeps its processes apart"),
                kind => marks.namespace(namespace, !["user", "cgroup"].contains(&kind)),
            }
        }
        marks.require(
            looked.own_root,
            "a root of its own",
            "its root is the host's, or could not be seen",
        );
        marks.loopback_alone(seen);
        if self.runtime.kernel {
            return rights_told(marks, looked);
        }
        marks.require(
            seen.status.innermost_pid == Some(1),
            format!("process {} here is process 1 inside", seen.pid),
            "it is not the first process inside",
        );
        rights(marks, looked.container, seen);
    }

    fn filter(&self, marks: &mut Marks, looked: &Looked<'_>, seen: &Seen) {
        let told = looked.told.pointer("/linux/seccomp");
        let names = |profile: &Value| -> BTreeSet<String> {
            let rules = profile.get("syscalls").and_then(Value::as_array).into_iter().flatten();
            let names = rules.filter_map(|rule| rule.get("names")?.as_array()).flatten();
            names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let default = |profile: &Value| {
            profile
                .get("defaultAction")
                .and_then(Value::as_str)
                .unwrap_or("?")
                .to_owned()
        };
        let Some(told) = told else {
            return marks.missing("the runtime was told no filter");
        };
        let (given, action) = (names(told), default(told));
        match (&looked.container.filter, &looked.profile) {
            (Filter::Profile(path), Some(file)) => {
                let profile: Value = fs::read(file)
                    .ok()
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                    .unwrap_or_default();
                let same = default(&profile) == action && given == names(&profile);
                marks.require(
                    same,
                    format!(
                        "the filter is that of {path}: {action} but for {} system calls",
                        given.len()
                    ),
                    format!("the filter that the runtime was told is not that of {path}"),
                );
            }
            (Filter::Profile(path), None) => marks.missing(format!("there is no profile {path}")),
            _ => marks.seen(format!(
                "the filter is podman's own: {action} but for {} system calls",
                given.len()
            )),
        }
        if self.runtime.kernel {
            let applies = &self.runtime.applies;
            return marks.require(
                looked.arguments.contains(applies),
                format!("the kernel in user space was started with {applies}"),
                format!("the kernel in user space was not started with {applies}"),
            );
        }
        marks.require(
            seen.status.seccomp_mode == Some(2),
            format!("Seccomp 2, filters: {}", seen.status.seccomp_filters.unwrap_or(0)),
            "no system-call filter was seen",
        );
        marks.require(
            seen.status.no_new_privileges == Some(true),
            "NoNewPrivs 1: none can be gained",
            "NoNewPrivs is not set, or could not be seen",
        );
    }

    /// The process that podman has for the container is a kernel's, for this container.
    fn kernel(&self, marks: &mut Marks, looked: &Looked<'_>) {
        let own = fs::canonicalize(self.program).unwrap_or_default();
        let id = looked.said.get("Id").and_then(Value::as_str).unwrap_or("?");
        let is_it = looked.program == own && looked.arguments.last().is_some_and(|last| last == id);
        marks.require(
            is_it,
            format!(
                "process {} is {}, started for the container {id} alone: its system calls are answered there",
                looked.pid,
                own.display()
            ),
            format!("process {} is not {}", looked.pid, own.display()),
        );
    }
}

fn image(marks: &mut Marks, looked: &Looked<'_>) {
    let text = |key: &str| looked.said.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = &looked.container.image;
    marks.require(
        text("Image") == looked.image.id && !looked.image.id.is_empty(),
        format!("the container is of the image {}", looked.image.id),
        format!("the container is of another image than {}", looked.image.id),
    );
    match name.split_once('@') {
        Some((_, digest)) => marks.require(
            looked.image.digests.iter().any(|known| known == digest),
            format!("which has the digest {digest}"),
            format!("which does not have the digest {digest}"),
        ),
        None => marks.seen(format!(
            "{name} is named by a tag; here it has the digest {}",
            text("ImageDigest")
        )),
    }
}

fn groups_of(marks: &mut Marks, looked: &Looked<'_>) {
    let [memory, processes] = &looked.bounds;
    match (looked.container.memory_bytes, memory) {
        (Some(wanted), Some((value, file))) => marks.require(
            *value <= wanted,
            format!(
                "memory limit {value} of process {}, read back from {}",
                looked.pid,
                file.display()
            ),
            format!("memory limit {value} in {}, wanted {wanted}", file.display()),
        ),
        (Some(wanted), None) => marks.missing(format!("no memory limit was seen, wanted {wanted}")),
        (None, _) => marks.seen("its document sets no memory limit"),
    }
    match processes {
        Some((value, file)) => marks.seen(format!("process limit {value}, read from {}", file.display())),
        None => marks.seen("no process limit: documents cannot set one, and nodes set their own"),
    }
}

fn root(marks: &mut Marks, looked: &Looked<'_>, seen: &Seen, kernel: bool) {
    let told = looked.told.pointer("/root/readonly").and_then(Value::as_bool) == Some(true);
    let mount = seen.mounts.iter().rev().find(|mount| mount.point == "/");
    match (looked.container.read_only, kernel) {
        (true, true) => marks.require(
            told,
            "the kernel in user space was told to keep its root from being written",
            "the kernel in user space was not told to keep its root from being written",
        ),
        (true, false) => marks.require(
            mount.is_some_and(|mount| mount.read_only),
            "its root cannot be written",
            "its root was not seen to be read-only",
        ),
        (false, true) => marks.seen("changes to its files stay in podman's copy of the image"),
        (false, false) => marks.seen(format!(
            "changes to its files stay in podman's copy of the image ({})",
            mount.map_or("?", |mount| &mount.kind)
        )),
    }
}

fn rights(marks: &mut Marks, container: &Container, seen: &Seen) {
    let status = &seen.status;
    let (effective, bounding) = (status.effective_capabilities, status.bounding_capabilities);
    if container.adds.is_empty() {
        marks.require(
            container.drops_all && effective == Some(0) && bounding == Some(0),
            "CapEff 0, CapBnd 0: no capabilities",
            "it has capabilities, or they could not be seen",
        );
    } else {
        let few = bounding.is_some_and(|set| set.count_ones() as usize <= container.adds.len());
        marks.require(
            container.drops_all && few,
            format!(
                "no capabilities but those that its document adds: {}",
                container.adds.join(", ")
            ),
            "it has more capabilities than its document adds, or they could not be seen",
        );
    }
    marks.require(
        status.no_new_privileges == Some(true),
        "NoNewPrivs 1: none can be gained",
        "NoNewPrivs is not set, or could not be seen",
    );
    let user = status
        .effective_user
        .map_or("unknown".to_owned(), |user| user.to_string());
    let said = format!("user {user} outside; users inside, outside, count: {}", seen.user_map);
    // Root in a user namespace is somebody else outside, and still root inside.
    let root = status
        .effective_user
        .is_none_or(|user| inside(user, &seen.user_map) == 0);
    marks.require(
        !container.not_root || !root,
        said,
        format!("it is root inside: user {user} outside"),
    );
}

/// A user outside as they are inside, by the map of the namespace; 0 if it is not known.
fn inside(user: u32, map: &str) -> u64 {
    let numbers: Vec<u64> = map
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let user = u64::from(user);
    let found = numbers.chunks_exact(3).find_map(|range| match range {
        [inner, outer, count] if (*outer..outer.saturating_add(*count)).contains(&user) => {
            Some(inner.saturating_add(user - outer))
        }
        _ => None,
    });
    found.unwrap_or(0)
}

/// What a kernel in user space was told of its workload's rights, as they are not those of the kernel's own process.
fn rights_told(marks: &mut Marks, looked: &Looked<'_>) {
    let told = |path: &str| looked.told.pointer(path);
    let set = |name: &str| {
        let set = told(&format!("/process/capabilities/{name}")).and_then(Value::as_array);
        set.map_or(0, Vec::len)
    };
    let most = ["effective", "permitted", "bounding", "inheritable", "ambient"]
        .map(set)
        .into_iter()
        .max();
    marks.require(
        looked.container.drops_all && most <= Some(looked.container.adds.len()),
        "the kernel in user space was told to give it no capabilities but those of its document",
        "the kernel in user space was told to give it capabilities",
    );
    marks.require(
        told("/process/noNewPrivileges") == Some(&true.into()),
        "and that none can be gained",
        "and not that none can be gained",
    );
    let user = told("/process/user/uid").and_then(Value::as_u64);
    marks.require(
        !looked.container.not_root || user.is_some_and(|user| user != 0),
        format!(
            "it is user {} inside",
            user.map_or("?".to_owned(), |user| user.to_string())
        ),
        "it is root inside",
    );
}
