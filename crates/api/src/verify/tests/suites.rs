//! Tests of policies, carried out: those that bundles come with, and public ones.

use serde_json::json;

use super::*;

fn bundle(engine: &str) -> Vec<BundleFile> {
    let options = ClusterOptions {
        tests: true,
        ..ClusterOptions::default()
    };
    files("I∘C∘S∘M∘Gk", &options, &[engine]).unwrap()
}

const ENGINES: [&str; 3] = [
    "gatekeeper-admission",
    "kubernetes-admission-policy",
    "kyverno-admission",
];

#[test]
fn what_bundles_test_their_policies_with_comes_out_as_it_says() {
    for engine in ENGINES {
        let files = bundle(engine);
        let verification = verified(&files, &Options::default());
        assert!(verification.ok, "{engine}: {:#?}", verification.findings);
        let pods = files
            .iter()
            .filter(|f| f.path.starts_with("test/") && f.path.contains('-'));
        assert!(
            verification.cases > 10,
            "{engine}: {} of {}",
            verification.cases,
            pods.count()
        );
        // A policy that lets everything through fails its own tests, all but the pod that stays.
        let mut open = files.clone();
        for file in open.iter_mut().filter(|f| !f.path.starts_with("test/")) {
            let text = String::from_utf8_lossy(&file.content).into_owned();
            let text = text.replace(
                "violation contains {\"msg\": msg} if {",
                "violation contains {\"msg\": msg} if { false;",
            );
            let text = match text.split_once("validations:") {
                Some((before, _)) if file.path.contains("policy") => {
                    format!("{before}validations: [{{ expression: \"true\", message: all }}]\n")
                }
                _ => text,
            };
            file.content = text.into_bytes();
        }
        let opened = verified(&open, &Options::default());
        assert_eq!(opened.cases, 1, "{engine}");
        let wrong = errors(&opened);
        let wrong = wrong
            .iter()
            .filter(|e| e.contains("wanted: yes") || e.contains("wanted: fail"));
        assert_eq!(wrong.count(), verification.cases - 1, "{engine}");
    }
}

