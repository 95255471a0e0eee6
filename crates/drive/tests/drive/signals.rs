//! Supervisors that are ended from outside.

use std::process::{Child, Command, Stdio};

use crate::harness::Outcome;
use crate::parts;
use crate::world::{World, children, eventually, groups};

fn start(world: &World, stack: &str) -> (Child, u32) {
    let part = parts::command("endless", &[stack])
        // It may be killed before it can remove its files.
        .env("TMPDIR", world.directory("parts"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let workload = eventually("the workload's process", || {
        children(part.id())
            .into_iter()
            .find(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|s| s.contains("State:\tR")))
    });
    (part, workload)
}

fn signal(part: &Child, signal: i32) {
    let sent = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(part.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Whether the process still runs; one that has ended and that nobody has waited for does not.
fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| !status.contains("State:\tZ"))
}

pub fn a_terminated_supervisor_cleans_up(world: &World) -> Outcome {
    for (stack, number) in [("CSW", libc::SIGTERM), ("CSW", libc::SIGINT), ("W", libc::SIGTERM)] {
        let (part, workload) = start(world, stack);
        let id = part.id();
        signal(&part, number);
        let output = part.wait_with_output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            format!("report {}\n", 128 + number)
        );
        assert!(!is_alive(workload));
        assert_eq!(groups(id), Vec::<std::path::PathBuf>::new());
    }
    Ok(())
}

pub fn a_killed_supervisor_takes_its_workload_along(world: &World) -> Outcome {
    for stack in ["W", "CSW"] {
        let (mut part, workload) = start(world, stack);
        let id = part.id();
        part.kill().unwrap();
        part.wait().unwrap();
        eventually("the workload's end", || (!is_alive(workload)).then_some(()));
        // It could not remove its groups; they are empty, and a later run removes them.
        for group in groups(id) {
            eventually("an empty group", || std::fs::remove_dir(&group).ok());
        }
    }
    Ok(())
}
