//! Requirements: what a workload needs of its isolation stack, with numbers.

mod bands;
mod bound;
mod check;
mod egress;
mod file;
mod fleet;
mod platform;
mod profile;

use std::collections::BTreeMap;

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Account, Mechanism, Per, Scope, Target, WorkloadFact, WorkloadKind};
use stackwright_text::yaml::parse_bytes;
use stackwright_text::{Diagnostic, decode};

pub(crate) use bands::bands;
pub use bound::{Bound, Comparator};
use check::Checker;
pub use file::{
    ApiVersion, BoundFile, Bounds, ConstraintsFile, EgressFile, FilterOwner, IsolationFile, Names, Needs, PlatformFile,
    Preferences, RequirementFile, RequirementKind, WorkloadFile,
};
pub use fleet::{FleetFile, FleetKind, FleetRequirement, NamespaceRule, RulesFile, Suppression, SuppressionFile};
pub use platform::{Installed, Platform};

use crate::workload::{Port, Workload};

/// A checked requirement.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Its name, which the bundle takes over.
    pub name: String,
    /// What is to be isolated.
    pub workload: WorkloadFile,
    /// What sort of thing that is; `None` where nothing says so, and then anything is planned for.
    pub workload_kind: Option<WorkloadKind>,
    /// What the workload does or asks for, with what says so: a place in a file.
    pub facts: BTreeMap<WorkloadFact, String>,
    /// Out-of-the-ordinary system calls that it makes.
    pub syscalls: Vec<String>,
    /// Ports on which it listens.
    pub ports: Vec<Port>,
    /// Where it connects to, if that is all; else it may connect to anything.
    pub egress: Option<Vec<Destination>>,
    /// Machine architecture it is made for, in the OCI spelling, where that is known.
    pub architecture: Option<String>,
    /// What the plan is emitted for.
    pub target: Target,
    /// What is there to run it on.
    pub platform: Platform,
    /// Bounds on metrics.
    pub metrics: Vec<MetricConstraint>,
    /// Bounds on grades.
    pub grades: Vec<GradeConstraint>,
    /// Conditions on the isolation class.
    pub isolation: Vec<IsolationConstraint>,
    /// Operators that the stack must have.
    pub include: Vec<OperatorId>,
    /// Operators that it must not have.
    pub exclude: Vec<OperatorId>,
    /// Needs, stated or asked for by a regime.
    pub needs: Vec<String>,
    /// Compliance regimes.
    pub regimes: Vec<String>,
    /// Principles that are turned off.
    pub without: Vec<String>,
    /// What matters beyond the constraints.
    pub preferences: Preferences,
}

/// Somewhere that a workload connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Addresses; else it is in the cluster.
    pub cidr: Option<String>,
    /// Addresses of those that are left out.
    pub except: Vec<String>,
    /// The namespace; the workload's own if there is none.
    pub namespace: Option<String>,
    /// Labels of the pods; all if there are none.
    pub pods: BTreeMap<String, String>,
    /// The ports; all if there are none.
    pub ports: Vec<Port>,
}

/// A bound on a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricConstraint {
    /// The metric.
    pub metric: String,
    /// The bound, in the metric's unit.
    pub bound: Bound,
    /// The scope at which it is judged.
    pub scope: Scope,
    /// Whether the requirement named the scope; else it is the metric's default.
    pub scope_stated: bool,
    /// The unit of account, if the requirement named one; else every instance's own.
    pub account: Option<Account>,
    /// What it is a bound on.
    pub per: Per,
    /// Whether everything is counted, whatever it is made for, rather than what is made for each instance.
    pub counts_shared: bool,
    /// The principle that it comes from, if the requirement does not state it itself.
    pub principle: Option<String>,
}

impl MetricConstraint {
    /// Whether two bounds are on the same figure.
    pub fn is_about(&self, other: &Self) -> bool {
        let key = |c: &Self| (c.metric.clone(), c.scope, c.account, c.per, c.counts_shared);
        key(self) == key(other)
    }
}

