//! The order of optimal plans, and how far it depends on preferences.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use stackwright_algebra::OperatorId;
use stackwright_catalog::model::Mechanism;
use stackwright_spec::plan::Stability;
use stackwright_spec::requirement::Preferences;

use crate::amount::Amount;
use crate::candidate::Candidate;
use crate::metric::{self, Count, Reading};
use crate::problem::Problem;
use crate::tile::OBJECTIVES;

/// What plans are ordered by: words whose default realization fulfils the bounds, then the word with the fewest operators,
/// then the weakest, then by preference, then the default realization before its variants, then by figures, then by name.
#[derive(Clone, Debug)]
pub(crate) struct Rank {
    default_fails: bool,
    operators: usize,
    refinements: usize,
    /// Of words of one length, the one with fewer is the weaker.
    kernels: usize,
    preferred: Vec<f64>,
    /// Whether it is not the default realization of its word.
    is_variant: bool,
    costs: [Amount; 3],
    name: (String, Vec<String>),
}

/// What a word means if nothing else is said.
struct ByDefault {
    /// Whether it fails a bound, or there is none.
    fails: bool,
    realizations: Option<Vec<String>>,
}

/// Gives ranks. Many plans share a word, and what a word means by default is found once.
pub(crate) struct Ranking<'p, 'c> {
    problem: &'p Problem<'c>,
    defaults: RefCell<BTreeMap<Vec<OperatorId>, Rc<ByDefault>>>,
}

impl<'p, 'c> Ranking<'p, 'c> {
    pub fn new(problem: &'p Problem<'c>) -> Self {
        Self {
            problem,
            defaults: RefCell::default(),
        }
    }

    /// The rank by the requirement's preferences.
    pub fn of(&self, candidate: &Candidate<'c>) -> Rank {
        self.by(&self.problem.requirement.preferences, candidate)
    }

    /// The rank by other preferences.
    pub fn by(&self, preferences: &Preferences, candidate: &Candidate<'c>) -> Rank {
        let problem = self.problem;
        let value = |name: &String| value(problem, candidate, name);
        let preferred = if preferences.weights.is_empty() {
            preferences.order.iter().map(value).collect()
        } else {
            // A weight of zero means that the metric does not matter, even if its figure is unknown.
            let weighted = preferences.weights.iter().filter(|(_, weight)| **weight > 0.0);
            vec![weighted.map(|(name, weight)| weight * value(name)).sum()]
        };
        let upholds = |mechanism| problem.requirement.upholds(problem.catalog, mechanism);
        let realizations = candidate.ids();
        let default = upholds(Mechanism::DefaultRealization).then(|| self.default(candidate));
        Rank {
            default_fails: default.as_ref().is_some_and(|d| d.fails),
            is_variant: default.is_some_and(|d| d.realizations.as_ref() != Some(&realizations)),
            operators: if upholds(Mechanism::FewestOperators) {
                candidate.objectives.operators
            } else {
                0
            },
            refinements: candidate.objectives.refinements,
            kernels: candidate.objectives.kernels,
            preferred,
            costs: candidate.objectives.costs(),
            name: (problem.catalog.algebra().display(&candidate.word), realizations),
        }
    }

    fn default(&self, candidate: &Candidate<'c>) -> Rc<ByDefault> {
        if let Some(known) = self.defaults.borrow().get(&candidate.word) {
            return Rc::clone(known);
        }
        let tiling = self.problem.default_tiling(&candidate.word, &candidate.stack);
        let found = Rc::new(ByDefault {
            fails: !tiling.as_ref().is_some_and(|t| self.problem.fulfils_bounds(t)),
            realizations: tiling.map(|t| t.realizations.iter().map(|r| r.id.clone()).collect()),
        });
        self.defaults
            .borrow_mut()
            .insert(candidate.word.clone(), Rc::clone(&found));
        found
    }
}

impl Rank {
    /// What comes before preferences: all of it is decided by the word.
    fn of_word(&self) -> (bool, usize, usize, usize) {
        (self.default_fails, self.operators, self.refinements, self.kernels)
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        let pairs = self.preferred.iter().zip(&other.preferred);
        let preferred = pairs.map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne());
        self.of_word()
            .cmp(&other.of_word())
            .then(preferred.unwrap_or(Ordering::Equal))
            .then(self.is_variant.cmp(&other.is_variant))
            .then_with(|| (self.costs, &self.name).cmp(&(other.costs, &other.name)))
    }

    /// Why this one is before the other, in words.
    pub fn why_before(&self, other: &Self, problem: &Problem<'_>) -> String {
        if self.default_fails != other.default_fails {
            return "its word's default realization fulfils the bounds".to_owned();
        }
        if self.operators != other.operators {
            return format!(
                "it has fewer operators ({} instead of {})",
                self.operators, other.operators
            );
        }
        if self.refinements != other.refinements {
            return format!(
                "fewer of its operators are refined ({} instead of {})",
                self.refinements, other.refinements
            );
        }
        if self.kernels != other.kernels {
            return format!("it has fewer kernels ({} instead of {})", self.kernels, other.kernels);
        }
        let Preferences { order, weights } = &problem.requirement.preferences;
        let differing = self
            .preferred
            .iter()
            .zip(&other.preferred)
            .position(|(a, b)| a.total_cmp(b).is_ne());
        match differing {
            Some(_) if !weights.is_empty() => "its weighted figures are less".to_owned(),
            Some(place) => format!(
                "its {} is less, which is preferred",
                order.get(place).map_or("figure", |n| n)
            ),
            None if self.is_variant != other.is_variant => "it is the default realization of its word".to_owned(),
            None => {
                let costs = self.costs.iter().zip(&other.costs).zip(OBJECTIVES);
                let less = costs.filter(|((a, b), _)| a < b).map(|(_, name)| name).next();
                less.map_or_else(
                    || "nothing tells them apart but their names".to_owned(),
                    |name| format!("its {name} is less"),
                )
            }
        }
    }
}

