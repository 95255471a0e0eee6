//! Requests that are answered by instances of their own.

use stackwright_drive::{Io, Output, Stdin};
use stackwright_spec::launch::{Grant, Launch};
use stackwright_spec::report::{End, RunReport};

use crate::harness::Outcome;
use crate::modules::{HANDLER, SLEEP, SLEEPER, module};
use crate::world::{World, launch};

fn serve(world: &World, launch: &Launch, requests: &str) -> RunReport {
    let io = Io {
        stdin: Stdin::Bytes(requests.into()),
        output: Output::Capture,
    };
    world.driver().run(launch, io).unwrap()
}

fn handler(world: &World, stack: &str, at_once: u32) -> Launch {
    Launch {
        serve: Some(at_once),
        ..launch(stack, &world.module(&module(HANDLER)))
    }
}

fn figure(report: &RunReport, name: &str) -> f64 {
    report.metrics.iter().find(|metric| metric.name == name).unwrap().value
}

pub fn answers_come_in_order_from_new_instances(world: &World) -> Outcome {
    for stack in ["W", "SW", "CW", "CSW", "ICSW"] {
        let report = serve(world, &handler(world, stack, 2), "m-\nm-\neabc\n\nslate\nelast");
        assert_eq!(report.end, End::Exited { code: 0 }, "{stack}: {report:#?}");
        // The second is told that nothing was noted, although the first noted something.
        assert_eq!(
            report.stdout.as_deref(),
            Some("m0\nm0\neabc\n\nslate\nelast\n"),
            "{stack}"
        );
        assert!(report.layers.iter().all(|layer| layer.in_force), "{stack}: {report:#?}");
        assert_eq!(figure(&report, "requests"), 6.0);
    }
    Ok(())
}

pub fn each_request_has_its_own_limits(world: &World) -> Outcome {
    for stack in ["W", "CSW"] {
        let mut launch = handler(world, stack, 3);
        launch.limits.time_ms = 300;
        launch.limits.output_bytes = 5_000;
        launch.limits.memory_bytes = 16 << 20;
        let long = "e".repeat((1 << 20) + 1);
        let report = serve(world, &launch, &format!("x\nt\nl\nf\ng-\n{long}\neend\n"));
        assert_eq!(report.end, End::Exited { code: 1 }, "{stack}: {report:#?}");
        let answers = format!("\n\n\n{}\ngr\n\neend\n", "f".repeat(5_000));
        assert_eq!(report.stdout.as_deref(), Some(answers.as_str()), "{stack}");
        let errors = report.stderr.clone().unwrap();
        for expected in [
            "request 1: it ended with exit code 3\n",
            "request 2: error while executing",
            "request 3: it took longer than 300 ms\n",
            "request 4: it wrote more than 5000 bytes\n",
            "request 6: it is longer than 1048576 bytes\n",
        ] {
            assert!(errors.contains(expected), "{stack}: {expected}: {errors}");
        }
        assert!(
            !errors.contains("request 5:") && !errors.contains("request 7:"),
            "{errors}"
        );
        let says = |what: &str| report.findings.iter().any(|finding| finding.what.contains(what));
        assert!(
            says("5 of 7 requests failed") && says("refused more memory"),
            "{report:#?}"
        );
    }
    Ok(())
}

pub fn sleeping_takes_no_longer_than_allowed(world: &World) -> Outcome {
    for stack in ["W", "CSW"] {
        let mut launch = Launch {
            serve: Some(2),
            ..launch(stack, &world.module(&module(SLEEP)))
        };
        launch.limits.time_ms = 200;
        let report = serve(world, &launch, "one\ntwo\nthree\n");
        assert_eq!(report.stdout.as_deref(), Some("\n\n\n"), "{stack}: {report:#?}");
        assert_eq!(report.stderr.unwrap().matches("it took longer than 200 ms").count(), 3);
    }
    Ok(())
}

pub fn folders_are_not_given(world: &World) -> Outcome {
    let mut launch = handler(world, "SW", 2);
    launch.grants.push(Grant {
        host: world.directory("given"),
        guest: "/given".into(),
        writable: false,
    });
    let refused = world.run(&launch).unwrap_err().to_string();
    assert!(refused.contains("is given no folders"), "{refused}");
    Ok(())
}

pub fn requests_are_answered_at_once(world: &World) -> Outcome {
    // Each sleeps a tenth of a second; one after the other they would take ten.
    let report = serve(world, &handler(world, "CSW", 100), &"s\n".repeat(100));
    assert_eq!(report.end, End::Exited { code: 0 }, "{report:#?}");
    assert!(figure(&report, "run_time") < 5_000.0, "{report:#?}");
    // One that computes without end keeps nobody from answering, and is ended in its time: if it did not give way, nothing
    // here would ever end.
    let mut launch = handler(world, "SW", 2);
    launch.limits.time_ms = 1_000;
    let report = serve(world, &launch, &format!("l\n{}", "s\n".repeat(3)));
    assert_eq!(report.stdout.as_deref(), Some("\ns\ns\ns\n"), "{report:#?}");
    Ok(())
}

pub fn what_a_pool_has_no_place_for(world: &World) -> Outcome {
    for (what, text) in [
        (
            "memories",
            "(module (memory 1) (memory 1) (func (export \"_start\")))".to_owned(),
        ),
        (
            "tables",
            format!("(module {} (func (export \"_start\")))", "(table 1 funcref)".repeat(5)),
        ),
        (
            "table",
            "(module (table 100000000 funcref) (func (export \"_start\")))".to_owned(),
        ),
    ] {
        let launch = Launch {
            serve: Some(2),
            ..launch("SW", &world.module(&text))
        };
        let refused = world.run(&launch).unwrap_err().to_string();
        assert!(refused.contains(what), "{what}: {refused}");
    }
    Ok(())
}

/// What an instance costs, and what a thousand of them at once take. Fails above the bounds if it is to check them.
pub fn figures(check: bool) {
    let world = World::new();
    let empty = world.module("(module (memory (export \"memory\") 1) (func (export \"_start\")))");
    for stack in ["W", "CSW"] {
        let launch = Launch {
            serve: Some(1),
            ..launch(stack, &empty)
        };
        let requests = 20_000;
        let report = serve(&world, &launch, &"\n".repeat(requests));
        assert_eq!(figure(&report, "requests"), 20_000.0);
        let each = figure(&report, "run_time") * 1_000.0 / 20_000.0;
        println!("{stack}: {each:.1} µs for an instance, from its request to its answer");
        assert!(!check || each <= 100.0);
        let mut launch = Launch {
            serve: Some(1_000),
            ..crate::world::launch(stack, &world.module(&module(SLEEPER)))
        };
        launch.limits.memory_bytes = 32 << 20;
        let report = serve(&world, &launch, &"\n".repeat(1_000));
        assert_eq!(report.end, End::Exited { code: 0 }, "{report:#?}");
        let (time, memory) = (figure(&report, "run_time"), figure(&report, "memory"));
        println!(
            "{stack}: {:.1} MiB for 1,000 instances that sleep 3 s, in {time:.0} ms",
            memory / 1_048_576.0
        );
        assert!(!check || memory <= 1_073_741_824.0);
        assert!(time < 10_000.0, "they were not there at once");
    }
}
