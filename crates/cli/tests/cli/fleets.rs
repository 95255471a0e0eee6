//! `inspect` for a fleet: rules by namespace, what is let pass and until when, and patches.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Ran, command, json};

/// A pod of these lines in its metadata and specification.
fn pod(name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n{metadata}spec:\n  # as it is\n{spec}  containers:\n  - name: app # the program\n    image: registry.example/app\n"
    )
}

const CLASS: &str = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: { name: guarded }\nhandler: kata-qemu\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn inspect(&self, arguments: &[&str]) -> Ran {
        let mut inspect = command(&["inspect"]);
        inspect
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap()
            .into()
    }
}

fn fleet(rest: &str) -> String {
    format!("apiVersion: stackwright/v1\nkind: FleetRequirement\n{rest}")
}

#[test]
fn every_namespace_has_its_own_rules() {
    let rules = fleet("namespaces:\n  pay*: isolation >= hardware\n  web: with S\n  '*': without P\n");
    let documents = [
        pod("a", "  namespace: payments\n", ""),
        pod("b", "  namespace: web\n", ""),
        pod("c", "  namespace: other\n", ""),
        pod("d", "", ""),
    ];
    let folder = Folder::new(&[("rules.yml.txt", &rules), ("all.yaml", &documents.join("---\n"))]);
    let ran = folder.inspect(&["all.yaml", "--require", "rules.yml.txt", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report = json(&ran.stdout);
    let gaps: Vec<(&Value, Vec<(&Value, &Value)>)> = report["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| {
            let shortfalls = w["gap"]["shortfalls"].as_array().unwrap();
            let shortfalls = shortfalls.iter().map(|s| (&s["rule"], &s["verdict"])).collect();
            (&w["gap"]["verdict"], shortfalls)
        })
        .collect();
    let text = |t: &str| Value::from(t);
    assert_eq!(gaps[0], (&text("fails"), vec![(&text("pay*"), &text("fails"))]));
    assert_eq!(gaps[1], (&text("unknown"), vec![(&text("web"), &text("unknown"))]));
    assert_eq!(gaps[2], (&text("holds"), vec![]));
    // What names no namespace may be put into any.
    assert_eq!(gaps[3].1.len(), 2, "{}", ran.stdout);
    assert!(gaps[3].1.iter().all(|(_, verdict)| **verdict == text("unknown")));
    let put = folder.inspect(&[
        "all.yaml",
        "--require",
        "rules.yml.txt",
        "-n",
        "other",
        "--format",
        "json",
    ]);
    assert_eq!(json(&put.stdout)["workloads"][3]["gap"]["verdict"], "holds");
}

#[test]
fn suppressions_count_until_their_day() {
    let rules = |more: &str| {
        fleet(&format!(
            "namespaces: {{ '*': isolation >= hardware }}\n{more}suppressions:\n- {{ workload: pay/old-*, wanted: isolation, reason: moves in spring, expires: 2027-03-31 }}\n"
        ))
    };
    let noted = pod(
        "b",
        "  namespace: web\n  annotations: { stackwright/suppress: 'isolation until 2027-06-30: new nodes' }\n",
        "",
    );
    let documents = [pod("old-1", "  namespace: pay\n", ""), noted.clone()].join("---\n");
    let folder = Folder::new(&[
        ("strict", &rules("")),
        ("open", &rules("annotations: true\n")),
        ("all.yaml", &documents),
        ("bad.yaml", &noted.replace("2027-06-30", "soon")),
    ]);
    let on = |day: &str, rules: &str| folder.inspect(&["all.yaml", "--require", rules, "--today", day]);
    let before = on("2027-03-31", "strict");
    assert_eq!(before.code, 1, "the annotation does not count: {}", before.stdout);
    assert!(
        before.stdout.contains("(suppressed until 2027-03-31: moves in spring)"),
        "{}",
        before.stdout
    );
    assert_eq!(on("2027-03-31", "open").code, 0);
    let after = on("2027-04-01", "open");
    assert_eq!(after.code, 1);
    assert!(
        after
            .stdout
            .contains("inspect::expired  open:6:1: the suppression for `pay/old-*` has expired"),
        "{}",
        after.stdout
    );
    let late = on("2027-07-01", "open");
    assert!(late.stdout.contains("inspect::expired  all.yaml:"), "{}", late.stdout);
    let bad = folder.inspect(&["bad.yaml", "--require", "open", "--today", "2027-01-01"]);
    assert!(
        bad.code == 1 && bad.stdout.contains("inspect::suppression"),
        "{}",
        bad.stdout
    );
    let sarif = folder.inspect(&[
        "all.yaml",
        "--require",
        "open",
        "--today",
        "2027-03-31",
        "--format",
        "sarif",
    ]);
    let kinds: Vec<String> = json(&sarif.stdout)["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["suppressions"][0]["kind"].to_string())
        .collect();
    assert_eq!(kinds, ["\"external\"", "\"inSource\""]);
    assert_eq!(folder.inspect(&["all.yaml", "--today", "31.3.2027"]).code, 2);
}

#[test]
fn a_baseline_lets_pass_what_was_there() {
    let rules = fleet("namespaces: { '*': [isolation >= hardware, with S] }\n");
    let folder = Folder::new(&[
        ("rules", &rules),
        ("a.yaml", &pod("a", "", "")),
        ("broken.yaml", "kind: Pod\nspec: [\n"),
    ]);
    let judge = |more: &[&str]| folder.inspect(&[&[".", "--require", "rules"], more].concat());
    assert_eq!(judge(&["--write-baseline", "known.json"]).code, 0);
    let same = judge(&["--baseline", "known.json"]);
    assert_eq!(same.code, 0, "{}", same.stdout);
    assert!(same.stdout.contains("(known to the baseline)"), "{}", same.stdout);
    // Lines may move, and what is new counts.
    fs::write(folder.path().join("a.yaml"), format!("# moved\n\n{}", pod("a", "", ""))).unwrap();
    assert_eq!(judge(&["--baseline", "known.json"]).code, 0);
    fs::write(folder.path().join("b.yaml"), pod("b", "", "")).unwrap();
    assert_eq!(judge(&["--baseline", "known.json"]).code, 1);
    fs::remove_file(folder.path().join("b.yaml")).unwrap();
    fs::remove_file(folder.path().join("a.yaml")).unwrap();
    let less = judge(&["--baseline", "known.json"]);
    assert!(
        less.stderr.contains("2 of what the baseline knows is there no more"),
        "{}",
        less.stderr
    );
    fs::write(folder.path().join("known.json"), "{\"schema\": \"x\", \"known\": []}").unwrap();
    let refused = judge(&["--baseline", "known.json"]);
    assert!(
        refused.code == 2 && refused.stderr.contains("inspect::baseline"),
        "{}",
        refused.stderr
    );
}

/// Applies a patch in a copy of the folder, and inspects that.
fn applied(folder: &Folder, files: &[(&str, &str)], patch: &str, program: &[&str]) -> Folder {
    let copy = Folder::new(files);
    fs::write(
        copy.path().join("rules"),
        fs::read(folder.path().join("rules")).unwrap(),
    )
    .unwrap();
    fs::write(copy.path().join("fix.patch"), patch).unwrap();
    let ran = Command::new(program[0])
        .args(&program[1..])
        .current_dir(copy.path())
        .stdin(fs::File::open(copy.path().join("fix.patch")).unwrap())
        .output();
    match ran {
        Ok(ran) => assert!(
            ran.status.success(),
            "{}\n{patch}",
            String::from_utf8_lossy(&ran.stderr)
        ),
        Err(error) => eprintln!("skipped: `{}` cannot be started: {error}", program[0]),
    }
    copy
}

#[test]
fn patches_close_gaps_and_touch_nothing_else() {
    let rules = fleet("namespaces: { '*': 'isolation >= hardware, with S' }\n");
    let plain = format!("{CLASS}---\n{}", pod("a", "", ""));
    let unconfined = pod("b", "", "  runtimeClassName: guarded # kept\n").replace(
        "image: registry.example/app\n",
        "image: registry.example/app\n    securityContext: { seccompProfile: { type: Unconfined } }\n",
    );
    let crlf = pod("c", "", "  securityContext:\n    runAsNonRoot: true\n").replace('\n', "\r\n");
    let list = "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"d\"},\n  \"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"x\"}]}}\n]}";
    let files = [
        ("plain.yaml", plain.as_str()),
        ("unconfined.yaml", unconfined.as_str()),
        ("crlf.yaml", crlf.as_str()),
        ("list.json", list),
    ];
    let folder = Folder::new(&[&files[..], &[("rules", rules.as_str())]].concat());
    let fix = folder.inspect(&[".", "--require", "rules", "--assume", "--fix"]);
    assert_eq!(fix.code, 0, "{}\n{}", fix.stdout, fix.stderr);
    assert!(
        fix.stderr.contains("files changed: 4, gaps closed: 4, gaps left: 0"),
        "{}",
        fix.stderr
    );
    assert!(fix.stdout.contains("+  runtimeClassName: guarded\n"), "{}", fix.stdout);
    // Nothing is written, and the same is said again.
    assert_eq!(fs::read_to_string(folder.path().join("plain.yaml")).unwrap(), plain);
    assert_eq!(
        folder.inspect(&[".", "--require", "rules", "--assume", "--fix"]).stdout,
        fix.stdout
    );
    for program in [&["git", "apply", "-p1"][..], &["patch", "-p1", "--binary"]] {
        let copy = applied(&folder, &files, &fix.stdout, program);
        if fs::read_to_string(copy.path().join("plain.yaml")).unwrap() == plain {
            continue;
        }
        let again = copy.inspect(&[".", "--require", "rules", "--assume", "--format", "json"]);
        assert_eq!(again.code, 0, "{}", again.stdout);
        // Only lines were added or changed that the patch names; comments stay.
        for (name, before) in &files[..3] {
            let after = fs::read_to_string(copy.path().join(name)).unwrap();
            let kept = before.lines().filter(|l| after.lines().any(|a| a == *l)).count();
            assert!(kept + 1 >= before.lines().count(), "{name}: {after}");
            assert_eq!(after.contains("\r\n"), before.contains("\r\n"), "{name}");
            assert!(after.contains("# the program"), "{name}");
        }
    }
}

#[test]
fn what_no_edit_closes_is_left_and_said() {
    let rules = fleet("namespaces: { '*': 'with M' }\n");
    let shared =
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: &s\n  containers: [{ name: a, image: x }]\n---\n";
    let folder = Folder::new(&[("rules", &rules), ("a.yaml", shared)]);
    let fix = folder.inspect(&["a.yaml", "--require", "rules", "--fix"]);
    assert_eq!((fix.code, fix.stdout.as_str()), (1, ""), "{}", fix.stderr);
    assert!(fix.stderr.contains("gaps left: 1"), "{}", fix.stderr);
    let stdin = folder.inspect(&["-", "--require", "rules", "--fix"]);
    assert!(
        stdin.code == 2 && stdin.stderr.contains("inspect::fix"),
        "{}",
        stdin.stderr
    );
}
