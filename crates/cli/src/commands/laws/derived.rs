//! The laws of every operator and pair, tried in every context.

use serde::Serialize;
use stackwright::Catalog;
use stackwright::algebra::{Contexts, Extent, OperatorId, Rule, Side, rewriting_rules};
use stackwright_locale::{Locale, say};

use crate::output::Output;

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    operators: Vec<OperatorLaws>,
    pairs: Vec<PairLaws>,
}

#[derive(Serialize)]
struct OperatorLaws {
    operator: String,
    idempotent: LawAnswer,
    /// Other operators that make it, each way that no rule shortens: its parts.
    wholes: Vec<String>,
}

/// The laws of two operators `a` and `b`.
#[derive(Serialize)]
struct PairLaws {
    /// Whether `a` comes first in the operators' order.
    #[serde(skip)]
    ordered: bool,
    a: String,
    b: String,
    /// a∘b = b∘a
    commute: LawAnswer,
    /// a∘b = a
    absorb: LawAnswer,
    /// b∘a = a
    absorb_earlier: LawAnswer,
    /// Whether `a` alone gives all that `b` alone gives, and more of the same kind.
    refines: bool,
}

#[derive(Serialize)]
struct LawAnswer {
    equation: String,
    /// `everywhere`, `where` or `nowhere`.
    holds: &'static str,
    r#where: Option<String>,
    witness: Option<WitnessAnswer>,
}

#[derive(Serialize)]
struct WitnessAnswer {
    context: String,
    left: String,
    right: String,
}

/// Derives and prints all laws.
pub fn all(catalog: &Catalog, output: &mut Output) {
    let algebra = catalog.algebra();
    let contexts = Contexts::new(algebra, catalog.automaton());
    let locale = output.locale();
    let law = |left: &[OperatorId], right: &[OperatorId]| answer(catalog, &contexts, left, right, locale);
    let letters: Vec<_> = algebra.plain_letters().collect();
    let symbol = |id: OperatorId| algebra.symbol(id).to_owned();
    let refines = |a: OperatorId, b: OperatorId| match (algebra.run(&[a]), algebra.run(&[b])) {
        (Ok(a), Ok(b)) => a != b && a.refines(&b),
        _ => false,
    };
    let rules = rewriting_rules(algebra, catalog.automaton());
    let wholes = |x: OperatorId| {
        let makes = |rule: &&Rule| rule.right.as_deref() == Some(&[x]) && !rule.left.contains(&x);
        let makes = rules.iter().filter(makes);
        // Two operators of which one absorbs the other are no parts.
        let parts = makes.filter(|rule| rule.left.iter().all(|part| refines(x, *part)));
        parts
            .map(|rule| format!("{} = {}", algebra.display(&rule.left), symbol(x)))
            .collect()
    };
    let operators: Vec<_> = letters
        .iter()
        .map(|x| OperatorLaws {
            operator: symbol(*x),
            idempotent: law(&[*x, *x], &[*x]),
            wholes: wholes(*x),
        })
        .collect();
    let pairs = letters
        .iter()
        .flat_map(|a| letters.iter().filter(move |b| a != *b).map(move |b| (*a, *b)));
    let pairs: Vec<_> = pairs
        .map(|(a, b)| PairLaws {
            ordered: a < b,
            a: symbol(a),
            b: symbol(b),
            commute: law(&[a, b], &[b, a]),
            absorb: law(&[a, b], &[a]),
            absorb_earlier: law(&[b, a], &[a]),
            refines: refines(a, b),
        })
        .collect();
    let answer = Answer {
        schema: "stackwright/laws/v1",
        operators,
        pairs,
    };
    if output.is_json() {
        output.json(&answer);
    } else {
        text(&answer, output);
    }
}

fn answer(
    catalog: &Catalog,
    contexts: &Contexts,
    left: &[OperatorId],
    right: &[OperatorId],
    locale: &Locale,
) -> LawAnswer {
    let algebra = catalog.algebra();
    let law = contexts.law(algebra, catalog.automaton(), left, right);
    let side = |side: &Side| match side {
        Side::Stack { normal_form, .. } => algebra.display(normal_form),
        Side::IllTyped(_) => say!(locale, "laws-no-stack"),
    };
    let (holds, condition) = match law.extent {
        Extent::Everywhere => ("everywhere", None),
        Extent::Where(condition) => ("where", Some(condition)),
        Extent::Nowhere => ("nowhere", None),
    };
    LawAnswer {
        equation: format!("{} = {}", algebra.display(left), algebra.display(right)),
        holds,
        r#where: condition,
        witness: law.witness.map(|w| WitnessAnswer {
            context: algebra.display(&w.context),
            left: side(&w.left),
            right: side(&w.right),
        }),
    }
}

/// Laws that hold somewhere; that operators of different facets commute is said once.
fn text(answer: &Answer, output: &mut Output) {
    let locale = output.locale();
    output.line(say!(locale, "laws-idempotence"));
    for operator in &answer.operators {
        output.line(row(&operator.idempotent, locale));
    }
    let mut commuting = 0;
    output.line(format!("\n{}", say!(locale, "laws-commutation")));
    for pair in answer.pairs.iter().filter(|p| p.ordered) {
        if pair.commute.holds == "everywhere" {
            commuting += 1;
        } else {
            output.line(row(&pair.commute, locale));
        }
    }
    output.line(format!("  {}", say!(locale, "laws-others-commute", count = commuting)));
    output.line(format!("\n{}", say!(locale, "laws-refinement")));
    for pair in answer.pairs.iter().filter(|p| p.refines) {
        output.line(format!("  {} ⊑ {}", pair.a, pair.b));
    }
    output.line(format!("\n{}", say!(locale, "laws-whole")));
    for whole in answer.operators.iter().flat_map(|o| &o.wholes) {
        output.line(format!("  {whole}"));
    }
    output.line(format!("\n{}", say!(locale, "laws-absorption")));
    for pair in &answer.pairs {
        for law in [&pair.absorb, &pair.absorb_earlier]
            .into_iter()
            .filter(|l| l.holds == "everywhere")
        {
            output.line(row(law, locale));
        }
    }
}

fn row(law: &LawAnswer, locale: &Locale) -> String {
    let holds = match law.holds {
        "everywhere" => say!(locale, "laws-holds-everywhere"),
        "where" => say!(locale, "laws-holds-where"),
        _ => say!(locale, "laws-holds-nowhere"),
    };
    let mut row = format!("  {:<16} {holds}", law.equation);
    if let Some(condition) = &law.r#where {
        row += &format!(" {}", locale.told(condition));
    }
    if let Some(witness) = &law.witness {
        let witness = say!(
            locale,
            "laws-witness",
            context = witness.context.as_str(),
            left = witness.left.as_str(),
            right = witness.right.as_str()
        );
        row += &format!("; {witness}");
    }
    row
}
