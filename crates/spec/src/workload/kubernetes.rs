//! Kubernetes manifests: the one workload among their objects, and what its pods ask for.
//!
//! Only what decides on the choice of a stack is read; whether the manifest is valid is not asked here.

use stackwright_catalog::model::{WorkloadFact, WorkloadKind};
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::yaml::{Node, Value, parse};
use stackwright_text::{Diagnostic, Source};

use super::score::{cpu_millis, memory_bytes};
use super::{Container, Port, Probe, Protocol, Resources, Workload};
use crate::findings::Findings;

/// Documents of one file that are read.
const MAX_DOCUMENTS: usize = 1000;

/// Reads a manifest that holds one workload, and possibly other objects.
///
/// # Errors
///
/// It is not YAML, or holds no workload, or several.
pub fn read(name: &str, bytes: &[u8]) -> Result<Workload, Vec<Diagnostic>> {
    let text = String::from_utf8_lossy(bytes);
    let whole = Source::new(name, text.as_ref());
    let mut count = 0;
    // The last workload and the text up to the end of its document, in which places are those of the file.
    let mut found: Option<(Source, Node, Vec<Step<'static>>)> = None;
    for (number, (start, end)) in documents(&text).into_iter().enumerate() {
        if number == MAX_DOCUMENTS {
            let message = format!("{name} holds more than {MAX_DOCUMENTS} documents");
            return Err(vec![Diagnostic::new("workload::kubernetes", message)]);
        }
        let document = Source::new(name, text.get(start..end).unwrap_or_default());
        let in_place = || {
            let lines = text.get(..start).unwrap_or_default().matches('\n').count();
            Source::new(name, format!("{}{}", "\n".repeat(lines), document.text()))
        };
        let paths = match parse(&document) {
            Ok(node) => workloads(&node),
            Err(error) if error.code() == "yaml::empty" => continue,
            Err(error) => return Err(vec![parse(&in_place()).err().unwrap_or(error)]),
        };
        count += paths.len();
        if let Some(path) = paths.into_iter().next_back() {
            let source = in_place();
            let node = parse(&source).map_err(|error| vec![error])?;
            found = Some((source, node, path));
        }
    }
    let Some((source, node, path)) = found else {
        return Err(vec![
            Diagnostic::new("workload::kubernetes", "the manifest holds no workload")
                .with_source(&whole)
                .with_help("a workload is a Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob"),
        ]);
    };
    if count > 1 {
        let mut findings = Findings::new(&source, &node);
        let message = format!("the manifest holds {count} workloads, and one is planned at a time");
        let help = "put each into a file of its own".to_owned();
        findings.find(&path, "workload::kubernetes", message, Some(help));
        return findings.finish(Workload::default());
    }
    Ok(Reader::new(&source, &node, &path).workload())
}

/// Where the documents of a file begin and end.
fn documents(text: &str) -> Vec<(usize, usize)> {
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .filter(|(start, end)| start < end)
        .collect()
}

/// Where the pod is in an object of a kind.
fn template(kind: &str) -> Option<&'static [Step<'static>]> {
    const POD: &[Step<'static>] = &[];
    const TEMPLATE: &[Step<'static>] = &[Key("spec"), Key("template")];
    const CRON: &[Step<'static>] = &[Key("spec"), Key("jobTemplate"), Key("spec"), Key("template")];
    match kind {
        "Pod" => Some(POD),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => Some(TEMPLATE),
        "CronJob" => Some(CRON),
        _ => None,
    }
}

/// Paths to the objects of a document that are workloads; a list holds several.
fn workloads(node: &Node) -> Vec<Vec<Step<'static>>> {
    let kind = |node: &Node| node.get("kind").and_then(Node::as_str).map(str::to_owned);
    match (kind(node), node.get("items").map(|n| &n.value)) {
        (Some(list), Some(Value::Sequence(items))) if list.ends_with("List") => items
            .iter()
            .enumerate()
            .filter(|(_, item)| kind(item).is_some_and(|k| template(&k).is_some()))
            .map(|(i, _)| vec![Key("items"), Index(i)])
            .collect(),
        (Some(kind), _) if template(&kind).is_some() => vec![Vec::new()],
        _ => Vec::new(),
    }
}

struct Reader<'a> {
    findings: Findings<'a>,
    object: &'a Node,
    /// The path to the pod's specification.
    path: Vec<Step<'a>>,
    spec: Option<&'a Node>,
    workload: Workload,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, node: &'a Node, object_path: &[Step<'static>]) -> Self {
        let object = node.at(object_path.iter().copied());
        let kind = object.get("kind").and_then(Node::as_str).unwrap_or_default();
        let mut path: Vec<Step<'a>> = object_path.to_vec();
        path.extend(template(kind).unwrap_or_default());
        path.push(Key("spec"));
        let spec = walk(node, &path);
        Self {
            findings: Findings::new(source, node),
            object,
            path,
            spec,
            workload: Workload::default(),
        }
    }

    fn workload(mut self) -> Workload {
        self.workload.kind = Some(WorkloadKind::LinuxBinary);
        let name = self.object.get("metadata").and_then(|m| m.get("name"));
        self.workload.name = name.and_then(Node::as_str).map(str::to_owned);
        let Some(spec) = self.spec else {
            return self.workload;
        };
        for (key, fact) in [
            ("hostNetwork", WorkloadFact::HostNetwork),
            ("hostPID", WorkloadFact::HostPid),
        ] {
            if is_true(spec.get(key)) {
                self.fact(fact, &[Key(key)], &format!("{key}: true"));
            }
        }
        for (i, volume) in items(spec.get("volumes")).enumerate() {
            if volume.get("hostPath").is_some() {
                self.fact(
                    WorkloadFact::HostPath,
                    &[Key("volumes"), Index(i)],
                    "a volume of the host",
                );
            }
        }
        if let Some(runtime) = spec.get("runtimeClassName").and_then(Node::as_str) {
            self.workload
                .details
                .push(format!("asks for the RuntimeClass {runtime}"));
        }
        if let Some(selector) = spec.get("nodeSelector") {
            let architecture = selector.get("kubernetes.io/arch").and_then(Node::as_str);
            self.workload.architecture = architecture.map(str::to_owned);
        }
        for list in ["initContainers", "containers"] {
            for (i, container) in items(spec.get(list)).enumerate() {
                self.container(list, i, container);
            }
        }
        self.workload
    }

    /// Notes a fact with the field that says so.
    fn fact(&mut self, fact: WorkloadFact, steps: &[Step<'_>], what: &str) {
        let path: Vec<Step<'_>> = self.path.iter().copied().chain(steps.iter().copied()).collect();
        let place = self.findings.place(&path);
        self.workload
            .facts
            .entry(fact)
            .or_insert_with(|| format!("{place}: {what}"));
    }

    fn container(&mut self, list: &'static str, index: usize, node: &Node) {
        let at = |steps: &[Step<'static>]| [&[Key(list), Index(index)], steps].concat();
        if let Some(context) = node.get("securityContext") {
            if is_true(context.get("privileged")) {
                let path = at(&[Key("securityContext"), Key("privileged")]);
                self.fact(WorkloadFact::Privileged, &path, "privileged: true");
            }
            let added = items(context.get("capabilities").and_then(|c| c.get("add"))).filter_map(Node::as_str);
            for capability in added {
                let name = capability.strip_prefix("CAP_").unwrap_or(capability);
                if matches!(name, "NET_RAW" | "ALL") {
                    let path = at(&[Key("securityContext"), Key("capabilities")]);
                    self.fact(WorkloadFact::RawSockets, &path, &format!("the capability {capability}"));
                }
            }
        }
        for (i, mount) in items(node.get("volumeMounts")).enumerate() {
            for key in ["subPath", "subPathExpr"] {
                if mount.get(key).and_then(Node::as_str).is_some_and(|p| !p.is_empty()) {
                    let path = at(&[Key("volumeMounts"), Index(i)]);
                    self.fact(WorkloadFact::SubPath, &path, &format!("{key} of a volume mount"));
                }
            }
        }
        if items(node.get("volumeDevices")).next().is_some() {
            self.fact(
                WorkloadFact::BlockDevices,
                &at(&[Key("volumeDevices")]),
                "a volume as a block device",
            );
        }
        let resources = node.get("resources");
        for kind in ["limits", "requests"] {
            for name in keys(resources.and_then(|r| r.get(kind))) {
                let path = at(&[Key("resources")]);
                if is_gpu(name) {
                    self.fact(WorkloadFact::Gpu, &path, &format!("the resource {name}"));
                }
                if name == "devices.kubevirt.io/kvm" {
                    self.fact(
                        WorkloadFact::NestedVirtualization,
                        &path,
                        &format!("the resource {name}"),
                    );
                }
            }
        }
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let texts = |key: &str| {
            let items = items(node.get(key)).filter_map(Node::as_str);
            items.map(str::to_owned).collect::<Vec<_>>()
        };
        for port in items(node.get("ports")).filter_map(port) {
            if !self.workload.ports.contains(&port) {
                self.workload.ports.push(port);
            }
        }
        let mounts = items(node.get("volumeMounts")).filter_map(|m| m.get("mountPath")?.as_str());
        self.workload.containers.push(Container {
            name: text("name").unwrap_or_default(),
            image: text("image"),
            command: texts("command"),
            args: texts("args"),
            variables: items(node.get("env"))
                .filter_map(|v| {
                    Some((
                        v.get("name")?.as_str()?.to_owned(),
                        v.get("value")?.as_str()?.to_owned(),
                    ))
                })
                .collect(),
            limits: amounts(resources.and_then(|r| r.get("limits"))),
            requests: amounts(resources.and_then(|r| r.get("requests"))),
            // How it is asked is taken over from the manifest itself.
            liveness: node.get("livenessProbe").map(|_| Probe::default()),
            readiness: node.get("readinessProbe").map(|_| Probe::default()),
            mounts: mounts.map(str::to_owned).collect(),
            ..Container::default()
        });
    }
}

/// The node that a path leads to, or nothing where it breaks off.
fn walk<'n>(node: &'n Node, path: &[Step<'_>]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, step| match (step, &node.value) {
        (Key(key), _) => node.get(key),
        (Index(index), Value::Sequence(items)) => items.get(*index),
        (Index(_), _) => None,
    })
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    match node.map(|n| &n.value) {
        Some(Value::Sequence(items)) => items.iter(),
        _ => [].iter(),
    }
}

