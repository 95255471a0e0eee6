//! Rules: everything that a candidate is judged by, each with its words.

use stackwright_algebra::OperatorId;
use stackwright_catalog::model::{Condition, Per, Principle};
use stackwright_catalog::{Catalog, CompiledCondition};
use stackwright_spec::requirement::{GradeConstraint, IsolationConstraint, MetricConstraint, Requirement};

/// One thing that a candidate must fulfil.
#[derive(Clone, Debug)]
pub enum Rule<'c> {
    /// A bound on a metric.
    Metric(&'c MetricConstraint),
    /// A bound on a grade.
    Grade(&'c GradeConstraint),
    /// A condition on the isolation class.
    Isolation(&'c IsolationConstraint),
    /// An operator that the stack must have.
    Include(OperatorId),
    /// An operator that it must not have.
    Exclude(OperatorId),
    /// What a principle asks of the stack.
    Principle(&'c Principle, CompiledCondition),
    /// Every realization can be emitted for the target.
    Target,
    /// What each realization requires of the stack is there.
    Requirements,
    /// The innermost realization can carry the workload.
    Carries,
    /// The embedded layers are entered by one runner, so they do not mix with other runtimes.
    OneRunner,
    /// No technology of the stack breaks or drops another.
    Interactions,
    /// The platform has what the technologies need.
    Platform,
    /// No technology refuses what the workload does.
    Workload,
    /// No technology needs a connection to the outside.
    Offline(&'c Principle),
    /// The host gives what the technologies need.
    Host,
}

impl<'c> Rule<'c> {
    /// All rules for a requirement, those it states first.
    pub(crate) fn all(catalog: &'c Catalog, requirement: &'c Requirement, host: bool) -> Vec<Self> {
        let mut rules: Vec<Self> = Vec::new();
        rules.extend(requirement.metrics.iter().map(Self::Metric));
        rules.extend(requirement.grades.iter().map(Self::Grade));
        rules.extend(requirement.isolation.iter().map(Self::Isolation));
        // A macro stands for its letters.
        let included = requirement.include.iter().flat_map(|id| catalog.algebra().letters(id));
        rules.extend(included.copied().map(Self::Include));
        rules.extend(requirement.exclude.iter().copied().map(Self::Exclude));
        for principle in &catalog.data().principles {
            if !applies(principle, requirement) {
                continue;
            }
            if principle.requires != Condition::default()
                && let Ok(condition) = CompiledCondition::new(&principle.requires, catalog.algebra().vocabulary())
            {
                rules.push(Self::Principle(principle, condition));
            }
            if principle.offline {
                rules.push(Self::Offline(principle));
            }
        }
        rules.extend([
            Self::Target,
            Self::Requirements,
            Self::Carries,
            Self::OneRunner,
            Self::Interactions,
            Self::Platform,
            Self::Workload,
        ]);
        if host {
            rules.push(Self::Host);
        }
        rules
    }

    /// The rule in words.
    pub fn text(&self, catalog: &Catalog) -> String {
        match self {
            Self::Metric(metric) => {
                let scope = if metric.scope_stated {
                    ""
                } else {
                    " (the default scope)"
                };
                let per = match metric.per {
                    Per::Stack => "",
                    Per::Layer => " for each layer",
                };
                let principle = metric.principle.as_ref().map(|p| format!(" [{p}]")).unwrap_or_default();
                format!(
                    "{} {}{per} at {} scope{scope}{principle}",
                    metric.metric,
                    metric.bound,
                    metric.scope.name()
                )
            }
            Self::Grade(grade) => format!("{} grade {}", grade.grade.name(), grade.bound),
            Self::Isolation(isolation) => format!("isolation {} {}", isolation.relation.words(), isolation.class),
            Self::Include(id) => format!("the stack must have {}", catalog.algebra().symbol(*id)),
            Self::Exclude(id) => format!("the stack must not have {}", catalog.algebra().symbol(*id)),
            Self::Principle(principle, _) => {
                format!(
                    "the stack must {}: {} [{}]",
                    principle.demand, principle.because, principle.id
                )
            }
            Self::Target => "every realization can be emitted for the target".to_owned(),
            Self::Requirements => "every realization finds in the stack what it requires".to_owned(),
            Self::Carries => "the innermost realization can carry the workload".to_owned(),
            Self::OneRunner => "embedded layers do not mix with other runtimes".to_owned(),
            Self::Interactions => "no technology breaks or drops another".to_owned(),
            Self::Platform => "the platform has what the technologies need".to_owned(),
            Self::Workload => "no technology refuses what the workload does".to_owned(),
            Self::Offline(principle) => {
                format!(
                    "the stack must {}: {} [{}]",
                    principle.demand, principle.because, principle.id
                )
            }
            Self::Host => "the host gives what the technologies need".to_owned(),
        }
    }

    /// Whether the requirement states it, so that it can be relaxed.
    pub fn is_stated(&self) -> bool {
        matches!(
            self,
            Self::Metric(_) | Self::Grade(_) | Self::Isolation(_) | Self::Include(_) | Self::Exclude(_)
        )
    }
}

fn applies(principle: &Principle, requirement: &Requirement) -> bool {
    let when = &principle.applies;
    let stated = |need: &String| requirement.needs.contains(need);
    (when.targets.is_empty() || when.targets.contains(&requirement.target))
        && (when.workloads.is_empty()
            || requirement
                .workload_kind
                .is_some_and(|kind| when.workloads.contains(&kind)))
        && (when.needs.is_empty() || when.needs.iter().any(stated))
        && !when.unless.iter().any(stated)
        && !requirement.without.contains(&principle.id)
}
