//! The answer for people: workloads by stack, then what the fleet is made of.

use std::collections::BTreeMap;

use stackwright::inspect::{Counts, Verdict};

use super::{Answer, Judged, accepted, lost, title};
use crate::output::Output;

/// Prints the answer.
pub fn print(answer: &Answer, evidence: bool, required: bool, output: &mut Output) {
    let mut stacks: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in &answer.workloads {
        stacks.entry(&judged.workload.display).or_default().push(judged);
    }
    let mut stacks: Vec<_> = stacks.into_iter().collect();
    stacks.sort_by_key(|(display, members)| (std::cmp::Reverse(members.len()), *display));
    for (display, members) in &stacks {
        let grades = members.first().and_then(|j| j.workload.grades.as_ref());
        let grades = grades.map_or("", |g| g.display.as_str());
        output.line(format!(
            "{display}  {grades}  {}",
            counted(members.len() as u64, "workload")
        ));
        for judged in members {
            member(judged, evidence, output);
        }
        output.line("");
    }
    policies(answer, output);
    for error in answer.errors.iter().chain(&answer.findings) {
        let place = error
            .line
            .map(|l| format!(":{l}:{}", error.column.unwrap_or(1)))
            .unwrap_or_default();
        output.line(format!("{}  {}{place}: {}", error.code, error.file, error.message));
    }
    if !(answer.errors.is_empty() && answer.findings.is_empty()) {
        output.line("");
    }
    summary(answer, required, output);
}

fn member(judged: &Judged, evidence: bool, output: &mut Output) {
    let workload = &judged.workload;
    output.line(format!(
        "  {} {}  {}:{}",
        workload.kind,
        title(workload),
        workload.file,
        workload.line
    ));
    let lost = lost(workload);
    if !lost.is_empty() {
        output.line(format!("    declared, but not in effect: {}", lost.join(", ")));
    }
    if evidence {
        for e in &workload.evidence {
            let file = e.file.as_deref().unwrap_or(&workload.file);
            output.line(format!(
                "    {:<4} {file}:{}:{}  {}: {}",
                e.operator, e.line, e.column, e.path, e.why
            ));
        }
        for unknown in &workload.unknown {
            let about = unknown.operators.join(", ");
            let word = if unknown.assumed { "assumed" } else { "unknown" };
            output.line(format!(
                "    {word} ({about}): {}; settle: {}",
                unknown.what, unknown.settle
            ));
        }
    }
    for shortfall in judged.gap.iter().flat_map(|g| &g.shortfalls) {
        let verdict = match (shortfall.verdict, &shortfall.accepted) {
            (Verdict::Fails, None) => "lacks",
            (_, None) => "not assured",
            (_, Some(_)) => "let pass",
        };
        let why = shortfall.accepted.as_ref().map(|a| format!("  ({})", accepted(a)));
        let why = why.unwrap_or_default();
        output.line(format!("    {verdict}: {}: {}{why}", shortfall.wanted, shortfall.found));
    }
    let open = judged.gap.iter().filter(|g| g.verdict != Verdict::Holds);
    for edit in open.flat_map(|g| &g.edits) {
        output.line(format!("    set {}: {}  ({})", edit.path, edit.value, edit.why));
    }
}

fn policies(answer: &Answer, output: &mut Output) {
    let mut groups: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for policy in &answer.policies {
        *groups.entry((policy.declared.join(", "), &policy.read_by)).or_default() += 1;
    }
    if groups.is_empty() {
        return;
    }
    output.line("objects that carry an operator themselves");
    for ((operators, reader), count) in groups {
        output.line(format!(
            "  {operators:<5} {}, read by {reader}",
            counted(count, "object")
        ));
    }
    output.line("");
}

fn summary(answer: &Answer, required: bool, output: &mut Output) {
    let Counts {
        files,
        documents,
        skipped,
        ..
    } = &answer.counts;
    let workloads = answer.workloads.len() as u64;
    output.line(format!(
        "{}: {}, {}, {}, {}",
        counted(*files, "file"),
        counted(*documents, "document"),
        counted(workloads, "workload"),
        counted(answer.policies.len() as u64, "policy object"),
        counted(answer.errors.len() as u64, "error"),
    ));
    let weakened = answer
        .workloads
        .iter()
        .filter(|j| !lost(&j.workload).is_empty())
        .count();
    if weakened > 0 {
        output.line(format!(
            "{} less than it declares",
            verb(weakened as u64, "has", "have")
        ));
    }
    if required {
        let short = answer.workloads.iter().filter(|j| !j.suffices()).count();
        let enough = workloads.saturating_sub(short as u64);
        output.line(format!("{enough} of {workloads} have what is required"));
    }
    let carrying_nothing: u64 = skipped.values().sum();
    if carrying_nothing > 0 {
        let mut kinds: Vec<_> = skipped.iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), *kind));
        let named: Vec<String> = kinds
            .iter()
            .take(8)
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let more = kinds.len().saturating_sub(named.len());
        let more = if more > 0 {
            format!(" and {more} other kinds")
        } else {
            String::new()
        };
        output.line(format!(
            "{carrying_nothing} documents carry nothing: {}{more}",
            named.join(", ")
        ));
    }
    if answer.counts.no_object > 0 {
        output.line(format!("{} are no objects of a kind", answer.counts.no_object));
    }
}

fn counted(count: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        Some(stem) if count != 1 => format!("{stem}ies"),
        _ if count != 1 => format!("{noun}s"),
        _ => noun.to_owned(),
    };
    format!("{count} {plural}")
}

fn verb(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", counted(count, "workload"), if count == 1 { one } else { many })
}
