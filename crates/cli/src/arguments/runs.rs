//! The command line of runs.

use std::path::PathBuf;

use clap::Args;
use stackwright::spec::launch::Restart;

#[derive(Debug, Args)]
pub struct Run {
    /// A bundle's folder (a path with a `/`, or a folder with a lock file), or a word such as `S∘W`.
    #[arg(value_name = "BUNDLE|WORD")]
    pub what: String,
    /// Kill the workload after this time; by default 10s, and never with `--detach`.
    #[arg(long, value_name = "TIME")]
    pub time_limit: Option<String>,
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
    /// Before the command is started, try inside of the stack what its layers have to refuse.
    #[arg(long)]
    pub attest: bool,
    /// Put an operator in force by this driver instead of the first that can, such as `C=runc`.
    #[arg(long, value_name = "OPERATOR=DRIVER")]
    pub driver: Vec<String>,
    /// Show this folder as the root file system, instead of the host's programs.
    #[arg(long, value_name = "FOLDER", conflicts_with = "image")]
    pub rootfs: Option<PathBuf>,
    /// Show the files of this image, and start what it says: a name in the store, `./LAYOUT[:NAME]`, or an archive. A command
    /// is given to the image's entry point.
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    #[command(flatten)]
    pub place: crate::commands::image::Place,
    /// Start the command in this folder of its root; the image's own, unless this is given.
    #[arg(long, value_name = "PATH")]
    pub workdir: Option<String>,
    /// Give the command a terminal.
    #[arg(long, short)]
    pub tty: bool,
    /// Keep the run's folder with its output, for `logs`, until `rm`.
    #[arg(long)]
    pub keep: bool,
    /// Print the run's name when the command was let go, and let it go on in the background. Keeps its output, as `--keep` does.
    #[arg(long, short, conflicts_with_all = ["tty", "interactive"])]
    pub detach: bool,
    /// Start only if this policy in Rego lets it, for the operator Gk; it is told the run as `input`. Can be repeated. With
    /// `--attest` it has to refuse some of what the run is not.
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Tell this collector of OpenTelemetry, by OTLP over HTTP, for the operator Otel; by default what OTEL_EXPORTER_OTLP_ENDPOINT
    /// names, if the stack has Otel. OTEL_EXPORTER_OTLP_HEADERS are sent along.
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// Start the command again when it has ended: `no`, `on-failure` or `on-failure:TIMES`, `always`. The pause before a start
    /// grows from 100ms to 10s.
    #[arg(long, value_name = "WHEN", default_value = "no", value_parser = restart)]
    pub restart: Restart,
    /// Have connections to a port of this host, by TCP, carried to a port of the command: `[[ADDRESS:]HOST_PORT:]PORT`. By default the
    /// address is 127.0.0.1 and the port is the same; 0 is one that is free, and `ps` shows which.
    #[arg(long, short, value_name = "PORT")]
    pub publish: Vec<String>,
    /// End the command unless this succeeds once; until then the other probes wait. `tcp:PORT`, `http:PORT/PATH` or `exec:COMMAND`, after
    /// settings such as `every=10s,timeout=1s,failures=3,after=0s,`.
    #[arg(long, value_name = "PROBE")]
    pub startup: Option<String>,
    /// The command is ready while this succeeds, as `ps` shows; `--detach` waits for it.
    #[arg(long, value_name = "PROBE")]
    pub readiness: Option<String>,
    /// End the command when this has failed too often in a row.
    #[arg(long, value_name = "PROBE")]
    pub liveness: Option<String>,
    /// Answer each line of standard input by an instance of the module of its own, at most so many at once. Limits on time, memory
    /// and output hold for each.
    #[arg(long, value_name = "AT ONCE", num_args = 0..=1, require_equals = true, default_missing_value = "64",
        value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with_all = ["attest", "tty", "keep", "detach",
        "workdir", "rootfs", "image", "restart", "otlp", "driver", "grant", "publish", "startup", "readiness", "liveness"])]
    pub serve: Option<u32>,
    /// For a bundle, arguments instead of its own; for a word, the command or module and its arguments.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

fn restart(text: &str) -> Result<Restart, String> {
    let wrong = || "write `no`, `on-failure`, `on-failure:TIMES` or `always`".to_owned();
    match text.split_once(':') {
        None if text == "no" => Ok(Restart::No),
        None if text == "on-failure" => Ok(Restart::OnFailure(None)),
        None if text == "always" => Ok(Restart::Always),
        Some(("on-failure", times)) => times
            .parse()
            .map(|times| Restart::OnFailure(Some(times)))
            .map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

#[derive(Debug, Args)]
pub struct Exec {
    /// Name of the run, as `ps` shows it.
    pub id: String,
    /// Kill the command after this time.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub time_limit: String,
    /// Kill the command when it has written more than this.
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    pub output_limit: String,
    /// Set an environment variable beside those of the run's own command.
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Start it in this folder of its root.
    #[arg(long, value_name = "PATH")]
    pub workdir: Option<String>,
    /// Let it read standard input even if that is a terminal; a file or a pipe it reads anyway.
    #[arg(long, short)]
    pub interactive: bool,
    /// Give it a terminal.
    #[arg(long, short)]
    pub tty: bool,
    /// The command and its arguments.
    #[arg(last = true, value_name = "COMMAND", required = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Logs {
    /// Name of the run, as `ps` shows it.
    pub id: String,
    /// Go on until the run has ended.
    #[arg(long, short)]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct Stats {
    /// Names of runs, as `ps` shows them; all that go on if none is given.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
}

#[derive(Debug, Args)]
pub struct RunName {
    /// Name of the run, as `ps` shows it.
    pub id: String,
}

#[derive(Debug, Args)]
pub struct Stop {
    /// Name of the run, as `ps` shows it.
    pub id: String,
    /// Time that it has to end by itself.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub patience: String,
}
