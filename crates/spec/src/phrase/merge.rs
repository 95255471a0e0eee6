//! From a reading to a requirement, alone or together with one from a file.

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Mechanism, Per, Target, WorkloadFact, WorkloadKind};
use stackwright_text::{Diagnostic, Source, Span};

use super::meaning::{Meaning, Reading};
use crate::requirement::{
    GradeConstraint, IsolationConstraint, IsolationRelation, MetricConstraint, Requirement, WorkloadFile, bands,
};

/// A requirement that a text says, or a file and a text together.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRequirement {
    /// The requirement.
    pub requirement: Requirement,
    /// What the text says and the requirement cannot hold, so that plans are not judged by it.
    pub not_judged: Vec<Meaning>,
    /// What the text implies or prefers and the file says otherwise.
    pub overridden: Vec<Meaning>,
}

impl Reading {
    /// The requirement that the text says. Bounds and needs are added to those of a file; where both say something of
    /// the same thing that only one can say, the file's holds over what the text implies.
    ///
    /// # Errors
    ///
    /// Everything that the text states and that cannot hold together with the rest of the text or with the file; and a
    /// text alone of which nothing was understood.
    pub fn requirement(
        &self,
        text: &Source,
        catalog: &Catalog,
        file: Option<Requirement>,
    ) -> Result<TextRequirement, Vec<Diagnostic>> {
        if self.understood.is_empty() && file.is_none() {
            let help = "say what is needed, such as `cold start < 10ms, strong isolation` or `低资源，统一治理`";
            return Err(vec![
                Diagnostic::new("requirement::text", "nothing in the text was understood").with_help(help),
            ]);
        }
        let mut merger = Merger::new(catalog, text, file);
        for understood in &self.understood {
            for meaning in &understood.meanings {
                if let Err(why) = merger.add(meaning) {
                    merger.find(&understood.spans, why);
                }
            }
        }
        let said = self.meanings();
        let implied = self
            .understood
            .iter()
            .flat_map(|u| &u.implied)
            .filter(|m| said.contains(m));
        let assumed = self.assumed.iter().map(|a| &a.meaning).filter(|_| !merger.has_file);
        let assumed: Vec<_> = assumed.collect();
        for meaning in implied.chain(assumed) {
            if merger.add(meaning).is_err() && !merger.overridden.contains(meaning) {
                merger.overridden.push(meaning.clone());
            }
        }
        merger.finish()
    }
}

/// The name of a requirement that only a text says.
const NAME: &str = "text";
/// What says a fact of the workload.
const SAID: &str = "as the text says";

struct Merger<'a> {
    catalog: &'a Catalog,
    text: &'a Source,
    has_file: bool,
    has_preferences: bool,
    requirement: Requirement,
    target: Option<Target>,
    workload: Option<WorkloadKind>,
    waived: Vec<String>,
    denied: Vec<WorkloadFact>,
    not_judged: Vec<Meaning>,
    overridden: Vec<Meaning>,
    findings: Vec<Diagnostic>,
}

