//! Exports are written whole or not at all.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic here is a failed test")]

use std::collections::BTreeMap;
use std::fs;

use super::{ExportError, write};

#[test]
fn an_unchanged_export_is_replaced_and_nothing_else() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("out");
    let files = |text: &str| BTreeMap::from([("a/b.md".to_owned(), text.to_owned())]);
    write(&folder, &files("one")).unwrap();
    write(&folder, &files("two")).unwrap();
    assert_eq!(fs::read_to_string(folder.join("a/b.md")).unwrap(), "two");
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    let refused = |why: &str| {
        let error = write(&folder, &files("three")).unwrap_err();
        assert!(
            matches!(&error, ExportError::Occupied { why: found, .. } if found.contains(why)),
            "{error}"
        );
    };
    fs::write(folder.join("own.txt"), "mine").unwrap();
    refused("`own.txt` does not belong to it");
    fs::remove_file(folder.join("own.txt")).unwrap();
    fs::write(folder.join("a/b.md"), "edited").unwrap();
    refused("`a/b.md` was changed");
    assert_eq!(fs::read_to_string(folder.join("a/b.md")).unwrap(), "edited");
}
