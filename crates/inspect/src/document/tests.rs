use super::{Document, last_boundary, split};

fn kinds(text: &str) -> Vec<(Option<&str>, u32, bool)> {
    let documents: Vec<Document<'_>> = split(text).collect();
    assert_eq!(
        documents.iter().map(|d| d.text).collect::<String>(),
        text,
        "nothing is lost"
    );
    let with_content = documents.iter().filter(|d| d.outline.content);
    with_content.map(|d| (d.outline.kind, d.line, d.outline.odd)).collect()
}

#[test]
fn documents_are_divided_and_named() {
    let text =
        "# head\nkind: Pod\n---\nkind: Service # a service\n---\n# nothing\n---\nkind: \"Job\"\n...\nkind: Pod\n";
    let expected = [
        (Some("Pod"), 0, false),
        (Some("Service"), 2, false),
        (Some("Job"), 6, false),
        (Some("Pod"), 8, false),
    ];
    assert_eq!(kinds(text), expected);
    assert_eq!(
        kinds("\u{feff}kind: Pod\r\nspec:\r\n- x\r\n"),
        [(Some("Pod"), 0, false)]
    );
    assert_eq!(kinds("%YAML 1.2\n---\nkind: Pod\n"), [(Some("Pod"), 1, false)]);
}

/// A separator divides wherever it stands; something like one does not.
#[test]
fn separators_are_recognised() {
    assert_eq!(kinds("kind: A\ndata:\n  x: |\n    text\n---\nkind: B\n").len(), 2);
    assert_eq!(kinds("kind: A\n----\nb: c\n").len(), 1);
    assert_eq!(kinds("kind: A\n  ---\nb: c\n").len(), 1);
    assert_eq!(kinds("---").len(), 0);
}

/// Documents that could be something else than their first column says are parsed.
#[test]
fn whatever_is_out_of_the_ordinary_is_odd() {
    for text in [
        "kind: ConfigMap\nkind: Pod\n",
        "\"kind\": Pod\n",
        "? kind\n: Pod\n",
        "{kind: Pod}\n",
        "--- {kind: Pod}\n",
        "  kind: Pod\n",
        "&a kind: Pod\n",
        "kind: &a Pod\n",
        "kind: ConfigMap\n\"kind\": Pod\n",
        "kind: ConfigMap\n<<: *x\n",
        "kind: ConfigMap\rkind: Pod\n",
        "kind:\n  Pod\n",
        "kind: |\n  Pod\n",
        "kind: \"Po\\x64\"\n",
        "- kind: Pod\n",
        "\tkind: Pod\n",
        "kind: ConfigMap\n{{- if .x }}\n",
    ] {
        assert!(kinds(text).iter().all(|k| k.2), "{text:?}");
    }
}

#[test]
fn a_stream_is_cut_where_a_document_starts() {
    assert_eq!(last_boundary(b"a: b\n---\nc: d\n---\ne"), Some(14));
    assert_eq!(last_boundary(b"a: b\n---"), None, "more may follow");
    assert_eq!(last_boundary(b"---\na: b\n"), None);
    assert_eq!(last_boundary(b"a: b\n---\nc: |\n----\n"), Some(5));
}
