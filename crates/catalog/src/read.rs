//! From files to data: each file is decoded by its `kind`, and keeps its text and places for later checks.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stackwright_text::yaml::{Node, Step, Value, parse_bytes};
use stackwright_text::{Diagnostic, Source, Span, decode, suggestion};

use crate::model::{
    Acceptance, AtlasData, ClaimsData, DiagnosticEntry, EvidenceRecord, GradeAdditions, GradeRules, GuidanceData,
    InspectionRules, Interaction, Kind, LandingRules, Lexicon, MetricDefinition, NamedForm, Need, OperatorData,
    Principle, Profile, Realization, Regime, StructureData, Technology, files,
};

/// Everything that the files of a catalogue say, merged in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CatalogData {
    /// What kernel domains are made of.
    pub structure: Option<StructureData>,
    /// Operators, in the order of normal forms.
    pub operators: Vec<OperatorData>,
    /// Normal forms that have names.
    pub forms: Vec<NamedForm>,
    /// Normal forms that must stay different stacks, beside those with names.
    pub protected: Vec<String>,
    /// Grade rules.
    pub grades: Option<GradeRules>,
    /// Metrics.
    pub metrics: Vec<MetricDefinition>,
    /// Technologies.
    pub technologies: Vec<Technology>,
    /// Realizations.
    pub realizations: Vec<Realization>,
    /// Interactions.
    pub interactions: Vec<Interaction>,
    /// What a requirement can state.
    pub needs: Vec<Need>,
    /// What follows from it.
    pub principles: Vec<Principle>,
    /// What phrases mean. The built-in one is compiled apart, as few commands read it.
    #[serde(skip)]
    pub lexicon: Option<Lexicon>,
    /// Compliance regimes.
    pub regimes: Vec<Regime>,
    /// Named fragments of requirements.
    pub profiles: Vec<Profile>,
    /// Evidence.
    pub evidence: Vec<EvidenceRecord>,
    /// What `explain` says.
    pub diagnostics: Vec<DiagnosticEntry>,
    /// Claims and what only they need; compiled apart, so that commands that need none do not read them.
    #[serde(skip)]
    pub claims: ClaimsData,
    /// Concepts and how they relate; compiled apart likewise.
    #[serde(skip)]
    pub atlas: AtlasData,
    /// What authorities say and what guided choice asks; compiled apart likewise.
    #[serde(skip)]
    pub guidance: GuidanceData,
    /// What inspection recognises. Kept apart in the compiled form, as only inspection reads it.
    #[serde(skip)]
    pub inspection: InspectionRules,
    /// How realizations are written for a cluster. Kept apart too, as only emission reads it.
    #[serde(skip)]
    pub landing: LandingRules,
}

/// A data file: its text, its nodes and which kind it is.
pub struct DataFile {
    /// Name and text.
    pub source: Source,
    /// The nodes.
    pub node: Node,
    /// What it holds.
    pub kind: Kind,
    /// What it holds, decoded; only the lists of its kind are filled.
    pub data: CatalogData,
    /// Names of its records that replace others.
    pub replaces: Vec<String>,
    /// What its author accepts.
    pub accepts: Vec<Acceptance>,
    /// Its additions to the grade rules.
    pub additions: GradeAdditions,
}

