//! Labels: what is remembered of the beginning of a plan in a context, and which of them can be forgotten.

use std::collections::{BTreeMap, HashMap};

use crate::amount::{Amount, Gauge};
use crate::bits::Bits;
use crate::tile::{Tiles, Traits};

/// How a label came about: the label before it and the tile that was read, or no tile where a facet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub label: usize,
    pub tile: Option<usize>,
}

/// The beginning of a plan, or several that nothing tells apart.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub costs: [Amount; 3],
    pub gauges: Box<[Gauge]>,
    /// Number of its traits.
    pub kind: usize,
    /// How it came about; none for the empty beginning.
    pub links: Vec<Link>,
}

impl Label {
    fn is_as_cheap(&self, other: &Self) -> bool {
        self.costs.iter().zip(&other.costs).all(|(a, b)| a <= b)
    }

    fn gauges_as_good(&self, other: &Self, tiles: &Tiles<'_>) -> bool {
        let pairs = self.gauges.iter().zip(&other.gauges);
        pairs.zip(&tiles.meters).all(|((a, b), meter)| meter.is_as_good(a, b))
    }
}

/// The traits of labels, each kept once.
#[derive(Default)]
pub(crate) struct Kinds {
    list: Vec<Traits>,
    numbers: HashMap<Traits, usize>,
    joined: HashMap<(usize, usize, usize), Option<usize>>,
}

impl Kinds {
    pub fn number(&mut self, traits: Traits) -> usize {
        let next = self.list.len();
        let list = &mut self.list;
        *self.numbers.entry(traits).or_insert_with_key(|traits| {
            list.push(traits.clone());
            next
        })
    }

    pub fn get(&self, kind: usize) -> &Traits {
        static NONE: std::sync::LazyLock<Traits> = std::sync::LazyLock::new(Traits::default);
        self.list.get(kind).unwrap_or(&NONE)
    }

    /// What a beginning becomes with a tile of some traits that opens some kernels there. `None` if `strict` and they do not
    /// go together.
    pub fn join(&mut self, kind: usize, tile: usize, opened: usize, tiles: &Tiles<'_>, strict: bool) -> Option<usize> {
        if let Some(known) = self.joined.get(&(kind, tile, opened)) {
            return *known;
        }
        let (a, b) = (self.get(kind), self.get(tile));
        let has = a.has.or(&b.has);
        let mut broken = a.broken.or(&b.broken);
        if b.clashes.meets(&a.has) {
            tiles.interactions.into_iter().for_each(|item| broken.insert(item));
        }
        if b.outermost && a.operators > 0 {
            tiles.requirements.into_iter().for_each(|item| broken.insert(item));
        }
        let joined = Traits {
            operators: a.operators + b.operators,
            refinements: a.refinements + b.refinements,
            kernels: a.kernels + opened,
            outermost: false,
            needs: a.needs.without(&b.has).or(&b.needs.without(&has)),
            clashes: Bits::default(),
            whens: a.whens.or(&b.whens),
            has,
            broken,
        };
        let number = (!strict || joined.broken.is_empty()).then(|| self.number(joined));
        self.joined.insert((kind, tile, opened), number);
        number
    }

    /// Whether a tile can stand wherever another of the same word does, as far as traits go.
    pub fn can_replace(&self, a: usize, b: usize, live: &Live) -> bool {
        let (x, y) = (self.get(a), self.get(b));
        x.clashes.is_within(&y.clashes) && x.outermost <= y.outermost && self.is_as_good(a, b, live)
    }

    /// Whether whatever completes one beginning completes the other at least as well, as far as traits go. What it has can
    /// be needed or clash, so it must have all that is still needed by anything and nothing more that clashes.
    fn is_as_good(&self, a: usize, b: usize, live: &Live) -> bool {
        if a == b {
            return true;
        }
        let (a, b) = (self.get(a), self.get(b));
        a.needs.is_within(&b.needs)
            && a.whens.is_within(&b.whens)
            && a.broken.is_within(&b.broken)
            && b.has.and(&live.needed).is_within(&a.has)
            && a.has.and(&live.clashing).is_within(&b.has)
    }
}

/// How much of a word there is, apart from its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Letters {
    pub refinements: usize,
    pub operators: usize,
    pub kernels: usize,
}

impl Letters {
    fn of(traits: &Traits) -> Self {
        Self {
            refinements: traits.refinements,
            operators: traits.operators,
            kernels: traits.kernels,
        }
    }

    /// Whether nothing is more than in the other.
    fn are_no_more(&self, other: &Self) -> bool {
        self.refinements <= other.refinements && self.operators <= other.operators && self.kernels <= other.kernels
    }
}

/// Tokens that what can still follow needs or cannot stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub needed: Bits,
    pub clashing: Bits,
}

impl Live {
    /// For each facet, and the end, what tiles from it on ask.
    pub fn of(tiles: &Tiles<'_>, facets: usize) -> Vec<Self> {
        let from = |facet: usize| {
            let mut live = Self::default();
            for tile in tiles.list.iter().filter(|t| t.facet >= facet) {
                live.needed.add(&tile.traits.needs);
                live.clashing.add(&tile.traits.clashes);
            }
            live
        };
        (0..=facets).map(from).collect()
    }
}

