//! Runs in the background: their output while they go on, further commands in them, and starting again.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::runs::{output, there, with_state};
use crate::{json, root};

/// Waits for something that must come, for as long as it takes on a slow machine.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a run in the background and returns its name.
pub fn detached(state: &Path, arguments: &[&str]) -> String {
    let ran = with_state(state, &[&["run", "--detach"], arguments].concat())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

pub fn run(state: &Path, id: &str) -> serde_json::Value {
    let runs = json(&output(state, &["ps", "--format", "json"]).1);
    let found = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|run| run["id"] == id)
        .cloned();
    found.unwrap_or_else(|| panic!("{id} is not among {runs}"))
}

pub fn end(state: &Path, id: &str) {
    for command in ["stop", "rm"] {
        let ran = with_state(state, &[command, id]).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(0), "{command} {id}: {said}");
    }
}

#[test]
fn what_a_run_uses() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    // It computes and writes for a moment, then waits with a child.
    let script =
        "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; head -c 100000 /dev/zero; echo; echo ready; sleep 60";
    for stack in ["", "C"] {
        let id = detached(state, &[stack, "--", "sh", "-c", script]);
        eventually("`ready`", || {
            output(state, &["logs", &id]).1.contains("ready").then_some(())
        });
        let used = |arguments: &[&str]| {
            let (code, text) = output(state, &[&["stats", "--format", "json"], arguments].concat());
            assert_eq!(code, Some(0), "{text}");
            json(&text)["runs"].as_array().unwrap().clone()
        };
        let of_all = used(&[]);
        assert_eq!((of_all.len(), &of_all[0]["id"]), (1, &serde_json::json!(id)));
        let run = eventually("a shell and its child", || {
            let run = used(&[&id]).remove(0);
            // A control group also counts the process that made the container, until the run ends.
            [2, 3].map(Into::into).contains(&run["tasks"]).then_some(run)
        });
        let number = |name: &str| run[name].as_u64().unwrap_or_else(|| panic!("{stack}: {name}: {run}"));
        assert!(number("processor_ns") >= 10_000_000, "{run}");
        assert!((100_000..1 << 30).contains(&number("memory_bytes")), "{run}");
        assert!(number("memory_peak_bytes") >= 100_000, "{run}");
        assert!(number("read_bytes") > 0 && number("written_bytes") > 0, "{run}");
        let (_, text) = output(state, &["stats", &id]);
        assert!(text.starts_with(&id) && text.contains("  tasks "), "{text}");
        end(state, &id);
    }
    assert_eq!(output(state, &["stats"]), (Some(0), String::new()));
    assert_eq!(output(state, &["stats", "sw-1-0"]).0, Some(2));
}

#[test]
fn output_is_followed_to_the_end() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let script = "echo first; while ! test -e ${TMPDIR:-/tmp}/go; do sleep 0.05; done; echo last; exit 4";
    let id = detached(state, &["C", "--", "sh", "-c", script]);
    assert_eq!(run(state, &id)["state"], "running");
    let follower = with_state(state, &["logs", "--follow", &id])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (code, said) = output(
        state,
        &[
            "exec",
            &id,
            "--",
            "sh",
            "-c",
            "echo in; touch ${TMPDIR:-/tmp}/go; exit 6",
        ],
    );
    assert_eq!((code, said.as_str()), (Some(6), "in\n"));
    let followed = follower.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(followed.stdout).unwrap(), "first\nlast\n");
    eventually("its exit code", || (run(state, &id)["exit_code"] == 4).then_some(()));
    assert_eq!(output(state, &["exec", &id, "--", "true"]).0, Some(2), "it has ended");
    end(state, &id);
    assert_eq!(fs::read_dir(state).unwrap().count(), 0);
}

