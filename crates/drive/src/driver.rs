//! The entry points: a driver, what it is set to, and a run from launch to report.

use std::path::{Path, PathBuf};

use stackwright_spec::host::HostFacts;
use stackwright_spec::launch::{ClusterLaunch, CommandLaunch, ExecLaunch, Launch, Limits};
use stackwright_spec::report::RunReport;

use crate::cache::Cache;
use crate::doctor;
use crate::engine::SLOT_BYTES;
use crate::error::DriveError;
use crate::filter::{self, Filter, Granted};
use crate::io::Io;
use crate::judge::{self, Case};
use crate::limits::Limited;
use crate::plan::Plan;
use crate::prepare::{Prepared, prepare};
use crate::protocol::{
    ContainerInstructions, GrantInstructions, GuestInstructions, Instructions, RunInstructions, SandboxInstructions,
    Serving, Step,
};
use crate::report;
use crate::stack;
use crate::supervise::{Bounds, Outcome, supervise};
use crate::sys::process::effective_ids;

/// User and group that a workload has inside its container, and outside of it too when root starts it: `nobody`.
const NOBODY: u32 = 65_534;

/// Most bytes of a request to a workload that serves.
const REQUEST_BYTES: usize = 1 << 20;

/// This very program, whatever it is called.
pub(crate) const THIS_PROGRAM: &str = "/proc/self/exe";

/// Starts workloads and tries what the host can do.
///
/// It executes a program as the *runner*, by default this very one: the program must call
/// [`enter_runner_if_asked`](crate::enter_runner_if_asked) first in its `main`.
#[derive(Clone, Debug)]
pub struct Host {
    program: PathBuf,
    cache: Option<PathBuf>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            program: PathBuf::from(THIS_PROGRAM),
            cache: None,
        }
    }
}

impl Host {
    /// A driver that executes this program as its runner and keeps compiled modules in the user's cache directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Executes another program as the runner.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    /// Keeps compiled modules in this directory. It is made if it is missing and must belong to the caller alone.
    #[must_use]
    pub fn with_cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Tries what this host can do. It takes well under three seconds and changes nothing that stays.
    pub fn doctor(&self) -> HostFacts {
        doctor::doctor(&self.program, &self.cache())
    }

    /// Runs a workload in its layers and reports what happened.
    ///
    /// The module's first instruction runs only after every layer was seen to be in force, from outside and by trying.
    /// While it runs, SIGINT and SIGTERM to this process end the workload instead; nothing of a run is left behind.
    /// What this process has buffered for its own standard output should be flushed before.
    ///
    /// # Errors
    ///
    /// A [`DriveError`] if the workload was not started: something is wrong with what was asked for, or the host
    /// cannot give a layer and the launch does not allow it to be left out.
    pub fn run(&self, launch: &Launch, io: Io) -> Result<RunReport, DriveError> {
        if launch.serve.is_some() && !launch.grants.is_empty() {
            return Err(DriveError::Unsupported {
                what: "a module that answers requests is given no folders".to_owned(),
                help:
                    "using files would keep all its instances waiting; give it what it needs as arguments or variables"
                        .to_owned(),
            });
        }
        let plan = Plan::new(&launch.layers)?;
        let prepared = prepare(launch, &plan, &self.cache())?;
        let together = together(launch);
        let limited = if plan.has(Step::Container) {
            Limited::with_groups(&together)
        } else {
            Limited::without_groups(&together)
        };
        let filter = match plan.operator(Step::Sandbox) {
            Some(operator) => Some(filter_for(operator, &prepared, launch.serve.is_some())?),
            None => None,
        };
        let case = Case {
            launch,
            plan: &plan,
            prepared: &prepared,
            limited: &limited,
            filter: filter.as_ref(),
        };
        let bounds = Bounds {
            time_ms: together.time_ms,
            output_bytes: together.output_bytes,
        };
        let mut layers = Vec::new();
        let may_go = |outcome: &Outcome| {
            layers = judge::layers(&case, outcome);
            launch.degraded || layers.iter().all(|layer| layer.in_force)
        };
        let code = &prepared.compiled.code;
        let outcome = supervise(&self.program, &instructions(&case), code, io, bounds, may_go)?;
        report::report(&case, layers, outcome)
    }

    /// Runs a command under a stack, whose layers are put in force by drivers that nest as the stack nests.
    ///
    /// The command starts only once every layer was seen to be in force, unless the launch says otherwise. SIGINT and
    /// SIGTERM to this process are passed on; nothing of a run is left behind.
    ///
    /// # Errors
    ///
    /// As [`Host::run`].
    pub fn run_command(&self, launch: &CommandLaunch, io: Io) -> Result<RunReport, DriveError> {
        self.run_command_telling(launch, io, &mut |_| {})
    }

