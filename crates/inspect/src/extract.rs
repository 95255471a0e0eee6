//! From documents to facts.

mod condition;
mod policy;

use memchr::memmem;
use stackwright_catalog::model::{AgentRule, GivenAt, ReferenceRole, ReferenceRule, VariantRule};

use crate::document::{Document, split};
use crate::facts::{Container, Facts, Mark, Reference, Role, Spot, Text, Texts, Workload};
use crate::path::{Path, join};
use crate::report::Finding;
use crate::rules::{Interest, Rules, index, repository};
use crate::selector::Labels;
use crate::tree::{self, Entry, Node, Place, Problem};

/// The key that makes a mapping look like a pod's specification.
const CONTAINERS: &str = "containers";

/// The annotation of an object whose owners ask to let its shortfalls pass.
const SUPPRESS: &str = "stackwright/suppress";

/// Reads the documents of one text into facts.
pub struct Extractor<'r, 'c> {
    /// The rules.
    pub rules: &'r Rules<'c>,
    /// Where facts go.
    pub facts: &'r mut Facts,
    /// Texts that are kept.
    pub texts: &'r mut Texts,
    /// The name of the text.
    pub file: Text,
    /// Whether objects come from a live cluster, where those that others made stand beside them.
    pub live: bool,
    /// The namespace of objects that name none, if that is known.
    pub namespace: Option<Text>,
}

/// What identifies an object.
struct Head {
    kind: Text,
    namespace: Option<Text>,
    name: Option<Text>,
    place: Place,
    labels: Labels,
    suppress: Option<Spot>,
}

