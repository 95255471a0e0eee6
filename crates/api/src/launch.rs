//! From bundles and expressions to what a driver starts.

use std::fs;
use std::path::{Path, PathBuf};

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Driver, Realization};
use stackwright_emit::sha256;
use stackwright_spec::bundle::Lock;
use stackwright_spec::launch::{CommandLaunch, Executable, Launch, Layer, LayerRequest, Limits};
use stackwright_text::{Diagnostic, Source, Span};

use crate::bundle::{self, BundleError};

/// Why a bundle or an expression cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Something of the stack has no driver.
    #[error(transparent)]
    Stack(#[from] Diagnostic),
}

/// The launch of a bundle, with every file checked against its lock.
///
/// # Errors
///
/// The bundle is not intact, or a realization has no driver here.
pub fn from_bundle(folder: &Path, catalog: &Catalog) -> Result<(Lock, Launch), LaunchError> {
    let lock = bundle::read(folder)?;
    if lock.cluster.is_some() {
        let message = format!(
            "the bundle {} is for a cluster, and no driver of ours starts it",
            folder.display()
        );
        return Err(Diagnostic::new("run::realization", message)
            .with_help("`stackwright run` has podman play it; its README.md says how it is deployed")
            .into());
    }
    let mut layers = Vec::new();
    for locked in &lock.realizations {
        let realization = catalog.realization(&locked.id).ok_or_else(|| {
            let message = format!(
                "the bundle names the realization `{}`, which this catalogue does not know",
                locked.id
            );
            Diagnostic::new("run::realization", message).with_help(match lock.overlays.as_slice() {
                [] => "write the bundle again from its requirement".to_owned(),
                overlays => {
                    let names: Vec<_> = overlays.iter().map(|o| o.name.as_str()).collect();
                    format!(
                        "it was planned with overlays: give them with `--catalog` ({})",
                        names.join(", ")
                    )
                }
            })
        })?;
        layers.push(layer(realization, &locked.word, &lock.workload.digest)?);
    }
    let path = bundle::inside(folder, &lock.workload.path).unwrap_or_else(|| folder.join(&lock.workload.path));
    let launch = Launch {
        layers,
        workload: Executable::WasmModule(path),
        digest: Some(lock.workload.digest.clone()),
        args: lock.workload.args.clone(),
        env: lock.workload.env.clone(),
        grants: Vec::new(),
        limits: limits(lock.workload.memory_bytes),
        degraded: false,
        serve: None,
    };
    Ok((lock, launch))
}

/// The launch of a WebAssembly module under the stack that an expression describes, with the embedded layers.
///
/// # Errors
///
/// The expression is wrong, its stack cannot be made of embedded layers, or the module cannot be read.
pub fn from_expression(
    source: &Source,
    module: &Path,
    args: &[String],
    catalog: &Catalog,
) -> Result<Launch, LaunchError> {
    let word = catalog.normalize(source)?;
    let display = catalog.algebra().display(&word);
    let stack = catalog.stack(&word).unwrap_or_default();
    let tilings = catalog
        .tiles()
        .tilings(catalog, &word, &stack, &|r: &Realization| r.driver.is_some());
    let Some(tiling) = tilings.into_iter().next() else {
        let whole = Span::new(0, source.text().len());
        return Err(
            Diagnostic::new("run::stack", format!("no drivers start the stack {display}"))
                .with_source(source)
                .with_label(whole, "this stack")
                .with_help(
                    "the embedded drivers start I∘C∘S∘W and parts of it; C needs I around it, and a module needs W",
                )
                .into(),
        );
    };
    let digest = if tiling.realizations.iter().any(|r| r.driver == Some(Driver::Image)) {
        sha256(&fs::read(module).map_err(|source| BundleError::Io {
            what: "read",
            path: module.to_owned(),
            source,
        })?)
    } else {
        String::new()
    };
    let mut layers = Vec::new();
    for (realization, word) in tiling.realizations.iter().zip(&tiling.words) {
        layers.push(layer(realization, &catalog.algebra().display(word), &digest)?);
    }
    Ok(Launch {
        layers,
        workload: Executable::WasmModule(PathBuf::from(module)),
        digest: None,
        args: args.to_vec(),
        env: Vec::new(),
        grants: Vec::new(),
        limits: Limits::default(),
        degraded: false,
        serve: None,
    })
}

/// The launch of a command, or of a module where the stack ends in a language runtime, under the stack that an
/// expression describes. Its normal form decides which layers there are; an expression that is empty stands for none.
///
/// # Errors
///
/// The expression is wrong.
pub fn command(source: &Source, argv: &[String], catalog: &Catalog) -> Result<CommandLaunch, Diagnostic> {
    let word = match source.text().trim() {
        "" => Vec::new(),
        _ => catalog.normalize(source)?,
    };
    let symbol = |operator| catalog.algebra().symbol(operator).to_owned();
    Ok(CommandLaunch {
        word: word.into_iter().map(symbol).collect(),
        argv: argv.to_vec(),
        ..CommandLaunch::default()
    })
}

fn limits(memory_bytes: Option<u64>) -> Limits {
    let default = Limits::default();
    Limits {
        memory_bytes: memory_bytes.unwrap_or(default.memory_bytes),
        ..default
    }
}

fn layer(realization: &Realization, word: &str, digest: &str) -> Result<LayerRequest, Diagnostic> {
    let layer = match realization.driver {
        Some(Driver::Image) => Layer::Image {
            digest: digest.to_owned(),
        },
        Some(Driver::Container) => Layer::Container,
        Some(Driver::Sandbox) => Layer::Sandbox,
        Some(Driver::Wasm) => Layer::Wasm,
        None => {
            let message = format!("nothing here starts {}", realization.id);
            return Err(Diagnostic::new("run::realization", message)
                .with_help("start it with the tools of its target; the embedded layers can be started here"));
        }
    };
    Ok(LayerRequest {
        operator: word.to_owned(),
        layer,
    })
}
