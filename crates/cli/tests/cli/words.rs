//! Requirements in words.

use std::fs;

use crate::{json, root, stackwright};

#[test]
fn a_text_alone_is_planned_and_accounted_for() {
    let text = "边缘计算场景，需要冷启动 < 10ms，内存 < 50MB，乌龟";
    let ran = stackwright(&["plan", "--text", text, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!(report["schema"], "stackwright/plan/v1");
    assert_eq!(report["plans"][0]["display"], "I∘C∘S∘W");
    assert_eq!(report["understood"][0]["implies"][0], "workload wasm-module");
    assert_eq!(report["understood"][1]["means"][0], "cold_start < 10 ms");
    let not = &report["not_understood"][0];
    assert_eq!(
        (&not["text"], &not["because"]),
        (&"乌龟".into(), &"not in the lexicon".into())
    );
    assert!(
        report["assumed"][0]
            .as_str()
            .unwrap()
            .starts_with("target kubernetes: ")
    );

    let ran = stackwright(&["plan", "--text", text]);
    assert!(
        ran.stdout
            .starts_with("understood\n  边缘计算: workload wasm-module (implied)\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\nnot understood\n  乌龟: not in the lexicon\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_text_adds_to_a_file_and_may_not_contradict_it() {
    let folder = tempfile::tempdir().unwrap();
    let example = root().join("examples/edge-function");
    for name in ["requirements.yaml", "function.wasm"] {
        fs::copy(example.join(name), folder.path().join(name)).unwrap();
    }
    let file = folder.path().join("requirements.yaml");
    let plan = |text: &str| stackwright(&["plan", file.to_str().unwrap(), "--text", text, "--format", "json"]);
    let ran = plan("memory < 20 MB, containerd");
    let report = json(&ran.stdout);
    let judged = report["judged"].to_string();
    assert!(
        judged.contains("memory < 50 MB") && judged.contains("memory < 20 MB"),
        "{judged}"
    );
    assert_eq!(report["not_judged"][0], "technology containerd");
    assert!(report.get("assumed").is_none());
    let ran = plan("Kubernetes");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("requirement::contradiction"), "{}", ran.stderr);
}

#[test]
fn a_text_that_says_nothing_is_refused() {
    assert_eq!(stackwright(&["plan"]).code, 2);
    let ran = stackwright(&["plan", "--text", "hello, world"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("requirement::text"), "{}", ran.stderr);
}

#[test]
fn the_documents_own_words_are_planned_to_their_stacks() {
    for (text, expected) in [
        ("标准微服务架构，需要快速部署、统一治理、可观测性", "I∘C∘S∘M"),
        ("强隔离微服务架构，需要合规、多租户、零信任安全", "V∘S∘C∘M"),
        ("边缘计算场景，需要冷启动 < 10ms，内存 < 50MB", "I∘C∘S∘W"),
        ("轻量级微服务架构，需要低资源占用、统一治理", "I∘C∘S∘Am"),
        ("混合架构，需要 VM 隔离 + 容器灵活性 + 服务网格治理", "V∘C∘S∘M"),
        ("快+轻", "I∘C∘S∘M"),
        ("强隔离+合规", "V∘S∘C∘M"),
        ("边缘+冷启动<10ms", "I∘C∘S∘W"),
        ("轻量级+统一治理", "I∘C∘S∘Am"),
        ("混合架构", "V∘C∘S∘M"),
        (
            "**场景**：构建云原生微服务应用架构\n\n**需求**：\n\n- 高性能、低延迟\n- 安全隔离\n- 快速部署\n- 可观测性\n",
            "I∘C∘S∘M∘Gk",
        ),
        (
            "**场景**：IoT 边缘节点，资源受限环境\n\n**需求**：\n\n- 极低资源占用\n- 快速启动\n- 安全隔离\n- 离线运行\n",
            "F∘C∘S∘W",
        ),
        (
            "**场景**：金融系统，高安全要求\n\n**需求**：\n\n- 强安全隔离\n- 合规性检查\n- 审计追踪\n- 零信任架构\n",
            "V∘S∘C∘M∘Gk",
        ),
    ] {
        let ran = stackwright(&["plan", "--text", text, "--format", "json", "--top", "1"]);
        let report = json(&ran.stdout);
        assert_eq!(
            report["plans"][0]["display"], expected,
            "{text}: {}",
            report["understood"]
        );
        assert_eq!(report["not_understood"], serde_json::json!([]), "{text}");
    }
}
