//! Tar archives: what layers are made of.
//!
//! The reader takes what Go's `archive/tar` takes, as that is what the runtimes of others read layers with, and an archive
//! that two programs read differently is a way past the one that checks: POSIX.1-1988 and 2001 (pax), GNU with long names and
//! sparse files, and the oldest form. The writer writes POSIX.1-1988 with pax records where a value does not fit.

mod number;
mod pax;
mod read;
mod sparse;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::io;

pub use read::Reader;
pub use sparse::Piece;
pub use write::Writer;

/// Bytes of a block, of which archives consist.
const BLOCK: usize = 512;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file with content.
    File,
    /// Another name of an entry before it.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
}

/// What an archive says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path as it is written there, not checked in any way.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Target of a link, not checked in any way.
    pub link: Vec<u8>,
    /// Permissions with set-user-id, set-group-id and sticky: the lower twelve bits of the mode.
    pub mode: u32,
    /// Number of its user.
    pub uid: u64,
    /// Number of its group.
    pub gid: u64,
    /// Modification time in seconds from 1970.
    pub mtime: i64,
    /// Further nanoseconds.
    pub nanoseconds: u32,
    /// Length of a file's content in bytes, holes included.
    pub size: u64,
    /// Extended attributes.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// The pieces of a sparse file that the archive holds, in order; the rest of it is holes. Absent for other files.
    pub pieces: Option<Vec<Piece>>,
}

impl Entry {
    /// An entry of user and group 0 at time 0, without content.
    pub fn new(path: impl Into<Vec<u8>>, kind: Kind, mode: u32) -> Self {
        Self {
            path: path.into(),
            kind,
            link: Vec::new(),
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            nanoseconds: 0,
            size: 0,
            xattrs: BTreeMap::new(),
            device: (0, 0),
            pieces: None,
        }
    }
}

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// It is none, or damaged, or uses what is not understood.
    #[error("at byte {offset} of the archive: {what}")]
    Malformed {
        /// Where the faulty header begins.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// It cannot be read or written at all.
    #[error(transparent)]
    Io(#[from] io::Error),
}
