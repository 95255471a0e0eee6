//! `inspect` for other programs: SARIF by its schema, JUnit by a reader of XML.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{json, root, stackwright, stackwright_with};

/// Documents with everything that reports tell apart: a gap, an unknown, a layer that is not in effect, an error, an expired
/// suppression, odd names.
const DOCUMENTS: &str = "apiVersion: v1
kind: Pod
metadata: { name: \"a<b>&\\\"c\\\"\", namespace: pay, annotations: { stackwright/suppress: 'until 2026-01-01: ' } }
spec:
  runtimeClassName: gvisor
  securityContext: { seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: app, image: x }]
---
apiVersion: v1
kind: Pod
metadata: { name: 名, namespace: pay }
spec: { runtimeClassName: own, containers: [{ name: app, image: x }] }
---
kind: Pod
spec: [
";
const FLEET: &str = "apiVersion: stackwright/v1
kind: FleetRequirement
annotations: true
namespaces: { pay: 'isolation >= hardware, with S' }
suppressions:
- { workload: pay/名, wanted: isolation, reason: \"a <reason> & more\", expires: 2027-01-01 }
- { workload: none, reason: over, expires: 2025-01-01 }
";

fn report(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd name [1].yaml");
    fs::write(&path, DOCUMENTS).unwrap();
    let fleet = folder.path().join("fleet");
    fs::write(&fleet, FLEET).unwrap();
    let (path, fleet) = (path.to_string_lossy(), fleet.to_string_lossy());
    let ran = stackwright(&[
        "inspect",
        &path,
        "--require",
        &fleet,
        "--today",
        "2026-11-22",
        "--format",
        format,
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let path = root().join("target/tools/sarif/package/lib/schemas/sarif-2.1.0-rtm.5.json");
    let Ok(schema) = fs::read_to_string(&path) else {
        eprintln!("skipped: the schema of SARIF is not in {}", path.display());
        return;
    };
    // The schema's own pattern for languages is no regular expression: it closes a bracket that it never opened.
    let schema = schema.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}?$");
    let validator = jsonschema::validator_for(&json(&schema)).unwrap();
    let clean = stackwright_with(&["inspect", "-", "--format", "sarif"], b"kind: ConfigMap\n").stdout;
    for text in [report("sarif"), clean] {
        let log = json(&text);
        let wrong: Vec<String> = validator
            .iter_errors(&log)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{text}");
    }
    // The validator tells wrong logs.
    assert!(!validator.is_valid(&json("{\"version\": \"2.1.0\", \"runs\": [{ \"results\": [{}] }]}")));
}

#[test]
fn sarif_says_each_thing_under_its_own_rule() {
    let log = json(&report("sarif"));
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let mut seen: Vec<&str> = results.iter().map(|r| r["ruleId"].as_str().unwrap()).collect();
    for result in results {
        assert_eq!(
            rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"],
            result["ruleId"]
        );
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '[']), "{uri}");
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(
        seen,
        [
            "inspect::expired",
            "inspect::gap",
            "inspect::not-assured",
            "inspect::not-in-effect",
            "inspect::unreadable"
        ]
    );
    let suppressed: Vec<&Value> = results.iter().filter_map(|r| r.get("suppressions")).collect();
    assert_eq!(suppressed.len(), 1, "{suppressed:?}");
}

#[test]
fn junit_is_xml_with_counts_that_are_true() {
    let text = report("junit");
    let script = "
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
assert root.tag == 'testsuites', root.tag
cases = root.findall('.//testcase')
def count(node, name): return len(node.findall('.//' + name))
for node in [root] + root.findall('testsuite'):
    assert int(node.get('tests')) == count(node, 'testcase'), node.attrib
    assert int(node.get('failures')) == count(node, 'failure'), node.attrib
    assert int(node.get('errors')) == count(node, 'error'), node.attrib
print([case.get('name') for case in cases])
";
    let child = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return eprintln!("skipped: `python3` cannot be started: {error}"),
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success(), "{}\n{text}", String::from_utf8_lossy(&ran.stderr));
    let names = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(names.contains("a<b>&\"c\"") && names.contains("名"), "{names}");
}
