//! What is built, read by skopeo and umoci.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use stackwright_image::build::{self, Owner, Part, Tree};
use stackwright_image::{Compression, Descriptor, Execution, Platform, Store};
use tempfile::tempdir;

use crate::world::{census, have, output, plant, run};

fn part(tree: &Path, architecture: &str) -> Part {
    Part {
        platform: Platform::linux(architecture),
        layers: vec![Tree::of_directory(tree, Owner::Root).unwrap()],
        execution: Execution {
            entrypoint: vec!["/bin/program".to_owned()],
            env: vec!["NAME=value".to_owned()],
            working_dir: "/var".to_owned(),
            ..Execution::default()
        },
    }
}

fn built(folder: &Path, tree: &Path, compression: Compression) -> Descriptor {
    let store = Store::create(folder).unwrap();
    build::image(&store, "demo", &[part(tree, "amd64")], compression).unwrap()
}

#[test]
fn has_the_same_digest_whoever_builds_it_and_when() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a", "b"] {
        fs::create_dir(at(name)).unwrap();
        plant(&at(name));
    }
    let old = fs::File::options().write(true).open(at("b").join("etc/text")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH).unwrap();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let store = |name: &str| at(&format!("{name}-{compression:?}"));
        let (a, b) = (
            built(&store("a"), &at("a"), compression),
            built(&store("b"), &at("b"), compression),
        );
        assert_eq!(a, b);
        assert_eq!(census(&store("a")), census(&store("b")));
    }
}

/// The digest does not depend on the machine either: what it was when this was written.
#[test]
fn has_the_digest_it_always_had() {
    let folder = tempdir().unwrap();
    let mut tree = Tree::new();
    tree.file("usr/bin/program", 0o755, b"#!/bin/sh\necho hello\n".to_vec());
    tree.file(
        "etc/list",
        0o644,
        (0..2000).map(|n| format!("{n}\n")).collect::<String>().into(),
    );
    let part = Part {
        platform: Platform::linux("amd64"),
        layers: vec![tree],
        execution: Execution::default(),
    };
    let store = Store::create(folder.path()).unwrap();
    let entry = build::image(&store, "demo", &[part], Compression::Gzip).unwrap();
    assert_eq!(
        entry.digest.to_string(),
        "sha256:9863e349c87c241de94096b167bdf233f06f0a0c14fa1bd36dfa09b843da20ee"
    );
}

#[test]
fn is_unpacked_by_umoci_to_the_same_files() {
    if !have("umoci") {
        return;
    }
    let folder = tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    plant(&tree);
    for compression in [Compression::None, Compression::Gzip] {
        let layout = folder.path().join(format!("layout-{compression:?}"));
        built(&layout, &tree, compression);
        let image = format!("{}:demo", layout.display());
        let bundle = folder.path().join(format!("bundle-{compression:?}"));
        let mut arguments = vec!["unpack", "--image", &image];
        arguments.extend((!rustix::process::geteuid().is_root()).then_some("--rootless"));
        arguments.push(bundle.to_str().unwrap());
        run("umoci", &arguments);
        assert_eq!(census(&bundle.join("rootfs")), census(&tree));
    }
}

#[test]
fn is_understood_by_skopeo() {
    if !have("skopeo") {
        return;
    }
    let folder = tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    plant(&tree);
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let layout = folder.path().join(format!("layout-{compression:?}"));
        let entry = built(&layout, &tree, compression);
        let image = format!("oci:{}:demo", layout.display());
        let said = run(
            "skopeo",
            &["inspect", "--override-os", "linux", "--override-arch", "amd64", &image],
        );
        assert!(said.contains(&entry.digest.to_string()), "{said}");
        // A copy reads every byte, checks digests, and uncompresses.
        let copy = format!("dir:{}/{compression:?}", folder.path().display());
        run(
            "skopeo",
            &["copy", "--override-arch", "amd64", "--dest-decompress", &image, &copy],
        );
    }
}

#[test]
fn for_several_platforms_is_an_index() {
    let folder = tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    plant(&tree);
    let store = Store::create(&folder.path().join("layout")).unwrap();
    let parts = [part(&tree, "arm64"), part(&tree, "amd64")];
    let entry = build::image(&store, "demo", &parts, Compression::Gzip).unwrap();
    for architecture in ["amd64", "arm64"] {
        let image = store.image(&entry, &Platform::linux(architecture)).unwrap();
        assert_eq!(image.config.unwrap().architecture, architecture);
    }
    let missing = store.image(&entry, &Platform::linux("riscv64")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "there is no image `demo for linux/riscv64`; there are `linux/amd64`, `linux/arm64`"
    );
    if have("skopeo") {
        let image = format!("oci:{}:demo", store.root().display());
        let said = run("skopeo", &["inspect", "--override-arch", "arm64", "--config", &image]);
        assert!(said.contains("arm64"), "{said}");
        // `--all` copies each of them.
        let copy = format!("oci:{}/copy:demo", folder.path().display());
        run("skopeo", &["copy", "--all", &image, &copy]);
    }
}

#[test]
fn from_a_module_is_an_artifact() {
    let folder = tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let entry = build::wasm(&store, "module", b"\0asm\x01\0\0\0", None).unwrap();
    let image = store.image(&entry, &Platform::here()).unwrap();
    assert_eq!(image.manifest.layers[0].media_type, "application/wasm");
    if have("skopeo") {
        let image = format!("oci:{}:module", folder.path().display());
        let said = output("skopeo", &["inspect", "--raw", &image].map(OsStr::new));
        assert!(said.contains("application/vnd.wasm.config.v0+json"), "{said}");
    }
}

#[test]
fn with_a_socket_is_refused() {
    let folder = tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let refused = Tree::of_directory(folder.path(), Owner::Root).unwrap_err();
    assert_eq!(refused.code(), "image::unpackable");
}
