//! `--lang`, STACKWRIGHT_LANG and the locale of the environment; and each command in Chinese.

use crate::{Ran, command, stackwright};

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    command(arguments)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env_remove("LANG")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
        .into()
}

#[test]
fn the_option_comes_first_then_the_variable_then_the_locale() {
    let words = ["normalize", "C", "--explain"];
    let chinese = |arguments: &[&str], variables: &[(&str, &str)]| {
        let ran = with(arguments, variables);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        has_chinese(&ran.stdout)
    };
    assert!(!chinese(&words, &[]));
    assert!(chinese(&words, &[("LANG", "zh_CN.UTF-8")]));
    assert!(!chinese(&words, &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")]));
    assert!(!chinese(&words, &[("LANG", "fr_FR.UTF-8")]));
    assert!(chinese(
        &words,
        &[("LANG", "en_GB.UTF-8"), ("STACKWRIGHT_LANG", "zh-CN")]
    ));
    assert!(chinese(&words, &[("LANG", "zh_CN.UTF-8"), ("STACKWRIGHT_LANG", "")]));
    let english = [&words[..], &["--lang", "en"]].concat();
    assert!(!chinese(&english, &[("STACKWRIGHT_LANG", "zh")]));
    let before = [&["--lang=zh_CN"], &words[..]].concat();
    assert!(chinese(&before, &[]));
}

#[test]
fn a_language_that_is_not_spoken_is_refused_where_it_was_asked_for() {
    let ran = with(&["normalize", "C"], &[("STACKWRIGHT_LANG", "fr")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("cli::language"), "{}", ran.stderr);
    let ran = stackwright(&["normalize", "C", "--lang", "fr"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("none of en, zh"), "{}", ran.stderr);
}

#[test]
fn json_and_codes_are_the_same_in_every_language() {
    for arguments in [
        &["normalize", "Kc∘M", "--explain", "--format", "json"][..],
        &["grade", "I∘C∘S∘M", "--format", "json"],
        &["normalize", "W∘C", "--format", "json"],
        &["normalize", "C", "--format", "svg"],
    ] {
        let (en, zh) = (
            stackwright(&[arguments, &["--lang", "en"]].concat()),
            stackwright(&[arguments, &["--lang", "zh"]].concat()),
        );
        assert_eq!((en.code, &en.stdout), (zh.code, &zh.stdout));
        if arguments.contains(&"json") {
            assert_eq!(en.stderr, zh.stderr);
        } else {
            assert!(en.stderr.contains("cli::format") && zh.stderr.contains("cli::format"));
            assert!(has_chinese(&zh.stderr), "{}", zh.stderr);
        }
    }
}

#[test]
fn normalize_in_chinese() {
    let ran = stackwright(&["normalize", "Kc → M → C → Am → I", "--explain", "--lang", "zh"]);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn grade_in_chinese() {
    let ran = stackwright(&["grade", "V∘S∘C∘M", "--lang", "zh"]);
    insta::assert_snapshot!(ran.stdout);
    assert!(stackwright(&["grade", "Cc∘C", "--lang", "zh"]).stdout.contains("没有"));
}

#[test]
fn doctor_in_chinese() {
    let (en, zh) = (stackwright(&["doctor"]), stackwright(&["doctor", "--lang", "zh"]));
    assert_eq!(en.stdout.lines().count(), zh.stdout.lines().count());
    assert!(zh.stdout.contains("`run` 在此主机上能生效的算子"), "{}", zh.stdout);
    assert!(!zh.stdout.contains("nothing here"));
}

#[test]
fn diagnostics_have_a_title_in_chinese() {
    let ran = stackwright(&["normalize", "W∘C", "--lang", "zh"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("该词不描述任何栈：C cannot stand inside"),
        "{}",
        ran.stderr
    );
    // What is said in Chinese already gets none.
    let ran = stackwright(&["explain", "expression::ill-type", "--lang", "zh"]);
    assert!(
        ran.stderr.contains("未知的诊断代码") && !ran.stderr.contains("没有这个诊断代码"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("您是指 `expression::ill-typed` 吗？"),
        "{}",
        ran.stderr
    );
}

#[test]
fn laws_and_codes_in_chinese() {
    let ran = stackwright(&["laws", "C∘S", "S∘C", "--lang", "zh"]);
    assert!(
        ran.stdout.contains("左边") && ran.stdout.contains("因为"),
        "{}",
        ran.stdout
    );
    assert!(
        stackwright(&["laws", "M∘Am", "Am", "--lang", "zh"])
            .stdout
            .contains("同余")
    );
    let ran = stackwright(&["explain", "expression::ill-typed", "--lang", "zh"]);
    assert!(ran.stdout.contains("该词不描述任何栈"), "{}", ran.stdout);
}

#[test]
fn plan_and_catalog_and_table_in_chinese() {
    let file = format!("{}/examples/edge-function/requirements.yaml", crate::root().display());
    let ran = stackwright(&["plan", &file, "--lang", "zh"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for title in ["评判依据", "方案 I∘C∘S∘W", "原因", "数值", "被否决"] {
        assert!(ran.stdout.contains(title), "{title}: {}", ran.stdout);
    }
    let ran = stackwright(&["plan", "--text", "冷启动 < 10ms 天气", "--lang", "zh"]);
    assert!(
        ran.stdout.contains("已理解") && ran.stdout.contains("未理解"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let ran = stackwright(&["catalog", "list", "operators", "--lang", "zh"]);
    assert!(
        ran.stdout.contains("虚拟化") || has_chinese(&ran.stdout),
        "{}",
        ran.stdout
    );
    assert!(
        stackwright(&["catalog", "show", "--lang", "zh"])
            .stdout
            .contains("同余")
    );
    assert!(stackwright(&["table", "--lang", "zh"]).stdout.contains("行∘列"));
    assert!(stackwright(&["laws", "--lang", "zh"]).stdout.contains("幂等"));
}

#[test]
fn run_in_chinese() {
    let ran = stackwright(&["run", "S∘W", "--lang", "zh"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("没有可运行的内容"), "{}", ran.stderr);
    let ran = stackwright(&["run", "S∘W", "--grant", "x", "--lang", "zh", "--", "none.wasm"]);
    assert!(ran.stderr.contains("不是授权"), "{}", ran.stderr);
}