fn keys(node: Option<&Node>) -> impl Iterator<Item = &str> {
    let entries = match node.map(|n| &n.value) {
        Some(Value::Mapping(entries)) => entries.iter(),
        _ => [].iter(),
    };
    entries.filter_map(|(key, _)| key.as_str())
}

fn is_true(node: Option<&Node>) -> bool {
    matches!(node.and_then(Node::as_str), Some("true" | "True" | "TRUE"))
}

/// Whether an extended resource is a graphics processor: the vendors' device plugins call them `…/gpu`, parts of one
/// `…/mig-1g.5gb` or `…/gpu.shared`.
fn is_gpu(resource: &str) -> bool {
    let Some((vendor, name)) = resource.split_once('/') else {
        return false;
    };
    let parts = |name: &str| name.split(['.', '-', '_']).any(|part| part == "gpu" || part == "mig");
    vendor.starts_with("gpu.") || parts(name)
}

fn port(node: &Node) -> Option<Port> {
    let number = node.get("containerPort")?.as_str()?.parse().ok().filter(|p| *p > 0)?;
    let protocol = node.get("protocol").and_then(Node::as_str);
    Some(Port {
        name: node.get("name").and_then(Node::as_str).map(str::to_owned),
        port: number,
        service: number,
        protocol: protocol.map_or(Some(Protocol::Tcp), Protocol::from_name)?,
    })
}

fn amounts(node: Option<&Node>) -> Resources {
    let text = |key: &str| node.and_then(|n| n.get(key)).and_then(Node::as_str);
    Resources {
        cpu_millis: text("cpu").and_then(cpu_millis),
        memory_bytes: text("memory").and_then(memory_bytes),
    }
}