#[test]
fn a_further_command_is_in_the_stack() {
    // What is asked inside, and by what each stack is known there.
    const LOOK: &str = "exec 2>&1; id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp|Seccomp_filters):' /proc/self/status; \
        echo $COLOUR; pwd; ls /proc | grep -c '^[0-9]'; readlink /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/mnt; \
        cat /proc/self/cgroup | grep -E ':(memory|pids):'; ls / >/dev/null 2>&1 && echo lists; unshare -U true 2>/dev/null && echo unshares";
    let looked = |text: &str| {
        text.lines()
            .filter(|line| !line.parse::<u32>().is_ok_and(|n| n < 100))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (word, driver, program) in [
        ("S", "", "true"),
        ("Ns", "", "true"),
        ("C", "", "true"),
        ("C∘S", "", "true"),
        ("S∘C", "", "true"),
        ("C∘S", "C=runc", "runc"),
        ("C", "C=crun", "crun"),
        ("Ns∘S", "Ns=bubblewrap", "bwrap"),
    ] {
        if !there(program) {
            continue;
        }
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        let driver = if driver.is_empty() {
            vec![]
        } else {
            vec!["--driver", driver]
        };
        let script = format!("{LOOK}; echo done; exec sleep 1000");
        let arguments = [
            &[word][..],
            &driver,
            &["--env", "COLOUR=blue", "--", "sh", "-c", &script],
        ]
        .concat();
        let id = detached(state, &arguments);
        let first = eventually(&format!("the words of {word} {driver:?}"), || {
            let said = output(state, &["logs", &id]).1;
            said.ends_with("done\n")
                .then(|| said.trim_end_matches("done\n").to_owned())
        });
        let second = with_state(state, &["exec", &id, "--", "sh", "-c", LOOK])
            .output()
            .unwrap();
        let error = String::from_utf8(second.stderr).unwrap();
        let second = String::from_utf8(second.stdout).unwrap();
        assert_eq!(looked(&first), looked(&second), "{word} {driver:?}: {error}");
        assert!(first.contains("blue"), "{word}: {first}");
        // Its own variables are new, and its exit code is its own.
        let folder: &[&str] = if word == "S" { &[] } else { &["--workdir", "/tmp"] };
        let script = ["--", "sh", "-c", "echo $COLOUR; exit 9"];
        let own = output(
            state,
            &[&["exec", &id, "--env", "COLOUR=red"], folder, &script].concat(),
        );
        assert_eq!((own.0, own.1.as_str()), (Some(9), "red\n"), "{word} {driver:?}");
        assert_eq!(output(state, &["exec", &id, "--", "no-such-program"]).0, Some(2));
        assert_eq!(
            output(state, &["exec", &id, "--time-limit", "300ms", "--", "sleep", "77"]).0,
            Some(124),
            "{word}"
        );
        end(state, &id);
    }
}

#[test]
fn what_takes_no_further_command_says_so() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let module = root().join("examples/edge-function/function.wasm");
    assert_eq!(output(state, &["exec", "sw-0-0", "--", "true"]).0, Some(2));
    // A bundle and a module that fail to start say why, with their own exit code.
    let ran = with_state(state, &["run", "--detach", "S", "--", "no-such-command"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("drive::command"));
    let ran = with_state(state, &["run", "--detach", module.parent().unwrap().to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(
        fs::read_dir(state).unwrap().count(),
        0,
        "nothing is kept of what never began"
    );
}

#[test]
fn what_fails_is_started_again() {
    let state = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (state, shared) = (state.path(), folder.path());
    let count = "echo x >> /data/starts; n=$(wc -l < /data/starts); echo start $n";
    let grant = format!("{}:/data:rw", shared.display());
    let again = |restart: &str, script: &str| {
        let _ = fs::remove_file(shared.join("starts"));
        let arguments = [
            "run",
            "C",
            "--restart",
            restart,
            "--grant",
            &grant,
            "--",
            "sh",
            "-c",
            script,
        ];
        output(state, &arguments)
    };
    assert_eq!(
        again("on-failure:2", &format!("{count}; exit 5")),
        (Some(5), "start 1\nstart 2\nstart 3\n".to_owned())
    );
    assert_eq!(
        again("on-failure", &format!("{count}; test $n = 2")),
        (Some(0), "start 1\nstart 2\n".to_owned())
    );
    assert_eq!(
        again("no", &format!("{count}; exit 5")),
        (Some(5), "start 1\n".to_owned())
    );
    assert_eq!(
        output(state, &["run", "C", "--restart", "often", "--", "true"]).0,
        Some(2)
    );

    let _ = fs::remove_file(shared.join("starts"));
    for driver in ["embedded", "runc", "crun"]
        .into_iter()
        .filter(|name| *name == "embedded" || there(name))
    {
        let script = format!("{count}; exit 0");
        let driver = format!("C={driver}");
        let arguments = [
            "C",
            "--driver",
            &driver,
            "--restart",
            "always",
            "--grant",
            &grant,
            "--",
            "sh",
            "-c",
            &script,
        ];
        let id = detached(state, &arguments);
        eventually("three starts", || {
            output(state, &["logs", &id]).1.contains("start 3").then_some(())
        });
        assert!(run(state, &id)["restarts"].as_u64().unwrap() >= 2);
        // A run that is asked to end is not started again, in whatever part of its life it is.
        end(state, &id);
        let _ = fs::remove_file(shared.join("starts"));
    }
    assert_eq!(fs::read_dir(state).unwrap().count(), 0);
}

#[test]
fn bundles_are_kept_started_again_and_left_in_the_background() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (state, bundle) = (state.as_path(), folder.path().join("bundle"));
    // It says its first argument, waits for a moment, and ends with code 3.
    let text = r#"(module
        (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (call $args (i32.const 64) (i32.const 128)))
            (i32.store (i32.const 0) (i32.load (i32.const 68)))
            (i32.store (i32.const 4) (i32.const 5))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i64.store (i32.const 1024) (i64.const 0))
            (i32.store (i32.const 1040) (i32.const 1))
            (i64.store (i32.const 1048) (i64.const 300000000))
            (drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 16)))
            (call $exit (i32.const 3))))"#;
    fs::write(folder.path().join("module.wasm"), wat::parse_str(text).unwrap()).unwrap();
    let requirement = "apiVersion: stackwright/v1\nkind: Requirement\nname: waits\ntarget: oci\n\
        workload: { wasm: module.wasm, args: [first] }\nconstraints: { metrics: { memory: < 50MB } }\n";
    let file = folder.path().join("requirement.yaml");
    fs::write(&file, requirement).unwrap();
    let bundle = bundle.to_str().unwrap();
    let planned = crate::stackwright(&["plan", file.to_str().unwrap(), "--here", "-o", bundle]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let run_bundle = format!("{bundle}/");
    let id = detached(state, &[&run_bundle]);
    let known = run(state, &id);
    assert_eq!(known["word"], serde_json::json!(["I", "C", "S", "W"]));
    let further = with_state(state, &["exec", &id, "--", "true"]).output().unwrap();
    assert_eq!(further.status.code(), Some(2));
    let followed = output(state, &["logs", "--follow", &id]);
    assert_eq!(followed, (Some(0), "first".to_owned()));
    eventually("its exit code", || (run(state, &id)["exit_code"] == 3).then_some(()));
    end(state, &id);
    let ran = with_state(
        state,
        &[
            "run",
            &run_bundle,
            "--keep",
            "--restart",
            "on-failure:2",
            "--format",
            "json",
            "--",
            "again",
        ],
    )
    .output()
    .unwrap();
    let report = json(&String::from_utf8(ran.stdout).unwrap());
    assert_eq!(
        (ran.status.code(), &report["exit_code"]),
        (Some(3), &3.into()),
        "{report:#}"
    );
    let runs = json(&output(state, &["ps", "--format", "json"]).1);
    let known = &runs["runs"][0];
    assert_eq!(
        (&known["restarts"], &known["state"]),
        (&2.into(), &"ended".into()),
        "{known}"
    );
    let id = known["id"].as_str().unwrap();
    assert_eq!(output(state, &["logs", id]).1, "again".repeat(3));
    end(state, id);
    // What it is made of is checked as ever.
    let lock: stackwright::spec::bundle::Lock = serde_json::from_slice(
        &fs::read(folder.path().join("bundle").join(stackwright::spec::bundle::LOCK_FILE)).unwrap(),
    )
    .unwrap();
    fs::write(
        folder.path().join("bundle").join(&lock.workload.path),
        b"\0asm\x01\0\0\0",
    )
    .unwrap();
    let ran = with_state(state, &["run", &run_bundle, "--keep"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("bundle::changed"));
}

#[test]
fn a_further_command_behind_a_kernel_of_its_own() {
    if !there("runsc") {
        return;
    }
    for word in ["G", "G∘C"] {
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        let arguments = [word, "--env", "COLOUR=red", "--env", "SHAPE=round", "--workdir", "/usr"];
        let script = "while ! test -e ${TMPDIR:-/tmp}/go; do sleep 0.1; done; exit 5";
        let id = detached(
            state,
            &[
                &arguments[..],
                &["--readiness", "every=50ms,timeout=10s,exec:true"],
                &["--", "sh", "-c", script],
            ]
            .concat(),
        );
        assert_eq!(run(state, &id)["ready"], true);
        let look = "echo $COLOUR $SHAPE; pwd; id -u; dmesg 2>/dev/null | grep -c gVisor; exit 7";
        let (code, said) = output(state, &["exec", &id, "--env", "COLOUR=blue", "--", "sh", "-c", look]);
        assert_eq!(
            (code, said.as_str()),
            (Some(7), "blue round\n/usr\n65534\n1\n"),
            "{word}"
        );
        let (code, said) = output(
            state,
            &[
                "exec",
                &id,
                "--format",
                "json",
                "--workdir",
                "/",
                "--",
                "cat",
                "/proc/version",
            ],
        );
        let report = json(&said);
        assert_eq!(
            (code, &report["layers"][0]["in_force"]),
            (Some(0), &true.into()),
            "{report:#}"
        );
        let how = report["layers"][0]["how"][0].as_str().unwrap();
        assert!(how.contains("another kernel answers inside"), "{how}");
        // What takes too long is ended in there, not only out here.
        let (code, _) = output(state, &["exec", &id, "--time-limit", "1s", "--", "sleep", "4321"]);
        assert_eq!(code, Some(124), "{word}");
        let count = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 432[1]'";
        assert_eq!(
            output(state, &["exec", &id, "--", "sh", "-c", count]),
            (Some(1), "0\n".to_owned()),
            "{word}"
        );
        for (command, code) in [("no-such-command", 2), ("true", 0)] {
            assert_eq!(
                output(state, &["exec", &id, "--", command]).0,
                Some(code),
                "{word} {command}"
            );
        }
        assert_eq!(output(state, &["exec", &id, "--tty", "--", "true"]).0, Some(2));
        assert_eq!(
            output(state, &["exec", &id, "--workdir", "/tmp", "--", "touch", "go"]).0,
            Some(0)
        );
        eventually("its exit code", || (run(state, &id)["exit_code"] == 5).then_some(()));
        end(state, &id);
    }
}
