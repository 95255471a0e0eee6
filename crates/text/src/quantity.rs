//! Quantities: a number with a unit.

use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::suggest::nearest;

/// What a unit measures. Quantities of different dimensions cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Time; canonical unit ms.
    Time,
    /// Storage and memory; canonical unit B.
    Bytes,
    /// Share of something; canonical unit %.
    Ratio,
    /// A number of things.
    Count,
}

impl Dimension {
    /// The name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "a time",
            Self::Bytes => "an amount of memory",
            Self::Ratio => "a percentage",
            Self::Count => "a number",
        }
    }

    /// A value as an example of how to write one.
    pub fn example(self) -> &'static str {
        match self {
            Self::Time => "10ms",
            Self::Bytes => "50MB",
            Self::Ratio => "5%",
            Self::Count => "64",
        }
    }

    /// The most likely unit where none was written.
    fn usual_unit(self) -> &'static str {
        match self {
            Self::Time => "ms",
            Self::Bytes => "MB",
            Self::Ratio => "%",
            Self::Count => "",
        }
    }
}

/// Every unit: its spelling, what it measures, and how many canonical units it is. SI prefixes are decimal, IEC binary.
const UNITS: [(&str, Dimension, f64); 20] = [
    ("ns", Dimension::Time, 1e-6),
    ("us", Dimension::Time, 1e-3),
    ("µs", Dimension::Time, 1e-3),
    ("μs", Dimension::Time, 1e-3),
    ("ms", Dimension::Time, 1.0),
    ("s", Dimension::Time, 1e3),
    ("min", Dimension::Time, 6e4),
    ("h", Dimension::Time, 3.6e6),
    ("B", Dimension::Bytes, 1.0),
    ("kB", Dimension::Bytes, 1e3),
    ("KB", Dimension::Bytes, 1e3),
    ("MB", Dimension::Bytes, 1e6),
    ("GB", Dimension::Bytes, 1e9),
    ("TB", Dimension::Bytes, 1e12),
    ("KiB", Dimension::Bytes, 1024.0),
    ("MiB", Dimension::Bytes, 1_048_576.0),
    ("GiB", Dimension::Bytes, 1_073_741_824.0),
    ("TiB", Dimension::Bytes, 1_099_511_627_776.0),
    ("%", Dimension::Ratio, 1.0),
    ("", Dimension::Count, 1.0),
];

/// The dimension of a unit and how many canonical units it is, or `None` for an unknown unit.
pub fn unit(name: &str) -> Option<(Dimension, f64)> {
    UNITS.iter().find(|(n, ..)| *n == name).map(|(_, d, f)| (*d, *f))
}

/// A finite, non-negative number with its dimension, in the dimension's canonical unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The value in the canonical unit of its dimension.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

impl Quantity {
    /// Reads a quantity of a known dimension, such as `10ms`, `0.5 s`, `50MB`.
    ///
    /// # Errors
    ///
    /// A diagnostic without a place: no number, no unit, an unknown unit, or a unit of another dimension.
    pub fn parse(text: &str, dimension: Dimension) -> Result<Self, Diagnostic> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+')))
            .unwrap_or(text.len());
        let (number, name) = text.split_at(digits);
        let name = name.trim();
        let number = number.replace('_', "");
        let expected = format!("expected {} such as `{}`", dimension.name(), dimension.example());
        let value = match number.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => value,
            Ok(_) => {
                return Err(Diagnostic::new(
                    "quantity::syntax",
                    format!("{expected}, found `{text}`, which is below zero or not finite"),
                ));
            }
            Err(_) => {
                return Err(Diagnostic::new(
                    "quantity::syntax",
                    format!("{expected}, found `{text}`"),
                ));
            }
        };
        let Some((found, factor)) = unit(name) else {
            let near = nearest(name, UNITS.iter().filter(|(_, d, _)| *d == dimension).map(|(n, ..)| *n));
            let help = near.map_or_else(|| units_of(dimension), |n| format!("did you mean `{number}{n}`?"));
            return Err(
                Diagnostic::new("quantity::unit-unknown", format!("unknown unit `{name}` in `{text}`")).with_help(help),
            );
        };
        if found != dimension {
            let (code, what) = if name.is_empty() {
                ("quantity::unit-missing", "which has no unit".to_owned())
            } else {
                ("quantity::dimension", format!("which is {}", found.name()))
            };
            let help = if name.is_empty() {
                format!("write the unit: `{number}{}`", dimension.usual_unit())
            } else {
                units_of(dimension)
            };
            return Err(Diagnostic::new(code, format!("{expected}, found `{text}`, {what}")).with_help(help));
        }
        Ok(Self {
            value: value * factor,
            dimension,
        })
    }
}

fn units_of(dimension: Dimension) -> String {
    let names: Vec<_> = UNITS
        .iter()
        .filter(|(n, d, _)| *d == dimension && !n.is_empty())
        .map(|(n, ..)| format!("`{n}`"))
        .collect();
    if names.is_empty() {
        "write a number without a unit".to_owned()
    } else {
        format!("units here: {}", names.join(", "))
    }
}

impl fmt::Display for Quantity {
    /// In the unit in which the number is easiest to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.dimension {
            Dimension::Time => scaled(self.value, &[(1e3, "s"), (1.0, "ms"), (1e-3, "µs")]),
            Dimension::Bytes => scaled(self.value, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")]),
            Dimension::Ratio => (self.value, "%"),
            Dimension::Count => (self.value, ""),
        };
        let separator = if matches!(unit, "" | "%") { "" } else { " " };
        write!(f, "{}{separator}{unit}", number(value))
    }
}

fn scaled(value: f64, units: &[(f64, &'static str)]) -> (f64, &'static str) {
    let fit = units.iter().find(|(factor, _)| value >= *factor).or(units.last());
    // Time below a thousand milliseconds reads best in milliseconds; zero has no scale.
    match fit {
        Some((factor, unit)) if value > 0.0 => (value / factor, unit),
        _ => (
            value,
            units
                .iter()
                .find(|(f, _)| (*f - 1.0).abs() < f64::EPSILON)
                .map_or("", |(_, u)| u),
        ),
    }
}

/// A number with at most four significant digits after the point's zeros, without trailing zeros.
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    let decimals = (3.0 - magnitude).clamp(0.0, 9.0);
    // `decimals` is between 0 and 9.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let text = format!("{value:.*}", decimals as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
