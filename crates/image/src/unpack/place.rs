//! Files below a folder, reached without leaving it.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

/// How paths are resolved: as if the folder were the root, and through no link of the kernel's own.
const WITHIN: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
/// How often the kernel is asked again after a rename elsewhere disturbed it.
const PATIENCE: u32 = 16;

/// A folder that is taken as the root.
pub(super) struct Root(OwnedFd);

/// A place for a file: its directory and its name there.
pub(super) struct Place {
    pub(super) directory: OwnedFd,
    pub(super) name: CString,
}

/// The parts of a path as it stands in an archive. An empty list is the root itself.
pub(super) fn parts(path: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let parts: Vec<_> = path
        .split(|b| *b == b'/')
        .filter(|p| !p.is_empty() && *p != b".")
        .collect();
    match parts.contains(&&b".."[..]) {
        true => Err("leads out of its directory"),
        false => Ok(parts),
    }
}

impl Root {
    pub(super) fn open(path: &std::path::Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(CWD, path, directory_flags(), Mode::empty())?))
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// The directory at the path, through links within the root.
    pub(super) fn directory(&self, parts: &[&[u8]]) -> io::Result<OwnedFd> {
        let path = if parts.is_empty() {
            b".".to_vec()
        } else {
            parts.join(&b'/')
        };
        for _ in 0..PATIENCE {
            match rustix::fs::openat2(&self.0, path.as_slice(), directory_flags(), Mode::empty(), WITHIN) {
                Err(Errno::AGAIN) => {}
                result => return Ok(result?),
            }
        }
        Err(Errno::AGAIN.into())
    }

    /// The regular file at the path, through links within the root. Others would make the reader wait, or worse.
    pub(super) fn file(&self, path: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(rustix::fs::openat2(&self.0, path, flags, Mode::empty(), WITHIN)?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// The directory at the path; those that are missing are made, and `made` is called with each.
    pub(super) fn directory_made(
        &self,
        parts: &[&[u8]],
        made: &mut impl FnMut(&Place) -> io::Result<()>,
    ) -> io::Result<OwnedFd> {
        // From the nearest directory that is there downward, as most are there.
        let mut depth = parts.len();
        let mut directory = loop {
            match self.directory(parts.get(..depth).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && depth > 0 => depth -= 1,
                result => break result?,
            }
        };
        for part in parts.get(depth..).unwrap_or_default() {
            let place = Place {
                directory,
                name: CString::new(*part)?,
            };
            // A link to nothing stands where the directory should be: it is an obstacle like a file.
            place.make_directory()?;
            made(&place)?;
            directory = place.open_directory()?;
        }
        Ok(directory)
    }
}

fn directory_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
}

impl Place {
    /// What is there, of a link the link itself; `None` if nothing is.
    pub(super) fn status(&self) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(status)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn make_directory(&self) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.directory, &self.name, Mode::RWXU)?)
    }

    pub(super) fn open_directory(&self) -> io::Result<OwnedFd> {
        let flags = directory_flags() | OFlags::NOFOLLOW;
        Ok(rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty())?)
    }

    /// A new file; something that is there is an error.
    pub(super) fn make_file(&self) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::openat(&self.directory, &self.name, flags, mode)?.into())
    }

    pub(super) fn make_link(&self, target: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.directory, &self.name)?)
    }

    /// Another name here for what is at the other place, of a link the link itself.
    pub(super) fn make_name_of(&self, other: &Self) -> io::Result<()> {
        let flags = AtFlags::empty();
        Ok(rustix::fs::linkat(
            &other.directory,
            &other.name,
            &self.directory,
            &self.name,
            flags,
        )?)
    }

    /// A device or named pipe.
    pub(super) fn make_special(&self, kind: FileType, (major, minor): (u32, u32)) -> io::Result<()> {
        let device = rustix::fs::makedev(major, minor);
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::mknodat(&self.directory, &self.name, kind, mode, device)?)
    }

    /// Removes what is there, all that it holds included, and calls `removed` with every directory.
    pub(super) fn remove(&self, removed: &mut impl FnMut(u64)) -> io::Result<()> {
        self.remove_unless(&|_, _| false, removed).map(drop)
    }

    /// Removes what is there as far as `kept`, asked with the number of the directory and the name, allows. Returns whether it
    /// is gone.
    pub(super) fn remove_unless(
        &self,
        kept: &impl Fn(u64, &[u8]) -> bool,
        removed: &mut impl FnMut(u64),
    ) -> io::Result<bool> {
        let Some(status) = self.status()? else {
            return Ok(true);
        };
        let parent = rustix::fs::fstat(&self.directory)?.st_ino;
        let keep = kept(parent, self.name.to_bytes());
        if FileType::from_raw_mode(status.st_mode) != FileType::Directory {
            if !keep {
                rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty())?;
            }
            return Ok(!keep);
        }
        let empty = self.empty_unless(kept, removed)?;
        if keep || !empty {
            return Ok(false);
        }
        rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::REMOVEDIR)?;
        removed(status.st_ino);
        Ok(true)
    }

    fn empty_unless(&self, kept: &impl Fn(u64, &[u8]) -> bool, removed: &mut impl FnMut(u64)) -> io::Result<bool> {
        empty_unless(self.open_directory()?, kept, removed)
    }
}

/// Removes what is in the directory as far as `kept` allows; whether it is empty then.
pub(super) fn empty_unless(
    directory: OwnedFd,
    kept: &impl Fn(u64, &[u8]) -> bool,
    removed: &mut impl FnMut(u64),
) -> io::Result<bool> {
    // All names first: what is removed while a directory is read may hide the rest of it.
    let mut names = Vec::new();
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    let mut place = Place {
        directory,
        name: CString::default(),
    };
    let mut empty = true;
    for name in names {
        place.name = name;
        empty &= place.remove_unless(kept, removed)?;
    }
    Ok(empty)
}
