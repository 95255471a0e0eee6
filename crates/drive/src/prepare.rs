//! Everything that is settled before a process is started: the workload's bytes, its compiled form, its grants.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path};

use stackwright_spec::launch::{Executable, Grant, Launch};

use crate::cache::{Cache, Compiled};
use crate::engine::{Use, engine};
use crate::error::DriveError;
use crate::module::{ModuleError, ModuleFacts, compile, outline};
use crate::plan::Plan;
use crate::protocol::GrantInstructions;

/// Memory that the engine and its process take beside the module's own, generously.
const ENGINE_BYTES: u64 = 8 << 20;

/// Most bytes of a module.
const MODULE_BYTES: u64 = 256 << 20;

/// A workload that is known to be able to start.
pub(crate) struct Prepared {
    /// The module's file name, its first argument.
    pub(crate) name: String,
    pub(crate) facts: ModuleFacts,
    /// Length of the module's bytes.
    pub(crate) length: usize,
    pub(crate) compiled: Compiled,
    pub(crate) grants: Vec<GrantInstructions>,
}

/// Reads, checks and compiles the workload, and checks what it is to be given.
pub(crate) fn prepare(launch: &Launch, plan: &Plan, cache: &Cache) -> Result<Prepared, DriveError> {
    check_arguments(&launch.args, &launch.env)?;
    let grants = check_grants(&launch.grants)?;
    let Executable::WasmModule(path) = &launch.workload;
    let used = launch.serve.map_or(Use::Once, |_| Use::ToServe);
    let module = load_module(path, launch.limits.memory_bytes, used, cache)?;
    module.expect([plan.digest(), launch.digest.as_deref()])?;
    let Loaded {
        name,
        facts,
        length,
        compiled,
    } = module;
    Ok(Prepared {
        name,
        facts,
        length,
        compiled,
        grants,
    })
}

/// A module that was read, checked and compiled.
pub(crate) struct Loaded {
    /// Its file name.
    pub(crate) name: String,
    pub(crate) facts: ModuleFacts,
    pub(crate) length: usize,
    pub(crate) compiled: Compiled,
}

impl Loaded {
    /// Whether it has the digests that were asked for.
    pub(crate) fn expect<'a>(&self, digests: impl IntoIterator<Item = Option<&'a str>>) -> Result<(), DriveError> {
        let another = digests
            .into_iter()
            .flatten()
            .find(|digest| *digest != self.facts.digest);
        another.map_or(Ok(()), |expected| {
            Err(DriveError::Digest {
                expected: expected.to_owned(),
                found: self.facts.digest.clone(),
            })
        })
    }
}

/// Reads, checks and compiles a module that is to live within a limit.
pub(crate) fn load_module(path: &Path, limit: u64, used: Use, cache: &Cache) -> Result<Loaded, DriveError> {
    let bytes = read(path).map_err(|source| DriveError::WorkloadUnreadable {
        path: path.to_owned(),
        source,
    })?;
    let module_error = |source: ModuleError| DriveError::Module {
        path: path.to_owned(),
        source,
    };
    let outline = outline(&bytes).map_err(module_error)?;
    let facts = outline.facts(&bytes);
    let needed = facts.memory_minimum.saturating_add(ENGINE_BYTES);
    if needed > limit {
        return Err(DriveError::MemoryLimit { needed, limit });
    }
    let engine = engine(used).map_err(ModuleError::engine).map_err(module_error)?;
    let compiled = cache
        .load_or_compile(&engine, &facts.digest, || compile(&engine, &bytes, &outline))
        .map_err(module_error)?;
    let name = path
        .file_name()
        .map_or_else(|| "module".into(), |name| name.to_string_lossy().into_owned());
    Ok(Loaded {
        name,
        facts,
        length: bytes.len(),
        compiled,
    })
}

/// All of a file that is no longer than a module may be. One with holes could be longer than all memory.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let too_long = || io::Error::other(format!("it is longer than {MODULE_BYTES} bytes"));
    let file = fs::File::open(path)?;
    if file.metadata()?.len() > MODULE_BYTES {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    match file.take(MODULE_BYTES + 1).read_to_end(&mut bytes)? {
        length if u64::try_from(length).is_ok_and(|length| length <= MODULE_BYTES) => Ok(bytes),
        _ => Err(too_long()),
    }
}

/// Whether arguments and variables can be passed on at all.
pub(crate) fn check_arguments(args: &[String], env: &[(String, String)]) -> Result<(), DriveError> {
    let bad = |what, name: &str, reason| {
        Err(DriveError::Argument {
            what,
            name: name.to_owned(),
            reason,
        })
    };
    if let Some(argument) = args.iter().find(|argument| argument.contains('\0')) {
        return bad("argument", argument, "it contains a NUL character");
    }
    for (name, value) in env {
        if name.is_empty() || name.contains('=') {
            return bad("environment variable", name, "its name is empty or contains `=`");
        }
        if name.contains('\0') || value.contains('\0') {
            return bad("environment variable", name, "it contains a NUL character");
        }
    }
    Ok(())
}

/// Checks the grants and resolves their links, so that what is granted is what was checked.
pub(crate) fn check_grants(grants: &[Grant]) -> Result<Vec<GrantInstructions>, DriveError> {
    let mut checked: Vec<GrantInstructions> = Vec::with_capacity(grants.len());
    for grant in grants {
        let bad = |reason: String| DriveError::Grant {
            host: grant.host.clone(),
            guest: grant.guest.clone(),
            reason,
        };
        let host = grant.host.canonicalize().map_err(|error| bad(error.to_string()))?;
        if !host.is_dir() {
            return Err(bad("it is not a directory".to_owned()));
        }
        let guest = guest_path(&grant.guest).ok_or_else(|| {
            bad("the workload's path must be absolute, below /, in UTF-8 and without `..`".to_owned())
        })?;
        let nested = |other: &GrantInstructions| {
            Path::new(&other.guest).starts_with(&guest) || Path::new(&guest).starts_with(&other.guest)
        };
        if let Some(other) = checked.iter().find(|other| nested(other)) {
            return Err(bad(format!("it overlaps with the grant at {}", other.guest)));
        }
        checked.push(GrantInstructions {
            host,
            guest,
            writable: grant.writable,
        });
    }
    Ok(checked)
}

/// The path in its plain form, if it is absolute, not the root itself, and has normal components only.
fn guest_path(path: &Path) -> Option<String> {
    let mut plain = String::new();
    let mut components = path.components();
    if components.next() != Some(Component::RootDir) {
        return None;
    }
    for component in components {
        let Component::Normal(name) = component else {
            return None;
        };
        plain.push('/');
        plain.push_str(name.to_str()?);
    }
    (!plain.is_empty() && !plain.contains('\0')).then_some(plain)
}
