//! `atlas claims`.

use serde_json::json as value;

use crate::{json, stackwright};

#[test]
fn claims_are_listed_with_their_verdicts_and_counted() {
    let ran = stackwright(&["atlas", "claims"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("contradicted  container-sandbox-commute "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("supported     idempotence-c "), "{}", ran.stdout);
    let all = json(&stackwright(&["atlas", "claims", "--format", "json"]).stdout);
    assert_eq!(all["schema"], "stackwright/atlas/v1");
    let claims = all["claims"].as_array().unwrap();
    let mut counted = 0;
    for verdict in ["supported", "contradicted", "undetermined"] {
        let some = json(&stackwright(&["atlas", "claims", "--verdict", verdict, "--format", "json"]).stdout);
        let some = some["claims"].as_array().unwrap();
        assert!(
            !some.is_empty() && some.iter().all(|c| c["verdict"] == verdict),
            "{verdict}"
        );
        assert_eq!(all["counts"][verdict], some.len());
        counted += some.len();
    }
    assert_eq!(counted, claims.len());
    assert!(claims.iter().all(|c| !c["because"].as_array().unwrap().is_empty()));
}

#[test]
fn a_law_says_where_it_holds_and_shows_where_it_fails() {
    let answer = json(&stackwright(&["atlas", "claims", "container-sandbox-commute", "--format", "json"]).stdout);
    let claim = &answer["claims"][0];
    assert_eq!(claim["verdict"], "contradicted");
    assert_eq!(claim["holds"], "where");
    assert_eq!(
        claim["where"],
        "the domain has namespaces or the domain has confinement"
    );
    assert_eq!(claim["witness"][0]["word"], "C∘S");
    assert_eq!(claim["witness"][1]["normal_form"], "S∘C");
    assert_eq!(
        answer["counts"],
        value!({ "supported": 0, "contradicted": 1, "undetermined": 0 })
    );
    let text = stackwright(&[
        "atlas",
        "claims",
        "container-sandbox-commute",
        "weak-inverse",
        "container-latency",
    ])
    .stdout;
    insta::assert_snapshot!(text);
}

#[test]
fn claims_as_documents_and_spreadsheets() {
    let ids = ["case-1-security-summary", "wasmedge-memory"];
    let run = |format| stackwright(&["atlas", "claims", ids[0], ids[1], "--format", format]);
    insta::assert_snapshot!(run("markdown").stdout);
    insta::assert_snapshot!(run("csv").stdout);
    assert_eq!(run("svg").code, 2);
}

#[test]
fn a_claim_that_does_not_exist_names_the_nearest() {
    let ran = stackwright(&["atlas", "claims", "closur"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("atlas::claim") && ran.stderr.contains("did you mean `closure`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn help_on_laws_points_to_what_documents_claim() {
    assert!(stackwright(&["laws", "--help"]).stdout.contains("atlas claims"));
}

#[test]
fn matrices_are_listed_and_printed_in_every_format() {
    let list = json(&stackwright(&["atlas", "matrix", "--format", "json"]).stdout);
    let names: Vec<_> = list["matrices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"performance") && names.contains(&"decision") && names.len() >= 15,
        "{names:?}"
    );
    let run = |format: &str| stackwright(&["atlas", "matrix", "use-cases", "--format", format]);
    assert!(
        run("markdown")
            .stdout
            .contains("| **WebAssembly** | ⭐⭐⭐ | ⭐⭐⭐⭐⭐ |")
    );
    assert!(run("csv").stdout.starts_with("concept,cloud computing,edge computing,"));
    assert!(run("html").stdout.starts_with("<!DOCTYPE html>"));
    assert!(run("svg").stdout.ends_with("</svg>\n"));
    assert_eq!(run("sarif").code, 2);
    let cell = &json(&run("json").stdout)["matrix"]["rows"][0]["cells"][0];
    assert_eq!(cell["value"], value!({ "ordinal": { "place": 5, "of": 5 } }));
}

#[test]
fn rows_of_a_matrix_are_chosen_turned_and_sorted() {
    let ran = stackwright(&[
        "atlas",
        "matrix",
        "performance",
        "--column",
        "startup,memory",
        "--sort",
        "startup",
        "--row",
        "virtualization,webassembly,sandboxing",
    ]);
    insta::assert_snapshot!(ran.stdout);
    let turned = stackwright(&["atlas", "matrix", "decision", "--transpose", "--row", "high-security"]).stdout;
    assert!(turned.lines().count() == 7 && turned.starts_with("need "), "{turned}");
    let wrong = stackwright(&["atlas", "matrix", "performance", "--sort", "latncy"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("atlas::name") && wrong.stderr.contains("did you mean `latency`?"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn concepts_relations_and_layers_in_both_languages() {
    let concept = stackwright(&["atlas", "concept", "webassembly"]).stdout;
    assert!(
        concept.contains("milliseconds") || concept.contains("microseconds (1–10 ms)"),
        "{concept}"
    );
    assert!(concept.contains("[wrong: It is the wasmtime listed above"), "{concept}");
    let chinese = stackwright(&["atlas", "concept", "WebAssembly", "--lang", "zh"]).stdout;
    assert!(chinese.contains("微秒级（1-10ms）"), "{chinese}");
    let path = stackwright(&["atlas", "path", "virtualization", "policy-engine", "--kind", "contains"]);
    assert_eq!(path.stdout.lines().count(), 5, "{}", path.stdout);
    assert_eq!(
        stackwright(&[
            "atlas",
            "path",
            "virtualization",
            "policy-engine",
            "--kind",
            "depends-on"
        ])
        .code,
        1
    );
    assert_eq!(stackwright(&["atlas", "path", "webassembly", "webassembly"]).code, 2);
    insta::assert_snapshot!(stackwright(&["atlas", "layers"]).stdout);
    let inside = stackwright(&["atlas", "inside", "sandboxing"]).stdout;
    assert!(inside.contains("C can stand inside S or around it"), "{inside}");
    for (arguments, start) in [
        (["atlas", "relations", "--format", "mermaid"], "graph TD"),
        (["atlas", "relations", "--format", "dot"], "digraph"),
        (["atlas", "mindmap", "--format", "svg"], "<svg"),
    ] {
        assert!(stackwright(&arguments).stdout.starts_with(start), "{arguments:?}");
    }
    let domain = stackwright(&["atlas", "domain", "edge"]).stdout;
    assert!(domain.contains("what the planner says"), "{domain}");
}

#[test]
fn comparisons_and_exports() {
    let ran = stackwright(&[
        "compare",
        "virtualization",
        "webassembly",
        "--by",
        "use-cases.edge,performance.startup",
    ]);
    insta::assert_snapshot!(ran.stdout);
    let answer = json(&stackwright(&["compare", "gvisor", "firecracker", "--format", "json"]).stdout);
    assert_eq!(answer["schema"], "stackwright/compare/v1");
    assert_eq!(answer["concepts"].as_array().unwrap().len(), 2);
    assert!(!answer["dimensions"].as_array().unwrap().is_empty());
    assert_eq!(stackwright(&["compare", "C", "C∘C"]).code, 2);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("atlas");
    let ran = stackwright(&["atlas", "export", "-o", out.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(out.join("zh/index.html").is_file() && out.join("SHA256SUMS").is_file());
    let sums = std::fs::read_to_string(out.join("SHA256SUMS")).unwrap();
    assert!(
        sums.lines()
            .all(|l| l.len() > 66 && l.as_bytes()[..64].iter().all(u8::is_ascii_hexdigit)),
        "{sums}"
    );
    std::fs::write(out.join("mine"), "").unwrap();
    let again = stackwright(&["atlas", "export", "-o", out.to_str().unwrap()]);
    assert!(
        again.code == 2 && again.stderr.contains("atlas::occupied"),
        "{}",
        again.stderr
    );
}

/// Every domain and practice that recommends something is asked of the planner, which agrees or says why not.
#[test]
fn the_planner_agrees_with_what_is_recommended_or_says_why_not() {
    let (mut asked, mut agrees) = (0, 0);
    for kind in ["domain", "practice"] {
        let list = json(&stackwright(&["atlas", kind, "--format", "json"]).stdout);
        let entries = list["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 5, "{kind}");
        for entry in entries {
            let name = entry["id"].as_str().unwrap();
            let ran = stackwright(&["atlas", kind, name, "--format", "json"]);
            assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
            let answer = json(&ran.stdout);
            let record = &answer["record"];
            if kind == "domain" {
                assert!(!record["core"].as_array().unwrap().is_empty(), "{name}");
                let stacks = record["stacks"].as_array().unwrap();
                assert!(!stacks.is_empty(), "{name}: {record}");
            }
            let planner = &answer["planner"];
            if planner.is_null() {
                // What is said of authorities is answered by `atlas align`.
                assert!(["standards", "keep-current"].contains(&name), "{name}");
                continue;
            }
            assert_eq!(planner["not_understood"], value!([]), "{name}");
            assert!(!planner["plans"].as_array().unwrap().is_empty(), "{name}");
            let recommended = planner["recommended"].as_array().unwrap();
            assert!(!recommended.is_empty(), "{name}");
            for stack in recommended {
                asked += 1;
                if stack["agrees"] == true {
                    agrees += 1;
                } else {
                    assert!(!stack["because"].as_array().unwrap().is_empty(), "{name}: {stack}");
                }
            }
        }
    }
    assert_eq!((asked, agrees), (8, 7));
}
