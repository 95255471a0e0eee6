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
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn range(from: &str, to: &str) -> VersionRange {
        let bound = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        VersionRange {
            technology: "kubernetes".to_owned(),
            from: bound(from),
            to: bound(to),
        }
    }

    #[test]
    fn bounds_include_what_they_begin() {
        for (version, from, to, expected) in [
            ("1.34", "1.29", "1.35", true),
            ("1.35.2", "1.29", "1.35", true),
            ("1.36", "1.29", "1.35", false),
            ("1.9", "1.29", "", false),
            ("v1.30.0+k3s1", "1.30", "", true),
            ("2", "1.30", "", true),
            ("1.0", "", "", true),
        ] {
            assert_eq!(in_range(version, &range(from, to)), Some(expected), "{version}");
        }
    }

    #[test]
    fn what_is_no_version_is_neither_in_nor_out() {
        for text in ["", "1", "latest", ".", "1..2", "99999999999999999999"] {
            assert_eq!(in_range(text, &range("1.0", "")), None, "{text}");
        }
    }
}
