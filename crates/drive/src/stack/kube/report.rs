//! The report of a pod that was played.

use serde_json::Value;
use stackwright_spec::report::{End, Finding, LayerReport, Measured, RunReport, Severity};

use crate::ending;
use crate::supervise::Stop;
use crate::sys::clock::milliseconds;
use crate::sys::process::Ended as Process;

/// How a container ended, and when.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// When the workload was started, if it was.
    pub(super) started_ns: Option<u64>,
    pub(super) gone_ns: u64,
    pub(super) code: Option<i32>,
    out_of_memory: bool,
    /// The container's name.
    name: String,
}

impl Ended {
    /// Takes what podman says of a container that has ended.
    pub(super) fn of(&mut self, said: &Value, name: &str) {
        let code = said.pointer("/State/ExitCode").and_then(Value::as_i64);
        self.code = code.and_then(|code| i32::try_from(code).ok());
        self.out_of_memory = said.pointer("/State/OOMKilled") == Some(&true.into());
        name.clone_into(&mut self.name);
    }
}

/// What was seen of a run.
pub(super) struct Seen {
    pub(super) start_ns: u64,
    pub(super) end: Ended,
    pub(super) stopped: Option<Stop>,
    pub(super) memory_peak: Option<u64>,
}

impl Seen {
    pub(super) fn report(
        self,
        layers: Vec<LayerReport>,
        mut findings: Vec<Finding>,
        stdout: Option<String>,
        stderr: Option<String>,
    ) -> RunReport {
        let (end, exit_code) = self.end();
        for layer in layers.iter().filter(|layer| !layer.in_force) {
            findings.push(Finding {
                severity: Severity::Error,
                r#where: layer.operator.clone(),
                what: format!("started without it, as --degraded allows: {}", layer.how.join("; ")),
            });
        }
        if self.end.started_ns.is_none() && self.stopped.is_none() {
            findings.push(Finding {
                severity: Severity::Error,
                r#where: self.end.name.clone(),
                what: "it failed, so the workload was not started".to_owned(),
            });
        }
        RunReport {
            ok: layers.iter().all(|layer| layer.in_force) && end == (End::Exited { code: 0 }),
            end,
            exit_code,
            metrics: self.metrics(),
            findings,
            layers,
            stdout,
            stderr,
        }
    }

    fn end(&self) -> (End, i32) {
        if let Some(stop) = self.stopped {
            return ending::stopped(stop);
        }
        if self.end.out_of_memory {
            return ending::of_process(Some(Process::Signalled(libc::SIGKILL)), true);
        }
        // Podman gives the end by a signal as this code, as a shell does.
        ending::of_process(self.end.code.map(Process::Exited), false)
    }

    fn metrics(&self) -> Vec<Measured> {
        let measured = |name: &str, unit: &str, scope: &str, value, method: &str| Measured {
            name: name.to_owned(),
            unit: unit.to_owned(),
            scope: scope.to_owned(),
            value,
            method: method.to_owned(),
        };
        let mut metrics = Vec::new();
        if let Some(started) = self.end.started_ns {
            metrics.push(measured(
                "cold_start",
                "ms",
                "engine",
                milliseconds(started.saturating_sub(self.start_ns)),
                "CLOCK_MONOTONIC from before podman is asked for the image to when it is told to start the workload",
            ));
            metrics.push(measured(
                "run_time",
                "ms",
                "engine",
                milliseconds(self.end.gone_ns.saturating_sub(started)),
                "CLOCK_MONOTONIC from when podman is told to start the workload to when it says that it ended",
            ));
        }
        if let Some(bytes) = self.memory_peak {
            // Exact up to 2^53 bytes.
            #[allow(clippy::cast_precision_loss)]
            metrics.push(measured(
                "memory",
                "bytes",
                "process",
                bytes as f64,
                "peak of the container's control group, as last read before its end",
            ));
        }
        metrics
    }
}
