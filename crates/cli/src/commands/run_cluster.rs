//! `run` of a bundle for a cluster: podman plays its pod on this host.

use std::io::Write as _;
use std::path::Path;

use stackwright::quantity::Dimension;
use stackwright::spec::launch::Restart;
use stackwright::{Diagnostic, Output as Streams, cluster};

use stackwright_locale::{Locale, say};

use super::image::store_folder;
use super::run::{answer, io, quantity, time_limit, variables, whole};
use crate::arguments;
use crate::failure::Failure;
use crate::output::Output;

/// Carries `run` out for a bundle for a cluster.
pub fn run(arguments: &arguments::Run, output: &mut Output) -> Result<u8, Failure> {
    let locale = output.locale();
    refuse(arguments, locale)?;
    let store = store_folder(&arguments.place);
    let (lock, mut launch) = cluster::from_bundle(Path::new(&arguments.what), store.as_deref())?;
    launch.args.clone_from(&arguments.command);
    launch.env = variables(&arguments.env, locale)?;
    launch.limits.time_ms = time_limit(arguments)?;
    launch.limits.output_bytes = whole(quantity("--output-limit", &arguments.output_limit, Dimension::Bytes)?);
    launch.degraded = arguments.degraded;
    launch.keep = arguments.keep || arguments.detach;
    if launch.degraded {
        output.note(&say!(locale, "run-degraded"));
    }
    let mut io = io(false, output);
    if arguments.detach {
        io.output = Streams::Discard;
    }
    output.flush();
    let report = stackwright::run_cluster(&launch, &io, &mut |name| {
        if arguments.detach {
            // Whoever asked for it may be gone by now.
            let _ = writeln!(std::io::stdout(), "{name}");
        }
    })?;
    let stack = stackwright::algebra::display_word(launch.word.iter().map(String::as_str));
    Ok(answer(&stack, &report, &lock.predicted, output))
}

/// Options that a document decides, or that podman has no place for.
fn refuse(arguments: &arguments::Run, locale: &Locale) -> Result<(), Diagnostic> {
    let given = [
        ("--memory-limit", arguments.memory_limit.is_some()),
        ("--grant", !arguments.grant.is_empty()),
        ("--interactive", arguments.interactive),
        ("--tty", arguments.tty),
        ("--attest", arguments.attest),
        ("--driver", !arguments.driver.is_empty()),
        ("--rootfs", arguments.rootfs.is_some()),
        ("--image", arguments.image.is_some()),
        ("--workdir", arguments.workdir.is_some()),
        ("--policy", !arguments.policy.is_empty()),
        ("--otlp", arguments.otlp.is_some()),
        ("--restart", arguments.restart != Restart::No),
        ("--publish", !arguments.publish.is_empty()),
        ("--startup", arguments.startup.is_some()),
        ("--readiness", arguments.readiness.is_some()),
        ("--liveness", arguments.liveness.is_some()),
        ("--serve", arguments.serve.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Diagnostic::new(
            "run::argument",
            say!(locale, "run-cluster-option", option = *option),
        )
        .with_help(say!(locale, "run-cluster-option-help"))),
        None => Ok(()),
    }
}
