//! `inspect`: which isolation stack every existing workload really has.

mod fixing;
mod junit;
mod sarif;
mod sources;
mod table;
mod text;

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use stackwright::input;
use stackwright::inspect::{
    Accepted, AcceptedBy, Baseline, Counts, Finding, Gap, Inspector, Judge, Knowledge, Options, PolicyReport, Reach,
    SCHEMA, Verdict, WorkloadReport, answers,
};
use stackwright::spec::date::Date;
use stackwright::spec::requirement::FleetRequirement;
use stackwright::{Catalog, Diagnostic};

use crate::arguments::{self, Format, Within};
use crate::chosen::Chosen;
use crate::failure::{BAD_INPUT, Failure, NO};
use crate::output::Output;

/// A workload, and what it lacks of the requirement, if there is one.
#[derive(Serialize)]
struct Judged {
    #[serde(flatten)]
    workload: WorkloadReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<Gap>,
}

/// A day in seconds.
const DAY: u64 = 24 * 60 * 60;

impl Judged {
    fn new(judge: &mut Judge<'_>, workload: WorkloadReport) -> Self {
        let gap = judge.judge(&workload);
        Self { workload, gap }
    }

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
    /// What is wrong with suppressions.
    findings: Vec<Finding>,
    counts: Counts,
}

/// Carries out `inspect`.
pub fn run(arguments: &arguments::Inspect, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let fleet = match &arguments.require {
        Some(path) => {
            let bytes = input::read(path).map_err(|e| Failure::file("read", path, &e))?;
            Some(FleetRequirement::read(&path.to_string_lossy(), &bytes, catalog)?)
        }
        None => None,
    };
    let today = today(arguments.today.as_deref())?;
    // A live cluster is one cluster.
    let reach = match arguments.within {
        Within::File => Reach::File,
        Within::Folder if arguments.context.is_none() => Reach::Folder,
        Within::Folder | Within::All => Reach::All,
    };
    let baseline = arguments.baseline.as_deref().map(baseline).transpose()?;
    let judge = || {
        let mut judge = Judge::new(catalog, fleet.as_ref(), arguments.assume, reach, today);
        if let Some(baseline) = &baseline {
            judge.accept(baseline.clone());
        }
        judge
    };
    let options = Options {
        reach,
        kubernetes: minor(&arguments.kubernetes)?,
    };
    let knowledge = Knowledge::of(catalog)?;
    let mut inspector = Inspector::new(&knowledge).with_namespace(arguments.namespace.clone());
    if arguments.fix {
        return fixing::run(arguments, &inspector, options, &judge, output);
    }
    let mut judge = judge();
    let code = if arguments.stream {
        stream(arguments, catalog, &mut judge, options, &mut inspector, output)?
    } else {
        sources::read(arguments, catalog, &mut inspector)?;
        whole(arguments, &mut judge, &inspector, options, output)
    };
    if judge.obsolete() > 0 {
        let count = judge.obsolete();
        output.note(&format!(
            "{count} of what the baseline knows is there no more; write it anew"
        ));
    }
    let Some(path) = &arguments.write_baseline else {
        return Ok(code);
    };
    let text = serde_json::to_string_pretty(&judge.baseline()).unwrap_or_default();
    fs::write(path, text + "\n").map_err(|e| Failure::file("write", path, &e))?;
    Ok(0)
}

/// Answers once everything was read.
fn whole(
    arguments: &arguments::Inspect,
    judge: &mut Judge<'_>,
    inspector: &Inspector<'_>,
    options: Options,
    output: &mut Output,
) -> u8 {
    let inspection = inspector.inspection(options);
    judge.know(inspection.classes());
    let judged = arguments.require.is_some();
    let short = if output.format() == Format::Json {
        json(inspector, options, judged, judge, output)
    } else {
        let mut workloads = Vec::new();
        answers(
            inspector,
            options,
            sources::threads(),
            |w| w,
            |w| workloads.push(Judged::new(judge, w)),
        );
        let mut answer = Answer {
            workloads,
            policies: inspection.policies().collect(),
            errors: inspection.errors().to_vec(),
            findings: Vec::new(),
            counts: inspection.counts().clone(),
        };
        answer.findings = judge.findings().to_vec();
        match output.format() {
            Format::Markdown => table::markdown(&answer, output),
            Format::Csv => table::csv(&answer, output),
            Format::Sarif => sarif::print(&answer, output),
            Format::Junit => junit::print(&answer, output),
            _ => text::print(&answer, arguments.evidence, judged, output),
        }
        answer.workloads.iter().any(|w| !w.suffices())
    };
    let wrong = inspection.errors().iter().filter(|e| !judge.knows_error(e)).count() > 0;
    exit_code(short || !judge.findings().is_empty(), wrong)
}

