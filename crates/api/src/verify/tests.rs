#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use stackwright_algebra::OperatorId;
use stackwright_catalog::model::Target;
use stackwright_emit::{ClusterOptions, Emission, EmitError, emit};
use stackwright_spec::bundle::BundleFile;
use stackwright_spec::requirement::{Requirement, WorkloadFile};
use stackwright_spec::workload::Port;

use super::*;
use crate::landing::plan_of;

mod guards;
mod suites;
mod workloads;

const IMAGE: &str = "registry.example/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap()
}

fn word(text: &str) -> Vec<OperatorId> {
    catalog().normalize(&Source::new("<word>", text)).unwrap()
}

fn requirement() -> Requirement {
    let file = WorkloadFile {
        image: Some(IMAGE.to_owned()),
        ..WorkloadFile::default()
    };
    let mut requirement = Requirement::of("shop", file, Target::Kubernetes);
    requirement.ports = vec![Port::parse("8080").unwrap()];
    requirement
}

fn files(stack: &str, options: &ClusterOptions, with: &[&str]) -> Result<Vec<BundleFile>, EmitError> {
    let with: Vec<String> = with.iter().map(|w| (*w).to_owned()).collect();
    let plan = plan_of(catalog(), &word(stack), Target::Kubernetes, None, &with).unwrap();
    emit(&Emission {
        plan: &plan,
        requirement: &requirement(),
        catalog: catalog(),
        workload: b"",
        generator: "test 0",
        cluster: options,
    })
}

/// Writes a bundle as it is, without the care that a real one takes.
fn write(folder: &Path, files: &[BundleFile]) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.content).unwrap();
    }
}

fn verified(files: &[BundleFile], options: &Options) -> Verification {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    verify(folder.path(), catalog(), options).unwrap()
}

