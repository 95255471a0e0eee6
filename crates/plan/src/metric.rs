//! Judging a bound on a metric by the best evidence of its scope.

use stackwright_catalog::Catalog;
use stackwright_catalog::figure::Figure;
use stackwright_catalog::model::{Account, Compose, EvidenceRecord, Per, Realization, Scope, SharedBy};
use stackwright_spec::requirement::{Bound, Comparator, MetricConstraint};
use stackwright_text::quantity::number;

use crate::amount::{Amount, Gauge, units};

/// How a bound fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval fulfils it.
    Holds,
    /// No value of the interval fulfils it.
    Fails,
    /// Some values do and some do not.
    Unsure,
    /// Nothing is known for at least one realization.
    Undetermined,
}

/// A metric of a stack by the best evidence, and how a bound fared.
#[derive(Clone, Debug)]
pub struct Judged<'c> {
    /// How the bound fared.
    pub verdict: Verdict,
    /// The stack's figure, in the metric's unit; of the known parts only if the verdict is undetermined.
    pub figure: Figure,
    /// Where the whole figure is known to lie.
    pub(crate) gauge: Gauge,
    /// The records it rests on.
    pub evidence: Vec<&'c EvidenceRecord>,
    /// The realizations for which nothing is known.
    pub unknown: Vec<&'c str>,
}

/// What one realization adds.
enum Part<'c> {
    Nothing,
    Known(Figure, &'c EvidenceRecord),
    Unknown,
}

/// Which figure of a stack is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub metric: &'a str,
    pub scope: Scope,
    pub count: Count,
}

/// Which records count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// What is made for each instance.
    PerInstance,
    /// What is made on a machine, for whatever: not what a cluster has once.
    OnMachine,
    /// Everything.
    All,
    /// What has that unit of account.
    Only(Account),
}

impl Count {
    fn of(constraint: &MetricConstraint) -> Self {
        match (constraint.account, constraint.per, constraint.counts_shared) {
            (Some(account), ..) => Self::Only(account),
            (None, _, true) => Self::All,
            (None, Per::Layer, false) => Self::OnMachine,
            (None, Per::Stack, false) => Self::PerInstance,
        }
    }

    fn counts(self, account: Account) -> bool {
        match self {
            Self::PerInstance => account.is_per_instance(),
            Self::OnMachine => account != Account::Cluster,
            Self::All => true,
            Self::Only(wanted) => account == wanted,
        }
    }
}

impl<'a> Reading<'a> {
    /// What plans are compared by: each instance's own, of the process alone.
    pub fn objective(metric: &'a str) -> Self {
        Self {
            metric,
            scope: Scope::Process,
            count: Count::PerInstance,
        }
    }

    /// What a constraint bounds.
    pub fn of(constraint: &'a MetricConstraint) -> Self {
        Self {
            metric: &constraint.metric,
            scope: constraint.scope,
            count: Count::of(constraint),
        }
    }

    pub fn compose(&self, catalog: &Catalog) -> Compose {
        catalog.metric(self.metric).map_or(Compose::Sum, |m| m.compose)
    }

    /// The amount that a realization adds.
    pub fn amount(&self, catalog: &Catalog, realization: &Realization) -> Amount {
        match part(catalog, realization, self) {
            Part::Nothing => Amount::default(),
            Part::Known(figure, _) => Amount::of(&figure),
            Part::Unknown => Amount::UNKNOWN,
        }
    }

    /// The figure of no realization.
    pub fn start(&self, catalog: &Catalog) -> Gauge {
        match self.compose(catalog) {
            Compose::Sum => Gauge::ZERO,
            Compose::Least => Gauge::NONE,
        }
    }

    /// What a figure becomes with one more realization.
    pub fn extend(&self, catalog: &Catalog, gauge: &Gauge, realization: &Realization) -> Gauge {
        let own = match part(catalog, realization, self) {
            Part::Nothing => return *gauge,
            Part::Known(figure, _) => Gauge::of(&figure),
            Part::Unknown => Gauge::UNKNOWN,
        };
        self.join(catalog, gauge, &own)
    }

    /// What two parts are together.
    pub fn join(&self, catalog: &Catalog, a: &Gauge, b: &Gauge) -> Gauge {
        match self.compose(catalog) {
            Compose::Sum => a.plus(b),
            Compose::Least => a.least(b),
        }
    }
}

