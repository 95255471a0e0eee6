//! The meshes' own injectors as oracles: what their tests put in, and whether they injected. Each row names the case in the
//! injector's repository; conditions that documents do not say (another policy or selectors of the installation) are left out.

use crate::hostile::inspect;

/// What a case gives the injector.
#[derive(Clone, Copy, Default)]
struct Given {
    /// Labels and annotations of the namespace, as flow mappings.
    namespace: (&'static str, &'static str),
    /// Labels and annotations of the pod.
    pod: (&'static str, &'static str),
    /// Lines of the specification.
    spec: &'static str,
}

/// Whether inspection finds M for a pod in a namespace of that name.
fn injected(namespace: &str, given: Given) -> bool {
    let (labels, annotations) = given.namespace;
    let (pod_labels, pod_annotations) = given.pod;
    let containers = if given.spec.contains("containers:") {
        ""
    } else {
        "containers: [{ name: a, image: x }]"
    };
    let text = format!(
        "kind: Namespace\napiVersion: v1\nmetadata: {{ name: {namespace}, labels: {{ {labels} }}, annotations: {{ {annotations} }} }}\n---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {{ name: d, namespace: {namespace} }}\nspec:\n  template:\n    metadata: {{ labels: {{ {pod_labels} }}, annotations: {{ {pod_annotations} }} }}\n    spec: {{ {} {containers} }}\n",
        given.spec
    );
    let report = inspect(text.as_bytes());
    assert!(report.errors.is_empty(), "{text}{:?}", report.errors);
    report.workloads[0].declared.iter().any(|o| o == "M")
}

fn check(cases: &[(&str, Given, bool)]) {
    for (case, given, expected) in cases {
        assert_eq!(injected("test-namespace", *given), *expected, "{case}");
    }
}

/// istio/istio, `pkg/kube/inject/webhook_test.go`, `TestInjectRequired`, as far as it is about the enabled policy, which is that
/// of the default installation, without its own selectors; the namespace is one that the webhook is asked for. The other
/// rows are the branches of `injectRequired` in `pkg/kube/inject/inject.go`, which that test calls.
#[test]
fn agree_with_istio() {
    const NAMESPACE: (&str, &str) = ("istio-injection: enabled", "");
    let pod = |pod| Given {
        namespace: NAMESPACE,
        pod,
        ..Given::default()
    };
    let host = |pod, host| Given {
        spec: if host {
            "hostNetwork: true,"
        } else {
            "hostNetwork: false,"
        },
        ..pod
    };
    check(&[
        ("no-policy", pod(("", "")), true),
        ("default-policy", pod(("a: b", "c: d")), true),
        ("force-on-policy", pod(("", "sidecar.istio.io/inject: \"true\"")), true),
        (
            "force-off-policy",
            pod(("", "sidecar.istio.io/inject: \"false\"")),
            false,
        ),
        (
            "inject.go: label, yes",
            pod(("sidecar.istio.io/inject: \"true\"", "")),
            true,
        ),
        (
            "inject.go: label, no",
            pod(("sidecar.istio.io/inject: \"false\"", "")),
            false,
        ),
        (
            "inject.go: label yes before annotation no",
            pod((
                "sidecar.istio.io/inject: \"true\"",
                "sidecar.istio.io/inject: \"false\"",
            )),
            true,
        ),
        (
            "inject.go: label no before annotation yes",
            pod((
                "sidecar.istio.io/inject: \"false\"",
                "sidecar.istio.io/inject: \"true\"",
            )),
            false,
        ),
        (
            "force-off-policy, on the host network",
            host(pod(("", "")), true),
            false,
        ),
        (
            "inject.go: host network before label",
            host(pod(("sidecar.istio.io/inject: \"true\"", "")), true),
            false,
        ),
        ("inject.go: no host network", host(pod(("", "")), false), true),
        ("inject.go: y", pod(("", "sidecar.istio.io/inject: \"y\"")), true),
        ("inject.go: yes", pod(("", "sidecar.istio.io/inject: \"yes\"")), true),
        ("inject.go: on", pod(("", "sidecar.istio.io/inject: \"on\"")), true),
        (
            "inject.go: case does not matter",
            pod(("", "sidecar.istio.io/inject: \"TRUE\"")),
            true,
        ),
        ("inject.go: no", pod(("", "sidecar.istio.io/inject: \"no\"")), false),
        ("inject.go: off", pod(("", "sidecar.istio.io/inject: \"off\"")), false),
        (
            "inject.go: another annotation",
            pod(("", "sidecar.istio.io/inject: \"1\"")),
            false,
        ),
        (
            "inject.go: another label",
            pod(("sidecar.istio.io/inject: \"maybe\"", "")),
            false,
        ),
        (
            "inject.go: empty annotation",
            pod(("", "sidecar.istio.io/inject: \"\"")),
            true,
        ),
        (
            "inject.go: empty label hides the annotation",
            pod(("sidecar.istio.io/inject: \"\"", "sidecar.istio.io/inject: \"false\"")),
            true,
        ),
    ]);
    // `IgnoredNamespaces`, which the test hands over.
    for namespace in ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"] {
        assert!(
            !injected(namespace, pod(("sidecar.istio.io/inject: \"true\"", ""))),
            "{namespace}"
        );
    }
}

