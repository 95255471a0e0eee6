//! Judging candidates against rules.

use stackwright_algebra::{Effect, Facet, OperatorId, Stack};
use stackwright_catalog::grade::Grades;
use stackwright_catalog::model::{InteractionEffect, Mechanism, Realization, Scope};
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::requirement::{GradeConstraint, GradeName};

use crate::candidate::{Candidate, Objectives, Violation};
use crate::metric::{self, Verdict};
use crate::problem::Problem;
use crate::rule::Rule;

/// What a rule says of a candidate that fails it.
type Failure = (String, Option<String>);

impl<'c> Problem<'c> {
    /// Judges a stack with realizations against every rule.
    pub fn judge(&self, word: Vec<OperatorId>, stack: Stack, tiling: Tiling<'c>) -> Candidate<'c> {
        let mut violations = Vec::new();
        for (rule, subject) in self.rules.iter().enumerate() {
            for (message, relaxation) in self.failures(subject, &word, &stack, &tiling) {
                violations.push(Violation {
                    rule,
                    message,
                    relaxation,
                });
            }
        }
        let objectives = self.objectives(&word, &stack, &tiling);
        Candidate {
            word,
            stack,
            tiling,
            violations,
            objectives,
        }
    }

    /// The grades of a stack: by reference figures if its default realizations have them, else by the best evidence for
    /// the realizations at hand.
    pub fn grades(&self, word: &[OperatorId], stack: &Stack, tiling: &Tiling<'c>) -> Grades {
        if let Some(assessment) = self.catalog.assess(word).filter(|a| a.grades.latency.is_some()) {
            return assessment.grades;
        }
        let mut latency = Some(0.0);
        for name in self.catalog.rules().latency_metrics() {
            let (figure, _, unknown) = metric::compose(self.catalog, &tiling.realizations, name, Scope::Process, None);
            latency = latency.filter(|_| unknown.is_empty()).map(|sum| sum + figure.central());
        }
        self.catalog.rules().grades(stack, latency)
    }

    fn failures(&self, rule: &Rule<'c>, word: &[OperatorId], stack: &Stack, tiling: &Tiling<'c>) -> Vec<Failure> {
        let catalog = self.catalog;
        let one = |message: String| vec![(message, None)];
        match rule {
            Rule::Metric(constraint) => {
                let judged = metric::judge(catalog, &tiling.realizations, constraint);
                let unit = catalog.metric(&constraint.metric).map_or("", |m| m.unit.as_str());
                let found = judged.describe(unit);
                let wanted = rule.text(catalog);
                match judged.verdict {
                    Verdict::Holds => Vec::new(),
                    Verdict::Fails => vec![(format!("{wanted}: it is {found}"), judged.relaxed(unit))],
                    Verdict::Unsure => vec![(format!("{wanted} is not assured: it is {found}"), judged.relaxed(unit))],
                    Verdict::Undetermined => one(format!(
                        "{wanted} is undetermined: no evidence for {}",
                        judged.unknown.join(", ")
                    )),
                }
            }
            Rule::Grade(constraint) => self.grade_failure(constraint, word, stack, tiling),
            Rule::Isolation(constraint) => {
                let rank = catalog.rules().isolation(stack);
                let class = catalog.rules().isolation_classes().nth(rank).unwrap_or("none");
                if constraint.allows(rank) {
                    Vec::new()
                } else {
                    let relaxed = (rank < constraint.rank).then(|| class.to_owned());
                    vec![(format!("{}: it is {class}", rule.text(catalog)), relaxed)]
                }
            }
            Rule::Include(id) if !word.contains(id) => one(rule.text(catalog)),
            Rule::Exclude(id) if word.contains(id) => one(rule.text(catalog)),
            Rule::Include(_) | Rule::Exclude(_) => Vec::new(),
            Rule::Principle(_, condition) if condition.holds(stack) => Vec::new(),
            Rule::Principle(..) => one(rule.text(catalog)),
            Rule::Target => self.each(tiling, |r| {
                let target = self.requirement.target;
                (!r.targets.contains(&target)).then(|| format!("{} cannot be emitted for {}", r.id, target.name()))
            }),
            Rule::Requirements => {
                let packaged = self.requirement.upholds(catalog, Mechanism::Packaging);
                let packages = |id: &OperatorId| {
                    catalog.algebra().operator(*id).and_then(|o| o.effect.facet()) == Some(Facet::Packaging)
                };
                let waived = |id: OperatorId| !packaged && packages(&id);
                let mut failures = self.each(tiling, |r| {
                    let missing = |s: &&String| {
                        catalog
                            .algebra()
                            .find(s)
                            .is_none_or(|id| !word.contains(&id) && !waived(id))
                    };
                    let missing: Vec<_> = r.requires_operators.iter().filter(missing).cloned().collect();
                    (!missing.is_empty()).then(|| format!("{} requires {}", r.id, missing.join(", ")))
                });
                failures.extend(self.out_of_place(tiling, stack).into_iter().map(|m| (m, None)));
                failures
            }
            Rule::Platform => self.each(tiling, |r| self.off_platform(r)),
            Rule::Workload => self.each(tiling, |r| {
                let refused = self.refusals(r, false).into_iter().next();
                refused.or_else(|| self.carries_another(r))
            }),
            Rule::Offline(_) => self.each(tiling, |r| self.connection(r)),
            Rule::Carries => self.carries(tiling).into_iter().map(|m| (m, None)).collect(),
            Rule::OneRunner => self.mixed_runners(tiling).into_iter().map(|m| (m, None)).collect(),
            Rule::Interactions => self
                .interactions(tiling, false)
                .into_iter()
                .map(|m| (m, None))
                .collect(),
            Rule::Host => self.host_failures(tiling),
        }
    }

    fn each(&self, tiling: &Tiling<'c>, failure: impl Fn(&'c Realization) -> Option<String>) -> Vec<Failure> {
        let messages = tiling.realizations.iter().filter_map(|r| failure(r));
        messages.map(|m| (m, None)).collect()
    }

