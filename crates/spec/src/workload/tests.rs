#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::image::Reference;
use super::*;

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: { name: shop, team: a }
service:
  ports:
    http: { port: 80, targetPort: 8080 }
    dns: { port: 53, protocol: UDP }
containers:
  app:
    image: registry.example:5000/team/app:1.0
    command: [/app]
    args: [--port, \"8080\"]
    variables: { DB: \"${resources.db.host}\", NAME: \"${metadata.name}\", PRICE: \"$$5\" }
    files:
      /etc/app.conf: { content: \"x=${resources.db.host}\", mode: \"0644\" }
    volumes:
      /data: { source: \"${resources.disk}\", path: sub, readOnly: true }
    resources:
      limits: { cpu: \"0.5\", memory: 256Mi }
      requests: { cpu: 125m, memory: 64M }
    livenessProbe: { httpGet: { path: /live, port: 8080 } }
    readinessProbe: { exec: { command: [/ready] } }
resources:
  db: { type: postgres, params: { a: [1, 2] } }
  disk: { type: volume }
";

fn score(text: &str) -> Result<Workload, Vec<Diagnostic>> {
    read(Format::Score, "score.yaml", text.as_bytes())
}

#[test]
fn a_score_file_says_what_a_workload_is_made_of() {
    let workload = score(SCORE).unwrap();
    assert_eq!(workload.name.as_deref(), Some("shop"));
    let ports: Vec<_> = workload.ports.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["53/UDP", "8080/TCP"]);
    assert_eq!(workload.ports[1].service, 80);
    let container = &workload.containers[0];
    assert_eq!(container.image.as_deref(), Some("registry.example:5000/team/app:1.0"));
    assert_eq!(container.limits.memory_bytes, Some(256 << 20));
    assert_eq!(container.requests.memory_bytes, Some(64_000_000));
    assert_eq!(
        (container.limits.cpu_millis, container.requests.cpu_millis),
        (Some(500), Some(125))
    );
    let live = container.liveness.as_ref().unwrap().http.as_ref().unwrap();
    assert_eq!((live.path.as_str(), live.port), ("/live", 8080));
    assert_eq!(container.readiness.as_ref().unwrap().command, ["/ready"]);
    assert_eq!(container.files[0].content.as_deref(), Some("x=${resources.db.host}"));
    assert!(container.volumes[0].read_only);
    assert_eq!(container.mounts, ["/etc/app.conf", "/data"]);
    assert!(
        workload.facts[&WorkloadFact::SubPath].starts_with("score.yaml:16:"),
        "{:?}",
        workload.facts
    );
}

#[test]
fn both_forms_of_files_and_volumes_are_read() {
    let listed = SCORE.replace(
        "      /data: { source: \"${resources.disk}\", path: sub, readOnly: true }\n",
        "      - { source: \"${resources.disk}\", target: /data }\n",
    );
    let workload = score(&listed).unwrap();
    assert_eq!(workload.containers[0].mounts, ["/etc/app.conf", "/data"]);
    assert!(workload.facts.is_empty());
}

#[test]
fn faults_of_score_files_are_found_in_their_places() {
    for (from, to, line, expected) in [
        ("score.dev/v1b1", "score.dev/v2", 1, "unknown version"),
        ("name: shop", "name: Shop", 2, "cannot be the name of a workload"),
        ("port: 80,", "port: 70000,", 5, "from 1 to 65535"),
        ("protocol: UDP", "protocol: SCTP", 6, "`TCP` or `UDP`"),
        ("team/app:1.0", "Team/app:1.0", 9, "no reference to an image"),
        (
            "${resources.db.host}\", NAME",
            "${resources.dbx.host}\", NAME",
            12,
            "which there is not",
        ),
        ("${metadata.name}", "${meta.name}", 12, "refers to nothing"),
        ("${metadata.name}", "${metadata.name", 12, "is not closed"),
        ("mode: \"0644\"", "mode: \"0984\"", 14, "is not a mode"),
        ("content: \"x", "source: a, content: \"x", 14, "exactly one of"),
        ("memory: 256Mi", "memory: 256MB", 18, "no amount of memory"),
        ("cpu: \"0.5\"", "cpu: \"100m\"", 19, "more is requested"),
        ("exec: { command: [/ready] }", "{}", 21, ""),
        ("type: postgres", "type: p", 23, "cannot be the type"),
        ("image: registry", "imge: registry", 9, ""),
    ] {
        assert!(SCORE.contains(from), "{from}");
        let errors = score(&SCORE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(errors[0].place().unwrap().line, line, "{to}: {errors:?}");
        assert!(errors[0].message().contains(expected), "{to}: {errors:?}");
    }
}

#[test]
fn amounts_are_those_of_the_specification() {
    for (text, bytes) in [
        ("1", Some(1)),
        ("125M", Some(125_000_000)),
        ("1Gi", Some(1 << 30)),
        ("0", None),
    ] {
        assert_eq!(score::memory_bytes(text), bytes, "{text}");
    }
    for text in ["", "M", "-1", "1.5Gi", "1 Gi", "99999999999999999999", "16E3"] {
        assert_eq!(score::memory_bytes(text), None, "{text}");
    }
    for (text, millis) in [
        ("2", Some(2000)),
        ("0.5", Some(500)),
        (".25", Some(250)),
        ("125m", Some(125)),
    ] {
        assert_eq!(score::cpu_millis(text), millis, "{text}");
    }
    for text in ["", ".", "m", "0", "-1", "1.2345", "1.5m", "99999999999999999999"] {
        assert_eq!(score::cpu_millis(text), None, "{text}");
    }
}

#[test]
fn references_to_images_are_those_of_registries() {
    let digest = format!("app@sha256:{}", "a".repeat(64));
    for text in [
        "app",
        "app:1.0",
        "team/app",
        "registry.example/team/app:1.0",
        "localhost/app",
        "registry:5000/app",
        "[::1]:5000/app",
        "a__b/c-d.e",
        digest.as_str(),
    ] {
        let reference = Reference::parse(text).unwrap();
        assert_eq!(reference.to_string(), text);
    }
    assert!(Reference::parse(&digest).unwrap().is_pinned());
    for text in [
        "",
        "App",
        "app:",
        "app:-x",
        "a//b",
        "-a",
        "a_",
        "a..b",
        "app@sha256:12",
        "r:99999/app",
        "a b",
        ":1",
        "@",
    ] {
        let error = Reference::parse(text).unwrap_err();
        assert_eq!(error.code(), "workload::image", "{text}");
    }
    let error = Reference::parse("Registry.example/App:1").unwrap_err();
    assert!(error.help().unwrap().contains("did you mean"));
}

#[test]
fn a_manifest_says_what_its_pods_ask_for() {
    let text = "apiVersion: v1
kind: Service
metadata: { name: s }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: d }
spec:
  template:
    spec:
      hostNetwork: true
      nodeSelector: { kubernetes.io/arch: arm64 }
      volumes: [{ name: v, hostPath: { path: /x } }]
      containers:
        - name: c
          image: app:1
          ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: UDP }]
          securityContext:
            privileged: true
            capabilities: { add: [NET_RAW] }
          volumeMounts: [{ name: v, mountPath: /v, subPath: a }]
          resources: { limits: { nvidia.com/gpu: 1, memory: 1Gi } }
";
    let workload = read(Format::Manifest, "m.yaml", text.as_bytes()).unwrap();
    let facts: Vec<_> = workload
        .facts
        .iter()
        .map(|(f, place)| (f.name(), place.as_str()))
        .collect();
    let has = |name: &str, line: u32| {
        let place = format!("m.yaml:{line}:");
        facts.iter().any(|(n, p)| *n == name && p.starts_with(&place))
    };
    for (name, line) in [
        ("host-network", 11),
        ("host-path", 13),
        ("privileged", 19),
        ("raw-sockets", 20),
        ("sub-path", 21),
        ("gpu", 22),
    ] {
        assert!(has(name, line), "{name}: {facts:?}");
    }
    assert_eq!(workload.architecture.as_deref(), Some("arm64"));
    assert_eq!(workload.ports.len(), 2);
    assert_eq!(workload.containers[0].limits.memory_bytes, Some(1 << 30));

    let none = read(Format::Manifest, "m.yaml", b"kind: Service\n").unwrap_err();
    assert!(none[0].message().contains("no workload"));
    let two = format!("{text}---\nkind: Pod\n");
    let errors = read(Format::Manifest, "m.yaml", two.as_bytes()).unwrap_err();
    assert!(errors[0].message().contains("2 workloads"), "{errors:?}");
    assert_eq!(errors[0].place().unwrap().line, 24);
    let broken = format!("{text}---\nkind: [\n");
    assert_eq!(
        read(Format::Manifest, "m.yaml", broken.as_bytes()).unwrap_err()[0].code(),
        "yaml::syntax"
    );
}

#[test]
fn this_program_is_one_for_linux() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let workload = read(Format::Binary, "self", &bytes).unwrap();
    let expected = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    assert_eq!(workload.architecture.as_deref(), Some(expected));
    assert!(workload.details[0].contains("linked"), "{:?}", workload.details);
}

/// A static 64-bit program for arm64, big enough for its headers.
fn elf(kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16] = kind;
    bytes[18] = 183;
    bytes
}

