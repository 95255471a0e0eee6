//! `emit --target oci` for directories and programs: an image layout and a runtime bundle.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;
use stackwright::algebra::OperatorId;
use stackwright::image::{Compression, Digest, Expressed, OciEmission, OciEmitError, Platform, Workload, emit_oci};
use stackwright::model::Target;
use stackwright::spec::report::Finding;
use stackwright::{Catalog, Diagnostic};
use stackwright_locale::say;

use crate::arguments;
use crate::failure::{Failure, NO, with_help};
use crate::output::Output;

/// How an image is packed.
#[derive(Debug, Args)]
pub struct Packing {
    /// For the target `oci`: how layers are compressed.
    #[arg(long, value_enum, default_value_t = Compress::Gzip)]
    pub compression: Compress,
    /// For the target `oci`: set an environment variable; can be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// For the target `oci`: start as this user, by number.
    #[arg(long, value_name = "USER[:GROUP]", default_value = "")]
    pub user: String,
    /// For the target `oci`: the command to start from a directory, or arguments to a program.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
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
    planned: &'a [&'a str],
    found: &'a [&'a str],
    display: &'a str,
    digest: Digest,
    layers: &'a [Expressed],
    findings: &'a [Finding],
    files: &'a [String],
}

/// Whether this is packed as an image of files: for the target `oci`, and no WebAssembly module, which becomes a bundle that
/// `run` starts.
pub fn packs(arguments: &arguments::Emit) -> bool {
    let is_module = |path: &Path| {
        let mut start = [0; 4];
        File::open(path).is_ok_and(|mut f| f.read_exact(&mut start).is_ok()) && start == *b"\0asm"
    };
    arguments.target == Target::Oci && !arguments.workload.iter().all(|w| is_module(Path::new(w)))
}

/// Carries out `emit` for directories and programs.
pub fn run(
    arguments: &arguments::Emit,
    catalog: &Catalog,
    word: &[OperatorId],
    output: &mut Output,
) -> Result<u8, Failure> {
    let workloads = arguments.workload.iter().map(|w| workload(w));
    let workloads = workloads.collect::<Result<Vec<_>, _>>()?;
    let stem = workloads.first().and_then(|w| w.path.file_stem());
    let stem = stem.map(|s| s.to_string_lossy().to_lowercase());
    let emission = OciEmission {
        catalog,
        word,
        workloads: &workloads,
        name: arguments.name.as_deref().or(stem.as_deref()).unwrap_or("image"),
        command: &arguments.packing.command,
        env: &arguments.packing.env,
        user: &arguments.packing.user,
        compression: match arguments.packing.compression {
            Compress::None => Compression::None,
            Compress::Gzip => Compression::Gzip,
            Compress::Zstd => Compression::Zstd,
        },
    };
    let emitted = emit_oci(&emission, &arguments.output)?;
    let display = catalog.algebra().display(word);
    let symbols: Vec<_> = word.iter().map(|id| catalog.algebra().symbol(*id)).collect();
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/emit/v1",
            ok: true,
            planned: &symbols,
            // Whatever cannot be expressed is an error before anything is written.
            found: &symbols,
            display: &display,
            digest: emitted.digest,
            layers: &emitted.layers,
            findings: &emitted.findings,
            files: &emitted.files,
        });
        return Ok(0);
    }
    let locale = output.locale();
    let (name, digest) = (emission.name, emitted.digest.to_string());
    output.line(say!(
        locale,
        "emit-image",
        stack = display,
        name = name,
        digest = digest
    ));
    for layer in &emitted.layers {
        output.line(format!("  {:<4} {}", layer.operator, locale.told(&layer.how)));
    }
    for finding in &emitted.findings {
        let (note, what) = (say!(locale, "note"), locale.told(&finding.what));
        output.line(format!("  {note} {}: {what}", finding.r#where));
    }
    let folder = arguments.output.display().to_string();
    output.line(say!(locale, "emit-written", folder = folder));
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
