//! `normalize`, `grade` and `laws`.

use serde_json::json as value;

use crate::{json, stackwright};

#[test]
fn normalize_prints_the_normal_form() {
    for (input, expected) in [
        ("V → C → M → C", "V∘C∘M\n"),
        ("C->S->C->I", "I∘C∘S\n"),
        ("Ｉ，Ｃ，Ｓ，Ｍ", "I∘C∘S∘M\n"),
        ("C^2", "C\n"),
        ("C²", "C\n"),
        ("∅", "∅\n"),
        ("E Ist", "M\n"),
    ] {
        let ran = stackwright(&["normalize", input]);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, expected),
            "{input}: {}",
            ran.stderr
        );
    }
}

#[test]
fn normalize_explains_each_letter() {
    let ran = stackwright(&["normalize", "Kc → M → C → Am → I", "--explain"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.stdout);
    let ran = stackwright(&["normalize", "V → C → M → C", "--explain", "--format", "json"]);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn json_has_the_promised_keys() {
    let answer = json(&stackwright(&["normalize", "I∘C∘S∘W", "--format", "json"]).stdout);
    assert_eq!(answer["schema"], "stackwright/normalize/v1");
    assert_eq!(answer["normal_form"], value!(["I", "C", "S", "W"]));
    assert_eq!(answer["display"], "I∘C∘S∘W");
    assert_eq!(answer["input"], "I∘C∘S∘W");
    assert_eq!(answer["name"], "main form 3");
}

#[test]
fn the_five_documented_rows_and_what_better_evidence_says() {
    for (word, display, latency) in [
        ("I → C → S → M", "5▼-3▲-5▼", "20.5 ms"),
        ("V → S → C → M", "4▼-5▼-4▼", "200.3 ms"),
        ("I → C → S → W", "5▼-4▼-4▼", "< 10 ms"),
        ("I → C → S → Am", "5▼-3▲-5▼", "20.3 ms"),
        ("V → C → S → M", "4▼-4▼-4▼", "200.3 ms"),
    ] {
        let ran = stackwright(&["grade", word, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let answer = json(&ran.stdout);
        assert_eq!(answer["grade_display"], display, "{word}");
        assert_eq!(answer["latency"], latency, "{word}");
        assert!(!answer["better_evidence"].as_array().unwrap().is_empty(), "{word}");
    }
    let text = stackwright(&["grade", "V∘S∘C∘M"]).stdout;
    assert!(text.contains("900 (845–980) ms"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_stack_without_figures_has_no_latency_grade() {
    let answer = json(&stackwright(&["grade", "Cc∘C", "--format", "json"]).stdout);
    assert_eq!(answer["grades"]["latency"], value!(null));
    assert!(answer["grade_display"].as_str().unwrap().starts_with("?-"));
}

#[test]
fn laws_decide_equations() {
    for (left, right) in [
        ("C∘S∘C", "C∘S"),
        ("Ns∘Cg∘O", "C"),
        ("M∘Am", "Am"),
        ("Am∘M", "Am"),
        ("E∘Ist", "M"),
        ("Kc", "V∘C"),
        ("Cg∘S", "S∘Cg"),
        ("C∘M", "M∘C"),
        ("G∘C∘G", "G∘C"),
    ] {
        let ran = stackwright(&["laws", left, right]);
        assert_eq!(ran.code, 0, "{left} = {right}: {}", ran.stdout);
    }
    for (left, right) in [
        ("C∘S", "S∘C"),
        ("V∘C", "C∘V"),
        ("S∘V", "V∘S"),
        ("V∘V", "V"),
        ("W∘C", "C∘W"),
    ] {
        let ran = stackwright(&["laws", left, right, "--format", "json"]);
        assert_eq!(ran.code, 1, "{left} ≠ {right}");
        let answer = json(&ran.stdout);
        assert_eq!(answer["equal"], false);
        assert!(answer["witness"].as_str().is_some_and(|w| !w.is_empty()), "{answer}");
    }
}

#[test]
fn laws_of_all_operators_are_derived() {
    let answer = json(&stackwright(&["laws", "--format", "json"]).stdout);
    let idempotent = |symbol: &str| {
        let operators = answer["operators"].as_array().unwrap();
        operators.iter().find(|o| o["operator"] == symbol).unwrap()["idempotent"].clone()
    };
    for symbol in ["I", "C", "S", "M", "W", "G", "Am", "Ns", "Gk"] {
        assert_eq!(idempotent(symbol)["holds"], "everywhere", "{symbol}");
    }
    let v = idempotent("V");
    assert_eq!(
        (&v["holds"], &v["witness"]["context"]),
        (&value!("nowhere"), &value!("∅"))
    );
    let pair = |a: &str, b: &str| {
        let pairs = answer["pairs"].as_array().unwrap();
        pairs.iter().find(|p| p["a"] == a && p["b"] == b).unwrap().clone()
    };
    let cs = pair("C", "S");
    assert_eq!(cs["commute"]["holds"], "where");
    assert_eq!(
        cs["commute"]["where"],
        "the domain has namespaces or the domain has confinement"
    );
    assert_eq!(cs["commute"]["witness"]["left"], "C∘S");
    assert_eq!(pair("C", "M")["commute"]["holds"], "everywhere");
    assert_eq!(pair("V", "C")["commute"]["holds"], "nowhere");
    assert_eq!(pair("Am", "M")["absorb"]["holds"], "everywhere");
    assert_eq!(pair("Am", "M")["absorb_earlier"]["holds"], "everywhere");
    assert_eq!(pair("C", "Ns")["absorb"]["holds"], "everywhere");
    assert!(stackwright(&["laws"]).stdout.contains("C∘S = S∘C"));
    assert_eq!(stackwright(&["laws", "C"]).code, 2);
}

#[test]
fn the_composition_table_has_every_cell_in_every_format() {
    let table = json(&stackwright(&["table", "--format", "json"]).stdout);
    let cells = table["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 400);
    let cell = |row: &str, column: &str| cells.iter().find(|c| c["row"] == row && c["column"] == column).unwrap();
    for (row, column, law, display) in [
        ("C", "C", "absorbs", "C"),
        ("E", "Ist", "becomes", "M"),
        ("M", "Am", "absorbs", "Am"),
        ("Kc", "M", "becomes", "V∘C∘M"),
        ("C", "M", "commutes", "C∘M"),
        ("V", "C", "ordered", "V∘C"),
        ("V", "V", "nests", "V∘V"),
    ] {
        let cell = cell(row, column);
        assert_eq!(
            (cell["law"].as_str(), cell["display"].as_str()),
            (Some(law), Some(display)),
            "{row}∘{column}"
        );
        assert!(cell["grades"].is_string());
    }
    assert_eq!(cell("W", "C")["law"], "ill-typed");
    assert!(cell("W", "C")["because"].as_str().unwrap().contains("must enclose"));
    assert_eq!(stackwright(&["table", "--format", "csv"]).stdout.lines().count(), 401);
    assert_eq!(
        stackwright(&["table", "--format", "markdown"]).stdout.lines().count(),
        22
    );
    assert_eq!(stackwright(&["table"]).stdout.lines().count(), 23);
    let svg = stackwright(&["table", "--format", "svg"]).stdout;
    assert_eq!(svg.matches("<g>").count(), 400);
    assert!(svg.ends_with("</svg>\n"));
    assert_eq!(stackwright(&["normalize", "C", "--format", "svg"]).code, 2);
}

#[test]
fn laws_say_what_refines_what_and_what_makes_a_whole() {
    let ran = stackwright(&["laws"]);
    let section = |title: &str| -> Vec<&str> {
        let after = ran.stdout.split_once(&format!("\n{title}")).unwrap().1;
        after
            .lines()
            .skip(1)
            .take_while(|l| !l.is_empty())
            .map(str::trim)
            .collect()
    };
    assert_eq!(section("part and whole"), ["Cg∘O∘Ns = C", "E∘Ist = M", "Ist∘E = M"]);
    let refinements = section("refinement");
    for expected in ["F ⊑ V", "Cc ⊑ V", "We ⊑ W", "Am ⊑ M", "C ⊑ Ns"] {
        assert!(refinements.contains(&expected), "{refinements:?}");
    }
    assert!(!refinements.contains(&"V ⊑ F"));
    let answer = json(&stackwright(&["laws", "--format", "json"]).stdout);
    let operators = answer["operators"].as_array().unwrap();
    let container = operators.iter().find(|o| o["operator"] == "C").unwrap();
    assert_eq!(container["wholes"], value!(["Cg∘O∘Ns = C"]));
}

#[test]
fn the_rules_are_exported_as_text_and_as_a_presentation() {
    let ran = stackwright(&["catalog", "export", "--rules"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.lines().any(|l| l == "C∘S∘C → C∘S"), "{}", ran.stdout);
    assert!(ran.stdout.lines().any(|l| l == "W∘C → 0"), "{}", ran.stdout);
    let exported = json(&stackwright(&["catalog", "export", "--rules", "--format", "json"]).stdout);
    assert_eq!(exported["schema"], "stackwright/catalog-rules/v1");
    assert_eq!(exported["macros"], value!({ "Kc": ["V", "C"] }));
    assert_eq!(exported["rules"].as_array().unwrap().len(), ran.stdout.lines().count());
    let presentation = &exported["presentation"];
    let alphabet = presentation["alphabet"].as_str().unwrap();
    assert_eq!(
        alphabet.chars().count(),
        exported["operators"].as_array().unwrap().len() + 1
    );
    // Every rule, and the zero with every letter from both sides.
    let absorbed = 2 * alphabet.chars().count() - 1;
    let rules = presentation["rules"].as_array().unwrap();
    assert_eq!(rules.len(), ran.stdout.lines().count() + absorbed);
    let catalog = json(&stackwright(&["catalog", "export"]).stdout);
    assert_eq!(catalog["catalog"]["operators"].as_array().unwrap().len(), 20);
}
