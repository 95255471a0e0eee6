//! Meshes, proxies and control planes, as their injectors put them in.

use crate::cases::check;

pub fn namespace(marks: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n  {marks}")
}

/// The tables of Istio's documentation on injection, and what its injector does beyond them.
#[test]
fn sidecars_are_decided_as_by_their_injectors() {
    let enabled = namespace("labels: { istio-injection: enabled }");
    let disabled = namespace("labels: { istio-injection: disabled }");
    let revision = namespace("labels: { istio.io/rev: canary }");
    let plain = namespace("labels: { a: b }");
    let linkerd = namespace("annotations: { linkerd.io/inject: enabled }");
    let kuma = namespace("labels: { kuma.io/sidecar-injection: enabled }");
    let yes = "labels: { sidecar.istio.io/inject: \"true\" }";
    let no = "labels: { sidecar.istio.io/inject: \"false\" }";
    let (noted, refused) = (
        "annotations: { sidecar.istio.io/inject: \"true\" }",
        "annotations: { sidecar.istio.io/inject: \"false\" }",
    );
    check(&[
        (&enabled, "", "", "I C M", "I C M"),
        (&enabled, no, "", "I C", "I C"),
        (&enabled, refused, "", "I C", "I C"),
        (
            &enabled,
            "labels: { sidecar.istio.io/inject: \"true\" }\nannotations: { sidecar.istio.io/inject: \"false\" }",
            "",
            "I C M",
            "I C M",
        ),
        (
            &enabled,
            "labels: { sidecar.istio.io/inject: \"maybe\" }",
            "",
            "I C",
            "I C",
        ),
        (&enabled, "", "hostNetwork: true", "I C", "I C"),
        (&disabled, yes, "", "I C", "I C"),
        (&revision, "", "", "I C M", "I C M"),
        (&revision, no, "", "I C", "I C"),
        (&plain, yes, "", "I C M", "I C M"),
        (&plain, noted, "", "I C", "I C"),
        (&plain, "labels: { istio.io/rev: canary }", "", "I C M", "I C M"),
        ("", yes, "", "I C M", "I C M"),
        ("", noted, "", "I C", "I C"),
        ("", "labels: { istio-injection: enabled }", "", "I C", "I C"),
        (
            "",
            "",
            "initContainers:\n- { name: istio-proxy, image: istio/proxyv2, restartPolicy: Always }\ncontainers:\n- { name: a, image: x }",
            "I C M",
            "I C M",
        ),
        (
            "",
            "",
            "containers:\n- { name: envoy, image: envoyproxy/envoy }",
            "I C",
            "I C",
        ),
        (
            "",
            "annotations: { sidecar.istio.io/proxyImage: x, dapr.io/enabled: \"true\" }",
            "",
            "I C",
            "I C",
        ),
        // Linkerd
        (&linkerd, "", "", "I C M", "I C M"),
        (
            &linkerd,
            "annotations: { linkerd.io/inject: disabled }",
            "",
            "I C",
            "I C",
        ),
        (&linkerd, "", "automountServiceAccountToken: false", "I C", "I C"),
        ("", "annotations: { linkerd.io/inject: ingress }", "", "I C M", "I C M"),
        ("", "labels: { linkerd.io/inject: enabled }", "", "I C", "I C"),
        (
            "",
            "annotations: { linkerd.io/inject: enabled }",
            "hostNetwork: true",
            "I C",
            "I C",
        ),
        (
            "",
            "",
            "containers:\n- { name: linkerd-proxy, image: \"cr.l5d.io/linkerd/proxy:edge\" }",
            "I C M",
            "I C M",
        ),
        (
            "",
            "",
            "containers:\n- { name: setup, image: cr.l5d.io/linkerd/proxy-init }",
            "I C",
            "I C",
        ),
        // Others
        (
            "",
            "annotations: { consul.hashicorp.com/connect-inject: \"true\" }",
            "",
            "I C M",
            "I C M",
        ),
        (&kuma, "", "", "I C M", "I C M"),
        (
            &kuma,
            "labels: { kuma.io/sidecar-injection: disabled }",
            "",
            "I C",
            "I C",
        ),
    ]);
}

/// gRPC without a proxy: the agent beside the program only fetches what the control plane says.
#[test]
fn control_planes_without_proxies_are_told_from_meshes() {
    let asked = "labels: { sidecar.istio.io/inject: \"true\" }\nannotations: { inject.istio.io/templates: grpc-agent }";
    let template = |names: &str| format!("annotations: {{ inject.istio.io/templates: \"{names}\" }}");
    let injected =
        "containers:\n- { name: app, image: x }\n- { name: istio-proxy, image: docker.io/istio/proxyv2:1.24 }";
    let enabled = namespace("labels: { istio-injection: enabled }");
    let refused = namespace("labels: { istio-injection: disabled }");
    let ambient = namespace("labels: { istio.io/dataplane-mode: ambient }");
    check(&[
        ("", asked, "", "I C Ist", "I C Ist"),
        (&enabled, &template("grpc-agent"), "", "I C Ist", "I C Ist"),
        (&enabled, &template("grpc-simple"), "", "I C Ist", "I C Ist"),
        (&enabled, &template("own,grpc-agent"), "", "I C Ist", "I C Ist"),
        ("", &template("grpc-agent"), injected, "I C Ist", "I C Ist"),
        // A proxy all the same, or nothing at all.
        (&enabled, &template("sidecar,grpc-agent"), "", "I C M", "I C M"),
        (&enabled, &template("sidecar"), "", "I C M", "I C M"),
        (&enabled, &template("gateway"), "", "I C M", "I C M"),
        ("", "", injected, "I C M", "I C M"),
        (&enabled, &template("grpc-agent"), "hostNetwork: true", "I C", "I C"),
        (&refused, asked, "", "I C", "I C"),
        (&namespace(""), &template("grpc-agent"), "", "I C", "I C"),
        (&ambient, &template("grpc-agent"), "", "I C Am", "I C Am"),
    ]);
}

