//! Ports of commands that are reached from outside of their stacks, and probes.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::background::{detached, end, eventually, run};
use crate::runs::{output, there, with_state};
use crate::{json, root};

/// Answers each connection with what came, and a million bytes more.
const SERVER: &str = "import socket, sys, threading
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
def answer(connection):
    said = b''
    while piece := connection.recv(65536):
        said += piece
    connection.sendall(said + b'x' * 1000000)
    connection.close()
while True:
    threading.Thread(target=answer, args=(server.accept()[0],)).start()";

/// Answers requests by HTTP with the status that a file says.
const HTTP: &str = "import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(open(sys.argv[2]).read()) if self.path == '/state' else 404)
        self.end_headers()
    def log_message(self, *rest): pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()";

/// A port that nobody listens at now.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

fn asked(place: SocketAddr, text: &str) -> usize {
    let mut stream = TcpStream::connect(place).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(text.as_bytes()));
    answer.len() - text.len()
}

#[test]
fn connections_are_carried_into_the_stack() {
    if !there("python3") {
        return;
    }
    for (word, driver, program) in [
        ("", "", "true"),
        ("S", "", "true"),
        ("Ns", "", "true"),
        ("C∘S", "", "true"),
        ("S∘C", "", "true"),
        ("C∘S", "C=runc", "runc"),
        ("C", "C=crun", "crun"),
        ("Ns∘S", "Ns=bubblewrap", "bwrap"),
    ] {
        if !there(program) {
            continue;
        }
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        let port = free();
        let publish = format!("0:{port}");
        let readiness = format!("every=50ms,timeout=10s,tcp:{port}");
        let mut arguments = vec!["--publish", &publish, "--readiness", &readiness];
        arguments.extend([driver].iter().filter(|d| !d.is_empty()).flat_map(|d| ["--driver", d]));
        arguments.extend([word, "--", "python3", "-c", SERVER, &port]);
        let id = detached(state, &arguments);
        let known = run(state, &id);
        // It was told when it was ready.
        assert_eq!(known["ready"], true, "{word} {driver}: {known}");
        let ports = known["ports"].as_array().unwrap();
        let (place, inner) = ports[0].as_str().unwrap().split_once("->").unwrap();
        assert_eq!((ports.len(), inner), (1, port.as_str()));
        let place: SocketAddr = place.parse().unwrap();
        assert!(place.ip().is_loopback());
        std::thread::scope(|scope| {
            for number in 0..20 {
                scope.spawn(move || assert_eq!(asked(place, &"hello".repeat(number)), 1_000_000));
            }
        });
        let (_, listed) = output(state, &["ps"]);
        assert!(
            listed.contains(" running ready ") && listed.contains(&place.to_string()),
            "{listed}"
        );
        end(state, &id);
        assert!(TcpStream::connect(place).is_err(), "{word}: it still listens");
    }
}

#[test]
fn ports_that_cannot_be_had() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("{}:80", taken.local_addr().unwrap().port());
    let folder = state.join("granted");
    fs::create_dir(&folder).unwrap();
    let grant = format!("{}:/granted:rw", folder.display());
    let ran = with_state(
        state,
        &[
            "run",
            "C",
            "--publish",
            &port,
            "--grant",
            &grant,
            "--",
            "touch",
            "/granted/began",
        ],
    )
    .output()
    .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("drive::publish") && said.contains("in use"), "{said}");
    assert!(!folder.join("began").exists());
    let refused = |arguments: &[&str], why: &str| {
        let ran = with_state(state, &[&["run"], arguments].concat()).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    };
    refused(&["C", "--publish", "80:http", "--", "true"], "`80:http` is no port");
    refused(
        &["C", "--liveness", "udp:80", "--", "true"],
        "`--liveness udp:80` is no probe",
    );
    let module = root().join("examples/edge-function/function.wasm");
    refused(
        &["W", "--publish", "80", "--", module.to_str().unwrap()],
        "has no ports",
    );
    if there("runsc") {
        refused(&["G", "--publish", "80", "--", "true"], "keeps its network to itself");
    }
}

