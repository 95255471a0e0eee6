//! A second opinion on finished plans: every rule again, from the catalogue's data and the word's letters alone. It shares
//! no code with the search and none with [`Problem::judge`], and tests ask both about every candidate.

use std::collections::BTreeSet;

use stackwright_algebra::OperatorId;
use stackwright_catalog::CompiledCondition;
use stackwright_catalog::model::{
    Account, Compose, EvidenceRecord, InteractionEffect, Mechanism, Per, Realization, Scope, SharedBy, VersionRange,
};
use stackwright_catalog::version::in_range;
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

/// For what something is made, to count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// For an instance.
    Own,
    /// For anything but a whole cluster.
    Machine,
    All,
    Only(Account),
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
                let composes = catalog.metric(name).map(|m| m.compose);
                let least = composes == Some(Compose::Least);
                let counted = match (metric.account, metric.per, metric.counts_shared) {
                    (Some(account), ..) => Counted::Only(account),
                    (None, _, true) => Counted::All,
                    (None, Per::Layer, false) => Counted::Machine,
                    (None, Per::Stack, false) => Counted::Own,
                };
                let figures = |parts: &[&Realization]| -> Vec<_> {
                    let each = parts.iter().map(|r| self.figure(r, name, metric.scope, counted));
                    each.flatten().collect()
                };
                if metric.per == Per::Layer {
                    let layers = self.parts.iter().map(|r| figures(&[*r]));
                    layers.into_iter().all(|layer| within(&layer, least, &metric.bound))
                } else {
                    within(&figures(self.parts), least, &metric.bound)
                }
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
                let carries =
                    |r: &&Realization| r.workloads.is_empty() || kind.is_none_or(|k| r.workloads.contains(&k));
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
                let platform = self.platform();
                let there = |n: &String| names.contains(n.as_str()) || platform.contains(n);
                let both = |a: &String, b: &String| {
                    there(a) && there(b) && (names.contains(a.as_str()) || names.contains(b.as_str()))
                };
                !catalog.interactions().iter().any(|i| {
                    matches!(i.effect, InteractionEffect::Breaks | InteractionEffect::Drops)
                        && i.remedy.is_none()
                        && both(&i.subject, &i.object)
                })
            }
            Rule::Platform => self.parts.iter().all(|r| self.fits_platform(r)),
            Rule::Workload => self.parts.iter().all(|r| self.bears_workload(r)),
            Rule::Offline(_) => {
                let mut technologies = self.parts.iter().flat_map(|r| &r.technologies);
                technologies.all(|id| catalog.technology(id).is_none_or(|t| t.connection.is_none()))
            }
            Rule::Host => {
                self.is_made_for_host()
                    && self.parts.iter().flat_map(|r| &r.technologies).all(|id| {
                        let needs = catalog.technology(id).map_or(&[][..], |t| t.needs.as_slice());
                        let has = |need: &String| self.problem.host.and_then(|h| h.has(need)) == Some(true);
                        needs.iter().all(has)
                    })
            }
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
        let platform = self.platform();
        let operators = self.parts.iter().flat_map(|r| &r.requires_operators);
        let conditions = self.parts.iter().filter_map(|r| r.when.as_ref());
        let vocabulary = catalog.algebra().vocabulary();
        let required = catalog
            .interactions()
            .iter()
            .filter(|i| i.effect == InteractionEffect::Requires);
        let shared = |r: &Realization| r.shared_by != SharedBy::Instance;
        !self.parts.iter().skip(1).any(|r| shared(r))
            && operators
                .into_iter()
                .all(|s| self.is_unpackaged(s) || catalog.algebra().find(s).is_some_and(|id| self.word.contains(&id)))
            && conditions
                .into_iter()
                .all(|c| CompiledCondition::new(c, vocabulary).is_ok_and(|c| c.holds(&candidate.stack)))
            && required.into_iter().all(|i| {
                !names.contains(i.subject.as_str()) || names.contains(i.object.as_str()) || platform.contains(&i.object)
            })
    }

    fn platform(&self) -> Vec<String> {
        self.problem.requirement.platform.technologies(self.problem.catalog)
    }

    /// Whether an operator packages and nobody asks for packages.
    fn is_unpackaged(&self, symbol: &str) -> bool {
        let catalog = self.problem.catalog;
        let governing = catalog
            .data()
            .principles
            .iter()
            .filter(|p| p.governs == Some(Mechanism::Packaging));
        let asked = governing
            .into_iter()
            .any(|p| !self.problem.requirement.without.contains(&p.id));
        let algebra = catalog.algebra();
        let operator = algebra.find(symbol).and_then(|id| algebra.operator(id));
        let facet = operator
            .and_then(|o| o.effect.facet())
            .map(stackwright_algebra::Facet::name);
        !asked && facet == Some("packaging")
    }

    fn fits_platform(&self, part: &Realization) -> bool {
        let platform = &self.problem.requirement.platform;
        let there = self.platform();
        let mut technologies = part
            .technologies
            .iter()
            .filter_map(|id| self.problem.catalog.technology(id));
        technologies.all(|t| {
            let mut stated = t.roles.iter().filter_map(|role| platform.roles.get(role));
            let takes = stated.all(|taken| taken.is_some() && there.contains(&t.id));
            let in_range = |range: &VersionRange| {
                let installed = platform.installed.get(&range.technology);
                let version = installed.and_then(|i| i.version.as_ref());
                version.is_none_or(|v| in_range(v, range) == Some(true))
            };
            takes && t.works_with.iter().all(in_range)
        })
    }

    fn bears_workload(&self, part: &Realization) -> bool {
        let requirement = self.problem.requirement;
        let technologies = part
            .technologies
            .iter()
            .filter_map(|id| self.problem.catalog.technology(id));
        let mut refusals = technologies.flat_map(|t| &t.refuses).filter(|r| r.remedy.is_none());
        let refused = refusals.any(|r| {
            r.fact.is_some_and(|f| requirement.facts.contains_key(&f))
                || r.syscalls.iter().any(|s| requirement.syscalls.contains(s))
        });
        let kind = requirement.workload_kind;
        let carried = part.workloads.is_empty() || kind.is_none_or(|k| part.workloads.contains(&k));
        !refused && (carried || part.shared_by == SharedBy::Instance)
    }

    fn is_made_for_host(&self) -> bool {
        let host = self.problem.host.map_or("", |h| h.architecture.as_str());
        let made_for = self.problem.requirement.architecture.as_deref();
        host.is_empty() || made_for.is_none_or(|a| a == host)
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

    /// What a realization adds to a metric: `None` if nothing, `Some(None)` if that is not known.
    fn figure(&self, part: &Realization, metric: &str, scope: Scope, counted: Counted) -> Option<Option<Part>> {
        let catalog = self.problem.catalog;
        let described = catalog.metric(metric);
        let prepaid = part.shared_by != SharedBy::Instance && described.is_some_and(|m| m.once);
        if part.adds_nothing_to.iter().any(|m| m == metric) || (prepaid && counted == Counted::Own) {
            return None;
        }
        let named = part.metrics.iter().filter(|m| m.metric == metric);
        let ids = named.flat_map(|m| m.evidence.iter().chain(m.reference.as_ref()));
        let records: Vec<&EvidenceRecord> = ids.filter_map(|id| catalog.evidence(id)).collect();
        let counts = |r: &EvidenceRecord| match counted {
            Counted::Own => matches!(r.account, Account::Instance | Account::Pod),
            Counted::Machine => r.account != Account::Cluster,
            Counted::All => true,
            Counted::Only(account) => r.account == account,
        };
        let counting: Vec<_> = records.iter().filter(|r| counts(r)).collect();
        if counting.is_empty() && !records.is_empty() && !matches!(counted, Counted::Only(_)) {
            return None;
        }
        let fit = |r: &EvidenceRecord| match r.scope {
            found if found == scope => Some(3),
            Scope::Unstated => Some(1),
            found if found > scope => Some(2),
            _ => None,
        };
        // Among equals the first, which `max_by_key` would not give.
        let fitting = counting.into_iter().rev().filter_map(|r| Some(((fit(r)?, r.kind), *r)));
        let best = fitting.max_by_key(|(key, _)| *key);
        Some(best.and_then(|((fit, _), record)| {
            let value = record
                .value
                .convert(&record.unit, described.map_or("", |m| m.unit.as_str()))?;
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
    }

    fn latency_grade(&self) -> Option<u8> {
        let catalog = self.problem.catalog;
        if let Some(grade) = catalog.assess(self.word).and_then(|a| a.grades.latency) {
            return Some(grade);
        }
        let metrics = catalog.rules().latency_metrics().iter();
        let of = |m: &String| {
            self.parts
                .iter()
                .filter_map(|r| self.figure(r, m, Scope::Process, Counted::Own))
                .collect::<Vec<_>>()
        };
        let parts = metrics.flat_map(of);
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
