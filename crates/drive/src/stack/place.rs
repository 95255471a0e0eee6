//! The folder of one run: its lock, its record, and what its layers need on disk.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::sys::process::effective_ids;

/// File that is locked as long as somebody watches over the run.
const LOCK: &str = "lock";
const RECORD: &str = "run.json";
/// Most folders with the same start of a name.
const MOST: u32 = 10_000;

/// What is known of a run by its folder. Neither arguments nor variables are kept: they may hold secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the run.
    pub id: String,
    /// The stack, as symbols of operators, outermost first.
    pub word: Vec<String>,
    /// The program or module that is run.
    pub program: String,
    /// Process that watches over it.
    pub supervisor: u32,
    /// When it started, in seconds since 1970.
    pub since: u64,
    /// Containers of runtimes that have to be deleted: how the runtime is called, without the command.
    pub containers: Vec<Vec<String>>,
    /// Control groups that have to be removed.
    pub groups: Vec<PathBuf>,
    /// The command's process, once it was let go.
    #[serde(default)]
    pub process: Option<i32>,
    /// Where its ports are reached: the address here, `->` and the port inside.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Whether its probes found it ready, where it has some that tell.
    #[serde(default)]
    pub ready: Option<bool>,
    /// How often it was started again.
    #[serde(default)]
    pub restarts: u32,
    /// Exit code, once it has ended.
    pub exit_code: Option<i32>,
}

/// The folder of a run of ours. Dropping it removes it, unless it is kept.
#[derive(Debug)]
pub(crate) struct Place {
    directory: PathBuf,
    pub(crate) record: Record,
    /// What the file says.
    written: Record,
    keep: bool,
    _lock: File,
}

/// Where runs have their folders: in `STACKWRIGHT_STATE`, else in the user's runtime directory.
pub(crate) fn state_directory() -> PathBuf {
    let own = || {
        let (user, _) = effective_ids();
        if user == 0 {
            return PathBuf::from("/run/stackwright");
        }
        match std::env::var_os("XDG_RUNTIME_DIR") {
            Some(directory) => Path::new(&directory).join("stackwright"),
            None => std::env::temp_dir().join(format!("stackwright-{user}")),
        }
    };
    std::env::var_os("STACKWRIGHT_STATE").map_or_else(own, PathBuf::from)
}

impl Place {
    /// Makes the folder of a new run.
    pub(crate) fn new(word: &[String], program: &str, keep: bool) -> io::Result<Self> {
        let state = state_directory();
        private(&state, true)?;
        // Somebody else's folder could be exchanged under our feet.
        let metadata = fs::symlink_metadata(&state)?;
        if !metadata.is_dir() || metadata.uid() != effective_ids().0 || metadata.mode() & 0o022 != 0 {
            let what = format!("{} does not belong to this user alone", state.display());
            return Err(io::Error::other(what));
        }
        if metadata.mode() & 0o777 != 0o711 {
            fs::set_permissions(&state, fs::Permissions::from_mode(0o711))?;
        }
        let supervisor = std::process::id();
        for number in 0..MOST {
            let id = format!("sw-{supervisor}-{number}");
            let directory = state.join(&id);
            match private(&directory, false) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            // Runtimes come here as the workload's user, to a bundle that holds no secrets.
            fs::set_permissions(&directory, fs::Permissions::from_mode(0o711))?;
            let lock = open_new(&directory.join(LOCK))?;
            lock.lock()?;
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let mut place = Self {
                directory,
                written: Record::default(),
                record: Record {
                    id,
                    word: word.to_vec(),
                    program: program.to_owned(),
                    supervisor,
                    since: since.map_or(0, |since| since.as_secs()),
                    ..Record::default()
                },
                keep,
                _lock: lock,
            };
            place.write_record()?;
            return Ok(place);
        }
        Err(io::Error::other("too many folders of runs"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Writes down what has to be cleaned up if nobody lives to do it.
    pub(crate) fn write_record(&mut self) -> io::Result<()> {
        if self.written == self.record {
            return Ok(());
        }
        let whole = self.path("record");
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&whole)?
            .write_all(&serde_json::to_vec_pretty(&self.record)?)?;
        fs::rename(whole, self.path(RECORD))?;
        self.written = self.record.clone();
        Ok(())
    }

    /// Takes away what the last start made, but for the output.
    pub(crate) fn renew(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)?.flatten() {
            let kept = [LOCK, RECORD, super::run::LOG];
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(path)?;
            } else if !kept.iter().any(|name| entry.file_name() == **name) {
                fs::remove_file(path)?;
            }
        }
        self.record.containers.clear();
        self.record.groups.clear();
        self.record.ports.clear();
        self.record.ready = None;
        (self.record.process, self.record.exit_code) = (None, None);
        self.record.restarts += 1;
        Ok(())
    }

    /// Makes a folder below the run's.
    pub(crate) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        private(&path, true)?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Of what never began there is nothing to look at.
        if self.keep && (self.record.process.is_some() || self.record.exit_code.is_some()) {
            let _ = self.write_record();
        } else {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn private(directory: &Path, parents: bool) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(parents).create(directory)
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a file that only this user may read.
pub(crate) fn write_for(path: &Path, bytes: &[u8], (user, group): (u32, u32)) -> io::Result<()> {
    open_new(path)?.write_all(bytes)?;
    give(path, (user, group))
}

/// Gives a file or folder to a user, where we may.
pub(crate) fn give(path: &Path, (user, group): (u32, u32)) -> io::Result<()> {
    if effective_ids().0 == 0 {
        chown(path, Some(user), Some(group))?;
    }
    Ok(())
}

/// A run that is known by its folder.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) directory: PathBuf,
    pub(crate) record: Record,
    /// Nobody watches over it: it has ended, or its supervisor was killed.
    pub(crate) free: Option<File>,
}

/// All runs of this user, by name.
pub(crate) fn known() -> io::Result<Vec<Known>> {
    let entries = match fs::read_dir(state_directory()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut known = Vec::new();
    for entry in entries {
        let directory = entry?.path();
        // One that is just being made has no record yet, and one that was removed meanwhile has none any more.
        let Ok(bytes) = fs::read(directory.join(RECORD)) else {
            continue;
        };
        let Ok(record) = serde_json::from_slice(&bytes) else {
            continue;
        };
        let lock = OpenOptions::new().write(true).open(directory.join(LOCK))?;
        let free = match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        known.push(Known {
            directory,
            record,
            free,
        });
    }
    known.sort_by(|a, b| a.record.id.cmp(&b.record.id));
    Ok(known)
}
