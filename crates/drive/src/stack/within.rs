//! A further command in a container that has a kernel of its own: the runtime puts it there, and it speaks by files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use stackwright_spec::launch::ExecLaunch;
use stackwright_spec::report::{LayerReport, RunReport};

use super::data::data;
use super::exec::report;
use super::oci::{GATE, INSIDE, INSTRUCTIONS, KIT};
use super::place::{give, write_for};
use super::watch::{Outcome, Overseer, Start, watch};
use super::{Further, Prepared, judge};
use crate::error::DriveError;
use crate::io::Io;
use crate::judge::Marks;
use crate::protocol::{Enter, Gate, Instructions, Run, decode, encode};
use crate::supervise::Bounds;

/// Where one further command finds its instructions, and speaks; taken away in the end.
struct Place {
    gate: PathBuf,
    instructions: PathBuf,
    number: PathBuf,
    name: String,
}

impl Place {
    fn new(run: &Path, owner: (u32, u32)) -> std::io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("further-{}-{count}", std::process::id());
        let place = Self {
            gate: run.join(GATE).join(&name),
            instructions: run.join(INSIDE).join(&name),
            number: run.join(format!("{name}-number")),
            name,
        };
        fs::create_dir(&place.gate)?;
        give(&place.gate, owner)?;
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.gate);
        let _ = fs::remove_file(&self.instructions);
        let _ = fs::remove_file(&self.number);
    }
}

/// The runtime's client only waits: what it has started is ended by the runtime.
#[derive(Debug)]
struct Started {
    signal: Vec<String>,
    number: PathBuf,
}

impl Prepared for Started {
    fn start(&mut self) -> super::Task {
        super::Task::default()
    }

    fn signal(&self, signal: i32) -> bool {
        let Ok(number) = fs::read_to_string(&self.number) else {
            return false;
        };
        let filled: Vec<String> = self
            .signal
            .iter()
            .map(|argument| {
                argument
                    .replace("{number}", number.trim())
                    .replace("{signal}", &signal.to_string())
            })
            .collect();
        let Some((program, arguments)) = filled.split_first() else {
            return false;
        };
        let sent = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        sent.is_ok_and(|status| status.success())
    }
}

/// Judges by what the inside says: from outside its processes cannot be seen.
struct Inner {
    layer: LayerReport,
}

impl Overseer for Inner {
    fn may_go(&mut self, outcome: &Outcome) -> bool {
        let mut marks = Marks::default();
        match &outcome.facts {
            Some(facts) => judge::kernel(&mut marks, facts),
            None => marks.missing("the inside said nothing"),
        }
        marks.seen("started by the runtime in the container of the run");
        self.layer.in_force = marks.is_clean();
        self.layer.how = marks.into_how();
        self.layer.in_force
    }
}

/// Runs a command in the container of a run, whose folder this is.
pub(super) fn exec(
    program: &Path,
    launch: &ExecLaunch,
    io: Io,
    run: &Path,
    further: &Further,
    word: &[String],
) -> Result<RunReport, DriveError> {
    if launch.terminal {
        return Err(DriveError::Unsupported {
            what: "the runtime carries standard streams by pipes, so the command has no terminal".to_owned(),
            help: "run it without `--tty`".to_owned(),
        });
    }
    let host = |what| DriveError::host(what);
    let first = first(run).map_err(host("read how the run's command was started"))?;
    let place = Place::new(run, further.owner).map_err(host("make a folder in the run's"))?;
    let enter = enter(launch, first, &place.name);
    let instructions = encode(&Instructions::Enter(Box::new(enter))).map_err(host("write the instructions"))?;
    write_for(&place.instructions, &instructions, further.owner).map_err(host("write the instructions"))?;
    let mut argv: Vec<String> = further
        .start
        .iter()
        .map(|argument| argument.replace("{pid}", &place.number.to_string_lossy()))
        .collect();
    argv.push(format!("{KIT}/{}", place.name));
    let start = Start {
        program,
        enter: Enter {
            run: Run::Command {
                argv,
                env: vec![("PATH".to_owned(), data().path.clone())],
                inside: None,
            },
            ..Enter::default()
        },
        code: None,
        gate: Some(place.gate.clone()),
        io,
        terminal: false,
        bounds: Bounds {
            time_ms: launch.time_ms,
            output_bytes: launch.output_bytes,
        },
        log: None,
    };
    let mut inner = Inner {
        layer: LayerReport {
            operator: word.join("∘"),
            in_force: false,
            how: Vec::new(),
        },
    };
    let mut layers: [Box<dyn Prepared>; 1] = [Box::new(Started {
        signal: further.signal.clone(),
        number: place.number.clone(),
    })];
    let outcome = watch(start, &mut layers, &mut inner)?;
    report(&launch.run, outcome, inner.layer)
}

/// What the run's own command was told.
fn first(run: &Path) -> std::io::Result<Enter> {
    match decode(&fs::read(run.join(INSIDE).join(INSTRUCTIONS))?)? {
        Instructions::Enter(enter) => Ok(*enter),
        _ => Err(std::io::Error::other("they are not those of a command")),
    }
}

/// As the first command, with what is given now.
fn enter(launch: &ExecLaunch, first: Enter, gate: &str) -> Enter {
    let mut env = match first.run {
        Run::Command { env, .. } => env,
        Run::Module { .. } => Vec::new(),
    };
    env.retain(|(name, _)| !launch.env.iter().any(|(given, _)| given == name));
    env.extend(launch.env.iter().cloned());
    Enter {
        processes: first.processes,
        data_bytes: first.data_bytes,
        sandbox: first.sandbox,
        directory: launch.directory.clone().or(first.directory),
        gate: Some(Gate {
            directory: Some(Path::new(KIT).join(GATE).join(gate)),
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
