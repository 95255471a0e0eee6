//! Images to root file systems, whatever their layers try.
//!
//! Layers are applied in a new folder that only we may enter, which gets its name when everything was right: digests of every
//! layer, compressed and not, and every limit. The kernel resolves every path below that folder alone (`RESOLVE_IN_ROOT`), so
//! neither `..` nor links lead out of it, and what is made is always made anew, so nothing is written through a link.

mod apply;
mod input;
mod place;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::ImageError;
use crate::model::{Descriptor, media};
use crate::store::{Image, Store};

/// What layers may do, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Make device files. Without it a layer that has some is refused.
    pub devices: bool,
    /// Keep set-user-id, set-group-id and file capabilities. Without it they are left out: on the host's file system they
    /// would give whoever finds the file the rights of its owner.
    pub privileges: bool,
    /// Bytes of all layers, uncompressed.
    pub bytes: u64,
    /// Files of all layers.
    pub entries: u64,
}

impl Default for Policy {
    /// No devices, no privileges, 16 GiB, two million files: several times the greatest images in common use.
    fn default() -> Self {
        Self {
            devices: false,
            privileges: false,
            bytes: 16 << 30,
            entries: 2_000_000,
        }
    }
}

/// What was unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unpacked {
    /// Layers.
    pub layers: u64,
    /// Entries of all layers.
    pub entries: u64,
    /// Bytes of all layers, uncompressed.
    pub bytes: u64,
    /// Whether files belong to the users that the image says; only a privileged user can see to that.
    pub owners: bool,
    /// Files whose set-user-id or set-group-id bits or capabilities were left out.
    pub privileges_left_out: u64,
    /// Extended attributes that were left out as they concern the host, by name.
    pub attributes_left_out: BTreeMap<String, u64>,
}

/// How much a compressed layer may grow beyond its first bytes: more than text does, and less than a bomb.
const RATIO_MAX: u64 = 250;
/// The bytes up to which the ratio does not matter.
const RATIO_FREE: u64 = 64 << 20;

/// Makes the image's root file system at `target`, which must not be there.
///
/// # Errors
///
/// A layer is damaged, not understood, exceeds a limit or would do what the policy forbids; nothing stays then.
pub fn unpack(store: &Store, image: &Image, target: &Path, policy: &Policy) -> Result<Unpacked, ImageError> {
    let layers = layers(image)?;
    let partial = Partial::beside(target)?;
    let mut applier = apply::Applier::new(&partial.path, policy)?;
    for (layer, diff_id) in layers {
        let name = format!("layer {}", layer.digest);
        let left = policy.bytes - applier.done().bytes.min(policy.bytes);
        let limit = left.min(layer.size.saturating_mul(RATIO_MAX).max(RATIO_FREE));
        let file = store.blob(layer)?;
        let bytes = input::read(file, layer, diff_id, limit, |input| applier.layer(&name, input))?;
        applier.count_layer(bytes);
    }
    let unpacked = applier.finish()?;
    partial.keep(target)?;
    Ok(unpacked)
}

/// A file of an unpacked image, at a path that is resolved as if the folder were the root; at most so many bytes of it.
pub(crate) fn read_inside(root: &Path, path: &str, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = place::Root::open(root)?.file(path)?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The layers with their digests uncompressed.
fn layers(image: &Image) -> Result<Vec<(&Descriptor, crate::Digest)>, ImageError> {
    let wrong = |why: String| ImageError::Document {
        what: image.descriptor.digest.to_string(),
        why,
    };
    let config = image.config.as_ref();
    let config = config.ok_or_else(|| wrong("it is an artifact and has no file system".to_owned()))?;
    let (layers, diff_ids) = (&image.manifest.layers, &config.rootfs.diff_ids);
    if layers.len() != diff_ids.len() {
        let why = format!("it has {} layers, its configuration {}", layers.len(), diff_ids.len());
        return Err(wrong(why));
    }
    if let Some(other) = layers.iter().find(|l| !media::is_layer(&l.media_type)) {
        return Err(wrong(format!(
            "layers of type `{}` are not understood",
            other.media_type
        )));
    }
    Ok(layers.iter().zip(diff_ids.iter().copied()).collect())
}

/// A folder that is removed if it is not kept.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn beside(target: &Path) -> Result<Self, ImageError> {
        if fs::symlink_metadata(target).is_ok() {
            let exists = io::ErrorKind::AlreadyExists;
            return Err(ImageError::file("make", target)(exists.into()));
        }
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".partial-{}", std::process::id()));
        let path = target.with_file_name(name);
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(ImageError::file("make", &path))?;
        Ok(Self { path })
    }

    fn keep(self, target: &Path) -> Result<(), ImageError> {
        fs::rename(&self.path, target).map_err(ImageError::file("make", target))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Of a folder that was kept this name is gone.
        let _ = fs::remove_dir_all(&self.path);
    }
}
