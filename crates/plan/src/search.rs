//! Finding candidates.

use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::model::{Condition, Realization, SharedBy};
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::requirement::GradeName;

use crate::candidate::Candidate;
use crate::problem::Problem;
use crate::rule::Rule;

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome<'c> {
    /// The judged candidates: at least all that are on the Pareto front, and those that fail.
    pub candidates: Vec<Candidate<'c>>,
    /// How many candidates were judged.
    pub judged: u64,
    /// Whether the whole space was searched, so that the front is complete.
    pub exact: bool,
}

/// A way to search.
pub trait Search {
    /// Finds every candidate that can be on the Pareto front, and those that show why others are not.
    fn search<'c>(&self, problem: &Problem<'c>) -> Outcome<'c>;
}

/// Enumeration of every division of every stack into realizations' words.
///
/// A branch ends where more layers cannot help: costs only grow, so once a bound is exceeded, or the security grade is the
/// best and every rule holds, every extension fails or is dominated. Facets other than isolation are opened only if a rule
/// can depend on them, as no objective improves with them.
#[derive(Clone, Copy, Debug)]
pub struct Enumeration {
    /// The search stops after this many candidates and is then not exact.
    pub limit: u64,
}

impl Default for Enumeration {
    fn default() -> Self {
        Self { limit: 200_000 }
    }
}

impl Search for Enumeration {
    fn search<'c>(&self, problem: &Problem<'c>) -> Outcome<'c> {
        let mut walk = Walk {
            problem,
            limit: self.limit,
            surroundings: surroundings(problem),
            outcome: Outcome {
                candidates: Vec::new(),
                judged: 0,
                exact: true,
            },
        };
        let all: Vec<_> = (0..walk.surroundings.len()).collect();
        walk.isolation(&Fragment::default(), &all);
        walk.outcome
    }
}

/// A sequence of realizations and the word they implement together.
#[derive(Clone, Default)]
struct Fragment<'c> {
    word: Vec<OperatorId>,
    realizations: Vec<&'c Realization>,
    words: Vec<Vec<OperatorId>>,
}

impl<'c> Fragment<'c> {
    fn with(&self, word: &[OperatorId], realization: &'c Realization) -> Self {
        let mut longer = self.clone();
        longer.word.extend_from_slice(word);
        longer.realizations.push(realization);
        longer.words.push(word.to_vec());
        longer
    }

    fn join(mut self, other: &Self) -> Self {
        self.word.extend_from_slice(&other.word);
        self.realizations.extend_from_slice(&other.realizations);
        self.words.extend_from_slice(&other.words);
        self
    }
}

/// The tiles of one facet that fit what is being planned.
fn tiles<'c>(problem: &Problem<'c>, facet: Facet) -> impl Iterator<Item = (&'c [OperatorId], &'c Realization)> {
    let catalog = problem.catalog;
    let algebra = catalog.algebra();
    let target = problem.requirement.target;
    catalog.tiles().words(catalog).filter(move |(word, realization)| {
        let effect = word.first().and_then(|id| algebra.operator(*id)).map(|o| &o.effect);
        effect.and_then(Effect::facet) == Some(facet) && realization.targets.contains(&target)
    })
}

/// Every fragment of one facet that is a normal form, the empty one first.
fn fragments<'c>(problem: &Problem<'c>, facet: Facet) -> Vec<Fragment<'c>> {
    let mut found = vec![Fragment::default()];
    let mut head = 0;
    while let Some(fragment) = found.get(head).cloned() {
        head += 1;
        for (word, realization) in tiles(problem, facet) {
            let longer = fragment.with(word, realization);
            if is_normal(problem, &longer.word) {
                found.push(longer);
            }
        }
    }
    found
}

fn is_normal(problem: &Problem<'_>, word: &[OperatorId]) -> bool {
    let mut normal = Vec::with_capacity(word.len());
    problem.catalog.automaton().normalize_into(word, &mut normal).is_some() && normal == word
}

/// What can stand before and after the isolation facet.
fn surroundings<'c>(problem: &Problem<'c>) -> Vec<(Fragment<'c>, Fragment<'c>)> {
    let mut combinations = vec![(Fragment::default(), Fragment::default())];
    for facet in Facet::ALL.into_iter().filter(|f| *f != Facet::Isolation) {
        let choices = if is_open(problem, facet) {
            fragments(problem, facet)
        } else {
            vec![Fragment::default()]
        };
        let mut next = Vec::new();
        for (before, after) in &combinations {
            for choice in &choices {
                next.push(if facet < Facet::Isolation {
                    (before.clone().join(choice), after.clone())
                } else {
                    (before.clone(), after.clone().join(choice))
                });
            }
        }
        combinations = next;
    }
    combinations
}

