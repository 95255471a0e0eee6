//! Folders beside a bundle in which it is written. Whoever writes holds a lock, so that what a killed process left is known
//! and can be taken away by the next one.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

/// What their names start with.
const PREFIX: &str = ".stackwright-new-";
/// What is written, in such a folder.
pub(super) const NEW: &str = "new";
/// How old one is at least that may be taken away: nobody needs that long from making it to locking it.
const AGE: Duration = Duration::from_secs(60);

/// A folder that goes with its owner.
pub(super) struct Staging {
    folder: TempDir,
    /// Held as long as the folder is in use.
    _lock: File,
}

impl Staging {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

pub(super) fn create(parent: &Path) -> io::Result<Staging> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
    let lock = File::open(folder.path())?;
    // Without locks on this file system nobody can hold one, and nothing is taken away.
    let _ = flock(&lock, FlockOperation::NonBlockingLockExclusive);
    Ok(Staging { folder, _lock: lock })
}

/// Takes away what killed processes left. What cannot be taken away is left where it is: it harms nothing.
pub(super) fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if named && entry.file_type().is_ok_and(|t| t.is_dir()) && is_left(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left(folder: &Path) -> bool {
    let old = |m: fs::Metadata| {
        m.modified()
            .ok()
            .and_then(|t| t.elapsed().ok())
            .is_some_and(|age| age > AGE)
    };
    let Ok(file) = File::open(folder) else { return false };
    // Nothing but what was to be put in place: an old bundle that was put aside stays, and so does what is not ours.
    let only = |entry: io::Result<fs::DirEntry>| entry.is_ok_and(|e| e.file_name() == NEW);
    fs::read_dir(folder).is_ok_and(|mut entries| entries.all(only))
        && file.metadata().is_ok_and(old)
        && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
}
