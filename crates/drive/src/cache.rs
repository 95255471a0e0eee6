//! Compiled modules kept between runs.
//!
//! Compiled code is loaded as machine code, so an entry is used only if nobody else could have written it: the
//! directory and the file belong to us alone, and the file's checksum is right. Anything else is compiled anew. The
//! key is the digest of the module and of everything in the engine that its code depends on.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use crate::module::{ModuleError, hex};
use crate::sys::process::effective_ids;

const MAGIC: &[u8] = b"stackwright compiled module 1\n";
const CHECKSUM_LENGTH: usize = 32;

/// Where compiled modules are kept.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    directory: Option<PathBuf>,
}

/// Where compiled code came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the cache.
    Cached,
    /// Compiled now, and kept.
    Compiled,
    /// Compiled now because the entry could not be trusted; replaced.
    Recompiled(String),
    /// Compiled now; it could not be kept.
    NotKept(String),
}

/// A module as machine code for this host's engine.
pub(crate) struct Compiled {
    /// What the engine loads.
    pub(crate) code: Vec<u8>,
    /// Where it came from.
    pub(crate) origin: Origin,
}

impl Cache {
    /// In the given directory, or in the user's cache directory.
    pub(crate) fn new(directory: Option<&Path>) -> Self {
        let directory = directory.map(Path::to_owned).or_else(user_directory);
        Self { directory }
    }

    /// The compiled form of a module, from the cache if it has it.
    pub(crate) fn load_or_compile(
        &self,
        engine: &Engine,
        digest: &str,
        compile: impl FnOnce() -> Result<Vec<u8>, ModuleError>,
    ) -> Result<Compiled, ModuleError> {
        let directory = match self.usable_directory() {
            Ok(directory) => directory,
            Err(why) => {
                return Ok(Compiled {
                    code: compile()?,
                    origin: Origin::NotKept(why),
                });
            }
        };
        let entry = directory.join(entry_name(engine, digest));
        let distrusted = match read_entry(&entry) {
            Ok(Some(code)) => {
                return Ok(Compiled {
                    code,
                    origin: Origin::Cached,
                });
            }
            Ok(None) => None,
            Err(why) => Some(why),
        };
        let code = compile()?;
        let origin = match (write_entry(&directory, &entry, &code), distrusted) {
            (Ok(()), None) => Origin::Compiled,
            (Ok(()), Some(why)) => Origin::Recompiled(why),
            (Err(error), _) => Origin::NotKept(format!("{}: {error}", entry.display())),
        };
        Ok(Compiled { code, origin })
    }

    /// The directory, made if need be and found to be ours alone; or why it cannot be used.
    pub(crate) fn usable_directory(&self) -> Result<PathBuf, String> {
        let directory = self
            .directory
            .clone()
            .ok_or("neither XDG_CACHE_HOME nor HOME is set to an absolute path")?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(|error| format!("{}: {error}", directory.display()))?;
        let metadata = fs::symlink_metadata(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        if !metadata.is_dir() {
            return Err(format!("{} is not a directory", directory.display()));
        }
        check_owner(&metadata).map_err(|why| format!("{} {why}", directory.display()))?;
        Ok(directory)
    }
}

fn user_directory() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("stackwright"))
}

fn check_owner(metadata: &fs::Metadata) -> Result<(), String> {
    let (uid, _) = effective_ids();
    if metadata.uid() != uid {
        return Err(format!("belongs to user {}, not to us ({uid})", metadata.uid()));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(format!(
            "can be written by others (mode {:o})",
            metadata.mode() & 0o7777
        ));
    }
    Ok(())
}

fn entry_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = StableHasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let compatibility = hex(&hasher.0.finalize());
    let digest = digest.trim_start_matches("sha256:");
    // Half of the second digest tells engines apart well enough, and keeps the name below the usual 255 bytes.
    format!("{digest}-{}", compatibility.get(..32).unwrap_or(&compatibility))
}

/// Feeds what is hashed to a digest: the standard hasher may change between compiler versions, which would only cost
/// a compilation, but it is also too short for a name that must not collide.
struct StableHasher(Sha256);

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// The code in an entry; `None` if there is no entry; why it cannot be trusted otherwise.
fn read_entry(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let mut file = match OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
    {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    check_owner(&metadata).map_err(|why| format!("it {why}"))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let header = MAGIC.len() + CHECKSUM_LENGTH;
    let checksum = bytes.strip_prefix(MAGIC).and_then(|rest| rest.get(..CHECKSUM_LENGTH));
    let (Some(checksum), Some(code)) = (checksum, bytes.get(header..)) else {
        return Err("it is not an entry of this cache".to_owned());
    };
    if Sha256::digest(code).as_slice() != checksum {
        return Err("its checksum is wrong".to_owned());
    }
    bytes.drain(..header);
    Ok(Some(bytes))
}

/// Writes an entry under another name first, so that a reader sees all of it or nothing.
fn write_entry(directory: &Path, path: &Path, code: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let unique = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = directory.join(format!(".{}-{unique}", std::process::id()));
    let write = |file: &mut File| {
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)
    };
    let result = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| write(&mut file))
        .and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}
