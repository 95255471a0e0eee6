//! `inspect` of what other programs give: kubectl's kustomize, helm, and a cluster, played by a server of a few answers.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json as value};

use crate::{Ran, command, json, root};

/// The folders with the programs that `./check` installs, if they are there.
fn tools() -> Option<(PathBuf, String)> {
    let tools = root().join("target/tools/kubectl");
    let folders = [tools.join("kubectl"), tools.join("helm")];
    if !folders.iter().all(|f| f.is_dir()) {
        eprintln!("skipped: kubectl and helm are not in {}", tools.display());
        return None;
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let all = folders.iter().map(|f| f.display().to_string()).chain([path]);
    Some((tools, all.collect::<Vec<_>>().join(":")))
}

fn inspect(path: &str, home: &Path, arguments: &[&str]) -> Ran {
    let mut inspect = command(&["inspect"]);
    inspect
        .args(arguments)
        .env("PATH", path)
        .env("HOME", home)
        .env("KUBECONFIG", home.join("config"));
    inspect.current_dir(home).output().unwrap().into()
}

#[test]
fn what_is_rendered_is_inspected() {
    let Some((_, path)) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write(
        "overlay/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: x }] }\n",
    );
    write(
        "overlay/kustomization.yaml",
        "resources: [pod.yaml]\nnamespace: web\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Pod\n    metadata: { name: a }\n    spec: { runtimeClassName: gvisor }\n",
    );
    write("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    write("chart/values.yaml", "class: runc\n");
    write(
        "chart/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: { name: b }\nspec: { runtimeClassName: {{ .Values.class }}, containers: [{ name: a, image: x }] }\n",
    );
    write("own.yaml", "class: kata-fc\n");
    let ran = inspect(
        &path,
        folder.path(),
        &[
            "--kustomize",
            "overlay",
            "--helm",
            "chart",
            "--values",
            "own.yaml",
            "--format",
            "json",
        ],
    );
    let report = json(&ran.stdout);
    let found: Vec<_> = report["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (&w["file"], &w["display"]))
        .collect();
    let text = |t: &str| Value::from(t);
    assert_eq!(
        found,
        [
            (&text("kustomize:overlay"), &text("I∘G∘C")),
            (&text("helm:chart"), &text("I∘F∘C"))
        ],
        "{}",
        ran.stderr
    );
    let failed = inspect(&path, folder.path(), &["--helm", "overlay"]);
    assert!(
        failed.code == 2 && failed.stderr.contains("inspect::tool"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_missing_program_is_the_machines_lack() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["--kustomize", "."], ["--helm", "."], ["--context", "c"]] {
        let ran = inspect("/nowhere", folder.path(), &arguments);
        assert!(
            ran.code == 3 && ran.stderr.contains("inspect::tool-missing"),
            "{}",
            ran.stderr
        );
    }
}

/// What a path answers: a status and a body; no status drops the connection once.
type Answers = BTreeMap<String, (u16, Value)>;

/// A server that speaks as much of the Kubernetes API as a reader needs.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

fn serve(answers: Answers, drop_first: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (log, answers, dropped) = (Arc::clone(&asked), Arc::new(answers), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (log, answers, dropped) = (Arc::clone(&log), Arc::clone(&answers), Arc::clone(&dropped));
            thread::spawn(move || answer(stream, &log, &answers, drop_first, &dropped));
        }
    });
    Server { address, asked }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>, answers: &Answers, drop_first: &str, dropped: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|l| l.is_ok_and(|l| !l.is_empty())) {}
        let mut words = first.split(' ');
        let (method, path) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default().to_owned(),
        );
        log.lock().unwrap().push(format!("{method} {path}"));
        let path = plain(&path);
        if !drop_first.is_empty() && path.starts_with(drop_first) && dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{\"kind\"",
            );
            return;
        }
        let missing = (
            404,
            value!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "message": "the server could not find the requested resource", "code": 404 }),
        );
        let (status, body) = answers.get(&path).unwrap_or(&missing);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// A path with its query in order, without what kubectl adds of its own.
fn plain(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let mut parts: Vec<String> = query
        .split('&')
        .filter(|p| !p.starts_with("timeout="))
        .map(|p| p.replace('+', "%20"))
        .collect();
    parts.sort();
    if parts.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", parts.join("&"))
    }
}

fn refused(what: &str) -> (u16, Value) {
    let message = format!("{what} is forbidden: User \"u\" cannot list resource");
    (
        403,
        value!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": "Forbidden", "code": 403 }),
    )
}

fn resource(name: &str, kind: &str) -> Value {
    value!({ "name": name, "kind": kind, "namespaced": true, "singularName": "", "verbs": ["get", "list"] })
}

