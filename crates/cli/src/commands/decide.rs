//! `atlas decide`: questions, the concepts that answers lead to, and a plan.

mod questions;

use std::fs;

use serde::Serialize;
use serde_json::{Value, json};
use stackwright::atlas::align::{PublicationAligner, StandardAligner, Verdict, WikipediaAligner};
use stackwright::atlas::decide::Decision;
use stackwright::model::{ConceptOption, GuidanceData, Localized};
use stackwright::spec::plan::{Plan, PlanReport};
use stackwright::spec::requirement::Requirement;
use stackwright::{Catalog, Options, Problem, plan};
use stackwright_locale::say;

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    /// The answers, by question.
    answers: Value,
    comparison: ComparisonAnswer<'a>,
    concepts: Vec<ConceptAnswer<'a>>,
    /// The requirement file.
    requirement: &'a str,
    plan: &'a PlanReport,
}

#[derive(Serialize)]
struct ComparisonAnswer<'a> {
    dimensions: &'a [&'a str],
    stars: Vec<StarsAnswer<'a>>,
}

#[derive(Serialize)]
struct StarsAnswer<'a> {
    concept: &'a str,
    sum: u32,
}

#[derive(Serialize)]
struct ConceptAnswer<'a> {
    concept: &'a str,
    name: &'a Localized,
    /// Which of its operators the best plan has; null without a plan.
    in_plan: Option<Vec<&'a str>>,
    /// What becomes of what documents say of it, by verdict.
    references: Value,
}

/// Carries out `atlas decide`.
pub fn run(arguments: &arguments::Decide, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let guidance = catalog.guidance()?;
    if arguments.list {
        questions::list(guidance, output);
        return Ok(0);
    }
    let answered = questions::answered(arguments, guidance, output)?;
    let decision = answered.course.decision();
    let locale = output.locale();
    let words: Vec<_> = decision.answers.iter().flat_map(|(_, answers)| answers).collect();
    let words: Vec<_> = words.iter().map(|a| a.text.get(locale.language())).collect();
    let file = decision.requirement(&answered.name, &words.join("; "));
    let requirement = Requirement::read("<decision>", file.as_bytes(), catalog)?;
    let report = plan(&Problem::new(catalog, &requirement, None, Options::default()));
    if let Some(path) = &arguments.output {
        fs::write(path, &file).map_err(|e| Failure::file("write", path, &e))?;
        output.note(&say!(locale, "decide-wrote", path = path.display().to_string()));
    }
    let best = report.plans.first();
    if output.is_json() {
        let stars = decision.comparison.iter().map(|(option, sum)| StarsAnswer {
            concept: &option.concept,
            sum: *sum,
        });
        output.json(&Answer {
            schema: "stackwright/atlas-decide/v1",
            answers: answers(&decision),
            comparison: ComparisonAnswer {
                dimensions: &decision.dimensions,
                stars: stars.collect(),
            },
            concepts: concepts(&decision, best, guidance),
            requirement: &file,
            plan: &report,
        });
    } else {
        text(&decision, &file, &report, catalog, output)?;
    }
    Ok(if best.is_some() { 0 } else { NO })
}

fn concepts<'a>(decision: &Decision<'a>, best: Option<&Plan>, guidance: &GuidanceData) -> Vec<ConceptAnswer<'a>> {
    let references = |concept: &str| -> Value {
        let counts = Verdict::ALL.iter().zip(verdicts(guidance, concept));
        let counts = counts.map(|(verdict, count)| (verdict.name().to_owned(), json!(count)));
        Value::Object(counts.collect())
    };
    let answer = |option: &&'a ConceptOption| ConceptAnswer {
        concept: &option.concept,
        name: &option.name,
        in_plan: best.map(|plan| in_plan(option, plan)),
        references: references(&option.concept),
    };
    decision.concepts.iter().map(answer).collect()
}

fn answers(decision: &Decision<'_>) -> Value {
    let answers = decision.answers.iter().map(|(question, answers)| {
        let ids: Vec<_> = answers.iter().map(|a| a.id.as_str()).collect();
        let value = match ids.as_slice() {
            [id] if !question.several => json!(id),
            ids => json!(ids),
        };
        (question.id.clone(), value)
    });
    Value::Object(answers.collect())
}

/// The operators of a concept that a plan has.
fn in_plan<'a>(option: &'a ConceptOption, plan: &Plan) -> Vec<&'a str> {
    let operators = option.operators.iter().filter(|o| plan.normal_form.contains(o));
    operators.map(String::as_str).collect()
}

