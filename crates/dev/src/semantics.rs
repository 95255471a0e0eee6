//! One question, several answers.

use stackwright_algebra::{Algebra, Automaton, OperatorId};
use stackwright_catalog::Catalog;

/// The first letter of a word that has no place where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// Index of the letter in the word as it was given; a letter of a macro counts at the macro's place.
    pub position: usize,
}

/// A meaning for words of operators.
pub trait Semantics {
    /// The normal form of a word.
    ///
    /// # Errors
    ///
    /// The first letter that has no place where it stands.
    fn normalize(&self, word: &[&str]) -> Result<Vec<String>, Misplaced>;

    /// Whether two words reach the same stack. A word that reaches none equals nothing.
    fn equal(&self, left: &[&str], right: &[&str]) -> bool;
}

/// The engine that ships.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The operators.
    pub algebra: Algebra,
    /// Their tables.
    pub automaton: Automaton,
}

impl Compiled {
    /// The engine of the catalogue that ships.
    pub fn builtin() -> Self {
        let catalog = Catalog::builtin().unwrap();
        Self {
            algebra: catalog.algebra().clone(),
            automaton: catalog.automaton().clone(),
        }
    }

    /// The operators of a word.
    pub fn word(&self, symbols: &[&str]) -> Vec<OperatorId> {
        let find = |s: &&str| self.algebra.find(s).unwrap_or_else(|| panic!("no operator `{s}`"));
        symbols.iter().map(find).collect()
    }

    /// The symbols of a word.
    pub fn symbols(&self, word: &[OperatorId]) -> Vec<&str> {
        word.iter().map(|id| self.algebra.symbol(*id)).collect()
    }

    /// The word with its macros expanded.
    pub fn expanded(&self, word: &[OperatorId]) -> Vec<OperatorId> {
        word.iter().flat_map(|id| self.algebra.letters(id)).copied().collect()
    }

    /// The normal form, or `None` for a word that has no stack.
    pub fn normal_form(&self, word: &[OperatorId]) -> Option<Vec<OperatorId>> {
        self.automaton.normalize(&self.algebra, word).ok()
    }
}

impl Semantics for Compiled {
    fn normalize(&self, word: &[&str]) -> Result<Vec<String>, Misplaced> {
        match self.automaton.normalize(&self.algebra, &self.word(word)) {
            Ok(normal) => Ok(self.symbols(&normal).into_iter().map(str::to_owned).collect()),
            Err(error) => Err(Misplaced {
                position: error.position,
            }),
        }
    }

    fn equal(&self, left: &[&str], right: &[&str]) -> bool {
        let (left, right) = (self.word(left), self.word(right));
        self.automaton.decide(&self.algebra, &left, &right).equal
    }
}
