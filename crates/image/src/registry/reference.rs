//! References to images in registries.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::digest::Digest;
use crate::error::ImageError;

const DATA: &str = include_str!("../../data/registries.json");

/// What is known of registries.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Data {
    names: BTreeMap<String, Named>,
    pub(super) certificates: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    host: String,
    credentials: String,
    default_folder: String,
}

pub(super) fn data() -> &'static Data {
    static READ: LazyLock<Data> = LazyLock::new(|| serde_json::from_str(DATA).unwrap_or_default());
    &READ
}

/// An image in a registry: `HOST[:PORT]/NAME[:TAG][@DIGEST]`. The host is always named; none is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host, with a port if there is one.
    pub registry: String,
    /// Name of the repository.
    pub repository: String,
    /// The tag; `latest` if there is neither tag nor digest.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let wrong = |why| ImageError::Reference {
            reference: text.to_owned(),
            why,
        };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (
                rest,
                Some(Digest::parse(digest).ok_or_else(|| wrong("its digest is not SHA-256"))?),
            ),
            None => (text, None),
        };
        let (registry, rest) = rest.split_once('/').ok_or_else(|| wrong("it names no host"))?;
        if !(registry.contains(['.', ':']) || registry == "localhost") {
            return Err(wrong("it names no host"));
        }
        let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || !registry.chars().all(plain) {
            return Err(wrong("its host is malformed"));
        }
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        let part = |part: &str| {
            let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            let bytes = part.as_bytes();
            let ends = bytes.first().is_some_and(|b| inner(*b)) && bytes.last().is_some_and(|b| inner(*b));
            ends && bytes.iter().all(|b| inner(*b) || matches!(b, b'.' | b'_' | b'-')) && !part.contains("..")
        };
        if repository.len() > 255 || !repository.split('/').all(part) {
            return Err(wrong("its name is not of lower-case letters, digits and separators"));
        }
        let in_tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if tag.is_some_and(|t| t.is_empty() || t.len() > 128 || t.starts_with(['.', '-']) || !t.chars().all(in_tag)) {
            return Err(wrong("its tag is malformed"));
        }
        let known = data().names.get(registry).filter(|_| !repository.contains('/'));
        Ok(Self {
            registry: registry.to_owned(),
            repository: known.map_or_else(
                || repository.to_owned(),
                |k| format!("{}/{repository}", k.default_folder),
            ),
            tag: tag
                .map(str::to_owned)
                .or_else(|| digest.is_none().then(|| "latest".to_owned())),
            digest,
        })
    }

    /// What is asked for: the digest if there is one, else the tag.
    pub(super) fn wanted(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, tag) => tag.clone().unwrap_or_default(),
        }
    }

    /// The host that answers.
    pub(super) fn host(&self) -> &str {
        data().names.get(&self.registry).map_or(&self.registry, |n| &n.host)
    }

    /// The key under which programs keep the registry's credentials.
    pub(super) fn credentials_key(&self) -> &str {
        data()
            .names
            .get(&self.registry)
            .map_or(&self.registry, |n| &n.credentials)
    }

    /// Whether the registry is on this machine.
    pub(super) fn is_here(&self) -> bool {
        let host = self.host();
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests;
