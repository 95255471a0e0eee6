//! `run`: a bundle, or a command or module under a stack, started for real.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use stackwright::gate::{self, Start};
use stackwright::image::ImageRoot;
use stackwright::quantity::{Dimension, Quantity, number};
use stackwright::spec::bundle::{LOCK_FILE, Lock};
use stackwright::spec::launch::{CommandLaunch, Grant, Launch, Layer, Limits, Restart, Root, RootImage};
use stackwright::spec::plan::PlannedMetric;
use stackwright::spec::report::{End, Finding, LayerReport, Measured, RunReport, Severity};
use stackwright::telemetry::{Collector, Told};
use stackwright::{Catalog, Diagnostic, Io, Output as Streams, Source, Stdin, cluster, launch, telemetry_symbol};

use stackwright_locale::{Locale, say};

use super::{detached, metrics, probes, run_cluster};
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, MACHINE};
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    ok: bool,
    stack: &'a str,
    exit_code: i32,
    end: &'a End,
    layers: &'a [LayerReport],
    metrics: &'a [Measured],
    predicted: &'a [PlannedMetric],
    findings: &'a [Finding],
    stdout: Option<&'a str>,
    stderr: Option<&'a str>,
}

/// Carries out `run`.
pub fn run(arguments: &arguments::Run, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    if arguments.detach && !detached::is_background() {
        return detached::start(output);
    }
    let catalog = chosen.starting(output)?;
    let locale = output.locale();
    if is_command(arguments, catalog) {
        if arguments.serve.is_some() {
            return Err(Diagnostic::new("run::argument", say!(locale, "run-serve-command"))
                .with_help(say!(locale, "run-serve-command-help"))
                .into());
        }
        let source = Source::new("<expression>", arguments.what.as_str());
        let launch = launch::command(&source, &arguments.command, catalog)?;
        return command(arguments, launch, output);
    }
    if cluster::is_for_cluster(Path::new(&arguments.what)) {
        return run_cluster::run(arguments, output);
    }
    let (lock, mut launch) = match prepare(arguments, catalog, locale) {
        // What starting takes does not know why something cannot be started.
        Err(_) => prepare(arguments, chosen.get(output)?, locale)?,
        prepared => prepared?,
    };
    if let Some(lock) = &lock
        && nests(arguments)
    {
        return command(arguments, launch.nested(lock.normal_form.clone()), output);
    }
    settings(arguments, &mut launch, locale)?;
    let stack = stack(&lock, &launch, chosen.starting(output)?);
    if !arguments.policy.is_empty() {
        let symbols = launch.layers.iter().map(|layer| layer.operator.clone()).collect();
        let start = Start::of_module(&launch, symbols);
        gate::decide(stackwright::gate_symbol(), &arguments.policy, &start, false)?;
    }
    if launch.degraded {
        output.note(&say!(locale, "run-degraded"));
    }
    let io = io(arguments.interactive || arguments.tty, output);
    output.flush();
    let report = stackwright::run(&launch, io)?;
    let predicted = lock.as_ref().map(|l| l.predicted.as_slice()).unwrap_or_default();
    Ok(answer(&stack, &report, predicted, output))
}

/// Standard streams: what is piped in is read anyway.
pub(super) fn io(interactive: bool, output: &Output) -> Io {
    Io {
        stdin: if interactive || !std::io::stdin().is_terminal() {
            Stdin::Inherit
        } else {
            Stdin::Null
        },
        output: if output.is_json() {
            Streams::Capture
        } else {
            Streams::Pass
        },
    }
}

pub(super) fn answer(stack: &str, report: &RunReport, predicted: &[PlannedMetric], output: &mut Output) -> u8 {
    if output.is_json() {
        output.json(&Answer {
            schema: "stackwright/run/v1",
            ok: report.ok,
            stack,
            exit_code: report.exit_code,
            end: &report.end,
            layers: &report.layers,
            metrics: &report.metrics,
            predicted,
            findings: &report.findings,
            stdout: report.stdout.as_deref(),
            stderr: report.stderr.as_deref(),
        });
    } else {
        text(stack, report, predicted, output);
    }
    u8::try_from(report.exit_code).unwrap_or(MACHINE)
}

