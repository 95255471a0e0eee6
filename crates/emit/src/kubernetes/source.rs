//! From a workload's own file to a controller of pods: what its file says is taken over, what cannot be is an error.

use std::collections::BTreeMap;

use serde_json::Value;
use stackwright_spec::requirement::Requirement;
use stackwright_spec::workload::{self, Container as Described, Format, Port, Protocol, Resources as Amounts};
use stackwright_text::yaml::{Node, parse};
use stackwright_text::{Diagnostic, Source, decode};

use super::api::container::{
    Container, ContainerPort, Exec, Header, HttpGet, KeyOf, Mount, NumberOrName, Probe, Resources, ValueFrom, Variable,
};
use super::api::controller::{
    CronJob, CronJobSpec, DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec, Job, JobSpec, StatefulSet,
    StatefulSetSpec,
};
use super::api::pod::{ConfigMapVolume, EmptyDir, Item, Pod, Template, Volume};
use super::api::{self};
use crate::EmitError;

/// What keeps pods running, or runs them to their end.
pub(crate) enum Controller {
    Deployment(DeploymentSpec),
    StatefulSet(StatefulSetSpec),
    DaemonSet(DaemonSetSpec),
    Job(JobSpec),
    CronJob(CronJobSpec),
}

impl Controller {
    fn object(&self) -> (&'static str, &'static str) {
        fn of<T: api::Object>() -> (&'static str, &'static str) {
            (T::VERSION, T::KIND)
        }
        match self {
            Self::Deployment(_) => of::<Deployment>(),
            Self::StatefulSet(_) => of::<StatefulSet>(),
            Self::DaemonSet(_) => of::<DaemonSet>(),
            Self::Job(_) => of::<Job>(),
            Self::CronJob(_) => of::<CronJob>(),
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.object().1
    }

    pub(crate) fn version(&self) -> &'static str {
        self.object().0
    }

    pub(crate) fn template(&mut self) -> &mut Template {
        match self {
            Self::Deployment(spec) => &mut spec.template,
            Self::StatefulSet(spec) => &mut spec.template,
            Self::DaemonSet(spec) => &mut spec.template,
            Self::Job(spec) => &mut spec.template,
            Self::CronJob(spec) => &mut spec.job_template.spec.template,
        }
    }

    /// Where the template of pods is in the document.
    pub(crate) fn template_path(&self) -> &'static str {
        match self {
            Self::CronJob(_) => "/spec/jobTemplate/spec/template",
            _ => "/spec/template",
        }
    }

    /// Whether there are several interchangeable pods that are to keep running.
    pub(crate) fn replicates(&self) -> bool {
        matches!(self, Self::Deployment(_) | Self::StatefulSet(_))
    }

    pub(crate) fn replicas(&self) -> Option<u32> {
        match self {
            Self::Deployment(spec) => spec.replicas,
            Self::StatefulSet(spec) => spec.replicas,
            Self::DaemonSet(_) | Self::Job(_) | Self::CronJob(_) => None,
        }
    }

    pub(crate) fn value(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::Deployment(spec) => api::value(spec),
            Self::StatefulSet(spec) => api::value(spec),
            Self::DaemonSet(spec) => api::value(spec),
            Self::Job(spec) => api::value(spec),
            Self::CronJob(spec) => api::value(spec),
        }
    }
}

/// A workload as it is to run.
pub(crate) struct Workload {
    pub(crate) controller: Controller,
    pub(crate) ports: Vec<Port>,
    /// Files that containers are given: path below the configuration and content.
    pub(crate) files: BTreeMap<String, String>,
    /// What the cluster must have beside it.
    pub(crate) needs: Vec<String>,
}

/// The name of the volume and the object with files.
pub(crate) const FILES: &str = "files";

