//! What workloads bring along: kinds of controllers, profiles of their own, where they connect to.

use super::*;

const PROFILE: &str = r#"{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [{ "names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW" }]
}"#;

fn with_profile(text: &str) -> ClusterOptions {
    ClusterOptions {
        profile: Some(("own.json".to_owned(), text.as_bytes().to_vec())),
        ..ClusterOptions::default()
    }
}

fn text(files: &[BundleFile], path: &str) -> String {
    let file = files.iter().find(|f| f.path == path);
    String::from_utf8(file.unwrap_or_else(|| panic!("no {path}")).content.clone()).unwrap()
}

/// A bundle for a manifest.
fn of_manifest(stack: &str, manifest: &str, change: &dyn Fn(&mut Requirement)) -> Result<Vec<BundleFile>, EmitError> {
    let file = WorkloadFile {
        manifest: Some("m.yaml".to_owned()),
        ..WorkloadFile::default()
    };
    let mut requirement = Requirement::of("shop", file, Target::Kubernetes);
    change(&mut requirement);
    let plan = plan_of(catalog(), &word(stack), Target::Kubernetes, None, &[]).unwrap();
    emit(&Emission {
        plan: &plan,
        requirement: &requirement,
        catalog: catalog(),
        workload: manifest.as_bytes(),
        generator: "test 0",
        cluster: &ClusterOptions::default(),
    })
}

#[test]
fn a_profile_of_the_workloads_own_is_for_its_containers_and_nodes_must_have_it() {
    for stack in ["I∘C∘S∘M", "V∘C∘S", "I∘G∘C∘S", "I∘C∘S∘Gk"] {
        let files = files(stack, &with_profile(PROFILE), &[]).unwrap();
        assert_eq!(text(&files, "node/seccomp/operator/shop-shop.json"), PROFILE);
        let deployment = text(&files, "base/deployment.yaml");
        // The pod keeps the default, as a sidecar has other needs.
        assert!(deployment.contains("type: RuntimeDefault"), "{deployment}");
        assert!(
            deployment.contains("localhostProfile: operator/shop-shop.json"),
            "{deployment}"
        );
        assert!(text(&files, "README.md").contains("/var/lib/kubelet/seccomp/operator/shop-shop.json"));
        let verification = verified(&files, &Options::default());
        assert!(verification.ok, "{stack}: {:#?}", verification.findings);
        let changed = |path: &str, from: &str, to: &str| {
            let mut files = files.clone();
            let file = files.iter_mut().find(|f| f.path == path).unwrap();
            file.content = String::from_utf8(file.content.clone())
                .unwrap()
                .replace(from, to)
                .into_bytes();
            errors(&verified(&files, &Options::default()))
        };
        let open = changed(
            "node/seccomp/operator/shop-shop.json",
            "SCMP_ACT_ERRNO",
            "SCMP_ACT_ALLOW",
        );
        assert!(
            open.iter().any(|e| e.contains("lets every system call through")),
            "{open:#?}"
        );
        let other = changed("base/deployment.yaml", "operator/shop-shop.json", "other.json");
        assert!(
            other.iter().any(|e| e.contains("does not ask nodes to have")),
            "{other:#?}"
        );
    }
}

