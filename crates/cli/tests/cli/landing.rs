//! Bundles for clusters: written, verified, and given to outside checkers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Ran, json, root, stackwright};

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn score(extra: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1
metadata: {{ name: shop }}
service: {{ ports: {{ http: {{ port: 80, targetPort: 8080 }} }} }}
containers:
  app:
    image: registry.example/team/app@{DIGEST}
    variables: {{ DB: \"postgres://${{resources.db.host}}/x\" }}
    resources: {{ limits: {{ memory: 256Mi, cpu: \"1\" }} }}
    livenessProbe: {{ httpGet: {{ path: /live, port: 8080 }} }}
{extra}resources: {{ db: {{ type: postgres }} }}
"
    )
}

/// Emits a stack for a Score file, and gives what was said.
fn emitted(folder: &Path, stack: &str, more: &[&str]) -> Ran {
    let file = folder.join("score.yaml");
    fs::write(&file, score("")).unwrap();
    let (file, out) = (file.display().to_string(), folder.join("bundle").display().to_string());
    let mut arguments = vec!["emit", stack, "--workload", &file, "-o", &out];
    arguments.extend(more);
    stackwright(&arguments)
}

#[test]
fn a_stack_is_written_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let ran = emitted(folder.path(), "V∘C∘S∘M∘Gk", &["--kubernetes", "1.36"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let bundle = folder.path().join("bundle").display().to_string();
    let ran = stackwright(&["verify", &bundle, "--format", "json"]);
    let report = json(&ran.stdout);
    assert_eq!((ran.code, &report["ok"]), (0, &true.into()), "{}", ran.stdout);
    assert_eq!(report["planned"], serde_json::json!(["V", "C", "S", "M", "Gk"]));
    // The same plan gives the same bytes anywhere.
    let other = tempfile::tempdir().unwrap();
    assert_eq!(emitted(other.path(), "V∘C∘S∘M∘Gk", &["--kubernetes", "1.36"]).code, 0);
    let read = |folder: &Path, path: &str| fs::read(folder.join("bundle").join(path)).unwrap();
    for path in [
        "base/deployment.yaml",
        "cluster/runtimeclass.yaml",
        "policy/constraint.yaml",
    ] {
        assert_eq!(read(folder.path(), path), read(other.path(), path));
    }
    let deployment = folder.path().join("bundle/base/deployment.yaml");
    let text = fs::read_to_string(&deployment)
        .unwrap()
        .replace("runtimeClassName: kata-qemu", "runtimeClassName: runc");
    fs::write(&deployment, text).unwrap();
    let ran = stackwright(&["verify", &bundle]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("was planned"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let host = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  hostNetwork: true\n  containers: [{ name: a, image: \"a@";
    fs::write(at("host.yaml"), format!("{host}{DIGEST}\" }}]\n")).unwrap();
    let part = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: a }}\nspec:\n  containers:\n    - name: a\n      image: a@{DIGEST}\n      volumeMounts: [{{ name: v, mountPath: /v, subPath: x }}]\n  volumes: [{{ name: v, emptyDir: {{}} }}]\n"
    );
    fs::write(at("part.yaml"), part).unwrap();
    fs::write(at("score.yaml"), score("")).unwrap();
    fs::write(at("name.yaml"), score("").replace("name: shop", "name: 1shop")).unwrap();
    fs::write(at("ports.yaml"), score("").replace("http:", "a-name-that-is-too-long:")).unwrap();
    fs::write(at("tag.yaml"), score("").replace(&format!("@{DIGEST}"), ":1")).unwrap();
    fs::write(at("field.yaml"), format!("{host}{DIGEST}\", imagePolicy: x }}]\n")).unwrap();
    fs::write(at("module.wasm"), b"\0asm\x01\0\0\0").unwrap();
    let gpu = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: a }}\nspec: {{ containers: [{{ name: a, image: \"a@{DIGEST}\", resources: {{ limits: {{ nvidia.com/gpu: \"1\" }} }} }}] }}\n"
    );
    fs::write(at("gpu.yaml"), gpu).unwrap();
    fs::copy("/bin/true", at("program")).unwrap();
    fs::write(
        at("udp.yaml"),
        score("").replace("targetPort: 8080", "targetPort: 8080, protocol: UDP"),
    )
    .unwrap();
    fs::write(at("open.json"), "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }").unwrap();
    let cases = [
        ("V∘C", "host.yaml", "emit::refused"),
        ("V∘C∘S", "part.yaml", "emit::refused"),
        ("I∘C∘S∘M", "host.yaml", "emit::refused"),
        ("I∘C∘S∘W", "score.yaml", "emit::stack"),
        ("I∘C∘S", "name.yaml", "emit::name"),
        ("I∘C∘S", "ports.yaml", "emit::name"),
        ("I∘C∘S", "tag.yaml", "emit::unpinned"),
        ("I∘C∘S", "field.yaml", "yaml::unknown-key"),
        ("I∘C∘S∘W", "module.wasm", "emit::no-image"),
        ("I∘G∘C∘Am", "score.yaml", "emit::hindered"),
        ("I∘G∘C", "gpu.yaml", "--accept gpu"),
        ("I∘C∘S∘W", "program", "emit::stack"),
        ("I∘C∘S∘E", "udp.yaml", "carries TCP alone"),
    ];
    for (stack, file, code) in cases {
        let out = at("out");
        let ran = stackwright(&["emit", stack, "--workload", &at(file), "-o", &out]);
        assert_eq!(ran.code, 2, "{stack} {file}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(code), "{stack} {file}: {}", ran.stderr);
        assert!(!Path::new(&out).exists(), "{stack} {file}");
    }
    let ran = stackwright(&[
        "emit",
        "I∘C∘S",
        "-w",
        &at("score.yaml"),
        "-o",
        &at("out"),
        "--kubernetes",
        "1.12",
    ]);
    assert!(ran.code == 2 && ran.stderr.contains("emit::version"), "{}", ran.stderr);
    for (option, value, said) in [
        ("--seccomp", at("open.json"), "emit::profile"),
        ("--seccomp", at("none.json"), "none.json"),
        ("--handler", "kata-clh".to_owned(), "leaves no choice"),
        ("--namespace", "Shop".to_owned(), "emit::name"),
        ("--port", "0".to_owned(), "emit::name"),
        ("--accept", "anything".to_owned(), "raw-sockets"),
    ] {
        let arguments = [
            "emit",
            "I∘C∘S",
            "-w",
            &at("score.yaml"),
            "-o",
            &at("out"),
            option,
            &value,
        ];
        let ran = stackwright(&arguments);
        assert!(
            ran.code == 2 && ran.stderr.contains(said),
            "{option} {value}: {}",
            ran.stderr
        );
        assert!(!Path::new(&at("out")).exists(), "{option} {value}");
    }
    let arguments = [
        "emit",
        "S∘W",
        "-w",
        &at("module.wasm"),
        "--target",
        "oci",
        "-o",
        &at("out"),
        "--seccomp",
        &at("open.json"),
    ];
    let ran = stackwright(&arguments);
    assert!(ran.code == 2 && ran.stderr.contains("for clusters"), "{}", ran.stderr);
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|n| !n.to_string_lossy().starts_with(".stackwright")),
        "{left:?}"
    );
}

#[test]
fn what_nodes_give_with_a_setting_is_accepted_and_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let gpu = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: a }}\nspec: {{ containers: [{{ name: a, image: \"a@{DIGEST}\", resources: {{ limits: {{ nvidia.com/gpu: \"1\" }} }} }}] }}\n"
    );
    fs::write(at("gpu.yaml"), gpu).unwrap();
    let ran = stackwright(&[
        "emit",
        "I∘G∘C",
        "-w",
        &at("gpu.yaml"),
        "-o",
        &at("out"),
        "--accept",
        "gpu",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(fs::read_to_string(at("out/README.md")).unwrap().contains("--nvproxy"));
    assert_eq!(stackwright(&["verify", &at("out")]).code, 0);
}

/// A checker that `./check` installs, if it is there.
fn checker(path: &str) -> Option<PathBuf> {
    let path = root().join("target").join(path);
    if path.is_file() {
        return Some(path);
    }
    #[allow(clippy::print_stderr, reason = "a skipped test is to be seen")]
    {
        eprintln!("skipped: {} is not installed; `./check` does it", path.display());
    }
    None
}

#[test]
fn kubectl_builds_every_stage_and_overlay() {
    let Some(kubectl) = checker("tools/kubectl/kubectl/kubectl") else {
        return;
    };
    for stack in ["I∘C∘S∘M∘Gk", "V∘S∘C∘M", "I∘C∘S∘Am∘Otel∘P"] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(emitted(folder.path(), stack, &[]).code, 0);
        for part in [
            "cluster",
            "policy",
            "base",
            "overlays/development",
            "overlays/production",
        ] {
            let path = folder.path().join("bundle").join(part);
            if path.exists() {
                let output = Command::new(&kubectl).arg("kustomize").arg(&path).output().unwrap();
                assert!(
                    output.status.success(),
                    "{part}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
    }
}

#[test]
fn kubernetes_schemas_of_each_version_take_the_documents() {
    let Some(python) = checker("oracles-kubernetes/bin/python") else {
        return;
    };
    for minor in 30..=36 {
        let folder = tempfile::tempdir().unwrap();
        let version = format!("1.{minor}");
        let more = [
            "--kubernetes",
            version.as_str(),
            "--with",
            "kubernetes-admission-policy",
        ];
        let ran = emitted(folder.path(), "V∘C∘S∘M∘Gk", &more);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        // Kinds of other projects are in no schema of the platform.
        let own = [
            "base/deployment.yaml",
            "base/networkpolicy.yaml",
            "base/poddisruptionbudget.yaml",
            "base/service.yaml",
            "base/serviceaccount.yaml",
            "cluster/namespace.yaml",
            "cluster/runtimeclass.yaml",
            "policy/validatingadmissionpolicy.yaml",
            "policy/validatingadmissionpolicybinding.yaml",
        ];
        let output = Command::new(&python)
            .args(["-m", "kubernetes_validate", "--strict", "-k", &format!("{version}.0")])
            .args(own.map(|f| folder.path().join("bundle").join(f)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{version}: {said}");
        // A kind that it does not know is no pass.
        assert!(!said.contains("Couldn't find schema"), "{version}: {said}");
    }
}
