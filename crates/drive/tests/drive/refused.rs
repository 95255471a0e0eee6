//! What is refused before anything starts.

use std::path::PathBuf;

use stackwright_drive::DriveError;
use stackwright_spec::launch::{Grant, Layer};

use crate::harness::Outcome;
use crate::modules;
use crate::world::{World, launch};

/// The error, which must be one of the caller's, with something to do about it.
fn error(world: &World, launch: &stackwright_spec::launch::Launch, code: &str) -> DriveError {
    let error = world.run(launch).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.exit_code(), 2);
    assert!(error.help().is_some_and(|help| !help.is_empty()), "{error}");
    let message = error.to_string();
    assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
    error
}

pub fn files_that_are_no_command(world: &World) -> Outcome {
    let whole = wat::parse_str(modules::HELLO).unwrap();
    let text = modules::HELLO.as_bytes().to_vec();
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty", Vec::new(), "drive::module-not-wasm"),
        ("garbage", b"#!/bin/sh\necho hello\n".to_vec(), "drive::module-not-wasm"),
        ("text", text, "drive::module-not-wasm"),
        ("header", whole[..6].to_vec(), "drive::module-truncated"),
        ("half", whole[..whole.len() / 2].to_vec(), "drive::module-truncated"),
        ("almost", whole[..whole.len() - 1].to_vec(), "drive::module-truncated"),
        ("damaged", [&whole[..], &[0xff, 0x00]].concat(), "drive::module-invalid"),
        (
            "library",
            wat::parse_str(r#"(module (func (export "_initialize")))"#).unwrap(),
            "drive::module-not-a-command",
        ),
    ];
    for (name, bytes, code) in cases {
        let path = world.file(&format!("{name}.wasm"), &bytes);
        let mut launch = launch("CSW", &path);
        error(world, &launch, code);
        launch.layers.truncate(0);
        assert_eq!(world.run(&launch).unwrap_err().code(), "drive::unsupported");
    }
    let mut missing = launch("CSW", &world.module(modules::HELLO));
    missing.workload = stackwright_spec::launch::Executable::WasmModule(PathBuf::from("/nonexistent.wasm"));
    let error = error(world, &missing, "drive::workload-unreadable");
    assert!(error.to_string().contains("/nonexistent.wasm"), "{error}");
    Ok(())
}

pub fn imports_that_cannot_be_given(world: &World) -> Outcome {
    let cases = [
        (
            r#"(import "env" "magic" (func))"#,
            "drive::module-missing-import",
            "`magic` from `env`",
        ),
        (
            r#"(import "wasi_snapshot_preview1" "sock_open" (func))"#,
            "drive::module-missing-import",
            "`sock_open` from `wasi_snapshot_preview1`",
        ),
        (
            r#"(import "env" "memory" (memory 1))"#,
            "drive::module-missing-import",
            "the memory `memory`",
        ),
        (
            r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))"#,
            "drive::module-import-type",
            "as (i64) -> (), but it is (i32) -> ()",
        ),
        (
            r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))"#,
            "drive::module-no-memory",
            "`memory`",
        ),
    ];
    for (import, code, said) in cases {
        let text = format!(r#"(module {import} (func (export "_start")))"#);
        let path = world.file("import.wasm", &wat::parse_str(text).unwrap());
        let error = error(world, &launch("W", &path), code);
        assert!(error.to_string().contains(said), "{error}");
    }
    let text = r#"(module (func (export "_start") (param i32)))"#;
    let path = world.file("start.wasm", &wat::parse_str(text).unwrap());
    error(world, &launch("W", &path), "drive::module-start-type");
    Ok(())
}

pub fn another_digest(world: &World) -> Outcome {
    let mut launch = launch("IW", &world.module(modules::HELLO));
    launch.layers[0].layer = Layer::Image {
        digest: format!("sha256:{}", "0".repeat(64)),
    };
    error(world, &launch, "drive::digest-mismatch");
    // A bundle says it of its module, packaged or not.
    let mut launch = crate::world::launch("W", &world.module(modules::HELLO));
    launch.digest = Some(format!("sha256:{}", "0".repeat(64)));
    error(world, &launch, "drive::digest-mismatch");
    Ok(())
}

pub fn grants(world: &World) -> Outcome {
    let grant = |host: &str, guest: &str| Grant {
        host: host.into(),
        guest: guest.into(),
        writable: false,
    };
    let cases = [
        vec![grant("/nonexistent", "/data")],
        vec![grant("/dev/null", "/data")],
        vec![grant("/usr", "data")],
        vec![grant("/usr", "/")],
        vec![grant("/usr", "/data/../etc")],
        vec![grant("/usr", "/data"), grant("/etc", "/data")],
        vec![grant("/usr", "/data"), grant("/etc", "/data/inner")],
        vec![grant("/usr", "/data/inner"), grant("/etc", "/data")],
    ];
    for grants in cases {
        let mut launch = launch("CSW", &world.module(modules::HELLO));
        launch.grants = grants;
        error(world, &launch, "drive::grant");
    }
    Ok(())
}

pub fn arguments(world: &World) -> Outcome {
    let hello = world.module(modules::HELLO);
    let mut with_argument = launch("W", &hello);
    with_argument.args = vec!["a\0b".into()];
    error(world, &with_argument, "drive::argument");
    for (name, value) in [("", "x"), ("A=B", "x"), ("A", "secret\0x")] {
        let mut with_variable = launch("W", &hello);
        with_variable.env = vec![(name.into(), value.into())];
        let error = error(world, &with_variable, "drive::argument");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    Ok(())
}

pub fn layers_in_another_order(world: &World) -> Outcome {
    for stack in ["SCW", "WC", "CS", "CCW", "WW", "CSWS"] {
        error(
            world,
            &launch(stack, &world.module(modules::HELLO)),
            "drive::unsupported",
        );
    }
    Ok(())
}

pub fn less_memory_than_the_module_starts_with(world: &World) -> Outcome {
    let text = r#"(module (memory (export "memory") 1000) (func (export "_start")))"#;
    let mut launch = launch("W", &world.module(text));
    for bytes in [0, 1 << 20, 64 << 20] {
        launch.limits.memory_bytes = bytes;
        error(world, &launch, "drive::memory-limit");
    }
    Ok(())
}
