//! What is meant by a word if nothing else is said: its default realization, and whether that fulfils the bounds.

use stackwright_algebra::{Facet, OperatorId, Stack};
use stackwright_catalog::model::Mechanism;
use stackwright_catalog::tiling::Tiling;

use crate::metric::{self, Verdict};
use crate::problem::Problem;
use crate::rule::Rule;

impl<'c> Problem<'c> {
    /// The default realizations of a word for the target: as few as possible, the more particular first. Where packaging
    /// is turned off, they are those of the packaged word without what packages it.
    pub(crate) fn default_tiling(&self, word: &[OperatorId], stack: &Stack) -> Option<Tiling<'c>> {
        let target = self.requirement.target;
        let tiles = self.catalog.tiles();
        let of = |word: &[OperatorId], stack: &Stack| {
            let found = tiles.tilings(self.catalog, word, stack, &|r| r.default && r.targets.contains(&target));
            let cost = |t: &Tiling<'_>| {
                let particular = t.realizations.iter().filter(|r| r.when.is_some()).count();
                (t.realizations.len(), usize::MAX - particular)
            };
            found.into_iter().min_by_key(cost)
        };
        if let Some(tiling) = of(word, stack) {
            return Some(tiling);
        }
        if self.requirement.upholds(self.catalog, Mechanism::Packaging) {
            return None;
        }
        let packages = |id: &OperatorId| {
            self.catalog.algebra().operator(*id).and_then(|o| o.effect.facet()) == Some(Facet::Packaging)
        };
        let operators = (0..self.catalog.algebra().operators().len()).filter_map(|i| {
            let symbol = &self.catalog.algebra().operators().get(i)?.symbol;
            self.catalog.algebra().find(symbol)
        });
        operators.filter(packages).find_map(|id| {
            let packaged = [&[id], word].concat();
            let mut tiling = of(&packaged, &self.catalog.stack(&packaged)?)?;
            tiling.realizations.remove(0);
            tiling.words.remove(0);
            Some(tiling)
        })
    }

    /// Whether realizations fulfil every bound on a figure. What the host or the platform lacks
    /// does not count: that is no fault of the word.
    pub(crate) fn fulfils_bounds(&self, tiling: &Tiling<'c>) -> bool {
        self.rules.iter().all(|rule| match rule {
            Rule::Metric(bound) => metric::judge(self.catalog, &tiling.realizations, bound).verdict == Verdict::Holds,
            _ => true,
        })
    }
}
