//! Where images are kept: an OCI image layout in a folder, which is a content store and any other program's input at once.
//!
//! Blobs are named by their digest and checked while they are written; they appear whole or not at all. `index.json` names
//! what is to be kept; [`Store::collect`] removes the rest. Writers hold a shared lock on `blobs`, the collector an exclusive
//! one; `index.json` is changed under a lock on the folder itself.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::{Digest, Hashed};
use crate::error::ImageError;
use crate::model::{Config, Descriptor, Index, Manifest, NAME, Platform, media};

/// The greatest document that is read: manifests, indices and configurations. Registries refuse greater ones.
pub const DOCUMENT_MAX: u64 = 4 << 20;
/// How deep indices may stand in indices.
const DEPTH_MAX: u32 = 4;
/// What names of unfinished blobs begin with.
const PARTIAL: &str = ".partial-";
/// What marks a folder as an image layout.
const MARK: &str = "{\"imageLayoutVersion\":\"1.0.0\"}";

/// A folder with images.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// One image that was found for a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where its manifest is.
    pub descriptor: Descriptor,
    /// The manifest.
    pub manifest: Manifest,
    /// The configuration; absent for an artifact that has another kind of it.
    pub config: Option<Config>,
}

/// What collecting removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Blobs that nothing names any more, and unfinished ones.
    pub removed: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that are kept.
    pub kept: u64,
}

impl Store {
    /// The store in the folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or holds something else.
    pub fn create(root: &Path) -> Result<Self, ImageError> {
        let store = Self { root: root.to_owned() };
        if root.join("oci-layout").exists() {
            return Self::open(root);
        }
        let mut entries = match fs::read_dir(root) {
            Ok(entries) => entries.peekable(),
            Err(_) => return store.make().map(|()| store),
        };
        if entries.peek().is_some() {
            return Err(ImageError::Layout {
                path: root.to_owned(),
                why: "it holds other files".to_owned(),
            });
        }
        store.make().map(|()| store)
    }

    fn make(&self) -> Result<(), ImageError> {
        let blobs = self.root.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(ImageError::file("make", &blobs))?;
        self.replace("index.json", &json(&Index::new(Vec::new()), "index.json")?)?;
        self.replace("oci-layout", MARK.as_bytes())
    }

    /// The store or image layout in the folder.
    ///
    /// # Errors
    ///
    /// The folder holds none.
    pub fn open(root: &Path) -> Result<Self, ImageError> {
        let wrong = |why: String| ImageError::Layout {
            path: root.to_owned(),
            why,
        };
        let mark =
            read_at_most(&root.join("oci-layout"), DOCUMENT_MAX).map_err(|e| wrong(format!("oci-layout: {e}")))?;
        let mark: serde_json::Value = serde_json::from_slice(&mark).map_err(|e| wrong(format!("oci-layout: {e}")))?;
        match mark.get("imageLayoutVersion").and_then(|v| v.as_str()) {
            Some(version) if version.starts_with("1.") => Ok(Self { root: root.to_owned() }),
            other => Err(wrong(format!("version {other:?} of layouts is not understood"))),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the blob is or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs/sha256").join(digest.hex())
    }

    /// What is kept, by name.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn index(&self) -> Result<Index, ImageError> {
        let path = self.root.join("index.json");
        let bytes = read_at_most(&path, DOCUMENT_MAX).map_err(ImageError::file("read", &path))?;
        document(&bytes, "index.json")
    }

    /// The entry of that name; without a name the only entry.
    ///
    /// # Errors
    ///
    /// There is none, or the name is needed.
    pub fn named(&self, name: Option<&str>) -> Result<Descriptor, ImageError> {
        let entries = self.index()?.manifests;
        let found = match (name, entries.as_slice()) {
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
            (Some(name), _) => {
                let digest = Digest::parse(name);
                entries
                    .iter()
                    .find(|e| e.name() == Some(name) || Some(e.digest) == digest)
                    .cloned()
            }
        };
        let names = || {
            entries
                .iter()
                .map(|e| e.name().map_or_else(|| e.digest.to_string(), str::to_owned))
        };
        found.ok_or_else(|| ImageError::Missing {
            name: name.unwrap_or("(without a name)").to_owned(),
            available: names().collect(),
        })
    }

