//! What runs a workload: runtime classes, handlers, engines, bundles.

use crate::cases::{check, class, found};
use crate::hostile::inspect;

#[test]
fn runtime_classes_are_resolved_to_what_they_run() {
    let old = "apiVersion: node.k8s.io/v1alpha1\nkind: RuntimeClass\nmetadata: { name: sandboxed }\nspec: { runtimeHandler: runsc }";
    let hidden = class("fast", "kata-fc");
    let lying = class("gvisor", "runc");
    let trusted = class("kata", "kata-qemu-tdx");
    let unknown = class("kata", "own-configuration");
    check(&[
        // V
        ("", "", "runtimeClassName: kata", "I V C", "I V C"),
        ("", "", "runtimeClassName: kata-clh", "I V C", "I V C"),
        ("", "", "runtimeClassName: kata-mshv-vm-isolation", "I V C", "I V C"),
        ("", "", "runtimeClassName: kata-qemu-coco-dev", "I V C", "I V C"),
        ("", "", "runtimeClassName: kata-remote", "I V C", "I V C"),
        (&unknown, "", "runtimeClassName: kata", "I V C", "I V C"),
        // F
        ("", "", "runtimeClassName: kata-fc", "I F C", "I F C"),
        (&hidden, "", "runtimeClassName: fast", "I F C", "I F C"),
        ("", "", "runtimeClassName: firecracker", "I F C", "I F C"),
        ("", "", "runtimeClassName: kata-fc-arm", "I F C", "I F C"),
        ("", "", "runtimeClassName: fc", "I C", "I C"),
        // Cc
        ("", "", "runtimeClassName: kata-qemu-snp", "I Cc C", "I Cc C"),
        ("", "", "runtimeClassName: kata-qemu-nvidia-gpu-tdx", "I Cc C", "I Cc C"),
        ("", "", "runtimeClassName: kata-qemu-se", "I Cc C", "I Cc C"),
        ("", "", "runtimeClassName: kata-cc-isolation", "I Cc C", "I Cc C"),
        (&trusted, "", "runtimeClassName: kata", "I Cc C", "I Cc C"),
        ("", "", "runtimeClassName: kata-qemu-nvidia-gpu", "I V C", "I V C"),
        // G
        ("", "", "runtimeClassName: gvisor", "I G C", "I G C"),
        (old, "", "runtimeClassName: sandboxed", "I G C", "I G C"),
        ("", "", "runtimeClassName: runsc", "I G C", "I G C"),
        ("", "", "runtimeClassName: runsc-kvm", "I G C", "I G C"),
        ("", "", "runtimeClassName: \"gvisor\" # comment", "I G C", "I G C"),
        (&lying, "", "runtimeClassName: gvisor", "I C", "I C"),
        (
            "",
            "labels: { runtime: gvisor }",
            "nodeSelector: { sandbox.gke.io/runtime: gvisor }",
            "I C",
            "I C",
        ),
        // W
        ("", "", "runtimeClassName: wasmtime-spin-v2", "I C W", "I C W"),
        ("", "", "runtimeClassName: wasmedge", "I C W", "I C W"),
        ("", "", "runtimeClassName: wasmtime-slight-v1", "I C W", "I C W"),
        (
            "",
            "annotations: { module.wasm.image/variant: compat-smart }",
            "runtimeClassName: crun",
            "I C W",
            "I C W",
        ),
        (
            "",
            "annotations: { run.oci.handler: wasm }",
            "hostNetwork: false",
            "I C W",
            "I C W",
        ),
        ("", "", "runtimeClassName: crun", "I C", "I C"),
        (
            "",
            "labels: { module.wasm.image/variant: compat }",
            "runtimeClassName: crun",
            "I C",
            "I C",
        ),
        // C
        ("", "", "hostNetwork: true", "I C", "I C"),
        ("", "", "runtimeClassName: nvidia", "I C", "I C"),
        ("", "", "runtimeClassName: \"\"", "I C", "I C"),
        ("", "", "runtimeClassName: null", "I C", "I C"),
        ("", "", "runtimeClassName: \"${CLASS}\"", "I C", "I C"),
        ("", "", "containers:\n- { name: a }", "C", "C"),
    ]);
}

#[test]
fn modules_at_the_edge_are_told_from_others() {
    let edge = "nodeSelector: { node-role.kubernetes.io/edge: \"\" }";
    let at = |class: &str| format!("{edge}\nruntimeClassName: {class}");
    let handler = class("modules", "wasmedge");
    let elsewhere = class("wasmedge", "runc");
    let annotated = "annotations: { run.oci.handler: wasmedge }";
    check(&[
        ("", "", &at("wasmedge"), "I C We", "I C We"),
        ("", "", &at("wasmedge-v1"), "I C We", "I C We"),
        ("", "", &at("io.containerd.wasmedge.v1"), "I C We", "I C We"),
        (&handler, "", &at("modules"), "I C We", "I C We"),
        ("", annotated, edge, "I C We", "I C We"),
        // Elsewhere, or something else at the edge.
        ("", "", "runtimeClassName: wasmedge", "I C W", "I C W"),
        ("", "", &at("wasmtime-spin-v2"), "I C W", "I C W"),
        ("", "annotations: { run.oci.handler: wasmtime }", edge, "I C W", "I C W"),
        (&elsewhere, "", &at("wasmedge"), "I C", "I C"),
        ("", "", edge, "I C", "I C"),
        (
            "",
            "labels: { node-role.kubernetes.io/edge: \"\" }",
            "runtimeClassName: wasmedge",
            "I C W",
            "I C W",
        ),
        (
            "",
            "",
            "nodeSelector: { node-role.kubernetes.io/agent: \"\" }\nruntimeClassName: wasmedge",
            "I C W",
            "I C W",
        ),
    ]);
}

