//! Folders of trials whose doctor was killed, and what other programs mounted in them.

use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::trial::PREFIX;
use crate::sys::mount;
use crate::sys::process::{c_string, effective_ids};

/// Removes them, and returns those that were removed.
pub(crate) fn remove_left() -> Vec<PathBuf> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let mut left: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_left(path)).collect();
    left.sort_unstable();
    left.retain(|folder| remove(folder));
    left
}

/// A folder of this user's, by name of a process that is gone. Others can make such names too, but not such folders.
fn is_left(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
    maker.is_some_and(|maker| maker.parse::<u32>().is_ok() && !Path::new("/proc").join(maker).exists())
        && fs::symlink_metadata(path)
            .is_ok_and(|found| found.is_dir() && found.uid() == effective_ids().0 && found.mode() & 0o077 == 0)
}

/// Removes a trial's folder, with what is mounted below it.
pub(super) fn remove(folder: &Path) -> bool {
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    // Mounts are listed in the order in which they were made: the last is the innermost.
    for place in mounts_below(&mounts, folder).iter().rev() {
        if let Ok(place) = c_string(place.as_os_str().as_bytes()) {
            let _ = mount::take_away(&place);
        }
    }
    fs::remove_dir_all(folder).is_ok()
}

/// Where something is mounted below the folder, by the kernel's list.
fn mounts_below(mountinfo: &[u8], folder: &Path) -> Vec<PathBuf> {
    let places = mountinfo
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(4))
        .map(|place| PathBuf::from(std::ffi::OsString::from_vec(unescaped(place))));
    places.filter(|place| place.starts_with(folder)).collect()
}

/// The kernel writes blanks, line ends and backslashes as a backslash and three octal digits.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        (rest, _) = match value {
            Some(value) if *first == b'\\' => (after.get(3..).unwrap_or_default(), plain.push(value)),
            _ => (after, plain.push(*first)),
        };
    }
    plain
}

#[cfg(test)]
mod tests;
