//! Covering stacks with realizations, as instruction selection covers expressions with instructions.
//!
//! The letters of each facet of a normal form are divided, left to right, into words that realizations implement.

use stackwright_algebra::{Algebra, Effect, Facet, OperatorId, Stack};
use stackwright_text::Source;
use stackwright_text::expression;

use crate::Catalog;
use crate::condition::Compiled;
use crate::model::Realization;

/// A way to implement a whole stack.
#[derive(Clone, Debug)]
pub struct Tiling<'c> {
    /// The realizations, in the order of the normal form's letters.
    pub realizations: Vec<&'c Realization>,
    /// The word that each of them implements.
    pub words: Vec<Vec<OperatorId>>,
}

/// The words of all realizations.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    tiles: Vec<Tile>,
}

/// One word of one realization.
#[derive(Clone, Debug)]
struct Tile {
    realization: usize,
    word: Vec<OperatorId>,
    facet: Option<Facet>,
    requires: Vec<OperatorId>,
    when: Option<Compiled>,
    default: bool,
}

impl Tile {
    fn fits(&self, word: &[OperatorId], stack: &Stack) -> bool {
        self.requires.iter().all(|r| word.contains(r)) && self.when.as_ref().is_none_or(|w| w.holds(stack))
    }
}

impl Tiles {
    pub(crate) fn new(realizations: &[Realization], algebra: &Algebra) -> Result<Self, String> {
        let mut tiles = Vec::new();
        for (index, realization) in realizations.iter().enumerate() {
            let requires = realization.requires_operators.iter().filter_map(|s| algebra.find(s));
            let requires: Vec<_> = requires.collect();
            for word in &realization.words {
                let source = Source::new("<word>", word.as_str());
                let word = expression::parse(&source, algebra).map_err(|e| e.to_string())?.word;
                let when = match &realization.when {
                    Some(condition) => Some(Compiled::new(condition, algebra.vocabulary())?),
                    None => None,
                };
                tiles.push(Tile {
                    realization: index,
                    facet: word.first().and_then(|id| facet(algebra, *id)),
                    word,
                    requires: requires.clone(),
                    when,
                    default: realization.default,
                });
            }
        }
        Ok(Self { tiles })
    }

    /// Every word that some realization implements, with the realization.
    pub fn words<'c>(&'c self, catalog: &'c Catalog) -> impl Iterator<Item = (&'c [OperatorId], &'c Realization)> {
        let of = |tile: &'c Tile| Some((tile.word.as_slice(), catalog.data().realizations.get(tile.realization)?));
        self.tiles.iter().filter_map(of)
    }

    /// Every way to implement a stack, given by its normal form, with realizations that `admit` accepts. What a
    /// realization requires of the stack must hold.
    pub fn tilings<'c>(
        &self,
        catalog: &'c Catalog,
        word: &[OperatorId],
        stack: &Stack,
        admit: &dyn Fn(&Realization) -> bool,
    ) -> Vec<Tiling<'c>> {
        self.covers(catalog, word, &|tile, realization| {
            tile.fits(word, stack) && admit(realization)
        })
    }

    /// The way that is meant if nothing else is said: default realizations only, as few as possible; among as many, the
    /// one with more conditions that hold, as it is the more particular, and then the first of the catalogue.
    pub fn default_tiling<'c>(&self, catalog: &'c Catalog, word: &[OperatorId], stack: &Stack) -> Option<Tiling<'c>> {
        let found = self.covers(catalog, word, &|tile, _| tile.default && tile.fits(word, stack));
        let cost = |t: &Tiling<'_>| {
            let particular = t.realizations.iter().filter(|r| r.when.is_some()).count();
            (t.realizations.len(), usize::MAX - particular)
        };
        found.into_iter().min_by_key(cost)
    }

    fn covers<'c>(
        &self,
        catalog: &'c Catalog,
        word: &[OperatorId],
        admit: &dyn Fn(&Tile, &Realization) -> bool,
    ) -> Vec<Tiling<'c>> {
        let mut search = Cover {
            tiles: &self.tiles,
            catalog,
            admit,
            chosen: Vec::new(),
            found: Vec::new(),
        };
        search.extend(word);
        search.found
    }
}

/// The search for all covers of a word, left to right.
struct Cover<'t, 'c> {
    tiles: &'t [Tile],
    catalog: &'c Catalog,
    admit: &'t dyn Fn(&Tile, &Realization) -> bool,
    chosen: Vec<&'t Tile>,
    found: Vec<Tiling<'c>>,
}

impl Cover<'_, '_> {
    fn extend(&mut self, rest: &[OperatorId]) {
        let realizations = &self.catalog.data().realizations;
        let Some(first) = rest.first() else {
            self.found.push(Tiling {
                realizations: self
                    .chosen
                    .iter()
                    .filter_map(|t| realizations.get(t.realization))
                    .collect(),
                words: self.chosen.iter().map(|t| t.word.clone()).collect(),
            });
            return;
        };
        let here = facet(self.catalog.algebra(), *first);
        for tile in self.tiles {
            let Some(realization) = realizations.get(tile.realization) else {
                continue;
            };
            let Some(rest) = rest.strip_prefix(tile.word.as_slice()) else {
                continue;
            };
            if !tile.word.is_empty() && tile.facet == here && (self.admit)(tile, realization) {
                self.chosen.push(tile);
                self.extend(rest);
                self.chosen.pop();
            }
        }
    }
}

/// The facet that a letter acts on.
fn facet(algebra: &Algebra, id: OperatorId) -> Option<Facet> {
    algebra.operator(id).map(|o| &o.effect).and_then(Effect::facet)
}
