//! The answer for people: workloads by stack, then what the fleet is made of.

use std::collections::BTreeMap;

use stackwright::inspect::{Counts, Verdict};
use stackwright_locale::say;

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
        let count = say!(output.locale(), "inspect-workloads", count = members.len());
        output.line(format!("{display}  {grades}  {count}"));
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
        let message = output.locale().told(&error.message);
        output.line(format!("{}  {}{place}: {message}", error.code, error.file));
    }
    if !(answer.errors.is_empty() && answer.findings.is_empty()) {
        output.line("");
    }
    summary(answer, required, output);
}

fn member(judged: &Judged, evidence: bool, output: &mut Output) {
    let locale = output.locale();
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
        let lost = say!(locale, "inspect-declared", operators = lost.join(", "));
        output.line(format!("    {lost}"));
    }
    if evidence {
        for e in &workload.evidence {
            let file = e.file.as_deref().unwrap_or(&workload.file);
            output.line(format!(
                "    {:<4} {file}:{}:{}  {}: {}",
                e.operator,
                e.line,
                e.column,
                e.path,
                locale.told(&e.why)
            ));
        }
        for unknown in &workload.unknown {
            let about = unknown.operators.join(", ");
            let (what, settle) = (locale.told(&unknown.what), locale.told(&unknown.settle));
            let line = if unknown.assumed {
                say!(locale, "inspect-assumed", about = about, what = what, settle = settle)
            } else {
                say!(locale, "inspect-unknown", about = about, what = what, settle = settle)
            };
            output.line(format!("    {line}"));
        }
    }
    for shortfall in judged.gap.iter().flat_map(|g| &g.shortfalls) {
        let verdict = match (shortfall.verdict, &shortfall.accepted) {
            (Verdict::Fails, None) => say!(locale, "inspect-lacks"),
            (_, None) => say!(locale, "inspect-not-assured"),
            (_, Some(_)) => say!(locale, "inspect-let-pass"),
        };
        let why = shortfall
            .accepted
            .as_ref()
            .map(|a| format!("  ({})", locale.told(&accepted(a))));
        let why = why.unwrap_or_default();
        let (wanted, found) = (locale.told(&shortfall.wanted), locale.told(&shortfall.found));
        output.line(format!("    {verdict}: {wanted}: {found}{why}"));
    }
    let open = judged.gap.iter().filter(|g| g.verdict != Verdict::Holds);
    for edit in open.flat_map(|g| &g.edits) {
        let why = locale.told(&edit.why);
        let set = say!(
            locale,
            "inspect-set",
            path = edit.path.as_str(),
            value = edit.value.as_str(),
            why = why
        );
        output.line(format!("    {set}"));
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
    let locale = output.locale();
    output.line(say!(locale, "inspect-objects"));
    for ((operators, reader), count) in groups {
        let objects = say!(locale, "inspect-read-by", count = count, reader = reader);
        output.line(format!("  {operators:<5} {objects}"));
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
    let locale = output.locale();
    output.line(say!(
        locale,
        "inspect-counts",
        files = *files,
        documents = *documents,
        workloads = workloads,
        policies = answer.policies.len(),
        errors = answer.errors.len()
    ));
    let weakened = answer
        .workloads
        .iter()
        .filter(|j| !lost(&j.workload).is_empty())
        .count();
    if weakened > 0 {
        output.line(say!(locale, "inspect-weakened", count = weakened));
    }
    if required {
        let short = answer.workloads.iter().filter(|j| !j.suffices()).count();
        let enough = workloads.saturating_sub(short as u64).to_string();
        output.line(say!(
            locale,
            "inspect-enough",
            enough = enough,
            workloads = workloads.to_string()
        ));
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
        let (count, named) = (carrying_nothing.to_string(), named.join(", "));
        output.line(if more > 0 {
            say!(
                locale,
                "inspect-nothing-more",
                count = count,
                named = named,
                more = more.to_string()
            )
        } else {
            say!(locale, "inspect-nothing", count = count, named = named)
        });
    }
    if answer.counts.no_object > 0 {
        let count = answer.counts.no_object.to_string();
        output.line(say!(locale, "inspect-no-object", count = count));
    }
}
