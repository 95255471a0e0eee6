//! Finding plans: label-setting dynamic programming over the contexts of a [`Space`].
//!
//! Labels are made in the order of their number of letters, so that everything that could make a label forgotten is there
//! before it is extended, and short plans are complete before long ones are begun. ARCHITECTURE.md has the proof that
//! nothing on the front is lost.

use std::collections::BTreeMap;
use std::mem;

use stackwright_algebra::{Facet, OperatorId};
use stackwright_catalog::tiling::Tiling;

use crate::amount::{Amount, Gauge};
use crate::bits::Bits;
use crate::candidate::{Candidate, Objectives};
use crate::count::count;
use crate::label::{Kinds, Label, Letters, Link, Live, front, nearest};
use crate::problem::Problem;
use crate::space::{Detail, Space, Way};
use crate::tile::{Tiles, Traits};

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome<'c> {
    /// Every plan on the Pareto front, equals included.
    pub front: Vec<Candidate<'c>>,
    /// How many combinations of a stack and realizations there are, whatever rules say of them; the greatest number where
    /// there are more.
    pub candidates: u64,
    /// How many beginnings of plans were kept: what the search cost.
    pub labels: u64,
    /// Whether the front is complete.
    pub exact: bool,
    /// Where the front is not complete, what no plan can beat, whether it was found or not.
    pub floor: Option<[Amount; 3]>,
}

/// A way to search.
pub trait Search {
    /// Finds every plan on the Pareto front.
    fn search<'c>(&self, problem: &Problem<'c>) -> Outcome<'c>;
}

/// Dynamic programming with exact dominance.
#[derive(Clone, Copy, Debug)]
pub struct Dynamic {
    /// After this many labels the search goes on with the most promising ones only and is then not exact.
    pub limit: u64,
    /// At most this many plans are listed; if there are more, the answer is not exact.
    pub plans: usize,
}

impl Default for Dynamic {
    fn default() -> Self {
        Self {
            limit: 2_000_000,
            plans: 20_000,
        }
    }
}

impl Search for Dynamic {
    fn search<'c>(&self, problem: &Problem<'c>) -> Outcome<'c> {
        let tiles = Tiles::new(problem);
        let mut walk = Walk::new(problem, &tiles, Aim::Front, Detail::default(), self.limit);
        walk.run();
        let mut best = walk.best();
        let mut exact = walk.floor.is_none();
        let mut candidates = Vec::new();
        best.sort_by_key(|end| (end.objectives.costs(), end.objectives.operators, end.label));
        for end in &best {
            let room = self.plans.saturating_sub(candidates.len());
            let (plans, all) = walk.plans(end.label, room);
            exact &= all;
            candidates.extend(plans.into_iter().map(|p| walk.candidate(&p, end.objectives)));
        }
        Outcome {
            front: candidates,
            candidates: count(problem, &tiles),
            labels: walk.made,
            exact,
            floor: walk.floor,
        }
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The plans that fulfil everything and that no other dominates.
    Front,
    /// The plans that fail a minimal set of items, by the least.
    Nearest,
    /// One plan that fails the fewest items; or, for an isolation class by its place, one that fails few.
    First(Option<usize>),
}

/// A complete plan.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub label: usize,
    pub objectives: Objectives,
    /// Every item that it breaks.
    pub broken: Bits,
    gauges: Box<[Gauge]>,
}

/// When labels are taken up: by broken items, letters, facet, context.
type Turn = (usize, usize, usize, usize);

/// How many labels of a context are kept once the limit is reached.
const BEAM: usize = 64;

/// How many labels of a context are kept where one plan of an isolation class is looked for as an example.
const NARROW: usize = 4;

pub(crate) struct Walk<'p, 'c> {
    problem: &'p Problem<'c>,
    tiles: &'p Tiles<'c>,
    space: Space<'p, 'c>,
    aim: Aim,
    /// The rule that is left out, if one is.
    without: Bits,
    /// Whether the whole answer is of no use unless it is exact.
    illustrates: bool,
    limit: u64,
    kinds: Kinds,
    /// The number of each tile's traits.
    tile_kinds: Vec<usize>,
    live: Vec<Live>,
    /// For each class its tiles that are worth a try.
    choices: Vec<Vec<usize>>,
    labels: Vec<Label>,
    kept: BTreeMap<usize, Vec<usize>>,
    waiting: BTreeMap<Turn, Vec<Label>>,
    pub ends: Vec<End>,
    pub made: u64,
    pub floor: Option<[Amount; 3]>,
}

