//! A command's run, from launch to report.

use std::path::Path;

use stackwright_spec::launch::{CommandLaunch, Limits, Root};
use stackwright_spec::report::{End, Finding, LayerReport, Measured, RunReport, Severity};

use super::data::{Need, data};
use super::exec::Inside;
use super::health::{Health, Subject};
use super::judge::{self, Judged};
use super::oci::GATE;
use super::place::Place;
use super::publish;
use super::watch::{Beside, Outcome, Overseer, Start, watch};
use super::{Case, Chosen, Prepared, Task, drivers};
use crate::cache::Cache;
use crate::ending;
use crate::engine::Use;
use crate::error::DriveError;
use crate::io::Io;
use crate::limits::Limited;
use crate::prepare::{Loaded, check_arguments, check_grants, load_module};
use crate::protocol::{Enter, Gate, GuestInstructions, Run, Trials};
use crate::supervise::Bounds;
use crate::sys::clock::milliseconds;
use crate::sys::process::Ended;

/// File that the output of a kept run is in.
pub(super) const LOG: &str = "output";

/// Runs a command, or a module, under its stack once. `begun` is called with the run's name when it is let go.
pub(super) fn once(
    program: &Path,
    cache: &Cache,
    launch: &CommandLaunch,
    io: Io,
    begun: &mut dyn FnMut(&str),
    place: &mut Place,
) -> Result<RunReport, DriveError> {
    check_arguments(&launch.argv, &launch.env)?;
    let grants = check_grants(&launch.grants)?;
    let stack = drivers(launch)?;
    let name = launch.argv.first().ok_or_else(|| DriveError::Command {
        what: "none was given".to_owned(),
    })?;
    let needs = |need: Need| stack.iter().any(|(_, needs, _)| *needs == need);
    let module = match needs(Need::Wasm) {
        true => Some(load_module(
            Path::new(name),
            launch.limits.memory_bytes,
            Use::Once,
            cache,
        )?),
        false => None,
    };
    if let Some(module) = &module {
        module.expect([launch.digest.as_deref()])?;
    }
    let rooted = needs(Need::Container) || needs(Need::Namespaces) || needs(Need::Overlay) || needs(Need::UserKernel);
    check_beside(launch, &stack)?;
    publish::check(launch, &stack, module.is_some())?;
    check_image(launch, module.is_some(), needs(Need::Image), rooted)?;
    let limits_hold = needs(Need::Container) || needs(Need::ControlGroups);
    let limited = if limits_hold {
        Limited::with_groups(&on_the_host(launch.limits, &stack))
    } else {
        Limited::without_groups(&launch.limits)
    };
    place.record.groups = limited.directories();
    // Behind a kernel in user space the bounds are those of the kernel's own process: trying them would end it.
    let direct = limits_hold && !needs(Need::UserKernel);
    let task = innermost(launch, module.as_ref(), &grants, direct.then_some(&limited));
    let mut case = Case {
        launch,
        place: &mut *place,
        grants: &grants,
        inside: match &launch.root {
            Root::Image(image) => Some(image.user),
            _ => None,
        },
        outside: crate::driver::outside_ids(&grants),
        limited: &limited,
        program,
        overlay: needs(Need::Container) || needs(Need::Overlay),
        code: module.as_ref().map(|module| module.compiled.code.as_slice()),
    };
    let (mut layers, task) = nest(&stack, task, &mut case)?;
    place
        .write_record()
        .map_err(DriveError::host("write the run's record"))?;
    let inside = (launch.keep || launch.probes.start_commands()).then(|| Inside::of(&task.enter, &layers));
    let gate = place.path(GATE);
    let start = Start {
        program,
        enter: task.enter,
        code: module.as_ref().map(|module| module.compiled.code.as_slice()),
        // Only a runtime that hands no descriptor on has one.
        gate: gate.is_dir().then_some(gate),
        io,
        terminal: launch.terminal,
        bounds: Bounds {
            time_ms: launch.limits.time_ms,
            output_bytes: launch.limits.output_bytes,
        },
        log: launch.keep.then(|| place.path(LOG)),
    };
    let mut keeper = Keeper {
        program,
        stack: &stack,
        launch,
        limited: &limited,
        module: module.as_ref(),
        place: &mut *place,
        inside,
        layers: Vec::new(),
        begun: Some(begun),
    };
    let outcome = watch(start, &mut layers, &mut keeper)?;
    let judged = keeper.layers;
    drop(layers);
    let report = report(launch, &stack, judged, &limited, outcome)?;
    place.record.exit_code = Some(report.exit_code);
    Ok(report)
}

