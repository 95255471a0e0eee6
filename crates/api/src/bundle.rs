//! Writing bundles whole or not at all, and reading them back with every digest checked.

mod edits;
mod staging;
mod update;

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::{fs, str};

use rustix::fs::{CWD, Mode, OFlags, RenameFlags, ResolveFlags, openat, openat2, renameat_with};
use rustix::io::Errno;
use stackwright_emit::sha256;
use stackwright_spec::bundle::{BundleFile, LOCK_FILE, Lock};

pub use update::{Change, ChangeKind, Update, update};

/// Most bytes of a lock, and of a file of a bundle.
const LOCK_BYTES: u64 = 16 << 20;
const FILE_BYTES: u64 = 1 << 30;

/// Why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The folder holds something that is not an intact bundle, which writing would destroy.
    #[error("the folder {} is not empty and is not an intact bundle: {why}", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// A file was edited so that writing it again would lose the edit.
    #[error("{path} was edited: {why}")]
    Edited {
        /// The file, as the lock names it.
        path: String,
        /// Why the edit cannot be kept.
        why: String,
    },
    /// The system refused something.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has no lock.
    #[error("{} is not a bundle: it has no {LOCK_FILE}", folder.display())]
    NoLock {
        /// The folder.
        folder: PathBuf,
    },
    /// The lock cannot be read.
    #[error("the lock of {} cannot be read: {why}", folder.display())]
    Lock {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file is not what the lock says.
    #[error("{path} is not what the lock says: {why}")]
    Changed {
        /// The file, as the lock names it.
        path: String,
        /// How it differs.
        why: String,
    },
}

impl BundleError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Occupied { .. } => "bundle::occupied",
            Self::Edited { .. } => "bundle::edited",
            Self::Io { .. } => "bundle::io",
            Self::NoLock { .. } => "bundle::no-lock",
            Self::Lock { .. } => "bundle::lock",
            Self::Changed { .. } => "bundle::changed",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Occupied { .. } => Some("name a folder that does not exist or is empty, or move its content away"),
            Self::Edited { .. } => Some(
                "mark what is to stay: `replicas: 5 # keep, was: 2` for a value, `# keep, new` after a line; or use an overlay of \
                 your own under `overlays/`",
            ),
            Self::NoLock { .. } => Some("write one with `stackwright plan REQUIREMENT -o FOLDER`"),
            Self::Lock { .. } | Self::Changed { .. } => Some("write the bundle again from its requirement"),
            Self::Io { .. } => None,
        }
    }
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> BundleError + use<'a> {
    move |source| BundleError::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Writes a bundle, over an earlier one if there is one, and says what that changes. The folder is the old one or the new
/// one, whole: everything is written beside it first.
///
/// # Errors
///
/// What [`update`] refuses, or the system does; nothing is then half-written.
pub fn write(folder: &Path, files: &[BundleFile]) -> Result<Update, BundleError> {
    let update = update(folder, files)?;
    place(folder, &update.files)?;
    Ok(update)
}

/// Writes files beside a folder, and puts them in its place when all are there.
pub(crate) fn place(folder: &Path, files: &[BundleFile]) -> Result<(), BundleError> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(failed("create", parent))?;
    staging::sweep(parent);
    let staging = staging::create(parent).map_err(failed("create a folder in", parent))?;
    let new = staging.path().join(staging::NEW);
    for file in files {
        let path = new.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed("create", folder))?;
        }
        let mut handle = fs::File::create_new(&path).map_err(failed("create", &path))?;
        handle.write_all(&file.content).map_err(failed("write", &path))?;
        handle.sync_all().map_err(failed("write", &path))?;
    }
    let replaced = folder.symlink_metadata().is_ok();
    // One step, so that whoever is killed leaves the old bundle or the new one; the old one goes with the staging folder.
    if replaced && renameat_with(CWD, &new, CWD, folder, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // File systems without that step.
    let old = staging.path().join("old");
    if replaced {
        fs::rename(folder, &old).map_err(failed("replace", folder))?;
    }
    if let Err(error) = fs::rename(&new, folder) {
        if replaced {
            fs::rename(&old, folder).map_err(failed("put back", folder))?;
        }
        return Err(failed("write", folder)(error));
    }
    Ok(())
}

