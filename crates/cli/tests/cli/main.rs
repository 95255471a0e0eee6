//! The command, driven as a process.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod algebra;
mod atlas;
mod authorities;
mod background;
mod bad_input;
mod catalog;
mod clusters;
mod edge;
mod fleets;
mod gates;
mod hostile;
mod images;
mod inspect;
mod landing;
mod languages;
mod live;
mod overlays;
mod pods;
mod ports;
mod readme;
mod reports;
mod requirements;
mod runs;
mod streams;
mod walks;
mod words;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackwright"));
    command
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C")
        .env_remove("STACKWRIGHT_LANG")
        .stdin(Stdio::null());
    command
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn stackwright(arguments: &[&str]) -> Ran {
    command(arguments).output().unwrap().into()
}

fn stackwright_with(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.into()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}
