//! What can go wrong with images.

use std::io;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::tar::TarError;

/// Why something cannot be done with an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file or folder cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something in a folder cannot be part of an image.
    #[error("{} cannot be part of an image: {why}", path.display())]
    Unpackable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A store or layout is none.
    #[error("{} is no image layout: {why}", path.display())]
    Layout {
        /// The folder or archive.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no image of that name or platform.
    #[error("there is no image `{name}`{}", near(available))]
    Missing {
        /// What was asked for.
        name: String,
        /// What there is.
        available: Vec<String>,
    },
    /// Bytes are not those that their descriptor names.
    #[error("{expected} is damaged: it is {found}")]
    Digest {
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A blob is not there.
    #[error("{digest} is not in {}", store.display())]
    Absent {
        /// The blob.
        digest: Digest,
        /// Where it should be.
        store: PathBuf,
    },
    /// A document cannot be read.
    #[error("{what} cannot be read: {why}")]
    Document {
        /// Which.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// An archive cannot be read.
    #[error("{what}: {source}")]
    Archive {
        /// Which.
        what: String,
        /// What is wrong with it.
        source: TarError,
    },
    /// A layer would do what it must not.
    #[error("{layer}: `{path}` {why}")]
    Refused {
        /// The layer.
        layer: String,
        /// The entry.
        path: String,
        /// What it would do.
        why: String,
    },
    /// A layer exceeds a limit.
    #[error("{layer} exceeds the limit of {limit} {unit}")]
    Limit {
        /// The layer.
        layer: String,
        /// The limit.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
    /// A reference to an image cannot be read.
    #[error("`{reference}` is no reference to an image: {why}")]
    Reference {
        /// The reference.
        reference: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Somebody else is writing to the store.
    #[error("{} is in use", path.display())]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// A registry cannot be reached or refuses.
    #[error("{registry}: {what}")]
    Registry {
        /// Its host.
        registry: String,
        /// What happened.
        what: String,
    },
    /// A registry does not let us in.
    #[error("{registry} refuses access to {what}")]
    Access {
        /// Its host.
        registry: String,
        /// The repository.
        what: String,
    },
    /// Credentials cannot be had.
    #[error("no credentials for {registry}: {why}")]
    Credentials {
        /// The registry's host.
        registry: String,
        /// Why.
        why: String,
    },
}

fn near(available: &[String]) -> String {
    match available {
        [] => String::new(),
        [only] => format!("; there is `{only}`"),
        several => format!("; there are `{}`", several.join("`, `")),
    }
}

impl ImageError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "image::file",
            Self::Unpackable { .. } => "image::unpackable",
            Self::Layout { .. } => "image::layout",
            Self::Missing { .. } => "image::missing",
            Self::Digest { .. } => "image::digest",
            Self::Absent { .. } => "image::absent",
            Self::Document { .. } => "image::document",
            Self::Archive { .. } => "image::archive",
            Self::Refused { .. } => "image::refused",
            Self::Limit { .. } => "image::limit",
            Self::Reference { .. } => "image::reference",
            Self::InUse { .. } => "image::in-use",
            Self::Registry { .. } => "image::registry",
            Self::Access { .. } => "image::access",
            Self::Credentials { .. } => "image::credentials",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::File { .. } => return None,
            Self::Unpackable { .. } => "an image holds files, directories, links and named pipes",
            Self::Layout { .. } => "give an OCI image layout, its archive, or an archive of `docker save`",
            Self::Missing { .. } => "name one that is there, or another platform with `--platform`",
            Self::Digest { .. } | Self::Absent { .. } => "fetch or build the image again",
            Self::Document { .. } | Self::Archive { .. } => {
                "the image is damaged or was made by something that is not understood"
            }
            Self::Refused { .. } => {
                "do not use the image, or allow it if you trust its maker and `--allow` has a name for it"
            }
            Self::Limit { .. } => "raise the limit with `--limit` if the image is to be trusted",
            Self::Reference { .. } => "write HOST[:PORT]/NAME[:TAG][@DIGEST]",
            Self::InUse { .. } => "wait until the other command has ended",
            Self::Registry { .. } => {
                "see that the registry is reachable; proxies are taken from HTTPS_PROXY and NO_PROXY"
            }
            Self::Access { .. } => "log in with `docker login` or `podman login`; their files and helpers are read",
            Self::Credentials { .. } => "see that the helper that is configured for the registry works",
        })
    }

    /// For a step on a file.
    pub(crate) fn file(what: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File { what, path, source }
    }

    /// For an archive.
    pub(crate) fn archive(what: impl Into<String>) -> impl FnOnce(TarError) -> Self {
        let what = what.into();
        move |source| Self::Archive { what, source }
    }
}
