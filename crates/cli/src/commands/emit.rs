//! `emit`: a stack for a workload, as files for a target.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use stackwright::image::{Compression, Digest, Expressed, OciEmission, OciEmitError, Platform, Workload, emit_oci};
use stackwright::spec::report::Finding;
use stackwright::{Diagnostic, Source};

use crate::chosen::Chosen;
use crate::failure::{Failure, NO, with_help};
use crate::output::Output;

#[derive(Debug, Args)]
pub struct Emit {
    /// The stack, such as `I∘C∘S`.
    #[arg(value_name = "WORD")]
    pub word: String,
    /// What is to run: a directory that becomes the root file system, a program, or a WebAssembly module. Several, each with
    /// its platform before it or in the program itself, become one image for all: `linux/arm64=PATH`.
    #[arg(long, value_name = "[PLATFORM=]PATH", required = true)]
    pub workload: Vec<String>,
    /// What the files are for.
    #[arg(long, value_enum)]
    pub target: Target,
    /// The folder to write to, which is new or empty.
    #[arg(long, short, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Name of the image; the name of the first workload's file if none is given.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How layers are compressed.
    #[arg(long, value_enum, default_value_t = Compress::Gzip)]
    pub compression: Compress,
    /// Set an environment variable.
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Start as this user, by number.
    #[arg(long, value_name = "USER[:GROUP]", default_value = "")]
    pub user: String,
    /// The command to start from a directory, or arguments to a program.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// What files are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// An OCI image layout, and a runtime bundle where the stack has layers.
    Oci,
}

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
    /// With Zstandard, which newer programs read.
    Zstd,
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    ok: bool,
    planned: &'a str,
    found: &'a str,
    digest: Digest,
    layers: &'a [Expressed],
    findings: &'a [Finding],
    files: &'a [String],
}

/// Carries out `emit`.
pub fn run(arguments: &Emit, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let word = catalog.normalize(&Source::new("<expression>", arguments.word.as_str()))?;
    let workloads = arguments.workload.iter().map(|w| workload(w));
    let workloads = workloads.collect::<Result<Vec<_>, _>>()?;
    let stem = workloads.first().and_then(|w| w.path.file_stem());
    let stem = stem.map(|s| s.to_string_lossy().to_lowercase());
    let emission = OciEmission {
        catalog,
        word: &word,
        workloads: &workloads,
        name: arguments.name.as_deref().or(stem.as_deref()).unwrap_or("image"),
        command: &arguments.command,
        env: &arguments.env,
        user: &arguments.user,
        compression: match arguments.compression {
            Compress::None => Compression::None,
            Compress::Gzip => Compression::Gzip,
            Compress::Zstd => Compression::Zstd,
        },
    };
    let emitted = match arguments.target {
        Target::Oci => emit_oci(&emission, &arguments.output)?,
    };
    let display = catalog.algebra().display(&word);
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/emit/v1",
            ok: true,
            planned: &display,
            // Whatever cannot be expressed is an error before anything is written.
            found: &display,
            digest: emitted.digest,
            layers: &emitted.layers,
            findings: &emitted.findings,
            files: &emitted.files,
        });
        return Ok(0);
    }
    output.line(format!("{display} for {}, {}", emission.name, emitted.digest));
    for layer in &emitted.layers {
        output.line(format!("  {:<4} {}", layer.operator, layer.how));
    }
    for finding in &emitted.findings {
        output.line(format!("  note {}: {}", finding.r#where, finding.what));
    }
    output.line(format!("written to {}", arguments.output.display()));
    Ok(0)
}

fn workload(text: &str) -> Result<Workload, Failure> {
    // A path may have an equals sign too; a platform has a slash before it and no dot.
    let (platform, path) = match text.split_once('=') {
        Some((platform, path)) if platform.contains('/') && !platform.contains('.') => (Some(platform), path),
        _ => (None, text),
    };
    let parse = |platform: &str| {
        Platform::parse(platform).ok_or_else(|| {
            let message = format!("`{platform}` is no platform");
            Diagnostic::new("image::platform", message).with_help("write OS/ARCHITECTURE, such as linux/arm64")
        })
    };
    Ok(Workload {
        path: path.into(),
        platform: platform.map(parse).transpose()?,
    })
}

impl From<OciEmitError> for Failure {
    fn from(error: OciEmitError) -> Self {
        if let OciEmitError::Image(error) = error {
            return error.into();
        }
        let diagnostic = Diagnostic::new(error.code(), error.to_string());
        let code = match error {
            OciEmitError::Unexpressed(_) => NO,
            _ => crate::failure::BAD_INPUT,
        };
        Self::new(with_help(diagnostic, error.help().map(str::to_owned)), code)
    }
}
