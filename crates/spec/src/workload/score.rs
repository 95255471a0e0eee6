//! Score files, `score.dev/v1b1`: what a workload is made of, whatever it runs on.
//!
//! The rules are those of the specification's JSON Schema, version v1b1. Files and volumes are read in both forms that it has
//! had: a list with `target`, and a mapping by path.

mod file;
mod quantity;

use stackwright_catalog::model::{WorkloadFact, WorkloadKind};
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::yaml::parse_bytes;
use stackwright_text::{Diagnostic, decode, nearest};

use self::file::{ContainerFile, MountFile, PortFile, ProbeFile, ScoreFile};
pub(super) use self::quantity::{cpu_millis, memory_bytes};
use super::image::Reference;
use super::{Container, FileMount, HttpProbe, Port, Probe, Protocol, Resources, VolumeMount, Workload};
use crate::findings::Findings;

/// Reads a Score file.
///
/// # Errors
///
/// Everything that is wrong with it, with places.
pub fn read(name: &str, bytes: &[u8]) -> Result<Workload, Vec<Diagnostic>> {
    let (source, node) = parse_bytes(name, bytes).map_err(|d| vec![d])?;
    let file: ScoreFile = decode::decode(&source, &node).map_err(|d| vec![d])?;
    let mut reader = Reader {
        findings: Findings::new(&source, &node),
        file: &file,
        workload: Workload::default(),
    };
    reader.file();
    let Reader { findings, workload, .. } = reader;
    findings.finish(workload)
}

struct Reader<'a> {
    findings: Findings<'a>,
    file: &'a ScoreFile,
    workload: Workload,
}

const CODE: &str = "workload::score";

impl<'a> Reader<'a> {
    fn file(&mut self) {
        let file = self.file;
        if file.api_version != "score.dev/v1b1" {
            let message = format!("unknown version `{}`", file.api_version);
            let help = Some("the version that is read is `score.dev/v1b1`".to_owned());
            self.findings.find(&[Key("apiVersion")], CODE, message, help);
        }
        let name = &file.metadata.name;
        self.label(name, "workload", &[Key("metadata"), Key("name")]);
        self.workload.name = Some(name.clone());
        self.workload.kind = Some(WorkloadKind::LinuxBinary);
        if file.containers.is_empty() {
            self.find(&[Key("containers")], "a workload has at least one container");
        }
        for (name, resource) in &file.resources {
            let path = [Key("resources"), Key(name)];
            self.label(name, "resource", &path);
            let word = |text: &str| {
                let edge = |c: char| c.is_ascii_alphanumeric();
                (2..=63).contains(&text.len())
                    && text.starts_with(edge)
                    && text.ends_with(edge)
                    && text.chars().all(|c| edge(c) || c == '-')
            };
            for (key, text) in [("type", Some(&resource.kind)), ("class", resource.class.as_ref())] {
                if let Some(text) = text.filter(|t| !word(t)) {
                    let message = format!("`{text}` cannot be the {key} of a resource");
                    self.find(&[path.as_slice(), &[Key(key)]].concat(), &message);
                }
            }
            if let Some(id) = resource.id.as_ref().filter(|id| !id.split('.').all(is_plain_label)) {
                let message = format!("`{id}` cannot be the id of a resource");
                self.find(&[path.as_slice(), &[Key("id")]].concat(), &message);
            }
        }
        for (name, port) in file.service.iter().flat_map(|s| &s.ports) {
            self.port(name, port);
        }
        for (name, container) in &file.containers {
            self.container(name, container);
        }
    }