#[test]
fn proxies_of_a_workloads_own_are_told_from_meshes_and_gateways() {
    let beside =
        |image: &str| format!("containers:\n- {{ name: app, image: x }}\n- {{ name: proxy, image: \"{image}\" }}");
    let native = "initContainers:\n- { name: proxy, image: \"envoyproxy/envoy:v1.31\", restartPolicy: Always }\ncontainers:\n- { name: app, image: x }";
    let alone = "containers:\n- { name: envoy, image: \"envoyproxy/envoy:v1.31\" }";
    let contour = "containers:\n- { name: shutdown-manager, image: \"ghcr.io/projectcontour/contour:v1.30\" }\n- { name: envoy, image: \"docker.io/envoyproxy/envoy:v1.31\" }";
    let gateway = "containers:\n- { name: envoy, image: \"envoyproxy/envoy:distroless-v1.31\" }\n- { name: shutdown-manager, image: \"docker.io/envoyproxy/gateway:v1.2\" }";
    let mesh = "containers:\n- { name: app, image: x }\n- { name: istio-proxy, image: \"istio/proxyv2:1.24\" }\n- { name: edge, image: \"envoyproxy/envoy:v1.31\" }";
    check(&[
        ("", "", &beside("envoyproxy/envoy:v1.31"), "I C E", "I C E"),
        (
            "",
            "",
            &beside("docker.io/envoyproxy/envoy-distroless@sha256:0"),
            "I C E",
            "I C E",
        ),
        (
            "",
            "",
            &beside("mirror.example/envoyproxy/envoy-contrib:v1.31"),
            "I C E",
            "I C E",
        ),
        ("", "", &beside("bitnami/envoy"), "I C E", "I C E"),
        ("", "", native, "I C E", "I C E"),
        // A mesh has a proxy already.
        ("", "", mesh, "I C M E", "I C M"),
        // Gateways: nothing stands behind the proxy. Others only have the name.
        ("", "", alone, "I C", "I C"),
        ("", "", contour, "I C", "I C"),
        ("", "", gateway, "I C", "I C"),
        ("", "", &beside("example/not-envoyproxy/envoy"), "I C", "I C"),
        ("", "", &beside("envoyproxy/envoy-control-plane:1"), "I C", "I C"),
        ("", "labels: { proxy: envoyproxy/envoy }", "", "I C", "I C"),
    ]);
}

#[test]
fn ambient_meshes_are_told_from_sidecars() {
    let ambient = namespace("labels: { istio.io/dataplane-mode: ambient }");
    let both = namespace("labels: { istio.io/dataplane-mode: ambient, istio-injection: enabled }");
    check(&[
        (&ambient, "", "", "I C Am", "I C Am"),
        (&ambient, "labels: { istio.io/dataplane-mode: none }", "", "I C", "I C"),
        (
            &ambient,
            "labels: { sidecar.istio.io/inject: \"false\" }",
            "",
            "I C Am",
            "I C Am",
        ),
        (&ambient, "", "hostNetwork: true", "I C", "I C"),
        (
            "",
            "labels: { istio.io/dataplane-mode: ambient }",
            "",
            "I C Am",
            "I C Am",
        ),
        (
            "",
            "annotations: { ambient.istio.io/redirection: enabled }",
            "",
            "I C Am",
            "I C Am",
        ),
        (
            "",
            "annotations: { istio.io/dataplane-mode: ambient }",
            "",
            "I C",
            "I C",
        ),
        ("", "labels: { istio.io/use-waypoint: w }", "", "I C", "I C"),
        (
            &namespace("labels: { io.cilium/mtls-enabled: \"true\" }"),
            "",
            "",
            "I C Am",
            "I C Am",
        ),
        ("", "labels: { io.cilium/mtls-enabled: \"true\" }", "", "I C", "I C"),
        // A sidecar that was injected is not captured.
        (
            &ambient,
            "annotations: { sidecar.istio.io/status: \"{}\" }",
            "containers:\n- { name: istio-proxy, image: istio/proxyv2 }",
            "I C M",
            "I C M",
        ),
        // The sidecar wins.
        (&both, "", "", "I C M Am", "I C M"),
        // Kata's traffic is not captured; gVisor's connections are reset.
        (&ambient, "", "runtimeClassName: kata", "I V C Am", "I V C"),
        (&ambient, "", "runtimeClassName: gvisor", "I G C Am", "I G C"),
    ]);
}
