//! Bounds as they are written: `< 10ms`, `≤ 50 MB`, `>= 4`.

use std::fmt;

use stackwright_text::Diagnostic;
use stackwright_text::quantity::{Quantity, unit};

/// How a value must stand to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// Below.
    Less,
    /// At most.
    AtMost,
    /// Equal.
    Equal,
    /// At least.
    AtLeast,
    /// Above.
    Greater,
}

/// Every spelling, longest first, so that `<=` is not read as `<`.
const SPELLINGS: [(&str, Comparator); 12] = [
    ("<=", Comparator::AtMost),
    (">=", Comparator::AtLeast),
    ("==", Comparator::Equal),
    ("≤", Comparator::AtMost),
    ("≥", Comparator::AtLeast),
    ("<", Comparator::Less),
    (">", Comparator::Greater),
    ("=", Comparator::Equal),
    ("＜", Comparator::Less),
    ("＞", Comparator::Greater),
    ("≦", Comparator::AtMost),
    ("≧", Comparator::AtLeast),
];

impl Comparator {
    /// The comparator of that spelling.
    pub fn from_spelling(spelling: &str) -> Option<Self> {
        SPELLINGS.iter().find(|(s, _)| *s == spelling).map(|(_, c)| *c)
    }

    /// What holds when this does not.
    pub fn opposite(self) -> Option<Self> {
        match self {
            Self::Less => Some(Self::AtLeast),
            Self::AtMost => Some(Self::Greater),
            Self::Equal => None,
            Self::AtLeast => Some(Self::Less),
            Self::Greater => Some(Self::AtMost),
        }
    }

    /// The mathematical symbol.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "≤",
            Self::Equal => "=",
            Self::AtLeast => "≥",
            Self::Greater => ">",
        }
    }

    /// Whether it bounds from above.
    pub fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::Equal)
    }

    /// Whether it bounds from below.
    pub fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::AtLeast | Self::Equal)
    }
}

/// A comparator and a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// How a value must stand to it.
    pub comparator: Comparator,
    /// The value: of a metric in the metric's unit, of a grade the grade.
    pub value: f64,
    /// The bound in a uniform spelling.
    pub text: String,
}

impl Bound {
    /// Reads a bound on a quantity of that unit. Without a comparator it is an upper bound.
    ///
    /// # Errors
    ///
    /// A diagnostic without a place.
    pub fn quantity(text: &str, metric_unit: &str) -> Result<Self, Diagnostic> {
        Self::quantity_or(text, metric_unit, Comparator::AtMost)
    }

    /// As [`Self::quantity`], with another comparator where none is written.
    ///
    /// # Errors
    ///
    /// A diagnostic without a place.
    pub fn quantity_or(text: &str, metric_unit: &str, default: Comparator) -> Result<Self, Diagnostic> {
        let (comparator, rest) = comparator(text, default);
        let Some((dimension, factor)) = unit(metric_unit) else {
            return Err(Diagnostic::new(
                "quantity::unit-unknown",
                format!("unknown unit `{metric_unit}`"),
            ));
        };
        let quantity = Quantity::parse(rest, dimension)?;
        Ok(Self {
            comparator,
            value: quantity.value / factor,
            text: format!("{} {quantity}", comparator.symbol()),
        })
    }

    /// Reads a bound on a grade. Without a comparator it is a lower bound.
    ///
    /// # Errors
    ///
    /// A diagnostic without a place.
    pub fn grade(text: &str) -> Result<Self, Diagnostic> {
        let (comparator, rest) = comparator(text, Comparator::AtLeast);
        match rest.trim().parse::<u8>() {
            Ok(grade @ 1..=5) => Ok(Self {
                comparator,
                value: f64::from(grade),
                text: format!("{} {grade}", comparator.symbol()),
            }),
            _ => Err(Diagnostic::new(
                "requirement::bound",
                format!("expected a grade from 1 to 5, found `{text}`"),
            )
            .with_help("write `>= 4`, or `4` for the same")),
        }
    }

    /// Whether a bound is written with a comparator.
    pub fn is_compared(text: &str) -> bool {
        SPELLINGS.iter().any(|(spelling, _)| text.trim().starts_with(spelling))
    }

    /// Whether a single value fulfils it.
    pub fn allows(&self, value: f64) -> bool {
        match self.comparator {
            Comparator::Less => value < self.value,
            Comparator::AtMost => value <= self.value,
            Comparator::Equal => (value - self.value).abs() <= f64::EPSILON * self.value.abs(),
            Comparator::AtLeast => value >= self.value,
            Comparator::Greater => value > self.value,
        }
    }

    /// Whether no value can fulfil both.
    pub fn contradicts(&self, other: &Self) -> bool {
        let (upper, lower) = match (self.comparator.is_upper(), other.comparator.is_lower()) {
            (true, true) => (self, other),
            _ if other.comparator.is_upper() && self.comparator.is_lower() => (other, self),
            _ => return false,
        };
        let strict = upper.comparator == Comparator::Less || lower.comparator == Comparator::Greater;
        upper.value < lower.value || (strict && upper.value <= lower.value)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn comparator(text: &str, default: Comparator) -> (Comparator, &str) {
    let text = text.trim();
    for (spelling, comparator) in SPELLINGS {
        if let Some(rest) = text.strip_prefix(spelling) {
            return (comparator, rest);
        }
    }
    (default, text)
}