/// Composes a metric over realizations: the figure to show, where it comes from, and what is unknown. Start and memory
/// count what is created for each instance: what is shared by a node or a cluster adds nothing to an instance.
fn compose<'c>(
    catalog: &'c Catalog,
    realizations: &[&'c Realization],
    reading: &Reading<'_>,
) -> (Figure, Vec<&'c EvidenceRecord>, Vec<&'c str>) {
    let mut parts = Vec::new();
    let mut unknown = Vec::new();
    for realization in realizations {
        match part(catalog, realization, reading) {
            Part::Nothing => {}
            Part::Known(figure, record) => parts.push((figure, record)),
            Part::Unknown => unknown.push(realization.id.as_str()),
        }
    }
    if reading.compose(catalog) == Compose::Least {
        let least = parts.into_iter().min_by_key(|(figure, _)| Amount::of(figure));
        parts = Vec::from_iter(least);
    }
    let sum = parts.iter().fold(Figure::ZERO, |sum, (figure, _)| sum.plus(figure));
    (sum, parts.into_iter().map(|(_, record)| record).collect(), unknown)
}

/// The amount by which realizations are compared on a metric.
pub(crate) fn amount(catalog: &Catalog, realizations: &[&Realization], reading: &Reading<'_>) -> Amount {
    let parts = realizations.iter().map(|r| reading.amount(catalog, r));
    match reading.compose(catalog) {
        Compose::Sum => parts.fold(Amount::default(), Amount::plus),
        Compose::Least => parts.min().unwrap_or(Amount::UNKNOWN),
    }
}

/// Whether a composed figure fulfils a bound.
pub(crate) fn passes(compose: Compose, gauge: &Gauge, bound: &Bound) -> bool {
    let known = match compose {
        Compose::Sum => gauge.unknown == 0,
        // Known parts bound the least from above; only all of them bound it from below.
        Compose::Least => gauge.low != Gauge::NONE.low && (gauge.unknown == 0 || !bound.comparator.is_lower()),
    };
    known && gauge.holds(bound)
}

/// Judges a bound; one on each layer by the layer that fares worst, of these the first, and where there is none it holds.
pub fn judge<'c>(catalog: &'c Catalog, realizations: &[&'c Realization], constraint: &MetricConstraint) -> Judged<'c> {
    if constraint.per == Per::Stack {
        return judge_whole(catalog, realizations, constraint);
    }
    let layers = realizations.iter().map(|r| judge_whole(catalog, &[*r], constraint));
    let worst = |judged: &Judged<'_>| match judged.verdict {
        Verdict::Fails => 0,
        Verdict::Unsure => 1,
        Verdict::Undetermined => 2,
        Verdict::Holds => 3,
    };
    layers.min_by_key(worst).unwrap_or_else(|| Judged {
        verdict: Verdict::Holds,
        ..judge_whole(catalog, &[], constraint)
    })
}

fn judge_whole<'c>(
    catalog: &'c Catalog,
    realizations: &[&'c Realization],
    constraint: &MetricConstraint,
) -> Judged<'c> {
    let reading = Reading::of(constraint);
    let (figure, evidence, unknown) = compose(catalog, realizations, &reading);
    let start = reading.start(catalog);
    let gauge = realizations
        .iter()
        .fold(start, |gauge, r| reading.extend(catalog, &gauge, r));
    let compose = reading.compose(catalog);
    let verdict = if passes(compose, &gauge, &constraint.bound) {
        Verdict::Holds
    } else if gauge != Gauge::NONE && gauge.fails(&constraint.bound) {
        // Parts only add, so what is known already decides against an upper bound.
        Verdict::Fails
    } else if !unknown.is_empty() || evidence.is_empty() {
        Verdict::Undetermined
    } else {
        Verdict::Unsure
    };
    Judged {
        verdict,
        figure,
        gauge,
        evidence,
        unknown,
    }
}

