//! Commands under stacks: drivers that nest as the operators of the stack nest.
//!
//! Each driver takes a task and gives the task to be started in its place, so that the first runs inside of the layer.
//! Layers of our own are entered by one process that then becomes the next task; a runtime of others is a program that
//! is started, with this program again inside of it. Innermost is always this program, which reports what it sees of
//! the stack and becomes the command only when it is let go.

mod bubblewrap;
pub(crate) mod data;
mod embedded;
mod exec;
mod health;
mod judge;
mod kube;
mod oci;
mod place;
mod publish;
mod restart;
mod run;
mod runs;
mod stats;
mod watch;
mod within;

use std::fmt;

use serde::{Deserialize, Serialize};
use stackwright_spec::launch::{CommandLaunch, Root};

use crate::error::DriveError;
use crate::protocol::{Enter, GrantInstructions};
use data::{Need, data};
pub(crate) use exec::exec;
pub(crate) use kube::run as run_cluster;
use place::Place;
pub use place::Record;
pub(crate) use restart::run;
pub use runs::{Run, collect_garbage, follow, logs, remove, runs, stop};
pub use stats::{Stats, stats};

/// A process to be started: layers that it enters, and what it becomes then.
#[derive(Clone, Debug, Default)]
pub struct Task {
    pub(crate) enter: Enter,
    /// It becomes a runtime, which builds its container itself.
    pub(crate) runtime: bool,
}

/// What drivers know of the run that they prepare a layer for.
#[derive(Debug)]
pub struct Case<'a> {
    pub(crate) launch: &'a CommandLaunch,
    pub(crate) place: &'a mut Place,
    pub(crate) grants: &'a [GrantInstructions],
    /// User and group of the workload inside of its container, where the image says so.
    pub(crate) inside: Option<(u32, u32)>,
    /// User and group of the workload outside of its container.
    pub(crate) outside: (u32, u32),
    /// Bounds that control groups keep, where the stack has some.
    pub(crate) limited: &'a crate::limits::Limited,
    /// The program that is executed as the inside of a runtime's container.
    pub(crate) program: &'a std::path::Path,
    /// Changes to the root file system are kept apart.
    pub(crate) overlay: bool,
    /// Compiled code of a module that runs inside of a runtime's container.
    pub(crate) code: Option<&'a [u8]>,
}

/// Puts a layer around a task.
pub trait Driver: fmt::Debug + Send + Sync {
    /// Its name, as in the data and on the command line.
    fn name(&self) -> &str;

    /// Settles everything that can be settled before the start. Whatever it leaves on disk is in the run's folder.
    ///
    /// # Errors
    ///
    /// The layer cannot be put around this task, or the host lacks something.
    fn prepare(&self, task: Task, case: &mut Case<'_>) -> Result<Box<dyn Prepared>, DriveError>;
}

/// A layer of one run, ready to be started and later in force.
pub trait Prepared: fmt::Debug {
    /// What to start so that the task runs inside of the layer.
    fn start(&mut self) -> Task;

    /// Sends a signal to the inside; `false` if it has to be sent to the process itself.
    fn signal(&self, _number: i32) -> bool {
        false
    }

    /// Process of the inside, where the driver knows it better than the inside.
    fn process(&self) -> Option<i32> {
        None
    }

    /// How a further command is put into it, where going into its namespaces does not do that.
    fn further(&self) -> Option<Further> {
        None
    }

    /// Takes away what is left of it. It may be called at any time, and again.
    fn clean_up(&mut self) {}
}

/// How a runtime puts a further command into a container that has a kernel of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Further {
    /// The runtime, its global arguments, and how it starts a command; `{pid}` is the file that gets its number.
    pub(crate) start: Vec<String>,
    /// How it sends it a signal; `{number}` and `{signal}` are to be filled in.
    pub(crate) signal: Vec<String>,
    /// User and group that it is started as.
    pub(crate) owner: (u32, u32),
}

/// A symbol of an operator, what that needs, and the driver that gives it.
pub(crate) type Chosen = (String, Need, Box<dyn Driver>);

/// The drivers of a stack, innermost last.
pub(crate) fn drivers(launch: &CommandLaunch) -> Result<Vec<Chosen>, DriveError> {
    let find = |symbol: &String| {
        let operator = data()
            .operators
            .iter()
            .find(|operator| operator.symbol == *symbol)
            .ok_or_else(|| DriveError::Unsupported {
                what: format!("nothing here starts a command under {symbol}"),
                help: format!("operators that can be started: {}", symbols()),
            })?;
        let wanted = launch.drivers.iter().find(|(of, _)| of == symbol).map(|(_, name)| name);
        let name = match wanted {
            Some(name) if operator.drivers.contains(name) => name,
            Some(name) => {
                return Err(DriveError::Unsupported {
                    what: format!("{name} does not put {symbol} in force"),
                    help: format!("{symbol} can be put in force by {}", operator.drivers.join(", ")),
                });
            }
            None => operator.drivers.first().ok_or_else(|| DriveError::Unsupported {
                what: format!("no driver puts {symbol} in force"),
                help: format!("operators that can be started: {}", symbols()),
            })?,
        };
        Ok((symbol.clone(), operator.needs, driver(name, operator.needs)))
    };
    launch.word.iter().map(find).collect()
}

/// Symbol of the operator that a policy puts in force.
pub fn gate_symbol() -> &'static str {
    symbol(Need::Policy)
}

/// Symbol of the operator that a collector puts in force.
pub fn telemetry_symbol() -> &'static str {
    symbol(Need::Telemetry)
}

fn symbol(need: Need) -> &'static str {
    let operator = data().operators.iter().find(|operator| operator.needs == need);
    operator.map_or("?", |operator| &operator.symbol)
}

fn symbols() -> String {
    let symbols: Vec<&str> = data().operators.iter().map(|o| o.symbol.as_str()).collect();
    symbols.join(", ")
}

fn driver(name: &str, need: Need) -> Box<dyn Driver> {
    if let Some(runtime) = data().runtimes.iter().find(|runtime| runtime.name == name) {
        return Box::new(oci::Oci::new(runtime.clone()));
    }
    match name {
        "bubblewrap" => Box::new(bubblewrap::Bubblewrap),
        _ => Box::new(embedded::Embedded::new(need)),
    }
}

/// The folder whose contents a root shows.
pub(crate) fn shown(root: &Root) -> &std::path::Path {
    match root {
        Root::Host => std::path::Path::new("/"),
        Root::Folder(folder) => folder,
        Root::Image(image) => &image.folder,
    }
}
