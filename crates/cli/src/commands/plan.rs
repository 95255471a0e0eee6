//! `plan`: from a requirement to every optimal stack, with reasons, and to a bundle.

mod words;

use std::fs;
use std::path::Path;

use stackwright::model::Target;
use stackwright::spec::host::HostFacts;
use stackwright::spec::plan::{Plan, PlanReport};
use stackwright::spec::requirement::Requirement;
use stackwright::spec::workload::{self, Format};
use stackwright::{
    Catalog, Diagnostic, Emission, GENERATOR, Options, Problem, bundle, check_module, doctor, emit, plan,
};

use self::words::{Merged, Words};
use super::emit::cluster;
use super::metrics;
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{BAD_INPUT, Failure, NO};
use crate::output::Output;

/// Carries out `plan`.
pub fn run(arguments: &arguments::Plan, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let mut file = requirement(arguments, catalog)?;
    let workload = match &mut file {
        Some(requirement) => workload(requirement, arguments.requirement.as_deref())?,
        None => None,
    };
    let words = arguments
        .text
        .as_deref()
        .map(|text| Words::read(text, catalog))
        .transpose()?;
    let (requirement, merged) = match &words {
        Some(words) => words.requirement(catalog, file)?,
        // The command line is refused without any.
        None => (
            file.ok_or_else(|| Diagnostic::new("requirement::text", "there is no requirement"))?,
            Merged::default(),
        ),
    };
    let mut requirement = requirement;
    if let Some(target) = arguments.target {
        requirement.target = target;
    }
    if let Some(folder) = &arguments.output {
        bundle::check_free(folder)?;
    }
    let host = host(arguments, output)?;
    let options = Options {
        rejected: arguments.top,
    };
    let problem = Problem::new(catalog, &requirement, host.as_ref(), options);
    let mut report = plan(&problem);
    let found = report.plans.len();
    report.plans.truncate(arguments.top.max(1));
    if let Some(words) = &words {
        words.report(&mut report);
    }
    if output.is_json() {
        output.json(&merged.with(&report));
    } else {
        if words.is_some() {
            merged.text(&report, output);
        }
        text(&report, found, catalog, output);
    }
    let Some(best) = report.plans.first() else {
        return Ok(NO);
    };
    if let Some(folder) = &arguments.output {
        let of_image = requirement.target == Target::Kubernetes && requirement.workload.file().is_none();
        let none: &[u8] = &[];
        let Some(workload) = workload.as_deref().or(of_image.then_some(none)) else {
            let message = "the requirement names no file of a workload, and a bundle needs one";
            return Err(Diagnostic::new("requirement::workload", message).into());
        };
        let files = emit(&Emission {
            plan: best,
            requirement: &requirement,
            catalog,
            workload,
            generator: GENERATOR,
            cluster: &cluster(&arguments.cluster),
        })?;
        bundle::write(folder, &files)?;
        output.flush();
        output.note(&format!("wrote {} files to {}", files.len(), folder.display()));
    }
    Ok(0)
}

/// The requirement of the file, with the constraints of profiles; `None` if neither is given.
fn requirement(arguments: &arguments::Plan, catalog: &Catalog) -> Result<Option<Requirement>, Failure> {
    let mut requirement = None;
    if let Some(path) = &arguments.requirement {
        let bytes = fs::read(path).map_err(|e| Failure::file("read", path, &e))?;
        requirement = Some(Requirement::read(&path.to_string_lossy(), &bytes, catalog)?);
    }
    for name in &arguments.profile {
        let profile = Requirement::profile(name, catalog)?;
        requirement = Some(match requirement {
            Some(mut sum) => {
                sum.add(&profile, catalog)?;
                sum
            }
            None => profile,
        });
    }
    Ok(requirement)
}

/// Reads the workload's file, if there is one, and takes over what it says. A module is checked, so that no bundle is
/// written that could not run.
fn workload(requirement: &mut Requirement, requirement_path: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    let Some((name, format)) = requirement.workload.file() else {
        return Ok(None);
    };
    let folder = requirement_path.and_then(Path::parent).unwrap_or(Path::new(""));
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|e| Failure::file("read the workload", &path, &e))?;
    if format == Format::Wasm {
        check_module(&bytes).map_err(|error| {
            let diagnostic = Diagnostic::new(error.code(), format!("{}: {error}", path.display()));
            let diagnostic = match error.help() {
                Some(help) => diagnostic.with_help(help),
                None => diagnostic,
            };
            Failure::new(diagnostic, BAD_INPUT)
        })?;
    }
    let found = workload::read(format, &path.to_string_lossy(), &bytes)?;
    requirement.learn(&found)?;
    Ok(Some(bytes))
}

fn host(arguments: &arguments::Plan, output: &mut Output) -> Result<Option<HostFacts>, Failure> {
    if arguments.here {
        output.note("looking at this host");
        return Ok(Some(doctor()));
    }
    let Some(path) = &arguments.host else { return Ok(None) };
    let bytes = fs::read(path).map_err(|e| Failure::file("read", path, &e))?;
    let facts = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("{} is not what `doctor --format json` writes: {error}", path.display());
        Diagnostic::new("cli::host", message).with_help("write it with `stackwright doctor --format json`")
    })?;
    Ok(Some(facts))
}

fn text(report: &PlanReport, found: usize, catalog: &Catalog, output: &mut Output) {
    output.line(format!("{} for {}", report.requirement, report.target));
    output.line("\njudged by");
    for line in &report.judged {
        output.line(format!("  {line}"));
    }
    for (index, plan) in report.plans.iter().enumerate() {
        if index == 0 {
            best(plan, catalog, output);
        } else {
            if index == 1 {
                output.line("\nalso optimal");
            }
            output.line(format!(
                "  {}  {}  {}",
                plan.display,
                plan.grade_display,
                realizations(plan)
            ));
        }
    }
    if found > report.plans.len() {
        output.line(format!("  and {} more (--top)", found - report.plans.len()));
    }
    if let Some(conflict) = &report.conflict {
        output.line("\nno plan: these cannot all hold");
        for line in &conflict.constraints {
            output.line(format!("  {line}"));
        }
        output.line("\nnearest");
        for line in &conflict.relaxations {
            output.line(format!("  {line}"));
        }
    }
    if !report.rejected.is_empty() {
        output.line("\nrejected");
    }
    for rejected in &report.rejected {
        output.line(format!("  {}  {}", rejected.display, rejected.realizations.join(" + ")));
        for because in &rejected.because {
            output.line(format!("    - {because}"));
        }
    }
    let complete = if report.exact {
        "all of them"
    } else {
        "not all: the search reached its limit"
    };
    output.line(format!("\n{} candidates judged, {complete}", report.candidates));
}

fn best(plan: &Plan, catalog: &Catalog, output: &mut Output) {
    output.line(format!("\nplan {}  {}", plan.display, plan.grade_display));
    for realization in &plan.realizations {
        output.line(format!(
            "  {:<6} {:<20} {}",
            realization.word, realization.id, realization.summary
        ));
    }
    output.line("\nwhy");
    for line in &plan.why {
        output.line(format!("  {line}"));
    }
    output.line("\nfigures");
    for metric in plan.metrics.iter().filter(|m| m.missing.is_empty()) {
        output.line(metrics::planned_row(metric, catalog));
    }
    if !plan.risks.is_empty() {
        output.line("\nrisks");
        for risk in &plan.risks {
            output.line(format!("  {risk}"));
        }
    }
}

fn realizations(plan: &Plan) -> String {
    let ids: Vec<_> = plan.realizations.iter().map(|r| r.id.as_str()).collect();
    ids.join(" + ")
}
