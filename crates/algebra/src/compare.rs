//! Whether more operators leave the normal forms of words without them as they are: decided by walking the tables of
//! both algebras at once.
//!
//! A letter acts on one facet and a normal form is written facet by facet, so the facets are walked one by one. In the
//! isolation facet, domains that are left behind have been written; what one side has written and the other not yet is
//! carried along. As long as all normal forms agree, that is a part of a domain's word, so the walk is finite; it visits
//! words by length and ends at the first that differs.

use std::collections::{BTreeMap, HashSet};

use crate::automaton::{Automaton, START};
use crate::operator::{Effect, OperatorId};
use crate::vocabulary::Facet;
use crate::word::Algebra;

/// A word with another normal form than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The word: no shorter one has another normal form.
    pub word: Vec<OperatorId>,
    /// Its normal form before, if it had one.
    pub old: Option<Vec<OperatorId>>,
    /// Its normal form now, if it has one.
    pub new: Option<Vec<OperatorId>>,
}

/// An algebra with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// The operators.
    pub algebra: &'a Algebra,
    /// Their transitions.
    pub automaton: &'a Automaton,
}

impl Tables<'_> {
    fn facet(&self, id: OperatorId) -> Option<Facet> {
        self.algebra.operator(id).map(|o| &o.effect).and_then(Effect::facet)
    }

    fn normal_form(&self, word: &[OperatorId]) -> Option<Vec<OperatorId>> {
        let mut out = Vec::new();
        self.automaton.normalize_into(word, &mut out).map(|()| out)
    }
}

/// The shortest word of operators of `old` that has another normal form in `new`, if there is one. The first operators of
/// `new` are those of `old`, in their order, each of the same facet where neither is a macro.
pub fn first_change(old: Tables<'_>, new: Tables<'_>) -> Option<Change> {
    let mut facets: BTreeMap<Facet, Vec<OperatorId>> = BTreeMap::new();
    let mut first = None;
    for id in old.algebra.ids() {
        match (old.facet(id), new.facet(id)) {
            (Some(facet), Some(_)) => facets.entry(facet).or_default().push(id),
            // If a macro means what it did by itself, it does so everywhere.
            _ => first = first.or_else(|| change(old, new, vec![id])),
        }
    }
    let walks = facets.values().filter_map(|letters| walk(old, new, letters));
    first.into_iter().chain(walks).min_by_key(|c| c.word.len())
}

fn change(old: Tables<'_>, new: Tables<'_>, word: Vec<OperatorId>) -> Option<Change> {
    let (before, after) = (old.normal_form(&word), new.normal_form(&word));
    (before != after).then_some(Change {
        word,
        old: before,
        new: after,
    })
}

/// Where both sides are after a word.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Node {
    old: Place,
    new: Place,
}

/// Where one side is: its marks and state, and what it has written that the other has not.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    marks: u64,
    state: u32,
    ahead: Vec<OperatorId>,
}

impl Place {
    const START: Self = Self {
        marks: 0,
        state: START,
        ahead: Vec::new(),
    };

    fn read(&self, tables: Tables<'_>, letter: OperatorId) -> Option<Self> {
        let (state, opened) = tables.automaton.step(self.state, letter)?;
        let mut ahead = self.ahead.clone();
        if opened {
            ahead.extend_from_slice(tables.automaton.domain_word(self.state));
        }
        Some(Self {
            marks: self.marks | tables.automaton.gives(letter),
            state,
            ahead,
        })
    }

    /// The rest of the normal form.
    fn rest<'a>(&'a self, automaton: &'a Automaton) -> impl Iterator<Item = &'a OperatorId> {
        let domain = automaton.domain_word(self.state);
        self.ahead
            .iter()
            .chain(domain)
            .chain(automaton.mark_letters(self.marks))
    }
}

/// The shortest word over letters of one facet that has another normal form.
fn walk(old: Tables<'_>, new: Tables<'_>, letters: &[OperatorId]) -> Option<Change> {
    let start = Node {
        old: Place::START,
        new: Place::START,
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut words = vec![(start, Vec::new())];
    let mut head = 0;
    while let Some((node, word)) = words.get(head).cloned() {
        head += 1;
        for letter in letters {
            let longer = || word.iter().copied().chain([*letter]).collect();
            match (node.old.read(old, *letter), node.new.read(new, *letter)) {
                (None, None) => {}
                (Some(mut before), Some(mut after)) => {
                    if !before.rest(old.automaton).eq(after.rest(new.automaton)) {
                        return change(old, new, longer());
                    }
                    drop_common(&mut before.ahead, &mut after.ahead);
                    let node = Node {
                        old: before,
                        new: after,
                    };
                    if seen.insert(node.clone()) {
                        words.push((node, longer()));
                    }
                }
                _ => return change(old, new, longer()),
            }
        }
    }
    None
}

/// Removes what both sides have written.
fn drop_common(a: &mut Vec<OperatorId>, b: &mut Vec<OperatorId>) {
    let common = a.iter().zip(b.iter()).take_while(|(x, y)| x == y).count();
    a.drain(..common);
    b.drain(..common);
}

#[cfg(test)]
mod tests;
