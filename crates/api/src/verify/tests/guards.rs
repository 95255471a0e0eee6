//! Policies in CEL, their tests, proxies without a control plane, and handlers.

use serde_json::json;

use super::*;

const ENGINES: [&str; 2] = ["kubernetes-admission-policy", "kyverno-admission"];

fn with(options: ClusterOptions, stack: &str, realizations: &[&str]) -> Vec<BundleFile> {
    files(stack, &options, realizations).unwrap_or_else(|e| panic!("{stack}: {e}"))
}

fn replaced(files: &[BundleFile], from: &str, to: &str) -> Vec<String> {
    let mut files = files.to_vec();
    let mut count = 0;
    for file in files.iter_mut().filter(|f| f.path.starts_with("policy/")) {
        let text = String::from_utf8(file.content.clone()).unwrap();
        count += text.matches(from).count();
        file.content = text.replace(from, to).into_bytes();
    }
    assert!(count > 0, "{from}");
    errors(&verified(&files, &Options::default()))
}

#[test]
fn cel_lets_the_workload_through_and_refuses_every_mutant() {
    for engine in ENGINES.into_iter().chain(["kubewarden-admission"]) {
        for stack in ["I∘C∘S∘M∘Gk", "V∘C∘S∘M∘Gk", "I∘G∘C∘S∘Gk", "I∘C∘S∘W∘Am∘Gk", "I∘C∘Gk"]
        {
            let files = with(ClusterOptions::default(), stack, &[engine]);
            let verification = verified(&files, &Options::default());
            assert!(verification.ok, "{engine} {stack}: {:#?}", verification.findings);
            assert!(
                verification.mutants_refused >= 6,
                "{stack}: {}",
                verification.mutants_refused
            );
        }
        let files = with(ClusterOptions::default(), "I∘C∘S∘Gk", &[engine]);
        let blind = replaced(&files, "!c.?securityContext.?privileged.orValue(false)", "true");
        assert!(
            blind
                .iter()
                .any(|e| e.contains("lets a pod through that has a privileged container")),
            "{blind:#?}"
        );
        let wrong = replaced(&files, "object.spec.containers.all(c,", "object.spec.containers.all(c");
        assert!(wrong.iter().any(|e| e.contains("its CEL is wrong")), "{wrong:#?}");
        let strict = replaced(
            &files,
            "object.spec.?runtimeClassName.orValue('') == ''",
            "object.spec.runtimeClassName == ''",
        );
        assert!(strict.iter().any(|e| e.contains("refuses the workload")), "{strict:#?}");
    }
}

#[test]
fn policies_come_with_tests_in_the_formats_of_their_engines() {
    let read = |files: &[BundleFile], path: &str| -> Value {
        let file = files
            .iter()
            .find(|f| f.path == path)
            .unwrap_or_else(|| panic!("no {path}"));
        let source = Source::new(path, String::from_utf8(file.content.clone()).unwrap());
        decode::decode(&source, &parse(&source).unwrap()).unwrap()
    };
    let asked = || ClusterOptions {
        tests: true,
        ..ClusterOptions::default()
    };
    let there = |files: &[BundleFile], path: &str| {
        let path = match path.strip_prefix("../") {
            Some(path) => path.to_owned(),
            None => format!("test/{path}"),
        };
        files.iter().any(|f| f.path == path)
    };
    let files = with(asked(), "I∘C∘S∘M∘Gk", &[]);
    // Nobody takes the pods that leave their stack for workloads.
    let verification = verified(&files, &Options::default());
    assert!(
        verification.ok && verification.found.len() == 1,
        "{:#?}",
        verification.findings
    );
    let suite = read(&files, "test/suite.yaml");
    assert_eq!(
        (&suite["apiVersion"], &suite["kind"]),
        (&json!("test.gatekeeper.sh/v1alpha1"), &json!("Suite"))
    );
    let test = &suite["tests"][0];
    for path in ["template", "constraint"] {
        assert!(there(&files, test[path].as_str().unwrap()), "{path}");
    }
    let cases = test["cases"].as_array().unwrap();
    let expected = |violations: &str| {
        cases
            .iter()
            .filter(|c| c["assertions"][0]["violations"] == violations)
            .count()
    };
    assert_eq!((expected("no"), expected("yes")), (1, cases.len() - 1));
    assert!(cases.len() > 10, "{}", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), cases.len());
    for case in cases {
        let path = case["object"].as_str().unwrap();
        assert!(there(&files, path), "{path}");
        let pod = read(&files, &format!("test/{path}"));
        assert_eq!((&pod["kind"], &pod["metadata"]["name"]), (&json!("Pod"), &case["name"]));
    }
    for engine in ENGINES {
        let files = with(asked(), "I∘C∘S∘M∘Gk", &[engine]);
        let test = read(&files, "test/kyverno-test.yaml");
        assert_eq!(
            (&test["apiVersion"], &test["kind"]),
            (&json!("cli.kyverno.io/v1alpha1"), &json!("Test"))
        );
        let list = |key: &str| test[key].as_array().unwrap().clone();
        for path in list("policies").iter().chain(&list("resources")) {
            assert!(there(&files, path.as_str().unwrap()), "{path}");
        }
        let results = list("results");
        assert_eq!(results.len(), list("resources").len());
        let policy = files.iter().find(|f| f.path.starts_with("policy/validating")).unwrap();
        let policy = read(&files, &policy.path);
        for result in &results {
            assert_eq!(result["policy"], policy["metadata"]["name"]);
            assert_eq!(result["result"] == "pass", result["resources"][0] == "stays");
        }
    }
}

