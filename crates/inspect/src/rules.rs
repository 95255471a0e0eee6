//! The rules of the catalogue, ready for look-up.

use std::collections::{HashMap, HashSet};

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{
    AgentRule, GivenAt, HandlerRule, InspectionRules, PolicyRule, ReferenceRule, WorkloadRule,
};

use crate::path::Path;

/// What a document is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest<'c> {
    /// It carries pods.
    Workload(u16),
    /// It holds other objects under a key.
    Collection(&'c str),
    /// Others are resolved through it.
    Reference(&'c ReferenceRule),
    /// It carries an operator itself.
    Policy(u16),
    /// It carries nothing, whatever it holds.
    Ignored,
    /// Nothing is known of its kind.
    Unknown,
}

/// A rule for a kind that carries pods, with its paths taken apart.
#[derive(Clone, Debug)]
pub struct WorkloadPaths<'c> {
    /// The rule.
    pub rule: &'c WorkloadRule,
    /// Where pods are, from the object.
    pub pod: Path,
    /// Where metadata are, from the pod or the object.
    pub metadata: Path,
    /// Where the specification is, from the pod or the object.
    pub spec: Path,
    /// Where containers are, from the specification.
    pub containers: Vec<Path>,
    /// A reference to another object.
    pub elsewhere: Option<Path>,
    /// The operators of every workload of this kind.
    pub operators: Vec<OperatorId>,
}

/// Rules, indexed.
#[derive(Debug)]
pub struct Rules<'c> {
    /// As they are in the catalogue.
    pub data: &'c InspectionRules,
    /// The kinds that carry pods.
    pub workloads: Vec<WorkloadPaths<'c>>,
    /// How a pod of an unknown kind is read; the next rule is for a specification alone.
    pub anonymous: u16,
    kinds: HashMap<&'c str, Vec<(&'c [String], Interest<'c>)>>,
    groups: Vec<(&'c str, Interest<'c>)>,
    collections: Vec<(&'c str, &'c str)>,
    keys: Vec<(&'c str, u16)>,
    exact: HashSet<&'c str>,
    prefixes: Vec<&'c str>,
    agents: HashMap<&'c str, Vec<(u16, &'c str)>>,
}

