//! Versions as platforms and technologies state them: numbers with points between them.

use std::cmp::Ordering;

use crate::model::VersionRange;

/// The numbers of a version such as `1.34` or `v2.0.1`; what follows the last of them, such as `-k3s1`, is left out.
/// `None` if it does not begin with a number.
pub fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(version.len());
    let parts = version.get(..end)?.trim_end_matches('.').split('.');
    parts.map(|part| part.parse().ok()).collect()
}

/// Whether a version is in a range. A bound speaks for what it is the beginning of: `1.35` includes `1.35.2`. `None`
/// where one of them is not a version.
pub fn in_range(version: &str, range: &VersionRange) -> Option<bool> {
    let version = numbers(version)?;
    let against = |bound: &str| -> Option<Ordering> {
        let bound = numbers(bound)?;
        let common = version.len().min(bound.len());
        match version.get(..common)?.cmp(bound.get(..common)?) {
            // `1` can be before and after `1.30`.
            Ordering::Equal if version.len() < bound.len() => None,
            order => Some(order),
        }
    };
    let from = match &range.from {
        Some(bound) => against(bound)? != Ordering::Less,
        None => true,
    };
    let to = match &range.to {
        Some(bound) => against(bound)? != Ordering::Greater,
        None => true,
    };
    Some(from && to)
}

#[cfg(test)]
mod tests;
