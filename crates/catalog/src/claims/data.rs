//! Claims about facts: predicates, orders, superlatives.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use stackwright_algebra::Extent;
use stackwright_text::quantity::{self, Dimension as Unit, Quantity};

use super::facts::{Fact, Reading, Value, label};
use super::{Judge, Judgement, Reason, ReasonKind, Verdict};
use crate::figure::Figure;
use crate::model::{Counted, Dimension, Extreme, FigureDimension, Label, Order, Predicate, Superlative};

impl Judge<'_> {
    fn fact(&self, dimension: &Dimension, subject: &str) -> Fact {
        let known = self.facts.fact(dimension, subject);
        known.unwrap_or_else(|| Fact::unknown(format!("no source has facts of that sort about {subject}")))
    }

    /// Judges a fact about one subject: by all readings, where they agree.
    pub(super) fn is(&self, subject: &str, of: &Dimension, predicate: &Predicate) -> Judgement {
        let fact = self.fact(of, subject);
        let label = label(&self.data.labels, predicate, of);
        let judged: Vec<_> = fact
            .readings
            .iter()
            .map(|r| (r, holds(&r.value, predicate, label)))
            .collect();
        let verdict = agreed(judged.iter().map(|(_, v)| *v));
        let mut because: Vec<_> = judged
            .iter()
            .map(|(reading, verdict)| Reason {
                kind: ReasonKind::of(*verdict),
                text: reading.text.clone(),
                evidence: reading.evidence.clone(),
            })
            .collect();
        if let Some(label) = label {
            let (least, greatest) = (label.least, label.greatest);
            let range = if least == greatest {
                least.to_string()
            } else {
                format!("{least} to {greatest}")
            };
            let text = format!("“{}” ({}) stands for {range}", label.name, label.text.zh);
            because.push(Reason::new(ReasonKind::Besides, text));
        }
        let kind = if judged.is_empty() {
            ReasonKind::Open
        } else {
            ReasonKind::Besides
        };
        because.extend(fact.besides.iter().map(|text| Reason::new(kind, text.clone())));
        Judgement {
            verdict,
            extent: Self::scopes(&judged),
            witness: Vec::new(),
            because,
        }
    }

    /// The scopes at which every reading supports, where the readings of some do and those of others do not.
    fn scopes(judged: &[(&Reading, Verdict)]) -> Option<Extent> {
        let framed = |(reading, verdict): &(&Reading, Verdict)| reading.frame.map(|(scope, _)| (scope, *verdict));
        let framed: Vec<_> = judged.iter().filter_map(framed).collect();
        let scopes: BTreeSet<_> = framed.iter().map(|(s, _)| *s).collect();
        let supported = |scope| {
            let mut here = framed.iter().filter(|(s, _)| *s == scope);
            here.all(|(_, v)| *v == Verdict::Supported)
        };
        let names: Vec<_> = scopes.iter().filter(|s| supported(**s)).map(|s| s.name()).collect();
        (!names.is_empty() && names.len() < scopes.len())
            .then(|| Extent::Where(format!("the scope is {}", names.join(" or "))))
    }

    /// Judges a chain of sets.
    pub(super) fn order(&self, order: &Order) -> Judgement {
        let subjects =
            |set: &[String]| -> Vec<_> { set.iter().map(|s| (s.clone(), self.fact(&order.of, s))).collect() };
        let sets: Vec<_> = order.ascending.iter().map(|set| subjects(set)).collect();
        let mut parts = Vec::new();
        for (index, set) in sets.iter().enumerate() {
            for (place, low) in set.iter().enumerate() {
                let equals = set.iter().skip(place + 1);
                parts.extend(equals.map(|other| judged_pair(low, other, "=", |o| o == Ordering::Equal)));
                let greater = sets.iter().skip(index + 1).flatten();
                parts.extend(greater.map(|high| judged_pair(low, high, "<", |o| o == Ordering::Less)));
            }
        }
        Judgement::all(parts)
    }

    /// Judges who has most or least.
    pub(super) fn superlative(&self, claim: &Superlative) -> Judgement {
        let fact = |s: &String| (s.clone(), self.fact(&claim.of, s));
        let winners: Vec<_> = claim.subjects.iter().map(fact).collect();
        let others = claim.among.iter().filter(|s| !claim.subjects.contains(s));
        let others: Vec<_> = others.map(fact).collect();
        let (wanted, sign) = match (claim.have, claim.shared) {
            (Extreme::Most, false) => (Ordering::Greater, ">"),
            (Extreme::Most, true) => (Ordering::Greater, "≥"),
            (Extreme::Least, false) => (Ordering::Less, "<"),
            (Extreme::Least, true) => (Ordering::Less, "≤"),
        };
        let fits = |o: Ordering| o == wanted || (claim.shared && o == Ordering::Equal);
        let pairs = winners.iter().flat_map(|w| others.iter().map(move |o| (w, o)));
        Judgement::all(pairs.map(|(w, o)| judged_pair(w, o, sign, fits)).collect())
    }

    /// Judges for what one unit of a metric is counted.
    pub(super) fn counted(&self, claim: &Counted) -> Judgement {
        let dimension = Dimension::Figure(FigureDimension {
            metric: claim.metric.clone(),
            scope: None,
            account: None,
        });
        let facts: Vec<_> = claim.subjects.iter().map(|s| self.fact(&dimension, s)).collect();
        let readings: Vec<_> = facts.iter().flat_map(|f| &f.readings).collect();
        if readings.is_empty() {
            return Judgement::open(format!("there is no evidence for {} of these", claim.metric));
        }
        let right = |r: &Reading| Verdict::of(r.frame.is_some_and(|(_, account)| account == claim.per));
        let reason = |r: &Reading| Reason {
            kind: ReasonKind::of(right(r)),
            text: r.text.clone(),
            evidence: r.evidence.clone(),
        };
        Judgement {
            verdict: agreed(readings.iter().map(|r| right(r))),
            extent: None,
            witness: Vec::new(),
            because: readings.iter().map(|r| reason(r)).collect(),
        }
    }
}

