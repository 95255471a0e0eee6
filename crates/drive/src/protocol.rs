//! What the supervisor and the runner say to each other.
//!
//! Instructions go to the runner in a sealed memory file; reports come back over the control channel, one message
//! each; one byte the other way lets the workload go on. Everything that the workload process says after its first
//! instruction could have been forged by a module that broke out of the engine, so the supervisor judges layers only
//! by what it saw before, and measures memory itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::filter::Program;

/// Descriptor of the control channel in the runner.
pub(crate) const CONTROL_FD: i32 = 3;
/// Descriptor of the instructions in the runner.
pub(crate) const INSTRUCTIONS_FD: i32 = 4;
/// Descriptor of the compiled code in the runner.
pub(crate) const CODE_FD: i32 = 5;
/// First descriptor that the runner was not given.
pub(crate) const FIRST_FREE_FD: i32 = 6;

/// What a runner is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Instructions {
    /// Become a workload.
    Run(Box<RunInstructions>),
    /// Enter the layers around a command, and become it.
    Enter(Box<Enter>),
    /// Try a capability of the host, by name.
    Probe(Probe),
    /// Carry connections to the ports of a workload.
    Forward(Box<Forward>),
}

/// Connections to be carried to a workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forward {
    pub(crate) network: Option<Network>,
    /// Where to listen here, and the workload's port.
    pub(crate) ports: Vec<(SocketAddr, u16)>,
    /// The sandbox that this is done in.
    pub(crate) confine: Confine,
}

/// A network namespace that a process is in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Network {
    pub(crate) pid: i32,
    /// Its number: the process may have ended, and another have its id.
    pub(crate) number: u64,
}

/// A workload and the layers to be entered around it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RunInstructions {
    /// Control groups to join, by the file that a process id is written to.
    pub(crate) join: Vec<PathBuf>,
    /// Enter a container.
    pub(crate) container: Option<ContainerInstructions>,
    /// Enter a sandbox.
    pub(crate) sandbox: Option<SandboxInstructions>,
    /// Then run this.
    pub(crate) guest: GuestInstructions,
    /// Number of processes that the workload may have.
    pub(crate) processes: u64,
    /// Bytes of private memory that the kernel may give the process, where no control group bounds it.
    pub(crate) data_bytes: Option<u64>,
    /// Go on without a layer that cannot be had.
    pub(crate) degraded: bool,
}

/// How to set up the container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContainerInstructions {
    /// Its host name.
    pub(crate) host_name: String,
    /// User and group inside.
    pub(crate) inside: (u32, u32),
    /// User and group that they are outside.
    pub(crate) outside: (u32, u32),
}

/// How to set up the sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SandboxInstructions {
    /// The system-call filter.
    pub(crate) filter: Program,
}

/// Layers to be entered in this order, and the command to become then.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Enter {
    /// Control groups to join, by the file that a process id is written to.
    pub(crate) join: Vec<PathBuf>,
    /// Mounts that what follows finds, and those that it does not.
    pub(crate) mounts: Mounts,
    /// A command that goes on, whose namespaces are entered.
    pub(crate) visit: Option<Visit>,
    /// A sandbox around all that follows, the building of containers included.
    pub(crate) around: Option<Confine>,
    /// Namespaces, a root, or both.
    pub(crate) container: Option<Inside>,
    /// Number of processes, and bytes of private memory where no control group bounds them.
    pub(crate) processes: Option<u64>,
    pub(crate) data_bytes: Option<u64>,
    /// Where the command is started.
    pub(crate) directory: Option<String>,
    /// Standard input is a terminal of the command's own.
    pub(crate) terminal: bool,
    /// A sandbox around the command alone.
    pub(crate) sandbox: Option<Confine>,
    /// Where to report, and to wait before the command is started; a runtime is started without.
    pub(crate) gate: Option<Gate>,
    /// What to do in the end.
    pub(crate) run: Run,
}

/// A command beside which another is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) pid: i32,
    /// Its namespaces that are not ours, as `/proc` names them.
    pub(crate) namespaces: Vec<String>,
    /// Its user and group, as its own user namespace names them.
    pub(crate) ids: (u32, u32),
    /// It has no capabilities.
    pub(crate) powerless: bool,
}

/// Changes to the mounts that a runtime sees, in a namespace of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mounts {
    /// Taken away.
    pub(crate) hide: Vec<PathBuf>,
    /// A folder in memory of so many bytes, in which changes are kept, and its owner.
    pub(crate) changes: Option<(PathBuf, u64, (u32, u32))>,
    /// Names in that folder, each for the changes to one folder of the view.
    pub(crate) upper: Vec<String>,
    /// Overlays of our own: the folder below, the name of its changes, and where they are mounted.
    pub(crate) overlays: Vec<(PathBuf, String, PathBuf)>,
}

/// How the inside speaks with the supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gate {
    /// By files in this directory, where no descriptor can be handed on; else by the control channel.
    pub(crate) directory: Option<PathBuf>,
    /// Try what the layers have to refuse.
    pub(crate) trials: Option<Trials>,
}

