//! Limits that bite.

use std::process::Stdio;

use stackwright_spec::launch::Launch;
use stackwright_spec::report::{End, RunReport, Severity};

use crate::harness::Outcome;
use crate::modules::{self, module};
use crate::parts;
use crate::world::{STACKS, World, is_root, launch};

fn short(stack: &str, world: &World, text: &str) -> Launch {
    let mut launch = launch(stack, &world.module(text));
    launch.limits.time_ms = 250;
    launch
}

fn timed_out(report: &RunReport) {
    assert_eq!(report.end, End::TimedOut, "{report:#?}");
    assert_eq!(report.exit_code, 124);
    assert!(!report.ok);
    assert!(report.layers.iter().all(|layer| layer.in_force), "{report:#?}");
    assert!(
        report.metrics.iter().any(|metric| metric.name == "memory"),
        "{report:#?}"
    );
}

pub fn an_endless_loop(world: &World) -> Outcome {
    for stack in STACKS {
        timed_out(&world.run(&short(stack, world, modules::ENDLESS)).unwrap());
    }
    Ok(())
}

pub fn an_endless_sleep(world: &World) -> Outcome {
    timed_out(&world.run(&short("CSW", world, &module(modules::SLEEP))).unwrap());
    Ok(())
}

pub fn waiting_for_input_that_never_comes(_: &World) -> Outcome {
    // The part's standard input is a pipe that nobody writes to, and its workload reads that.
    let mut command = parts::command("wait-for-input", &[]);
    let mut part = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let silent = part.stdin.take();
    let output = part.wait_with_output().unwrap();
    drop(silent);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "report 124\n");
    Ok(())
}

pub fn a_flood_of_output(world: &World) -> Outcome {
    for stack in ["W", "CSW"] {
        let mut launch = launch(stack, &world.module(&module(modules::FLOOD)));
        launch.limits.output_bytes = 10_000;
        let report = world.run(&launch).unwrap();
        assert_eq!(report.end, End::OutputLimit, "{report:#?}");
        assert_eq!(report.exit_code, 137);
        assert_eq!(report.stdout.unwrap().len(), 10_000);
    }
    Ok(())
}

pub fn a_memory_eater(world: &World) -> Outcome {
    for stack in STACKS {
        let mut launch = launch(stack, &world.module(&module(modules::EATER)));
        launch.limits.memory_bytes = 32 << 20;
        let report = world.run(&launch).unwrap();
        let group = stack.contains('C') && is_root();
        if group {
            // Module and engine together exceed the group's bound before the engine's own is reached.
            assert_eq!(report.end, End::OutOfMemory, "{stack}: {report:#?}");
            assert_eq!(report.exit_code, 137);
        } else {
            assert_eq!(report.end, End::Exited { code: 3 }, "{stack}: {report:#?}");
            let memory = report.metrics.iter().find(|metric| metric.name == "memory").unwrap();
            assert!(memory.value < f64::from(64 << 20), "{memory:?}");
        }
    }
    Ok(())
}

pub fn the_least_memory(world: &World) -> Outcome {
    for stack in STACKS {
        let mut launch = launch(stack, &world.module(&module(modules::CAT)));
        // Two pages of its own, and what is kept for the engine.
        launch.limits.memory_bytes = (8 << 20) + (2 << 16);
        let report = world.run(&launch).unwrap();
        assert!(report.ok, "{stack}: {report:#?}");
    }
    Ok(())
}

pub fn a_refused_growth(world: &World) -> Outcome {
    for stack in STACKS {
        let report = world.started(stack, &module(modules::GREEDY));
        assert!(report.ok, "{stack}: {report:#?}");
        let told = report
            .findings
            .iter()
            .any(|f| f.severity == Severity::Warning && f.what.contains("refused more memory"));
        assert!(told, "{report:#?}");
    }
    Ok(())
}
