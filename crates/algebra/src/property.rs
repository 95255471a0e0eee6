//! What words reach, and what undoes an operator: searches over stacks.

use std::collections::BTreeSet;

use crate::operator::{Effect, OperatorId};
use crate::stack::Stack;
use crate::word::Algebra;

/// Every stack that words reach, each with its normal form, by length of that word and then by letters. Finite, but
/// large where domains nest: callers bound it.
#[derive(Clone, Debug)]
pub struct Reachable<'a> {
    algebra: &'a Algebra,
    found: Vec<(Vec<OperatorId>, Stack)>,
    seen: BTreeSet<Stack>,
    /// The stack whose successors are found next.
    head: usize,
    /// The stack that is given out next.
    next: usize,
}

impl Iterator for Reachable<'_> {
    type Item = (Vec<OperatorId>, Stack);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next == self.found.len() {
            let (word, stack) = self.found.get(self.head)?.clone();
            self.head += 1;
            for letter in self.algebra.plain_letters() {
                let mut reached = stack.clone();
                if self.algebra.step(&mut reached, letter).is_ok() && self.seen.insert(reached.clone()) {
                    self.found.push((extended(&word, letter), reached));
                }
            }
        }
        self.next += 1;
        self.found.get(self.next - 1).cloned()
    }
}

impl Algebra {
    /// All operators but macros, in the order of normal forms.
    pub fn plain_letters(&self) -> impl Iterator<Item = OperatorId> + '_ {
        let is_macro = |id: &OperatorId| matches!(self.operator(*id).map(|o| &o.effect), Some(Effect::Expands(_)));
        self.ids().filter(move |id| !is_macro(id))
    }

    /// Every stack that words reach, the empty one first.
    pub fn reachable(&self) -> Reachable<'_> {
        let empty = Stack::default();
        Reachable {
            algebra: self,
            found: vec![(Vec::new(), empty.clone())],
            seen: BTreeSet::from([empty]),
            head: 0,
            next: 0,
        }
    }

    /// A shortest word u with x∘u = ∅; `None` if nothing undoes x.
    ///
    /// Marks are never taken away and domains never closed, so the search need only go over stacks without marks and
    /// with one domain; of those there are few.
    pub fn undoing(&self, x: OperatorId) -> Option<Vec<OperatorId>> {
        let empty = Stack::default();
        let local = |stack: &Stack| stack.marks.is_empty() && stack.domains.len() == 1;
        let start = self.run(&[x]).ok().filter(local)?;
        let mut queue = vec![(Vec::new(), start.clone())];
        let mut seen = BTreeSet::from([start]);
        let mut head = 0;
        while let Some((word, stack)) = queue.get(head).cloned() {
            head += 1;
            if stack == empty {
                return Some(word);
            }
            for letter in self.plain_letters() {
                let mut reached = stack.clone();
                if self.step(&mut reached, letter).is_ok() && local(&reached) && seen.insert(reached.clone()) {
                    queue.push((extended(&word, letter), reached));
                }
            }
        }
        None
    }
}

fn extended(word: &[OperatorId], letter: OperatorId) -> Vec<OperatorId> {
    let mut word = word.to_vec();
    word.push(letter);
    word
}