/// What is tried on request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trials {
    /// Bytes of memory that must not be had, where they are bounded.
    pub(crate) memory_bytes: Option<u64>,
    /// Processes that must not be had, where they are bounded.
    pub(crate) processes: Option<u64>,
}

/// What a sandbox confines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Confine {
    /// System-call filters, all in force at once.
    pub(crate) filters: Vec<Program>,
    /// Files by path; `None` where containers are built inside, as rules for files forbid every mount.
    pub(crate) files: Option<Vec<FileRule>>,
    /// Ports of TCP that may be listened at.
    #[serde(default)]
    pub(crate) bind: Vec<u16>,
    /// Ports of TCP that connections may be made to.
    #[serde(default)]
    pub(crate) connect: Vec<u16>,
}

/// What may be done below a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileRule {
    pub(crate) path: PathBuf,
    pub(crate) writable: bool,
    pub(crate) executable: bool,
}

/// A container around a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Inside {
    /// Users and host name.
    pub(crate) container: ContainerInstructions,
    /// All namespaces; else only one for mounts.
    pub(crate) namespaces: bool,
    /// Folders of the host that its root shows, read-only or through an overlay.
    pub(crate) view: Vec<View>,
    /// Links in its root.
    pub(crate) links: Vec<(String, PathBuf)>,
    /// Devices of the host that it has.
    pub(crate) devices: Vec<String>,
    /// Bytes of changes that an overlay keeps, if the view goes through one.
    pub(crate) overlay_bytes: Option<u64>,
    /// Bytes of its temporary files.
    pub(crate) temporary_bytes: u64,
    pub(crate) grants: Vec<GrantInstructions>,
}

/// A file or folder of the host in a root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) host: PathBuf,
    /// Name in the root.
    pub(crate) name: String,
}

/// What is run inside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Run {
    /// A program, found by its name in the variable `PATH` of its environment.
    Command {
        argv: Vec<String>,
        env: Vec<(String, String)>,
        /// A runtime's inside, whose instructions are handed on by descriptor.
        inside: Option<Box<Enter>>,
    },
    /// A module whose compiled code is in this file, else handed over by descriptor.
    Module {
        guest: GuestInstructions,
        code: Option<PathBuf>,
    },
}

impl Default for Run {
    fn default() -> Self {
        Self::Command {
            argv: Vec::new(),
            env: Vec::new(),
            inside: None,
        }
    }
}

/// What the inside of a stack sees of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct InsideFacts {
    /// Its id as it sees it.
    pub(crate) pid: i32,
    /// The kernel's name for itself.
    pub(crate) kernel: String,
    /// Kinds of file systems that are mounted.
    pub(crate) file_systems: Vec<String>,
    /// The sandbox around the command.
    pub(crate) sandbox: Option<ConfineEvidence>,
    /// Number of functions that a module was linked to.
    pub(crate) linked_imports: Option<usize>,
    /// What was tried on request.
    pub(crate) trials: Vec<Attempt>,
}

/// Something that a layer must refuse.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// The layer, as drivers name what an operator needs.
    pub(crate) of: String,
    /// What was tried and what happened.
    pub(crate) what: String,
    pub(crate) refused: bool,
}

/// What was seen of a sandbox when it was entered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ConfineEvidence {
    /// Interface of Landlock, and whether all rules are enforced.
    pub(crate) landlock: Option<(String, bool)>,
    /// Opening the root's listing, before and after, where there are rules for files.
    pub(crate) open_root: Option<Trial>,
    /// A call that every filter refuses.
    pub(crate) call: Option<Trial>,
    /// Number of filters that were put in force.
    pub(crate) filters: usize,
    /// What could not be had.
    pub(crate) missing: Vec<String>,
}

/// What the module is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GuestInstructions {
    /// Its name, the first of its arguments.
    pub(crate) name: String,
    /// The arguments after it.
    pub(crate) args: Vec<String>,
    /// Its whole environment.
    pub(crate) env: Vec<(String, String)>,
    /// Its directories.
    pub(crate) grants: Vec<GrantInstructions>,
    /// Bound on its linear memory.
    pub(crate) memory_bytes: u64,
    /// Whether instantiating it runs code of its own.
    pub(crate) has_start_function: bool,
    /// A component rather than a core module.
    pub(crate) is_component: bool,
    /// It is run once for each request.
    pub(crate) serving: Option<Serving>,
}

/// How requests are answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Serving {
    /// Most instances at once.
    pub(crate) at_once: u32,
    /// Wall-clock time of each, in milliseconds.
    pub(crate) time_ms: u64,
    /// Most bytes of a request.
    pub(crate) request_bytes: usize,
    /// Most bytes of what an instance writes, on each of its two streams.
    pub(crate) answer_bytes: usize,
}

/// What serving came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    /// Those whose instance did not end with exit code 0.
    pub(crate) failed: u64,
    /// How often an instance was refused memory.
    pub(crate) refused_growth: u64,
}