impl<'c> Extractor<'_, 'c> {
    /// Reads a text, given with the lines before it.
    pub fn text(&mut self, text: &str, line: u32) {
        for document in split(text) {
            self.document(&Document {
                line: document.line.saturating_add(line),
                ..document
            });
        }
    }

    fn document(&mut self, document: &Document<'_>) {
        let outline = &document.outline;
        if !outline.content {
            return;
        }
        if !outline.odd {
            match outline.kind {
                None if !outline.foreign => {
                    self.facts.counts.documents += 1;
                    self.facts.counts.no_object += 1;
                    return;
                }
                Some(kind) => match self.rules.interest(kind, outline.api_version) {
                    Interest::Ignored => return self.facts.counts.skip(kind),
                    Interest::Unknown if memmem::find(document.text.as_bytes(), CONTAINERS.as_bytes()).is_none() => {
                        return self.facts.counts.skip(kind);
                    }
                    _ => {}
                },
                None => {}
            }
        }
        let result = tree::read(document.text, document.line, &mut |node, problems| {
            self.object(&node, problems)
        });
        match result {
            Ok(problems) => problems.into_iter().for_each(|p| self.problem(p)),
            Err(mut problem) => {
                self.facts.counts.documents += 1;
                self.facts.counts.errors += 1;
                if problem.code == "inspect::syntax" && document.text.contains("{{") {
                    problem.code = "inspect::template";
                    problem.message = format!("a template that is not rendered: {}", problem.message);
                }
                self.problem(problem);
            }
        }
    }

    /// Takes note of what is wrong.
    pub fn problem(&mut self, problem: Problem) {
        self.facts.errors.push(Finding {
            code: problem.code,
            message: problem.message,
            file: self.file.to_string(),
            line: Some(problem.place.line),
            column: Some(problem.place.column),
        });
    }

    fn object(&mut self, node: &Node<'_>, problems: &mut Vec<Problem>) {
        let ambiguous = !problems.is_empty();
        for problem in problems.drain(..) {
            self.problem(problem);
        }
        if node.is_null() {
            return;
        }
        match node.get("kind").and_then(Node::text) {
            Some(kind) => self.of_kind(node, kind, None, ambiguous),
            None => match self.rules.keyed(|key| node.get(key).is_some()) {
                Some(rule) => self.without_kind(node, rule, ambiguous),
                None => {
                    self.facts.counts.documents += 1;
                    self.facts.counts.no_object += 1;
                }
            },
        }
    }

    /// A document of a format without kinds.
    fn without_kind(&mut self, node: &Node<'_>, number: u16, ambiguous: bool) {
        let Some(rule) = self.rules.workloads.get(usize::from(number)).map(|p| p.rule) else {
            return;
        };
        self.facts.counts.documents += 1;
        self.facts.counts.workloads += 1;
        let kind = rule.kinds.first().map_or("", String::as_str);
        let key = rule.key.as_deref().unwrap_or_default();
        if !rule.services {
            let head = self.head(node, kind);
            let mut workload = self.pod(Some(node), head, number, "");
            workload.ambiguous = ambiguous;
            self.facts.workloads.push(workload);
            return;
        }
        let project = node.get("name").and_then(Node::text).map(|t| self.texts.keep(t));
        let services = node.get(key).map(Node::entries).unwrap_or_default();
        let runs = |n: &Node<'_>| ["image", "build", "extends"].iter().any(|key| n.get(key).is_some());
        for entry in services.iter().filter(|e| runs(&e.value)) {
            let head = Head {
                kind: self.texts.keep(kind),
                namespace: project.clone(),
                name: Some(self.texts.keep(&entry.key)),
                place: entry.place,
                labels: Labels::default(),
                suppress: None,
            };
            let mut workload = self.pod(Some(&entry.value), head, number, &format!("{key}.{}", entry.key));
            workload.service = true;
            workload.ambiguous = ambiguous;
            workload.runtime = entry.value.get("runtime").and_then(|n| self.spot(n));
            workload.filters = self.options(entry.value.get("security_opt"), entry.place);
            self.facts.workloads.push(workload);
        }
    }

    /// What an engine is told of each filter, in the words of a security context.
    fn options(&mut self, list: Option<&Node<'_>>, place: Place) -> Box<[Option<Spot>]> {
        let items = list.map(Node::items).unwrap_or_default();
        let rules = self.rules;
        let found = rules.data.filters.iter().map(|rule| {
            let option = rule.option.as_deref()?;
            let said = items.iter().find_map(|item| {
                let value = item.text()?.strip_prefix(option)?.strip_prefix(['=', ':'])?;
                let off = rule.unconfined.iter().find(|u| u.eq_ignore_ascii_case(value));
                Some((off.or(rule.confined.last())?, item.place))
            });
            let default = || {
                rule.confined
                    .first()
                    .filter(|_| rule.option_default)
                    .map(|c| (c, place))
            };
            let (value, place) = said.or_else(default)?;
            let value = self.texts.keep(value);
            Some(Spot { value, place })
        });
        found.collect()
    }

    /// An object; those of a list that does not say their version have the list's.
    fn of_kind(&mut self, node: &Node<'_>, kind: &str, list: Option<&str>, ambiguous: bool) {
        let api_version = node.get("apiVersion").and_then(Node::text).or(list);
        let interest = self.rules.interest(kind, api_version);
        match interest {
            Interest::Workload(rule) if self.live && self.is_made(node, rule) => self.facts.counts.skip(kind),
            Interest::Workload(rule) => {
                self.facts.counts.documents += 1;
                self.facts.counts.workloads += 1;
                self.workloads(node, kind, rule, ambiguous);
            }
            Interest::Policy(rule) => {
                self.facts.counts.documents += 1;
                self.facts.counts.policies += 1;
                self.policy(node, kind, rule);
            }
            Interest::Reference(rule) => {
                self.facts.counts.documents += 1;
                self.facts.counts.references += 1;
                self.reference(node, rule);
            }
            // Objects in it were handed over by themselves, but for those of a list that gives their kind.
            Interest::Collection(items) => {
                let element = kind.strip_suffix("List").filter(|k| !k.is_empty());
                for item in node.get(items).map(Node::items).unwrap_or_default() {
                    match item.get("kind").and_then(Node::text).or(element) {
                        Some(kind) => self.of_kind(item, kind, api_version, ambiguous),
                        None => {
                            self.facts.counts.documents += 1;
                            self.facts.counts.no_object += 1;
                        }
                    }
                }
            }
            Interest::Ignored => self.facts.counts.skip(kind),
            Interest::Unknown => self.anonymous(node, kind, ambiguous),
        }
    }

    /// Whether an object with a pod template was made by another one, as a replica set is by its deployment.
    fn is_made(&self, node: &Node<'_>, rule: u16) -> bool {
        let template = self
            .rules
            .workloads
            .get(usize::from(rule))
            .is_some_and(|r| !r.pod.text().is_empty());
        let owners = node
            .get("metadata")
            .and_then(|m| m.get("ownerReferences"))
            .map(Node::items);
        let controls = |o: &Node<'_>| o.get("controller").and_then(Node::text) == Some("true");
        template && owners.unwrap_or_default().iter().any(controls)
    }

    fn head(&mut self, node: &Node<'_>, kind: &str) -> Head {
        let metadata = node.get("metadata");
        let mut text = |key| {
            metadata
                .and_then(|m| m.get(key))
                .and_then(Node::text)
                .map(|t| self.texts.keep(t))
        };
        let name = text("name");
        let name = name.or_else(|| text("generateName"));
        let namespace = text("namespace");
        let annotations = metadata.and_then(|m| m.get("annotations"));
        let suppress = annotations.and_then(|a| a.get(SUPPRESS)).and_then(|n| self.spot(n));
        let labels = metadata.map(|m| self.labels(m, "labels")).unwrap_or_default();
        Head {
            namespace,
            name,
            kind: self.texts.keep(kind),
            place: node.place,
            labels,
            suppress,
        }
    }

    fn workloads(&mut self, node: &Node<'_>, kind: &str, rule: u16, ambiguous: bool) {
        let rules = self.rules;
        let Some(paths) = rules.workloads.get(usize::from(rule)) else {
            return;
        };
        let mut pods = Vec::new();
        paths.pod.visit(node, "", &mut |pod, path| pods.push((Some(pod), path)));
        if pods.is_empty() {
            pods.push((None, paths.pod.text().to_owned()));
        }
        let elsewhere = paths
            .elsewhere
            .as_ref()
            .and_then(|p| p.find(node))
            .and_then(|n| self.spot(n));
        for (pod, path) in pods {
            let head = self.head(node, kind);
            let mut workload = self.pod(pod, head, rule, &path);
            workload.elsewhere = elsewhere.clone();
            workload.ambiguous = ambiguous;
            self.facts.workloads.push(workload);
        }
    }

    /// Looks for pods in an object of an unknown kind.
    fn anonymous(&mut self, node: &Node<'_>, kind: &str, ambiguous: bool) {
        let mut pods = Vec::new();
        find_pods(node, String::new(), &mut pods);
        if pods.is_empty() {
            return self.facts.counts.skip(kind);
        }
        self.facts.counts.documents += 1;
        self.facts.counts.workloads += 1;
        for (pod, path, bare) in pods {
            let head = self.head(node, kind);
            let rule = self.rules.anonymous + u16::from(bare);
            let mut workload = self.pod(Some(pod), head, rule, &path);
            workload.ambiguous = ambiguous;
            self.facts.workloads.push(workload);
        }
    }

    fn pod(&mut self, pod: Option<&Node<'_>>, head: Head, rule: u16, path: &str) -> Workload {
        let rules = self.rules;
        let paths = rules.workloads.get(usize::from(rule));
        let spec = pod.zip(paths).and_then(|(pod, p)| p.spec.find(pod));
        let metadata = pod.zip(paths).and_then(|(pod, p)| p.metadata.find(pod));
        let (mut marks, mut pod_labels) = (Vec::new(), Labels::default());
        if let (Some(metadata), Some(paths)) = (metadata, paths) {
            let labels = paths.rule.labels.as_deref().unwrap_or("labels");
            pod_labels = self.labels(metadata, labels);
            let annotations = paths.rule.annotations.as_deref().unwrap_or("annotations");
            self.marks(metadata, labels, GivenAt::PodLabel, &mut marks);
            self.marks(metadata, annotations, GivenAt::PodAnnotation, &mut marks);
        }
        let mut containers = Vec::new();
        let mut variants: Vec<(u16, Place)> = Vec::new();
        if let (Some(spec), Some(paths)) = (spec, paths) {
            for entry in spec.entries().iter().filter(|e| rules.asks_for(&e.key)) {
                self.mark(GivenAt::PodField, &entry.key, entry.place, &entry.value, &mut marks);
            }
            self.marks(spec, "nodeSelector", GivenAt::NodeLabel, &mut marks);
            for list in &paths.containers {
                self.containers(spec, list, &head.kind, &mut containers);
            }
            let rules = paths.rule.variants.iter().enumerate();
            let said = |v: &VariantRule| {
                let node = Path::new(&v.field).find(spec).filter(|n| says(n))?;
                let not = node.text().is_some_and(|t| v.not.iter().any(|n| n == t));
                (!not).then_some(node.place)
            };
            let found = rules.filter_map(|(i, v)| Some((index(i), said(v)?)));
            variants.extend(found);
        }
        let runtime = spec.and_then(|s| s.get("runtimeClassName")).and_then(|n| self.spot(n));
        Workload {
            file: self.file.clone(),
            place: head.place,
            kind: head.kind,
            namespace: head.namespace.or_else(|| self.namespace.clone()),
            name: head.name,
            labels: head.labels,
            pod_labels,
            rule,
            pod: self.texts.keep(path),
            variants: variants.into(),
            runtime,
            service: false,
            marks: marks.into(),
            filters: self.filters(spec.and_then(|s| s.get("securityContext"))),
            containers: containers.into(),
            elsewhere: None,
            ambiguous: false,
            spec: spec.map(|n| n.place),
            metadata: metadata.map(|n| n.place),
            suppress: head.suppress,
        }
    }

    fn spot(&mut self, node: &Node<'_>) -> Option<Spot> {
        let value = self.texts.keep(node.text()?);
        Some(Spot {
            value,
            place: node.place,
        })
    }

    fn labels(&mut self, metadata: &Node<'_>, key: &str) -> Labels {
        let entries = metadata.get(key).map(Node::entries).unwrap_or_default();
        let pair = |e: &Entry<'_>| Some((self.texts.keep(&e.key), self.texts.keep(e.value.text()?)));
        entries.iter().filter_map(pair).collect()
    }

    fn marks(&mut self, metadata: &Node<'_>, key: &str, at: GivenAt, marks: &mut Vec<Mark>) {
        let entries = metadata.get(key).map(Node::entries).unwrap_or_default();
        for entry in entries.iter().filter(|e| self.rules.asks_for(&e.key)) {
            self.mark(at, &entry.key, entry.place, &entry.value, marks);
        }
    }

    fn mark(&mut self, at: GivenAt, key: &str, place: Place, value: &Node<'_>, marks: &mut Vec<Mark>) {
        if let Some(text) = value.text() {
            marks.push(Mark {
                at,
                key: self.texts.keep(key),
                value: self.texts.keep(text),
                place,
            });
        }
    }

    /// What a security context says of each filter; nothing at all is kept as an empty list.
    fn filters(&mut self, context: Option<&Node<'_>>) -> Box<[Option<Spot>]> {
        let Some(context) = context else {
            return Box::default();
        };
        let rules = self.rules;
        let found: Vec<_> = rules
            .data
            .filters
            .iter()
            .map(|rule| {
                let value = context.get(&rule.field)?.get(&rule.key)?;
                self.spot(value)
            })
            .collect();
        if found.iter().all(Option::is_none) {
            return Box::default();
        }
        found.into()
    }

    fn containers(&mut self, spec: &Node<'_>, list: &Path, kind: &str, out: &mut Vec<Container>) {
        let mut found = Vec::new();
        list.visit(spec, "", &mut |node, path| {
            if node.items().is_empty() {
                found.push((node, path));
            } else {
                let items = node.items().iter().enumerate();
                found.extend(items.map(|(i, item)| (item, format!("{path}[{i}]"))));
            }
        });
        for (node, path) in found.into_iter().filter(|(n, _)| !n.entries().is_empty()) {
            let container = self.container(node, &path, list.last(), kind);
            out.push(container);
        }
    }

    fn container(&mut self, node: &Node<'_>, path: &str, list: &str, kind: &str) -> Container {
        let always = node.get("restartPolicy").and_then(Node::text) == Some("Always");
        let role = match list {
            "initContainers" if always => Role::Sidecar,
            "initContainers" => Role::Init,
            "ephemeralContainers" => Role::Ephemeral,
            "sidecars" => Role::Sidecar,
            _ => Role::Main,
        };
        let context = node.get("securityContext");
        // An engine's services say it without a security context.
        let privileged = context.unwrap_or(node).get("privileged");
        let privileged = privileged.filter(|p| p.text() == Some("true"));
        let image = node
            .get("image")
            .or_else(|| node.get("build").filter(|_| path.is_empty()));
        let image = image.and_then(|i| {
            self.spot(i).or_else(|| {
                let value = self.texts.keep("(built)");
                (!i.entries().is_empty()).then_some(Spot { value, place: i.place })
            })
        });
        let agent = image.as_ref().filter(|_| role == Role::Main).and_then(|image| {
            let fits = |(_, rule): &(u16, &AgentRule)| agent_fits(rule, node, kind);
            self.rules.agents(repository(&image.value)).find(fits).map(|(i, _)| i)
        });
        Container {
            path: self.texts.keep(path),
            place: node.place,
            name: node.get("name").and_then(Node::text).map(|n| self.texts.keep(n)),
            image,
            role,
            privileged: privileged.map(|p| p.place),
            filters: self.filters(context),
            agent,
        }
    }

    fn reference(&mut self, node: &Node<'_>, rule: &ReferenceRule) {
        let head = self.head(node, &rule.kind);
        let Some(name) = head.name else { return };
        let mut marks = Vec::new();
        if let Some(metadata) = node.get("metadata") {
            self.marks(metadata, "labels", GivenAt::NamespaceLabel, &mut marks);
            self.marks(metadata, "annotations", GivenAt::NamespaceAnnotation, &mut marks);
        }
        let found = rule
            .paths
            .iter()
            .find_map(|p| Some((p, Path::new(p).find(node).filter(|n| n.text().is_some())?)));
        let reference = Reference {
            file: self.file.clone(),
            name,
            path: self.texts.keep(found.map_or("", |(path, _)| path)),
            value: found.and_then(|(_, n)| self.spot(n)),
            marks: marks.into(),
            labels: head.labels,
        };
        match rule.role {
            ReferenceRole::Namespace => self.facts.namespaces.push(reference),
            ReferenceRole::RuntimeClass => self.facts.classes.push(reference),
        }
    }
}

