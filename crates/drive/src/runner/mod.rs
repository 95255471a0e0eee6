//! The other side of a run: this program, executed again as the process that becomes the workload.
//!
//! The runner is single-threaded and starts with an empty environment. It reads its instructions from a memory file,
//! enters the layers outermost first, loads the module, gives up what it no longer needs, tells the supervisor that it
//! is ready, and lets the module run only once the supervisor has seen every layer from outside.

mod confine;
mod container;
pub(crate) mod enter;
mod forward;
mod guest;
mod lines;
mod machine;
mod namespaces;
mod probe;
mod reach;
mod ready;
mod root;
mod sandbox;
mod serve;
mod trials;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use crate::protocol::{
    CODE_FD, CONTROL_FD, Enter, Evidence, FIRST_FREE_FD, Failure, GuestEnd, INSTRUCTIONS_FD, Instructions, Report,
    RunInstructions, decode, encode,
};
use crate::sys::channel::Control;
use crate::sys::clock::monotonic_ns;
use crate::sys::privilege::{self, Resource};
use crate::sys::process::{self, Pid};

pub use ready::get_runner_ready;
pub(crate) use ready::take as take_ready;

/// First argument that makes this program a runner. A binary that starts runs must call [`enter_runner_if_asked`]
/// before anything else.
pub const RUNNER_ARGUMENT: &str = "--stackwright-runner";

/// Open descriptors that a workload may have.
const OPEN_FILES: u64 = 256;

/// Becomes a runner, and does not return, if this program was started as one; otherwise does nothing.
///
/// Call it first in `main`, while there is one thread only: the runner gives up privileges and enters namespaces,
/// which the kernel does per thread.
pub fn enter_runner_if_asked() {
    if is_asked() {
        runner_main();
    }
}

/// Whether this program was started as a runner.
pub(crate) fn is_asked() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == RUNNER_ARGUMENT)
}

/// Runs as a runner: carries out the instructions on the inherited descriptors and ends the process.
pub fn runner_main() -> ! {
    process::exit_now(ended(start()))
}

fn start() -> io::Result<()> {
    // The inside of a runtime's container reads its instructions from a file.
    if let Some(path) = std::env::args_os().nth(2) {
        return enter::from_file(Path::new(&path));
    }
    begin()?;
    process::close_from(FIRST_FREE_FD)?;
    instructed()
}

/// Carries out what the inherited descriptors say.
fn instructed() -> io::Result<()> {
    let control = Control::from_fd(process::inherited(CONTROL_FD)?);
    let mut instructions = Vec::new();
    File::from(process::inherited(INSTRUCTIONS_FD)?).read_to_end(&mut instructions)?;
    match decode(&instructions)? {
        Instructions::Probe(probe) => {
            let (ok, detail) = match probe::run(&probe) {
                Ok(detail) => (true, detail),
                Err(detail) => (false, detail),
            };
            control.send(&encode(&Report::Probed { ok, detail })?)
        }
        Instructions::Forward(forward) => forward::run(&forward, &control),
        Instructions::Enter(enter) => enter::run(&enter, Some(control)),
        Instructions::Run(run) => workload(&run, &control),
    }
}

/// Makes this a process of its own.
fn begin() -> io::Result<()> {
    privilege::die_with_parent()?;
    // Whoever ends the workload from a terminal ends its supervisor, which then cleans up.
    match privilege::new_session() {
        // A runtime has made one for its container already.
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {}
        made => made?,
    }
    Ok(())
}

