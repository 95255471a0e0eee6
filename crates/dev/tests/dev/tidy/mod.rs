//! Checks of the repository itself: what its documents promise and no compiler checks.

mod code;
mod diagnostics;
mod edges;
mod links;
mod schemas;
mod wording;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap().to_owned()
}

/// A file of the repository: its path from the root, and its text.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is what a crate is built from, rather than its tests.
    pub fn is_crate_source(&self) -> bool {
        let mut parts = self.path.split('/');
        self.is_rust()
            && parts.next() == Some("crates")
            && parts.nth(1) == Some("src")
            && !self.path.contains("/tests/")
            && !self.path.ends_with("/tests.rs")
    }
}

/// All text files of the repository: tracked, or new and not ignored. Without git, or outside of a checkout, nothing is
/// known about which files belong to it; then the check is skipped, and says so.
pub fn files() -> Vec<File> {
    let root = root();
    let listed = Command::new("git")
        .arg("-c")
        .arg(format!("safe.directory={}", root.display()))
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output();
    let names = match listed {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        _ => {
            eprintln!("skipped: git does not list the files of {}", root.display());
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for path in names.split_terminator('\0') {
        let full = root.join(path);
        // A symbolic link shows files that are listed under their own names; a deleted file is listed until the next
        // commit; what is not text is none of our business.
        if fs::symlink_metadata(&full).is_ok_and(|m| m.is_file())
            && let Ok(text) = fs::read_to_string(&full)
        {
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
    }
    files
}

/// A line without the contents of its strings and without its comment.
pub fn code_of(line: &str) -> String {
    let line = line.replace("'\"'", "''").replace("\\\"", "");
    let mut code = String::new();
    for (index, piece) in line.split('"').enumerate() {
        // Every second piece is a string's content.
        if index % 2 == 1 {
            code.push_str("\"\"");
        } else if let Some((before, _)) = piece.split_once("//") {
            code.push_str(before);
            break;
        } else {
            code.push_str(piece);
        }
    }
    code
}

/// Fails with all findings at once.
pub fn none(findings: &[String], what: &str) {
    assert!(findings.is_empty(), "{what}:\n  {}", findings.join("\n  "));
}
