//! Parts that this binary plays in a process of its own, for tests that look at it from outside.

use std::path::Path;
use std::process::{Command, Stdio};

use stackwright_drive::{Host, Io, Output, Stdin};
use stackwright_spec::report::{Finding, RunReport, Severity};

use crate::modules::{CAT, ENDLESS, FLOOD, HELLO, module};
use crate::world::{STACKS, World, launch};

/// First argument of a process that plays a part.
pub const ARGUMENT: &str = "--part";

/// A command that plays the part.
pub fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(ARGUMENT).arg(name).args(arguments).stdin(Stdio::null());
    command
}

/// Plays the part; a part that fails panics, which its process's exit code tells.
pub fn play(name: &str, arguments: &[String]) {
    match name {
        "pass" => pass(HELLO),
        "flood" => pass(FLOOD),
        "endless" => endless(&arguments[0]),
        "wait-for-input" => wait_for_input(),
        "every-stack" => every_stack(),
        "every-command" => every_command(),
        "without-users" => without_users(),
        "doctor" => drop(stackwright_drive::doctor()),
        "gc" => stackwright_drive::collect_garbage()
            .unwrap()
            .iter()
            .for_each(|what| println!("{what}")),
        "no-container" => no_container(),
        "figures" => figures(&arguments[0], arguments[1].parse().unwrap()),
        "serving" => crate::serving::figures(arguments.iter().any(|argument| argument == "--check")),
        "update-example" => crate::example::update(),
        other => panic!("there is no part {other}"),
    }
}

/// Runs a module with its output passed through, and ends as it did.
fn pass(text: &str) {
    let code = {
        let world = World::new();
        let text = if text == FLOOD { module(text) } else { text.to_owned() };
        let launch = launch("CSW", &world.module(&text));
        let report = world
            .driver()
            .run(
                &launch,
                Io {
                    stdin: Stdin::Null,
                    ..Io::default()
                },
            )
            .unwrap();
        report.exit_code
    };
    std::process::exit(code);
}

/// Runs without end, and tells the report's exit code once it was ended.
fn endless(stack: &str) {
    let code = {
        let world = World::new();
        let mut launch = launch(stack, &world.module(ENDLESS));
        launch.limits.time_ms = 3_600_000;
        world.run(&launch).unwrap().exit_code
    };
    println!("report {code}");
}

/// Copies our own standard input, for a short time.
fn wait_for_input() {
    let world = World::new();
    let mut launch = launch("CSW", &world.module(&module(CAT)));
    launch.limits.time_ms = 250;
    let report = world
        .driver()
        .run(
            &launch,
            Io {
                stdin: Stdin::Inherit,
                output: Output::Capture,
            },
        )
        .unwrap();
    println!("report {}", report.exit_code);
}

/// Runs a module in every stack, whoever we are, and tells what was found.
fn every_stack() {
    let world = World::new();
    let cache = std::env::var_os("XDG_CACHE_HOME").unwrap();
    let driver = Host::new().with_cache_directory(Path::new(&cache).join("stackwright"));
    for stack in STACKS {
        let report = driver
            .run(&launch(stack, &world.module(HELLO)), Io::captured())
            .unwrap();
        assert!(report.ok, "{report:#?}");
        assert_eq!(report.stdout.as_deref(), Some("hello\n"));
        report
            .findings
            .iter()
            .for_each(|finding| println!("{stack} {:?} {}", finding.severity, finding.what));
        report
            .layers
            .iter()
            .flat_map(|layer| &layer.how)
            .for_each(|how| println!("{stack} {how}"));
    }
}

/// Runs a command in every stack that needs no privilege, whoever we are.
fn every_command() {
    for word in ["", "S", "Ns", "C", "C S", "S C", "Ns S"] {
        let launch = crate::stacks::launch(word, &["sh", "-c", "id -u"]);
        let report = Host::new().run_command(&launch, Io::captured()).unwrap();
        assert!(report.layers.iter().all(|layer| layer.in_force), "{word}: {report:#?}");
        assert!(
            !report.stdout.as_deref().unwrap().starts_with("0\n"),
            "{word}: {report:#?}"
        );
        println!("{word}: {:?}", report.end);
    }
    // In containers of runtimes the user is root, of nothing but itself.
    for runtime in ["crun", "runc"] {
        if Command::new(runtime).arg("--version").output().is_err() {
            println!("{runtime}: not installed");
            continue;
        }
        for word in ["C", "C S", "S C"] {
            let mut launch = crate::stacks::launch(word, &["sh", "-c", "id -u; cd /tmp; echo x > x; cat x"]);
            launch.drivers = vec![("C".to_owned(), runtime.to_owned())];
            launch.attest = true;
            let report = Host::new().run_command(&launch, Io::captured()).unwrap();
            assert!(report.ok, "{runtime} {word}: {report:#?}");
            assert_eq!(
                report.stdout.as_deref(),
                Some("0\nx\n"),
                "{runtime} {word}: {report:#?}"
            );
            println!("{runtime} {word}: {:?}", report.end);
        }
    }
}

/// Runs a module in a container, where the host gives no user namespaces.
fn without_users() {
    let world = World::new();
    let report = world.run(&launch("CSW", &world.module(HELLO))).unwrap();
    assert!(report.ok, "{report:#?}");
    report
        .layers
        .iter()
        .flat_map(|layer| &layer.how)
        .for_each(|how| println!("{how}"));
}

/// Asks for a container where there can be none: it is refused, unless the run may be degraded.
fn no_container() {
    let world = World::new();
    let mut launch = launch("CSW", &world.module(HELLO));
    let error = world.run(&launch).unwrap_err();
    assert_eq!(
        (error.code(), error.exit_code()),
        ("drive::layer-unavailable", 3),
        "{error}"
    );
    println!("{error}");
    println!("{}", error.help().unwrap());
    launch.degraded = true;
    let report = world.run(&launch).unwrap();
    assert!(!report.ok);
    assert_eq!(
        (report.exit_code, report.stdout.as_deref()),
        (0, Some("hello\n")),
        "{report:#?}"
    );
    let in_force: Vec<bool> = report.layers.iter().map(|layer| layer.in_force).collect();
    assert_eq!(in_force, [false, true, true], "{report:#?}");
    let about_it = |finding: &Finding| finding.severity == Severity::Error && finding.r#where == "C";
    assert!(report.findings.first().is_some_and(about_it), "{report:#?}");
    assert!(report.findings.last().is_some_and(about_it), "{report:#?}");
}

/// Tells the median and the extremes of what was measured over many runs: `--part figures CSW 100`.
fn figures(stack: &str, runs: usize) {
    let world = World::new();
    let launch = launch(stack, &world.module(HELLO));
    world.run(&launch).unwrap();
    let reports: Vec<_> = (0..runs).map(|_| world.run(&launch).unwrap()).collect();

    for name in ["cold_start", "run_time", "memory"] {
        let figure = |report: &RunReport| report.metrics.iter().find(|metric| metric.name == name).unwrap().value;
        let mut values: Vec<f64> = reports.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        println!(
            "{stack} {name}: median {}, {} to {}",
            values[runs / 2],
            values[0],
            values[runs - 1]
        );
    }
}
