//! Size and contents of source files.

use super::{File, code_of, files, none};

/// Code that one file may hold. Longer files are several things.
const MAX_LINES: usize = 600;

/// Lines that are neither blank nor only a comment.
fn lines_of_code(file: &File) -> usize {
    let lines = file.text.lines().map(str::trim);
    lines.filter(|l| !l.is_empty() && !l.starts_with("//")).count()
}

#[test]
fn is_short() {
    let findings: Vec<_> = files()
        .iter()
        .filter(|f| f.is_rust() && !f.path.contains("/tests/") && !f.path.ends_with("/tests.rs"))
        .map(|f| (lines_of_code(f), &f.path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("{path}: {lines}"))
        .collect();
    none(&findings, &format!("files of more than {MAX_LINES} lines of code"));
}

#[test]
fn is_finished() {
    let mut findings = Vec::new();
    for file in files().iter().filter(|f| f.is_crate_source()) {
        for (number, line) in file.text.lines().enumerate() {
            let code = code_of(line);
            let in_code = ["todo!", "unimplemented!"]
                .into_iter()
                .filter(|mark| code.contains(mark));
            let anywhere = ["FIXME", "XXX"].into_iter().filter(|mark| line.contains(mark));
            for mark in in_code.chain(anywhere) {
                findings.push(format!("{}:{}: {mark}", file.path, number + 1));
            }
        }
    }
    none(&findings, "unfinished work");
}

/// Only `drive` makes system calls.
#[test]
fn is_safe_outside_of_drive() {
    let mut findings = Vec::new();
    for file in files()
        .iter()
        .filter(|f| f.is_rust() && !f.path.starts_with("crates/drive/"))
    {
        for (number, line) in file.text.lines().enumerate() {
            if uses_unsafe(line) {
                findings.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none(&findings, "code that the compiler does not check");
}

/// Whether a line opens code that the compiler does not check.
fn uses_unsafe(line: &str) -> bool {
    let code = code_of(line);
    let keyword = |(at, word): (usize, &str)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].trim_start();
        let alone = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let opens = ["{", "fn ", "impl", "extern", "trait", "("];
        alone && (after.is_empty() || opens.iter().any(|o| after.starts_with(o)))
    };
    code.match_indices("unsafe").any(keyword)
}

#[test]
fn that_is_not_checked_is_found() {
    let found = [
        "unsafe {",
        "    unsafe fn f() {",
        "let x = unsafe { y };",
        "#[unsafe(no_mangle)]",
        "unsafe impl A for B {}",
    ];
    let passed = [
        "#![deny(unsafe_code)]",
        "// unsafe {",
        "let text = \"unsafe {\";",
        "unsafely(",
        "/// `unsafe {`",
    ];
    assert!(found.iter().all(|l| uses_unsafe(l)));
    assert!(!passed.iter().any(|l| uses_unsafe(l)));
}
