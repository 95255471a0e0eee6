//! A run's report, from everything that was seen of it.

use stackwright_spec::report::{End, Finding, LayerReport, Measured, RunReport, Severity};

use crate::cache::Origin;
use crate::doctor::remedy;
use crate::ending;
use crate::error::DriveError;
use crate::judge::{self, Case};
use crate::limits::Limited;
use crate::protocol::{GuestEnd, Served, Step};
use crate::supervise::{Outcome, Stop};
use crate::sys::clock::milliseconds;

/// Exit code of a run whose module trapped, as a shell gives it for SIGABRT.
const EXIT_TRAP: i32 = 134;

/// The report of a run, or why it never started.
pub(crate) fn report(case: &Case<'_>, layers: Vec<LayerReport>, outcome: Outcome) -> Result<RunReport, DriveError> {
    check_started(case, &layers, &outcome)?;
    // Ended before it was looked at, by a limit or a signal: nothing was seen of its layers.
    let layers = if layers.is_empty() {
        judge::layers(case, &outcome)
    } else {
        layers
    };
    let (end, exit_code) = end(&outcome, case.limited);
    let all_in_force = layers.iter().all(|layer| layer.in_force);
    Ok(RunReport {
        ok: all_in_force && end == End::Exited { code: 0 },
        end,
        exit_code,
        metrics: metrics(case, &outcome),
        findings: findings(case, &layers, &outcome),
        layers,
        stdout: outcome.stdout,
        stderr: outcome.stderr,
    })
}

/// A run whose module never ran is an error, unless it was ended by a limit or a signal.
fn check_started(case: &Case<'_>, layers: &[LayerReport], outcome: &Outcome) -> Result<(), DriveError> {
    if outcome.started_ns.is_some() || outcome.ended.is_some() || outcome.stopped.is_some() {
        return Ok(());
    }
    if let Some(failure) = &outcome.grant_failure {
        let grants = &case.prepared.grants;
        let host = grants
            .iter()
            .find(|grant| grant.guest == failure.guest)
            .map(|grant| grant.host.clone());
        return Err(DriveError::Grant {
            host: host.unwrap_or_default(),
            guest: failure.guest.clone().into(),
            reason: failure.detail.clone(),
        });
    }
    // Without the engine there is nothing that could run, degraded or not.
    let fatal = outcome.failures.iter().any(|failure| failure.step == Step::Wasm);
    if (fatal || !case.launch.degraded)
        && let Some((operator, capability, detail)) = judge::first_missing(case.plan, layers, outcome)
    {
        let remedy = remedy(&capability);
        return Err(DriveError::LayerUnavailable {
            operator,
            capability,
            detail,
            remedy,
        });
    }
    if case.limited.out_of_memory() {
        return Ok(());
    }
    Err(ending::before_the_start(outcome.process, outcome.stderr.as_deref()))
}

fn end(outcome: &Outcome, limited: &Limited) -> (End, i32) {
    if let Some(stop) = outcome.stopped {
        return ending::stopped(stop);
    }
    if let Some((_, how, _)) = &outcome.ended {
        return match how {
            GuestEnd::Exited { code } => (End::Exited { code: *code }, *code),
            GuestEnd::Trapped { message } => (
                End::Trapped {
                    message: message.clone(),
                },
                EXIT_TRAP,
            ),
        };
    }
    ending::of_process(outcome.process, limited.out_of_memory())
}

