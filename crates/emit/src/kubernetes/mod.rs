//! Bundles for a cluster: a workload's own file and a plan become documents that a cluster takes as they are.
//!
//! What the platform itself has is typed ([`api`]); what is particular about a technology is a tree of values in the
//! catalogue's data, laid over the typed documents, which are then read back strictly.

pub(crate) mod api;
mod assemble;
mod compose;
mod filter;
mod helm;
mod image;
mod mutants;
mod names;
mod network;
mod objects;
mod profile;
mod proxy;
mod readme;
mod security;
mod source;
mod suites;
mod tree;
mod variables;
pub(crate) mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stackwright_catalog::model::{
    LandingFact, LandingPlatform, LandingStage, SecurityLevel, Target, WorkloadFact, WorkloadKind,
};
use stackwright_catalog::version;
use stackwright_spec::bundle::{BundleFile, LOCK_FILE, LockedCluster, LockedFact, LockedSecurity, LockedWorkload};
use stackwright_spec::workload::Port;
use stackwright_spec::workload::image::Reference;
use stackwright_text::Diagnostic;

use self::api::container::{Capabilities, SecurityContext};
use self::api::meta::{Metadata, Selector};
use self::compose::Composition;
use self::objects::{Common, document, level};
use self::source::{Controller, FILES, Workload};
use self::tree::{Variables, overlay};
use crate::{ClusterOptions, Emission, EmitError, json_file, lock, memory_limit, sha256};

pub use self::check::{is_typed, read_back};
pub use self::mutants::{Mutant, mutants, pod};
pub use self::profile::profile;
pub use self::suites::TESTS;

mod check {
    //! Strict reading of documents of the platform's own kinds.

    use stackwright_text::yaml::Node;
    use stackwright_text::{Diagnostic, Source};

    use super::api;

    /// Whether documents of a kind can be read back.
    pub fn is_typed(api_version: &str, kind: &str) -> bool {
        api::is_typed(api_version, kind)
    }

    /// Reads a document of one of the platform's kinds strictly: a field that is not known, or of another type, is an error
    /// with its place. `None` if the kind is not one of those that are written here.
    pub fn read_back(api_version: &str, kind: &str, source: &Source, node: &Node) -> Option<Result<(), Diagnostic>> {
        api::read_back(api_version, kind, source, node)
    }
}

/// A document and where it goes.
struct Document {
    stage: LandingStage,
    file: String,
    value: Value,
}

struct Builder<'a> {
    emission: &'a Emission<'a>,
    options: &'a ClusterOptions,
    platform: &'a LandingPlatform,
    version: String,
    namespace: String,
    documents: Vec<Document>,
    /// The file of the controller of pods; empty if something else carries the workload.
    controller: String,
    notes: Vec<String>,
    /// Fields of the security of containers that are left as the platform has them.
    unset: BTreeSet<&'static str>,
    facts: Vec<LandingFact>,
    /// Files for nodes and what they are for, beside those of realizations.
    own_files: Vec<(BundleFile, String)>,
    /// Files for nodes and what they are for, all of them.
    purposes: Vec<(String, String)>,
    /// Profiles of filters that nodes must have, by their paths.
    profiles: Vec<String>,
}

/// Emits a bundle for a cluster.
pub(crate) fn emit(emission: &Emission<'_>) -> Result<Vec<BundleFile>, EmitError> {
    let catalog = emission.catalog;
    let rules = catalog.landing().map_err(data)?;
    let platform = rules.platform.as_ref().ok_or_else(|| EmitError::Target {
        target: Target::Kubernetes.name().to_owned(),
    })?;
    let options = emission.cluster;
    let requirement = emission.requirement;
    let version = version_of(emission, platform)?;
    names::check_name("bundle", &requirement.name)?;
    let namespace = options.namespace.clone().unwrap_or_else(|| requirement.name.clone());
    names::check_name("namespace", &namespace)?;
    let accepted = compose::refusals(catalog, emission.plan, &requirement.facts, &options.accepted)?;
    let mut builder = Builder {
        emission,
        options,
        platform,
        version,
        namespace,
        documents: Vec::new(),
        controller: String::new(),
        notes: Vec::new(),
        unset: BTreeSet::new(),
        facts: accepted,
        own_files: Vec::new(),
        purposes: Vec::new(),
        profiles: Vec::new(),
    };
    builder.bundle()
}

