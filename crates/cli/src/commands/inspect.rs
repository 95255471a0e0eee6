//! `inspect`: which isolation stack every existing workload really has.

mod junit;
mod sarif;
mod table;
mod text;

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::thread;

use serde::Serialize;
use stackwright::inspect::{
    Counts, Finding, Gap, Input, Inspection, Inspector, Knowledge, Options, PolicyReport, Reach, SCHEMA, Verdict,
    WorkloadReport, collect, gap, last_boundary, read_all,
};
use stackwright::spec::requirement::Requirement;
use stackwright::{Catalog, Diagnostic};

use crate::arguments::{self, Format, Within};
use crate::chosen::Chosen;
use crate::failure::{BAD_INPUT, Failure, NO};
use crate::output::Output;

/// How much of standard input is read before what is complete of it is looked at.
const PART: u64 = 1 << 20;
/// The name of standard input.
const STDIN: &str = "<stdin>";

/// A workload, and what it lacks of the requirement, if there is one.
#[derive(Serialize)]
struct Judged {
    #[serde(flatten)]
    workload: WorkloadReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<Gap>,
}

/// What workloads are judged by.
struct Judge<'a> {
    catalog: &'a Catalog,
    requirement: Option<Requirement>,
    assume: bool,
}

impl Judge<'_> {
    fn judge(&self, workload: WorkloadReport) -> Judged {
        let gap = self
            .requirement
            .as_ref()
            .map(|r| gap(self.catalog, r, &workload, self.assume));
        Judged { workload, gap }
    }
}

impl Judged {
    /// Whether it has all that is required.
    fn suffices(&self) -> bool {
        self.gap.as_ref().is_none_or(|g| g.verdict == Verdict::Holds)
    }
}

/// Everything that formats print.
struct Answer {
    workloads: Vec<Judged>,
    policies: Vec<PolicyReport>,
    errors: Vec<Finding>,
    counts: Counts,
}

/// Carries out `inspect`.
pub fn run(arguments: &arguments::Inspect, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let requirement = match &arguments.require {
        Some(path) => {
            let bytes = fs::read(path).map_err(|e| Failure::file("read", path, &e))?;
            Some(Requirement::read(&path.to_string_lossy(), &bytes, catalog)?)
        }
        None => None,
    };
    let judge = Judge {
        catalog,
        requirement,
        assume: arguments.assume,
    };
    let options = Options {
        reach: match arguments.within {
            Within::File => Reach::File,
            Within::Folder => Reach::Folder,
            Within::All => Reach::All,
        },
        kubernetes: minor(&arguments.kubernetes)?,
    };
    let knowledge = Knowledge::of(catalog)?;
    let mut inspector = Inspector::new(&knowledge);
    if arguments.stream {
        return stream(arguments, &judge, options, &mut inspector, output);
    }
    for paths in arguments.paths.chunk_by(|a, b| is_stdin(a) == is_stdin(b)) {
        if paths.first().is_some_and(|p| is_stdin(p)) {
            read_stdin(&mut inspector, &mut |_| true)?;
        } else {
            let threads = thread::available_parallelism().map_or(1, usize::from);
            read_all(&mut inspector, &collect(paths), threads);
        }
    }
    let mut inspection = inspector.inspection(options);
    let code = if output.format() == Format::Json {
        json(&mut inspection, &judge, output)
    } else {
        let answer = Answer {
            workloads: inspection.workloads().map(|w| judge.judge(w)).collect(),
            policies: inspection.policies().collect(),
            errors: inspection.errors().to_vec(),
            counts: inspection.counts().clone(),
        };
        match output.format() {
            Format::Markdown => table::markdown(&answer, output),
            Format::Csv => table::csv(&answer, output),
            Format::Sarif => sarif::print(&answer, output),
            Format::Junit => junit::print(&answer, output),
            _ => text::print(&answer, arguments.evidence, judge.requirement.is_some(), output),
        }
        answer.workloads.iter().any(|w| !w.suffices())
    };
    Ok(exit_code(code, inspection.errors()))
}

