//! Which items belong together: quantities to metrics, modifiers to concepts, negations and preferences to what they are about.
//!
//! Nothing is looked for further away than [`WINDOW`] items, so that reading takes time proportional to the text.

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Concept, Placement, Sense};
use stackwright_text::quantity::{self, Dimension};

use super::item::{Item, Kind};
use super::token::{Level, Words};
use crate::requirement::Comparator;

/// How far apart two items that belong together can stand.
const WINDOW: usize = 24;
/// How many items further away something counts that stands beyond a conjunction.
const BEYOND_SEGMENT: usize = 2;
/// The same for another clause.
const BEYOND_CLAUSE: usize = 10;

/// What was found out about an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// The item that it is part of.
    pub part_of: Option<usize>,
    /// Items that are part of it.
    pub parts: Vec<usize>,
    /// Quantities that bound it.
    pub amounts: Vec<usize>,
    /// Concepts that modify it.
    pub modifiers: Vec<usize>,
    /// Whether it is denied.
    pub denied: bool,
    /// Whether it is a matter of preference.
    pub preferred: bool,
    /// How an isolation class that it names is compared.
    pub relation: Option<Comparator>,
}

/// Items and how they are linked.
pub(super) struct Grammar<'a> {
    pub words: &'a Words<'a>,
    catalog: &'a Catalog,
    pub items: Vec<Item>,
    pub links: Vec<Links>,
}

impl<'a> Grammar<'a> {
    /// Links items.
    pub fn new(words: &'a Words<'a>, catalog: &'a Catalog, items: Vec<Item>) -> Self {
        let links = vec![Links::default(); items.len()];
        let mut grammar = Self {
            words,
            catalog,
            items,
            links,
        };
        grammar.preferences();
        grammar.each(Self::amount);
        grammar.each(Self::modifier);
        grammar.each(Self::scope);
        grammar.each(Self::negation);
        grammar.each(Self::relation);
        grammar
    }

    fn each(&mut self, step: fn(&mut Self, usize)) {
        for i in 0..self.items.len() {
            if self.links.get(i).is_some_and(|l| l.part_of.is_none()) {
                step(self, i);
            }
        }
    }

    /// The concept of an item and whether it is strengthened.
    pub fn concept(&self, i: usize) -> Option<(&'a Concept, bool)> {
        let (index, strong) = self.items.get(i)?.concept()?;
        self.words.lexicon.concepts.get(index).map(|c| (c, strong))
    }

