//! Input that somebody wrote to cause trouble: it is answered soon, whatever the answer is.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use stackwright_catalog::Catalog;
use stackwright_dev::generate::symbols;
use stackwright_text::{Diagnostic, Source, yaml};

/// Far more than is needed, far less than what grows with the square of the input takes.
const SOON: Duration = Duration::from_secs(3);

/// The answer, if it comes soon.
pub fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(SOON).ok()
}

fn normalize(text: &str) -> Result<usize, Diagnostic> {
    let catalog = Catalog::builtin().unwrap();
    catalog.normalize(&Source::new("<expression>", text)).map(|w| w.len())
}

/// The code of the diagnostic and the length of its help, or `ok`.
fn expression(text: &str) -> (&'static str, usize) {
    let text = text.to_owned();
    match soon(move || normalize(&text)) {
        Some(Ok(_)) => ("ok", 0),
        Some(Err(d)) => (d.code(), d.help().unwrap_or_default().len()),
        None => ("no answer", 0),
    }
}

#[test]
fn expressions_are_answered_soon() {
    for (text, expected) in [
        ("C^1000000", "ok"),
        ("C^999999 W", "ok"),
        ("C^200000 W C", "expression::ill-typed"),
        ("(V C)^100000", "expression::ill-typed"),
        ("W^999999 C", "expression::ill-typed"),
        ("C^99999999999999999999", "expression::too-long"),
        ("((C^1000)^1000)^1000", "expression::too-long"),
    ] {
        let (code, help) = expression(text);
        assert_eq!(code, expected, "{text}");
        assert!(help < 10_000, "{text}: nobody reads a help of {help} bytes");
    }
    let deep = "(".repeat(100_000);
    assert_eq!(expression(&deep).0, "expression::syntax");
    let all = symbols().concat().repeat(1_000);
    assert_eq!(expression(&all).0, "expression::unknown-operator");
}

fn document(text: String) -> &'static str {
    let parsed = soon(move || yaml::parse(&Source::new("file.yaml", text)));
    parsed.map_or("no answer", |p| p.map_or_else(|d| d.code(), |_| "ok"))
}

#[test]
fn documents_are_answered_soon() {
    let lines = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    assert_eq!(document(lines(60_000, |i| format!("key-{i}: 1\n"))), "ok");
    assert_eq!(document(lines(1_000_000, |_| "- 1\n".to_owned())), "yaml::too-large");
    assert_eq!(document("[".repeat(1_000_000)), "yaml::syntax");
    assert_eq!(document("{a: ".repeat(100_000)), "yaml::syntax");
    assert_eq!(
        document(lines(5_000, |i| format!("{}a:\n", " ".repeat(i)))),
        "yaml::syntax"
    );
    let laughs = |i: usize| match i {
        0 => "a0: &a0 [x]\n".to_owned(),
        _ => format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1),
    };
    assert_eq!(document(lines(100, laughs)), "yaml::too-large");
}
