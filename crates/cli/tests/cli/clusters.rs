//! Bundles for clusters in the hands of the tools that take them, and in the hands of bad luck.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Ran, command, root, stackwright};

const IMAGE: &str = "127.0.0.1:1/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub fn skipped(why: &str) {
    #[allow(clippy::print_stderr, reason = "a skipped test is to be seen")]
    {
        eprintln!("skipped: {why}");
    }
}

/// A tool that `./check` puts into the target folder.
fn tool(name: &str) -> Option<PathBuf> {
    let path = root().join("target/tools/kubectl").join(name);
    if !path.is_file() {
        skipped(&format!("{} is not installed; `./check` does it", path.display()));
        return None;
    }
    Some(path)
}

fn manifest(kind: &str) -> String {
    let pod = format!(
        "metadata: {{}}, spec: {{ containers: [{{ name: app-1, image: \"{IMAGE}\", args: [\"{{{{ x }}}}\"], ports: [{{ containerPort: 8080 }}], resources: {{ limits: {{ memory: 64Mi }} }} }}] }}"
    );
    match kind {
        "CronJob" => format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{ name: shop }}\nspec: {{ schedule: \"0 3 * * *\", jobTemplate: {{ spec: {{ template: {{ {pod} }} }} }} }}\n"
        ),
        "Job" => {
            format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{ name: shop }}\nspec: {{ template: {{ {pod} }} }}\n")
        }
        kind => format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: shop }}\nspec: {{ template: {{ {pod} }} }}\n"
        ),
    }
}

/// Writes a bundle for a manifest.
fn emitted(folder: &Path, stack: &str, manifest: &str, more: &[&str]) -> Ran {
    let file = folder.join("workload.yaml");
    fs::write(&file, manifest).unwrap();
    let (file, out) = (file.display().to_string(), folder.join("bundle").display().to_string());
    let mut arguments = vec!["emit", stack, "--workload", &file, "--name", "shop", "-o", &out];
    arguments.extend(more);
    stackwright(&arguments)
}

