//! Grades and figures of a stack.

use std::collections::BTreeMap;
use std::fmt;

use stackwright_algebra::{OperatorId, Stack, Vocabulary};

use crate::condition::Compiled;
use crate::figure::Figure;
use crate::model::{Account, EvidenceKind, EvidenceRecord, GradeRules, Realization, Scope};
use crate::{Catalog, tiling::Tiling};

/// The three grades of a stack, 1 to 5, 5 best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grades {
    /// Latency; `None` where no realization or no figure is known.
    pub latency: Option<u8>,
    /// Security.
    pub security: u8,
    /// Observability.
    pub observability: u8,
    solid_from: u8,
}

impl fmt::Display for Grades {
    /// `5▼-3▲-5▼`, a latency that is not known as `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |grade: u8| if grade >= self.solid_from { '▼' } else { '▲' };
        match self.latency {
            Some(grade) => write!(f, "{grade}{}", mark(grade))?,
            None => f.write_str("?")?,
        }
        let (s, o) = (self.security, self.observability);
        write!(f, "-{s}{}-{o}{}", mark(s), mark(o))
    }
}

/// Grade rules with their names resolved.
#[derive(Clone, Debug, Default)]
pub struct CompiledRules {
    solid_from: u8,
    base: u8,
    security: Vec<(u8, Compiled, String)>,
    observability_base: i16,
    observability: Vec<(i16, Compiled, String)>,
    classes: Vec<(String, Compiled)>,
    sum: Vec<String>,
    bands: Vec<(f64, u8)>,
    otherwise: u8,
}

impl CompiledRules {
    pub(crate) fn new(rules: Option<&GradeRules>, vocabulary: &Vocabulary) -> Result<Self, String> {
        let Some(rules) = rules else {
            return Ok(Self::default());
        };
        let mut security = Vec::new();
        for case in &rules.security.greatest {
            security.push((case.grade, Compiled::new(&case.when, vocabulary)?, case.because.clone()));
        }
        let mut observability = Vec::new();
        for case in &rules.observability.adjust {
            observability.push((
                i16::from(case.by),
                Compiled::new(&case.when, vocabulary)?,
                case.because.clone(),
            ));
        }
        let mut classes = Vec::new();
        for class in &rules.isolation {
            classes.push((class.name.clone(), Compiled::new(&class.when, vocabulary)?));
        }
        Ok(Self {
            classes,
            solid_from: rules.solid_from,
            base: rules.security.base,
            security,
            observability_base: i16::from(rules.observability.base),
            observability,
            sum: rules.latency.sum.clone(),
            bands: rules.latency.bands.iter().map(|b| (b.at_most_ms, b.grade)).collect(),
            otherwise: rules.latency.otherwise,
        })
    }

    /// The names of the isolation classes, weakest first.
    pub fn isolation_classes(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().map(|(name, _)| name.as_str())
    }

    /// The place of a stack's isolation class among all, 0 for the weakest.
    pub fn isolation(&self, stack: &Stack) -> usize {
        self.classes
            .iter()
            .rposition(|(_, when)| when.holds(stack))
            .unwrap_or(0)
    }

    /// The security grade and the reasons that give it: all conditions of that grade that hold.
    pub fn security(&self, stack: &Stack) -> (u8, Vec<&str>) {
        let holding = || self.security.iter().filter(|(_, when, _)| when.holds(stack));
        let grade = holding().map(|(grade, ..)| *grade).fold(self.base, u8::max);
        let reasons = holding()
            .filter(|(g, ..)| *g == grade)
            .map(|(.., why)| why.as_str())
            .collect();
        (grade, reasons)
    }

    /// The observability grade and what was added to or taken from the base.
    pub fn observability(&self, stack: &Stack) -> (u8, Vec<(i16, &str)>) {
        let holding = self.observability.iter().filter(|(_, when, _)| when.holds(stack));
        let reasons: Vec<_> = holding.map(|(by, _, why)| (*by, why.as_str())).collect();
        let sum = self.observability_base + reasons.iter().map(|(by, _)| by).sum::<i16>();
        (u8::try_from(sum.clamp(1, 5)).unwrap_or(1), reasons)
    }

    /// The names of the metrics whose sum gives the latency grade.
    pub fn latency_metrics(&self) -> &[String] {
        &self.sum
    }

    /// The grade of a latency in milliseconds.
    pub fn latency(&self, milliseconds: f64) -> u8 {
        let band = self.bands.iter().find(|(at_most, _)| milliseconds <= *at_most);
        band.map_or(self.otherwise, |(_, grade)| *grade)
    }

    /// Puts the three together.
    pub fn grades(&self, stack: &Stack, latency: Option<f64>) -> Grades {
        Grades {
            latency: latency.map(|ms| self.latency(ms)),
            security: self.security(stack).0,
            observability: self.observability(stack).0,
            solid_from: self.solid_from,
        }
    }
}

/// A figure of a whole stack, composed of records of its realizations.
#[derive(Clone, Debug, PartialEq)]
pub struct StackFigure<'c> {
    /// The metric.
    pub metric: &'c str,
    /// The unit of the metric.
    pub unit: &'c str,
    /// Between which points the records were taken.
    pub scope: Scope,
    /// What one unit of it is counted for.
    pub account: Account,
    /// The sum of the records.
    pub figure: Figure,
    /// The records.
    pub evidence: Vec<&'c EvidenceRecord>,
    /// The realizations of the stack for which nothing is known at this scope. If there are any, the figure is a part.
    pub missing: Vec<&'c str>,
}

impl StackFigure<'_> {
    /// Whether every realization of the stack is accounted for.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The weakest kind of evidence that it rests on.
    pub fn kind(&self) -> Option<EvidenceKind> {
        self.evidence.iter().map(|e| e.kind).min()
    }
}

