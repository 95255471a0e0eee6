//! Judging a bound on a metric by the best evidence of its scope.

use stackwright_catalog::Catalog;
use stackwright_catalog::figure::Figure;
use stackwright_catalog::model::{Account, EvidenceRecord, Per, Realization, Scope, SharedBy};
use stackwright_spec::requirement::{Bound, MetricConstraint};
use stackwright_text::quantity::number;

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

/// Composes a metric over realizations. Start and memory count what is created for each instance: what is shared by a
/// node or a cluster adds nothing to an instance.
pub fn compose<'c>(
    catalog: &'c Catalog,
    realizations: &[&'c Realization],
    metric: &str,
    scope: Scope,
    account: Option<Account>,
) -> (Figure, Vec<&'c EvidenceRecord>, Vec<&'c str>) {
    let count = account.map_or(Count::PerInstance, Count::Only);
    compose_counted(catalog, realizations, metric, scope, count)
}

/// Which records count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
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

fn compose_counted<'c>(
    catalog: &'c Catalog,
    realizations: &[&'c Realization],
    metric: &str,
    scope: Scope,
    count: Count,
) -> (Figure, Vec<&'c EvidenceRecord>, Vec<&'c str>) {
    let unit = catalog.metric(metric).map_or("", |m| m.unit.as_str());
    let mut sum = Figure::ZERO;
    let mut evidence = Vec::new();
    let mut unknown = Vec::new();
    for realization in realizations {
        match part(catalog, realization, metric, unit, scope, count) {
            Part::Nothing => {}
            Part::Known(figure, record) => {
                sum = sum.plus(&figure);
                evidence.push(record);
            }
            Part::Unknown => unknown.push(realization.id.as_str()),
        }
    }
    (sum, evidence, unknown)
}

/// Judges a bound; one on each layer by the layer that fares worst, of these the first.
pub fn judge<'c>(catalog: &'c Catalog, realizations: &[&'c Realization], constraint: &MetricConstraint) -> Judged<'c> {
    match constraint.per {
        Per::Stack => judge_whole(catalog, realizations, constraint),
        Per::Layer => {
            let layers = realizations.iter().map(|r| judge_whole(catalog, &[*r], constraint));
            let worst = |v: Verdict| match v {
                Verdict::Fails => 0,
                Verdict::Unsure => 1,
                Verdict::Undetermined => 2,
                Verdict::Holds => 3,
            };
            layers
                .min_by_key(|judged| worst(judged.verdict))
                .unwrap_or_else(|| judge_whole(catalog, &[], constraint))
        }
    }
}

fn judge_whole<'c>(
    catalog: &'c Catalog,
    realizations: &[&'c Realization],
    constraint: &MetricConstraint,
) -> Judged<'c> {
    let count = Count::of(constraint);
    let (figure, evidence, unknown) =
        compose_counted(catalog, realizations, &constraint.metric, constraint.scope, count);
    let verdict = if fails(&constraint.bound, &figure) {
        // Parts only add, so what is known already decides against an upper bound.
        Verdict::Fails
    } else if !unknown.is_empty() {
        Verdict::Undetermined
    } else if holds(&constraint.bound, &figure) {
        Verdict::Holds
    } else {
        Verdict::Unsure
    };
    Judged {
        verdict,
        figure,
        evidence,
        unknown,
    }
}

fn holds(bound: &Bound, figure: &Figure) -> bool {
    let upper = match figure.upper() {
        // A value that stays below 10 is below 10, although the bound of the interval is not.
        Some((value, true)) => bound.allows(value) || bound.allows(value.next_down()),
        Some((value, false)) => bound.allows(value),
        None => !bound.comparator.is_upper(),
    };
    upper && (!bound.comparator.is_lower() || bound.allows(figure.lower()))
}

fn fails(bound: &Bound, figure: &Figure) -> bool {
    let too_large = bound.comparator.is_upper() && !bound.allows(figure.lower()) && figure.lower() >= bound.value;
    let too_small = bound.comparator.is_lower()
        && figure
            .upper()
            .is_some_and(|(value, _)| !bound.allows(value) && value <= bound.value);
    too_large || too_small
}

fn part<'c>(
    catalog: &'c Catalog,
    realization: &'c Realization,
    metric: &str,
    unit: &str,
    scope: Scope,
    count: Count,
) -> Part<'c> {
    if realization.adds_nothing_to.iter().any(|m| m == metric) {
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
        let mut sources: Vec<String> = Vec::new();
        for record in &self.evidence {
            let source = format!("{}: {}, {}", record.kind.name(), record.source.title, record.date);
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        let space = if unit.is_empty() || unit == "%" { "" } else { " " };
        let figure = format!("{}{space}{unit}", self.figure);
        if sources.is_empty() {
            figure
        } else {
            format!("{figure} ({})", sources.join("; "))
        }
    }

    /// The value to which an upper bound would have to be relaxed.
    pub fn relaxed(&self, unit: &str) -> Option<String> {
        let (value, _) = self.figure.upper()?;
        Some(format!("{} {unit}", number(value)))
    }
}

#[cfg(test)]
mod tests;