    /// A blob, opened; its digest is for the reader to check.
    ///
    /// # Errors
    ///
    /// It is not there, or is not as long as its descriptor says.
    pub fn blob(&self, descriptor: &Descriptor) -> Result<File, ImageError> {
        let path = self.path(&descriptor.digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ImageError::Absent {
                    digest: descriptor.digest,
                    store: self.root.clone(),
                });
            }
            Err(error) => return Err(ImageError::file("open", path)(error)),
        };
        let length = file.metadata().map_err(ImageError::file("open", path))?.len();
        if length != descriptor.size {
            return Err(ImageError::Digest {
                expected: format!("{} of {} bytes", descriptor.digest, descriptor.size),
                found: format!("{length} bytes long"),
            });
        }
        Ok(file)
    }

    /// A small blob, checked.
    ///
    /// # Errors
    ///
    /// It is not there, greater than [`DOCUMENT_MAX`], or damaged.
    pub fn read(&self, descriptor: &Descriptor) -> Result<Vec<u8>, ImageError> {
        if descriptor.size > DOCUMENT_MAX {
            return Err(ImageError::Limit {
                layer: descriptor.digest.to_string(),
                limit: DOCUMENT_MAX,
                unit: "bytes for a document",
            });
        }
        let mut bytes = Vec::new();
        let file = self.blob(descriptor)?;
        let read = file.take(DOCUMENT_MAX + 1).read_to_end(&mut bytes);
        read.map_err(ImageError::file("read", self.path(&descriptor.digest)))?;
        check(descriptor, Digest::of(&bytes), bytes.len() as u64)?;
        Ok(bytes)
    }

    /// A document, checked and decoded.
    ///
    /// # Errors
    ///
    /// As [`Store::read`], and what is wrong with it.
    pub fn document<T: DeserializeOwned>(&self, descriptor: &Descriptor) -> Result<T, ImageError> {
        document(&self.read(descriptor)?, &descriptor.digest.to_string())
    }

    /// The image of the entry that serves the platform.
    ///
    /// # Errors
    ///
    /// There is none, or its documents cannot be read.
    pub fn image(&self, entry: &Descriptor, platform: &Platform) -> Result<Image, ImageError> {
        let mut available = Vec::new();
        self.find(entry, platform, DEPTH_MAX, &mut available)?
            .ok_or_else(|| ImageError::Missing {
                name: format!("{} for {platform}", entry.name().unwrap_or("without a name")),
                available,
            })
    }

    fn find(
        &self,
        entry: &Descriptor,
        platform: &Platform,
        depth: u32,
        available: &mut Vec<String>,
    ) -> Result<Option<Image>, ImageError> {
        if !media::is_index(&entry.media_type) {
            return self.manifest(entry).map(Some);
        }
        if depth == 0 {
            return Err(ImageError::Document {
                what: entry.digest.to_string(),
                why: "indices stand in indices too deep".to_owned(),
            });
        }
        for inner in self.document::<Index>(entry)?.manifests {
            match &inner.platform {
                Some(own) if !own.serves(platform) => available.push(own.to_string()),
                _ if media::is_index(&inner.media_type) || media::is_manifest(&inner.media_type) => {
                    let found = self.find(&inner, platform, depth - 1, available)?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn manifest(&self, entry: &Descriptor) -> Result<Image, ImageError> {
        let manifest: Manifest = self.document(entry)?;
        let config = match manifest.config.media_type.as_str() {
            media::WASM_CONFIG => None,
            _ => Some(self.document(&manifest.config)?),
        };
        Ok(Image {
            descriptor: entry.clone(),
            manifest,
            config,
        })
    }

    /// Begins to add to the store. Nothing is collected before the returned value is dropped.
    ///
    /// # Errors
    ///
    /// The store is being collected, or cannot be written.
    pub fn begin(&self) -> Result<Ingest<'_>, ImageError> {
        let lock = self.lock("blobs", FlockOperation::NonBlockingLockShared)?;
        Ok(Ingest {
            store: self,
            _lock: lock,
        })
    }

    fn lock(&self, what: &str, operation: FlockOperation) -> Result<File, ImageError> {
        let path = self.root.join(what);
        let file = File::open(&path).map_err(ImageError::file("open", &path))?;
        match flock(&file, operation) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(ImageError::InUse {
                path: self.root.clone(),
            }),
            Err(error) => Err(ImageError::file("lock", path)(error.into())),
        }
    }

    /// Writes a file whole or not at all.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), ImageError> {
        let path = self.root.join(name);
        let partial = self.root.join(partial_name());
        let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(&partial);
            ImageError::file("write", &path)(error)
        })
    }

    fn change_index(&self, change: impl FnOnce(&mut Vec<Descriptor>)) -> Result<(), ImageError> {
        let _lock = self.lock("", FlockOperation::LockExclusive)?;
        let mut index = self.index()?;
        change(&mut index.manifests);
        index
            .manifests
            .sort_by(|a, b| (a.name(), a.digest).cmp(&(b.name(), b.digest)));
        self.replace("index.json", &json(&index, "index.json")?)
    }

    /// Takes a name away. What only it named is removed by the next collection.
    ///
    /// # Errors
    ///
    /// There is no such name, or the store cannot be written.
    pub fn forget(&self, name: &str) -> Result<Descriptor, ImageError> {
        let entry = self.named(Some(name))?;
        self.change_index(|entries| entries.retain(|e| *e != entry))?;
        Ok(entry)
    }

    /// Removes every blob that nothing named reaches, and unfinished ones. A document that cannot be read stops the
    /// collection: what it names is not known.
    ///
    /// # Errors
    ///
    /// The store is in use or damaged.
    pub fn collect(&self) -> Result<Collected, ImageError> {
        let _lock = self.lock("blobs", FlockOperation::NonBlockingLockExclusive)?;
        let mut kept = BTreeSet::new();
        for entry in self.index()?.manifests {
            self.reach(&entry, DEPTH_MAX + 1, &mut kept)?;
        }
        let folder = self.root.join("blobs/sha256");
        let failed = |e| ImageError::file("read", &folder)(e);
        let mut collected = Collected::default();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let digest = Digest::parse_hex(&name);
            match digest {
                Some(digest) if kept.contains(&digest) => collected.kept += 1,
                // Files that are no blobs are not ours.
                None if !name.starts_with(PARTIAL) => {}
                _ => {
                    collected.bytes += entry.metadata().map_err(failed)?.len();
                    fs::remove_file(entry.path()).map_err(ImageError::file("remove", entry.path()))?;
                    collected.removed += 1;
                }
            }
        }
        Ok(collected)
    }

    /// Everything that the entry needs, of what is there: an index may name images that were not fetched.
    fn reach(&self, entry: &Descriptor, depth: u32, reached: &mut BTreeSet<Digest>) -> Result<(), ImageError> {
        if depth == 0 || !reached.insert(entry.digest) || !self.path(&entry.digest).exists() {
            return Ok(());
        }
        if media::is_index(&entry.media_type) {
            for inner in self.document::<Index>(entry)?.manifests {
                self.reach(&inner, depth - 1, reached)?;
            }
        } else if media::is_manifest(&entry.media_type) {
            let manifest: Manifest = self.document(entry)?;
            reached.insert(manifest.config.digest);
            reached.extend(manifest.layers.iter().map(|l| l.digest));
        }
        Ok(())
    }
}

