//! Directories that are granted, and what is not.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use stackwright_spec::launch::{Grant, Launch};
use stackwright_spec::report::End;

use crate::harness::Outcome;
use crate::modules::module;
use crate::world::{STACKS, World, is_root, launch};

/// Opens the path below the first granted directory, with flags to open it and rights; ends with 1 if it cannot.
fn open(path: &str, flags: u32, write: bool) -> String {
    let rights = if write { "0x1fffffff" } else { "0x0000402a" };
    format!(
        r#"
        (data (i32.const 512) "{path}")
        (func $open (result i32)
          (call $must
            (call $path_open (i32.const 3) (i32.const 1) (i32.const 512) (i32.const {length}) (i32.const {flags})
              (i64.const {rights}) (i64.const {rights}) (i32.const 0) (i32.const 64))
            (i32.const 1))
          (i32.load (i32.const 64)))"#,
        length = path.len(),
    )
}

/// Writes what is in the file that it can open.
fn read(path: &str) -> String {
    module(&format!(
        r#"{}
        (func (export "_start")
          (local $fd i32)
          (local.set $fd (call $open))
          (i32.store (i32.const 72) (i32.const 4096))
          (i32.store (i32.const 76) (i32.const 1000))
          (call $must (call $fd_read (local.get $fd) (i32.const 72) (i32.const 1) (i32.const 80)) (i32.const 2))
          (call $say (i32.const 1) (i32.const 4096) (i32.load (i32.const 80)))
          (call $must (call $fd_close (local.get $fd)) (i32.const 3)))"#,
        open(path, 0, false)
    ))
}

/// Makes the file and writes "hello\n" to it.
fn create(path: &str) -> String {
    module(&format!(
        r#"{}
        (func (export "_start") (call $say (call $open) (i32.const 16) (i32.const 6)))"#,
        open(path, 1, true)
    ))
}

/// Lists, makes and removes directories and files.
const CHANGES: &str = r#"
  (data (i32.const 512) "sub")
  (data (i32.const 528) "other")
  (data (i32.const 544) "old.txt")
  (func (export "_start")
    (call $must (call $fd_readdir (i32.const 3) (i32.const 4096) (i32.const 4096) (i64.const 0) (i32.const 64))
      (i32.const 1))
    (call $must (call $path_create_directory (i32.const 3) (i32.const 512) (i32.const 3)) (i32.const 2))
    (call $must
      (call $path_rename (i32.const 3) (i32.const 512) (i32.const 3) (i32.const 3) (i32.const 528) (i32.const 5))
      (i32.const 3))
    (call $must (call $path_remove_directory (i32.const 3) (i32.const 528) (i32.const 5)) (i32.const 4))
    (call $must (call $path_unlink_file (i32.const 3) (i32.const 544) (i32.const 7)) (i32.const 5)))"#;

fn granted(world: &World, stack: &str, text: &str, host: &Path, writable: bool) -> Launch {
    let mut launch = launch(stack, &world.module(text));
    launch.grants = vec![Grant {
        host: host.to_owned(),
        guest: "/data".into(),
        writable,
    }];
    launch
}

fn refused(world: &World, launch: &Launch) {
    let report = world.run(launch).unwrap();
    assert_eq!(report.end, End::Exited { code: 1 }, "{report:#?}");
    assert_eq!(report.stdout.as_deref(), Some(""));
}

pub fn reading_only(world: &World) -> Outcome {
    let host = world.directory("read");
    fs::write(host.join("in.txt"), "from the host").unwrap();
    for stack in STACKS {
        let report = world
            .run(&granted(world, stack, &read("in.txt"), &host, false))
            .unwrap();
        assert!(report.ok, "{stack}: {report:#?}");
        assert_eq!(report.stdout.as_deref(), Some("from the host"));
        refused(world, &granted(world, stack, &create("new.txt"), &host, false));
        assert!(!host.join("new.txt").exists());
    }
    Ok(())
}

pub fn reading_and_writing(world: &World) -> Outcome {
    for stack in STACKS {
        let host = world.directory(&format!("write-{stack}"));
        fs::write(host.join("old.txt"), "").unwrap();
        let report = world
            .run(&granted(world, stack, &create("new.txt"), &host, true))
            .unwrap();
        assert!(report.ok, "{stack}: {report:#?}");
        assert_eq!(fs::read_to_string(host.join("new.txt")).unwrap(), "hello\n");
        let report = world
            .run(&granted(world, stack, &module(CHANGES), &host, true))
            .unwrap();
        assert!(report.ok, "{stack}: {report:#?}");
        assert_eq!(fs::read_dir(&host).unwrap().count(), 1, "{stack}");
    }
    Ok(())
}

pub fn nothing_outside(world: &World) -> Outcome {
    let host = world.directory("inside");
    world.file("secret.txt", b"secret");
    let link = host.join("link.txt");
    if !link.is_symlink() {
        std::os::unix::fs::symlink(host.parent().unwrap().join("secret.txt"), &link).unwrap();
    }
    for stack in STACKS {
        for path in [
            "../secret.txt",
            "link.txt",
            "/etc/passwd",
            "../../../../../../etc/passwd",
        ] {
            refused(world, &granted(world, stack, &read(path), &host, true));
        }
        // Without any grant there is no directory to start from.
        refused(world, &launch(stack, &world.module(&read("in.txt"))));
    }
    Ok(())
}

pub fn in_every_stack(world: &World) -> Outcome {
    let hosts = [world.directory("several-a"), world.directory("several-b")];
    for host in &hosts {
        fs::write(host.join("in.txt"), "x").unwrap();
    }
    for stack in STACKS {
        let mut launch = launch(stack, &world.module(&read("in.txt")));
        launch.grants = vec![
            Grant {
                host: hosts[0].clone(),
                guest: "/deep/er/data".into(),
                writable: false,
            },
            Grant {
                host: hosts[1].clone(),
                guest: "/deep/other".into(),
                writable: true,
            },
        ];
        let report = world.run(&launch).unwrap();
        assert!(report.ok, "{stack}: {report:#?}");
        assert_eq!(report.stdout.as_deref(), Some("x"));
    }
    Ok(())
}

pub fn a_directory_that_the_workload_may_not_open(world: &World) -> Outcome {
    if !is_root() {
        return Err("needs root to own directories of several users");
    }
    let (ours, theirs) = (world.directory("ours"), world.directory("theirs"));
    chown(&theirs, Some(65_534), Some(65_534)).unwrap();
    fs::set_permissions(&theirs, Permissions::from_mode(0o700)).unwrap();
    // The workload becomes the owner of what it may write, and cannot look into the other one then.
    let mut launch = launch("CSW", &world.module(&read("in.txt")));
    launch.grants = vec![
        Grant {
            host: ours,
            guest: "/ours".into(),
            writable: true,
        },
        Grant {
            host: theirs.clone(),
            guest: "/theirs".into(),
            writable: false,
        },
    ];
    let error = world.run(&launch).unwrap_err();
    assert_eq!((error.code(), error.exit_code()), ("drive::grant", 2), "{error}");
    assert!(error.to_string().contains(theirs.to_str().unwrap()), "{error}");
    Ok(())
}
