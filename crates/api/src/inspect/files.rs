//! Which files are read, and reading them on several threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ignore::WalkBuilder;
use stackwright_inspect::{Finding, Inspector};

/// Files that one thread takes at once.
const CHUNK: usize = 32;

/// Ends of the names of files that are read in folders.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A file to read, or what kept it from being found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// A text that stands for a file.
    Text(PathBuf, Vec<u8>),
    /// Something that could not be looked at.
    Unreadable(Finding),
}

/// The files at or below paths, in order. In folders, what `.gitignore` names is left out, and links are not followed, so
/// that a loop of them cannot be walked for ever.
pub fn collect(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if !path.is_dir() {
            inputs.push(Input::File(path.clone()));
            continue;
        }
        let walk = WalkBuilder::new(path)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) && is_read(entry.path()) => {
                    inputs.push(Input::File(entry.into_path()));
                }
                Ok(_) => {}
                Err(error) => inputs.push(Input::Unreadable(finding(path, &error.to_string()))),
            }
        }
    }
    inputs
}

fn is_read(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str());
    extension.is_some_and(|e| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(e)))
}

fn finding(path: &Path, why: &str) -> Finding {
    Finding {
        code: "inspect::file",
        message: format!("cannot be read: {why}"),
        file: path.display().to_string(),
        line: None,
        column: None,
    }
}

/// Reads files into an inspector on so many threads. The result does not depend on their number.
pub fn read_all(inspector: &mut Inspector<'_>, inputs: &[Input], threads: usize) {
    let next = AtomicUsize::new(0);
    let mut parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| worker(&next, inputs, inspector)))
            .collect();
        // A worker that panicked has nothing to give; no input makes one panic.
        workers
            .into_iter()
            .filter_map(|w| w.join().ok())
            .flatten()
            .collect::<Vec<_>>()
    });
    parts.sort_by_key(|(chunk, _)| *chunk);
    for (_, part) in parts {
        inspector.append(part);
    }
}

fn worker<'k>(next: &AtomicUsize, inputs: &[Input], like: &Inspector<'k>) -> Vec<(usize, Inspector<'k>)> {
    let mut parts = Vec::new();
    loop {
        let chunk = next.fetch_add(1, Ordering::Relaxed);
        let start = chunk.saturating_mul(CHUNK);
        if start >= inputs.len() {
            return parts;
        }
        let mut part = like.fork();
        for input in inputs.iter().skip(start).take(CHUNK) {
            match input {
                Input::Unreadable(finding) => part.unreadable(finding.clone()),
                Input::Text(path, bytes) => part.read(&path.to_string_lossy(), bytes),
                Input::File(path) => match fs::read(path) {
                    Ok(bytes) => part.read(&path.to_string_lossy(), &bytes),
                    Err(error) => part.unreadable(finding(path, &error.to_string())),
                },
            }
        }
        parts.push((chunk, part));
    }
}
