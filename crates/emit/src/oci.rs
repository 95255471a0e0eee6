//! The workload as an OCI image layout.
//!
//! A WebAssembly module is packaged as the CNCF's Wasm OCI artifact layout says
//! (<https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>): one layer of type `application/wasm` and a
//! configuration of type `application/vnd.wasm.config.v0+json`. The layout carries no times, so that the same workload
//! has the same digest wherever and whenever it is packaged.

use serde_json::{Value, json};
use stackwright_spec::bundle::BundleFile;

use crate::digest::sha256;
use crate::{Emission, EmitError};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
const WASM_LAYER: &str = "application/wasm";

/// An image layout and where the workload is in it.
pub(crate) struct Layout {
    pub(crate) files: Vec<BundleFile>,
    pub(crate) workload_digest: String,
    pub(crate) workload_path: String,
}

pub(crate) fn layout(emission: &Emission<'_>) -> Result<Layout, EmitError> {
    let name = &emission.requirement.name;
    let layer = blob(emission.workload.to_vec());
    let config = blob(compact(&json!({
        "architecture": "wasm",
        "os": "wasip1",
        "layerDigests": [layer.digest],
    }))?);
    let manifest = blob(compact(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(WASM_CONFIG),
        "layers": [layer.descriptor(WASM_LAYER)],
        "annotations": { "org.opencontainers.image.title": name },
    }))?);
    let mut entry = manifest.descriptor(MANIFEST);
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("platform".to_owned(), json!({ "architecture": "wasm", "os": "wasip1" }));
        entry.insert(
            "annotations".to_owned(),
            json!({ "org.opencontainers.image.ref.name": name }),
        );
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
    let (workload_digest, workload_path) = (layer.digest.clone(), layer.file.path.clone());
    Ok(Layout {
        files: vec![
            file("image/oci-layout", compact(&json!({ "imageLayoutVersion": "1.0.0" }))?),
            file("image/index.json", compact(&index)?),
            layer.file,
            config.file,
            manifest.file,
        ],
        workload_digest,
        workload_path,
    })
}

/// A content-addressed file.
struct Blob {
    digest: String,
    file: BundleFile,
}

impl Blob {
    fn descriptor(&self, media_type: &str) -> Value {
        json!({ "mediaType": media_type, "digest": self.digest, "size": self.file.content.len() })
    }
}

fn blob(content: Vec<u8>) -> Blob {
    let digest = sha256(&content);
    let hex = digest.trim_start_matches("sha256:").to_owned();
    Blob {
        digest,
        file: file(&format!("image/blobs/sha256/{hex}"), content),
    }
}

fn file(path: &str, content: Vec<u8>) -> BundleFile {
    BundleFile {
        path: path.to_owned(),
        content,
    }
}

fn compact(value: &Value) -> Result<Vec<u8>, EmitError> {
    serde_json::to_vec(value).map_err(|e| EmitError::Json {
        path: "image".to_owned(),
        why: e.to_string(),
    })
}
