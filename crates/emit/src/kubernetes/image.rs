//! A module or a program as an ordinary image: one layer with one file, for every architecture that it runs on.
//!
//! It carries no times, so that the same workload has the same digest wherever and whenever it is packaged.

use serde_json::{Value, json};
use stackwright_catalog::model::WorkloadKind;
use stackwright_spec::bundle::BundleFile;

use crate::EmitError;
use crate::digest::sha256;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// The user that the workload runs as; no name of a user is needed in the image.
pub(crate) const USER: u32 = 65532;
/// Architectures for which a module is packaged, which runs on all of them.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// An image layout.
pub(crate) struct Image {
    pub(crate) files: Vec<BundleFile>,
    /// The digest by which it is pulled.
    pub(crate) digest: String,
    /// The digest of the workload's own bytes.
    pub(crate) workload: String,
    /// The path of the layer, which holds the workload.
    pub(crate) layer: String,
}

pub(crate) fn layout(
    name: &str,
    kind: WorkloadKind,
    architecture: Option<&str>,
    entry: &str,
    bytes: &[u8],
) -> Result<Image, EmitError> {
    let layer = tar(entry.trim_start_matches('/'), bytes);
    let layer_digest = sha256(&layer);
    let mut files = vec![blob(&layer_digest, layer.clone())];
    let architectures: Vec<&str> = match (kind, architecture) {
        (WorkloadKind::WasmModule, _) => ARCHITECTURES.to_vec(),
        (WorkloadKind::LinuxBinary, own) => vec![own.unwrap_or("amd64")],
    };
    let mut manifests = Vec::new();
    for architecture in architectures {
        let config = bytes_of(&json!({
            "architecture": architecture,
            "os": "linux",
            "config": { "Entrypoint": [entry], "User": format!("{USER}:{USER}"), "WorkingDir": "/" },
            "rootfs": { "type": "layers", "diff_ids": [layer_digest] },
        }))?;
        let config_digest = sha256(&config);
        let manifest = bytes_of(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": config_digest, "size": config.len() },
            "layers": [{ "mediaType": LAYER, "digest": layer_digest, "size": layer.len() }],
        }))?;
        let digest = sha256(&manifest);
        manifests.push(json!({
            "mediaType": MANIFEST,
            "digest": digest,
            "size": manifest.len(),
            "platform": { "architecture": architecture, "os": "linux" },
        }));
        files.push(blob(&config_digest, config));
        files.push(blob(&digest, manifest));
    }
    let index = bytes_of(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }))?;
    let digest = sha256(&index);
    let outer = bytes_of(&json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{
            "mediaType": INDEX,
            "digest": digest,
            "size": index.len(),
            "annotations": { "org.opencontainers.image.ref.name": name },
        }],
    }))?;
    files.push(blob(&digest, index));
    files.push(file("image/index.json", outer));
    files.push(file("image/oci-layout", b"{\"imageLayoutVersion\":\"1.0.0\"}".to_vec()));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(Image {
        files,
        digest,
        workload: sha256(bytes),
        layer: blob_path(&layer_digest),
    })
}

fn file(path: &str, content: Vec<u8>) -> BundleFile {
    BundleFile {
        path: path.to_owned(),
        content,
    }
}

fn blob_path(digest: &str) -> String {
    format!("image/blobs/{}", digest.replace(':', "/"))
}

fn blob(digest: &str, content: Vec<u8>) -> BundleFile {
    file(&blob_path(digest), content)
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, EmitError> {
    serde_json::to_vec(value).map_err(|e| EmitError::Json {
        path: "image".to_owned(),
        why: e.to_string(),
    })
}

/// One file as an archive (POSIX ustar). Sizes beyond 8 GiB do not occur: the bytes are in memory.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(512);
    field(&mut header, name.as_bytes(), 100);
    for (value, size) in [
        (0o755, 8),
        (u64::from(USER), 8),
        (u64::from(USER), 8),
        (bytes.len() as u64, 12),
        (0, 12),
    ] {
        let digits = format!("{value:0width$o}\0", width = size - 1);
        field(&mut header, digits.as_bytes(), size);
    }
    // The checksum counts as blanks while it is made.
    field(&mut header, b"        ", 8);
    field(&mut header, b"0", 1);
    field(&mut header, b"", 100);
    field(&mut header, b"ustar\x0000", 8);
    header.resize(512, 0);
    let sum: u64 = header.iter().map(|b| u64::from(*b)).sum();
    let checksum = format!("{sum:06o}\0 ");
    for (place, byte) in header.iter_mut().skip(148).zip(checksum.bytes()) {
        *place = byte;
    }
    let mut archive = header;
    archive.extend_from_slice(bytes);
    archive.resize(archive.len().next_multiple_of(512), 0);
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn field(header: &mut Vec<u8>, content: &[u8], size: usize) {
    let end = header.len() + size;
    header.extend(content.iter().take(size));
    header.resize(end, 0);
}
