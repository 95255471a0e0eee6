//! Why a word has the normal form it has: one step for each letter, with the law that justifies it.

use crate::automaton::Automaton;
use crate::operator::{Effect, OperatorId};
use crate::stack::Stack;
use crate::word::{Algebra, IllTyped};

/// What became of one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepEffect {
    /// It stays where it was written.
    Applied,
    /// It stays, at its place in the normal form.
    Moved,
    /// It adds nothing to what is there.
    Absorbed,
    /// It takes the place of an operator that it refines.
    Refined,
    /// Together with operators that are there it makes, or it is, the whole that takes their place.
    Completed,
    /// It stands for a word.
    Expanded,
}

impl StepEffect {
    /// The effect's name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Moved => "moved",
            Self::Absorbed => "absorbed",
            Self::Refined => "refined",
            Self::Completed => "completed",
            Self::Expanded => "expanded",
        }
    }
}

/// One step of a derivation. Its law is an equation between words that holds by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index of the letter in the word as it was given.
    pub position: usize,
    /// The operator; for the letters of a macro the letter, after the step that expanded it.
    pub operator: OperatorId,
    /// What became of it.
    pub effect: StepEffect,
    /// The operators that absorbed it, that it replaced, or past which it moved.
    pub by: Vec<OperatorId>,
    /// Left and right side of the law.
    pub law: (Vec<OperatorId>, Vec<OperatorId>),
    /// The normal form of the word up to and with this letter.
    pub so_far: Vec<OperatorId>,
}

/// A normal form with the steps that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// One step for each letter, and one for each macro.
    pub steps: Vec<Step>,
    /// The normal form.
    pub normal_form: Vec<OperatorId>,
}

impl Automaton {
    /// Derives the normal form of a word, letter by letter.
    ///
    /// # Errors
    ///
    /// The first letter that has no place where it stands.
    pub fn derive(&self, algebra: &Algebra, word: &[OperatorId]) -> Result<Derivation, IllTyped> {
        algebra.run(word)?;
        let mut steps = Vec::with_capacity(word.len());
        let mut current = Vec::new();
        for (position, id) in word.iter().enumerate() {
            let letters = algebra.letters(id);
            if let Some(Effect::Expands(expansion)) = algebra.operator(*id).map(|o| &o.effect) {
                steps.push(Step {
                    position,
                    operator: *id,
                    effect: StepEffect::Expanded,
                    by: Vec::new(),
                    law: (vec![*id], expansion.clone()),
                    so_far: current.clone(),
                });
            }
            for letter in letters {
                let next = self.normalize(algebra, &appended(&current, *letter))?;
                let (effect, by, law) = self.classify(algebra, &current, *letter, &next);
                current = next;
                steps.push(Step {
                    position,
                    operator: *letter,
                    effect,
                    by,
                    law,
                    so_far: current.clone(),
                });
            }
        }
        Ok(Derivation {
            steps,
            normal_form: current,
        })
    }

    fn classify(
        &self,
        algebra: &Algebra,
        current: &[OperatorId],
        letter: OperatorId,
        next: &[OperatorId],
    ) -> Classified {
        let whole = (appended(current, letter), next.to_vec());
        if next == current {
            let by = self.least_absorbing(algebra, local(algebra, current, letter), letter);
            let law = (appended(&by, letter), by.clone());
            return (StepEffect::Absorbed, by, law);
        }
        if next == whole.0 {
            return (StepEffect::Applied, Vec::new(), (next.to_vec(), next.to_vec()));
        }
        let removed = without(current, next);
        let added = without(next, current);
        if removed.is_empty() && added == [letter] {
            let place = next.iter().zip(current).take_while(|(a, b)| a == b).count();
            let passed = current.get(place..).unwrap_or(&[]);
            let mut right = vec![letter];
            right.extend(passed);
            let law = self.law_or(algebra, appended(passed, letter), right, whole);
            return (StepEffect::Moved, passed.to_vec(), law);
        }
        let effect = if !removed.is_empty() && removed.iter().all(|r| is_refined_by(algebra, *r, letter)) {
            StepEffect::Refined
        } else {
            StepEffect::Completed
        };
        let law = self.law_or(algebra, appended(&removed, letter), added, whole);
        (effect, removed, law)
    }

    /// The short law if it holds by itself, else the one of the whole word so far.
    fn law_or(&self, algebra: &Algebra, left: Vec<OperatorId>, right: Vec<OperatorId>, whole: Law) -> Law {
        if self.decide(algebra, &left, &right).equal {
            (left, right)
        } else {
            whole
        }
    }

    /// Leaves out letters, from the left, as long as what remains absorbs `letter`.
    fn least_absorbing(&self, algebra: &Algebra, mut word: Vec<OperatorId>, letter: OperatorId) -> Vec<OperatorId> {
        let mut index = 0;
        while index < word.len() {
            let mut shorter = word.clone();
            shorter.remove(index);
            if self.decide(algebra, &appended(&shorter, letter), &shorter).equal {
                word = shorter;
            } else {
                index += 1;
            }
        }
        word
    }
}

type Law = (Vec<OperatorId>, Vec<OperatorId>);
type Classified = (StepEffect, Vec<OperatorId>, Law);

fn appended(word: &[OperatorId], letter: OperatorId) -> Vec<OperatorId> {
    let mut word = word.to_vec();
    word.push(letter);
    word
}

/// The letters of `a` that are not in `b`, counted with repetitions, in order.
fn without(a: &[OperatorId], b: &[OperatorId]) -> Vec<OperatorId> {
    let mut rest = b.to_vec();
    let mut left = Vec::new();
    for letter in a {
        match rest.iter().position(|r| r == letter) {
            Some(i) => {
                rest.swap_remove(i);
            }
            None => left.push(*letter),
        }
    }
    left
}

/// The letters of a normal form that share the facet of `letter`; in isolation, those of the innermost domain.
fn local(algebra: &Algebra, word: &[OperatorId], letter: OperatorId) -> Vec<OperatorId> {
    let effect_of = |id: &OperatorId| algebra.operator(*id).map(|o| &o.effect);
    let facet = effect_of(&letter).and_then(Effect::facet);
    let mut letters = Vec::new();
    let mut stack = Stack::default();
    for id in word.iter().filter(|id| effect_of(id).and_then(Effect::facet) == facet) {
        let domains = stack.domains.len();
        if algebra.step(&mut stack, *id).is_ok() && stack.domains.len() > domains {
            letters.clear();
        }
        letters.push(*id);
    }
    letters
}

/// Whether `finer` was declared, directly or over others, to refine `coarser`.
fn is_refined_by(algebra: &Algebra, coarser: OperatorId, finer: OperatorId) -> bool {
    let mut at = algebra.operator(finer).and_then(|o| o.refines);
    while let Some(id) = at {
        if id == coarser {
            return true;
        }
        at = algebra.operator(id).and_then(|o| o.refines);
    }
    false
}
