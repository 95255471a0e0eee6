//! Which files are read, and reading them on several threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use globset::{GlobBuilder, GlobMatcher};
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

/// The files at or below paths, in order; a path that is not there may be a pattern, such as `k8s/**/*.yaml`. In folders, what `.gitignore` names is left out, and links are not followed, so
/// that a loop of them cannot be walked for ever.
pub fn collect(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        let pattern = pattern(path);
        if !path.is_dir() && pattern.is_none() {
            inputs.push(Input::File(path.clone()));
            continue;
        }
        let (folder, wanted): (&Path, &dyn Fn(&Path) -> bool) = match &pattern {
            Some((folder, matcher)) => (folder, &|p| matcher.is_match(p.strip_prefix("./").unwrap_or(p))),
            None => (path, &is_read),
        };
        let before = inputs.len();
        let walk = WalkBuilder::new(folder)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) && wanted(entry.path()) => {
                    inputs.push(Input::File(entry.into_path()));
                }
                Ok(_) => {}
                Err(error) => inputs.push(Input::Unreadable(finding(path, &error.to_string()))),
            }
        }
        if pattern.is_some() && inputs.len() == before {
            inputs.push(Input::Unreadable(finding(path, "no file fits the pattern")));
        }
    }
    inputs
}

/// A path that is not there as a pattern, with the folder below which it can fit.
fn pattern(path: &Path) -> Option<(PathBuf, GlobMatcher)> {
    let text = path
        .to_str()
        .filter(|t| t.contains(['*', '?', '[', '{']) && !path.exists())?;
    let text = text.strip_prefix("./").unwrap_or(text);
    let glob = GlobBuilder::new(text).literal_separator(true).build().ok()?;
    let plain = |c: &std::path::Component<'_>| !c.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    let folder: PathBuf = Path::new(text).components().take_while(plain).collect();
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    Some((folder, glob.compile_matcher()))
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
