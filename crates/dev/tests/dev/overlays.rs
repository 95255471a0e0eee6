//! Random overlays over the built-in operators are refused with a diagnostic, or keep what holds of these.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;
use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::overlay::{Overlay, OverlayFile};
use stackwright_dev::generate::{all_words, settings};
use stackwright_dev::reference::Machine;
use stackwright_dev::{Compiled, Semantics};
use stackwright_text::Severity;

/// The effect of an operator, as data.
fn effect() -> impl Strategy<Value = serde_json::Value> {
    let layers = [
        "namespaces",
        "confinement",
        "language",
        "cgroups",
        "overlay",
        "own-layer",
        "own-attribute",
    ];
    let letters = vec![
        "I", "V", "F", "G", "Cg", "O", "C", "Ns", "S", "W", "We", "Kc", "M", "Am", "E", "Otel", "Gk",
    ];
    let facets = vec!["packaging", "network", "telemetry", "policy", "isolation"];
    let marks = || subsequence(vec!["own", "other", "proxy", "image"], 1..=2);
    prop_oneof![
        (select(facets), marks()).prop_map(|(facet, marks)| json!({ "gives": { "facet": facet, "marks": marks } })),
        select(vec!["hypervisor", "user-kernel", "own-kernel"]).prop_map(|k| json!({ "opens": { "kernel": k } })),
        subsequence(layers.to_vec(), 1..=4)
            .prop_shuffle()
            .prop_map(|names| json!({ "encloses": names })),
        (select(letters.clone()), marks()).prop_map(|(o, m)| json!({ "refines": { "operator": o, "marks": m } })),
        vec(select(letters), 1..=4).prop_map(|word| json!({ "expands": word })),
    ]
}

/// An overlay with operators of its own and perhaps one that replaces a built-in one, as JSON, which is YAML.
fn overlay() -> impl Strategy<Value = (Overlay, bool)> {
    let replaced = prop_oneof![3 => Just(None), 1 => select(vec!["S", "C", "M", "G", "Kc", "Otel"]).prop_map(Some)];
    (vec(effect(), 1..=3), replaced, effect(), any::<bool>()).prop_map(|(effects, replaced, replacement, accepts)| {
        let operator = |symbol: &str, effect: &serde_json::Value| {
            let text = json!({ "en": "x", "zh": "x" });
            json!({ "symbol": symbol, "name": text, "summary": text, "effect": effect })
        };
        let mut operators: Vec<_> = (0..)
            .zip(&effects)
            .map(|(i, e)| operator(&format!("X{i}x"), e))
            .collect();
        operators.extend(replaced.map(|symbol| operator(symbol, &replacement)));
        let file = json!({
            "apiVersion": "stackwright/v1",
            "kind": "Operators",
            "replaces": replaced.into_iter().collect::<Vec<_>>(),
            "accepts": if accepts { vec!["changed-normal-forms"] } else { Vec::new() },
            "structure": {
                "kernels": [{ "name": "own-kernel", "nesting": 1 }],
                "layers": [{ "name": "own-layer" }],
                "attributes": ["own-attribute"],
            },
            "operators": operators,
        });
        let file = OverlayFile {
            path: "x.yaml".to_owned(),
            name: "x.yaml".to_owned(),
            bytes: file.to_string().into_bytes(),
        };
        let overlay = Overlay {
            name: "x".to_owned(),
            files: vec![file],
        };
        (overlay, accepts)
    })
}

proptest! {
    #![proptest_config(settings(150))]

    #[test]
    fn are_refused_or_sound((overlay, accepts) in overlay(), seed in any::<u64>()) {
        let catalog = match Catalog::with_overlays(&[overlay]) {
            Ok(catalog) => catalog,
            Err(errors) => {
                let error = errors.iter().find(|d| d.severity() == Severity::Error).unwrap();
                prop_assert!(error.source_name().is_some(), "{error}");
                return Ok(());
            }
        };
        let data = catalog.data();
        let machine = Machine::new(data.structure.as_ref().unwrap(), &data.operators);
        let engine = Compiled { algebra: catalog.algebra().clone(), automaton: catalog.automaton().clone() };
        let base = Compiled::builtin();
        let built_in: Vec<OperatorId> = base.algebra.ids().collect();
        let own: Vec<OperatorId> = engine.algebra.ids().filter(|id| !built_in.contains(id)).collect();
        let changed = catalog.warnings().iter().any(|w| w.code() == "overlay::changed-normal-form");
        prop_assert!(accepts || !changed);
        // A sample of letters, all own ones among them, in all words of at most three letters.
        let mut letters = own;
        letters.extend(built_in.iter().copied().filter(|id| seed >> id.0 & 3 == 0));
        for word in all_words(&letters, 3) {
            let symbols = engine.symbols(&word);
            let state = machine.run(&symbols);
            let normal = engine.normalize(&symbols);
            prop_assert_eq!(state.is_ok(), normal.is_ok(), "{:?}", symbols);
            let (Ok(state), Ok(normal)) = (state, normal) else { continue };
            let normal: Vec<&str> = normal.iter().map(String::as_str).collect();
            prop_assert_eq!(&machine.run(&normal).unwrap(), &state, "{:?}", symbols);
            // The normal form stands for the word after any letter.
            for prefix in &letters {
                let prefix = [engine.algebra.symbol(*prefix)];
                let (a, b) = ([&prefix, symbols.as_slice()].concat(), [&prefix, normal.as_slice()].concat());
                prop_assert_eq!(machine.run(&a).ok(), machine.run(&b).ok(), "{:?} {:?}", prefix, symbols);
            }
            if !changed && word.iter().all(|id| built_in.contains(id)) {
                prop_assert_eq!(base.normalize(&symbols).ok(), engine.normalize(&symbols).ok());
            }
        }
    }
}
