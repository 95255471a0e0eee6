//! What libraries, data and the command line say in English is known in every language, and nothing else is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stackwright_locale::{Locale, entries, holes, patterns};
use stackwright_text::Language;

use super::rust_files;
use super::untranslated::{is_prose, strings};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every language but English, with its patterns.
fn languages() -> Vec<(Language, Vec<(String, String)>)> {
    let others = Language::ALL
        .iter()
        .filter_map(|l| patterns(*l).map(|p| (*l, entries(p))));
    let others: Vec<_> = others.collect();
    assert_eq!(others.len() + 1, Language::ALL.len());
    others
}

/// A text with `{}` for everything that is filled in, and runs of white space as one space.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '{' => {
                depth += 1;
                out.push('{');
            }
            '}' => {
                depth = depth.saturating_sub(1);
                out.push('}');
            }
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Rust sources of crates, without their tests.
fn sources(crates: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for name in crates {
        rust_files(&repository().join("crates").join(name), &mut files);
    }
    files.retain(|f| f.components().any(|c| c.as_os_str() == "src"));
    files.retain(|f| !f.ends_with("tests.rs") && !f.to_string_lossy().contains("/tests/"));
    files.sort();
    assert!(files.len() > 5, "{crates:?}: {files:?}");
    let name = |f: &PathBuf| f.strip_prefix(repository()).unwrap().display().to_string();
    files
        .iter()
        .map(|f| (name(f), fs::read_to_string(f).unwrap()))
        .collect()
}

/// Crates and files whose sentences are shown to people as they are.
const SPEAK: &[&str] = &[
    "plan",
    "inspect",
    "atlas",
    "text",
    "catalog/src/claims",
    "catalog/src/grade",
    "algebra",
    "drive/src/doctor",
    "drive/src/runner/probe.rs",
    "drive/src/runner/machine.rs",
];

/// Sentences that are checks of data files or parts of pictures, which nobody reads in another language.
const NOT_SHOWN: &[&str] = &[
    "catalog/src/claims/check.rs",
    "algebra/src/define.rs",
    "automaton",
    "decide.rs",
];

#[test]
fn sentences_of_libraries_are_known() {
    for (language, known) in languages() {
        let known: Vec<String> = known.iter().map(|(id, _)| plain(id)).collect();
        let (mut all, mut missing) = (0, Vec::new());
        for (name, text) in sources(&["plan", "inspect", "atlas", "text", "catalog", "algebra", "drive"]) {
            let speaks = SPEAK.iter().any(|s| name.starts_with(&format!("crates/{s}")));
            if !speaks || NOT_SHOWN.iter().any(|s| name.contains(s)) {
                continue;
            }
            let prose = strings(&text).into_iter().filter(|s| is_prose(s) && !s.contains('<'));
            for sentence in prose {
                all += 1;
                let sentence = plain(&sentence);
                if !known.iter().any(|k| k.contains(&sentence)) {
                    missing.push(format!("{name}: {sentence}"));
                }
            }
        }
        eprintln!(
            "{language}: {} of {all} sentences are not known: {missing:#?}",
            missing.len()
        );
        assert!(all > 150, "{all}");
        // What is new can be said in English for a while; that may not become a habit.
        assert!(missing.len() * 20 < all, "{missing:#?}");
    }
}

#[test]
fn sentences_of_the_catalogue_are_known() {
    for (language, _) in languages() {
        let locale = Locale::of(language);
        let (mut all, mut missing) = (0, Vec::new());
        for name in ["realizations", "principles", "grades", "interactions"] {
            let text = fs::read_to_string(repository().join("data").join(name).with_extension("yaml")).unwrap();
            let mut lines = text.lines().peekable();
            let mut is_caveats = false;
            while let Some(line) = lines.next() {
                let trimmed = line.trim();
                let value = ["note: ", "remedy: ", "because: ", "demand: "]
                    .iter()
                    .find_map(|k| trimmed.strip_prefix(k));
                // Needs have summaries that only lists of the catalogue show.
                let summary = trimmed.strip_prefix("summary: ").filter(|_| name == "realizations");
                let caveat = trimmed.strip_prefix("- ").filter(|_| is_caveats);
                is_caveats = trimmed == "caveats:" || (caveat.is_some() && is_caveats);
                let Some(value) = value.or(summary).or(caveat) else {
                    continue;
                };
                let folded = value == ">-";
                let value = if folded {
                    let mut parts = Vec::new();
                    let indent = line.len() - line.trim_start().len();
                    while let Some(next) = lines.next_if(|l| l.len() - l.trim_start().len() > indent) {
                        parts.push(next.trim());
                    }
                    parts.join(" ")
                } else {
                    value.trim_matches('"').to_owned()
                };
                all += 1;
                if locale.translated(&value).is_none() {
                    missing.push(format!("{name}: {value}"));
                }
            }
        }
        eprintln!("{language}: {} of {all} are not known: {missing:#?}", missing.len());
        assert!(all > 250, "{all}");
        assert!(missing.len() * 20 < all, "{missing:#?}");
    }
}

