use std::path::Path;

use super::*;

fn launch(documents: Vec<Value>) -> ClusterLaunch {
    let named = documents.into_iter().enumerate();
    ClusterLaunch {
        name: "shop".to_owned(),
        documents: named
            .map(|(n, document)| (format!("base/{n}.yaml"), document))
            .collect(),
        ..ClusterLaunch::default()
    }
}

fn deployment(pod: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "shop" },
        "spec": { "replicas": 3, "template": { "metadata": { "annotations": { "mesh/on": "1" } }, "spec": pod } },
    })
}

fn play(documents: Vec<Value>) -> Result<Played, DriveError> {
    played(&launch(documents), "sw-1-0", Path::new("/run/x"))
}

#[test]
fn a_pod_keeps_what_podman_carries_out_and_the_rest_is_named() {
    let played = play(vec![
        deployment(json!({
            "runtimeClassName": "gvisor",
            "topologySpreadConstraints": [],
            "hostNetwork": true,
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "initContainers": [{ "name": "first", "image": "i" }, { "name": "proxy", "image": "p", "restartPolicy": "Always" }],
            "containers": [
                { "name": "app", "image": "a", "livenessProbe": {}, "resources": { "limits": { "memory": "64Mi" } },
                  "securityContext": { "privileged": true, "capabilities": { "drop": ["ALL"] } } },
                { "name": "log", "image": "l", "securityContext": { "seccompProfile": { "type": "Localhost", "localhostProfile": "a/b.json" } } },
            ],
        })),
        json!({ "kind": "NetworkPolicy", "metadata": { "name": "shop" } }),
        json!({ "kind": "RuntimeClass", "metadata": { "name": "gvisor" }, "handler": "runsc" }),
        json!({ "kind": "Gizmo", "metadata": { "name": "shop" } }),
    ])
    .unwrap();
    let order: Vec<_> = played.containers.iter().map(|c| (c.name.as_str(), c.part)).collect();
    assert_eq!(
        order,
        [
            ("first", Part::Before),
            ("proxy", Part::Beside),
            ("log", Part::Beside),
            ("app", Part::Main)
        ]
    );
    let [.., log, app] = played.containers.as_slice() else {
        panic!()
    };
    assert_eq!(
        (app.memory_bytes, app.drops_all, app.not_root),
        (Some(64 << 20), true, true)
    );
    assert_eq!(
        (&app.filter, &log.filter),
        (&Filter::Standard, &Filter::Profile("a/b.json".to_owned()))
    );
    assert_eq!(played.class, Some(("gvisor".to_owned(), "runsc".to_owned())));
    let pod = played.pod.to_string();
    for gone in [
        "privileged",
        "hostNetwork",
        "livenessProbe",
        "runtimeClassName",
        "mesh/on",
    ] {
        assert!(!pod.contains(gone), "{gone}: {pod}");
    }
    assert_eq!(played.pod["metadata"]["name"], "sw-1-0");
    assert_eq!(played.pod["spec"]["containers"][3]["imagePullPolicy"], "Never");
    let said: Vec<_> = played.findings.iter().map(|f| f.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "Deployment asks for 3 pods; one is played",
            "NetworkPolicy shop is left out: the pod has no network but loopback, which is stricter",
            "Gizmo shop is left out: podman does not carry it out",
            "not carried out here: hostNetwork, topologySpreadConstraints, app.livenessProbe, \
             app.securityContext.privileged, annotation mesh/on",
        ]
    );
}

#[test]
fn configuration_of_the_bundle_becomes_variables_and_files() {
    let map = json!({ "kind": "ConfigMap", "metadata": { "name": "c" }, "data": { "K": "v", "f.txt": "text" } });
    let app = json!({
        "name": "app", "image": "a",
        "envFrom": [{ "prefix": "P_", "configMapRef": { "name": "c" } }],
        "env": [{ "name": "X", "valueFrom": { "configMapKeyRef": { "name": "c", "key": "K" } } }],
        "volumeMounts": [
            { "name": "conf", "mountPath": "/etc/f.txt", "subPath": "g.txt" },
            { "name": "empty", "mountPath": "/a" },
            { "name": "empty", "mountPath": "/b", "readOnly": true },
        ],
    });
    let volumes = json!([
        { "name": "conf", "configMap": { "name": "c", "items": [{ "key": "f.txt", "path": "g.txt" }] } },
        { "name": "empty", "emptyDir": {} },
    ]);
    let played = play(vec![
        deployment(json!({ "containers": [app], "volumes": volumes })),
        map,
    ])
    .unwrap();
    let spec = &played.pod["spec"];
    let env = spec["containers"][0]["env"].to_string();
    assert!(
        env.contains(r#"{"name":"P_K","value":"v"}"#) && env.contains(r#"{"name":"X","value":"v"}"#),
        "{env}"
    );
    assert_eq!(played.files, [(PathBuf::from("files/conf/g.txt"), "text".to_owned())]);
    assert_eq!(
        spec["volumes"],
        json!([
            { "name": "sw-1-0-conf-0", "hostPath": { "path": "/run/x/files/conf/g.txt" } },
            { "name": "sw-1-0-empty", "emptyDir": {} },
        ])
    );
    assert_eq!(spec["containers"][0]["volumeMounts"][2]["readOnly"], true);
}

#[test]
fn what_the_bundle_does_not_hold_is_refused() {
    let with = |more: Value| {
        let mut app = json!({ "name": "app", "image": "a" });
        app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let volumes = json!([
            { "name": "host", "hostPath": { "path": "/" } },
            { "name": "out", "configMap": { "name": "c", "items": [{ "key": "k", "path": "../k" }] } },
        ]);
        let map = json!({ "kind": "ConfigMap", "metadata": { "name": "c" }, "data": { "k": "v" } });
        play(vec![
            deployment(json!({ "containers": [app], "volumes": volumes })),
            map,
        ])
    };
    for (more, says) in [
        (
            json!({ "env": [{ "name": "S", "valueFrom": { "secretKeyRef": {} } }] }),
            "variable S",
        ),
        (
            json!({ "envFrom": [{ "secretRef": { "name": "s" } }] }),
            "variables of app",
        ),
        (
            json!({ "volumeMounts": [{ "name": "host", "mountPath": "/h" }] }),
            "hostPath",
        ),
        (
            json!({ "volumeMounts": [{ "name": "out", "mountPath": "/h" }] }),
            "`../k`",
        ),
    ] {
        let error = with(more).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let several = play(vec![deployment(json!({})), deployment(json!({}))])
        .unwrap_err()
        .to_string();
    assert!(several.contains("several workloads"), "{several}");
    let none = play(vec![json!({ "kind": "VirtualMachine" })]).unwrap_err().to_string();
    assert!(none.contains("no workload"), "{none}");
}

#[test]
fn quantities_of_memory() {
    for (text, expected) in [
        ("64Mi", Some(64 << 20)),
        ("5", Some(5)),
        ("1k", Some(1000)),
        ("1.5Gi", None),
        ("", None),
    ] {
        assert_eq!(bytes(text), expected, "{text}");
    }
}