const TEMPLATE: &str = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: owned }
spec:
  crd: { spec: { names: { kind: Owned } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      libs:
        - |
          package lib.owner
          owner(object) = object.metadata.labels.owner
      rego: |
        package owned
        import data.lib.owner.owner
        violation[{\"msg\": msg}] {
          not owner(input.review.object)
          msg := \"nobody owns it\"
        }
        violation[{\"msg\": msg}] {
          other := data.inventory.namespace[_][\"v1\"].Pod[name]
          name == input.review.name
          msg := sprintf(\"there is a %v\", [name])
        }
";

/// What verification says of a suite with one case.
fn case(case: &str, matched: &str) -> Verification {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("template.yaml", TEMPLATE);
    write(
        "constraint.yaml",
        &format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Owned\nmetadata: {{ name: o }}\nspec: {{ match: {{ {matched} }} }}\n"
        ),
    );
    let pod = |owner: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: a, namespace: web{owner} }}\nspec: {{ containers: [{{ name: a, image: x }}] }}\n"
        )
    };
    write("bad.yaml", &pod(""));
    write("good.yaml", &pod(", labels: { owner: me }"));
    write(
        "suite.yaml",
        &format!(
            "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests: [{{ name: t, template: template.yaml, constraint: constraint.yaml, cases: [{{ name: c, {case} }}] }}]\n"
        ),
    );
    verify(folder.path(), catalog(), &Options::default()).unwrap()
}

#[test]
fn cases_of_suites_are_judged_as_their_tool_does() {
    for (given, matched, expected) in [
        ("object: bad.yaml", "", "as expected"),
        ("object: good.yaml", "", "violations wanted: yes, found: none"),
        ("object: good.yaml, assertions: [{ violations: no }]", "", "as expected"),
        (
            "object: bad.yaml, assertions: [{ violations: \"no\" }]",
            "",
            "found: nobody owns it",
        ),
        (
            "object: bad.yaml, assertions: [{ violations: 1, message: owns }]",
            "",
            "as expected",
        ),
        (
            "object: bad.yaml, assertions: [{ violations: 2 }]",
            "",
            "violations wanted: 2",
        ),
        ("object: bad.yaml, assertions: [{ message: else }]", "", "wanted: yes"),
        (
            "object: bad.yaml, assertions: [{ message: \"o.*s\" }]",
            "",
            "not as patterns",
        ),
        (
            "object: bad.yaml, assertions: [{ violations: perhaps }]",
            "",
            "none of yes, no, a number",
        ),
        (
            "object: good.yaml, inventory: [good.yaml], assertions: [{ violations: 1 }]",
            "",
            "as expected",
        ),
        ("object: bad.yaml, skip: true", "", "not judged: it is to be skipped"),
        ("object: absent.yaml", "", "`absent.yaml` cannot be read"),
        ("object: ../../../../../../etc/hostname", "", "leads out of the folder"),
        ("object: /etc/hostname", "", "leads out of the folder"),
        ("object: bad.yaml", "namespaces: [\"we*\"]", "as expected"),
        (
            "object: bad.yaml",
            "namespaces: [prod]",
            "violations wanted: yes, found: none",
        ),
        (
            "object: bad.yaml",
            "excludedNamespaces: [web]",
            "violations wanted: yes, found: none",
        ),
        (
            "object: bad.yaml",
            "kinds: [{ apiGroups: [apps], kinds: [Deployment] }]",
            "found: none",
        ),
        (
            "object: bad.yaml",
            "kinds: [{ apiGroups: [\"\"], kinds: [Pod] }]",
            "as expected",
        ),
        (
            "object: bad.yaml",
            "labelSelector: { matchLabels: { a: b } }",
            "selects by `labelSelector`",
        ),
    ] {
        let verification = case(given, matched);
        let said = verification.findings.iter().any(|f| f.what.contains(expected));
        assert_eq!(
            verification.cases == 1,
            expected == "as expected",
            "{given}: {verification:#?}"
        );
        assert!(
            said || expected == "as expected",
            "{given}: {:#?}",
            verification.findings
        );
    }
}

/// Public cases that come out otherwise here, with the reason.
const OTHERWISE: [(&str, &str); 5] = [
    (
        "example_exempt_image_w_disallowed_tag",
        "the tag is what its name calls disallowed, but the image is exempt",
    ),
    (
        "general/horizontalpodautoscaler/",
        "the engine takes brackets at the start of a line for a call of what ends the line before",
    ),
    (
        "general/httpsonly/",
        "a quoted text goes on at the indentation of its key, which YAML does not allow",
    ),
    (
        "general/noupdateserviceaccount/",
        "the engine knows no `else` in rules that make sets",
    ),
    (
        "psp-pods-allowed-user-ranges: t, example_allowed.yaml",
        "the engine negates calls with undefined arguments, where Open Policy Agent drops the rule",
    ),
];

/// The samples of Gatekeeper's library: their names say whether they are allowed.
#[test]
fn public_cases_come_out_as_they_are_called() {
    let shared = env::var("STACKWRIGHT_SHARED").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let library = shared.join("corpus/manifests/open-policy-agent__gatekeeper-library/library");
    if !library.is_dir() {
        eprintln!("skipped: {} is not there", library.display());
        return;
    }
    let mut all = Vec::new();
    yaml_files(&library, &mut all).unwrap();
    all.sort();
    let named = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    let (mut judged, mut otherwise) = (0, BTreeSet::new());
    for constraint in all.iter().filter(|p| named(p) == "constraint.yaml") {
        let samples = constraint.parent().unwrap();
        let template = samples.join("../../template.yaml");
        let folder = tempfile::tempdir().unwrap();
        fs::copy(&template, folder.path().join("template.yaml")).unwrap();
        let mut cases = Vec::new();
        let mut inventory = Vec::new();
        for file in all.iter().filter(|p| p.parent() == Some(samples)) {
            let name = named(file);
            fs::copy(file, folder.path().join(&name)).unwrap();
            if name.contains("inventory") {
                inventory.push(json!(name));
            } else if name.contains("allowed") {
                let wanted = if name.contains("disallowed") { "yes" } else { "no" };
                cases.push((name, wanted));
            }
        }
        let cases: Vec<Value> = cases
            .iter()
            .map(|(name, wanted)| {
                json!({ "name": name, "object": name, "inventory": inventory, "assertions": [{ "violations": wanted }] })
            })
            .collect();
        let count = cases.len();
        let suite = json!({
            "apiVersion": "test.gatekeeper.sh/v1alpha1",
            "kind": "Suite",
            "tests": [{ "name": "t", "template": "template.yaml", "constraint": "constraint.yaml", "cases": cases }],
        });
        fs::write(folder.path().join("suite.yaml"), suite.to_string()).unwrap();
        let verification = verify(folder.path(), catalog(), &Options::default()).unwrap();
        let of = samples.strip_prefix(&library).unwrap().display().to_string();
        judged += verification.cases;
        if verification.cases < count {
            let said = verification
                .findings
                .iter()
                .filter(|f| f.r#where.contains("suite.yaml"));
            otherwise.extend(said.map(|f| format!("{of}: {}: {}", f.r#where.rsplit(": ").next().unwrap(), f.what)));
        }
    }
    let unexplained: Vec<&String> = otherwise
        .iter()
        .filter(|o| !OTHERWISE.iter().any(|(what, _)| o.contains(what)))
        .collect();
    assert!(
        unexplained.is_empty(),
        "{judged} as they are called, not so:\n{unexplained:#?}"
    );
    assert!(judged > 100, "{judged}");
}
