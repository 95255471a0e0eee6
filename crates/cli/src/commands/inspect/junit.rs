//! The answer as JUnit's XML: a suite for each file, a case for each workload; a gap is a failure.

use stackwright::inspect::Finding;

use super::{Answer, Judged, title};
use crate::output::Output;

/// Prints the suites.
pub fn print(answer: &Answer, output: &mut Output) {
    let failures = answer.workloads.iter().filter(|w| !w.suffices()).count();
    output.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    output.line(format!(
        "<testsuites name=\"stackwright inspect\" tests=\"{}\" failures=\"{failures}\" errors=\"{}\">",
        answer.workloads.len() + answer.errors.len() + answer.findings.len(),
        answer.errors.len() + answer.findings.len()
    ));
    for group in answer.workloads.chunk_by(|a, b| a.workload.file == b.workload.file) {
        suite(group, output);
    }
    let errors: Vec<&Finding> = answer.errors.iter().chain(&answer.findings).collect();
    if !errors.is_empty() {
        let count = errors.len();
        output.line(format!(
            "  <testsuite name=\"documents\" tests=\"{count}\" failures=\"0\" errors=\"{count}\">"
        ));
        for error in errors {
            let place = error.line.map(|l| format!(":{l}")).unwrap_or_default();
            let file = escaped(&error.file);
            output.line(format!(
                "    <testcase name=\"{file}{place}\" classname=\"{}\">",
                error.code
            ));
            output.line(format!(
                "      <error message=\"{}\" type=\"{}\"/>",
                escaped(&error.message),
                error.code
            ));
            output.line("    </testcase>");
        }
        output.line("  </testsuite>");
    }
    output.line("</testsuites>");
}

fn suite(group: &[Judged], output: &mut Output) {
    let file = group.first().map(|j| escaped(&j.workload.file)).unwrap_or_default();
    let failures = group.iter().filter(|j| !j.suffices()).count();
    output.line(format!(
        "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
        group.len()
    ));
    for judged in group {
        let workload = &judged.workload;
        let name = escaped(&format!("{} {}: {}", workload.kind, title(workload), workload.display));
        let head = format!(
            "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{}\"",
            workload.line
        );
        let shortfalls: Vec<String> = judged
            .gap
            .iter()
            .flat_map(|g| &g.shortfalls)
            .filter(|s| s.accepted.is_none())
            .map(|s| format!("{}: {}", s.wanted, s.found))
            .collect();
        match shortfalls.first() {
            None => output.line(format!("{head}/>")),
            Some(first) => {
                output.line(format!("{head}>"));
                let (message, all) = (escaped(first), escaped(&shortfalls.join("\n")));
                output.line(format!(
                    "      <failure message=\"{message}\" type=\"inspect::gap\">{all}</failure>"
                ));
                output.line("    </testcase>");
            }
        }
    }
    output.line("  </testsuite>");
}

/// A text as XML 1.0 may hold it: what no XML can hold is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
