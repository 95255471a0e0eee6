//! Root file systems that are unpacked once and kept.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use stackwright_image::{Platform, Roots, Store};

use crate::world::{Layer, store_of};

fn root_of(folder: &std::path::Path, layer: Layer) -> stackwright_image::ImageRoot {
    let store = store_of(&folder.join("store"), &[layer]);
    let roots = Roots::create(&folder.join("roots")).unwrap();
    roots.of(&store, &image(&store)).unwrap()
}

fn image(store: &Store) -> stackwright_image::Image {
    let entry = store.named(Some("demo")).unwrap();
    store.image(&entry, &Platform::parse("linux/amd64").unwrap()).unwrap()
}

#[test]
fn accounts_are_those_of_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = Layer::new();
    layer.file(
        "etc/passwd",
        b"root:x:0:0::/root:/bin/sh\napp:x:10:20::/srv:\nbroken\nodd:x:ten:20::relative:\n",
    );
    layer.file("etc/group", b"root:x:0:\nteam:x:30:app\n");
    let root = root_of(folder.path(), layer);
    let account = |text: &str| {
        let account = root.account(text).unwrap();
        (account.uid, account.gid, account.home)
    };
    let home = |text: &str| Some(text.to_owned());
    assert_eq!(account(""), (0, 0, home("/root")));
    assert_eq!(account("app"), (10, 20, home("/srv")));
    assert_eq!(account("10:7"), (10, 7, home("/srv")));
    assert_eq!(account("77:team"), (77, 30, None));
    for name in ["nobody", "odd", "app:nobody", "-1", "4294967296"] {
        assert!(root.account(name).is_err(), "{name}");
    }
}

#[test]
fn a_link_of_the_image_leads_to_no_account_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("passwd");
    fs::write(&outside, "app:x:0:0::/:\n").unwrap();
    let mut layer = Layer::new();
    layer.link("etc/passwd", outside.to_str().unwrap());
    layer.link("etc/group", "/proc/self/fd/0");
    let root = root_of(folder.path(), layer);
    assert!(root.account("app").is_err());
    assert!(root.account("1:app").is_err());
}

#[test]
fn what_a_run_uses_is_not_collected() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = Layer::new();
    layer.file("file", b"");
    let used = root_of(folder.path(), layer);
    let roots = Roots::create(&folder.path().join("roots")).unwrap();
    assert_eq!(roots.collect().unwrap(), 0);
    let mode = fs::metadata(&used.folder).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o755);
    let (folder, digest) = (used.folder.clone(), used.digest);
    drop(used);
    assert_eq!(roots.collect().unwrap(), 1);
    assert!(!folder.exists());
    // It is made again for the next one.
    let store = Store::open(&folder.parent().unwrap().parent().unwrap().join("store")).unwrap();
    let again = roots.of(&store, &image(&store)).unwrap();
    assert_eq!((again.digest, again.folder.join("file").exists()), (digest, true));
}

#[test]
fn a_folder_that_others_can_change_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots");
    fs::create_dir(&roots).unwrap();
    fs::set_permissions(&roots, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(Roots::create(&roots).is_err());
}
