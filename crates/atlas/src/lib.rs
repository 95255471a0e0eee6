//! The comparison of isolation concepts as checked, bilingual data: matrices, relations, alignment to authorities, exports.

pub mod align;
pub mod compare;
pub mod concept;
pub mod decide;
pub mod draw;
pub mod export;
pub mod glossary;
pub mod mindmap;
pub mod relations;
pub mod render;
pub mod table;

use stackwright_catalog::Catalog;
use stackwright_catalog::claims::{Facts, Judgement};
use stackwright_catalog::model::{AtlasData, Claim, ClaimsData, Matrix};
use stackwright_text::{Diagnostic, Language};

pub use compare::{Comparison, ComparisonEngine};
pub use glossary::Glossary;
pub use table::{Selection, Table};

/// The atlas of a catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Atlas<'c> {
    /// The catalogue.
    pub catalog: &'c Catalog,
    /// Claims, matrices and terms.
    pub claims: &'c ClaimsData,
    /// Concepts and how they relate.
    pub data: &'c AtlasData,
}

impl<'c> Atlas<'c> {
    /// The atlas of a catalogue.
    ///
    /// # Errors
    ///
    /// None in a program that was built.
    pub fn new(catalog: &'c Catalog) -> Result<Self, Diagnostic> {
        Ok(Self {
            catalog,
            claims: catalog.claims()?,
            data: catalog.atlas()?,
        })
    }

    /// Judges claims by the catalogue's grades and evidence, the matrices, and how references stand to authorities.
    pub fn judge(&self, claims: impl IntoIterator<Item = &'c Claim>) -> Vec<Judgement> {
        let alignments = self.catalog.guidance().map(align::Alignments).ok();
        let more: Vec<&dyn Facts> = alignments.iter().map(|a| a as &dyn Facts).collect();
        self.catalog.judge_with(self.claims, claims, &more)
    }

    /// Names and spellings in a language.
    pub fn glossary(&self, language: Language) -> Glossary<'c> {
        Glossary::new(self.claims, self.data, language)
    }

    /// The matrix of that name.
    ///
    /// # Errors
    ///
    /// There is none of that name; the nearest is named.
    pub fn matrix(&self, name: &str) -> Result<&'c Matrix, Diagnostic> {
        let matrices = &self.claims.matrices;
        let named = |m: &&Matrix| m.id == name || m.title.en == name || m.title.zh == name;
        let known = matrices.iter().map(|m| m.id.as_str());
        matrices
            .iter()
            .find(named)
            .ok_or_else(|| table::unknown("matrix", name, known))
    }
}
