//! The command line.

mod atlas;
mod guidance;
mod runs;

use std::path::PathBuf;

pub use atlas::{Atlas, Claims, Compare, MapName, MatrixArguments, RelationName};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use stackwright::Language;
use stackwright::model::{Target, WorkloadFact};

use crate::commands::emit_oci::Packing;
use crate::commands::image::Image;
pub use guidance::{Align, Decide};
pub use runs::{Exec, Logs, Run, RunName, Stats, Stop};

/// A compiler for isolation stacks.
///
/// A requirement with numbers goes in; a stack of isolation layers comes out, with reasons, as a bundle that runs.
#[derive(Debug, Parser)]
#[command(name = "stackwright", version = version(), propagate_version = true, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Version, and hash of the built-in catalogue.
fn version() -> String {
    format!(
        "{} (catalogue {})",
        env!("CARGO_PKG_VERSION"),
        stackwright::BUILTIN_HASH
    )
}

/// The heading of options of every subcommand.
pub const GLOBAL: &str = "Global options";

/// Options of every subcommand.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// How results are printed.
    #[arg(long, global = true, help_heading = GLOBAL, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// When to colour messages; `auto` heeds NO_COLOR and whether they go to a terminal.
    #[arg(long, global = true, help_heading = GLOBAL, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Lay a folder of data files over the built-in catalogue; may be given several times, in order.
    #[arg(long = "catalog", global = true, help_heading = GLOBAL, value_name = "FOLDER")]
    overlays: Vec<PathBuf>,
    /// The language of what is printed for people, `en` or `zh`; without it that of STACKWRIGHT_LANG or of the locale. JSON is the same in all.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "LANGUAGE", value_parser = language)]
    pub lang: Option<Language>,
    /// Print no progress and no notes, only results and errors.
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub quiet: bool,
}

/// The folders of every `--catalog`, in order. Read from the command line itself, as options before the subcommand are
/// lost where there are some after it, and all where there is `--version`.
pub fn overlays() -> Vec<PathBuf> {
    const OPTION: &str = "--catalog";
    let mut found = Vec::new();
    let mut arguments = std::env::args_os().skip(1).take_while(|a| a != "--");
    while let Some(argument) = arguments.next() {
        if argument == OPTION {
            found.extend(arguments.next().map(PathBuf::from));
        } else if let Some(folder) = argument
            .to_str()
            .and_then(|a| a.strip_prefix(OPTION)?.strip_prefix('='))
        {
            found.push(PathBuf::from(folder));
        }
    }
    found
}

fn language(tag: &str) -> Result<Language, String> {
    Language::from_tag(tag).ok_or_else(|| {
        let tags: Vec<_> = Language::ALL.iter().map(|l| l.tag()).collect();
        format!("it is none of {}", tags.join(", "))
    })
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document, or one a line for streams.
    Json,
    /// For documents; only of `plan`, `table`, `atlas` and `inspect`.
    Markdown,
    /// For spreadsheets; only of `table`, `atlas` and `inspect`.
    Csv,
    /// For code scanning, SARIF 2.1.0; only of `inspect`.
    Sarif,
    /// For test reports; only of `inspect`.
    Junit,
    /// A picture; of `table` and `atlas`.
    Svg,
    /// A page that needs nothing else; of `atlas` and `compare`.
    Html,
    /// A graph or map of Mermaid; of `atlas`.
    Mermaid,
    /// A graph of Graphviz; of `atlas`.
    Dot,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find every optimal stack for a requirement, with reasons
    Plan(Plan),
    /// Write a stack for a workload as a bundle that a cluster takes as it is
    Emit(Emit),
    /// Check that documents are what they say: a bundle against its plan, documents against their kinds, policies by evaluation
    Verify(Verify),
    /// Reduce a word of operators to its normal form
    Normalize(Normalize),
    /// Grade a stack on latency, security and observability
    Grade(Grade),
    /// Decide whether two words are equal, or derive the laws of all operators
    ///
    /// What documents claim about laws, and what becomes of it: `stackwright atlas claims`.
    Laws(Laws),
    /// Print the composition table: what becomes of every two operators
    Table,
    /// Say which isolation stack every existing workload really has
    Inspect(Inspect),
    /// Compare concepts, technologies or stacks: values side by side, who wins each, where evidence disagrees, when to use which
    Compare(Compare),
    /// What documents say of isolation, checked
    #[command(subcommand)]
    Atlas(Atlas),
    /// Find out what this host can run
    Doctor,
    /// Fetch, send, import, unpack and remove images
    #[command(subcommand)]
    Image(Image),
    /// Run a bundle, or a command or WebAssembly module under a stack
    Run(Box<Run>),
    /// Run a further command in the stack of a run that goes on
    Exec(Exec),
    /// List runs: those that go on, those that were kept, and what killed ones left
    Ps,
    /// Say what runs that go on use: processor time, memory, processes, bytes read and written
    Stats(Stats),
    /// Print what a kept run has written
    Logs(Logs),
    /// End a run
    Stop(Stop),
    /// Remove the folder of a kept run
    Rm(RunName),
    /// Take away what runs left behind that were killed
    Gc,
    /// Look into the catalogue, or check one
    #[command(subcommand)]
    Catalog(Catalog),
    /// Explain a diagnostic code
    Explain(Explain),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Debug, Args)]
