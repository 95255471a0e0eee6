//! Images, and stacks emitted as images and runtime bundles.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_spec::launch::Limits;
use stackwright_spec::report::{Finding, Severity};
use stackwright_spec::workload::{elf, wasm};

pub use stackwright_image::*;

use stackwright_image::build::{Owner, Part, Tree};
use stackwright_image::runtime::Options;

/// What a stack is emitted for.
#[derive(Clone, Debug)]
pub struct Workload {
    /// A directory that becomes the root file system, a program, or a WebAssembly module.
    pub path: PathBuf,
    /// What it runs on; `None` for what the program says, or this machine.
    pub platform: Option<Platform>,
}

/// What is to be emitted.
#[derive(Clone, Debug)]
pub struct OciEmission<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The normal form of the stack.
    pub word: &'a [OperatorId],
    /// The workload: for one platform each, or one module.
    pub workloads: &'a [Workload],
    /// Name of the image.
    pub name: &'a str,
    /// The program to start and its arguments; of a program only its arguments.
    pub command: &'a [String],
    /// Environment, `NAME=VALUE` each.
    pub env: &'a [String],
    /// `UID` or `UID:GID`.
    pub user: &'a str,
    /// How layers are compressed.
    pub compression: Compression,
}

/// What became of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expressed {
    /// Its symbol.
    pub operator: String,
    /// Whether what was emitted expresses it.
    pub ok: bool,
    /// By what, or why not.
    pub how: String,
}

/// What was emitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OciEmitted {
    /// Digest of the image's manifest or index.
    pub digest: Digest,
    /// Every operator of the stack.
    pub layers: Vec<Expressed>,
    /// What is to be known.
    pub findings: Vec<Finding>,
    /// The files, relative to the folder, sorted; of the root file system only its directory.
    pub files: Vec<String>,
}

/// Why a stack cannot be emitted.
#[derive(Debug, thiserror::Error)]
pub enum OciEmitError {
    /// The image cannot be made.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Operators cannot be expressed; nothing is written.
    #[error("{}", unexpressed(.0))]
    Unexpressed(Vec<Expressed>),
    /// The workload does not fit.
    #[error("{0}")]
    Workload(String),
}

fn unexpressed(layers: &[Expressed]) -> String {
    let lines = layers
        .iter()
        .filter(|l| !l.ok)
        .map(|l| format!("{}: {}", l.operator, l.how));
    lines.collect::<Vec<_>>().join("; ")
}

impl OciEmitError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Image(error) => error.code(),
            Self::Unexpressed(_) => "emit::unexpressed",
            Self::Workload(_) => "emit::workload",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Image(error) => error.help(),
            Self::Unexpressed(_) => Some("emit for a target that has these layers, or a stack without them"),
            Self::Workload(_) => {
                Some("give a directory, a program for Linux, or a WebAssembly module with W in the stack")
            }
        }
    }
}

/// The workload, read.
enum Read {
    Module { bytes: Vec<u8>, is_component: bool },
    Parts { parts: Vec<Part>, findings: Vec<Finding> },
}

/// Emits a stack into a new or empty folder: `image/`, an OCI image layout; and, where the stack has layers, `runtime/`, a
/// runtime bundle for this machine, or for the first platform. Whole or not at all.
///
/// # Errors
///
/// The workload cannot be packed, the stack not expressed, or the folder not written.
pub fn emit_oci(emission: &OciEmission<'_>, folder: &Path) -> Result<OciEmitted, OciEmitError> {
    let read = read(emission)?;
    let layers = express(emission, matches!(read, Read::Module { .. }))?;
    let partial = partial(folder)?;
    let result = write(emission, read, layers, &partial);
    let moved = result.and_then(|emitted| {
        // An empty folder is replaced by a rename; one with files is not.
        fs::rename(&partial, folder).map_err(|e| file("write", folder, e))?;
        Ok(emitted)
    });
    if moved.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    moved
}

fn file(what: &'static str, path: &Path, source: io::Error) -> OciEmitError {
    let path = path.to_owned();
    ImageError::File { what, path, source }.into()
}

