//! Archives of images into a store: of OCI layouts, and of `docker save`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use serde::Deserialize;

use crate::compress::decompress;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::model::{Config, Descriptor, Index, Manifest, Platform, media};
use crate::store::{DOCUMENT_MAX, Image, Ingest, Store, document};
use crate::tar::{Kind, Reader};

/// Names in an archive; an image has a few hundred at most.
const NAMES_MAX: usize = 100_000;
/// How often a link in an archive may lead to another.
const LINKS_MAX: u32 = 8;

/// Reads an archive into the store and names what is in it: as the archive does, or, of a single image, as asked. Returns the
/// new entries.
///
/// # Errors
///
/// The archive is none, damaged, or longer than `limit` bytes.
pub fn import(store: &Store, archive: &Path, name: Option<&str>, limit: u64) -> Result<Vec<Descriptor>, ImageError> {
    let file = File::open(archive).map_err(ImageError::file("open", archive))?;
    let input = decompress(file).map_err(ImageError::file("read", archive))?;
    let ingest = store.begin()?;
    let found = Found::read(&ingest, archive, input, limit)?;
    // What `docker save` writes today has both forms; the newer one keeps the digests.
    let images = match found.documents.get("index.json") {
        Some(bytes) => document::<Index>(bytes, "index.json")?.manifests,
        None => found.saved(&ingest, archive)?,
    };
    let several = images.len() > 1;
    let fallback = || archive.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut named = Vec::new();
    for image in images {
        // The index may name more than the archive has, but the image itself must be there.
        store.blob(&image)?;
        let own = image.name().map(str::to_owned);
        let name = match name {
            Some(name) if !several => Some(name.to_owned()),
            _ => own.or_else(fallback),
        };
        named.push(ingest.name(image, &name.unwrap_or_default())?);
    }
    if named.is_empty() {
        return Err(ImageError::Layout {
            path: archive.to_owned(),
            why: "it holds no image".to_owned(),
        });
    }
    Ok(named)
}

/// Copies an image, with everything that it needs for the platform, from one store to another.
///
/// # Errors
///
/// Something is missing or damaged, or the other store cannot be written.
pub fn copy(from: &Store, image: &Image, to: &Store, name: &str) -> Result<Descriptor, ImageError> {
    let ingest = to.begin()?;
    let manifest = &image.manifest;
    for blob in [&image.descriptor, &manifest.config]
        .into_iter()
        .chain(&manifest.layers)
    {
        if !ingest.has(blob) {
            ingest.expected(blob, from.blob(blob)?)?;
        }
    }
    ingest.name(image.descriptor.clone(), name)
}

/// What an archive holds: documents by name, blobs by the name that they have there.
struct Found {
    documents: BTreeMap<String, Vec<u8>>,
    blobs: BTreeMap<String, (Digest, u64)>,
    links: BTreeMap<String, String>,
}

/// An image in the list of `docker save`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

