//! Workloads looked at from outside while they run, independently of what the driver says it saw.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::process::Command;

use stackwright_spec::launch::Grant;
use stackwright_spec::report::End;

use crate::harness::Outcome;
use crate::modules::module;
use crate::world::{World, children, eventually, groups, is_root, launch};

/// Runs a module that makes the file `ready` and then loops, looks at its process, and kills it.
fn while_running(world: &World, stack: &str, look: impl FnOnce(&Watched) + Send) {
    let granted = world.directory(&format!("watched-{stack}"));
    let mut launch = launch(stack, &world.module(&module(READY)));
    launch.limits.time_ms = 60_000;
    launch.limits.memory_bytes = 100 << 20;
    launch.grants = vec![Grant {
        host: granted.clone(),
        guest: "/some/where".into(),
        writable: true,
    }];
    let report = std::thread::scope(|scope| {
        let watched = scope.spawn(|| {
            eventually("the workload", || granted.join("ready").exists().then_some(()));
            // The other child, if there is one, is the runner, which has ended.
            let alive = |pid: &u32| !status(*pid, "State").starts_with('Z');
            let pid = children(std::process::id()).into_iter().find(alive).unwrap();
            let watched = Watched { pid };
            let result = catch_unwind(AssertUnwindSafe(|| look(&watched)));
            assert!(
                Command::new("kill")
                    .args(["-9", &pid.to_string()])
                    .status()
                    .unwrap()
                    .success()
            );
            result
        });
        let report = world.run(&launch).unwrap();
        if let Err(panic) = watched.join().unwrap() {
            resume_unwind(panic);
        }
        report
    });
    assert_eq!(report.end, End::Signalled { signal: 9 }, "{report:#?}");
    assert_eq!(report.exit_code, 137);
}

/// Makes the file `ready` in the granted directory and loops for ever.
const READY: &str = r#"
  (data (i32.const 512) "ready")
  (func (export "_start")
    (call $must
      (call $path_open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 5) (i32.const 1)
        (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 64))
      (i32.const 1))
    (call $must (call $fd_close (i32.load (i32.const 64))) (i32.const 2))
    (loop $again (br $again)))"#;

struct Watched {
    pid: u32,
}

fn status(pid: u32, name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim().to_owned()
}

impl Watched {
    fn status(&self, name: &str) -> String {
        status(self.pid, name)
    }

    fn namespace(&self, kind: &str) -> PathBuf {
        fs::read_link(format!("/proc/{}/ns/{kind}", self.pid)).unwrap()
    }

    fn has_own(&self, kind: &str) -> bool {
        self.namespace(kind) != fs::read_link(format!("/proc/self/ns/{kind}")).unwrap()
    }

    /// Names in the directory as the process sees it.
    fn list(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(format!("/proc/{}/root{directory}", self.pid)).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn descriptors(&self) -> Vec<String> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.pid)).unwrap();
        entries
            .map(|entry| {
                fs::read_link(entry.unwrap().path())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }
}

pub fn a_container_from_outside(world: &World) -> Outcome {
    while_running(world, "CSW", |watched| {
        for kind in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
            assert!(watched.has_own(kind), "{kind}");
        }
        assert!(watched.status("NSpid").ends_with("\t1"), "{}", watched.status("NSpid"));
        // Only what was granted is there, and on the way to it nothing can be made.
        assert_eq!(watched.list("/"), ["some"]);
        assert_eq!(watched.list("/some"), ["where"]);
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", watched.pid)).unwrap();
        assert_eq!(mounts.lines().count(), 2, "{mounts}");
        for line in mounts.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let access = if fields[4] == "/" { "ro" } else { "rw" };
            for option in [access, "nosuid", "nodev", "noexec"] {
                assert!(fields[5].split(',').any(|o| o == option), "{line}");
            }
        }
        // Nothing of the host is held open: streams, the control channel, the granted directory, memory files.
        for target in watched.descriptors() {
            let expected = ["pipe:[", "socket:[", "/memfd:", "/dev/null", "/some/where"];
            assert!(expected.iter().any(|start| target.starts_with(start)), "{target}");
        }
        assert_eq!(watched.status("Groups"), "");
        assert_eq!(watched.status("Umask"), "0077");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(watched.status(set), "0000000000000000", "{set}");
        }
        assert_eq!(watched.status("Threads"), "1");
        let limits = fs::read_to_string(format!("/proc/{}/limits", watched.pid)).unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"));
        if is_root() {
            // Root's workload is whoever owns what was granted.
            let owner = world.directory("watched-CSW").metadata().unwrap().uid().to_string();
            assert!(watched.status("Uid").split_whitespace().all(|uid| uid == owner));
            let groups = groups(std::process::id());
            let memory = groups
                .iter()
                .find_map(|group| fs::read_to_string(group.join("memory.limit_in_bytes")).ok());
            let memory = memory.or_else(|| {
                groups
                    .iter()
                    .find_map(|g| fs::read_to_string(g.join("memory.max")).ok())
            });
            assert_eq!(memory.as_deref().map(str::trim), Some("104857600"), "{groups:?}");
            let pids = groups
                .iter()
                .find_map(|group| fs::read_to_string(group.join("pids.max")).ok());
            assert_eq!(pids.as_deref().map(str::trim), Some("64"));
            for group in groups {
                assert_eq!(
                    fs::read_to_string(group.join("cgroup.procs")).unwrap().trim(),
                    watched.pid.to_string()
                );
            }
        }
    });
    Ok(())
}

pub fn a_sandbox_from_outside(world: &World) -> Outcome {
    while_running(world, "SW", |watched| {
        assert_eq!(watched.status("NoNewPrivs"), "1");
        assert_eq!(watched.status("Seccomp"), "2");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(watched.status(set), "0000000000000000", "{set}");
        }
        if is_root() {
            assert_eq!(watched.status("CapBnd"), "0000000000000000");
        }
        assert_eq!(watched.status("Threads"), "1");
        for kind in ["user", "mnt", "pid", "net"] {
            assert!(!watched.has_own(kind), "{kind}");
        }
    });
    Ok(())
}

pub fn without_layers_nothing_is_hidden(world: &World) -> Outcome {
    while_running(world, "W", |watched| {
        assert_eq!(watched.status("Seccomp"), status(std::process::id(), "Seccomp"));
        assert_eq!(watched.status("CapEff"), status(std::process::id(), "CapEff"));
        assert!(!watched.has_own("pid"));
        assert!(watched.list("/").iter().any(|name| name == "proc"));
        assert_eq!(groups(std::process::id()), Vec::<PathBuf>::new());
    });
    Ok(())
}