    /// The name by which an item modifies others.
    pub fn name(&self, i: usize) -> Option<&'a str> {
        let (concept, strong) = self.concept(i)?;
        let name = if strong { &concept.strong } else { &concept.name };
        name.as_deref()
    }

    /// What an item says alone: strengthened, what the concept of the stronger name says.
    pub fn means(&self, i: usize) -> &'a [Sense] {
        let Some((concept, strong)) = self.concept(i) else {
            return &[];
        };
        let stronger = concept.strong.as_deref().filter(|_| strong);
        let stronger = stronger.and_then(|name| self.words.named(name));
        let concept = stronger
            .and_then(|i| self.words.lexicon.concepts.get(i))
            .unwrap_or(concept);
        &concept.means
    }

    fn link(&mut self, part: usize, whole: usize) {
        if let Some(links) = self.links.get_mut(part) {
            links.part_of = Some(whole);
        }
        if let Some(links) = self.links.get_mut(whole) {
            links.parts.push(part);
        }
    }

    fn place_differs(&self, a: usize, b: usize) -> Option<usize> {
        let (a, b) = (self.items.get(a)?.place, self.items.get(b)?.place);
        Some(if a.segment == b.segment {
            0
        } else if a.clause == b.clause {
            BEYOND_SEGMENT
        } else {
            BEYOND_CLAUSE
        })
    }

    fn same_sentence(&self, a: usize, b: usize) -> bool {
        let place = |i: usize| self.items.get(i).map(|i| i.place.sentence);
        place(a) == place(b)
    }

    /// The other items of the sentence within the window, nearest first; of equally near ones that before first.
    fn around(&self, i: usize) -> Vec<usize> {
        let mut found: Vec<(usize, usize)> = (i.saturating_sub(WINDOW)..(i + WINDOW + 1).min(self.items.len()))
            .filter(|j| *j != i && self.same_sentence(i, *j))
            .filter_map(|j| Some((i.abs_diff(j) + self.place_differs(i, j)?, j)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, j)| j).collect()
    }

    fn in_segment(&self, i: usize, j: usize) -> bool {
        self.place_differs(i, j) == Some(0)
    }

    /// The dimension of what numbers beside a concept bound.
    fn dimension(&self, i: usize) -> Option<Dimension> {
        let (concept, _) = self.concept(i)?;
        if concept.grade.is_some() {
            return Some(Dimension::Count);
        }
        let metric = self.catalog.metric(concept.metric.as_deref()?)?;
        quantity::unit(&metric.unit).map(|(dimension, _)| dimension)
    }

    /// Marks of preference, and comparisons between metrics, make preferences of their clause.
    fn preferences(&mut self) {
        let mut start = 0;
        let mut before = false;
        while start < self.items.len() {
            let clause = self.items.get(start).map(|i| i.place.clause);
            let length = self
                .items
                .iter()
                .skip(start)
                .take_while(|i| Some(i.place.clause) == clause)
                .count();
            let end = start + length;
            before = self.preference(start, end, before);
            start = end;
        }
    }

    /// Finds out whether a clause states a preference, and links it.
    fn preference(&mut self, start: usize, end: usize, before: bool) -> bool {
        let metrics: Vec<usize> = (start..end).filter(|i| self.is_preferable(*i)).collect();
        let (Some(first), Some(last)) = (metrics.first().copied(), metrics.last().copied()) else {
            return false;
        };
        let mark = (start..end).find(|i| match self.items.get(*i).map(|i| &i.kind) {
            Some(Kind::Prefer) => true,
            Some(Kind::Then) => before,
            Some(Kind::Comparator(Comparator::Greater, _)) => first < *i && *i < last,
            _ => false,
        });
        let Some(mark) = mark else { return false };
        self.link(mark, first);
        for i in metrics {
            if let Some(links) = self.links.get_mut(i) {
                links.preferred = true;
            }
        }
        true
    }

    /// Whether it names a metric, or says something of one.
    fn is_preferable(&self, i: usize) -> bool {
        let says = |s: &Sense| matches!(s, Sense::Metric(_) | Sense::Grade(_) | Sense::Prefer(_));
        self.concept(i)
            .is_some_and(|(c, _)| c.metric.is_some() || c.with.values().flatten().any(says))
            || self.means(i).iter().any(says)
    }

    /// Links a quantity to the nearest thing that is measured in it and has no bound yet.
    fn amount(&mut self, i: usize) {
        let Some(Kind::Amount(amount)) = self.items.get(i).map(|i| &i.kind) else {
            return;
        };
        let (dimension, has_comparator) = (amount.dimension, amount.bounds.iter().any(|b| b.comparator.is_some()));
        let fits: Vec<usize> = self
            .around(i)
            .into_iter()
            .filter(|j| self.dimension(*j) == Some(dimension))
            .filter(|j| self.links.get(*j).is_some_and(|l| !l.preferred))
            .collect();
        let bounded = |j: &usize| self.links.get(*j).is_some_and(|l| !l.amounts.is_empty());
        let free = fits.iter().copied().find(|j| !bounded(j));
        let again = fits.iter().copied().find(|j| {
            has_comparator
                && bounded(j)
                && self.items.get(*j).map(|i| i.place.clause) == self.items.get(i).map(|i| i.place.clause)
        });
        let Some(metric) = free.or(again) else { return };
        self.link(i, metric);
        for metric in self.listed_with(metric, i) {
            if let Some(links) = self.links.get_mut(metric) {
                links.amounts.push(i);
            }
        }
    }

    /// A thing that a quantity bounds, and those joined to it with conjunctions, away from the quantity.
    fn listed_with(&self, metric: usize, amount: usize) -> Vec<usize> {
        let mut all = vec![metric];
        let dimension = self.dimension(metric);
        let mut at = metric;
        while at < amount && all.len() < WINDOW {
            let (Some(join), Some(other)) = (at.checked_sub(1), at.checked_sub(2)) else {
                break;
            };
            let joined = matches!(
                self.items.get(join).map(|i| &i.kind),
                Some(Kind::Break(Level::And | Level::Or))
            );
            let free = self
                .links
                .get(other)
                .is_some_and(|l| l.amounts.is_empty() && !l.preferred);
            if !joined || !free || self.dimension(other) != dimension {
                break;
            }
            all.push(other);
            at = other;
        }
        all
    }

    /// Links a modifier to the nearest concept that says something with it: in its segment, or in its clause if it says
    /// nothing alone.
    fn modifier(&mut self, i: usize) {
        let Some(name) = self.name(i) else { return };
        let alone = self.means(i).is_empty();
        let accepts = |j: &usize| self.concept(*j).is_some_and(|(c, _)| c.with.contains_key(name));
        let free = |j: &usize| self.links.get(*j).is_some_and(|l| l.part_of.is_none());
        let reachable = |j: &usize| {
            self.place_differs(i, *j)
                .is_some_and(|d| d == 0 || (alone && d == BEYOND_SEGMENT))
        };
        let all: Vec<usize> = self
            .around(i)
            .into_iter()
            .filter(|j| accepts(j) && free(j) && reachable(j))
            .collect();
        // An English modifier rather stands before what it modifies; so a concept with a modifier rather has no other.
        let modified = |j: usize| self.links.get(j).is_some_and(|l| !l.modifiers.is_empty());
        let cost = |j: usize| 2 * i.abs_diff(j) + self.place_differs(i, j).unwrap_or(0) * 2 + usize::from(modified(j));
        let Some(whole) = all.into_iter().min_by_key(|j| (cost(*j), usize::from(*j < i))) else {
            return;
        };
        self.link(i, whole);
        if let Some(links) = self.links.get_mut(whole) {
            links.modifiers.push(i);
        }
    }

    /// Links a scope or unit of account to the nearest bound of its clause.
    fn scope(&mut self, i: usize) {
        let Some((concept, _)) = self.concept(i) else { return };
        if concept.scope.is_none() && concept.account.is_none() {
            return;
        }
        let bounded = |j: &usize| self.links.get(*j).is_some_and(|l| !l.amounts.is_empty());
        if let Some(whole) = self.around(i).into_iter().find(bounded) {
            self.link(i, whole);
        }
    }

    /// Links a negation to the concept after it and to those listed with that, or else to the concept before it.
    fn negation(&mut self, i: usize) {
        let Some(Kind::Negation(place)) = self.items.get(i).map(|i| &i.kind) else {
            return;
        };
        let place = *place;
        let whole = |j: usize| {
            let links = self.links.get(j)?;
            self.concept(j)?;
            Some(links.part_of.unwrap_or(j))
        };
        let after = (i + 1..i + WINDOW)
            .take_while(|j| self.in_segment(i, *j))
            .find_map(whole);
        let before = (i.saturating_sub(WINDOW)..i)
            .rev()
            .take_while(|j| self.in_segment(i, *j))
            .find_map(whole);
        let found = match place {
            Placement::Before => after,
            Placement::After => before,
            Placement::Either => after.or(before),
        };
        let Some(first) = found else { return };
        self.link(i, first);
        for j in self.denied_with(first) {
            if let Some(links) = self.links.get_mut(j) {
                links.denied = true;
            }
        }
    }

    /// A denied concept and those that the same negation denies: alternatives, and things of the same sort in a list.
    fn denied_with(&self, first: usize) -> Vec<usize> {
        let mut all = vec![first];
        let mut at = first;
        while all.len() < WINDOW {
            let next = (at + 1..at + WINDOW).find(|j| {
                self.links
                    .get(*j)
                    .is_some_and(|l| l.part_of.is_none_or(|whole| whole > at))
            });
            let Some(Kind::Break(level)) = next.and_then(|j| self.items.get(j)).map(|i| &i.kind) else {
                break;
            };
            let Some(other) = next.map(|j| j + 1).filter(|j| self.concept(*j).is_some()) else {
                break;
            };
            let other = self.links.get(other).and_then(|l| l.part_of).unwrap_or(other);
            let same = match level {
                Level::And => self.is_need(first) == self.is_need(other) && self.can_be_listed(other),
                Level::Or => true,
                Level::Clause | Level::Sentence => false,
            };
            if !same || other <= at {
                break;
            }
            all.push(other);
            at = other;
        }
        all
    }

    fn is_need(&self, i: usize) -> bool {
        self.means(i).iter().any(|s| matches!(s, Sense::Need(_)))
    }

    /// Whether it says something that can be denied, so that it can be one of a list of denied things.
    fn can_be_listed(&self, i: usize) -> bool {
        let (concept, modified) = (
            self.concept(i),
            self.links.get(i).is_some_and(|l| !l.modifiers.is_empty()),
        );
        concept.is_some_and(|(c, _)| !modified && c.metric.is_none() && !self.means(i).is_empty())
    }

    /// Links a comparator without a quantity to the isolation class beside it.
    fn relation(&mut self, i: usize) {
        let Some(Kind::Comparator(comparator, place)) = self.items.get(i).map(|i| &i.kind) else {
            return;
        };
        let (comparator, place) = (*comparator, *place);
        let class = |j: usize| {
            let whole = self.links.get(j)?.part_of.unwrap_or(j);
            self.says_isolation(whole).then_some(whole)
        };
        let after = (i + 1..i + WINDOW)
            .take_while(|j| self.in_segment(i, *j))
            .find_map(class);
        let before = (i.saturating_sub(WINDOW)..i)
            .rev()
            .take_while(|j| self.in_segment(i, *j))
            .find_map(class);
        let found = if place == Placement::After {
            before
        } else {
            after.or(before)
        };
        let Some(whole) = found.filter(|_| matches!(comparator, Comparator::AtLeast | Comparator::Equal)) else {
            return;
        };
        self.link(i, whole);
        if let Some(links) = self.links.get_mut(whole) {
            links.relation = Some(comparator);
        }
    }

    fn says_isolation(&self, i: usize) -> bool {
        self.senses(i).iter().any(|s| matches!(s, Sense::Isolation(_)))
    }

    /// What a concept says, with its modifiers if it has any.
    pub fn senses(&self, i: usize) -> Vec<&'a Sense> {
        let (Some((concept, _)), Some(links)) = (self.concept(i), self.links.get(i)) else {
            return Vec::new();
        };
        if links.modifiers.is_empty() {
            return self.means(i).iter().collect();
        }
        let mut all: Vec<&Sense> = Vec::new();
        for name in links.modifiers.iter().filter_map(|m| self.name(*m)) {
            let more = concept.with.get(name).into_iter().flatten();
            for sense in more {
                if !all.contains(&sense) {
                    all.push(sense);
                }
            }
        }
        all
    }
}
