//! Quantities, negations, preferences and what is said of nothing.

use stackwright_spec::phrase::Reason;

use super::{read, says};

/// Each text says just this, and nothing of it is left over.
fn all_say(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(says(text), expected, "{text}");
        assert_eq!(read(text).not_understood, [], "{text}");
    }
}

#[test]
fn of_bounds_know_comparators_before_and_after_in_both_languages() {
    let at_most = ["cold_start ≤ 10 ms"];
    let below = ["cold_start < 10 ms"];
    let at_least = ["cold_start ≥ 10 ms"];
    let above = ["cold_start > 10 ms"];
    for (expected, texts) in [
        (
            at_most,
            &[
                "cold start ≤ 10ms",
                "cold start <= 10 ms",
                "cold start at most 10 milliseconds",
                "cold start no more than 10 ms",
                "cold start within 10 ms",
                "cold start up to 10 ms",
                "cold start: 10 ms or less",
                "10ms cold start",
                "cold-start of 10 ms",
                "the cold start must not exceed 10 ms",
                "no cold start above 10 ms",
                "冷启动不超过 10 毫秒",
                "冷启动不能超过10ms",
                "冷启动10毫秒以内",
                "冷启动控制在 10 毫秒以内",
                "冷启动至多十毫秒",
                "冷启动 ≤ １０ｍｓ",
                "10 毫秒内冷启动",
                "at most 10 ms for the cold start",
            ][..],
        ),
        (
            below,
            &[
                "cold start < 10ms",
                "cold start under 10 ms",
                "cold start less than 10 ms",
                "COLD START BELOW 10 MS",
                "sub-10ms cold start",
                "冷启动小于 10ms",
                "冷启动低于10ms",
                "冷启动少于 十毫秒",
                "冷启动＜１０ｍｓ",
            ],
        ),
        (
            at_least,
            &[
                "cold start at least 10 ms",
                "cold start ≥ 10ms",
                "冷启动至少 10ms",
                "冷启动 10 毫秒以上",
                "冷启动不低于10ms",
            ],
        ),
        (above, &["cold start more than 10 ms", "冷启动大于 10 毫秒"]),
    ] {
        for text in texts {
            all_say(&[(*text, &expected)]);
        }
    }
}

#[test]
fn of_ranges_give_both_ends() {
    let both = ["cold_start ≤ 60 s", "cold_start ≥ 10 s"];
    for text in [
        "cold start 10–60 s",
        "cold start 10-60s",
        "cold start between 10 and 60 seconds",
        "cold start from 10 to 60 s",
        "冷启动 10 到 60 秒",
        "冷启动介于 10 秒到 60 秒之间",
        "冷启动 10~60 秒",
        "冷启动 10s 至 60s",
    ] {
        all_say(&[(text, &both)]);
    }
}

#[test]
fn of_quantities_find_the_metric_that_is_measured_in_them() {
    all_say(&[
        (
            "10ms cold start, 2ms latency, 50MB memory",
            &["cold_start ≤ 10 ms", "memory ≤ 50 MB", "request_latency ≤ 2 ms"],
        ),
        ("冷启动10ms延迟2ms", &["cold_start ≤ 10 ms", "request_latency ≤ 2 ms"]),
        ("memory budget of 64 MiB", &["memory ≤ 67.11 MB"]),
        ("under 50 MB", &["memory < 50 MB"]),
        ("50 MB 以内", &["memory ≤ 50 MB"]),
        ("p99 ≤ 2ms", &["request_latency ≤ 2 ms"]),
        (
            "cold start and warm start under 10 ms",
            &["cold_start < 10 ms", "warm_start < 10 ms"],
        ),
        (
            "冷启动和热启动都小于 10ms",
            &["cold_start < 10 ms", "warm_start < 10 ms"],
        ),
        ("for the cold start, 10 ms at most", &["cold_start ≤ 10 ms"]),
        (
            "memory above 5 MB and below 10 MB",
            &["memory > 5 MB", "memory < 10 MB"],
        ),
        ("1,024 kB of memory", &["memory ≤ 1.024 MB"]),
        ("CPU overhead less than 5%", &["cpu_overhead < 5%"]),
        ("security at least 4", &["security grade ≥ 4"]),
        ("at most 64 system calls", &["syscall_surface ≤ 64"]),
        ("半秒内启动", &["cold_start ≤ 500 ms"]),
        ("内存不超过一百二十八兆", &["memory ≤ 128 MB"]),
        ("sub-second cold start", &["cold_start < 1 s"]),
        ("毫秒级启动", &["cold_start < 1 s"]),
        ("memory below 20 MB per pod", &["memory < 20 MB per pod"]),
        ("memory 10 MB per node", &["memory ≤ 10 MB per node"]),
    ]);
}