/// Adds to a store.
#[derive(Debug)]
pub struct Ingest<'a> {
    store: &'a Store,
    _lock: File,
}

impl Ingest<'_> {
    /// The store.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// Whether the blob is there already, with its length.
    pub fn has(&self, descriptor: &Descriptor) -> bool {
        fs::metadata(self.store.path(&descriptor.digest)).is_ok_and(|m| m.len() == descriptor.size)
    }

    /// A new blob to write to.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn blob(&self) -> Result<BlobWriter, ImageError> {
        let folder = self.store.root.join("blobs/sha256");
        let path = folder.join(partial_name());
        let file = File::create_new(&path).map_err(ImageError::file("make", &path))?;
        Ok(BlobWriter {
            hashed: Some(Hashed::new(BufWriter::with_capacity(1 << 16, file))),
            path,
            folder,
        })
    }

    /// Adds some bytes.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn bytes(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, ImageError> {
        let descriptor = Descriptor::of(media_type, bytes);
        if !self.has(&descriptor) {
            let mut blob = self.blob()?;
            blob.write_all(bytes).map_err(ImageError::file("write", &blob.path))?;
            blob.finish()?;
        }
        Ok(descriptor)
    }

    /// Adds a document.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn json(&self, media_type: &str, value: &impl Serialize) -> Result<Descriptor, ImageError> {
        self.bytes(media_type, &json(value, media_type)?)
    }

    /// Adds what the descriptor names, from a source that is not trusted: at most as many bytes are read, and nothing stays if
    /// they are others.
    ///
    /// # Errors
    ///
    /// The bytes are others, or cannot be read or written.
    pub fn expected(&self, descriptor: &Descriptor, source: impl Read) -> Result<(), ImageError> {
        let mut blob = self.blob()?;
        let copied = io::copy(&mut source.take(descriptor.size.saturating_add(1)), &mut blob);
        let length = copied.map_err(ImageError::file("write", &blob.path))?;
        blob.finish_if(|digest| check(descriptor, digest, length))?;
        Ok(())
    }

    /// Gives the entry its name in the index; another entry of that name loses it.
    ///
    /// # Errors
    ///
    /// The index cannot be read or written.
    pub fn name(&self, mut entry: Descriptor, name: &str) -> Result<Descriptor, ImageError> {
        entry.annotations.insert(NAME.to_owned(), name.to_owned());
        let named = entry.clone();
        self.store.change_index(|entries| {
            entries.retain(|e| e.name() != Some(name));
            entries.push(named);
        })?;
        Ok(entry)
    }
}

