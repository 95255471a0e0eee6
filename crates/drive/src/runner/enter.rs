//! The layers around a command, entered outermost first; then this process becomes the command.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::guest::{self, Guest};
use super::{confine, join_all, namespaces, root, trials};
use crate::protocol::{
    CODE_FD, Enter, Failure, Gate, GuestEnd, INSTRUCTIONS_FD, InsideFacts, Instructions, LayerFailure, Mounts, Report,
    Run, Step, decode, encode,
};
use crate::sys::channel::Control;
use crate::sys::memfd;
use crate::sys::mount::{self, Access};
use crate::sys::privilege::{self, Resource};
use crate::sys::process::{self, c_string};
use crate::sys::terminal;

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
    if let (Some(visit), Some(control)) = (&enter.visit, &speaker.control)
        && let Err(error) = namespaces::visit(visit, control)
    {
        speaker.give_up(failed(
            "namespaces",
            &format!("cannot go into those of the run: {error}"),
        ))?;
    }
    if enter.terminal {
        // A session that could not be made has none to control, and does without.
        let _ = terminal::take_control();
    }
    let mounts = &enter.mounts;
    if mounts.rootless
        && let Err(error) = namespaces::become_root_of_new()
    {
        speaker.give_up(failed("user-namespace", &error.to_string()))?;
    }
    if mounts.rootless || !mounts.hide.is_empty() || mounts.changes.is_some() {
        change_mounts(mounts)?;
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
        Run::Command { argv, env, inside } => (None, Some((argv, env, inside))),
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
        facts.kernel = fs::read_to_string("/proc/version")
            .unwrap_or_default()
            .trim()
            .to_owned();
        facts.file_systems = file_systems();
    }
    let program = match program {
        Some((argv, env, inside)) => match go_to(enter.directory.as_deref()).and_then(|()| Program::find(argv, env)) {
            Ok(program) => Some((program, inside)),
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
                    let _ = writeln!(io::stderr(), "{message}");
                    TRAPPED
                }
            };
            process::exit_now(code)
        }
        (None, Some((program, inside))) => {
            if let Some(control) = &speaker.control {
                // A runtime hands it on to the inside; a command gets nothing of ours.
                process::keep_across_exec(control.raw(), inside.is_some())?;
            }
            if let Some(inside) = inside {
                let instructions = encode(&Instructions::Enter(inside.clone()))?;
                process::place_at(memfd::sealed(c"instructions", &instructions)?.into(), INSTRUCTIONS_FD)?;
            } else {
                process::close_from(CODE_FD)?;
            }
            let error = program.start();
            let _ = writeln!(io::stderr(), "stackwright: {error}");
            process::exit_now(126)
        }
        (None, None) => Ok(()),
    }
}

/// Goes where the command is started.
fn go_to(directory: Option<&str>) -> Result<(), String> {
    let Some(directory) = directory else { return Ok(()) };
    std::env::set_current_dir(directory).map_err(|error| format!("the folder `{directory}` to start it in: {error}"))
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

/// Changes what a runtime finds mounted. A mount to be taken away that is not there needs no taking away.
fn change_mounts(mounts: &Mounts) -> io::Result<()> {
    let text = |path: &Path| c_string(path.as_os_str().as_bytes());
    process::unshare(libc::CLONE_NEWNS)?;
    mount::make_private()?;
    for path in &mounts.hide {
        if mounts.rootless {
            // Mounts that root has made cannot be taken apart by others.
            let cover = mount::new_file_system(c"tmpfs", &[(c"size", c"4k")])?;
            mount::attach(cover.as_fd(), mount::open_directory(&text(path)?)?.as_fd())?;
        } else {
            let _ = mount::take_away(&text(path)?);
        }
    }
    let Some((folder, bytes, owner)) = &mounts.changes else {
        return Ok(());
    };
    let size = c_string(bytes.to_string().as_bytes())?;
    let options: [(&std::ffi::CStr, &std::ffi::CStr); 3] =
        [(c"size", &size), (c"nr_inodes", c"16384"), (c"mode", c"711")];
    let changes = mount::new_file_system_for(c"tmpfs", &options, Access::WritablePrograms)?;
    mount::attach(changes.as_fd(), mount::open_directory(&text(folder)?)?.as_fd())?;
    for name in &mounts.upper {
        for part in ["upper", "state"] {
            let path = folder.join(name).join(part);
            fs::create_dir_all(&path)?;
            if process::effective_ids().0 == 0 {
                std::os::unix::fs::chown(&path, Some(owner.0), Some(owner.1))?;
            }
        }
    }
    for (lower, name, at) in &mounts.overlays {
        let part = |part: &str| text(&folder.join(name).join(part));
        mount::enter_directory(&text(lower)?)?;
        let overlay = mount::new_file_system_for(
            c"overlay",
            &[
                (c"lowerdir", c"."),
                (c"upperdir", &part("upper")?),
                (c"workdir", &part("state")?),
            ],
            Access::WritablePrograms,
        )?;
        mount::attach(overlay.as_fd(), mount::open_directory(&text(at)?)?.as_fd())?;
    }
    Ok(())
}

fn contain(inside: &crate::protocol::Inside, speaker: &Speaker<'_>) -> Result<(), Failure> {
    let user_namespace = match (&speaker.control, inside.namespaces) {
        (Some(control), true) => namespaces::enter(&inside.container, control)?.user_namespace,
        (_, true) => {
            return Err(failed(
                "pid-namespace",
                "a container inside of another is not made here",
            ));
        }
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
            list.iter()
                .map(|item| c_string(item.as_bytes()).map_err(text))
                .collect()
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

/// Reads instructions from a file, for the inside of a container whose runtime hands no descriptor on.
pub(super) fn from_file(path: &Path) -> io::Result<()> {
    let Instructions::Enter(enter) = decode(&fs::read(path)?)? else {
        return Err(io::Error::other("not instructions for the inside"));
    };
    run(&enter, None)
}
