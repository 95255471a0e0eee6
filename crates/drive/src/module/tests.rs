use super::*;

fn check(text: &str) -> Result<ModuleFacts, ModuleError> {
    check_module(&wat::parse_str(text).unwrap())
}

#[test]
fn facts_of_a_command() {
    let facts = check(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (memory (export "memory") 3)
            (func $early)
            (start $early)
            (func (export "_start")))"#,
    )
    .unwrap();
    assert_eq!(
        facts.imports,
        ["wasi_snapshot_preview1.proc_exit", "wasi_snapshot_preview1.sched_yield"]
    );
    assert_eq!(facts.exports, ["memory", "_start"]);
    assert_eq!(facts.memory_minimum, 3 << 16);
    assert!(facts.has_start_function);
    assert!(facts.digest.starts_with("sha256:") && facts.digest.len() == 7 + 64);
}

#[test]
fn a_module_needs_neither_imports_nor_memory() {
    let facts = check(r#"(module (func (export "_start")))"#).unwrap();
    assert_eq!((facts.memory_minimum, facts.has_start_function), (0, false));
}

#[test]
fn every_cut_is_told_from_damage() {
    let whole = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start") (nop)))"#).unwrap();
    for length in 1..whole.len() {
        match check_module(&whole[..length]) {
            Err(ModuleError::Truncated { .. }) => {}
            // Between two sections nothing tells that more should come, except what is missing then.
            Err(ModuleError::NotACommand { .. } | ModuleError::Invalid { .. }) => {}
            other => panic!("{length}: {other:?}"),
        }
    }
    assert!(check_module(&whole).is_ok());
}

#[test]
fn nothing_makes_the_check_panic() {
    let whole = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start") (nop)))"#).unwrap();
    for index in 0..whole.len() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[index] = value;
            let _ = check_module(&damaged);
        }
    }
}

#[test]
fn a_library_is_told_from_a_module_without_anything() {
    assert!(matches!(
        check("(module)"),
        Err(ModuleError::NotACommand { reactor: false })
    ));
    let library = check(r#"(module (func (export "_initialize")))"#);
    assert!(matches!(library, Err(ModuleError::NotACommand { reactor: true })));
}