/// The day that is given, or else the system's.
fn today(given: Option<&str>) -> Result<Date, Failure> {
    let Some(text) = given else {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return Ok(Date::after_epoch(since.as_secs() / DAY));
    };
    Date::parse(text).ok_or_else(|| {
        let message = format!("`{text}` is no day");
        Diagnostic::new("inspect::day", message)
            .with_help("write it as `2027-03-31`")
            .into()
    })
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let bytes = input::read(path).map_err(|e| Failure::file("read", path, &e))?;
    Baseline::read(&bytes).map_err(|why| {
        let message = format!("{} is no baseline: {why}", path.display());
        Diagnostic::new("inspect::baseline", message)
            .with_help("write one with `--write-baseline`")
            .into()
    })
}

/// The gap counts before bad input: what could be read does not suffice, whatever the rest says.
fn exit_code(gap: bool, wrong: bool) -> u8 {
    match (gap, wrong) {
        (true, _) => NO,
        (false, true) => BAD_INPUT,
        (false, false) => 0,
    }
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

/// One workload a line, as soon as its document was read. What a later document says is not known by then.
fn stream(
    arguments: &arguments::Inspect,
    catalog: &Catalog,
    judge: &mut Judge<'_>,
    options: Options,
    inspector: &mut Inspector<'_>,
    output: &mut Output,
) -> Result<u8, Failure> {
    let (mut short, mut wrong) = (false, false);
    let mut print = |inspector: &mut Inspector<'_>| {
        let mut inspection = inspector.inspection(options);
        judge.know(inspection.classes());
        for workload in inspection.workloads() {
            let judged = Judged::new(judge, workload);
            short |= !judged.suffices();
            output.json_line(&judged);
        }
        for policy in inspection.policies() {
            output.json_line(&policy);
        }
        for error in inspection.errors() {
            wrong |= !judge.knows_error(error);
            output.json_line(&serde_json::json!({ "error": error }));
        }
        inspector.forget();
        !output.is_closed()
    };
    sources::stream(arguments, catalog, inspector, &mut print)?;
    for finding in judge.findings() {
        output.json_line(&serde_json::json!({ "finding": finding }));
    }
    Ok(exit_code(short || !judge.findings().is_empty(), wrong))
}

/// One JSON document, a workload a line, written as it is worked out. Gives whether any workload does not suffice.
fn json(inspector: &Inspector<'_>, options: Options, judged: bool, judge: &mut Judge<'_>, output: &mut Output) -> bool {
    let inspection = inspector.inspection(options);
    output.line(format!("{{\"schema\": \"{SCHEMA}\","));
    output.text("\"workloads\": [");
    let (mut short, mut items) = (false, Items::default());
    // What is not judged is put into words where it is worked out.
    let make = |workload| match judged {
        true => Err(Box::new(workload)),
        false => Ok(json_of(&workload)),
    };
    answers(inspector, options, sources::threads(), make, |made| {
        let text = made.unwrap_or_else(|workload| {
            let judged = Judged::new(judge, *workload);
            short |= !judged.suffices();
            json_of(&judged)
        });
        items.add(&text, output);
    });
    items.end(output);
    list("policies", inspection.policies(), output);
    list("errors", inspection.errors().iter(), output);
    list("findings", judge.findings().iter(), output);
    output.text("\"documents\": ");
    output.json_line(inspection.counts());
    output.line("}");
    short
}

fn list<T: Serialize>(name: &str, all: impl Iterator<Item = T>, output: &mut Output) {
    output.text(&format!("\"{name}\": ["));
    let mut items = Items::default();
    all.for_each(|item| items.add(&json_of(&item), output));
    items.end(output);
}

/// The items of a list, one a line.
#[derive(Default)]
struct Items {
    any: bool,
}

impl Items {
    fn add(&mut self, text: &str, output: &mut Output) {
        output.text(if self.any { ",\n" } else { "\n" });
        output.text(text);
        self.any = true;
    }

    fn end(self, output: &mut Output) {
        output.line(if self.any { "\n]," } else { "]," });
    }
}

fn json_of(item: &impl Serialize) -> String {
    serde_json::to_string(item).unwrap_or_else(|_| "null".to_owned())
}

/// How a workload is called: `namespace/name`, without what it does not say.
fn title(workload: &WorkloadReport) -> String {
    let name = workload.name.as_deref().unwrap_or("(no name)");
    match &workload.namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

/// Why something is let pass, in words.
fn accepted(accepted: &Accepted) -> String {
    let by = match accepted.by {
        AcceptedBy::Baseline => "known to the baseline",
        AcceptedBy::Suppression => "suppressed",
        AcceptedBy::Annotation => "suppressed by its annotation",
    };
    let until = accepted.expires.as_ref().map(|d| format!(" until {d}"));
    let reason = accepted.reason.as_ref().map(|r| format!(": {r}"));
    format!("{by}{}{}", until.unwrap_or_default(), reason.unwrap_or_default())
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