/// A directory, checked and resolved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GrantInstructions {
    /// On the host, without links.
    pub(crate) host: PathBuf,
    /// Where the workload sees it: absolute, normal components only.
    pub(crate) guest: String,
    /// Whether it may write there.
    pub(crate) writable: bool,
}

/// The layer that a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    Container,
    Sandbox,
    Wasm,
}

/// What the runner says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The workload's process was started, with this id; the runner itself ends now.
    Cloned { pid: i32, user_namespace: bool },
    /// A layer cannot be had. The run goes on only if it may be degraded.
    LayerFailed(LayerFailure),
    /// A granted directory cannot be given; the run cannot go on.
    GrantFailed(GrantFailure),
    /// A control group cannot be joined; its limit does not hold.
    NotJoined { what: String },
    /// Every layer is entered; the module is loaded and waits to be let go.
    Locked(Evidence),
    /// The module's first instruction follows.
    Started { at_ns: u64 },
    /// The module ended; its process waits to be let go.
    Ended {
        at_ns: u64,
        how: GuestEnd,
        refused_growth: u64,
        served: Option<Served>,
    },
    /// A sandbox around the building of containers is in force.
    Around(ConfineEvidence),
    /// Every layer around a command is entered; the command waits to be let go.
    Inside(Box<InsideFacts>),
    /// The command cannot be started.
    CannotStart { what: String },
    /// How a probe went.
    Probed { ok: bool, detail: String },
}

/// Why a layer cannot be had.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LayerFailure {
    pub(crate) step: Step,
    /// The capability that is missing, as in `doctor`.
    pub(crate) capability: String,
    /// What was tried and what happened.
    pub(crate) detail: String,
}

/// Why a granted directory cannot be given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GrantFailure {
    /// Where the workload would have seen it.
    pub(crate) guest: String,
    pub(crate) detail: String,
}

/// Why the runner cannot go on as it was told.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Layer(LayerFailure),
    Grant(GrantFailure),
}

impl From<LayerFailure> for Failure {
    fn from(failure: LayerFailure) -> Self {
        Self::Layer(failure)
    }
}

impl From<GrantFailure> for Failure {
    fn from(failure: GrantFailure) -> Self {
        Self::Grant(failure)
    }
}

/// What the workload process saw of its own layers by trying.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) landlock: Option<LandlockEvidence>,
    pub(crate) filter: Option<FilterEvidence>,
    /// Number of functions that the loaded module was linked to.
    pub(crate) linked_imports: Option<usize>,
}

/// The same file was opened before and after the rules were in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LandlockEvidence {
    pub(crate) abi: String,
    /// All that was asked for is enforced, not only what this kernel knows.
    pub(crate) fully: bool,
    /// Opening the root directory, before and after.
    pub(crate) open_root: Trial,
}

/// The same calls were made before and after the filter was in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FilterEvidence {
    /// Making a socket, before and after.
    pub(crate) socket: Trial,
}

/// An act that was tried before and after a layer was entered: 0, or the error that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trial {
    pub(crate) before: i32,
    pub(crate) after: i32,
}

/// How the module ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum GuestEnd {
    /// By itself, with this code.
    Exited { code: i32 },
    /// By a trap.
    Trapped { message: String },
}

/// A capability that is tried in a process of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Probe {
    /// New namespaces of this kind, seen from inside.
    Namespace(NamespaceKind),
    /// An own root file system.
    PivotRoot,
    /// An overlay mount that keeps changes apart.
    Overlay,
    /// A filter that refuses one call.
    Seccomp,
    /// Rules that refuse one file.
    Landlock,
    /// Privileges that cannot come back.
    NoNewPrivileges,
    /// A group with a memory limit, joined by the file named, that kills what exceeds it.
    MemoryLimit { join: PathBuf, bytes: u64 },
    /// A group with a limit of one process, joined by the file named, that refuses the second.
    ProcessLimit { join: PathBuf },
    /// A group, joined by the file named.
    Join { join: PathBuf },
    /// Instructions at the highest privilege of a machine, at the processor's own speed.
    RingZero,
    /// A machine whose memory is encrypted.
    Encrypted(Encryption),
    /// A program in the kernel.
    Bpf,
    /// Whether something answers at a port.
    Reach {
        network: Option<Network>,
        port: u16,
        /// What is asked for by HTTP; else a connection is enough.
        path: Option<String>,
        /// How long it may take, in milliseconds.
        time_ms: u64,
    },
}

/// A way of encrypting a machine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Encryption {
    SevSnp,
    Tdx,
}

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NamespaceKind {
    User,
    Pid,
    Mount,
    Network,
    Ipc,
    Uts,
}

/// Writes a message or instructions.
pub(crate) fn encode<T: Serialize>(message: &T) -> std::io::Result<Vec<u8>> {
    serde_json::to_vec(message).map_err(std::io::Error::from)
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> std::io::Result<T> {
    serde_json::from_slice(bytes).map_err(std::io::Error::from)
}
