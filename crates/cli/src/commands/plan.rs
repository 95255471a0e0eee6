//! `plan`: from a requirement to every optimal stack, with reasons, and to a bundle.

mod words;

use std::path::{Path, PathBuf};

use stackwright::input;
use stackwright::model::Target;
use stackwright::spec::plan::{Conflict, Opening, Plan, PlanReport, Stability};
use stackwright::spec::requirement::Requirement;
use stackwright::spec::workload::{self, Format};
use stackwright::{
    Catalog, Diagnostic, Emission, GENERATOR, NodeClass, Options, Problem, Source, bundle, check_module, doctor, emit,
    plan,
};
use stackwright_locale::{Locale, say};

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
    let (mut requirement, merged) = match &words {
        Some(words) => words.requirement(catalog, file)?,
        // The command line is refused without any.
        None => (
            file.ok_or_else(|| Diagnostic::new("requirement::text", "there is no requirement"))?,
            Merged::default(),
        ),
    };
    if let Some(target) = arguments.target {
        requirement.target = target;
    }
    let classes = hosts(arguments, output)?;
    let why_not = match &arguments.why_not {
        Some(word) => Some(catalog.normalize(&Source::new("<expression>", word.as_str()))?),
        None => None,
    };
    let options = Options {
        plans: arguments.top.max(1),
        rejected: arguments.top,
        why_not,
    };
    let problem = match classes.as_slice() {
        several @ [_, _, ..] => Problem::for_classes(catalog, &requirement, several, options),
        one => Problem::new(catalog, &requirement, one.first().map(|c| &c.host), options),
    };
    let mut report = plan(&problem);
    if let Some(words) = &words {
        words.report(&mut report);
    }
    match output.format() {
        arguments::Format::Json => output.json(&merged.with(&report)),
        format => {
            if words.is_some() {
                merged.text(&report, output);
            }
            let mut page = match format {
                arguments::Format::Markdown => Page::markdown(output),
                _ => Page::text(output),
            };
            page.report(&report, catalog);
        }
    }
    let Some(best) = report.plans.first() else {
        return Ok(NO);
    };
    if let Some(folder) = &arguments.output {
        let of_image = requirement.target == Target::Kubernetes && requirement.workload.file().is_none();
        let none: &[u8] = &[];
        let Some(workload) = workload.as_deref().or(of_image.then_some(none)) else {
            let message = say!(output.locale(), "plan-no-workload");
            return Err(Diagnostic::new("requirement::workload", message).into());
        };
        let own = requirement
            .workload
            .seccomp
            .as_deref()
            .map(|n| beside(arguments.requirement.as_deref(), n));
        let files = emit(&Emission {
            plan: best,
            requirement: &requirement,
            catalog,
            workload,
            generator: GENERATOR,
            cluster: &cluster(&arguments.cluster, own, requirement.target)?,
        })?;
        let written = bundle::write(folder, &files)?.files.len();
        output.flush();
        let folder = folder.display().to_string();
        output.note(&say!(output.locale(), "wrote-files", count = written, folder = folder));
    }
    Ok(0)
}

