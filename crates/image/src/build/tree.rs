//! Trees of files that become layers.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::error::ImageError;
use crate::tar::{Entry, Kind};

/// Extended attributes that belong to a file wherever it is; others describe the host that it is on.
const KEPT_ATTRIBUTES: [&[u8]; 2] = [b"user.", b"security.capability"];

/// Whose a tree's files are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// User and group 0, whoever the files belong to here: so it does not matter who builds.
    #[default]
    Root,
    /// Those that the files belong to here.
    Kept,
}

/// Files by their path, without a slash at either end: a directory's path comes before those in it.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<Vec<u8>, (Entry, Content)>,
}

/// Where a file's content comes from.
#[derive(Debug)]
enum Content {
    None,
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Tree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything in a directory. Times are left out. Hard links stay if both ends are in it.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is a device or socket.
    pub fn of_directory(root: &Path, owner: Owner) -> Result<Self, ImageError> {
        let mut tree = Self::new();
        let mut pending = vec![(root.to_owned(), Vec::new())];
        while let Some((directory, prefix)) = pending.pop() {
            for entry in fs::read_dir(&directory).map_err(ImageError::file("read", &directory))? {
                let entry = entry.map_err(ImageError::file("read", &directory))?;
                let name = [prefix.as_slice(), entry.file_name().as_bytes()].concat();
                let metadata = entry.metadata().map_err(ImageError::file("read", entry.path()))?;
                if metadata.is_dir() {
                    pending.push((entry.path(), [&name, &b"/"[..]].concat()));
                }
                tree.add(&entry.path(), name, &metadata, owner)?;
            }
        }
        tree.join_links()?;
        Ok(tree)
    }

    fn add(&mut self, path: &Path, name: Vec<u8>, metadata: &Metadata, owner: Owner) -> Result<(), ImageError> {
        let kind = metadata.file_type();
        let refuse = |why| ImageError::Unpackable {
            path: path.to_owned(),
            why,
        };
        let (kind, content) = if kind.is_dir() {
            (Kind::Directory, Content::None)
        } else if kind.is_file() {
            (Kind::File, Content::File(path.to_owned()))
        } else if kind.is_symlink() {
            (Kind::Symlink, Content::None)
        } else if kind.is_fifo() {
            (Kind::Fifo, Content::None)
        } else if kind.is_socket() {
            return Err(refuse("it is a socket"));
        } else {
            return Err(refuse("it is a device"));
        };
        let mut entry = Entry::new(name.clone(), kind, metadata.mode() & 0o7777);
        if owner == Owner::Kept {
            (entry.uid, entry.gid) = (metadata.uid().into(), metadata.gid().into());
        }
        match kind {
            Kind::File => entry.size = metadata.len(),
            Kind::Symlink => {
                let target = fs::read_link(path).map_err(ImageError::file("read", path))?;
                entry.link = target.as_os_str().as_bytes().to_vec();
                // The kernel knows no permissions of links; what it shows differs between file systems.
                entry.mode = 0o777;
            }
            _ => {}
        }
        if kind != Kind::Symlink {
            entry.xattrs = attributes(path).map_err(ImageError::file("read attributes of", path))?;
        }
        self.nodes.insert(name, (entry, content));
        Ok(())
    }

    /// Makes every further name of a file a link to its first.
    fn join_links(&mut self) -> Result<(), ImageError> {
        let mut first: BTreeMap<(u64, u64), Vec<u8>> = BTreeMap::new();
        for (name, (entry, content)) in &mut self.nodes {
            let Content::File(path) = content else { continue };
            let metadata = fs::symlink_metadata(&*path).map_err(ImageError::file("read", &*path))?;
            if metadata.nlink() < 2 {
                continue;
            }
            match first.get(&(metadata.dev(), metadata.ino())) {
                None => drop(first.insert((metadata.dev(), metadata.ino()), name.clone())),
                Some(target) => {
                    (entry.kind, entry.link, entry.size) = (Kind::HardLink, target.clone(), 0);
                    entry.xattrs.clear();
                    *content = Content::None;
                }
            }
        }
        Ok(())
    }

    /// Adds a file of these bytes, and the directories above it.
    pub fn file(&mut self, path: &str, mode: u32, bytes: Vec<u8>) {
        self.parents(path);
        let mut entry = Entry::new(path, Kind::File, mode);
        entry.size = bytes.len() as u64;
        self.nodes.insert(path.into(), (entry, Content::Bytes(bytes)));
    }

    /// Adds a directory, and those above it.
    pub fn directory(&mut self, path: &str, mode: u32) {
        self.parents(path);
        let entry = Entry::new(path, Kind::Directory, mode);
        self.nodes.insert(path.into(), (entry, Content::None));
    }

    fn parents(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            let parent = path.get(..at).unwrap_or_default();
            let directory = || (Entry::new(parent, Kind::Directory, 0o755), Content::None);
            self.nodes.entry(parent.into()).or_insert_with(directory);
        }
    }

    /// Whether there is a file at the path.
    pub fn has(&self, path: &str) -> bool {
        self.nodes.contains_key(path.as_bytes())
    }

    /// Every file with its content, in order.
    ///
    /// # Errors
    ///
    /// What `take` gives, or a file that cannot be opened.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(&Entry, &mut dyn Read) -> Result<(), ImageError>,
    ) -> Result<(), ImageError> {
        for (entry, content) in self.nodes.values() {
            match content {
                Content::None => take(entry, &mut io::empty())?,
                Content::Bytes(bytes) => take(entry, &mut bytes.as_slice())?,
                Content::File(path) => take(entry, &mut open(path).map_err(ImageError::file("read", path))?)?,
            }
        }
        Ok(())
    }
}

/// Opens a file that was none of a link a moment ago, and must still be none.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

fn attributes(path: &Path) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut names = vec![0; 64 << 10];
    let length = match rustix::fs::llistxattr(path, names.as_mut_slice()) {
        Ok(length) => length,
        Err(rustix::io::Errno::NOTSUP) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    names.truncate(length);
    let kept = |name: &&[u8]| KEPT_ATTRIBUTES.iter().any(|kept| name.starts_with(kept));
    let mut attributes = BTreeMap::new();
    for name in names.split(|b| *b == 0).filter(kept) {
        let mut value = vec![0; 64 << 10];
        let length = rustix::fs::lgetxattr(path, name, value.as_mut_slice())?;
        value.truncate(length);
        attributes.insert(name.to_vec(), value);
    }
    Ok(attributes)
}
