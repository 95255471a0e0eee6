//! What other programs are given to start: a bundle whose program does nothing.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use stackwright_image::runtime::{self, Options, Part};
use stackwright_image::{Execution, Platform};

use crate::sys::process::effective_ids;

/// What names of trials' folders begin with; the id of their maker follows.
pub(super) const PREFIX: &str = "stackwright-doctor-";
/// Bytes of the firmware's image.
const FIRMWARE: usize = 64 << 10;
/// What a processor finds where it begins, 16 bytes before the end: `mov al, 0; out 0xf4, al; hlt`.
const FIRST_INSTRUCTIONS: [u8; 5] = [0xb0, 0x00, 0xe6, 0xf4, 0xf4];

/// A folder with the bundle, removed when dropped.
pub(super) struct Trial {
    folder: PathBuf,
}

/// A place for one start.
pub(super) struct Place<'a> {
    trial: &'a Trial,
    state: PathBuf,
    id: String,
}

impl Trial {
    /// Writes the bundle.
    pub(super) fn new() -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|e| format!("{}: {e}", folder.display()))?;
        let trial = Self { folder };
        trial.write().map(|()| trial)
    }

    fn write(&self) -> Result<(), String> {
        let rootfs = self.folder.join("bundle/rootfs");
        let text = |e: std::io::Error| format!("{}: {e}", self.folder.display());
        for directory in ["dev", "proc", "sys"] {
            fs::create_dir_all(rootfs.join(directory)).map_err(text)?;
        }
        let program = rootfs.join("true");
        fs::write(&program, program_that_does_nothing()?).map_err(text)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).map_err(text)?;
        let mut firmware = vec![0; FIRMWARE];
        if let Some(begin) = firmware.get_mut(FIRMWARE - 16..FIRMWARE - 11) {
            begin.copy_from_slice(&FIRST_INSTRUCTIONS);
        }
        fs::write(self.folder.join("firmware"), firmware).map_err(text)?;
        let execution = Execution {
            entrypoint: vec!["/true".to_owned()],
            ..Execution::default()
        };
        let (user, group) = effective_ids();
        let options = Options {
            parts: vec![Part::Namespaces],
            rootless: (user != 0).then_some((user, group)),
            ..Options::default()
        };
        let spec = runtime::spec(&execution, &Platform::here(), &options)?;
        let spec = serde_json::to_vec(&spec).map_err(|e| e.to_string())?;
        fs::write(self.folder.join("bundle/config.json"), spec).map_err(text)
    }

    /// An empty folder and a name for a start.
    pub(super) fn place(&self, name: &str, way: usize) -> Result<Place<'_>, String> {
        let state = self.folder.join(format!("{name}-{way}"));
        fs::create_dir(&state).map_err(|e| format!("{}: {e}", state.display()))?;
        Ok(Place {
            trial: self,
            id: format!("{PREFIX}{}-{name}-{way}", std::process::id()),
            state,
        })
    }
}

impl Place<'_> {
    /// An argument with its placeholders filled in.
    pub(super) fn fill(&self, argument: &str) -> String {
        let path = |path: &Path| path.display().to_string();
        let folder = &self.trial.folder;
        argument
            .replace("{bundle}", &path(&folder.join("bundle")))
            .replace("{rootfs}", &path(&folder.join("bundle/rootfs")))
            .replace("{firmware}", &path(&folder.join("firmware")))
            .replace("{state}", &path(&self.state))
            .replace("{id}", &self.id)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        super::left::remove(&self.folder);
    }
}

/// A program for Linux that ends at once, with nothing that it would need: one segment, and `exit(0)`.
fn program_that_does_nothing() -> Result<Vec<u8>, String> {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let (machine, code): (u16, &[u8]) = match std::env::consts::ARCH {
        // xor edi, edi; mov eax, 60; syscall
        "x86_64" => (62, &[0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]),
        // mov x0, 0; mov x8, 93; svc 0
        "aarch64" => (183, &[0, 0, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 1, 0, 0, 0xd4]),
        other => return Err(format!("there is no program to start on {other}")),
    };
    let size = HEADERS + code.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    let half = |file: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|v| file.extend(v.to_le_bytes()));
    let word = |file: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|v| file.extend(v.to_le_bytes()));
    let long = |file: &mut Vec<u8>, values: &[u64]| values.iter().for_each(|v| file.extend(v.to_le_bytes()));
    // An executable; it begins after the headers; program headers follow this one; one of 56 bytes.
    half(&mut file, &[2, machine]);
    word(&mut file, &[1]);
    long(&mut file, &[BASE + HEADERS, 64, 0]);
    word(&mut file, &[0]);
    half(&mut file, &[64, 56, 1, 0, 0, 0]);
    // The whole file, to be read and executed.
    word(&mut file, &[1, 5]);
    long(&mut file, &[0, BASE, BASE, size, size, 0x1000]);
    file.extend(code);
    Ok(file)
}

#[cfg(test)]
mod tests;
