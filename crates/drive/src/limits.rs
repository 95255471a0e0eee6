//! The bounds of a run on memory and processes, and by what they are kept.

use std::path::PathBuf;

use stackwright_spec::launch::Limits;
use stackwright_spec::report::{Finding, Severity};

use crate::cgroup::Group;
use crate::sys::process::Pid;

/// The control groups of a run, as far as the host allows them, and what keeps the rest.
#[derive(Debug, Default)]
pub(crate) struct Limited {
    /// The bound on memory, which the engine keeps in any case.
    pub(crate) memory_bytes: u64,
    /// The bound on processes and threads of a group.
    pub(crate) tasks: u64,
    memory: Option<Bound>,
    processes: Option<Bound>,
    /// Why there is no group for something.
    refused: Vec<String>,
}

/// A bound that a control group keeps.
#[derive(Debug)]
struct Bound {
    group: Group,
    /// What the kernel said when asked for the bound, and in which file.
    read_back: (u64, PathBuf),
}

impl Limited {
    /// Only by the engine and the kernel's per-process limits: the stack asks for no container.
    pub(crate) fn without_groups(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            ..Self::default()
        }
    }

    /// In control groups where the host allows them.
    pub(crate) fn with_groups(limits: &Limits) -> Self {
        let mut refused = Vec::new();
        let mut keep =
            |what: &str, bound: Result<Bound, String>| bound.map_err(|why| refused.push(format!("{what}: {why}"))).ok();
        let memory = keep(
            "memory",
            bound("memory", |group| group.limit_memory(limits.memory_bytes)),
        );
        let processes = keep(
            "processes",
            bound("pids", |group| group.limit_processes(limits.processes)),
        );
        Self {
            memory_bytes: limits.memory_bytes,
            tasks: limits.processes,
            memory,
            processes,
            refused,
        }
    }

    /// The files that the workload's process joins its groups by.
    pub(crate) fn join_files(&self) -> Vec<PathBuf> {
        self.bounds().map(|bound| bound.group.join_file()).collect()
    }

    /// The folders of its groups.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        self.bounds().map(|bound| bound.group.directory().to_owned()).collect()
    }

    /// The bound on private memory that the kernel keeps for the one process, where no group does.
    pub(crate) fn data_bytes(&self) -> Option<u64> {
        self.memory.is_none().then_some(self.memory_bytes)
    }

    /// Each bound that is in force for the process, as it was read back.
    pub(crate) fn how(&self, pid: Pid) -> Vec<String> {
        let line = |what: &str, bound: &Option<Bound>| {
            let Bound {
                group,
                read_back: (value, file),
            } = bound.as_ref()?;
            let member = group.processes().contains(&pid);
            let joined = if member {
                "it is in this group"
            } else {
                "it is NOT in this group"
            };
            Some(format!(
                "{what} limit {value}, read back from {}; {joined}",
                file.display()
            ))
        };
        let mut how: Vec<String> = [line("memory", &self.memory), line("process", &self.processes)]
            .into_iter()
            .flatten()
            .collect();
        if self.memory.is_none() {
            how.push(format!(
                "no control group for memory: bounded to {} bytes by RLIMIT_DATA",
                self.memory_bytes
            ));
        }
        if self.processes.is_none() {
            how.push("no control group for processes: bounded by RLIMIT_NPROC".to_owned());
        }
        how
    }

    /// What of the bounds is not kept as one might expect.
    pub(crate) fn findings(&self, not_joined: &[String]) -> Vec<Finding> {
        let warning = |what| Finding {
            severity: Severity::Warning,
            r#where: "control groups".to_owned(),
            what,
        };
        let refused = self.refused.iter().map(|why| {
            warning(format!(
                "no control group for {why}; the limit is kept per process and by the engine instead"
            ))
        });
        let not_joined = not_joined
            .iter()
            .map(|what| warning(format!("a control group could not be joined: {what}")));
        refused.chain(not_joined).collect()
    }

    /// Whether the kernel ended a process because of the memory bound.
    pub(crate) fn out_of_memory(&self) -> bool {
        self.memory
            .as_ref()
            .is_some_and(|bound| bound.group.out_of_memory_kills() > 0)
    }

    /// The most memory that the group used, in bytes.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.memory.as_ref()?.group.peak_memory()
    }

    fn bounds(&self) -> impl Iterator<Item = &Bound> {
        [&self.memory, &self.processes].into_iter().flatten()
    }
}

fn bound(controller: &str, set: impl FnOnce(&Group) -> Result<(u64, PathBuf), String>) -> Result<Bound, String> {
    let group = Group::with(controller)?;
    let read_back = set(&group)?;
    Ok(Bound { group, read_back })
}
