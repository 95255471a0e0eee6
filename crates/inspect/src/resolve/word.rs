//! Operators to normal forms and grades, each word once.

use std::collections::HashMap;

use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::Catalog;

use crate::report::GradesReport;

/// What follows from a word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assessed {
    pub operators: Vec<String>,
    pub display: String,
    pub grades: Option<GradesReport>,
}

/// Words that were seen, with what follows from them.
pub(crate) struct Words<'c> {
    catalog: &'c Catalog,
    seen: HashMap<Vec<OperatorId>, Assessed>,
    asked: HashMap<Vec<OperatorId>, Vec<String>>,
}

impl<'c> Words<'c> {
    pub(crate) fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            seen: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    /// The normal form of the stack that has all of a word's letters, each moved to where it has a place.
    fn normal(&self, word: &[OperatorId]) -> Vec<OperatorId> {
        let algebra = self.catalog.algebra();
        let mended = algebra.mend(word);
        self.catalog.automaton().normalize(algebra, &mended).unwrap_or(mended)
    }

    pub(crate) fn assess(&mut self, word: &[OperatorId]) -> &Assessed {
        if !self.seen.contains_key(word) {
            let algebra = self.catalog.algebra();
            let normal = self.normal(word);
            let grades = self.catalog.assess(&normal).map(|a| GradesReport {
                latency: a.grades.latency,
                security: a.grades.security,
                observability: a.grades.observability,
                display: a.grades.to_string(),
            });
            let assessed = Assessed {
                operators: normal.iter().map(|id| algebra.symbol(*id).to_owned()).collect(),
                display: algebra.display(&normal),
                grades,
            };
            self.seen.insert(word.to_vec(), assessed);
        }
        self.seen.entry(word.to_vec()).or_default()
    }

    /// What is asked for: the normal form of isolation, and every letter of the other facets, also one that another would
    /// absorb, in the order of operators.
    pub(crate) fn declared(&mut self, word: &[OperatorId]) -> Vec<String> {
        if let Some(known) = self.asked.get(word) {
            return known.clone();
        }
        let symbols = self.ask(word);
        self.asked.insert(word.to_vec(), symbols.clone());
        symbols
    }

    fn ask(&self, word: &[OperatorId]) -> Vec<String> {
        let algebra = self.catalog.algebra();
        let facet = |id: &OperatorId| algebra.operator(*id).map(|o| &o.effect).and_then(Effect::facet);
        let (isolation, mut rest): (Vec<OperatorId>, Vec<_>) = word
            .iter()
            .partition(|id| matches!(facet(id), None | Some(Facet::Isolation)));
        rest.sort_unstable_by_key(|id| (facet(id), *id));
        rest.dedup();
        let (before, after): (Vec<_>, Vec<_>) = rest.into_iter().partition(|id| facet(id) < Some(Facet::Isolation));
        let middle = self.normal(&isolation);
        let letters = before.iter().chain(&middle).chain(&after);
        letters.map(|id| algebra.symbol(*id).to_owned()).collect()
    }
}
