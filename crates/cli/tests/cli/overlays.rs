//! `--catalog`: users' own data over the built-in catalogue.

use std::fs;

use crate::{json, root, stackwright};

fn example() -> String {
    root()
        .join("examples/organisation-operators")
        .to_str()
        .unwrap()
        .to_owned()
}

const OPERATOR: &str = "apiVersion: stackwright/v1\nkind: Operators\noperators:\n  - symbol: X\n    name: { en: x, zh: x }\n    summary: { en: x, zh: x }\n    effect: EFFECT\n";

/// A folder with one operator `X`.
fn folder(effect: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.yaml"), OPERATOR.replace("EFFECT", effect)).unwrap();
    folder
}

#[test]
fn every_command_works_over_the_merged_catalogue() {
    let example = example();
    for (arguments, expected) in [
        (vec!["normalize", "Gp"], "I∘C∘Sh∘M∘Otel"),
        (vec!["grade", "Gp"], "runc-hardened"),
        (vec!["laws", "S∘Sh", "Sh"], "S∘Sh = Sh"),
        (vec!["table"], "Lo"),
        (vec!["doctor"], "Lo"),
        (vec!["catalog", "list", "operators"], "hardened sandbox"),
        (vec!["catalog", "list", "evidence"], "hardened-service-syscalls"),
        (vec!["catalog", "show"], "overlay organisation-operators "),
    ] {
        let arguments = [&["--catalog", example.as_str()], arguments.as_slice()].concat();
        let ran = stackwright(&arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.contains(expected), "{arguments:?}: {}", ran.stdout);
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
    assert_eq!(stackwright(&["normalize", "Gp"]).code, 2);
}

#[test]
fn plans_and_locks_name_the_overlays() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let requirement = root().join("examples/edge-function/requirements.yaml");
    let ran = stackwright(&[
        "plan",
        requirement.to_str().unwrap(),
        "--here",
        "--catalog",
        &example(),
        "--format",
        "json",
        "-o",
        bundle.to_str().unwrap(),
    ]);
    if ran.code != 0 {
        eprintln!("skipped the lock: this host cannot run the plan: {}", ran.stderr);
        return;
    }
    let lock = json(&fs::read_to_string(bundle.join("stackwright.lock.json")).unwrap());
    assert_eq!(lock["overlays"][0]["name"], "organisation-operators");
    let shown = json(&stackwright(&["catalog", "show", "--format", "json", "--catalog", &example()]).stdout);
    assert_eq!(lock["catalog"], shown["hash"]);
    assert_eq!(lock["overlays"], shown["overlays"]);
    assert_ne!(
        lock["catalog"],
        json(&stackwright(&["catalog", "show", "--format", "json"]).stdout)["hash"]
    );
}

#[test]
fn the_version_names_the_merged_catalogue_wherever_the_option_stands() {
    let example = example();
    let before = stackwright(&["--catalog", &example, "--version"]);
    assert_eq!(before.code, 0, "{}", before.stderr);
    assert!(
        before.stdout.contains("\noverlay organisation-operators "),
        "{}",
        before.stdout
    );
    assert_eq!(
        before.stdout,
        stackwright(&["--version", &format!("--catalog={example}")]).stdout
    );
    assert_eq!(
        before.stdout,
        stackwright(&["normalize", "--version", "--catalog", &example]).stdout
    );
}

#[test]
fn overlays_before_and_after_the_subcommand_all_count() {
    let own = folder("{ refines: { operator: Sh, marks: [harder] } }");
    let path = own.path().to_str().unwrap();
    let ran = stackwright(&["--catalog", &example(), "normalize", "C∘Sh∘X", "--catalog", path]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "C∘X\n"), "{}", ran.stderr);
    let ran = stackwright(&["--catalog", path, "normalize", "X", "--catalog", &example()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("names the operator `Sh`"), "{}", ran.stderr);
}

#[test]
fn an_overlay_is_validated_over_the_built_in_catalogue() {
    let ran = stackwright(&["catalog", "validate", &example()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains("files of organisation-operators over the built-in catalogue"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("equality is a congruence: proved by"),
        "{}",
        ran.stdout
    );
    let own = folder("{ encloses: [confinement] }");
    let path = own.path().to_str().unwrap();
    let ran = stackwright(&["catalog", "validate", path, "--format", "json"]);
    assert_eq!(ran.code, 0);
    let answer = json(&ran.stdout);
    assert_eq!(answer["congruence"]["proved"], true);
    assert_eq!(answer["warnings"][0]["code"], "overlay::equal-operator");
    assert_eq!(answer["warnings"][0]["severity"], "warning");
    let said = json(ran.stderr.lines().next().unwrap());
    assert_eq!((said["line"].as_u64(), said["column"].as_u64()), (Some(4), Some(5)));
    // A warning is no failure, and can be silenced.
    let ran = stackwright(&["normalize", "X", "--catalog", path, "--quiet"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "S\n", ""));
}

#[test]
fn a_changed_normal_form_is_refused_by_every_command() {
    let own = folder("{ encloses: [namespaces, cgroups, overlay, confinement] }");
    let path = own.path().to_str().unwrap();
    for arguments in [["catalog", "validate"], ["normalize", "C"]] {
        let ran = stackwright(&[&arguments[..], &["--catalog", path]].concat());
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("overlay::changed-normal-form"), "{}", ran.stderr);
        assert!(ran.stderr.contains("the built-in word C∘S had"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let answer = json(&stackwright(&["catalog", "validate", path, "--format", "json"]).stdout);
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["errors"][0]["code"], "overlay::changed-normal-form");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let ran = stackwright(&["normalize", "C", "--catalog", "/nonexistent"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("cannot read /nonexistent"), "{}", ran.stderr);
}

#[test]
fn show_says_how_long_the_automaton_takes_to_build() {
    let shown = json(&stackwright(&["catalog", "show", "--format", "json"]).stdout);
    assert!(shown["automaton"]["build_milliseconds"].as_f64().unwrap() > 0.0);
    assert!(shown["congruence"]["equations"].as_u64().unwrap() > 10_000);
    assert!(stackwright(&["catalog", "show"]).stdout.contains("; built in "));
}

#[test]
fn the_example_counts_the_calls_of_its_profile() {
    let folder = root().join("examples/organisation-operators");
    let profile = json(&fs::read_to_string(folder.join("hardened-service.json")).unwrap());
    let calls = profile["syscalls"][0]["names"].as_array().unwrap().len();
    let evidence = fs::read_to_string(folder.join("evidence.yaml")).unwrap();
    assert!(evidence.contains(&format!("value: {{ typical: {calls} }}")));
}