/// The tiles of each class. For the front, those that break nothing and that no other tile of the class can replace at less
/// cost: what replaces a tile makes any plan with it better.
fn choices(
    tiles: &Tiles<'_>,
    kinds: &Kinds,
    tile_kinds: &[usize],
    space: &Space<'_, '_>,
    front: bool,
) -> Vec<Vec<usize>> {
    let live = Live::of(tiles, 0);
    let none = Live::default();
    let live = live.first().unwrap_or(&none);
    let kind = |t: usize| tile_kinds.get(t).copied().unwrap_or_default();
    let replaces = |a: usize, b: usize| {
        let (Some(x), Some(y)) = (tiles.list.get(a), tiles.list.get(b)) else {
            return false;
        };
        let mut gauges = x.gauges.iter().zip(&y.gauges).zip(&tiles.meters);
        x.costs != y.costs
            && x.costs.iter().zip(&y.costs).all(|(a, b)| a <= b)
            && gauges.all(|((a, b), meter)| meter.is_as_good(a, b))
            && kinds.can_replace(kind(a), kind(b), live)
    };
    let chosen = |class: &[usize]| {
        let whole: Vec<_> = class
            .iter()
            .copied()
            .filter(|t| !front || kinds.get(kind(*t)).broken.is_empty())
            .collect();
        let worth = |b: &&usize| !front || !whole.iter().any(|a| replaces(*a, **b));
        whole.iter().filter(worth).copied().collect()
    };
    space.classes().iter().map(|class| chosen(&class.tiles)).collect()
}

impl<'p, 'c> Walk<'p, 'c> {
    pub fn new(problem: &'p Problem<'c>, tiles: &'p Tiles<'c>, aim: Aim, detail: Detail<'p>, limit: u64) -> Self {
        let detail = Detail {
            broken: aim != Aim::Front,
            ..detail
        };
        let mut kinds = Kinds::default();
        let without: Bits = detail.without.into_iter().collect();
        let own = tiles.list.iter().map(|t| Traits {
            broken: t.traits.broken.without(&without),
            ..t.traits.clone()
        });
        let tile_kinds: Vec<usize> = own.map(|traits| kinds.number(traits)).collect();
        let space = Space::new(problem, tiles, detail);
        Self {
            problem,
            tiles,
            choices: choices(tiles, &kinds, &tile_kinds, &space, aim == Aim::Front),
            space,
            aim,
            illustrates: detail.word.is_some() || detail.without.is_some(),
            without,
            limit,
            kinds,
            tile_kinds,
            live: Live::of(tiles, Facet::ALL.len()),
            labels: Vec::new(),
            kept: BTreeMap::new(),
            waiting: BTreeMap::new(),
            ends: Vec::new(),
            made: 0,
            floor: None,
        }
    }

    pub fn run(&mut self) {
        let Some(start) = self.space.start() else { return };
        let first = Traits {
            needs: self.tiles.wanted.keys().copied().collect(),
            has: self.tiles.platform.clone(),
            // The host's own kernel is there before everything else.
            kernels: self.problem.catalog.stack(&[]).map_or(0, |s| s.domains.len()),
            ..Traits::default()
        };
        let label = Label {
            costs: [Amount::default(); 3],
            gauges: self.tiles.meters.iter().map(|m| m.start(self.problem)).collect(),
            kind: self.kinds.number(first),
            links: Vec::new(),
        };
        self.offer(start, label);
        while let Some(((_, _, facet, node), batch)) = self.waiting.pop_first() {
            let done = matches!(self.aim, Aim::First(_)) && !self.ends.is_empty();
            // Beyond its limit a search that only illustrates is not worth more.
            let enough = match self.aim {
                Aim::Front => self.illustrates && self.floor.is_some(),
                _ => self.made > 2 * self.limit,
            };
            if done || enough {
                return;
            }
            let fresh = self.keep(facet, node, batch);
            if facet == Facet::ALL.len() {
                fresh.into_iter().for_each(|label| self.finish(node, label));
            } else {
                self.extend(node, &fresh);
            }
        }
    }

