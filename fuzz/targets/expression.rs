//! The reader of expressions: no text makes it panic, the quick reader agrees with it, and what it reads is answered.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stackwright_catalog::Catalog;
use stackwright_text::Source;

fuzz_target!(|text: &str| {
    let Ok(catalog) = Catalog::builtin() else { return };
    let source = Source::new("<expression>", text);
    let parsed = catalog.parse(&source);
    let mut quick = Vec::new();
    if catalog.notation().read(text, &mut quick).is_some() {
        assert_eq!(parsed.as_ref().ok().map(|e| &e.word), Some(&quick));
    }
    match parsed {
        Ok(expression) if expression.word.len() <= 1000 => {
            let run = catalog.algebra().run(&expression.word);
            match catalog.automaton().normalize(catalog.algebra(), &expression.word) {
                Ok(normal) => assert_eq!(run, catalog.algebra().run(&normal)),
                Err(error) => {
                    assert_eq!(run.as_ref().err(), Some(&error));
                    let diagnostic = catalog.ill_typed(&source, &expression, &error);
                    assert!(diagnostic.place().is_some());
                    assert!(catalog.algebra().run(&catalog.algebra().mend(&expression.word)).is_ok());
                }
            }
        }
        Ok(_) => {}
        Err(diagnostic) => assert!(diagnostic.place().is_some()),
    }
});