/// Labels of one context that are worth keeping, for the front: a label is forgotten if another is at least as good in
/// everything that any completion depends on, and better in an objective. Adding the same to both keeps that difference,
/// so that each completion of the one is dominated by the same completion of the other, and equals are all kept. Labels
/// that agree in everything become one, which remembers how each came about. `kept` are those of earlier rounds and
/// `bound` those of complete plans: they can only make others forgotten.
pub(crate) fn front(
    kinds: &Kinds,
    tiles: &Tiles<'_>,
    live: &Live,
    kept: &[&Label],
    bound: &[([Amount; 3], Letters)],
    new: Vec<Label>,
) -> Vec<Label> {
    /// What can make a label forgotten.
    enum Entry {
        Bound([Amount; 3], Letters),
        Kept(Label, bool),
    }
    let mut entries: Vec<_> = bound
        .iter()
        .map(|(costs, letters)| Entry::Bound(*costs, *letters))
        .chain(kept.iter().map(|label| {
            Entry::Kept(
                Label {
                    links: Vec::new(),
                    ..(*label).clone()
                },
                true,
            )
        }))
        .chain(new.into_iter().map(|label| Entry::Kept(label, false)))
        .collect();
    let letters = |kind: usize| Letters::of(kinds.get(kind));
    entries.sort_by_cached_key(|entry| match entry {
        Entry::Bound(costs, letters) => (*costs, *letters, 0, Vec::new()),
        Entry::Kept(label, _) => {
            let gauges = label
                .gauges
                .iter()
                .map(|g| (g.unknown, g.low, g.high, g.strict))
                .collect();
            (label.costs, letters(label.kind), label.kind + 1, gauges)
        }
    });
    let mut bounds: BTreeMap<Letters, Stairs> = BTreeMap::new();
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    let mut order: HashMap<(usize, usize), bool> = HashMap::new();
    let mut found: Vec<Label> = Vec::new();
    for entry in entries {
        let (label, old) = match entry {
            Entry::Bound(costs, letters) => {
                bounds.entry(letters).or_default().add(&costs);
                continue;
            }
            Entry::Kept(label, old) => (label, old),
        };
        let own = letters(label.kind);
        if let Some(last) = found.last_mut()
            && !old
            && last.kind == label.kind
            && last.costs == label.costs
            && last.gauges == label.gauges
        {
            last.links.extend(label.links);
            continue;
        }
        let beaten = bounds
            .iter()
            .filter(|(other, _)| other.are_no_more(&own))
            .any(|(other, stairs)| stairs.covers(&label.costs, *other != own))
            || groups.iter().any(|(kind, group)| {
                let other = letters(*kind);
                other.are_no_more(&own)
                    && *order
                        .entry((*kind, label.kind))
                        .or_insert_with(|| kinds.is_as_good(*kind, label.kind, live))
                    && group.beats(&label, other != own, tiles)
            });
        if beaten {
            continue;
        }
        groups.entry(label.kind).or_default().add(&label);
        if !old {
            found.push(label);
        }
    }
    found
}

/// Labels of the same traits, added in the order of their first costs.
#[derive(Default)]
struct Group {
    stairs: Stairs,
    labels: Vec<Label>,
}

impl Group {
    fn add(&mut self, label: &Label) {
        if label.gauges.is_empty() {
            self.stairs.add(&label.costs);
        } else {
            self.labels.push(Label {
                links: Vec::new(),
                ..label.clone()
            });
        }
    }

    fn beats(&self, label: &Label, better: bool, tiles: &Tiles<'_>) -> bool {
        self.stairs.covers(&label.costs, better)
            || self.labels.iter().any(|other| {
                other.is_as_cheap(label) && (better || other.costs != label.costs) && other.gauges_as_good(label, tiles)
            })
    }
}

/// The lower left corners of the second and third costs of what was added in the order of the first.
#[derive(Default)]
struct Stairs(BTreeMap<Amount, (Amount, Amount)>);

impl Stairs {
    fn add(&mut self, [first, second, third]: &[Amount; 3]) {
        if let Some((_, (lowest, _))) = self.0.range(..=second).next_back()
            && lowest <= third
        {
            return;
        }
        let covered: Vec<_> = self
            .0
            .range(second..)
            .take_while(|(_, (lowest, _))| lowest >= third)
            .map(|(key, _)| *key)
            .collect();
        covered.iter().for_each(|key| {
            self.0.remove(key);
        });
        self.0.insert(*second, (*third, *first));
    }

    /// Whether something added is as cheap everywhere, and cheaper somewhere unless it is `better` anyway.
    fn covers(&self, [first, second, third]: &[Amount; 3], better: bool) -> bool {
        match self.0.range(..=second).next_back() {
            Some((key, (lowest, earliest))) if lowest <= third => {
                better || key < second || lowest < third || earliest < first
            }
            _ => false,
        }
    }
}

/// Labels of one context that are worth keeping, for the plans that fail least: one for each set of broken items and each
/// combination of figures that no other is as good as in everything; at most as many as asked for.
pub(crate) fn nearest(
    kinds: &Kinds,
    tiles: &Tiles<'_>,
    live: &Live,
    kept: &[&Label],
    mut new: Vec<Label>,
    most: usize,
) -> Vec<Label> {
    new.sort_by_cached_key(|label| {
        let traits = kinds.get(label.kind);
        let gauges: Vec<_> = label.gauges.iter().map(|g| (g.unknown, g.high, g.low)).collect();
        (
            traits.broken.len(),
            traits.operators,
            traits.refinements,
            label.costs,
            gauges,
            label.kind,
        )
    });
    let mut found: Vec<Label> = Vec::new();
    for label in new {
        if found.len() == most {
            break;
        }
        let covers =
            |other: &Label| kinds.is_as_good(other.kind, label.kind, live) && other.gauges_as_good(&label, tiles);
        if !kept.iter().any(|k| covers(k)) && !found.iter().any(covers) {
            found.push(label);
        }
    }
    found
}
