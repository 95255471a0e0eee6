//! Images for podman: those that it has, and those that are in layouts here. Nothing is fetched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stackwright_image::{Descriptor, Platform, Store};

use super::data::data;
use super::podman::{Podman, filled};
use crate::error::DriveError;

/// An image that podman has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// By which podman knows it.
    pub(super) id: String,
    /// Digests of its manifest, and of the index that names it.
    pub(super) digests: Vec<String>,
}

/// Has podman have the image that a document names.
///
/// # Errors
///
/// It is nowhere here, or podman does not take it.
pub(super) fn image(podman: &Podman, name: &str, layouts: &[PathBuf], folder: &Path) -> Result<Image, DriveError> {
    if let Ok(known) = podman.image(name) {
        return Ok(described(&known));
    }
    let (plain, digest) = name
        .split_once('@')
        .map_or((name, None), |(plain, digest)| (plain, Some(digest)));
    for layout in layouts {
        let Some(found) = Store::open(layout).ok().and_then(|store| entry(store, plain, digest)) else {
            continue;
        };
        let (store, entry) = found;
        let load = || -> Result<Image, String> {
            let image = store
                .image(&entry, &Platform::here())
                .map_err(|error| error.to_string())?;
            let name = part(&store, &image.descriptor, folder).map_err(|error| error.to_string())?;
            // Podman calls the image as the layout, and its names are in small letters: so it is told no path.
            let said = podman.run_in(folder, &filled(&data().calls.pull, &[("layout", &name)]))?;
            let id = said.lines().last().unwrap_or_default();
            let mut loaded = described(&podman.image(id)?);
            if !loaded.digests.contains(&image.descriptor.digest.to_string()) {
                return Err(format!("it gave it another digest than {}", image.descriptor.digest));
            }
            loaded.digests.push(entry.digest.to_string());
            Ok(loaded)
        };
        return load().map_err(|why| DriveError::Image {
            image: name.to_owned(),
            why: format!("podman does not take it from {}: {why}", layout.display()),
        });
    }
    Err(DriveError::Image {
        image: name.to_owned(),
        why: "neither podman nor the image store has it".to_owned(),
    })
}

fn described(image: &Value) -> Image {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of_names = image.get("RepoDigests").and_then(Value::as_array).into_iter().flatten();
    let mut digests: Vec<String> = of_names
        .filter_map(|name| Some(name.as_str()?.split_once('@')?.1.to_owned()))
        .chain(image.get("Digest").and_then(text))
        .collect();
    digests.sort();
    digests.dedup();
    Image {
        id: image.get("Id").and_then(text).unwrap_or_default(),
        digests,
    }
}

/// The entry of a layout that has the digest, or else the name.
fn entry(store: Store, name: &str, digest: Option<&str>) -> Option<(Store, Descriptor)> {
    let mut entries = store.index().ok()?.manifests.into_iter();
    let is_it = |entry: &Descriptor| match digest {
        // The index, or the image for this machine that it names.
        Some(digest) => {
            let here = || store.image(entry, &Platform::here()).ok();
            entry.digest.to_string() == digest || here().is_some_and(|i| i.descriptor.digest.to_string() == digest)
        }
        None => entry.name() == Some(name),
    };
    let found = entries.find(is_it)?;
    Some((store, found))
}

/// A layout with this image alone, whose blobs are those of the other; its name in the folder.
fn part(store: &Store, image: &Descriptor, folder: &Path) -> std::io::Result<String> {
    let name = image.digest.to_string().replace(':', "-");
    let part = folder.join(&name);
    fs::create_dir_all(&part)?;
    fs::write(part.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let entry = json!({ "mediaType": image.media_type, "digest": image.digest, "size": image.size });
    fs::write(
        part.join("index.json"),
        json!({ "schemaVersion": 2, "manifests": [entry] }).to_string(),
    )?;
    let blobs = fs::canonicalize(store.root())?.join("blobs");
    match symlink(blobs, part.join("blobs")) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(name),
        linked => linked.map(|()| name),
    }
}