/// A stack with its grades and figures.
#[derive(Clone, Debug)]
pub struct Assessment<'c> {
    /// The normal form.
    pub word: Vec<OperatorId>,
    /// The grades, by reference figures.
    pub grades: Grades,
    /// What gives the latency grade, in milliseconds: the sum of the reference figures.
    pub latency: Option<Figure>,
    /// The realizations that figures are taken from: the default ones, if they cover the stack.
    pub tiling: Option<Tiling<'c>>,
    /// Reference figures.
    pub reference: Vec<StackFigure<'c>>,
    /// What better evidence says.
    pub better: Vec<StackFigure<'c>>,
}

impl Catalog {
    /// Grades a stack, given by its normal form, with its default realizations.
    pub fn assess(&self, word: &[OperatorId]) -> Option<Assessment<'_>> {
        let stack = self.stack(word)?;
        let tiling = self.tiles().default_tiling(self, word, &stack);
        Some(self.assess_tiling(word, &stack, tiling))
    }

    /// Grades a stack with given realizations.
    pub fn assess_tiling<'c>(
        &'c self,
        word: &[OperatorId],
        stack: &Stack,
        tiling: Option<Tiling<'c>>,
    ) -> Assessment<'c> {
        let (reference, better) = match &tiling {
            Some(tiling) => (
                self.figures(&tiling.realizations, Basis::Reference),
                self.figures(&tiling.realizations, Basis::Better),
            ),
            None => (Vec::new(), Vec::new()),
        };
        let latency = tiling.as_ref().and_then(|t| self.reference_latency(&t.realizations));
        Assessment {
            word: word.to_vec(),
            grades: self.rules().grades(stack, latency.map(|f| f.central())),
            latency,
            tiling,
            reference,
            better,
        }
    }

    /// The sum of the reference figures that latency is made of. A realization that has a reference for one of the
    /// metrics is taken to add nothing to the others: the reference figures name one cost for each realization. One that
    /// has none must add nothing to any of them by definition, else the sum is not known.
    fn reference_latency(&self, realizations: &[&Realization]) -> Option<Figure> {
        let metrics = self.rules().latency_metrics();
        realizations.iter().try_fold(Figure::ZERO, |sum, realization| {
            let mut own = Figure::ZERO;
            let mut known = metrics.iter().all(|m| realization.adds_nothing_to.contains(m));
            for metric in metrics {
                if let Some(record) = self.records(realization, metric, Basis::Reference).next() {
                    own = own.plus(&record.value.convert(&record.unit, "ms")?);
                    known = true;
                }
            }
            known.then(|| sum.plus(&own))
        })
    }

    /// Composes the figures of realizations: one for each metric, scope and unit of account that any of them has.
    pub fn figures<'c>(&'c self, realizations: &[&'c Realization], basis: Basis) -> Vec<StackFigure<'c>> {
        let mut figures = Vec::new();
        for metric in &self.data().metrics {
            let mut groups: BTreeMap<(Scope, Account), Vec<&EvidenceRecord>> = BTreeMap::new();
            for realization in realizations {
                let mut own: BTreeMap<(Scope, Account), &EvidenceRecord> = BTreeMap::new();
                for record in self.records(realization, &metric.name, basis) {
                    let best = own.entry((record.scope, record.account)).or_insert(record);
                    if record.kind > best.kind {
                        *best = record;
                    }
                }
                for (key, record) in own {
                    groups.entry(key).or_default().push(record);
                }
            }
            let nothing = realizations.iter().all(|r| r.adds_nothing_to.contains(&metric.name));
            if groups.is_empty() && nothing && !realizations.is_empty() {
                groups.insert((metric.default_scope, Account::Instance), Vec::new());
            }
            for ((scope, account), evidence) in groups {
                let missing = self.missing(realizations, &metric.name, &evidence, basis);
                let mut figure = Figure::ZERO;
                for record in &evidence {
                    let Some(value) = record.value.convert(&record.unit, &metric.unit) else {
                        continue;
                    };
                    figure = figure.plus(&value);
                }
                figures.push(StackFigure {
                    metric: &metric.name,
                    unit: &metric.unit,
                    scope,
                    account,
                    figure,
                    evidence,
                    missing,
                });
            }
        }
        figures
    }

    fn records<'c>(
        &'c self,
        realization: &'c Realization,
        metric: &str,
        basis: Basis,
    ) -> impl Iterator<Item = &'c EvidenceRecord> {
        let sources = realization.metrics.iter().filter(move |m| m.metric == metric);
        let ids = sources.flat_map(move |source| {
            let reference = source.reference.iter().filter(move |_| basis != Basis::Better);
            let evidence = source.evidence.iter().filter(move |_| basis != Basis::Reference);
            reference.chain(evidence)
        });
        ids.filter_map(|id| self.evidence(id))
    }

    /// The realizations that neither have one of the records nor add nothing by definition.
    fn missing<'c>(
        &'c self,
        realizations: &[&'c Realization],
        metric: &str,
        evidence: &[&EvidenceRecord],
        basis: Basis,
    ) -> Vec<&'c str> {
        let has = |r: &&&'c Realization| {
            r.adds_nothing_to.iter().any(|m| m == metric)
                || self
                    .records(r, metric, basis)
                    .any(|mine| evidence.iter().any(|e| e.id == mine.id))
        };
        realizations.iter().filter(|r| !has(r)).map(|r| r.id.as_str()).collect()
    }
}

/// Which records count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Those that give reference grades.
    Reference,
    /// Those that are better than the reference.
    Better,
    /// All.
    All,
}