fn part<'c>(catalog: &'c Catalog, realization: &'c Realization, reading: &Reading<'_>) -> Part<'c> {
    let &Reading { metric, scope, count } = reading;
    let unit = catalog.metric(metric).map_or("", |m| m.unit.as_str());
    if realization.adds_nothing_to.iter().any(|m| m == metric) {
        return Part::Nothing;
    }
    // What instances share is there before each of them: it costs none of them its start or memory. What every request
    // pays, it pays anyway.
    let is_paid_once = realization.shared_by != SharedBy::Instance && catalog.metric(metric).is_some_and(|m| m.once);
    if is_paid_once && count == Count::PerInstance {
        return Part::Nothing;
    }
    // What instances share is there before each of them: it costs none of them its start or memory. What every request
    // pays, it pays anyway.
    let is_paid_once = realization.shared_by != SharedBy::Instance && catalog.metric(metric).is_some_and(|m| m.once);
    if is_paid_once && count == Count::PerInstance {
        return Part::Nothing;
    }
    let sources = realization.metrics.iter().filter(|m| m.metric == metric);
    let records: Vec<_> = sources
        .flat_map(|m| m.evidence.iter().chain(&m.reference))
        .filter_map(|id| catalog.evidence(id))
        .collect();
    let counts = |record: &&&EvidenceRecord| count.counts(record.account);
    let mut best: Option<(Fit, &EvidenceRecord)> = None;
    for record in records.iter().filter(counts) {
        let Some(fit) = Fit::of(record.scope, scope) else {
            continue;
        };
        let better = best.is_none_or(|(f, b)| (fit, record.kind) > (f, b.kind));
        if better {
            best = Some((fit, record));
        }
    }
    match best {
        Some((fit, record)) => match record.value.convert(&record.unit, unit) {
            Some(figure) => Part::Known(fit.read(&figure), record),
            None => Part::Unknown,
        },
        None if !matches!(count, Count::Only(_))
            && !records.is_empty()
            && !records.iter().any(|r| count.counts(r.account)) =>
        {
            Part::Nothing
        }
        None => Part::Unknown,
    }
}

/// How well a record's scope fits the one that is asked for, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The source does not say its scope.
    Unstated,
    /// Its scope includes the one that is asked for, so that its value is an upper bound.
    Wider,
    /// Its scope is the one that is asked for.
    Exact,
}

impl Fit {
    fn of(found: Scope, asked: Scope) -> Option<Self> {
        if found == asked {
            Some(Self::Exact)
        } else if found == Scope::Unstated {
            Some(Self::Unstated)
        } else if found > asked {
            Some(Self::Wider)
        } else {
            None
        }
    }

    fn read(self, figure: &Figure) -> Figure {
        match self {
            Self::Exact | Self::Unstated => *figure,
            Self::Wider => Figure {
                high: figure.upper().filter(|(_, strict)| !strict).map(|(v, _)| v),
                below: figure.upper().filter(|(_, strict)| *strict).map(|(v, _)| v),
                ..Figure::default()
            },
        }
    }
}

impl Judged<'_> {
    /// The figure and where it comes from: `900 ms (published: Kuasar benchmark raw data, 2023)`.
    pub fn describe(&self, unit: &str) -> String {
        let mut sources: Vec<(String, Vec<&str>)> = Vec::new();
        for record in &self.evidence {
            let source = format!("{}: {}, {}", record.kind.name(), record.source.title, record.date);
            match sources.iter_mut().find(|(known, _)| *known == source) {
                Some((_, ids)) => ids.push(&record.id),
                None => sources.push((source, vec![&record.id])),
            }
        }
        let named = sources
            .into_iter()
            .map(|(source, ids)| format!("{source} [{}]", ids.join(", ")));
        let sources: Vec<_> = named.collect();
        let space = if unit.is_empty() || unit == "%" { "" } else { " " };
        let figure = format!("{}{space}{unit}", self.figure);
        if sources.is_empty() {
            figure
        } else {
            format!("{figure} ({})", sources.join("; "))
        }
    }

    /// The bound that would have to be set instead, in the metric's unit, rounded to the side on which it holds.
    pub fn relaxed(&self, bound: &Bound, unit: &str) -> Option<String> {
        let (low, high) = (self.gauge.low, self.gauge.high);
        let known = self.unknown.is_empty() && high != Gauge::OPEN;
        let space = if unit.is_empty() || unit == "%" { "" } else { " " };
        let at_most = || known.then(|| format!("≤ {}{space}{unit}", number(rounded(high, f64::ceil))));
        let at_least = || (low > 0).then(|| format!("≥ {}{space}{unit}", number(rounded(low, f64::floor))));
        match bound.comparator {
            Comparator::Less | Comparator::AtMost => at_most(),
            Comparator::AtLeast | Comparator::Greater => at_least(),
            Comparator::Equal => Some(format!("{} and {}", at_least()?, at_most()?)),
        }
    }
}

/// A number of units with four digits, of which the last is rounded to one side.
fn rounded(billionths: u64, round: fn(f64) -> f64) -> f64 {
    let value = units(billionths);
    if value == 0.0 {
        return value;
    }
    let step = 10_f64.powf(value.log10().floor() - 3.0);
    let near = number(value).parse::<f64>().unwrap_or(value);
    if (near - value).abs() < value * 1e-12 {
        near
    } else {
        round(value / step) * step
    }
}

#[cfg(test)]
mod tests;