impl Found {
    fn read(ingest: &Ingest<'_>, archive: &Path, input: impl Read, limit: u64) -> Result<Self, ImageError> {
        let what = archive.display().to_string();
        let mut found = Self {
            documents: BTreeMap::new(),
            blobs: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        // A bomb ends as an archive that ends early; the position says which.
        let mut reader = Reader::new(input.take(limit));
        let mut names = 0;
        while let Some(entry) = reader.next_entry().map_err(ImageError::archive(what.clone()))? {
            names += 1;
            if names > NAMES_MAX {
                return Err(ImageError::Limit {
                    layer: what,
                    limit: NAMES_MAX as u64,
                    unit: "names",
                });
            }
            let Ok(name) = String::from_utf8(entry.path) else {
                continue;
            };
            let name = name.trim_start_matches("./").to_owned();
            match entry.kind {
                Kind::File if entry.pieces.is_some() => {}
                Kind::File if matches!(name.as_str(), "index.json" | "manifest.json") => {
                    if entry.size > DOCUMENT_MAX {
                        return Err(ImageError::Limit {
                            layer: name,
                            limit: DOCUMENT_MAX,
                            unit: "bytes for a document",
                        });
                    }
                    let mut bytes = Vec::new();
                    let read = reader.read_to_end(&mut bytes);
                    read.map_err(|e| ImageError::archive(what.clone())(e.into()))?;
                    found.documents.insert(name, bytes);
                }
                Kind::File => {
                    let blob = found.blob(ingest, &name, entry.size, &mut reader)?;
                    found.blobs.insert(name, blob);
                }
                Kind::HardLink | Kind::Symlink => {
                    let target = String::from_utf8_lossy(&entry.link).into_owned();
                    let target = match entry.kind {
                        Kind::Symlink => beside(&name, &target),
                        _ => target.trim_start_matches("./").to_owned(),
                    };
                    found.links.insert(name, target);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Puts a file into the store. One with a digest for its name must have it.
    fn blob(
        &self,
        ingest: &Ingest<'_>,
        name: &str,
        size: u64,
        content: impl Read,
    ) -> Result<(Digest, u64), ImageError> {
        if let Some(digest) = name.strip_prefix("blobs/sha256/").and_then(Digest::parse_hex) {
            ingest.expected(&Descriptor::new("", digest, size), content)?;
            return Ok((digest, size));
        }
        let mut blob = ingest.blob()?;
        let copied = io::copy(&mut content.take(size), &mut blob);
        copied
            .and_then(|_| blob.flush())
            .map_err(ImageError::file("write", name))?;
        blob.finish()
    }

    /// The images that `manifest.json` lists.
    fn saved(&self, ingest: &Ingest<'_>, archive: &Path) -> Result<Vec<Descriptor>, ImageError> {
        let wrong = |why: &str| ImageError::Layout {
            path: archive.to_owned(),
            why: why.to_owned(),
        };
        let list = self.documents.get("manifest.json");
        let list = list.ok_or_else(|| wrong("it has neither index.json nor manifest.json"))?;
        let mut images = Vec::new();
        for saved in document::<Vec<Saved>>(list, "manifest.json")? {
            let (digest, size) = self
                .find(&saved.config)
                .ok_or_else(|| wrong("a configuration is missing"))?;
            let config = Descriptor::new(media::CONFIG, digest, size);
            let read: Config = ingest.store().document(&config)?;
            let mut layers = Vec::new();
            for layer in &saved.layers {
                let (digest, size) = self.find(layer).ok_or_else(|| wrong("a layer is missing"))?;
                let layer = Descriptor::new("", digest, size);
                let media_type = layer_type(&mut ingest.store().blob(&layer)?);
                layers.push(Descriptor::new(media_type, digest, size));
            }
            let mut entry = ingest.json(media::MANIFEST, &Manifest::new(config, layers))?;
            entry.platform = Some(Platform {
                architecture: read.architecture,
                os: read.os,
                variant: read.variant,
            });
            let tags = saved.repo_tags.unwrap_or_default();
            if tags.is_empty() {
                images.push(entry.clone());
            }
            for tag in tags {
                let mut entry = entry.clone();
                entry.annotations.insert(crate::model::NAME.to_owned(), tag);
                images.push(entry);
            }
        }
        Ok(images)
    }

    /// The blob of that name, through links.
    fn find(&self, name: &str) -> Option<(Digest, u64)> {
        let mut name = name;
        for _ in 0..LINKS_MAX {
            match self.links.get(name) {
                Some(target) => name = target,
                None => return self.blobs.get(name).copied(),
            }
        }
        None
    }
}

fn layer_type(file: &mut File) -> &'static str {
    let mut start = [0; 4];
    match (file.read_exact(&mut start), start) {
        (Ok(()), [0x1f, 0x8b, ..]) => media::LAYER_GZIP,
        (Ok(()), [0x28, 0xb5, 0x2f, 0xfd]) => media::LAYER_ZSTD,
        _ => media::LAYER,
    }
}

/// Where a relative link leads.
fn beside(name: &str, target: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
