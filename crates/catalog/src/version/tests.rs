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
