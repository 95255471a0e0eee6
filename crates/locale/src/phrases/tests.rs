//! Sentences by their patterns.

use super::Phrases;

const PATTERNS: &str = r#"
# A comment with "quotes".
msgid "{} needs {}"
msgstr "{0} 需要 {1}"

msgid "{name} needs {what} of its host, "
"and has none"
msgstr "{name} 需要主机有 {what}，但没有"

msgid "a \"filter\""
msgstr "过滤器"

msgid "isolation {value} instead of {}"
msgstr "隔离为 {value} 而非 {1}"
"#;

#[test]
fn the_most_specific_pattern_counts_and_parts_are_translated() {
    let phrases = Phrases::read(PATTERNS);
    let told = |text: &str| phrases.translate(text);
    assert_eq!(told("gvisor needs a \"filter\"").unwrap(), "gvisor 需要 过滤器");
    assert_eq!(
        told("kata needs kvm of its host, and has none").unwrap(),
        "kata 需要主机有 kvm，但没有"
    );
    assert_eq!(
        told("isolation process instead of hardware").unwrap(),
        "隔离为 process 而非 hardware"
    );
    assert_eq!(told("x needs y needs z").unwrap(), "x 需要 y 需要 z");
    assert_eq!(
        told("a \"filter\"; what is not known").unwrap(),
        "过滤器；what is not known"
    );
    for unknown in ["", "needs", "x needs ", "nothing of that sort", "{}", "} {"] {
        assert_eq!(told(unknown), None, "{unknown}");
    }
}

#[test]
fn what_is_no_entry_is_left_out() {
    for source in [
        "msgstr \"x\"",
        "msgid",
        "\"x\"",
        "msgid \"{\"",
        "msgid \"a\"\nmsgid \"b\"\nmsgstr \"c\"",
    ] {
        let phrases = Phrases::read(source);
        assert_eq!(phrases.translate("x"), None);
    }
}
