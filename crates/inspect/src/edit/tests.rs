#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// Sets a field below the mapping that starts where `^` marks it, which is taken out first.
fn edited(marked: &str, path: &str, value: &str) -> Option<String> {
    let at = marked.find('^').unwrap();
    let text = marked.replacen('^', "", 1);
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap()
        .chars()
        .filter(|c| *c != '\u{feff}')
        .count()
        + 1;
    let place = Place {
        line: u32::try_from(line).unwrap(),
        column: u32::try_from(column).unwrap(),
    };
    set(&text, place, &path.split('.').collect::<Vec<_>>(), value)
}

#[test]
fn blocks_get_a_line_before_their_first() {
    let cases = [
        (
            "kind: Pod\nspec:\n  # why\n  ^a: b # c\n",
            "kind: Pod\nspec:\n  # why\n  k: v\n  a: b # c\n",
        ),
        (
            "a: 1\n---\nspec:\n  - ^a: b\n    c: d\n",
            "a: 1\n---\nspec:\n  - k: v\n    a: b\n    c: d\n",
        ),
        ("spec:\r\n  ^a: b\r\n", "spec:\r\n  k: v\r\n  a: b\r\n"),
        ("\u{feff}^a: b", "\u{feff}k: v\na: b"),
        ("spec:\n    ^\"é\": b\n", "spec:\n    k: v\n    \"é\": b\n"),
    ];
    for (before, after) in cases {
        assert_eq!(edited(before, "k", "v").as_deref(), Some(after), "{before}");
    }
    assert_eq!(
        edited("spec:\n  ^a: b\n", "x.w.z", "false").as_deref(),
        Some("spec:\n  x:\n    w:\n      z: \"false\"\n  a: b\n")
    );
}

#[test]
fn flows_and_json_get_an_entry_in_their_own_form() {
    let cases = [
        ("spec: ^{a: b}\n", "spec: {k: v, a: b}\n"),
        ("spec: ^{ a: b }\n", "spec: { k: v, a: b }\n"),
        ("spec: ^{}\n", "spec: {k: v}\n"),
        ("{\"spec\": ^{\"a\": 1}}", "{\"spec\": {\"k\": \"v\", \"a\": 1}}"),
        (
            "{\"spec\": ^{\n  \"a\": 1\n}}",
            "{\"spec\": {\n  \"k\": \"v\",\n  \"a\": 1\n}}",
        ),
        ("{\"spec\": ^{}}", "{\"spec\": {\"k\": \"v\"}}"),
    ];
    for (before, after) in cases {
        assert_eq!(edited(before, "k", "v").as_deref(), Some(after), "{before}");
    }
    assert_eq!(
        edited("{\"spec\": ^{\"a\": 1}}", "x.y", "v").as_deref(),
        Some("{\"spec\": {\"x\": {\"y\": \"v\"}, \"a\": 1}}")
    );
}

#[test]
fn what_is_there_is_replaced() {
    let cases = [
        ("^a: b\nk: old # why\n", "a: b\nk: v # why\n"),
        ("^a: b\nk: 'old'\n", "a: b\nk: v\n"),
        ("^a: b\nk: \"old\" \nc: d\n", "a: b\nk: v \nc: d\n"),
        ("^a: b\nk:\nc: d\n", "a: b\nk: v\nc: d\n"),
        ("^a: b\nk: null\n", "a: b\nk: v\n"),
        ("^k: { x: y }\n", ""),
        ("^k: v\n", ""),
        ("^a: b\nk: |\n  old\n", ""),
    ];
    for (before, after) in cases {
        let expected = (!after.is_empty()).then_some(after);
        assert_eq!(edited(before, "k", "v").as_deref(), expected, "{before}");
    }
    assert_eq!(
        edited("^a: b\nk:\n  x: # why\n    y: old\n", "k.x.y", "v").as_deref(),
        Some("a: b\nk:\n  x: # why\n    y: v\n")
    );
    assert_eq!(edited("^k:\na: b\n", "k.x", "v").as_deref(), Some("k: {x: v}\na: b\n"));
}

#[test]
fn what_is_shared_is_left_alone() {
    for text in [
        "x: &s {k: old}\ny:\n  ^<<: *s\n",
        "x: &s {y: old}\nspec:\n  ^k: *s\n",
        "spec:\r  ^a: b\n",
        "x: y\n^z: *undefined\n",
    ] {
        assert_eq!(edited(text, "k.y", "v"), None, "{text}");
    }
}
