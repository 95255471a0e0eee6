//! `emit --target oci` and `image`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{command, json, stackwright};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder to become a root file system.
fn planted(folder: &Path) -> std::path::PathBuf {
    let tree = folder.join("tree");
    fs::create_dir_all(tree.join("bin")).unwrap();
    fs::write(tree.join("bin/program"), "#!/bin/sh\n").unwrap();
    tree
}

#[test]
fn a_stack_is_emitted_imported_and_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let tree = planted(folder.path());
    let emit = |output: &Path| {
        let arguments = [
            "emit",
            "C → S → C → I",
            "--workload",
            text(&tree),
            "--target",
            "oci",
            "--name",
            "demo",
        ];
        let more = ["-o", text(output), "--format", "json", "--", "/bin/program", "argument"];
        let ran = stackwright(&[&arguments[..], &more].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        json(&ran.stdout)
    };
    let (first, second) = (emit(&at("first")), emit(&at("second")));
    assert_eq!(first["digest"], second["digest"]);
    assert_eq!(first["display"], "I∘C∘S");
    assert!(first["layers"].as_array().unwrap().iter().all(|l| l["ok"] == true));
    let config = json(&fs::read_to_string(at("first/runtime/config.json")).unwrap());
    assert_eq!(
        config["process"]["args"],
        serde_json::json!(["/bin/program", "argument"])
    );
    assert_eq!(config["process"]["noNewPrivileges"], true);
    assert!(at("first/runtime/rootfs/bin/program").exists());

    let store = at("store");
    let image = |arguments: &[&str]| {
        let all = [&["image"], arguments, &["--store", text(&store), "--format", "json"]].concat();
        let ran = stackwright(&all);
        (ran.code, ran.stdout, ran.stderr)
    };
    let (code, _, error) = image(&["import", text(&at("first/image")), "--name", "mine"]);
    assert_eq!(code, 0, "{error}");
    let (_, listed, _) = image(&["list"]);
    assert_eq!(json(&listed)["images"][0]["name"], "mine");
    assert_eq!(json(&listed)["images"][0]["digest"], first["digest"]);
    let (code, said, error) = image(&["unpack", "mine", text(&at("root"))]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json(&said)["unpacked"]["layers"], 1);
    assert_eq!(fs::read_to_string(at("root/bin/program")).unwrap(), "#!/bin/sh\n");
    // The folder is there now.
    assert_eq!(image(&["unpack", "mine", text(&at("root"))]).0, 2);
    let (code, _, error) = image(&["unpack", "other", text(&at("elsewhere"))]);
    assert_eq!(code, 2);
    assert!(error.contains("there is `mine`"), "{error}");
    assert_eq!(image(&["remove", "mine"]).0, 0);
    assert_eq!(json(&image(&["gc"]).1)["collected"]["removed"], 3);
}

#[test]
fn what_a_bundle_cannot_say_is_not_emitted() {
    let folder = tempfile::tempdir().unwrap();
    let tree = planted(folder.path());
    let output = folder.path().join("bundle");
    for (word, operator) in [("I∘C∘S∘M", "M: "), ("I∘S∘C", "S: "), ("I∘C∘V", "C: "), ("I∘C∘W", "W: ")]
    {
        let ran = stackwright(&[
            "emit",
            word,
            "--workload",
            text(&tree),
            "--target",
            "oci",
            "-o",
            text(&output),
            "--",
            "/x",
        ]);
        assert_eq!(ran.code, 1, "{word}");
        assert!(
            ran.stderr.contains("emit::unexpressed") && ran.stderr.contains(operator),
            "{}",
            ran.stderr
        );
        assert!(!output.exists());
    }
}