/// The verdict of several readings: theirs if it is the same, else undetermined.
fn agreed(mut verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let first = verdicts.next().unwrap_or(Verdict::Undetermined);
    if verdicts.all(|v| v == first) {
        first
    } else {
        Verdict::Undetermined
    }
}

fn judged_pair(
    (a, left): &(String, Fact),
    (b, right): &(String, Fact),
    sign: &str,
    fits: impl Fn(Ordering) -> bool,
) -> Judgement {
    let Some(order) = compare(left, right) else {
        let mut judgement = Judgement::open(format!("{a} {sign} {b} is not decided"));
        for fact in [left, right] {
            let known = fact.readings.iter().map(|r| r.text.clone());
            let texts = known.chain(fact.besides.iter().filter(|_| fact.readings.is_empty()).cloned());
            judgement
                .because
                .extend(texts.map(|t| Reason::new(ReasonKind::Open, t)));
        }
        return judgement;
    };
    let verdict = Verdict::of(fits(order));
    let found = match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    };
    let mut judgement = Judgement::new(verdict, ReasonKind::of(verdict), format!("{a} {found} {b}"));
    for reading in left.readings.iter().chain(&right.readings) {
        judgement.because.push(Reason {
            kind: ReasonKind::of(verdict),
            text: reading.text.clone(),
            evidence: reading.evidence.clone(),
        });
    }
    judgement
}

/// How two facts stand to each other, where every two comparable readings agree on it.
fn compare(a: &Fact, b: &Fact) -> Option<Ordering> {
    let pairs = a.readings.iter().flat_map(|x| b.readings.iter().map(move |y| (x, y)));
    let mut orders = pairs
        .filter(|(x, y)| x.frame == y.frame)
        .map(|(x, y)| compare_values(&x.value, &y.value));
    let first = orders.next()??;
    orders.all(|o| o == Some(first)).then_some(first)
}

/// The order of two values: none if they are of different sorts, have no order, or are intervals that overlap.
fn compare_values(a: &Value, b: &Value) -> Option<Ordering> {
    match (place(a), place(b)) {
        (Some(low), Some(high)) if low != high => return Some(low.cmp(&high)),
        (Some(_), Some(_)) if ranges(a).is_none() || ranges(b).is_none() => return Some(Ordering::Equal),
        _ => {}
    }
    if let (Some((a, from)), Some((b, to))) = (ranges(a), ranges(b)) {
        return compare_ranges(&a.convert(from, to)?, b);
    }
    match (a, b) {
        (Value::Ordinal(a), Value::Ordinal(b)) => Some(a.cmp(b)),
        (Value::Word(a, None), Value::Word(b, None)) => (a == b).then_some(Ordering::Equal),
        (Value::Interval(a, from), Value::Interval(b, to)) => compare_figures(&a.convert(from, to)?, b),
        _ => None,
    }
}

/// The range of a value, and its unit.
fn ranges(value: &Value) -> Option<(&Figure, &str)> {
    match value {
        Value::Range(figure, unit) | Value::Graded(.., figure, unit) => Some((figure, unit)),
        _ => None,
    }
}

/// The place of a word among words that have an order.
fn place(value: &Value) -> Option<usize> {
    match value {
        Value::Word(_, place) => *place,
        Value::Graded(_, place, ..) => Some(*place),
        _ => None,
    }
}