#[test]
fn what_is_no_profile_is_refused() {
    let refused = |stack: &str, profile: &str| match files(stack, &with_profile(profile), &[]) {
        Err(EmitError::Manifest(found)) => found[0].to_string(),
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    for (profile, why) in [
        (
            r#"{ "defaultAction": "SCMP_ACT_ALLOW" }"#,
            "lets every system call through",
        ),
        (r#"{ "defaultAction": "SCMP_ACT_ERRNO", "archMap": [] }"#, "archMap"),
        (r#"{ "defaultAction": "ERRNO" }"#, "ERRNO"),
        ("defaultAction", "expected"),
    ] {
        let said = refused("I∘C∘S", profile);
        assert!(said.contains(why), "{profile}: {said}");
    }
    assert!(refused("I∘C", PROFILE).contains("takes a profile"));
    // An object cannot name another error for everything else, so only the file is written.
    let errno = PROFILE.replace("\"architectures\"", "\"defaultErrnoRet\": 38, \"architectures\"");
    let files = files("I∘C∘S", &with_profile(&errno), &[]).unwrap();
    assert!(!files.iter().any(|f| f.path == "node/seccompprofile.yaml"));
}

#[test]
fn a_profile_that_a_manifest_names_stays_and_is_a_fact_of_nodes() {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: shop }}\nspec:\n  securityContext: {{ seccompProfile: {{ type: Localhost, localhostProfile: theirs.json }} }}\n  containers: [{{ name: app, image: \"{IMAGE}\" }}]\n"
    );
    let files = of_manifest("I∘C∘S", &manifest, &|_| ()).unwrap();
    assert!(text(&files, "base/deployment.yaml").contains("localhostProfile: theirs.json"));
    assert!(text(&files, LOCK_FILE).contains("/var/lib/kubelet/seccomp/theirs.json"));
    let verification = verified(&files, &Options::default());
    assert!(verification.ok, "{:#?}", verification.findings);
}

fn manifest(kind: &str, spec: &str, inner: &str) -> String {
    let indent = " ".repeat(inner.len() - inner.trim_start().len());
    let version = if kind == "CronJob" { "batch/v1" } else { "apps/v1" };
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: shop }}\nspec:\n{spec}{inner}\n{indent}  spec: {{ containers: [{{ name: app, image: \"{IMAGE}\" }}] }}\n"
    )
}

#[test]
fn daemon_sets_and_cron_jobs_come_back_on_their_stack() {
    let daemon = manifest("DaemonSet", "", "  template:");
    let cron = manifest(
        "CronJob",
        "  schedule: \"0 3 * * *\"\n  jobTemplate:\n    spec:\n",
        "      template:",
    );
    for stack in ["I∘C∘S∘M∘Gk", "V∘C∘S", "I∘C∘S∘Am∘P"] {
        for (manifest, kind, command) in [
            (&daemon, "daemonset", "rollout status --namespace shop daemonset/shop"),
            (&cron, "cronjob", "--from=cronjob/shop"),
        ] {
            let files = of_manifest(stack, manifest, &|_| ()).unwrap();
            let document = text(&files, &format!("base/{kind}.yaml"));
            assert!(document.contains("supplementalGroupsPolicy: Strict"), "{document}");
            assert!(text(&files, "README.md").contains(command));
            assert!(
                !files.iter().any(|f| f.path == "base/poddisruptionbudget.yaml"),
                "{kind}"
            );
            let verification = verified(&files, &Options::default());
            assert!(verification.ok, "{stack} {kind}: {:#?}", verification.findings);
            assert_eq!(verification.found.len(), 1);
        }
    }
}

#[test]
fn a_workload_connects_to_what_its_requirement_names_and_to_what_its_stack_needs() {
    let text_of = |stack: &str, egress: &str| {
        let requirement = format!(
            "apiVersion: stackwright/v1\nkind: Requirement\nname: shop\ntarget: kubernetes\nworkload: {{ image: \"{IMAGE}\", egress: {egress} }}\n"
        );
        let requirement = Requirement::read("r.yaml", requirement.as_bytes(), catalog()).unwrap();
        let plan = plan_of(catalog(), &word(stack), Target::Kubernetes, None, &[]).unwrap();
        let files = emit(&Emission {
            plan: &plan,
            requirement: &requirement,
            catalog: catalog(),
            workload: b"",
            generator: "test 0",
            cluster: &ClusterOptions::default(),
        })
        .unwrap();
        let verification = verified(&files, &Options::default());
        assert!(verification.ok, "{stack}: {:#?}", verification.findings);
        text(&files, "base/networkpolicy.yaml")
    };
    let none = text_of("I∘C∘S", "[]");
    assert!(
        none.contains("- Egress") && none.contains("k8s-app: kube-dns") && none.contains("port: 53"),
        "{none}"
    );
    let some =
        "[{ cidr: 203.0.113.0/24, ports: ['443'] }, { namespace: payments, pods: { app: ledger }, ports: ['8080'] }]";
    let plain = text_of("I∘C∘S", some);
    assert!(
        plain.contains("cidr: \"203.0.113.0/24\"") && plain.contains("app: ledger"),
        "{plain}"
    );
    assert!(!plain.contains("15008") && !plain.contains("15012"), "{plain}");
    assert!(text_of("I∘C∘S∘M", some).contains("port: 15012"));
    // A tunnel takes the place of the connection inside the cluster, and of no other.
    assert_eq!(text_of("I∘C∘S∘Am", some).matches("port: 15008").count(), 2);
    assert!(!text_of("I∘C∘S∘Am", "[]").contains("egress: []"));
}
