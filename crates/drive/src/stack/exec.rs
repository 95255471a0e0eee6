//! Another command in the stack of a run that goes on.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use stackwright_spec::launch::ExecLaunch;
use stackwright_spec::report::{LayerReport, RunReport};

use super::data::data;
use super::place::{Known, Place, known, write_for};
use super::watch::{Outcome, Overseer, Start, watch};
use super::{Further, Prepared, within};
use crate::cgroup;
use crate::ending;
use crate::error::DriveError;
use crate::io::Io;
use crate::judge::Marks;
use crate::limits::Limited;
use crate::prepare::check_arguments;
use crate::protocol::{Confine, Enter, Gate, Run, Visit};
use crate::supervise::{Bounds, Confinement, Ours, Seen, look_at};
use crate::sys::process::effective_ids;

/// File of a kept run that says what a further command has to be put into beside namespaces and control groups.
const INSIDE: &str = "joined";

/// What a command was put into that cannot be joined, as namespaces can, but has to be put in force again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Inside {
    around: Option<Confine>,
    sandbox: Option<Confine>,
    processes: Option<u64>,
    data_bytes: Option<u64>,
    directory: Option<String>,
    /// How it is put in, where that does not go by namespaces.
    pub(super) further: Option<Further>,
    /// Why no further command can be put in.
    refused: Option<String>,
    /// What the first command was seen in when it was let go: it can change that of itself, but not of others.
    namespaces: Vec<Option<u64>>,
    confinement: Confinement,
}

impl Inside {
    /// Of what is started for a run.
    pub(super) fn of(enter: &Enter, layers: &[Box<dyn Prepared>]) -> Self {
        let inner = match &enter.run {
            Run::Command { inside, .. } => inside.as_deref().unwrap_or(enter),
            Run::Module { .. } => enter,
        };
        let further = layers.iter().find_map(|layer| layer.further());
        let refused = match &enter.run {
            Run::Module { .. } => Some("a module is alone in its engine".to_owned()),
            // A runtime whose inside has its instructions in a file is a kernel of its own.
            Run::Command { inside: None, .. } if enter.gate.is_none() && further.is_none() => {
                Some("its namespaces are those of a kernel of its own".to_owned())
            }
            Run::Command { .. } => None,
        };
        Self {
            around: enter.around.clone(),
            sandbox: inner.sandbox.clone(),
            processes: inner.processes,
            data_bytes: inner.data_bytes,
            directory: inner.directory.clone(),
            further,
            refused,
            ..Self::default()
        }
    }

    /// Notes why no further command can be put into a run.
    pub(super) fn refuse(why: String, place: &Place) -> std::io::Result<()> {
        let refused = Self {
            refused: Some(why),
            ..Self::default()
        };
        write_for(&place.path(INSIDE), &serde_json::to_vec(&refused)?, effective_ids())
    }

    /// Notes what the first command is in now.
    pub(super) fn begun(&mut self, seen: &Seen, place: &Place) -> std::io::Result<()> {
        self.namespaces = numbers(seen);
        self.confinement = seen.status.confinement();
        write_for(&place.path(INSIDE), &serde_json::to_vec(self)?, effective_ids())
    }
}

/// Runs a command beside the one of a run, in the same namespaces, control groups and sandbox.
pub(crate) fn exec(program: &Path, launch: &ExecLaunch, io: Io) -> Result<RunReport, DriveError> {
    check_arguments(&launch.argv, &launch.env)?;
    let Known {
        directory,
        record,
        free,
    } = super::runs::one(&launch.run)?;
    let refused = |why: &str| refused(&launch.run, why);
    if free.is_some() {
        return Err(refused("it has ended"));
    }
    let inside: Inside = fs::read(directory.join(INSIDE))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| refused("it is not kept"))?;
    if let Some(why) = &inside.refused {
        return Err(refused(why));
    }
    let Some(target) = record.process else {
        return Err(refused("it has not begun"));
    };
    if let Some(further) = &inside.further {
        return within::exec(program, launch, io, &directory, further, &record.word);
    }
    let first = First::look(target).ok_or_else(|| refused("its process has ended"))?;
    if numbers(&first.seen) != inside.namespaces {
        return Err(refused("its command has gone into other namespaces"));
    }
    let start = Start {
        program,
        enter: enter(launch, target, &first, &inside),
        code: None,
        gate: None,
        io,
        terminal: launch.terminal,
        bounds: Bounds {
            time_ms: launch.time_ms,
            output_bytes: launch.output_bytes,
        },
        log: None,
    };
    let mut visitor = Visitor {
        first: &first,
        expected: (inside.namespaces.clone(), inside.confinement.clone()),
        run: &record.id,
        layer: LayerReport {
            operator: record.word.join("∘"),
            in_force: false,
            how: Vec::new(),
        },
    };
    let outcome = watch(start, &mut [], &mut visitor)?;
    report(&launch.run, outcome, visitor.layer)
}

/// What was seen of a further command.
pub(super) fn report(run: &str, outcome: Outcome, layer: LayerReport) -> Result<RunReport, DriveError> {
    if outcome.started_ns.is_none() && outcome.stopped.is_none() {
        if let Some(what) = outcome.cannot_start {
            return Err(DriveError::Command { what });
        }
        if outcome.facts.is_some() {
            return Err(refused(run, &layer.how.join("; ")));
        }
        if let Some(failure) = outcome.failures.first() {
            return Err(refused(run, &failure.detail));
        }
        return Err(ending::before_the_start(outcome.process, outcome.stderr.as_deref()));
    }
    let limited = Limited::default();
    let (end, exit_code) = super::run::end(&outcome, &limited);
    Ok(RunReport {
        ok: exit_code == 0,
        end,
        exit_code,
        metrics: super::run::metrics(&limited, &outcome),
        findings: limited.findings(&outcome.not_joined),
        layers: vec![layer],
        stdout: outcome.stdout,
        stderr: outcome.stderr,
    })
}