/// Of two ranges one is less if neither of its ends is greater and one is less. Of one inside the other neither is.
fn compare_ranges(a: &Figure, b: &Figure) -> Option<Ordering> {
    let low = a.lower().partial_cmp(&b.lower())?;
    let high = a.upper()?.0.partial_cmp(&b.upper()?.0)?;
    match (low, high) {
        (Ordering::Equal, other) | (other, Ordering::Equal) => Some(other),
        (low, high) => (low == high).then_some(low),
    }
}

fn compare_figures(a: &Figure, b: &Figure) -> Option<Ordering> {
    if is_below(a, b) {
        Some(Ordering::Less)
    } else if is_below(b, a) {
        Some(Ordering::Greater)
    } else {
        let point = |f: &Figure| f.upper() == Some((f.lower(), false));
        (point(a) && point(b) && a.lower() == b.lower()).then_some(Ordering::Equal)
    }
}

/// Whether the whole of one interval lies below the other.
fn is_below(a: &Figure, b: &Figure) -> bool {
    let low = b.lower();
    a.upper()
        .is_some_and(|(high, strict)| high < low || (strict && high <= low))
}

/// Whether a value is what it is said to be.
fn holds(value: &Value, predicate: &Predicate, label: Option<&Label>) -> Verdict {
    match value {
        Value::Ordinal(value) => {
            if let Some(label) = label {
                return Verdict::of((label.least..=label.greatest).contains(value));
            }
            let value = f64::from(*value);
            let figure = Figure {
                low: Some(value),
                typical: Some(value),
                high: Some(value),
                below: None,
            };
            within(&figure, Unit::Count, predicate)
        }
        Value::Interval(figure, unit) | Value::Range(figure, unit) => match quantity::unit(unit) {
            Some((dimension, factor)) => within(&figure.scaled(factor), dimension, predicate),
            None => Verdict::Undetermined,
        },
        Value::Word(word, _) => match predicate {
            Predicate::Word(said) => Verdict::of(word == said),
            _ => Verdict::Undetermined,
        },
        Value::Graded(word, _, figure, unit) => match (predicate, quantity::unit(unit)) {
            (Predicate::Word(said), _) => Verdict::of(word == said),
            (_, Some((dimension, factor))) => within(&figure.scaled(factor), dimension, predicate),
            _ => Verdict::Undetermined,
        },
        Value::Words(words) => match predicate {
            Predicate::Word(said) => Verdict::of(words.contains(said)),
            _ => Verdict::Undetermined,
        },
    }
}

/// Whether a figure in canonical units fulfils a bound: only if the whole of it does, and not if no part of it does.
fn within(figure: &Figure, dimension: Unit, predicate: &Predicate) -> Verdict {
    let read = |text: &str| Quantity::parse(text, dimension).ok().map(|q| q.value);
    let (low, upper) = (figure.lower(), figure.upper());
    let decide = |surely: bool, never: bool| match (surely, never) {
        (true, _) => Verdict::Supported,
        (_, true) => Verdict::Contradicted,
        _ => Verdict::Undetermined,
    };
    let all_below = |q: f64| upper.is_some_and(|(high, strict)| high < q || (strict && high <= q));
    let all_at_most = |q: f64| upper.is_some_and(|(high, _)| high <= q);
    let range = |least: f64, greatest: f64| {
        let inside = low >= least && all_at_most(greatest);
        decide(inside, low > greatest || all_below(least))
    };
    let verdict = match predicate {
        Predicate::Below(text) => read(text).map(|q| decide(all_below(q), low >= q)),
        Predicate::AtMost(text) => read(text).map(|q| decide(all_at_most(q), low > q)),
        Predicate::Above(text) => read(text).map(|q| decide(low > q, all_at_most(q))),
        Predicate::AtLeast(text) => read(text).map(|q| decide(low >= q, all_below(q))),
        Predicate::Between([least, greatest]) => read(least).zip(read(greatest)).map(|(l, g)| range(l, g)),
        Predicate::About(about) => {
            let share = Quantity::parse(&about.within, Unit::Ratio)
                .ok()
                .map(|q| q.value / 100.0);
            read(&about.value).zip(share).map(|(value, share)| {
                let (least, greatest) = (value * (1.0 - share), value * (1.0 + share));
                match (range(least, greatest), figure.typical) {
                    // A typical value decides what is typical, unless the interval excludes it altogether.
                    (Verdict::Undetermined, Some(t)) if t >= least && t <= greatest => Verdict::Supported,
                    (verdict, _) => verdict,
                }
            })
        }
        Predicate::Word(_) => None,
    };
    verdict.unwrap_or(Verdict::Undetermined)
}
