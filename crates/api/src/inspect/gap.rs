//! What a found stack lacks of a requirement. Unknown is not a pass.

use std::collections::BTreeSet;

use stackwright_algebra::{Effect, Facet, OperatorId, Stack};
use stackwright_catalog::{Catalog, CompiledCondition};
use stackwright_inspect::{Unknown, WorkloadReport};
use stackwright_spec::requirement::{GradeName, IsolationConstraint, IsolationRelation, Requirement};

use serde::Serialize;

/// What a workload lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The worst verdict of all.
    pub verdict: Verdict,
    /// What does not hold, or is not known to.
    pub shortfalls: Vec<Shortfall>,
    /// Changes that would close it.
    pub edits: Vec<Edit>,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It is not known whether it does.
    Unknown,
    /// It does not.
    Fails,
}

/// A constraint that does not hold, or is not known to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortfall {
    /// Whether it is known not to hold.
    pub verdict: Verdict,
    /// What was asked for.
    pub wanted: String,
    /// What was found instead, or what is not known.
    pub found: String,
}

/// A change of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The field, below the pod's specification.
    pub path: String,
    /// Its new value.
    pub value: String,
    /// What it does.
    pub why: String,
}

struct Judge<'a> {
    catalog: &'a Catalog,
    workload: &'a WorkloadReport,
    stack: Stack,
    operators: Vec<OperatorId>,
    /// Whether what is taken for granted counts as known.
    assume: bool,
    gap: Gap,
}

/// Judges a workload. With `assume`, what was taken for granted counts as known.
pub fn gap(catalog: &Catalog, requirement: &Requirement, workload: &WorkloadReport, assume: bool) -> Gap {
    let algebra = catalog.algebra();
    let operators: Vec<OperatorId> = workload.operators.iter().filter_map(|s| algebra.find(s)).collect();
    let mut judge = Judge {
        catalog,
        workload,
        stack: algebra.run(&operators).unwrap_or_default(),
        operators,
        assume,
        gap: Gap {
            verdict: Verdict::Holds,
            shortfalls: Vec::new(),
            edits: Vec::new(),
        },
    };
    for constraint in &requirement.isolation {
        judge.isolation(constraint);
    }
    for id in &requirement.include {
        judge.include(*id);
    }
    for id in &requirement.exclude {
        judge.exclude(*id);
    }
    judge.grades(requirement);
    judge.principles(requirement);
    for metric in &requirement.metrics {
        let found = "documents carry no figures; `measure` finds them".to_owned();
        judge.add(Verdict::Unknown, format!("{} {}", metric.metric, metric.bound), found);
    }
    judge.gap
}

