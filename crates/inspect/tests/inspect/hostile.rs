//! Documents that are broken, odd or hostile: each is reported with its place, and the rest goes on.

use std::fmt::Write as _;

use proptest::prelude::*;
use stackwright_inspect::{Inspector, Knowledge, Options, Report};

pub fn inspect(bytes: &[u8]) -> Report {
    let knowledge = Knowledge::builtin().unwrap();
    let mut inspector = Inspector::new(&knowledge);
    inspector.read("file.yaml", bytes);
    inspector.inspection(Options::default()).report()
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: good\nspec:\n  containers:\n  - name: a\n    image: b\n";

/// What is wrong, and that a pod before and after it is found.
fn around(broken: &str) -> Vec<(&'static str, u32)> {
    let report = inspect(format!("{POD}---\n{broken}\n---\n{POD}").as_bytes());
    let good = report
        .workloads
        .iter()
        .filter(|w| w.name.as_deref() == Some("good"))
        .count();
    assert_eq!(good, 2, "{broken:?}");
    report.errors.iter().map(|e| (e.code, e.line.unwrap())).collect()
}

#[test]
fn broken_documents_are_reported_with_their_line() {
    assert_eq!(around("kind: Pod\nspec: [a"), [("inspect::syntax", 11)]);
    assert_eq!(around("kind: Pod\nspec:\n\tcontainers: []").len(), 1);
    assert_eq!(
        around("kind: Pod\nmetadata: {name: a, name: b}"),
        [("inspect::duplicate-key", 11)]
    );
    assert_eq!(
        around("kind: Pod\nspec:\n  {{- if .Values.x }}\n  a: b\n  {{- end }}")[0].0,
        "inspect::template"
    );
    assert_eq!(around("kind: Pod\nspec: *nothing").len(), 1);
    assert_eq!(around("kind: Pod\nspec: \u{0}")[0], ("inspect::encoding", 11));
}

#[test]
fn a_bomb_of_anchors_ends_early() {
    let mut bomb = "kind: Pod\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = [format!("*a{}", i - 1).as_str(); 9].join(", ");
        writeln!(bomb, "a{i}: &a{i} [{aliases}]").unwrap();
    }
    assert_eq!(around(bomb.trim_end())[0].0, "inspect::too-large");
}

#[test]
fn nesting_is_bounded() {
    for open in ["[", "{a: "] {
        assert_eq!(around(&format!("kind: Pod\nspec: {}", open.repeat(5000))).len(), 1);
    }
}

#[test]
fn other_encodings_are_read() {
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let text = format!("{}{POD}", if mark { "\u{feff}" } else { "" });
        text.encode_utf16().flat_map(unit).collect()
    };
    let texts = [
        utf16(u16::to_le_bytes, true),
        utf16(u16::to_be_bytes, true),
        utf16(u16::to_le_bytes, false),
        format!("\u{feff}{POD}").into_bytes(),
        POD.replace('\n', "\r\n").into_bytes(),
        POD.replace('\n', "\r").into_bytes(),
    ];
    for text in texts {
        let report = inspect(&text);
        assert_eq!(report.workloads.len(), 1, "{:?}", String::from_utf8_lossy(&text));
        assert!(report.errors.is_empty(), "{:?}", report.errors);
    }
    let latin = [POD.as_bytes(), b"---\nkind: ConfigMap\nx: \xe9\n"].concat();
    let report = inspect(&latin);
    assert_eq!(report.errors[0].code, "inspect::encoding");
    assert_eq!((report.errors[0].line, report.workloads.len()), (Some(11), 1));
}

#[test]
fn tabs_are_reported_where_they_stand() {
    for broken in [
        "kind: Pod\nspec:\n\tcontainers: []",
        "kind: Pod\n\tspec: {}",
        "kind: Pod\nspec:\n  a: b\n\tc: d",
    ] {
        let found = around(broken);
        assert!(
            found.len() == 1 && found[0].0 == "inspect::syntax",
            "{broken:?}: {found:?}"
        );
        assert!((10..=13).contains(&found[0].1), "{broken:?}: {found:?}");
    }
    // Between a key and its value they are white space.
    assert!(around("kind:\tPod\nspec: {}").is_empty());
}

#[test]
fn labels_that_are_no_texts_are_read_as_they_stand() {
    let labels = "{ 1: 2, true: no, 1.5: ~, [a]: b, {c: d}: e, ? f : g, \"\": \"\", sidecar.istio.io/inject: true }";
    let text = format!(
        "kind: Pod\napiVersion: v1\nmetadata: {{ name: 12, namespace: true, labels: {labels}, annotations: [a] }}\nspec: {{ containers: [{{ name: 1, image: 2 }}] }}\n"
    );
    let report = inspect(text.as_bytes());
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let workload = &report.workloads[0];
    assert_eq!(
        (workload.name.as_deref(), workload.namespace.as_deref()),
        (Some("12"), Some("true"))
    );
    assert_eq!(workload.declared, ["I", "C", "M"]);
}

