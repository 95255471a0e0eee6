//! From the documents of a bundle to the one pod that is played, and what is left out of them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value, json};
use stackwright_spec::launch::ClusterLaunch;
use stackwright_spec::report::{Finding, Severity};

use super::data::{WorkloadData, data};
use crate::error::DriveError;

/// What is played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// The pod.
    pub(super) pod: Value,
    /// Its containers, in the order in which they are started.
    pub(super) containers: Vec<Container>,
    /// The runtime class that it names, and the handler of that.
    pub(super) class: Option<(String, String)>,
    /// Files that it is given, below the folder that it was written for.
    pub(super) files: Vec<(PathBuf, String)>,
    pub(super) findings: Vec<Finding>,
}

/// A container, and what its document asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    /// Its name in the document.
    pub(super) name: String,
    pub(super) part: Part,
    pub(super) image: String,
    pub(super) memory_bytes: Option<u64>,
    pub(super) drops_all: bool,
    /// Capabilities that it adds.
    pub(super) adds: Vec<String>,
    pub(super) read_only: bool,
    pub(super) not_root: bool,
    pub(super) filter: Filter,
}

/// What a container is in its pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// The workload itself: the run ends with it.
    #[default]
    Main,
    /// Runs to its end before the others are started.
    Before,
    /// Runs beside the workload.
    Beside,
}

/// The filter that a container asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Filter {
    #[default]
    None,
    /// The engine's own.
    Standard,
    /// A profile, by its path below the nodes' folder.
    Profile(String),
}