fn partial(folder: &Path) -> Result<PathBuf, OciEmitError> {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let partial = folder.with_file_name(name);
    fs::create_dir_all(&partial).map_err(|e| file("make", &partial, e))?;
    Ok(partial)
}

fn write(
    emission: &OciEmission<'_>,
    read: Read,
    layers: Vec<Expressed>,
    folder: &Path,
) -> Result<OciEmitted, OciEmitError> {
    let store = Store::create(&folder.join("image"))?;
    let mut findings = Vec::new();
    let symbols = layers.iter().map(|l| l.operator.as_str());
    let parts: Vec<_> = symbols.filter_map(|s| runtime::part(s).map(|(part, _)| part)).collect();
    let has_bundle = parts.iter().any(|p| *p != runtime::Part::Image);
    let rootfs = folder.join("runtime/rootfs");
    if has_bundle {
        fs::create_dir(folder.join("runtime")).map_err(|e| file("make", &rootfs, e))?;
    }
    let limits = Limits::default();
    let options = Options {
        parts,
        memory_bytes: Some(limits.memory_bytes),
        processes: i64::try_from(limits.processes).ok(),
        host_name: emission
            .name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(63)
            .collect(),
        ..Options::default()
    };
    let (entry, execution, platform) = match read {
        Read::Module { bytes, is_component } => {
            let component = is_component.then(WasmComponent::default);
            let entry = build::wasm(&store, emission.name, &bytes, component)?;
            if has_bundle {
                fs::create_dir(&rootfs).map_err(|e| file("make", &rootfs, e))?;
                let module = rootfs.join("module.wasm");
                fs::write(&module, &bytes).map_err(|e| file("write", &module, e))?;
            }
            let program = ["/module.wasm".to_owned()];
            (entry, execution(emission, program.into()), Platform::here())
        }
        Read::Parts { parts, findings: found } => {
            findings = found;
            let entry = build::image(&store, emission.name, &parts, emission.compression)?;
            let here = Platform::here();
            let chosen = parts.iter().find(|p| p.platform.serves(&here)).or(parts.first());
            let chosen = chosen.ok_or_else(|| OciEmitError::Workload("there is no workload".to_owned()))?;
            if has_bundle {
                let image = store.image(&entry, &chosen.platform)?;
                unpack(&store, &image, &rootfs, &Policy::default())?;
            }
            (entry, chosen.execution.clone(), chosen.platform.clone())
        }
    };
    if has_bundle {
        let spec = runtime::spec(&execution, &platform, &options).map_err(OciEmitError::Workload)?;
        let path = folder.join("runtime/config.json");
        let text = serde_json::to_string_pretty(&spec).map_err(|e| OciEmitError::Workload(e.to_string()))?;
        fs::write(&path, text + "\n").map_err(|e| file("write", &path, e))?;
    }
    Ok(OciEmitted {
        digest: entry.digest,
        layers,
        findings,
        files: files(folder).map_err(|e| file("read", folder, e))?,
    })
}

fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(inner) = pending.pop() {
        for entry in fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() && !path.ends_with("rootfs") {
                pending.push(path);
            } else {
                files.push(path.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn execution(emission: &OciEmission<'_>, program: Vec<String>) -> Execution {
    Execution {
        user: emission.user.to_owned(),
        env: emission.env.to_vec(),
        entrypoint: program,
        cmd: emission.command.to_vec(),
        working_dir: String::new(),
    }
}

fn read(emission: &OciEmission<'_>) -> Result<Read, OciEmitError> {
    let mut parts = Vec::new();
    let mut findings = Vec::new();
    for workload in emission.workloads {
        let path = &workload.path;
        let metadata = fs::metadata(path).map_err(|e| file("read", path, e))?;
        if metadata.is_dir() {
            parts.push(Part {
                platform: workload.platform.clone().unwrap_or_else(Platform::here),
                layers: vec![Tree::of_directory(path, Owner::Root)?],
                execution: execution(emission, Vec::new()),
            });
            continue;
        }
        let bytes = fs::read(path).map_err(|e| file("read", path, e))?;
        if let Ok(module) = wasm::parse(&bytes) {
            return match emission.workloads {
                [_] => Ok(Read::Module {
                    bytes,
                    is_component: module.is_component,
                }),
                _ => Err(OciEmitError::Workload(
                    "a module runs on every platform: give it alone".to_owned(),
                )),
            };
        }
        parts.push(program(emission, workload, bytes, &mut findings)?);
    }
    Ok(Read::Parts { parts, findings })
}

fn program(
    emission: &OciEmission<'_>,
    workload: &Workload,
    bytes: Vec<u8>,
    findings: &mut Vec<Finding>,
) -> Result<Part, OciEmitError> {
    let path = &workload.path;
    let program = elf::parse(&bytes).map_err(|why| {
        OciEmitError::Workload(format!(
            "{} is neither a directory, a module nor a program: {why}",
            path.display()
        ))
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(interpreter) = program.interpreter {
        findings.push(Finding {
            severity: Severity::Warning,
            r#where: path.display().to_string(),
            what: format!("it is loaded by {interpreter}, which an image of the program alone does not hold: link it statically, or give a directory"),
        });
    }
    let platform = Platform::linux(&program.architecture);
    if let Some(other) = workload.platform.as_ref().filter(|p| !platform.serves(p)) {
        return Err(OciEmitError::Workload(format!(
            "{} is made for {platform}, not for {other}",
            path.display()
        )));
    }
    let mut tree = Tree::new();
    tree.file(&name, 0o755, bytes);
    // Where runtimes mount what every container has.
    for directory in ["dev", "proc", "sys"] {
        tree.directory(directory, 0o755);
    }
    Ok(Part {
        platform: workload.platform.clone().unwrap_or(platform),
        layers: vec![tree],
        execution: execution(emission, vec![format!("/{name}")]),
    })
}

/// What expresses each operator.
fn express(emission: &OciEmission<'_>, is_module: bool) -> Result<Vec<Expressed>, OciEmitError> {
    let algebra = emission.catalog.algebra();
    let symbols: Vec<_> = emission.word.iter().map(|id| algebra.symbol(*id)).collect();
    let parts: Vec<_> = symbols.iter().map(|s| runtime::part(s)).collect();
    let is = |at: usize, wanted: runtime::Part| parts.get(at).is_some_and(|p| p.is_some_and(|(p, _)| p == wanted));
    // A bundle describes what is inside the innermost kernel; what stands before its opener is around the runtime.
    let opener = (0..parts.len()).rev().find(|at| is(*at, runtime::Part::Runtime));
    let encloses = |at: usize| {
        let container = [runtime::Part::Container, runtime::Part::Namespaces, runtime::Part::Root];
        (at + 1..parts.len()).any(|later| container.iter().any(|p| is(later, *p)))
    };
    let layers: Vec<_> = symbols
        .iter()
        .zip(&parts)
        .enumerate()
        .map(|(at, (symbol, part))| {
            let (ok, how) = match part {
                None => (false, "neither an image nor a runtime bundle has a place for it"),
                Some((runtime::Part::Engine, _)) if !is_module => (false, "the workload is no WebAssembly module"),
                Some((runtime::Part::Image | runtime::Part::Engine, how)) => (true, *how),
                Some(_) if opener.is_some_and(|opener| at < opener) && !is(at, runtime::Part::Runtime) => (
                    false,
                    "it stands around the runtime, and a bundle says only what is within",
                ),
                Some((runtime::Part::Filter, _)) if encloses(at) => (
                    false,
                    "it encloses the container, and the filter of a bundle holds the workload alone",
                ),
                Some((_, how)) => (true, *how),
            };
            Expressed {
                operator: (*symbol).to_owned(),
                ok,
                how: how.to_owned(),
            }
        })
        .collect();
    if layers.iter().any(|l| !l.ok) {
        return Err(OciEmitError::Unexpressed(layers));
    }
    if is_module && !(0..parts.len()).any(|at| is(at, runtime::Part::Engine)) {
        return Err(OciEmitError::Workload(
            "a WebAssembly module needs W in the stack".to_owned(),
        ));
    }
    Ok(layers)
}
