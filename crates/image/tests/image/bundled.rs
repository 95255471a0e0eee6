//! Runtime bundles, started by every runtime that is here.

use std::fs;
use std::path::Path;
use std::process::Command;

use stackwright_image::build::{self, Part, Tree};
use stackwright_image::runtime::{self, Options};
use stackwright_image::{Compression, Execution, Platform, Policy, Store, unpack};
use tempfile::tempdir;

use crate::world::have;

/// A bundle of busybox that says what it sees of itself.
fn bundle(folder: &Path, parts: &[runtime::Part]) -> bool {
    let Some(busybox) = ["/bin/busybox", "/usr/bin/busybox"]
        .iter()
        .find_map(|p| fs::read(p).ok())
    else {
        eprintln!("skipped: there is no busybox");
        return false;
    };
    let mut tree = Tree::new();
    tree.file("bin/busybox", 0o755, busybox);
    for directory in ["proc", "dev", "sys"] {
        tree.directory(directory, 0o755);
    }
    let script = "cat /proc/self/status; hostname; busybox unshare -m true || echo refused";
    let execution = Execution {
        entrypoint: [
            "/bin/busybox",
            "sh",
            "-c",
            &format!("alias cat='busybox cat'; alias hostname='busybox hostname'\n{script}"),
        ]
        .map(str::to_owned)
        .to_vec(),
        env: vec!["PATH=/bin".to_owned()],
        ..Execution::default()
    };
    let platform = Platform::here();
    let part = Part {
        platform: platform.clone(),
        layers: vec![tree],
        execution: execution.clone(),
    };
    let store = Store::create(&folder.join("image")).unwrap();
    let entry = build::image(&store, "demo", &[part], Compression::Gzip).unwrap();
    let image = store.image(&entry, &platform).unwrap();
    let bundle = folder.join("bundle");
    fs::create_dir(&bundle).unwrap();
    unpack(&store, &image, &bundle.join("rootfs"), &Policy::default()).unwrap();
    let options = Options {
        parts: parts.to_vec(),
        memory_bytes: Some(256 << 20),
        processes: Some(64),
        host_name: "inside".to_owned(),
        ..Options::default()
    };
    let spec = runtime::spec(&execution, &platform, &options).unwrap();
    fs::write(bundle.join("config.json"), serde_json::to_vec_pretty(&spec).unwrap()).unwrap();
    true
}

/// Each runtime that can start a container here at all starts the bundle, and the layers are seen from inside.
#[test]
fn runtimes_start_them_and_the_layers_hold() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: runtimes are started as user 0");
        return;
    }
    let folder = tempdir().unwrap();
    if !bundle(folder.path(), &[runtime::Part::Container, runtime::Part::Filter]) {
        return;
    }
    // crun 1.8 does not start where both versions of control groups are mounted, unless the newer one is hidden.
    let hidden = "umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$0\" \"$@\"";
    let mut started = 0;
    for (runtime, arguments) in [
        ("runc", &["--root", "ROOT", "run", "--bundle", "BUNDLE", "ID"][..]),
        ("crun", &["--root", "ROOT", "run", "--bundle", "BUNDLE", "ID"]),
        (
            "runsc",
            &[
                "--root",
                "ROOT",
                "--platform=ptrace",
                "--network=none",
                "--ignore-cgroups",
                "run",
                "-b",
                "BUNDLE",
                "ID",
            ],
        ),
    ] {
        if !have(runtime) {
            continue;
        }
        let root = folder.path().join(format!("root-{runtime}"));
        let bundle = folder.path().join("bundle");
        let id = format!("image-test-{}-{runtime}", std::process::id());
        let arguments = arguments.iter().map(|argument| match *argument {
            "ROOT" => root.to_str().unwrap(),
            "BUNDLE" => bundle.to_str().unwrap(),
            "ID" => &id,
            other => other,
        });
        let output = Command::new("timeout")
            .args(["-k", "1", "20", "unshare", "-m", "sh", "-c", hidden, runtime])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            eprintln!(
                "skipped: {runtime} cannot start it here: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            continue;
        }
        started += 1;
        let has = |name: &str, value: &str| said.lines().any(|l| l.split_whitespace().eq([name, value]));
        assert!(said.contains("\ninside\n"), "{runtime}: {said}");
        assert!(said.contains("refused"), "{runtime}: {said}");
        assert!(has("CapEff:", "0000000000000000"), "{runtime}: {said}");
        // The user-space kernel has a filter of its own and shows none.
        if runtime != "runsc" {
            assert!(has("Seccomp:", "2") && has("NoNewPrivs:", "1"), "{runtime}: {said}");
        }
    }
    eprintln!("{started} runtimes started it");
    assert!(started > 0 || !have("runc"));
}

#[test]
fn without_parts_have_none_of_them() {
    let folder = tempdir().unwrap();
    if !bundle(folder.path(), &[]) {
        return;
    }
    let spec = fs::read(folder.path().join("bundle/config.json")).unwrap();
    let spec: runtime::Spec = serde_json::from_slice(&spec).unwrap();
    assert_eq!(spec.linux.seccomp, None);
    assert_eq!(spec.linux.resources, None);
    let namespaces: Vec<_> = spec.linux.namespaces.iter().map(|n| n.kind.as_str()).collect();
    assert_eq!(namespaces, ["mount"]);
}