#[test]
fn programs_for_several_processors_become_one_image() {
    let folder = tempfile::tempdir().unwrap();
    let tree = planted(folder.path());
    let output = folder.path().join("bundle");
    let (first, second) = (
        format!("linux/amd64={}", text(&tree)),
        format!("linux/arm64={}", text(&tree)),
    );
    let arguments = [
        "emit",
        "I",
        "--workload",
        &first,
        "--workload",
        &second,
        "--target",
        "oci",
        "-o",
        text(&output),
    ];
    let ran = stackwright(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let index = json(&fs::read_to_string(output.join("image/index.json")).unwrap());
    assert_eq!(
        index["manifests"][0]["mediaType"],
        "application/vnd.oci.image.index.v1+json"
    );
    assert!(!output.join("runtime").exists());
    // Nothing is written over.
    assert_eq!(stackwright(&arguments).code, 2);
}

/// An image of a tree with a shell, an account and a marker.
fn image_with_a_shell(folder: &Path) -> Option<std::path::PathBuf> {
    let busybox = Path::new("/bin/busybox");
    if !crate::runs::there(busybox.to_str().unwrap()) {
        return None;
    }
    let tree = folder.join("tree");
    for directory in ["bin", "etc", "srv"] {
        fs::create_dir_all(tree.join(directory)).unwrap();
    }
    fs::copy(busybox, tree.join("bin/busybox")).unwrap();
    for name in ["sh", "id", "cat", "pwd", "env"] {
        std::os::unix::fs::symlink("busybox", tree.join("bin").join(name)).unwrap();
    }
    let accounts = "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/srv:/bin/sh\n";
    fs::write(tree.join("etc/passwd"), accounts).unwrap();
    fs::write(tree.join("srv/marker"), "of the image\n").unwrap();
    let emitted = folder.join("emitted");
    let head = [
        "emit",
        "I",
        "--workload",
        text(&tree),
        "--target",
        "oci",
        "--user",
        "app",
    ];
    let tail = [
        "--env",
        "COLOUR=blue",
        "--name",
        "demo",
        "-o",
        text(&emitted),
        "--",
        "/bin/sh",
        "-c",
        SAYS,
    ];
    let ran = stackwright(&[&head[..], &tail].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    Some(emitted.join("image"))
}

/// What the image starts.
const SAYS: &str = "id -u; id -g; pwd; cat /srv/marker; echo $COLOUR $HOME; echo changed > /srv/marker || true";

#[test]
fn an_image_is_run_under_every_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Some(image) = image_with_a_shell(folder.path()) else {
        return;
    };
    let archive = folder.path().join("demo.tar");
    let packed = Command::new("tar")
        .arg("-cf")
        .arg(&archive)
        .arg("-C")
        .arg(&image)
        .arg(".")
        .status();
    assert!(packed.unwrap().success());
    let run = |arguments: &[&str]| {
        let mut command = command(&[&["run", "--format", "json"], arguments].concat());
        let output = command
            .env("STACKWRIGHT_STATE", &state)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), error)
    };
    for (word, driver, program) in [
        ("I∘C∘S", "", "true"),
        ("I∘C", "C=runc", "runc"),
        ("I∘C∘S", "C=crun", "crun"),
        ("I∘G", "", "runsc"),
        ("I∘Ns", "", "true"),
    ] {
        if !crate::runs::there(program) {
            continue;
        }
        let driver = if driver.is_empty() {
            vec![]
        } else {
            vec!["--driver", driver]
        };
        for image in [text(&image), text(&archive)] {
            let arguments = [&[word, "--image", image, "--workdir", "/srv"], driver.as_slice()].concat();
            let (code, said, error) = run(&arguments);
            assert_eq!(code, Some(0), "{word} {driver:?}: {error}");
            let report = json(&said);
            assert_eq!(
                report["stdout"], "1000\n1001\n/srv\nof the image\nblue /srv\n",
                "{word} {driver:?}: {report}"
            );
            assert_eq!(report["layers"][0]["operator"], "I");
            assert!(
                report["layers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|l| l["in_force"] == true),
                "{report}"
            );
        }
    }
    // A command is for the image's entry point; here there is none. What was changed is gone.
    let (code, said, error) = run(&[
        "I∘C",
        "--image",
        text(&image),
        "--env",
        "HOME=/x",
        "--",
        "sh",
        "-c",
        "env; cat /srv/marker",
    ]);
    assert_eq!(code, Some(0), "{error}");
    let stdout = json(&said)["stdout"].as_str().unwrap().to_owned();
    assert!(
        stdout.contains("HOME=/x\n") && stdout.ends_with("of the image\n"),
        "{stdout}"
    );
    // It was unpacked once, and is freed when nobody runs it.
    assert_eq!(unpacked(&state), 1);
    let collected = command(&[
        "image",
        "gc",
        "--store",
        text(&folder.path().join("store")),
        "--format",
        "json",
    ])
    .env("STACKWRIGHT_STATE", &state)
    .output();
    assert_eq!(json(&String::from_utf8(collected.unwrap().stdout).unwrap())["roots"], 1);
    assert_eq!(unpacked(&state), 0);
}

fn unpacked(state: &Path) -> usize {
    let entries = fs::read_dir(state.join("roots")).unwrap().flatten();
    entries.filter(|entry| entry.path().is_dir()).count()
}

#[test]
fn an_image_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some(image) = image_with_a_shell(folder.path()) else {
        return;
    };
    for (arguments, why) in [
        (
            &["I∘S", "--image", text(&image)][..],
            "a root file system for the image",
        ),
        (&["I∘C", "--", "true"], "a command by itself is no image"),
        (&["I∘C", "--image", "./nowhere"], "is no image layout"),
        (
            &["I∘C", "--image", text(&image), "--workdir", "/nowhere"],
            "the folder `/nowhere`",
        ),
    ] {
        let mut command = command(&[&["run"], arguments].concat());
        let output = command
            .env("STACKWRIGHT_STATE", folder.path().join("state"))
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.replace('\n', " ").contains(why), "{arguments:?}: {error}");
    }
}
