//! Judging candidates against rules.

use stackwright_algebra::{Effect, Facet, OperatorId, Stack};
use stackwright_catalog::grade::Grades;
use stackwright_catalog::model::{Interaction, InteractionEffect, Realization};
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::requirement::{GradeConstraint, GradeName};

use crate::amount::{Amount, Gauge};
use crate::candidate::{Candidate, Objectives, Violation};
use crate::metric::{self, Reading, Verdict};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::tile::OBJECTIVES;

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
        let metrics = self.catalog.rules().latency_metrics().iter();
        let latency = metrics.fold(Amount::default(), |sum, name| {
            sum.plus(metric::amount(
                self.catalog,
                &tiling.realizations,
                &Reading::objective(name),
            ))
        });
        self.graded(word, stack, latency)
    }

    fn graded(&self, word: &[OperatorId], stack: &Stack, latency: Amount) -> Grades {
        match self.catalog.assess(word).filter(|a| a.grades.latency.is_some()) {
            Some(assessment) => assessment.grades,
            None => {
                let known = (latency.unknown == 0).then(|| latency.value());
                self.catalog.rules().grades(stack, known)
            }
        }
    }

    /// Whether a word fulfils a bound on the latency grade, if its realizations' best evidence adds up to the gauge.
    pub(crate) fn latency_passes(&self, rule: usize, word: &[OperatorId], gauge: &Gauge) -> bool {
        let Some((Rule::Grade(grade), stack)) = self.rules.get(rule).zip(self.catalog.stack(word)) else {
            return false;
        };
        let latency = Amount {
            unknown: gauge.unknown,
            known: gauge.low,
        };
        let found = self.graded(word, &stack, latency).latency;
        found.is_some_and(|g| grade.bound.allows(f64::from(g)))
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
                    Verdict::Fails => vec![(
                        format!("{wanted}: it is {found}"),
                        judged.relaxed(&constraint.bound, unit),
                    )],
                    Verdict::Unsure => vec![(
                        format!("{wanted} is not assured: it is {found}"),
                        judged.relaxed(&constraint.bound, unit),
                    )],
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
            Rule::Requirements => self.lacking(word, stack, tiling),
            Rule::Target | Rule::Platform | Rule::Workload | Rule::Offline(_) => {
                let unfit = tiling.realizations.iter().filter_map(|r| self.unfit(rule, r));
                unfit.map(|m| (m, None)).collect()
            }
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

    /// What realizations and technologies require and do not find: operators, technologies, a certain stack or place.
    fn lacking(&self, word: &[OperatorId], stack: &Stack, tiling: &Tiling<'c>) -> Vec<Failure> {
        let algebra = self.catalog.algebra();
        let names = names(tiling);
        let platform = self.requirement.platform.technologies(self.catalog);
        let mut messages = Vec::new();
        for realization in &tiling.realizations {
            let missing = |s: &&str| algebra.find(s).is_none_or(|id| !word.contains(&id));
            let missing: Vec<_> = self.required_operators(realization).filter(missing).collect();
            if !missing.is_empty() {
                messages.push(format!("{} requires {}", realization.id, missing.join(", ")));
            }
        }
        messages.extend(self.out_of_place(tiling, stack));
        for interaction in self.catalog.interactions() {
            let Interaction { subject, object, .. } = interaction;
            let has = |name: &String| names.contains(&name.as_str());
            let lacks = has(subject) && !has(object) && !platform.contains(object);
            if interaction.effect == InteractionEffect::Requires && lacks {
                messages.push(format!("{subject} requires {object}: {}", interaction.note));
            }
        }
        messages.into_iter().map(|m| (m, None)).collect()
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

    /// What is known about the technologies together: what cannot be mended, or what can be, and how, and is not already
    /// by one of the realizations.
    pub fn interactions(&self, tiling: &Tiling<'c>, mendable: bool) -> Vec<String> {
        let names = names(tiling);
        let platform = self.requirement.platform.technologies(self.catalog);
        let own = |id: &String| names.contains(&id.as_str());
        let has = |id: &String| own(id) || platform.contains(id);
        let mut found = Vec::new();
        for interaction in self.catalog.interactions() {
            let ends = [&interaction.subject, &interaction.object];
            // What the platform has anyway is no fault of the stack.
            let both = ends.into_iter().all(has) && ends.into_iter().any(own);
            let matters = interaction.effect != InteractionEffect::Requires && !interaction.remedied_by.iter().any(has);
            if both && matters && interaction.is_fatal() != mendable {
                let remedy = interaction.remedy.as_ref().map(|r| format!(" ({r})"));
                let versions = interaction.versions.as_ref().map(|v| format!(" [{v}]"));
                found.push(format!(
                    "{} and {}{}: {}{}",
                    interaction.subject,
                    interaction.object,
                    versions.unwrap_or_default(),
                    interaction.note,
                    remedy.unwrap_or_default()
                ));
            }
        }
        found
    }

    /// What the host does not give.
    pub(crate) fn host_failures(&self, tiling: &Tiling<'c>) -> Vec<Failure> {
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

    /// What a stack with realizations is compared by.
    pub fn objectives(&self, word: &[OperatorId], stack: &Stack, tiling: &Tiling<'c>) -> Objectives {
        let amounts =
            OBJECTIVES.map(|name| metric::amount(self.catalog, &tiling.realizations, &Reading::objective(name)));
        let [cold_start, memory, request_latency] = amounts;
        let algebra = self.catalog.algebra();
        let refined = |id: &&OperatorId| algebra.operator(**id).is_some_and(|o| o.refines.is_some());
        Objectives {
            cold_start,
            memory,
            request_latency,
            insecurity: 5_u8.saturating_sub(self.catalog.rules().security(stack).0),
            refinements: word.iter().filter(refined).count(),
            operators: word.len(),
            kernels: stack.domains.len(),
        }
    }
}

/// Realizations and technologies of a tiling.
fn names<'c>(tiling: &Tiling<'c>) -> Vec<&'c str> {
    let names = |r: &&'c Realization| std::iter::once(&r.id).chain(&r.technologies).map(String::as_str);
    tiling.realizations.iter().flat_map(names).collect()
}