    fn grade_failure(
        &self,
        constraint: &GradeConstraint,
        word: &[OperatorId],
        stack: &Stack,
        tiling: &Tiling<'c>,
    ) -> Vec<Failure> {
        let grades = self.grades(word, stack, tiling);
        let grade = match constraint.grade {
            GradeName::Latency => grades.latency,
            GradeName::Security => Some(grades.security),
            GradeName::Observability => Some(grades.observability),
        };
        let name = constraint.grade.name();
        match grade {
            Some(grade) if constraint.bound.allows(f64::from(grade)) => Vec::new(),
            Some(grade) => vec![(
                format!("{name} grade {}: it is {grade}", constraint.bound),
                Some(grade.to_string()),
            )],
            None => vec![(
                format!("{name} grade {} is undetermined: no figure", constraint.bound),
                None,
            )],
        }
    }

    /// The innermost realization of the isolation facet starts the workload itself; those around it start a runtime.
    fn carries(&self, tiling: &Tiling<'c>) -> Option<String> {
        let kind = self.requirement.workload_kind?;
        let innermost = self.of_facets(tiling, &[Facet::Isolation]).next_back();
        match innermost {
            Some(r) if r.workloads.is_empty() || r.workloads.contains(&kind) => None,
            Some(r) => Some(format!("{} cannot carry {}", r.id, kind.title())),
            None => None,
        }
    }

    /// The image that the embedded layers start from is their own, too.
    fn mixed_runners(&self, tiling: &Tiling<'c>) -> Option<String> {
        let around = self.of_facets(tiling, &[Facet::Packaging, Facet::Isolation]);
        let (embedded, other): (Vec<_>, Vec<_>) = around.partition(|r| r.driver.is_some());
        let (embedded, other) = embedded.first().zip(other.first())?;
        Some(format!(
            "{} is entered by one runner and does not mix with {}",
            embedded.id, other.id
        ))
    }

