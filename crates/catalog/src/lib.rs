//! Operators, technologies, realizations, interactions, evidence and grade rules as checked data.
//!
//! The catalogue is written as YAML under `data/`, checked and compiled when the crate is built, and read from the
//! compiled form at run time. Other files can be read with [`Catalog::from_files`], which reports everything that is
//! wrong with them. What the data means is here too: [grades](grade), [figures](figure), the [tiling](tiling) of stacks
//! with realizations, and the verdicts on [claims].

mod check;
pub mod claims;
#[path = "claims/check.rs"]
mod claims_check;
mod condition;
pub mod figure;
pub mod grade;
mod guidance;
mod lexicon;
pub mod model;
pub mod overlay;
mod read;
pub mod tiling;
pub mod version;

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use stackwright_algebra::{Algebra, Automaton, IllTyped, OperatorId, Stack};
use stackwright_text::expression::{self, Expression};
use stackwright_text::{Diagnostic, Notation, Source};

pub use condition::Compiled as CompiledCondition;
use grade::CompiledRules;
use model::{
    AtlasData, ClaimsData, DiagnosticEntry, EvidenceRecord, GuidanceData, InspectionRules, Interaction, LandingRules,
    Lexicon, MetricDefinition, NamedForm, Profile, Realization, Regime, Technology,
};
use overlay::OverlayName;
pub use read::{CatalogData, DataFile};
use tiling::Tiles;

/// A checked catalogue, ready for use.
#[derive(Debug)]
pub struct Catalog {
    data: CatalogData,
    hash: String,
    algebra: Algebra,
    automaton: Automaton,
    notation: Notation,
    rules: CompiledRules,
    tiles: Tiles,
    /// The place of each evidence record.
    evidence: HashMap<String, usize>,
    claims: OnceLock<Result<ClaimsData, String>>,
    atlas: OnceLock<Result<AtlasData, String>>,
    guidance: OnceLock<Result<GuidanceData, String>>,
    overlays: Vec<OverlayName>,
    warnings: Vec<Diagnostic>,
}

/// SHA-256 of the built-in catalogue's files, in hexadecimal.
pub const BUILTIN_HASH: &str = env!("STACKWRIGHT_CATALOG_HASH");

static BUILTIN: LazyLock<Result<Catalog, String>> =
    LazyLock::new(|| compiled(include_str!(concat!(env!("OUT_DIR"), "/catalog.json"))));

/// Read instead where something is only started, which waits for it.
static STARTING: LazyLock<Result<Catalog, String>> =
    LazyLock::new(|| compiled(include_str!(concat!(env!("OUT_DIR"), "/starting.json"))));

fn compiled(json: &str) -> Result<Catalog, String> {
    let data: CatalogData = serde_json::from_str(json).map_err(|e| e.to_string())?;
    let algebra = check::algebra(&data).map_err(|problem| problem.to_string())?;
    let automaton = Automaton::restore(&algebra, include_bytes!(concat!(env!("OUT_DIR"), "/automaton")))?;
    Catalog::assemble(data, algebra, automaton, BUILTIN_HASH.to_owned())
}

/// Read only when a text is, so that no other command waits for it.
static LEXICON: LazyLock<Result<Option<Lexicon>, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/lexicon.json"))).map_err(|e| e.to_string())
});

/// Read only when documents are inspected.
static INSPECTION: LazyLock<Result<InspectionRules, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/inspection.json"))).map_err(|e| e.to_string())
});

/// Read only when something is written for a cluster.
static LANDING: LazyLock<Result<LandingRules, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/landing.json"))).map_err(|e| e.to_string())
});

