//! `inspect` on folders that are hostile: loops of links, what cannot be read, names that are no text.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::{Ran, command, json, stackwright};

const POD: &str = "kind: Pod\napiVersion: v1\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: x }] }\n";

#[test]
fn loops_of_links_end_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("pod.yaml"), POD).unwrap();
    symlink("..", inner.join("up")).unwrap();
    symlink("self.yaml", inner.join("self.yaml")).unwrap();
    let ran = stackwright(&["inspect", &folder.path().to_string_lossy(), "--format", "json"]);
    assert_eq!(
        json(&ran.stdout)["workloads"].as_array().unwrap().len(),
        1,
        "{}",
        ran.stdout
    );
    // A loop that is given by name is an error with its place.
    let named = stackwright(&[
        "inspect",
        &inner.join("self.yaml").to_string_lossy(),
        "--format",
        "json",
    ]);
    assert_eq!(
        (named.code, json(&named.stdout)["errors"][0]["code"].as_str()),
        (2, Some("inspect::file"))
    );
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pod.yaml"), POD).unwrap();
    let closed = folder.path().join("closed.yaml");
    fs::write(&closed, POD).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"odd\xff\n.yaml");
    fs::write(folder.path().join(name), POD).unwrap();
    let gone = folder.path().join("gone.yaml");
    let paths = [folder.path(), &gone].map(|p| p.to_string_lossy().into_owned());
    let ran = stackwright(&["inspect", &paths[0], &paths[1], "--format", "json"]);
    let report = json(&ran.stdout);
    let errors: Vec<&str> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["file"].as_str().unwrap())
        .collect();
    // Root reads everything, so that only what is not there is an error then.
    let readable = fs::read(&closed).is_ok();
    assert_eq!(errors.len(), if readable { 1 } else { 2 }, "{errors:?}");
    assert!(errors.iter().any(|e| e.ends_with("gone.yaml")), "{errors:?}");
    assert_eq!(
        report["workloads"].as_array().unwrap().len(),
        if readable { 3 } else { 2 }
    );
    assert_eq!(ran.code, 2);
}

#[test]
fn patterns_are_fitted_and_a_pattern_that_fits_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "a/one.yaml",
        "a/b/two.yaml",
        "a/b/three.yml",
        "a/left.yaml",
        "c/four.yaml",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, POD).unwrap();
    }
    fs::write(folder.path().join(".gitignore"), "left.yaml\n").unwrap();
    let found = |pattern: &str| {
        let ran: Ran = command(&["inspect", pattern, "--format", "json"])
            .current_dir(folder.path())
            .output()
            .unwrap()
            .into();
        let report = json(&ran.stdout);
        let files = report["workloads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["file"].as_str().unwrap().to_owned());
        (files.collect::<Vec<_>>().join(" "), ran.code)
    };
    assert_eq!(found("a/*.yaml"), ("a/one.yaml".to_owned(), 0));
    assert_eq!(
        found("a/**/*.y*ml"),
        ("a/b/three.yml a/b/two.yaml a/one.yaml".to_owned(), 0)
    );
    assert_eq!(found("**/four.yaml"), ("./c/four.yaml".to_owned(), 0));
    assert_eq!(found("b/*.yaml"), (String::new(), 2));
}