fn metrics(case: &Case<'_>, outcome: &Outcome) -> Vec<Measured> {
    let process = |name: &str, unit: &str, value, method: &str| Measured {
        name: name.to_owned(),
        unit: unit.to_owned(),
        scope: "process".to_owned(),
        value,
        method: method.to_owned(),
    };
    let mut metrics = Vec::new();
    if let Some(started) = outcome.started_ns {
        let cold_start = milliseconds(started.saturating_sub(outcome.spawned_ns));
        metrics.push(process(
            "cold_start",
            "ms",
            cold_start,
            "CLOCK_MONOTONIC from just before a runner is started, or one that is ready told to begin, to just before the module's first instruction",
        ));
        let ended = outcome.ended.as_ref().map_or(outcome.gone_ns, |(at_ns, _, _)| *at_ns);
        metrics.push(process(
            "run_time",
            "ms",
            milliseconds(ended.saturating_sub(started)),
            "CLOCK_MONOTONIC from the module's first instruction to its end",
        ));
    }
    let peak = outcome
        .memory_peak
        .map(|bytes| (bytes, "VmHWM of the workload's process, read from outside at its end"));
    let group = || {
        case.limited
            .peak_memory()
            .map(|bytes| (bytes, "peak of the run's control group"))
    };
    if let Some((bytes, method)) = peak.or_else(group) {
        // Exact up to 2^53 bytes.
        #[allow(clippy::cast_precision_loss)]
        metrics.push(process("memory", "bytes", bytes as f64, method));
    }
    if let Some(served) = outcome.served {
        // Exact up to 2^53 requests.
        #[allow(clippy::cast_precision_loss)]
        let requests = served.requests as f64;
        let method = "counted by the workload's process, each answered by an instance of its own";
        metrics.push(process("requests", "requests", requests, method));
    }
    if let Some(filter) = case
        .filter
        .filter(|_| outcome.evidence.as_ref().is_some_and(|seen| seen.filter.is_some()))
    {
        // A few hundred at most.
        #[allow(clippy::cast_precision_loss)]
        let calls = filter.system_calls as f64;
        metrics.push(process(
            "syscall_surface",
            "calls",
            calls,
            "system calls that the filter in force lets through",
        ));
    }
    metrics
}

fn findings(case: &Case<'_>, layers: &[LayerReport], outcome: &Outcome) -> Vec<Finding> {
    let limits = &case.launch.limits;
    let finding = |severity, place: &str, what: String| Finding {
        severity,
        r#where: place.to_owned(),
        what,
    };
    let missing: Vec<&LayerReport> = layers.iter().filter(|layer| !layer.in_force).collect();
    let mut findings = Vec::new();
    for layer in &missing {
        let what = format!("started without it, as --degraded allows: {}", layer.how.join("; "));
        findings.push(finding(Severity::Error, &layer.operator, what));
    }
    findings.push(match &case.prepared.compiled.origin {
        Origin::Cached => finding(Severity::Info, "compiled code", "taken from the cache".to_owned()),
        Origin::Compiled => finding(
            Severity::Info,
            "compiled code",
            "compiled and kept in the cache".to_owned(),
        ),
        Origin::Recompiled(why) => {
            let what = format!("the cache's entry was not trusted ({why}); compiled again and replaced");
            finding(Severity::Warning, "compiled code", what)
        }
        Origin::NotKept(why) => finding(
            Severity::Info,
            "compiled code",
            format!("compiled for this run only, not kept: {why}"),
        ),
    });
    findings.extend(case.limited.findings(&outcome.not_joined));
    if let Some(Served {
        requests,
        failed: failed @ 1..,
        ..
    }) = outcome.served
    {
        let what = format!("{failed} of {requests} requests failed");
        findings.push(finding(Severity::Error, "requests", what));
    }
    if let Some((_, _, refused @ 1..)) = outcome.ended {
        let what = format!(
            "the module was refused more memory {refused} times, at its limit of {} bytes",
            limits.memory_bytes
        );
        findings.push(finding(Severity::Warning, "memory", what));
    }
    match outcome.stopped {
        Some(Stop::TimeLimit) => {
            let what = format!("ended at its limit of {} ms", limits.time_ms);
            findings.push(finding(Severity::Error, "time", what));
        }
        Some(Stop::OutputLimit) => {
            let what = format!("ended at its limit of {} bytes", limits.output_bytes);
            findings.push(finding(Severity::Error, "output", what));
        }
        Some(Stop::Interrupted(_)) | None => {}
    }
    for layer in &missing {
        let what = "the run ended without this layer ever having been seen in force".to_owned();
        findings.push(finding(Severity::Error, &layer.operator, what));
    }
    findings
}