/// Whether there is anything in a node.
fn says(node: &Node<'_>) -> bool {
    !(node.entries().is_empty() && node.items().is_empty() && node.text().is_none_or(str::is_empty))
}

fn agent_fits(rule: &AgentRule, container: &Node<'_>, kind: &str) -> bool {
    let words = ["command", "args"].into_iter().filter_map(|key| container.get(key));
    let words: Vec<&str> = words.flat_map(Node::items).filter_map(Node::text).collect();
    let says = |text: &String| words.iter().any(|w| w.contains(text.as_str()));
    let variables = container.get("env").map(Node::items).unwrap_or_default();
    let has = |(name, value): (&String, &String)| {
        variables.iter().any(|v| {
            let text = |key| v.get(key).and_then(Node::text);
            text("name") == Some(name.as_str()) && text("value") == Some(value.as_str())
        })
    };
    (rule.kinds.is_empty() || rule.kinds.iter().any(|k| k == kind))
        && !rule.unless_command.iter().any(says)
        && (rule.command.is_empty() || rule.command.iter().any(says))
        && rule.env.iter().all(has)
}

/// Mappings that look like pods, with `metadata` and `spec`, or like a specification alone.
fn find_pods<'n, 't>(node: &'n Node<'t>, path: String, out: &mut Vec<(&'n Node<'t>, String, bool)>) {
    let is_spec = |node: &Node<'_>| {
        let list = node.get(CONTAINERS).map(Node::items).unwrap_or_default();
        list.iter().any(|c| c.get("image").is_some() || c.get("name").is_some())
    };
    if node.get("spec").is_some_and(is_spec) {
        out.push((node, path, false));
        return;
    }
    if is_spec(node) {
        out.push((node, path, true));
        return;
    }
    for entry in node.entries() {
        find_pods(&entry.value, join(&path, &entry.key), out);
    }
    for (i, item) in node.items().iter().enumerate() {
        find_pods(item, format!("{path}[{i}]"), out);
    }
}