/// How many references on a concept have each verdict.
fn verdicts(guidance: &GuidanceData, concept: &str) -> [usize; 4] {
    let mut alignments = WikipediaAligner::new(guidance).align(concept);
    alignments.extend(StandardAligner::new(guidance).align(concept));
    alignments.extend(PublicationAligner::new(guidance).align(concept));
    Verdict::ALL.map(|verdict| alignments.iter().filter(|a| a.verdict == verdict).count())
}

/// The five steps.
fn text(
    decision: &Decision<'_>,
    file: &str,
    report: &PlanReport,
    catalog: &Catalog,
    output: &mut Output,
) -> Result<(), Failure> {
    let locale = output.locale();
    let language = locale.language();
    let names = |options: &[&ConceptOption]| {
        let names: Vec<_> = options.iter().map(|o| o.name.get(language)).collect();
        names.join(", ")
    };
    let given = |step: u8, output: &mut Output| {
        for (question, answers) in decision.answers.iter().filter(|(q, _)| q.step == step) {
            let answers: Vec<_> = answers.iter().map(|a| a.text.get(language)).collect();
            let answers = if answers.is_empty() {
                say!(locale, "decide-nothing")
            } else {
                answers.join("; ")
            };
            output.line(format!("   {} {answers}", question.text.get(language)));
        }
    };
    output.line(format!("1  {}", say!(locale, "decide-step-1")));
    given(1, output);
    output.line(format!("\n2  {}", say!(locale, "decide-step-2")));
    given(2, output);
    output.line(format!("\n3  {}", say!(locale, "decide-step-3")));
    if decision.dimensions.is_empty() {
        output.line(format!("   {}", say!(locale, "decide-no-dimension")));
    } else {
        let dimensions = decision.dimensions.join(", ");
        output.line(format!("   {}", say!(locale, "decide-stars", dimensions = dimensions)));
        for (option, stars) in &decision.comparison {
            output.line(format!("   {} {stars:>3}", padded(option.name.get(language), 18)));
        }
    }
    output.line(format!("\n4  {}", say!(locale, "decide-step-4")));
    given(4, output);
    let concepts = names(&decision.concepts);
    output.line(format!("   {}", say!(locale, "decide-concepts", concepts = concepts)));
    for line in file.lines() {
        output.line(format!("   | {line}"));
    }
    match report.plans.first() {
        Some(best) => planned(best, decision, report, output),
        None => conflict(report, output),
    }
    output.line(format!("\n5  {}", say!(locale, "decide-step-5")));
    let guidance = catalog.guidance()?;
    for option in &decision.concepts {
        let [aligned, drifted, missing, unverifiable] = verdicts(guidance, &option.concept);
        let counts = say!(
            locale,
            "decide-references",
            aligned = aligned,
            drifted = drifted,
            missing = missing,
            unverifiable = unverifiable,
            concept = option.concept.as_str()
        );
        output.line(format!("   {}: {counts}", option.name.get(language)));
    }
    Ok(())
}

fn planned(best: &Plan, decision: &Decision<'_>, report: &PlanReport, output: &mut Output) {
    let locale = output.locale();
    let language = locale.language();
    let plan = format!("{}  {}", best.display, best.grade_display);
    output.line(format!("   {}", say!(locale, "decide-plan", plan = plan)));
    for realization in &best.realizations {
        output.line(format!("     {:<6} {}", realization.word, realization.id));
    }
    let technologies = best.technologies.join(", ");
    output.line(format!(
        "     {}",
        say!(locale, "decide-with", technologies = technologies)
    ));
    for option in &decision.concepts {
        let name = option.name.get(language);
        let operators = in_plan(option, best);
        output.line(format!(
            "     {}",
            if operators.is_empty() {
                say!(locale, "decide-not-in-plan", concept = name)
            } else {
                say!(
                    locale,
                    "decide-in-plan",
                    concept = name,
                    operators = operators.join(", ")
                )
            }
        ));
    }
    for other in report.plans.iter().skip(1) {
        let realizations: Vec<_> = other.realizations.iter().map(|r| r.id.as_str()).collect();
        let plan = format!(
            "{}  {}  {}",
            other.display,
            other.grade_display,
            realizations.join(" + ")
        );
        output.line(format!("   {}", say!(locale, "decide-also", plan = plan)));
    }
}

fn conflict(report: &PlanReport, output: &mut Output) {
    let locale = output.locale();
    output.line(format!("   {}", say!(locale, "decide-conflict")));
    for line in report.conflict.iter().flat_map(|c| &c.constraints) {
        output.line(format!("     {}", locale.told(line)));
    }
    output.line(format!("   {}", say!(locale, "decide-nearest")));
    for opening in report.conflict.iter().flat_map(|c| &c.openings) {
        output.line(format!("     {}", super::plan::opening(opening, locale)));
    }
}
