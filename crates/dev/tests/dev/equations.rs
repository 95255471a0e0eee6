//! The equations that the description of the algebra names, each asked of the engine and of the reference.

use stackwright_dev::reference::Document;
use stackwright_dev::{Compiled, Semantics};
use stackwright_text::Source;

fn both() -> [Box<dyn Semantics>; 2] {
    [Box::new(Compiled::builtin()), Box::new(Document::builtin())]
}

fn letters(text: &str) -> Vec<&str> {
    text.split('∘').filter(|s| !s.is_empty()).collect()
}

#[test]
fn equal_words() {
    for (left, right) in [
        ("C∘S∘C", "C∘S"),
        ("S∘C∘S", "S∘C"),
        ("C∘C", "C"),
        ("S∘S", "S"),
        ("W∘W", "W"),
        ("I∘I", "I"),
        ("Ns∘Cg∘O", "C"),
        ("O∘Ns∘Cg", "C"),
        ("C∘Ns", "C"),
        ("Cg∘C", "C"),
        ("Cg∘S", "S∘Cg"),
        ("O∘S", "S∘O"),
        ("Ns∘S∘Cg∘O", "C∘S"),
        ("S∘Ns∘Cg∘O", "S∘C"),
        ("Cg∘O", "O∘Cg"),
        ("M∘M", "M"),
        ("M∘Am", "Am"),
        ("Am∘M", "Am"),
        ("E∘Ist", "M"),
        ("Ist∘E", "M"),
        ("M∘E", "M"),
        ("Ist∘M", "M"),
        ("Am∘E", "Am"),
        ("Am∘Ist", "Am"),
        ("W∘We", "We"),
        ("We∘W", "We"),
        ("Kc", "V∘C"),
        ("G∘C∘G", "G∘C"),
        ("G∘G", "G"),
        ("C∘S∘C∘S", "C∘S"),
        ("Otel∘P", "P∘Otel"),
        ("Gk∘C", "C∘Gk"),
        ("I∘C", "C∘I"),
        ("V∘C∘M∘C", "V∘C∘M"),
    ] {
        for semantics in both() {
            assert!(semantics.equal(&letters(left), &letters(right)), "{left} = {right}");
        }
    }
}

#[test]
fn words_that_differ() {
    for (left, right) in [
        ("C∘S", "S∘C"),
        ("V∘C", "C∘V"),
        ("S∘V", "V∘S"),
        ("V∘V", "V"),
        ("F", "V"),
        ("Cc", "V"),
        ("V∘S∘C∘M", "V∘C∘S∘M"),
        ("G∘V∘G", "G∘V"),
        ("Cg∘V", "V∘Cg"),
        ("Ns∘V∘Cg∘O", "C∘V"),
        ("E", "M"),
        ("E", "Ist"),
        ("M", "Am"),
        ("W", "We"),
        ("C", "Ns"),
        ("∅", "I"),
    ] {
        let (left, right) = (left.trim_matches('∅'), right);
        for semantics in both() {
            assert!(!semantics.equal(&letters(left), &letters(right)), "{left} ≠ {right}");
        }
    }
}

#[test]
fn words_that_reach_no_stack_and_what_was_meant() {
    let engine = Compiled::builtin();
    for (text, position, mended) in [
        ("V∘V∘V", 2, "V∘V"),
        ("V∘F∘Cc", 2, "V∘F"),
        ("Kc∘Kc∘Kc", 2, "V∘C∘V∘C"),
        ("C∘W∘C", 2, "C∘W"),
        ("W∘C", 1, "C∘W"),
        ("We∘C", 1, "C∘We"),
        ("W∘S", 1, "S∘W"),
        ("C∘W∘S∘M", 2, "C∘S∘W∘M"),
        ("W∘V", 1, "V∘W"),
        ("W∘V∘C", 1, "V∘C∘W"),
        ("W∘Kc", 1, "V∘C∘W"),
        ("W∘G", 1, "G∘W"),
        ("W∘Cg", 1, "Cg∘W"),
        ("W∘O", 1, "O∘W"),
        ("W∘Ns", 1, "Ns∘W"),
        ("M∘W∘I∘F", 3, "I∘F∘W∘M"),
    ] {
        let word = letters(text);
        for semantics in both() {
            assert_eq!(
                semantics.normalize(&word).map_err(|e| e.position),
                Err(position),
                "{text}"
            );
        }
        let mend = engine.algebra.mend(&engine.word(&word));
        let normal = engine.normal_form(&mend).unwrap();
        assert_eq!(engine.algebra.display(&normal), mended, "{text} mended");
    }
}