/// Whether a word is to be run by drivers that nest, rather than a bundle or a module by the embedded layers at once.
fn is_command(arguments: &arguments::Run, catalog: &Catalog) -> bool {
    let what = &arguments.what;
    if what.contains('/') || Path::new(what).join(LOCK_FILE).is_file() {
        return false;
    }
    if arguments.image.is_some() {
        return true;
    }
    let Some(first) = arguments.command.first() else {
        return false;
    };
    if nests(arguments) {
        return true;
    }
    let mut magic = [0_u8; 4];
    let read = std::fs::File::open(first).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
    let source = Source::new("<expression>", what.as_str());
    if read.is_err() || magic != *b"\0asm" {
        let named_as_module = Path::new(first)
            .extension()
            .is_some_and(|extension| extension == "wasm");
        if !named_as_module {
            return true;
        }
        // Under a stack for modules this is for their driver to report.
        let module = launch::from_expression(&source, Path::new(first), &[], catalog);
        return !module.is_ok_and(|launch| launch.layers.iter().any(|layer| layer.layer == Layer::Wasm));
    }
    matches!(
        launch::from_expression(&source, Path::new(first), &[], catalog),
        Err(launch::LaunchError::Stack(diagnostic)) if diagnostic.code() == "run::stack"
    )
}

/// Whether something is asked for that only drivers that nest can do.
fn nests(arguments: &arguments::Run) -> bool {
    let paths = arguments.rootfs.is_some() || arguments.image.is_some() || arguments.workdir.is_some();
    let life = arguments.keep || arguments.detach || arguments.restart != Restart::No || arguments.otlp.is_some();
    let probes = [&arguments.startup, &arguments.readiness, &arguments.liveness];
    let reached = !arguments.publish.is_empty() || probes.into_iter().any(Option::is_some);
    let seen = arguments.attest || arguments.tty || !arguments.driver.is_empty();
    paths || life || reached || seen
}

/// A command, or a module, under a stack of drivers that nest.
fn command(arguments: &arguments::Run, mut launch: CommandLaunch, output: &mut Output) -> Result<u8, Failure> {
    let locale = output.locale();
    launch.limits.time_ms = time_limit(arguments)?;
    launch.limits.output_bytes = whole(quantity("--output-limit", &arguments.output_limit, Dimension::Bytes)?);
    if let Some(text) = &arguments.memory_limit {
        launch.limits.memory_bytes = whole(quantity("--memory-limit", text, Dimension::Bytes)?);
    }
    for text in &arguments.grant {
        launch.grants.push(grant(text, locale)?);
    }
    let given = variables(&arguments.env, locale)?;
    launch
        .env
        .retain(|(known, _)| !given.iter().any(|(name, _)| name == known));
    launch.env.extend(given);
    launch.publish = probes::published(&arguments.publish, locale)?;
    launch.probes = probes::probes(arguments, locale)?;
    for text in &arguments.driver {
        let Some((symbol, driver)) = text.split_once('=') else {
            let message = say!(locale, "run-no-driver", text = text.as_str());
            return Err(Diagnostic::new("run::argument", message)
                .with_help(say!(locale, "run-no-driver-help"))
                .into());
        };
        launch.drivers.push((symbol.to_owned(), driver.to_owned()));
    }
    if let Some(folder) = &arguments.rootfs {
        launch.root = Root::Folder(folder.clone());
    }
    // The files must not be removed while they are shown.
    let _root = match &arguments.image {
        Some(image) => Some(from_image(image, arguments, &mut launch, locale)?),
        None => None,
    };
    if arguments.workdir.is_some() {
        launch.directory.clone_from(&arguments.workdir);
    }
    launch.attest = arguments.attest;
    launch.degraded = arguments.degraded;
    launch.terminal = arguments.tty;
    launch.keep = arguments.keep || arguments.detach;
    launch.restart = arguments.restart;
    if launch.degraded {
        output.note(&say!(locale, "run-degraded"));
    }
    let stack = stackwright::algebra::display_word(launch.word.iter().map(String::as_str));
    // Decided in the end, when everything about the run is settled.
    if !arguments.policy.is_empty() {
        let decided = gate::decide(
            stackwright::gate_symbol(),
            &arguments.policy,
            &Start::of_command(&launch),
            arguments.attest,
        )?;
        launch.beside.push(decided);
    }
    let told = tell(arguments, &stack, &mut launch)?;
    let mut io = io(arguments.interactive || arguments.tty, output);
    if arguments.detach {
        io.output = Streams::Discard;
    }
    output.flush();
    let mut report = stackwright::run_command_telling(&launch, io, &mut |name| {
        if arguments.detach {
            // Whoever asked for it may be gone by now.
            let _ = writeln!(std::io::stdout(), "{name}");
        }
    })?;
    if let Some(told) = told
        && let Err(error) = told.end(&report)
    {
        report.ok = false;
        report.findings.push(Finding {
            severity: Severity::Error,
            r#where: telemetry_symbol().to_owned(),
            what: error.to_string(),
        });
    }
    Ok(answer(&stack, &report, &[], output))
}

