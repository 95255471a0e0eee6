//! What is reported back: findings, the layers that were in force, measured figures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something does not hold as one might expect.
    Warning,
    /// Something that was asked for does not hold.
    Error,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about: a layer, a file, a field.
    pub r#where: String,
    /// What was found.
    pub what: String,
}

/// A layer of a running stack and how it was seen to be in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerReport {
    /// Symbol of the operator.
    pub operator: String,
    /// Whether the layer was in force. `false` whenever it was not seen to be.
    pub in_force: bool,
    /// Each observation, such as `pid namespace 4026532281, ours is 4026531836`.
    pub how: Vec<String>,
}

/// A measured figure of this run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Metric name, such as `cold_start`.
    pub name: String,
    /// Unit, such as `ms` or `bytes`.
    pub unit: String,
    /// Scope, such as `process`.
    pub scope: String,
    /// The value.
    pub value: f64,
    /// From which point to which point, or by which counter, it was taken.
    pub method: String,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// Whether every layer that was asked for was in force and the workload ended by itself with code 0.
    pub ok: bool,
    /// The layers, outermost first.
    pub layers: Vec<LayerReport>,
    /// How the workload ended.
    pub end: End,
    /// Exit code of the run: the workload's own, 124 on the time limit, 128 + signal when it was killed.
    pub exit_code: i32,
    /// Measured figures.
    pub metrics: Vec<Measured>,
    /// Anything else worth saying.
    pub findings: Vec<Finding>,
    /// What the workload wrote to standard output, when it was captured rather than passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// What the workload wrote to standard error, when it was captured rather than passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
}

/// How a workload ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum End {
    /// It ended by itself with this code.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// The module trapped: unreachable code, an out-of-bounds access, a stack overflow, ….
    Trapped {
        /// The engine's message, with the WebAssembly backtrace where there is one.
        message: String,
    },
    /// The time limit was reached and it was killed.
    TimedOut,
    /// It wrote more than its output limit and was killed.
    OutputLimit,
    /// It was killed because it used more memory than its limit.
    OutOfMemory,
    /// It was ended because a probe found that it does not start, or does not live.
    Unhealthy {
        /// The probe, and what it found in the end.
        why: String,
    },
    /// It was ended by this signal.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
}