/// Where a pod has containers.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl<'c> Rules<'c> {
    /// Indexes rules. `anonymous` is how pods of unknown kinds are read.
    pub fn new(catalog: &'c Catalog, data: &'c InspectionRules, anonymous: &'c [WorkloadRule]) -> Self {
        let mut workloads: Vec<_> = data.workloads.iter().map(|r| WorkloadPaths::new(catalog, r)).collect();
        let last = index(workloads.len());
        workloads.extend(anonymous.iter().map(|r| WorkloadPaths::new(catalog, r)));
        let mut rules = Self {
            data,
            workloads,
            anonymous: last,
            kinds: HashMap::new(),
            groups: Vec::new(),
            collections: Vec::new(),
            keys: Vec::new(),
            exact: HashSet::new(),
            prefixes: Vec::new(),
            agents: HashMap::new(),
        };
        for (i, rule) in data.workloads.iter().enumerate() {
            if let Some(key) = &rule.key {
                rules.keys.push((key, index(i)));
                continue;
            }
            rules.kinds(&rule.kinds, &rule.groups, Interest::Workload(index(i)));
        }
        for (i, rule) in data.policies.iter().enumerate() {
            rules.kinds(&rule.kinds, &rule.groups, Interest::Policy(index(i)));
        }
        for rule in &data.references {
            rules.kinds(
                std::slice::from_ref(&rule.kind),
                &rule.groups,
                Interest::Reference(rule),
            );
        }
        for rule in &data.ignored {
            rules.kinds(&rule.kinds, &rule.groups, Interest::Ignored);
        }
        for rule in &data.collections {
            let names = rule.kinds.iter().map(|k| (k.as_str(), rule.items.as_str()));
            rules.collections.extend(names);
        }
        rules.marks();
        for (i, agent) in data.agents.iter().enumerate() {
            for image in &agent.images {
                let last = image.rsplit('/').next().unwrap_or(image);
                rules.agents.entry(last).or_default().push((index(i), image));
            }
        }
        rules
    }

    fn kinds(&mut self, kinds: &'c [String], groups: &'c [String], interest: Interest<'c>) {
        for kind in kinds {
            if kind == "*" {
                self.groups.extend(groups.iter().map(|g| (g.as_str(), interest)));
            } else {
                self.kinds.entry(kind).or_default().push((groups, interest));
            }
        }
    }

    /// The labels and annotations that any rule asks for.
    fn marks(&mut self) {
        let data = self.data;
        let decisions = data.injections.iter().flat_map(|i| &i.decide).flat_map(|d| &d.when);
        let handlers = data.handlers.iter().flat_map(|h| &h.instead);
        let instead = data.injections.iter().flat_map(|i| &i.instead).chain(handlers);
        for given in decisions.chain(instead.flat_map(|i| &i.when)) {
            match given.key.strip_suffix('*') {
                Some(prefix) => self.prefixes.push(prefix),
                None => {
                    self.exact.insert(&given.key);
                }
            }
        }
        self.exact.extend(data.mended.iter().map(|m| m.annotation.as_str()));
        for annotations in data.filters.iter().filter_map(|f| f.annotations.as_ref()) {
            self.exact.extend(annotations.pod.as_deref());
            self.prefixes.push(&annotations.container);
        }
    }

    /// Whether any rule asks for a label or annotation.
    pub fn asks_for(&self, key: &str) -> bool {
        self.exact.contains(key) || self.prefixes.iter().any(|p| key.starts_with(p))
    }

    /// What a kind is good for.
    pub fn interest(&self, kind: &str, api_version: Option<&str>) -> Interest<'c> {
        let group = api_version.map(|v| v.split_once('/').map_or("", |(group, _)| group));
        // Without a version, which is needed, the kind is taken for what it most likely is.
        let fits = |groups: &[String]| groups.is_empty() || group.is_none_or(|g| groups.iter().any(|o| o == g));
        let known = self
            .kinds
            .get(kind)
            .into_iter()
            .flatten()
            .find(|(groups, _)| fits(groups));
        if let Some((_, interest)) = known {
            return *interest;
        }
        if let Some(group) = group.filter(|g| !g.is_empty())
            && let Some((_, interest)) = self.groups.iter().find(|(g, _)| *g == group)
        {
            return *interest;
        }
        let collection = self.collections.iter().find(|(name, _)| matches(name, kind));
        collection.map_or(Interest::Unknown, |(_, items)| Interest::Collection(items))
    }

    /// The rule for documents without a kind that have a top key.
    pub fn keyed(&self, has: impl Fn(&str) -> bool) -> Option<u16> {
        self.keys.iter().find(|(key, _)| has(key)).map(|(_, rule)| *rule)
    }

    /// The rule for a handler's or class's name.
    pub fn handler(&self, name: &str) -> Option<&'c HandlerRule> {
        self.data
            .handlers
            .iter()
            .find(|h| h.names.iter().any(|n| matches(n, name)))
    }

    /// The rules for programs with this image's repository.
    pub fn agents(&self, repository: &str) -> impl Iterator<Item = (u16, &'c AgentRule)> {
        let last = repository.rsplit('/').next().unwrap_or(repository);
        let found = self.agents.get(last).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<_> = found
            .iter()
            .filter(|(_, image)| repository_ends(repository, image))
            .collect();
        let data = self.data;
        found
            .into_iter()
            .filter_map(move |(i, _)| Some((*i, data.agents.get(usize::from(*i))?)))
    }

    /// A policy rule by its number.
    pub fn policy(&self, number: u16) -> Option<&'c PolicyRule> {
        self.data.policies.get(usize::from(number))
    }
}

impl<'c> WorkloadPaths<'c> {
    fn new(catalog: &Catalog, rule: &'c WorkloadRule) -> Self {
        let containers: Vec<_> = if rule.containers.is_empty() {
            CONTAINERS.iter().map(|p| Path::new(p)).collect()
        } else {
            rule.containers.iter().map(|p| Path::new(p)).collect()
        };
        let algebra = catalog.algebra();
        Self {
            rule,
            pod: Path::new(&rule.pod),
            metadata: Path::new(rule.metadata.as_deref().unwrap_or("metadata")),
            spec: Path::new(rule.spec.as_deref().unwrap_or("spec")),
            containers,
            elsewhere: rule.elsewhere.as_deref().map(Path::new),
            operators: rule.operators.iter().filter_map(|o| algebra.find(o)).collect(),
        }
    }
}

/// Whether a pattern, in which `*` stands for any text, fits a text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut rest = rest;
    while let Some((part, more)) = rest.split_once('*') {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
        rest = more;
    }
    text.ends_with(rest)
}

/// Whether a repository ends with whole parts of a name.
pub fn repository_ends(repository: &str, parts: &str) -> bool {
    repository
        .strip_suffix(parts)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// An image's repository: without digest and tag.
pub fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// Whether a key is in the pod's own metadata rather than the namespace's or the specification.
pub fn of_namespace(at: GivenAt) -> bool {
    matches!(at, GivenAt::NamespaceLabel | GivenAt::NamespaceAnnotation)
}

pub(crate) fn index(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