fn data(diagnostic: Diagnostic) -> EmitError {
    EmitError::Data {
        realization: Target::Kubernetes.name().to_owned(),
        why: diagnostic.to_string(),
    }
}

/// The version that is written for: what was asked for, else what the requirement says, else the default.
fn version_of(emission: &Emission<'_>, platform: &LandingPlatform) -> Result<String, EmitError> {
    let installed = emission.requirement.platform.installed.get(Target::Kubernetes.name());
    let asked = emission.cluster.version.clone();
    let text = asked
        .or_else(|| installed.and_then(|i| i.version.clone()))
        .unwrap_or_else(|| platform.default.clone());
    let minor = |text: &str| {
        version::numbers(text)
            .filter(|n| n.len() >= 2)
            .map(|n| n.into_iter().take(2).collect::<Vec<_>>())
    };
    let fits = minor(&text)
        .filter(|v| minor(&platform.from).is_some_and(|f| *v >= f) && minor(&platform.to).is_some_and(|t| *v <= t));
    match fits.as_deref() {
        Some([major, minor]) => Ok(format!("{major}.{minor}")),
        _ => Err(EmitError::Version {
            version: text,
            from: platform.from.clone(),
            to: platform.to.clone(),
        }),
    }
}

impl<'a> Builder<'a> {
    fn common(&self) -> Common<'_> {
        Common {
            platform: self.platform,
            name: &self.emission.requirement.name,
            namespace: &self.namespace,
        }
    }

    fn bundle(&mut self) -> Result<Vec<BundleFile>, EmitError> {
        let emission = self.emission;
        let requirement = emission.requirement;
        let rules = emission.catalog.landing().map_err(data)?;
        // What a pod looks like does not depend on the workload, but for its names.
        let mut variables = self.variables();
        self.handler(rules, &mut variables)?;
        let composition = Composition::of(emission.plan, rules, &variables)?;
        self.facts.extend(composition.facts(&variables)?);
        compose::hindrances(emission.catalog, emission.plan, &composition.pod)?;
        let (image, packaged) = self.image(&composition)?;
        let mut workload = source::read(requirement, emission.workload, image.as_deref())?;
        names::check_ports(&workload.ports)?;
        if let Some(file) = workload.files.keys().next() {
            let facts = BTreeMap::from([(WorkloadFact::SubPath, format!("the file {file} is a part of a volume"))]);
            self.facts.extend(compose::refusals(
                emission.catalog,
                emission.plan,
                &facts,
                &self.options.accepted,
            )?);
        }
        let unpinned = self.pinned(&mut workload, composition.carrier().is_some())?;
        self.memory(&mut workload);
        self.harden(&mut workload.controller, packaged.is_some());
        let entrances = proxy::entrances(&composition, &workload.ports, &mut variables)?;
        let (controller, pod) = self.controller(&mut workload.controller, &composition, &entrances, &variables)?;
        let guard = composition.guard(&pod);
        self.describe(&mut variables, &workload, &composition, &pod, guard);
        let (level, because) = self.security(&pod, &composition)?;
        self.around(&workload, &entrances, &composition, level, &pod, &variables)?;
        match composition.carrier() {
            Some(carrier) => self.landed(carrier.stage, &carrier.file, &carrier.object, &variables)?,
            None => {
                self.controller = workload.controller.kind().to_ascii_lowercase();
                self.add(LandingStage::Base, &self.controller.clone(), controller)?;
            }
        }
        for object in composition.objects() {
            let fits = object
                .versions
                .as_ref()
                .is_none_or(|v| version::in_range(&self.version, v) == Some(true));
            if fits && (!object.with_ports || !workload.ports.is_empty()) {
                self.landed(object.stage, &object.file, &object.object, &variables)?;
            }
        }
        self.notes.extend(workload.needs.iter().cloned());
        let mut files = self.files(&composition, &variables)?;
        self.purposes = composition.purposes(&variables)?;
        self.purposes.extend(
            self.own_files
                .iter()
                .map(|(file, what)| (file.path.clone(), what.clone())),
        );
        if self.options.tests {
            files.extend(self.tests(&composition, &pod, &variables)?);
        }
        if self.options.helm {
            files.extend(self.chart());
        }
        files.extend(self.own_files.iter().map(|(file, _)| file.clone()));
        let locked = LockedCluster {
            version: self.version.clone(),
            namespace: self.namespace.clone(),
            security: LockedSecurity {
                level: level.name().to_owned(),
                because,
            },
            facts: self
                .facts
                .iter()
                .map(|f| LockedFact {
                    operators: f.operators.clone(),
                    what: f.what.clone(),
                    unshown: f.unshown,
                })
                .collect(),
            unpinned,
            profiles: self.profiles.clone(),
            versions: self.technologies(),
            guard: variables.get("guard").cloned().unwrap_or_default(),
        };
        let own = LockedWorkload {
            kind: requirement
                .workload_kind
                .unwrap_or(WorkloadKind::LinuxBinary)
                .name()
                .to_owned(),
            digest: packaged
                .as_ref()
                .map_or_else(|| sha256(emission.workload), |p| p.workload.clone()),
            path: packaged.as_ref().map(|p| p.layer.clone()).unwrap_or_default(),
            args: requirement.workload.args.clone(),
            env: requirement.workload.env.clone().into_iter().collect(),
            memory_bytes: memory_limit(requirement),
        };
        files.push(readme::readme(
            emission,
            &locked,
            &composition,
            self,
            packaged.as_ref(),
            image.as_deref(),
        ));
        if let Some(packaged) = packaged {
            files.extend(packaged.files);
        }
        files.push(json_file("plan.json", emission.plan)?);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let lock = lock(emission, own, Some(locked), &files);
        files.push(json_file(LOCK_FILE, &lock)?);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Names of technologies and their versions, as the catalogue knows them.
    fn technologies(&self) -> BTreeMap<String, String> {
        let catalog = self.emission.catalog;
        let realizations = self.emission.plan.realizations.iter();
        let used = realizations
            .filter_map(|r| catalog.realization(&r.id))
            .flat_map(|r| &r.technologies);
        used.filter_map(|t| Some((t.clone(), catalog.technology(t)?.version.clone()?)))
            .collect()
    }

    /// The image that pods name, and the layout of it if the workload is packaged here.
    fn image(&self, composition: &Composition<'_>) -> Result<(Option<String>, Option<image::Image>), EmitError> {
        let requirement = self.emission.requirement;
        let own = self.options.image.as_deref();
        if let Some(own) = own {
            Reference::parse(own).map_err(|e| EmitError::Manifest(vec![e]))?;
        }
        if requirement.workload.wasm.is_none() && requirement.workload.binary.is_none() {
            if requirement.workload.file().is_none() && own.is_none() && requirement.workload.image.is_none() {
                return Err(EmitError::NoImage);
            }
            return Ok((own.map(str::to_owned), None));
        }
        let repository = own.ok_or(EmitError::NoImage)?;
        let reference = Reference::parse(repository).map_err(|e| EmitError::Manifest(vec![e]))?;
        if reference.is_pinned() {
            // It was packaged and pushed before.
            return Ok((Some(repository.to_owned()), None));
        }
        let kind = requirement.workload_kind.unwrap_or(WorkloadKind::LinuxBinary);
        let entry = match kind {
            WorkloadKind::LinuxBinary => "/app",
            WorkloadKind::WasmModule => composition.module().ok_or_else(|| EmitError::Workload {
                kind: "a module that this realization takes only as an image".to_owned(),
            })?,
        };
        let architecture = requirement.architecture.as_deref();
        let layout = image::layout(&requirement.name, kind, architecture, entry, self.emission.workload)?;
        let name = match &reference.tag {
            Some(tag) => repository.strip_suffix(&format!(":{tag}")).unwrap_or(repository),
            None => repository,
        };
        Ok((Some(format!("{name}@{}", layout.digest)), Some(layout)))
    }

    /// Every image names its content, or the user says that it need not.
    fn pinned(&mut self, workload: &mut Workload, carried: bool) -> Result<Vec<String>, EmitError> {
        let lasts = matches!(workload.controller, Controller::Deployment(_));
        let containers = workload.controller.template().spec.containers.len();
        if carried && (!lasts || containers != 1) {
            return Err(EmitError::Source {
                what: format!("the {} with {containers} containers", workload.controller.kind()),
                why: "what carries the workload has room for one image that keeps running".to_owned(),
            });
        }
        let spec = &workload.controller.template().spec;
        let mut unpinned = Vec::new();
        for container in spec.init_containers.iter().chain(&spec.containers) {
            let image = container
                .image
                .as_deref()
                .filter(|i| !i.is_empty())
                .ok_or(EmitError::NoImage)?;
            let reference = Reference::parse(image).map_err(|e| EmitError::Manifest(vec![e]))?;
            if !reference.is_pinned() && !unpinned.iter().any(|u| u == image) {
                unpinned.push(image.to_owned());
            }
        }
        match unpinned.first() {
            Some(image) if !self.options.unpinned => Err(EmitError::Unpinned { image: image.clone() }),
            _ => Ok(unpinned),
        }
    }

    /// A bound on memory for each instance is enforced where the workload sets none itself.
    fn memory(&self, workload: &mut Workload) {
        let Some(limit) = memory_limit(self.emission.requirement) else {
            return;
        };
        for container in &mut workload.controller.template().spec.containers {
            let resources = container.resources.get_or_insert_default();
            resources
                .limits
                .entry("memory".to_owned())
                .or_insert_with(|| source::bytes(limit));
        }
    }

    /// The secure defaults, where the workload says nothing else.
    fn harden(&mut self, controller: &mut Controller, packaged: bool) {
        let name = &self.emission.requirement.name;
        let spec = &mut controller.template().spec;
        spec.service_account_name = Some(name.clone());
        spec.automount_service_account_token.get_or_insert(false);
        spec.enable_service_links.get_or_insert(false);
        let context = spec.security_context.get_or_insert_default();
        if context.run_as_user != Some(0) {
            context.run_as_non_root.get_or_insert(true);
        }
        for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
            let context = container.security_context.get_or_insert_with(SecurityContext::default);
            if context.privileged == Some(true) {
                continue;
            }
            context.allow_privilege_escalation.get_or_insert(false);
            if packaged {
                context.read_only_root_filesystem.get_or_insert(true);
            }
            if context.read_only_root_filesystem != Some(true) {
                self.unset.insert("readOnlyRootFilesystem");
            }
            let capabilities = context.capabilities.get_or_insert_with(Capabilities::default);
            if capabilities.drop.is_empty() {
                capabilities.drop.push("ALL".to_owned());
            }
        }
    }

    /// The controller with what the stack adds to its pods, and the template alone.
    fn controller(
        &mut self,
        controller: &mut Controller,
        composition: &Composition<'_>,
        entrances: &[Port],
        variables: &Variables,
    ) -> Result<(Value, Value), EmitError> {
        let common = self.common();
        let (kind, api_version, path) = (controller.kind(), controller.version(), controller.template_path());
        match controller {
            Controller::Deployment(spec) => {
                spec.selector = Selector {
                    match_labels: common.selector(),
                    ..Selector::default()
                };
                spec.replicas.get_or_insert(2);
                spec.revision_history_limit.get_or_insert(3);
            }
            Controller::StatefulSet(spec) => {
                spec.selector = Selector {
                    match_labels: common.selector(),
                    ..Selector::default()
                };
                spec.service_name.clone_from(&self.emission.requirement.name);
                spec.replicas.get_or_insert(2);
                spec.revision_history_limit.get_or_insert(3);
            }
            Controller::DaemonSet(spec) => {
                spec.selector = Selector {
                    match_labels: common.selector(),
                    ..Selector::default()
                };
                spec.revision_history_limit.get_or_insert(3);
            }
            Controller::Job(_) | Controller::CronJob(_) => {
                let policy = &mut controller.template().spec.restart_policy;
                policy.get_or_insert_with(|| "Never".to_owned());
            }
        }
        let template = controller.template();
        template.metadata.labels.extend(common.labels());
        let json = |e: serde_json::Error| EmitError::Json {
            path: kind.to_owned(),
            why: e.to_string(),
        };
        let spec = controller.value().map_err(json)?;
        let metadata = Metadata { ..common.metadata() };
        let mut object = json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": api::value(&metadata).map_err(json)?,
            "spec": spec,
        });
        if let Some(template) = object.pointer_mut(path) {
            self.lay_over(template, composition, variables)?;
            if let Some(proxy) = composition.proxy() {
                proxy::open(template, proxy, entrances);
            }
        }
        let pod = object.pointer(path).cloned().unwrap_or_default();
        Ok((object, pod))
    }

    /// The level of security that pods conform to, and why not a higher one.
    fn security(
        &mut self,
        pod: &Value,
        composition: &Composition<'_>,
    ) -> Result<(SecurityLevel, Vec<String>), EmitError> {
        let spec = pod.get("spec").cloned().unwrap_or_default();
        let spec = serde_json::from_value(spec).map_err(|e| EmitError::Data {
            realization: self.emission.plan.display.clone(),
            why: e.to_string(),
        })?;
        let obstacles = security::obstacles(&spec);
        let (mut highest, mut why) = level(obstacles.iter());
        if composition.filter().is_none() {
            highest = highest.min(self.platform.unfiltered.level);
            why.push(self.platform.unfiltered.because.clone());
        }
        for cap in composition.caps() {
            if cap.level < SecurityLevel::Restricted && !why.contains(&cap.because) {
                why.push(cap.because.clone());
            }
            highest = highest.min(cap.level);
        }
        if highest == SecurityLevel::Restricted {
            why.clear();
        }
        Ok((highest, why))
    }

    fn around(
        &mut self,
        workload: &Workload,
        served: &[Port],
        composition: &Composition<'_>,
        level: SecurityLevel,
        pod: &Value,
        variables: &Variables,
    ) -> Result<(), EmitError> {
        let token = tree::at(pod, "spec.automountServiceAccountToken")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let common = self.common();
        let mut namespace = document(&common.namespace(level, &self.version))?;
        if let Some(metadata) = namespace.get_mut("metadata") {
            overlay(metadata, &composition.namespace);
        }
        let account = document(&common.account(token))?;
        let stateful = matches!(workload.controller, Controller::StatefulSet(_));
        let service = (stateful || !served.is_empty())
            .then(|| document(&common.service(served, stateful)))
            .transpose()?;
        let network = document(&self.network(served, composition, variables)?)?;
        let lasting = workload.controller.replicates() && composition.carrier().is_none();
        let budget = lasting.then(|| document(&common.budget())).transpose()?;
        let files = (!workload.files.is_empty())
            .then(|| document(&common.files(FILES, &workload.files)))
            .transpose()?;
        // The namespace comes first of all: policies and objects of other tools are in it.
        self.add(LandingStage::Cluster, "namespace", namespace)?;
        self.add(LandingStage::Base, "serviceaccount", account)?;
        for (file, value) in [
            ("service", service),
            ("networkpolicy", Some(network)),
            ("poddisruptionbudget", budget),
            ("files", files),
        ] {
            if let Some(value) = value {
                self.add(LandingStage::Base, file, value)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
