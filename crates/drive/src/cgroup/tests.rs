use std::path::Path;

use super::locate::{Place, Version, place};

/// A line of `mountinfo` for a control-group mount.
fn mount(root: &str, point: &Path, kind: &str, options: &str) -> String {
    format!(
        "30 25 0:26 {root} {} rw,relatime - {kind} none rw,{options}\n",
        point.display()
    )
}

#[test]
fn version_1_is_used_where_it_has_the_controller() {
    let top = tempfile::tempdir().unwrap();
    let (memory, unified) = (top.path().join("memory"), top.path().join("unified"));
    std::fs::create_dir_all(memory.join("user/me")).unwrap();
    std::fs::create_dir_all(&unified).unwrap();
    let mounts = mount("/", &memory, "cgroup", "memory") + &mount("/", &unified, "cgroup2", "nsdelegate");
    let groups = "5:memory:/user/me\n1:name=systemd:/x\n0::/\n";
    let found = place(&mounts, groups, "memory").unwrap();
    assert_eq!(
        found,
        Place {
            version: Version::V1,
            directory: memory.join("user/me")
        }
    );
    assert!(place(&mounts, groups, "pids").unwrap_err().contains("not delegated"));
}

#[test]
fn a_mount_may_show_our_own_group_as_its_top() {
    let top = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(top.path().join("inner")).unwrap();
    let mounts = mount("/docker/abc", top.path(), "cgroup", "cpu,cpuacct");
    let found = |group: &str| {
        place(&mounts, &format!("3:cpu,cpuacct:{group}\n"), "cpu")
            .unwrap()
            .directory
    };
    assert_eq!(found("/docker/abc"), top.path().join(""));
    assert_eq!(found("/docker/abc/inner"), top.path().join("inner"));
}

#[test]
fn version_2_wants_a_group_that_hands_the_controller_on() {
    let top = tempfile::tempdir().unwrap();
    let slice = top.path().join("app.slice");
    let own = slice.join("run.scope");
    std::fs::create_dir_all(&own).unwrap();
    let mounts = mount("/", top.path(), "cgroup2", "nsdelegate");
    let groups = "0::/app.slice/run.scope\n";
    assert!(place(&mounts, groups, "memory").is_err());
    // Beside our own group, if the one above hands it on.
    std::fs::write(slice.join("cgroup.subtree_control"), "cpu memory pids\n").unwrap();
    assert_eq!(
        place(&mounts, groups, "memory").unwrap(),
        Place {
            version: Version::V2,
            directory: slice.clone()
        }
    );
    assert!(place(&mounts, groups, "io").is_err());
    // In our own, if that can hand it on.
    std::fs::write(own.join("cgroup.controllers"), "memory\n").unwrap();
    assert_eq!(place(&mounts, groups, "memory").unwrap().directory, own);
    assert_eq!(
        std::fs::read_to_string(own.join("cgroup.subtree_control")).unwrap(),
        "+memory"
    );
}

#[test]
fn without_any_hierarchy_that_is_said() {
    assert!(
        place("", "", "memory")
            .unwrap_err()
            .contains("no control-group hierarchy")
    );
}