    /// Puts a label on the list of those to take up.
    fn offer(&mut self, node: usize, mut label: Label) {
        let mut traits = self.kinds.get(label.kind);
        if self.aim != Aim::Front {
            let mut broken = traits.broken.clone();
            if let Some(node) = self.space.node(node) {
                broken.add(&node.broken);
            }
            let exceeded = label
                .gauges
                .iter()
                .zip(&self.tiles.meters)
                .filter(|(g, m)| m.is_exceeded(g));
            exceeded.for_each(|(_, meter)| broken.insert(meter.item));
            if broken != traits.broken {
                let traits = Traits {
                    broken,
                    ..traits.clone()
                };
                label.kind = self.kinds.number(traits);
            }
            traits = self.kinds.get(label.kind);
        }
        let turn = (traits.broken.len(), traits.operators, self.space.facet(node), node);
        self.waiting.entry(turn).or_default().push(label);
    }

    /// Forgets what need not be kept of the labels of a context, and keeps the others.
    fn keep(&mut self, facet: usize, node: usize, batch: Vec<Label>) -> Vec<usize> {
        let none = Live::default();
        let live = self.live.get(facet).unwrap_or(&none);
        let old = self.kept.get(&node).map_or(&[][..], Vec::as_slice);
        let old: Vec<&Label> = old.iter().filter_map(|l| self.labels.get(*l)).collect();
        let mut fresh = if self.aim == Aim::Front {
            let possible = self.space.node(node).map_or(0, |n| n.insecurity);
            let ends = self.ends.iter().filter(|e| e.objectives.insecurity <= possible);
            let bound: Vec<_> = ends
                .filter_map(|e| {
                    let Objectives {
                        refinements,
                        operators,
                        kernels,
                        ..
                    } = e.objectives;
                    let letters = Letters {
                        refinements,
                        operators,
                        kernels,
                    };
                    Some((self.labels.get(e.label)?.costs, letters))
                })
                .collect();
            front(&self.kinds, self.tiles, live, &old, &bound, batch)
        } else {
            let batch = batch.into_iter().filter(|label| !self.is_hopeless(label)).collect();
            let most = if matches!(self.aim, Aim::First(Some(_))) {
                NARROW
            } else {
                usize::MAX
            };
            nearest(&self.kinds, self.tiles, live, &old, batch, most)
        };
        if self.made + fresh.len() as u64 > self.limit && self.floor.is_none() {
            self.floor = Some(self.least(&fresh));
        }
        if self.floor.is_some() {
            fresh.truncate(BEAM);
        }
        self.made += fresh.len() as u64;
        let first = self.labels.len();
        self.labels.extend(fresh);
        let numbers: Vec<usize> = (first..self.labels.len()).collect();
        self.kept.entry(node).or_default().extend(&numbers);
        numbers
    }

    /// Whether a complete plan breaks nothing more and is as near in all figures.
    fn is_hopeless(&self, label: &Label) -> bool {
        let broken = &self.kinds.get(label.kind).broken;
        self.aim == Aim::Nearest
            && self.ends.iter().any(|end| {
                let pairs = end.gauges.iter().zip(&label.gauges).zip(&self.tiles.meters);
                end.broken.is_within(broken)
                    && pairs
                        .filter(|(_, meter)| broken.contains(meter.item))
                        .all(|((a, b), meter)| meter.is_as_good(a, b))
            })
    }

    /// The least costs of all labels that are still to be extended and of all complete plans: costs only grow, so no plan
    /// is below.
    fn least(&self, fresh: &[Label]) -> [Amount; 3] {
        let waiting = self.waiting.values().flatten().chain(fresh).map(|l| l.costs);
        let ends = self.ends.iter().map(|e| e.objectives.costs());
        let least = waiting
            .chain(ends)
            .reduce(|[a, b, c], [x, y, z]| [a.min(x), b.min(y), c.min(z)]);
        least.unwrap_or_default()
    }

