//! Images that mean harm: they are refused or kept within their folder, and nothing of them stays where they are refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use stackwright_image::tar::{Entry, Kind};
use stackwright_image::{
    Config, Descriptor, Digest, Execution, ImageError, Manifest, Platform, Policy, RootFs, Store, Unpacked, media,
    unpack,
};
use tempfile::{TempDir, tempdir};

use crate::unpacked::{by_umoci, trusting};
use crate::world::{Layer, census, have, store_of};

/// A folder with something beside the target that must stay as it is.
struct Neighbour {
    folder: TempDir,
    before: BTreeMap<String, String>,
}

impl Neighbour {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("file"), "untouched").unwrap();
        fs::write(victim.join("secret"), "secret").unwrap();
        let before = census(&victim);
        Self { folder, before }
    }

    fn unpack(&self, store: &Store, policy: &Policy) -> Result<Unpacked, ImageError> {
        let entry = store.named(Some("demo")).unwrap();
        let image = store.image(&entry, &Platform::linux("amd64"))?;
        let target = self.folder.path().join("root");
        let result = unpack(store, &image, &target, policy);
        assert_eq!(census(&self.folder.path().join("victim")), self.before);
        if result.is_err() {
            // Neither the target nor what it was made in.
            let names: Vec<_> = fs::read_dir(self.folder.path())
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            assert!(
                !names.iter().any(|n| n.to_string_lossy().starts_with("root")),
                "{names:?}"
            );
        }
        result
    }

    fn layers(&self, layers: &[Layer]) -> Result<Unpacked, ImageError> {
        let store = store_of(&self.folder.path().join("store"), layers);
        self.unpack(&store, &Policy::default())
    }
}

fn layer(make: impl FnOnce(&mut Layer)) -> Layer {
    let mut layer = Layer::new();
    make(&mut layer);
    layer
}

