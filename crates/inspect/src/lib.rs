//! Documents that other people wrote to the isolation stacks that their workloads really have.
//!
//! [`Inspector::read`] takes texts: it divides them into documents, skips those whose kind carries nothing without parsing
//! them, and keeps of the others only what the catalogue's rules ask for. Once all are read, [`Inspection`] resolves each
//! workload across objects (runtime classes, namespaces) and says which operators documents declare, which are in
//! effect, which field proves each, and what is not known.

mod decode;
mod document;
mod edit;
mod extract;
mod facts;
mod path;
mod report;
mod resolve;
mod rules;
mod selector;
mod tree;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{InspectionRules, WorkloadRule};
use stackwright_text::Diagnostic;

pub use document::last_boundary;
pub use edit::set;
use extract::Extractor;
use facts::{Facts, Texts};
pub use report::{
    ClassReport, ContainerReport, Counts, Evidence, Finding, GradesReport, Note, PolicyReport, Report, Unknown,
    WorkloadReport,
};
use resolve::Resolver;
use rules::Rules;
pub use rules::matches;
pub use tree::Place;

/// The version of the report's form.
pub const SCHEMA: &str = "stackwright/inspect/v1";

/// How far an object counts for workloads that refer to it by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// In its own file.
    File,
    /// In files of the same folder.
    #[default]
    Folder,
    /// Everywhere: all files are of one cluster. The nearest counts.
    All,
}

/// What inspection takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How far objects are looked for.
    pub reach: Reach,
    /// The minor version of Kubernetes 1.
    pub kubernetes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            kubernetes: 34,
        }
    }
}

/// What inspection recognises, ready for use.
#[derive(Debug)]
pub struct Knowledge<'c> {
    catalog: &'c Catalog,
    data: &'c InspectionRules,
    anonymous: [WorkloadRule; 2],
}

impl Knowledge<'static> {
    /// What the product comes with.
    ///
    /// # Errors
    ///
    /// None in a program that was built.
    pub fn builtin() -> Result<Self, Diagnostic> {
        Self::of(Catalog::builtin()?)
    }
}

impl<'c> Knowledge<'c> {
    /// What a catalogue knows.
    ///
    /// # Errors
    ///
    /// None in a program that was built.
    pub fn of(catalog: &'c Catalog) -> Result<Self, Diagnostic> {
        let pod = WorkloadRule::default();
        let bare = WorkloadRule {
            spec: Some(String::new()),
            ..WorkloadRule::default()
        };
        Ok(Self {
            catalog,
            data: catalog.inspection()?,
            anonymous: [pod, bare],
        })
    }
}

/// Reads documents.
pub struct Inspector<'k> {
    rules: Arc<Rules<'k>>,
    catalog: &'k Catalog,
    facts: Facts,
    texts: Texts,
    namespace: Option<String>,
    live: bool,
}

impl<'k> Inspector<'k> {
    /// An inspector that has read nothing.
    pub fn new(knowledge: &'k Knowledge<'_>) -> Self {
        Self {
            rules: Arc::new(Rules::new(knowledge.catalog, knowledge.data, &knowledge.anonymous)),
            catalog: knowledge.catalog,
            facts: Facts::default(),
            texts: Texts::default(),
            namespace: None,
            live: false,
        }
    }

