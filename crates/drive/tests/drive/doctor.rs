//! The doctor on this host.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::Outcome;
use crate::parts;
use crate::world::{World, is_root};

const ORDER: [&str; 35] = [
    "user-namespace",
    "pid-namespace",
    "mount-namespace",
    "network-namespace",
    "ipc-namespace",
    "uts-namespace",
    "pivot-root",
    "cgroup-memory",
    "cgroup-pids",
    "cgroup-cpu",
    "seccomp",
    "landlock",
    "no-new-privileges",
    "wasm-engine",
    "wasm-cache",
    "overlayfs",
    "kvm",
    "sev-snp",
    "tdx",
    "bpf",
    "btf",
    "apparmor",
    "selinux",
    "cgroup-hierarchy",
    "kubernetes-context",
    "runc",
    "crun",
    "youki",
    "runsc",
    "kata-runtime",
    "wasmedge",
    "firecracker",
    "qemu-system-x86_64",
    "podman",
    "bwrap",
];

pub fn what_it_says(world: &World) -> Outcome {
    let facts = world.driver().doctor();
    let names: Vec<&str> = facts
        .capabilities
        .iter()
        .map(|capability| capability.name.as_str())
        .collect();
    assert_eq!(names, ORDER);
    assert!(!facts.kernel.is_empty() && !facts.architecture.is_empty());
    for capability in &facts.capabilities {
        assert!(!capability.detail.is_empty(), "{capability:?}");
        assert_eq!(capability.ok, capability.remedy.is_none(), "{capability:?}");
    }
    // The tests beside this one run in all of these.
    for name in [
        "user-namespace",
        "pid-namespace",
        "pivot-root",
        "seccomp",
        "landlock",
        "wasm-engine",
        "wasm-cache",
    ] {
        assert_eq!(facts.has(name), Some(true), "{:?}", facts.capability(name));
    }
    // A machine that can be made but runs ring 0 instruction by instruction does not count, and says how fast it is.
    let kvm = facts.capability("kvm").unwrap();
    assert!(
        kvm.detail.contains("/dev/kvm") || kvm.detail.contains("a second at ring 0"),
        "{kvm:?}"
    );
    // Programs that can start containers elsewhere in these tests were really started.
    for runtime in facts
        .capabilities
        .iter()
        .filter(|c| c.ok && ["runc", "crun", "bwrap"].contains(&c.name.as_str()))
    {
        assert!(runtime.detail.contains("it started something"), "{runtime:?}");
    }
    Ok(())
}

/// Podman as it was seen to behave: it mounts its storage, and does not end in time.
const HANGING: &str = "#!/bin/sh
if [ \"$1\" = --version ]; then echo podman version 0; exit; fi
while [ \"$1\" != --root ]; do shift; done
mkdir -p \"$2/overlay\" && mount -t tmpfs none \"$2/overlay\" && echo > \"$MOUNTED\"
exec sleep 1000
";

pub fn nothing_is_left_by_programs_that_hang(world: &World) -> Outcome {
    if !is_root() {
        return Err("only root can mount");
    }
    let (programs, temporary) = (world.directory("hanging"), world.directory("temporary"));
    let podman = programs.join("podman");
    fs::write(&podman, HANGING).unwrap();
    fs::set_permissions(&podman, fs::Permissions::from_mode(0o755)).unwrap();
    let mounted = programs.join("mounted");
    let path = std::env::var("PATH").unwrap();
    let doctor = parts::command("doctor", &[])
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("TMPDIR", &temporary)
        .env("MOUNTED", &mounted)
        .status();
    assert!(doctor.unwrap().success());
    assert!(mounted.exists(), "nothing was mounted, so nothing was tried");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    Ok(())
}

pub fn left_trials_are_taken_away(world: &World) -> Outcome {
    if !is_root() {
        return Err("only root can mount");
    }
    let temporary = world.directory("left");
    // No process has such a number.
    let folder = |name: &str| temporary.join(format!("stackwright-doctor-{name}"));
    let (left, living, foreign) = (
        folder("4194305-0"),
        folder(&format!("{}-9", std::process::id())),
        folder("4194306-0"),
    );
    let inner = left.join("podman-0/storage/overlay");
    for path in [&inner, &living] {
        fs::create_dir_all(path).unwrap();
    }
    std::os::unix::fs::symlink(world.directory("elsewhere"), &foreign).unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o700)).unwrap();
    let mount = |arguments: &[&str]| {
        Command::new("mount")
            .args(arguments)
            .arg(&inner)
            .status()
            .unwrap()
            .success()
    };
    assert!(mount(&["--bind", &inner.to_string_lossy()]) && mount(&["-t", "tmpfs", "none"]));
    let gc = parts::command("gc", &[])
        .env("TMPDIR", &temporary)
        .env("STACKWRIGHT_STATE", world.directory("state"))
        .output()
        .unwrap();
    assert!(gc.status.success(), "{gc:?}");
    let said = String::from_utf8(gc.stdout).unwrap();
    assert!(said.lines().any(|line| Path::new(line) == left), "{said}");
    assert!(!left.exists() && living.exists() && foreign.is_symlink(), "{said}");
    Ok(())
}
