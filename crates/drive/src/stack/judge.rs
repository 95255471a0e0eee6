//! Which layers around a command were in force, from what was seen of them.

use stackwright_spec::launch::{CommandLaunch, Root, RootImage};
use stackwright_spec::report::LayerReport;

use super::Chosen;
use super::data::Need;
use super::embedded::entries;
use super::watch::Outcome;
use crate::cgroup;
use crate::judge::{Marks, refused};
use crate::limits::Limited;
use crate::prepare::Loaded;
use crate::protocol::{ConfineEvidence, InsideFacts};
use crate::supervise::Seen;

/// What a run is judged by.
pub(super) struct Judged<'a> {
    pub(super) stack: &'a [Chosen],
    pub(super) launch: &'a CommandLaunch,
    pub(super) limited: &'a Limited,
    pub(super) module: Option<&'a Loaded>,
    pub(super) outcome: &'a Outcome,
}

/// The layers, outermost first.
pub(super) fn layers(judged: &Judged<'_>) -> Vec<LayerReport> {
    let kernel = judged.stack.iter().position(|(_, need, _)| *need == Need::UserKernel);
    let report = |(index, (symbol, need, driver)): (usize, &Chosen)| {
        let mut marks = Marks::default();
        let behind = kernel.is_some_and(|kernel| kernel < index);
        match (&judged.outcome.seen, &judged.outcome.facts) {
            (Some(seen), Some(facts)) => judged.layer(&mut marks, *need, index, behind, seen, facts),
            _ => marks.missing("the inside could not be looked at"),
        }
        if marks.is_clean() && !behind {
            marks.seen(format!("by {}", driver.name()));
        }
        LayerReport {
            operator: symbol.clone(),
            in_force: marks.is_clean(),
            how: marks.into_how(),
        }
    };
    judged.stack.iter().enumerate().map(report).collect()
}

impl Judged<'_> {
    fn layer(&self, marks: &mut Marks, need: Need, index: usize, behind: bool, seen: &Seen, facts: &InsideFacts) {
        match need {
            Need::Policy | Need::Telemetry => self.beside(marks, index),
            Need::Image => match (self.module, &self.launch.root) {
                (Some(module), _) => marks.seen(format!("the module has the digest {}", module.facts.digest)),
                (None, Root::Image(image)) => self.image(marks, image),
                (None, _) => marks.missing("there is no image"),
            },
            Need::Container | Need::Namespaces if behind => own_view(marks, facts),
            Need::Container => {
                self.namespaces(marks, seen, facts);
                self.groups(marks, seen);
                overlay(marks, facts);
            }
            Need::Namespaces => self.namespaces(marks, seen, facts),
            Need::ControlGroups => self.groups(marks, seen),
            Need::Overlay if behind => {
                let kernel = facts.file_systems.join(", ");
                marks.seen(format!(
                    "the kernel in user space keeps changes to itself; it mounts {kernel}"
                ));
            }
            Need::Overlay => {
                marks.require(self.outcome.own_root, "a root of its own", "its root is the host's");
                overlay(marks, facts);
            }
            Need::Sandbox => {
                let outer = self.stack.iter().skip(index + 1).any(|(_, need, _)| {
                    matches!(need, Need::Container | Need::Namespaces | Need::UserKernel)
                        || (*need == Need::Overlay && !self.namespaced())
                });
                let evidence = if outer {
                    self.outcome.around.as_ref()
                } else {
                    facts.sandbox.as_ref()
                };
                match evidence {
                    Some(evidence) => sandbox(marks, evidence, seen, outer),
                    None => marks.missing("the sandbox said nothing of itself"),
                }
            }
            Need::UserKernel => kernel(marks, facts),
            Need::Wasm => match facts.linked_imports {
                Some(imports) if self.module.is_some_and(|module| module.facts.is_component) => marks.seen(format!(
                    "{} loaded the component, linked to {imports} interfaces of WASI preview 2 and nothing else",
                    crate::engine::VERSION
                )),
                Some(imports) => marks.seen(format!(
                    "{} loaded the module, linked to {imports} functions of WASI preview 1 and nothing else",
                    crate::engine::VERSION
                )),
                None => marks.missing("the engine was not seen to load the module"),
            },
        }
        for attempt in facts.trials.iter().filter(|attempt| is_of(&attempt.of, need)) {
            marks.require(attempt.refused, attempt.what.clone(), attempt.what.clone());
        }
    }

    /// A layer that was seen before the start.
    fn beside(&self, marks: &mut Marks, index: usize) {
        let symbol = self.stack.get(index).map(|(symbol, ..)| symbol);
        let Some(layer) = self.launch.beside.iter().find(|layer| Some(&layer.operator) == symbol) else {
            return marks.missing("nothing was seen of it");
        };
        for how in &layer.how {
            marks.require(layer.in_force, how.clone(), how.clone());
        }
    }

    /// An unpacked image: its layers' digests were checked then, so it remains to see that it is what the command has.
    fn image(&self, marks: &mut Marks, image: &RootImage) {
        if self.stack.iter().any(|(_, need, _)| *need == Need::UserKernel) {
            return marks.seen(format!(
                "the kernel in user space was given the files of {}",
                image.digest
            ));
        }
        let entries = entries(&self.launch.root);
        let expected: Vec<String> = entries.map_or_else(
            |_| Vec::new(),
            |entries| {
                let view = entries.view.into_iter().map(|view| view.name);
                view.chain(entries.links.into_iter().map(|(name, _)| name)).collect()
            },
        );
        let shown = !expected.is_empty() && expected.iter().all(|name| self.outcome.root_names.contains(name));
        marks.require(
            shown,
            format!("its root has the {} entries of {}", expected.len(), image.digest),
            format!("its root was not seen to have the entries of {}", image.digest),
        );
    }

    fn namespaced(&self) -> bool {
        let own = |need: &Need| matches!(need, Need::Container | Need::Namespaces);
        self.stack.iter().any(|(_, need, _)| own(need))
    }

    fn namespaces(&self, marks: &mut Marks, seen: &Seen, facts: &InsideFacts) {
        for namespace in &seen.namespaces {
            // Beyond what makes a container: root can do without the first, runtimes differ about the second.
            marks.namespace(namespace, !["user", "cgroup"].contains(&namespace.kind));
        }
        marks.require(
            facts.pid > 0 && facts.pid != seen.pid,
            format!("process {} here is process {} inside", seen.pid, facts.pid),
            "its processes have the numbers that they have here",
        );
        marks.require(
            self.outcome.own_root,
            "a root of its own",
            "its root is the host's, or could not be seen",
        );
        marks.loopback_alone(seen);
        marks.require(
            seen.status.effective_capabilities == Some(0) && seen.status.bounding_capabilities == Some(0),
            "CapEff 0, CapBnd 0: no capabilities",
            "it has capabilities, or they could not be seen",
        );
        marks.require(
            seen.status.no_new_privileges == Some(true),
            "NoNewPrivs 1: none can be gained",
            "NoNewPrivs is not set, or could not be seen",
        );
        let user = seen
            .status
            .effective_user
            .map_or("unknown".to_owned(), |user| user.to_string());
        marks.seen(format!(
            "user {user} outside; users inside, outside, count: {}",
            seen.user_map
        ));
    }

    /// Control groups are limits: where the host gives none they are kept by other means, and that is said.
    fn groups(&self, marks: &mut Marks, seen: &Seen) {
        if self.limited.directories().is_empty() {
            return marks.seen("no control groups could be made");
        }
        let wanted = [("memory", self.limited.memory_bytes), ("process", self.limited.tasks)];
        for ((what, wanted), found) in wanted.into_iter().zip(cgroup::bounds(&self.outcome.groups)) {
            match found {
                Some((value, file)) => marks.require(
                    value <= wanted,
                    format!(
                        "{what} limit {value} of process {}, read back from {}",
                        seen.pid,
                        file.display()
                    ),
                    format!("{what} limit {value} in {}, wanted {wanted}", file.display()),
                ),
                None => marks.missing(format!("no {what} limit was seen")),
            }
        }
    }
}

