//! Whether documents fit together: images, selectors, ports, probes, names.

use serde_json::Value;
use stackwright_spec::workload::image::Reference;

use super::{Document, Severity, Verifier};

/// A thing to be said, an error in a bundle.
type Fault = (String, String);

impl Verifier<'_> {
    pub(super) fn fits(&mut self) {
        let unpinned = self
            .lock
            .as_ref()
            .and_then(|l| l.cluster.as_ref())
            .map(|c| c.unpinned.clone());
        let unpinned = unpinned.unwrap_or_default();
        let mut faults: Vec<Fault> = Vec::new();
        let mut warnings: Vec<Fault> = Vec::new();
        for document in &self.documents {
            if let Some(template) = document.template() {
                images(document, template, &unpinned, &mut faults, &mut warnings);
                probes(document, template, &mut faults);
                self.names(document, template, &mut faults);
                let selector = document.value.pointer("/spec/selector/matchLabels");
                if selector.is_some_and(|s| !selects(s, template)) {
                    faults.push((
                        document.place(),
                        "its selector does not fit the labels of its own pods".to_owned(),
                    ));
                }
            }
            match document.kind() {
                "Service" => self.service(document, &mut faults),
                "PodDisruptionBudget" | "NetworkPolicy" => {
                    let path = if document.kind() == "NetworkPolicy" {
                        "/spec/podSelector/matchLabels"
                    } else {
                        "/spec/selector/matchLabels"
                    };
                    let selector = document.value.pointer(path);
                    if selector.is_some_and(|s| self.selected(document, s).next().is_none() && !self.carried(s)) {
                        faults.push((document.place(), "selects no workload of this folder".to_owned()));
                    }
                }
                _ => {}
            }
        }
        for (place, what) in faults {
            self.fault(place, what);
        }
        for (place, what) in warnings {
            self.add(Severity::Warning, place, what);
        }
    }

    /// The workloads that a selector selects, in the namespace of a document.
    fn selected<'d>(
        &'d self,
        from: &'d Document,
        selector: &'d Value,
    ) -> impl Iterator<Item = (&'d Document, &'d Value)> {
        let namespace = from.text("/metadata/namespace");
        let of = move |d: &'d Document| Some((d, d.template()?));
        let documents = self.documents.iter().filter_map(of);
        documents.filter(move |(d, template)| d.text("/metadata/namespace") == namespace && selects(selector, template))
    }

    /// Whether an object that makes pods in its own way passes these labels on.
    fn carried(&self, selector: &Value) -> bool {
        let labels = |d: &Document| {
            let paths = ["/spec/template/metadata/labels", "/spec/podLabels"];
            paths
                .iter()
                .any(|p| d.value.pointer(p).is_some_and(|labels| holds(selector, labels)))
        };
        self.documents.iter().any(labels)
    }

    fn service(&self, document: &Document, faults: &mut Vec<Fault>) {
        let Some(selector) = document.value.pointer("/spec/selector") else {
            return;
        };
        let mut workloads = self.selected(document, selector).peekable();
        if workloads.peek().is_none() {
            if !self.carried(selector) {
                faults.push((document.place(), "selects no workload of this folder".to_owned()));
            }
            return;
        }
        for (workload, template) in workloads {
            // Of the containers that start first, those that keep running serve as well.
            let lasting = list(template, "/spec/initContainers")
                .filter(|c| c.get("restartPolicy").and_then(Value::as_str) == Some("Always"));
            let ports: Vec<&Value> = list(template, "/spec/containers")
                .chain(lasting)
                .flat_map(|c| list(c, "/ports"))
                .collect();
            for port in list(&document.value, "/spec/ports") {
                let target = port.get("targetPort").or(port.get("port"));
                let served = ports
                    .iter()
                    .any(|p| target.is_some() && (p.get("containerPort") == target || p.get("name") == target));
                if !served {
                    let target = target.map(ToString::to_string).unwrap_or_default();
                    let what = format!(
                        "leads to the port {target}, which no container of `{}` names",
                        workload.name()
                    );
                    faults.push((document.place(), what));
                }
            }
        }
    }

    /// Objects that pods refer to by name must be there: runtime classes, accounts, configurations.
    fn names(&self, document: &Document, template: &Value, faults: &mut Vec<Fault>) {
        if self.lock.is_none() {
            return;
        }
        let there = |kind: &str, name: &str| self.documents.iter().any(|d| d.kind() == kind && d.name() == name);
        let mut need = |kind: &str, name: Option<&str>| {
            if let Some(name) = name.filter(|n| !there(kind, n)) {
                faults.push((
                    document.place(),
                    format!("names the {kind} `{name}`, which is not in the bundle"),
                ));
            }
        };
        let text = |path: &str| template.pointer(path).and_then(Value::as_str);
        need("RuntimeClass", text("/spec/runtimeClassName"));
        need("ServiceAccount", text("/spec/serviceAccountName"));
        if document.kind() == "StatefulSet" {
            need("Service", Some(document.text("/spec/serviceName")));
        }
    }
}

fn list<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// Every container of a pod.
pub(super) fn containers(template: &Value) -> impl Iterator<Item = &Value> {
    list(template, "/spec/initContainers").chain(list(template, "/spec/containers"))
}

fn holds(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object();
    wanted.is_some_and(|w| !w.is_empty() && w.iter().all(|(k, v)| labels.get(k) == Some(v)))
}

fn selects(selector: &Value, template: &Value) -> bool {
    template
        .pointer("/metadata/labels")
        .is_some_and(|labels| holds(selector, labels))
}

fn images(
    document: &Document,
    template: &Value,
    unpinned: &[String],
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Fault>,
) {
    for container in containers(template) {
        let name = container.get("name").and_then(Value::as_str).unwrap_or("?");
        let Some(image) = container.get("image").and_then(Value::as_str) else {
            faults.push((document.place(), format!("the container `{name}` names no image")));
            continue;
        };
        match Reference::parse(image) {
            Ok(reference) if reference.is_pinned() => {}
            Ok(_) => {
                let what = format!("the image `{image}` of `{name}` names no digest, so its content may change");
                if unpinned.iter().any(|u| u == image) {
                    warnings.push((document.place(), format!("{what}, as was accepted")));
                } else {
                    faults.push((document.place(), what));
                }
            }
            Err(error) => faults.push((document.place(), error.to_string())),
        }
    }
}

fn probes(document: &Document, template: &Value, faults: &mut Vec<Fault>) {
    for container in containers(template) {
        let name = container.get("name").and_then(Value::as_str).unwrap_or("?");
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let ports = ["/httpGet/port", "/tcpSocket/port", "/grpc/port"];
            let asked = container
                .get(probe)
                .and_then(|p| ports.iter().find_map(|path| p.pointer(path)));
            let Some(port) = asked else { continue };
            let served =
                list(container, "/ports").any(|p| p.get("containerPort") == Some(port) || p.get("name") == Some(port));
            if !served {
                let what =
                    format!("the {probe} of `{name}` asks at the port {port}, which the container does not name");
                faults.push((document.place(), what));
            }
        }
    }
}
