//! What is proved is true, and tables that are wrong are not proved.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::{
    Algebra, Automaton, Definition, EffectDefinition, KernelDefinition, LayerDefinition, NotCongruent, Structure,
};

fn algebra() -> Algebra {
    let kernel = |name: &str, nesting, absorbs| KernelDefinition {
        name: name.to_owned(),
        nesting,
        absorbs,
    };
    let layer = |name: &str, innermost| LayerDefinition {
        name: name.to_owned(),
        innermost,
    };
    let structure = Structure {
        kernels: vec![kernel("machine", Some(2), false), kernel("user", None, true)],
        layers: vec![layer("outer", false), layer("inner", false), layer("core", true)],
        attributes: vec!["limits".to_owned()],
    };
    let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let encloses = |list: &[&str]| EffectDefinition::Encloses(names(list));
    let opens = |kernel: &str| EffectDefinition::Opens {
        kernel: kernel.to_owned(),
    };
    let refines = |operator: &str| EffectDefinition::Refines {
        operator: operator.to_owned(),
        marks: names(&["fine"]),
    };
    let definitions: Vec<_> = [
        ("V", opens("machine")),
        ("G", opens("user")),
        ("Gx", refines("G")),
        ("A", encloses(&["outer"])),
        ("B", encloses(&["inner", "limits"])),
        ("W", encloses(&["core"])),
        ("K", EffectDefinition::Expands(names(&["V", "A"]))),
    ]
    .into_iter()
    .map(|(symbol, effect)| Definition {
        symbol: symbol.to_owned(),
        effect,
    })
    .collect();
    Algebra::define(structure, &definitions).unwrap()
}

#[test]
fn declared_effects_are_congruent() {
    let algebra = algebra();
    let automaton = Automaton::compile(&algebra).unwrap();
    let proof = automaton.congruence(&algebra).unwrap();
    assert!(proof.equations > 1_000 && proof.pairs > 100, "{proof:?}");
}

#[test]
fn a_wrong_transition_is_found_and_its_counterexample_is_one() {
    let algebra = algebra();
    let sound = Automaton::compile(&algebra).unwrap();
    let letters: Vec<_> = algebra.ids().filter(|id| algebra.letters(id) == [*id]).collect();
    let (mut tried, mut found) = (0, 0);
    for state in sound.states() {
        for (letter, target) in letters.iter().zip(sound.states().cycle().skip(state as usize * 7)) {
            let mut broken = sound.clone();
            if !broken.redirect(state, *letter, target) {
                continue;
            }
            tried += 1;
            let Err(NotCongruent::Counterexample { context, left, right }) = broken.congruence(&algebra) else {
                continue;
            };
            found += 1;
            let run = |word: &[_]| {
                word.iter()
                    .try_fold((Vec::new(), crate::automaton::START), |(mut behind, state), letter| {
                        let (reached, opened) = broken.step(state, *letter)?;
                        if opened {
                            behind.push(broken.domain_word(state).to_vec());
                        }
                        Some((behind, reached))
                    })
            };
            let there = |word: &[_]| run(&[context.as_slice(), word].concat());
            match right {
                Some(right) => assert_ne!(there(&left), there(&right)),
                None => assert!(run(&left).is_none() && there(&left).is_some()),
            }
        }
    }
    // A change that moves all contexts alike is another algebra, and a congruent one.
    assert!(tried > 250 && found * 10 > tried * 9, "{found} of {tried}");
}