/// The figure of a candidate that a preference is about; infinite where it is not known.
fn value(problem: &Problem<'_>, candidate: &Candidate<'_>, name: &str) -> f64 {
    let objective = OBJECTIVES.iter().position(|m| *m == name);
    if let Some(amount) = objective.and_then(|i| candidate.objectives.costs().get(i).copied()) {
        return amount.value();
    }
    let Some(metric) = problem.catalog.metric(name) else {
        return f64::INFINITY;
    };
    let reading = Reading {
        metric: name,
        scope: metric.default_scope,
        count: Count::PerInstance,
    };
    metric::amount(problem.catalog, &candidate.tiling.realizations, &reading).value()
}

/// How the first plan changes with the preferences. With weights: for each the interval, the others as they are, in which
/// the same plan is first. Otherwise: for each metric what is first if that metric is preferred to all others.
pub(crate) fn stability<'c>(ranking: &Ranking<'_, 'c>, ranked: &[Candidate<'c>]) -> Vec<Stability> {
    let problem = ranking.problem;
    let preferences = &problem.requirement.preferences;
    let Some(first) = ranked.first() else { return Vec::new() };
    let of_word = |c: &Candidate<'c>| ranking.of(c).of_word();
    let own = of_word(first);
    let rivals: Vec<_> = ranked.iter().take_while(|c| of_word(c) == own).collect();
    if rivals.len() < 2 {
        return Vec::new();
    }
    if !preferences.weights.is_empty() {
        let names = preferences.weights.keys();
        return names.map(|name| interval(problem, name, &rivals)).collect();
    }
    let mut names: Vec<&str> = preferences.order.iter().map(String::as_str).collect();
    names.extend(OBJECTIVES.iter().filter(|m| !preferences.order.iter().any(|o| o == *m)));
    let mut found = Vec::new();
    for name in names.iter().skip(1) {
        let mut order = vec![(*name).to_owned()];
        order.extend(names.iter().filter(|n| *n != name).map(|n| (*n).to_owned()));
        let preferences = Preferences {
            order,
            ..Preferences::default()
        };
        let ranks = rivals.iter().map(|c| (ranking.by(&preferences, c), *c));
        let best = ranks.min_by(|(a, _), (b, _)| a.compare(b)).map(|(_, c)| c);
        let other = best.filter(|b| !b.is_same(first));
        found.push(Stability {
            preference: (*name).to_owned(),
            from: None,
            to: None,
            instead: other.map(|c| title(problem, c)),
        });
    }
    found
}

/// A stack with its realizations: `I∘C (oci-image + runc-container)`.
pub(crate) fn title(problem: &Problem<'_>, candidate: &Candidate<'_>) -> String {
    let ids: Vec<_> = candidate.tiling.realizations.iter().map(|r| r.id.as_str()).collect();
    format!(
        "{} ({})",
        problem.catalog.algebra().display(&candidate.word),
        ids.join(" + ")
    )
}

/// The interval of one weight in which the first plan stays first. Scores are linear in the weight, so each rival with
/// known figures is ahead on one side of one point.
fn interval(problem: &Problem<'_>, name: &str, rivals: &[&Candidate<'_>]) -> Stability {
    let weights = &problem.requirement.preferences.weights;
    let others = weights
        .iter()
        .filter(|(other, weight)| *other != name && **weight > 0.0);
    let others: Vec<_> = others.collect();
    let rest = |c: &Candidate<'_>| -> f64 { others.iter().map(|(n, w)| **w * value(problem, c, n)).sum() };
    let (mut from, mut to) = (0.0_f64, f64::INFINITY);
    let (mut below, mut above) = (None, None);
    let Some((first, rivals)) = rivals.split_first() else {
        return Stability::default();
    };
    for rival in rivals {
        let slope = value(problem, rival, name) - value(problem, first, name);
        let offset = rest(rival) - rest(first);
        if !slope.is_finite() || !offset.is_finite() || slope == 0.0 {
            continue;
        }
        let point = -offset / slope;
        if slope > 0.0 && point > from {
            (from, below) = (point, Some(rival));
        } else if slope < 0.0 && point < to {
            (to, above) = (point, Some(rival));
        }
    }
    let instead: Vec<_> = [below, above]
        .into_iter()
        .flatten()
        .map(|c| title(problem, c))
        .collect();
    Stability {
        preference: name.to_owned(),
        from: Some(from),
        to: to.is_finite().then_some(to),
        instead: (!instead.is_empty()).then(|| instead.join(", or ")),
    }
}
