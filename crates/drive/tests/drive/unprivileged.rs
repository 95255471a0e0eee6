//! The same as other users, and on hosts that give less.

use std::fs;
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::harness::Outcome;
use crate::parts;
use crate::world::{World, eventually, is_root};

const NOBODY: u32 = 65_534;

/// Plays a part as a user without rights, who owns a folder, and returns what it said.
fn as_nobody(part: &mut Command, folder: &Path) -> Result<String, &'static str> {
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    part.env("TMPDIR", folder).current_dir("/").uid(NOBODY).gid(NOBODY);
    let output = part.output();
    output
        .map(said)
        .map_err(|_| "the test binary cannot be executed by other users here")
}

pub fn every_stack_as_an_ordinary_user(world: &World) -> Outcome {
    if !is_root() {
        return Err("needs root to become another user; the other tests ran as an ordinary user");
    }
    let home = world.directory("home");
    chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    let cache = temporary.path().join("cache");
    let mut part = parts::command("every-stack", &[]);
    part.env("XDG_CACHE_HOME", &cache);
    let said = as_nobody(&mut part, temporary.path())?;
    assert!(said.contains("CSW user namespace"), "{said}");
    // Nothing is delegated to this user: the limits are kept otherwise, and that is said.
    assert!(said.contains("CSW Warning no control group for memory"), "{said}");
    assert!(said.contains("CSW no control group for memory: bounded to"), "{said}");
    Ok(())
}

pub fn commands_as_an_ordinary_user(_: &World) -> Outcome {
    if !is_root() {
        return Err("needs root to become another user; the other tests ran as an ordinary user");
    }
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    let mut part = parts::command("every-command", &[]);
    part.env("STACKWRIGHT_STATE", temporary.path().join("runs"));
    let said = as_nobody(&mut part, temporary.path())?;
    assert!(said.contains("C S: Exited { code: 0 }"), "{said}");
    for runtime in ["crun", "runc"] {
        let ran = said.contains(&format!("{runtime} S C: Exited {{ code: 0 }}"));
        assert!(ran || said.contains(&format!("{runtime}: not installed")), "{said}");
    }
    Ok(())
}

/// Plays the part in a user namespace in which root is root, and in which there can be no further one. `before` comes
/// before the part's command. `None` without the tools for that.
fn without_user_namespaces(part: &str, before: &str) -> Option<Output> {
    let part = parts::command(part, &[]);
    let inner = format!("echo 0 > /proc/sys/user/max_user_namespaces && exec {before} \"$@\"");
    let script = format!("read go; exec sh -c '{inner}' sh \"$@\"");
    let mut child = Command::new("unshare")
        .args(["--user", "sh", "-c", &script, "sh"])
        .arg(part.get_program())
        .args(part.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let process = format!("/proc/{}", child.id());
    let ours = fs::read_link("/proc/self/ns/user").unwrap();
    eventually("the namespace", || {
        (fs::read_link(format!("{process}/ns/user")).ok()? != ours).then_some(())
    });
    for map in ["uid_map", "gid_map"] {
        fs::write(format!("{process}/{map}"), "0 0 65536").unwrap();
    }
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    child.wait_with_output().ok()
}

fn said(output: Output) -> String {
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

pub fn root_without_user_namespaces(_: &World) -> Outcome {
    if !is_root() {
        return Err("needs root");
    }
    let Some(output) = without_user_namespaces("without-users", "") else {
        return Err("needs `unshare`");
    };
    let said = said(output);
    assert!(said.contains("no user namespace of its own"), "{said}");
    assert!(said.contains("user 65534 outside"), "{said}");
    Ok(())
}

pub fn a_layer_that_cannot_be_had(_: &World) -> Outcome {
    if !is_root() {
        return Err("needs root to set up a host that gives less");
    }
    let nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    let Some(output) = without_user_namespaces("no-container", nobody) else {
        return Err("needs `unshare`");
    };
    let said = said(output);
    assert!(
        said.contains("layer C cannot be put in force: user-namespace: "),
        "{said}"
    );
    assert!(
        said.contains("max_user_namespaces") && said.contains("--degraded"),
        "{said}"
    );
    Ok(())
}
