//! The layers around a command, entered outermost first; then this process becomes the command.

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::guest::{self, Guest};
use super::{confine, join_all, namespaces, root, trials};
use crate::protocol::{
    CODE_FD, CONTROL_FD, Enter, Failure, Gate, GuestEnd, InsideFacts, LayerFailure, Report, Run, Step, encode,
};
use crate::sys::channel::Control;
use crate::sys::privilege::{self, Resource};
use crate::sys::process::{self, c_string};

/// File of a gate by files that the inside writes, and the one that lets it go on.
pub(crate) const SAID: &str = "said";
pub(crate) const GO: &str = "go";
/// How long a gate by files waits for its answer, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(2);

/// Exit code of a trapped module, as the rest of the product has it.
const TRAPPED: i32 = 134;

/// Carries the instructions out. It returns only if something fails before the command.
pub(super) fn run(enter: &Enter, control: Option<Control>) -> io::Result<()> {
    let speaker = Speaker {
        control,
        directory: enter.gate.as_ref().and_then(|gate| gate.directory.as_deref()),
    };
    if let Some(control) = &speaker.control {
        join_all(&enter.join, control)?;
    }
    if !enter.hide.is_empty() {
        hide(enter)?;
    }
    if let Some(around) = &enter.around {
        speaker.say(&Report::Around(confine::enter(around)))?;
    }
    if let Some(inside) = &enter.container
        && let Err(failure) = contain(inside, &speaker)
    {
        speaker.give_up(failure)?;
    }
    limits(enter)?;
    let (wants_code, program) = match &enter.run {
        Run::Module { guest, code } => (Some((guest, code)), None),
        Run::Command { argv, env } => (None, Some((argv, env))),
    };
    let guest = match wants_code {
        Some((guest, code)) => Some(load(enter, guest, code.as_deref(), &speaker)?),
        None => None,
    };
    let mut facts = InsideFacts {
        linked_imports: guest.as_ref().map(Guest::linked_imports),
        ..InsideFacts::default()
    };
    if enter.gate.is_some() {
        facts.pid = i32::try_from(std::process::id()).unwrap_or(0);
        facts.kernel = fs::read_to_string("/proc/version").unwrap_or_default().trim().to_owned();
        facts.file_systems = file_systems();
    }
    let program = match program {
        Some((argv, env)) => match Program::find(argv, env) {
            Ok(program) => Some(program),
            Err(what) => {
                speaker.say(&Report::CannotStart { what })?;
                process::exit_now(127)
            }
        },
        None => None,
    };
    if enter.gate.is_some() {
        privilege::no_new_privileges()?;
    }
    if let Some(sandbox) = &enter.sandbox {
        facts.sandbox = Some(confine::enter(sandbox));
    }
    if let Some(gate) = &enter.gate {
        if let Some(wanted) = &gate.trials {
            facts.trials = trials::run(wanted, enter);
        }
        speaker.say(&Report::Inside(Box::new(facts)))?;
        if !speaker.wait_for_go(gate) {
            process::exit_now(1);
        }
    }
    match (guest, program) {
        (Some(mut guest), _) => {
            let (_, how) = guest.call(|_| ());
            let code = match how {
                GuestEnd::Exited { code } => code,
                GuestEnd::Trapped { message } => {
                    eprintln!("{message}");
                    TRAPPED
                }
            };
            process::exit_now(code)
        }
        (None, Some(program)) => {
            if let Some(control) = &speaker.control {
                // A runtime hands it on to the inside; a command gets nothing of ours.
                process::keep_across_exec(control.raw(), enter.gate.is_none())?;
            }
            let error = program.start();
            eprintln!("stackwright: {error}");
            process::exit_now(126)
        }
        (None, None) => Ok(()),
    }
}

/// How the inside reports.
struct Speaker<'a> {
    control: Option<Control>,
    directory: Option<&'a Path>,
}

impl Speaker<'_> {
    fn say(&self, report: &Report) -> io::Result<()> {
        let message = encode(report)?;
        match (&self.control, self.directory) {
            (_, Some(directory)) => {
                let whole = directory.join("writing");
                fs::write(&whole, message)?;
                fs::rename(whole, directory.join(SAID))
            }
            (Some(control), None) => control.send(&message),
            (None, None) => Err(io::Error::other("nobody to report to")),
        }
    }

    fn wait_for_go(&self, gate: &Gate) -> bool {
        let Some(directory) = &gate.directory else {
            return self.control.as_ref().is_some_and(Control::wait_for_go);
        };
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if directory.join(GO).exists() {
                return true;
            }
            sleep(STEP);
        }
        false
    }

    fn give_up(&self, failure: Failure) -> io::Result<()> {
        self.say(&match failure {
            Failure::Layer(failure) => Report::LayerFailed(failure),
            Failure::Grant(failure) => Report::GrantFailed(failure),
        })?;
        process::exit_now(1)
    }
}

