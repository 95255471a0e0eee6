//! Cases from the projects' documentation, at least five for each operator, with negatives that look alike.

use crate::hostile::inspect;
use crate::meshes::namespace;

/// A pod with these lines in its metadata and specification, after these documents.
pub fn pod(before: &str, metadata: &str, spec: &str) -> String {
    let containers = if spec.contains("containers:") {
        ""
    } else {
        "  containers:\n  - { name: app, image: \"registry.example/app:1\" }\n"
    };
    let indent = |text: &str| {
        text.split_terminator('\n')
            .map(|l| format!("  {l}\n"))
            .collect::<String>()
    };
    let before = if before.is_empty() {
        String::new()
    } else {
        format!("{before}\n---\n")
    };
    format!(
        "{before}apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: n\n{}spec:\n{}{containers}",
        indent(metadata),
        indent(spec)
    )
}

/// Declared and effective operators of the last workload.
pub fn found(text: &str) -> (String, String) {
    let report = inspect(text.as_bytes());
    assert!(report.errors.is_empty(), "{text}\n{:?}", report.errors);
    let last = report
        .workloads
        .last()
        .unwrap_or_else(|| panic!("no workload in {text}"));
    // Every operator is proved by a field with a place; a container also by all that it is made of.
    for symbol in &last.declared {
        let proved = |symbol: &str| last.evidence.iter().any(|e| e.operator == symbol && e.line > 0);
        let of_parts = || symbol == "C" && ["Ns", "Cg", "O"].into_iter().all(proved);
        assert!(proved(symbol) || of_parts(), "{symbol}: {last:?}");
    }
    (last.declared.join(" "), last.operators.join(" "))
}

/// Cases of (before, metadata, specification, declared, effective).
pub fn check(cases: &[(&str, &str, &str, &str, &str)]) {
    for (before, metadata, spec, declared, effective) in cases {
        let text = pod(before, metadata, spec);
        assert_eq!(
            found(&text),
            ((*declared).to_owned(), (*effective).to_owned()),
            "{text}"
        );
    }
}

pub fn class(name: &str, handler: &str) -> String {
    format!("apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {{ name: {name} }}\nhandler: {handler}")
}

const CONFINED: &str = "securityContext: { seccompProfile: { type: RuntimeDefault } }";

#[test]
fn filters_are_inherited_overridden_and_voided() {
    let containers = |first: &str, second: &str| {
        format!("{CONFINED}\ncontainers:\n- {{ name: a, image: x, {first} }}\n- {{ name: b, image: x, {second} }}")
    };
    let none = "stdin: false";
    let unconfined = containers(none, "securityContext: { seccompProfile: { type: Unconfined } }");
    let privileged = containers(none, "securityContext: { privileged: true }");
    let own = containers(
        none,
        "securityContext: { seccompProfile: { type: Localhost, localhostProfile: p.json } }",
    );
    let not_quite = containers(none, "securityContext: { privileged: \"true\" , runAsNonRoot: true }");
    let init = format!(
        "{CONFINED}\ninitContainers:\n- {{ name: i, image: x, securityContext: {{ seccompProfile: {{ type: Unconfined }} }} }}\ncontainers:\n- {{ name: a, image: x }}"
    );
    let apparmor = "containers:\n- { name: a, image: x, securityContext: { privileged: true, appArmorProfile: { type: Localhost, localhostProfile: p } } }";
    let default = "containers:\n- { name: a, image: x, securityContext: { privileged: true, appArmorProfile: { type: RuntimeDefault } } }";
    let both = "securityContext: { seccompProfile: { type: Unconfined }, appArmorProfile: { type: RuntimeDefault } }";
    check(&[
        ("", "", CONFINED, "I C S", "I C S"),
        ("", "", &own, "I C S", "I C S"),
        ("", "", apparmor, "I C S", "I C S"),
        ("", "", both, "I C S", "I C S"),
        (
            "",
            "annotations: { container.apparmor.security.beta.kubernetes.io/app: localhost/p }",
            "",
            "I C S",
            "I C S",
        ),
        // Declared, but dropped
        (
            "",
            "",
            &format!("runtimeClassName: gvisor\n{CONFINED}"),
            "I G C S",
            "I G C",
        ),
        (
            "",
            "",
            &format!("runtimeClassName: kata\n{CONFINED}"),
            "I V C S",
            "I V C",
        ),
        (
            "",
            "",
            &format!("runtimeClassName: wasmedge\n{CONFINED}"),
            "I C S W",
            "I C S W",
        ),
        (
            "",
            "annotations: { io.katacontainers.config.runtime.disable_guest_seccomp: \"false\" }",
            &format!("runtimeClassName: kata\n{CONFINED}"),
            "I V C S",
            "I V C S",
        ),
        // Not confined, or not all
        ("", "", &unconfined, "I C", "I C"),
        ("", "", &privileged, "I C", "I C"),
        ("", "", &not_quite, "I C", "I C"),
        ("", "", &init, "I C", "I C"),
        ("", "", default, "I C", "I C"),
        ("", "", "securityContext: { seccompProfile: }", "I C", "I C"),
        (
            "",
            "",
            "securityContext: { seccompProfile: { type: null } }",
            "I C",
            "I C",
        ),
        (
            "",
            "",
            "securityContext: { seccompProfile: RuntimeDefault }",
            "I C",
            "I C",
        ),
        (
            "",
            "",
            "securityContext: { seLinuxOptions: { type: spc_t } }",
            "I C",
            "I C",
        ),
        (
            "",
            "",
            "securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true }",
            "I C",
            "I C",
        ),
        (
            "",
            "annotations: { seccomp.security.alpha.kubernetes.io/pod: runtime/default }",
            "",
            "I C",
            "I C",
        ),
        (
            "",
            "annotations: { container.apparmor.security.beta.kubernetes.io/other: runtime/default }",
            "",
            "I C",
            "I C",
        ),
    ]);
}

