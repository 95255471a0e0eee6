//! Layers, applied entry by entry.

use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::place::{self, Place, Root, parts};
use super::{Policy, Unpacked};
use crate::error::ImageError;
use crate::tar::{Entry, Kind, Reader};

/// What names begin with that remove what lower layers have.
const WHITEOUT: &[u8] = b".wh.";
/// The name that removes everything that lower layers have in its directory.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// What names begin with that some file systems leave behind.
const LEFT_BEHIND: &[u8] = b".wh..wh.";

/// What keeps an entry from being applied.
enum Stop {
    /// It must not be, for this reason.
    Refused(String),
    /// It cannot be.
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Errno> for Stop {
    fn from(error: Errno) -> Self {
        Self::Failed(error.into())
    }
}

impl From<&'static str> for Stop {
    fn from(why: &'static str) -> Self {
        Self::Refused(why.to_owned())
    }
}

/// Applies layers to a folder.
pub(super) struct Applier<'a> {
    root: Root,
    policy: &'a Policy,
    /// What this layer made, by directory and name: its whiteouts concern lower layers alone.
    made: HashSet<(u64, Vec<u8>)>,
    /// What directories are to be like in the end, by their number, with their path: until then they must be writable.
    directories: HashMap<u64, (Vec<u8>, Entry)>,
    buffer: Vec<u8>,
    done: Unpacked,
}

impl<'a> Applier<'a> {
    pub(super) fn new(folder: &Path, policy: &'a Policy) -> Result<Self, ImageError> {
        let root = Root::open(folder).map_err(ImageError::file("open", folder))?;
        // As runtimes make a root that no layer describes.
        let inode = number_of(root.as_fd()).map_err(ImageError::file("open", folder))?;
        let default = Entry::new("/", Kind::Directory, 0o755);
        Ok(Self {
            root,
            policy,
            made: HashSet::new(),
            directories: HashMap::from([(inode, (Vec::new(), default))]),
            buffer: vec![0; 128 << 10],
            done: Unpacked {
                owners: rustix::process::geteuid().is_root(),
                ..Unpacked::default()
            },
        })
    }

    pub(super) fn done(&self) -> &Unpacked {
        &self.done
    }

    pub(super) fn count_layer(&mut self, bytes: u64) {
        self.done.layers += 1;
        self.done.bytes += bytes;
    }

    /// Applies one layer.
    pub(super) fn layer(&mut self, name: &str, input: &mut dyn Read) -> Result<(), ImageError> {
        self.made.clear();
        let mut reader = Reader::new(input);
        while let Some(entry) = reader.next_entry().map_err(ImageError::archive(name))? {
            self.done.entries += 1;
            if self.done.entries > self.policy.entries {
                return Err(ImageError::Limit {
                    layer: name.to_owned(),
                    limit: self.policy.entries,
                    unit: "files",
                });
            }
            self.entry(&entry, &mut reader).map_err(|stop| ImageError::Refused {
                layer: name.to_owned(),
                path: String::from_utf8_lossy(&entry.path).into_owned(),
                why: match stop {
                    Stop::Refused(why) => why,
                    Stop::Failed(error) => format!("cannot be unpacked: {error}"),
                },
            })?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, content: &mut Reader<impl Read>) -> Result<(), Stop> {
        let path = parts(&entry.path)?;
        let Some((name, parents)) = path.split_last() else {
            return match entry.kind {
                Kind::Directory => self.remember(number_of(self.root.as_fd())?, Vec::new(), entry),
                _ => Err("would replace the root".into()),
            };
        };
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            return self.whiteout(parents, name, hidden);
        }
        let place = self.place(parents, name)?;
        match entry.kind {
            Kind::Directory => self.directory(&place, &path, entry)?,
            Kind::File => {
                self.clear(&place)?;
                self.file(&place, entry, content)?;
            }
            Kind::HardLink => self.hard_link(&place, entry)?,
            Kind::Symlink => {
                self.clear(&place)?;
                place.make_link(&entry.link)?;
                self.describe_link(&place, entry)?;
            }
            Kind::Fifo => self.special(&place, entry, FileType::Fifo)?,
            Kind::CharacterDevice | Kind::BlockDevice if !self.policy.devices => {
                return Err("is a device file".into());
            }
            Kind::CharacterDevice => self.special(&place, entry, FileType::CharacterDevice)?,
            Kind::BlockDevice => self.special(&place, entry, FileType::BlockDevice)?,
        }
        self.note(&place)
    }

