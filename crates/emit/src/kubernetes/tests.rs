#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::json;
use stackwright_text::yaml::parse;
use stackwright_text::{Source, decode};

use super::security::obstacles;
use super::tree::{Variables, overlay, substitute};
use super::yaml;
use super::*;

#[test]
fn what_is_written_as_yaml_is_read_as_the_same_value() {
    let values = [
        json!({ "a": "yes", "b": "no", "c": "1", "d": "1.5", "e": "", "f": " x", "g": "x ", "h": "a: b", "i": "#", "j": "- x" }),
        json!({ "a": true, "b": null, "c": 1, "d": [], "e": {}, "f": [[1, 2], []], "g": [{ "a": 1, "b": [{ "c": "d" }] }] }),
        json!({ "block": "one\ntwo\n", "odd": "one\n\n", "tab": "\tx\ny\n", "end": "one\ntwo", "unicode": "合规 ∘", "quote": "\"'\\" }),
        json!({ "0x1f": "0x1f", "1e3": "1e3", ".5": ".inf", "~": "~", "null": "null", "key with space": "<<", "*a": "&b" }),
        json!({ "rego": "package a\n\nimport rego.v1\n\nx if {\n  true\n}\n", "list": ["one\ntwo\n", "x:y", "http://a/b"] }),
    ];
    for value in values {
        let text = yaml::write(&value);
        let source = Source::new("t.yaml", text.as_str());
        let node = parse(&source).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let read: Value = decode::decode(&source, &node).unwrap();
        assert_eq!(read, value, "{text}");
    }
}

#[test]
fn trees_are_laid_over_each_other_and_names_replaced() {
    let mut base = json!({ "a": { "b": 1 }, "l": [1] });
    assert_eq!(overlay(&mut base, &json!({ "a": { "c": 2 }, "l": [1, 2] })), None);
    assert_eq!(base, json!({ "a": { "b": 1, "c": 2 }, "l": [1, 2] }));
    assert_eq!(overlay(&mut base, &json!({ "a": { "b": 3 } })), Some("a.b".to_owned()));
    let variables = Variables::from([("name", json!("shop")), ("ports", json!(["80"]))]);
    let tree = json!({ "x": "${name}-y", "p": "${ports}", "s": "in ${ports}", "dollar": "$(A) ${" });
    assert_eq!(
        substitute(&tree, &variables).unwrap(),
        json!({ "x": "shop-y", "p": ["80"], "s": "in [\"80\"]", "dollar": "$(A) ${" })
    );
    assert_eq!(substitute(&json!("${nothing}"), &variables).unwrap_err(), "nothing");
}

#[test]
fn the_levels_of_pod_security_are_told_apart() {
    let level_of = |spec: Value| level(obstacles(&serde_json::from_value(spec).unwrap()).iter()).0;
    let hardened = json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } });
    let pod = |context: Value, container: Value| json!({ "securityContext": context, "containers": [{ "name": "a", "securityContext": container }] });
    let restricted = pod(
        json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } }),
        hardened.clone(),
    );
    assert_eq!(level_of(restricted), SecurityLevel::Restricted);
    assert_eq!(
        level_of(pod(json!({ "runAsNonRoot": true }), hardened.clone())),
        SecurityLevel::Baseline
    );
    assert_eq!(
        level_of(pod(json!({}), json!({ "privileged": true }))),
        SecurityLevel::Privileged
    );
    let unconfined = pod(
        json!({ "runAsNonRoot": true, "seccompProfile": { "type": "Unconfined" } }),
        hardened,
    );
    assert_eq!(level_of(unconfined), SecurityLevel::Privileged);
}

#[test]
fn names_and_ports_that_the_platform_refuses_are_refused() {
    for name in ["", "Shop", "1shop", "shop-", "a_b", &"a".repeat(64)] {
        assert!(names::check_name("bundle", name).is_err(), "{name}");
    }
    assert!(names::check_name("bundle", "shop-1").is_ok());
    let port = |text: &str, name: Option<&str>| Port {
        name: name.map(str::to_owned),
        ..Port::parse(text).unwrap()
    };
    assert!(names::check_ports(&[port("80", Some("http")), port("81", Some("http"))]).is_err());
    assert!(names::check_ports(&[port("80", None), port("80", None)]).is_err());
    assert!(names::check_ports(&[port("80", Some("a-name-that-is-too-long"))]).is_err());
    assert!(names::check_ports(&[port("80", None), port("80/udp", None)]).is_ok());
}
