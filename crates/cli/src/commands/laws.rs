//! `laws`: equations between words, decided; and laws of operators, derived.

mod derived;

use serde::Serialize;
use stackwright::algebra::Side;
use stackwright::{Catalog, Source};
use stackwright_locale::{Locale, say};

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    equal: bool,
    left: SideAnswer,
    right: SideAnswer,
    witness: Option<String>,
}

#[derive(Serialize)]
struct SideAnswer {
    input: String,
    normal_form: Option<Vec<String>>,
    display: Option<String>,
    stack: Option<String>,
    error: Option<String>,
}

/// Carries out `laws`.
pub fn run(arguments: &arguments::Laws, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    match (&arguments.left, &arguments.right) {
        (Some(left), Some(right)) => equation(catalog, left, right, output),
        _ => {
            derived::all(catalog, output);
            Ok(0)
        }
    }
}

fn equation(catalog: &Catalog, left_text: &str, right_text: &str, output: &mut Output) -> Result<u8, Failure> {
    let left = catalog.parse(&Source::new("<left>", left_text))?;
    let right = catalog.parse(&Source::new("<right>", right_text))?;
    let decision = catalog.automaton().decide(catalog.algebra(), &left.word, &right.word);
    let left = side(catalog, left_text, &decision.left);
    let right = side(catalog, right_text, &decision.right);
    let witness = (!decision.equal).then(|| witness(&left, &right, output.locale()));
    let answer = Answer {
        schema: "stackwright/laws/v1",
        equal: decision.equal,
        left,
        right,
        witness,
    };
    if output.is_json() {
        output.json(&answer);
    } else {
        text(&answer, output);
    }
    Ok(if decision.equal { 0 } else { NO })
}

fn side(catalog: &Catalog, input: &str, side: &Side) -> SideAnswer {
    let algebra = catalog.algebra();
    let (word, stack, error) = match side {
        Side::Stack { normal_form, stack } => (Some(normal_form), Some(stack.describe(algebra.vocabulary())), None),
        Side::IllTyped(error) => (None, None, Some(algebra.explain(error))),
    };
    SideAnswer {
        input: input.to_owned(),
        normal_form: word.map(|w| w.iter().map(|id| algebra.symbol(*id).to_owned()).collect()),
        display: word.map(|w| algebra.display(w)),
        stack,
        error,
    }
}

/// Why the sides differ. Equality is a congruence, so the words themselves, in no context, tell them apart.
fn witness(left: &SideAnswer, right: &SideAnswer, locale: &Locale) -> String {
    match (&left.error, &right.error, &left.stack, &right.stack) {
        (Some(error), None, ..) => say!(locale, "laws-left-ill-typed", error = locale.told(error)),
        (None, Some(error), ..) => say!(locale, "laws-right-ill-typed", error = locale.told(error)),
        (Some(a), Some(b), ..) => say!(
            locale,
            "laws-both-ill-typed",
            left = locale.told(a),
            right = locale.told(b)
        ),
        (_, _, Some(a), Some(b)) => say!(locale, "laws-reach", left = a.as_str(), right = b.as_str()),
        _ => String::new(),
    }
}

fn text(answer: &Answer, output: &mut Output) {
    let locale = output.locale();
    let relation = if answer.equal { "=" } else { "≠" };
    output.line(format!("{} {relation} {}", answer.left.input, answer.right.input));
    let sides = [
        (say!(locale, "laws-left"), &answer.left),
        (say!(locale, "laws-right"), &answer.right),
    ];
    for (name, side) in sides {
        let display = side.display.clone().unwrap_or_else(|| say!(locale, "laws-no-stack"));
        let error = || side.error.as_deref().map(|error| locale.told(error));
        let what = side.stack.clone().or_else(error).unwrap_or_default();
        output.line(format!("  {} {} {what}", padded(&name, 6), padded(&display, 16)));
    }
    if let Some(witness) = &answer.witness {
        output.line(format!(
            "  {}",
            say!(locale, "laws-because", witness = witness.as_str())
        ));
    } else {
        output.line(format!("  {}", say!(locale, "laws-everywhere")));
    }
}
