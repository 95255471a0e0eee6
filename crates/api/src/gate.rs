//! Whether a run may start, decided by policies in Rego over what it is to be.
//!
//! A policy is told the run as one document, [`Start`], as `input`. It refuses by its rules `deny` or `violation`, sets or
//! lists of messages; or it lets pass by its rule `allow`, which must then be true. What it leaves undefined is no pass.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use regorus::{Engine, Value};
use serde::Serialize;
use stackwright_spec::launch::{CommandLaunch, Grant, Launch, Limits, Root};
use stackwright_spec::report::LayerReport;

/// What a policy is told. Values of variables are left out: they may be secrets, and reasons are printed.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    schema: &'static str,
    /// Symbols of the stack's operators, outermost first.
    pub stack: Vec<String>,
    /// The program or module.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Names of its variables.
    pub variables: Vec<String>,
    /// Digest of its image.
    pub image: Option<String>,
    /// Folders of the host that it is given.
    pub grants: Vec<Granted>,
    /// Ports of its that can be reached.
    pub ports: Vec<Port>,
    /// Its bounds.
    pub limits: Bounds,
    /// Drivers that were chosen, by operator.
    pub drivers: BTreeMap<String, String>,
    /// It may start without layers that cannot be had.
    pub degraded: bool,
}

/// A folder of the host that a run is given.
#[derive(Clone, Debug, Serialize)]
pub struct Granted {
    /// On the host.
    pub host: PathBuf,
    /// Where the run sees it.
    pub guest: PathBuf,
    /// Whether it may write there.
    pub writable: bool,
}

/// A port of a run that can be reached from outside of its stack.
#[derive(Clone, Debug, Serialize)]
pub struct Port {
    /// The address here.
    pub address: IpAddr,
    /// The port here; 0 is one that is free.
    pub host: u16,
    /// The run's.
    pub port: u16,
}

/// Bounds on a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bounds {
    /// Milliseconds.
    pub time_ms: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Bytes of output.
    pub output_bytes: u64,
}

/// Why policies do not let a run start.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A policy cannot be understood or evaluated.
    #[error("{}: {why}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A policy refuses the run.
    #[error("{} refuses it: {}", path.display(), reasons.join("; "))]
    Refused {
        /// The file.
        path: PathBuf,
        /// Its reasons.
        reasons: Vec<String>,
    },
}

impl GateError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "run::refused",
            Self::Unreadable { .. } | Self::Policy { .. } => "run::policy",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        "a policy refuses by messages in `deny` or `violation`, and lets pass by `allow`"
    }
}

impl Start {
    /// Of a command.
    pub fn of_command(launch: &CommandLaunch) -> Self {
        let (program, arguments) = launch
            .argv
            .split_first()
            .map_or_else(Default::default, |(p, a)| (p.clone(), a.to_vec()));
        Self {
            stack: launch.word.clone(),
            program,
            arguments,
            image: match &launch.root {
                Root::Image(image) => Some(image.digest.clone()),
                _ => None,
            },
            ports: launch
                .publish
                .iter()
                .map(|publish| Port {
                    address: publish.host.ip(),
                    host: publish.host.port(),
                    port: publish.port,
                })
                .collect(),
            drivers: launch.drivers.iter().cloned().collect(),
            ..Self::new(&launch.env, &launch.grants, launch.limits, launch.degraded)
        }
    }

    /// Of a module in layers of our own.
    pub fn of_module(launch: &Launch, stack: Vec<String>) -> Self {
        let stackwright_spec::launch::Executable::WasmModule(path) = &launch.workload;
        Self {
            stack,
            program: path.display().to_string(),
            arguments: launch.args.clone(),
            ..Self::new(&launch.env, &launch.grants, launch.limits, launch.degraded)
        }
    }

    fn new(env: &[(String, String)], grants: &[Grant], limits: Limits, degraded: bool) -> Self {
        let granted = |grant: &Grant| Granted {
            host: grant.host.clone(),
            guest: grant.guest.clone(),
            writable: grant.writable,
        };
        Self {
            schema: "stackwright/start/v1",
            stack: Vec::new(),
            program: String::new(),
            arguments: Vec::new(),
            variables: env.iter().map(|(name, _)| name.clone()).collect(),
            image: None,
            grants: grants.iter().map(granted).collect(),
            ports: Vec::new(),
            limits: Bounds {
                time_ms: limits.time_ms,
                memory_bytes: limits.memory_bytes,
                processes: limits.processes,
                output_bytes: limits.output_bytes,
            },
            drivers: BTreeMap::new(),
            degraded,
        }
    }