/// Keeps what is known of a run while it goes on.
struct Keeper<'a> {
    program: &'a Path,
    stack: &'a [Chosen],
    launch: &'a CommandLaunch,
    limited: &'a Limited,
    module: Option<&'a Loaded>,
    place: &'a mut Place,
    inside: Option<Inside>,
    layers: Vec<LayerReport>,
    /// To be told once that the command was let go, or found to be ready.
    begun: Option<&'a mut dyn FnMut(&str)>,
}

impl Keeper<'_> {
    fn awaits_readiness(&self) -> bool {
        let probes = &self.launch.probes;
        probes.startup.is_some() || probes.readiness.is_some()
    }

    fn tell(&mut self) {
        if let Some(begun) = self.begun.take() {
            begun(&self.place.record.id);
        }
    }
}

impl Overseer for Keeper<'_> {
    fn may_go(&mut self, outcome: &Outcome) -> bool {
        self.layers = judge::layers(&Judged {
            stack: self.stack,
            launch: self.launch,
            limited: self.limited,
            module: self.module,
            outcome,
        });
        self.launch.degraded || self.layers.iter().all(|layer| layer.in_force)
    }

    fn beside(&mut self, outcome: &Outcome) -> Result<Beside, DriveError> {
        let launch = self.launch;
        let network = outcome.seen.as_ref().and_then(publish::network);
        let (forwarder, ports) = publish::forward(self.program, &launch.publish, network)?;
        self.place.record.ports = ports;
        self.place.record.ready = self.awaits_readiness().then_some(false);
        if let (Some(inside), Some(seen)) = (&mut self.inside, &outcome.seen) {
            self.place.record.process = Some(seen.pid);
            // Without these the run goes on all the same, and is of no use to `exec`.
            let _ = inside.begun(seen, self.place);
        }
        let _ = self.place.write_record();
        let probed = launch.probes.each().next().is_some();
        let subject = Subject {
            program: self.program.to_owned(),
            run: self.place.record.id.clone(),
            network,
        };
        let health = probed
            .then(|| Health::start(subject, launch.probes.clone()))
            .transpose()
            .map_err(DriveError::host("start the probes"))?;
        Ok(Beside {
            _forwarder: forwarder,
            health,
        })
    }

    fn begun(&mut self) {
        if !self.awaits_readiness() {
            self.tell();
        }
    }

    fn ready(&mut self, ready: bool) {
        if self.awaits_readiness() {
            self.place.record.ready = Some(ready);
            // Whoever looks sees an older state for a while.
            let _ = self.place.write_record();
        }
        if ready {
            self.tell();
        }
    }
}

/// The bounds of the groups: a kernel in user space has tasks of its own beside those of its processes.
fn on_the_host(limits: Limits, stack: &[Chosen]) -> Limits {
    let runtime = |name: &str| data().runtimes.iter().find(|runtime| runtime.name == name);
    let kernel = stack.iter().find_map(|(_, _, driver)| runtime(driver.name())?.tasks);
    let (own, each) = kernel.unwrap_or((0, 1));
    Limits {
        processes: limits.processes.saturating_mul(each).saturating_add(own),
        ..limits
    }
}

/// Whether there is something to each layer that does not enclose the command.
fn check_beside(launch: &CommandLaunch, stack: &[Chosen]) -> Result<(), DriveError> {
    let missing = |(symbol, ..): &&Chosen| !launch.beside.iter().any(|layer| layer.operator == *symbol);
    for (symbol, need, _) in stack.iter().filter(missing) {
        let (what, help) = match need {
            Need::Policy => (
                "no policy decides whether it may start",
                "name one with `--policy FILE.rego`",
            ),
            Need::Telemetry => ("no collector is told of the run", "name one with `--otlp URL`"),
            _ => continue,
        };
        return Err(DriveError::Unsupported {
            what: format!("{symbol}: {what}"),
            help: help.to_owned(),
        });
    }
    Ok(())
}

