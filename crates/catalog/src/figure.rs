//! Arithmetic on figures: intervals that are known in part.

use std::fmt;

use stackwright_text::quantity::{self, number};

pub use crate::model::Figure;

impl Figure {
    /// Exactly nothing.
    pub const ZERO: Self = Self {
        low: Some(0.0),
        typical: Some(0.0),
        high: Some(0.0),
        below: None,
    };

    /// The least value it can stand for; 0 where nothing bounds it from below, as no figure is negative.
    pub fn lower(&self) -> f64 {
        self.low.or(self.typical).unwrap_or(0.0)
    }

    /// The greatest value it is known to stand for, and whether the value stays below it rather than reaching it.
    pub fn upper(&self) -> Option<(f64, bool)> {
        match self.below {
            Some(below) => Some((below, true)),
            None => self.high.or(self.typical).map(|v| (v, false)),
        }
    }

    /// The value to compare by: typical, else the upper, else the lower bound.
    pub fn central(&self) -> f64 {
        self.typical
            .or_else(|| self.upper().map(|(v, _)| v))
            .unwrap_or_else(|| self.lower())
    }

    /// The sum of two independent amounts. Bounds add; a sum that lacks a typical value has none. Adding high
    /// percentiles gives an upper bound of the sum's percentile only if both parts rarely peak together, which is why
    /// composed figures are predictions to be measured.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let both = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a + b);
        let upper = both(self.upper().map(|u| u.0), other.upper().map(|u| u.0));
        let strict = self.below.is_some() || other.below.is_some();
        let bounded = |f: &Self| f.low.is_some();
        let high_known = self.high.is_some() || other.high.is_some();
        Self {
            low: if bounded(self) || bounded(other) {
                both(self.low.or(self.typical), other.low.or(other.typical))
            } else {
                None
            },
            typical: both(self.typical, other.typical),
            high: upper.filter(|_| high_known && !strict),
            below: upper.filter(|_| strict),
        }
        .without_degenerate_bounds()
    }

    /// The figure in another unit, `factor` of which make one of this.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let scale = |v: Option<f64>| v.map(|v| v * factor);
        Self {
            low: scale(self.low),
            typical: scale(self.typical),
            high: scale(self.high),
            below: scale(self.below),
        }
    }

    /// The figure in the unit of the same dimension, or `None` if they have not the same.
    pub fn convert(&self, from: &str, to: &str) -> Option<Self> {
        let ((a, from), (b, to)) = (quantity::unit(from)?, quantity::unit(to)?);
        (a == b).then(|| self.scaled(from / to))
    }

    /// Bounds that only repeat the typical value say nothing.
    fn without_degenerate_bounds(mut self) -> Self {
        if self.low.is_some() && self.low == self.typical && self.high == self.typical {
            self.low = None;
            self.high = None;
        }
        self
    }
}

impl fmt::Display for Figure {
    /// `20.5`, `< 10`, `900 (845–980)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, typical, high, .. } = self.without_degenerate_bounds();
        match (self.below, low, typical, high) {
            (Some(below), _, None, _) => write!(f, "< {}", number(below)),
            (Some(below), _, Some(typical), _) => write!(f, "{} (< {})", number(typical), number(below)),
            (None, None, Some(typical), None) => f.write_str(&number(typical)),
            (None, Some(low), Some(typical), Some(high)) => {
                write!(f, "{} ({}–{})", number(typical), number(low), number(high))
            }
            (None, None, Some(typical), Some(high)) => write!(f, "{} (≤ {})", number(typical), number(high)),
            (None, Some(low), Some(typical), None) => write!(f, "{} (≥ {})", number(typical), number(low)),
            (None, Some(low), None, Some(high)) => write!(f, "{}–{}", number(low), number(high)),
            (None, None, None, Some(high)) => write!(f, "≤ {}", number(high)),
            (None, Some(low), None, None) => write!(f, "≥ {}", number(low)),
            (None, None, None, None) => f.write_str("?"),
        }
    }
}

#[cfg(test)]
mod tests;
