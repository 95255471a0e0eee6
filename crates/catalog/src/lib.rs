//! Operators, technologies, realizations, interactions, evidence and grade rules as checked data.
//!
//! The catalogue is written as YAML under `data/`, checked and compiled when the crate is built, and read from the
//! compiled form at run time. Other files can be read with [`Catalog::from_files`], which reports everything that is
//! wrong with them. What the data means is here too: [grades](grade), [figures](figure) and the [tiling](tiling) of
//! stacks with realizations.

mod check;
mod condition;
pub mod figure;
pub mod grade;
pub mod model;
mod read;
pub mod tiling;

use std::sync::LazyLock;

use stackwright_algebra::{Algebra, Automaton, IllTyped, OperatorId, Stack};
use stackwright_text::expression::{self, Expression};
use stackwright_text::{Diagnostic, Source};

pub use condition::Compiled as CompiledCondition;
use grade::CompiledRules;
use model::{
    DiagnosticEntry, EvidenceRecord, InspectionRules, Interaction, MetricDefinition, NamedForm, Realization, Technology,
};
pub use read::{CatalogData, DataFile};
use tiling::Tiles;

/// A checked catalogue, ready for use.
#[derive(Debug)]
pub struct Catalog {
    data: CatalogData,
    hash: String,
    algebra: Algebra,
    automaton: Automaton,
    rules: CompiledRules,
    tiles: Tiles,
}

/// SHA-256 of the built-in catalogue's files, in hexadecimal.
pub const BUILTIN_HASH: &str = env!("STACKWRIGHT_CATALOG_HASH");

static BUILTIN: LazyLock<Result<Catalog, String>> = LazyLock::new(|| {
    let data: CatalogData =
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/catalog.json"))).map_err(|e| e.to_string())?;
    let algebra = check::algebra(&data)?;
    Catalog::new(data, algebra, BUILTIN_HASH.to_owned())
});

static INSPECTION: LazyLock<Result<InspectionRules, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/inspection.json"))).map_err(|e| e.to_string())
});

/// What inspection recognises, as the product comes with it; read when first asked for.
///
/// # Errors
///
/// None in a program that was built: the same data was compiled when it was.
pub fn inspection() -> Result<&'static InspectionRules, Diagnostic> {
    INSPECTION
        .as_ref()
        .map_err(|why| Diagnostic::new("catalog::operators", why.clone()))
}

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
        let (data, algebra) = check::check(read)?;
        Self::new(data, algebra, hash.to_owned()).map_err(|why| vec![Diagnostic::new("catalog::operators", why)])
    }

    fn new(data: CatalogData, algebra: Algebra, hash: String) -> Result<Self, String> {
        let automaton = Automaton::compile(&algebra)?;
        let rules = CompiledRules::new(data.grades.as_ref(), algebra.vocabulary())?;
        let tiles = Tiles::new(&data.realizations, &algebra)?;
        Ok(Self {
            data,
            hash,
            algebra,
            automaton,
            rules,
            tiles,
        })
    }

    /// SHA-256 of the files it was made from, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The operators.
    pub fn algebra(&self) -> &Algebra {
        &self.algebra
    }

    /// The compiled operators.
    pub fn automaton(&self) -> &Automaton {
        &self.automaton
    }

    /// The data as it was read.
    pub fn data(&self) -> &CatalogData {
        &self.data
    }

    /// The realization of that name.
    pub fn realization(&self, id: &str) -> Option<&Realization> {
        self.data.realizations.iter().find(|r| r.id == id)
    }

    /// The technology of that name.
    pub fn technology(&self, id: &str) -> Option<&Technology> {
        self.data.technologies.iter().find(|t| t.id == id)
    }

    /// The evidence record of that name.
    pub fn evidence(&self, id: &str) -> Option<&EvidenceRecord> {
        self.data.evidence.iter().find(|e| e.id == id)
    }

    /// The metric of that name.
    pub fn metric(&self, name: &str) -> Option<&MetricDefinition> {
        self.data.metrics.iter().find(|m| m.name == name)
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
