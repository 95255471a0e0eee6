//! Exact arithmetic on amounts, so that the order in which parts are added can change nothing.
//!
//! Figures are rounded once, when they are read, to billionths of their metric's unit; from there on everything is whole
//! numbers. What does not fit (above 18 × 10⁹ units) is not known.

use stackwright_catalog::figure::Figure;
use stackwright_spec::requirement::{Bound, Comparator};

/// Billionths in a unit.
const SCALE: f64 = 1e9;

/// A number of units in billionths; the greatest where it does not fit.
fn billionths(value: f64) -> u64 {
    // The cast rounds towards zero and saturates; what is not a number becomes 0, and the catalogue has none.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = (value * SCALE).round() as u64;
    whole
}

/// Billionths as a number of units.
pub(crate) fn units(billionths: u64) -> f64 {
    // Seventeen digits are more than any figure has.
    #[allow(clippy::cast_precision_loss)]
    let value = billionths as f64;
    value / SCALE
}

/// What plans are compared by: a sum of typical values. A part for which no value is known counts as an infinite amount,
/// the same for each, so amounts compare by the number of unknown parts first: unknown is never an advantage. The order is
/// kept by adding the same to both sides, which is what makes pruning exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// How many parts are unknown.
    pub unknown: u32,
    /// The sum of the others, in billionths of the unit.
    pub known: u64,
}

impl Amount {
    /// One part for which nothing is known.
    pub const UNKNOWN: Self = Self { unknown: 1, known: 0 };

    /// The amount by which a figure is compared: its typical value, else the greatest it can have. A figure that is only
    /// bounded from below is not known.
    pub fn of(figure: &Figure) -> Self {
        match figure.typical.or_else(|| figure.upper().map(|(value, _)| value)) {
            Some(value) if billionths(value) < u64::MAX => Self {
                unknown: 0,
                known: billionths(value),
            },
            _ => Self::UNKNOWN,
        }
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            unknown: self.unknown.saturating_add(other.unknown),
            known: self.known.saturating_add(other.known),
        }
    }

    /// The number of units; infinite if a part is unknown.
    pub fn value(self) -> f64 {
        if self.unknown > 0 {
            f64::INFINITY
        } else {
            units(self.known)
        }
    }
}

/// The interval in which a composed figure is known to lie, for judging bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Gauge {
    /// How many parts nothing is known for.
    pub unknown: u32,
    /// The least value, in billionths.
    pub low: u64,
    /// The greatest value, in billionths; [`Gauge::OPEN`] where nothing bounds it.
    pub high: u64,
    /// Whether the value stays below the greatest.
    pub strict: bool,
}

impl Gauge {
    /// No upper bound.
    pub const OPEN: u64 = u64::MAX;
    /// The sum of no parts.
    pub const ZERO: Self = Self {
        unknown: 0,
        low: 0,
        high: 0,
        strict: false,
    };
    /// The least of no parts: nothing has a value.
    pub const NONE: Self = Self {
        unknown: 0,
        low: u64::MAX,
        high: Self::OPEN,
        strict: false,
    };
    /// A part for which nothing is known.
    pub const UNKNOWN: Self = Self {
        unknown: 1,
        low: 0,
        high: Self::OPEN,
        strict: false,
    };

    /// Where a figure lies.
    pub fn of(figure: &Figure) -> Self {
        let (high, strict) = figure.upper().map_or((Self::OPEN, false), |(v, s)| (billionths(v), s));
        Self {
            unknown: 0,
            low: billionths(figure.lower()),
            high,
            strict,
        }
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            unknown: self.unknown.saturating_add(other.unknown),
            low: self.low.saturating_add(other.low),
            high: self.high.saturating_add(other.high),
            strict: self.strict || other.strict,
        }
    }

    /// The lesser of both.
    #[must_use]
    pub fn least(&self, other: &Self) -> Self {
        let (high, strict) = match self.high.cmp(&other.high) {
            std::cmp::Ordering::Less => (self.high, self.strict),
            std::cmp::Ordering::Equal => (self.high, self.strict || other.strict),
            std::cmp::Ordering::Greater => (other.high, other.strict),
        };
        Self {
            unknown: self.unknown.saturating_add(other.unknown),
            low: self.low.min(other.low),
            high,
            strict,
        }
    }

    /// Whether every value in it fulfils a bound.
    pub fn holds(&self, bound: &Bound) -> bool {
        let value = billionths(bound.value);
        let upper = self.high < value || (self.high == value && self.high != Self::OPEN);
        let below = self.high < value || (self.high == value && self.strict);
        match bound.comparator {
            Comparator::Less => below,
            Comparator::AtMost => upper,
            Comparator::Equal => upper && self.low >= value,
            Comparator::AtLeast => self.low >= value,
            Comparator::Greater => self.low > value,
        }
    }

    /// Whether no value in it fulfils a bound.
    pub fn fails(&self, bound: &Bound) -> bool {
        let value = billionths(bound.value);
        let above = self.low > value;
        let under = self.high < value || (self.high == value && self.strict);
        match bound.comparator {
            Comparator::Less => self.low >= value,
            Comparator::AtMost => above,
            Comparator::Equal => above || under,
            Comparator::AtLeast => under,
            Comparator::Greater => self.high <= value && self.high != Self::OPEN,
        }
    }

    /// Whether it is at least as good as another for every bound of that comparator, whatever is added to both.
    pub fn is_as_good(&self, other: &Self, comparator: Comparator) -> bool {
        let upper = self.high < other.high || (self.high == other.high && (self.strict || !other.strict));
        // No part is no value, which fulfils nothing, whatever its ends look like.
        (self.low != Self::NONE.low || self == other)
            && self.unknown <= other.unknown
            && (!comparator.is_upper() || upper)
            && (!comparator.is_lower() || self.low >= other.low)
    }
}

#[cfg(test)]
mod tests;
