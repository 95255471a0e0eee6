//! Words by the line on standard input.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use serde_json::json as value;
use stackwright::{Catalog, Source};

use crate::{json, stackwright_with};

#[test]
fn go_on_after_a_bad_line_and_end_with_2() {
    let input = b"V C M C\nW C\n\nI\xff\nC S\r\n";
    let ran = stackwright_with(&["normalize", "-", "--format", "json"], input);
    assert_eq!(ran.code, 2);
    let lines: Vec<_> = ran.stdout.lines().map(json).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["display"], "V∘C∘M");
    assert_eq!(lines[1]["line"], 2);
    assert_eq!(lines[1]["input"], "W C");
    assert_eq!(lines[1]["error"]["code"], "expression::ill-typed");
    assert_eq!(lines[2]["display"], "∅");
    assert_eq!(lines[3]["error"]["code"], "expression::encoding");
    assert_eq!(lines[4]["display"], "C∘S");
    let ran = stackwright_with(&["grade", "-"], b"I C S M\nV S C M");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "I∘C∘S∘M\t5▼-3▲-5▼\nV∘S∘C∘M\t4▼-5▼-4▼\n")
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = crate::command(&["normalize", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for _ in 0..100_000 {
            if stdin.write_all(b"I C S M\n").is_err() {
                break;
            }
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Enough lines for many blocks, of all kinds: plain, not plain, ill-typed, not an expression.
fn many() -> Vec<String> {
    const PARTS: [&str; 16] = [
        "I", "V", "C", "S", "Ns", "Cg", "O", "M", "Am", "Otel", "Gk", "(C S)", "W^2", "C²", "Ｃ", "no",
    ];
    let mut state = 7_u64;
    let mut next = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % bound).unwrap()
    };
    let mut line = || {
        let plain = if next(8) == 0 { 16 } else { 11 };
        let parts: Vec<_> = (0..next(24)).map(|_| PARTS[next(plain)]).collect();
        parts.join(["∘", " ", " → ", ",", "->", "\t"][next(6)])
    };
    (0..40_000).map(|_| line()).collect()
}

#[test]
fn are_answered_in_order_as_single_words_are() {
    let catalog = Catalog::builtin().unwrap();
    let lines = many();
    let input = lines.join("\n");
    let ran = stackwright_with(&["normalize", "-", "--format", "json"], input.as_bytes());
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stdout.lines().count(), lines.len());
    let mut good = String::new();
    for (number, (line, answer)) in (1..).zip(lines.iter().zip(ran.stdout.lines())) {
        let answer = json(answer);
        assert_eq!(answer["input"], **line);
        match catalog.normalize(&Source::new("", line.as_str())) {
            Ok(word) => {
                let display = catalog.algebra().display(&word);
                let symbols: Vec<_> = word.iter().map(|id| catalog.algebra().symbol(*id)).collect();
                let expected = value!({
                    "schema": "stackwright/normalize/v1", "input": line, "normal_form": symbols, "display": display,
                });
                assert_eq!(answer, expected);
                good.push_str(&display);
                good.push('\n');
            }
            Err(diagnostic) => {
                assert_eq!(answer["line"], number);
                assert_eq!(answer["error"]["code"], diagnostic.code());
            }
        }
    }
    let ran = stackwright_with(&["normalize", "-"], input.as_bytes());
    assert_eq!((ran.code, ran.stdout), (2, good));
}

#[test]
fn that_wait_get_their_answers_at_once() {
    let mut child = crate::command(&["normalize", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for (word, answer) in [("C → S → C\n", "C∘S\n"), ("(V C)\n", "V∘C\n"), ("E Ist\n", "M\n")] {
        stdin.write_all(word.as_bytes()).unwrap();
        let mut read = vec![0; answer.len()];
        stdout.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), answer);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn skip_a_line_that_would_fill_memory() {
    let mut input = b"C C\n".to_vec();
    input.resize(40_000_000, b'C');
    input.extend_from_slice(b"\nS S\n");
    let ran = stackwright_with(&["normalize", "-", "--format", "json"], &input);
    assert_eq!(ran.code, 2);
    let lines: Vec<_> = ran.stdout.lines().map(json).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["display"], "C");
    assert_eq!(lines[1]["line"], 2);
    assert_eq!(lines[1]["error"]["code"], "expression::too-long");
    assert_eq!(lines[2]["display"], "S");
}