/// The requirement of the file, with the constraints of profiles; `None` if neither is given.
fn requirement(arguments: &arguments::Plan, catalog: &Catalog) -> Result<Option<Requirement>, Failure> {
    let mut requirement = None;
    if let Some(path) = &arguments.requirement {
        let bytes = input::read(path).map_err(|e| Failure::file("read", path, &e))?;
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

/// The path of a file that a requirement names.
fn beside(requirement: Option<&Path>, name: &str) -> PathBuf {
    requirement.and_then(Path::parent).unwrap_or(Path::new("")).join(name)
}

/// Reads the workload's file, if there is one, and takes over what it says. A module is checked, so that no bundle is
/// written that could not run.
fn workload(requirement: &mut Requirement, requirement_path: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    let Some((name, format)) = requirement.workload.file() else {
        return Ok(None);
    };
    let path = beside(requirement_path, name);
    let bytes = input::read(&path).map_err(|e| Failure::file("read the workload", &path, &e))?;
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

/// The hosts to plan for, by name.
fn hosts(arguments: &arguments::Plan, output: &mut Output) -> Result<Vec<NodeClass>, Failure> {
    let mut classes = Vec::new();
    if arguments.here {
        output.note(&say!(output.locale(), "plan-looking"));
        let name = "this host".to_owned();
        classes.push(NodeClass { name, host: doctor() });
    }
    for path in &arguments.host {
        let bytes = input::read(path).map_err(|e| Failure::file("read", path, &e))?;
        let host = serde_json::from_slice(&bytes).map_err(|error| {
            let (locale, path) = (output.locale(), path.display().to_string());
            let message = say!(locale, "plan-no-host", path = path, error = error.to_string());
            Diagnostic::new("cli::host", message).with_help(say!(locale, "plan-no-host-help"))
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        classes.push(NodeClass { name, host });
    }
    Ok(classes)
}

/// Where a report is written: as text, or as Markdown with headings and lists.
struct Page<'o> {
    output: &'o mut Output,
    markdown: bool,
}

impl<'o> Page<'o> {
    fn text(output: &'o mut Output) -> Self {
        Self {
            output,
            markdown: false,
        }
    }

    fn markdown(output: &'o mut Output) -> Self {
        Self { output, markdown: true }
    }

    fn title(&mut self, level: usize, text: &str) {
        if self.markdown {
            self.output.line(format!("{} {text}\n", "#".repeat(level)));
        } else {
            self.output.line(text);
        }
    }

    /// A heading with its lines, if there are any.
    fn list(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        let locale = self.output.locale();
        self.told(title, lines.into_iter().map(|line| locale.told(line.trim_start())));
    }

    /// The same of lines that are in the language already.
    fn told(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        let mut lines = lines.into_iter().peekable();
        if lines.peek().is_none() {
            return;
        }
        self.output.line("");
        self.title(2, title);
        let mark = if self.markdown { "- " } else { "  " };
        lines.for_each(|line| self.output.line(format!("{mark}{}", line.trim_start())));
    }

    /// A heading with entries that have lines of their own.
    fn entries(&mut self, title: &str, entries: impl IntoIterator<Item = (String, Vec<String>)>) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_none() {
            return;
        }
        self.output.line("");
        self.title(2, title);
        let (mark, inner) = if self.markdown {
            ("- ", "  - ")
        } else {
            ("  ", "    - ")
        };
        let locale = self.output.locale();
        for (entry, lines) in entries {
            self.output.line(format!("{mark}{}", locale.told(&entry)));
            let mut line = |line: &String| self.output.line(format!("{inner}{}", locale.told(line)));
            lines.iter().for_each(&mut line);
        }
    }

    fn report(&mut self, report: &PlanReport, catalog: &Catalog) {
        let locale = self.output.locale();
        let (requirement, target) = (report.requirement.as_str(), report.target.to_string());
        self.title(1, &say!(locale, "plan-for", requirement = requirement, target = target));
        self.list(&say!(locale, "plan-judged"), report.judged.clone());
        if let Some(best) = report.plans.first() {
            self.best(best, catalog);
        }
        let stability = report.stability.iter().map(|s| stability(s, locale));
        self.told(&say!(locale, "plan-stability"), stability);
        let others = report.plans.iter().skip(1);
        let others = others.map(|p| format!("{}  {}  {}", p.display, p.grade_display, realizations(p)));
        self.list(&say!(locale, "plan-others"), others);
        let hidden = report.found.saturating_sub(report.plans.len() as u64);
        if hidden > 0 {
            let more = say!(locale, "plan-more", count = hidden.to_string());
            self.output.line(format!("  {more}"));
        }
        if let Some(conflict) = &report.conflict {
            self.conflict(conflict);
        }
        if let Some(why_not) = &report.why_not {
            let stack = format!("{}  {}", why_not.display, why_not.realizations.join(" + "));
            let title = say!(locale, "plan-why-not", stack = stack);
            self.list(title.trim_end(), why_not.because.clone());
        }
        let rejected = report.rejected.iter();
        let rejected = rejected.map(|r| {
            (
                format!("{}  {}", r.display, r.realizations.join(" + ")),
                r.because.clone(),
            )
        });
        self.entries(&say!(locale, "plan-rejected"), rejected);
        let complete = match &report.floor {
            None if report.exact => say!(locale, "plan-complete"),
            None => say!(locale, "plan-more-optimal"),
            Some(floor) => say!(
                locale,
                "plan-incomplete",
                start = floor.cold_start.to_string(),
                memory = floor.memory.to_string(),
                request = floor.request_latency.to_string()
            ),
        };
        let searched = say!(
            locale,
            "plan-searched",
            found = report.found.to_string(),
            all = report.candidates.to_string(),
            labels = report.labels.to_string(),
            complete = complete
        );
        self.output.line(format!("\n{searched}"));
    }

    fn best(&mut self, plan: &Plan, catalog: &Catalog) {
        let locale = self.output.locale();
        let stack = format!("{}  {}", plan.display, plan.grade_display);
        let title = say!(locale, "plan-plan", stack = stack);
        let parts = plan.realizations.iter();
        self.list(
            &title,
            parts.map(|r| format!("{:<6} {:<20} {}", r.word, r.id, locale.told(&r.summary))),
        );
        self.list(&say!(locale, "plan-nodes"), plan.nodes.clone());
        self.list(&say!(locale, "plan-why"), plan.why.clone());
        self.list(&say!(locale, "plan-binding"), plan.binding.clone());
        self.list(&say!(locale, "plan-gives-up"), plan.gives_up.clone());
        let known = plan.metrics.iter().filter(|m| m.missing.is_empty());
        let figures = known.map(|m| metrics::planned_row(m, catalog, locale));
        self.told(&say!(locale, "plan-figures"), figures);
        self.list(&say!(locale, "plan-risks"), plan.risks.clone());
    }

    fn conflict(&mut self, conflict: &Conflict) {
        let locale = self.output.locale();
        self.list(&say!(locale, "decide-conflict"), conflict.constraints.clone());
        let others = conflict.sets.iter().skip(1);
        self.entries(
            &say!(locale, "plan-nor"),
            others.map(|set| {
                (
                    set.first().cloned().unwrap_or_default(),
                    set.iter().skip(1).cloned().collect(),
                )
            }),
        );
        if !conflict.complete {
            self.output.line(format!("  {}", say!(locale, "plan-more-sets")));
        }
        let openings = conflict.openings.iter().map(|o| opening(o, locale));
        self.told(&say!(locale, "decide-nearest"), openings);
    }
}

/// What would open a plan, and which.
pub fn opening(opening: &Opening, locale: &Locale) -> String {
    let mut changes = opening.changes.iter().map(|change| locale.told(change));
    let first = changes.next().unwrap_or_default();
    let changes = changes.fold(first, |before, change| {
        say!(locale, "plan-and", before = before, change = change)
    });
    let (stack, realizations) = (opening.display.as_str(), opening.realizations.join(" + "));
    say!(
        locale,
        "plan-opens",
        changes = changes,
        stack = stack,
        realizations = realizations
    )
}

fn stability(stability: &Stability, locale: &Locale) -> String {
    let Stability {
        preference,
        from,
        to,
        instead,
    } = stability;
    let other = instead.clone().unwrap_or_else(|| say!(locale, "plan-nothing-else"));
    let preference = preference.to_string();
    match (from, to) {
        (Some(from), Some(to)) => say!(
            locale,
            "plan-weight-between",
            preference = preference,
            from = from.to_string(),
            to = to.to_string(),
            other = other
        ),
        (Some(_), None) if instead.is_none() => say!(locale, "plan-weight-any", preference = preference),
        (Some(from), None) => say!(
            locale,
            "plan-weight-from",
            preference = preference,
            from = from.to_string(),
            other = other
        ),
        (None, _) if instead.is_some() => say!(locale, "plan-first-other", preference = preference, other = other),
        (None, _) => say!(locale, "plan-first-same", preference = preference),
    }
}

fn realizations(plan: &Plan) -> String {
    let ids: Vec<_> = plan.realizations.iter().map(|r| r.id.as_str()).collect();
    ids.join(" + ")
}
