//! Where the tests put things, and what they look at.

use std::fs;
use std::path::{Path, PathBuf};

use stackwright_drive::{DriveError, Host, Io, check_module};
use stackwright_spec::launch::{Executable, Launch, Layer, LayerRequest, Limits};
use stackwright_spec::report::RunReport;

/// Every stack that the drivers can enter.
pub const STACKS: [&str; 6] = ["W", "SW", "CW", "CSW", "IW", "ICSW"];

/// A directory that is removed in the end.
pub struct World {
    directory: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// A new directory.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// A file with these bytes.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A module, from its text.
    pub fn module(&self, text: &str) -> PathBuf {
        let bytes = wat::parse_str(text).unwrap();
        let name = check_module(&bytes).map_or("invalid".into(), |facts| facts.digest.replace(':', "-"));
        self.file(&format!("{name}.wasm"), &bytes)
    }

    /// A driver with a cache of its own.
    pub fn driver(&self) -> Host {
        Host::new().with_cache_directory(self.directory("cache"))
    }

    pub fn run(&self, launch: &Launch) -> Result<RunReport, DriveError> {
        self.driver().run(launch, Io::captured())
    }

    /// Runs a module in a stack, and expects it to start.
    pub fn started(&self, stack: &str, text: &str) -> RunReport {
        self.run(&launch(stack, &self.module(text))).unwrap()
    }
}

/// The launch of a module in the layers with these symbols.
pub fn launch(stack: &str, module: &Path) -> Launch {
    let layer = |symbol: char| {
        let layer = match symbol {
            'I' => Layer::Image {
                digest: check_module(&fs::read(module).unwrap()).unwrap().digest,
            },
            'C' => Layer::Container,
            'S' => Layer::Sandbox,
            _ => Layer::Wasm,
        };
        LayerRequest {
            operator: symbol.to_string(),
            layer,
        }
    };
    Launch {
        layers: stack.chars().map(layer).collect(),
        workload: Executable::WasmModule(module.to_owned()),
        digest: None,
        args: Vec::new(),
        env: Vec::new(),
        grants: Vec::new(),
        limits: Limits::default(),
        degraded: false,
        serve: None,
    }
}

/// Whether this process is root, whom the host allows control groups and other users.
pub fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").unwrap()) == 0
}

/// Child processes of a process, however it came by them.
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// Open descriptors of this process, with what they are.
pub fn descriptors() -> Vec<(String, PathBuf)> {
    let mut found: Vec<_> = fs::read_dir("/proc/self/fd")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().into_string().unwrap(),
                fs::read_link(entry.path()).ok()?,
            ))
        })
        // The directory that is being read.
        .filter(|(_, target)| !target.ends_with("fd"))
        .collect();
    found.sort();
    found
}

/// Control groups that the process with this id has made.
pub fn groups(pid: u32) -> Vec<PathBuf> {
    fn search(directory: &Path, prefix: &str, depth: u32, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        for entry in entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                found.push(entry.path());
            } else if depth > 0 {
                search(&entry.path(), prefix, depth - 1, found);
            }
        }
    }
    let mut found = Vec::new();
    search(
        Path::new("/sys/fs/cgroup"),
        &format!("stackwright-{pid}-"),
        6,
        &mut found,
    );
    found
}

/// Waits for something that must come, for as long as it takes on a slow machine.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..2000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{what} never came");
}