fn unsupported(what: String, help: &str) -> DriveError {
    DriveError::Unsupported {
        what,
        help: help.to_owned(),
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    let list = value.pointer(path).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// The pod of a launch, by this name. What it is given as files will lie in the folder.
///
/// # Errors
///
/// There is no workload, or it needs what podman cannot give it.
pub(super) fn played(launch: &ClusterLaunch, name: &str, folder: &Path) -> Result<Played, DriveError> {
    let (file, document, kind) = workload(launch)?;
    let mut writer = Writer {
        launch,
        name,
        folder,
        left: Vec::new(),
        played: Played::default(),
    };
    writer.beside(file, document, kind);
    let template = document.pointer(&kind.template).unwrap_or(&Value::Null);
    let spec = template.get("spec").unwrap_or(&Value::Null);
    writer.played.class = class(launch, text(spec, "/runtimeClassName"));
    let pod = writer.pod(template, spec)?;
    writer.played.pod = pod;
    if let Some(annotations) = template.pointer("/metadata/annotations").and_then(Value::as_object) {
        writer
            .left
            .extend(annotations.keys().map(|key| format!("annotation {key}")));
    }
    if !writer.left.is_empty() {
        let what = format!("not carried out here: {}", writer.left.join(", "));
        writer.say(Severity::Info, file, what);
    }
    Ok(writer.played)
}

/// The one document that pods are made from.
fn workload(launch: &ClusterLaunch) -> Result<(&str, &Value, &'static WorkloadData), DriveError> {
    let mut found = launch.documents.iter().filter_map(|(file, document)| {
        let kind = data().workloads.iter().find(|w| w.kind == text(document, "/kind"))?;
        Some((file.as_str(), document, kind))
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(unsupported(
            format!("the bundle {} has no workload that podman could play", launch.name),
            "podman plays what is made of pods; deploy the bundle to a cluster, as its README.md says",
        )),
        (Some((one, ..)), Some((other, ..))) => Err(unsupported(
            format!("the bundle {} has several workloads: {one}, {other}", launch.name),
            "emit a bundle for each of them",
        )),
    }
}

/// The class that pods name, and its handler, which is called so itself where the bundle does not say.
fn class(launch: &ClusterLaunch, name: &str) -> Option<(String, String)> {
    if name.is_empty() {
        return None;
    }
    let is_it =
        |document: &&Value| text(document, "/kind") == "RuntimeClass" && text(document, "/metadata/name") == name;
    let defined = launch.documents.iter().map(|(_, document)| document).find(is_it);
    let handler = defined.map_or(name, |document| text(document, "/handler"));
    Some((name.to_owned(), handler.to_owned()))
}

struct Writer<'a> {
    launch: &'a ClusterLaunch,
    name: &'a str,
    folder: &'a Path,
    /// Fields that are left out.
    left: Vec<String>,
    played: Played,
}

impl Writer<'_> {
    fn say(&mut self, severity: Severity, place: &str, what: String) {
        self.played.findings.push(Finding {
            severity,
            r#where: place.to_owned(),
            what,
        });
    }

    /// Says what is left out around the pod.
    fn beside(&mut self, file: &str, document: &Value, kind: &WorkloadData) {
        let count = kind.count.as_deref().and_then(|path| document.pointer(path)?.as_u64());
        if let Some(count) = count.filter(|count| *count > 1) {
            let what = format!("{} asks for {count} pods; one is played", kind.kind);
            self.say(Severity::Warning, file, what);
        }
        if let Some(note) = &kind.note {
            self.say(Severity::Info, file, format!("{}: {note}", kind.kind));
        }
        for (other, document) in &self.launch.documents {
            let kind = text(document, "/kind");
            if other == file || data().along.iter().any(|along| along == kind) {
                continue;
            }
            let why = data().left_out.get(kind).unwrap_or(&data().otherwise);
            let what = format!("{kind} {} is left out: {why}", text(document, "/metadata/name"));
            self.say(Severity::Info, other, what);
        }
    }

    /// The fields of an object that are carried over; others are noted.
    fn carried(&mut self, value: &Value, place: &str, fields: &[String]) -> Map<String, Value> {
        let mut carried = Map::new();
        for (key, value) in value.as_object().into_iter().flatten() {
            if fields.contains(key) {
                carried.insert(key.clone(), value.clone());
            } else if !data().read.contains(key) && !data().silent.contains(key) {
                self.left.push(format!("{place}{key}"));
            }
        }
        carried
    }

    fn pod(&mut self, template: &Value, spec: &Value) -> Result<Value, DriveError> {
        let mut played = self.carried(spec, "", &data().pod);
        let none = Value::Null;
        let security = spec.get("securityContext").unwrap_or(&none);
        let own = self.carried(security, "securityContext.", &data().security);
        let (mut containers, mut volumes) = (Vec::new(), Vec::new());
        // All are started one after the other here, so those that come before are containers like others.
        let before = list(spec, "/initContainers").iter().map(|container| {
            let beside = text(container, "/restartPolicy") == "Always";
            (container, if beside { Part::Beside } else { Part::Before })
        });
        let (main, beside) = list(spec, "/containers")
            .split_first()
            .ok_or_else(|| unsupported("the pod has no containers".to_owned(), "emit the bundle again"))?;
        // Those beside the workload are there before it, as it may need them.
        let beside = beside.iter().map(|container| (container, Part::Beside));
        for (container, part) in before.chain(beside).chain([(main, Part::Main)]) {
            containers.push(self.container(container, part, security, spec, &mut volumes)?);
        }
        played.insert("containers".to_owned(), containers.into());
        played.insert("volumes".to_owned(), volumes.into());
        played.insert("securityContext".to_owned(), own.into());
        played.insert("restartPolicy".to_owned(), "Never".into());
        for field in ["automountServiceAccountToken", "enableServiceLinks"] {
            played.insert(field.to_owned(), false.into());
        }
        let labels = template.pointer("/metadata/labels").cloned().unwrap_or(json!({}));
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": self.name, "labels": labels, "annotations": {} },
            "spec": played,
        }))
    }

    fn container(
        &mut self,
        container: &Value,
        part: Part,
        pod: &Value,
        spec: &Value,
        volumes: &mut Vec<Value>,
    ) -> Result<Value, DriveError> {
        let name = text(container, "/name").to_owned();
        if !is_name(&name) || text(container, "/image").starts_with('-') {
            let what = format!("`{name}` is no name of a container, or its image is none");
            return Err(unsupported(what, "emit the bundle again"));
        }
        let place = format!("{name}.");
        let mut played = self.carried(container, &place, &data().container);
        let none = Value::Null;
        let own = container.get("securityContext").unwrap_or(&none);
        let security = self.carried(own, &format!("{place}securityContext."), &data().security);
        // What a container says itself counts before what its pod says.
        let said = |field: &str| own.get(field).or_else(|| pod.get(field));
        let is = |field: &str, wanted: bool| said(field).and_then(Value::as_bool) == Some(wanted);
        let names = |path: &str| -> Vec<String> {
            let names = list(own, path).iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let memory = text(container, "/resources/limits/memory");
        let described = Container {
            part,
            image: text(container, "/image").to_owned(),
            memory_bytes: bytes(memory),
            drops_all: names("/capabilities/drop").iter().any(|name| name == "ALL"),
            adds: names("/capabilities/add"),
            read_only: is("readOnlyRootFilesystem", true),
            not_root: is("runAsNonRoot", true),
            filter: match said("seccompProfile") {
                Some(profile) if text(profile, "/type") == "RuntimeDefault" => Filter::Standard,
                Some(profile) if text(profile, "/type") == "Localhost" => {
                    Filter::Profile(text(profile, "/localhostProfile").to_owned())
                }
                _ => Filter::None,
            },
            name: name.clone(),
        };
        self.played.containers.push(described);
        let mut env = self.env(container, part)?;
        if part == Part::Main {
            let given = self.launch.env.iter();
            env.extend(given.map(|(name, value)| (name.clone(), value.clone())));
            if !self.launch.args.is_empty() {
                played.insert("args".to_owned(), self.launch.args.clone().into());
            }
        }
        let env: Vec<Value> = env
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let mut mounts = Vec::new();
        for mount in list(container, "/volumeMounts") {
            mounts.push(self.mount(mount, &place, spec, volumes)?);
        }
        played.insert("name".to_owned(), name.into());
        played.insert("imagePullPolicy".to_owned(), "Never".into());
        played.insert("env".to_owned(), env.into());
        played.insert("volumeMounts".to_owned(), mounts.into());
        played.insert("securityContext".to_owned(), security.into());
        Ok(played.into())
    }

    /// Variables of a container, by name; later ones count.
    fn env(&self, container: &Value, part: Part) -> Result<BTreeMap<String, String>, DriveError> {
        let mut env = BTreeMap::new();
        for from in list(container, "/envFrom") {
            let (prefix, map) = (text(from, "/prefix"), text(from, "/configMapRef/name"));
            match self.config_map(map) {
                Some(values) => env.extend(values.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value))),
                None if from.pointer("/configMapRef/optional") == Some(&true.into()) => {}
                None => {
                    return Err(unsupported(
                        format!(
                            "variables of {} come from what is not in the bundle",
                            text(container, "/name")
                        ),
                        "podman is given what is in the bundle only; deploy it to a cluster",
                    ));
                }
            }
        }
        for variable in list(container, "/env") {
            let name = text(variable, "/name").to_owned();
            let given = part == Part::Main && self.launch.env.iter().any(|(known, _)| *known == name);
            let value = match variable.get("valueFrom").filter(|_| !given) {
                None => Some(text(variable, "/value").to_owned()),
                Some(from) => {
                    let map = self.config_map(text(from, "/configMapKeyRef/name"));
                    let value = map.and_then(|mut map| map.remove(text(from, "/configMapKeyRef/key")));
                    if value.is_none() && from.pointer("/configMapKeyRef/optional") != Some(&true.into()) {
                        return Err(unsupported(
                            format!("the variable {name} comes from what is not in the bundle"),
                            "give it with `--env NAME=VALUE`",
                        ));
                    }
                    value
                }
            };
            env.extend(value.map(|value| (name, value)));
        }
        Ok(env)
    }

    fn config_map(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let is_it = |d: &&Value| text(d, "/kind") == "ConfigMap" && text(d, "/metadata/name") == name;
        let map = self.launch.documents.iter().map(|(_, document)| document).find(is_it)?;
        let values = map.get("data").and_then(Value::as_object)?.iter();
        Some(
            values
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
        )
    }

    /// A mount, with a volume of its own: files of configuration as files, as podman would keep its copies of them.
    fn mount(
        &mut self,
        mount: &Value,
        place: &str,
        spec: &Value,
        volumes: &mut Vec<Value>,
    ) -> Result<Value, DriveError> {
        let name = text(mount, "/name");
        let volume = list(spec, "/volumes")
            .iter()
            .find(|v| text(v, "/name") == name)
            .unwrap_or(&Value::Null);
        let path = text(mount, "/subPath");
        if !is_name(name) || !path.is_empty() && !is_inside(path) {
            let what = format!("{place}volumeMounts: `{name}` at `{path}` cannot be");
            return Err(unsupported(what, "emit the bundle again"));
        }
        let here = format!("{}-{name}", self.name);
        let (source, read_only) = match (volume.get("configMap"), volume.get("emptyDir")) {
            (Some(map), _) => {
                let inside = self.files(map, name)?;
                let source = self.folder.join(inside);
                let source = if path.is_empty() { source } else { source.join(path) };
                (Some(("hostPath", json!({ "path": source }))), true)
            }
            (None, Some(_)) if path.is_empty() => {
                let known = volumes.iter().any(|v| text(v, "/name") == here);
                (
                    (!known).then(|| ("emptyDir", json!({}))),
                    mount.get("readOnly") == Some(&true.into()),
                )
            }
            _ => {
                let kind = volume
                    .as_object()
                    .into_iter()
                    .flat_map(Map::keys)
                    .find(|key| *key != "name");
                return Err(unsupported(
                    format!(
                        "{place}volumeMounts: {name} is a volume that podman is not given: {}",
                        kind.map_or("?", |k| k)
                    ),
                    "podman is given empty folders and files of the bundle only; deploy it to a cluster",
                ));
            }
        };
        // The same files may be mounted at several places by different paths.
        let here = match &source {
            Some(("hostPath", _)) => format!("{here}-{}", volumes.len()),
            _ => here,
        };
        if let Some((kind, source)) = source {
            volumes.push(json!({ "name": here, kind: source }));
        }
        Ok(json!({ "name": here, "mountPath": text(mount, "/mountPath"), "readOnly": read_only }))
    }

    /// Has the files of a volume written, and returns their folder.
    fn files(&mut self, map: &Value, volume: &str) -> Result<PathBuf, DriveError> {
        let name = text(map, "/name");
        let values = self.config_map(name).ok_or_else(|| {
            unsupported(
                format!("the volume {volume} shows {name}, which is not in the bundle"),
                "podman is given what is in the bundle only; deploy it to a cluster",
            )
        })?;
        let folder = PathBuf::from("files").join(volume);
        let chosen: BTreeMap<String, String> = match list(map, "/items") {
            [] => values.keys().map(|key| (key.clone(), key.clone())).collect(),
            items => {
                let item = |i: &Value| (text(i, "/key").to_owned(), text(i, "/path").to_owned());
                items.iter().map(item).collect()
            }
        };
        for (key, path) in chosen {
            let (true, Some(content)) = (is_inside(&path), values.get(&key)) else {
                return Err(unsupported(
                    format!("the volume {volume} shows {key} as `{path}`, which cannot be"),
                    "emit the bundle again",
                ));
            };
            let file = (folder.join(path), content.clone());
            if !self.played.files.contains(&file) {
                self.played.files.push(file);
            }
        }
        Ok(folder)
    }
}

/// Whether it is a name as containers and volumes have one; files here are called so.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty() && name.len() < 64 && !name.starts_with('-') && name.chars().all(fits)
}

/// Whether a path leads to a file below a folder, and nowhere else.
pub(super) fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// A quantity of memory as Kubernetes writes it, in bytes; `None` if there is none, or it is no whole number of them.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let factor = match suffix {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests;