fn cluster() -> Answers {
    let pod = |name: &str, class: &str| value!({ "metadata": { "name": name, "namespace": "pay" }, "spec": { "runtimeClassName": class, "containers": [{ "name": "a", "image": "x" }] } });
    let template = value!({ "spec": { "containers": [{ "name": "a", "image": "x" }] } });
    let list = |kind: &str, more: &str, items: Vec<Value>| {
        let version = if kind == "PodList" || kind == "NamespaceList" {
            "v1"
        } else {
            "apps/v1"
        };
        (
            200,
            value!({ "kind": kind, "apiVersion": version, "metadata": { "continue": more }, "items": items }),
        )
    };
    let group = |name: &str| {
        let version = value!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
        value!({ "name": name, "versions": [version], "preferredVersion": version })
    };
    let resources = |version: &str, list: Vec<Value>| {
        (
            200,
            value!({ "kind": "APIResourceList", "groupVersion": version, "resources": list }),
        )
    };
    let namespace = value!({ "metadata": { "name": "pay", "labels": { "istio.io/dataplane-mode": "ambient" } } });
    let class = value!({ "metadata": { "name": "guarded" }, "handler": "kata-fc" });
    let owner = value!([{ "kind": "Deployment", "name": "web", "controller": true }]);
    Answers::from([
        (
            "/apis".to_owned(),
            (
                200,
                value!({ "kind": "APIGroupList", "groups": [group("apps"), group("node.k8s.io"), group("example.org")] }),
            ),
        ),
        (
            "/api/v1".to_owned(),
            resources(
                "v1",
                vec![
                    resource("pods", "Pod"),
                    resource("pods/log", "Pod"),
                    resource("secrets", "Secret"),
                    resource("namespaces", "Namespace"),
                ],
            ),
        ),
        (
            "/apis/apps/v1".to_owned(),
            resources(
                "apps/v1",
                vec![
                    resource("deployments", "Deployment"),
                    resource("replicasets", "ReplicaSet"),
                ],
            ),
        ),
        (
            "/apis/node.k8s.io/v1".to_owned(),
            resources("node.k8s.io/v1", vec![resource("runtimeclasses", "RuntimeClass")]),
        ),
        (
            "/api/v1/pods?limit=200".to_owned(),
            list("PodList", "a b&c", vec![pod("one", "guarded")]),
        ),
        (
            "/api/v1/pods?continue=a%20b%26c&limit=200".to_owned(),
            list("PodList", "", vec![pod("two", "other")]),
        ),
        (
            "/api/v1/namespaces?limit=200".to_owned(),
            list("NamespaceList", "", vec![namespace]),
        ),
        (
            "/apis/apps/v1/deployments?limit=200".to_owned(),
            list(
                "DeploymentList",
                "",
                vec![value!({ "metadata": { "name": "web", "namespace": "pay" }, "spec": { "template": template } })],
            ),
        ),
        (
            "/apis/apps/v1/replicasets?limit=200".to_owned(),
            list(
                "ReplicaSetList",
                "",
                vec![
                    value!({ "metadata": { "name": "web-1", "namespace": "pay", "ownerReferences": owner }, "spec": { "template": template } }),
                ],
            ),
        ),
        (
            "/apis/node.k8s.io/v1/runtimeclasses?limit=200".to_owned(),
            (
                200,
                value!({ "kind": "RuntimeClassList", "apiVersion": "node.k8s.io/v1", "metadata": {}, "items": [class] }),
            ),
        ),
    ])
}

fn ask(path: &str, server: &Server, more: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let config = value!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{ "name": "k", "cluster": { "server": format!("http://{}", server.address) } }],
        "users": [{ "name": "u", "user": {} }],
        "contexts": [{ "name": "here", "context": { "cluster": "k", "user": "u" } }],
    });
    fs::write(home.path().join("config"), config.to_string()).unwrap();
    inspect(
        path,
        home.path(),
        &[&["--context", "here", "--format", "json"], more].concat(),
    )
}

fn displays(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    report["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (text(&w["name"]), text(&w["display"])))
        .collect()
}

#[test]
fn a_cluster_is_read_page_by_page_and_only_read() {
    let Some((_, path)) = tools() else { return };
    // The second page breaks off once, and is asked for again.
    let server = serve(cluster(), "/api/v1/pods?continue");
    let ran = ask(&path, &server, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let mut found = displays(&json(&ran.stdout));
    found.sort();
    // The mesh does not capture what leaves a virtual machine, as the catalogue knows.
    let expected = [("one", "I∘F∘C"), ("two", "I∘C∘Am"), ("web", "I∘C∘Am")];
    assert_eq!(found, expected.map(|(n, d)| (n.to_owned(), d.to_owned())));
    let asked = server.asked.lock().unwrap();
    assert!(asked.iter().all(|a| a.starts_with("GET ")), "{asked:?}");
    assert!(
        !asked.iter().any(|a| a.contains("secrets") || a.contains("log")),
        "{asked:?}"
    );
    let second = asked.iter().filter(|a| a.contains("continue=")).count();
    assert!(second >= 2, "{asked:?}");
}

#[test]
fn what_is_refused_is_unknown_and_not_absent() {
    let Some((_, path)) = tools() else { return };
    let mut answers = cluster();
    for (path, what) in [
        (
            "/apis/node.k8s.io/v1/runtimeclasses?limit=200",
            "runtimeclasses.node.k8s.io",
        ),
        ("/api/v1/namespaces?limit=200", "namespaces"),
        ("/apis/apps/v1/deployments?limit=200", "deployments.apps"),
    ] {
        answers.insert(path.to_owned(), refused(what));
    }
    let server = serve(answers, "");
    let ran = ask(&path, &server, &[]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let report = json(&ran.stdout);
    let errors = report["errors"].as_array().unwrap();
    assert!(
        errors.len() == 3 && errors.iter().all(|e| e["code"] == "inspect::refused"),
        "{errors:?}"
    );
    let unknown = report["workloads"][0]["unknown"].to_string();
    assert!(
        unknown.contains("the runtime class `guarded` may not be read"),
        "{unknown}"
    );
    assert!(unknown.contains("the namespace `pay` may not be read"), "{unknown}");
    let gone = serve(Answers::new(), "");
    let ran = ask(&path, &gone, &[]);
    assert!(ran.code == 2 && ran.stderr.contains("inspect::tool"), "{}", ran.stderr);
}