    /// [`Host::run_command`], which tells the run's name when its command is let go.
    ///
    /// # Errors
    ///
    /// As [`Host::run`].
    pub fn run_command_telling(
        &self,
        launch: &CommandLaunch,
        io: Io,
        begun: &mut dyn FnMut(&str),
    ) -> Result<RunReport, DriveError> {
        stack::run(&self.program, &self.cache(), launch, io, begun)
    }

    /// Plays the pod of a bundle for a cluster on this host, with podman, and tells the run's name when its workload is started.
    ///
    /// Its commands are started only once every layer was seen to be in force around its processes, unless the launch says
    /// otherwise, and where the runtime loads filters late, looked at right then. Nothing of a run is left behind.
    ///
    /// # Errors
    ///
    /// As [`Host::run`].
    pub fn run_cluster(
        &self,
        launch: &ClusterLaunch,
        io: &Io,
        begun: &mut dyn FnMut(&str),
    ) -> Result<RunReport, DriveError> {
        stack::run_cluster(launch, io, begun)
    }

    /// Runs a further command in the namespaces, control groups and sandbox of a run that goes on and is kept. It starts only
    /// once it was seen to be in what the run's own command was let go in.
    ///
    /// # Errors
    ///
    /// There is no such run, or it cannot take a further command.
    pub fn exec(&self, launch: &ExecLaunch, io: Io) -> Result<RunReport, DriveError> {
        stack::exec(&self.program, launch, io)
    }

    fn cache(&self) -> Cache {
        Cache::new(self.cache.as_deref())
    }
}

/// The bounds on the whole process: those on the workload, or what all instances that serve can have at once.
fn together(launch: &Launch) -> Limits {
    let mut limits = launch.limits;
    if let Some(at_once) = launch.serve {
        // Its request, and both of its streams, are held until it is its turn to answer.
        let texts = limits
            .output_bytes
            .saturating_mul(2)
            .saturating_add(REQUEST_BYTES as u64);
        let slot = limits.memory_bytes.saturating_add(SLOT_BYTES).saturating_add(texts);
        limits.memory_bytes = limits.memory_bytes.saturating_add(slot.saturating_mul(at_once.into()));
        // Each has its own bounds on time and output, and the process goes on until there are no more requests.
        (limits.time_ms, limits.output_bytes) = (u64::MAX, u64::MAX);
    }
    limits
}

fn instructions(case: &Case<'_>) -> Instructions {
    let Case {
        launch,
        plan,
        prepared,
        limited,
        filter,
    } = case;
    let container = plan.has(Step::Container).then(|| ContainerInstructions {
        host_name: "workload".to_owned(),
        inside: (NOBODY, NOBODY),
        outside: outside_ids(&prepared.grants),
    });
    let sandbox = filter.map(|filter| SandboxInstructions {
        filter: filter.program.clone(),
    });
    let guest = GuestInstructions {
        name: prepared.name.clone(),
        args: launch.args.clone(),
        env: launch.env.clone(),
        grants: prepared.grants.clone(),
        memory_bytes: launch.limits.memory_bytes,
        has_start_function: prepared.facts.has_start_function,
        is_component: prepared.facts.is_component,
        serving: launch.serve.map(|at_once| Serving {
            at_once,
            time_ms: launch.limits.time_ms,
            request_bytes: REQUEST_BYTES,
            answer_bytes: usize::try_from(launch.limits.output_bytes).unwrap_or(usize::MAX),
        }),
    };
    Instructions::Run(Box::new(RunInstructions {
        join: limited.join_files(),
        container,
        sandbox,
        guest,
        processes: launch.limits.processes,
        data_bytes: limited.data_bytes(),
        degraded: launch.degraded,
    }))
}

fn filter_for(operator: &str, prepared: &Prepared, serving: bool) -> Result<Filter, DriveError> {
    let granted = Granted {
        any: !prepared.grants.is_empty(),
        writable: prepared.grants.iter().any(|grant| grant.writable),
        serving,
    };
    filter::wasm_runner(granted).map_err(|detail| DriveError::LayerUnavailable {
        operator: operator.to_owned(),
        capability: "seccomp".to_owned(),
        detail,
        remedy: doctor::remedy("seccomp"),
    })
}

/// Who the workload is outside its container. An ordinary user's workload can only be that user. Root's is `nobody`;
/// but then it could not use directories that are granted to it, so it is their owner instead: of the first one that
/// it may write, or of the first.
pub(crate) fn outside_ids(grants: &[GrantInstructions]) -> (u32, u32) {
    let own = effective_ids();
    if own.0 != 0 {
        return own;
    }
    let first = grants.iter().find(|grant| grant.writable).or_else(|| grants.first());
    first.and_then(|grant| owner(&grant.host)).unwrap_or((NOBODY, NOBODY))
}

fn owner(path: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.uid(), metadata.gid()))
}
