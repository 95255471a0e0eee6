//! Figures of images: unpacking against umoci, building against umoci and skopeo. Run with `cargo bench -p stackwright-image`.
//!
//! Every contender runs as the user would start it, in turn, on one tree: text and binaries from `/usr`, as they are here.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program that measures and says what it found"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use stackwright_image::build::{self, Owner, Part, Tree};
use stackwright_image::{Compression, Execution, Platform, Policy, Store, unpack};

/// Rounds of which the median counts.
const ROUNDS: usize = 7;
/// Bytes of the tree.
const SIZE: u64 = 150 << 20;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (files, bytes) = plant(&at("tree"));
    println!("tree: {files} files, {} MB", bytes / 1_000_000);
    let store = Store::create(&at("store")).unwrap();
    let mut next = 0;
    let mut fresh = || -> PathBuf {
        next += 1;
        at(&format!("out-{next}"))
    };
    let pack = |store: &Store, compression| {
        let part = Part {
            platform: Platform::here(),
            layers: vec![Tree::of_directory(&at("tree"), Owner::Root).unwrap()],
            execution: Execution::default(),
        };
        build::image(store, "bench", &[part], compression).unwrap()
    };
    let policy = Policy {
        privileges: true,
        ..Policy::default()
    };
    for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
        let entry = pack(&store, compression);
        let image = store.image(&entry, &Platform::here()).unwrap();
        let size = image.manifest.layers[0].size;
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        let mut built = Vec::new();
        for _ in 0..ROUNDS {
            let target = fresh();
            ours.push(timed(|| drop(unpack(&store, &image, &target, &policy).unwrap())));
            fs::remove_dir_all(&target).unwrap();
            // umoci 0.4 does not read Zstandard.
            if compression != Compression::Zstd {
                let target = fresh();
                let name = format!("{}:bench", store.root().display());
                theirs.push(timed(|| {
                    run("umoci", &["unpack", "--image", &name, target.to_str().unwrap()])
                }));
                fs::remove_dir_all(&target).unwrap();
            }
            let target = fresh();
            built.push(timed(|| drop(pack(&Store::create(&target).unwrap(), compression))));
            fs::remove_dir_all(&target).unwrap();
        }
        println!("{compression:?}: layer of {} MB", size / 1_000_000);
        report("  unpack", &mut ours, bytes);
        report("  umoci unpack", &mut theirs, bytes);
        report("  build", &mut built, bytes);
    }
    // umoci packs what differs from the image that it unpacked; so it packs the whole tree over an empty image.
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        let layout = fresh();
        let image = format!("{}:bench", layout.display());
        run("umoci", &["init", "--layout", layout.to_str().unwrap()]);
        run("umoci", &["new", "--image", &image]);
        let bundle = fresh();
        run("umoci", &["unpack", "--image", &image, bundle.to_str().unwrap()]);
        run(
            "cp",
            &[
                "--archive",
                &format!("{}/.", at("tree").display()),
                bundle.join("rootfs").to_str().unwrap(),
            ],
        );
        theirs.push(timed(|| {
            run("umoci", &["repack", "--image", &image, bundle.to_str().unwrap()])
        }));
        fs::remove_dir_all(&layout).unwrap();
        fs::remove_dir_all(&bundle).unwrap();
    }
    report("umoci repack", &mut theirs, bytes);
}

/// Copies files until there is enough.
fn plant(root: &Path) -> (u64, u64) {
    let (mut files, mut bytes) = (0, 0);
    let mut pending = vec![
        PathBuf::from("/usr/share/doc"),
        PathBuf::from("/usr/lib/python3"),
        PathBuf::from("/usr/bin"),
    ];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let metadata = fs::symlink_metadata(&path).unwrap();
            if bytes > SIZE {
                return (files, bytes);
            }
            if metadata.is_dir() {
                pending.push(path);
            } else if metadata.is_file() && metadata.len() < SIZE / 8 {
                let to = root.join(path.strip_prefix("/").unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(&path, &to).unwrap();
                files += 1;
                bytes += metadata.len();
            }
        }
    }
    (files, bytes)
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn timed(act: impl FnOnce()) -> f64 {
    let start = Instant::now();
    act();
    start.elapsed().as_secs_f64()
}

fn report(what: &str, seconds: &mut [f64], bytes: u64) {
    if seconds.is_empty() {
        return;
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let rate = bytes as f64 / 1e6 / median;
    println!(
        "{what}: median {:.0} ms, least {:.0} ms, {rate:.0} MB/s",
        median * 1e3,
        seconds[0] * 1e3
    );
}
