//! Containers by runtimes of others, with the OCI command line.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use stackwright_spec::launch::Root;

use super::data::{RuntimeData, data};
use super::embedded::{Entries, TEMPORARY_BYTES, entries};
use super::place::{give, write_for};
use super::{Case, Driver, Further, Prepared, Task};
use crate::error::DriveError;
use crate::protocol::{Enter, Instructions, Mounts, Run, View, encode};
use crate::runner::RUNNER_ARGUMENT;
use crate::sys::process::effective_ids;

/// Where the inside of a container finds this program and its instructions.
pub(super) const KIT: &str = "/.stackwright";
/// Files of the kernel that a container does not see.
const MASKED: [&str; 4] = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi"];
/// An identifier that no distribution gives to anybody, next to `nobody`.
const UNUSED: u32 = 65_533;
/// Folder of a gate by files.
pub(super) const GATE: &str = "gate";
/// Folder of the run that the inside finds as [`KIT`], and the file of it with what it has to do.
pub(super) const INSIDE: &str = "inside";
pub(super) const INSTRUCTIONS: &str = "instructions";

/// A runtime.
#[derive(Debug)]
pub(super) struct Oci {
    data: RuntimeData,
}

impl Oci {
    pub(super) fn new(data: RuntimeData) -> Self {
        Self { data }
    }

    fn unavailable(&self, detail: String) -> DriveError {
        DriveError::LayerUnavailable {
            operator: self.data.name.clone(),
            capability: self.data.name.clone(),
            detail,
            remedy: crate::doctor::remedy(&self.data.name)
                .or_else(|| Some(format!("install {} or choose another driver", self.data.program))),
        }
    }

    /// The runtime and its global arguments, filled in.
    fn call(&self, program: &Path, state: &Path) -> Vec<String> {
        let state = state.to_string_lossy();
        let filled = self
            .data
            .global
            .iter()
            .map(|argument| argument.replace("{state}", &state));
        std::iter::once(program.to_string_lossy().into_owned())
            .chain(filled)
            .collect()
    }
}

/// A container of a runtime.
#[derive(Debug)]
struct Container {
    task: Task,
    further: Option<Further>,
    call: Vec<String>,
    id: String,
    /// Where the runtime keeps what it knows of its containers.
    state: PathBuf,
}

impl Driver for Oci {
    fn name(&self) -> &str {
        &self.data.name
    }

    fn prepare(&self, task: Task, case: &mut Case<'_>) -> Result<Box<dyn Prepared>, DriveError> {
        if task.runtime || task.enter.container.is_some() {
            return Err(DriveError::Unsupported {
                what: format!("{} cannot start a container inside of its own here", self.data.name),
                help: "choose another driver for one of the two with `--driver`".to_owned(),
            });
        }
        if effective_ids().0 != 0 {
            return Err(DriveError::Unsupported {
                what: format!("{} is started by root only here", self.data.name),
                help: "the layers of our own, and bubblewrap, need no privilege".to_owned(),
            });
        }
        if case.launch.terminal && !self.data.terminal {
            return Err(DriveError::Unsupported {
                what: format!(
                    "{} carries standard streams by pipes, so the command has no terminal",
                    self.data.name
                ),
                help: "run it without `--tty`, or choose another driver".to_owned(),
            });
        }
        if let Root::Folder(folder) = &case.launch.root {
            check_owner(folder)?;
        }
        let program = find(&self.data.program).ok_or_else(|| self.unavailable("not on PATH".to_owned()))?;
        let id = format!("{}-{}", case.place.record.id, self.data.name);
        let state = case
            .place
            .folder("runtime")
            .map_err(DriveError::host("make the runtime's folder"))?;
        let Bundle {
            folder,
            arguments,
            inside,
            mounts,
        } = bundle(&self.data, task, case).map_err(DriveError::host("write the runtime's bundle"))?;
        let call = self.call(&program, &state);
        let mut argv = call.clone();
        argv.push("run".to_owned());
        // The control channel, the instructions and, if there is one, the compiled code.
        let count = if case.code.is_some() { "3" } else { "2" };
        argv.extend(
            self.data
                .preserves
                .iter()
                .map(|argument| argument.replace("{count}", count)),
        );
        argv.extend(["--bundle".to_owned(), folder.to_string_lossy().into_owned(), id.clone()]);
        let mut delete = call.clone();
        delete.extend(["delete".to_owned(), "--force".to_owned(), id.clone()]);
        case.place.record.containers.push(delete);
        let enter = Enter {
            join: case.limited.join_files(),
            mounts,
            run: Run::Command {
                argv,
                env: vec![
                    ("PATH".to_owned(), data().path.clone()),
                    ("XDG_RUNTIME_DIR".to_owned(), state.to_string_lossy().into_owned()),
                ],
                inside: inside.map(Box::new),
            },
            ..Enter::default()
        };
        let fill = |arguments: &[String]| -> Vec<String> {
            let (user, group) = ids(&self.data, case);
            let filled = arguments.iter().map(|argument| {
                argument
                    .replace("{id}", &id)
                    .replace("{user}", &format!("{user}:{group}"))
            });
            call.iter().cloned().chain(filled).collect()
        };
        // The last argument names what the first command has to do.
        let (_, program) = arguments.split_last().unwrap_or((&id, &[]));
        let further = (!self.data.further.is_empty()).then(|| Further {
            start: [&fill(&self.data.further), program].concat(),
            signal: fill(&self.data.signal),
            owner: ids(&self.data, case),
        });
        Ok(Box::new(Container {
            task: Task { enter, runtime: true },
            further,
            call,
            id,
            state,
        }))
    }
}