    /// The place of a name in a directory, which is made if it is missing.
    fn place(&mut self, parents: &[&[u8]], name: &[u8]) -> Result<Place, Stop> {
        let (made, directories) = (&mut self.made, &mut self.directories);
        let mut depth = 0;
        let directory = self.root.directory_made(parents, &mut |place| {
            let inode = number_of(place.open_directory()?.as_fd())?;
            made.insert((number_of(place.directory.as_fd())?, place.name.to_bytes().to_vec()));
            depth += 1;
            let default = Entry::new("", Kind::Directory, 0o755);
            directories.insert(inode, (Vec::new(), default));
            Ok(())
        })?;
        if depth > 0 {
            // Their paths, for the end: the lowest is the one just made.
            for missing in 0..depth {
                let path = parents.get(..parents.len() - missing).unwrap_or_default();
                let inode = number_of(self.root.directory(path)?.as_fd())?;
                if let Some((known, _)) = self.directories.get_mut(&inode) {
                    *known = path.join(&b'/');
                }
            }
        }
        Ok(Place {
            directory,
            name: CString::new(name).map_err(io::Error::from)?,
        })
    }

    /// Remembers that this layer made the name.
    fn note(&mut self, place: &Place) -> Result<(), Stop> {
        let parent = number_of(place.directory.as_fd())?;
        self.made.insert((parent, place.name.to_bytes().to_vec()));
        Ok(())
    }

    fn remember(&mut self, inode: u64, path: Vec<u8>, entry: &Entry) -> Result<(), Stop> {
        self.directories.insert(inode, (path, entry.clone()));
        Ok(())
    }

    /// Removes what is at the place.
    fn clear(&mut self, place: &Place) -> Result<(), Stop> {
        let directories = &mut self.directories;
        Ok(place.remove(&mut |inode| drop(directories.remove(&inode)))?)
    }

    fn whiteout(&mut self, parents: &[&[u8]], name: &[u8], hidden: &[u8]) -> Result<(), Stop> {
        let opaque = name == OPAQUE;
        if name.starts_with(LEFT_BEHIND) && !opaque {
            return Ok(());
        }
        if matches!(hidden, b"" | b"." | b"..") {
            return Err("would remove a directory from within".into());
        }
        let Some(directory) = self.if_there(parents)? else {
            return Ok(());
        };
        let (made, directories) = (&self.made, &mut self.directories);
        let kept = |directory: u64, name: &[u8]| made.contains(&(directory, name.to_vec()));
        let mut removed = |inode| drop(directories.remove(&inode));
        if opaque {
            place::empty_unless(directory, &kept, &mut removed)?;
        } else {
            let name = CString::new(hidden).map_err(io::Error::from)?;
            Place { directory, name }.remove_unless(&kept, &mut removed)?;
        }
        Ok(())
    }