#[test]
fn patterns_are_well_formed() {
    for (language, known) in languages() {
        assert!(known.len() > 500, "{}", known.len());
        let mut ids = BTreeSet::new();
        for (id, text) in &known {
            assert!(ids.insert(id), "{language}: `{id}` is twice");
            assert!(!text.is_empty(), "{language}: `{id}` has no translation");
            let from = holes(id);
            for hole in holes(text) {
                let place = hole.parse::<usize>().ok().filter(|p| *p < from.len());
                let is_there = place.is_some() || from.contains(&hole);
                assert!(is_there && !hole.is_empty(), "{language}: `{id}` has no `{{{hole}}}`");
            }
        }
    }
}

/// Parts of sentences that are put together, and what others say: the standard library, the reader of the command line.
const OF_OTHERS: &[&str] = &[
    "(os error",
    "Print help",
    "Print version",
    "compiler for isolation stacks",
];

#[test]
fn patterns_are_of_sentences_that_somebody_says() {
    let crates = [
        "algebra", "api", "atlas", "catalog", "cli", "drive", "emit", "image", "inspect", "plan", "spec", "text",
    ];
    let mut said: Vec<String> = Vec::new();
    for (_, text) in sources(&crates) {
        said.extend(strings(&text).iter().map(|s| plain(s)));
        let documentation = text
            .lines()
            .map(|l| l.trim().strip_prefix("///").unwrap_or("\u{1}").trim());
        said.push(documentation.collect::<Vec<_>>().join(" "));
        let errors = text.lines().filter_map(|l| l.trim().strip_prefix("#[error("));
        said.extend(errors.map(plain));
        said.push(plain(&text));
    }
    for file in ["drive/data/doctor.json", "image/data/runtime.json"] {
        let text = fs::read_to_string(repository().join("crates").join(file)).unwrap();
        said.extend(strings(&text));
    }
    let mut files = vec![repository().join("data")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            said.push(plain(&fs::read_to_string(path).unwrap().replace("''", "'")));
        }
    }
    let mut unused = Vec::new();
    for (language, known) in languages() {
        for (id, _) in &known {
            // Sentences are put together of parts: most words that follow each other do so in a source as well.
            let plain = plain(id);
            let parts = plain
                .split("{}")
                .flat_map(|p| p.split(['(', ')', '[', ']', ':', ',', ';', '.']));
            let pairs: Vec<String> = parts
                .flat_map(|p| {
                    let words: Vec<_> = p.split_whitespace().collect();
                    let size = words.len().clamp(1, 2);
                    words.windows(size).map(|w| w.join(" ")).collect::<Vec<_>>()
                })
                .collect();
            let found = pairs
                .iter()
                .filter(|p| said.iter().any(|s| s.contains(p.as_str())))
                .count();
            let is_other = OF_OTHERS.iter().any(|o| id.contains(o));
            if !is_other && found * 2 < pairs.len() {
                unused.push(format!("{language}: {id}"));
            }
        }
    }
    assert!(unused.is_empty(), "nobody says: {unused:#?}");
}

#[test]
fn sentences_are_told_in_the_language() {
    let (en, zh) = (Locale::of(Language::En), Locale::of(Language::Zh));
    let sentence = "the stack must hold a container: the target starts workloads in containers [container-target]";
    assert_eq!(en.told(sentence), sentence);
    assert_eq!(
        zh.told(sentence),
        "栈必须含有容器：目标在容器中启动工作负载 [container-target]"
    );
    assert_eq!(zh.told("what nobody ever said"), "what nobody ever said");
    // Of names, with what mends it, and in lists.
    let risk = "kata-containers and istio-cni [any]: The kernel is the host's. (gVisor's trace points instead)";
    assert_eq!(
        zh.told(risk),
        "kata-containers + istio-cni [any]：内核是主机的内核。（改用 gVisor 的跟踪点）"
    );
    assert_eq!(zh.told("S: must have C; crun requires it"), "S：必须有 C；crun 需要它");
    // Bounds with the figures that decide on them, and what these come from.
    let bound = "memory < 50 MB at process scope (the default scope)";
    for (sentence, told) in [
        (
            ": 7.9 (6.4–8.2) MB (measured: Ours, 2026 [a, b])",
            "：7.9 (6.4–8.2) MB（实测：Ours, 2026 [a, b]）",
        ),
        (
            ": it is 9 MB (published: A [a]; claimed: B [b])",
            "：实为 9 MB（已发表：A [a]；声称：B [b]）",
        ),
        (": without it C (x) would be first", "：若无此条，C (x) 将居首"),
    ] {
        let whole = zh.told(&format!("{bound}{sentence}"));
        assert_eq!(whole, format!("内存 < 50 MB，范围 进程级（默认范围）{told}"));
    }
    assert_eq!(
        zh.told("runc needs seccomp: not on PATH (run as root, or with CAP_BPF and CAP_PERFMON)"),
        "runc 需要 seccomp：不在 PATH 中（请以 root 运行，或具备 CAP_BPF 与 CAP_PERFMON）"
    );
}