/// What it tries, and how.
type Attempt = (&'static str, fn(&mut Layer));

/// Each of these must be refused.
#[test]
fn entries_that_lead_out_are_refused() {
    let attempts: [Attempt; 12] = [
        ("above", |l| l.file("../victim/file", b"x")),
        ("above, deep", |l| l.file("a/../../victim/file", b"x")),
        ("a directory above", |l| {
            l.add(Entry::new("../victim/new", Kind::Directory, 0o777))
        }),
        ("a link above", |l| l.link("../victim/link", "file")),
        ("another name for what is above", |l| l.hard("mine", "../victim/secret")),
        ("another name for what is nowhere", |l| l.hard("mine", "/etc/shadow")),
        ("a whiteout above", |l| l.file("../victim/.wh.file", b"")),
        ("a whiteout of the directory above", |l| l.file(".wh...", b"")),
        ("a whiteout of itself", |l| l.file(".wh..", b"")),
        ("a whiteout of nothing", |l| l.file("a/.wh.", b"")),
        ("a device", |l| {
            l.add(Entry::new("memory", Kind::CharacterDevice, 0o666))
        }),
        ("a root that is a link", |l| l.link("/", "../victim")),
    ];
    for (what, attempt) in attempts {
        let refused = Neighbour::new().layers(&[layer(attempt)]).unwrap_err();
        assert_eq!(refused.code(), "image::refused", "{what}");
    }
}

/// Each of these does something, but within the folder.
#[test]
fn links_lead_nowhere_else() {
    let attempts: [fn(&mut Layer, &str); 8] = [
        |l, victim| {
            l.link("out", victim);
            l.file("out/file", b"x");
        },
        |l, victim| {
            l.link("out", victim);
            l.file("out/.wh.file", b"");
            l.file("out/.wh..wh..opq", b"");
        },
        |l, victim| {
            l.link("file", &format!("{victim}/file"));
            l.file("file", b"x");
        },
        |l, _| {
            l.link("out", "../victim");
            l.add(Entry::new("out", Kind::Directory, 0o777));
            l.file("out/file", b"x");
        },
        |l, _| {
            l.add(Entry::new("d", Kind::Directory, 0o755));
            l.link("d/up", "../../../victim");
            l.add(Entry::new("d/up/new", Kind::Directory, 0o777));
        },
        |l, _| {
            // The directory is described in the end, when it is a link.
            l.add(Entry::new("d", Kind::Directory, 0o777));
            l.file(".wh.d", b"");
            l.link("d", "../victim");
        },
        |l, _| {
            l.link("a", "b");
            l.link("b", "../victim");
            l.file("a/file", b"x");
        },
        |l, _| {
            l.link("self", "/proc/self/root/victim");
            l.file("self/file", b"x");
        },
    ];
    for attempt in attempts {
        let neighbour = Neighbour::new();
        let victim = neighbour.folder.path().join("victim");
        // Whether it works does not matter; what is beside it does, and that is looked at.
        let _ = neighbour.layers(&[layer(|l| attempt(l, victim.to_str().unwrap()))]);
        let neighbour = Neighbour::new();
        let _ = neighbour.layers(&[Layer::new(), layer(|l| attempt(l, victim.to_str().unwrap()))]);
    }
}

#[test]
fn a_name_of_a_link_does_not_follow_it() {
    let neighbour = Neighbour::new();
    let secret = neighbour.folder.path().join("victim/secret");
    let layer = layer(|l| {
        l.link("link", secret.to_str().unwrap());
        l.hard("name", "link");
        l.file("name", b"x");
    });
    neighbour.layers(&[layer]).unwrap();
}

fn limited(policy: &Policy, layers: &[Layer]) -> ImageError {
    let neighbour = Neighbour::new();
    let store = store_of(&neighbour.folder.path().join("store"), layers);
    neighbour.unpack(&store, policy).unwrap_err()
}

#[test]
fn much_is_refused() {
    let many = layer(|l| (0..20).for_each(|n| l.file(&n.to_string(), b"")));
    let policy = Policy {
        entries: 10,
        ..Policy::default()
    };
    assert_eq!(limited(&policy, &[many]).code(), "image::limit");
    let long = layer(|l| l.file("long", &[0; 100_000]));
    let policy = Policy {
        bytes: 50_000,
        ..Policy::default()
    };
    assert_eq!(limited(&policy, &[long]).code(), "image::refused");
    let several = || layer(|l| l.file("a", &[0; 20_000]));
    let error = limited(&policy, &[several(), several(), several()]);
    assert_eq!(error.code(), "image::limit");
}

/// A store with one layer of these bytes, compressed as they are.
fn store_of_blob(folder: &Path, media_type: &str, blob: &[u8], diff_id: Digest) -> Store {
    let store = Store::create(folder).unwrap();
    let ingest = store.begin().unwrap();
    let layer = ingest.bytes(media_type, blob).unwrap();
    let config = Config {
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
        variant: None,
        config: Execution::default(),
        rootfs: RootFs {
            kind: "layers".to_owned(),
            diff_ids: vec![diff_id],
        },
    };
    let config = ingest.json(media::CONFIG, &config).unwrap();
    let manifest = ingest
        .json(media::MANIFEST, &Manifest::new(config, vec![layer]))
        .unwrap();
    ingest.name(manifest, "demo").unwrap();
    drop(ingest);
    store
}

#[test]
fn a_bomb_is_stopped_by_its_ratio() {
    // A file of 400 MB that compresses to some hundred kilobytes; its limit is 64 MiB.
    let neighbour = Neighbour::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
    let mut header = Layer::new();
    let mut entry = Entry::new("bomb", Kind::File, 0o644);
    entry.size = 400 << 20;
    header.header(&entry);
    encoder.write_all(&header.bytes()).unwrap();
    for _ in 0..400 {
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let store = store_of_blob(
        &neighbour.folder.path().join("store"),
        media::LAYER_GZIP,
        &bomb,
        Digest::of(b""),
    );
    let stopped = neighbour.unpack(&store, &Policy::default()).unwrap_err();
    assert_eq!(stopped.code(), "image::limit");
}

#[test]
fn a_sparse_file_takes_no_more_than_it_holds() {
    // It says that it is an exbibyte long.
    let neighbour = Neighbour::new();
    let mut long = Entry::new("long", Kind::File, 0o644);
    long.xattrs.clear();
    let mut layer = Layer::new();
    layer.sparse(&long, 1 << 60, &[(0, 3)], b"abc");
    assert_eq!(neighbour.layers(&[layer]).unwrap_err().code(), "image::refused");
}

#[test]
fn damaged_blobs_are_found() {
    let neighbour = Neighbour::new();
    let store = store_of(
        &neighbour.folder.path().join("store"),
        &[layer(|l| l.file("a", b"good"))],
    );
    let entry = store.named(Some("demo")).unwrap();
    let image = store.image(&entry, &Platform::linux("amd64")).unwrap();
    let blob = store.path(&image.manifest.layers[0].digest);
    let good = fs::read(&blob).unwrap();
    let mut bad = good.clone();
    let at = bad.windows(4).position(|w| w == b"good").unwrap();
    bad[at..at + 4].copy_from_slice(b"evil");
    fs::write(&blob, &bad).unwrap();
    assert_eq!(
        neighbour.unpack(&store, &Policy::default()).unwrap_err().code(),
        "image::digest"
    );
    fs::write(&blob, &good[..good.len() - 1]).unwrap();
    assert_eq!(
        neighbour.unpack(&store, &Policy::default()).unwrap_err().code(),
        "image::digest"
    );
    fs::remove_file(&blob).unwrap();
    assert_eq!(
        neighbour.unpack(&store, &Policy::default()).unwrap_err().code(),
        "image::absent"
    );
}

#[test]
fn bytes_that_are_not_what_was_said_never_enter_the_store() {
    let folder = tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let ingest = store.begin().unwrap();
    let expected = Descriptor::of(media::LAYER, b"expected");
    for other in [&b"others"[..], b"expectee", b"expected and more", b""] {
        assert_eq!(ingest.expected(&expected, other).unwrap_err().code(), "image::digest");
        assert!(!ingest.has(&expected));
    }
    // An endless source is read no further than the length.
    assert!(ingest.expected(&expected, std::io::repeat(b'x')).is_err());
    ingest.expected(&expected, &b"expected"[..]).unwrap();
    assert_eq!(store.collect().unwrap_err().code(), "image::in-use");
    drop(ingest);
    let blobs = || fs::read_dir(folder.path().join("blobs/sha256")).unwrap().count();
    assert_eq!(blobs(), 1);
    fs::write(folder.path().join("blobs/sha256/.partial-1-1"), "left behind").unwrap();
    let collected = store.collect().unwrap();
    assert_eq!((collected.removed, collected.kept, blobs()), (2, 0, 0));
}

/// Entries over few names, so that they meet each other often.
fn any_layer() -> impl Strategy<Value = Vec<(u8, String, String)>> {
    let path = "(a|b|c)(/(a|b|c|\\.wh\\.a|\\.wh\\.b|\\.wh\\.\\.wh\\.\\.opq)){0,2}";
    let target = "(/|\\.\\./|\\.\\./\\.\\./)?(a|b|c|victim)(/(a|b|file))?";
    proptest::collection::vec((0..8_u8, path, target), 1..10)
}

fn layer_of(entries: &[(u8, String, String)]) -> Layer {
    layer(|layer| {
        for (number, (kind, path, target)) in entries.iter().enumerate() {
            match kind {
                0..=2 => layer.file(path, format!("content {number}").as_bytes()),
                3 | 4 => layer.add(Entry::new(path.as_str(), Kind::Directory, 0o755)),
                5 | 6 => layer.link(path, target),
                _ => layer.hard(path, target),
            }
        }
    })
}

/// A runner whose cases are always the same.
fn runner(cases: u32) -> TestRunner {
    let config = Cases {
        cases,
        failure_persistence: None,
        ..Cases::default()
    };
    TestRunner::new_with_rng(config, TestRunner::deterministic().new_rng())
}

#[test]
fn layers_at_random_stay_within_their_folder() {
    let mut runner = runner(96);
    let layers = proptest::collection::vec(any_layer(), 1..4);
    let result = runner.run(&layers, |layers| {
        let layers: Vec<_> = layers.iter().map(|l| layer_of(l)).collect();
        let _ = Neighbour::new().layers(&layers);
        Ok(())
    });
    result.unwrap();
}

/// Layers that mean well, at random: no links upward, whiteouts of lower layers only.
#[test]
fn layers_at_random_become_what_umoci_makes_of_them() {
    if !have("umoci") {
        return;
    }
    let mut runner = runner(150);
    let compared = std::cell::Cell::new(0);
    let layers = proptest::collection::vec(any_layer(), 1..4);
    let result = runner.run(&layers, |layers| {
        let folder = tempdir().unwrap();
        let layers: Vec<_> = layers.iter().map(|l| layer_of(l)).collect();
        let store = store_of(&folder.path().join("store"), &layers);
        let entry = store.named(Some("demo")).unwrap();
        let image = store.image(&entry, &Platform::linux("amd64")).unwrap();
        let target = folder.path().join("root");
        if unpack(&store, &image, &target, &trusting()).is_ok()
            && let Some(theirs) = by_umoci(&store, "demo", folder.path())
        {
            prop_assert_eq!(census(&target), census(&theirs));
            compared.set(compared.get() + 1);
        }
        Ok(())
    });
    result.unwrap();
    assert!(compared.get() >= 10, "only {} could be compared", compared.get());
}
