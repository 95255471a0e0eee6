//! `atlas align` and `atlas decide`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};

use serde_json::Value;

use crate::{Ran, command, json, root, stackwright, stackwright_with};

fn reference<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let references = answer["references"].as_array().unwrap();
    references.iter().find(|r| r["id"] == id).unwrap()
}

#[test]
fn every_reference_has_a_verdict() {
    let answer = json(&stackwright(&["atlas", "align", "--format", "json"]).stdout);
    assert_eq!(answer["schema"], "stackwright/atlas-align/v1");
    assert_eq!(answer["live"], false);
    let counts: u64 = ["aligned", "drifted", "missing", "unverifiable"]
        .iter()
        .map(|v| answer["counts"][v].as_u64().unwrap())
        .sum();
    assert_eq!(counts, answer["references"].as_array().unwrap().len() as u64);
    let sandbox = reference(&answer, "sandboxing-wikipedia");
    assert_eq!(sandbox["verdict"], "drifted");
    assert!(
        sandbox["difference"].as_str().unwrap().contains("[-or-] {+and/or+}"),
        "{sandbox}"
    );
    assert_eq!(sandbox["snapshot"]["as_of"], "2024-08-27");
    assert_eq!(reference(&answer, "policy-engine-wikipedia")["verdict"], "missing");
    assert_eq!(reference(&answer, "cncf-opa")["verdict"], "unverifiable");
    assert_eq!(
        reference(&answer, "webassembly-wikipedia")["found_at"],
        serde_json::json!(["webassembly-site"])
    );
    assert!(
        !reference(&answer, "oci-image-spec")["releases"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn references_as_text_in_both_languages() {
    insta::assert_snapshot!("align_overview", stackwright(&["atlas", "align"]).stdout);
    insta::assert_snapshot!(
        "align_policy_engine",
        stackwright(&["atlas", "align", "policy-engine"]).stdout
    );
    let chinese = stackwright(&["atlas", "align", "策略引擎", "--lang", "zh"]);
    insta::assert_snapshot!("align_policy_engine_zh", chinese.stdout);
}

#[test]
fn references_as_documents_and_spreadsheets() {
    let markdown = stackwright(&["atlas", "align", "webassembly", "--format", "markdown"]).stdout;
    assert!(markdown.starts_with("| concept | authority |"), "{markdown}");
    let csv = stackwright(&["atlas", "align", "--format", "csv", "--lang", "zh"]).stdout;
    let rows = json(&stackwright(&["atlas", "align", "--format", "json"]).stdout)["references"].clone();
    assert_eq!(csv.lines().count(), rows.as_array().unwrap().len() + 1);
    assert!(csv.starts_with("concept,id,kind"), "{csv}");
}

#[test]
fn a_concept_that_is_not_known_is_refused_with_the_nearest() {
    let ran = stackwright(&["atlas", "align", "sandboxin"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("align::concept") && ran.stderr.contains("`sandboxing`"),
        "{}",
        ran.stderr
    );
    let ran = stackwright(&["atlas", "align", "sandboxing", "--live", "--time-limit", "soon"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--time-limit"), "{}", ran.stderr);
}

/// A server on loopback that answers every connection so, until the process ends; it counts nothing and never stops.
fn server(answer: String) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|l| !l.is_empty())) {}
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// The answer of a server to which a body is added.
fn ok(answer: &str) -> String {
    let length = answer.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}")
}

/// An overlay with one reference whose address is that of a server that answers so.
fn live(answer: &str, form: &str, variables: &[(&str, &str)]) -> Ran {
    let address = server(ok(answer));
    looked_up(&address.to_string(), form, variables)
}

/// An overlay with one reference at this address, looked up.
fn looked_up(address: &str, form: &str, variables: &[(&str, &str)]) -> Ran {
    let overlay = tempfile::tempdir().unwrap();
    let text = format!(
        "apiVersion: stackwright/v1\nkind: Authorities\nreferences:\n  - id: own\n    concept: own-concept\n    kind: \
         encyclopedia\n    authority: Own\n    title: Own concept\n    address: http://example.org/\n    licence: none\n    \
         said: {{ text: it is what it is, as_a: quotation, document: Own, line: 1 }}\n    live: {{ address: \
         \"http://{address}/\", form: {form} }}\n"
    );
    std::fs::write(overlay.path().join("own.yaml"), text).unwrap();
    let folder = overlay.path().to_str().unwrap();
    let arguments = [
        "atlas",
        "align",
        "own-concept",
        "--live",
        "--catalog",
        folder,
        "--format",
        "json",
        "--time-limit",
        "2s",
    ];
    let mut command = command(&arguments);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap().into()
}

#[test]
fn authorities_are_asked_only_if_that_is_wanted() {
    let ran = live("{\"extract\": \"Own: it is what it is. More.\"}", "summary", &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let answer = json(&ran.stdout);
    let own = reference(&answer, "own");
    assert_eq!(
        (&own["verdict"], &own["ground"]),
        (&"aligned".into(), &"live".into()),
        "{own}"
    );
    assert!(ran.stderr.contains("asking http://127.0.0.1"), "{}", ran.stderr);
    let ran = live("<p>It was <b>what</b> it was.</p>", "html", &[]);
    assert_eq!(reference(&json(&ran.stdout), "own")["verdict"], "drifted");
}

#[test]
fn what_is_gone_and_what_does_not_answer_in_time_are_told_apart() {
    let gone = server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned());
    let ran = looked_up(&gone.to_string(), "text", &[]);
    let answer = json(&ran.stdout);
    let own = reference(&answer, "own");
    assert_eq!(
        (&own["verdict"], &own["ground"]),
        (&"missing".into(), &"gone".into()),
        "{own}"
    );
    // It takes connections and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let start = std::time::Instant::now();
    let ran = looked_up(&silent.local_addr().unwrap().to_string(), "text", &[]);
    let took = start.elapsed();
    let answer = json(&ran.stdout);
    let own = reference(&answer, "own");
    assert_eq!(
        (&own["verdict"], &own["ground"]),
        (&"unverifiable".into(), &"unreachable".into()),
        "{own}"
    );
    let limit = std::time::Duration::from_secs(2);
    assert!(took >= limit, "{took:?}");
}

#[test]
fn a_proxy_of_the_environment_is_what_answers() {
    // The address itself cannot be reached; the proxy, asked for a connection to it, answers in its place.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(first)) = lines.next() {
                while lines.next().is_some_and(|line| line.is_ok_and(|l| !l.is_empty())) {}
                let answer = if first.starts_with("CONNECT ") {
                    "HTTP/1.1 200 OK\r\n\r\n".to_owned()
                } else {
                    ok("it is what it is")
                };
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    let ran = looked_up("192.0.2.1", "text", &[("HTTP_PROXY", &proxy), ("http_proxy", &proxy)]);
    let answer = json(&ran.stdout);
    let own = reference(&answer, "own");
    assert_eq!(
        (&own["verdict"], &own["ground"]),
        (&"aligned".into(), &"live".into()),
        "{own}"
    );
}

#[test]
fn authorities_are_asked_through_the_proxy_of_the_environment() {
    // Nobody listens there, so that an answer would show that the proxy was passed by.
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let proxy = format!("http://{closed}");
    let ran = live(
        "it is what it is",
        "text",
        &[("HTTP_PROXY", &proxy), ("http_proxy", &proxy)],
    );
    let answer = json(&ran.stdout);
    let own = reference(&answer, "own");
    assert_eq!(
        (&own["verdict"], &own["ground"]),
        (&"unverifiable".into(), &"unreachable".into()),
        "{own}"
    );
}

fn answers(name: &str) -> String {
    format!("{}/examples/answers/{name}.yaml", root().display())
}

#[test]
fn the_three_application_cases_reach_their_stacks() {
    for (name, expected, concept, technologies) in [
        (
            "cloud-native-application",
            "I∘C∘S∘M∘Gk",
            "service-mesh",
            &["Kubernetes", "containerd", "Istio", "OPA"][..],
        ),
        (
            "iot-edge-node",
            "F∘C∘S∘W",
            "webassembly",
            &["WasmEdge", "K3s", "Firecracker"],
        ),
        (
            "financial-system",
            "V∘S∘C∘M∘Gk",
            "virtualization",
            &["KVM", "OPA", "OPA Gatekeeper", "Istio"],
        ),
    ] {
        let ran = stackwright(&["atlas", "decide", "--answers", &answers(name), "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let answer = json(&ran.stdout);
        let plan = &answer["plan"]["plans"][0];
        assert_eq!(plan["display"], expected, "{name}");
        let found = plan["technologies"].as_array().unwrap();
        for technology in technologies {
            assert!(
                found.iter().any(|t| t == technology),
                "{name}: {technology} in {found:?}"
            );
        }
        assert_eq!(answer["concepts"][0]["concept"], concept);
        assert!(
            !answer["concepts"][0]["in_plan"].as_array().unwrap().is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_decision_as_text_in_both_languages_and_as_a_requirement() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requirements.yaml");
    let file = file.to_str().unwrap();
    let path = answers("iot-edge-node");
    let ran = stackwright(&["atlas", "decide", "--answers", &path, "-o", file, "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("decide_iot_edge_node", ran.stdout);
    let chinese = stackwright(&["atlas", "decide", "--answers", &path, "--lang", "zh"]);
    insta::assert_snapshot!("decide_iot_edge_node_zh", chinese.stdout);
    let plan = json(&stackwright(&["plan", file, "--format", "json"]).stdout);
    assert_eq!(plan["plans"][0]["display"], "F∘C∘S∘W");
}

#[test]
fn whoever_is_asked_answers_in_lines_and_is_asked_again() {
    // Wrong first, then by number and name, by name, Enter for the default, by name, and by words.
    let input = "nonsense\n6, fast-start\nwasm-module\n\nedge\n极低资源\n";
    let ran = stackwright_with(&["atlas", "decide", "--format", "json"], input.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`nonsense` is no answer to `requirements`"),
        "{}",
        ran.stderr
    );
    let answer = json(&ran.stdout);
    assert_eq!(
        answer["answers"],
        serde_json::json!({
            "requirements": ["very-low-resource", "fast-start"], "workload": "wasm-module", "target": "kubernetes",
            "scenario": "edge", "resources": "very-low-resource"
        })
    );
    assert_eq!(answer["concepts"][0]["concept"], "webassembly");
}

/// The command on a terminal of its own, as `script` makes one, with these lines typed.
#[test]
fn on_a_terminal_questions_are_asked_and_a_plan_is_the_end() {
    let has_script = std::process::Command::new("script").arg("--version").output();
    if !has_script.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("util-linux")) {
        eprintln!("skipped: there is no `script` of util-linux here, which makes terminals");
        return;
    }
    for (language, question, plan) in [
        ("en", "What is required?", "plan F∘C∘S∘W"),
        ("zh", "有哪些需求？", "方案 F∘C∘S∘W"),
    ] {
        let program = env!("CARGO_BIN_EXE_stackwright");
        let mut child = std::process::Command::new("script")
            .args([
                "-qec",
                &format!("{program} atlas decide --lang {language}"),
                "/dev/null",
            ])
            .env_remove("STACKWRIGHT_LANG")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let typed = "fast-start\nwasm-module\n\nedge\nvery-low-resource\n";
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{shown}");
        assert!(shown.contains(question), "{shown}");
        let asked = shown.find(question).unwrap();
        assert!(shown.find(plan).is_some_and(|at| at > asked), "{shown}");
    }
}

#[test]
fn flags_come_before_the_file_and_what_cannot_hold_is_said() {
    let path = answers("iot-edge-node");
    let arguments = ["atlas", "decide", "--answers", &path];
    let ran = stackwright(
        &[
            &arguments[..],
            &[
                "--answer",
                "requirements=very-low-resource,strong-isolation,low-latency",
            ],
        ]
        .concat(),
    );
    // Whether it can hold or not, the command says which.
    assert!(
        ran.code == 0 || (ran.code == 1 && ran.stdout.contains("cannot all hold")),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert!(ran.stdout.contains("strong isolation"), "{}", ran.stdout);
}

#[test]
fn wrong_answers_are_refused() {
    let all = "requirements=,workload=wasm-module,target=host,scenario=edge,resources=1";
    let all: Vec<_> = all.split(',').flat_map(|answer| ["--answer", answer]).collect();
    let decide = |more: &[&str]| stackwright(&[&["atlas", "decide"], &all[..], more].concat());
    assert_eq!(decide(&[]).code, 0, "{}", decide(&[]).stderr);
    for (more, code, says) in [
        (&["--answer", "scenari=edge"][..], "decide::question", "`scenario`"),
        (&["--answer", "performance=1"], "decide::question", "scenario=cloud"),
        (&["--answer", "scenario=clod"], "decide::answer", "`cloud`"),
        (&["--answer", "scenario=cloud,edge"], "decide::answer", "one answer"),
        (&["--answer", "scenario"], "decide::answer", "QUESTION=ANSWER"),
    ] {
        let ran = decide(more);
        assert_eq!(ran.code, 2, "{more:?}: {}", ran.stdout);
        assert!(
            ran.stderr.contains(code) && ran.stderr.contains(says),
            "{more:?}: {}",
            ran.stderr
        );
    }
    let ran = stackwright(&["atlas", "decide", "--answer", "requirements="]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("decide::unanswered") && ran.stderr.contains("`workload`"),
        "{}",
        ran.stderr
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    for text in ["- a", "scenario: { a: b }", "scenario: [[a]]"] {
        std::fs::write(file.path(), text).unwrap();
        let ran = stackwright(&["atlas", "decide", "--answers", file.path().to_str().unwrap()]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("decide::answers"), "{text}: {}", ran.stderr);
    }
    let list = stackwright(&["atlas", "decide", "--list", "--lang", "zh"]).stdout;
    assert!(
        list.contains("属于哪种场景？") && list.contains("scenario=edge"),
        "{list}"
    );
}
