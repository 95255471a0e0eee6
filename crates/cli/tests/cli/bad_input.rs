//! Bad input gets a clear diagnostic, the right exit code, and nothing half-written.

use std::fs;
use std::path::Path;

use crate::{root, stackwright};

const REQUIREMENT: &str = "apiVersion: stackwright/v1\nkind: Requirement\nname: r\ntarget: oci\nworkload: { wasm: f.wasm }\nconstraints:\n  metrics: { cold_start: < 10ms, memory: < 50MB }\n";

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A folder with a requirement and a module.
fn project(requirement: &str, module: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.yaml"), requirement).unwrap();
    if let Some(bytes) = module {
        fs::write(folder.path().join("f.wasm"), bytes).unwrap();
    }
    folder
}

fn plan(folder: &Path, more: &[&str]) -> crate::Ran {
    let requirement = folder.join("r.yaml");
    let mut arguments = vec!["plan", requirement.to_str().unwrap()];
    arguments.extend(more);
    stackwright(&arguments)
}

const HELLO: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

#[test]
fn unknown_operators_and_ill_typed_words() {
    let ran = stackwright(&["normalize", "I∘C∘X"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("unknown operator `X`"), "{}", ran.stderr);
    let ran = stackwright(&["normalize", "W∘C"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("C must enclose it"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `C∘W`?"), "{}", ran.stderr);
    let ran = stackwright(&["grade", "V∘V∘V"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("at most 2 may"), "{}", ran.stderr);
}

#[test]
fn requirement_files_that_are_wrong() {
    for (old, new, expected) in [
        ("workload:", "workloat:", "did you mean `workload`?"),
        ("cold_start: < 10ms", "cold_start: 10", "write the unit: `10ms`"),
        (
            "cold_start: < 10ms",
            "cold_start: < 10MB",
            "which is an amount of memory",
        ),
        ("cold_start: < 10ms", "cold_start: ['< 10ms', '> 20ms']", "at once"),
        ("cold_start", "cold_start: < 5ms, cold_start", "occurs twice"),
        ("target: oci", "target: k8s", "unknown value `k8s`"),
        ("name: r", "name: [", "not valid YAML"),
        ("name: r\n", "", "the key `name` is missing"),
        ("stackwright/v1", "stackwright/v9", "unknown value `stackwright/v9`"),
    ] {
        assert!(REQUIREMENT.contains(old));
        let folder = project(&REQUIREMENT.replacen(old, new, 1), Some(&module(HELLO)));
        let ran = plan(folder.path(), &[]);
        assert_eq!(ran.code, 2, "{new}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{new}: {}", ran.stderr);
        assert!(ran.stderr.contains("r.yaml"), "the file is named: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{new}");
    }
}

#[test]
fn files_that_are_not_text_or_not_there() {
    let folder = project("", None);
    fs::write(folder.path().join("r.yaml"), b"name: \xff\xfe").unwrap();
    let ran = plan(folder.path(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("not UTF-8"), "{}", ran.stderr);
    let ran = stackwright(&["plan", "/nonexistent/r.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("cannot read /nonexistent/r.yaml"), "{}", ran.stderr);
}

#[test]
fn modules_that_are_missing_truncated_or_something_else() {
    let whole = module(HELLO);
    for (name, bytes) in [
        ("missing", None),
        ("truncated", Some(&whole[..whole.len() - 3])),
        ("text", Some(b"hello".as_slice())),
        ("empty", Some(b"".as_slice())),
    ] {
        let folder = project(REQUIREMENT, bytes);
        let out = folder.path().join("out");
        let ran = plan(folder.path(), &["-o", out.to_str().unwrap()]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("f.wasm"), "{name}: {}", ran.stderr);
        assert!(!out.exists(), "{name}: nothing is written");
    }
}

#[test]
fn an_infeasible_requirement_names_the_conflict_and_the_nearest() {
    let text = format!("{REQUIREMENT}  isolation: {{ at_least: hardware }}\n");
    let folder = project(&text, Some(&module(HELLO)));
    let out = folder.path().join("out");
    let ran = plan(folder.path(), &["-o", out.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("no plan: these cannot all hold"), "{}", ran.stdout);
    assert!(ran.stdout.contains("isolation at least hardware"), "{}", ran.stdout);
    assert!(ran.stdout.contains("nearest"), "{}", ran.stdout);
    assert!(!out.exists());
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let folder = project(REQUIREMENT, Some(&module(HELLO)));
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let ran = plan(folder.path(), &["-o", out.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn run_refuses_what_it_cannot_start() {
    let ran = stackwright(&["run", "./nowhere/"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("is not a bundle"), "{}", ran.stderr);
    let ran = stackwright(&["run", "S∘W"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("nothing to run under S∘W"), "{}", ran.stderr);
    let ran = stackwright(&["run", "S∘W", "--", "/nonexistent.wasm"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("/nonexistent.wasm"), "{}", ran.stderr);
    let ran = stackwright(&["run", "V∘C", "--", "f.wasm"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("nothing here starts a command under V"),
        "{}",
        ran.stderr
    );
    let ran = stackwright(&["run", "W", "--time-limit", "10", "--", "f.wasm"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("write the unit: `10ms`"), "{}", ran.stderr);
}

#[test]
fn workloads_that_misbehave_end_with_the_right_code() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, text: &str, more: &[&str]| {
        let path = folder.path().join(format!("{name}.wasm"));
        fs::write(&path, module(text)).unwrap();
        let mut arguments = vec!["run", "S∘W"];
        arguments.extend(more);
        arguments.extend(["--", path.to_str().unwrap()]);
        stackwright(&arguments)
    };
    let ran = run(
        "trap",
        r#"(module (memory (export "memory") 1) (func (export "_start") unreachable))"#,
        &[],
    );
    assert_eq!(ran.code, 134);
    assert!(ran.stderr.contains("trapped"), "{}", ran.stderr);
    let forever = r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;
    let ran = run("forever", forever, &["--time-limit", "200ms"]);
    assert_eq!(ran.code, 124);
    assert!(ran.stderr.contains("time limit"), "{}", ran.stderr);
    let flood = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 60000))
            (loop (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))))"#;
    let ran = run("flood", flood, &["--output-limit", "100kB"]);
    assert!(ran.stdout.len() <= 200_000, "{}", ran.stdout.len());
    assert!(ran.code > 128, "{}: {}", ran.code, ran.stderr);
    assert!(ran.stderr.contains("output limit"), "{}", ran.stderr);
    let greedy = r#"(module (memory (export "memory") 1)
        (func (export "_start")
            (if (i32.eq (memory.grow (i32.const 4096)) (i32.const -1)) (then unreachable))))"#;
    let ran = run("greedy", greedy, &["--memory-limit", "64MiB"]);
    assert_eq!(ran.code, 134, "{}", ran.stderr);
    assert!(ran.stderr.contains("memory"), "{}", ran.stderr);
}

#[test]
fn the_command_line_itself_is_checked() {
    assert_eq!(stackwright(&["plann"]).code, 2);
    assert_eq!(stackwright(&[]).code, 2);
    let ran = stackwright(&["plan"]);
    assert_eq!(ran.code, 2);
    assert!(root().join("examples/edge-function/requirements.yaml").is_file());
}