/// linkerd/linkerd2, `pkg/inject/report_test.go`: `TestInjectable` (of a supported kind) and, as the webhook,
/// `TestDisableByAnnotation`; the last rows are branches of `pkg/inject/report.go`. Where a proxy is there already, nothing is
/// injected because the pod has M: that is the test below.
#[test]
fn agree_with_linkerd() {
    let given = |namespace: &'static str, pod: &'static str, spec: &'static str| Given {
        namespace: ("", namespace),
        pod: ("", pod),
        spec,
    };
    const ON: &str = "linkerd.io/inject: enabled";
    const OFF: &str = "linkerd.io/inject: disabled";
    const HOST: &str = "hostNetwork: true,";
    check(&[
        ("TestInjectable #0", given("", ON, "hostNetwork: false,"), true),
        ("TestInjectable #1", given("", ON, HOST), false),
        ("TestInjectable #6", given(ON, OFF, HOST), false),
        ("TestInjectable #8", given("", "", HOST), false),
        ("TestDisableByAnnotation #0", given("", ON, ""), true),
        ("TestDisableByAnnotation #1", given(ON, ON, ""), true),
        ("TestDisableByAnnotation #2", given(OFF, ON, ""), true),
        ("TestDisableByAnnotation #3", given(ON, "", ""), true),
        ("TestDisableByAnnotation #4", given(OFF, OFF, ""), false),
        ("TestDisableByAnnotation #5", given(ON, OFF, ""), false),
        ("TestDisableByAnnotation #6", given("", OFF, ""), false),
        ("TestDisableByAnnotation #7", given(OFF, "", ""), false),
        ("TestDisableByAnnotation #8", given("", "", ""), false),
        // `pkg/inject/report.go`: ingress mode, values that are none, a pod without a service account's token.
        ("ingress at the pod", given("", "linkerd.io/inject: ingress", ""), true),
        (
            "ingress at the namespace",
            given("linkerd.io/inject: ingress", "", ""),
            true,
        ),
        (
            "invalid at the pod",
            given(ON, "linkerd.io/inject: \"true\"", ""),
            false,
        ),
        (
            "invalid at the namespace",
            given("linkerd.io/inject: \"true\"", ON, ""),
            false,
        ),
        ("no token", given(ON, "", "automountServiceAccountToken: false,"), false),
        (
            "TestInjectable #3",
            given(
                "",
                ON,
                "initContainers: [{ name: linkerd-init, image: \"cr.l5d.io/linkerd/proxy-init:\" }],",
            ),
            false,
        ),
    ]);
}

#[test]
fn proxies_that_are_there_already_are_seen() {
    let proxy = "containers: [{ name: linkerd-proxy, image: \"cr.l5d.io/linkerd/proxy:edge\" }]";
    let native = "initContainers: [{ name: istio-proxy, image: \"docker.io/istio/proxyv2:1\", restartPolicy: Always }], containers: [{ name: a, image: x }]";
    // `TestInjectable` #2, and what Istio's injector leaves in a pod with native sidecars.
    for spec in [proxy, native] {
        let given = Given {
            spec,
            ..Given::default()
        };
        assert!(injected("n", given), "{spec}");
    }
    let unrelated = Given {
        spec: "containers: [{ name: proxy, image: envoyproxy/envoy }]",
        ..Given::default()
    };
    assert!(!injected("n", unrelated));
}
