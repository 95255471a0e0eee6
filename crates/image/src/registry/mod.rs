//! Images fetched from and sent to registries, as the OCI distribution specification 1.1 has it.
//!
//! Whatever a registry sends is checked against digests before it enters the store. Credentials go to the registry and the
//! issuer of tokens that it names alone, never with a redirect, never over plain HTTP but to this machine or where that is
//! asked for, and are neither printed nor put into arguments.

mod access;
mod credentials;
mod http;
mod reference;

use std::io::Read;
use std::time::Duration;

use crate::digest::Digest;
use crate::error::ImageError;
use crate::model::{Descriptor, Index, Manifest, Platform, media};
use crate::store::{DOCUMENT_MAX, Ingest, Store, check, document};

pub use credentials::Credentials;
pub use reference::Reference;

use credentials::Login;
use http::{Body, Client};

/// How deep indices may stand in indices.
const DEPTH_MAX: u32 = 3;

/// How registries are spoken to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Speak plain HTTP to a host other than this machine.
    pub plain_http: bool,
    /// How long one request may take, with its body.
    pub timeout: Duration,
    /// How long a registry may say nothing.
    pub silence: Duration,
    /// Where credentials come from.
    pub credentials: Credentials,
}

impl Default for Settings {
    /// TLS, half an hour for a request, a minute of silence, and the user's own credentials.
    fn default() -> Self {
        Self {
            plain_http: false,
            timeout: Duration::from_secs(1800),
            silence: Duration::from_secs(60),
            credentials: Credentials::of_user(),
        }
    }
}

/// Fetches an image for a platform, or with `None` for every platform, into the store and names it by its reference.
///
/// # Errors
///
/// The registry cannot be reached, refuses, or sends something else than was asked for.
pub fn pull(
    store: &Store,
    reference: &Reference,
    platform: Option<&Platform>,
    settings: &Settings,
) -> Result<Descriptor, ImageError> {
    let mut client = Client::new(reference, settings, false)?;
    let ingest = store.begin()?;
    let (entry, bytes) = fetch_document(&mut client, &reference.wanted(), reference.digest.as_ref())?;
    let fetched = match platform {
        Some(platform) => one(&mut client, &ingest, entry, bytes, platform, DEPTH_MAX)?,
        None => all(&mut client, &ingest, entry, bytes, DEPTH_MAX)?,
    };
    ingest.name(fetched, &reference.to_string())
}

/// A manifest or index by tag or digest.
fn fetch_document(
    client: &mut Client,
    wanted: &str,
    digest: Option<&Digest>,
) -> Result<(Descriptor, Vec<u8>), ImageError> {
    let accept = [
        media::INDEX,
        media::MANIFEST,
        media::DOCKER_INDEX,
        media::DOCKER_MANIFEST,
    ]
    .join(", ");
    let path = client.path(&format!("manifests/{wanted}"));
    let answer = client.send("GET", &path, &[("Accept", &accept)], Body::None)?;
    let media_type = answer.header("content-type").unwrap_or_default().to_owned();
    let stated = answer.header("docker-content-digest").and_then(Digest::parse);
    let mut bytes = Vec::new();
    let read = answer.body().take(DOCUMENT_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|e| client.failed(format!("manifest {wanted}: {e}")))?;
    if bytes.len() as u64 > DOCUMENT_MAX {
        return Err(ImageError::Limit {
            layer: wanted.to_owned(),
            limit: DOCUMENT_MAX,
            unit: "bytes for a document",
        });
    }
    // The type is in the document too, and there it has been hashed.
    let own: serde_json::Value = document(&bytes, wanted)?;
    let media_type = own
        .get("mediaType")
        .and_then(|t| t.as_str())
        .map_or(media_type, str::to_owned);
    let found = Descriptor::of(&media_type, &bytes);
    for expected in [digest.copied(), stated].into_iter().flatten() {
        check(&Descriptor::new("", expected, found.size), found.digest, found.size)?;
    }
    Ok((found, bytes))
}

/// Fetches the image for the platform.
fn one(
    client: &mut Client,
    ingest: &Ingest<'_>,
    entry: Descriptor,
    bytes: Vec<u8>,
    platform: &Platform,
    depth: u32,
) -> Result<Descriptor, ImageError> {
    if !media::is_index(&entry.media_type) {
        manifest(client, ingest, &entry, &bytes)?;
        return Ok(entry);
    }
    let index: Index = document(&bytes, &entry.digest.to_string())?;
    let chosen = index
        .manifests
        .iter()
        .find(|m| m.platform.as_ref().is_some_and(|own| own.serves(platform)));
    let (Some(chosen), Some(depth)) = (chosen, depth.checked_sub(1)) else {
        return Err(ImageError::Missing {
            name: format!("{} for {platform}", client.reference()),
            available: index
                .manifests
                .iter()
                .filter_map(|m| Some(m.platform.as_ref()?.to_string()))
                .collect(),
        });
    };
    let (_, bytes) = fetch_document(client, &chosen.digest.to_string(), Some(&chosen.digest))?;
    one(client, ingest, chosen.clone(), bytes, platform, depth)
}