/// A grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GradeName {
    /// Latency.
    Latency,
    /// Security.
    Security,
    /// Observability.
    Observability,
}

impl GradeName {
    /// Every grade.
    pub const ALL: [Self; 3] = [Self::Latency, Self::Security, Self::Observability];

    /// The name in requirements and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Security => "security",
            Self::Observability => "observability",
        }
    }
}

/// A bound on a grade.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeConstraint {
    /// The grade.
    pub grade: GradeName,
    /// The bound.
    pub bound: Bound,
}

/// A condition on the isolation class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsolationConstraint {
    /// How the stack's class must stand to it.
    pub relation: IsolationRelation,
    /// The class's name.
    pub class: String,
    /// The class's place among all, 0 for the weakest.
    pub rank: usize,
}

/// How a stack's isolation class must stand to a given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationRelation {
    /// It or a stronger one.
    AtLeast,
    /// Just it.
    Exactly,
    /// Another one.
    Not,
}

impl IsolationRelation {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::Exactly => "exactly",
            Self::Not => "not",
        }
    }
}

impl Requirement {
    /// A requirement that asks for nothing of a workload's stack, which is chosen otherwise.
    pub fn of(name: &str, workload: WorkloadFile, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            workload_kind: workload.kind,
            workload,
            facts: BTreeMap::new(),
            syscalls: Vec::new(),
            ports: Vec::new(),
            egress: None,
            architecture: None,
            target,
            platform: Platform::default(),
            metrics: Vec::new(),
            grades: Vec::new(),
            isolation: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            needs: Vec::new(),
            regimes: Vec::new(),
            without: Vec::new(),
            preferences: Preferences::default(),
        }
    }

    /// Reads a requirement file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with places.
    pub fn read(name: &str, bytes: &[u8], catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let (source, node) = parse_bytes(name, bytes).map_err(|d| vec![d])?;
        let file: RequirementFile = decode::decode(&source, &node).map_err(|d| vec![d])?;
        let mut checker = Checker::new(catalog, &source, &node);
        let requirement = checker.requirement(file);
        checker.finish(requirement)
    }

    /// Takes over what was read from the workload itself.
    ///
    /// # Errors
    ///
    /// The workload is of another kind than the requirement says.
    pub fn learn(&mut self, workload: &Workload) -> Result<(), Diagnostic> {
        match (self.workload_kind, workload.kind) {
            (Some(stated), Some(found)) if stated != found => {
                let message = format!("the workload is {}, not {}", found.title(), stated.title());
                return Err(Diagnostic::new("requirement::workload", message)
                    .with_help("change `kind` under `workload`, or leave it out"));
            }
            (stated, found) => self.workload_kind = stated.or(found),
        }
        for (fact, place) in &workload.facts {
            self.facts.entry(*fact).or_insert_with(|| place.clone());
        }
        for port in &workload.ports {
            if !self.ports.contains(port) {
                self.ports.push(port.clone());
            }
        }
        if self.architecture.is_none() {
            self.architecture.clone_from(&workload.architecture);
        }
        Ok(())
    }

    /// Whether a part of the planner is on: the principle that governs it is not turned off.
    pub fn upholds(&self, catalog: &Catalog, mechanism: Mechanism) -> bool {
        upholds(catalog, &self.without, mechanism)
    }
}

fn upholds(catalog: &Catalog, without: &[String], mechanism: Mechanism) -> bool {
    let mut principles = catalog.data().principles.iter();
    principles.any(|p| p.governs == Some(mechanism) && !without.contains(&p.id))
}

impl IsolationConstraint {
    /// Whether a class of that place among all is allowed.
    pub fn allows(&self, rank: usize) -> bool {
        match self.relation {
            IsolationRelation::AtLeast => rank >= self.rank,
            IsolationRelation::Exactly => rank == self.rank,
            IsolationRelation::Not => rank != self.rank,
        }
    }
}

#[cfg(test)]
mod tests;