/// Enters the layers around a command and becomes it, in a copy of the supervisor rather than in this program started
/// anew, where no runner is ready. Nothing of the supervisor's memory is left when the command begins; so that is not for
/// modules, which are run in this very process, nor for going to where others could look at it meanwhile.
pub(crate) fn start_copy(enter: &Enter, descriptors: &[(BorrowedFd<'_>, i32)]) -> io::Result<Pid> {
    process::copy(descriptors, || {
        let entered = begin()
            .and_then(|()| process::inherited(CONTROL_FD))
            .and_then(|control| enter::run(enter, Some(Control::from_fd(control))));
        ended(entered)
    })
}

/// Exit code of a runner that became nothing else.
fn ended(done: io::Result<()>) -> i32 {
    match done {
        Ok(()) => 0,
        // Nobody else to report to: somebody started a runner by hand, or its supervisor is gone.
        Err(error) => {
            let _ = writeln!(io::stderr(), "stackwright: {error}");
            2
        }
    }
}

fn workload(run: &RunInstructions, control: &Control) -> io::Result<()> {
    let code = File::from(process::inherited(CODE_FD)?);
    join_all(&run.join, control)?;
    if let Some(container) = &run.container {
        match namespaces::enter(container, control) {
            Ok(namespaces::Entered { user_namespace }) => {
                if let Err(failure) = container::set_up(container, &run.guest.grants, user_namespace) {
                    fail(run, control, failure)?;
                }
            }
            Err(failure) => fail(run, control, failure.into())?,
        }
        // They are gone already, unless the run goes on without all or half of its container.
        let _ = privilege::empty_bounding_set();
        let _ = privilege::clear_capabilities();
    }
    privilege::set_umask(0o077);
    let in_container = run.container.is_some() && container::is_inside();
    let mut guest = match guest::load(&run.guest, code, in_container) {
        Ok(guest) => guest,
        Err(failure) => {
            fail(run, control, failure)?;
            // Without the module there is nothing to go on with.
            process::exit_now(1);
        }
    };
    set_limits(run)?;
    privilege::no_new_privileges()?;
    let mut evidence = Evidence {
        linked_imports: Some(guest.linked_imports()),
        ..Evidence::default()
    };
    if let Some(sandbox) = &run.sandbox {
        let failures = sandbox::enter(sandbox, &run.guest.grants, in_container, &mut evidence);
        for failure in failures {
            fail(run, control, failure.into())?;
        }
    }
    control.send(&encode(&Report::Locked(evidence))?)?;
    if !control.wait_for_go() {
        process::exit_now(1);
    }
    let started = |at_ns| {
        // If the supervisor is gone, this process is about to be killed: nothing is lost with the message.
        let _ = encode(&Report::Started { at_ns }).and_then(|message| control.send(&message));
    };
    let ended = if run.guest.serving.is_some() {
        started(monotonic_ns());
        let served = guest.serve().transpose()?.unwrap_or_default();
        Report::Ended {
            at_ns: monotonic_ns(),
            how: GuestEnd::Exited {
                code: i32::from(served.failed > 0),
            },
            refused_growth: served.refused_growth,
            served: Some(served),
        }
    } else {
        let (at_ns, how) = guest.call(started);
        Report::Ended {
            at_ns,
            how,
            refused_growth: guest.refused_growth(),
            served: None,
        }
    };
    control.send(&encode(&ended)?)?;
    // The supervisor reads this process's memory figures before it lets go.
    control.wait_for_go();
    process::exit_now(0)
}

/// Reports what cannot be had, and ends the process unless it is a layer and the run may be degraded.
fn fail(run: &RunInstructions, control: &Control, failure: Failure) -> io::Result<()> {
    let (report, may_go_on) = match failure {
        Failure::Layer(failure) => (Report::LayerFailed(failure), run.degraded),
        Failure::Grant(failure) => (Report::GrantFailed(failure), false),
    };
    control.send(&encode(&report)?)?;
    if may_go_on {
        return Ok(());
    }
    process::exit_now(1)
}

/// Joins the control groups. They are limits, not a layer: a group that refuses us is reported and left.
fn join_all(files: &[PathBuf], control: &Control) -> io::Result<()> {
    for file in files {
        if let Err(error) = join(file) {
            let what = format!("{}: {error}", file.display());
            control.send(&encode(&Report::NotJoined { what })?)?;
        }
    }
    Ok(())
}

/// Moves this process into the group whose file this is; 0 stands for the writer.
fn join(file: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.write_all(b"0")
}

fn set_limits(run: &RunInstructions) -> io::Result<()> {
    privilege::limit(Resource::Core, 0)?;
    privilege::limit(Resource::OpenFiles, OPEN_FILES)?;
    privilege::limit(Resource::Processes, run.processes)?;
    match run.data_bytes {
        Some(bytes) => privilege::limit(Resource::Data, bytes),
        None => Ok(()),
    }
}
