//! The answer as a table: Markdown and CSV, a workload a row.

use super::{Answer, Judged, lost, title};
use crate::output::Output;

const HEADER: [&str; 11] = [
    "file",
    "line",
    "kind",
    "namespace",
    "name",
    "stack",
    "grades",
    "declared",
    "not in effect",
    "unknown",
    "lacks",
];

fn row(judged: &Judged) -> [String; 11] {
    let workload = &judged.workload;
    let unknown = workload.unknown.iter().map(|u| u.what.as_str());
    let shortfalls = judged.gap.iter().flat_map(|g| &g.shortfalls);
    let shortfalls = shortfalls.filter(|s| s.accepted.is_none());
    let lacks = shortfalls.map(|s| format!("{}: {}", s.wanted, s.found));
    [
        workload.file.clone(),
        workload.line.to_string(),
        workload.kind.clone(),
        workload.namespace.clone().unwrap_or_default(),
        workload.name.clone().unwrap_or_default(),
        workload.display.clone(),
        workload.grades.as_ref().map(|g| g.display.clone()).unwrap_or_default(),
        workload.declared.join(" "),
        lost(workload).join(" "),
        unknown.collect::<Vec<_>>().join("; "),
        lacks.collect::<Vec<_>>().join("; "),
    ]
}

/// Prints a row for each workload.
pub fn csv(answer: &Answer, output: &mut Output) {
    output.line(HEADER.join(","));
    for judged in &answer.workloads {
        output.line(row(judged).map(|cell| quoted(&cell)).join(","));
    }
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Prints a table for documents.
pub fn markdown(answer: &Answer, output: &mut Output) {
    output.line("| workload | kind | stack | grades | not in effect | unknown | lacks |");
    output.line("| --- | --- | --- | --- | --- | --- | --- |");
    for judged in &answer.workloads {
        let [file, line, kind, _, _, stack, grades, _, lost, unknown, lacks] = row(judged);
        let name = format!("{} ({file}:{line})", title(&judged.workload));
        let cells = [name, kind, stack, grades, lost, unknown, lacks];
        let cells = cells.map(|cell| {
            cell.replace('\\', "\\\\")
                .replace('|', "\\|")
                .replace(['\n', '\r'], " ")
        });
        output.line(format!("| {} |", cells.join(" | ")));
    }
}
