//! `normalize`: words to normal forms.

use serde::Serialize;
use serde_json::json;
use stackwright::algebra::{Derivation, OperatorId, StepEffect};
use stackwright::{Catalog, Diagnostic, Source};
use stackwright_locale::{Locale, say};

use super::stream::{self, Line};
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::{Output, padded};

const SCHEMA: &str = "stackwright/normalize/v1";

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
    let (is_json, explain, locale) = (output.is_json(), arguments.explain, output.locale());
    if arguments.expression == "-" {
        return stream::lines(output, || {
            let mut quick = (!explain).then(|| Quick::new(catalog, is_json));
            move |line: Line, out: &mut String| {
                if let Some(quick) = &mut quick
                    && quick.line(line.text, out).is_some()
                {
                    return Ok(());
                }
                let source = line.source();
                if is_json {
                    let mut answer = answer(catalog, &source, explain)?;
                    answer.name = None;
                    stream::json_line(&answer, out);
                } else {
                    text(catalog, &source, explain, locale, out)?;
                }
                Ok(())
            }
        });
    }
    let source = Source::new("<expression>", arguments.expression.as_str());
    if is_json {
        output.json(&answer(catalog, &source, explain)?);
    } else {
        let mut out = String::new();
        text(catalog, &source, explain, locale, &mut out)?;
        output.text(&out);
    }
    Ok(0)
}

/// The normal form of a word, and how it came about.
fn normal_form(
    catalog: &Catalog,
    source: &Source,
    explain: bool,
) -> Result<(Vec<OperatorId>, Option<Derivation>), Diagnostic> {
    if !explain {
        return Ok((catalog.normalize(source)?, None));
    }
    let parsed = catalog.parse(source)?;
    let derivation = catalog.automaton().derive(catalog.algebra(), &parsed.word);
    let derivation = derivation.map_err(|error| catalog.ill_typed(source, &parsed, &error))?;
    Ok((derivation.normal_form.clone(), Some(derivation)))
}

fn answer<'a>(catalog: &'a Catalog, source: &'a Source, explain: bool) -> Result<Answer<'a>, Diagnostic> {
    let (word, derivation) = normal_form(catalog, source, explain)?;
    let algebra = catalog.algebra();
    let display = algebra.display(&word);
    Ok(Answer {
        schema: SCHEMA,
        input: source.text(),
        normal_form: Some(word.iter().map(|id| algebra.symbol(*id)).collect()),
        name: catalog.named_form(&display).map(|f| f.name.en.as_str()),
        display: Some(display),
        steps: derivation.as_ref().map(|d| steps(catalog, d)),
    })
}

/// Plain words answered at speed, with the same text as [`answer`] and [`text`] give.
struct Quick<'a> {
    catalog: &'a Catalog,
    /// For JSON, each symbol as a member of a list, after a comma.
    members: Option<Vec<String>>,
    /// Where words are kept from line to line.
    word: Vec<OperatorId>,
    normal: Vec<OperatorId>,
}

impl<'a> Quick<'a> {
    fn new(catalog: &'a Catalog, is_json: bool) -> Self {
        let symbols = catalog
            .algebra()
            .operators()
            .iter()
            .map(|o| format!(",{}", json!(o.symbol)));
        Self {
            catalog,
            members: is_json.then(|| symbols.collect()),
            word: Vec::new(),
            normal: Vec::new(),
        }
    }

    /// Answers a line, or leaves it as it is if the word is not plain or has no stack.
    fn line(&mut self, text: &str, out: &mut String) -> Option<()> {
        self.word.clear();
        self.normal.clear();
        let notation = self.catalog.notation();
        notation.read(text, &mut self.word)?;
        self.catalog.automaton().normalize_into(&self.word, &mut self.normal)?;
        let Some(members) = &self.members else {
            notation.write(&self.normal, out);
            out.push('\n');
            return Some(());
        };
        // What is plain has no character that JSON escapes but the tabulator and its like.
        if text.bytes().any(|b| b < b' ') {
            return None;
        }
        for part in [
            "{\"schema\":\"",
            SCHEMA,
            "\",\"input\":\"",
            text,
            "\",\"normal_form\":[",
        ] {
            out.push_str(part);
        }
        let start = out.len();
        for id in &self.normal {
            let member = members.get(usize::from(id.0)).map_or("", String::as_str);
            out.push_str(if out.len() == start {
                member.get(1..).unwrap_or("")
            } else {
                member
            });
        }
        out.push_str("],\"display\":\"");
        notation.write(&self.normal, out);
        out.push_str("\"}\n");
        Some(())
    }
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

fn text(
    catalog: &Catalog,
    source: &Source,
    explain: bool,
    locale: &Locale,
    out: &mut String,
) -> Result<(), Diagnostic> {
    let (word, derivation) = normal_form(catalog, source, explain)?;
    let algebra = catalog.algebra();
    let display = algebra.display(&word);
    let Some(derivation) = derivation else {
        out.push_str(&display);
        out.push('\n');
        return Ok(());
    };
    for step in &derivation.steps {
        let symbol = algebra.symbol(step.operator);
        let by = algebra.display(&step.by);
        let law = law(catalog, step);
        let what = match step.effect {
            StepEffect::Applied => say!(locale, "step-applied"),
            StepEffect::Moved => say!(locale, "step-moved", by = by, law = law),
            StepEffect::Absorbed => say!(locale, "step-absorbed", by = by, law = law),
            StepEffect::Refined => say!(locale, "step-refined", by = by, law = law),
            StepEffect::Completed => say!(locale, "step-completed", by = by, law = law),
            StepEffect::Expanded => say!(locale, "step-expanded", law = law),
        };
        let so_far = algebra.display(&step.so_far);
        out.push_str(&format!("{symbol:<4} {} {so_far}\n", padded(&what, 52)));
    }
    let name = catalog
        .named_form(&display)
        .map(|f| format!(" ({})", f.name.get(locale.language())));
    let word = display + &name.unwrap_or_default();
    out.push_str(&say!(locale, "normal-form", word = word));
    out.push('\n');
    Ok(())
}