#[test]
fn telemetry_is_found_where_it_is_asked_for() {
    let java = "annotations: { instrumentation.opentelemetry.io/inject-java: \"true\" }";
    let everywhere = namespace("annotations: { instrumentation.opentelemetry.io/inject-java: \"true\" }");
    let image = |image: &str, more: &str| format!("containers:\n- {{ name: a, image: \"{image}\"{more} }}");
    check(&[
        ("", java, "", "I C Otel", "I C Otel"),
        (
            "",
            "annotations: { instrumentation.opentelemetry.io/inject-sdk: other/one }",
            "",
            "I C Otel",
            "I C Otel",
        ),
        (
            "",
            "annotations: { sidecar.opentelemetry.io/inject: \"true\" }",
            "",
            "I C Otel",
            "I C Otel",
        ),
        (&everywhere, "", "", "I C Otel", "I C Otel"),
        (
            "",
            "",
            "containers:\n- { name: otc-container, image: x }",
            "I C Otel",
            "I C Otel",
        ),
        (
            &everywhere,
            "annotations: { instrumentation.opentelemetry.io/inject-java: \"false\" }",
            "",
            "I C",
            "I C",
        ),
        (
            "",
            "annotations: { instrumentation.opentelemetry.io/container-names: a }",
            "",
            "I C",
            "I C",
        ),
        (
            "",
            "labels: { instrumentation.opentelemetry.io/inject-java: \"true\" }",
            "",
            "I C",
            "I C",
        ),
        // Programs that observe by eBPF, and others of the same projects
        (
            "",
            "",
            &image("quay.io/cilium/cilium:v1.17@sha256:0", ""),
            "I C P",
            "I C P",
        ),
        ("", "", &image("quay.io/cilium/tetragon:v1", ""), "I C P", "I C P"),
        (
            "",
            "",
            &image("registry:5000/falcosecurity/falco", ""),
            "I C P",
            "I C P",
        ),
        (
            "",
            "",
            &image("aquasec/tracee", ", command: [/tracee/tracee]"),
            "I C P",
            "I C P",
        ),
        (
            "",
            "",
            &image(
                "quay.io/calico/node:v3",
                ", env: [{ name: FELIX_BPFENABLED, value: \"true\" }]",
            ),
            "I C P",
            "I C P",
        ),
        (
            "",
            "",
            &image(
                "quay.io/calico/node:v3",
                ", env: [{ name: FELIX_BPFENABLED, value: \"false\" }]",
            ),
            "I C",
            "I C",
        ),
        (
            "",
            "",
            &image("aquasec/tracee", ", command: [/tracee/tracee-operator]"),
            "I C",
            "I C",
        ),
        ("", "", &image("quay.io/cilium/operator-generic", ""), "I C", "I C"),
        (
            "",
            "",
            &image("quay.io/cilium/hubble-ui", ", securityContext: { privileged: true }"),
            "I C",
            "I C",
        ),
        ("", "", &image("registry.example/not-cilium/tetragon", ""), "I C", "I C"),
    ]);
}

