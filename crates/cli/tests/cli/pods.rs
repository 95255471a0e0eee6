//! Bundles for clusters that podman plays on this host: real containers, looked at before their commands are started.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::background::eventually;
use crate::clusters::skipped;
use crate::{command, json};

/// Podman with a store and settings of its own, an image in it, and this program with a folder of runs of its own.
struct World {
    folder: tempfile::TempDir,
    image: String,
}

impl World {
    fn there() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let busybox = ["/bin/busybox", "/usr/bin/busybox"]
            .into_iter()
            .find(|p| Path::new(p).is_file());
        let Some(busybox) = busybox else {
            skipped("there is no busybox");
            return None;
        };
        let settings = format!(
            "[containers]\ndefault_ulimits=[\"nofile=1024:1024\",\"nproc=1024:1024\"]\n[engine]\ncgroup_manager=\"cgroupfs\"\nevents_logger=\"file\"\ntmp_dir={:?}\nvolume_path={:?}\n",
            at("tmp"),
            at("volumes")
        );
        fs::write(at("containers.conf"), settings).unwrap();
        let storage = format!(
            "[storage]\ndriver=\"overlay\"\ngraphroot={:?}\nrunroot={:?}\n",
            at("store"),
            at("run")
        );
        fs::write(at("storage.conf"), storage).unwrap();
        let mut world = Self {
            folder,
            image: String::new(),
        };
        let info = world.podman(&["info"]);
        if !info.as_ref().is_ok_and(|output| output.status.success()) {
            let why = info.map_or_else(|e| e.to_string(), |output| said(&output.stderr));
            skipped(&format!(
                "podman does not work: {}",
                why.lines().last().unwrap_or_default()
            ));
            return None;
        }
        let tar = world.at("root.tar");
        let packed = Command::new("tar")
            .args(["-C", "/", "-cf"])
            .arg(&tar)
            .arg(&busybox[1..])
            .status();
        assert!(packed.unwrap().success());
        let entry = format!("ENTRYPOINT [\"{busybox}\"]");
        let tar = tar.display().to_string();
        world.must(&[
            "import",
            "-q",
            "-c",
            &entry,
            "-c",
            "USER 65532",
            &tar,
            "localhost/trial:1",
        ]);
        let digest = world.must(&["image", "inspect", "--format", "{{.Digest}}", "localhost/trial:1"]);
        world.image = format!("localhost/trial@{}", digest.trim());
        Some(world)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn with_settings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("CONTAINERS_CONF", self.at("containers.conf"))
            .env("CONTAINERS_STORAGE_CONF", self.at("storage.conf"))
            .env("STACKWRIGHT_STATE", self.at("state"))
            .env("XDG_DATA_HOME", self.at("data"))
            .stdin(Stdio::null())
    }

    fn podman(&self, arguments: &[&str]) -> std::io::Result<Output> {
        self.with_settings(Command::new("podman").args(arguments)).output()
    }

    fn must(&self, arguments: &[&str]) -> String {
        let output = self.podman(arguments).unwrap();
        assert!(
            output.status.success(),
            "podman {arguments:?}: {}",
            said(&output.stderr)
        );
        said(&output.stdout)
    }

    /// This program.
    fn ours(&self, arguments: &[&str]) -> Ran {
        let output = self.with_settings(&mut command(arguments)).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: said(&output.stdout),
            stderr: said(&output.stderr),
        }
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = command(arguments);
        self.with_settings(&mut command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// A bundle for a deployment that runs this script, and further fields of its pod.
    fn bundle(&self, stack: &str, script: &str, more: &str) -> String {
        self.emitted(stack, &self.deployment(script, more))
    }

    fn deployment(&self, script: &str, more: &str) -> String {
        let script = Value::from(script);
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: shop }}\nspec: {{ replicas: 2, template: {{ metadata: {{}}, spec: {{ {more} containers: [{{ name: app, image: {:?}, args: [sh, -c, {script}], resources: {{ limits: {{ memory: 64Mi }} }} }}] }} }} }}\n",
            self.image
        )
    }

    fn emitted(&self, stack: &str, manifest: &str) -> String {
        fs::write(self.at("workload.yaml"), manifest).unwrap();
        let (file, out) = (
            self.at("workload.yaml").display().to_string(),
            self.at("bundle").display().to_string(),
        );
        let ran = self.ours(&["emit", stack, "--workload", &file, "--name", "shop", "-o", &out]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        out
    }

    /// Nothing is left of any run.
    fn is_clean(&self) {
        assert_eq!(self.must(&["pod", "ps", "--quiet"]), "");
        assert_eq!(self.must(&["volume", "ls", "--quiet"]), "");
        let left: Vec<_> = fs::read_dir(self.at("state")).into_iter().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.podman(&["pod", "rm", "--all", "--force", "--time", "0"]);
        // Layers are mounted below the store until it is told otherwise.
        let _ = self.podman(&["rmi", "--all", "--force"]);
    }
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The layers of a report, each with whether it was in force.
fn layers(report: &Value) -> Vec<(&str, bool)> {
    let layers = report["layers"].as_array().unwrap();
    layers
        .iter()
        .map(|l| (l["operator"].as_str().unwrap(), l["in_force"] == true))
        .collect()
}

fn how(report: &Value, operator: &str) -> String {
    let layers = report["layers"].as_array().unwrap();
    let layer = layers.iter().find(|layer| layer["operator"] == operator);
    layer.unwrap_or_else(|| panic!("{operator}: {report}"))["how"].to_string()
}

/// A message whose lines were broken where they are long.
fn whole(text: &str) -> String {
    text.replace(['\n', '│'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

const SCRIPT: &str = "echo out; echo err >&2; cat /proc/self/status; exit $CODE";

#[test]
fn a_pod_runs_under_its_stack_with_output_and_code() {
    let Some(world) = World::there() else { return };
    for (stack, code, expected) in [
        ("I∘C", "3", vec![("I", true), ("C", true)]),
        ("I∘C∘S", "0", vec![("I", true), ("C", true), ("S", true)]),
    ] {
        let bundle = world.bundle(stack, SCRIPT, "");
        let env = format!("CODE={code}");
        let ran = world.ours(&["run", &bundle, "--env", &env, "--format", "json"]);
        assert_eq!(ran.code, code.parse().ok(), "{}{}", ran.stdout, ran.stderr);
        let report = json(&ran.stdout);
        assert_eq!(layers(&report), expected);
        assert_eq!(
            (&report["ok"], &report["exit_code"]),
            (&(code == "0").into(), &code.parse::<i32>().unwrap().into())
        );
        let output = report["stdout"].as_str().unwrap();
        assert!(output.starts_with("out\n") && report["stderr"] == "err\n", "{report}");
        // What it sees of itself is what was seen of it.
        for line in [
            "Uid:\t65532",
            "CapBnd:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
        ] {
            assert!(output.contains(line), "{line}: {output}");
        }
        let container = how(&report, "C");
        for seen in [
            "net namespace",
            "no interface but loopback",
            "memory limit 67108864",
            "user 65532",
        ] {
            assert!(container.contains(seen), "{seen}: {container}");
        }
        let findings = report["findings"].to_string();
        for named in [
            "asks for 2 pods; one is played",
            "NetworkPolicy shop is left out",
            "ServiceAccount shop",
        ] {
            assert!(findings.contains(named), "{named}: {findings}");
        }
        let metrics = report["metrics"].to_string();
        assert!(
            metrics.contains("cold_start") && metrics.contains("run_time"),
            "{metrics}"
        );
        assert_eq!(world.ours(&["verify", &bundle, "--quiet"]).code, Some(0));
        world.is_clean();
    }
    // Its arguments can be others.
    let bundle = world.at("bundle").display().to_string();
    let ran = world.ours(&["run", &bundle, "--", "echo", "other"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "other\n"), "{}", ran.stderr);
}

#[test]
fn a_class_is_played_by_its_own_runtime() {
    let Some(world) = World::there() else { return };
    if Command::new("runsc").arg("--version").output().is_err() {
        return skipped("there is no runsc");
    }
    for (stack, filter) in [("I∘G∘C", "0"), ("I∘G∘C∘S", "2")] {
        let bundle = world.bundle(stack, "cat /proc/version; grep Seccomp: /proc/self/status; exit 7", "");
        let ran = world.ours(&["run", &bundle, "--format", "json"]);
        assert_eq!(ran.code, Some(7), "{}{}", ran.stdout, ran.stderr);
        let report = json(&ran.stdout);
        assert!(layers(&report).iter().all(|(_, in_force)| *in_force), "{report}");
        assert!(how(&report, "G").contains("runsc"), "{report}");
        // The kernel that answers is not the host's, and applies the filter.
        let output = report["stdout"].as_str().unwrap();
        assert!(
            !output.contains(fs::read_to_string("/proc/version").unwrap().trim()),
            "{output}"
        );
        assert!(output.contains(&format!("Seccomp:\t{filter}")), "{output}");
        world.is_clean();
    }
}

#[test]
fn without_settings_podman_is_told_to_keep_to_the_limits_that_are_there() {
    let Some(world) = World::there() else { return };
    let bundle = world.bundle("I∘C", "echo out", "");
    let mut run = command(&["run", &bundle]);
    let run = world.with_settings(&mut run).env_remove("CONTAINERS_CONF");
    let run = run.env_remove("XDG_CONFIG_HOME").env("HOME", world.at("home"));
    let output = run.output().unwrap();
    assert_eq!(said(&output.stdout), "out\n", "{}", said(&output.stderr));
    world.is_clean();
}

#[test]
fn a_filter_that_is_loaded_late_is_seen_when_commands_begin() {
    let Some(world) = World::there() else { return };
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("crun") || !there("unshare") {
        return skipped("there is no crun, or no unshare");
    }
    let more = format!(
        "runtimeClassName: crun, initContainers: [{{ name: first, image: {:?}, args: [sh, -c, \"sleep 0.2\"], resources: {{ limits: {{ memory: 32Mi }} }} }}],",
        world.image
    );
    let bundle = world.bundle("I∘C∘S", "grep Seccomp: /proc/self/status; sleep 0.2; exit 8", &more);
    // Crun does not take both versions of control groups at once.
    let hide = "umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"";
    let mut hidden = Command::new("unshare");
    hidden.args([
        "--mount",
        "sh",
        "-c",
        hide,
        "sh",
        env!("CARGO_BIN_EXE_stackwright"),
        "run",
        &bundle,
        "--format",
        "json",
    ]);
    let output = world.with_settings(&mut hidden).output().unwrap();
    let (text, errors) = (said(&output.stdout), said(&output.stderr));
    if errors.contains("unshare") {
        return skipped("a mount namespace of its own needs more rights than these");
    }
    assert_eq!(output.status.code(), Some(8), "{text}{errors}");
    let report = json(&text);
    assert_eq!(layers(&report), [("I", true), ("C", true), ("S", true)], "{report}");
    assert_eq!(report["stdout"], "Seccomp:\t2\n", "{report}");
    assert!(
        how(&report, "C").contains("crun") && how(&report, "S").contains("the container first"),
        "{report}"
    );
    world.is_clean();
}

#[test]
fn what_this_host_cannot_give_is_refused_before_anything_starts() {
    let Some(world) = World::there() else { return };
    for (stack, says) in [
        (
            "V∘C∘S",
            vec![
                "layer V",
                "kata-qemu",
                "no program that podman could call",
                "--degraded",
            ],
        ),
        ("I∘C∘M", vec!["layer M", "nothing that would be M", "--degraded"]),
        ("I∘C∘Gk", vec!["layer Gk"]),
    ] {
        let bundle = world.bundle(stack, "echo started", "");
        let ran = world.ours(&["run", &bundle]);
        let text = whole(&ran.stderr);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{stack}: {text}");
        for says in says {
            assert!(text.contains(says), "{stack}: {says}: {text}");
        }
    }
    let bundle = world.bundle("V∘C∘S", "echo started", "");
    let ran = world.ours(&["run", &bundle, "--degraded", "--format", "json"]);
    let report = json(&ran.stdout);
    assert_eq!((ran.code, &report["ok"]), (Some(0), &false.into()), "{report}");
    assert_eq!(layers(&report), [("V", false), ("C", true), ("S", true)]);
    assert!(report["findings"].to_string().contains("played by"), "{report}");
    let unknown = world
        .deployment("true", "")
        .replace(&world.image, &format!("localhost/other@sha256:{}", "0".repeat(64)));
    let bundle = world.emitted("I∘C", &unknown);
    let ran = world.ours(&["run", &bundle]);
    assert!(
        ran.code == Some(3) && ran.stderr.contains("drive::image"),
        "{}",
        ran.stderr
    );
    assert!(whole(&ran.stderr).contains("podman pull localhost/"), "{}", ran.stderr);
    let ran = world.ours(&["run", &bundle, "--memory-limit", "1MB"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("run::argument"),
        "{}",
        ran.stderr
    );
    let document = Path::new(&bundle).join("base/deployment.yaml");
    let text = fs::read_to_string(&document).unwrap();
    fs::write(&document, text.replace("64Mi", "640Mi")).unwrap();
    let ran = world.ours(&["run", &bundle]);
    assert!(
        ran.code == Some(1) && ran.stderr.contains("bundle::changed"),
        "{}",
        ran.stderr
    );
    world.is_clean();
}

#[test]
fn a_profile_of_the_bundle_is_the_filter() {
    let Some(world) = World::there() else { return };
    // The bundle's own filter is what the workload is seen to need: here it is written into the document.
    let more = "securityContext: { seccompProfile: { type: Localhost, localhostProfile: operator/shop.json } },";
    let bundle = PathBuf::from(world.bundle("I∘C∘S", "mkdir /tmp; echo $?", more));
    let ran = world.ours(&["run", &bundle.display().to_string()]);
    assert!(
        ran.code == Some(3) && whole(&ran.stderr).contains("no profile operator/shop.json"),
        "{}",
        ran.stderr
    );
    let profile = r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}"#;
    fs::create_dir_all(bundle.join("node/seccomp")).unwrap();
    fs::write(bundle.join("node/seccomp/shop.json"), profile).unwrap();
    let path = bundle.join("stackwright.lock.json");
    let mut lock = json(&fs::read_to_string(&path).unwrap());
    let digest = Command::new("sha256sum")
        .arg(bundle.join("node/seccomp/shop.json"))
        .output()
        .unwrap();
    let digest = format!("sha256:{}", &said(&digest.stdout)[..64]);
    let file = serde_json::json!({ "path": "node/seccomp/shop.json", "digest": digest, "size": profile.len() });
    lock["files"].as_array_mut().unwrap().push(file);
    fs::write(&path, lock.to_string()).unwrap();
    let ran = world.ours(&["run", &bundle.display().to_string(), "--format", "json"]);
    let report = json(&ran.stdout);
    assert_eq!(report["ok"], true, "{report}");
    assert!(how(&report, "S").contains("is that of operator/shop.json"), "{report}");
    // EOPNOTSUPP, as only this profile says.
    assert!(report["stderr"].as_str().unwrap().contains("not supported"), "{report}");
}

#[test]
fn containers_of_a_pod_run_in_order_with_their_files() {
    let Some(world) = World::there() else { return };
    let other = |name: &str, script: &str, more: &str| {
        format!(
            "{{ name: {name}, image: {:?}, args: [sh, -c, {:?}], volumeMounts: [{{ name: common, mountPath: /common }}], {more} resources: {{ limits: {{ memory: 32Mi }} }} }}",
            world.image, script
        )
    };
    let more = format!(
        "volumes: [{{ name: common, emptyDir: {{}} }}], initContainers: [{}, {}],",
        other("first", "echo first; echo made > /common/file", ""),
        other("beside", "echo beside; sleep 600", "restartPolicy: Always,"),
    );
    let manifest = world.deployment("cat /common/file; exit 4", &more).replace(
        "name: app,",
        "name: app, volumeMounts: [{ name: common, mountPath: /common, readOnly: true }],",
    );
    let bundle = world.emitted("I∘C", &manifest);
    let ran = world.ours(&["run", &bundle, "--format", "json"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.stdout, ran.stderr);
    let report = json(&ran.stdout);
    let output = report["stdout"].as_str().unwrap();
    assert!(
        output.starts_with("first\n") && output.contains("made\n") && output.contains("beside\n"),
        "{output}"
    );
    assert!(
        how(&report, "C").contains("the same of the container first"),
        "{report}"
    );
    world.is_clean();
    // What comes before fails: the workload is not started.
    let bundle = world.emitted("I∘C", &manifest.replace("echo first;", "exit 9;"));
    let ran = world.ours(&["run", &bundle, "--format", "json"]);
    let report = json(&ran.stdout);
    assert_eq!((ran.code, &report["stdout"]), (Some(9), &"".into()), "{report}");
    assert!(
        report["findings"].to_string().contains("the workload was not started"),
        "{report}"
    );
    world.is_clean();
}

/// A program that ends with the code 6 and needs nothing.
fn six() -> Vec<u8> {
    let (entry, length) = (0x40_0078_u64, 0x84_u64);
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    for number in [entry, 64, 0] {
        bytes.extend(number.to_le_bytes());
    }
    // No flags; sizes and numbers of headers; one segment that is read and executed.
    bytes.extend(b"\0\0\0\0\x40\0\x38\0\x01\0\x40\0\0\0\0\0\x01\0\0\0\x05\0\0\0");
    for number in [0, 0x40_0000, 0x40_0000, length, length, 0x1000] {
        bytes.extend(number.to_le_bytes());
    }
    // exit(6)
    bytes.extend(b"\xbf\x06\0\0\0\xb8\x3c\0\0\0\x0f\x05");
    bytes
}

#[test]
fn a_workload_that_was_packaged_with_its_bundle_is_loaded_from_it() {
    let Some(world) = World::there() else { return };
    if cfg!(not(target_arch = "x86_64")) {
        return skipped("the program is one for x86-64");
    }
    let program = world.at("six");
    fs::write(&program, six()).unwrap();
    let (program, out) = (program.display().to_string(), world.at("bundle").display().to_string());
    let ran = world.ours(&[
        "emit",
        "I∘C∘S",
        "--workload",
        &program,
        "--name",
        "shop",
        "--image",
        "localhost/shop",
        "-o",
        &out,
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = world.ours(&["run", &out, "--format", "json"]);
    assert_eq!(ran.code, Some(6), "{}", ran.stderr);
    assert_eq!(world.ours(&["verify", &out, "--quiet"]).code, Some(0));
    let report = json(&ran.stdout);
    let lock = fs::read_to_string(world.at("bundle/base/deployment.yaml")).unwrap();
    let digest = lock
        .lines()
        .find_map(|line| line.split_once("image: ")?.1.split_once('@'))
        .unwrap()
        .1;
    assert!(how(&report, "I").contains(digest), "{report}");
    world.is_clean();
}

#[test]
fn a_run_ends_when_it_is_asked_to_and_at_its_limit() {
    let Some(world) = World::there() else { return };
    let bundle = world.bundle(
        "I∘C∘S",
        "trap 'echo asked; exit 5' TERM; echo ready; while :; do sleep 0.05; done",
        "",
    );
    let mut child = world.spawn(&["run", &bundle]);
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(line, "ready\n");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(5));
    std::io::Read::read_to_string(&mut output, &mut line).unwrap();
    assert_eq!(line, "ready\nasked\n");
    let bundle = world.bundle("I∘C", "sleep 600", "");
    let ran = world.ours(&["run", &bundle, "--time-limit", "2s"]);
    assert_eq!(ran.code, Some(124), "{}", ran.stderr);
    world.is_clean();
}

#[test]
fn runs_in_the_background_and_what_a_killed_one_leaves() {
    let Some(world) = World::there() else { return };
    let bundle = world.bundle("I∘C", "echo ready; sleep 600", "");
    let runs: Vec<String> = [1, 2]
        .map(|_| {
            let ran = world.ours(&["run", "--detach", &bundle]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            ran.stdout.trim().to_owned()
        })
        .into();
    let state = |id: &str| {
        let all = json(&world.ours(&["ps", "--format", "json"]).stdout);
        let run = all["runs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|run| run["id"] == id)
            .cloned();
        run.unwrap_or_else(|| panic!("{id}: {all}"))
    };
    for id in &runs {
        let run = state(id);
        assert_eq!(
            (&run["state"], &run["program"]),
            (&"running".into(), &"shop".into()),
            "{run}"
        );
        assert!(run["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{run}");
        eventually("its output", || {
            (world.ours(&["logs", id]).stdout == "ready\n").then_some(())
        });
    }
    let ran = world.ours(&["exec", &runs[0], "--", "true"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("podman"), "{}", ran.stderr);
    // Asked to end, the first ends; killed, the second leaves what `gc` takes away.
    assert_eq!(world.ours(&["stop", &runs[0]]).code, Some(0));
    assert_eq!(state(&runs[0])["state"], "ended");
    assert_eq!(world.ours(&["rm", &runs[0]]).code, Some(0));
    let supervisor = state(&runs[1])["supervisor"].to_string();
    assert!(
        Command::new("kill")
            .args(["-KILL", &supervisor])
            .status()
            .unwrap()
            .success()
    );
    eventually("a run that is left", || {
        (state(&runs[1])["state"] == "left").then_some(())
    });
    assert!(world.must(&["pod", "ps", "--noheading"]).contains(&runs[1]));
    // Somebody else's environment does not matter.
    let mut gc = command(&["gc"]);
    let gc = gc
        .env("STACKWRIGHT_STATE", world.at("state"))
        .process_group(0)
        .output()
        .unwrap();
    assert!(said(&gc.stdout).contains(&runs[1]), "{}", said(&gc.stderr));
    world.is_clean();
}
