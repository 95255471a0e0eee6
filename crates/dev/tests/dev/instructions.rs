//! How many instructions a normal form costs, counted by callgrind: the same on every machine of one architecture, however
//! busy. In the profile of the tests, which is not the one that ships: what is guarded is that the number does not grow.

use std::io::Write as _;
use std::process::{Command, Stdio};

use stackwright_dev::generate::words_of;

/// Instructions for a word of that many letters, at most. Counted: 454, 795 and 1922; a tenth more is allowed.
const BOUNDS: [(usize, u64); 3] = [(4, 500), (16, 875), (64, 2115)];

/// The instructions that all of `words repeat` takes.
fn count(times: u64, input: &[u8]) -> Option<u64> {
    let mut child = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--quiet",
            "--verbose",
        ])
        .arg(env!("CARGO_BIN_EXE_words"))
        .args(["repeat", &times.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    stdin.write_all(input).ok()?;
    drop(stdin);
    let output = child.wait_with_output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{report}");
    let line = report.lines().find(|l| l.contains("Collected"))?;
    line.split_whitespace().last()?.parse().ok()
}

#[test]
fn for_a_normal_form_are_few() {
    if !cfg!(target_arch = "x86_64") || Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: instructions are counted on x86-64 with valgrind, which is not installed");
        return;
    }
    for (length, bound) in BOUNDS {
        let words = words_of(length, 200);
        let input: String = words.iter().map(|w| w.join("∘") + "\n").collect();
        let (few, many) = (
            count(1, input.as_bytes()).unwrap(),
            count(51, input.as_bytes()).unwrap(),
        );
        let each = (many - few) / (50 * words.len() as u64);
        eprintln!("{length} letters: {each} instructions");
        assert!(
            each <= bound,
            "{length} letters take {each} instructions, and {bound} are allowed"
        );
    }
}