fn refused(run: &str, why: &str) -> DriveError {
    DriveError::Unsupported {
        what: format!("no further command can be started in {run}: {why}"),
        help: "runs of commands that are kept (`--keep`, `--detach`) take further ones while they go on".to_owned(),
    }
}

/// Judges a further command by the first.
struct Visitor<'a> {
    first: &'a First,
    expected: (Vec<Option<u64>>, Confinement),
    run: &'a str,
    layer: LayerReport,
}

impl Overseer for Visitor<'_> {
    fn may_go(&mut self, outcome: &Outcome) -> bool {
        // Its process may have ended meanwhile, and another one have its number.
        let goes_on = |known: &Known| known.record.id == self.run && known.free.is_none();
        let still = known().is_ok_and(|runs| runs.iter().any(goes_on));
        let marks = self.first.judge(outcome, &self.expected, still);
        self.layer.in_force = marks.is_clean();
        self.layer.how = marks.into_how();
        self.layer.in_force
    }
}

fn enter(launch: &ExecLaunch, target: i32, first: &First, inside: &Inside) -> Enter {
    // What the first command has, but for what is given now.
    let own = fs::read(format!("/proc/{target}/environ")).unwrap_or_default();
    let own = own.split(|byte| *byte == 0).filter_map(|variable| {
        let (name, value) = std::str::from_utf8(variable).ok()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let given = |name: &str| launch.env.iter().any(|(given, _)| given == name);
    let mut env: Vec<(String, String)> = own.filter(|(name, _)| !given(name)).collect();
    env.extend(launch.env.iter().cloned());
    if !env.iter().any(|(name, _)| name == "PATH") {
        env.push(("PATH".to_owned(), data().path.clone()));
    }
    let others = first.others();
    // Where we are is nowhere in mounts of its own.
    let root = others.iter().any(|kind| kind == "mnt").then(|| "/".to_owned());
    Enter {
        visit: Some(Visit {
            pid: target,
            namespaces: others,
            ids: first.ids,
            powerless: inside.confinement.effective_capabilities == Some(0),
        }),
        join: match fs::read_to_string("/proc/self/cgroup") {
            // Already there, and perhaps not allowed to say so.
            Ok(own) if own == first.groups => Vec::new(),
            _ => cgroup::join_files(&first.groups),
        },
        around: inside.around.clone(),
        sandbox: inside.sandbox.clone(),
        processes: inside.processes,
        data_bytes: inside.data_bytes,
        directory: launch.directory.clone().or_else(|| inside.directory.clone()).or(root),
        terminal: launch.terminal,
        gate: Some(Gate {
            directory: None,
            trials: None,
        }),
        run: Run::Command {
            argv: launch.argv.clone(),
            env,
            inside: None,
        },
        ..Enter::default()
    }
}

/// What the first command of the run is in.
struct First {
    seen: Seen,
    groups: String,
    /// User and group, as its own user namespace names them.
    ids: (u32, u32),
}

impl First {
    fn look(pid: i32) -> Option<Self> {
        let seen = look_at(pid, &Ours::look()).ok()?;
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
        let status = read("status")?;
        let effective = |line: &str| -> Option<u32> {
            let line = status.lines().find_map(|text| text.strip_prefix(line))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let ids = (
            inside(&read("uid_map")?, effective("Uid:")?)?,
            inside(&read("gid_map")?, effective("Gid:")?)?,
        );
        Some(Self {
            seen,
            groups: read("cgroup")?,
            ids,
        })
    }

    /// Its namespaces that are not ours.
    fn others(&self) -> Vec<String> {
        let own = self.seen.namespaces.iter().filter(|namespace| namespace.is_own());
        own.map(|namespace| namespace.kind.to_owned()).collect()
    }

    /// Whether a further command is in what the first was put into.
    fn judge(
        &self,
        outcome: &Outcome,
        (namespaces, confinement): &(Vec<Option<u64>>, Confinement),
        still: bool,
    ) -> Marks {
        let mut marks = Marks::default();
        let Some(seen) = &outcome.seen else {
            marks.missing("the inside could not be looked at");
            return marks;
        };
        marks.require(
            still && numbers(seen) == *namespaces,
            "in the namespaces of the run",
            "its namespaces are not those of the run",
        );
        marks.require(
            cgroup::bounds(&outcome.groups) == cgroup::bounds(&self.groups),
            "bounded by the control groups of the run",
            "it is not in the control groups of the run",
        );
        let found = seen.status.confinement();
        marks.require(
            found == *confinement,
            "user, capabilities, NoNewPrivs and system-call filters are those of the run's command",
            format!("it has {found:?}, and the run's command {confinement:?}"),
        );
        marks
    }
}

fn numbers(seen: &Seen) -> Vec<Option<u64>> {
    seen.namespaces.iter().map(|namespace| namespace.theirs).collect()
}

/// What an identifier of ours is by a table of a user namespace.
fn inside(map: &str, outside: u32) -> Option<u32> {
    map.lines().find_map(|line| {
        let mut numbers = line.split_whitespace().map(|number| number.parse::<u32>().ok());
        let (first, of, count) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let offset = outside.checked_sub(of).filter(|offset| *offset < count)?;
        first.checked_add(offset)
    })
}