pub struct Plan {
    /// The requirement file.
    #[arg(value_name = "REQUIREMENT", required_unless_present_any = ["text", "profile"])]
    pub requirement: Option<PathBuf>,
    /// What is required, in words, Chinese or English, such as `cold start < 10ms, no sidecar`; alone, or added to the file.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// Plan for a profile of the catalogue, or add its constraints to those of the file; can be repeated.
    #[arg(long, value_name = "PROFILE")]
    pub profile: Vec<String>,
    /// Plan for this host, as `doctor` finds it.
    #[arg(long)]
    pub here: bool,
    /// Plan for the host in this file, which `doctor --format json` wrote. Can be repeated, one for each class of nodes: a
    /// plan has to run on one of them, and says on which.
    #[arg(long, value_name = "FILE")]
    pub host: Vec<PathBuf>,
    /// What to plan for, instead of what the requirement says.
    #[arg(long, value_name = "TARGET", value_parser = target)]
    pub target: Option<Target>,
    /// Write the best plan as a bundle into this folder; the workload comes from the requirement file.
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub cluster: Cluster,
    /// Show at most this many plans, and as many rejected stacks.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub top: usize,
    /// Say why this stack is not the plan.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub why_not: Option<String>,
}

/// What is said of the cluster that a bundle is for.
#[derive(Debug, Args)]
pub struct Cluster {
    /// The version of Kubernetes, such as `1.34`.
    #[arg(long, value_name = "VERSION")]
    pub kubernetes: Option<String>,
    /// The namespace of the workload, which is its own; its name, if none is given.
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The image, where the workload's file names none; the repository to push to, where the workload is packaged.
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Accept images that are named by a tag, whose content may change.
    #[arg(long)]
    pub unpinned: bool,
    /// What the workload asks for and the nodes give with a setting of their own, such as `gpu`; can be repeated.
    #[arg(long, value_name = "FACT", value_parser = fact)]
    pub accept: Vec<WorkloadFact>,
    /// The handler of the nodes' engine, where the runtime has several, such as `kata-clh`.
    #[arg(long, value_name = "NAME")]
    pub handler: Option<String>,
    /// Write tests of the policies for the commands of their engines as well, `gator verify` and `kyverno test`.
    #[arg(long)]
    pub policy_tests: bool,
    /// Write the workload as a Helm chart as well.
    #[arg(long)]
    pub helm: bool,
    /// A profile of system calls of the workload's own, in the form of the OCI runtime specification.
    #[arg(long, value_name = "FILE")]
    pub seccomp: Option<PathBuf>,
}

/// What a workload does or asks for, by its name.
fn fact(name: &str) -> Result<WorkloadFact, String> {
    let known = WorkloadFact::ALL.into_iter().find(|f| f.name() == name);
    known.ok_or_else(|| format!("one of {}", WorkloadFact::ALL.map(WorkloadFact::name).join(", ")))
}

/// A target by its name.
fn target(name: &str) -> Result<Target, String> {
    let known = Target::ALL.into_iter().find(|t| t.name() == name);
    let names = || Target::ALL.map(Target::name).join(", ");
    known.ok_or_else(|| format!("the targets are {}", names()))
}