/// Tells the collector, if there is one, that the run is about to begin.
fn tell(arguments: &arguments::Run, stack: &str, launch: &mut CommandLaunch) -> Result<Option<Told>, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wanted = launch.word.iter().any(|symbol| symbol == telemetry_symbol());
    let named = || variable("OTEL_EXPORTER_OTLP_ENDPOINT").filter(|_| wanted);
    let Some(address) = arguments.otlp.clone().or_else(named) else {
        return Ok(None);
    };
    let collector = Collector::new(&address, &variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default());
    let program = launch.argv.first().map_or("", String::as_str);
    let (layer, told) = collector.begin(telemetry_symbol(), stack, program)?;
    launch.beside.push(layer);
    Ok(Some(told))
}

/// Has the launch show an image's files and start what the image says.
fn from_image(
    image: &str,
    arguments: &arguments::Run,
    launch: &mut CommandLaunch,
    locale: &Locale,
) -> Result<ImageRoot, Failure> {
    let (root, execution) = super::image::root(image, &arguments.place, locale)?;
    let account = root.account(&execution.user)?;
    let given = match arguments.command.as_slice() {
        [] => execution.cmd,
        given => given.to_vec(),
    };
    launch.argv = [execution.entrypoint, given].concat();
    let mut env: Vec<(String, String)> = execution
        .env
        .iter()
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    env.extend(
        account
            .home
            .filter(|_| !env.iter().any(|(name, _)| name == "HOME"))
            .map(|home| ("HOME".to_owned(), home)),
    );
    env.retain(|(name, _)| !launch.env.iter().any(|(given, _)| given == name));
    launch.env.splice(0..0, env);
    launch.directory = Some(execution.working_dir).filter(|directory| !directory.is_empty());
    launch.root = Root::Image(RootImage {
        folder: root.folder.clone(),
        digest: root.digest.to_string(),
        user: (account.uid, account.gid),
    });
    Ok(root)
}

pub(super) fn variables(texts: &[String], locale: &Locale) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for text in texts {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let message = say!(locale, "run-no-variable", text = text.as_str());
            return Err(Diagnostic::new("run::argument", message).with_help(say!(locale, "run-no-variable-help")));
        };
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), value.to_owned()));
    }
    Ok(variables)
}

/// A path contains a `/` or a lock file; everything else is a word.
fn prepare(arguments: &arguments::Run, catalog: &Catalog, locale: &Locale) -> Result<(Option<Lock>, Launch), Failure> {
    let what = &arguments.what;
    if what.contains('/') || Path::new(what).join(LOCK_FILE).is_file() {
        let (lock, mut launch) = launch::from_bundle(Path::new(what), catalog)?;
        if !arguments.command.is_empty() {
            launch.args.clone_from(&arguments.command);
        }
        return Ok((Some(lock), launch));
    }
    let Some((module, rest)) = arguments.command.split_first() else {
        let message = say!(locale, "run-nothing", what = what.as_str());
        return Err(Diagnostic::new("run::nothing", message)
            .with_help(say!(locale, "run-nothing-help", what = what.as_str()))
            .into());
    };
    let source = Source::new("<expression>", what.as_str());
    let launch = launch::from_expression(&source, &PathBuf::from(module), rest, catalog)?;
    Ok((None, launch))
}

fn settings(arguments: &arguments::Run, launch: &mut Launch, locale: &Locale) -> Result<(), Failure> {
    launch.limits.time_ms = time_limit(arguments)?;
    launch.limits.output_bytes = whole(quantity("--output-limit", &arguments.output_limit, Dimension::Bytes)?);
    if let Some(text) = &arguments.memory_limit {
        launch.limits.memory_bytes = whole(quantity("--memory-limit", text, Dimension::Bytes)?);
    }
    for text in &arguments.grant {
        launch.grants.push(grant(text, locale)?);
    }
    for (name, value) in variables(&arguments.env, locale)? {
        launch.env.retain(|(known, _)| *known != name);
        launch.env.push((name, value));
    }
    launch.degraded = arguments.degraded;
    launch.serve = arguments.serve;
    Ok(())
}

pub(super) fn time_limit(arguments: &arguments::Run) -> Result<u64, Diagnostic> {
    match &arguments.time_limit {
        Some(text) => Ok(whole(quantity("--time-limit", text, Dimension::Time)?)),
        None if arguments.detach => Ok(u64::MAX),
        None => Ok(Limits::default().time_ms),
    }
}

