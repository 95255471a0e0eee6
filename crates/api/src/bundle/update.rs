//! Writing a bundle over an earlier one: what changes, what users' marked edits become, and what is not overwritten.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Serialize;
use stackwright_emit::sha256;
use stackwright_spec::bundle::{BundleFile, LOCK_FILE, Lock};

use super::{BundleError, edits, failed, inside, list};

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// Its content is another.
    Changed,
    /// It is the user's own and stays.
    Kept,
}

/// A file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its path in the bundle.
    pub path: String,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// The lines that go, with `-`, and those that come, with `+`, if it is a text that changes.
    pub lines: Vec<String>,
}

/// A bundle that is to be written over what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its files, with marked edits and the user's own overlays.
    pub files: Vec<BundleFile>,
    /// What changes.
    pub changes: Vec<Change>,
}

/// Where users may have folders of their own.
const OWN: &str = "overlays/";

/// What writing a bundle into a folder changes there.
///
/// # Errors
///
/// The folder holds something that was not written here, or edits that are not marked or have no place any more.
pub fn update(folder: &Path, files: &[BundleFile]) -> Result<Update, BundleError> {
    let mut update = Update {
        files: files.to_vec(),
        changes: Vec::new(),
    };
    let mut found = BTreeSet::new();
    if folder.symlink_metadata().is_ok() {
        if !folder.is_dir() {
            return Err(occupied(folder, "it is not a folder".to_owned()));
        }
        list(folder, "", &mut found)?;
    }
    if found.is_empty() {
        return Ok(update);
    }
    let path = folder.join(LOCK_FILE);
    if !path.is_file() {
        let first = found.first().cloned().unwrap_or_default();
        return Err(occupied(folder, format!("it holds `{first}`")));
    }
    let bytes = fs::read(&path).map_err(failed("read", &path))?;
    let lock: Lock = serde_json::from_slice(&bytes).map_err(|e| BundleError::Lock {
        folder: folder.to_owned(),
        why: e.to_string(),
    })?;
    for locked in &lock.files {
        found.remove(&locked.path);
        let unmarked = |why: &str| BundleError::Edited {
            path: locked.path.clone(),
            why: why.to_owned(),
        };
        let path = inside(folder, &locked.path).filter(|path| is_plain(path));
        let path = path.ok_or_else(|| unmarked("it is missing or not a plain file of the bundle"))?;
        let old = fs::read(&path).map_err(failed("read", &path))?;
        let new = update.files.iter_mut().find(|f| f.path == locked.path);
        let edited = sha256(&old) != locked.digest;
        let text = std::str::from_utf8(&old).unwrap_or_default();
        if edited && sha256(edits::original(text).as_bytes()) != locked.digest {
            return Err(unmarked("what differs from what was written is not marked"));
        }
        let Some(new) = new else {
            if edited {
                return Err(unmarked(
                    "it is not written any more, and its marked edits would be lost",
                ));
            }
            update.changes.push(Change {
                path: locked.path.clone(),
                kind: ChangeKind::Removed,
                lines: Vec::new(),
            });
            continue;
        };
        if edited {
            let own = String::from_utf8_lossy(&new.content).into_owned();
            let carried = edits::carry(&own, &edits::marks(text));
            new.content = carried
                .map_err(|line| unmarked(&format!("there is no place any more for `{line}`")))?
                .into_bytes();
        }
        if new.content != old {
            update.changes.push(Change {
                path: locked.path.clone(),
                kind: ChangeKind::Changed,
                lines: diff(text, std::str::from_utf8(&new.content).unwrap_or_default()),
            });
        }
    }
    found.remove(LOCK_FILE);
    for path in found {
        let own = path.strip_prefix(OWN).is_some_and(|rest| rest.contains('/'));
        let folder_of = |p: &str| p.rsplit_once('/').map(|(f, _)| f.to_owned());
        let written = update.files.iter().any(|f| folder_of(&f.path) == folder_of(&path));
        let at = folder.join(&path);
        if !own || written || !is_plain(&at) {
            return Err(occupied(folder, format!("`{path}` does not belong to the bundle")));
        }
        update.files.push(BundleFile {
            path: path.clone(),
            content: fs::read(&at).map_err(failed("read", &at))?,
        });
        update.changes.push(Change {
            path,
            kind: ChangeKind::Kept,
            lines: Vec::new(),
        });
    }
    let known: BTreeSet<&str> = lock.files.iter().map(|f| f.path.as_str()).collect();
    for file in files
        .iter()
        .filter(|f| f.path != LOCK_FILE && !known.contains(f.path.as_str()))
    {
        update.changes.push(Change {
            path: file.path.clone(),
            kind: ChangeKind::Added,
            lines: Vec::new(),
        });
    }
    update.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(update)
}

/// Whether a path is a file, and no link to one.
fn is_plain(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|m| m.is_file())
}

fn occupied(folder: &Path, why: String) -> BundleError {
    BundleError::Occupied {
        folder: folder.to_owned(),
        why,
    }
}

/// Lines that go and come: what is between the same beginning and the same end.
fn diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (
        old.get(start..).unwrap_or_default(),
        new.get(start..).unwrap_or_default(),
    );
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let part = |lines: &[&str], mark: char| -> Vec<String> {
        let kept = lines.get(..lines.len() - end).unwrap_or_default();
        kept.iter().map(|line| format!("{mark}{line}")).collect()
    };
    [part(old, '-'), part(new, '+')].concat()
}
