//! The shape of catalogue data: what the files under `data/` hold. The JSON Schemas are generated from these types.

mod atlas;
mod claims;
mod evidence;
mod grades;
mod guidance;
mod inspection;
mod landing;
mod lexicon;
mod matrices;
mod operators;
mod principles;
mod technology;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stackwright_text::Language;

pub use atlas::{
    Ask, AtlasData, BlockLine, CaseStudy, Command, ConceptSummary, ConceptText, Domain, IsolationConcept, Item,
    ItemList, OperatorCase, Practice, Quotation, Relation, RelationKind, StackItem, TechnologyItem, Thing, TreeNode,
};
pub use claims::{
    About, CellDimension, Claim, ClaimSource, ClaimsData, Combination, CommandLine, Correction, Counted, Dimension,
    Extreme, FigureDimension, Form, GradeName, Homomorphism, InverseSense, Invertible, Is, Label, Order, Predicate,
    Quantified, Reaches, RowDimension, Sides, StackValue, Superlative, WordGrades,
};
pub use evidence::{
    Account, Better, Compose, EvidenceKind, EvidenceRecord, Figure, MetricDefinition, Scope, SourceReference,
};
pub use grades::{
    AddedIsolationClass, Adjustment, Band, Condition, DomainCondition, GradeAdditions, GradeRules, IsolationClass,
    LatencyRule, ObservabilityRule, SecurityCase, SecurityRule,
};
pub use guidance::{
    Answer, Asked, AuthorityKind, Basis, ConceptOption, GuidanceData, Instead, Live, LiveForm, Project, Question,
    Reference, Release, Said, Snapshot,
};
pub use inspection::{
    AgentRule, ClusterRule, CollectionRule, ConditionsRule, ContainerPattern, Decision, EnforcementRule,
    FilterAnnotations, FilterRule, Given, GivenAt, GovernsRule, HandlerRule, ImageRule, InjectionRule, InspectionRules,
    InsteadRule, MendedRule, ObjectKinds, PolicyRule, ReferenceRole, ReferenceRule, RendererRule, VariantRule,
    WorkloadRule,
};
pub use landing::{
    Landing, LandingDeprecation, LandingFact, LandingField, LandingFile, LandingFilter, LandingFinding, LandingHandler,
    LandingKind, LandingObject, LandingOptOuts, LandingPeer, LandingPlatform, LandingProfile, LandingProxy,
    LandingRules, LandingShape, LandingStage, LandingTests, SecurityLanding, SecurityLevel, SecurityMode,
};
pub use lexicon::{
    Assumption, Breaks, ComparatorPhrases, Concept, Lexicon, Magnitude, PlacedPhrases, Placement, Preferring, Sense,
    SenseBound, Subject, UnitPhrases,
};
pub use matrices::{
    Cell, CellKind, CellValue, Column, DocumentPlace, Flaw, Graded, Link, Mark, Matrix, Row, Term, Unfolded, range,
};
pub use operators::{
    Acceptance, EffectData, GivesData, KernelData, LayerData, NamedForm, OpensData, OperatorData, RefinesData,
    StructureData,
};
pub use principles::{Applies, Mechanism, Need, Per, Principle, PrincipleBound, Profile, Reading, Regime, RegimeAsk};
pub use technology::{
    Driver, Interaction, InteractionEffect, MetricSource, Realization, Refusal, Role, SharedBy, Target, Technology,
    VersionRange, WorkloadFact, WorkloadKind,
};

/// The version of the data format that this crate reads.
pub const API_VERSION: &str = "stackwright/v1";

/// A text in the languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Localized {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Localized {
    /// The text in a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

/// The format version at the head of every file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The only version there is yet.
    #[serde(rename = "stackwright/v1")]
    V1,
}