#[test]
fn headers_tell_programs_from_what_is_none() {
    let program = elf::parse(&elf(2)).unwrap();
    assert_eq!((program.architecture.as_str(), program.interpreter), ("arm64", None));
    for (kind, expected) in [
        (1, "object file"),
        (3, "shared library"),
        (4, "core dump"),
        (9, "type is 9"),
    ] {
        assert!(elf::parse(&elf(kind)).unwrap_err().contains(expected), "{kind}");
    }
    let error = read(Format::Binary, "f", b"\0asm\x01\0\0\0").unwrap_err();
    assert!(error[0].help().unwrap().contains("`wasm`"));
    let error = read(Format::Binary, "f", b"#!/bin/sh\n").unwrap_err();
    assert!(error[0].help().unwrap().contains("script"));
    // A program header table that lies outside, and one that is impossibly long.
    let mut outside = elf(2);
    outside[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
    outside[54] = 56;
    outside[56] = 1;
    assert!(elf::parse(&outside).is_err());
    let mut long = elf(2);
    long[56..58].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(elf::parse(&long).unwrap_err().contains("more than"));
}

#[test]
fn modules_and_components_are_told_apart() {
    // A module that imports wasi_snapshot_preview1.fd_write, a function of type 0.
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend_from_slice(&[1, 4, 1, 0x60, 0, 0]);
    let name = b"wasi_snapshot_preview1";
    let mut imports = vec![1, 22];
    imports.extend_from_slice(name);
    imports.extend_from_slice(b"\x08fd_write\0\0");
    module.push(2);
    module.push(u8::try_from(imports.len()).unwrap());
    module.extend_from_slice(&imports);
    let wasm = wasm::parse(&module).unwrap();
    assert_eq!((wasm.is_component, wasm.wasi), (false, Some(1)));
    assert_eq!(wasm.imports, ["wasi_snapshot_preview1"]);
    assert!(wasm::parse(b"\0asm\x0d\0\x01\0").unwrap().is_component);
    assert_eq!(wasm::parse(b"\0asm\x01\0\0\0").unwrap().wasi, None);
    for (bytes, expected) in [
        (&b""[..], "empty"),
        (b"(module)", "magic"),
        (b"\0asm", "cut off"),
        (b"\0asm\x07\0\0\0", "version"),
        (b"\0asm\x01\0\0\0\x02\xff\xff\xff\xff\x0f", "cut off"),
        (b"\0asm\x01\0\0\0\x02\x05\xff\xff\xff\xff\x0f", "imports"),
    ] {
        let why = wasm::parse(bytes).unwrap_err();
        assert!(why.contains(expected), "{bytes:?}: {why}");
    }
    let error = read(Format::Wasm, "f.wat", b"(module)").unwrap_err();
    assert!(error[0].help().unwrap().contains("text format"));
}

#[test]
fn ports_are_numbers_with_protocols() {
    assert_eq!(Port::parse("53/udp").unwrap().protocol, Protocol::Udp);
    for text in ["", "0", "65536", "80/icmp", "+80", "http", "80/"] {
        assert_eq!(Port::parse(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_upset_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        for format in [Format::Wasm, Format::Binary, Format::Score, Format::Manifest] {
            let _ = read(format, "f", &bytes);
        }
    }

    #[test]
    fn no_damage_upsets_a_reader(at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut wide = elf(3);
        wide[32] = 64;
        wide[54] = 56;
        wide[56] = 2;
        wide.extend_from_slice(&[0; 112]);
        wide[64] = 3;
        wide[72] = 100;
        wide[96] = 10;
        wide[120] = 2;
        let module = b"\0asm\x01\0\0\0\x02\x0b\x01\x03env\x03mem\x02\x01\x01\x02".to_vec();
        for (format, whole) in [
            (Format::Binary, wide),
            (Format::Wasm, module),
            (Format::Score, SCORE.as_bytes().to_vec()),
            (Format::Manifest, b"kind: Pod\nspec: { containers: [{ name: c, image: a }] }\n".to_vec()),
        ] {
            let mut damaged = whole.clone();
            let place = at.index(damaged.len());
            damaged[place] = value;
            let _ = read(format, "f", &damaged);
            let _ = read(format, "f", &whole[..cut.index(whole.len())]);
        }
    }

    #[test]
    fn no_text_upsets_the_readers_of_references(text in "\\PC{0,40}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(reference.to_string(), text.clone());
        }
        let _ = Port::parse(&text);
        let _ = score::memory_bytes(&text);
        let _ = score::cpu_millis(&text);
    }
}
