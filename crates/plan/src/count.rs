//! How many plans there are, without making them.

use std::collections::BTreeMap;

use stackwright_algebra::Facet;

use crate::problem::Problem;
use crate::space::{Detail, Space};
use crate::tile::Tiles;

/// How many combinations of a stack and realizations there are: the number of paths through the contexts, where each class
/// of tiles counts as often as it has tiles.
pub(crate) fn count(problem: &Problem<'_>, tiles: &Tiles<'_>) -> u64 {
    let detail = Detail {
        broken: true,
        count: true,
        ..Detail::default()
    };
    let mut space = Space::new(problem, tiles, detail);
    let mut known = BTreeMap::new();
    let total = space.start().map_or(0, |start| paths(&mut space, start, &mut known));
    u64::try_from(total).unwrap_or(u64::MAX)
}

/// The number of paths from a context to the end. Each tile adds letters to a bounded stack, so the depth is small.
fn paths(space: &mut Space<'_, '_>, node: usize, known: &mut BTreeMap<usize, u128>) -> u128 {
    if let Some(number) = known.get(&node) {
        return *number;
    }
    if space.facet(node) == Facet::ALL.len() {
        return 1;
    }
    let ways = space.ways(node);
    let mut total = ways.onward.map_or(0, |next| paths(space, next, known));
    for way in &ways.tiles {
        let size = space.class(way.class).map_or(0, |c| c.tiles.len()) as u128;
        total = total.saturating_add(size.saturating_mul(paths(space, way.next, known)));
    }
    known.insert(node, total);
    total
}
