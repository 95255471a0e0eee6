//! Root file systems of images, unpacked once and kept by digest for runs to look at; nobody writes to them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::ImageError;
use crate::store::{Image, Store};
use crate::unpack::{Policy, read_inside, unpack};

/// Bytes of a file with users or groups that are read.
const ACCOUNTS_MAX: u64 = 1 << 20;
/// What names of locks end with.
const LOCK: &str = ".lock";

/// A folder with root file systems.
#[derive(Clone, Debug)]
pub struct Roots {
    folder: PathBuf,
}

/// The root file system of an image. It is there at least as long as this is.
#[derive(Debug)]
pub struct ImageRoot {
    /// Where its files are.
    pub folder: PathBuf,
    /// Digest of the image's manifest.
    pub digest: Digest,
    _lock: File,
}

/// Who a container's process is, by the image's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Folder of the user's own, if the image says one.
    pub home: Option<String>,
}

impl Roots {
    /// The folder, which is made if it is missing. Others may enter it, as the users that workloads are have to, but neither
    /// list nor change it.
    ///
    /// # Errors
    ///
    /// It cannot be made, or belongs to somebody else.
    pub fn create(folder: &Path) -> Result<Self, ImageError> {
        let failed = ImageError::file("make", folder);
        let made = || {
            DirBuilder::new().mode(0o711).recursive(true).create(folder)?;
            let found = fs::symlink_metadata(folder)?;
            if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
                return Err(io::Error::other("it does not belong to this user alone"));
            }
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711))
        };
        made().map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The root file system of the image, unpacked if it was not before: every layer's digest is checked then, and nothing of
    /// it gives privileges.
    ///
    /// # Errors
    ///
    /// The image cannot be unpacked.
    pub fn of(&self, store: &Store, image: &Image) -> Result<ImageRoot, ImageError> {
        let digest = image.descriptor.digest;
        let folder = self.folder.join(digest.hex());
        let place = self.folder.join(digest.hex() + LOCK);
        let failed = |error| ImageError::file("lock", &place)(error);
        let lock = open(&place).map_err(failed)?;
        lock.lock_shared().map_err(failed)?;
        if !folder.is_dir() {
            // One of several that start at once unpacks it. Between the two locks anything may happen, a removal too.
            lock.lock().map_err(failed)?;
            if !folder.is_dir() {
                unpack(store, image, &folder, &Policy::default())?;
                // The user that a workload is has to come in, whatever the image says of its own root.
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&folder, mode).map_err(ImageError::file("open", &folder))?;
            }
            lock.lock_shared().map_err(failed)?;
        }
        Ok(ImageRoot {
            folder,
            digest,
            _lock: lock,
        })
    }

    /// Removes the root file systems that no run uses, and returns their number.
    ///
    /// # Errors
    ///
    /// One of them cannot be removed.
    pub fn collect(&self) -> Result<u64, ImageError> {
        let entries = fs::read_dir(&self.folder).map_err(ImageError::file("read", &self.folder))?;
        let mut removed = 0;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(digest) = name.strip_suffix(LOCK) else {
                continue;
            };
            let lock = open(&entry.path()).map_err(ImageError::file("lock", &entry.path()))?;
            let folder = self.folder.join(digest);
            // The lock stays: somebody may be waiting for it.
            if lock.try_lock().is_ok() && folder.is_dir() {
                fs::remove_dir_all(&folder).map_err(ImageError::file("remove", &folder))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl ImageRoot {
    /// Who `USER[:GROUP]` is, by number or by name in the image's own files; nothing is user 0.
    ///
    /// # Errors
    ///
    /// The image does not know the name.
    pub fn account(&self, text: &str) -> Result<Account, ImageError> {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        let users = self.accounts("etc/passwd");
        let wrong = |name: &str| ImageError::Document {
            what: self.digest.to_string(),
            why: format!("it is to be run as `{text}`, and has no account `{name}`"),
        };
        let number = |lines: &[Vec<String>], name: &str| {
            let known = lines.iter().find(|line| line.first().is_some_and(|own| own == name));
            let known = known.and_then(|line| line.get(2)?.parse().ok());
            name.parse().ok().or(known).ok_or_else(|| wrong(name))
        };
        let uid: u32 = if user.is_empty() { 0 } else { number(&users, user)? };
        let own = users
            .iter()
            .find(|line| line.get(2).and_then(|number| number.parse().ok()) == Some(uid));
        let gid = match group {
            "" => own.and_then(|line| line.get(3)?.parse().ok()).unwrap_or(0),
            group => number(&self.accounts("etc/group"), group)?,
        };
        let home = own.and_then(|line| line.get(5).filter(|home| home.starts_with('/')).cloned());
        Ok(Account { uid, gid, home })
    }

    /// Lines of a file with accounts, by field; none if it cannot be read.
    fn accounts(&self, path: &str) -> Vec<Vec<String>> {
        let bytes = read_inside(&self.folder, path, ACCOUNTS_MAX).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let fields = |line: &str| line.split(':').map(str::to_owned).collect();
        text.lines().map(fields).collect()
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path)
}