    fn extend(&mut self, node: usize, fresh: &[usize]) {
        let ways = self.space.ways(node);
        for index in fresh {
            let Some(label) = self.labels.get(*index).cloned() else {
                continue;
            };
            for way in &ways.tiles {
                if !self.is_wanted(way.next) {
                    continue;
                }
                let tiles = self.choices.get(way.class).cloned().unwrap_or_default();
                for tile in tiles {
                    if let Some(longer) = self.with(*index, &label, tile, way) {
                        self.offer(way.next, longer);
                    }
                }
            }
            if let Some(next) = ways.onward.filter(|n| self.is_wanted(*n)) {
                let link = Link {
                    label: *index,
                    tile: None,
                };
                let kind = self.onward(label.kind, self.space.facet(next));
                self.offer(
                    next,
                    Label {
                        kind,
                        links: vec![link],
                        ..label.clone()
                    },
                );
            }
        }
    }

    fn is_wanted(&self, node: usize) -> bool {
        match (self.aim, self.space.node(node)) {
            (Aim::First(Some(class)), Some(node)) => (node.classes.0..=node.classes.1).contains(&class),
            _ => true,
        }
    }

    /// The traits that matter from a facet on: tokens that nothing asks for any more are forgotten.
    fn onward(&mut self, kind: usize, facet: usize) -> usize {
        let none = Live::default();
        let live = self.live.get(facet).unwrap_or(&none);
        let asked = live.needed.or(&live.clashing);
        let traits = self.kinds.get(kind);
        let has = traits.has.and(&asked);
        let traits = Traits { has, ..traits.clone() };
        self.kinds.number(traits)
    }

    fn with(&mut self, index: usize, label: &Label, tile: usize, way: &Way) -> Option<Label> {
        let strict = self.aim == Aim::Front;
        let own = self.tiles.list.get(tile)?;
        let kind = *self.tile_kinds.get(tile)?;
        let kind = self.kinds.join(label.kind, kind, way.opened, self.tiles, strict)?;
        let parts = label.gauges.iter().zip(&own.gauges).zip(&self.tiles.meters);
        let gauges: Box<[Gauge]> = parts
            .map(|((a, b), meter)| {
                if self.without.contains(meter.item) {
                    *a
                } else {
                    meter.join(a, b)
                }
            })
            .collect();
        if strict {
            let exceeded = gauges.iter().zip(&self.tiles.meters).any(|(g, m)| m.is_exceeded(g));
            let lost = !self
                .kinds
                .get(kind)
                .whens
                .is_within(&self.space.node(way.next)?.fulfils);
            if exceeded || lost {
                return None;
            }
        }
        let [a, b, c] = label.costs;
        let [x, y, z] = own.costs;
        Some(Label {
            costs: [a.plus(x), b.plus(y), c.plus(z)],
            gauges,
            kind,
            links: vec![Link {
                label: index,
                tile: Some(tile),
            }],
        })
    }

    /// Judges a complete plan.
    fn finish(&mut self, node: usize, label: usize) {
        let (Some(node), Some(found)) = (self.space.node(node), self.labels.get(label)) else {
            return;
        };
        let traits = self.kinds.get(found.kind);
        let mut broken = traits.broken.or(&node.broken);
        for token in traits.needs.iter() {
            let item = self.tiles.wanted.get(&token).copied().or(self.tiles.requirements);
            item.into_iter().for_each(|item| broken.insert(item));
        }
        if !traits.whens.is_within(&node.fulfils) {
            self.tiles.requirements.into_iter().for_each(|item| broken.insert(item));
        }
        for (gauge, meter) in found.gauges.iter().zip(&self.tiles.meters) {
            let passes = match meter.bound {
                Some(_) => meter.passes(gauge),
                None => self.problem.latency_passes(meter.item, &node.word, gauge),
            };
            if !passes {
                broken.insert(meter.item);
            }
        }
        let broken = broken.without(&self.without);
        let end = End {
            label,
            objectives: Objectives {
                cold_start: found.costs[0],
                memory: found.costs[1],
                request_latency: found.costs[2],
                insecurity: node.insecurity,
                refinements: traits.refinements,
                operators: traits.operators,
                kernels: traits.kernels,
            },
            gauges: found.gauges.clone(),
            broken,
        };
        let fits = match self.aim {
            Aim::Front => end.broken.is_empty(),
            Aim::Nearest => !self.is_hopeless_end(&end),
            Aim::First(class) => class.is_none_or(|c| node.classes == (c, c)),
        };
        if fits {
            self.ends.push(end);
        }
    }

