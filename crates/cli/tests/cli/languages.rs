//! `--lang`, STACKWRIGHT_LANG and the locale of the environment; and each command in Chinese.

use serde_json::Value;
use stackwright::Language;
use stackwright_locale::Locale;

use crate::{Ran, command, root, stackwright};

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
    // What is found may differ from one time to the next, what is looked for does not.
    let looked_for = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    let found = en
        .stdout
        .lines()
        .filter(|l| l.starts_with("  yes  ") || l.starts_with("  no   "));
    for name in found.filter_map(looked_for) {
        assert!(zh.stdout.contains(&name), "{name}: {}", zh.stdout);
    }
    assert!(zh.stdout.contains("`run` 在此主机上能生效的算子"), "{}", zh.stdout);
    assert!(!zh.stdout.contains("nothing here"));
}

#[test]
fn diagnostics_have_a_title_in_chinese() {
    let ran = stackwright(&["normalize", "W∘C", "--lang", "zh"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("C 不能位于语言级层（W, We）之内"), "{}", ran.stderr);
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
    let file = format!("{}/examples/edge-function/requirements.yaml", root().display());
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

/// Lines with three English words of small letters that follow each other. Addresses, options, code and names are none.
fn english(text: &str) -> Vec<String> {
    let is_word = |w: &str| w.len() > 1 && w.chars().all(|c| c.is_ascii_lowercase());
    let speaks = |line: &&str| {
        // What stands between quotation marks of code is code, and values are listed as they are written.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let prose = prose.split("[可选值").next().unwrap_or_default();
        if line.contains("用法：") || line.ends_with("dot]") {
            return false;
        }
        let words: Vec<_> = prose.split([' ', '（', '）', '：', '，']).collect();
        words
            .windows(3)
            .any(|three| three.iter().all(|w| is_word(w.trim_end_matches([';', '.', ':']))))
    };
    text.lines().filter(speaks).map(str::to_owned).collect()
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help
        .lines()
        .skip_while(|l| *l != "命令:")
        .skip(1)
        .take_while(|l| !l.is_empty());
    lines.map(|l| l.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn help_of_every_command_is_in_chinese() {
    let mut left: Vec<Vec<String>> = vec![Vec::new()];
    let mut findings = Vec::new();
    let mut seen = 0;
    while let Some(path) = left.pop() {
        for option in ["-h", "--help"] {
            let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
            arguments.extend([option, "--lang", "zh"]);
            let ran = stackwright(&arguments);
            assert_eq!(ran.code, 0, "{path:?}: {}", ran.stderr);
            assert!(
                ran.stdout.contains("用法：") && has_chinese(&ran.stdout),
                "{path:?}: {}",
                ran.stdout
            );
            findings.extend(english(&ran.stdout).into_iter().map(|l| format!("{path:?}: {l}")));
            if option == "-h" {
                let below = listed(&ran.stdout);
                left.extend(below.into_iter().map(|name| [&path[..], &[name]].concat()));
            }
            seen += 1;
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(seen > 80, "{seen}");
}

#[test]
fn errors_of_the_command_line_are_in_chinese() {
    for (arguments, wanted) in [
        (&["inspct", "--lang", "zh"][..], "您是指 `inspect` 吗"),
        (&["plan", "--lang", "zh"], "缺少：<REQUIREMENT>"),
        (&["plan", "x", "--nope", "--lang=zh"], "未知的参数 `--nope`"),
        (&["grade", "C", "--format", "texx", "--lang", "zh"], "您是指 `text` 吗"),
        (&["plan", "x", "--target", "moon", "--lang", "zh"], "`moon` 不是"),
        (&["inspect", "x", "--fix", "--lang", "zh"], "缺少："),
        (&["plan", "x", "--top", "--lang", "zh"], "`--lang`"),
        (&["atlas", "--lang", "zh"], "缺少命令"),
    ] {
        let ran = stackwright(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        let is_said = ran.stderr.contains(wanted) || (wanted == "`--lang`" && has_chinese(&ran.stderr));
        assert!(is_said, "{arguments:?}: {}", ran.stderr);
        assert!(english(&ran.stderr).is_empty(), "{}", ran.stderr);
    }
}

#[test]
fn diagnostics_are_in_chinese() {
    for (arguments, wanted) in [
        (
            &["normalize", "W∘C"][..],
            "C 不能位于语言级层（W, We）之内：必须由 C 包围它",
        ),
        (&["normalize", "Cz"], "未知的算子 `Cz`"),
        (
            &["plan", "there-is-no-such-file.yaml"],
            "无法读取 there-is-no-such-file.yaml：没有此文件或文件夹",
        ),
        (&["atlas", "path", "sandboxing", "沙盒化"], "两端都是 `sandboxing`"),
        (&["compare", "gvisor", "gvisor"], "`gvisor` 与自身比较"),
        (&["atlas", "matrix", "perfomance"], "您是指 `performance` 吗"),
        (
            &["atlas", "claims", "docker-seccomp-flg"],
            "您是指 `docker-seccomp-flag` 吗",
        ),
    ] {
        let ran = stackwright(&[arguments, &["--lang", "zh"]].concat());
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.stderr.contains(wanted), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn plans_give_their_reasons_in_chinese() {
    for name in [
        "edge-function",
        "financial-system",
        "strong-isolation",
        "microservice",
        "light-microservice",
    ] {
        let requirement = root().join("examples").join(name).join("requirements.yaml");
        let ran = stackwright(&["plan", requirement.to_str().unwrap(), "--lang", "zh"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stdout.contains("评判依据") && ran.stdout.contains("栈必须"),
            "{}",
            ran.stdout
        );
        // Sources keep their titles, and so do capabilities and versions of the catalogue.
        let is_source = |l: &String| ["published", "measured", "claimed", "["].iter().any(|s| l.contains(s));
        let left: Vec<_> = english(&ran.stdout).into_iter().filter(|l| !is_source(l)).collect();
        assert!(left.is_empty(), "{name}: {left:#?}");
    }
}

#[test]
fn inspection_speaks_chinese() {
    let manifest = b"apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  template:\n    spec:\n      \
        runtimeClassName: kata\n      securityContext: { seccompProfile: { type: RuntimeDefault } }\n      containers:\n      \
        - { name: web, image: nginx }\n";
    let ran = crate::stackwright_with(&["inspect", "-", "--evidence", "--lang", "zh"], manifest);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("1 个工作负载"), "{}", ran.stdout);
    assert!(ran.stdout.contains("查明方法"), "{}", ran.stdout);
    assert!(english(&ran.stdout).is_empty(), "{:#?}", english(&ran.stdout));
}

#[test]
fn claims_are_told_in_chinese() {
    let all = stackwright(&["atlas", "claims", "--lang", "zh"]);
    assert!(
        all.stdout.contains("181 条成立，93 条被否定，22 条未定"),
        "{}",
        all.stdout
    );
    let one = stackwright(&["atlas", "claims", "docker-seccomp-flag", "--lang", "zh"]);
    assert!(
        one.stdout.contains("反对      docker run 没有选项 --seccomp"),
        "{}",
        one.stdout
    );
    let quoted = stackwright(&["atlas", "claims", "aligned-sandboxing", "--lang", "zh"]);
    assert!(quoted.stdout.contains("已漂移"), "{}", quoted.stdout);
}

fn json(arguments: &[&str]) -> Value {
    let ran = stackwright(&[arguments, &["--format", "json", "--lang", "zh"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn every_explanation_is_in_chinese() {
    let entries = json(&["explain"]);
    let mut findings = Vec::new();
    for entry in entries.as_array().unwrap() {
        let code = entry["code"].as_str().unwrap();
        let ran = stackwright(&["explain", code, "--lang", "zh"]);
        // Examples are what somebody writes.
        let (prose, example) = match entry["example"].as_str() {
            Some(example) => {
                let example = example.trim_end().replace("mended:\n", "改正后：\n");
                let prose = ran.stdout.trim_end().strip_suffix(&example);
                (prose.unwrap_or_else(|| panic!("{code}: {}", ran.stdout)), example)
            }
            None => (ran.stdout.as_str(), String::new()),
        };
        let (title, explanation) = prose.split_once("\n\n").unwrap();
        let is_chinese = has_chinese(title) && has_chinese(explanation) && english(prose).is_empty();
        if ran.code != 0 || !is_chinese || example.lines().any(|l| l == "mended:") {
            findings.push(format!("{code}: {prose}"));
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(entries.as_array().unwrap().len() > 150);
}

/// The texts under some keys, wherever they are.
fn texts(value: &Value, keys: &[&str], out: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| texts(v, keys, out)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    _ if !keys.contains(&key.as_str()) => texts(value, keys, out),
                    Value::String(text) => out.push(text.clone()),
                    Value::Array(list) => out.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
                    // Operators have theirs in every language.
                    _ => assert!(value["zh"].as_str().is_some_and(has_chinese), "{key}: {value}"),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_description_of_the_catalogue_and_every_remedy_is_in_chinese() {
    let mut said = Vec::new();
    let lists = [
        "operators",
        "realizations",
        "metrics",
        "needs",
        "principles",
        "regimes",
        "profiles",
    ];
    for what in lists {
        let before = said.len();
        let keys = [
            "summary",
            "definition",
            "demand",
            "because",
            "taken_for",
            "not_covered",
            "caveats",
        ];
        texts(&json(&["catalog", "list", what]), &keys, &mut said);
        assert!(said.len() > before || what == "operators", "{what}");
        let shown = stackwright(&["catalog", "list", what, "--lang", "zh"]);
        said.extend(english(&shown.stdout));
    }
    for (file, key) in [("drive/data/doctor.json", "remedy"), ("image/data/runtime.json", "how")] {
        let text = std::fs::read_to_string(root().join("crates").join(file)).unwrap();
        let before = said.len();
        texts(&serde_json::from_str(&text).unwrap(), &[key], &mut said);
        assert!(said.len() > before, "{file}");
    }
    let locale = Locale::of(Language::Zh);
    let lacks = |text: &String| match locale.translated(text) {
        None => true,
        Some(told) => !has_chinese(&told) || !english(&told).is_empty(),
    };
    let missing: Vec<_> = said.iter().filter(|text| lacks(text)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(said.len() > 250, "{}", said.len());
}
