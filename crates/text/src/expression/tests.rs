use stackwright_algebra::{Definition, EffectDefinition, Facet, Structure};

use super::*;

fn algebra() -> Algebra {
    let gives = |symbol: &str| Definition {
        symbol: symbol.to_owned(),
        effect: EffectDefinition::Gives {
            facet: Facet::Network,
            marks: vec![symbol.to_owned()],
        },
    };
    let definitions: Vec<_> = ["I", "C", "S", "M", "Am", "Kc", "K"].into_iter().map(gives).collect();
    Algebra::define(Structure::default(), &definitions).unwrap()
}

fn read(text: &str) -> Result<String, Diagnostic> {
    let algebra = algebra();
    parse(&Source::new("<expression>", text), &algebra).map(|e| algebra.display(&e.word))
}

#[test]
fn every_notation_reads_as_the_same_word() {
    for text in [
        "I∘C∘S∘M",
        "I → C → S → M",
        "I,C,S,M",
        "I C S M",
        "I->C->S->M",
        "I => C => S => M",
        "(I∘C∘S∘M)",
        "（I∘C∘S∘M）",
        "Ｉ，Ｃ，Ｓ，Ｍ",
        "Ｉ－＞Ｃ　Ｓ、Ｍ",
        "(I∘C)∘(S∘M)",
        "∅∘I∘C∘∅∘S∘M",
        " I\tC\nS M ",
        "I◦C·S•M",
    ] {
        assert_eq!(read(text).unwrap(), "I∘C∘S∘M", "{text}");
    }
}

#[test]
fn powers_repeat_what_they_stand_after() {
    assert_eq!(read("C^2").unwrap(), "C∘C");
    assert_eq!(read("C²").unwrap(), "C∘C");
    assert_eq!(read("Ｃ＾３").unwrap(), "C∘C∘C");
    assert_eq!(read("(C S)²").unwrap(), "C∘S∘C∘S");
    assert_eq!(read("C^0").unwrap(), "∅");
    assert_eq!(read("∅^12").unwrap(), "∅");
    assert_eq!(read("C¹²").unwrap().matches('C').count(), 12);
}

#[test]
fn the_empty_word_is_written_as_nothing() {
    assert_eq!(read("").unwrap(), "∅");
    assert_eq!(read("∅").unwrap(), "∅");
    assert_eq!(read("()").unwrap(), "∅");
}

#[test]
fn unknown_operators_name_the_nearest() {
    let help = |text: &str| read(text).unwrap_err().help().unwrap().to_owned();
    assert!(help("I∘c").contains("`C`"), "{}", help("I∘c"));
    assert!(help("ICSM").contains("`I∘C∘S∘M`"));
    assert!(help("Amm").contains("`Am`"));
    assert!(help("Q").contains("the operators are I C S M Am Kc K"));
    let error = read("I∘C∘X").unwrap_err();
    assert_eq!(error.code(), "expression::unknown-operator");
    assert_eq!(error.place().unwrap().column, 5);
}

#[test]
fn bad_syntax_is_reported_where_it_is() {
    for (text, column) in [
        ("I∘(C", 3),
        ("I)C", 2),
        ("I-C", 2),
        ("I∘$", 3),
        ("C^", 2),
        ("C^x", 2),
        ("²", 1),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.code(), "expression::syntax", "{text}");
        assert_eq!(error.place().unwrap().column, column, "{text}");
    }
}

#[test]
fn words_that_would_fill_memory_are_refused() {
    for text in ["C^99999999999999999999", "C^1000001", "((((C^1000)^1000)^1000)^1000)"] {
        assert_eq!(read(text).unwrap_err().code(), "expression::too-long", "{text}");
    }
    let deep = "(".repeat(1000);
    assert_eq!(read(&deep).unwrap_err().code(), "expression::syntax");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        let _ = read(&text);
    }

    #[test]
    fn operators_and_punctuation_never_panic(text in "[ICSMAmKc∘→(),^²0-9＞－> ]{0,40}") {
        let _ = read(&text);
    }
}
