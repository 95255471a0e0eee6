//! Candidates: a stack, what implements it, and how it was judged.

use stackwright_algebra::{OperatorId, Stack};
use stackwright_catalog::tiling::Tiling;

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

/// The five quantities of the Pareto front, smaller is better, and what breaks ties. An unknown figure counts as
/// infinite: unknown is never an advantage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objectives {
    /// Cold start at process scope, in milliseconds.
    pub cold_start: f64,
    /// Memory for each instance, in megabytes.
    pub memory: f64,
    /// Latency added to each request, in milliseconds.
    pub request_latency: f64,
    /// Security grade missing to the best one.
    pub insecurity: u8,
    /// Refined operators in the word.
    pub refinements: usize,
    /// Letters of the word; decides between candidates that are equal in the other five.
    pub operators: usize,
    /// Kernels of the stack. Of words of one length the weaker one stays on the front, as nobody asked for the kernel.
    pub kernels: usize,
}

impl Objectives {
    fn numbers(&self) -> [f64; 5] {
        // Counts of letters are far below the precision of f64.
        #[allow(clippy::cast_precision_loss)]
        let refinements = self.refinements as f64;
        [
            self.cold_start,
            self.memory,
            self.request_latency,
            f64::from(self.insecurity),
            refinements,
        ]
    }

    /// Whether it is at least as good everywhere and better somewhere.
    pub fn dominates(&self, other: &Self) -> bool {
        let pairs = || self.numbers().into_iter().zip(other.numbers());
        pairs().all(|(a, b)| a <= b)
            && (pairs().any(|(a, b)| a < b) || self.operators < other.operators || self.kernels < other.kernels)
            && self.operators <= other.operators
            && self.kernels <= other.kernels
    }
}

/// The candidates that no other dominates.
pub fn front<'a, 'c>(candidates: &[&'a Candidate<'c>]) -> Vec<&'a Candidate<'c>> {
    let mut front: Vec<&Candidate<'c>> = Vec::new();
    for candidate in candidates {
        if front.iter().any(|f| f.objectives.dominates(&candidate.objectives)) {
            continue;
        }
        front.retain(|f| !candidate.objectives.dominates(&f.objectives));
        front.push(candidate);
    }
    front
}

#[cfg(test)]
mod tests;