impl Container {
    fn command(&self, arguments: &[&str]) -> Option<std::process::Output> {
        let (program, global) = self.call.split_first()?;
        let output = Command::new(program)
            .args(global)
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        output.ok()
    }
}

impl Prepared for Container {
    fn start(&mut self) -> Task {
        std::mem::take(&mut self.task)
    }

    fn signal(&self, number: i32) -> bool {
        let number = number.to_string();
        self.command(&["kill", &self.id, &number])
            .is_some_and(|output| output.status.success())
    }

    fn process(&self) -> Option<i32> {
        let state: Value = serde_json::from_slice(&self.command(&["state", &self.id])?.stdout).ok()?;
        i32::try_from(state.get("pid")?.as_i64()?).ok()
    }

    fn further(&self) -> Option<Further> {
        self.further.clone()
    }

    fn clean_up(&mut self) {
        // A runtime forgets a container that ended by itself; asking it again would cost another start of it.
        let known = fs::read_dir(&self.state).into_iter().flatten().flatten();
        if known
            .into_iter()
            .any(|entry| entry.file_name().to_string_lossy().contains(&self.id))
        {
            let _ = self.command(&["delete", "--force", &self.id]);
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.clean_up();
    }
}

/// A runtime of others looks its mounts up by path, with the rights of root: who can change the folder could exchange what is
/// in it for links to elsewhere.
fn check_owner(folder: &Path) -> Result<(), DriveError> {
    let found = fs::metadata(folder).map_err(|source| DriveError::Root {
        path: folder.to_owned(),
        source,
    })?;
    if found.uid() == effective_ids().0 && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(DriveError::Unsupported {
        what: format!("others can change {} while a runtime starts from it", folder.display()),
        help: "have it belong to root, or use the layers of our own".to_owned(),
    })
}

/// The program on our own PATH.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_else(|_| data().path.clone());
    path.split(':')
        .filter(|place| place.starts_with('/'))
        .map(|place| Path::new(place).join(name))
        .find(|file| {
            fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
        })
}

/// Mounts that the runtime stumbles over, where both versions of control groups are mounted.
fn hidden(runtime: &RuntimeData) -> Vec<PathBuf> {
    let hybrid = Path::new("/sys/fs/cgroup/unified/cgroup.procs").exists();
    runtime.hides.iter().filter(|_| hybrid).map(PathBuf::from).collect()
}

/// What a runtime is given.
struct Bundle {
    folder: PathBuf,
    /// How its inside is started.
    arguments: Vec<String>,
    /// Instructions of its inside, if they are handed on by descriptor.
    inside: Option<Enter>,
    /// Mounts that it needs.
    mounts: Mounts,
}

