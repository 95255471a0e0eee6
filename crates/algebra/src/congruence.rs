//! Equality of words is a congruence: decided on the tables of one algebra, by finitely many equations.
//!
//! It is to be shown that b∘u reaches what b∘nf(u) reaches for every letter b and word u, and none if u reaches none;
//! longer prefixes follow letter by letter, and suffixes are no question. Marks of the small facets are united, so only
//! letters of the isolation facet matter. By induction on u, let nf(u) = p∘w with w the normal form of the innermost
//! domain d. The letter a changes d alone or opens a domain behind it, so nf(u∘a) = p∘w′, and two things remain:
//!
//! 1. w∘a and w′ do the same from each state that b∘p can be in. Apart from the first domain, where p is empty and the
//!    states are those of the letters b, w begins with an opener, so a state matters only by what openers of that kernel
//!    do from it.
//! 2. Where a has no place after u, it has none after b∘u: seen in each reachable pair of the states of u and b∘u.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::automaton::{Automaton, DEAD, MAX_DOMAINS, START};
use crate::operator::{Effect, OperatorId};
use crate::vocabulary::KernelId;
use crate::word::Algebra;

/// The number of equations that are decided at most.
const MAX_EQUATIONS: usize = 1 << 25;

/// A proof that equality is a congruence on both sides: what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Congruence {
    /// Pairs of the states that a word is in with and without a letter before it.
    pub pairs: usize,
    /// Equations between short words that were decided, each in one context.
    pub equations: usize,
}

/// Why equality is not shown to be a congruence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCongruent {
    /// Words that are equal, but not after this context.
    Counterexample {
        /// What stands before both.
        context: Vec<OperatorId>,
        /// One word.
        left: Vec<OperatorId>,
        /// The other; `None` if the first describes no stack by itself, but one in the context.
        right: Option<Vec<OperatorId>>,
    },
    /// The tables are too large to decide all equations.
    TooLarge {
        /// How many there would be.
        equations: usize,
    },
}

impl Automaton {
    /// Decides whether equality of words is a congruence.
    ///
    /// # Errors
    ///
    /// The words that differ in a context, or the number of equations if there are too many.
    pub fn congruence(&self, algebra: &Algebra) -> Result<Congruence, NotCongruent> {
        let isolation = |id: &OperatorId| {
            matches!(
                algebra.operator(*id).map(|o| &o.effect),
                Some(Effect::Opens { .. } | Effect::Encloses { .. })
            )
        };
        let letters: Vec<_> = algebra.ids().filter(isolation).collect();
        let mut openers: BTreeMap<KernelId, Vec<OperatorId>> = BTreeMap::new();
        for id in &letters {
            if let Some(Effect::Opens { kernel, .. }) = algebra.operator(*id).map(|o| &o.effect) {
                openers.entry(*kernel).or_default().push(*id);
            }
        }
        let mut prover = Prover {
            automaton: self,
            letters,
            openers,
            pairs: Vec::new(),
        };
        prover.pairs()?;
        let equations = prover.equations()?;
        Ok(Congruence {
            pairs: prover.pairs.len(),
            equations,
        })
    }
}

/// A reachable pair: the states of a word without and with a letter before it, and how the word was reached.
struct Pair {
    alone: u32,
    prefixed: u32,
    /// The letter read last and the pair before it; in the first pairs, the letter before the word.
    last: Option<OperatorId>,
    from: Option<usize>,
}

/// A letter read in a domain: what it must be equal to is the word of the domain that they reach, after the word of the
/// first if it opened another. Words are meant by number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    word: usize,
    letter: OperatorId,
    reached: usize,
    opened: bool,
}

/// The state that a word leads to, and the states left behind on the way.
#[derive(Clone, Copy)]
struct Run {
    behind: [u32; MAX_DOMAINS],
    depth: usize,
    state: u32,
}

impl Run {
    fn from(state: u32) -> Self {
        Self {
            behind: [DEAD; MAX_DOMAINS],
            depth: 0,
            state,
        }
    }

    fn behind(&self) -> &[u32] {
        self.behind.get(..self.depth).unwrap_or_default()
    }
}

struct Prover<'a> {
    automaton: &'a Automaton,
    letters: Vec<OperatorId>,
    /// By kernel: a change of a domain leaves it its kernel.
    openers: BTreeMap<KernelId, Vec<OperatorId>>,
    pairs: Vec<Pair>,
}

