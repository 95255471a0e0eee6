//! What a found stack lacks of a requirement. Unknown is not a pass.

use std::collections::BTreeSet;

use stackwright_algebra::{Effect, Facet, OperatorId, Stack};
use stackwright_catalog::{Catalog, CompiledCondition};
use stackwright_inspect::{ClassReport, Place, Reach, Unknown, WorkloadReport, matches};
use stackwright_spec::requirement::{GradeName, IsolationConstraint, IsolationRelation, Requirement};

use serde::Serialize;

use super::judge::Accepted;

/// What a workload lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The worst verdict of all that is not let pass.
    pub verdict: Verdict,
    /// What does not hold, or is not known to.
    pub shortfalls: Vec<Shortfall>,
    /// Changes that would close it.
    pub edits: Vec<Edit>,
    /// Changes to try if those do not.
    #[serde(skip)]
    pub instead: Vec<Edit>,
}

/// What judging takes for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Whether what was taken for granted counts as known.
    pub assume: bool,
    /// How far runtime classes count.
    pub reach: Reach,
    /// The runtime classes that documents define.
    pub classes: Vec<ClassReport>,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    #[default]
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
    /// The namespaces whose rule wants it, if it is not wanted everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it is let pass, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// A change of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The field, below the pod's specification, or below its metadata if it starts so.
    pub path: String,
    /// Its new value.
    pub value: String,
    /// What it does.
    pub why: String,
    /// Where the mapping is that the keys start from.
    #[serde(skip)]
    pub base: Option<Place>,
    /// The keys.
    #[serde(skip)]
    pub keys: Vec<String>,
}

struct Judge<'a> {
    catalog: &'a Catalog,
    workload: &'a WorkloadReport,
    stack: Stack,
    operators: Vec<OperatorId>,
    ground: &'a Ground,
    gap: Gap,
}