fn errors(verification: &Verification) -> Vec<String> {
    let errors = verification.findings.iter().filter(|f| f.severity == Severity::Error);
    errors.map(|f| format!("{}: {}", f.r#where, f.what)).collect()
}

#[test]
fn the_documents_main_stacks_come_back() {
    for stack in ["I∘C∘S∘M", "V∘S∘C∘M", "V∘C∘S∘M", "I∘C∘S∘W", "I∘C∘S∘Am", "I∘C∘S∘M∘Gk"]
    {
        let verification = verified(
            &files(stack, &ClusterOptions::default(), &[]).unwrap(),
            &Options::default(),
        );
        assert!(verification.ok, "{stack}: {:#?}", verification.findings);
    }
}

/// Normal forms of at most four letters that the catalogue can realize on a cluster.
fn forms() -> BTreeSet<Vec<OperatorId>> {
    let algebra = catalog().algebra();
    let mut forms = BTreeSet::new();
    let mut words: Vec<Vec<OperatorId>> = vec![Vec::new()];
    for _ in 0..4 {
        let mut longer = Vec::new();
        for word in &words {
            for id in algebra.ids() {
                let next: Vec<OperatorId> = word.iter().copied().chain([id]).collect();
                if let Ok(normal) = catalog().automaton().normalize(algebra, &next) {
                    // Every prefix of a normal form is one, so only those need be continued.
                    if normal == next && forms.insert(next.clone()) {
                        longer.push(next);
                    }
                }
            }
        }
        words = longer;
    }
    forms
}

#[test]
fn every_realizable_form_of_four_operators_is_written_and_comes_back() {
    let (mut written, mut without, mut hindered) = (0, 0, BTreeMap::<String, usize>::new());
    let mut failed = Vec::new();
    for form in forms() {
        let display = catalog().algebra().display(&form);
        let Ok(plan) = plan_of(catalog(), &form, Target::Kubernetes, None, &[]) else {
            without += 1;
            continue;
        };
        let emitted = emit(&Emission {
            plan: &plan,
            requirement: &requirement(),
            catalog: catalog(),
            workload: b"",
            generator: "test 0",
            cluster: &ClusterOptions::default(),
        });
        let files = match emitted {
            Ok(files) => files,
            Err(
                error @ EmitError::Hindered { .. }
                | error @ EmitError::Realization { .. }
                | error @ EmitError::Conflict { .. },
            ) => {
                *hindered.entry(error.to_string()).or_default() += 1;
                continue;
            }
            Err(error) => {
                failed.push(format!("{display}: {error}"));
                continue;
            }
        };
        let verification = verified(&files, &Options::default());
        written += 1;
        if !verification.ok {
            failed.push(format!("{display}: {:?}", errors(&verification)));
        }
    }
    eprintln!(
        "{written} forms written and read back, {without} without a realization for clusters, refused: {hindered:#?}"
    );
    assert!(
        failed.is_empty(),
        "{} of {written}: {:#?}",
        failed.len(),
        failed.iter().take(20).collect::<Vec<_>>()
    );
    assert!(written > 200, "only {written}");
}

#[test]
fn every_version_is_written_for_and_read_back() {
    for minor in 30..=36 {
        let options = ClusterOptions {
            version: Some(format!("1.{minor}")),
            ..ClusterOptions::default()
        };
        let files = files("I∘C∘S∘M∘Gk", &options, &["kubernetes-admission-policy"]).unwrap();
        let verification = verified(&files, &Options::default());
        assert!(verification.ok, "{:#?}", verification.findings);
        let deployment = files.iter().find(|f| f.path == "base/deployment.yaml").unwrap();
        let strict = String::from_utf8_lossy(&deployment.content).contains("supplementalGroupsPolicy");
        assert_eq!(strict, minor >= 33, "1.{minor}");
    }
    let old = Options {
        kubernetes: Some("1.30".to_owned()),
        ..Options::default()
    };
    let verification = verified(&files("I∘C∘S", &ClusterOptions::default(), &[]).unwrap(), &old);
    assert!(
        errors(&verification)
            .iter()
            .any(|e| e.contains("does not have this field")),
        "{verification:#?}"
    );
}

/// A bundle with a text replaced in one of its files, its lock as it was.
fn changed(stack: &str, path: &str, from: &str, to: &str) -> Verification {
    let mut files = files(stack, &ClusterOptions::default(), &[]).unwrap();
    let file = files.iter_mut().find(|f| f.path == path).unwrap();
    let text = String::from_utf8(file.content.clone()).unwrap();
    assert!(text.contains(from), "{text}");
    file.content = text.replace(from, to).into_bytes();
    verified(&files, &Options::default())
}

#[test]
fn what_takes_a_workload_off_its_stack_is_found() {
    let cases = [
        (
            "V∘C∘S",
            "base/deployment.yaml",
            "runtimeClassName: kata-qemu",
            "runtimeClassName: another",
            "was planned",
        ),
        (
            "V∘C∘S",
            "base/deployment.yaml",
            "disable_guest_seccomp: \"false\"",
            "disable_guest_seccomp: \"true\"",
            "in effect",
        ),
        (
            "V∘C∘S",
            "cluster/runtimeclass.yaml",
            "handler: kata-qemu",
            "handler: runc",
            "was planned",
        ),
        (
            "I∘C∘S∘M",
            "base/deployment.yaml",
            "type: RuntimeDefault",
            "type: Unconfined",
            "was planned",
        ),
        (
            "I∘C∘S∘M",
            "base/deployment.yaml",
            "sidecar.istio.io/inject: \"true\"",
            "sidecar.istio.io/inject: \"false\"",
            "was planned",
        ),
        (
            "I∘C∘S∘Am",
            "cluster/namespace.yaml",
            "istio.io/dataplane-mode: ambient",
            "istio.io/dataplane-mode: none",
            "was planned",
        ),
        (
            "I∘C∘S",
            "base/deployment.yaml",
            "automountServiceAccountToken",
            "automountToken",
            "unknown key",
        ),
        (
            "I∘C∘S",
            "base/deployment.yaml",
            "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ":1",
            "names no digest",
        ),
        (
            "I∘C∘S",
            "base/service.yaml",
            "targetPort: 8080",
            "targetPort: 8081",
            "which no container",
        ),
        (
            "I∘C∘S",
            "base/poddisruptionbudget.yaml",
            "name: shop\n",
            "name: other\n",
            "selects no workload",
        ),
        (
            "I∘C∘S",
            "base/poddisruptionbudget.yaml",
            "policy/v1",
            "policy/v1beta1",
            "was removed",
        ),
        (
            "I∘C∘S∘M",
            "base/peerauthentication.yaml",
            "mode: STRICT",
            "mode: LOOSE",
            "is not one of",
        ),
    ];
    for (stack, path, from, to, expected) in cases {
        let found = errors(&changed(stack, path, from, to));
        assert!(
            found.iter().any(|e| e.contains(expected)),
            "{stack} {path} {to}: {found:#?}"
        );
        assert!(
            found.iter().any(|e| e.contains("is not what the lock says")),
            "{found:#?}"
        );
    }
}

#[test]
fn rego_lets_the_workload_through_and_refuses_every_mutant() {
    for stack in ["I∘C∘S∘M∘Gk", "V∘C∘S∘M∘Gk", "I∘G∘C∘S∘Gk", "I∘C∘S∘W∘Am∘Gk"] {
        let verification = verified(
            &files(stack, &ClusterOptions::default(), &[]).unwrap(),
            &Options::default(),
        );
        assert!(verification.ok, "{:#?}", verification.findings);
        assert!(
            verification.mutants_refused >= 10,
            "{stack}: {}",
            verification.mutants_refused
        );
    }
    let blind = changed(
        "I∘C∘S∘Gk",
        "cluster/constrainttemplate.yaml",
        "container.securityContext.privileged == true",
        "false",
    );
    assert!(
        errors(&blind)
            .iter()
            .any(|e| e.contains("lets a pod through that has a privileged container")),
        "{blind:#?}"
    );
    let wrong = changed(
        "I∘C∘S∘Gk",
        "cluster/constrainttemplate.yaml",
        "import rego.v1",
        "import rego.v1 }",
    );
    assert!(
        errors(&wrong).iter().any(|e| e.contains("its Rego is wrong")),
        "{wrong:#?}"
    );
}

#[test]
fn what_a_plan_does_not_declare_of_nodes_is_not_taken_for_granted() {
    let mut files = files("V∘S∘C", &ClusterOptions::default(), &[]).unwrap();
    let lock = files.iter_mut().find(|f| f.path == LOCK_FILE).unwrap();
    let mut value: Value = serde_json::from_slice(&lock.content).unwrap();
    value["cluster"]["facts"] = serde_json::json!([]);
    lock.content = serde_json::to_vec(&value).unwrap();
    let found = errors(&verified(&files, &Options::default()));
    assert!(
        found.iter().any(|e| e.contains("whether the agent in the guest image")),
        "{found:#?}"
    );
}

#[test]
fn definitions_of_kinds_hold_for_what_is_written() {
    let shared = env::var_os("STACKWRIGHT_SHARED").map(PathBuf::from).or_else(|| {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        own.ancestors()
            .map(|a| a.join("shared"))
            .find(|s| s.join("crds").is_dir())
    });
    let Some(crds) = shared.map(|s| s.join("crds")).filter(|c| c.is_dir()) else {
        eprintln!("skipped: there is no folder of definitions");
        return;
    };
    let options = Options {
        schemas: Some(crds),
        kubernetes: None,
    };
    let cases: [(&str, &[&str]); 5] = [
        ("I∘C∘S∘M∘Otel∘P∘Gk", &[]),
        ("I∘C∘S∘Am∘Otel∘Gk", &["istio-ambient-waypoint", "kyverno-admission"]),
        ("I∘C∘S∘M", &["linkerd-sidecar"]),
        ("I∘C∘W", &["spinkube-app"]),
        ("V∘C∘S∘M∘Gk", &[]),
    ];
    for (stack, with) in cases {
        let written = files(stack, &ClusterOptions::default(), with).unwrap();
        let verification = verified(&written, &options);
        assert!(verification.ok, "{stack}: {:#?}", verification.findings);
        let broken: Vec<BundleFile> = written
            .iter()
            .cloned()
            .map(|mut f| {
                let text = String::from_utf8_lossy(&f.content)
                    .replace("mode: STRICT", "mode: LOOSE")
                    .replace("sampler:", "samplers:");
                f.content = text.into_bytes();
                f
            })
            .collect();
        if broken != written {
            let found = errors(&verified(&broken, &options));
            assert!(
                found
                    .iter()
                    .any(|e| e.contains("is not one of") || e.contains("no such field")),
                "{found:#?}"
            );
        }
    }
}
