//! From what was seen to what is said: which layers were in force, and how that was seen.
//!
//! A layer is in force only if every one of its marks was seen. What was not seen is said as plainly.

use stackwright_spec::launch::{Launch, Layer};
use stackwright_spec::report::LayerReport;

use crate::engine;
use crate::filter::Filter;
use crate::limits::Limited;
use crate::plan::{Plan, step_of};
use crate::prepare::Prepared;
use crate::protocol::{Evidence, Step, Trial};
use crate::supervise::{Namespace, Outcome, Seen};

/// A run as it was asked for and prepared: what every judgement of it starts from.
pub(crate) struct Case<'a> {
    pub(crate) launch: &'a Launch,
    pub(crate) plan: &'a Plan,
    pub(crate) prepared: &'a Prepared,
    pub(crate) limited: &'a Limited,
    /// The filter that the sandbox was told to use.
    pub(crate) filter: Option<&'a Filter>,
}

/// What a layer's marks added up to.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    how: Vec<String>,
    missing: bool,
}

impl Marks {
    /// Whether a namespace is another one than ours, which some need not be.
    pub(crate) fn namespace(&mut self, namespace: &Namespace, must_be_own: bool) {
        let number = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let (theirs, ours) = (number(namespace.theirs), number(namespace.ours));
        let own = format!("{} namespace {theirs}, ours is {ours}", namespace.kind);
        let shared = format!("{} namespace {theirs} is not its own", namespace.kind);
        if must_be_own || namespace.is_own() {
            self.require(namespace.is_own(), own, shared);
        } else {
            self.seen(shared);
        }
    }

    /// Whether the network has no interface but loopback.
    pub(crate) fn loopback_alone(&mut self, seen: &Seen) {
        self.require(
            seen.interfaces.iter().all(|name| name == "lo"),
            "its network has no interface but loopback",
            format!("its network has the interfaces {}", seen.interfaces.join(", ")),
        );
    }

    /// Notes something that was seen.
    pub(crate) fn seen(&mut self, what: impl Into<String>) {
        self.how.push(what.into());
    }

    /// Notes something that had to be seen and was not.
    pub(crate) fn missing(&mut self, what: impl Into<String>) {
        self.how.push(what.into());
        self.missing = true;
    }

    pub(crate) fn require(&mut self, holds: bool, seen: impl Into<String>, otherwise: impl Into<String>) {
        if holds {
            self.seen(seen);
        } else {
            self.missing(otherwise);
        }
    }

    /// Whether everything that had to be seen was.
    pub(crate) fn is_clean(&self) -> bool {
        !self.missing
    }

    pub(crate) fn into_how(self) -> Vec<String> {
        self.how
    }
}

/// The layers of a run, outermost first.
pub(crate) fn layers(case: &Case<'_>, outcome: &Outcome) -> Vec<LayerReport> {
    case.plan
        .layers
        .iter()
        .map(|request| {
            let mut marks = Marks::default();
            let step = step_of(&request.layer);
            for failure in outcome.failures.iter().filter(|failure| Some(failure.step) == step) {
                marks.missing(format!("{}: {}", failure.capability, failure.detail));
            }
            match &request.layer {
                Layer::Image { digest } => {
                    marks.seen(format!(
                        "the {} bytes that were compiled have the digest {digest}",
                        case.prepared.length
                    ));
                }
                Layer::Container => match &outcome.seen {
                    Some(seen) => container(&mut marks, seen, outcome, case.limited),
                    None => marks.missing("the workload's process could not be looked at"),
                },
                Layer::Sandbox => match (&outcome.seen, &outcome.evidence) {
                    (Some(seen), Some(evidence)) => sandbox(&mut marks, seen, evidence, case.filter),
                    _ => marks.missing("the workload's process could not be looked at"),
                },
                Layer::Wasm => wasm(&mut marks, case, outcome.evidence.as_ref()),
            }
            LayerReport {
                operator: request.operator.clone(),
                in_force: !marks.missing,
                how: marks.how,
            }
        })
        .collect()
}

fn container(marks: &mut Marks, seen: &Seen, outcome: &Outcome, limited: &Limited) {
    for namespace in &seen.namespaces {
        match namespace.kind {
            // Beyond what makes a container: root can do without the first, old kernels have no second.
            "user" if !outcome.user_namespace => marks.seen("no user namespace of its own"),
            kind => marks.namespace(namespace, kind != "cgroup"),
        }
    }
    let pid = seen.status.innermost_pid;
    marks.require(
        pid == Some(1),
        format!("process {} here is process 1 inside", seen.pid),
        "it is not the first process inside",
    );
    root(marks, seen);
    marks.loopback_alone(seen);
    marks.require(
        seen.status.bounding_capabilities == Some(0),
        "CapBnd 0",
        "its bounding set is not empty, or could not be seen",
    );
    privileges(marks, seen);
    let user = seen
        .status
        .effective_user
        .map_or_else(|| "unknown".to_owned(), |user| user.to_string());
    let map = if seen.user_map.is_empty() {
        "none"
    } else {
        &seen.user_map
    };
    marks.seen(format!("user {user} outside; users inside, outside, count: {map}"));
    for line in limited.how(seen.pid) {
        marks.seen(line);
    }
}

