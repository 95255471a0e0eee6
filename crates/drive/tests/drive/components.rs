//! Components of WASI preview 2: run, served, limited and refused as modules are.

use stackwright_drive::{Io, Output, Stdin, check_module};
use stackwright_spec::launch::Launch;
use stackwright_spec::report::{End, RunReport};

use crate::harness::Outcome;
use crate::world::{STACKS, World, launch};

/// A component whose `wasi:cli/run` reads standard input once into memory at the address that `$realloc` gives, and then is
/// `body`, which has its address in `$at`, its length in `$n`, and `$say` to write to standard output. It gives 0 if all went well, 1
/// if not.
fn component(body: &str) -> String {
    COMPONENT.replace("BODY", body)
}

const COMPONENT: &str = r#"
(component
  (import "wasi:io/error@0.2.0" (instance $io-error (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $own-error (eq $outer-error)))
    (type $failure (variant (case "last-operation-failed" (own $own-error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $input)) (param "len" u64) (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input-stream))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input-stream (type $outer-input))
    (export "input-stream" (type $input (eq $outer-input)))
    (export "get-stdin" (func (result (own $input))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-output))
    (export "output-stream" (type $output (eq $outer-output)))
    (export "get-stdout" (func (result (own $output))))))

  (core module $memory
    (memory (export "memory") 2)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $bytes))
  (alias core export $memory "realloc" (core func $realloc))
  (alias export $stdin "get-stdin" (func $stdin))
  (alias export $stdout "get-stdout" (func $stdout))
  (alias export $streams "[method]input-stream.blocking-read" (func $read))
  (alias export $streams "[method]output-stream.blocking-write-and-flush" (func $write))
  (core func $get-stdin (canon lower (func $stdin)))
  (core func $get-stdout (canon lower (func $stdout)))
  (core func $read (canon lower (func $read) (memory $bytes) (realloc $realloc)))
  (core func $write (canon lower (func $write) (memory $bytes)))
  (core module $main
    (import "host" "get-stdin" (func $get-stdin (result i32)))
    (import "host" "get-stdout" (func $get-stdout (result i32)))
    (import "host" "read" (func $read (param i32 i64 i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "memory" (memory 2))
    (global $out (mut i32) (i32.const 0))
    (func $say (param $at i32) (param $n i32)
      (call $write (global.get $out) (local.get $at) (local.get $n) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then unreachable)))
    (func (export "run") (result i32) (local $at i32) (local $n i32)
      (global.set $out (call $get-stdout))
      (call $read (call $get-stdin) (i64.const 1000) (i32.const 0))
      (if (i32.eqz (i32.load8_u (i32.const 0)))
        (then
          (local.set $at (i32.load (i32.const 4)))
          (local.set $n (i32.load (i32.const 8)))))
      BODY))
  (core instance $main (instantiate $main (with "host" (instance
    (export "get-stdin" (func $get-stdin))
    (export "get-stdout" (func $get-stdout))
    (export "read" (func $read))
    (export "write" (func $write))
    (export "memory" (memory $bytes))))))
  (alias core export $main "run" (core func $run))
  (func $run (result (result)) (canon lift (core func $run)))
  (component $exported
    (import "run" (func $run (result (result))))
    (export "run" (func $run)))
  (instance $exported (instantiate $exported (with "run" (func $run))))
  (export "wasi:cli/run@0.2.0" (instance $exported)))"#;

/// Gives its input back.
const ECHO: &str = "(call $say (local.get $at) (local.get $n)) (i32.const 0)";
/// Says what an instance before it noted in memory, and notes an `x`.
const NOTE: &str =
    "(call $say (i32.const 9000) (i32.const 1)) (i32.store8 (i32.const 9000) (i32.const 0x78)) (i32.const 0)";

fn run(world: &World, launch: &Launch, input: &str) -> RunReport {
    let io = Io {
        stdin: Stdin::Bytes(input.into()),
        output: Output::Capture,
    };
    world.driver().run(launch, io).unwrap()
}

fn launched(world: &World, stack: &str, body: &str) -> Launch {
    launch(stack, &world.module(&component(body)))
}

pub fn run_in_every_stack(world: &World) -> Outcome {
    for stack in STACKS {
        let report = run(world, &launched(world, stack, ECHO), "hello\n");
        assert_eq!(report.end, End::Exited { code: 0 }, "{stack}: {report:#?}");
        assert_eq!(report.stdout.as_deref(), Some("hello\n"), "{stack}");
        assert!(report.layers.iter().all(|layer| layer.in_force), "{stack}: {report:#?}");
        let how = &report.layers.last().unwrap().how;
        assert!(
            how.iter()
                .any(|how| how.contains("linked to 4 interfaces of WASI preview 2")),
            "{how:?}"
        );
    }
    // As a command whose layers drivers nest.
    let path = world.module(&component(ECHO));
    let report = world
        .driver()
        .run_command(
            &crate::stacks::with("C S W", &[], &[path.to_str().unwrap()]),
            Io {
                stdin: Stdin::Bytes(b"again".to_vec()),
                output: Output::Capture,
            },
        )
        .unwrap();
    assert_eq!(report.stdout.as_deref(), Some("again"), "{report:#?}");
    Ok(())
}

