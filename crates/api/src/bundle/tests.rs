use stackwright_spec::bundle::{LockedFile, LockedWorkload};

use super::*;

fn files() -> Vec<BundleFile> {
    let workload = BundleFile {
        path: "image/w".to_owned(),
        content: b"module".to_vec(),
    };
    let lock = Lock {
        overlays: Vec::new(),
        api_version: "stackwright/v1".to_owned(),
        kind: "Lock".to_owned(),
        name: "n".to_owned(),
        target: "oci".to_owned(),
        normal_form: Vec::new(),
        realizations: Vec::new(),
        workload: LockedWorkload {
            kind: "wasm-module".to_owned(),
            digest: sha256(b"module"),
            path: "image/w".to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            memory_bytes: None,
        },
        cluster: None,
        predicted: Vec::new(),
        generator: "test".to_owned(),
        catalog: String::new(),
        files: vec![LockedFile {
            path: "image/w".to_owned(),
            digest: sha256(b"module"),
            size: 6,
        }],
    };
    vec![
        workload,
        BundleFile {
            path: LOCK_FILE.to_owned(),
            content: serde_json::to_vec(&lock).unwrap(),
        },
    ]
}

#[test]
fn a_bundle_is_written_whole_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("a/b");
    write(&folder, &files()).unwrap();
    assert_eq!(read(&folder).unwrap().name, "n");
    write(&folder, &files()).unwrap();
    let left: Vec<_> = fs::read_dir(folder.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
}

#[test]
fn what_killed_processes_left_goes_with_the_next() {
    let root = tempfile::tempdir().unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let make = |name: &str, inner: &str| {
        let folder = root.path().join(name);
        fs::create_dir_all(folder.join(inner)).unwrap();
        fs::File::open(&folder).unwrap().set_modified(long_ago).unwrap();
        folder
    };
    let left = make(".stackwright-new-left", "new");
    let empty = make(".stackwright-new-empty", "");
    let putting_aside = make(".stackwright-new-aside", "old");
    let mine = make(".stackwright-mine", "new");
    let held = make(".stackwright-new-held", "new");
    let lock = fs::File::open(&held).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let fresh = root.path().join(".stackwright-new-fresh");
    fs::create_dir(&fresh).unwrap();
    write(&root.path().join("a"), &files()).unwrap();
    assert!(!left.exists() && !empty.exists());
    for kept in [putting_aside, mine, held, fresh] {
        assert!(kept.exists(), "{}", kept.display());
    }
}

#[test]
fn what_is_not_an_intact_bundle_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mine");
    fs::create_dir(&folder).unwrap();
    write(&folder, &files()).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert_eq!(write(&folder, &files()).unwrap_err().code(), "bundle::occupied");
    assert_eq!(fs::read(folder.join("notes.txt")).unwrap(), b"mine");
    fs::remove_file(folder.join("notes.txt")).unwrap();
    fs::write(folder.join("image/w"), "changed").unwrap();
    assert_eq!(write(&folder, &files()).unwrap_err().code(), "bundle::edited");
    assert_eq!(read(&folder).unwrap_err().code(), "bundle::changed");
    let other = root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("x"), "x").unwrap();
    let error = write(&other, &files()).unwrap_err();
    assert!(error.to_string().contains("it holds `x`"), "{error}");
    assert_eq!(
        write(&other.join("x"), &files()).unwrap_err().code(),
        "bundle::occupied"
    );
}

#[test]
fn paths_cannot_leave_the_bundle() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("d")).unwrap();
    std::os::unix::fs::symlink("/", root.path().join("link")).unwrap();
    for path in ["../x", "/etc/passwd", "d/../../x", "link/etc/passwd", "", "."] {
        assert_eq!(inside(root.path(), path), None, "{path}");
    }
    assert!(inside(root.path(), "d/x").is_some());
}

fn document(content: &str) -> Vec<BundleFile> {
    let mut files = files();
    let text = BundleFile {
        path: "base/a.yaml".to_owned(),
        content: content.as_bytes().to_vec(),
    };
    let lock = files.iter_mut().find(|f| f.path == LOCK_FILE).unwrap();
    let mut value: Lock = serde_json::from_slice(&lock.content).unwrap();
    value.files.push(LockedFile {
        path: text.path.clone(),
        digest: sha256(&text.content),
        size: text.content.len() as u64,
    });
    lock.content = serde_json::to_vec(&value).unwrap();
    files.push(text);
    files
}

#[test]
fn a_bundle_over_a_bundle_keeps_marked_edits_and_refuses_others() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("b");
    write(&folder, &document("a: 1\nb: 2\n")).unwrap();
    let path = folder.join("base/a.yaml");
    let own = folder.join("overlays/mine/kustomization.yaml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "mine").unwrap();
    fs::write(&path, "a: 1\nb: 5 # keep, was: 2\n").unwrap();
    assert!(read(&folder).is_ok());
    let newer = write(&folder, &document("a: 2\nb: 3\n")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a: 2\nb: 5 # keep, was: 3\n");
    assert_eq!(fs::read_to_string(&own).unwrap(), "mine");
    assert!(read(&folder).is_ok());
    let changed = newer.changes.iter().find(|c| c.path == "base/a.yaml").unwrap();
    assert_eq!(changed.kind, ChangeKind::Changed);
    assert!(changed.lines.contains(&"+a: 2".to_owned()), "{changed:?}");
    fs::write(&path, "a: 7\nb: 3\n").unwrap();
    let error = update(&folder, &document("a: 2\nb: 3\n")).unwrap_err();
    assert_eq!(error.code(), "bundle::edited");
    fs::write(&path, "a: 2\nb: 3\n").unwrap();
    fs::write(folder.join("base/other.yaml"), "x").unwrap();
    let error = update(&folder, &document("a: 2\nb: 3\n")).unwrap_err();
    assert_eq!(error.code(), "bundle::occupied");
}

/// What a lock names and what lies in an overlay is read only where it is a file of the folder.
#[test]
fn a_bundle_over_a_bundle_reads_nothing_outside_of_it() {
    let parent = tempfile::tempdir().unwrap();
    let secret = parent.path().join("secret");
    fs::write(&secret, "x").unwrap();
    let folder = parent.path().join("b");
    write(&folder, &files()).unwrap();
    let lock = fs::read(folder.join(LOCK_FILE)).unwrap();
    let mut hostile: Lock = serde_json::from_slice(&lock).unwrap();
    hostile.files.push(LockedFile {
        path: "../secret".to_owned(),
        digest: sha256(b"x"),
        size: 1,
    });
    fs::write(folder.join(LOCK_FILE), serde_json::to_vec(&hostile).unwrap()).unwrap();
    assert_eq!(update(&folder, &files()).unwrap_err().code(), "bundle::edited");
    fs::write(folder.join(LOCK_FILE), lock).unwrap();
    fs::create_dir_all(folder.join("overlays/mine")).unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("overlays/mine/patch.yaml")).unwrap();
    assert_eq!(update(&folder, &files()).unwrap_err().code(), "bundle::occupied");
}