    /// The same with a namespace for workloads that name none.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Option<String>) -> Self {
        self.namespace = namespace;
        self
    }

    /// From here on, objects come from a live cluster: those with a pod template that another object made are left out.
    pub fn go_live(&mut self) {
        self.live = true;
    }

    /// Another one with the same rules that has read nothing, for another thread.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            rules: Arc::clone(&self.rules),
            catalog: self.catalog,
            facts: Facts::default(),
            texts: Texts::default(),
            namespace: self.namespace.clone(),
            live: self.live,
        }
    }

    /// Reads a file.
    pub fn read(&mut self, name: &str, bytes: &[u8]) {
        self.read_last_part(name, bytes, 0);
    }

    /// Reads a part of a file that is not the last, given with the lines before it. Parts divide at [`last_boundary`].
    pub fn read_part(&mut self, name: &str, bytes: &[u8], line: u32) {
        self.part(name, bytes, line);
    }

    /// Reads the last part of a file.
    pub fn read_last_part(&mut self, name: &str, bytes: &[u8], line: u32) {
        self.facts.counts.files += 1;
        self.part(name, bytes, line);
    }

    /// Forgets what was read, but for what others are resolved through.
    pub fn forget(&mut self) {
        self.facts.workloads.clear();
        self.facts.policies.clear();
        self.facts.errors.clear();
        self.texts = Texts::default();
    }

    fn part(&mut self, name: &str, bytes: &[u8], line: u32) {
        self.facts.counts.bytes += bytes.len() as u64;
        let file = self.texts.keep(name);
        let (text, problem) = decode::decode(bytes);
        let namespace = self.namespace.as_deref().map(|n| self.texts.keep(n));
        let mut extractor = Extractor {
            namespace,
            live: self.live,
            rules: &self.rules,
            facts: &mut self.facts,
            texts: &mut self.texts,
            file,
        };
        if let Some(mut problem) = problem {
            problem.place.line = problem.place.line.saturating_add(line);
            extractor.problem(problem);
        }
        extractor.text(&text, line);
    }

    /// Takes note of something that could not be read at all.
    pub fn unreadable(&mut self, finding: Finding) {
        self.facts.counts.files += 1;
        self.facts.errors.push(finding);
    }

    /// Takes note that there are objects of a kind that could not be read: what they would say is not known.
    pub fn withhold(&mut self, kind: &str) {
        self.facts.withheld.push(kind.to_owned());
    }

    /// The groups of which any kind is worth reading, the core group as an empty text.
    pub fn groups(&self) -> BTreeSet<&str> {
        let data = self.rules.data;
        let workloads = data.workloads.iter().flat_map(|r| &r.groups);
        let policies = data.policies.iter().flat_map(|r| &r.groups);
        let references = data.references.iter().flat_map(|r| &r.groups);
        workloads
            .chain(policies)
            .chain(references)
            .map(String::as_str)
            .collect()
    }

    /// The kinds of a group that are worth reading, as far as they are known by name.
    pub fn kinds_of(&self, group: &str) -> BTreeSet<&str> {
        let data = self.rules.data;
        let of = |groups: &[String]| groups.iter().any(|g| g == group);
        let workloads = data.workloads.iter().filter(|r| of(&r.groups)).flat_map(|r| &r.kinds);
        let policies = data.policies.iter().filter(|r| of(&r.groups)).flat_map(|r| &r.kinds);
        let references = data.references.iter().filter(|r| of(&r.groups)).map(|r| &r.kind);
        workloads
            .chain(policies)
            .chain(references)
            .map(String::as_str)
            .collect()
    }

    /// Whether a kind is worth reading, by its name and its group and version.
    pub fn reads(&self, kind: &str, api_version: &str) -> bool {
        use rules::Interest::{Policy, Reference, Workload};
        matches!(
            self.rules.interest(kind, Some(api_version)),
            Workload(_) | Reference(_) | Policy(_)
        )
    }

    /// Adds what another one read, after what this one did.
    pub fn append(&mut self, other: Self) {
        self.facts.append(other.facts);
    }

    /// How many workloads were read.
    pub fn workloads(&self) -> usize {
        self.facts.workloads.len()
    }

    /// The answers.
    pub fn inspection(&self, options: Options) -> Inspection<'_, 'k> {
        Inspection {
            resolver: Resolver::new(self.catalog, &self.rules, &self.facts, options),
            facts: &self.facts,
        }
    }
}

/// Answers, worked out when they are asked for.
pub struct Inspection<'i, 'k> {
    resolver: Resolver<'i, 'k>,
    facts: &'i Facts,
}

impl<'i> Inspection<'i, '_> {
    /// What is known of each workload, in the order of the documents.
    pub fn workloads(&mut self) -> impl Iterator<Item = WorkloadReport> {
        self.part(0..self.facts.workloads.len())
    }

    /// What is known of some workloads, by their numbers.
    pub fn part(&mut self, numbers: Range<usize>) -> impl Iterator<Item = WorkloadReport> {
        let facts: &'i Facts = self.facts;
        let resolver = &mut self.resolver;
        let wanted = facts.workloads.iter().take(numbers.end).skip(numbers.start);
        wanted.map(move |w| resolver.workload(w))
    }

    /// Objects that carry an operator themselves.
    pub fn policies(&self) -> impl Iterator<Item = PolicyReport> {
        self.facts.policies.iter().map(|p| self.resolver.policy(p))
    }

    /// Runtime classes that documents define.
    pub fn classes(&self) -> Vec<ClassReport> {
        Resolver::classes(self.facts)
    }

    /// What is wrong with documents.
    pub fn errors(&self) -> &'i [Finding] {
        &self.facts.errors
    }

    /// How many documents there were, and what became of them.
    pub fn counts(&self) -> &'i Counts {
        &self.facts.counts
    }

    /// Everything at once.
    pub fn report(&mut self) -> Report {
        Report {
            schema: SCHEMA,
            workloads: self.workloads().collect(),
            policies: self.policies().collect(),
            errors: self.errors().to_vec(),
            documents: self.counts().clone(),
        }
    }
}