fn bundle(runtime: &RuntimeData, task: Task, case: &Case<'_>) -> std::io::Result<Bundle> {
    let bundle = case.place.folder("bundle")?;
    let rootfs = case.place.folder("bundle/rootfs")?;
    let kit = case.place.folder(INSIDE)?;
    let Entries { view, links } = entries(&case.launch.root).map_err(std::io::Error::other)?;
    for path in [&bundle, &rootfs] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    for view in &view {
        let place = rootfs.join(&view.name);
        if view.host.is_dir() {
            fs::create_dir(&place)?;
        } else {
            fs::write(&place, "")?;
        }
    }
    for (name, target) in &links {
        symlink(target, rootfs.join(name))?;
    }
    for name in ["proc", "dev", "tmp", "sys", ".stackwright"] {
        fs::create_dir(rootfs.join(name))?;
    }
    for grant in case.grants {
        fs::create_dir_all(rootfs.join(grant.guest.trim_start_matches('/')))?;
    }
    let mut mounts = standard_mounts(case);
    let mut changes = Mounts {
        hide: hidden(runtime),
        ..Mounts::default()
    };
    let folder = case.place.folder("changes")?;
    if case.overlay {
        let bytes = TEMPORARY_BYTES.min(case.launch.limits.memory_bytes);
        changes.changes = Some((folder.clone(), bytes, case.outside));
    }
    for view in &view {
        let through = case.overlay && view.host.is_dir();
        if through {
            changes.upper.push(view.name.clone());
        }
        if through && !runtime.overlay {
            // The runtime finds the overlay in place.
            let at = rootfs.join(&view.name);
            changes.overlays.push((view.host.clone(), view.name.clone(), at));
        } else {
            mounts.push(shown(view, through.then_some(folder.as_path())));
        }
    }
    for grant in case.grants {
        let access = if grant.writable { "rw" } else { "ro" };
        mounts.push(bind(&grant.host, &grant.guest, &["rbind", access, "nosuid", "nodev"]));
    }
    let (arguments, inside) = inside(runtime, task, case, &kit, &mut mounts)?;
    // Overlays that are in place are part of the root for it.
    let read_only = changes.overlays.is_empty();
    let (user, group) = ids(runtime, case);
    let mut namespaces = vec!["pid", "network", "ipc", "uts", "mount"];
    if runtime.user_namespace {
        namespaces.push("user");
    }
    let namespaces: Vec<Value> = namespaces.iter().map(|kind| json!({ "type": kind })).collect();
    let mut linux = Map::new();
    linux.insert("namespaces".to_owned(), json!(namespaces));
    linux.insert("maskedPaths".to_owned(), json!(MASKED));
    if runtime.user_namespace {
        linux.insert("uidMappings".to_owned(), mapping(user, case.outside.0));
        linux.insert("gidMappings".to_owned(), mapping(group, case.outside.1));
    }
    linux.insert("cgroupsPath".to_owned(), json!(own_group(case)));
    let resources = json!({
        "memory": { "limit": case.launch.limits.memory_bytes },
        "pids": { "limit": case.limited.tasks },
    });
    linux.insert("resources".to_owned(), resources);
    let empty: [&str; 0] = [];
    let config = json!({
        "ociVersion": "1.0.2",
        "hostname": "workload",
        "root": { "path": "rootfs", "readonly": read_only },
        "process": {
            "terminal": false,
            "user": { "uid": user, "gid": group },
            "args": &arguments,
            "env": ["PATH=/usr/bin:/bin"],
            "cwd": "/",
            "noNewPrivileges": true,
            "capabilities": {
                "bounding": empty, "effective": empty, "permitted": empty, "inheritable": empty, "ambient": empty,
            },
        },
        "mounts": mounts,
        "linux": linux,
    });
    fs::write(bundle.join("config.json"), serde_json::to_vec_pretty(&config)?)?;
    Ok(Bundle {
        folder: bundle,
        arguments,
        inside,
        mounts: changes,
    })
}

/// User and group inside of the container. Without a user namespace they are those of the host, so what the image says
/// must not reach files that were granted.
fn ids(runtime: &RuntimeData, case: &Case<'_>) -> (u32, u32) {
    match case.inside {
        Some(inside) if runtime.user_namespace || case.grants.is_empty() => inside,
        _ if runtime.user_namespace => (0, 0),
        _ => case.outside,
    }
}

/// One user, or group, of the container. Runtimes set it up as 0 inside, which is nobody's if the command is another.
fn mapping(inside: u32, outside: u32) -> Value {
    let map = |inside: u32, outside: u32| json!({ "containerID": inside, "hostID": outside, "size": 1 });
    match inside {
        0 => json!([map(0, outside)]),
        _ if outside == UNUSED => json!([map(0, UNUSED - 1), map(inside, outside)]),
        _ => json!([map(0, UNUSED), map(inside, outside)]),
    }
}