fn is_of(layer: &str, need: Need) -> bool {
    match need {
        Need::Sandbox => layer == "sandbox",
        Need::Container | Need::ControlGroups => layer == "control-groups",
        _ => false,
    }
}

fn overlay(marks: &mut Marks, facts: &InsideFacts) {
    marks.require(
        facts.file_systems.iter().any(|kind| kind == "overlay"),
        "changes to its files go to an overlay of its own",
        "no overlay is mounted in it",
    );
}

/// What a container behind a kernel of its own sees: the host's kernel is not asked.
fn own_view(marks: &mut Marks, facts: &InsideFacts) {
    marks.require(
        facts.pid > 0 && facts.pid < 100,
        format!("it is process {} inside", facts.pid),
        "it did not say which process it is inside",
    );
    marks.seen("the kernel in user space keeps its processes, mounts and network apart");
}

pub(super) fn kernel(marks: &mut Marks, facts: &InsideFacts) {
    let ours = std::fs::read_to_string("/proc/version").unwrap_or_default();
    marks.require(
        !facts.kernel.is_empty() && facts.kernel != ours.trim(),
        format!("another kernel answers inside: {}", facts.kernel),
        format!("the same kernel answers inside: {}", facts.kernel),
    );
}

fn sandbox(marks: &mut Marks, evidence: &ConfineEvidence, seen: &Seen, outer: bool) {
    for missing in &evidence.missing {
        marks.missing(missing.clone());
    }
    if let Some((abi, fully)) = &evidence.landlock {
        let extent = if *fully {
            "all rules"
        } else {
            "the rules that this kernel knows"
        };
        marks.seen(format!("Landlock ABI {abi}, {extent}"));
    }
    if outer {
        marks.seen(
            "around what builds the container: mounts and files are left to it, as rules for files forbid mounting",
        );
    } else {
        match evidence.open_root {
            Some(trial) => refused(marks, "opening / for listing", trial, libc::EACCES, "Landlock"),
            None => marks.missing("Landlock was not seen to refuse anything"),
        }
    }
    marks.require(
        seen.status.seccomp_mode == Some(2),
        format!("Seccomp 2, filters: {}", seen.status.seccomp_filters.unwrap_or(0)),
        "no system-call filter was seen",
    );
    match evidence.call {
        Some(trial) => marks.require(
            trial.before != libc::EPERM && trial.after == libc::EPERM,
            format!(
                "pidfd_getfd gave error {} before the filter and EPERM after",
                trial.before
            ),
            format!(
                "pidfd_getfd gave error {} before the filter and {} after",
                trial.before, trial.after
            ),
        ),
        None => marks.missing("the filter was not seen to refuse anything"),
    }
    marks.require(
        seen.status.no_new_privileges == Some(true),
        "NoNewPrivs 1: none can be gained",
        "NoNewPrivs is not set, or could not be seen",
    );
}