#[test]
fn other_kinds_carry_pods_too() {
    let template = "{ metadata: { labels: { sidecar.istio.io/inject: \"true\" } }, spec: { runtimeClassName: gvisor, containers: [{ name: a, image: x }] } }";
    let of = |head: &str, path: &str| {
        let (mut text, mut indent) = (format!("{head}\nmetadata: {{ name: w }}\n"), String::new());
        for key in path.split('.') {
            text += &format!("{indent}{key}:\n");
            indent += "  ";
        }
        text + &format!("{indent}{template}\n")
    };
    for (head, path) in [
        ("apiVersion: apps/v1\nkind: Deployment", "spec.template"),
        ("apiVersion: batch/v1\nkind: CronJob", "spec.jobTemplate.spec.template"),
        ("apiVersion: v1\nkind: PodTemplate", "template"),
        ("apiVersion: serving.knative.dev/v1\nkind: Service", "spec.template"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout", "spec.template"),
        (
            "apiVersion: agents.x-k8s.io/v1alpha1\nkind: Sandbox",
            "spec.podTemplate",
        ),
        ("apiVersion: example.org/v1\nkind: Unheard", "spec.deep.template"),
    ] {
        assert_eq!(found(&of(head, path)).0, "I G C M", "{head}");
    }
    let workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  securityContext: { seccompProfile: { type: RuntimeDefault } }\n  templates:\n  - { name: t, container: { image: x } }\n  - { name: s, script: { image: x } }\n";
    assert_eq!(found(workflow).0, "I C S");
    let spin = "apiVersion: core.spinkube.dev/v1alpha1\nkind: SpinApp\nmetadata: { name: s }\nspec: { image: x, podAnnotations: { linkerd.io/inject: enabled } }\n";
    assert_eq!(found(spin).0, "I C W M");
    let machine =
        "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nspec: { template: { spec: { domain: { devices: {} } } } }\n";
    assert_eq!(found(machine).0, "C V");
    let sealed = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nspec: { template: { spec: { domain: { launchSecurity: { sev: {} } } } } }\n";
    assert_eq!(found(sealed).0, "C Cc");
    let service =
        inspect(b"apiVersion: v1\nkind: Service\nspec: { template: { spec: { containers: [{ image: x }] } } }\n");
    assert!(service.workloads.is_empty());
}

#[test]
fn policies_carry_operators_themselves() {
    let cases = [
        ("templates.gatekeeper.sh/v1", "ConstraintTemplate", "Gk"),
        ("constraints.gatekeeper.sh/v1beta1", "AnyKindAtAll", "Gk"),
        ("kyverno.io/v1", "ClusterPolicy", "Gk"),
        ("policies.kyverno.io/v1alpha1", "ValidatingPolicy", "Gk"),
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "Gk"),
        ("opentelemetry.io/v1beta1", "OpenTelemetryCollector", "Otel"),
        ("cilium.io/v1alpha1", "TracingPolicy", "P"),
    ];
    for (version, kind, operator) in cases {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: p }}\nspec: {{ x: {{ istio.io/dataplane-mode: ambient, containers: [{{ image: x }}] }} }}\n"
        );
        let report = inspect(text.as_bytes());
        assert_eq!(
            report.policies.first().map(|p| p.declared.join(" ")).as_deref(),
            Some(operator),
            "{kind}"
        );
        assert!(report.workloads.is_empty(), "{kind}");
    }
    for (version, kind) in [
        ("policy/v1", "Policy"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("cilium.io/v2", "CiliumNetworkPolicy"),
    ] {
        let report = inspect(format!("apiVersion: {version}\nkind: {kind}\n").as_bytes());
        assert!(report.policies.is_empty() && report.documents.documents == 1, "{kind}");
    }
    let text = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: { rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] } }] }\n";
    assert_eq!(inspect(text.as_bytes()).policies[0].matches, ["Pod"]);
}

#[test]
fn what_is_not_known_says_what_would_settle_it() {
    let unknown = |text: &str| inspect(text.as_bytes()).workloads.last().unwrap().unknown.clone();
    let class = unknown(&pod("", "", "runtimeClassName: own"));
    assert!(
        class
            .iter()
            .any(|u| !u.assumed && u.what.contains("`own`") && u.settle.contains("RuntimeClass")),
        "{class:?}"
    );
    let by_name = unknown(&pod("", "", "runtimeClassName: kata"));
    assert!(
        by_name.iter().any(|u| u.assumed && u.operators == ["V", "C"]),
        "{by_name:?}"
    );
    let namespace = unknown(&pod("", "", ""));
    assert!(
        namespace
            .iter()
            .any(|u| !u.assumed && u.operators.contains(&"M".to_owned())),
        "{namespace:?}"
    );
    let dropped = inspect(pod("", "", &format!("runtimeClassName: kata\n{CONFINED}")).as_bytes());
    let container = &dropped.workloads[0].containers[0];
    assert_eq!(
        (container.declared.join(" "), container.operators.join(" ")),
        ("I V C S".to_owned(), "I V C".to_owned())
    );
    let partial = unknown(&pod(
        "",
        "",
        &format!("containers:\n- {{ name: a, image: x, {CONFINED} }}\n- {{ name: b, image: x }}"),
    ));
    assert!(partial.iter().any(|u| u.what.contains("only 1 of 2")), "{partial:?}");
}

#[test]
fn images_are_counted_where_every_container_has_one() {
    let cases = [
        ("containers:\n- { name: a, image: x }", "I C"),
        (
            "containers:\n- { name: a, image: x }\n- { name: b, image: y@sha256:0 }",
            "I C",
        ),
        (
            "initContainers:\n- { name: i, image: x }\ncontainers:\n- { name: a, image: x }",
            "I C",
        ),
        ("containers:\n- { name: a, image: 12 }", "I C"),
        ("containers:\n- { name: a, image: \"${IMAGE}\" }", "I C"),
        ("containers:\n- { name: a, image: x }\n- { name: b }", "C"),
        ("containers:\n- { name: a, image: null }", "C"),
        ("containers:\n- { name: a, imagePullPolicy: Always }", "C"),
        ("containers: []", "C"),
        (
            "volumes:\n- { name: v, image: { reference: x } }\ncontainers:\n- { name: a }",
            "C",
        ),
    ];
    for (spec, expected) in cases {
        check(&[("", "", spec, expected, expected)]);
    }
}
