//! The command line.

mod guidance;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use stackwright::Language;
use stackwright::claims::Verdict;

pub use guidance::{Align, Decide};

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

/// Options of every subcommand.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// When to colour messages; `auto` heeds NO_COLOR and whether they go to a terminal.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Lay a folder of data files over the built-in catalogue; may be given several times, in order.
    #[arg(long = "catalog", global = true, value_name = "FOLDER")]
    overlays: Vec<PathBuf>,
    /// The language of what is printed for people, `en` or `zh`; without it that of STACKWRIGHT_LANG or of the locale. JSON is the same in all.
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    pub lang: Option<Language>,
    /// Print no progress and no notes, only results and errors.
    #[arg(long, short, global = true)]
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
    /// For documents; only of `table`, `atlas` and `inspect`.
    Markdown,
    /// For spreadsheets; only of `table`, `atlas` and `inspect`.
    Csv,
    /// For code scanning, SARIF 2.1.0; only of `inspect`.
    Sarif,
    /// For test reports; only of `inspect`.
    Junit,
    /// A picture; only of `table`.
    Svg,
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
    /// What documents say of isolation, checked
    #[command(subcommand)]
    Atlas(Atlas),
    /// Find out what this host can run
    Doctor,
    /// Run a bundle, or a WebAssembly module under a stack
    Run(Run),
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
    #[arg(long, conflicts_with = "host")]
    pub here: bool,
    /// Plan for the host in this file, which `doctor --format json` wrote.
    #[arg(long, value_name = "FILE")]
    pub host: Option<PathBuf>,
    /// Write the best plan as a bundle into this folder; the workload comes from the requirement file.
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Show at most this many plans, and as many rejected stacks.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub top: usize,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// Files and folders of documents; `-` reads standard input.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Judge every workload by this requirement; exit with 1 if one does not fulfil it, or is not known to.
    #[arg(long, value_name = "FILE")]
    pub require: Option<PathBuf>,
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
pub enum Atlas {
    /// Judge what documents claim: supported, contradicted or undetermined, and why
    Claims(Claims),
    /// Compare what documents say of authorities with what these say
    Align(Align),
    /// Be asked what is needed, be led to concepts, and get a plan
    Decide(Decide),
}

#[derive(Debug, Args)]
pub struct Claims {
    /// Say why of these claims; all claims are listed if none is given.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Show only claims with this verdict.
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictName>,
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictName {
    /// It holds.
    Supported,
    /// It does not hold.
    Contradicted,
    /// What is known does not decide it.
    Undetermined,
}

impl VerdictName {
    /// The verdict of that name.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Supported => Verdict::Supported,
            Self::Contradicted => Verdict::Contradicted,
            Self::Undetermined => Verdict::Undetermined,
        }
    }
}

#[derive(Debug, Args)]
pub struct Run {
    /// A bundle's folder (a path with a `/`, or a folder with a lock file), or a word such as `S∘W`.
    #[arg(value_name = "BUNDLE|WORD")]
    pub what: String,
    /// Kill the workload after this time.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub time_limit: String,
    /// Memory for the workload; the bundle's bound, if it has one, unless this is given.
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<String>,
    /// Kill the workload when it has written more than this.
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    pub output_limit: String,
    /// Give the workload a folder of this host, read-only, or with `:rw` to write: `HOST:/GUEST[:rw]`.
    #[arg(long, value_name = "GRANT")]
    pub grant: Vec<String>,
    /// Set an environment variable of the workload.
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Let the workload read standard input even if that is a terminal; a file or a pipe it reads anyway.
    #[arg(long, short)]
    pub interactive: bool,
    /// Run even if the host cannot give a layer, and say so.
    #[arg(long)]
    pub degraded: bool,
    /// For a bundle, arguments instead of its own; for a word, the module and its arguments.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
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
