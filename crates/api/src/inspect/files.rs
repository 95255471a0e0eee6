//! Which files are read, and reading them on several threads.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, iter, thread};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use stackwright_inspect::{Finding, Inspector};

/// Files that one thread takes at once.
const GROUP: usize = 32;

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

/// The files at or below paths, in order, found while they are asked for; a path that is not there may be a pattern, such as
/// `k8s/**/*.yaml`. In folders, what `.gitignore` names is left out, and links are not followed, so that a loop of them cannot be
/// walked for ever.
pub fn inputs(paths: &[PathBuf]) -> impl Iterator<Item = Input> + Send {
    paths.iter().flat_map(|path| below(path))
}

fn below(path: &Path) -> Box<dyn Iterator<Item = Input> + Send + '_> {
    let pattern = pattern(path);
    if !path.is_dir() && pattern.is_none() {
        return Box::new(iter::once(Input::File(path.to_owned())));
    }
    let (folder, matcher) = match pattern {
        Some((folder, matcher)) => (folder, Some(matcher)),
        None => (path.to_owned(), None),
    };
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_name(Ord::cmp)
        .build();
    let wanted = move |p: &Path| match &matcher {
        Some(matcher) => matcher.is_match(p.strip_prefix("./").unwrap_or(p)),
        None => is_read(p),
    };
    let is_pattern = !path.is_dir();
    let mut found = walk
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) && wanted(entry.path()) => {
                Some(Input::File(entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => Some(Input::Unreadable(finding(path, &error.to_string()))),
        })
        .peekable();
    let none =
        (is_pattern && found.peek().is_none()).then(|| Input::Unreadable(finding(path, "no file fits the pattern")));
    Box::new(none.into_iter().chain(found))
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

/// Reads files into an inspector on so many threads, while they are found. The result does not depend on their number.
pub fn read_all(inspector: &mut Inspector<'_>, inputs: impl Iterator<Item = Input> + Send, threads: usize) {
    let groups = Mutex::new(Groups { inputs, next: 0 });
    let mut parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| worker(&groups, inspector)))
            .collect();
        // A worker that panicked has nothing to give; no input makes one panic.
        workers
            .into_iter()
            .filter_map(|w| w.join().ok())
            .flatten()
            .collect::<Vec<_>>()
    });
    parts.sort_by_key(|(group, _)| *group);
    for (_, part) in parts {
        inspector.append(part);
    }
}

/// Inputs in numbered groups.
struct Groups<I> {
    inputs: I,
    next: usize,
}

impl<I: Iterator<Item = Input>> Groups<I> {
    fn take(&mut self) -> Option<(usize, Vec<Input>)> {
        let group: Vec<_> = self.inputs.by_ref().take(GROUP).collect();
        let number = self.next;
        self.next += 1;
        (!group.is_empty()).then_some((number, group))
    }
}

fn worker<'k>(
    groups: &Mutex<Groups<impl Iterator<Item = Input>>>,
    like: &Inspector<'k>,
) -> Vec<(usize, Inspector<'k>)> {
    let mut parts = Vec::new();
    // The lock is held while a group is found, not while it is read.
    while let Some((number, group)) = groups.lock().ok().and_then(|mut g| g.take()) {
        let mut part = like.fork();
        for input in group {
            match input {
                Input::Unreadable(finding) => part.unreadable(finding),
                Input::Text(path, bytes) => part.read(&path.to_string_lossy(), &bytes),
                Input::File(path) => match fs::read(&path) {
                    Ok(bytes) => part.read(&path.to_string_lossy(), &bytes),
                    Err(error) => part.unreadable(finding(&path, &error.to_string())),
                },
            }
        }
        parts.push((number, part));
    }
    parts
}
