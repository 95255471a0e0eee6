use proptest::prelude::*;
use stackwright_algebra::{Definition, EffectDefinition, Facet, Structure};

use super::*;
use crate::expression::parse;
use crate::source::Source;

fn algebra() -> Algebra {
    let symbols = [
        "I",
        "C",
        "S",
        "M",
        "Am",
        "Kc",
        "K",
        "C2",
        "Longest_symbol",
        "Eight_by",
        "_",
    ];
    let definitions: Vec<_> = symbols
        .into_iter()
        .map(|symbol| Definition {
            symbol: symbol.to_owned(),
            effect: EffectDefinition::Gives {
                facet: Facet::Network,
                marks: vec![symbol.to_owned()],
            },
        })
        .collect();
    Algebra::define(Structure::default(), &definitions).unwrap()
}

/// What was read, which the parser must read as well; and the same in writing.
fn read(text: &str) -> Option<String> {
    let algebra = algebra();
    let notation = Notation::new(&algebra);
    let mut word = Vec::new();
    notation.read(text, &mut word)?;
    let parsed = parse(&Source::new("<expression>", text), &algebra).map(|e| e.word);
    assert_eq!(parsed.ok().as_ref(), Some(&word), "{text:?}");
    let mut written = String::from("…");
    notation.write(&word, &mut written);
    assert_eq!(written, format!("…{}", algebra.display(&word)));
    Some(algebra.display(&word))
}

#[test]
fn plain_words_are_read() {
    for text in [
        "I∘C∘S∘M",
        "I → C → S → M",
        "I,C,S,M",
        " I C\tS M\r",
        "I->C=>S>M",
        "I·C、S⇒M",
    ] {
        assert_eq!(read(text).as_deref(), Some("I∘C∘S∘M"), "{text:?}");
    }
    assert_eq!(read("Am Kc K C2 Eight_by _").as_deref(), Some("Am∘Kc∘K∘C2∘Eight_by∘_"));
    assert_eq!(read("").as_deref(), Some("∅"));
}

#[test]
fn everything_else_is_left_to_the_parser() {
    for text in [
        "C^2",
        "C²",
        "(I C)",
        "∅",
        "Ｉ",
        "I，C",
        "X",
        "Ix",
        "2C",
        "I-C",
        "I-",
        "I∘é",
        "Longest_symbol",
        "I\u{0}C",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_the_parser_reads(text in "([ICSMAmKc2_^²()∘→ >,=-]|Eight_by|Longest_symbol|\\PC){0,20}") {
        read(&text);
    }
}