impl Judge<'_> {
    fn add(&mut self, verdict: Verdict, wanted: String, found: String) {
        self.gap.verdict = self.gap.verdict.max(verdict);
        self.gap.shortfalls.push(Shortfall { verdict, wanted, found });
    }

    fn edit(&mut self, edit: Option<Edit>) {
        if let Some(edit) = edit.filter(|e| !self.gap.edits.contains(e)) {
            self.gap.edits.push(edit);
        }
    }

    /// What is unknown about operators: about all of isolation, if none is named.
    fn unknown(&self, about: &dyn Fn(OperatorId) -> bool, assumed: bool) -> Option<&Unknown> {
        let algebra = self.catalog.algebra();
        self.workload.unknown.iter().find(|u| {
            let named = u.operators.iter().filter_map(|s| algebra.find(s)).any(about);
            u.assumed == assumed && (u.operators.is_empty() || named)
        })
    }

    /// Adds what follows from whether something holds of what is known, and from what is not known about it.
    fn conclude(&mut self, holds: bool, wanted: String, found: String, about: &dyn Fn(OperatorId) -> bool) -> bool {
        let open = if holds {
            self.unknown(about, true).filter(|_| !self.assume).cloned()
        } else {
            self.unknown(about, false).cloned()
        };
        match open {
            Some(open) => {
                let found = format!("{found}; not known: {} (settle: {})", open.what, open.settle);
                self.add(Verdict::Unknown, wanted, found);
            }
            None if holds => return true,
            None => self.add(Verdict::Fails, wanted, found),
        }
        holds
    }

    fn isolates(&self, id: OperatorId) -> bool {
        let effect = self.catalog.algebra().operator(id).map(|o| &o.effect);
        effect.and_then(Effect::facet) == Some(Facet::Isolation)
    }

    /// Whether the operator opens a kernel or is innermost: what a runtime gives and no field of a pod does.
    fn is_base(&self, id: OperatorId) -> bool {
        let handlers = self
            .catalog
            .inspection()
            .map(|d| d.handlers.as_slice())
            .unwrap_or_default();
        let symbol = self.catalog.algebra().symbol(id);
        self.isolates(id) && handlers.iter().any(|h| h.operators.iter().any(|o| o == symbol))
    }

    fn isolation(&mut self, constraint: &IsolationConstraint) {
        let rank = self.catalog.rules().isolation(&self.stack);
        let class = self
            .catalog
            .rules()
            .isolation_classes()
            .nth(rank)
            .unwrap_or("none")
            .to_owned();
        let wanted = format!("isolation {} {}", constraint.relation.words(), constraint.class);
        let bases: BTreeSet<OperatorId> = self.catalog.algebra().ids().filter(|id| self.is_base(*id)).collect();
        let holds = constraint.allows(rank);
        let assured = self.conclude(holds, wanted, format!("it is {class}"), &|id| bases.contains(&id));
        if !assured && constraint.relation != IsolationRelation::Not && rank < constraint.rank {
            let edit = self.class_edit(constraint.rank);
            self.edit(edit);
        }
    }

    /// The runtime class whose stack is the weakest that suffices, by its shortest well-known name.
    fn class_edit(&self, rank: usize) -> Option<Edit> {
        let algebra = self.catalog.algebra();
        let handlers = self
            .catalog
            .inspection()
            .ok()?
            .handlers
            .iter()
            .filter(|h| h.unsettled.is_none());
        let mut best: Option<(usize, usize, &str)> = None;
        for handler in handlers {
            let word: Vec<OperatorId> = handler.operators.iter().filter_map(|o| algebra.find(o)).collect();
            let Ok(stack) = algebra.run(&word) else { continue };
            let reached = self.catalog.rules().isolation(&stack);
            let names = handler.names.iter().filter(|n| !n.is_empty() && !n.contains('*'));
            for name in names.filter(|_| reached >= rank) {
                let candidate = (reached, name.len(), name.as_str());
                if best.is_none_or(|b| candidate < b) {
                    best = Some(candidate);
                }
            }
        }
        let (reached, _, name) = best?;
        let class = self.catalog.rules().isolation_classes().nth(reached)?;
        Some(Edit {
            path: "runtimeClassName".to_owned(),
            value: name.to_owned(),
            why: format!("a runtime class of that name gives {class} isolation, if the cluster has it"),
        })
    }

    fn include(&mut self, id: OperatorId) {
        let symbol = self.catalog.algebra().symbol(id).to_owned();
        // A refinement gives what the plain operator does.
        let mut more = self.stack.clone();
        let holds =
            self.operators.contains(&id) || (self.catalog.algebra().step(&mut more, id).is_ok() && more == self.stack);
        let declared = self.workload.declared.contains(&symbol);
        let found = if holds {
            format!("it is {}", self.workload.display)
        } else if declared {
            format!("it is declared, but not in effect: it is {}", self.workload.display)
        } else {
            format!("it is {}", self.workload.display)
        };
        let assured = self.conclude(holds, format!("the stack must have {symbol}"), found, &|o| o == id);
        if !assured && !declared {
            let edit = self.filter_edit(&symbol);
            self.edit(edit);
        }
    }

    /// The field that asks for a filter.
    fn filter_edit(&self, symbol: &str) -> Option<Edit> {
        let filters = &self.catalog.inspection().ok()?.filters;
        let rule = filters.iter().find(|f| f.operator == symbol && f.unsettled.is_none())?;
        Some(Edit {
            path: format!("securityContext.{}.{}", rule.field, rule.key),
            value: rule.confined.first()?.clone(),
            why: format!(
                "{} then confines every container that does not say otherwise",
                rule.title
            ),
        })
    }

    fn exclude(&mut self, id: OperatorId) {
        let symbol = self.catalog.algebra().symbol(id).to_owned();
        let holds = !self.operators.contains(&id);
        let found = format!("it is {}", self.workload.display);
        let wanted = format!("the stack must not have {symbol}");
        if !holds {
            return self.add(Verdict::Fails, wanted, found);
        }
        // What could be there and is not known to be is not excluded.
        if let Some(open) = self.unknown(&|o| o == id, false).cloned() {
            self.add(
                Verdict::Unknown,
                wanted,
                format!("not known: {} (settle: {})", open.what, open.settle),
            );
        }
    }

    fn grades(&mut self, requirement: &Requirement) {
        for constraint in &requirement.grades {
            let grades = self.workload.grades.as_ref();
            let grade = grades.and_then(|g| match constraint.grade {
                GradeName::Latency => g.latency,
                GradeName::Security => Some(g.security),
                GradeName::Observability => Some(g.observability),
            });
            let wanted = format!("{} grade {}", constraint.grade.name(), constraint.bound);
            match grade {
                Some(grade) => {
                    let holds = constraint.bound.allows(f64::from(grade));
                    self.conclude(holds, wanted, format!("it is {grade}"), &|_| true);
                }
                None => self.add(Verdict::Unknown, wanted, "no figure is known".to_owned()),
            }
        }
    }

    /// What principles ask because of a stated need.
    fn principles(&mut self, requirement: &Requirement) {
        for principle in &self.catalog.data().principles {
            let stated = |need: &String| requirement.needs.contains(need);
            let when = &principle.applies;
            if !when.needs.iter().any(stated)
                || when.unless.iter().any(stated)
                || requirement.without.contains(&principle.id)
            {
                continue;
            }
            let Ok(condition) = CompiledCondition::new(&principle.requires, self.catalog.algebra().vocabulary()) else {
                continue;
            };
            let holds = condition.holds(&self.stack);
            let wanted = format!(
                "the stack must {}: {} [{}]",
                principle.demand, principle.because, principle.id
            );
            let found = format!("it is {}", self.workload.display);
            self.conclude(holds, wanted, found, &|_| true);
        }
    }
}