    fn is_hopeless_end(&self, end: &End) -> bool {
        self.ends.iter().any(|other| self.is_nearer(other, end))
    }

    /// Whether one complete plan breaks nothing that another keeps, and what it breaks by no more.
    fn is_nearer(&self, a: &End, b: &End) -> bool {
        let mut pairs = a.gauges.iter().zip(&b.gauges).zip(&self.tiles.meters);
        a.broken.is_within(&b.broken)
            && pairs.all(|((x, y), meter)| !a.broken.contains(meter.item) || meter.is_as_good(x, y))
    }

    /// The complete plans that no other dominates, or that no other is nearer than.
    pub fn best(&self) -> Vec<End> {
        let mut best: Vec<End> = Vec::new();
        for end in &self.ends {
            let beats = |a: &End, b: &End| match self.aim {
                Aim::Front => a.objectives.dominates(&b.objectives),
                _ => self.is_nearer(a, b),
            };
            if best.iter().any(|b| beats(b, end)) {
                continue;
            }
            best.retain(|b| !beats(end, b));
            best.push(end.clone());
        }
        best
    }

    /// The tiles of all plans that a label stands for, as far as there is room, and whether those are all.
    pub fn plans(&self, label: usize, room: usize) -> (Vec<Vec<usize>>, bool) {
        let mut found = Vec::new();
        let mut open = vec![(label, Vec::new())];
        while let Some((label, tiles)) = open.pop() {
            let links = self.labels.get(label).map_or(&[][..], |l| l.links.as_slice());
            if links.is_empty() {
                if found.len() == room {
                    return (found, false);
                }
                found.push(tiles.iter().rev().copied().collect());
            }
            for link in links.iter().rev() {
                let mut tiles: Vec<usize> = tiles.clone();
                tiles.extend(link.tile);
                open.push((link.label, tiles));
            }
        }
        (found, true)
    }

    /// A plan by its tiles.
    fn candidate(&self, plan: &[usize], objectives: Objectives) -> Candidate<'c> {
        let (word, tiling) = self.tiling(plan);
        Candidate {
            stack: self.problem.catalog.stack(&word).unwrap_or_default(),
            word,
            tiling,
            violations: Vec::new(),
            objectives,
        }
    }

    /// The word and the realizations of some tiles.
    pub fn tiling(&self, plan: &[usize]) -> (Vec<OperatorId>, Tiling<'c>) {
        let tiles = || plan.iter().filter_map(|t| self.tiles.list.get(*t));
        let tiling = Tiling {
            realizations: tiles().map(|t| t.realization).collect(),
            words: tiles().map(|t| t.word.to_vec()).collect(),
        };
        (tiles().flat_map(|t| t.word).copied().collect(), tiling)
    }
}

/// The plans nearest to fulfilling everything, judged, and whether these are all of them.
pub(crate) fn nearest_plans<'c>(
    problem: &Problem<'c>,
    tiles: &Tiles<'c>,
    aim: Aim,
    word: Option<&[OperatorId]>,
    limit: u64,
) -> (Vec<Candidate<'c>>, bool) {
    let detail = Detail {
        word,
        ..Detail::default()
    };
    let mut walk = Walk::new(problem, tiles, aim, detail, limit);
    walk.run();
    let ends = mem::take(&mut walk.best());
    let judged = ends.iter().filter_map(|end| {
        let (plans, _) = walk.plans(end.label, 1);
        let (word, tiling) = walk.tiling(plans.first()?);
        let stack = problem.catalog.stack(&word)?;
        Some(problem.judge(word, stack, tiling))
    });
    (judged.collect(), walk.floor.is_none())
}

/// One plan for each point of the front under other circumstances, if all of it is found.
pub(crate) fn front_plans<'c>(
    problem: &Problem<'c>,
    tiles: &Tiles<'c>,
    detail: Detail<'_>,
    limit: u64,
) -> Option<Vec<Candidate<'c>>> {
    let mut walk = Walk::new(problem, tiles, Aim::Front, detail, limit);
    walk.run();
    let ends = walk.best();
    let plans = ends
        .iter()
        .filter_map(|end| Some((walk.plans(end.label, 1).0.pop()?, end.objectives)));
    let plans = plans
        .map(|(plan, objectives)| walk.candidate(&plan, objectives))
        .collect();
    walk.floor.is_none().then_some(plans)
}