/// Whether the image fits what is run, and the stack has a place for it.
fn check_image(launch: &CommandLaunch, is_module: bool, wanted: bool, rooted: bool) -> Result<(), DriveError> {
    let refused = |what: &str, help: &str| {
        Err(DriveError::Unsupported {
            what: what.to_owned(),
            help: help.to_owned(),
        })
    };
    match &launch.root {
        Root::Image(_) if is_module => refused("a module has no root file system", "run it without `--image`"),
        Root::Image(_) if !rooted => refused(
            "nothing in the stack gives the command a root file system for the image",
            "add C, Ns, O or G",
        ),
        Root::Host | Root::Folder(_) if wanted && !is_module => refused(
            "a command by itself is no image",
            "name an image with `--image`, leave I out, or run a module",
        ),
        _ => Ok(()),
    }
}

/// The process that becomes the command.
fn innermost(
    launch: &CommandLaunch,
    module: Option<&Loaded>,
    grants: &[crate::protocol::GrantInstructions],
    limited: Option<&Limited>,
) -> Task {
    let (limits, bounded) = (&launch.limits, limited.is_some());
    let run = match module {
        Some(module) => Run::Module {
            guest: GuestInstructions {
                name: module.name.clone(),
                args: launch.argv.get(1..).unwrap_or_default().to_vec(),
                env: launch.env.clone(),
                grants: grants.to_vec(),
                memory_bytes: limits.memory_bytes,
                has_start_function: module.facts.has_start_function,
                is_component: module.facts.is_component,
                serving: None,
            },
            code: None,
        },
        None => {
            let standard = [("PATH", data().path.as_str()), ("HOME", "/")];
            let given = |name: &str| launch.env.iter().any(|(key, _)| key == name);
            let standard = standard.into_iter().filter(|(name, _)| !given(name));
            let mut env: Vec<(String, String)> = standard.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            env.extend(launch.env.iter().cloned());
            Run::Command {
                argv: launch.argv.clone(),
                env,
                inside: None,
            }
        }
    };
    let trials = launch.attest.then(|| Trials {
        memory_bytes: bounded.then_some(limits.memory_bytes),
        processes: bounded.then_some(limits.processes),
    });
    Task {
        enter: Enter {
            processes: (!launch.word.is_empty()).then_some(limits.processes),
            data_bytes: limited.and_then(Limited::data_bytes),
            gate: Some(Gate {
                directory: None,
                trials,
            }),
            terminal: launch.terminal,
            directory: launch.directory.clone(),
            run,
            ..Enter::default()
        },
        runtime: false,
    }
}

/// Puts the layers around the task, innermost first, and returns them with what is to be started.
fn nest(stack: &[Chosen], mut task: Task, case: &mut Case<'_>) -> Result<(Vec<Box<dyn Prepared>>, Task), DriveError> {
    let kernel = stack.iter().position(|(_, need, _)| *need == Need::UserKernel);
    let mut layers = Vec::new();
    for (index, (_, need, driver)) in stack.iter().enumerate().rev() {
        let of_container = matches!(
            need,
            Need::Container | Need::Namespaces | Need::ControlGroups | Need::Overlay
        );
        // A kernel in user space keeps the namespaces and the root of what is inside of it by itself.
        if of_container && kernel.is_some_and(|kernel| kernel < index) {
            continue;
        }
        let mut layer = driver.prepare(task, case)?;
        task = layer.start();
        layers.push(layer);
    }
    Ok((layers, task))
}

fn report(
    launch: &CommandLaunch,
    stack: &[Chosen],
    layers: Vec<LayerReport>,
    limited: &Limited,
    outcome: Outcome,
) -> Result<RunReport, DriveError> {
    check_started(launch, stack, &layers, &outcome)?;
    let (end, exit_code) = end(&outcome, limited);
    let in_force = layers.iter().all(|layer| layer.in_force);
    let mut findings = limited.findings(&outcome.not_joined);
    for layer in layers.iter().filter(|layer| !layer.in_force) {
        findings.push(Finding {
            severity: Severity::Error,
            r#where: layer.operator.clone(),
            what: format!("started without it, as --degraded allows: {}", layer.how.join("; ")),
        });
    }
    Ok(RunReport {
        ok: in_force && end == (End::Exited { code: 0 }),
        end,
        exit_code,
        metrics: metrics(limited, &outcome),
        findings,
        layers,
        stdout: outcome.stdout,
        stderr: outcome.stderr,
    })
}