pub fn ends_and_limits(world: &World) -> Outcome {
    for (body, end) in [
        ("(i32.const 1)", End::Exited { code: 1 }),
        ("(loop $again (br $again)) (i32.const 0)", End::TimedOut),
        (
            "(loop $again (call $say (i32.const 0) (i32.const 4096)) (br $again)) (i32.const 0)",
            End::OutputLimit,
        ),
        // Refused memory, it says so by its code.
        (
            "(i32.eq (memory.grow (i32.const 1000)) (i32.const -1))",
            End::Exited { code: 1 },
        ),
    ] {
        let mut launch = launched(world, "CSW", body);
        launch.limits.time_ms = 500;
        launch.limits.output_bytes = 100_000;
        launch.limits.memory_bytes = 32 << 20;
        assert_eq!(run(world, &launch, "").end, end, "{body}");
    }
    let report = run(world, &launched(world, "SW", "unreachable"), "");
    assert!(matches!(report.end, End::Trapped { .. }), "{report:#?}");
    Ok(())
}

pub fn answer_requests(world: &World) -> Outcome {
    for (stack, body, answers) in [
        ("W", ECHO, "one\ntwo\n"),
        ("CSW", ECHO, "one\ntwo\n"),
        ("CSW", NOTE, "\0\n\0\n"),
    ] {
        let launch = Launch {
            serve: Some(4),
            ..launched(world, stack, body)
        };
        let report = run(world, &launch, "one\ntwo\n");
        assert_eq!(report.stdout.as_deref(), Some(answers), "{stack} {body}: {report:#?}");
        assert_eq!(report.end, End::Exited { code: 0 });
    }
    Ok(())
}

pub fn what_is_refused(world: &World) -> Outcome {
    let whole = wat::parse_str(component(ECHO)).unwrap();
    let import = "(component (import \"wasi:http/types@0.2.0\" (instance (export \"fields\" (type (sub resource))))))";
    let other_type =
        "(component (import \"wasi:cli/stdout@0.2.0\" (instance (export \"get-stdout\" (func (result u32))))))";
    let unknown = "(component (import \"host:files/all@1.0.0\" (func)))";
    for (bytes, code, says) in [
        (
            wat::parse_str("(component)").unwrap(),
            "drive::component-not-a-command",
            "wasi:cli/run",
        ),
        (
            wat::parse_str(import).unwrap(),
            "drive::component-import",
            "wasi:http/types",
        ),
        (
            wat::parse_str(other_type).unwrap(),
            "drive::component-import",
            "wasi:cli/stdout",
        ),
        (
            wat::parse_str(unknown).unwrap(),
            "drive::component-import",
            "host:files/all",
        ),
        (whole[..whole.len() / 2].to_vec(), "drive::module-invalid", ""),
        ([&whole[..], &[0xff, 0x00]].concat(), "drive::module-invalid", ""),
        (
            b"\0asm\x0d\0\x01\0\xff\xff\xff\xff\xff".to_vec(),
            "drive::module-invalid",
            "",
        ),
    ] {
        let error = world.run(&launch("SW", &world.file("bad.wasm", &bytes))).unwrap_err();
        assert_eq!((error.code(), error.exit_code()), (code, 2), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    // Cut anywhere, or with any byte changed, it is refused or is still a component: nothing panics.
    for length in (8..whole.len()).step_by(7) {
        let checked = check_module(&whole[..length]);
        // Only the names at its end are not needed.
        assert!(checked.is_err() || length > whole.len() / 2, "{length}");
    }
    for at in (8..whole.len()).step_by(29) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let _ = check_module(&damaged);
    }
    Ok(())
}

pub fn many_memories_are_bounded_together(world: &World) -> Outcome {
    // Twenty instances of one module, with 1 MiB each.
    let many = format!(
        "(core module $big (memory 16)) {} (core module $memory",
        "(core instance (instantiate $big))".repeat(20)
    );
    let text = component(ECHO).replacen("(core module $memory", &many, 1);
    let mut launch = launch("W", &world.module(&text));
    launch.limits.memory_bytes = 64 << 20;
    assert_eq!(run(world, &launch, "x").stdout.as_deref(), Some("x"));
    launch.limits.memory_bytes = 16 << 20;
    let report = run(world, &launch, "x");
    assert!(matches!(report.end, End::Trapped { .. }), "{report:#?}");
    Ok(())
}