/// Kc stands for the container in a machine of its own, so it is found as that.
#[test]
fn kata_containers_are_found_as_what_they_stand_for() {
    let catalog = stackwright_catalog::Catalog::builtin().unwrap();
    let kata = [catalog.algebra().find("Kc").unwrap()];
    let normal = catalog.automaton().normalize(catalog.algebra(), &kata).unwrap();
    let parts: Vec<_> = ["V", "C"].iter().map(|s| catalog.algebra().find(s).unwrap()).collect();
    assert_eq!(normal, parts);
    for name in [
        "kata",
        "kata-qemu",
        "kata-clh",
        "kata-dragonball",
        "kata-mshv-vm-isolation",
    ] {
        check(&[("", "", &format!("runtimeClassName: {name}"), "I V C", "I V C")]);
    }
    for name in ["katacoda", "my-kata", "kat"] {
        check(&[("", "", &format!("runtimeClassName: {name}"), "I C", "I C")]);
    }
}

#[test]
fn services_and_bundles_are_read_too() {
    let service = |lines: &str| format!("name: shop\nservices:\n  web:\n    image: nginx\n{lines}");
    assert_eq!(found(&service("")).0, "I C S", "engines filter by default");
    assert_eq!(found(&service("    security_opt: [\"seccomp=unconfined\"]\n")).0, "I C");
    assert_eq!(
        found(&service(
            "    security_opt: [\"seccomp:unconfined\", \"apparmor=own\"]\n"
        ))
        .0,
        "I C S"
    );
    assert_eq!(found(&service("    security_opt: [\"seccomp=own.json\"]\n")).0, "I C S");
    assert_eq!(found(&service("    privileged: true\n")).0, "I C");
    assert_eq!(found(&service("    runtime: io.containerd.wasmedge.v1\n")).0, "I C S W");
    assert_eq!(
        found(&service("    runtime: runsc\n")),
        ("I G C S".to_owned(), "I G C".to_owned())
    );
    let bundle = |linux: &str| {
        format!(
            r#"{{"ociVersion": "1.2.0", "process": {{"args": ["sh"]}}, "root": {{"path": "rootfs"}}, "linux": {{{linux}}}}}"#
        )
    };
    let namespaces = r#""namespaces": [{"type": "pid"}]"#;
    let limits = r#""resources": {"memory": {"limit": 1}}"#;
    let filter = r#""seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}"#;
    for (linux, expected) in [
        // All that a container is made of is a container.
        (format!("{namespaces}, {limits}, {filter}"), "C S"),
        (namespaces.to_owned(), "O Ns"),
        (
            r#""namespaces": [{"type": "network", "path": "/proc/1/ns/net"}]"#.to_owned(),
            "O Ns",
        ),
        (format!("{namespaces}, {filter}"), "O Ns S"),
        (format!("{limits}, {namespaces}"), "C"),
        (limits.to_owned(), "Cg O"),
        (r#""resources": {"pids": {"limit": 64}}"#.to_owned(), "Cg O"),
        (
            r#""resources": {"devices": [{"allow": false}]}, "cgroupsPath": "/a""#.to_owned(),
            "Cg O",
        ),
        (format!("{limits}, {filter}"), "Cg O S"),
        // Nothing is asked for but the root.
        (String::new(), "O"),
        (r#""namespaces": []"#.to_owned(), "O"),
        (r#""resources": {}, "seccomp": {}"#.to_owned(), "O"),
        (r#""namespaces": null, "resources": null"#.to_owned(), "O"),
        (
            r#""cgroupsPath": "/a", "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]"#.to_owned(),
            "O",
        ),
    ] {
        assert_eq!(found(&bundle(&linux)).0, expected, "{linux}");
    }
    let rooted = |root: &str| format!(r#"{{"ociVersion": "1.2.0", "process": {{"args": ["sh"]}}{root}}}"#);
    for (root, expected) in [
        (r#", "root": {"path": "rootfs"}"#, "O"),
        (r#", "root": {"path": "/srv/root", "readonly": true}"#, "O"),
        (
            r#", "root": {"path": "/"}, "linux": {"resources": {"pids": {"limit": 9}}}"#,
            "Cg",
        ),
        // The host's own root, no path, a machine that brings its own, none at all.
        (r#", "root": {"path": "/"}"#, ""),
        (r#", "root": {"path": "", "readonly": true}"#, ""),
        (r#", "root": {"readonly": true}"#, ""),
        (r#", "vm": {"kernel": {"path": "/boot/vmlinux"}}"#, "V"),
        ("", ""),
    ] {
        assert_eq!(found(&rooted(root)).0, expected, "{root}");
    }
    let values = inspect(b"services:\n- not a mapping\nimage: x\n");
    assert!(values.workloads.is_empty());
}
