//! Runs told to a collector of OpenTelemetry, by OTLP over HTTP in JSON.
//!
//! When it is about to begin, a run is told as a log record, which the collector has to take: only then is the layer there. In
//! the end it is told as a span, with what was seen of its layers as events, and its figures as metrics. Arguments and
//! variables are not told.

use std::fs::File;
use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use stackwright_drive::{FetchError, FetchLimits, send};
use stackwright_spec::report::{LayerReport, RunReport};

/// How long a collector may take, each time.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of its answers.
const ANSWER: u64 = 1 << 20;
/// Kinds of spans and severities, and codes of a span's state, as OTLP numbers them.
const INTERNAL: u32 = 1;
const INFO: u32 = 9;
const OK: u32 = 1;
const ERROR: u32 = 2;

/// A collector.
#[derive(Clone, Debug)]
pub struct Collector {
    address: String,
    headers: Vec<(String, String)>,
}

/// What a run is told as.
#[derive(Clone, Debug)]
pub struct Told {
    collector: Collector,
    stack: String,
    program: String,
    trace: String,
    span: String,
    begun: u128,
}

/// Why a collector did not take what it was told.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// There was no answer.
    #[error("{address}: {source}")]
    Unreachable {
        /// Where to.
        address: String,
        /// Why.
        source: FetchError,
    },
    /// It refused.
    #[error("{address} answered with status {status}")]
    Refused {
        /// Where to.
        address: String,
        /// The status of HTTP.
        status: u16,
    },
}

impl TelemetryError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        "start a collector there that takes OTLP over HTTP, or leave it out"
    }
}

impl Collector {
    /// The collector at this address, to which the paths of signals are appended, with headers as in
    /// `OTEL_EXPORTER_OTLP_HEADERS`: `NAME=VALUE`, separated by commas.
    pub fn new(address: &str, headers: &str) -> Self {
        let header = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        Self {
            address: address.trim_end_matches('/').to_owned(),
            headers: headers.split(',').filter_map(header).collect(),
        }
    }

    /// Tells that a run is about to begin, and returns the layer `operator` that the collector is.
    ///
    /// # Errors
    ///
    /// It did not take it.
    pub fn begin(&self, operator: &str, stack: &str, program: &str) -> Result<(LayerReport, Told), TelemetryError> {
        let (trace, span) = identifiers();
        let told = Told {
            collector: self.clone(),
            stack: stack.to_owned(),
            program: program.to_owned(),
            trace,
            span,
            begun: now(),
        };
        let record = json!({
            "timeUnixNano": told.begun.to_string(),
            "severityNumber": INFO,
            "body": { "stringValue": format!("a run under {stack} is about to begin") },
            "attributes": told.attributes(),
            "traceId": told.trace,
            "spanId": told.span,
        });
        let scope = json!([{ "scope": scope(), "logRecords": [record] }]);
        self.tell(
            "logs",
            &json!({ "resourceLogs": [{ "resource": resource(), "scopeLogs": scope }] }),
        )?;
        let layer = LayerReport {
            operator: operator.to_owned(),
            in_force: true,
            how: vec![format!(
                "{} took the run's first record, trace {}",
                self.address, told.trace
            )],
        };
        Ok((layer, told))
    }

    fn tell(&self, signal: &str, document: &Value) -> Result<(), TelemetryError> {
        let address = format!("{}/v1/{signal}", self.address);
        let limits = FetchLimits {
            time: PATIENCE,
            bytes: ANSWER,
        };
        let body = document.to_string().into_bytes();
        match send(&address, "application/json", &self.headers, &body, limits) {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(TelemetryError::Refused {
                address,
                status: answer.status,
            }),
            Err(source) => Err(TelemetryError::Unreachable { address, source }),
        }
    }
}

impl Told {
    /// Tells how the run ended.
    ///
    /// # Errors
    ///
    /// The collector did not take it.
    pub fn end(&self, report: &RunReport) -> Result<(), TelemetryError> {
        let ended = now();
        let mut attributes = self.attributes();
        attributes.push(attribute(
            "process.exit.code",
            json!({ "intValue": report.exit_code.to_string() }),
        ));
        attributes.push(attribute("stackwright.ok", json!({ "boolValue": report.ok })));
        let events: Vec<Value> = report.layers.iter().map(|layer| event(layer, self.begun)).collect();
        let span = json!({
            "traceId": self.trace,
            "spanId": self.span,
            "name": "run",
            "kind": INTERNAL,
            "startTimeUnixNano": self.begun.to_string(),
            "endTimeUnixNano": ended.to_string(),
            "attributes": attributes,
            "events": events,
            "status": { "code": if report.ok { OK } else { ERROR } },
        });
        let spans = json!([{ "scope": scope(), "spans": [span] }]);
        self.collector.tell(
            "traces",
            &json!({ "resourceSpans": [{ "resource": resource(), "scopeSpans": spans }] }),
        )?;
        let metrics: Vec<Value> = report
            .metrics
            .iter()
            .map(|metric| {
                json!({
                    "name": format!("stackwright.{}", metric.name),
                    "description": metric.method,
                    "unit": if metric.unit == "bytes" { "By" } else { metric.unit.as_str() },
                    "gauge": { "dataPoints": [{
                        "timeUnixNano": ended.to_string(),
                        "asDouble": metric.value,
                        "attributes": self.attributes(),
                    }] },
                })
            })
            .collect();
        let metrics = json!([{ "scope": scope(), "metrics": metrics }]);
        let metrics = json!({ "resourceMetrics": [{ "resource": resource(), "scopeMetrics": metrics }] });
        self.collector.tell("metrics", &metrics)
    }

    fn attributes(&self) -> Vec<Value> {
        vec![
            attribute("stackwright.stack", json!({ "stringValue": self.stack })),
            attribute("process.executable.name", json!({ "stringValue": self.program })),
        ]
    }
}

fn event(layer: &LayerReport, time: u128) -> Value {
    let how: Vec<Value> = layer.how.iter().map(|how| json!({ "stringValue": how })).collect();
    json!({
        "timeUnixNano": time.to_string(),
        "name": "layer",
        "attributes": [
            attribute("stackwright.operator", json!({ "stringValue": layer.operator })),
            attribute("stackwright.in_force", json!({ "boolValue": layer.in_force })),
            attribute("stackwright.how", json!({ "arrayValue": { "values": how } })),
        ],
    })
}

fn attribute(key: &str, value: Value) -> Value {
    json!({ "key": key, "value": value })
}

fn resource() -> Value {
    json!({ "attributes": [attribute("service.name", json!({ "stringValue": "stackwright" }))] })
}

fn scope() -> Value {
    json!({ "name": "stackwright", "version": env!("CARGO_PKG_VERSION") })
}

fn now() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos())
}

/// Names of a trace and a span that nobody else has: 16 and 8 bytes by chance, in hexadecimal.
fn identifiers() -> (String, String) {
    let mut bytes = [0_u8; 24];
    // Without the kernel's chance the time is all that tells runs apart.
    if File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .is_err()
    {
        let time = now().to_be_bytes();
        bytes
            .iter_mut()
            .zip(time.iter().chain(time.iter().rev()))
            .for_each(|(byte, of)| *byte = *of);
    }
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (trace, span) = text.split_at(32);
    (trace.to_owned(), span.to_owned())
}