#[test]
fn normal_forms() {
    for (text, normal) in [
        ("", ""),
        ("V∘C∘M∘C", "V∘C∘M"),
        ("C∘S∘C∘I", "I∘C∘S"),
        ("M∘S∘C∘I", "I∘S∘C∘M"),
        ("Gk∘P∘Otel∘Ist∘C∘E∘I", "I∘C∘M∘Otel∘P∘Gk"),
        ("S∘O∘Cg", "Cg∘O∘S"),
        ("S∘O∘Ns∘Cg", "S∘C"),
        ("S∘O∘V∘Ns∘Cg", "O∘S∘V∘Cg∘Ns"),
        ("G∘C∘G∘S", "G∘C∘S"),
        ("Kc∘M", "V∘C∘M"),
        ("We∘M∘W", "We∘M"),
        ("Am∘C∘M", "C∘Am"),
        ("C∘Kc", "C∘V∘C"),
    ] {
        for semantics in both() {
            let found = semantics.normalize(&letters(text)).unwrap();
            assert_eq!(found.join("∘"), normal, "{text}");
        }
    }
}

/// As users write them, through the reader of expressions.
#[test]
fn the_documents_examples() {
    let catalog = stackwright_catalog::Catalog::builtin().unwrap();
    for (text, normal) in [
        ("V → C → M → C", "V∘C∘M"),
        ("C → S → C → I", "I∘C∘S"),
        ("I,C,S,M", "I∘C∘S∘M"),
        ("I C S M", "I∘C∘S∘M"),
        ("I->C->S", "I∘C∘S"),
        ("C^2", "C"),
        ("C²", "C"),
        ("∅", "∅"),
    ] {
        let normal_form = catalog.normalize(&Source::new("<expression>", text)).unwrap();
        assert_eq!(catalog.algebra().display(&normal_form), normal, "{text}");
    }
}

/// The forms that the catalogue names are normal forms, and these are the documents' four with their variant.
#[test]
fn the_documents_main_forms() {
    let catalog = stackwright_catalog::Catalog::builtin().unwrap();
    for form in ["I∘C∘S∘M", "V∘S∘C∘M", "V∘C∘S∘M", "I∘C∘S∘W", "I∘C∘S∘Am"] {
        assert!(catalog.named_form(form).is_some(), "{form} has a name");
        for semantics in both() {
            assert_eq!(semantics.normalize(&letters(form)).unwrap().join("∘"), form);
        }
    }
}

#[test]
fn refinements() {
    let engine = Compiled::builtin();
    let stack = |text: &str| engine.algebra.run(&engine.word(&letters(text))).unwrap();
    for (finer, coarser) in [
        ("Am", "M"),
        ("F", "V"),
        ("Cc", "V"),
        ("We", "W"),
        ("M", "E"),
        ("C", "Ns"),
        ("C∘S", "C"),
    ] {
        assert!(stack(finer).refines(&stack(coarser)), "{finer} gives all of {coarser}");
        assert!(
            !stack(coarser).refines(&stack(finer)),
            "{coarser} gives less than {finer}"
        );
    }
    for (left, right) in [("F", "Cc"), ("V∘C", "C"), ("C∘S", "S∘C"), ("G", "V")] {
        assert!(
            !stack(left).refines(&stack(right)),
            "{left} is another kind than {right}"
        );
    }
}
