//! The complete rewriting system of an algebra: the rules by which any program that rewrites words finds the same normal
//! forms.
//!
//! Normal forms are the least words of their classes by length and then by letters, and equality is a congruence, so the
//! words that have no normal form's shape but whose parts all do, each with its normal form, are a reduced complete
//! rewriting system: it ends, as every step makes a word less, and it is confluent, as every class has one word that no
//! rule fits. Words without a stack go to a zero, which absorbs every letter on both sides.
//!
//! Two things stay outside the rules. Macros make words longer and are expanded first. And a bound on nested kernels
//! would need a rule for all that can stand between them, which is more than can be listed; it is named beside the rules.

use crate::automaton::Automaton;
use crate::operator::OperatorId;
use crate::vocabulary::Facet;
use crate::word::Algebra;

/// A rule: wherever the left side stands in a word, the right side may stand instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A word that is not a normal form, though all its proper parts are.
    pub left: Vec<OperatorId>,
    /// Its normal form, or `None` if it has no stack.
    pub right: Option<Vec<OperatorId>>,
}

/// The rules of an algebra, macros apart, in the order of their left sides, by length and then by letters.
pub fn rewriting_rules(algebra: &Algebra, automaton: &Automaton) -> Vec<Rule> {
    let letters: Vec<(OperatorId, Facet)> = algebra
        .ids()
        .filter_map(|id| Some((id, algebra.operator(id)?.effect.facet()?)))
        .collect();
    let mut rules = Vec::new();
    // Normal forms that a left side can begin with.
    let mut beginnings = vec![Vec::new()];
    while !beginnings.is_empty() {
        let mut longer = Vec::new();
        for beginning in &beginnings {
            for (letter, facet) in &letters {
                let left: Vec<OperatorId> = beginning.iter().chain([letter]).copied().collect();
                let rest = left.get(1..).unwrap_or(&[]);
                if !is_normal(automaton, rest) {
                    continue;
                }
                let right = automaton.normalize(algebra, &left).ok();
                if right.as_ref() != Some(&left) {
                    rules.push(Rule { left, right });
                } else if rest.is_empty() || differ(algebra, *facet, &left, rest) {
                    longer.push(left);
                }
            }
        }
        beginnings = longer;
    }
    rules
}

/// Whether what may follow two normal forms that end in the same letter of a facet can differ. Letters of earlier facets
/// may follow neither, and of later facets nothing is there yet, so it is the state of that facet that counts.
fn differ(algebra: &Algebra, facet: Facet, left: &[OperatorId], right: &[OperatorId]) -> bool {
    match (algebra.run(left), algebra.run(right)) {
        (Ok(left), Ok(right)) if facet == Facet::Isolation => left.domains.last() != right.domains.last(),
        (Ok(left), Ok(right)) => {
            let marks = algebra.vocabulary().facet_marks(facet);
            left.marks.intersection(marks) != right.marks.intersection(marks)
        }
        _ => false,
    }
}

fn is_normal(automaton: &Automaton, word: &[OperatorId]) -> bool {
    let mut out = Vec::with_capacity(word.len());
    automaton.normalize_into(word, &mut out).is_some() && out == word
}
