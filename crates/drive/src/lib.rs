//! Doctor and drivers: the only crate that starts processes and makes system calls.
//!
//! [`run`] starts a WebAssembly workload in the layers of its stack (container, sandbox, language runtime), entered
//! outermost first by a process of its own; lets it begin only once every layer was seen to be in force; watches over
//! its limits; and reports how each layer was seen, how the workload ended, and what that took. [`doctor`] finds out
//! what a host can do by doing it. [`check_module`] tells whether some bytes could be run at all.
//!
//! A program that uses any of this must call [`enter_runner_if_asked`] first in its `main`: the driver executes the
//! program again to become the workload's process.
//!
//! ```no_run
//! use stackwright_drive::{DriveError, Io, enter_runner_if_asked, run};
//! use stackwright_spec::launch::Launch;
//!
//! /// The first thing in `main`, before any thread is started.
//! fn begin() {
//!     enter_runner_if_asked();
//! }
//!
//! fn start(launch: &Launch) -> Result<i32, DriveError> {
//!     Ok(run(launch, Io::default())?.exit_code)
//! }
//! ```
#![allow(
    unsafe_code,
    reason = "system calls and compiled code; every other crate of the workspace forbids it"
)]

mod aside;
mod cache;
mod cgroup;
mod doctor;
mod driver;
mod ending;
mod engine;
mod error;
mod fetch;
mod filter;
mod io;
mod judge;
mod limits;
mod linked;
mod module;
mod plan;
mod prepare;
mod protocol;
mod report;
mod runner;
mod stack;
mod supervise;
mod sys;
mod tool;

use stackwright_spec::host::HostFacts;
use stackwright_spec::launch::{ClusterLaunch, CommandLaunch, ExecLaunch, Launch};
use stackwright_spec::report::RunReport;

pub use driver::Host;
pub use error::DriveError;
pub use fetch::{FetchError, FetchLimits, Fetched, fetch, send};
pub use io::{Io, Output, Stdin};
pub use module::{ModuleError, ModuleFacts, check_module};
pub use runner::{RUNNER_ARGUMENT, enter_runner_if_asked, get_runner_ready, runner_main};
pub use stack::{
    Case, Driver, Prepared, Record, Run, Stats, Task, collect_garbage, follow, gate_symbol, logs, remove, runs, stats,
    stop, telemetry_symbol,
};
pub use tool::{ToolError, tool_output};

/// [`Host::doctor`] of the default driver.
pub fn doctor() -> HostFacts {
    Host::new().doctor()
}

/// [`Host::run_command`] of the default driver.
///
/// # Errors
///
/// As [`Host::run`].
pub fn run_command(launch: &CommandLaunch, io: Io) -> Result<RunReport, DriveError> {
    Host::new().run_command(launch, io)
}

/// [`Host::run_command_telling`] of the default driver.
///
/// # Errors
///
/// As [`Host::run`].
pub fn run_command_telling(
    launch: &CommandLaunch,
    io: Io,
    begun: &mut dyn FnMut(&str),
) -> Result<RunReport, DriveError> {
    Host::new().run_command_telling(launch, io, begun)
}

/// [`Host::run_cluster`] of the default driver.
///
/// # Errors
///
/// As [`Host::run`].
pub fn run_cluster(launch: &ClusterLaunch, io: &Io, begun: &mut dyn FnMut(&str)) -> Result<RunReport, DriveError> {
    Host::new().run_cluster(launch, io, begun)
}

/// [`Host::exec`] of the default driver.
///
/// # Errors
///
/// As [`Host::exec`].
pub fn exec(launch: &ExecLaunch, io: Io) -> Result<RunReport, DriveError> {
    Host::new().exec(launch, io)
}

/// [`Host::run`] of the default driver.
///
/// # Errors
///
/// As [`Host::run`].
pub fn run(launch: &Launch, io: Io) -> Result<RunReport, DriveError> {
    Host::new().run(launch, io)
}