fn said(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// What kustomize makes of a folder, document by document.
fn built(kubectl: &Path, folder: &Path) -> Vec<String> {
    let (good, text) = said(Command::new(kubectl).arg("kustomize").arg(folder));
    assert!(good, "{}: {text}", folder.display());
    let mut documents: Vec<String> = text.split("---\n").map(str::to_owned).collect();
    documents.sort();
    documents
}

#[test]
fn a_chart_renders_to_the_documents_themselves() {
    let (Some(kubectl), Some(helm)) = (tool("kubectl/kubectl"), tool("helm/helm")) else {
        return;
    };
    for (kind, stack) in [
        ("Deployment", "V∘C∘S∘M∘Gk"),
        ("StatefulSet", "I∘C∘S∘E"),
        ("DaemonSet", "I∘C∘S∘Am"),
        ("CronJob", "I∘C∘S"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ran = emitted(folder.path(), stack, &manifest(kind), &["--helm"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let bundle = folder.path().join("bundle");
        let chart = bundle.join("chart");
        let (good, text) = said(Command::new(&helm).arg("lint").arg(&chart));
        assert!(good, "{text}");
        let output = Command::new(&helm)
            .args(["template", "shop"])
            .arg(&chart)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rendered = folder.path().join("rendered");
        fs::create_dir(&rendered).unwrap();
        fs::write(rendered.join("all.yaml"), &output.stdout).unwrap();
        fs::write(rendered.join("kustomization.yaml"), "resources: [all.yaml]\n").unwrap();
        assert_eq!(
            built(&kubectl, &rendered),
            built(&kubectl, &bundle.join("base")),
            "{kind}"
        );
        // Values are really taken from the file.
        let values = fs::read_to_string(chart.join("values.yaml")).unwrap();
        fs::write(chart.join("values.yaml"), values.replace("64Mi", "65Mi")).unwrap();
        let (_, text) = said(Command::new(&helm).args(["template", "shop"]).arg(&chart));
        assert!(text.contains("memory: 65Mi"), "{text}");
        let (good, text) = said(command(&["verify", &bundle.display().to_string()]).arg("--quiet"));
        assert!(!good && text.contains("values.yaml"), "{text}");
    }
}

/// The commands of a bundle's README, in order.
fn commands(bundle: &Path) -> Vec<String> {
    let text = fs::read_to_string(bundle.join("README.md")).unwrap();
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => found.push(line.to_owned()),
            _ => {}
        }
    }
    found
}

#[test]
fn every_command_of_a_readme_is_one_that_its_tool_accepts() {
    let (Some(kubectl), Some(helm)) = (tool("kubectl/kubectl"), tool("helm/helm")) else {
        return;
    };
    let mut seen = BTreeMap::<String, usize>::new();
    for (kind, stack) in [
        ("Deployment", "V∘C∘S∘M∘Gk"),
        ("StatefulSet", "I∘C∘S∘Am∘Otel∘P"),
        ("DaemonSet", "I∘C∘S"),
        ("Job", "I∘C∘S"),
        ("CronJob", "I∘C∘S"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(emitted(folder.path(), stack, &manifest(kind), &["--helm"]).code, 0);
        let bundle = folder.path().join("bundle");
        // No server is there, so a command that is understood ends where it would connect.
        let nowhere = folder.path().join("nowhere");
        let config = "apiVersion: v1\nkind: Config\nclusters: [{ name: nowhere, cluster: { server: \"https://127.0.0.1:1\" } }]\ncontexts: [{ name: nowhere, context: { cluster: nowhere, user: nobody } }]\nusers: [{ name: nobody, user: { token: none } }]\ncurrent-context: nowhere\n";
        fs::write(&nowhere, config).unwrap();
        for line in commands(&bundle) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let program = match words[0] {
                "stackwright" => {
                    let (good, text) = said(command(&words[1..]).current_dir(&bundle));
                    assert!(good, "{line}: {text}");
                    *seen.entry(words[0].to_owned()).or_default() += 1;
                    continue;
                }
                "kubectl" => kubectl.clone(),
                "helm" => helm.clone(),
                other => panic!("who takes `{other}`? {line}"),
            };
            let mut run = Command::new(program);
            run.args(&words[1..]).current_dir(&bundle).env("KUBECONFIG", &nowhere);
            let (good, text) = said(&mut run);
            assert!(
                !good && (text.contains("refused") || text.contains("unreachable")),
                "{line}: {text}"
            );
            *seen.entry(format!("{} {}", words[0], words[1])).or_default() += 1;
        }
    }
    for wanted in [
        "kubectl apply",
        "kubectl delete",
        "kubectl rollout",
        "kubectl wait",
        "kubectl create",
        "helm upgrade",
    ] {
        assert!(seen.contains_key(wanted), "{wanted}: {seen:?}");
    }
}

#[test]
fn a_scanner_finds_nothing_grave_without_a_reason() {
    let trivy = root().join("target/oracles-trivy/trivy");
    if !trivy.is_file() {
        return skipped(&format!("{} is not installed; `./check` does it", trivy.display()));
    }
    let folder = tempfile::tempdir().unwrap();
    for (number, (kind, stack)) in [
        ("Deployment", "V∘C∘S∘M∘Gk"),
        ("StatefulSet", "I∘C∘S∘Am∘Otel∘P"),
        ("DaemonSet", "I∘C∘S∘E"),
        ("CronJob", "V∘S∘C"),
    ]
    .into_iter()
    .enumerate()
    {
        let own = folder.path().join(number.to_string());
        fs::create_dir(&own).unwrap();
        assert_eq!(emitted(&own, stack, &manifest(kind), &[]).code, 0);
        // Pods that policies are tested with are bad on purpose.
        let _ = fs::remove_dir_all(own.join("bundle/test"));
        fs::remove_file(own.join("workload.yaml")).unwrap();
    }
    let mut run = Command::new(&trivy);
    run.args([
        "config",
        "--skip-check-update",
        "--quiet",
        "--severity",
        "HIGH,CRITICAL",
        "--format",
        "json",
    ]);
    run.arg("--cache-dir")
        .arg(folder.path().join("cache"))
        .arg(folder.path());
    let output = run.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = crate::json(&String::from_utf8_lossy(&output.stdout));
    let results = report["Results"].as_array().unwrap();
    assert!(results.len() >= 12, "{report}");
    // What stays is data, and the bundle's README gives the reason.
    let accepted = &stackwright::Catalog::builtin().unwrap().landing().unwrap();
    let accepted = &accepted.platform.as_ref().unwrap().findings;
    let mut used = vec![false; accepted.len()];
    let mut found = Vec::new();
    for result in results {
        let target = result["Target"].as_str().unwrap();
        for finding in result["Misconfigurations"].as_array().into_iter().flatten() {
            let id = finding["ID"].as_str().unwrap();
            let (bundle, _) = target.split_once("/base/").unwrap_or_default();
            let told = fs::read_to_string(folder.path().join(bundle).join("README.md")).unwrap_or_default();
            let stays = |reason: &str| told.contains(reason);
            match accepted.iter().position(|f| f.check == id && stays(&f.because)) {
                Some(index) => used[index] = true,
                None => found.push(format!("{target}: {id} {}: {}", finding["Title"], finding["Message"])),
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(
        used.iter().all(|u| *u),
        "a reason is given for what is not found: {used:?}"
    );
}

/// Everything in a folder, by path; `None` if it is not there.
fn content(folder: &Path) -> Option<BTreeMap<PathBuf, Vec<u8>>> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    folder.is_dir().then(|| walk(folder, &mut found))?;
    Some(found)
}

#[test]
fn a_kill_at_any_time_leaves_the_bundle_as_it_was_or_as_it_is_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let image = IMAGE.to_owned();
    let arguments = |memory: &str| {
        let path = folder.path().join(format!("{memory}.yaml"));
        fs::write(&path, manifest("Deployment").replace("64Mi", memory)).unwrap();
        let path = path.display().to_string();
        [
            "emit",
            "I∘C∘S∘M∘Gk",
            "-w",
            &path,
            "--name",
            "shop",
            "-o",
            &bundle.display().to_string(),
        ]
        .map(str::to_owned)
    };
    let (one, other) = (arguments("64Mi"), arguments("128Mi"));
    let run = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let start = Instant::now();
    assert!(run(&one).wait().unwrap().success());
    let took = start.elapsed();
    let first = content(&bundle).unwrap();
    assert!(first.values().any(|f| String::from_utf8_lossy(f).contains(&image)));
    assert!(run(&other).wait().unwrap().success());
    let second = content(&bundle).unwrap();
    assert_ne!(first, second);
    // The same places in time whenever it runs, as far as the machine allows; late ones, as reading comes before writing.
    let mut state: u64 = 1;
    let (mut replaced, mut kept) = (0, 0);
    for round in 0..30 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = u32::try_from(state >> 54).unwrap() + 200;
        let before = content(&bundle).unwrap();
        let mut child = run(if round % 2 == 0 { &one } else { &other });
        thread::sleep(Duration::min(took * part / 1024, Duration::from_secs(2)));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = content(&bundle).unwrap_or_else(|| panic!("round {round}: the bundle is gone"));
        assert!(
            after == first || after == second,
            "round {round}: something else is there"
        );
        *(if after == before { &mut kept } else { &mut replaced }) += 1;
    }
    assert!(kept > 0, "{replaced} replaced");
    assert_eq!(stackwright(&["verify", &bundle.display().to_string()]).code, 0);
}

#[test]
fn a_full_disk_is_an_error_and_leaves_what_was_there() {
    let probe = Command::new("unshare").args(["--mount", "true"]).output();
    if !probe.is_ok_and(|o| o.status.success()) {
        return skipped("a mount namespace of its own needs more rights than these");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.yaml"), manifest("Deployment")).unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    // 64 KiB hold the small bundle once, not twice, and never the large one.
    let script = r#"
        set -eu
        mount -t tmpfs -o size=96k tmpfs disk
        emit() { "$PROGRAM" emit "$1" -w w.yaml --name shop -o disk/bundle >/dev/null 2>said; }
        if emit 'I∘C∘S∘M∘Otel∘P∘Gk'; then echo 'it fits'; exit 1; fi
        cat said
        test -z "$(ls -A disk)"
        emit 'I∘C∘S'
        before=$(cd disk/bundle && find . -type f -exec sha256sum {} + | sort)
        if emit 'I∘C∘S∘M∘Otel∘P∘Gk'; then echo 'it fits over it'; exit 1; fi
        test "$before" = "$(cd disk/bundle && find . -type f -exec sha256sum {} + | sort)"
        test "$(ls -A disk)" = bundle
    "#;
    let mut run = Command::new("unshare");
    run.args(["--mount", "sh", "-c", script]).current_dir(folder.path());
    let (good, text) = said(
        run.env("PROGRAM", env!("CARGO_BIN_EXE_stackwright"))
            .env("NO_COLOR", "1"),
    );
    assert!(
        good && text.contains("bundle::io") && text.contains("os error 28"),
        "{text}"
    );
}

/// Podman with a store of its own, and settings with which it works where processes may not raise their limits.
struct Podman {
    folder: tempfile::TempDir,
}

impl Podman {
    fn there() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let settings = "[containers]\ndefault_ulimits=[\"nofile=1024:1024\",\"nproc=1024:1024\"]\n[engine]\ncgroup_manager=\"cgroupfs\"\nruntime=\"runc\"\nevents_logger=\"file\"\n";
        fs::write(folder.path().join("containers.conf"), settings).unwrap();
        let podman = Self { folder };
        let (good, text) = podman.run(&["info"]);
        if !good {
            skipped(&format!(
                "podman does not work: {}",
                text.lines().last().unwrap_or("it is not installed")
            ));
            return None;
        }
        Some(podman)
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let at = |name: &str| self.folder.path().join(name);
        let mut command = Command::new("podman");
        command
            .arg("--root")
            .arg(at("store"))
            .arg("--runroot")
            .arg(at("run"))
            .arg("--tmpdir")
            .arg(at("tmp"))
            .args(arguments)
            .env("CONTAINERS_CONF", at("containers.conf"))
            .stdin(Stdio::null());
        match command.output() {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                (output.status.success(), text + &String::from_utf8_lossy(&output.stderr))
            }
            Err(error) => (false, error.to_string()),
        }
    }

    fn must(&self, arguments: &[&str]) -> String {
        let (good, text) = self.run(arguments);
        assert!(good, "podman {arguments:?}: {text}");
        text
    }

    /// An image with one program, and its digest.
    fn image(&self) -> Option<String> {
        let busybox = ["/bin/busybox", "/usr/bin/busybox"]
            .into_iter()
            .find(|p| Path::new(p).is_file());
        let Some(busybox) = busybox else {
            skipped("there is no busybox");
            return None;
        };
        let tar = self.folder.path().join("root.tar");
        let (good, text) = said(
            Command::new("tar")
                .arg("-C")
                .arg("/")
                .arg("-cf")
                .arg(&tar)
                .arg(&busybox[1..]),
        );
        assert!(good, "{text}");
        let entry = format!("ENTRYPOINT [\"{busybox}\"]");
        let tar = tar.display().to_string();
        self.must(&[
            "import",
            "-q",
            "-c",
            &entry,
            "-c",
            "USER 65532",
            &tar,
            "localhost/trial:1",
        ]);
        let digest = self.must(&["image", "inspect", "--format", "{{.Digest}}", "localhost/trial:1"]);
        Some(format!("localhost/trial@{}", digest.trim()))
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.run(&["pod", "rm", "--all", "--force", "--time", "0"]);
        // Layers are mounted below the store until it is told otherwise.
        let _ = self.run(&["rmi", "--all", "--force"]);
    }
}

#[test]
fn podman_plays_emitted_documents_and_their_layers_are_in_force() {
    let Some(podman) = Podman::there() else { return };
    let Some(image) = podman.image() else { return };
    let busybox = ["/bin/busybox", "/usr/bin/busybox"]
        .into_iter()
        .find(|p| Path::new(p).is_file())
        .unwrap();
    for (stack, filtered) in [("I∘C", None), ("I∘C∘S", Some("2"))] {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest("Deployment")
            .replace(IMAGE, &image)
            .replace("\"{{ x }}\"", "sleep, \"600\"")
            .replace("ports: [{ containerPort: 8080 }], ", "");
        let ran = emitted(folder.path(), stack, &manifest, &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document = folder.path().join("bundle/base/deployment.yaml");
        let text = fs::read_to_string(&document).unwrap();
        fs::write(&document, text.replace("replicas: 2", "replicas: 1")).unwrap();
        let document = document.display().to_string();
        podman.must(&["kube", "play", "--network", "none", &document]);
        let status = |name: &str| podman.run(&["exec", name, busybox, "cat", "/proc/1/status"]);
        let names = podman.must(&["ps", "--format", "{{.Names}}"]);
        let name = names
            .lines()
            .find(|n| n.ends_with("-app-1"))
            .unwrap_or_else(|| panic!("{names}"));
        let (good, text) = status(name);
        assert!(good, "{text}");
        let field = |key: &str| {
            let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("{key}: {text}"))
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        // C: namespaces of its own and no rights; S: a filter.
        assert_eq!(
            (field("CapEff").as_str(), field("NoNewPrivs").as_str()),
            ("0000000000000000", "1")
        );
        assert_eq!(field("Uid"), "65532");
        let limit = podman.must(&["inspect", "--format", "{{.HostConfig.Memory}}", name]);
        assert_eq!(limit.trim(), (64 << 20).to_string());
        if let Some(filtered) = filtered {
            assert_eq!(field("Seccomp"), filtered);
        }
        podman.must(&["kube", "down", &document]);
    }
}
