//! OCI images: built, read, kept, unpacked and exchanged, without a daemon.
//!
//! A [`Store`] is a folder with images in the form of an OCI image layout. [`build`] packs files into it, the same files always
//! to the same digests; [`import`] reads layouts, their archives and those of `docker save` into it; [`unpack`] makes an image's
//! root file system, whatever its layers try.
//!
//! Nothing here trusts an image: digests are checked before bytes are used, archives are read with limits, and paths are
//! resolved by the kernel below the target's folder alone.

pub mod build;
mod compress;
mod digest;
mod error;
mod import;
mod model;
#[cfg(feature = "registry")]
pub mod registry;
mod roots;
pub mod runtime;
mod store;
pub mod tar;
mod unpack;

pub use compress::{Compression, decompress};
pub use digest::Digest;
pub use error::ImageError;
pub use import::{copy, import};
pub use model::{Config, Descriptor, Execution, Index, Manifest, Platform, RootFs, WasmComponent, WasmConfig, media};
pub use roots::{Account, ImageRoot, Roots};
pub use store::{BlobWriter, Collected, DOCUMENT_MAX, Image, Ingest, Store};
pub use unpack::{Policy, Unpacked, unpack};
