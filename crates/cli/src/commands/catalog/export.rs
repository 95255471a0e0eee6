//! `catalog export`: the catalogue, or the rules of its algebra, for other programs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stackwright::Catalog;
use stackwright::algebra::{Algebra, OperatorId, Rule, rewriting_rules};

use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// The letters of the presentation, in the order of the operators. The last of those in use is the zero.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Carries out `catalog export`.
pub fn run(rules: bool, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    if !rules {
        output.json(&json!({
            "schema": "stackwright/catalog-export/v1",
            "hash": catalog.hash(),
            "catalog": catalog.data(),
        }));
        return Ok(0);
    }
    let algebra = catalog.algebra();
    let system = rewriting_rules(algebra, catalog.automaton());
    if output.is_json() {
        output.json(&answer(catalog, &system));
        return Ok(0);
    }
    for rule in &system {
        let right = rule.right.as_ref().map(|r| algebra.display(r));
        output.line(format!(
            "{} → {}",
            algebra.display(&rule.left),
            right.as_deref().unwrap_or("0")
        ));
    }
    Ok(0)
}

fn answer(catalog: &Catalog, system: &[Rule]) -> Value {
    let algebra = catalog.algebra();
    let symbols =
        |word: &[OperatorId]| -> Vec<String> { word.iter().map(|id| algebra.symbol(*id).to_owned()).collect() };
    let letters: Vec<_> = algebra.plain_letters().collect();
    let macros: Vec<_> = algebra.ids().filter(|id| !letters.contains(id)).collect();
    let bounds = algebra.vocabulary().structure().kernels.iter();
    json!({
        "schema": "stackwright/catalog-rules/v1",
        "hash": catalog.hash(),
        "operators": symbols(&letters),
        "macros": macros.iter().map(|id| (algebra.symbol(*id), symbols(algebra.letters(id)))).collect::<BTreeMap<_, _>>(),
        "bounds": bounds.filter_map(|k| Some(json!({ "kernel": k.name, "nesting": k.nesting? }))).collect::<Vec<_>>(),
        "rules": system
            .iter()
            .map(|rule| json!({ "left": symbols(&rule.left), "right": rule.right.as_ref().map(|r| symbols(r)) }))
            .collect::<Vec<_>>(),
        "presentation": presentation(algebra, &letters, system),
    })
}

/// The rules as a presentation over single characters, the form in which programs such as libsemigroups take them. The
/// zero is a letter of its own, which absorbs every other. `null` if there are more operators than characters.
fn presentation(algebra: &Algebra, letters: &[OperatorId], system: &[Rule]) -> Option<Value> {
    let alphabet: Vec<char> = ALPHABET.chars().take(letters.len() + 1).collect();
    let zero = *alphabet.get(letters.len())?;
    let character = |id: &OperatorId| letters.iter().zip(&alphabet).find(|(l, _)| *l == id).map(|(_, c)| *c);
    let word = |word: &[OperatorId]| -> String { word.iter().filter_map(character).collect() };
    let absorbed = alphabet
        .iter()
        .flat_map(|c| [format!("{c}{zero}"), format!("{zero}{c}")])
        .map(|left| (left, zero.to_string()));
    let rules = system
        .iter()
        .map(|rule| {
            (
                word(&rule.left),
                rule.right.as_ref().map_or(zero.to_string(), |r| word(r)),
            )
        })
        .chain(absorbed)
        .collect::<BTreeSet<_>>();
    Some(json!({
        "alphabet": alphabet.iter().collect::<String>(),
        "zero": zero,
        "letters": letters.iter().zip(&alphabet).map(|(id, c)| (algebra.symbol(*id), c.to_string())).collect::<BTreeMap<_, _>>(),
        "rules": rules,
    }))
}