/// Takes mounts away from the view of what follows. One that is not there needs no taking away.
fn hide(enter: &Enter) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    process::unshare(libc::CLONE_NEWNS)?;
    crate::sys::mount::make_private()?;
    for path in &enter.hide {
        let _ = crate::sys::mount::take_away(&c_string(path.as_os_str().as_bytes())?);
    }
    Ok(())
}

fn contain(inside: &crate::protocol::Inside, speaker: &Speaker<'_>) -> Result<(), Failure> {
    let user_namespace = match (&speaker.control, inside.namespaces) {
        (Some(control), true) => namespaces::enter(&inside.container, control)?.user_namespace,
        (_, true) => return Err(failed("pid-namespace", "a container inside of another is not made here")),
        (_, false) => {
            process::unshare(libc::CLONE_NEWNS).map_err(|error| failed("mount-namespace", &error.to_string()))?;
            false
        }
    };
    root::set_up(inside, user_namespace)
}

fn failed(capability: &str, detail: &str) -> Failure {
    LayerFailure {
        step: Step::Container,
        capability: capability.to_owned(),
        detail: detail.to_owned(),
    }
    .into()
}

fn limits(enter: &Enter) -> io::Result<()> {
    if let Some(processes) = enter.processes {
        privilege::limit(Resource::Core, 0)?;
        privilege::limit(Resource::Processes, processes)?;
    }
    match enter.data_bytes {
        Some(bytes) => privilege::limit(Resource::Data, bytes),
        None => Ok(()),
    }
}

fn load(
    enter: &Enter,
    instructions: &crate::protocol::GuestInstructions,
    code: Option<&Path>,
    speaker: &Speaker<'_>,
) -> io::Result<Guest> {
    let file = match code {
        Some(path) => File::open(path)?,
        None => File::from(process::inherited(CODE_FD)?),
    };
    // A runtime's container shows the grants at their places, as ours does.
    let in_container = enter.container.is_some() || code.is_some();
    match guest::load(instructions, file, in_container) {
        Ok(guest) => Ok(guest),
        Err(failure) => {
            speaker.give_up(failure)?;
            process::exit_now(1)
        }
    }
}

fn file_systems() -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let kind = |line: &str| Some(line.split_once(" - ")?.1.split(' ').next()?.to_owned());
    let mut kinds: Vec<String> = mounts.lines().filter_map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// A command that was found.
struct Program {
    path: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

impl Program {
    /// Finds it as a shell would: by its path, or in the directories of `PATH`.
    fn find(argv: &[String], env: &[(String, String)]) -> Result<Self, String> {
        let name = argv.first().ok_or("nothing to run")?;
        let text = |error: io::Error| format!("`{name}`: {error}");
        let path = if name.contains('/') {
            let path = c_string(name.as_bytes()).map_err(text)?;
            process::may_execute(&path).map_err(text)?;
            path
        } else {
            let places = env.iter().find(|(key, _)| key == "PATH").map_or("", |(_, value)| value);
            let candidates = places.split(':').filter(|place| place.starts_with('/'));
            candidates
                .filter_map(|place| c_string(format!("{place}/{name}").as_bytes()).ok())
                .find(|path| process::may_execute(path).is_ok())
                .ok_or_else(|| format!("`{name}` is not in {places}"))?
        };
        let all = |list: Vec<String>| -> Result<Vec<CString>, String> {
            list.iter().map(|item| c_string(item.as_bytes()).map_err(text)).collect()
        };
        Ok(Self {
            path,
            arguments: all(argv.to_vec())?,
            environment: all(env.iter().map(|(key, value)| format!("{key}={value}")).collect())?,
        })
    }

    /// Becomes it. It returns only if that fails.
    fn start(&self) -> io::Error {
        process::become_program(&self.path, &self.arguments, &self.environment)
    }
}

/// Reads instructions from a file, for the inside of a runtime's container. The control channel is there if the runtime
/// handed it on.
pub(super) fn from_file(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let crate::protocol::Instructions::Enter(enter) = crate::protocol::decode(&bytes)? else {
        return Err(io::Error::other("not instructions for the inside"));
    };
    let by_files = enter.gate.as_ref().is_some_and(|gate| gate.directory.is_some());
    let control = if by_files {
        None
    } else {
        let fd = process::inherited(CONTROL_FD)?;
        process::keep_across_exec(fd.as_raw_fd(), false)?;
        Some(Control::from_fd(fd))
    };
    run(&enter, control)
}
