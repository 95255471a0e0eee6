use super::*;

#[test]
fn status_lines_are_read() {
    let text = "Name:\texe\nUid:\t0\t65534\t0\t0\nNSpid:\t4222\t1\nCapEff:\t00000000000000ff\nCapBnd:\t0000000000000000\n\
                NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
    let expected = Status {
        effective_user: Some(65_534),
        effective_capabilities: Some(0xff),
        bounding_capabilities: Some(0),
        no_new_privileges: Some(true),
        seccomp_mode: Some(2),
        seccomp_filters: Some(1),
        innermost_pid: Some(1),
    };
    assert_eq!(parse_status(text), expected);
    assert_eq!(parse_status(""), Status::default());
}

#[test]
fn mounts_and_interfaces_are_read() {
    let text = "64 42 0:40 / / ro,nosuid,nodev - tmpfs none rw,size=64k\n\
                65 64 254:0 /x /data rw,nosuid shared:3 - ext4 /dev/vda rw\n";
    let mount = |point: &str, kind: &str, read_only| Mount {
        point: point.into(),
        kind: kind.into(),
        read_only,
    };
    assert_eq!(
        parse_mounts(text),
        [mount("/", "tmpfs", true), mount("/data", "ext4", false)]
    );
    let text = "Inter-|   Receive\n face |bytes\n    lo:       0\n  eth0: 12\n";
    assert_eq!(parse_interfaces(text), ["lo", "eth0"]);
}

#[test]
fn we_can_be_looked_at() {
    let pid = i32::try_from(std::process::id()).unwrap();
    let seen = at(pid, &Ours::look()).unwrap();
    assert!(seen.namespaces.iter().all(|namespace| !namespace.is_own()), "{seen:?}");
    assert!(seen.mounts.iter().any(|mount| mount.point == "/"));
    assert!(memory_peak(pid).unwrap() > 1 << 20);
}
