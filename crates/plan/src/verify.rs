//! A second opinion on finished plans: every rule again, from the catalogue's data and the word's letters alone. It shares
//! no code with the search and none with [`Problem::judge`], and tests ask both about every candidate.

use std::collections::BTreeSet;

use stackwright_algebra::OperatorId;
use stackwright_catalog::CompiledCondition;
use stackwright_catalog::model::{Account, Compose, EvidenceRecord, InteractionEffect, Realization, Scope};
use stackwright_spec::requirement::{Bound, Comparator, GradeName};

use crate::candidate::Candidate;
use crate::problem::Problem;
use crate::rule::Rule;

/// Everything that is wrong with a plan; nothing if it is one.
pub fn verify(problem: &Problem<'_>, candidate: &Candidate<'_>) -> Vec<String> {
    let check = Check {
        problem,
        parts: &candidate.tiling.realizations,
        words: &candidate.tiling.words,
        word: &candidate.word,
    };
    let mut wrong = check.structure(candidate);
    let failing = problem.rules.iter().filter(|rule| !check.holds(rule, candidate));
    wrong.extend(failing.map(|rule| rule.text(problem.catalog)));
    wrong
}

/// Billionths, wide enough for every sum.
type Whole = i128;

/// What one realization adds: the least value, the greatest and whether it is not reached, and the one to compare by.
type Part = (Whole, Option<(Whole, bool)>, Option<Whole>);

fn whole(value: f64) -> Whole {
    // Catalogues and requirements hold finite numbers from 0; what is too large for the planner is too large here.
    #[allow(clippy::cast_possible_truncation)]
    let number = (value * 1e9).round() as Whole;
    number.min(Whole::from(u64::MAX))
}

struct Check<'a, 'c> {
    problem: &'a Problem<'c>,
    parts: &'a [&'c Realization],
    words: &'a [Vec<OperatorId>],
    word: &'a [OperatorId],
}

impl Check<'_, '_> {
    /// The words of the realizations make up the normal form of the stack.
    fn structure(&self, candidate: &Candidate<'_>) -> Vec<String> {
        let catalog = self.problem.catalog;
        let mut wrong = Vec::new();
        if self.words.concat() != self.word {
            wrong.push("the realizations do not cover the word".to_owned());
        }
        if catalog
            .automaton()
            .normalize(catalog.algebra(), self.word)
            .ok()
            .as_deref()
            != Some(self.word)
        {
            wrong.push("the word is not a normal form".to_owned());
        }
        if catalog.stack(self.word).as_ref() != Some(&candidate.stack) {
            wrong.push("the word leads to another stack".to_owned());
        }
        for (part, word) in self.parts.iter().zip(self.words) {
            let display = catalog.algebra().display(word);
            if !part.words.contains(&display) {
                wrong.push(format!("{} does not implement {display}", part.id));
            }
        }
        wrong
    }

    fn holds(&self, rule: &Rule<'_>, candidate: &Candidate<'_>) -> bool {
        let catalog = self.problem.catalog;
        match rule {
            Rule::Metric(metric) => {
                let name = metric.metric.as_str();
                let parts: Vec<_> = self.figures(name, metric.scope, metric.account).collect();
                let composes = catalog.metric(name).map(|m| m.compose);
                within(&parts, composes == Some(Compose::Least), &metric.bound)
            }
            Rule::Grade(grade) => {
                let found = match grade.grade {
                    GradeName::Latency => self.latency_grade(),
                    GradeName::Security => Some(catalog.rules().security(&candidate.stack).0),
                    GradeName::Observability => Some(catalog.rules().observability(&candidate.stack).0),
                };
                found.is_some_and(|g| grade.bound.allows(f64::from(g)))
            }
            Rule::Isolation(isolation) => isolation.allows(catalog.rules().isolation(&candidate.stack)),
            Rule::Include(id) => self.word.contains(id),
            Rule::Exclude(id) => !self.word.contains(id),
            Rule::Principle(_, condition) => condition.holds(&candidate.stack),
            Rule::Target => self
                .parts
                .iter()
                .all(|r| r.targets.contains(&self.problem.requirement.target)),
            Rule::Requirements => self.requirements(candidate),
            Rule::Carries => {
                let kind = self.problem.requirement.workload_kind;
                let carries = |r: &&Realization| r.workloads.is_empty() || r.workloads.contains(&kind);
                self.around()
                    .filter(|(f, _)| *f == "isolation")
                    .last()
                    .is_none_or(|(_, r)| carries(&r))
            }
            Rule::OneRunner => {
                let embedded: BTreeSet<_> = self.around().map(|(_, r)| r.driver.is_some()).collect();
                embedded.len() < 2
            }
            Rule::Interactions => {
                let names = self.names();
                let both = |a: &String, b: &String| names.contains(a.as_str()) && names.contains(b.as_str());
                !catalog.interactions().iter().any(|i| {
                    matches!(i.effect, InteractionEffect::Breaks | InteractionEffect::Drops)
                        && i.remedy.is_none()
                        && both(&i.subject, &i.object)
                })
            }
            Rule::Host => self.parts.iter().flat_map(|r| &r.technologies).all(|id| {
                let needs = catalog.technology(id).map_or(&[][..], |t| t.needs.as_slice());
                let has = |need: &String| self.problem.host.and_then(|h| h.has(need)) == Some(true);
                needs.iter().all(has)
            }),
        }
    }

    fn names(&self) -> BTreeSet<&str> {
        let technologies = self.parts.iter().flat_map(|r| &r.technologies);
        self.parts
            .iter()
            .map(|r| &r.id)
            .chain(technologies)
            .map(String::as_str)
            .collect()
    }

