//! Workloads: what is to be isolated, as its own file says it. Every reader is a function of bytes; nothing is opened,
//! nothing is run, and what the bytes claim to hold is never reserved before it was seen.

pub mod elf;
pub mod image;
pub mod kubernetes;
mod read;
pub mod score;
pub mod wasm;

use std::collections::BTreeMap;
use std::fmt;

use stackwright_catalog::model::{WorkloadFact, WorkloadKind};
use stackwright_text::Diagnostic;

use crate::requirement::WorkloadFile;

/// What a workload is and asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workload {
    /// What sort of thing it is, where its file says so.
    pub kind: Option<WorkloadKind>,
    /// Its name, where its file gives one.
    pub name: Option<String>,
    /// Its containers, in the order of their names or of the file.
    pub containers: Vec<Container>,
    /// Ports on which it listens.
    pub ports: Vec<Port>,
    /// What it does or asks for, each with what says so.
    pub facts: BTreeMap<WorkloadFact, String>,
    /// Machine architecture it is made for, in the OCI spelling, such as `amd64`.
    pub architecture: Option<String>,
    /// What else is known of it, in words, one fact each.
    pub details: Vec<String>,
}

/// One container of a workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image; `None` where the image is still to be built.
    pub image: Option<String>,
    /// What is started instead of the image's entry point.
    pub command: Vec<String>,
    /// Arguments instead of the image's.
    pub args: Vec<String>,
    /// Environment variables, as written.
    pub variables: BTreeMap<String, String>,
    /// What it may use at most.
    pub limits: Resources,
    /// What it needs at least.
    pub requests: Resources,
    /// How it is asked if it is alive.
    pub liveness: Option<Probe>,
    /// How it is asked if it is ready.
    pub readiness: Option<Probe>,
    /// Paths of the container at which something is mounted.
    pub mounts: Vec<String>,
    /// Files that it is given, where its file holds them.
    pub files: Vec<FileMount>,
    /// Volumes that it is given, where its file describes them.
    pub volumes: Vec<VolumeMount>,
}

/// A question to a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// The request, if it is one of HTTP.
    pub http: Option<HttpProbe>,
    /// The command, if it is one.
    pub command: Vec<String>,
}

/// A request by which a container is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpProbe {
    /// The path.
    pub path: String,
    /// The port of the container.
    pub port: u16,
    /// `HTTP` or `HTTPS`, if it is said.
    pub scheme: Option<String>,
    /// Headers: name and value.
    pub headers: Vec<(String, String)>,
}

/// A file that a container is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileMount {
    /// Its path in the container.
    pub target: String,
    /// Its content; `None` if it lies in another file, or is not text.
    pub content: Option<String>,
    /// Its mode, in octal digits.
    pub mode: Option<String>,
    /// Whether placeholders in it stand for themselves.
    pub literal: bool,
}

/// A volume that a container is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeMount {
    /// Its path in the container.
    pub target: String,
    /// What it is, such as `${resources.disk}`.
    pub source: String,
    /// Whether it cannot be written to.
    pub read_only: bool,
}

/// Amounts of processor and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resources {
    /// Thousandths of a processor.
    pub cpu_millis: Option<u64>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
}

/// A port on which a workload listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The port of the workload.
    pub port: u16,
    /// The port at which others reach it.
    pub service: u16,
    /// The protocol.
    pub protocol: Protocol,
}

/// The protocol of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// The protocol of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }

    /// The name as Kubernetes and Score write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl Port {
    /// Reads `8080` or `53/udp`. `None` if it is neither, or the number is not from 1 to 65535.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, protocol) = match text.split_once('/') {
            Some((number, protocol)) => (number, Protocol::from_name(protocol)?),
            None => (text, Protocol::Tcp),
        };
        let port = number.parse().ok().filter(|p| *p > 0)?;
        number.bytes().all(|b| b.is_ascii_digit()).then_some(Self {
            name: None,
            port,
            service: port,
            protocol,
        })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.port, self.protocol.name())
    }
}

/// The file of a workload that a requirement names, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A WebAssembly module.
    Wasm,
    /// A program in the ELF format.
    Binary,
    /// A Score file.
    Score,
    /// A Kubernetes manifest.
    Manifest,
}

impl WorkloadFile {
    /// The file to be read, relative to the requirement, and its format; `None` if the workload is an image or nothing.
    pub fn file(&self) -> Option<(&str, Format)> {
        [
            (&self.wasm, Format::Wasm),
            (&self.binary, Format::Binary),
            (&self.score, Format::Score),
            (&self.manifest, Format::Manifest),
        ]
        .into_iter()
        .find_map(|(path, format)| path.as_deref().map(|p| (p, format)))
    }
}

/// Reads the file of a workload.
///
/// # Errors
///
/// Everything that is wrong with it, with places.
pub fn read(format: Format, name: &str, bytes: &[u8]) -> Result<Workload, Vec<Diagnostic>> {
    let one = |error: Diagnostic| vec![error];
    match format {
        Format::Wasm => wasm::read(name, bytes).map_err(one),
        Format::Binary => elf::read(name, bytes).map_err(one),
        Format::Score => score::read(name, bytes),
        Format::Manifest => kubernetes::read(name, bytes),
    }
}

#[cfg(test)]
mod tests;
