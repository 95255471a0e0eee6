//! Candidates: a stack, what implements it, and how it was judged.

use stackwright_algebra::{OperatorId, Stack};
use stackwright_catalog::tiling::Tiling;

use crate::amount::Amount;

/// A stack with realizations, judged against every rule.
#[derive(Clone, Debug)]
pub struct Candidate<'c> {
    /// The normal form.
    pub word: Vec<OperatorId>,
    /// The stack.
    pub stack: Stack,
    /// What implements it.
    pub tiling: Tiling<'c>,
    /// Every rule that it fails; none if it is feasible.
    pub violations: Vec<Violation>,
    /// What it is compared by.
    pub objectives: Objectives,
}

impl Candidate<'_> {
    /// Whether it is the same stack with the same realizations.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.word == other.word && self.ids() == other.ids()
    }

    /// The names of its realizations.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.tiling.realizations.iter().map(|r| r.id.clone()).collect()
    }
}

/// A rule that a candidate fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Index of the rule in the problem.
    pub rule: usize,
    /// How it fails, by how much, from which evidence.
    pub message: String,
    /// To what a stated bound would have to be relaxed, in the user's terms.
    pub relaxation: Option<String>,
}

/// The five quantities of the Pareto front, smaller is better, and the number of operators, which nothing on the front may
/// have more of for a gain elsewhere alone: the shortest word that fulfils everything is always on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objectives {
    /// Cold start at process scope, in milliseconds.
    pub cold_start: Amount,
    /// Memory for each instance, in megabytes.
    pub memory: Amount,
    /// Latency added to each request, in milliseconds.
    pub request_latency: Amount,
    /// Security grade missing to the best one.
    pub insecurity: u8,
    /// Refined operators in the word.
    pub refinements: usize,
    /// Letters of the word.
    pub operators: usize,
    /// Kernels of the stack. Of words of one length the weaker one stays on the front, as nobody asked for the kernel.
    pub kernels: usize,
}

impl Objectives {
    /// The three that are sums of figures.
    pub fn costs(&self) -> [Amount; 3] {
        [self.cold_start, self.memory, self.request_latency]
    }

    /// Whether it is at least as good everywhere, the numbers of operators and kernels included, and better somewhere.
    pub fn dominates(&self, other: &Self) -> bool {
        let costs = self.costs().into_iter().zip(other.costs()).all(|(a, b)| a <= b);
        let counts = |o: &Self| [usize::from(o.insecurity), o.refinements, o.operators, o.kernels];
        costs && counts(self).into_iter().zip(counts(other)).all(|(a, b)| a <= b) && self != other
    }
}

#[cfg(test)]
mod tests;