    fn requirements(&self, candidate: &Candidate<'_>) -> bool {
        let catalog = self.problem.catalog;
        let names = self.names();
        let operators = self.parts.iter().flat_map(|r| &r.requires_operators);
        let conditions = self.parts.iter().filter_map(|r| r.when.as_ref());
        let vocabulary = catalog.algebra().vocabulary();
        let required = catalog
            .interactions()
            .iter()
            .filter(|i| i.effect == InteractionEffect::Requires);
        operators
            .into_iter()
            .all(|s| catalog.algebra().find(s).is_some_and(|id| self.word.contains(&id)))
            && conditions
                .into_iter()
                .all(|c| CompiledCondition::new(c, vocabulary).is_ok_and(|c| c.holds(&candidate.stack)))
            && required
                .into_iter()
                .all(|i| !names.contains(i.subject.as_str()) || names.contains(i.object.as_str()))
    }

    /// The realizations of packaging and isolation, with the facet of each.
    fn around(&self) -> impl Iterator<Item = (&'static str, &Realization)> {
        let algebra = self.problem.catalog.algebra();
        let facet = |word: &Vec<OperatorId>| {
            let first = algebra.operator(*word.first()?)?;
            first.effect.facet().map(stackwright_algebra::Facet::name)
        };
        let facets: Vec<_> = self.words.iter().map(facet).collect();
        let parts = facets.into_iter().zip(self.parts.iter().copied());
        parts.filter_map(|(f, r)| f.filter(|f| ["packaging", "isolation"].contains(f)).map(|f| (f, r)))
    }

    /// The figure of each realization that adds to a metric; `None` where there is none.
    fn figures(&self, metric: &str, scope: Scope, account: Option<Account>) -> impl Iterator<Item = Option<Part>> {
        let adding = self
            .parts
            .iter()
            .filter(move |r| !r.adds_nothing_to.iter().any(|m| m == metric));
        let unit = self.problem.catalog.metric(metric).map_or("", |m| m.unit.as_str());
        adding.filter_map(move |part| {
            let named = part.metrics.iter().filter(|m| m.metric == metric);
            let ids = named.flat_map(|m| m.evidence.iter().chain(m.reference.as_ref()));
            let records: Vec<&EvidenceRecord> = ids.filter_map(|id| self.problem.catalog.evidence(id)).collect();
            let own = |a: Account| matches!(a, Account::Instance | Account::Pod);
            if account.is_none() && !records.is_empty() && records.iter().all(|r| !own(r.account)) {
                return None;
            }
            let counted = records
                .iter()
                .filter(|r| account.map_or(own(r.account), |a| a == r.account));
            let fit = |r: &EvidenceRecord| match r.scope {
                found if found == scope => Some(3),
                Scope::Unstated => Some(1),
                found if found > scope => Some(2),
                _ => None,
            };
            // Among equals the first, which `max_by_key` would not give.
            let fitting = counted.rev().filter_map(|r| Some(((fit(r)?, r.kind), *r)));
            let best = fitting.max_by_key(|(key, _)| *key);
            Some(best.and_then(|((fit, _), record)| {
                let value = record.value.convert(&record.unit, unit)?;
                let upper = value
                    .below
                    .map(|b| (b, true))
                    .or(value.high.or(value.typical).map(|h| (h, false)));
                let lower = if fit == 2 { None } else { value.low.or(value.typical) };
                let typical = if fit == 2 { None } else { value.typical };
                Some((
                    whole(lower.unwrap_or(0.0)),
                    upper.map(|(v, strict)| (whole(v), strict)),
                    typical.or(upper.map(|(v, _)| v)).map(whole),
                ))
            }))
        })
    }

    fn latency_grade(&self) -> Option<u8> {
        let catalog = self.problem.catalog;
        if let Some(grade) = catalog.assess(self.word).and_then(|a| a.grades.latency) {
            return Some(grade);
        }
        let metrics = catalog.rules().latency_metrics().iter();
        let parts = metrics.flat_map(|m| self.figures(m, Scope::Process, None));
        let sum: Option<Whole> = parts.map(|part| part.and_then(|(.., typical)| typical)).sum();
        // Grades are given for milliseconds, and sums are far below what f64 counts exactly.
        #[allow(clippy::cast_precision_loss)]
        sum.map(|sum| catalog.rules().latency(sum as f64 / 1e9))
    }
}

/// Whether the sum, or the least, of some figures is certain to fulfil a bound.
fn within(parts: &[Option<Part>], least: bool, bound: &Bound) -> bool {
    let value = whole(bound.value);
    let lows = || parts.iter().map(|p| p.map_or(0, |(low, ..)| low));
    let highs = || parts.iter().filter_map(|p| p.and_then(|(_, high, _)| high));
    let (low, high) = if least {
        let asks_lower = matches!(
            bound.comparator,
            Comparator::Equal | Comparator::AtLeast | Comparator::Greater
        );
        if parts.is_empty() || (asks_lower && parts.iter().any(Option::is_none)) {
            return false;
        }
        // Of equal upper ends a strict one is the lower.
        (
            lows().min().unwrap_or(0),
            highs().min_by_key(|(v, strict)| (*v, !strict)),
        )
    } else {
        if parts.iter().any(Option::is_none) {
            return false;
        }
        let all = highs().count() == parts.len();
        let sum = highs().fold((0, false), |(a, s), (b, t)| (a + b, s || t));
        (lows().sum(), all.then_some(sum))
    };
    let upper = high.is_some_and(|(v, _)| v <= value);
    match bound.comparator {
        Comparator::Less => high.is_some_and(|(v, strict)| v < value || (strict && v == value)),
        Comparator::AtMost => upper,
        Comparator::Equal => upper && low >= value,
        Comparator::AtLeast => low >= value,
        Comparator::Greater => low > value,
    }
}
