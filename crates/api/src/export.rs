//! The atlas as a folder of files, written whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use stackwright_emit::sha256;
use stackwright_spec::bundle::BundleFile;

use crate::bundle::{self, BundleError};

/// The file that names every other with its digest, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

/// Why files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder holds something that writing would destroy.
    #[error("the folder {} is not empty and is not an unchanged export: {why}", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// The system refused something.
    #[error(transparent)]
    Folder(#[from] BundleError),
}

/// Writes files, by path with `/`, and their digests. An earlier export of which nothing was changed is replaced; anything
/// else is left alone.
///
/// # Errors
///
/// The folder is occupied, or the system refused something; nothing is then half-written.
pub fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), ExportError> {
    if let Some(why) = occupied(folder)? {
        return Err(ExportError::Occupied {
            folder: folder.to_owned(),
            why,
        });
    }
    let mut sums = String::new();
    let mut all = Vec::new();
    for (path, text) in files {
        sums += &format!("{}  {path}\n", digest(text.as_bytes()));
        all.push(BundleFile {
            path: path.clone(),
            content: text.clone().into_bytes(),
        });
    }
    all.push(BundleFile {
        path: SUMS.to_owned(),
        content: sums.into_bytes(),
    });
    Ok(bundle::place(folder, &all)?)
}

/// The digest without its algorithm.
fn digest(bytes: &[u8]) -> String {
    let digest = sha256(bytes);
    digest.split_once(':').map_or(digest.clone(), |(_, hex)| hex.to_owned())
}

/// What stands in the way of replacing a folder, if anything does.
fn occupied(folder: &Path) -> Result<Option<String>, BundleError> {
    let Ok(metadata) = folder.symlink_metadata() else {
        return Ok(None);
    };
    if !metadata.is_dir() {
        return Ok(Some("it is not a folder".to_owned()));
    }
    let mut found = BTreeSet::new();
    bundle::list(folder, "", &mut found)?;
    let Ok(sums) = fs::read_to_string(folder.join(SUMS)) else {
        return Ok(found.first().map(|path| format!("it holds `{path}`")));
    };
    found.remove(SUMS);
    for line in sums.lines() {
        let Some((sum, path)) = line.split_once("  ") else {
            return Ok(Some(format!("`{SUMS}` is none of an export")));
        };
        if found.remove(path) && fs::read(folder.join(path)).is_ok_and(|bytes| digest(&bytes) != sum) {
            return Ok(Some(format!("`{path}` was changed")));
        }
    }
    Ok(found.first().map(|path| format!("`{path}` does not belong to it")))
}

#[cfg(test)]
mod tests;
