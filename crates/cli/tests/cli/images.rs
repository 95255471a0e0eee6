//! `emit --target oci` and `image`.

use std::fs;
use std::path::Path;

use crate::{json, stackwright};

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
