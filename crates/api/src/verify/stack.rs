//! Whether the stack that is found refines the one that was planned, declared and in effect.

use stackwright_algebra::{OperatorId, Stack};
use stackwright_inspect::{Report, Unknown, WorkloadReport};
use stackwright_spec::bundle::LockedFact;

use super::{Found, Severity, Verifier};

impl Verifier<'_> {
    /// Judges every workload, and gives what each has.
    pub(super) fn stacks(&mut self, report: &Report) -> Vec<Found> {
        let cluster = self.lock.as_ref().and_then(|l| l.cluster.as_ref());
        let facts: Vec<LockedFact> = cluster.map(|c| c.facts.clone()).unwrap_or_default();
        let planned: Option<Vec<String>> = self.lock.as_ref().map(|l| l.normal_form.clone());
        let apart: Vec<String> = report.policies.iter().flat_map(|p| p.declared.clone()).collect();
        let unshown: Vec<String> = facts
            .iter()
            .filter(|f| f.unshown)
            .flat_map(|f| f.operators.clone())
            .collect();
        if planned.is_some() && report.workloads.is_empty() {
            self.add(Severity::Error, "the bundle", "holds no workload");
        }
        let mut found = Vec::new();
        for workload in &report.workloads {
            let name = workload.name.as_deref().unwrap_or("?");
            let place = format!("{}:{} {}/{name}", workload.file, workload.line, workload.kind);
            let word = |own: &[String]| {
                let symbols = unshown.iter().chain(own).chain(&apart);
                self.normal(symbols.filter_map(|s| self.catalog.algebra().find(s)).collect())
            };
            let effective = word(&workload.operators);
            let declared = word(&workload.declared);
            found.push(Found {
                r#where: place.clone(),
                operators: self.symbols(&effective),
                display: self.catalog.algebra().display(&effective),
            });
            match &planned {
                Some(planned) => self.judge(&place, workload, planned, &facts, (&declared, &effective)),
                None => self.report(&place, workload),
            }
        }
        found
    }

    fn judge(
        &mut self,
        place: &str,
        workload: &WorkloadReport,
        planned: &[String],
        facts: &[LockedFact],
        (declared, effective): (&[OperatorId], &[OperatorId]),
    ) {
        let algebra = self.catalog.algebra();
        let wanted: Vec<OperatorId> = planned.iter().filter_map(|s| algebra.find(s)).collect();
        let display = |word: &[OperatorId]| algebra.display(word);
        let stack = |word: &[OperatorId]| self.catalog.stack(word);
        let refines = |word: &[OperatorId]| {
            let (Some(own), Some(other)): (Option<Stack>, Option<Stack>) = (stack(word), stack(&wanted)) else {
                return false;
            };
            own.refines(&other)
        };
        let mut faults = Vec::new();
        if !refines(declared) {
            faults.push(format!(
                "declares {}, and {} was planned",
                display(declared),
                display(&wanted)
            ));
        } else if !refines(effective) {
            faults.push(format!(
                "has {} in effect, and {} was planned",
                display(effective),
                display(&wanted)
            ));
        }
        for fault in faults {
            self.add(Severity::Error, place, fault);
        }
        for unknown in &workload.unknown {
            let about = unknown.operators.is_empty() || unknown.operators.iter().any(|o| self.is_planned(planned, o));
            let text = said(unknown);
            if unknown.assumed && stands(unknown, facts) {
                self.add(
                    Severity::Info,
                    place,
                    format!("rests on what the plan says of nodes and the cluster: {}", unknown.what),
                );
            } else if about && self.matters(unknown, effective, &wanted) {
                self.add(Severity::Error, place, format!("not known: {text}"));
            } else {
                self.add(Severity::Info, place, format!("not known, and not planned: {text}"));
            }
        }
    }

    /// Whether an operator, or one that refines it, was planned.
    fn is_planned(&self, planned: &[String], symbol: &str) -> bool {
        planned.iter().any(|p| p == symbol)
    }

    /// What is unknown about operators matters unless what is known suffices without it.
    fn matters(&self, unknown: &Unknown, effective: &[OperatorId], wanted: &[OperatorId]) -> bool {
        if unknown.assumed || unknown.operators.is_empty() {
            return true;
        }
        match (self.catalog.stack(effective), self.catalog.stack(wanted)) {
            (Some(own), Some(other)) => !own.refines(&other),
            _ => true,
        }
    }

    /// In a folder without a lock, what is unknown is told.
    fn report(&mut self, place: &str, workload: &WorkloadReport) {
        for unknown in &workload.unknown {
            let severity = if unknown.assumed {
                Severity::Info
            } else {
                Severity::Warning
            };
            self.add(severity, place, format!("not known: {}", said(unknown)));
        }
        if workload.declared != workload.operators {
            let what = format!(
                "declares {}, and has {} in effect",
                workload.declared.join("∘"),
                workload.display
            );
            self.add(Severity::Warning, place, what);
        }
    }

    fn normal(&self, word: Vec<OperatorId>) -> Vec<OperatorId> {
        let algebra = self.catalog.algebra();
        let mended = algebra.mend(&word);
        self.catalog.automaton().normalize(algebra, &mended).unwrap_or(mended)
    }

    fn symbols(&self, word: &[OperatorId]) -> Vec<String> {
        word.iter()
            .map(|id| self.catalog.algebra().symbol(*id).to_owned())
            .collect()
    }
}

fn said(unknown: &Unknown) -> String {
    format!("{} (settle: {})", unknown.what, unknown.settle)
}

/// Whether the plan declared what is assumed: one of its facts is about all the operators.
fn stands(unknown: &Unknown, facts: &[LockedFact]) -> bool {
    !unknown.operators.is_empty()
        && facts
            .iter()
            .any(|f| unknown.operators.iter().all(|o| f.operators.contains(o)))
}