/// A document of 100 MB: one that carries nothing is passed over, one that is parsed ends at its budget, and a list of any
/// length is read to its end.
#[test]
fn large_documents_end() {
    let line = "  key: some text that is long enough to fill a document with few lines of it, and no more than that\n";
    let mut skipped = "kind: ConfigMap\ndata:\n".to_owned();
    skipped.push_str(&line.repeat(100_000_000 / line.len()));
    let parsed = skipped.replacen("ConfigMap", "Pod", 1).replace("key:", "-");
    for (text, errors) in [(skipped, 0), (parsed, 1)] {
        let report = inspect(format!("{text}---\n{POD}").as_bytes());
        assert_eq!(
            report
                .workloads
                .iter()
                .filter(|w| w.name.as_deref() == Some("good"))
                .count(),
            1
        );
        assert_eq!(
            report.errors.iter().filter(|e| e.code == "inspect::too-large").count(),
            errors
        );
    }
    let item =
        "- apiVersion: v1\n  kind: Pod\n  metadata: { name: a }\n  spec: { containers: [{ name: a, image: x }] }\n";
    let list = format!("kind: List\napiVersion: v1\nitems:\n{}", item.repeat(200_000));
    assert_eq!(inspect(list.as_bytes()).workloads.len(), 200_000);
}

#[test]
fn lists_json_and_anchors_are_resolved() {
    let item = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"runtimeClassName": "gvisor", "containers": []}}"#;
    let texts = [
        format!(r#"{{"apiVersion": "v1", "items": [{item}, {item}], "kind": "List"}}"#),
        format!("kind: List\napiVersion: v1\nitems:\n- {item}\n- {item}\n"),
        format!("[{item}, {item}]").replace("[{\"apiVersion", "{items: [{\"apiVersion").replace("}]", "}], kind: List}"),
        r#"{"kind": "PodList", "apiVersion": "v1", "items": [{"spec": {"runtimeClassName": "runsc"}}, {"spec": {"runtimeClassName": "runsc"}}]}"#.to_owned(),
        "kind: Pod\nspec: &s {runtimeClassName: gvisor}\n---\nkind: Pod\nx: &s {runtimeClassName: gvisor}\nspec: {<<: *s}\n".to_owned(),
    ];
    for text in texts {
        let report = inspect(text.as_bytes());
        let declared: Vec<_> = report.workloads.iter().map(|w| w.declared.join(" ")).collect();
        assert_eq!(declared, ["G C", "G C"], "{text}: {:?}", report.errors);
    }
}

/// A kind that carries nothing must not hide one that does.
#[test]
fn nothing_hides_a_pod() {
    for text in [
        "kind: ConfigMap\nkind: Pod\n",
        "kind: ConfigMap\n\"kind\": Pod\n",
        "{\"kind\": \"ConfigMap\", \"kind\": \"Pod\"}",
        "kind: ConfigMap\r\"kind\": Pod\n",
    ] {
        assert_eq!(inspect(text.as_bytes()).workloads.len(), 1, "{text:?}");
    }
}

fn accounted(report: &Report) -> bool {
    let counts = &report.documents;
    let skipped: u64 = counts.skipped.values().sum();
    counts.documents
        == counts.workloads + counts.policies + counts.references + counts.errors + counts.no_object + skipped
}

/// Pieces that documents are made of, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "---\n",
        "...\n",
        "kind: Pod\n",
        "kind: List\n",
        "items:\n",
        "- ",
        "  ",
        "spec:\n",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "&a ",
        "*a",
        "<<: *a\n",
        "\"",
        "'",
        "|\n",
        "#",
        "\r",
        "\n",
        "\u{feff}",
        "\u{0}",
        "é",
        "apiVersion: v1\n",
        "containers:\n",
        "- image: a\n",
        "metadata: {labels: {istio.io/rev: x}}\n",
        "securityContext: {seccompProfile: {type: RuntimeDefault}}\n",
        "? ",
        "!!str ",
        "{{ x }}",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_document_is_counted_once(pieces in prop::collection::vec(piece(), 0..40)) {
        let report = inspect(pieces.concat().as_bytes());
        prop_assert!(accounted(&report), "{:?}", report.documents);
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(accounted(&inspect(&bytes)));
    }
}
