//! What is unpacked is what was packed, and what umoci makes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stackwright_image::build::{self, Owner, Part, Tree};
use stackwright_image::tar::{Entry, Kind};
use stackwright_image::{Compression, Execution, Platform, Policy, Store, Unpacked, import, unpack};
use tempfile::{TempDir, tempdir};

use crate::world::{Layer, census, have, plant, run, store_of};

/// Everything is kept, as umoci does.
pub fn trusting() -> Policy {
    Policy {
        privileges: true,
        devices: true,
        ..Policy::default()
    }
}

/// Unpacks the image of that name.
fn unpacked(store: &Store, name: &str, target: &Path) -> Unpacked {
    let entry = store.named(Some(name)).unwrap();
    let image = store.image(&entry, &Platform::linux("amd64")).unwrap();
    unpack(store, &image, target, &trusting()).unwrap()
}

/// Unpacks with umoci; `None` if it fails.
pub fn by_umoci(store: &Store, name: &str, folder: &Path) -> Option<PathBuf> {
    let image = format!("{}:{name}", store.root().display());
    let bundle = folder.join("bundle");
    let mut arguments = vec!["unpack", "--image", &image];
    arguments.extend((!rustix::process::geteuid().is_root()).then_some("--rootless"));
    arguments.push(bundle.to_str().unwrap());
    let output = Command::new("umoci").args(arguments).output().unwrap();
    output.status.success().then(|| bundle.join("rootfs"))
}

fn planted() -> (TempDir, PathBuf, Store) {
    let folder = tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    plant(&tree);
    let store = Store::create(&folder.path().join("store")).unwrap();
    (folder, tree, store)
}

#[test]
fn a_built_image_gives_its_files_again() {
    let (folder, tree, store) = planted();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let part = Part {
            platform: Platform::linux("amd64"),
            layers: vec![Tree::of_directory(&tree, Owner::Root).unwrap()],
            execution: Execution::default(),
        };
        build::image(&store, "demo", &[part], compression).unwrap();
        let target = folder.path().join(format!("root-{compression:?}"));
        let said = unpacked(&store, "demo", &target);
        assert_eq!((said.layers, said.privileges_left_out), (1, 0));
        assert_eq!(census(&target), census(&tree));
    }
}

#[test]
fn privileges_are_left_out_unless_they_are_allowed() {
    let (folder, tree, store) = planted();
    let part = Part {
        platform: Platform::linux("amd64"),
        layers: vec![Tree::of_directory(&tree, Owner::Root).unwrap()],
        execution: Execution::default(),
    };
    let entry = build::image(&store, "demo", &[part], Compression::Gzip).unwrap();
    let image = store.image(&entry, &Platform::here()).unwrap();
    let target = folder.path().join("root");
    let said = unpack(&store, &image, &target, &Policy::default()).unwrap();
    assert_eq!(said.privileges_left_out, 1);
    assert!(census(&target)["bin/set-user"].starts_with("755 "));
}

/// Layers that change each other in all the ways that there are.
fn layers() -> Vec<Layer> {
    let mut lower = Layer::new();
    for directory in ["a", "a/b", "opaque", "opaque/sub", "lib", "became-file", "gone"] {
        lower.add(Entry::new(directory, Kind::Directory, 0o755));
    }
    for file in [
        "a/1",
        "a/b/2",
        "opaque/old",
        "opaque/sub/old",
        "lib/x",
        "became-file/y",
        "gone/z",
        "became-directory",
        "replaced",
    ] {
        lower.file(file, b"lower");
    }
    lower.link("usr", "lib");
    lower.link("was-link", "a");
    lower.link("dangling", "nowhere/at/all");
    lower.hard("one", "a/1");
    let mut upper = Layer::new();
    upper.file("a/.wh.1", b"");
    upper.file("opaque/new", b"upper");
    upper.file("opaque/.wh..wh..opq", b"");
    upper.file("opaque/sub/new", b"upper");
    upper.file("usr/through-link", b"upper");
    upper.file("became-file", b"upper");
    upper.add(Entry::new("became-directory", Kind::Directory, 0o700));
    upper.file("became-directory/inside", b"upper");
    upper.file(".wh.gone", b"");
    upper.add(Entry::new("was-link", Kind::Directory, 0o755));
    upper.file("replaced", b"first");
    upper.file("replaced", b"second");
    upper.hard("hard", "replaced");
    upper.file(".wh.not-there", b"");
    upper.file("missing/parents/file", b"upper");
    let mut read_only = Entry::new("read-only", Kind::Directory, 0o555);
    read_only.mtime = 1_000_000;
    upper.add(read_only);
    upper.file("read-only/file", b"upper");
    let mut top = Layer::new();
    top.file("read-only/more", b"top");
    top.file(".wh.became-directory", b"");
    top.link("became-directory", "a");
    vec![lower, upper, top]
}

