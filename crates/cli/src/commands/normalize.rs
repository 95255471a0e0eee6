//! `normalize`: words to normal forms.

use serde::Serialize;
use stackwright::algebra::{Derivation, StepEffect};
use stackwright::{Catalog, Diagnostic, Source};

use super::stream;
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    input: &'a str,
    normal_form: Option<Vec<&'a str>>,
    display: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepAnswer<'a>>>,
}

#[derive(Serialize)]
struct StepAnswer<'a> {
    operator: &'a str,
    effect: &'static str,
    by: Vec<&'a str>,
    law: String,
    so_far: String,
}

/// Carries out `normalize`.
pub fn run(arguments: &arguments::Normalize, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    if arguments.expression == "-" {
        return stream::lines(output, |source, output| {
            one(catalog, source, arguments.explain, true, output)
        });
    }
    let source = Source::new("<expression>", arguments.expression.as_str());
    one(catalog, &source, arguments.explain, false, output)?;
    Ok(0)
}

fn one(catalog: &Catalog, source: &Source, explain: bool, stream: bool, output: &mut Output) -> Result<(), Diagnostic> {
    let parsed = catalog.parse(source)?;
    let algebra = catalog.algebra();
    let ill_typed = |error| catalog.ill_typed(source, &parsed, &error);
    let derivation = if explain {
        Some(catalog.automaton().derive(algebra, &parsed.word).map_err(ill_typed)?)
    } else {
        None
    };
    let word = match &derivation {
        Some(derivation) => derivation.normal_form.clone(),
        None => catalog
            .automaton()
            .normalize(algebra, &parsed.word)
            .map_err(ill_typed)?,
    };
    let display = algebra.display(&word);
    let name = catalog.named_form(&display).map(|f| f.name.en.as_str());
    if output.is_json() {
        let answer = Answer {
            schema: "stackwright/normalize/v1",
            input: source.text(),
            normal_form: Some(word.iter().map(|id| algebra.symbol(*id)).collect()),
            display: Some(display),
            name: name.filter(|_| !stream),
            steps: derivation.as_ref().map(|d| steps(catalog, d)),
        };
        if stream {
            output.json_line(&answer);
        } else {
            output.json(&answer);
        }
        return Ok(());
    }
    match &derivation {
        Some(derivation) => explain_text(catalog, derivation, name, output),
        None => output.line(&display),
    }
    Ok(())
}

fn steps<'a>(catalog: &'a Catalog, derivation: &Derivation) -> Vec<StepAnswer<'a>> {
    let algebra = catalog.algebra();
    derivation
        .steps
        .iter()
        .map(|step| StepAnswer {
            operator: algebra.symbol(step.operator),
            effect: step.effect.name(),
            by: step.by.iter().map(|id| algebra.symbol(*id)).collect(),
            law: law(catalog, step),
            so_far: algebra.display(&step.so_far),
        })
        .collect()
}

fn law(catalog: &Catalog, step: &stackwright::algebra::Step) -> String {
    let (left, right) = &step.law;
    format!(
        "{} = {}",
        catalog.algebra().display(left),
        catalog.algebra().display(right)
    )
}

fn explain_text(catalog: &Catalog, derivation: &Derivation, name: Option<&str>, output: &mut Output) {
    let algebra = catalog.algebra();
    for step in &derivation.steps {
        let symbol = algebra.symbol(step.operator);
        let by = algebra.display(&step.by);
        let law = law(catalog, step);
        let what = match step.effect {
            StepEffect::Applied => "stays".to_owned(),
            StepEffect::Moved => format!("moves past {by}, as {law}"),
            StepEffect::Absorbed => format!("is absorbed by {by}, as {law}"),
            StepEffect::Refined => format!("refines {by}, as {law}"),
            StepEffect::Completed => format!("with {by} makes a whole, as {law}"),
            StepEffect::Expanded => format!("stands for a word: {law}"),
        };
        output.line(format!("{symbol:<4} {what:<52} {}", algebra.display(&step.so_far)));
    }
    let name = name.map(|n| format!(" ({n})")).unwrap_or_default();
    output.line(format!(
        "normal form: {}{name}",
        algebra.display(&derivation.normal_form)
    ));
}