pub(crate) fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<(), BundleError> {
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(failed("read", folder))?;
        if kind.is_dir() {
            let before = found.len();
            list(&entry.path(), &format!("{path}/"), found)?;
            if found.len() == before {
                found.insert(format!("{path}/"));
            }
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// Reads a bundle's lock, without a look at its files.
///
/// # Errors
///
/// There is no lock, or it cannot be read.
pub fn lock(folder: &Path) -> Result<Lock, BundleError> {
    let path = folder.join(LOCK_FILE);
    let too_long = || BundleError::Lock {
        folder: folder.to_owned(),
        why: format!("it is longer than {LOCK_BYTES} bytes"),
    };
    let bytes = match fs::File::open(&path).and_then(|file| read_up_to(file, LOCK_BYTES)) {
        Ok(bytes) => bytes.ok_or_else(too_long)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BundleError::NoLock {
                folder: folder.to_owned(),
            });
        }
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let lock: Lock = serde_json::from_slice(&bytes).map_err(|e| BundleError::Lock {
        folder: folder.to_owned(),
        why: e.to_string(),
    })?;
    if lock.api_version != "stackwright/v1" || lock.kind != "Lock" {
        return Err(BundleError::Lock {
            folder: folder.to_owned(),
            why: format!("it is {} {}, expected stackwright/v1 Lock", lock.api_version, lock.kind),
        });
    }
    Ok(lock)
}

/// Reads a bundle's lock and checks every file against it.
///
/// # Errors
///
/// There is no lock, it cannot be read, or a file is not what it says.
pub fn read(folder: &Path) -> Result<Lock, BundleError> {
    let lock = lock(folder)?;
    for file in &lock.files {
        let changed = |why: String| BundleError::Changed {
            path: file.path.clone(),
            why,
        };
        let path = inside(folder, &file.path).ok_or_else(|| changed("its path leads out of the bundle".to_owned()))?;
        let regular = path.symlink_metadata().is_ok_and(|m| m.is_file());
        if !regular {
            return Err(changed("it is missing or not a plain file".to_owned()));
        }
        let opened = open_inside(folder, &file.path).and_then(|file| read_up_to(file, FILE_BYTES));
        let bytes = opened.map_err(failed("read", &path))?;
        let bytes = bytes.ok_or_else(|| changed(format!("it is longer than {FILE_BYTES} bytes")))?;
        let found = sha256(&bytes);
        // Edits that are marked are the user's right.
        let text = str::from_utf8(&bytes).unwrap_or_default();
        if found != file.digest && sha256(edits::original(text).as_bytes()) != file.digest {
            return Err(changed(format!("its digest is {found}, not {}", file.digest)));
        }
    }
    // What was packaged for a cluster lies in a layer, whose digest is another one.
    let packaged = lock.cluster.is_some();
    let known = lock.workload.path.is_empty()
        || lock
            .files
            .iter()
            .any(|f| f.path == lock.workload.path && (packaged || f.digest == lock.workload.digest));
    if !known {
        return Err(BundleError::Lock {
            folder: folder.to_owned(),
            why: "the workload is not among its files".to_owned(),
        });
    }
    Ok(lock)
}

/// Opens a file of a bundle. No link is followed on the way, even if one was put there after it was looked at.
fn open_inside(folder: &Path, path: &str) -> io::Result<fs::File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let within = openat(CWD, folder, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(&within, path, flags, Mode::empty(), resolve) {
        // Older kernels do not have it.
        Err(Errno::NOSYS) => Ok(openat(&within, path, flags | OFlags::NOFOLLOW, Mode::empty())?.into()),
        opened => Ok(opened?.into()),
    }
}

/// A file's bytes; `None` if there are more. One with holes could be longer than all memory.
fn read_up_to(file: fs::File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    if file.metadata()?.len() <= most {
        file.take(most + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// The path of a bundle's file, if it stays inside the bundle.
pub fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = relative.components().all(|c| matches!(c, Component::Normal(_)));
    let real = folder.join(relative);
    let parents_are_folders = relative
        .ancestors()
        .skip(1)
        .filter(|a| !a.as_os_str().is_empty())
        .all(|a| folder.join(a).symlink_metadata().is_ok_and(|m| m.is_dir()));
    (plain && !path.is_empty() && parents_are_folders).then_some(real)
}

#[cfg(test)]
mod tests;
