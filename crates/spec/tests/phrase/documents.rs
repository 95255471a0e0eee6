//! The documents' own words say what their answers need.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::says;

/// The text, and what it says. Words of quantity take the documents' bands.
const LINES: &[(&str, &[&str])] = &[
    // Cases of the operator document.
    (
        "标准微服务架构，需要快速部署、统一治理、可观测性",
        &["need fast-start", "need l7-telemetry", "need traffic-governance"],
    ),
    (
        "强隔离微服务架构，需要合规、多租户、零信任安全",
        &[
            "isolation at least hardware",
            "need compliance",
            "need multi-tenant",
            "need traffic-governance",
            "need zero-trust",
        ],
    ),
    (
        "边缘计算场景，需要冷启动 < 10ms，内存 < 50MB",
        &["cold_start < 10 ms", "memory < 50 MB", "workload wasm-module"],
    ),
    (
        "轻量级微服务架构，需要低资源占用、统一治理",
        &["need low-resource", "need traffic-governance"],
    ),
    (
        "混合架构，需要 VM 隔离 + 容器灵活性 + 服务网格治理",
        &[
            "isolation at least hardware",
            "need container-filter",
            "need traffic-governance",
        ],
    ),
    // Rows of its decision matrix.
    ("快+轻", &["need fast-start", "prefer memory"]),
    ("强隔离+合规", &["isolation at least hardware", "need compliance"]),
    ("边缘+冷启动<10ms", &["cold_start < 10 ms", "workload wasm-module"]),
    ("轻量级+统一治理", &["need low-resource", "need traffic-governance"]),
    ("混合架构", &["isolation at least hardware", "need traffic-governance"]),
    // Application cases of the concept document.
    (
        "**场景**：构建云原生微服务应用架构\n\n**需求**：\n\n- 高性能、低延迟\n- 安全隔离\n- 快速部署\n- 可观测性\n",
        &[
            "latency grade ≥ 5",
            "need enforced-isolation",
            "need fast-start",
            "need l7-telemetry",
            "need traffic-governance",
            "prefer cpu_overhead",
            "prefer request_latency",
            "target kubernetes",
        ],
    ),
    (
        "**场景**：IoT 边缘节点，资源受限环境\n\n**需求**：\n\n- 极低资源占用\n- 快速启动\n- 安全隔离\n- 离线运行\n",
        &[
            "need enforced-isolation",
            "need fast-start",
            "need low-resource",
            "need offline",
            "need very-low-resource",
            "workload wasm-module",
        ],
    ),
    (
        "**场景**：金融系统，高安全要求\n\n**需求**：\n\n- 强安全隔离\n- 合规性检查\n- 审计追踪\n- 零信任架构\n",
        &[
            "isolation at least hardware",
            "need admission-control",
            "need audit",
            "need compliance",
            "need zero-trust",
            "security grade ≥ 4",
        ],
    ),
];

#[test]
fn say_what_their_answers_need_and_nothing_is_left() {
    for (text, expected) in LINES {
        assert_eq!(says(text), *expected, "{text}");
        let not = super::read(text).not_understood;
        assert_eq!(not, [], "{text}");
    }
}

#[test]
fn of_qualities_alone_are_taken_to_be_about_microservices() {
    let assumed = |text| {
        super::read(text)
            .assumed
            .iter()
            .map(|a| a.meaning.to_string())
            .collect::<Vec<_>>()
    };
    let all = ["need traffic-governance", "target kubernetes", "workload linux-binary"];
    assert_eq!(assumed("快+轻"), all);
    assert_eq!(assumed("强隔离+合规"), all);
    // A number, a sort of system, a target or a workload is a case of its own.
    assert_eq!(assumed("冷启动 < 10ms"), all[1..]);
    assert_eq!(assumed("边缘"), all[1..2]);
    assert_eq!(assumed("无服务网格，快"), all[1..]);
    assert_eq!(assumed("hello"), Vec::<String>::new());
}

/// The documents are not part of the repository; where they are is said by the environment, or they are beside it.
fn documents() -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|a| a.join("shared"));
    let given = env::var_os("STACKWRIGHT_SHARED").map(PathBuf::from);
    let folder = given
        .into_iter()
        .chain(beside)
        .map(|f| f.join("seeds"))
        .find(|f| f.is_dir())?;
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|f| fs::read_to_string(f.unwrap().path()).unwrap());
    Some(files.collect())
}

#[test]
fn are_quoted_verbatim() {
    let Some(documents) = documents() else {
        eprintln!("skipped: the documents are not here");
        return;
    };
    for (text, _) in LINES {
        assert!(documents.contains(text), "{text}");
    }
}