#[test]
fn a_proxy_without_a_control_plane_stands_between_the_service_and_the_program() {
    let files = with(ClusterOptions::default(), "I∘C∘S∘E", &[]);
    let text = |path: &str| String::from_utf8(files.iter().find(|f| f.path == path).unwrap().content.clone()).unwrap();
    assert!(text("base/service.yaml").contains("targetPort: 15100"));
    assert!(text("base/networkpolicy.yaml").contains("port: 15100"));
    assert!(!text("base/networkpolicy.yaml").contains("8080"));
    let told = text("base/envoy.yaml");
    let line = told
        .lines()
        .find_map(|l| l.trim().strip_prefix("envoy.json: "))
        .unwrap();
    let configuration: String = serde_json::from_str(line).unwrap();
    let configuration: Value = serde_json::from_str(&configuration).unwrap();
    let address = |path: &str| configuration.pointer(path).unwrap().clone();
    assert_eq!(
        address("/static_resources/listeners/0/address/socket_address/port_value"),
        15100
    );
    let upstream =
        "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
    assert_eq!(address(upstream), json!({ "address": "127.0.0.1", "port_value": 8080 }));
    let verification = verified(&files, &Options::default());
    assert!(verification.ok, "{:#?}", verification.findings);
    assert_eq!(verification.found[0].display, "I∘C∘S∘E");
    let gone = changed("I∘C∘S∘E", "base/deployment.yaml", "envoyproxy/envoy", "someone/else");
    assert!(errors(&gone).iter().any(|e| e.contains("was planned")), "{gone:#?}");
}

#[test]
fn handlers_that_stand_behind_a_runtime_can_be_chosen() {
    let of = |handler: &str| ClusterOptions {
        handler: Some(handler.to_owned()),
        ..ClusterOptions::default()
    };
    for (stack, handler) in [
        ("V∘C", "kata-clh"),
        ("V∘C∘S∘M", "kata-dragonball"),
        ("Cc∘C", "kata-qemu-tdx"),
        ("Cc∘C∘S", "kata-qemu-snp"),
    ] {
        let files = with(of(handler), stack, &[]);
        let class = files.iter().find(|f| f.path == "cluster/runtimeclass.yaml").unwrap();
        assert!(String::from_utf8_lossy(&class.content).contains(&format!("handler: {handler}\n")));
        for file in files
            .iter()
            .filter(|f| f.path.starts_with("node/") || f.path == "README.md")
        {
            assert!(!String::from_utf8_lossy(&file.content).contains("${"), "{}", file.path);
        }
        let verification = verified(&files, &Options::default());
        assert!(verification.ok, "{stack} {handler}: {:#?}", verification.findings);
    }
    let error = files("V∘C", &of("kata-fc"), &[]).unwrap_err();
    assert!(error.to_string().contains("kata-clh"), "{error}");
    assert!(files("I∘C∘S", &of("kata-clh"), &[]).is_err());
}