/// Whether a rule can depend on the facet.
fn is_open(problem: &Problem<'_>, facet: Facet) -> bool {
    let algebra = problem.catalog.algebra();
    let own = |id: OperatorId| algebra.operator(id).and_then(|o| o.effect.facet()) == Some(facet);
    let required = |r: &Realization| r.requires_operators.iter().filter_map(|s| algebra.find(s)).any(own);
    let marks: Vec<_> = algebra
        .operators()
        .iter()
        .filter_map(|o| match &o.effect {
            Effect::Gives { facet: f, marks } if *f == facet => Some(*marks),
            _ => None,
        })
        .flat_map(|marks| algebra.vocabulary().mark_names(marks).map(|(_, name)| name))
        .collect();
    problem.rules.iter().any(|rule| match rule {
        Rule::Include(id) => own(*id),
        Rule::Grade(grade) => grade.grade == GradeName::Observability,
        Rule::Requirements => problem.catalog.data().realizations.iter().any(required),
        rule => marks.iter().any(|mark| rule.mentions_mark(mark)),
    })
}

struct Walk<'p, 'c> {
    problem: &'p Problem<'c>,
    limit: u64,
    surroundings: Vec<(Fragment<'c>, Fragment<'c>)>,
    outcome: Outcome<'c>,
}

impl<'c> Walk<'_, 'c> {
    /// Judges an isolation fragment and all longer ones, in the surroundings in which they can help.
    fn isolation(&mut self, inner: &Fragment<'c>, surroundings: &[usize]) {
        let open = self.visit(inner, surroundings);
        if open.is_empty() {
            return;
        }
        for (word, realization) in tiles(self.problem, Facet::Isolation) {
            // What instances share is outermost; a realization in which nothing can run is no layer of anything.
            let is_inner = realization.shared_by != SharedBy::Instance && !inner.word.is_empty();
            if is_inner || self.problem.carries_another(realization).is_some() {
                continue;
            }
            let longer = inner.with(word, realization);
            if is_normal(self.problem, &longer.word) {
                self.isolation(&longer, &open);
            }
            if !self.outcome.exact {
                return;
            }
        }
    }

    /// Judges an isolation fragment. Returns the surroundings in which a longer one can be worth judging.
    fn visit(&mut self, isolation: &Fragment<'c>, surroundings: &[usize]) -> Vec<usize> {
        let mut open = Vec::new();
        for index in surroundings {
            if self.outcome.judged >= self.limit {
                self.outcome.exact = false;
                return Vec::new();
            }
            let Some((before, after)) = self.surroundings.get(*index).cloned() else {
                continue;
            };
            let whole = before.join(isolation).join(&after);
            let Some(stack) = self.problem.catalog.stack(&whole.word) else {
                continue;
            };
            self.outcome.judged += 1;
            let tiling = Tiling {
                realizations: whole.realizations,
                words: whole.words,
            };
            let candidate = self.problem.judge(whole.word, stack, tiling);
            if !self.is_complete(&candidate) {
                open.push(*index);
            }
            self.outcome.candidates.push(candidate);
        }
        open
    }

    /// Whether nothing can be gained by more isolation layers: what the candidate fails, every such longer one fails
    /// too; or it fulfils everything and its security grade is the best.
    fn is_complete(&self, candidate: &Candidate<'c>) -> bool {
        let violations = &candidate.violations;
        violations.iter().any(|v| self.is_lasting(v.rule, candidate))
            || (violations.is_empty() && candidate.objectives.insecurity == 0)
    }

    /// Whether a rule that a candidate fails is failed with more isolation layers, too.
    fn is_lasting(&self, rule: usize, candidate: &Candidate<'c>) -> bool {
        let algebra = self.problem.catalog.algebra();
        let is_isolation =
            |id: OperatorId| algebra.operator(id).and_then(|o| o.effect.facet()) == Some(Facet::Isolation);
        match self.problem.rules.get(rule) {
            // Costs only grow, and what is unknown stays unknown.
            Some(Rule::Metric(metric)) => !metric.bound.comparator.is_lower(),
            Some(Rule::Exclude(_) | Rule::Target | Rule::Interactions | Rule::Host | Rule::OneRunner) => true,
            Some(Rule::Platform | Rule::Workload | Rule::Offline(_)) => true,
            Some(Rule::Include(id)) => !is_isolation(*id),
            Some(Rule::Principle(principle, _)) => !about_domains(&principle.requires),
            Some(Rule::Requirements) => candidate
                .tiling
                .realizations
                .iter()
                .flat_map(|r| &r.requires_operators)
                .filter_map(|symbol| algebra.find(symbol))
                .any(|id| !is_isolation(id) && !candidate.word.contains(&id)),
            _ => false,
        }
    }
}

/// Whether a condition can depend on domains and not on marks alone.
fn about_domains(condition: &Condition) -> bool {
    condition.domain.is_some()
        || [&condition.any, &condition.all, &condition.none, &condition.two_of]
            .into_iter()
            .flatten()
            .any(about_domains)
}