/// Reads what is to run. `image` stands for the image that is still to be pushed, or for one that nothing names.
pub(crate) fn read(requirement: &Requirement, bytes: &[u8], image: Option<&str>) -> Result<Workload, EmitError> {
    let name = &requirement.name;
    let mut found = match requirement.workload.file() {
        Some((path, Format::Manifest)) => manifest(path, bytes)?,
        Some((path, Format::Score)) => {
            let described = workload::read(Format::Score, path, bytes).map_err(EmitError::Manifest)?;
            score(name, &described, image)?
        }
        Some((_, Format::Wasm | Format::Binary)) | None => {
            let own = requirement.workload.image.as_deref();
            single(name, image.or(own).unwrap_or_default())
        }
    };
    for port in &requirement.ports {
        if !found.ports.contains(port) {
            found.ports.push(port.clone());
        }
    }
    let ports = found.ports.clone();
    let template = found.controller.template();
    if let Some(main) = template.spec.containers.first_mut() {
        if main.args.is_empty() {
            main.args.clone_from(&requirement.workload.args);
        }
        for (name, value) in &requirement.workload.env {
            if !main.env.iter().any(|v| v.name == *name) {
                main.env.push(Variable {
                    name: name.clone(),
                    value: Some(value.clone()),
                    value_from: None,
                });
            }
        }
    }
    let known: Vec<(u16, Protocol)> = template
        .spec
        .containers
        .iter()
        .flat_map(|c| &c.ports)
        .map(|p| (p.container_port, protocol(p.protocol.as_deref())))
        .collect();
    let missing: Vec<ContainerPort> = ports
        .iter()
        .filter(|p| !known.contains(&(p.port, p.protocol)))
        .map(container_port)
        .collect();
    if let Some(main) = template.spec.containers.first_mut() {
        main.ports.extend(missing);
    }
    Ok(found)
}

fn protocol(name: Option<&str>) -> Protocol {
    name.and_then(Protocol::from_name).unwrap_or_default()
}

fn container_port(port: &Port) -> ContainerPort {
    ContainerPort {
        name: port.name.clone(),
        container_port: port.port,
        protocol: Some(port.protocol.name().to_owned()),
        ..ContainerPort::default()
    }
}

fn deployment(template: Template) -> Controller {
    Controller::Deployment(DeploymentSpec {
        template,
        ..DeploymentSpec::default()
    })
}

fn single(name: &str, image: &str) -> Workload {
    let mut template = Template::default();
    template.spec.containers.push(Container {
        name: name.to_owned(),
        image: Some(image.to_owned()),
        ..Container::default()
    });
    Workload {
        controller: deployment(template),
        ports: Vec::new(),
        files: BTreeMap::new(),
        needs: Vec::new(),
    }
}

/// The controller of a manifest, read strictly.
fn manifest(name: &str, bytes: &[u8]) -> Result<Workload, EmitError> {
    let text = String::from_utf8_lossy(bytes);
    let one = |error: Diagnostic| EmitError::Manifest(vec![error]);
    let mut start = 0;
    let mut offset = 0;
    let mut documents = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            documents.push((start, offset));
            start = offset;
        }
        offset += line.len();
    }
    documents.push((start, text.len()));
    for (start, end) in documents {
        let document = text.get(start..end).unwrap_or_default();
        let lines = text.get(..start).unwrap_or_default().matches('\n').count();
        let source = Source::new(name, format!("{}{document}", "\n".repeat(lines)));
        let node = match parse(&source) {
            Ok(node) => node,
            Err(error) if error.code() == "yaml::empty" => continue,
            Err(error) => return Err(one(error)),
        };
        if let Some(controller) = controller(&source, &node).map_err(one)? {
            return Ok(of_controller(controller));
        }
    }
    let message = format!("{name} holds no Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod");
    Err(one(Diagnostic::new("emit::manifest", message).with_help(
        "these kinds are taken over; give one of them, or a Score file",
    )))
}

fn controller(source: &Source, node: &Node) -> Result<Option<Controller>, Diagnostic> {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let annotated = |error: Diagnostic| {
        if error.help().is_some() {
            error
        } else {
            error.with_help(
                "fields that the cluster fills in, and those that no stack here carries, are left out of a manifest",
            )
        }
    };
    macro_rules! read {
        ($($type:ident as $document:ident => $controller:expr),* $(,)?) => {
            $(
                if (text("apiVersion"), text("kind")) == (<$type as api::Object>::VERSION, <$type as api::Object>::KIND) {
                    let read = decode::decode(source, node).map(|$document: $type| $controller);
                    return read.map(Some).map_err(annotated);
                }
            )*
        };
    }
    read! {
        Deployment as d => Controller::Deployment(d.spec),
        StatefulSet as s => Controller::StatefulSet(s.spec),
        DaemonSet as d => Controller::DaemonSet(d.spec),
        Job as j => Controller::Job(j.spec),
        CronJob as c => Controller::CronJob(c.spec),
        Pod as p => deployment(Template { metadata: p.metadata, spec: p.spec }),
    }
    Ok(None)
}

