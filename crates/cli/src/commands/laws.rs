//! `laws`: equations between words, decided; and laws of operators, derived.

mod derived;

use serde::Serialize;
use stackwright::algebra::Side;
use stackwright::{Catalog, Source};

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::Output;

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
    let witness = (!decision.equal).then(|| witness(&left, &right));
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
fn witness(left: &SideAnswer, right: &SideAnswer) -> String {
    match (&left.error, &right.error, &left.stack, &right.stack) {
        (Some(error), None, ..) => format!("the left side describes no stack: {error}"),
        (None, Some(error), ..) => format!("the right side describes no stack: {error}"),
        (Some(a), Some(b), ..) => format!("neither side describes a stack: {a}; {b}"),
        (_, _, Some(a), Some(b)) => format!("the left side reaches [{a}], the right side [{b}]"),
        _ => String::new(),
    }
}

fn text(answer: &Answer, output: &mut Output) {
    let relation = if answer.equal { "=" } else { "≠" };
    output.line(format!("{} {relation} {}", answer.left.input, answer.right.input));
    for (name, side) in [("left", &answer.left), ("right", &answer.right)] {
        let display = side.display.as_deref().unwrap_or("no stack");
        let what = side
            .stack
            .as_ref()
            .or(side.error.as_ref())
            .map(String::as_str)
            .unwrap_or_default();
        output.line(format!("  {name:<6} {display:<16} {what}"));
    }
    if let Some(witness) = &answer.witness {
        output.line(format!("  because {witness}"));
    } else {
        output.line("  and so in every context, as equality is a congruence");
    }
}
