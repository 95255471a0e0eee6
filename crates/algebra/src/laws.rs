//! Equations between words, decided.

use crate::automaton::Automaton;
use crate::operator::OperatorId;
use crate::stack::Stack;
use crate::word::{Algebra, IllTyped};

/// One side of an equation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// The stack it reaches.
    Stack {
        /// The normal form of the stack.
        normal_form: Vec<OperatorId>,
        /// The stack.
        stack: Stack,
    },
    /// It reaches none.
    IllTyped(IllTyped),
}

/// Whether two words are equal, and what each of them is. As equality is a congruence, equal words stay equal in every
/// context, and for unequal words the empty context tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether both reach the same stack. A word that reaches none equals nothing.
    pub equal: bool,
    /// The left word.
    pub left: Side,
    /// The right word.
    pub right: Side,
}

impl Automaton {
    /// Decides an equation.
    pub fn decide(&self, algebra: &Algebra, left: &[OperatorId], right: &[OperatorId]) -> Decision {
        let left = self.side(algebra, left);
        let right = self.side(algebra, right);
        let equal = match (&left, &right) {
            (Side::Stack { stack: a, .. }, Side::Stack { stack: b, .. }) => a == b,
            _ => false,
        };
        Decision { equal, left, right }
    }

    pub(crate) fn side(&self, algebra: &Algebra, word: &[OperatorId]) -> Side {
        match (algebra.run(word), self.normalize(algebra, word)) {
            (Ok(stack), Ok(normal_form)) => Side::Stack { normal_form, stack },
            (Err(error), _) | (_, Err(error)) => Side::IllTyped(error),
        }
    }
}
