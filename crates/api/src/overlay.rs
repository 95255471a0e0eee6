//! Overlays on disk: folders of catalogue data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use stackwright_catalog::overlay::{Overlay, OverlayFile, OverlayName, is_whole};

/// A folder or file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct OverlayError {
    /// Its path.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Reads the YAML files at or below a path, in the order of their paths.
///
/// # Errors
///
/// The first of them that cannot be read.
pub fn read(path: &Path) -> Result<Overlay, OverlayError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| OverlayError { path, source }
    };
    let mut found = Vec::new();
    collect(path, &mut found).map_err(|(path, source)| OverlayError { path, source })?;
    found.sort();
    let mut files = Vec::new();
    for file in found {
        let bytes = crate::input::read(&file).map_err(at(&file))?;
        let inside = file.strip_prefix(path).ok().filter(|p| !p.as_os_str().is_empty());
        let inside = inside.or(file.file_name().map(Path::new)).unwrap_or(&file);
        files.push(OverlayFile {
            path: inside.to_string_lossy().into_owned(),
            name: file.to_string_lossy().into_owned(),
            bytes,
        });
    }
    // A path such as `.` has no name of its own.
    let whole = fs::canonicalize(path).map_err(at(path))?;
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    Ok(Overlay {
        name: name.to_string_lossy().into_owned(),
        files,
    })
}

fn collect(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (path.to_owned(), error);
    if !fs::metadata(path).map_err(at)?.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(at)? {
        let entry = entry.map_err(at)?;
        let kind = entry.file_type().map_err(at)?;
        let path = entry.path();
        // Links are not followed into folders, so that a loop of them cannot be walked for ever.
        if kind.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            out.push(path);
        }
    }
    Ok(())
}