fn of_controller(mut controller: Controller) -> Workload {
    let mut ports: Vec<Port> = Vec::new();
    let template = controller.template();
    template.metadata.name = None;
    template.metadata.namespace = None;
    for port in template.spec.containers.iter().flat_map(|c| &c.ports) {
        let port = Port {
            name: port.name.clone(),
            port: port.container_port,
            service: port.container_port,
            protocol: protocol(port.protocol.as_deref()),
        };
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Workload {
        controller,
        ports,
        files: BTreeMap::new(),
        needs: Vec::new(),
    }
}

/// A Score file. What resources give comes from secrets of their names, as nothing here provisions them.
fn score(name: &str, described: &workload::Workload, image: Option<&str>) -> Result<Workload, EmitError> {
    let mut template = Template::default();
    let mut files = BTreeMap::new();
    let mut needs = Vec::new();
    for container in &described.containers {
        let mut reader = Containers {
            workload: name,
            described: container,
            files: &mut files,
            needs: &mut needs,
            volumes: &mut template.spec.volumes,
        };
        template.spec.containers.push(reader.container(image)?);
    }
    needs.dedup();
    Ok(Workload {
        controller: deployment(template),
        ports: described.ports.clone(),
        files,
        needs,
    })
}

struct Containers<'a> {
    workload: &'a str,
    described: &'a Described,
    files: &'a mut BTreeMap<String, String>,
    needs: &'a mut Vec<String>,
    volumes: &'a mut Vec<Volume>,
}

