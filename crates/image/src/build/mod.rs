//! Images built without a daemon: the same files give the same digests, wherever and whenever.

mod tree;

use crate::compress::{Compression, Compressor};
use crate::digest::{Digest, Hashed};
use crate::error::ImageError;
use crate::model::{
    Config, Descriptor, Execution, Index, Manifest, Platform, RootFs, WasmComponent, WasmConfig, media,
};
use crate::store::{Ingest, Store};
use crate::tar::Writer;

pub use tree::{Owner, Tree};

/// An image for one platform.
#[derive(Debug)]
pub struct Part {
    /// What it runs on.
    pub platform: Platform,
    /// Its layers, lowest first.
    pub layers: Vec<Tree>,
    /// How it is started.
    pub execution: Execution,
}

/// Builds an image of one part, or an index of several for different platforms, and names it.
///
/// # Errors
///
/// A file cannot be read, two parts are for one platform, or the store cannot be written.
pub fn image(store: &Store, name: &str, parts: &[Part], compression: Compression) -> Result<Descriptor, ImageError> {
    let ingest = store.begin()?;
    let mut manifests = Vec::new();
    for part in parts {
        if manifests
            .iter()
            .any(|m: &Descriptor| m.platform.as_ref() == Some(&part.platform))
        {
            return Err(ImageError::Document {
                what: format!("the index of `{name}`"),
                why: format!("two images are for {}", part.platform),
            });
        }
        manifests.push(manifest(&ingest, part, compression)?);
    }
    manifests.sort_by(|a, b| a.platform.cmp(&b.platform));
    let entry = match <[Descriptor; 1]>::try_from(manifests) {
        Ok([only]) => only,
        Err(manifests) => ingest.json(media::INDEX, &Index::new(manifests))?,
    };
    ingest.name(entry, name)
}

fn manifest(ingest: &Ingest<'_>, part: &Part, compression: Compression) -> Result<Descriptor, ImageError> {
    let mut layers = Vec::new();
    let mut diff_ids = Vec::new();
    for tree in &part.layers {
        let (layer, diff_id) = layer(ingest, tree, compression)?;
        layers.push(layer);
        diff_ids.push(diff_id);
    }
    let config = Config {
        architecture: part.platform.architecture.clone(),
        os: part.platform.os.clone(),
        variant: part.platform.variant.clone(),
        config: part.execution.clone(),
        rootfs: RootFs {
            kind: "layers".to_owned(),
            diff_ids,
        },
    };
    let config = ingest.json(media::CONFIG, &config)?;
    let mut manifest = ingest.json(media::MANIFEST, &Manifest::new(config, layers))?;
    manifest.platform = Some(part.platform.clone());
    Ok(manifest)
}

/// Packs a tree as a layer; returns it and its digest uncompressed.
fn layer(ingest: &Ingest<'_>, tree: &Tree, compression: Compression) -> Result<(Descriptor, Digest), ImageError> {
    let failed = |error| ImageError::file("write", ingest.store().root())(error);
    let blob = ingest.blob()?;
    let mut tar = Writer::new(Hashed::new(Compressor::new(compression, blob)));
    tree.each(|entry, content| {
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        tar.entry(entry, content).map_err(ImageError::archive(path))
    })?;
    let hashed = tar.finish().map_err(ImageError::archive("a layer"))?;
    let (compressor, diff_id, _) = hashed.finish();
    let (digest, size) = compressor.finish().map_err(failed)?.finish()?;
    let media_type = match compression {
        Compression::None => media::LAYER,
        Compression::Gzip => media::LAYER_GZIP,
        Compression::Zstd => media::LAYER_ZSTD,
    };
    Ok((Descriptor::new(media_type, digest, size), diff_id))
}

/// Packs a WebAssembly module, or a component with what it offers and needs, as the CNCF's layout for artifacts has it.
///
/// # Errors
///
/// The store cannot be written.
pub fn wasm(
    store: &Store,
    name: &str,
    module: &[u8],
    component: Option<WasmComponent>,
) -> Result<Descriptor, ImageError> {
    let ingest = store.begin()?;
    let layer = ingest.bytes(media::WASM, module)?;
    let os = if component.is_some() { "wasip2" } else { "wasip1" };
    let config = WasmConfig {
        architecture: "wasm".to_owned(),
        os: os.to_owned(),
        layer_digests: vec![layer.digest],
        component,
    };
    let config = ingest.json(media::WASM_CONFIG, &config)?;
    let mut entry = ingest.json(media::MANIFEST, &Manifest::new(config, vec![layer]))?;
    entry.platform = Some(Platform {
        architecture: "wasm".to_owned(),
        os: os.to_owned(),
        variant: None,
    });
    ingest.name(entry, name)
}