#[test]
fn layers_change_each_other_as_they_say() {
    let folder = tempdir().unwrap();
    let store = store_of(&folder.path().join("store"), &layers());
    let target = folder.path().join("root");
    unpacked(&store, "demo", &target);
    let found = census(&target);
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let expected = [
        "a",
        "a/b",
        "a/b/2",
        "became-directory",
        "became-file",
        "dangling",
        "hard",
        "lib",
        "lib/through-link",
        "lib/x",
        "missing",
        "missing/parents",
        "missing/parents/file",
        "one",
        "opaque",
        "opaque/new",
        "opaque/sub",
        "opaque/sub/new",
        "read-only",
        "read-only/file",
        "read-only/more",
        "replaced",
        "usr",
        "was-link",
    ];
    assert_eq!(names, expected);
    assert!(found["replaced"].contains("6 bytes") && found["replaced"].contains("2 names"));
    assert!(found["read-only"].starts_with("555 "));
    let modified = fs::metadata(target.join("read-only")).unwrap().modified().unwrap();
    assert_eq!(
        modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(),
        1_000_000
    );
}

#[test]
fn umoci_makes_the_same_of_the_same_layers() {
    if !have("umoci") {
        return;
    }
    let folder = tempdir().unwrap();
    let store = store_of(&folder.path().join("store"), &layers());
    let target = folder.path().join("root");
    unpacked(&store, "demo", &target);
    assert_eq!(
        census(&target),
        census(&by_umoci(&store, "demo", folder.path()).unwrap())
    );
}

#[test]
fn umoci_makes_the_same_of_what_gnu_tar_writes() {
    if !have("umoci") || !have("tar") {
        return;
    }
    let (folder, tree, _) = planted();
    let sparse = fs::File::create(tree.join("etc/sparse")).unwrap();
    std::os::unix::fs::FileExt::write_at(&sparse, b"end", 5 << 20).unwrap();
    std::os::unix::fs::FileExt::write_at(&sparse, b"middle", 1 << 20).unwrap();
    for format in ["gnu", "posix", "ustar", "v7"] {
        let layer = folder.path().join("layer.tar");
        let mut arguments = vec!["--create", "--format", format, "--file", layer.to_str().unwrap()];
        arguments.extend(["--directory", tree.to_str().unwrap()]);
        if matches!(format, "gnu" | "posix") {
            arguments.push("--sparse");
        } else {
            // The old formats have no place for long names.
            arguments.extend(["--exclude", "namename*", "--exclude", "far"]);
        }
        arguments.push(".");
        run("tar", &arguments);
        let store = folder.path().join(format!("store-{format}"));
        let store = store_of(&store, &[Layer::of_archive(fs::read(&layer).unwrap())]);
        let target = folder.path().join(format!("root-{format}"));
        unpacked(&store, "demo", &target);
        // The old form of sparse files is not known to umoci.
        if format != "gnu" {
            let other = folder.path().join(format!("umoci-{format}"));
            fs::create_dir(&other).unwrap();
            assert_eq!(
                census(&target),
                census(&by_umoci(&store, "demo", &other).unwrap()),
                "{format}"
            );
        }
        if matches!(format, "gnu" | "posix") {
            assert_eq!(census(&target), census(&tree), "{format}");
        }
    }
}

#[test]
fn archives_of_skopeo_are_imported() {
    if !have("skopeo") {
        return;
    }
    let (folder, tree, store) = planted();
    let part = Part {
        platform: Platform::linux("amd64"),
        layers: vec![Tree::of_directory(&tree, Owner::Root).unwrap()],
        execution: Execution::default(),
    };
    build::image(&store, "demo", &[part], Compression::Gzip).unwrap();
    for kind in ["docker-archive", "oci-archive"] {
        let archive = folder.path().join(format!("{kind}.tar"));
        let to = format!("{kind}:{}:demo:latest", archive.display());
        let from = format!("oci:{}:demo", store.root().display());
        run("skopeo", &["copy", "--override-arch", "amd64", &from, &to]);
        let other = Store::create(&folder.path().join(format!("store-{kind}"))).unwrap();
        import(&other, &archive, Some("imported"), u64::MAX).unwrap();
        let target = folder.path().join(format!("root-{kind}"));
        unpacked(&other, "imported", &target);
        assert_eq!(census(&target), census(&tree));
        // Nothing that the archive had beside the image is kept.
        other.collect().unwrap();
        fs::remove_dir_all(&target).unwrap();
        unpacked(&other, "imported", &target);
    }
}
