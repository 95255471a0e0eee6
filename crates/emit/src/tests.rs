use stackwright_spec::plan::{PlannedGrades, PlannedRealization};

use super::*;

const REQUIREMENT: &str = "apiVersion: stackwright/v1\nkind: Requirement\nname: demo\ntarget: oci\nworkload: { wasm: demo.wasm, args: [a], env: { K: v } }\nconstraints: { metrics: { memory: < 50MB } }\n";

fn plan() -> Plan {
    let realization = |id: &str, word: &str| PlannedRealization {
        id: id.to_owned(),
        word: word.to_owned(),
        summary: "a layer".to_owned(),
    };
    Plan {
        normal_form: ["I", "C", "S", "W"].map(str::to_owned).to_vec(),
        display: "I∘C∘S∘W".to_owned(),
        realizations: vec![
            realization("embedded-image", "I"),
            realization("embedded-container", "C"),
            realization("embedded-sandbox", "S"),
            realization("embedded-wasmtime", "W"),
        ],
        technologies: Vec::new(),
        grades: PlannedGrades {
            latency: Some(5),
            security: 4,
            observability: 4,
        },
        grade_display: "5▼-4▼-4▼".to_owned(),
        metrics: Vec::new(),
        nodes: Vec::new(),
        why: Vec::new(),
        binding: Vec::new(),
        gives_up: Vec::new(),
        risks: vec!["something".to_owned()],
    }
}

fn emitted(plan: &Plan, requirement: &str) -> Result<Vec<BundleFile>, EmitError> {
    let catalog = Catalog::builtin().unwrap();
    let requirement = Requirement::read("r.yaml", requirement.as_bytes(), catalog).unwrap();
    emit(&Emission {
        plan,
        requirement: &requirement,
        catalog,
        workload: b"\0asm\x01\0\0\0",
        generator: "test 0",
        cluster: &ClusterOptions::default(),
    })
}

#[test]
fn the_layout_is_content_addressed_and_complete() {
    let files = emitted(&plan(), REQUIREMENT).unwrap();
    let text = |path: &str| String::from_utf8(files.iter().find(|f| f.path == path).unwrap().content.clone()).unwrap();
    for file in files.iter().filter(|f| f.path.starts_with("image/blobs/sha256/")) {
        assert_eq!(
            format!("sha256:{}", file.path.rsplit('/').next().unwrap()),
            sha256(&file.content)
        );
    }
    let index: serde_json::Value = serde_json::from_str(&text("image/index.json")).unwrap();
    let manifest = index["manifests"][0]["digest"]
        .as_str()
        .unwrap()
        .replace("sha256:", "image/blobs/sha256/");
    let manifest: serde_json::Value = serde_json::from_str(&text(&manifest)).unwrap();
    let layer = &manifest["layers"][0];
    assert_eq!(layer["mediaType"], "application/wasm");
    assert_eq!(layer["digest"], sha256(b"\0asm\x01\0\0\0").as_str());
    let lock: Lock = serde_json::from_str(&text(LOCK_FILE)).unwrap();
    assert_eq!(lock.workload.digest, layer["digest"].as_str().unwrap());
    assert_eq!(lock.workload.memory_bytes, Some(50_000_000));
    assert_eq!(lock.files.len(), files.len() - 1);
    for locked in &lock.files {
        let file = files.iter().find(|f| f.path == locked.path).unwrap();
        assert_eq!(
            (locked.digest.as_str(), locked.size),
            (sha256(&file.content).as_str(), file.content.len() as u64)
        );
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    assert_eq!(
        emitted(&plan(), REQUIREMENT).unwrap(),
        emitted(&plan(), REQUIREMENT).unwrap()
    );
}

#[test]
fn what_cannot_be_emitted_is_refused() {
    let mut other = plan();
    other.realizations[1].id = "runc-container".to_owned();
    assert_eq!(emitted(&other, REQUIREMENT).unwrap_err().code(), "emit::realization");
    let binary = REQUIREMENT.replace("wasm: demo.wasm", "binary: demo");
    assert_eq!(emitted(&plan(), &binary).unwrap_err().code(), "emit::workload");
    let kubernetes = REQUIREMENT.replace("target: oci", "target: kubernetes");
    assert_eq!(emitted(&plan(), &kubernetes).unwrap_err().code(), "emit::realization");
    let host = REQUIREMENT.replace("target: oci", "target: host");
    assert_eq!(emitted(&plan(), &host).unwrap_err().code(), "emit::target");
}