fn root(marks: &mut Marks, seen: &Seen) {
    let Some(root) = seen.mounts.iter().find(|mount| mount.point == "/") else {
        return marks.missing("its root file system was not seen");
    };
    let grants: Vec<&str> = seen
        .mounts
        .iter()
        .filter(|mount| mount.point != "/")
        .map(|mount| mount.point.as_str())
        .collect();
    let granted = match grants.as_slice() {
        [] => "nothing is mounted in it".to_owned(),
        grants => format!("mounted in it: {}", grants.join(", ")),
    };
    marks.require(
        root.kind == "tmpfs" && root.read_only,
        format!("its root is a read-only tmpfs; {granted}"),
        format!("its root is a {} that is not its own", root.kind),
    );
}

fn privileges(marks: &mut Marks, seen: &Seen) {
    let status = &seen.status;
    marks.require(
        status.effective_capabilities == Some(0),
        "CapEff 0: no capabilities",
        "it has capabilities, or they could not be seen",
    );
    marks.require(
        status.no_new_privileges == Some(true),
        "NoNewPrivs 1: none can be gained",
        "NoNewPrivs is not set, or could not be seen",
    );
}

fn sandbox(marks: &mut Marks, seen: &Seen, evidence: &Evidence, filter: Option<&Filter>) {
    if let Some(landlock) = &evidence.landlock {
        let extent = if landlock.fully {
            "all rules"
        } else {
            "the rules that this kernel knows"
        };
        marks.seen(format!("Landlock ABI {}, {extent}", landlock.abi));
        refused(
            marks,
            "opening / for listing",
            landlock.open_root,
            libc::EACCES,
            "Landlock",
        );
    } else if !marks.missing {
        marks.missing("Landlock was not seen to refuse anything");
    }
    let filters = seen
        .status
        .seccomp_filters
        .map_or_else(String::new, |count| format!(", filters: {count}"));
    marks.require(
        seen.status.seccomp_mode == Some(2),
        format!("Seccomp 2{filters}"),
        "no system-call filter was seen",
    );
    if let Some(filter) = filter {
        marks.seen(format!(
            "the filter has {} instructions and allows {} system calls",
            filter.program.len(),
            filter.system_calls
        ));
    }
    match &evidence.filter {
        Some(filter) => refused(marks, "making a socket", filter.socket, libc::EPERM, "the filter"),
        None => marks.missing("the filter was not seen to refuse anything"),
    }
    privileges(marks, seen);
}

/// An act that worked before and was refused after, with the error that only this layer gives.
pub(crate) fn refused(marks: &mut Marks, act: &str, trial: Trial, expected: i32, by: &str) {
    let Trial { before, after } = trial;
    let name = |error: i32| match error {
        0 => "worked".to_owned(),
        libc::EPERM => "gave EPERM".to_owned(),
        libc::EACCES => "gave EACCES".to_owned(),
        other => format!("gave error {other}"),
    };
    let what = format!("{act} {} before {by} and {} after", name(before), name(after));
    marks.require(before == 0 && after == expected, what.clone(), what);
}

fn wasm(marks: &mut Marks, case: &Case<'_>, evidence: Option<&Evidence>) {
    match evidence.and_then(|evidence| evidence.linked_imports) {
        Some(imports) if case.prepared.facts.is_component => marks.seen(format!(
            "{} loaded the component in its own process, linked to {imports} interfaces of WASI preview 2 and nothing else",
            engine::VERSION
        )),
        Some(imports) => marks.seen(format!(
            "{} loaded the module in its own process, linked to {imports} functions of WASI preview 1 and nothing else",
            engine::VERSION
        )),
        None => marks.missing("the engine was not seen to load the module"),
    }
    marks.seen(format!("compiled from {}", case.prepared.facts.digest));
    marks.seen(format!(
        "its memory is bounded to {} bytes by the engine",
        case.launch.limits.memory_bytes
    ));
    if let Some(at_once) = case.launch.serve {
        marks.seen(format!("an instance of it for each request, at most {at_once} at once"));
    }
}

/// The first layer that was not seen to be in force, with the capability it stands on and why.
pub(crate) fn first_missing(
    plan: &Plan,
    layers: &[LayerReport],
    outcome: &Outcome,
) -> Option<(String, String, String)> {
    if let Some(failure) = outcome.failures.first() {
        let operator = plan.operator(failure.step).unwrap_or("?").to_owned();
        return Some((operator, failure.capability.clone(), failure.detail.clone()));
    }
    let (request, layer) = plan.layers.iter().zip(layers).find(|(_, layer)| !layer.in_force)?;
    let capability = match step_of(&request.layer) {
        Some(Step::Container) => "pid-namespace",
        Some(Step::Sandbox) => "seccomp",
        Some(Step::Wasm) | None => "wasm-engine",
    };
    let detail = format!("it was not seen to be in force: {}", layer.how.join("; "));
    Some((layer.operator.clone(), capability.to_owned(), detail))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
