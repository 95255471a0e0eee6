use super::*;

#[test]
fn hierarchies_are_told_apart() {
    let line = |point: &str, kind: &str| format!("30 23 0:26 / {point} rw - {kind} {kind} rw\n");
    let memory = line("/nowhere/memory", "cgroup");
    let unified = line("/nowhere/unified", "cgroup2");
    let describe = |mounts: &str| describe_control_groups(mounts, "0::/\n");
    assert_eq!(describe(&memory).unwrap(), "version 1: memory");
    assert_eq!(describe(&unified).unwrap(), "version 2; our group has no controllers");
    assert!(
        describe(&(memory + &unified))
            .unwrap()
            .starts_with("hybrid: version 1 with memory;")
    );
    assert!(describe("").is_err());
}

#[test]
fn contexts_are_named_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, "contexts:\n- name: a\n  context: {user: u}\n- name: b\ncurrent-context: b\nusers:\n- name: u\n  user: {token: secret}\n").unwrap();
    assert_eq!(
        contexts(&path).unwrap(),
        (vec!["a".to_owned(), "b".to_owned()], Some("b".to_owned()))
    );
    fs::write(&path, "contexts: [\ntoken: secret").unwrap();
    assert!(!contexts(&path).unwrap_err().contains("secret"));
}
