//! References to images: `[registry[:port]/]name[:tag][@digest]`, by the grammar of the distribution project.

use std::fmt;

use stackwright_text::Diagnostic;

/// The longest name, registry included.
const MAX_NAME: usize = 255;

/// A reference to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The registry, with its port; `None` if the reference leaves it to the engine.
    pub registry: Option<String>,
    /// The name within the registry.
    pub name: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest: algorithm, colon, hexadecimal digits.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    ///
    /// A diagnostic without a place, with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        Self::read(text).map_err(|why| {
            let diagnostic = Diagnostic::new(
                "workload::image",
                format!("`{text}` is no reference to an image: {why}"),
            );
            let lower = text.to_lowercase();
            match Self::read(&lower) {
                Ok(_) => diagnostic.with_help(format!("did you mean `{lower}`?")),
                Err(_) => diagnostic.with_help("write `registry.example/team/app:1.2`, or a digest for the tag"),
            }
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(check_digest(digest)?)),
            None => (text, None),
        };
        // A colon after the last slash stands before a tag, one before it belongs to the registry's port.
        let slash = rest.rfind('/').map_or(0, |i| i + 1);
        let (path, tag) = match rest.get(slash..).unwrap_or_default().split_once(':') {
            Some((last, tag)) => (
                rest.get(..slash + last.len()).unwrap_or_default(),
                Some(check_tag(tag)?),
            ),
            None => (rest, None),
        };
        let is_registry = |first: &str| first.contains(['.', ':']) || first == "localhost";
        let (registry, name) = match path.split_once('/') {
            Some((first, name)) if is_registry(first) => (Some(check_registry(first)?), name),
            _ => (None, path),
        };
        if path.len() > MAX_NAME {
            return Err(format!("its name is longer than {MAX_NAME} characters"));
        }
        for part in name.split('/') {
            check_part(part)?;
        }
        Ok(Self {
            registry,
            name: name.to_owned(),
            tag,
            digest,
        })
    }

    /// Whether it names its content, which a tag does not.
    pub fn is_pinned(&self) -> bool {
        self.digest.is_some()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(registry) = &self.registry {
            write!(f, "{registry}/")?;
        }
        f.write_str(&self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn check_registry(text: &str) -> Result<String, String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let is_host = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(label),
    };
    let is_port = port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok_and(|p| p > 0));
    if is_host && is_port {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no registry"))
    }
}

/// Lower-case letters and digits, with one point, one or two underscores or any number of hyphens between them.
fn check_part(part: &str) -> Result<(), String> {
    let wrong = || Err(format!("`{part}` is no part of a name"));
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(part.starts_with(alphanumeric) && part.ends_with(alphanumeric)) {
        return wrong();
    }
    for separator in part.split(alphanumeric) {
        let hyphens = separator.chars().all(|c| c == '-');
        if !(hyphens || matches!(separator, "." | "_" | "__")) {
            return wrong();
        }
    }
    Ok(())
}

fn check_tag(tag: &str) -> Result<String, String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if tag.starts_with(word) && tag.len() <= 128 && tag.chars().all(|c| word(c) || matches!(c, '.' | '-')) {
        Ok(tag.to_owned())
    } else {
        Err(format!("`{tag}` is no tag"))
    }
}

fn check_digest(digest: &str) -> Result<String, String> {
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let valid = match digest.split_once(':') {
        Some(("sha256", value)) => value.len() == 64 && hexadecimal(value),
        Some(("sha512", value)) => value.len() == 128 && hexadecimal(value),
        _ => false,
    };
    if valid {
        Ok(digest.to_owned())
    } else {
        Err(format!("`{digest}` is no digest"))
    }
}