impl Catalog {
    /// The catalogue that the product comes with.
    ///
    /// # Errors
    ///
    /// None in a program that was built: the same data was compiled when it was.
    pub fn builtin() -> Result<&'static Self, Diagnostic> {
        BUILTIN
            .as_ref()
            .map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// Of the catalogue that the product comes with, what starting a workload takes: the operators, and the realizations
    /// that drivers start. All else is empty, so what it does not know may still be known to [`Catalog::builtin`].
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn starting() -> Result<&'static Self, Diagnostic> {
        STARTING
            .as_ref()
            .map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// Reads and checks files, given as name and content. The hash is the caller's name for them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn from_files(files: &[(String, Vec<u8>)], hash: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut read = Vec::new();
        let mut findings = Vec::new();
        for (name, bytes) in files {
            match DataFile::read(name, bytes) {
                Ok(file) => read.push(file),
                Err(diagnostic) => findings.push(diagnostic),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let (mut data, algebra) = check::check(read)?;
        let (claims, atlas) = (std::mem::take(&mut data.claims), std::mem::take(&mut data.atlas));
        let guidance = std::mem::take(&mut data.guidance);
        let catalog = Self::new(data, algebra, hash.to_owned());
        let catalog = catalog.map_err(|why| vec![Diagnostic::new("catalog::operators", why)])?;
        Ok(catalog.with_parts(claims, atlas).with_guidance(guidance))
    }

    fn new(data: CatalogData, algebra: Algebra, hash: String) -> Result<Self, String> {
        let automaton = Automaton::compile(&algebra)?;
        Self::assemble(data, algebra, automaton, hash)
    }

    fn assemble(data: CatalogData, algebra: Algebra, automaton: Automaton, hash: String) -> Result<Self, String> {
        let rules = CompiledRules::new(data.grades.as_ref(), algebra.vocabulary())?;
        let tiles = Tiles::new(&data.realizations, &algebra)?;
        let evidence = data.evidence.iter().enumerate().map(|(i, e)| (e.id.clone(), i));
        Ok(Self {
            evidence: evidence.collect(),
            data,
            hash,
            notation: Notation::new(&algebra),
            algebra,
            automaton,
            rules,
            tiles,
            claims: OnceLock::new(),
            atlas: OnceLock::new(),
            guidance: OnceLock::new(),
            overlays: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The catalogue with these claims, matrices and concepts instead of those that the product comes with.
    fn with_parts(self, claims: ClaimsData, atlas: AtlasData) -> Self {
        Self {
            claims: OnceLock::from(Ok(claims)),
            atlas: OnceLock::from(Ok(atlas)),
            ..self
        }
    }

    /// The catalogue with this guidance instead of what the product comes with.
    fn with_guidance(self, guidance: GuidanceData) -> Self {
        Self {
            guidance: OnceLock::from(Ok(guidance)),
            ..self
        }
    }

    /// SHA-256 of the files it was made from, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The overlays that it was made with, in order.
    pub fn overlays(&self) -> &[OverlayName] {
        &self.overlays
    }

    /// What is to be known about them.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The operators.
    pub fn algebra(&self) -> &Algebra {
        &self.algebra
    }

    /// The compiled operators.
    pub fn automaton(&self) -> &Automaton {
        &self.automaton
    }

    /// The operators' symbols, for reading and writing many words.
    pub fn notation(&self) -> &Notation {
        &self.notation
    }

    /// The data as it was read.
    pub fn data(&self) -> &CatalogData {
        &self.data
    }

    /// Claims, labels and matrices. Those that the product comes with are read when they are first asked for.
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn claims(&self) -> Result<&ClaimsData, Diagnostic> {
        let embedded = include_str!(concat!(env!("OUT_DIR"), "/claims.json"));
        let read = || serde_json::from_str(embedded).map_err(|e| e.to_string());
        let claims = self.claims.get_or_init(read).as_ref();
        claims.map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// Concepts, how they relate and where they are used. Those that the product comes with are read when they are first
    /// asked for.
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn atlas(&self) -> Result<&AtlasData, Diagnostic> {
        let embedded = include_str!(concat!(env!("OUT_DIR"), "/atlas.json"));
        let read = || serde_json::from_str(embedded).map_err(|e| e.to_string());
        let atlas = self.atlas.get_or_init(read).as_ref();
        atlas.map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// What authorities say and what guided choice asks. What the product comes with is read when it is first asked for.
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn guidance(&self) -> Result<&GuidanceData, Diagnostic> {
        let embedded = include_str!(concat!(env!("OUT_DIR"), "/guidance.json"));
        let read = || serde_json::from_str(embedded).map_err(|e| e.to_string());
        let guidance = self.guidance.get_or_init(read).as_ref();
        guidance.map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// The realization of that name.
    pub fn realization(&self, id: &str) -> Option<&Realization> {
        self.data.realizations.iter().find(|r| r.id == id)
    }

    /// The technology of that name.
    pub fn technology(&self, id: &str) -> Option<&Technology> {
        self.data.technologies.iter().find(|t| t.id == id)
    }

    /// The compliance regime of that name.
    pub fn regime(&self, id: &str) -> Option<&Regime> {
        self.data.regimes.iter().find(|r| r.id == id)
    }

    /// The profile of that name.
    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.data.profiles.iter().find(|p| p.id == id)
    }

    /// The evidence record of that name.
    pub fn evidence(&self, id: &str) -> Option<&EvidenceRecord> {
        self.data.evidence.get(*self.evidence.get(id)?)
    }

    /// The metric of that name.
    pub fn metric(&self, name: &str) -> Option<&MetricDefinition> {
        self.data.metrics.iter().find(|m| m.name == name)
    }

    /// What phrases mean: what the files say, else the built-in lexicon.
    ///
    /// # Errors
    ///
    /// None in a program that was built, if the catalogue is the built-in one or has a lexicon.
    pub fn lexicon(&self) -> Result<&Lexicon, Diagnostic> {
        let builtin = || LEXICON.as_ref().map(Option::as_ref);
        let found = self.data.lexicon.as_ref().map_or_else(builtin, |own| Ok(Some(own)));
        found
            .map_err(|why| Diagnostic::new("catalog::reference", why.clone()))?
            .ok_or_else(|| Diagnostic::new("catalog::reference", "the catalogue has no lexicon"))
    }

    /// What inspection recognises: what the files say, else the built-in rules.
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn inspection(&self) -> Result<&InspectionRules, Diagnostic> {
        if self.data.inspection != InspectionRules::default() {
            return Ok(&self.data.inspection);
        }
        INSPECTION
            .as_ref()
            .map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// How realizations are written for a cluster: what the files say, else the built-in rules.
    ///
    /// # Errors
    ///
    /// None in a program that was built, as for [`Catalog::builtin`].
    pub fn landing(&self) -> Result<&LandingRules, Diagnostic> {
        if self.data.landing != LandingRules::default() {
            return Ok(&self.data.landing);
        }
        LANDING
            .as_ref()
            .map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
    }

    /// What is known about two technologies or realizations together.
    pub fn interactions(&self) -> &[Interaction] {
        &self.data.interactions
    }

    /// What `explain` says of a code.
    pub fn diagnostic(&self, code: &str) -> Option<&DiagnosticEntry> {
        self.data.diagnostics.iter().find(|d| d.code == code)
    }

    /// The name that a normal form has, if it has one.
    pub fn named_form(&self, display: &str) -> Option<&NamedForm> {
        self.data.forms.iter().find(|f| f.word == display)
    }

    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it and where.
    pub fn parse(&self, source: &Source) -> Result<Expression, Diagnostic> {
        expression::parse(source, &self.algebra)
    }

    /// Reads an expression and finds its normal form.
    ///
    /// # Errors
    ///
    /// What is wrong with it and where; for a word that describes no stack, with the word mended.
    pub fn normalize(&self, source: &Source) -> Result<Vec<OperatorId>, Diagnostic> {
        let parsed = self.parse(source)?;
        self.automaton
            .normalize(&self.algebra, &parsed.word)
            .map_err(|error| self.ill_typed(source, &parsed, &error))
    }

    /// The diagnostic for a word that describes no stack.
    pub fn ill_typed(&self, source: &Source, parsed: &Expression, error: &IllTyped) -> Diagnostic {
        expression::ill_typed(source, parsed, &self.algebra, error)
    }

    /// The stack that a word reaches, if it reaches one.
    pub fn stack(&self, word: &[OperatorId]) -> Option<Stack> {
        self.algebra.run(word).ok()
    }

    /// The compiled grade rules.
    pub fn rules(&self) -> &CompiledRules {
        &self.rules
    }

    /// The realizations by the words they implement.
    pub fn tiles(&self) -> &Tiles {
        &self.tiles
    }
}