#[test]
fn without_a_port_nothing_is_listened_at_in_a_sandbox() {
    if !there("python3") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let (wanted, other) = (free(), free());
    let script = "import socket, sys
for port in sys.argv[1:]:
    try: socket.create_server(('127.0.0.1', int(port))); print('listens')
    except OSError as error: print(error.errno)";
    let arguments = [
        "run",
        "S",
        "--publish",
        &wanted,
        "--",
        "python3",
        "-c",
        script,
        &wanted,
        &other,
    ];
    // EACCES by Landlock.
    assert_eq!(output(state.path(), &arguments), (Some(0), "listens\n13\n".to_owned()));
}

#[test]
fn probes_by_http_and_by_command() {
    if !there("python3") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let script = format!("echo 503 > state; exec python3 -c \"{HTTP}\" 8080 state");
    let settings = "every=20ms,timeout=10s,failures=1";
    let startup = "every=20ms,timeout=10s,failures=1000,exec:test -f state";
    let readiness = format!("{settings},http:8080/state");
    let run_it = |more: &[&str]| {
        let begun = [
            "run",
            "--keep",
            "--workdir",
            "/tmp",
            "--time-limit",
            "60s",
            "C",
            "--startup",
            startup,
            "--readiness",
            &readiness,
        ];
        with_state(state, &[&begun, more, &["--", "sh", "-c", &script]].concat())
            .stdin(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let watched = run_it(&[]);
    let only = || {
        let runs = json(&output(state, &["ps", "--format", "json"]).1);
        runs["runs"].as_array().unwrap().first().cloned()
    };
    let id = eventually("the run", || {
        only()?["process"].is_i64().then(|| only().unwrap()["id"].clone())
    });
    let id = id.as_str().unwrap();
    assert_eq!(run(state, id)["ready"], false);
    let write = |status: &str| {
        let write = format!("echo {status} > new; mv new state");
        assert_eq!(output(state, &["exec", id, "--", "sh", "-c", &write]).0, Some(0));
    };
    for (status, ready) in [("204", true), ("404", false), ("302", true)] {
        write(status);
        eventually(status, || (run(state, id)["ready"] == ready).then_some(()));
    }
    end(state, id);
    assert_eq!(watched.wait_with_output().unwrap().status.code(), Some(143));
}

#[test]
fn what_does_not_live_is_ended_and_started_again() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let liveness = "every=20ms,timeout=10s,failures=2,exec:test -f alive";
    // It lives for a moment, handles the signal, and would end well.
    let script = "trap 'exit 0' TERM; touch alive; sleep 0.3; rm alive; while :; do sleep 0.05; done";
    let since = Instant::now();
    let ran = with_state(
        state,
        &[
            "run",
            "C",
            "--format",
            "json",
            "--time-limit",
            "60s",
            "--workdir",
            "/tmp",
            "--liveness",
            liveness,
            "--restart",
            "on-failure:1",
            "--keep",
            "--",
            "sh",
            "-c",
            script,
        ],
    )
    .output()
    .unwrap();
    let report = json(&String::from_utf8(ran.stdout).unwrap());
    assert_eq!(ran.status.code(), Some(143), "{report:#}");
    assert_eq!(report["end"]["kind"], "unhealthy", "{report:#}");
    let why = report["end"]["why"].as_str().unwrap();
    assert!(
        why.starts_with("liveness failed 2 times: `test` ended with code 1"),
        "{why}"
    );
    assert!(since.elapsed() < Duration::from_secs(50), "its signal was not handled");
    let runs = json(&output(state, &["ps", "--format", "json"]).1);
    let run = &runs["runs"][0];
    assert_eq!((&run["restarts"], &run["exit_code"]), (&1.into(), &143.into()), "{run}");
    let never = "every=10ms,timeout=10s,failures=3,tcp:80";
    let arguments = ["run", "S∘C", "--startup", never, "--", "sleep", "60"];
    let ran = with_state(state, &arguments).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(143), "{said}");
    assert!(
        said.contains("startup failed 3 times: port 80: Connection refused"),
        "{said}"
    );
}