/// A blob that is being written. It is removed if it is dropped unfinished.
#[derive(Debug)]
pub struct BlobWriter {
    hashed: Option<Hashed<BufWriter<File>>>,
    path: PathBuf,
    folder: PathBuf,
}

impl BlobWriter {
    /// Ends the blob, puts it in its place, and gives its digest and length.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn finish(self) -> Result<(Digest, u64), ImageError> {
        self.finish_if(|_| Ok(()))
    }

    fn finish_if(mut self, accept: impl FnOnce(Digest) -> Result<(), ImageError>) -> Result<(Digest, u64), ImageError> {
        let failed = |error| ImageError::file("write", &self.path)(error);
        let Some(hashed) = self.hashed.take() else {
            return Err(failed(io::ErrorKind::NotConnected.into()));
        };
        let (file, digest, length) = hashed.finish();
        accept(digest)?;
        let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_data().map_err(failed)?;
        fs::rename(&self.path, self.folder.join(digest.hex())).map_err(failed)?;
        Ok((digest, length))
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // Of a finished blob this name is gone.
        let _ = fs::remove_file(&self.path);
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.hashed {
            Some(hashed) => hashed.write(bytes),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hashed.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Whether what was found is what the descriptor names.
pub(crate) fn check(descriptor: &Descriptor, digest: Digest, length: u64) -> Result<(), ImageError> {
    if digest == descriptor.digest && length == descriptor.size {
        return Ok(());
    }
    Err(ImageError::Digest {
        expected: format!("{} of {} bytes", descriptor.digest, descriptor.size),
        found: if length > descriptor.size {
            "longer".to_owned()
        } else {
            format!("{digest} of {length} bytes")
        },
    })
}

/// A document from its bytes.
pub(crate) fn document<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, ImageError> {
    serde_json::from_slice(bytes).map_err(|e| ImageError::Document {
        what: what.to_owned(),
        why: e.to_string(),
    })
}

fn json(value: &impl Serialize, what: &str) -> Result<Vec<u8>, ImageError> {
    serde_json::to_vec(value).map_err(|e| ImageError::Document {
        what: what.to_owned(),
        why: e.to_string(),
    })
}

/// A file's content, of at most so many bytes.
fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("longer than {most} bytes"),
        ));
    }
    Ok(bytes)
}

/// A name that no other writer has.
fn partial_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{PARTIAL}{}-{next}", std::process::id())
}
