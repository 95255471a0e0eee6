//! What a driver is asked to start: a workload and the layers around it.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::report::LayerReport;

/// One start of one workload. Layers are listed outermost first and are entered in that order.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The layers around the workload, outermost first.
    pub layers: Vec<LayerRequest>,
    /// What is to be run.
    pub workload: Executable,
    /// The digest that the workload's bytes must have when they are run (`sha256:` and 64 hexadecimal digits), whatever they
    /// had before.
    pub digest: Option<String>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// The whole environment of the workload: nothing is inherited.
    pub env: Vec<(String, String)>,
    /// Directories that the workload is given; everything else is out of its reach.
    pub grants: Vec<Grant>,
    /// Bounds on what the workload may use.
    pub limits: Limits,
    /// Start even if the host cannot give a layer; the report says which were missing.
    pub degraded: bool,
    /// Answer each line of standard input by an instance of the workload of its own, at most so many at once. The limits
    /// on time, memory and output then hold for each instance.
    pub serve: Option<u32>,
}

impl Launch {
    /// The same workload under drivers that nest, for what the embedded layers at once do not offer.
    pub fn nested(self, word: Vec<String>) -> CommandLaunch {
        let Executable::WasmModule(path) = self.workload;
        let program = path.to_string_lossy().into_owned();
        CommandLaunch {
            word,
            argv: std::iter::once(program).chain(self.args).collect(),
            digest: self.digest,
            env: self.env,
            grants: self.grants,
            limits: self.limits,
            degraded: self.degraded,
            ..CommandLaunch::default()
        }
    }
}

/// A layer that the stack asks for. `operator` is the symbol shown in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRequest {
    /// Symbol of the operator that this layer puts in force, such as `C`.
    pub operator: String,
    /// How it is put in force.
    pub layer: Layer,
}

/// The layers that the embedded drivers can put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A packaged workload, checked by its digest before the start (`sha256:` and 64 hexadecimal digits).
    Image {
        /// Digest of the workload's bytes.
        digest: String,
    },
    /// New namespaces, an own root file system, control-group limits.
    Container,
    /// Landlock, a system-call filter, no new privileges, no capabilities.
    Sandbox,
    /// The embedded WebAssembly engine.
    Wasm,
}

/// One start of a command, or of a module where the stack ends in a language runtime.
#[derive(Clone, Debug, Default)]
pub struct CommandLaunch {
    /// The stack's normal form: symbols of operators, outermost first.
    pub word: Vec<String>,
    /// The program or module, and its arguments.
    pub argv: Vec<String>,
    /// The digest that a module's bytes must have, as in [`Launch::digest`].
    pub digest: Option<String>,
    /// The whole environment of the command beside `PATH` and `HOME`: nothing is inherited.
    pub env: Vec<(String, String)>,
    /// Directories that the command is given.
    pub grants: Vec<Grant>,
    /// Bounds on what the command may use.
    pub limits: Limits,
    /// What its root file system shows, where the stack gives it one.
    pub root: Root,
    /// Drivers to use instead of the first that can: symbol of an operator, name of a driver.
    pub drivers: Vec<(String, String)>,
    /// Try inside of the stack what its layers have to refuse, before the command is started.
    pub attest: bool,
    /// Start even if a layer was not seen to be in force; the report says so.
    pub degraded: bool,
    /// Give the command a terminal of its own.
    pub terminal: bool,
    /// Keep the run's folder with its output, for `logs`, until it is removed.
    pub keep: bool,
    /// Where the command is started; `/` if nothing is said.
    pub directory: Option<String>,
    /// When it is started again.
    pub restart: Restart,
    /// Ports of the command that can be reached from outside of its stack.
    pub publish: Vec<Publish>,
    /// How it is found out whether the command has started, is ready, and lives.
    pub probes: Probes,
    /// Layers that do not enclose the command's process, such as a policy that let it start, as they were seen before.
    pub beside: Vec<LayerReport>,
}