#[derive(Debug, Args)]
pub struct Emit {
    /// The stack, such as `I∘C∘S∘M`.
    #[arg(value_name = "WORD", allow_hyphen_values = true)]
    pub expression: String,
    /// What is to run: a Score file, a Kubernetes manifest, a program or a WebAssembly module, or a reference to an image. For
    /// the target `oci` also a directory, which becomes the root file system; several, each a program or with its platform
    /// before it, become one image for all: `linux/arm64=PATH`.
    #[arg(long, short, value_name = "FILE|IMAGE", required = true)]
    pub workload: Vec<String>,
    /// What the bundle is for.
    #[arg(long, value_name = "TARGET", value_parser = target, default_value = "kubernetes")]
    pub target: Target,
    /// Write the bundle into this folder.
    #[arg(long, short, value_name = "FOLDER")]
    pub output: PathBuf,
    /// The name of the workload; that of its file, if none is given.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Use this realization of the catalogue rather than the usual one; can be repeated.
    #[arg(long = "with", value_name = "REALIZATION")]
    pub realizations: Vec<String>,
    /// Ports on which the workload listens, such as `8080` or `53/udp`, beyond those of its file.
    #[arg(long, value_name = "PORT")]
    pub port: Vec<String>,
    #[command(flatten)]
    pub packing: Packing,
    #[command(flatten)]
    pub cluster: Cluster,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// A bundle, or any other folder of documents.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// A folder of CustomResourceDefinitions, by which objects of their kinds are checked.
    #[arg(long, value_name = "FOLDER")]
    pub schemas: Option<PathBuf>,
    /// The version of Kubernetes; the bundle's own, if none is given.
    #[arg(long, value_name = "VERSION")]
    pub kubernetes: Option<String>,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// Files and folders of documents; `-` reads standard input.
    #[arg(value_name = "PATH", required_unless_present_any = ["kustomize", "helm", "context"])]
    pub paths: Vec<PathBuf>,
    /// Inspect what `kubectl kustomize` makes of this folder; can be repeated.
    #[arg(long, value_name = "FOLDER")]
    pub kustomize: Vec<PathBuf>,
    /// Inspect what `helm template` makes of this chart; can be repeated.
    #[arg(long, value_name = "CHART")]
    pub helm: Vec<PathBuf>,
    /// A file of values for the charts; can be repeated.
    #[arg(long, value_name = "FILE", requires = "helm")]
    pub values: Vec<PathBuf>,
    /// Inspect the live cluster of this context of `kubectl`; nothing is written.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespace of workloads that name none.
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Judge every workload by this requirement, or by the rules for its namespace in this fleet requirement; exit with 1 if
    /// one does not fulfil it, or is not known to.
    #[arg(long, value_name = "FILE")]
    pub require: Option<PathBuf>,
    /// Let pass what this file knows, which `--write-baseline` wrote.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is lacking now into this file, so that only what is new counts from then on.
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// The day by which suppressions expire or not, such as `2027-03-31`; the system's day, if none is given.
    #[arg(long, value_name = "DAY")]
    pub today: Option<String>,
    /// Print a patch with the smallest edits that close gaps, for `git apply`; no file is changed.
    #[arg(long, requires = "require", conflicts_with_all = ["stream", "write_baseline"])]
    pub fix: bool,
    /// Take for true what documents cannot say: that a mesh is installed, that a runtime class is what its name says.
    #[arg(long)]
    pub assume: bool,
    /// How far namespaces and runtime classes count: only in their own file, in its folder, or for everything given.
    #[arg(long, value_enum, default_value_t = Within::Folder)]
    pub within: Within,
    /// The version of Kubernetes.
    #[arg(long, value_name = "VERSION", default_value = "1.34")]
    pub kubernetes: String,
    /// Show what proves each operator, and what is not known.
    #[arg(long)]
    pub evidence: bool,
    /// Print one workload a line as JSON, as soon as it was read; what later documents say is not known by then.
    #[arg(long)]
    pub stream: bool,
}

/// How far objects count for workloads that refer to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Within {
    /// In their own file.
    File,
    /// In files of the same folder.
    Folder,
    /// For everything given: it is one cluster.
    All,
}

#[derive(Debug, Args)]
pub struct Normalize {
    /// A word such as `I∘C∘S`, `V → C → M → C` or `C^2`; `-` reads one a line from standard input.
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
    /// Show what becomes of each letter, and by which law.
    #[arg(long)]
    pub explain: bool,
}

#[derive(Debug, Args)]
pub struct Grade {
    /// A word; `-` reads one a line from standard input.
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
}

#[derive(Debug, Args)]
pub struct Laws {
    /// One side of an equation; without it, laws are derived for every operator and pair.
    #[arg(requires = "right")]
    pub left: Option<String>,
    /// The other side.
    pub right: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// Check data files: their shape, and that every name they use is defined
    Validate {
        /// Overlays, each a folder or a file, in order; the built-in catalogue if none is given. Files that declare all of
        /// the structure of domains again are a catalogue of their own.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of a kind of data file, or of requirement files
    Schema {
        /// The kind, such as `Operators`; all kinds are listed if none is given.
        kind: Option<String>,
    },
    /// List operators, technologies, needs, principles, regimes, profiles and the rest of what is known
    List {
        /// What to list.
        #[arg(value_enum)]
        what: Listed,
    },
    /// Show the catalogue's size, and the size of its automaton and the time to build it
    Show,
    /// Print the catalogue as JSON, or the rules of its algebra
    Export {
        /// The complete rewriting rules of the operators: as text, or as JSON that programs for such rules can load.
        #[arg(long)]
        rules: bool,
    },
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Operators.
    Operators,
    /// Technologies.
    Technologies,
    /// Realizations.
    Realizations,
    /// Metrics.
    Metrics,
    /// Evidence records.
    Evidence,
    /// What a requirement can need.
    Needs,
    /// Principles, which a requirement can turn off.
    Principles,
    /// Compliance regimes.
    Regimes,
    /// Profiles.
    Profiles,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// The code, such as `expression::ill-typed`; all codes are listed if none is given.
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}
