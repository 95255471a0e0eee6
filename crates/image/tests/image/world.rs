//! Outside programs, and trees to pack.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use stackwright_image::tar::{Entry, Kind, Writer};
use stackwright_image::{Config, Execution, Manifest, RootFs, Store, media};

/// Whether the program can be started; says so where it cannot.
pub fn have(program: &str) -> bool {
    let have = Command::new(program).arg("--version").output().is_ok();
    if !have {
        eprintln!("skipped: {program} is not on PATH");
    }
    have
}

/// Runs the program to its end, which must be a good one; what it said on standard output.
pub fn output(program: &str, arguments: &[&OsStr]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// [`output`] with arguments that are text.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
    output(program, &arguments)
}

/// A small tree with one of everything that an image may hold.
pub fn plant(root: &Path) {
    for directory in ["bin", "etc", "var/empty", "usr/share/long"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    let write = |path: &str, mode: u32, content: &[u8]| {
        fs::write(root.join(path), content).unwrap();
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    write("bin/program", 0o755, b"#!/bin/sh\n");
    write("bin/set-user", 0o4755, b"\x7fELF");
    write("etc/empty", 0o600, b"");
    write("etc/text", 0o644, "\u{65e5}\u{672c}\n".repeat(1000).as_bytes());
    write("etc/\u{540d}", 0o644, b"a name that is not ASCII");
    let long = format!("usr/share/long/{}", "name".repeat(50));
    write(&long, 0o644, b"a name that does not fit a header");
    fs::hard_link(root.join("bin/program"), root.join("bin/same")).unwrap();
    symlink("program", root.join("bin/link")).unwrap();
    symlink(format!("../{}", "far/".repeat(60)), root.join("etc/far")).unwrap();
    fs::set_permissions(root.join("var/empty"), fs::Permissions::from_mode(0o1777)).unwrap();
}

/// What there is in a tree, in words that can be compared: kind, mode, links and content of every file.
pub fn census(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let kind = metadata.file_type();
            let what = if kind.is_dir() {
                pending.push(path.clone());
                "directory".to_owned()
            } else if kind.is_symlink() {
                format!("to {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_file() {
                let content = fs::read(&path).unwrap();
                format!("{} bytes {}, {} names", content.len(), sum(&content), metadata.nlink())
            } else {
                "special".to_owned()
            };
            let mode = if kind.is_symlink() { 0 } else { metadata.mode() & 0o7777 };
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, format!("{mode:o} {what}"));
        }
    }
    found
}

fn sum(content: &[u8]) -> u64 {
    content.iter().fold(5381, |sum, b| sum.wrapping_mul(33) ^ u64::from(*b))
}

/// A layer, written entry by entry as it should not be by anybody who means well.
pub struct Layer {
    archive: Writer<Vec<u8>>,
    whole: Option<Vec<u8>>,
}

impl Layer {
    pub fn new() -> Self {
        Self {
            archive: Writer::new(Vec::new()),
            whole: None,
        }
    }

    pub fn of_archive(bytes: Vec<u8>) -> Self {
        Self {
            whole: Some(bytes),
            ..Self::new()
        }
    }

    pub fn add(&mut self, entry: Entry) {
        self.archive.entry(&entry, &mut std::io::empty()).unwrap();
    }

    pub fn file(&mut self, path: &str, content: &[u8]) {
        let mut entry = Entry::new(path, Kind::File, 0o644);
        entry.size = content.len() as u64;
        self.archive.entry(&entry, &mut &content[..]).unwrap();
    }

    pub fn link(&mut self, path: &str, target: &str) {
        let mut entry = Entry::new(path, Kind::Symlink, 0o777);
        entry.link = target.into();
        self.add(entry);
    }

    pub fn hard(&mut self, path: &str, target: &str) {
        let mut entry = Entry::new(path, Kind::HardLink, 0o644);
        entry.link = target.into();
        self.add(entry);
    }

    /// An entry without the content that it says it has.
    pub fn header(&mut self, entry: &Entry) {
        let mut empty = entry.clone();
        empty.size = 0;
        self.add(empty);
        let mut bytes = self.bytes();
        let header = bytes.len() - 512;
        bytes[header + 124..header + 136].copy_from_slice(format!("{:011o}\0", entry.size).as_bytes());
        mend(&mut bytes[header..]);
        self.whole = Some(bytes);
    }

    /// A sparse file in the old form of GNU tar.
    pub fn sparse(&mut self, entry: &Entry, length: u64, pieces: &[(u64, u64)], content: &[u8]) {
        let mut bytes = vec![0; 512];
        let number = |n: u64| [&[0x80, 0, 0, 0][..], &n.to_be_bytes()].concat();
        bytes[..entry.path.len()].copy_from_slice(&entry.path);
        bytes[100..108].copy_from_slice(b"0000644\0");
        bytes[124..136].copy_from_slice(&number(content.len() as u64));
        bytes[156] = b'S';
        bytes[257..265].copy_from_slice(b"ustar  \0");
        for (at, (offset, length)) in pieces.iter().enumerate() {
            bytes[386 + 24 * at..398 + 24 * at].copy_from_slice(&number(*offset));
            bytes[398 + 24 * at..410 + 24 * at].copy_from_slice(&number(*length));
        }
        bytes[483..495].copy_from_slice(&number(length));
        mend(&mut bytes);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        self.whole = Some(bytes);
    }

    pub fn bytes(&self) -> Vec<u8> {
        match &self.whole {
            Some(bytes) => bytes.clone(),
            // The end of an archive may be missing.
            None => self.archive.get_ref().clone(),
        }
    }
}

/// A store with the image `demo` for linux/amd64 of these layers.
pub fn store_of(folder: &Path, layers: &[Layer]) -> Store {
    let store = Store::create(folder).unwrap();
    let ingest = store.begin().unwrap();
    let blobs: Vec<_> = layers
        .iter()
        .map(|layer| {
            // The padding that the archive of a whole disk block would have.
            let mut bytes = layer.bytes();
            bytes.extend([0; 1024]);
            ingest.bytes(media::LAYER, &bytes).unwrap()
        })
        .collect();
    let config = Config {
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
        variant: None,
        config: Execution::default(),
        rootfs: RootFs {
            kind: "layers".to_owned(),
            diff_ids: blobs.iter().map(|b| b.digest).collect(),
        },
    };
    let config = ingest.json(media::CONFIG, &config).unwrap();
    let manifest = ingest.json(media::MANIFEST, &Manifest::new(config, blobs)).unwrap();
    ingest.name(manifest, "demo").unwrap();
    drop(ingest);
    store
}

/// Puts the right checksum into a header.
fn mend(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}