    /// The same run made worse, one way each: what a policy that guards something has to refuse in part.
    fn mutants(&self, operator: &str) -> Vec<(String, Self)> {
        let mut mutants = Vec::new();
        for (index, symbol) in self.stack.iter().enumerate().filter(|(_, symbol)| *symbol != operator) {
            let mut mutant = self.clone();
            mutant.stack.remove(index);
            mutants.push((format!("without {symbol}"), mutant));
        }
        let mut change = |what: &str, change: &dyn Fn(&mut Self)| {
            let mut mutant = self.clone();
            change(&mut mutant);
            mutants.push((what.to_owned(), mutant));
        };
        change("with a port for everybody", &|start| {
            start.ports.push(Port {
                address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                host: 22,
                port: 22,
            });
        });
        change("with the host's root to write", &|start| {
            start.grants.push(Granted {
                host: PathBuf::from("/"),
                guest: PathBuf::from("/host"),
                writable: true,
            });
        });
        change("without bounds", &|start| {
            let most = u64::MAX >> 1;
            start.limits = Bounds {
                time_ms: most,
                memory_bytes: most,
                processes: most,
                output_bytes: most,
            };
        });
        change("degraded", &|start| start.degraded = true);
        mutants
    }
}

/// Has every policy decide, and returns the layer `operator` that they are. With `attest` they are told mutants of the run as
/// well: policies that let all of those pass guard nothing, and the layer is not in force.
///
/// # Errors
///
/// A policy refuses the run, or cannot be evaluated.
pub fn decide(operator: &str, policies: &[PathBuf], start: &Start, attest: bool) -> Result<LayerReport, GateError> {
    let mut layer = LayerReport {
        operator: operator.to_owned(),
        in_force: true,
        how: Vec::new(),
    };
    let mutants = if attest { start.mutants(operator) } else { Vec::new() };
    let (mut refused, mut passed) = (Vec::new(), mutants);
    for path in policies {
        let policy = Policy::read(path)?;
        let wrong = |why| GateError::Policy {
            path: path.clone(),
            why,
        };
        let reasons = policy.reasons(start).map_err(wrong)?;
        if !reasons.is_empty() {
            return Err(GateError::Refused {
                path: path.clone(),
                reasons,
            });
        }
        layer
            .how
            .push(format!("{} lets it start ({})", path.display(), policy.digest));
        let mut left = Vec::new();
        for (what, mutant) in passed {
            if policy.reasons(&mutant).map_err(wrong)?.is_empty() {
                left.push((what, mutant));
            } else {
                refused.push(what);
            }
        }
        passed = left;
    }
    if attest {
        layer.in_force = !refused.is_empty();
        layer
            .how
            .push(format!("of what it is not, refused: {}", list(&refused)));
        let passed: Vec<String> = passed.into_iter().map(|(what, _)| what).collect();
        layer
            .how
            .push(format!("of what it is not, let pass: {}", list(&passed)));
    }
    Ok(layer)
}

fn list(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        items => items.join(", "),
    }
}

/// A policy that was compiled.
struct Policy {
    engine: Engine,
    package: String,
    digest: String,
}

impl Policy {
    fn read(path: &PathBuf) -> Result<Self, GateError> {
        let text = fs::read_to_string(path).map_err(|source| GateError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let mut engine = Engine::new();
        engine.set_rego_v0(false);
        let digest = stackwright_emit::sha256(text.as_bytes());
        let package = engine
            .add_policy(path.display().to_string(), text)
            .map_err(|error| GateError::Policy {
                path: path.clone(),
                why: error.to_string(),
            })?;
        Ok(Self {
            engine,
            package,
            digest,
        })
    }

    /// Why the policy does not let it start; nothing if it does.
    fn reasons(&self, start: &Start) -> Result<Vec<String>, String> {
        let mut engine = self.engine.clone();
        let input = serde_json::to_string(start).map_err(|e| e.to_string())?;
        engine.set_input_json(&input).map_err(|e| e.to_string())?;
        let mut rules = 0;
        let mut reasons = Vec::new();
        for rule in ["deny", "violation"] {
            if let Some(value) = self.value(&mut engine, rule)? {
                rules += 1;
                reasons.extend(messages(rule, &value)?);
            }
        }
        if let Some(value) = self.value(&mut engine, "allow")? {
            rules += 1;
            if value != Value::Bool(true) {
                reasons.push("`allow` is not true".to_owned());
            }
        }
        match rules {
            0 => Err(format!(
                "{} has none of the rules `deny`, `violation` and `allow`",
                self.package
            )),
            _ => Ok(reasons),
        }
    }

    /// What a rule says; `None` if there is no such rule.
    fn value(&self, engine: &mut Engine, rule: &str) -> Result<Option<Value>, String> {
        match engine.eval_rule(format!("{}.{rule}", self.package)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.to_string().contains("not a valid rule path") => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The messages of a rule that refuses: a set or list of texts, or of objects with one.
fn messages(rule: &str, value: &Value) -> Result<Vec<String>, String> {
    let text = |item: &Value| -> String {
        let message = |name: &str| {
            item.as_object()
                .ok()?
                .get(&Value::from(name))?
                .as_string()
                .ok()
                .map(ToString::to_string)
        };
        let own = item.as_string().ok().map(ToString::to_string);
        own.or_else(|| message("msg").or_else(|| message("message")))
            .unwrap_or_else(|| item.to_string())
    };
    match value {
        Value::Undefined | Value::Bool(false) => Ok(Vec::new()),
        Value::Set(items) => Ok(items.iter().map(text).collect()),
        Value::Array(items) => Ok(items.iter().map(text).collect()),
        other => Err(format!(
            "`{rule}` is {other}, and should be a set or a list of messages"
        )),
    }
}

#[cfg(test)]
mod tests;