/// The gap counts before bad input: what could be read does not suffice, whatever the rest says.
fn exit_code(gap: bool, errors: &[Finding]) -> u8 {
    match (gap, errors.is_empty()) {
        (true, _) => NO,
        (false, false) => BAD_INPUT,
        (false, true) => 0,
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The minor version in `1.34` or `34`.
fn minor(text: &str) -> Result<u32, Failure> {
    let minor = text.strip_prefix('v').unwrap_or(text);
    let minor = minor.strip_prefix("1.").unwrap_or(minor);
    minor.parse().map_err(|_| {
        let message = format!("`{text}` is no version of Kubernetes");
        Diagnostic::new("inspect::version", message)
            .with_help("write it as `1.34`")
            .into()
    })
}

/// Reads standard input part by part, so that it needs no more memory than its largest document. `each` is called after
/// each part and says whether to go on.
fn read_stdin<'k>(
    inspector: &mut Inspector<'k>,
    each: &mut dyn FnMut(&mut Inspector<'k>) -> bool,
) -> Result<(), Failure> {
    let mut stdin = io::stdin().lock();
    let mut buffer = Vec::new();
    let mut line = 0_u32;
    let mut looked = 0;
    loop {
        let read = stdin.by_ref().take(PART).read_to_end(&mut buffer).map_err(|error| {
            let message = format!("cannot read standard input: {error}");
            Failure::new(Diagnostic::new("cli::file", message), BAD_INPUT)
        })?;
        if read == 0 {
            break;
        }
        // Only what is new, and a separator that it may continue, can hold a boundary.
        let from = buffer.get(looked..).unwrap_or_default();
        let Some(boundary) = last_boundary(from).map(|at| at + looked) else {
            looked = buffer.len().saturating_sub(8);
            continue;
        };
        let rest = buffer.split_off(boundary);
        inspector.read_part(STDIN, &buffer, line);
        let lines = buffer.iter().filter(|b| **b == b'\n').count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        buffer = rest;
        looked = 0;
        if !each(inspector) {
            return Ok(());
        }
    }
    inspector.read_last_part(STDIN, &buffer, line);
    each(inspector);
    Ok(())
}

/// One workload a line, as soon as its document was read. What a later document says is not known by then.
fn stream(
    arguments: &arguments::Inspect,
    judge: &Judge<'_>,
    options: Options,
    inspector: &mut Inspector<'_>,
    output: &mut Output,
) -> Result<u8, Failure> {
    let (mut short, mut wrong) = (false, false);
    let mut print = |inspector: &mut Inspector<'_>| {
        let mut inspection = inspector.inspection(options);
        for workload in inspection.workloads() {
            let judged = judge.judge(workload);
            short |= !judged.suffices();
            output.json_line(&judged);
        }
        for policy in inspection.policies() {
            output.json_line(&policy);
        }
        for error in inspection.errors() {
            wrong = true;
            output.json_line(&serde_json::json!({ "error": error }));
        }
        inspector.forget();
        !output.is_closed()
    };
    for paths in arguments.paths.chunk_by(|a, b| is_stdin(a) == is_stdin(b)) {
        if paths.first().is_some_and(|p| is_stdin(p)) {
            read_stdin(inspector, &mut print)?;
            continue;
        }
        for input in collect(paths) {
            read_all(inspector, std::slice::from_ref::<Input>(&input), 1);
            if !print(inspector) {
                return Ok(0);
            }
        }
    }
    Ok(match (short, wrong) {
        (true, _) => NO,
        (false, true) => BAD_INPUT,
        (false, false) => 0,
    })
}

/// One JSON document, a workload a line, written as it is worked out. Gives whether any workload does not suffice.
fn json(inspection: &mut Inspection<'_, '_>, judge: &Judge<'_>, output: &mut Output) -> bool {
    let mut short = false;
    output.line(format!("{{\"schema\": \"{SCHEMA}\","));
    list(
        "workloads",
        inspection.workloads().map(|w| judge.judge(w)),
        output,
        |w| short |= !w.suffices(),
    );
    list("policies", inspection.policies(), output, |_| {});
    list("errors", inspection.errors().iter(), output, |_| {});
    output.text("\"documents\": ");
    output.json_line(inspection.counts());
    output.line("}");
    short
}

fn list<T: Serialize>(name: &str, items: impl Iterator<Item = T>, output: &mut Output, mut each: impl FnMut(&T)) {
    output.text(&format!("\"{name}\": ["));
    let mut first = true;
    for item in items {
        output.text(if first { "\n" } else { ",\n" });
        first = false;
        each(&item);
        output.text(&serde_json::to_string(&item).unwrap_or_else(|_| "null".to_owned()));
    }
    output.line(if first { "]," } else { "\n]," });
}

/// How a workload is called: `namespace/name`, without what it does not say.
fn title(workload: &WorkloadReport) -> String {
    let name = workload.name.as_deref().unwrap_or("(no name)");
    match &workload.namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

/// What was asked for, but is not in effect.
fn lost(workload: &WorkloadReport) -> Vec<&str> {
    let kept = |symbol: &&String| workload.operators.contains(symbol);
    workload
        .declared
        .iter()
        .filter(|s| !kept(s))
        .map(String::as_str)
        .collect()
}