impl Prover<'_> {
    /// Finds all pairs, and checks that no letter has a place only because of the prefix.
    fn pairs(&mut self) -> Result<(), NotCongruent> {
        let mut seen = HashSet::new();
        let prefixes = self.letters.iter().map(|b| (Some(*b), self.automaton.step(START, *b)));
        for (last, prefixed) in std::iter::once((None, Some((START, false)))).chain(prefixes) {
            if let Some((prefixed, _)) = prefixed
                && seen.insert((START, prefixed))
            {
                self.pairs.push(Pair {
                    alone: START,
                    prefixed,
                    last,
                    from: None,
                });
            }
        }
        let mut head = 0;
        while let Some(pair) = self.pairs.get(head) {
            let (alone, prefixed) = (pair.alone, pair.prefixed);
            for letter in &self.letters {
                let (a, p) = (
                    self.automaton.step(alone, *letter),
                    self.automaton.step(prefixed, *letter),
                );
                if let (None, Some(_)) = (a, p) {
                    let (context, mut left) = self.words(head);
                    left.push(*letter);
                    return Err(NotCongruent::Counterexample {
                        context,
                        left,
                        right: None,
                    });
                }
                if let (Some((alone, _)), Some((prefixed, _))) = (a, p)
                    && seen.insert((alone, prefixed))
                {
                    self.pairs.push(Pair {
                        alone,
                        prefixed,
                        last: Some(*letter),
                        from: Some(head),
                    });
                }
            }
            head += 1;
        }
        Ok(())
    }

    /// The prefix and the word of a pair.
    fn words(&self, pair: usize) -> (Vec<OperatorId>, Vec<OperatorId>) {
        let mut word = Vec::new();
        let mut next = self.pairs.get(pair);
        while let Some(pair) = next {
            let Some(from) = pair.from else {
                word.reverse();
                return (pair.last.into_iter().collect(), word);
            };
            word.extend(pair.last);
            next = self.pairs.get(from);
        }
        (Vec::new(), word)
    }

    /// Decides the equations, and counts them.
    fn equations(&self) -> Result<usize, NotCongruent> {
        let automaton = self.automaton;
        let words: BTreeSet<&[OperatorId]> = automaton.states().map(|s| automaton.domain_word(s)).collect();
        let words: Vec<_> = words.into_iter().collect();
        let mut readings = self.readings(&words);
        let mut decided = Vec::new();
        for openers in self.openers.values() {
            let begins = |r: &Reading| {
                words
                    .get(r.word)
                    .and_then(|w| w.first())
                    .is_some_and(|o| openers.contains(o))
            };
            let (own, rest) = readings.into_iter().partition(begins);
            decided.push((self.boundaries(openers), own));
            readings = rest;
        }
        let first = (0..self.pairs.len()).take_while(|p| self.is_first(*p)).collect();
        decided.push((first, readings));
        let products = decided
            .iter()
            .map(|(contexts, readings): &(Vec<usize>, Vec<Reading>)| contexts.len() * readings.len());
        let equations = products.fold(0, usize::saturating_add);
        if equations > MAX_EQUATIONS {
            return Err(NotCongruent::TooLarge { equations });
        }
        for (contexts, readings) in decided {
            for context in contexts {
                self.equal(context, &words, &readings)?;
            }
        }
        Ok(equations)
    }

    fn is_first(&self, pair: usize) -> bool {
        self.pairs.get(pair).is_some_and(|p| p.from.is_none())
    }

    /// What each letter does in each domain.
    fn readings(&self, words: &[&[OperatorId]]) -> Vec<Reading> {
        let number = |state| {
            words
                .binary_search(&self.automaton.domain_word(state))
                .unwrap_or_default()
        };
        let numbers: Vec<usize> = self.automaton.states().map(number).collect();
        let number = |state: u32| numbers.get((state - START) as usize).copied().unwrap_or_default();
        let mut readings = BTreeSet::new();
        for state in self.automaton.states() {
            for letter in &self.letters {
                if let Some((reached, opened)) = self.automaton.step(state, *letter) {
                    readings.insert(Reading {
                        word: number(state),
                        letter: *letter,
                        reached: number(reached),
                        opened,
                    });
                }
            }
        }
        readings.into_iter().collect()
    }

    /// One pair for each way in which some openers act with a prefix, where they open a domain without.
    fn boundaries(&self, openers: &[OperatorId]) -> Vec<usize> {
        let mut ways = HashSet::new();
        let mut found = Vec::new();
        for (index, pair) in self.pairs.iter().enumerate() {
            let opens = |o: &OperatorId| self.automaton.step(pair.alone, *o).is_some_and(|(_, opened)| opened);
            if openers.iter().any(opens) {
                let way: Vec<_> = openers.iter().map(|o| self.automaton.step(pair.prefixed, *o)).collect();
                if ways.insert(way) {
                    found.push(index);
                }
            }
        }
        found
    }

    /// Whether in one context each letter read in a domain does what the normal form does.
    fn equal(&self, context: usize, words: &[&[OperatorId]], readings: &[Reading]) -> Result<(), NotCongruent> {
        let start = Run::from(self.pairs.get(context).map_or(START, |p| p.prefixed));
        let runs: Vec<Option<Run>> = words.iter().map(|word| self.run(&start, word)).collect();
        let run = |number: usize| runs.get(number).and_then(Option::as_ref);
        for reading in readings {
            let word = words.get(reading.word).copied().unwrap_or_default();
            let reached = words.get(reading.reached).copied().unwrap_or_default();
            let left = run(reading.word).and_then(|before| self.run(before, &[reading.letter]));
            let right = if reading.opened {
                run(reading.word).and_then(|before| self.run(before, reached))
            } else {
                run(reading.reached).copied()
            };
            if !self.same(&left, &right) {
                let (mut prefix, between) = self.words(context);
                prefix.extend(between);
                let normal = if reading.opened {
                    [word, reached].concat()
                } else {
                    reached.to_vec()
                };
                return Err(NotCongruent::Counterexample {
                    context: prefix,
                    left: [word, &[reading.letter]].concat(),
                    right: Some(normal),
                });
            }
        }
        Ok(())
    }

    /// Whether both reach the same stack: the same state, and the same domains on the way.
    fn same(&self, left: &Option<Run>, right: &Option<Run>) -> bool {
        match (left, right) {
            (None, None) => true,
            (Some(left), Some(right)) => {
                let domain = |state: &u32| self.automaton.domain_word(*state);
                let domains = || left.behind().iter().map(domain).eq(right.behind().iter().map(domain));
                left.state == right.state && (left.behind() == right.behind() || domains())
            }
            _ => false,
        }
    }

    fn run(&self, from: &Run, word: &[OperatorId]) -> Option<Run> {
        let mut run = *from;
        for letter in word {
            let (reached, opened) = self.automaton.step(run.state, *letter)?;
            if opened {
                // No stack has as many domains as there are places.
                *run.behind.get_mut(run.depth)? = run.state;
                run.depth += 1;
            }
            run.state = reached;
        }
        Some(run)
    }
}

#[cfg(test)]
mod tests;