impl DataFile {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, with its place.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Diagnostic> {
        let (source, node) = parse_bytes(name, bytes)?;
        let kind = kind_of(&source, &node)?;
        let mut data = CatalogData::default();
        let (mut accepts, mut additions) = (Vec::new(), GradeAdditions::default());
        match kind {
            Kind::Operators => {
                let file: files::Operators = typed(&source, &node)?;
                data.structure = Some(file.structure);
                data.operators = file.operators;
                data.forms = file.forms;
                data.protected = file.protected;
                accepts = file.accepts;
            }
            Kind::Grades => {
                let file: files::Grades = typed(&source, &node)?;
                data.grades = file.rules;
                additions = file.add;
            }
            Kind::Metrics => data.metrics = typed::<files::Metrics>(&source, &node)?.metrics,
            Kind::Technologies => data.technologies = typed::<files::Technologies>(&source, &node)?.technologies,
            Kind::Realizations => data.realizations = typed::<files::Realizations>(&source, &node)?.realizations,
            Kind::Interactions => data.interactions = typed::<files::Interactions>(&source, &node)?.interactions,
            Kind::Principles => {
                let file: files::Principles = typed(&source, &node)?;
                data.needs = file.needs;
                data.principles = file.principles;
            }
            Kind::Lexicon => data.lexicon = Some(typed::<files::Lexicon>(&source, &node)?.lexicon),
            Kind::Regimes => data.regimes = typed::<files::Regimes>(&source, &node)?.regimes,
            Kind::Profiles => data.profiles = typed::<files::Profiles>(&source, &node)?.profiles,
            Kind::Evidence => data.evidence = typed::<files::Evidence>(&source, &node)?.records,
            Kind::Claims => {
                let file: files::Claims = typed(&source, &node)?;
                data.claims.labels = file.labels;
                data.claims.claims = file.claims;
            }
            Kind::Matrices => {
                let file: files::Matrices = typed(&source, &node)?;
                data.claims.terms = file.terms;
                data.claims.matrices = file.matrices;
            }
            Kind::Atlas => {
                let file: files::Atlas = typed(&source, &node)?;
                data.atlas = AtlasData {
                    concepts: file.concepts,
                    things: file.things,
                    relations: file.relations,
                    domains: file.domains,
                    practices: file.practices,
                    studies: file.studies,
                    cases: file.cases,
                    lists: file.lists,
                    tree: file.tree,
                };
            }
            Kind::Inspection => {
                let file: files::Inspection = typed(&source, &node)?;
                data.inspection = InspectionRules {
                    workloads: file.workloads,
                    collections: file.collections,
                    references: file.references,
                    ignored: file.ignored,
                    handlers: file.handlers,
                    filters: file.filters,
                    injections: file.injections,
                    images: file.images,
                    agents: file.agents,
                    policies: file.policies,
                    mended: file.mended,
                    renderers: file.renderers,
                    clusters: file.clusters,
                };
            }
            Kind::Landing => {
                let file: files::Landing = typed(&source, &node)?;
                data.landing = LandingRules {
                    platform: file.platform,
                    landings: file.landings,
                    kinds: file.kinds,
                };
            }
            Kind::Authorities => {
                let file: files::Authorities = typed(&source, &node)?;
                data.guidance.references = file.references;
                data.guidance.projects = file.projects;
            }
            Kind::Decisions => {
                let file: files::Decisions = typed(&source, &node)?;
                data.guidance.options = file.options;
                data.guidance.questions = file.questions;
            }
            Kind::Diagnostics => data.diagnostics = typed::<files::Diagnostics>(&source, &node)?.diagnostics,
        }
        // Every kind has this list, and its items were decoded with the file.
        let replaces = match node.get("replaces").map(|n| &n.value) {
            Some(Value::Sequence(items)) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            source,
            node,
            kind,
            data,
            replaces,
            accepts,
            additions,
        })
    }

    /// A diagnostic about the node that a path leads to.
    pub fn diagnostic(&self, path: &[Step<'_>], code: &'static str, message: impl Into<String>) -> Diagnostic {
        let span = self.node.at(path.iter().copied()).span;
        let text = self.source.text().get(span.start..span.end).unwrap_or("");
        let line = text.lines().next().unwrap_or("").trim_end();
        Diagnostic::new(code, message)
            .with_source(&self.source)
            .with_label(Span::new(span.start, span.start + line.len()), "here")
    }
}

impl CatalogData {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        if other.structure.is_some() {
            self.structure = other.structure;
        }
        if other.grades.is_some() {
            self.grades = other.grades;
        }
        if other.lexicon.is_some() {
            self.lexicon = other.lexicon;
        }
        self.operators.extend(other.operators);
        self.forms.extend(other.forms);
        self.protected.extend(other.protected);
        self.metrics.extend(other.metrics);
        self.technologies.extend(other.technologies);
        self.realizations.extend(other.realizations);
        self.interactions.extend(other.interactions);
        self.needs.extend(other.needs);
        self.principles.extend(other.principles);
        self.regimes.extend(other.regimes);
        self.profiles.extend(other.profiles);
        self.evidence.extend(other.evidence);
        self.diagnostics.extend(other.diagnostics);
        self.inspection.merge(other.inspection);
        self.landing.merge(other.landing);
        self.claims.merge(other.claims);
        self.guidance.merge(other.guidance);
        self.atlas.merge(other.atlas);
    }
}

impl AtlasData {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        self.concepts.extend(other.concepts);
        self.things.extend(other.things);
        self.relations.extend(other.relations);
        self.domains.extend(other.domains);
        self.practices.extend(other.practices);
        self.studies.extend(other.studies);
        self.cases.extend(other.cases);
        self.lists.extend(other.lists);
        self.tree.extend(other.tree);
    }
}

impl GuidanceData {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        self.references.extend(other.references);
        self.projects.extend(other.projects);
        self.options.extend(other.options);
        self.questions.extend(other.questions);
    }
}

impl ClaimsData {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        self.claims.extend(other.claims);
        self.labels.extend(other.labels);
        self.matrices.extend(other.matrices);
        self.terms.extend(other.terms);
    }
}

fn typed<T: DeserializeOwned>(source: &Source, node: &Node) -> Result<T, Diagnostic> {
    decode::decode(source, node)
}

fn kind_of(source: &Source, node: &Node) -> Result<Kind, Diagnostic> {
    let names: Vec<_> = Kind::ALL.iter().map(|k| k.name()).collect();
    let Some(value) = node.get("kind") else {
        return Err(Diagnostic::new("catalog::kind", "the file does not say its `kind`")
            .with_source(source)
            .with_label(Span::new(node.span.start, node.span.start), "expected here")
            .with_help(suggestion("", &names)));
    };
    let name = value.as_str().unwrap_or_default();
    Kind::ALL.iter().copied().find(|k| k.name() == name).ok_or_else(|| {
        Diagnostic::new("catalog::kind", format!("unknown kind `{name}`"))
            .with_source(source)
            .with_label(value.span, "here")
            .with_help(suggestion(name, &names))
    })
}
