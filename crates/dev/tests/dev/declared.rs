//! Algebras that users declare keep what holds of the one that ships.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stackwright_algebra::OperatorId;
use stackwright_catalog::model::{EffectData, KernelData, LayerData, OpensData, RefinesData, StructureData};
use stackwright_dev::Compiled;
use stackwright_dev::declared::{Declared, declared};
use stackwright_dev::generate::{all_words, settings};
use stackwright_dev::reference::Machine;

use crate::congruence::is_congruence;
use crate::derivations::{mending_helps, steps_are_true};
use crate::hostile::soon;

/// The engine agrees with the reference on every short word: where it goes wrong, which words are equal, and that a
/// normal form reaches the stack of its word and is the shortest that does.
fn agrees(engine: &Compiled, machine: &Machine, length: usize) {
    let letters: Vec<OperatorId> = engine.algebra.ids().collect();
    let mut normal_forms: BTreeMap<_, Vec<OperatorId>> = BTreeMap::new();
    for word in all_words(&letters, length) {
        let text = engine.algebra.display(&word);
        let found = engine.automaton.normalize(&engine.algebra, &word);
        let state = match (machine.run(&engine.symbols(&word)), &found) {
            (Ok(state), Ok(_)) => state,
            (Err(expected), Err(found)) => {
                assert_eq!(expected.position, found.position, "{text}");
                continue;
            }
            (expected, found) => panic!("{text}: expected {expected:?}, found {found:?}"),
        };
        let normal = found.unwrap();
        let reached = machine.run(&engine.symbols(&normal));
        assert_eq!(
            reached.as_ref(),
            Ok(&state),
            "{text} became {}",
            engine.algebra.display(&normal)
        );
        assert!(normal.len() <= engine.expanded(&word).len(), "{text} became longer");
        let first = normal_forms.entry(state).or_insert_with(|| normal.clone());
        assert_eq!(*first, normal, "one normal form for each stack, also of {text}");
    }
}

fn check(declared: &Declared) -> Result<(), String> {
    let engine = declared.compile()?;
    let machine = Machine::new(&declared.structure, &declared.operators);
    agrees(&engine, &machine, 3);
    is_congruence(&engine, 2);
    let letters: Vec<_> = engine.algebra.ids().collect();
    for word in all_words(&letters, 3) {
        steps_are_true(&engine, &word);
        mending_helps(&engine, &word);
    }
    Ok(())
}

proptest! {
    #![proptest_config(settings(300))]

    #[test]
    fn keep_the_laws(declared in declared()) {
        // What is refused has no laws to keep.
        let _ = check(&declared);
    }
}

#[test]
fn are_seldom_refused() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(settings(0));
    let compiled = (0..200).filter(|_| declared().new_tree(&mut runner).unwrap().current().compile().is_ok());
    let compiled = compiled.count();
    assert!(compiled > 100, "only {compiled} of 200 can be compiled");
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn structure() -> StructureData {
    let kernel = |name: &str, nesting, absorbs| KernelData {
        name: name.to_owned(),
        nesting,
        absorbs,
    };
    let layer = |name: &str, innermost| LayerData {
        name: name.to_owned(),
        innermost,
    };
    StructureData {
        kernels: vec![kernel("hypervisor", Some(2), false), kernel("user-kernel", None, true)],
        layers: vec![
            layer("namespaces", false),
            layer("confinement", false),
            layer("language", true),
        ],
        attributes: names(&["cgroups"]),
    }
}

fn opens(kernel: &str) -> EffectData {
    EffectData::Opens(OpensData {
        kernel: kernel.to_owned(),
    })
}

fn refines(operator: &str, mark: &str) -> EffectData {
    EffectData::Refines(RefinesData {
        operator: operator.to_owned(),
        marks: names(&[mark]),
    })
}

fn declare(effects: &[(&str, EffectData)]) -> Declared {
    let effects = effects.iter().map(|(s, e)| ((*s).to_owned(), e.clone()));
    Declared::new(structure(), effects)
}

#[test]
fn may_have_a_macro_that_encloses_before_it_opens() {
    let kubevirt = declare(&[
        ("V", opens("hypervisor")),
        ("N", EffectData::Encloses(names(&["namespaces"]))),
        ("Kv", EffectData::Expands(names(&["N", "V", "N"]))),
    ]);
    check(&kubevirt).unwrap();
}

#[test]
fn may_refine_a_kernel_that_absorbs_itself_twice() {
    let platforms = declare(&[
        ("G", opens("user-kernel")),
        ("Gk", refines("G", "kvm")),
        ("Gp", refines("G", "systrap")),
    ]);
    check(&platforms).unwrap();
}

/// Otherwise `X∘N = X` but `N∘X∘N ≠ N∘X`.
#[test]
fn may_not_put_a_layer_inside_an_innermost_one() {
    let inside_out = declare(&[
        ("N", EffectData::Encloses(names(&["namespaces"]))),
        ("X", EffectData::Encloses(names(&["language", "namespaces"]))),
    ]);
    assert!(inside_out.compile().is_err());
}

#[test]
fn may_add_layers_that_are_there_in_part() {
    let pod = declare(&[
        ("N", EffectData::Encloses(names(&["namespaces"]))),
        ("S", EffectData::Encloses(names(&["confinement"]))),
        ("X", EffectData::Encloses(names(&["namespaces", "confinement"]))),
    ]);
    check(&pod).unwrap();
}

#[test]
fn may_have_many_attributes_or_are_refused() {
    let mut structure = structure();
    structure.attributes = (0..40).map(|i| format!("attribute-{i}")).collect();
    let effects = [(
        "A".to_owned(),
        EffectData::Encloses(names(&["attribute-39", "attribute-7"])),
    )];
    let _ = check(&Declared::new(structure, effects));
}

#[test]
fn may_have_as_many_marks_as_there_is_room_for() {
    let mut effects = vec![("V".to_owned(), opens("hypervisor"))];
    for i in 0..64 {
        effects.push((format!("F{i}"), refines("V", &format!("mark-{i}"))));
    }
    let engine = Declared::new(structure(), effects).compile().unwrap();
    let normal = engine.normal_form(&engine.word(&["F63", "V"]));
    assert_eq!(normal, Some(engine.word(&["F63", "V"])));
}

#[test]
fn that_would_fill_memory_are_refused() {
    let mut structure = structure();
    structure.layers = (0..12)
        .map(|i| LayerData {
            name: format!("layer-{i}"),
            innermost: false,
        })
        .collect();
    let effects = (0..12).map(|i| (format!("L{i}"), EffectData::Encloses(vec![format!("layer-{i}")])));
    let declared = Declared::new(structure, effects);
    // Some thirteen hundred million orders of layers.
    assert_eq!(
        soon(move || declared.compile().is_err()),
        Some(true),
        "compiled without bound"
    );
}