pub(super) fn quantity(option: &str, text: &str, dimension: Dimension) -> Result<f64, Diagnostic> {
    let quantity = Quantity::parse(text, dimension).map_err(|error| {
        let diagnostic = Diagnostic::new(error.code(), format!("{option}: {error}"));
        match error.help() {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    })?;
    Ok(quantity.value)
}

/// A limit in whole units, at least one.
pub(super) fn whole(value: f64) -> u64 {
    // The cast saturates, and a quantity is neither negative nor NaN.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = value.ceil() as u64;
    whole.max(1)
}

fn grant(text: &str, locale: &Locale) -> Result<Grant, Diagnostic> {
    let (rest, writable) = match text.strip_suffix(":rw") {
        Some(rest) => (rest, true),
        None => (text.strip_suffix(":ro").unwrap_or(text), false),
    };
    match rest.rsplit_once(':') {
        Some((host, guest)) if !host.is_empty() && guest.starts_with('/') => Ok(Grant {
            host: PathBuf::from(host),
            guest: PathBuf::from(guest),
            writable,
        }),
        _ => Err(
            Diagnostic::new("run::argument", say!(locale, "run-no-grant", text = text))
                .with_help(say!(locale, "run-no-grant-help")),
        ),
    }
}

fn stack(lock: &Option<Lock>, launch: &Launch, catalog: &Catalog) -> String {
    let symbols: Vec<&str> = match lock {
        Some(lock) => lock.normal_form.iter().map(String::as_str).collect(),
        None => launch.layers.iter().map(|l| l.operator.as_str()).collect(),
    };
    let word: Vec<_> = symbols.iter().filter_map(|s| catalog.algebra().find(s)).collect();
    catalog.algebra().display(&word)
}

/// The report goes to standard error: standard output is the workload's.
fn text(stack: &str, report: &RunReport, predicted: &[PlannedMetric], output: &mut Output) {
    let locale = output.locale();
    output.note(&format!("\n{stack}  {}", end(report, locale)));
    for layer in &report.layers {
        let state = if layer.in_force {
            say!(locale, "run-in-force")
        } else {
            say!(locale, "run-not-in-force")
        };
        output.note(&format!("  {:<4} {state}", layer.operator));
        for how in &layer.how {
            output.note(&format!("         {}", locale.told(how)));
        }
    }
    for metric in &report.metrics {
        let value = measured(metric);
        let beside = predicted
            .iter()
            .find(|p| p.name == metric.name && p.scope == metric.scope && p.missing.is_empty())
            .map(|p| {
                say!(
                    locale,
                    "run-predicted",
                    value = metrics::value(&metrics::figure(p), &p.unit)
                )
            })
            .unwrap_or_default();
        output.note(&format!(
            "  {:<12} {value:<12} {} {}",
            metric.name,
            padded(&beside, 28),
            locale.told(&metric.method)
        ));
    }
    for finding in &report.findings {
        let severity = match finding.severity {
            Severity::Info => say!(locale, "note"),
            Severity::Warning => say!(locale, "warning"),
            Severity::Error => say!(locale, "error"),
        };
        let what = locale.told(&finding.what);
        let place = locale.told(&finding.r#where);
        output.note(&format!("  {severity}: {place}: {what}"));
    }
}

fn end(report: &RunReport, locale: &Locale) -> String {
    let code = report.exit_code.to_string();
    match &report.end {
        End::Exited { code } => say!(locale, "run-exited", code = code.to_string()),
        End::Trapped { message } => say!(locale, "run-trapped", code = code, message = message.as_str()),
        End::TimedOut => say!(locale, "run-timed-out", code = code),
        End::OutputLimit => say!(locale, "run-output-limit", code = code),
        End::OutOfMemory => say!(locale, "run-out-of-memory", code = code),
        End::Unhealthy { why } => say!(locale, "run-unhealthy", code = code, why = why.as_str()),
        End::Signalled { signal } => say!(locale, "run-signalled", code = code, signal = signal.to_string()),
    }
}

fn measured(metric: &Measured) -> String {
    match metric.unit.as_str() {
        "bytes" => metrics_value(metric.value, Dimension::Bytes),
        "ms" => metrics_value(metric.value, Dimension::Time),
        unit => format!("{} {unit}", number(metric.value)),
    }
}

fn metrics_value(value: f64, dimension: Dimension) -> String {
    Quantity { value, dimension }.to_string()
}