impl Containers<'_> {
    fn container(&mut self, image: Option<&str>) -> Result<Container, EmitError> {
        let described = self.described;
        let mut env = Vec::new();
        for (name, value) in &described.variables {
            let value = self.expand(value, &mut env)?;
            env.push(match value {
                Expanded::Text(text) => Variable {
                    name: name.clone(),
                    value: Some(text),
                    value_from: None,
                },
                Expanded::Key(key) => Variable {
                    name: name.clone(),
                    value: None,
                    value_from: Some(ValueFrom {
                        secret_key_ref: Some(key),
                        ..ValueFrom::default()
                    }),
                },
            });
        }
        let mut mounts = Vec::new();
        for file in &described.files {
            mounts.push(self.file(file)?);
        }
        for (index, volume) in described.volumes.iter().enumerate() {
            let name = format!("{}-volume-{index}", described.name);
            self.volumes.push(Volume {
                name: name.clone(),
                empty_dir: Some(EmptyDir::default()),
                ..Volume::default()
            });
            self.needs.push(format!(
                "the volume at {} of `{}` is an empty folder that ends with its pod; claim a lasting one in an overlay",
                volume.target, described.name
            ));
            mounts.push(Mount {
                name,
                mount_path: volume.target.clone(),
                read_only: volume.read_only.then_some(true),
                ..Mount::default()
            });
        }
        Ok(Container {
            name: described.name.clone(),
            image: described.image.clone().or_else(|| image.map(str::to_owned)),
            command: described.command.clone(),
            args: described.args.clone(),
            env,
            resources: resources(&described.limits, &described.requests),
            volume_mounts: mounts,
            liveness_probe: described.liveness.as_ref().map(probe),
            readiness_probe: described.readiness.as_ref().map(probe),
            ..Container::default()
        })
    }

    fn file(&mut self, file: &workload::FileMount) -> Result<Mount, EmitError> {
        let refused = |why: &str| EmitError::Source {
            what: format!("the file {} of the container `{}`", file.target, self.described.name),
            why: why.to_owned(),
        };
        let content = file
            .content
            .as_ref()
            .ok_or_else(|| refused("only files with `content` can be taken over"))?;
        let content = if file.literal {
            content.clone()
        } else {
            match self.expand(content, &mut Vec::new())? {
                Expanded::Text(text) if !text.contains("$(") || !content.contains("${resources.") => text,
                _ => {
                    return Err(refused(
                        "a placeholder in it names a resource, whose value is a secret that is not known here",
                    ));
                }
            }
        };
        let name = file.target.rsplit('/').next().unwrap_or_default();
        let key = format!(
            "{}-{}",
            self.described.name,
            file.target.trim_matches('/').replace('/', "-")
        );
        let volume = format!("{}-{FILES}-{}", self.described.name, self.files.len());
        self.files.insert(key.clone(), content);
        self.volumes.push(Volume {
            name: volume.clone(),
            config_map: Some(ConfigMapVolume {
                name: format!("{}-{FILES}", self.workload),
                items: vec![Item {
                    key,
                    path: name.to_owned(),
                    mode: file.mode.as_deref().and_then(|m| u32::from_str_radix(m, 8).ok()),
                }],
                ..ConfigMapVolume::default()
            }),
            ..Volume::default()
        });
        Ok(Mount {
            name: volume,
            mount_path: file.target.clone(),
            // The file alone: a volume at its folder would hide what the image has there.
            sub_path: Some(name.to_owned()),
            read_only: Some(true),
            ..Mount::default()
        })
    }

    /// Puts values in the place of placeholders. What a resource gives is the key of a secret, by itself or through a variable
    /// that is added before.
    fn expand(&mut self, text: &str, env: &mut Vec<Variable>) -> Result<Expanded, EmitError> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(tail) = after.strip_prefix('$') {
                out.push('$');
                rest = tail;
                continue;
            }
            let Some((reference, tail)) = after.strip_prefix('{').and_then(|a| a.split_once('}')) else {
                out.push('$');
                rest = after;
                continue;
            };
            rest = tail;
            if reference == "metadata.name" {
                out.push_str(self.workload);
                continue;
            }
            let mut parts = reference.splitn(3, '.');
            let (Some("resources"), Some(resource), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(EmitError::Source {
                    what: format!("the placeholder `${{{reference}}}`"),
                    why: "only `${metadata.name}` and `${resources.NAME.KEY}` have a value in a cluster".to_owned(),
                });
            };
            let key = KeyOf {
                name: format!("{}-{resource}", self.workload),
                key: key.to_owned(),
                optional: None,
            };
            self.needs
                .push(format!("the secret `{}` with the key `{}`", key.name, key.key));
            if before.is_empty() && out.is_empty() && tail.is_empty() {
                return Ok(Expanded::Key(key));
            }
            let word = |c: char| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            };
            let variable: String = format!("RESOURCE_{resource}_{}", key.key).chars().map(word).collect();
            out.push_str(&format!("$({variable})"));
            if !env.iter().any(|v| v.name == variable) {
                env.push(Variable {
                    name: variable,
                    value: None,
                    value_from: Some(ValueFrom {
                        secret_key_ref: Some(key),
                        ..ValueFrom::default()
                    }),
                });
            }
        }
        out.push_str(rest);
        Ok(Expanded::Text(out))
    }
}

enum Expanded {
    Text(String),
    Key(KeyOf),
}

fn probe(probe: &workload::Probe) -> Probe {
    Probe {
        http_get: probe.http.as_ref().map(|http| HttpGet {
            path: Some(http.path.clone()),
            port: Some(NumberOrName::Number(http.port.into())),
            scheme: http.scheme.clone(),
            host: None,
            http_headers: http
                .headers
                .iter()
                .map(|(name, value)| Header {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
        }),
        exec: (!probe.command.is_empty()).then(|| Exec {
            command: probe.command.clone(),
        }),
        ..Probe::default()
    }
}

/// Amounts as the platform writes them.
pub(crate) fn resources(limits: &Amounts, requests: &Amounts) -> Option<Resources> {
    let map = |amounts: &Amounts| {
        let cpu = amounts.cpu_millis.map(|m| ("cpu".to_owned(), format!("{m}m")));
        let memory = amounts.memory_bytes.map(|b| ("memory".to_owned(), bytes(b)));
        cpu.into_iter().chain(memory).collect::<BTreeMap<_, _>>()
    };
    let (limits, requests) = (map(limits), map(requests));
    (!limits.is_empty() || !requests.is_empty()).then_some(Resources { limits, requests })
}

/// Bytes in the largest binary unit that divides them.
pub(crate) fn bytes(bytes: u64) -> String {
    for (unit, size) in [("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if bytes != 0 && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    bytes.to_string()
}