/// Fetches everything that the entry names.
fn all(
    client: &mut Client,
    ingest: &Ingest<'_>,
    entry: Descriptor,
    bytes: Vec<u8>,
    depth: u32,
) -> Result<Descriptor, ImageError> {
    if !media::is_index(&entry.media_type) {
        manifest(client, ingest, &entry, &bytes)?;
        return Ok(entry);
    }
    let depth = depth.checked_sub(1).ok_or_else(|| ImageError::Document {
        what: entry.digest.to_string(),
        why: "indices stand in indices too deep".to_owned(),
    })?;
    for inner in document::<Index>(&bytes, &entry.digest.to_string())?.manifests {
        let (_, bytes) = fetch_document(client, &inner.digest.to_string(), Some(&inner.digest))?;
        all(client, ingest, inner, bytes, depth)?;
    }
    ingest.bytes(&entry.media_type, &bytes)?;
    Ok(entry)
}

/// Fetches an image's configuration and layers, then keeps its manifest: what a manifest names is there.
fn manifest(client: &mut Client, ingest: &Ingest<'_>, entry: &Descriptor, bytes: &[u8]) -> Result<(), ImageError> {
    if !media::is_manifest(&entry.media_type) {
        return Err(ImageError::Document {
            what: entry.digest.to_string(),
            why: format!("documents of type `{}` are not understood", entry.media_type),
        });
    }
    let manifest: Manifest = document(bytes, &entry.digest.to_string())?;
    for blob in std::iter::once(&manifest.config).chain(&manifest.layers) {
        if !ingest.has(blob) {
            let path = client.path(&format!("blobs/{}", blob.digest));
            let answer = client.send("GET", &path, &[], Body::None)?;
            ingest.expected(blob, answer.body())?;
        }
    }
    ingest.bytes(&entry.media_type, bytes)?;
    Ok(())
}

/// Sends an entry of the store with everything that it needs. Returns its digest, by which it can be fetched.
///
/// # Errors
///
/// Something is missing in the store, or the registry cannot be reached or refuses.
pub fn push(
    store: &Store,
    entry: &Descriptor,
    reference: &Reference,
    settings: &Settings,
) -> Result<Digest, ImageError> {
    if reference.digest.is_some_and(|digest| digest != entry.digest) {
        return Err(ImageError::Reference {
            reference: reference.to_string(),
            why: "its digest is not the image's",
        });
    }
    // Nothing is collected while it is sent.
    let _ingest = store.begin()?;
    let mut client = Client::new(reference, settings, true)?;
    send(&mut client, store, entry, &reference.wanted(), DEPTH_MAX)?;
    Ok(entry.digest)
}

fn send(client: &mut Client, store: &Store, entry: &Descriptor, name: &str, depth: u32) -> Result<(), ImageError> {
    if media::is_index(&entry.media_type) {
        let depth = depth.checked_sub(1).ok_or_else(|| ImageError::Document {
            what: entry.digest.to_string(),
            why: "indices stand in indices too deep".to_owned(),
        })?;
        for inner in store.document::<Index>(entry)?.manifests {
            send(client, store, &inner, &inner.digest.to_string(), depth)?;
        }
    } else {
        let manifest: Manifest = store.document(entry)?;
        for blob in std::iter::once(&manifest.config).chain(&manifest.layers) {
            upload(client, store, blob)?;
        }
    }
    let bytes = store.read(entry)?;
    let path = client.path(&format!("manifests/{name}"));
    let headers = [("Content-Type", entry.media_type.as_str())];
    client.send("PUT", &path, &headers, Body::Bytes(&bytes))?;
    Ok(())
}

/// Sends a blob that the registry does not have.
fn upload(client: &mut Client, store: &Store, blob: &Descriptor) -> Result<(), ImageError> {
    let path = client.path(&format!("blobs/{}", blob.digest));
    if client.is_there(&path)? {
        return Ok(());
    }
    let path = client.path("blobs/uploads/");
    let answer = client.send("POST", &path, &[], Body::Bytes(&[]))?;
    let location = answer.header("location").unwrap_or_default().to_owned();
    let place = client.upload_place(&location, &blob.digest)?;
    let mut file = store.blob(blob)?;
    let headers = [("Content-Type", "application/octet-stream")];
    client.send("PUT", &place, &headers, Body::File(&mut file, blob.size))?;
    Ok(())
}