    /// The directory, if it is there: to remove something where there is nothing is no error.
    fn if_there(&self, parents: &[&[u8]]) -> Result<Option<OwnedFd>, Stop> {
        match self.root.directory(parents) {
            Ok(directory) => Ok(Some(directory)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn directory(&mut self, place: &Place, path: &[&[u8]], entry: &Entry) -> Result<(), Stop> {
        let there = place.status()?;
        let is_directory = there.is_some_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::Directory);
        if !is_directory {
            self.clear(place)?;
            place.make_directory()?;
        }
        let inode = number_of(place.open_directory()?.as_fd())?;
        self.remember(inode, path.join(&b'/'), entry)
    }

    fn file(&mut self, place: &Place, entry: &Entry, content: &mut Reader<impl Read>) -> Result<(), Stop> {
        if entry.size > self.policy.bytes {
            return Err(Stop::Refused(format!(
                "is {} bytes long, more than the limit",
                entry.size
            )));
        }
        let mut file = place.make_file()?;
        match &entry.pieces {
            None => copy(content, &mut file, u64::MAX, &mut self.buffer)?,
            Some(pieces) => {
                for piece in pieces {
                    file.seek(SeekFrom::Start(piece.offset))?;
                    copy(content, &mut file, piece.length, &mut self.buffer)?;
                }
                file.set_len(entry.size)?;
            }
        }
        self.describe(file.as_fd(), entry)
    }

    fn hard_link(&mut self, place: &Place, entry: &Entry) -> Result<(), Stop> {
        let target = parts(&entry.link)?;
        let Some((name, parents)) = target.split_last() else {
            return Err("is another name of the root".into());
        };
        let target = Place {
            directory: self.root.directory(parents)?,
            name: CString::new(*name).map_err(io::Error::from)?,
        };
        let Some(original) = target.status()? else {
            return Err("is another name of a file that is not there".into());
        };
        if FileType::from_raw_mode(original.st_mode) == FileType::Directory {
            return Err("is another name of a directory".into());
        }
        // To replace a file by itself would remove it.
        if place.status()?.is_some_and(|s| s.st_ino == original.st_ino) {
            return Ok(());
        }
        self.clear(place)?;
        Ok(place.make_name_of(&target)?)
    }

    fn special(&mut self, place: &Place, entry: &Entry, kind: FileType) -> Result<(), Stop> {
        self.clear(place)?;
        place.make_special(kind, entry.device)?;
        self.describe_link(place, entry)?;
        let mode = self.mode(entry);
        // What was just made is no link, and nobody else may enter the folder.
        Ok(rustix::fs::chmodat(
            &place.directory,
            &place.name,
            mode,
            AtFlags::empty(),
        )?)
    }

    /// Owner and time of what cannot or should not be opened.
    fn describe_link(&mut self, place: &Place, entry: &Entry) -> Result<(), Stop> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        if let Some((user, group)) = self.owner(entry)? {
            rustix::fs::chownat(&place.directory, &place.name, Some(user), Some(group), flags)?;
        }
        Ok(rustix::fs::utimensat(
            &place.directory,
            &place.name,
            &times(entry),
            flags,
        )?)
    }

    /// Owner, mode, attributes and time, in an order in which none undoes another.
    fn describe(&mut self, file: BorrowedFd<'_>, entry: &Entry) -> Result<(), Stop> {
        if let Some((user, group)) = self.owner(entry)? {
            rustix::fs::fchown(file, Some(user), Some(group))?;
        }
        let mode = self.mode(entry);
        rustix::fs::fchmod(file, mode)?;
        for (name, value) in &entry.xattrs {
            if name.starts_with(b"user.") || (name == b"security.capability" && self.policy.privileges) {
                match rustix::fs::fsetxattr(file, name.as_slice(), value, XattrFlags::empty()) {
                    Ok(()) => continue,
                    // The file system knows none, or we may not.
                    Err(Errno::NOTSUP | Errno::PERM) => {}
                    Err(error) => return Err(error.into()),
                }
            } else if name == b"security.capability" {
                self.done.privileges_left_out += 1;
                continue;
            }
            let name = String::from_utf8_lossy(name).into_owned();
            *self.done.attributes_left_out.entry(name).or_default() += 1;
        }
        Ok(rustix::fs::futimens(file, &times(entry))?)
    }

    fn owner(&self, entry: &Entry) -> Result<Option<(Uid, Gid)>, Stop> {
        // The last number means "no change" to the kernel.
        let number = |n: u64| u32::try_from(n).ok().filter(|n| *n != u32::MAX);
        match (number(entry.uid), number(entry.gid)) {
            (Some(user), Some(group)) => Ok(self.done.owners.then(|| (Uid::from_raw(user), Gid::from_raw(group)))),
            _ => Err("belongs to a user that cannot be".into()),
        }
    }

    fn mode(&mut self, entry: &Entry) -> Mode {
        let mut mode = entry.mode;
        // On a directory the set-group-id bit only says whose new files are.
        let privileges = if entry.kind == Kind::Directory { 0o4000 } else { 0o6000 };
        if !self.policy.privileges && mode & privileges != 0 {
            mode &= !privileges;
            self.done.privileges_left_out += 1;
        }
        Mode::from_raw_mode(mode)
    }

    /// Makes directories what they should be, deepest first.
    pub(super) fn finish(mut self) -> Result<Unpacked, ImageError> {
        let mut directories: Vec<_> = std::mem::take(&mut self.directories).into_iter().collect();
        directories.sort_by(|(_, (a, _)), (_, (b, _))| b.cmp(a));
        for (inode, (path, entry)) in directories {
            let described = self.finish_directory(inode, &path, &entry);
            described.map_err(|stop| ImageError::Refused {
                layer: "the image".to_owned(),
                path: String::from_utf8_lossy(&path).into_owned(),
                why: match stop {
                    Stop::Refused(why) => why,
                    Stop::Failed(error) => format!("cannot be finished: {error}"),
                },
            })?;
        }
        Ok(self.done)
    }

    fn finish_directory(&mut self, inode: u64, path: &[u8], entry: &Entry) -> Result<(), Stop> {
        // A link that came later may lead elsewhere or nowhere.
        let Some(directory) = self.if_there(&parts(path)?)? else {
            return Ok(());
        };
        if number_of(directory.as_fd())? != inode {
            return Ok(());
        }
        self.describe(directory.as_fd(), entry)
    }
}

fn number_of(file: BorrowedFd<'_>) -> io::Result<u64> {
    Ok(rustix::fs::fstat(file)?.st_ino)
}

fn times(entry: &Entry) -> Timestamps {
    let time = Timespec {
        tv_sec: entry.mtime,
        tv_nsec: entry.nanoseconds.into(),
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}

/// Copies at most so many bytes.
fn copy(from: &mut impl Read, to: &mut impl Write, mut left: u64, buffer: &mut [u8]) -> io::Result<()> {
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let chunk = buffer.get_mut(..most).unwrap_or_default();
        let read = from.read(chunk)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(chunk.get(..read).unwrap_or_default())?;
        left -= read as u64;
    }
    Ok(())
}
