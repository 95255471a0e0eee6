//! What stands beside a command: policies that let it start, and collectors that are told of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use crate::{Ran, command, json, stackwright};

const POLICY: &str = r#"package start
import rego.v1
deny contains "needs a sandbox" if not "S" in input.stack
deny contains sprintf("may not write %s", [grant.host]) if { some grant in input.grants; grant.writable }
"#;

#[test]
fn a_policy_lets_start_or_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.rego");
    std::fs::write(&path, POLICY).unwrap();
    let path = path.to_str().unwrap();
    let run = |arguments: &[&str]| stackwright(&[&["run", "--format", "json", "--policy", path], arguments].concat());
    let started = run(&["C∘S∘Gk", "--attest", "--", "true"]);
    assert_eq!(started.code, 0, "{}", started.stderr);
    let report = json(&started.stdout);
    let gate = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|layer| layer["operator"] == "Gk")
        .unwrap();
    assert_eq!(gate["in_force"], true);
    assert!(gate["how"][1].as_str().unwrap().contains("without S"), "{gate}");

    let module = crate::root()
        .join("examples/edge-function/function.wasm")
        .display()
        .to_string();
    for (arguments, why) in [
        (&["C∘Gk", "--", "true"][..], "needs a sandbox"),
        (&["C", "--", "true"], "needs a sandbox"),
        (&["S", "--grant", "/tmp:/data:rw", "--", "true"], "may not write /tmp"),
        // A module in layers of our own is decided on as well.
        (&["I∘C∘W", "--", &module], "needs a sandbox"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, 1, "{arguments:?}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("run::refused") && refused.stderr.contains(why),
            "{}",
            refused.stderr
        );
    }
    let without = stackwright(&["run", "S∘Gk", "--", "true"]);
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--policy"), "{}", without.stderr);

    // One that refuses nothing is no gate.
    std::fs::write(path, "package start\nimport rego.v1\nallow := true\n").unwrap();
    let nothing = run(&["S∘Gk", "--attest", "--", "true"]);
    assert_eq!(nothing.code, 3, "{}{}", nothing.stdout, nothing.stderr);
    std::fs::write(path, "package start\nallow if {").unwrap();
    assert_eq!(run(&["S∘Gk", "--", "true"]).code, 2);
}

/// A collector: what it is told, path and document. It answers so many requests, with these states.
fn collector(states: &'static [u16]) -> (String, mpsc::Receiver<(String, String, serde_json::Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for state in states {
            let (stream, _) = listener.accept().unwrap();
            told.send(answer(&stream, *state)).unwrap();
        }
    });
    (address, heard)
}

fn answer(mut stream: &TcpStream, state: u16) -> (String, String, serde_json::Value) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    write!(
        stream,
        "HTTP/1.1 {state} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    )
    .unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    (path, head.to_lowercase(), serde_json::from_slice(&body).unwrap())
}

#[test]
fn a_collector_is_told_of_the_run() {
    let (address, heard) = collector(&[200, 200, 202]);
    let ran: Ran = command(&["run", "S∘Otel", "--env", "SECRET=hunter2", "--", "sh", "-c", "exit 3"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &address)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer abc,x-team=two")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let told: Vec<_> = heard.iter().take(3).collect();
    let paths: Vec<_> = told.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["/v1/logs", "/v1/traces", "/v1/metrics"]);
    assert!(
        told.iter()
            .all(|(_, head, _)| head.contains("authorization: bearer abc") && head.contains("x-team: two"))
    );
    assert!(
        told.iter()
            .all(|(.., body)| !body.to_string().contains("hunter2") && !body.to_string().contains("exit 3"))
    );
    let record = &told[0].2["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    let span = &told[1].2["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(record["traceId"], span["traceId"]);
    assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
    let code = span["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["key"] == "process.exit.code")
        .unwrap();
    assert_eq!(code["value"]["intValue"], "3");
    let number = |key: &str| span[key].as_str().unwrap().parse::<u128>().unwrap();
    assert!(number("startTimeUnixNano") < number("endTimeUnixNano"));
    assert_eq!(span["events"].as_array().unwrap().len(), 2);
    let metrics = &told[2].2["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert!(
        metrics
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["name"] == "stackwright.cold_start"),
        "{metrics}"
    );
}

#[test]
fn without_a_collector_nothing_starts() {
    let run = |arguments: &[&str]| -> Ran {
        let arguments = [
            &["run", "--format", "json", "S∘Otel"],
            arguments,
            &["--", "sh", "-c", "echo started"],
        ]
        .concat();
        command(&arguments)
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .unwrap()
            .into()
    };
    assert_eq!(run(&[]).code, 2);
    // Nobody listens there any more.
    let (gone, _) = collector(&[]);
    let refused = run(&["--otlp", &gone]);
    assert_eq!(refused.code, 3);
    assert!(
        refused.stderr.contains("run::collector") && !refused.stdout.contains("started\\n"),
        "{}",
        refused.stdout
    );
    let (address, _heard) = collector(&[503]);
    assert_eq!(run(&["--otlp", &address]).code, 3);
    // One that fails in the end is told of, and the command has its own exit code.
    let (address, _heard) = collector(&[200, 500]);
    let late = run(&["--otlp", &address]);
    assert_eq!(late.code, 0, "{}", late.stderr);
    let report = json(&late.stdout);
    assert_eq!(
        (&report["ok"], report["stdout"].as_str()),
        (&false.into(), Some("started\n"))
    );
    assert!(
        report["findings"]
            .to_string()
            .contains("/v1/traces answered with status 500"),
        "{report}"
    );
}
