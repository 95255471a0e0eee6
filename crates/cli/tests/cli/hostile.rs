//! Bundles and images that were made to do harm, in the hands of `run`: they reach nothing and exhaust nothing.

use std::fs;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stackwright::check_module;
use stackwright::spec::bundle::LOCK_FILE;

use crate::background::eventually;
use crate::{Ran, command};

/// A module that writes a line.
fn says(line: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\05\00\00\00{line}\n")
        (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))))"#
    );
    wat::parse_str(text).unwrap()
}

struct Bundle {
    folder: tempfile::TempDir,
}

impl Bundle {
    /// A bundle of one module under W alone, so that nothing else looks at its digest.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = Self { folder };
        fs::create_dir_all(bundle.path("b/image")).unwrap();
        fs::write(bundle.path("b/image/m"), says("good")).unwrap();
        bundle.lock("image/m", &says("good"));
        bundle
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a lock that names the module at this path.
    fn lock(&self, path: &str, module: &[u8]) {
        let digest = check_module(module).unwrap().digest;
        let lock = serde_json::json!({
            "apiVersion": "stackwright/v1", "kind": "Lock", "name": "b", "target": "oci", "normal_form": ["W"],
            "realizations": [{ "id": "embedded-wasmtime", "word": "W" }],
            "workload": {
                "kind": "wasm-module", "digest": digest, "path": path, "args": [], "env": [], "memory_bytes": 50_000_000,
            },
            "predicted": [],
            "generator": "test", "catalog": "test",
            "files": [{ "path": path, "digest": digest, "size": module.len() }],
        });
        fs::write(self.path("b").join(LOCK_FILE), lock.to_string()).unwrap();
    }

    fn run(&self) -> Ran {
        let mut command = command(&["run", self.path("b").to_str().unwrap()]);
        Ran::from(command.env("XDG_CACHE_HOME", self.path("cache")).output().unwrap())
    }
}

#[test]
fn bundles_that_lead_elsewhere_are_refused() {
    let bundle = Bundle::new();
    fs::create_dir(bundle.path("cache")).unwrap();
    let ran = bundle.run();
    assert!(ran.code == 0 && ran.stdout.starts_with("good"), "{}", ran.stderr);
    let outside = bundle.path("outside");
    fs::write(&outside, says("evil")).unwrap();
    symlink(&outside, bundle.path("b/link")).unwrap();
    symlink(bundle.folder.path(), bundle.path("b/up")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(bundle.path("b/fifo")).status();
    assert!(fifo.unwrap().success());
    for path in [
        "../outside",
        outside.to_str().unwrap(),
        "image/../../outside",
        "link",
        "up/outside",
        "./../outside",
        "fifo",
        "image",
        "",
    ] {
        bundle.lock(path, &says("evil"));
        let ran = bundle.run();
        assert!([1, 2].contains(&ran.code), "{path}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("bundle::"), "{path}: {}", ran.stderr);
        assert!(!ran.stdout.contains("evil"), "{path}");
    }
}

#[test]
fn files_with_holes_take_no_memory() {
    let long = |path: PathBuf| fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
    let bundle = Bundle::new();
    long(bundle.path("b/image/m"));
    let module = bundle.path("holes.wasm");
    long(module.clone());
    let run = |arguments: &[&str]| Ran::from(command(arguments).output().unwrap());
    let since = Instant::now();
    let ran = bundle.run();
    assert!(
        ran.code == 1 && ran.stderr.contains("it is longer than 1073741824 bytes"),
        "{}",
        ran.stderr
    );
    let ran = run(&["run", "W", "--", module.to_str().unwrap()]);
    assert!(
        ran.code == 2 && ran.stderr.contains("it is longer than 268435456 bytes"),
        "{}",
        ran.stderr
    );
    long(bundle.path("b").join(LOCK_FILE));
    let ran = bundle.run();
    assert!(
        ran.code == 2 && ran.stderr.contains("it is longer than 16777216 bytes"),
        "{}",
        ran.stderr
    );
    assert!(since.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_module_that_is_exchanged_after_it_was_checked_does_not_run() {
    let bundle = Bundle::new();
    fs::create_dir(bundle.path("cache")).unwrap();
    let (module, done) = (bundle.path("b/image/m"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let put = |line: &str, name: &Path| {
                let new = bundle.path("new");
                fs::write(&new, says(line)).unwrap();
                fs::rename(new, name).unwrap();
            };
            while !done.load(Ordering::Relaxed) {
                put("evil", &module);
                put("good", &module);
            }
        });
        let all: Vec<Ran> = (0..40).map(|_| bundle.run()).collect();
        done.store(true, Ordering::Relaxed);
        for ran in all {
            assert!(!ran.stdout.contains("evil"), "{}", ran.stdout);
            // It ran, or one of the two looks found that it is another.
            assert!([0, 1, 2].contains(&ran.code), "{}", ran.stderr);
        }
    });
    // Left alone it runs.
    assert_eq!(bundle.run().code, 0);
}

#[test]
fn an_image_that_grows_without_measure_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("tree")).unwrap();
    // 400 MB of nothing, which is packed into some hundred kilobytes.
    fs::File::create(path("tree/bomb")).unwrap().set_len(400 << 20).unwrap();
    let emitted = crate::stackwright(&[
        "emit",
        "I",
        "--workload",
        &path("tree"),
        "--target",
        "oci",
        "--name",
        "bomb",
        "-o",
        &path("emitted"),
        "--",
        "/bomb",
    ]);
    assert_eq!(emitted.code, 0, "{}", emitted.stderr);
    let state = path("state");
    let mut run = command(&["run", "I∘C", "--image", &path("emitted/image"), "--format", "json"]);
    let ran = Ran::from(run.env("STACKWRIGHT_STATE", &state).output().unwrap());
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("image::limit"), "{said}");
    let left: u64 = walk(Path::new(&state))
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    assert!(left < 1 << 20, "{left} bytes were left");
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files
}