    /// The realizations of some facets, in the order of the normal form.
    fn of_facets(
        &self,
        tiling: &Tiling<'c>,
        facets: &'static [Facet],
    ) -> impl DoubleEndedIterator<Item = &'c Realization> + use<'_, 'c> {
        let algebra = self.catalog.algebra();
        let facet = move |id: &OperatorId| algebra.operator(*id).map(|o| &o.effect).and_then(Effect::facet);
        let pairs: Vec<_> = tiling.realizations.iter().copied().zip(tiling.words.clone()).collect();
        pairs
            .into_iter()
            .filter(move |(_, word)| word.first().and_then(facet).is_some_and(|f| facets.contains(&f)))
            .map(|(realization, _)| realization)
    }

    /// What is known about the technologies together: what cannot be mended, or what can be and how.
    pub fn interactions(&self, tiling: &Tiling<'c>, mendable: bool) -> Vec<String> {
        let names: Vec<&str> = tiling
            .realizations
            .iter()
            .flat_map(|r| std::iter::once(r.id.as_str()).chain(r.technologies.iter().map(String::as_str)))
            .collect();
        let platform = self.requirement.platform.technologies(self.catalog);
        let has = |id: &str| names.contains(&id) || platform.iter().any(|t| t == id);
        let fatal = |e: InteractionEffect| matches!(e, InteractionEffect::Breaks | InteractionEffect::Drops);
        let mut found = Vec::new();
        for interaction in self.catalog.interactions() {
            if !has(&interaction.subject)
                || !has(&interaction.object)
                || interaction.effect == InteractionEffect::Requires
            {
                continue;
            }
            let mends = interaction.remedy.is_some() || !fatal(interaction.effect);
            if mends == mendable {
                let remedy = interaction
                    .remedy
                    .as_ref()
                    .map(|r| format!(" ({r})"))
                    .unwrap_or_default();
                let versions = interaction
                    .versions
                    .as_ref()
                    .map(|v| format!(" [{v}]"))
                    .unwrap_or_default();
                found.push(format!(
                    "{} and {}{versions}: {}{remedy}",
                    interaction.subject, interaction.object, interaction.note
                ));
            }
        }
        found
    }

    fn host_failures(&self, tiling: &Tiling<'c>) -> Vec<Failure> {
        let Some(host) = self.host else { return Vec::new() };
        let mut failures: Vec<Failure> = self.wrong_architecture().map(|m| (m, None)).into_iter().collect();
        for realization in &tiling.realizations {
            let technologies = realization
                .technologies
                .iter()
                .filter_map(|id| self.catalog.technology(id));
            for need in technologies.flat_map(|t| &t.needs) {
                let why = match host.capability(need) {
                    Some(capability) if capability.ok => continue,
                    Some(capability) => format!("{} needs {need}: {}", realization.id, capability.detail),
                    None => format!(
                        "{} needs {need}, and whether the host has it is unknown",
                        realization.id
                    ),
                };
                let remedy = host.capability(need).and_then(|c| c.remedy.clone());
                if failures.iter().all(|(f, _)| *f != why) {
                    failures.push((why, remedy));
                }
            }
        }
        failures
    }

    fn objectives(&self, word: &[OperatorId], stack: &Stack, tiling: &Tiling<'c>) -> Objectives {
        let figure = |name: &str| {
            let (figure, _, unknown) = metric::compose(self.catalog, &tiling.realizations, name, Scope::Process, None);
            if unknown.is_empty() {
                figure.central()
            } else {
                f64::INFINITY
            }
        };
        let algebra = self.catalog.algebra();
        let refined = |id: &&OperatorId| algebra.operator(**id).is_some_and(|o| o.refines.is_some());
        Objectives {
            cold_start: figure("cold_start"),
            memory: figure("memory"),
            request_latency: figure("request_latency"),
            insecurity: 5_u8.saturating_sub(self.catalog.rules().security(stack).0),
            refinements: word.iter().filter(refined).count(),
            operators: word.len(),
            kernels: stack.domains.len(),
        }
    }
}
