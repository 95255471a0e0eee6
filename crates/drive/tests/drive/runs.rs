//! Runs that end by themselves.

use std::io::Read;
use std::process::Stdio;

use stackwright_drive::Io;
use stackwright_spec::report::{End, RunReport};

use crate::harness::Outcome;
use crate::modules::{self, module};
use crate::parts;
use crate::world::{STACKS, World, launch};

pub fn hello_in_every_stack(world: &World) -> Outcome {
    for stack in STACKS {
        let report = world.started(stack, modules::HELLO);
        assert!(report.ok, "{stack}: {report:#?}");
        assert_eq!(report.end, End::Exited { code: 0 });
        assert_eq!(report.exit_code, 0);
        assert_eq!(report.stdout.as_deref(), Some("hello\n"), "{stack}");
        assert_eq!(report.stderr.as_deref(), Some(""), "{stack}");
        let operators: String = report.layers.iter().map(|layer| layer.operator.as_str()).collect();
        assert_eq!(operators, stack);
        for layer in &report.layers {
            assert!(layer.in_force && !layer.how.is_empty(), "{stack}: {layer:#?}");
        }
    }
    Ok(())
}

pub fn arguments_and_environment(world: &World) -> Outcome {
    for stack in STACKS {
        let module = world.module(&module(modules::ECHO));
        let mut launch = launch(stack, &module);
        launch.args = vec!["one".into(), String::new(), "drei vier 五".into()];
        launch.env = vec![("NAME".into(), "value=1".into()), ("EMPTY".into(), String::new())];
        let report = world.run(&launch).unwrap();
        let name = module.file_name().unwrap().to_str().unwrap();
        assert_eq!(report.stdout.unwrap(), format!("{name}\0one\0\0drei vier 五\0"));
        assert_eq!(report.stderr.unwrap(), "NAME=value=1\0EMPTY=\0");
    }
    Ok(())
}

pub fn standard_input(world: &World) -> Outcome {
    let launch = launch("CSW", &world.module(&module(modules::CAT)));
    let much = "0123456789abcdef".repeat(20_000);
    for input in ["", "a", &much] {
        let report = world.driver().run(&launch, Io::captured_with_input(input)).unwrap();
        assert!(report.ok, "{report:#?}");
        assert_eq!(report.stdout.as_deref(), Some(input));
    }
    Ok(())
}

pub fn everything_of_wasi_works_under_the_filter(world: &World) -> Outcome {
    for stack in STACKS {
        let report = world.started(stack, &module(modules::EVERYTHING));
        assert_eq!(report.end, End::Exited { code: 42 }, "{stack}: {report:#?}");
        assert_eq!(report.stdout.as_deref(), Some("hello\n"));
        assert_eq!(report.stderr.as_deref(), Some("hello\n"));
    }
    Ok(())
}

pub fn the_workloads_own_exit_code(world: &World) -> Outcome {
    for code in [0, 1, 125] {
        let body = format!(r#"(func (export "_start") (call $proc_exit (i32.const {code})))"#);
        let report = world.started("CSW", &module(&body));
        assert_eq!((report.end, report.exit_code), (End::Exited { code }, code));
        assert_eq!(report.ok, code == 0);
    }
    Ok(())
}

pub fn traps(world: &World) -> Outcome {
    let cases = [
        (modules::TRAP, "unreachable"),
        (modules::STACK_OVERFLOW, "stack"),
        (modules::OUT_OF_BOUNDS, "out of bounds"),
    ];
    for stack in STACKS {
        for (text, expected) in cases {
            let report = world.started(stack, text);
            let End::Trapped { message } = &report.end else {
                panic!("{stack}: {report:#?}")
            };
            assert!(message.contains(expected), "{message}");
            assert!(!report.ok);
            assert_eq!(report.exit_code, 134);
        }
    }
    Ok(())
}

pub fn a_start_function_runs_too(world: &World) -> Outcome {
    let body = r#"
        (func $early (call $say (i32.const 1) (i32.const 16) (i32.const 2)))
        (start $early)
        (func (export "_start") (call $say (i32.const 1) (i32.const 18) (i32.const 4)))"#;
    let report = world.started("CSW", &module(body));
    assert!(report.ok, "{report:#?}");
    assert_eq!(report.stdout.as_deref(), Some("hello\n"));
    Ok(())
}

fn metric(report: &RunReport, name: &str) -> f64 {
    report
        .metrics
        .iter()
        .find(|metric| metric.name == name)
        .unwrap_or_else(|| panic!("{report:#?}"))
        .value
}

pub fn figures_are_measured(world: &World) -> Outcome {
    for stack in STACKS {
        let report = world.started(stack, modules::HELLO);
        assert!(metric(&report, "cold_start") > 0.0);
        assert!(metric(&report, "run_time") > 0.0);
        let memory = metric(&report, "memory");
        assert!((1e6..64e6).contains(&memory), "{memory}");
        if stack.contains('S') {
            assert!((10.0..40.0).contains(&metric(&report, "syscall_surface")));
        }
        for metric in &report.metrics {
            assert_eq!(metric.scope, "process");
            assert!(!metric.method.is_empty());
        }
    }
    Ok(())
}

pub fn runs_at_the_same_time(world: &World) -> Outcome {
    let module = world.module(modules::HELLO);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let report = world.run(&launch("CSW", &module)).unwrap();
                    assert!(report.ok, "{report:#?}");
                    assert_eq!(report.stdout.as_deref(), Some("hello\n"));
                }
            });
        }
    });
    Ok(())
}

pub fn output_is_passed_through(_: &World) -> Outcome {
    let output = parts::command("pass", &[]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"hello\n");
    Ok(())
}

pub fn a_reader_that_goes_away(_: &World) -> Outcome {
    let mut part = parts::command("flood", &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    part.stdout.take().unwrap().read_exact(&mut some).unwrap();
    // The pipe is closed now: the workload's writes fail, and it says so with its exit code.
    assert_eq!(part.wait().unwrap().code(), Some(101));
    Ok(())
}