    fn find(&mut self, path: &[Step<'_>], message: &str) {
        self.findings.find(path, CODE, message, None);
    }

    /// A DNS label (RFC 1123) of at least two characters.
    fn label(&mut self, name: &str, what: &str, path: &[Step<'_>]) {
        if !(2..=63).contains(&name.len()) || !is_label(name) {
            let message = format!("`{name}` cannot be the name of a {what}");
            let help = "use 2 to 63 lower-case letters, digits and inner hyphens".to_owned();
            self.findings.find(path, CODE, message, Some(help));
        }
    }

    fn port(&mut self, name: &str, port: &PortFile) {
        let path = [Key("service"), Key("ports"), Key(name)];
        self.label(name, "port", &path);
        let mut number = |value: i64, key: &'static str| match u16::try_from(value) {
            Ok(port) if port > 0 => port,
            _ => {
                let path = [path.as_slice(), &[Key(key)]].concat();
                self.find(&path, &format!("a port is from 1 to 65535, found {value}"));
                0
            }
        };
        let service = number(port.port, "port");
        let own = port.target_port.map_or(service, |p| number(p, "targetPort"));
        let protocol = match port.protocol.as_deref() {
            None | Some("TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some(other) => {
                let path = [path.as_slice(), &[Key("protocol")]].concat();
                self.find(&path, &format!("the protocol is `TCP` or `UDP`, found `{other}`"));
                Protocol::Tcp
            }
        };
        self.workload.ports.push(Port {
            name: Some(name.to_owned()),
            port: own,
            service,
            protocol,
        });
    }

    fn container(&mut self, name: &'a str, file: &'a ContainerFile) {
        let base = [Key("containers"), Key(name)];
        let at = |steps: &[Step<'a>]| [base.as_slice(), steps].concat();
        self.label(name, "container", &base);
        let image = match file.image.as_str() {
            // The specification's word for an image that is built from the workload's own source.
            "." => None,
            image => {
                if let Err(error) = Reference::parse(image) {
                    let help = error.help().map(str::to_owned);
                    let path = at(&[Key("image")]);
                    self.findings.find(&path, error.code(), error.message(), help);
                }
                Some(image.to_owned())
            }
        };
        for (variable, value) in &file.variables {
            let path = at(&[Key("variables"), Key(variable)]);
            if variable.is_empty() || variable.contains('=') {
                self.find(&path, &format!("`{variable}` cannot be a variable"));
            }
            self.placeholders(value, &path);
        }
        let mut mounts = Vec::new();
        for (kind, list) in [("files", file.files.iter()), ("volumes", file.volumes.iter())] {
            for (i, (target, mount)) in list.enumerate() {
                let step = if mount.is_listed { Index(i) } else { Key(target) };
                self.mount(kind, target, mount, &at(&[Key(kind), step]));
                mounts.push(target.to_owned());
            }
        }
        let limits = self.resources(&file.resources.limits, &at(&[Key("resources"), Key("limits")]));
        let requests = self.resources(&file.resources.requests, &at(&[Key("resources"), Key("requests")]));
        let exceeds = |request: Option<u64>, limit: Option<u64>| request.zip(limit).is_some_and(|(r, l)| r > l);
        if exceeds(requests.memory_bytes, limits.memory_bytes) || exceeds(requests.cpu_millis, limits.cpu_millis) {
            let path = at(&[Key("resources"), Key("requests")]);
            self.find(&path, "more is requested than the limit allows");
        }
        for (key, probe) in [("livenessProbe", &file.liveness), ("readinessProbe", &file.readiness)] {
            if let Some(probe) = probe {
                self.probe(probe, &at(&[Key(key)]));
            }
        }
        self.workload.containers.push(Container {
            name: name.to_owned(),
            image,
            command: file.command.clone(),
            args: file.args.clone(),
            variables: file.variables.clone(),
            limits,
            requests,
            liveness: file.liveness.as_ref().map(probe),
            readiness: file.readiness.as_ref().map(probe),
            mounts,
            files: file
                .files
                .iter()
                .map(|(target, mount)| file_mount(target, mount))
                .collect(),
            volumes: file
                .volumes
                .iter()
                .map(|(target, mount)| volume_mount(target, mount))
                .collect(),
        });
    }

    fn mount(&mut self, kind: &str, target: &str, mount: &MountFile, path: &[Step<'_>]) {
        if target.is_empty() {
            self.find(path, "it is mounted at no path");
        } else if !target.starts_with('/') || target.split('/').any(|part| part == "..") {
            self.find(
                path,
                "it is mounted at a path that is absolute and leads nowhere else: without `..`",
            );
        }
        let at = |key: &'static str| [path, &[Key(key)]].concat();
        if kind == "volumes" {
            match &mount.source {
                Some(source) => self.placeholders(source, &at("source")),
                None => self.find(path, "a volume has a `source`"),
            }
            for (key, is_given) in [
                ("content", mount.content.is_some()),
                ("binaryContent", mount.binary.is_some()),
                ("mode", mount.mode.is_some()),
                ("noExpand", mount.no_expand.is_some()),
            ] {
                if is_given {
                    self.find(&at(key), &format!("a volume has no `{key}`"));
                }
            }
            if mount.path.as_ref().is_some_and(|p| !p.is_empty()) {
                let place = self.findings.place(&at("path"));
                let sentence = format!("{place}: a part of a volume is mounted at {target}");
                self.workload.facts.entry(WorkloadFact::SubPath).or_insert(sentence);
            }
            return;
        }
        let given = [&mount.source, &mount.content, &mount.binary];
        if given.into_iter().flatten().count() != 1 {
            self.find(
                path,
                "a file has exactly one of `source`, `content` and `binaryContent`",
            );
        }
        for (key, present) in [("path", mount.path.is_some()), ("readOnly", mount.read_only.is_some())] {
            if present {
                self.find(&at(key), &format!("a file has no `{key}`"));
            }
        }
        if let Some(mode) = &mount.mode {
            let digits = mode.strip_prefix('0').filter(|m| m.len() == 3).unwrap_or(mode);
            if digits.len() != 3 || !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
                let message = format!("`{mode}` is not a mode: write three octal digits, such as \"0644\"");
                self.find(&at("mode"), &message);
            }
        }
        if let Some(content) = mount.content.as_ref().filter(|_| mount.no_expand != Some(true)) {
            self.placeholders(content, &at("content"));
        }
    }

    fn resources(&mut self, file: &file::ResourcesFile, path: &[Step<'_>]) -> Resources {
        let mut read = |text: &Option<String>, key: &'static str, parse: fn(&str) -> Option<u64>, example: &str| {
            let text = text.as_ref()?;
            let value = parse(text);
            if value.is_none() {
                let path = [path, &[Key(key)]].concat();
                let message = format!("`{text}` is no amount of {key}: write {example}");
                self.find(&path, &message);
            }
            value
        };
        Resources {
            cpu_millis: read(&file.cpu, "cpu", cpu_millis, "`2`, `0.5` or `125m`"),
            memory_bytes: read(&file.memory, "memory", memory_bytes, "`125M` or `1Gi`"),
        }
    }

    fn probe(&mut self, probe: &ProbeFile, path: &[Step<'_>]) {
        match (&probe.http_get, &probe.exec) {
            (Some(get), None) => {
                let at = |key: &'static str| [path, &[Key("httpGet"), Key(key)]].concat();
                if !(1..=65535).contains(&get.port) {
                    let message = format!("a port is from 1 to 65535, found {}", get.port);
                    self.find(&at("port"), &message);
                }
                if !matches!(get.scheme.as_deref(), None | Some("HTTP" | "HTTPS")) {
                    self.find(&at("scheme"), "the scheme is `HTTP` or `HTTPS`");
                }
                for (i, header) in get.headers.iter().enumerate() {
                    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                    if header.name.is_empty() || !header.name.chars().all(word) || header.value.is_empty() {
                        let path = [at("httpHeaders").as_slice(), &[Index(i)]].concat();
                        self.find(&path, &format!("`{}` is no header with a value", header.name));
                    }
                }
            }
            (None, Some(exec)) => {
                if exec.command.is_empty() {
                    self.find(&[path, &[Key("exec")]].concat(), "the command is empty");
                }
            }
            _ => self.find(path, "a probe has exactly one of `httpGet` and `exec`"),
        }
    }

    /// Checks `${…}`: it is closed, and what it refers to is there. `$$` is a dollar sign.
    fn placeholders(&mut self, text: &str, path: &[Step<'_>]) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let after = rest.get(at + 1..).unwrap_or_default();
            if let Some(escaped) = after.strip_prefix('$') {
                rest = escaped;
                continue;
            }
            let Some(open) = after.strip_prefix('{') else {
                rest = after;
                continue;
            };
            let Some((reference, tail)) = open.split_once('}') else {
                self.find(path, "a placeholder `${` is not closed");
                return;
            };
            self.reference(reference, path);
            rest = tail;
        }
    }

    fn reference(&mut self, reference: &str, path: &[Step<'_>]) {
        let mut parts = reference.split('.');
        match (parts.next(), parts.next()) {
            (Some("metadata"), Some(_)) => {}
            (Some("resources"), Some(name)) => {
                if !self.file.resources.contains_key(name) {
                    let names = self.file.resources.keys().map(String::as_str);
                    let help = nearest(name, names).map(|n| format!("did you mean `{n}`?"));
                    let message = format!("the placeholder names the resource `{name}`, which there is not");
                    self.findings.find(path, CODE, message, help);
                }
            }
            _ => {
                let message = format!("the placeholder `${{{reference}}}` refers to nothing");
                let help = "write `${metadata.name}` or `${resources.NAME.PROPERTY}`; `$$` is a dollar sign".to_owned();
                self.findings.find(path, CODE, message, Some(help));
            }
        }
    }
}

fn probe(file: &ProbeFile) -> Probe {
    let http = file.http_get.as_ref().map(|get| HttpProbe {
        path: get.path.clone(),
        port: u16::try_from(get.port).unwrap_or_default(),
        scheme: get.scheme.clone(),
        headers: get.headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect(),
    });
    let command = file.exec.as_ref().map(|e| e.command.clone()).unwrap_or_default();
    Probe { http, command }
}

fn file_mount(target: &str, mount: &MountFile) -> FileMount {
    FileMount {
        target: target.to_owned(),
        content: mount.content.clone(),
        mode: mount.mode.clone(),
        literal: mount.no_expand == Some(true),
    }
}

fn volume_mount(target: &str, mount: &MountFile) -> VolumeMount {
    VolumeMount {
        target: target.to_owned(),
        source: mount.source.clone().unwrap_or_default(),
        read_only: mount.read_only == Some(true),
    }
}

fn is_label(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(edge) && name.ends_with(edge) && name.chars().all(|c| edge(c) || c == '-')
}

/// A part of a resource's id; one character is enough.
fn is_plain_label(name: &str) -> bool {
    name.len() <= 63 && is_label(name)
}
