//! The answer as SARIF 2.1.0, for code scanning.

use serde_json::{Value, json};
use stackwright::inspect::{AcceptedBy, Verdict};

use super::{Answer, Judged, accepted, lost, title};
use crate::output::Output;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What results are about: identifier, level, and what it means.
const RULES: [(&str, &str, &str); 5] = [
    ("inspect::gap", "error", "the workload does not have what is required"),
    (
        "inspect::not-assured",
        "warning",
        "it is not known whether the workload has what is required",
    ),
    (
        "inspect::not-in-effect",
        "warning",
        "the workload declares a layer that is not in effect",
    ),
    (
        "inspect::unreadable",
        "error",
        "a document could not be read, or not without doubt",
    ),
    (
        "inspect::expired",
        "error",
        "a suppression does not count any more, or was never one",
    ),
];

/// Prints the log.
pub fn print(answer: &Answer, output: &mut Output) {
    let mut results = Vec::new();
    for judged in &answer.workloads {
        of_workload(judged, &mut results);
    }
    let errors = answer.errors.iter().map(|e| (3, e));
    for (rule, error) in errors.chain(answer.findings.iter().map(|f| (4, f))) {
        let line = error.line.unwrap_or(1);
        let message = format!("{}: {}", error.code, error.message);
        results.push(result(rule, &message, &error.file, line, error.column));
    }
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, level, text)| {
            json!({
                "id": id,
                "shortDescription": { "text": text },
                "defaultConfiguration": { "level": level },
            })
        })
        .collect();
    output.json(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stackwright",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }));
}

fn of_workload(judged: &Judged, results: &mut Vec<Value>) {
    let workload = &judged.workload;
    let who = format!("{} {}", workload.kind, title(workload));
    for shortfall in judged.gap.iter().flat_map(|g| &g.shortfalls) {
        let rule = usize::from(shortfall.verdict != Verdict::Fails);
        let message = format!("{who}: {}: {}", shortfall.wanted, shortfall.found);
        let mut found = result(rule, &message, &workload.file, workload.line, None);
        if let (Some(why), Some(found)) = (&shortfall.accepted, found.as_object_mut()) {
            let kind = match why.by {
                AcceptedBy::Annotation => "inSource",
                AcceptedBy::Suppression | AcceptedBy::Baseline => "external",
            };
            let suppression = json!({ "kind": kind, "status": "accepted", "justification": accepted(why) });
            found.insert("suppressions".to_owned(), json!([suppression]));
        }
        results.push(found);
    }
    for symbol in lost(workload) {
        let evidence = workload
            .evidence
            .iter()
            .find(|e| e.operator == symbol && e.file.is_none());
        let (line, column) = evidence.map_or((workload.line, None), |e| (e.line, Some(e.column)));
        let unknown = workload
            .unknown
            .iter()
            .find(|u| !u.assumed && u.operators.iter().any(|o| o == symbol));
        let why = unknown.map_or("", |u| u.what.as_str());
        results.push(result(
            2,
            &format!("{who}: {symbol}: {why}"),
            &workload.file,
            line,
            column,
        ));
    }
}

fn result(rule: usize, message: &str, file: &str, line: u32, column: Option<u32>) -> Value {
    let (id, level, _) = RULES.get(rule).copied().unwrap_or_default();
    let mut region = json!({ "startLine": line.max(1) });
    if let (Some(column), Some(region)) = (column, region.as_object_mut()) {
        region.insert("startColumn".to_owned(), json!(column.max(1)));
    }
    json!({
        "ruleId": id,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": region,
        } }],
    })
}

/// A path as a relative reference of RFC 3986.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