macro_rules! data_files {
    ($($(#[$doc:meta])* $kind:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        /// What a data file holds, by its `kind`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Kind { $($(#[$doc])* $kind),* }

        impl Kind {
            /// Every kind of data file.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The name in the file's `kind` and of its schema.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind)),* }
            }

            /// The JSON Schema of files of this kind.
            pub fn schema(self) -> schemars::Schema {
                match self { $(Kind::$kind => schemars::schema_for!(files::$kind)),* }
            }
        }

        /// One type for each kind of data file.
        pub mod files {
            use super::*;
            $(
                $(#[$doc])*
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
                #[serde(deny_unknown_fields)]
                pub struct $kind {
                    /// Version of the file format.
                    #[serde(rename = "apiVersion")]
                    pub api_version: ApiVersion,
                    /// What the file holds.
                    pub kind: Kind,
                    /// In an overlay: names of records in this file that replace those of the same names.
                    #[serde(default)]
                    pub replaces: Vec<String>,
                    $($(#[$field_doc])* pub $field: $type),*
                }
            )*
        }
    };
}

data_files! {
    /// Operators and what their effects act on.
    Operators {
        /// What kernel domains are made of.
        #[serde(default)]
        structure: StructureData,
        /// The operators, in the order of normal forms; those of an overlay follow those before it.
        #[serde(default)]
        operators: Vec<OperatorData>,
        /// Normal forms that have names.
        #[serde(default)]
        forms: Vec<NamedForm>,
        /// More normal forms that no overlay may merge unnoticed, beside those with names.
        #[serde(default)]
        protected: Vec<String>,
        /// In an overlay: what is else refused, and accepted by its author.
        #[serde(default)]
        accepts: Vec<Acceptance>,
    }
    /// How grades follow from a stack and its figures.
    Grades {
        /// The rules, all of them.
        #[serde(default)]
        rules: Option<GradeRules>,
        /// Rules in addition to those that there are.
        #[serde(default)]
        add: GradeAdditions,
    }
    /// Definitions of metrics.
    Metrics {
        /// The metrics.
        metrics: Vec<MetricDefinition>,
    }
    /// Technologies.
    Technologies {
        /// The technologies.
        technologies: Vec<Technology>,
    }
    /// Realizations: technologies that implement fragments of stacks.
    Realizations {
        /// The realizations.
        realizations: Vec<Realization>,
    }
    /// Facts about two technologies or layers together.
    Interactions {
        /// The interactions.
        interactions: Vec<Interaction>,
    }
    /// What follows from a target, a workload or a stated need.
    Principles {
        /// What a requirement can state.
        #[serde(default)]
        needs: Vec<Need>,
        /// What follows.
        #[serde(default)]
        principles: Vec<Principle>,
    }
    /// What phrases of Chinese and English mean in a requirement.
    Lexicon {
        /// The lexicon.
        lexicon: super::Lexicon,
    }
    /// Compliance regimes and what they ask of a stack.
    Regimes {
        /// The regimes.
        regimes: Vec<Regime>,
    }
    /// Fragments of requirements with names.
    Profiles {
        /// The profiles.
        profiles: Vec<Profile>,
    }
    /// Figures and where they come from.
    Evidence {
        /// The records.
        records: Vec<EvidenceRecord>,
    }
    /// Statements in a form that can be checked.
    Claims {
        /// What words mean as grades.
        #[serde(default)]
        labels: Vec<Label>,
        /// The claims.
        claims: Vec<Claim>,
    }
    /// Facts that are no figures, as tables.
    Matrices {
        /// What the words of cells are called for people.
        #[serde(default)]
        terms: Vec<Term>,
        /// The tables.
        #[serde(default)]
        matrices: Vec<Matrix>,
    }
    /// Isolation concepts, how they relate, and where they are used.
    Atlas {
        /// The concepts.
        #[serde(default)]
        concepts: Vec<IsolationConcept>,
        /// What concepts relate to besides each other.
        #[serde(default)]
        things: Vec<Thing>,
        /// How they relate.
        #[serde(default)]
        relations: Vec<Relation>,
        /// Where concepts are used.
        #[serde(default)]
        domains: Vec<Domain>,
        /// What is recommended.
        #[serde(default)]
        practices: Vec<Practice>,
        /// Selections of concepts for an application.
        #[serde(default)]
        studies: Vec<CaseStudy>,
        /// Words of operators with the technologies that implement them.
        #[serde(default)]
        cases: Vec<OperatorCase>,
        /// Whatever else documents list.
        #[serde(default)]
        lists: Vec<ItemList>,
        /// The tree of selection, its root first.
        #[serde(default)]
        tree: Vec<TreeNode>,
    }
    /// What is recognised in documents that other people wrote.
    Inspection {
        /// Kinds that carry pods.
        #[serde(default)]
        workloads: Vec<WorkloadRule>,
        /// Kinds that hold other objects.
        #[serde(default)]
        collections: Vec<CollectionRule>,
        /// Kinds that other objects are resolved through.
        #[serde(default)]
        references: Vec<ReferenceRule>,
        /// Kinds that carry nothing of interest.
        #[serde(default)]
        ignored: Vec<ObjectKinds>,
        /// Names of runtime handlers.
        #[serde(default)]
        handlers: Vec<HandlerRule>,
        /// Filters that a security context names.
        #[serde(default)]
        filters: Vec<FilterRule>,
        /// What is added when a workload is admitted.
        #[serde(default)]
        injections: Vec<InjectionRule>,
        /// What a container's image stands for.
        #[serde(default)]
        images: Vec<ImageRule>,
        /// Programs that are themselves what an operator stands for.
        #[serde(default)]
        agents: Vec<AgentRule>,
        /// Kinds that carry an operator themselves.
        #[serde(default)]
        policies: Vec<PolicyRule>,
        /// Settings with which an interaction does not happen.
        #[serde(default)]
        mended: Vec<MendedRule>,
        /// Programs that render documents.
        #[serde(default)]
        renderers: Vec<RendererRule>,
        /// Programs that ask live clusters.
        #[serde(default)]
        clusters: Vec<ClusterRule>,
    }
    /// How realizations are written for a cluster.
    Landing {
        /// The platform's own names and versions.
        #[serde(default)]
        platform: Option<LandingPlatform>,
        /// How realizations are written.
        #[serde(default)]
        landings: Vec<super::Landing>,
        /// Kinds of objects that are written, beside those of the platform itself.
        #[serde(default)]
        kinds: Vec<LandingKind>,
    }
    /// What authorities say, and since when.
    Authorities {
        /// What documents say of them, and what is there.
        #[serde(default)]
        references: Vec<Reference>,
        /// Projects of foundations and how mature they are.
        #[serde(default)]
        projects: Vec<Project>,
    }
    /// The questions of guided choice.
    Decisions {
        /// The concepts that it chooses among.
        #[serde(default)]
        options: Vec<ConceptOption>,
        /// The questions, in order.
        #[serde(default)]
        questions: Vec<Question>,
    }
    /// Every diagnostic code and what it means.
    Diagnostics {
        /// The entries.
        diagnostics: Vec<DiagnosticEntry>,
    }
}

/// What `explain` says of a diagnostic code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticEntry {
    /// The code, such as `yaml::unknown-key`.
    pub code: String,
    /// What it means, in one sentence.
    pub title: String,
    /// Why it is an error and what to do.
    pub explanation: String,
    /// Something that causes it, and the same mended.
    #[serde(default)]
    pub example: Option<String>,
}
