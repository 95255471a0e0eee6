//! `grade`: the grades of a stack, by reference figures, beside what better evidence says.

use serde::Serialize;
use stackwright::grade::{Assessment, StackFigure};
use stackwright::{Catalog, Diagnostic, Source};
use stackwright_locale::say;

use super::metrics::{self, MetricAnswer};
use super::stream::{self, Line};
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    input: &'a str,
    normal_form: Vec<&'a str>,
    display: String,
    grades: GradesAnswer,
    grade_display: String,
    /// The sum of the reference figures that gives the latency grade.
    latency: Option<String>,
    realizations: Vec<&'a str>,
    metrics: Vec<MetricAnswer<'a>>,
    better_evidence: Vec<MetricAnswer<'a>>,
}

#[derive(Serialize)]
struct GradesAnswer {
    latency: Option<u8>,
    security: u8,
    observability: u8,
}

/// Carries out `grade`.
pub fn run(arguments: &arguments::Grade, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let is_json = output.is_json();
    if arguments.expression == "-" {
        return stream::lines(output, || {
            move |line: Line, out: &mut String| {
                let source = line.source();
                let Some(assessment) = assess(catalog, &source)? else {
                    return Ok(());
                };
                if is_json {
                    stream::json_line(&answer(catalog, &source, &assessment), out);
                } else {
                    let display = catalog.algebra().display(&assessment.word);
                    out.push_str(&format!("{display}\t{}\n", assessment.grades));
                }
                Ok(())
            }
        });
    }
    let source = Source::new("<expression>", arguments.expression.as_str());
    if let Some(assessment) = assess(catalog, &source)? {
        if is_json {
            output.json(&answer(catalog, &source, &assessment));
        } else {
            text(catalog, &assessment, output);
        }
    }
    Ok(0)
}

fn assess<'a>(catalog: &'a Catalog, source: &Source) -> Result<Option<Assessment<'a>>, Diagnostic> {
    let word = catalog.normalize(source)?;
    Ok(catalog.assess(&word))
}

fn answer<'a>(catalog: &'a Catalog, source: &'a Source, assessment: &'a Assessment<'a>) -> Answer<'a> {
    let algebra = catalog.algebra();
    let grades = assessment.grades;
    Answer {
        schema: "stackwright/grade/v1",
        input: source.text(),
        normal_form: assessment.word.iter().map(|id| algebra.symbol(*id)).collect(),
        display: algebra.display(&assessment.word),
        grades: GradesAnswer {
            latency: grades.latency,
            security: grades.security,
            observability: grades.observability,
        },
        grade_display: grades.to_string(),
        latency: assessment.latency.map(|l| metrics::value(&l, "ms")),
        realizations: realizations(assessment),
        metrics: assessment.reference.iter().map(metrics::answer).collect(),
        better_evidence: assessment.better.iter().map(metrics::answer).collect(),
    }
}

fn realizations<'a>(assessment: &Assessment<'a>) -> Vec<&'a str> {
    let tiling = assessment.tiling.iter();
    tiling
        .flat_map(|t| t.realizations.iter().map(|r| r.id.as_str()))
        .collect()
}

fn text(catalog: &Catalog, assessment: &Assessment<'_>, output: &mut Output) {
    let locale = output.locale();
    let algebra = catalog.algebra();
    let display = algebra.display(&assessment.word);
    let name = catalog
        .named_form(&display)
        .map(|f| format!("  ({})", f.name.get(locale.language())))
        .unwrap_or_default();
    output.line(format!("{display}  {}{name}", assessment.grades));
    let Some(stack) = catalog.stack(&assessment.word) else {
        return;
    };
    let rules = catalog.rules();
    let latency = match (assessment.latency, assessment.grades.latency) {
        (Some(figure), Some(grade)) => {
            let value = metrics::value(&figure, "ms");
            format!("{grade}  {value} {}", say!(locale, "grade-by-reference"))
        }
        _ => format!("?  {}", say!(locale, "grade-no-figures")),
    };
    let row = |label: String, what: &str| format!("  {}  {what}", padded(&label, 13));
    output.line(row(say!(locale, "latency"), &latency));
    let (security, reasons) = rules.security(&stack);
    let reasons: Vec<_> = reasons.iter().map(|why| locale.told(why)).collect();
    let security = format!("{security}  {}", reasons.join("; "));
    output.line(row(say!(locale, "security"), &security));
    let (observability, reasons) = rules.observability(&stack);
    let reasons: Vec<_> = reasons
        .iter()
        .map(|(by, why)| format!("{by:+} {}", locale.told(why)))
        .collect();
    let observability = format!("{observability}  {}", reasons.join("; "));
    output.line(row(say!(locale, "observability"), &observability));
    let realizations = realizations(assessment);
    if !realizations.is_empty() {
        output.line(row(say!(locale, "grade-realized-by"), &realizations.join(" + ")));
    }
    section(&say!(locale, "grade-reference"), &assessment.reference, output);
    section(&say!(locale, "grade-better"), &assessment.better, output);
}

fn section(title: &str, figures: &[StackFigure<'_>], output: &mut Output) {
    let known: Vec<_> = figures.iter().filter(|f| !f.evidence.is_empty()).collect();
    if known.is_empty() {
        return;
    }
    output.line(format!("\n{title}"));
    for figure in known {
        output.line(metrics::row(figure, output.locale()));
    }
}
