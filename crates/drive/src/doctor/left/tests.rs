//! Tests of what is read of mounts.

use std::path::{Path, PathBuf};

use super::mounts_below;

#[test]
fn mounts_below_a_folder_and_not_beside_it() {
    let list = b"22 1 0:20 / / rw - ext4 /dev/root rw\n\
        30 22 0:30 / /places/a rw shared:1 - tmpfs none rw\n\
        31 30 0:31 /x /places/a/b\\040c\\134 rw - tmpfs none rw\n\
        32 22 0:32 / /places/ab rw - tmpfs none rw\n\
        broken\n";
    let expected = [PathBuf::from("/places/a"), PathBuf::from("/places/a/b c\\")];
    assert_eq!(mounts_below(list, Path::new("/places/a")), expected);
    assert!(mounts_below(list, Path::new("/places/a/b")).is_empty());
}