/// Whether a process has these bytes anywhere in the memory that it can write; `None` if it cannot be looked at, or has ended.
fn remembers(pid: u32, secret: &[u8]) -> Option<bool> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, access) = (fields.next()?, fields.next()?);
        let (from, to) = range.split_once('-')?;
        let address = |text: &str| u64::from_str_radix(text, 16).ok();
        let length = address(to)? - address(from)?;
        // Reserved space of linear memories holds nothing.
        if !access.starts_with("rw") || length > 64 << 20 {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        if memory.read_exact_at(&mut bytes, address(from)?).is_ok() && bytes.windows(secret.len()).any(|w| w == secret)
        {
            return Some(true);
        }
    }
    Some(false)
}

#[test]
fn the_process_of_a_module_remembers_nothing_of_our_environment() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("module.wasm");
    let text = r#"(module (memory (export "memory") 1) (func (export "_start") (loop $again (br $again))))"#;
    fs::write(&module, wat::parse_str(text).unwrap()).unwrap();
    let secret = "a-secret-of-whoever-starts-it";
    for word in ["W", "I∘C∘S∘W"] {
        let mut supervisor = command(&["run", "--time-limit", "60s", word, "--", module.to_str().unwrap()])
            .env("TOKEN", secret)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let children = format!("/proc/{0}/task/{0}/children", supervisor.id());
        let module = eventually("the module's process", || {
            let children = fs::read_to_string(&children).ok()?;
            let mut children = children.split_whitespace().map(|pid| pid.parse::<u32>().unwrap());
            children.find(|pid| {
                let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
                maps.contains("memfd:code")
            })
        });
        // Who may not look at processes of other users finds nothing in these either.
        if let Some(found) = remembers(module, secret.as_bytes()) {
            assert!(!found, "{word}: it is in the module's process");
            assert_eq!(
                remembers(supervisor.id(), secret.as_bytes()),
                Some(true),
                "it is not looked for well"
            );
        } else {
            eprintln!("SKIPPED: the memory of processes cannot be read here");
        }
        supervisor.kill().unwrap();
        supervisor.wait().unwrap();
    }
}

/// What `emit` says of a workload file, which it refuses or not.
fn emitted(folder: &Path, name: &str, write: impl FnOnce(&Path)) -> (Ran, PathBuf) {
    let (file, bundle) = (folder.join(name), folder.join(format!("{name}-bundle")));
    write(&file);
    let arguments = [
        "emit",
        "I∘C",
        "--workload",
        file.to_str().unwrap(),
        "-o",
        bundle.to_str().unwrap(),
    ];
    (Ran::from(command(&arguments).output().unwrap()), bundle)
}

#[test]
fn score_files_that_reach_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("secret"), "a secret").unwrap();
    let digest = "a".repeat(64);
    let score = |name: &str, container: &str, more: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{ name: {name} }}\ncontainers:\n  {container}:\n    \
             image: registry.example/shop@sha256:{digest}\n    {more}\n"
        )
    };
    let anchors: String = (b'b'..b'k')
        .map(|letter| {
            let (own, last) = (char::from(letter), char::from(letter - 1));
            format!("{own}: &{own} [{}]\n", vec![format!("*{last}"); 10].join(","))
        })
        .collect();
    for (index, (text, says)) in [
        (
            score("shop", "app", "files: { /etc/x: { source: ../secret } }"),
            "only files with `content`",
        ),
        (
            score("shop", "app", "files: { /etc/x: { source: /etc/passwd } }"),
            "only files with `content`",
        ),
        (
            score("shop", "app", "files: { ../../etc/x: { content: hi } }"),
            "without `..`",
        ),
        (
            score("shop", "app", "volumes: { /data/../../x: { source: x } }"),
            "without `..`",
        ),
        (score("../../x", "app", ""), "cannot be the name of a workload"),
        (score("shop", "../../x", ""), "cannot be the name of a container"),
        (
            format!("a: &a [x,x,x,x,x,x,x,x,x,x]\n{anchors}"),
            "more than 200000 nodes",
        ),
        (
            format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
            "recursion limit",
        ),
        (
            score("shop", "app", &format!("what: {}", "x".repeat(1_000_000))),
            "what",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (ran, bundle) = emitted(folder, &format!("{index}.yaml"), |file| fs::write(file, &text).unwrap());
        assert_eq!(ran.code, 2, "{says}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
        // However long a line is, few words are made of it.
        assert!(ran.stderr.len() < 8192, "{says}: {} bytes", ran.stderr.len());
        assert!(!bundle.exists(), "{says}");
    }
    let (ran, _) = emitted(folder, "holes.yaml", |file| {
        fs::File::create(file).unwrap().set_len(1 << 40).unwrap()
    });
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("longer than"), "{}", ran.stderr);
    let (ran, _) = emitted(folder, "link.yaml", |file| symlink("/etc/passwd", file).unwrap());
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains("root:"), "{}", ran.stderr);
}