impl<'a> Merger<'a> {
    fn new(catalog: &'a Catalog, text: &'a Source, file: Option<Requirement>) -> Self {
        let has_preferences = file
            .as_ref()
            .is_some_and(|f| !f.preferences.order.is_empty() || !f.preferences.weights.is_empty());
        Self {
            catalog,
            text,
            has_file: file.is_some(),
            has_preferences,
            target: file.as_ref().map(|f| f.target),
            workload: file.as_ref().and_then(|f| f.workload_kind),
            requirement: file.unwrap_or_else(|| Requirement::of(NAME, WorkloadFile::default(), Target::Kubernetes)),
            waived: Vec::new(),
            denied: Vec::new(),
            not_judged: Vec::new(),
            overridden: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn find(&mut self, spans: &[Span], why: String) {
        let mut diagnostic = Diagnostic::new("requirement::contradiction", why).with_source(self.text);
        for (i, span) in spans.iter().enumerate() {
            diagnostic = diagnostic.with_label(*span, if i == 0 { "here" } else { "and here" });
        }
        self.findings.push(diagnostic);
    }

    fn finish(mut self) -> Result<TextRequirement, Vec<Diagnostic>> {
        let Requirement {
            needs,
            without,
            metrics,
            ..
        } = &mut self.requirement;
        match bands(self.catalog, needs, without) {
            Ok(found) => {
                metrics.retain(|m| m.principle.is_none());
                metrics.extend(found);
            }
            Err(diagnostic) => self.findings.push(diagnostic),
        }
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        if let Some(target) = self.target {
            self.requirement.target = target;
        }
        if let Some(kind) = self.workload {
            self.requirement.workload_kind = Some(kind);
        }
        Ok(TextRequirement {
            requirement: self.requirement,
            not_judged: self.not_judged,
            overridden: self.overridden,
        })
    }

    /// Adds what is said, or says why it cannot hold with what was added before.
    fn add(&mut self, meaning: &Meaning) -> Result<(), String> {
        match meaning {
            Meaning::Target(target) => {
                let before = *self.target.get_or_insert(*target);
                same(before == *target, meaning, || format!("target {}", before.name()))
            }
            Meaning::Workload(kind) => {
                let before = *self.workload.get_or_insert(*kind);
                same(before == *kind, meaning, || format!("workload {}", before.name()))
            }
            Meaning::Metric {
                metric,
                bound,
                scope,
                account,
            } => {
                let Some(definition) = self.catalog.metric(metric) else {
                    return Ok(());
                };
                let constraint = MetricConstraint {
                    metric: metric.clone(),
                    bound: bound.clone(),
                    scope: scope.unwrap_or(definition.default_scope),
                    scope_stated: scope.is_some(),
                    account: *account,
                    per: Per::default(),
                    counts_shared: !self.requirement.upholds(self.catalog, Mechanism::PerInstance),
                    principle: None,
                };
                let list = &mut self.requirement.metrics;
                let other = list
                    .iter()
                    .find(|c| c.is_about(&constraint) && c.bound.contradicts(&constraint.bound));
                same(other.is_none(), meaning, || {
                    other.map(|o| format!("{} {}", o.metric, o.bound)).unwrap_or_default()
                })?;
                push(list, constraint);
                Ok(())
            }
            Meaning::Grade { grade, bound } => {
                let list = &mut self.requirement.grades;
                let other = list.iter().find(|c| c.grade == *grade && c.bound.contradicts(bound));
                same(other.is_none(), meaning, || {
                    other
                        .map(|o| format!("{} grade {}", o.grade.name(), o.bound))
                        .unwrap_or_default()
                })?;
                push(
                    list,
                    GradeConstraint {
                        grade: *grade,
                        bound: bound.clone(),
                    },
                );
                Ok(())
            }
            Meaning::Isolation { relation, class } => self.isolation(*relation, class, meaning),
            Meaning::Operator(symbol) => self.operator(symbol, true, meaning),
            Meaning::NoOperator(symbol) => self.operator(symbol, false, meaning),
            Meaning::Need(name) => {
                same(!self.waived.contains(name), meaning, || format!("no need {name}"))?;
                push(&mut self.requirement.needs, name.clone());
                Ok(())
            }
            Meaning::NoNeed(name) => {
                let needed = self.requirement.needs.contains(name);
                same(!needed, meaning, || format!("need {name}"))?;
                push(&mut self.waived, name.clone());
                Ok(())
            }
            Meaning::Prefer(_) if self.has_preferences => {
                push(&mut self.overridden, meaning.clone());
                Ok(())
            }
            Meaning::Prefer(metric) => {
                push(&mut self.requirement.preferences.order, metric.clone());
                Ok(())
            }
            Meaning::Fact(name) => {
                let Some(fact) = WorkloadFact::ALL.into_iter().find(|f| f.name() == name) else {
                    return Ok(());
                };
                same(!self.denied.contains(&fact), meaning, || format!("no fact {name}"))?;
                self.requirement.facts.entry(fact).or_insert_with(|| SAID.to_owned());
                Ok(())
            }
            Meaning::NoFact(name) => {
                let Some(fact) = WorkloadFact::ALL.into_iter().find(|f| f.name() == name) else {
                    return Ok(());
                };
                same(!self.requirement.facts.contains_key(&fact), meaning, || {
                    format!("fact {name}")
                })?;
                push(&mut self.denied, fact);
                Ok(())
            }
            Meaning::Compliance(id) => {
                let asks = self.catalog.regime(id).into_iter().flat_map(|r| &r.asks);
                for need in asks.map(|ask| &ask.need) {
                    same(!self.waived.contains(need), meaning, || format!("no need {need}"))?;
                    push(&mut self.requirement.needs, need.clone());
                }
                push(&mut self.requirement.regimes, id.clone());
                Ok(())
            }
            Meaning::Technology(_) | Meaning::NoTechnology(_) => {
                push(&mut self.not_judged, meaning.clone());
                Ok(())
            }
        }
    }

    fn isolation(&mut self, relation: IsolationRelation, class: &str, meaning: &Meaning) -> Result<(), String> {
        let classes: Vec<_> = self.catalog.rules().isolation_classes().collect();
        let Some(rank) = classes.iter().position(|c| *c == class) else {
            return Ok(());
        };
        let constraint = IsolationConstraint {
            relation,
            class: class.to_owned(),
            rank,
        };
        let list = &mut self.requirement.isolation;
        let allowed = |rank: usize| constraint.allows(rank) && list.iter().all(|c| c.allows(rank));
        same((0..classes.len()).any(allowed), meaning, || {
            let all: Vec<_> = list
                .iter()
                .map(|c| format!("isolation {} {}", c.relation.words(), c.class))
                .collect();
            all.join(" and ")
        })?;
        push(list, constraint);
        Ok(())
    }

    fn operator(&mut self, symbol: &str, wanted: bool, meaning: &Meaning) -> Result<(), String> {
        let Some(id) = self.catalog.algebra().find(symbol) else {
            return Ok(());
        };
        let Requirement { include, exclude, .. } = &mut self.requirement;
        let (own, other) = if wanted { (include, exclude) } else { (exclude, include) };
        same(!other.contains(&id), meaning, || {
            let no = if wanted { "no " } else { "" };
            format!("{no}operator {symbol}")
        })?;
        push(own, id);
        Ok(())
    }
}

/// Says that two things cannot both hold unless they can.
fn same(holds: bool, meaning: &Meaning, other: impl FnOnce() -> String) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("`{meaning}` cannot hold together with `{}`", other()))
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
