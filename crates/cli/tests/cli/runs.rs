//! Commands under stacks by the program: their output and exit codes, and looking after runs.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{command, json, stackwright};

/// The program with a folder of runs of its own.
pub fn with_state(state: &Path, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.env("STACKWRIGHT_STATE", state);
    command
}

pub fn output(state: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = with_state(state, arguments).stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[allow(clippy::zombie_processes, reason = "the caller waits for it")]
fn started(state: &Path, arguments: &[&str]) -> (Child, String) {
    let mut command = with_state(state, arguments);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let since = Instant::now();
    loop {
        let (_, text) = output(state, &["ps", "--format", "json"]);
        let runs = json(&text);
        let run = runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|run| run["state"] == "running")
            .cloned();
        if let Some(run) = run {
            return (child, run["id"].as_str().unwrap().to_owned());
        }
        assert!(since.elapsed() < Duration::from_secs(20), "the run was never listed");
    }
}

#[test]
fn a_module_answers_requests() {
    let folder = tempfile::tempdir().unwrap();
    let (module, requests) = (folder.path().join("echo.wasm"), folder.path().join("requests"));
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\20\00\00\00\40\00\00\00")
        (func (export "_start")
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    fs::write(&module, wat::parse_str(text).unwrap()).unwrap();
    fs::write(&requests, "one\ntwo\n").unwrap();
    let module = module.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        let output = command.stdin(fs::File::open(&requests).unwrap()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, answers, report) = run(&["run", "--serve", "W", "--", module]);
    assert_eq!(code, Some(0), "{report}");
    assert!(answers.starts_with("one\ntwo\n"), "{answers}");
    let (code, answers, report) = run(&["run", "--serve", "I∘C∘S∘W", "--memory-limit", "50MB", "--", module]);
    // A host that gives no containers says so.
    assert!(
        code == Some(3) || code == Some(0) && answers.starts_with("one\ntwo\n"),
        "{answers}{report}"
    );
    for (arguments, code, says) in [
        (
            &["run", "--serve", "C∘W", "--", module][..],
            "run::argument",
            "only modules answer requests",
        ),
        (
            &["run", "--serve", "C", "--", "cat"],
            "run::argument",
            "only modules answer requests",
        ),
        (
            &["run", "--serve", "W", "--grant", "/:/x", "--", module],
            "",
            "'--grant <GRANT>'",
        ),
        (&["run", "--serve=0", "W", "--", module], "", "0 is not in 1..=10000"),
    ] {
        let (ended, _, errors) = run(arguments);
        assert_eq!(ended, Some(2), "{errors}");
        assert!(errors.contains(code) && errors.contains(says), "{errors}");
    }
}

#[test]
fn a_command_has_nothing_of_the_program_that_started_it() {
    let with_secret = |arguments: &[&str]| {
        let output = command(&[&["run", "", "--format", "json", "--"], arguments].concat())
            .env("SECRET", "of the caller")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let report = json(&String::from_utf8(output.stdout).unwrap());
        report["stdout"].as_str().unwrap().to_owned()
    };
    let seen = with_secret(&["cat", "/proc/self/status", "/proc/self/environ"]);
    assert!(!seen.contains("SECRET"), "{seen}");
    let mask = |name: &str| {
        let line = seen.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    assert_eq!((mask("SigBlk:"), mask("SigCgt:")), (0, 0));
    // What is written to a pipe that nobody reads ends a command, as it does when a shell starts it.
    assert_eq!(mask("SigIgn:") >> (13 - 1) & 1, 0, "SIGPIPE is ignored");
    // The fourth is the listed folder.
    assert_eq!(with_secret(&["ls", "/proc/self/fd"]), "0\n1\n2\n3\n");
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn a_command_runs_with_its_own_exit_code() {
    let ran = stackwright(&["run", "C∘S", "--format", "json", "--", "sh", "-c", "echo hello; exit 3"]);
    if ran.code == 3 && ran.stdout.is_empty() {
        assert!(may_skip("runs"), "this host gives no containers: {}", ran.stderr);
        eprintln!("SKIPPED: this host gives no containers: {}", ran.stderr);
        return;
    }
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["stack"], "C∘S");
    assert_eq!(report["stdout"], "hello\n");
    assert_eq!(report["exit_code"], 3);
    let layers: Vec<_> = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| &layer["operator"])
        .collect();
    assert_eq!(layers, ["C", "S"]);
    assert!(
        report["layers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|layer| layer["in_force"] == true)
    );
}

#[test]
fn what_cannot_be_started_is_said() {
    let ran = stackwright(&["run", "S", "--", "no-such-command"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("drive::command"), "{}", ran.stderr);
    let ran = stackwright(&["run", "M", "--", "true"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("nothing here starts a command under M"),
        "{}",
        ran.stderr
    );
    let ran = stackwright(&["stop", "sw-0-0"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("drive::no-run"), "{}", ran.stderr);
}

#[test]
fn runs_are_listed_stopped_and_removed() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let script = "trap 'echo asked; exit 5' TERM; echo begun; while :; do sleep 0.1; done";
    let (mut child, id) = started(
        state,
        &["run", "S", "--keep", "--time-limit", "60s", "--", "sh", "-c", script],
    );
    let since = Instant::now();
    while !output(state, &["logs", &id]).1.contains("begun") {
        assert!(since.elapsed() < Duration::from_secs(20), "it never began");
    }
    assert_eq!(output(state, &["rm", &id]).0, Some(2), "a running one is not removed");
    assert_eq!(output(state, &["stop", &id]).0, Some(0));
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(output(state, &["logs", &id]).1, "begun\nasked\n");
    let runs = json(&output(state, &["ps", "--format", "json"]).1);
    assert_eq!(runs["runs"][0]["state"], "ended");
    assert_eq!(runs["runs"][0]["exit_code"], 5);
    assert_eq!(output(state, &["rm", &id]).0, Some(0));
    assert_eq!(fs::read_dir(state).unwrap().count(), 0);
}

#[test]
fn what_killed_runs_leave_is_taken_away() {
    let runtimes = ["embedded", "runc", "crun"];
    for runtime in runtimes.into_iter().filter(|name| *name == "embedded" || there(name)) {
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        let driver = format!("C={runtime}");
        let marker = format!("{}{}", 4_000_000 + std::process::id(), runtime.len());
        let (mut child, id) = started(
            state,
            &[
                "run",
                "C",
                "--driver",
                &driver,
                "--time-limit",
                "60s",
                "--",
                "sleep",
                &marker,
            ],
        );
        let since = Instant::now();
        while processes(&marker) == 0 {
            assert!(since.elapsed() < Duration::from_secs(20), "{runtime}: it never began");
        }
        let groups = groups(child.id());
        assert!(!groups.is_empty(), "{runtime}");
        let listed = json(&output(state, &["ps", "--format", "json"]).1);
        assert!(
            listed["runs"][0]["processes"].as_u64().is_some_and(|count| count > 0),
            "{runtime}: {listed}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(state.join(&id).exists());
        let (code, text) = output(state, &["gc", "--format", "json"]);
        assert_eq!(code, Some(0));
        assert!(text.contains(&id), "{text}");
        assert_eq!(fs::read_dir(state).unwrap().count(), 0, "{runtime}");
        let since = Instant::now();
        while processes(&marker) > 0 {
            assert!(since.elapsed() < Duration::from_secs(20), "{runtime}: it still runs");
        }
        assert!(groups.iter().all(|group| !group.exists()), "{runtime}: {groups:?}");
    }
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        assert!(may_skip(program), "{program} is not installed");
        eprintln!("SKIPPED: {program} is not installed; ./check installs it");
    }
    there
}

/// How many `sleep` processes have this argument.
fn processes(marker: &str) -> usize {
    let commands = fs::read_dir("/proc").unwrap().flatten();
    let lines = commands.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let wanted = format!("sleep\0{marker}\0");
    lines.filter(|line| *line == wanted.as_bytes()).count()
}

/// The control groups that a process of the program made.
fn groups(supervisor: u32) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("/sys/fs/cgroup")];
    let start = format!("stackwright-{supervisor}-");
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if entry.file_name().to_string_lossy().starts_with(&start) {
                    found.push(entry.path());
                }
                folders.push(entry.path());
            }
        }
    }
    found
}

/// Whether something may be skipped: anything, unless the environment lists what may.
fn may_skip(what: &str) -> bool {
    let listed = std::env::var("STACKWRIGHT_MAY_SKIP");
    listed.map_or(true, |listed| listed.split_whitespace().any(|listed| listed == what))
}