#[test]
fn of_quality_take_the_documents_bands() {
    all_say(&[
        ("低资源", &["need low-resource"]),
        ("极低资源", &["need very-low-resource"]),
        ("very low memory", &["need very-low-resource"]),
        ("内存占用极低", &["need very-low-resource"]),
        ("快", &["need fast-start"]),
        ("极快", &["need very-fast-start"]),
        ("启动非常快", &["need very-fast-start"]),
        ("extremely fast startup", &["need very-fast-start"]),
    ]);
}

#[test]
fn with_negations_say_the_opposite_of_what_they_deny_and_of_nothing_else() {
    let mesh: &[&str] = &["no need traffic-governance", "no operator Am", "no operator M"];
    all_say(&[
        ("no sidecar", &["no operator M"]),
        ("without sidecars", &["no operator M"]),
        ("不用 sidecar", &["no operator M"]),
        ("无需边车", &["no operator M"]),
        ("不需要 sidecar", &["no operator M"]),
        ("sidecar 不要", &["no operator M"]),
        ("a sidecar is not needed", &["no operator M"]),
        ("without service mesh", mesh),
        ("microservices without a service mesh", mesh),
        ("no sidecar or GPU", &["no operator M", "no fact gpu"]),
        ("no containers and no GPU", &["no operator C", "no fact gpu"]),
        ("不需要合规和审计", &["no need audit", "no need compliance"]),
        ("no sidecar, zero trust", &["no operator M", "need zero-trust"]),
        ("no sidecar but observability", &["no operator M", "need l7-telemetry"]),
        ("no sidecar and low memory", &["need low-resource", "no operator M"]),
        ("no hardware isolation", &["isolation not hardware"]),
        (
            "VM isolation without losing container flexibility",
            &["isolation at least hardware", "need container-filter"],
        ),
        ("no Kubernetes", &["target oci"]),
        ("不用 Istio", &["no technology istio"]),
    ]);
}

#[test]
fn of_isolation_know_classes_and_relations() {
    all_say(&[
        ("hardware isolation", &["isolation at least hardware"]),
        ("exactly OS-level isolation", &["isolation exactly operating-system"]),
        ("仅语言级隔离", &["isolation exactly language"]),
        ("at least process-level isolation", &["isolation at least process"]),
        ("hardware isolation or stronger", &["isolation at least hardware"]),
        ("用户态内核隔离", &["isolation at least user-kernel"]),
    ]);
}

#[test]
fn of_preferences_keep_their_order() {
    let order = |text| {
        let meanings = read(text).meanings();
        meanings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for text in [
        "latency over memory",
        "延迟优先于内存",
        "prefer low latency, then low memory",
        "最低延迟优先，其次内存",
        "latency first, memory second",
    ] {
        assert_eq!(order(text), ["prefer request_latency", "prefer memory"], "{text}");
    }
    assert_eq!(order("最低延迟 优先"), ["prefer request_latency"]);
    assert_eq!(order("内存尽可能低"), ["prefer memory"]);
}

#[test]
fn of_regimes_give_their_names() {
    all_say(&[
        ("等保三级", &["compliance mlps-2.0-level-3"]),
        ("等保 2.0 二级", &["compliance mlps-2.0-level-2"]),
        (
            "PCI DSS 4.0, HIPAA, GDPR, SOC 2 Type II, ISO/IEC 27001",
            &[
                "compliance gdpr",
                "compliance hipaa",
                "compliance iso-27001",
                "compliance pci-dss-4.0",
                "compliance soc-2",
            ],
        ),
    ]);
}

#[test]
fn say_why_nothing_was_made_of_words() {
    for (text, word, reason) in [
        ("we like turtles", "turtles", Reason::Unknown),
        ("喜欢乌龟", "喜欢乌龟", Reason::Unknown),
        ("memory", "memory", Reason::Incomplete),
        ("under 10 ms", "under 10 ms", Reason::NothingMeasured),
        ("not", "not", Reason::NothingDenied),
        ("at least", "at least", Reason::NothingCompared),
        (
            "no cold start below 10 ms",
            "no cold start below 10 ms",
            Reason::CannotBeDenied,
        ),
        ("几十毫秒", "几十毫秒", Reason::Unknown),
        ("Istio 1.24.3", "1.24.3", Reason::Unknown),
        ("4xlarge", "4xlarge", Reason::Unknown),
    ] {
        let found = read(text).not_understood;
        assert!(
            found.iter().any(|n| n.text == word && n.reason == reason),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn let_what_is_stated_override_what_is_implied() {
    assert_eq!(says("a Linux binary at the edge"), ["workload linux-binary"]);
    assert_eq!(says("cloud native on bare metal"), ["target host"]);
}
