//! Changes are found, the shortest first, and only where there are any.

#![allow(clippy::unwrap_used)]

use super::{Tables, first_change};
use crate::{Algebra, Automaton, Definition, EffectDefinition, KernelDefinition, LayerDefinition, Structure};

/// What `effects` declares, as `symbol: kind argument…`.
fn compiled(nesting: u8, effects: &[&str]) -> (Algebra, Automaton) {
    let layer = |name: &str| LayerDefinition {
        name: name.to_owned(),
        innermost: false,
    };
    let structure = Structure {
        kernels: vec![KernelDefinition {
            name: "machine".to_owned(),
            nesting: Some(nesting),
            absorbs: false,
        }],
        layers: vec![layer("outer"), layer("inner")],
        attributes: vec!["limits".to_owned()],
    };
    let definition = |text: &&str| {
        let mut words = text.split(' ').map(str::to_owned);
        let (symbol, kind) = (words.next().unwrap(), words.next().unwrap());
        let rest: Vec<_> = words.collect();
        let effect = match kind.as_str() {
            "opens" => EffectDefinition::Opens {
                kernel: "machine".to_owned(),
            },
            "encloses" => EffectDefinition::Encloses(rest),
            "gives" => EffectDefinition::Gives {
                facet: crate::Facet::Network,
                marks: rest,
            },
            "refines" => EffectDefinition::Refines {
                operator: rest.first().unwrap().clone(),
                marks: vec!["fine".to_owned()],
            },
            _ => EffectDefinition::Expands(rest),
        };
        Definition { symbol, effect }
    };
    let definitions: Vec<_> = effects.iter().map(definition).collect();
    let algebra = Algebra::define(structure, &definitions).unwrap();
    let automaton = Automaton::compile(&algebra).unwrap();
    (algebra, automaton)
}

const BASE: [&str; 6] = [
    "V opens",
    "C encloses outer limits",
    "S encloses inner",
    "M gives proxy control",
    "E gives proxy",
    "K expands V C",
];

/// The change as `word: old → new`.
fn found(nesting: u8, effects: &[&str]) -> Option<String> {
    let (old_algebra, old) = compiled(2, &BASE);
    let (new_algebra, new) = compiled(nesting, effects);
    let change = first_change(
        Tables {
            algebra: &old_algebra,
            automaton: &old,
        },
        Tables {
            algebra: &new_algebra,
            automaton: &new,
        },
    )?;
    let show = |word: &Option<Vec<_>>| word.as_ref().map_or("none".to_owned(), |w| new_algebra.display(w));
    Some(format!(
        "{}: {} → {}",
        old_algebra.display(&change.word),
        show(&change.old),
        show(&change.new)
    ))
}

#[test]
fn operators_that_add_something_new_change_nothing() {
    let more = [
        "Sh refines S",
        "Vx refines V",
        "Mx refines M",
        "N encloses outer",
        "Kx expands V S",
    ];
    for operator in more {
        let effects = [BASE.as_slice(), &[operator]].concat();
        assert_eq!(found(2, &effects), None, "{operator}");
    }
    assert_eq!(found(2, &BASE), None);
}

#[test]
fn the_shortest_change_is_found() {
    for (nesting, old, new, expected) in [
        (2, "", "X encloses outer limits inner", Some("C∘S: C∘S → X")),
        (2, "", "X encloses inner outer limits", Some("S∘C: S∘C → X")),
        (3, "", "", Some("V∘V∘V: none → V∘V∘V")),
        (1, "", "", Some("V∘V: V∘V → none")),
        (2, "K expands V C", "K expands V S", Some("K: V∘C → V∘S")),
        (2, "M gives proxy control", "M gives control", Some("M∘E: M → M∘E")),
        // Beside C what S gives now is there already, and without C it is still written S.
        (2, "S encloses inner", "S encloses inner limits", None),
    ] {
        let mut effects: Vec<&str> = BASE.iter().map(|e| if *e == old { new } else { *e }).collect();
        if old.is_empty() && !new.is_empty() {
            effects.push(new);
        }
        assert_eq!(found(nesting, &effects).as_deref(), expected, "{new}");
    }
}