/// Name of the container's own control groups, which is one of ours, so that they are found if they are left.
fn own_group(case: &Case<'_>) -> String {
    case.place.record.id.replacen("sw-", "stackwright-", 1) + "-oci"
}

fn standard_mounts(case: &Case<'_>) -> Vec<Value> {
    let size = format!("size={}", TEMPORARY_BYTES.min(case.launch.limits.memory_bytes));
    vec![
        json!({ "destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"] }),
        json!({ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"] }),
        json!({ "destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777", size] }),
    ]
}

fn bind(host: &Path, destination: &str, options: &[&str]) -> Value {
    json!({ "destination": destination, "type": "bind", "source": host, "options": options })
}

/// A folder of the view: as it is and read-only, or below changes of the run's own.
fn shown(view: &View, changes: Option<&Path>) -> Value {
    let destination = format!("/{}", view.name);
    let Some(changes) = changes else {
        return bind(&view.host, &destination, &["rbind", "ro", "nosuid", "nodev"]);
    };
    let option = |name: &str, path: &Path| format!("{name}={}", path.display());
    let own = changes.join(&view.name);
    json!({
        "destination": destination,
        "type": "overlay",
        "source": "overlay",
        "options": [
            "nosuid", "nodev",
            option("lowerdir", &view.host), option("upperdir", &own.join("upper")), option("workdir", &own.join("state")),
        ],
    })
}

/// Puts this program and its instructions in the container, and returns how it is started there.
fn inside(
    runtime: &RuntimeData,
    mut task: Task,
    case: &Case<'_>,
    kit: &Path,
    mounts: &mut Vec<Value>,
) -> std::io::Result<(Vec<String>, Option<Enter>)> {
    let by_files = runtime.preserves.is_empty();
    let owner = match runtime.user_namespace {
        true => case.outside,
        false => ids(runtime, case),
    };
    // What the innermost process does is settled; limits are set where the container is.
    if let Some(gate) = &mut task.enter.gate
        && by_files
    {
        gate.directory = Some(PathBuf::from(KIT).join(GATE));
    }
    if let Run::Module { code, .. } = &mut task.enter.run
        && by_files
    {
        *code = Some(PathBuf::from(KIT).join("code"));
    }
    mounts.push(bind(kit, KIT, &["rbind", "ro", "nosuid", "nodev"]));
    let mut place = |name: &str, host: &Path, writable: bool| -> std::io::Result<()> {
        let access = if writable { "rw" } else { "ro" };
        mounts.push(bind(
            host,
            &format!("{KIT}/{name}"),
            &["bind", access, "nosuid", "nodev"],
        ));
        Ok(())
    };
    if by_files {
        let gate = case.place.folder(GATE)?;
        fs::create_dir(kit.join(GATE))?;
        give(&gate, owner)?;
        place(GATE, &gate, true)?;
    }
    let program = fs::canonicalize(case.program)?;
    fs::write(kit.join("program"), "")?;
    place("program", &program, false)?;
    let mut arguments = vec![format!("{KIT}/program")];
    if case.launch.root != Root::Host {
        let libraries = libraries()?;
        let mut linker = None;
        for library in &libraries {
            let Some(name) = library.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            fs::write(kit.join(name), "")?;
            place(name, library, false)?;
            if name.starts_with("ld-") {
                linker = Some(format!("{KIT}/{name}"));
            }
        }
        if let Some(linker) = linker {
            arguments = vec![
                linker,
                "--library-path".to_owned(),
                KIT.to_owned(),
                format!("{KIT}/program"),
            ];
        }
    }
    give(kit, owner)?;
    arguments.push(RUNNER_ARGUMENT.to_owned());
    if !by_files {
        return Ok((arguments, Some(task.enter)));
    }
    if let Some(code) = case.code {
        write_for(&kit.join("code"), code, owner)?;
    }
    let instructions = encode(&Instructions::Enter(Box::new(task.enter)))?;
    write_for(&kit.join(INSTRUCTIONS), &instructions, owner)?;
    arguments.push(format!("{KIT}/{INSTRUCTIONS}"));
    Ok((arguments, None))
}

/// The shared objects that this program is made of, by where they are mapped from.
fn libraries() -> std::io::Result<Vec<PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let mut files: Vec<PathBuf> = maps
        .lines()
        .filter_map(|line| line.find('/').and_then(|at| line.get(at..)))
        .filter(|path| path.contains(".so"))
        .map(PathBuf::from)
        .collect();
    files.sort_unstable();
    files.dedup();
    Ok(files)
}