/// Judges a workload.
pub fn gap(catalog: &Catalog, requirement: &Requirement, workload: &WorkloadReport, ground: &Ground) -> Gap {
    let algebra = catalog.algebra();
    let operators: Vec<OperatorId> = workload.operators.iter().filter_map(|s| algebra.find(s)).collect();
    let mut judge = Judge {
        catalog,
        workload,
        stack: algebra.run(&operators).unwrap_or_default(),
        operators,
        ground,
        gap: Gap::default(),
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
        self.gap.shortfalls.push(Shortfall {
            verdict,
            wanted,
            found,
            rule: None,
            accepted: None,
        });
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
            self.unknown(about, true).filter(|_| !self.ground.assume).cloned()
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
        let Ok(rules) = self.catalog.inspection() else {
            return false;
        };
        let symbol = self.catalog.algebra().symbol(id);
        let given = rules.handlers.iter().any(|h| h.operators.iter().any(|o| o == symbol));
        self.isolates(id) && given && !rules.filters.iter().any(|f| f.operator == symbol)
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
            let edit = self.class_edit(&|_, reached| reached >= constraint.rank);
            self.edit(edit);
        }
    }

    /// The runtime class whose stack is the weakest that suffices: one that documents define, or else one by its shortest
    /// well-known name.
    fn class_edit(&self, suffices: &dyn Fn(&[OperatorId], usize) -> bool) -> Option<Edit> {
        let algebra = self.catalog.algebra();
        let rules = &self.catalog.inspection().ok()?.handlers;
        let near = self.ground.classes.iter().filter(|c| self.is_near(&c.file));
        let near: Vec<&ClassReport> = near.collect();
        let mut best: Option<(bool, usize, usize, &str)> = None;
        for handler in rules.iter().filter(|h| h.unsettled.is_none()) {
            let word: Vec<OperatorId> = handler.operators.iter().filter_map(|o| algebra.find(o)).collect();
            let Ok(stack) = algebra.run(&word) else { continue };
            let reached = self.catalog.rules().isolation(&stack);
            if !suffices(&word, reached) {
                continue;
            }
            let runs = |class: &&&ClassReport| {
                let first = rules
                    .iter()
                    .find(|r| r.names.iter().any(|n| matches(n, &class.handler)));
                first.is_some_and(|r| std::ptr::eq(r, handler))
            };
            let defined = near.iter().filter(runs).map(|c| (false, c.name.as_str()));
            let taken = |name: &str| near.iter().any(|c| c.name == name);
            let names = handler.names.iter().map(String::as_str);
            let known = names.filter(|n| !n.is_empty() && !n.contains('*') && !taken(n));
            for (undefined, name) in defined.chain(known.map(|n| (true, n))) {
                let candidate = (undefined, reached, name.len(), name);
                if best.is_none_or(|b| candidate < b) {
                    best = Some(candidate);
                }
            }
        }
        let (undefined, reached, _, name) = best?;
        let class = self.catalog.rules().isolation_classes().nth(reached)?;
        let why = if undefined {
            format!("a runtime class of that name gives {class} isolation, if the cluster has it")
        } else {
            format!("the runtime class of that name gives {class} isolation")
        };
        Some(Edit {
            path: "runtimeClassName".to_owned(),
            value: name.to_owned(),
            why,
            base: self.workload.spec,
            keys: vec!["runtimeClassName".to_owned()],
        })
    }

    /// Whether an object in a file counts for the workload.
    fn is_near(&self, file: &str) -> bool {
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        match self.ground.reach {
            Reach::File => file == self.workload.file,
            Reach::Folder => folder(file) == folder(&self.workload.file),
            Reach::All => true,
        }
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
        if assured {
            return;
        }
        if declared {
            self.mend(&symbol);
        } else if self.is_base(id) {
            let edit = self.class_edit(&|word, _| word.contains(&id));
            self.edit(edit);
        } else {
            self.filter_edits(&symbol);
        }
    }

    /// The annotation with which what keeps an operator from being in effect does not happen.
    fn mend(&mut self, symbol: &str) {
        let Ok(data) = self.catalog.inspection() else { return };
        let technologies = data
            .filters
            .iter()
            .filter(|f| f.operator == symbol)
            .map(|f| f.technology.as_str());
        let injected = data.injections.iter().filter(|i| i.operator == symbol);
        let technologies: Vec<&str> = technologies
            .chain(injected.filter_map(|i| i.technology.as_deref()))
            .collect();
        let about = |id: &&String| {
            let known = self.catalog.interactions().iter().find(|i| i.id == **id);
            known.is_some_and(|i| technologies.contains(&i.object.as_str()))
        };
        let hindered: Vec<&String> = self.workload.hindered_by.iter().filter(about).collect();
        let rule = data
            .mended
            .iter()
            .find(|m| hindered.iter().any(|id| m.interactions.contains(id)));
        let edit = rule.and_then(|rule| {
            Some(Edit {
                path: format!("metadata.annotations[{}]", rule.annotation),
                value: rule.values.first()?.clone(),
                why: rule.unsettled.as_ref().map_or_else(
                    || "the layer is then in effect".to_owned(),
                    |u| format!("it is then not known {u}"),
                ),
                base: self.workload.metadata,
                keys: vec!["annotations".to_owned(), rule.annotation.clone()],
            })
        });
        self.edit(edit);
    }

    /// The field that asks for a filter: of the pod, or of each container that has none.
    fn filter_edits(&mut self, symbol: &str) {
        let filters = self
            .catalog
            .inspection()
            .map(|d| d.filters.as_slice())
            .unwrap_or_default();
        let Some(rule) = filters.iter().find(|f| f.operator == symbol && f.unsettled.is_none()) else {
            return;
        };
        let Some(value) = rule.confined.first() else { return };
        let keys = vec!["securityContext".to_owned(), rule.field.clone(), rule.key.clone()];
        let pod = Edit {
            path: keys.join("."),
            value: value.clone(),
            why: format!(
                "{} then confines every container that does not say otherwise",
                rule.title
            ),
            base: self.workload.spec,
            keys: keys.clone(),
        };
        let lacking = self
            .workload
            .containers
            .iter()
            .filter(|c| c.declared.iter().all(|o| o != symbol));
        let own: Vec<Edit> = lacking
            .map(|container| Edit {
                path: format!(
                    "{} of the container `{}`",
                    keys.join("."),
                    container.name.as_deref().unwrap_or("(no name)")
                ),
                value: value.clone(),
                why: format!("{} then confines it", rule.title),
                base: Some(container.place),
                keys: keys.clone(),
            })
            .collect();
        // Where some are confined and some are not, the pod's field may be set already.
        let (edits, instead) = if own.len() < self.workload.containers.len() {
            (own, vec![pod])
        } else {
            (vec![pod], own)
        };
        for edit in edits {
            self.edit(Some(edit));
        }
        self.gap.instead.extend(instead);
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