fn check_started(
    launch: &CommandLaunch,
    stack: &[Chosen],
    layers: &[LayerReport],
    outcome: &Outcome,
) -> Result<(), DriveError> {
    if outcome.started_ns.is_some() || outcome.stopped.is_some() {
        return Ok(());
    }
    if let Some(what) = &outcome.cannot_start {
        return Err(DriveError::Command { what: what.clone() });
    }
    if let Some(failure) = &outcome.grant_failure {
        let grant = launch
            .grants
            .iter()
            .find(|grant| Path::new(&failure.guest) == grant.guest);
        return Err(DriveError::Grant {
            host: grant.map(|grant| grant.host.clone()).unwrap_or_default(),
            guest: failure.guest.clone().into(),
            reason: failure.detail.clone(),
        });
    }
    let unavailable = |operator: &str, capability: &str, detail: String| DriveError::LayerUnavailable {
        operator: operator.to_owned(),
        capability: capability.to_owned(),
        detail,
        remedy: crate::doctor::remedy(capability),
    };
    if let Some(failure) = outcome.failures.first() {
        let container = |need: &Need| matches!(need, Need::Container | Need::Namespaces | Need::Overlay);
        let operator = stack
            .iter()
            .find(|(_, need, _)| container(need))
            .map_or("?", |(symbol, _, _)| symbol);
        return Err(unavailable(operator, &failure.capability, failure.detail.clone()));
    }
    if let Some(layer) = layers.iter().find(|layer| !layer.in_force) {
        let driver = stack
            .iter()
            .find(|(symbol, _, _)| *symbol == layer.operator)
            .map(|(_, _, driver)| driver.name());
        let detail = format!("it was not seen to be in force: {}", layer.how.join("; "));
        return Err(unavailable(&layer.operator, driver.unwrap_or("?"), detail));
    }
    Err(ending::before_the_start(outcome.process, outcome.stderr.as_deref()))
}

pub(super) fn end(outcome: &Outcome, limited: &Limited) -> (End, i32) {
    if let Some(why) = &outcome.unhealthy {
        return (End::Unhealthy { why: why.clone() }, 128 + libc::SIGTERM);
    }
    if let Some(stop) = outcome.stopped {
        return ending::stopped(stop);
    }
    // A runtime says by this code that what it ran was killed.
    let process = match outcome.process {
        Some(Ended::Exited(137)) if limited.out_of_memory() => Some(Ended::Signalled(libc::SIGKILL)),
        other => other,
    };
    ending::of_process(process, limited.out_of_memory())
}

pub(super) fn metrics(limited: &Limited, outcome: &Outcome) -> Vec<Measured> {
    let measured = |name: &str, unit: &str, value, method: &str| Measured {
        name: name.to_owned(),
        unit: unit.to_owned(),
        scope: "process".to_owned(),
        value,
        method: method.to_owned(),
    };
    let mut metrics = Vec::new();
    if let Some(started) = outcome.started_ns {
        metrics.push(measured(
            "cold_start",
            "ms",
            milliseconds(started.saturating_sub(outcome.spawned_ns)),
            "CLOCK_MONOTONIC from just before the outermost process is started, or one that is ready told to begin, to when the command is let go",
        ));
        metrics.push(measured(
            "run_time",
            "ms",
            milliseconds(outcome.gone_ns.saturating_sub(started)),
            "CLOCK_MONOTONIC from when the command is let go to the end of its process",
        ));
    }
    if let Some(bytes) = limited.peak_memory().or(outcome.memory_peak) {
        // Exact up to 2^53 bytes.
        #[allow(clippy::cast_precision_loss)]
        metrics.push(measured(
            "memory",
            "bytes",
            bytes as f64,
            "peak of the run's control group",
        ));
    }
    metrics
}
