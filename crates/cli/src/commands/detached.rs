//! Runs in the background: this program started once more, which tells when the command was let go.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::failure::{Failure, MACHINE};
use crate::output::Output;

/// Tells the program that it is the one in the background.
const MARK: &str = "STACKWRIGHT_DETACHED";

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    run: &'a str,
}

/// Whether this is the program in the background.
pub fn is_background() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Starts the program again with the same arguments, and waits until it tells the name of its run. What it says before is
/// passed on, and if it ends before so is its exit code.
pub fn start(output: &mut Output) -> Result<u8, Failure> {
    let failed = |error: std::io::Error| Failure::file("start", std::path::Path::new("/proc/self/exe"), &error);
    let mut background = Command::new("/proc/self/exe")
        .args(std::env::args_os().skip(1))
        .env(MARK, "1")
        // Keys typed here are not for it.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (said, complained) = (background.stdout.take(), background.stderr.take());
    let passed_on =
        complained.map(|mut errors| std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr())));
    let mut name = String::new();
    if let Some(said) = said {
        // An error is an end without a name.
        let _ = BufReader::new(said).read_line(&mut name);
    }
    let name = name.trim();
    if name.is_empty() {
        let code = background.wait().map_err(failed)?.code();
        let _ = passed_on.map(std::thread::JoinHandle::join);
        return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(MACHINE));
    }
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/detached/v1",
            run: name,
        });
    } else {
        output.line(name);
    }
    Ok(0)
}