/// One start of a workload that is written as documents for a cluster, on this host.
#[derive(Clone, Debug, Default)]
pub struct ClusterLaunch {
    /// The stack's normal form: symbols of operators, outermost first.
    pub word: Vec<String>,
    /// Name of the bundle.
    pub name: String,
    /// Its documents, each with the path of its file in the bundle.
    pub documents: Vec<(String, serde_json::Value)>,
    /// The field that a container's filter stands in, where one is part of the stack: `seccompProfile`, ….
    pub filters: Vec<String>,
    /// Files of the bundle that could be profiles of filters, by their names.
    pub profiles: Vec<(String, PathBuf)>,
    /// Image layouts that images are taken from if the engine does not have them.
    pub layouts: Vec<PathBuf>,
    /// Arguments of the workload instead of those in its document.
    pub args: Vec<String>,
    /// Variables of the workload beside those in its document.
    pub env: Vec<(String, String)>,
    /// Bounds on time and output. Those on memory are in the document; processes are not bounded.
    pub limits: Limits,
    /// Start even if a layer was not seen to be in force; the report says so.
    pub degraded: bool,
    /// Keep the run's folder with its output, for `logs`, until it is removed.
    pub keep: bool,
}

/// When a command that has ended is started again, after a pause that grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Never.
    #[default]
    No,
    /// When it failed, at most so often.
    OnFailure(Option<u32>),
    /// Whenever it ended by itself.
    Always,
}

/// A port of TCP that is reached from outside of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Where connections are taken on the host; port 0 is one that is free.
    pub host: SocketAddr,
    /// The command's port, on loopback.
    pub port: u16,
}

/// How a command is looked at while it goes on, with the names and the meaning that Kubernetes gives these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Until it succeeds once, the others wait; when it has failed too often, the command is ended.
    pub startup: Option<Probe>,
    /// Whether the command is ready.
    pub readiness: Option<Probe>,
    /// When it has failed too often in a row, the command is ended.
    pub liveness: Option<Probe>,
}

/// One way of looking at a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is tried.
    pub action: ProbeAction,
    /// Milliseconds before the first time.
    pub after_ms: u64,
    /// Milliseconds from one time to the next.
    pub every_ms: u64,
    /// Milliseconds that one time may take.
    pub timeout_ms: u64,
    /// How many failures in a row count.
    pub failures: u32,
}

/// What a probe tries. Ports are those on the command's own loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAction {
    /// A connection.
    Tcp(u16),
    /// A request by HTTP for a path, answered with a status from 200 to 399.
    Http {
        /// The port.
        port: u16,
        /// The path, with its `/`.
        path: String,
    },
    /// A command in the same stack that ends with code 0.
    Exec(Vec<String>),
}

impl Probes {
    /// The probes that there are.
    pub fn each(&self) -> impl Iterator<Item = &Probe> {
        [&self.startup, &self.readiness, &self.liveness].into_iter().flatten()
    }

    /// Whether one of them starts commands.
    pub fn start_commands(&self) -> bool {
        self.each().any(|probe| matches!(probe.action, ProbeAction::Exec(_)))
    }
}

/// A further command in the stack of a run that goes on.
#[derive(Clone, Debug, Default)]
pub struct ExecLaunch {
    /// Name of the run.
    pub run: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables beside those that the run's command was started with.
    pub env: Vec<(String, String)>,
    /// Where it is started; where the run's command was if nothing is said.
    pub directory: Option<String>,
    /// Give it a terminal of its own.
    pub terminal: bool,
    /// Wall-clock time in milliseconds after which it is killed.
    pub time_ms: u64,
    /// Bytes of standard output and standard error together.
    pub output_bytes: u64,
}

/// What a root file system shows. It is never the host's own root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// The programs and settings of the host, without its users' data.
    #[default]
    Host,
    /// What is in this folder.
    Folder(PathBuf),
    /// What an image holds.
    Image(RootImage),
}

/// The unpacked root file system of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootImage {
    /// Where its files are.
    pub folder: PathBuf,
    /// Digest of its manifest.
    pub digest: String,
    /// User and group that the command is inside of a container.
    pub user: (u32, u32),
}

/// The program to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executable {
    /// A WebAssembly module of the WASI preview 1 command form, by path.
    WasmModule(PathBuf),
}

/// A host directory that the workload may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Directory on the host.
    pub host: PathBuf,
    /// Where the workload sees it; absolute.
    pub guest: PathBuf,
    /// Whether it may write there.
    pub writable: bool,
}

/// Bounds on a run. They are enforced from outside the workload wherever the host allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time in milliseconds from the start; the workload is then killed and the exit code is 124.
    pub time_ms: u64,
    /// Memory in bytes, the engine's own included.
    pub memory_bytes: u64,
    /// Number of processes and threads.
    pub processes: u64,
    /// Bytes of standard output and standard error together.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_ms: 10_000,
            memory_bytes: 256 << 20,
            processes: 64,
            output_bytes: 16 << 20,
        }
    }
}
