//! What the atlas says in Chinese is what the documents say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use stackwright_atlas::{Selection, Table, render};
use stackwright_text::Language;

use crate::atlas;

/// The documents by title, where this checkout has them beside it.
pub fn documents() -> Option<Vec<(&'static str, String)>> {
    let given = env::var_os("STACKWRIGHT_SHARED").map(PathBuf::from);
    let mut beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|a| a.join("shared"));
    let folder = given
        .into_iter()
        .chain(&mut beside)
        .map(|f| f.join("seeds"))
        .find(|f| f.is_dir());
    let Some(folder) = folder else {
        eprintln!("skipped: the source documents are not here, STACKWRIGHT_SHARED names their folder");
        return None;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    Some(vec![
        ("Concept comparison matrix", read("000-concept-comparison-matrix.zh.md")),
        (
            "Operator composition cases",
            read("003-operator-composition-cases.zh.md"),
        ),
    ])
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|c| c.trim().to_owned()).collect()
}

/// Every table of a document: the line of its heads from 1, and its cells without the line of dashes.
fn tables(text: &str) -> Vec<(u32, Vec<Vec<String>>)> {
    let mut found: Vec<(u32, Vec<Vec<String>>)> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        if !line.starts_with('|') {
            inside = false;
        } else if !inside {
            found.push((number, vec![cells(line)]));
            inside = true;
        } else if cells(line).iter().any(|c| !c.chars().all(|c| "-: ".contains(c))) {
            found.last_mut().unwrap().1.push(cells(line));
        }
    }
    found
}

/// The cells that a printed table has.
fn printed(table: &Table) -> Vec<Vec<String>> {
    tables(&render::markdown(table)).remove(0).1
}

#[test]
fn every_table_is_printed_cell_by_cell() {
    let Some(documents) = documents() else { return };
    let atlas = atlas();
    let glossary = atlas.glossary(Language::Zh);
    let (mut compared, mut count) = (0, 0);
    for (title, text) in &documents {
        let mut left: BTreeSet<u32> = tables(text).iter().map(|(line, _)| *line).collect();
        for (line, expected) in tables(text) {
            let of_document = |m: &&stackwright_catalog::model::Matrix| {
                m.document
                    .as_ref()
                    .is_some_and(|d| d.document == *title && d.line <= line)
            };
            let matrices = || atlas.claims.matrices.iter().filter(of_document);
            let whole = matrices().find(|m| m.document.as_ref().unwrap().line == line && m.unfolded.is_none());
            let found = match whole {
                Some(matrix) => printed(&Table::of(matrix, &Selection::default(), &glossary).unwrap()),
                None => {
                    let rows = matrices().flat_map(|m| m.rows.iter().map(move |r| (m, r)));
                    let tables = rows.filter_map(|(m, r)| Table::unfolded(m, &r.subject, &glossary));
                    let mut printed = tables.map(|t| printed(&t));
                    printed.find(|p| *p == expected).unwrap_or_default()
                }
            };
            assert_eq!(found, expected, "{title}, line {line}");
            left.remove(&line);
            compared += 1;
            count += expected.iter().map(Vec::len).sum::<usize>();
        }
        assert!(left.is_empty(), "{title}: {left:?}");
    }
    assert_eq!(compared, 21);
    eprintln!("{count} cells of {compared} tables");
}

/// Every text of the catalogue that is about the documents, and every table as it is printed in Chinese.
fn said() -> Vec<String> {
    let atlas = atlas();
    let mut texts = Vec::new();
    collect(&serde_json::to_value(atlas.data).unwrap(), &mut texts);
    collect(&serde_json::to_value(atlas.claims).unwrap(), &mut texts);
    texts
}

fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|i| collect(i, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|f| collect(f, texts)),
        _ => {}
    }
}

/// The parts of a line that say something: what stands between marks of lists, quotations and emphasis.
fn parts(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches(['>', '-', '└', '─', '│', ' ']);
    let line = line.strip_prefix("✅ ").unwrap_or(line);
    let number = line
        .find(". ")
        .filter(|at| line[..*at].chars().all(|c| c.is_ascii_digit()));
    let line = number.map_or(line, |at| &line[at + 2..]);
    match line.strip_prefix("**").and_then(|l| l.split_once("**")) {
        Some((name, text)) => [name, text.trim_start_matches('：').trim()].map(str::to_owned).to_vec(),
        None => vec![line.to_owned()],
    }
}

/// Lines that say nothing of the subject: headings and titles of lists, the table of contents, dates, the program of the
/// section on tools, and what maps are drawn with.
fn is_scaffolding(line: &str, section: &str) -> bool {
    let line = line.trim();
    let is_label = line.starts_with("**") && line.ends_with("**：");
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("---")
        || is_label
        || section.starts_with("📑")
        || section.starts_with("7.1")
        || ["技术栈:", "具体实现:", "mindmap", "root((多维度概念对比))", "graph TB"].contains(&line)
        || ["**版本**", "**最后更新**", "**文档状态**", "**维护者**"]
            .iter()
            .any(|m| line.starts_with(m))
}

/// A text without its link, and the title and address of the link.
fn links(text: &str) -> Vec<String> {
    let found = text.split_once('[').and_then(|(before, rest)| {
        let (title, address) = rest.split_once("](http")?;
        Some((before, title, format!("http{address}")))
    });
    let Some((before, title, address)) = found else {
        return vec![text.to_owned()];
    };
    let address = if before.ends_with('(') {
        address.trim_end_matches("))").to_owned() + ")"
    } else {
        address
    };
    let address = address.strip_suffix(')').unwrap();
    let address = if address.contains('(') && !address.contains(')') {
        format!("{address})")
    } else {
        address.to_owned()
    };
    let title = title
        .strip_prefix("Wikipedia: ")
        .filter(|_| !before.is_empty())
        .unwrap_or(title);
    vec![
        before.trim_end_matches(['(', ' ']).to_owned(),
        title.to_owned(),
        address,
    ]
}

#[test]
fn every_statement_of_the_documents_is_in_the_data() {
    let Some(documents) = documents() else { return };
    let said = said();
    let is_said = |text: &str| text.is_empty() || said.iter().any(|s| s.contains(text));
    let mut findings = Vec::new();
    let mut checked = 0;
    for (title, text) in &documents {
        let mut section = String::new();
        let mut fenced: Option<String> = None;
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(language) = line.strip_prefix("```") {
                fenced = fenced.is_none().then(|| language.to_owned());
                continue;
            }
            if fenced.is_none() && line.starts_with('#') {
                section = line.trim_start_matches('#').trim().to_owned();
            }
            let comment = fenced.as_deref() == Some("bash") && line.starts_with('#');
            // Tables are compared cell by cell.
            if (is_scaffolding(line, &section) && !comment) || line.starts_with('|') {
                continue;
            }
            checked += 1;
            let words: Vec<String> = match fenced.as_deref() {
                Some("bash") => vec![line.trim_start_matches("# ").to_owned()],
                Some("yaml") => line
                    .trim()
                    .trim_start_matches("- ")
                    .split(": ")
                    .map(str::to_owned)
                    .collect(),
                Some("mermaid") => line
                    .split(['[', ']', '{', '}', '|', ':'])
                    .map(|w| w.trim().to_owned())
                    .filter(|w| !w.contains("-->") && !w.is_ascii())
                    .filter(|w| !["定义", "属性", "关系", "技术领域", "典型技术"].contains(&w.as_str()))
                    .collect(),
                Some("text") => parts(line.rsplit("s: ").next().unwrap()),
                _ => {
                    let definition = line.contains("**英文**") || line.contains("**中文**");
                    let label = line.starts_with("**");
                    let parts = parts(line).into_iter().skip(usize::from(definition || label));
                    parts.flat_map(|p| links(&p)).collect()
                }
            };
            let words = words.iter().flat_map(|w| {
                if section.starts_with('5') && line.starts_with("**") {
                    w.split('、').map(str::to_owned).collect()
                } else {
                    vec![w.clone()]
                }
            });
            // Technologies are listed one by one where a stack names several.
            for word in words.filter(|w| !is_said(w) && !w.split('、').all(is_said)) {
                findings.push(format!("{title}, line {number}: {word}"));
            }
        }
    }
    assert!(
        findings.is_empty(),
        "{} of {checked} lines: {findings:#?}",
        findings.len()
    );
    assert!(checked > 350, "{checked}");
    eprintln!("{checked} statements");
}

/// Titles under which documents judge nothing, and why a line there needs no claim.
const NOT_JUDGED: &[(&str, &str)] = &[
    ("**核心目标**：", "aims of the document"),
    ("**核心对比维度**：", "names of dimensions"),
    ("**参考资源**：", "names of authorities"),
    (
        "**核心定义**：",
        "definitions, which `atlas align` compares with those of authorities",
    ),
    ("**技术领域**：", "names of fields"),
    ("**典型技术**：", "names of technologies"),
    (
        "**典型技术栈**：",
        "recommendations, of which `atlas domain` asks the planner",
    ),
    ("**权威参考**：", "addresses"),
    (
        "**2025 年最佳实践**：",
        "advice, of which `atlas practice` asks the planner",
    ),
    (
        "**2025 年概念对比工具**：",
        "a program, which `compare` and `align` are",
    ),
    ("**2025 年技术选型决策流程**：", "steps, which `atlas decide` takes"),
    ("**需求**：", "what is required"),
    (
        "**技术选型**：",
        "selections, for which the answers of the case ask the planner",
    ),
    ("**技术实现**：", "names of technologies"),
    ("**核心流程**：", "steps"),
    ("**关联文档**：", "addresses"),
    ("**外部参考**：", "addresses"),
];

/// Sections without titles of lists that judge nothing.
const NOT_JUDGED_SECTIONS: &[(&str, &str)] = &[
    ("📑", "the table of contents"),
    ("1.1", "aims of the document"),
    ("10", "addresses"),
    ("8 参考", "addresses"),
];

/// Why a line needs no claim, wherever it stands.
fn says_nothing(line: &str) -> Option<&'static str> {
    let is_name = line.starts_with("    ") && !line.trim().contains([' ', '：']);
    let line = line.trim();
    let starts = |starts: &[&str]| starts.iter().any(|s| line.starts_with(s));
    if line.is_empty() || line == "---" || line.starts_with('#') {
        Some("no sentence")
    } else if line.starts_with("**") && line.ends_with("**：") {
        Some("a title")
    } else if starts(&["```", "mindmap", "root((", "graph TB", "├", "└──", "物理硬件"]) && !line.contains('（')
    {
        Some("what maps are drawn with")
    } else if starts(&["定义: ", "技术领域: ", "典型技术: "]) || is_name {
        Some("names, which the maps repeat from the sections of concepts")
    } else if line.contains(" --> ") && !line.contains("-->|") {
        Some("an edge of the map without a condition")
    } else if starts(&["**版本**", "**最后更新**", "**文档状态**", "**维护者**", "本文档提供"]) {
        Some("the document about itself")
    } else if starts(&["**需求**：", "**场景**：", "**算子序列**：", "**实践案例**："]) {
        Some("what is required, and how it is written")
    } else if line.starts_with('|') && !line.contains("✅") {
        Some("a row of a table, which is compared cell by cell")
    } else if starts(&["物理硬件", "2000s: ", "└── 虚拟化（"]) {
        Some("where a chain begins")
    } else {
        None
    }
}

/// Every line of both documents is claimed, or says nothing that could be judged, for a reason that is written above.
#[test]
fn every_sentence_has_a_claim_or_a_reason_why_not() {
    let Some(documents) = documents() else { return };
    let claims = &atlas().claims.claims;
    let mut findings = Vec::new();
    let (mut claimed, mut excused) = (0, std::collections::BTreeMap::<&str, usize>::new());
    for (title, text) in &documents {
        let (mut section, mut label) = ("", "");
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with("## ") || line.starts_with("### ") {
                (section, label) = (line.trim_start_matches('#').trim(), "");
            } else if line.starts_with("**") && line.ends_with("**：") {
                label = line;
            }
            let has = claims
                .iter()
                .any(|c| c.source.document == *title && c.source.line == number);
            let of_label = NOT_JUDGED.iter().find(|(l, _)| *l == label);
            let of_section = NOT_JUDGED_SECTIONS.iter().find(|(s, _)| section.starts_with(s));
            let reason = says_nothing(line).or(of_label.or(of_section).map(|(_, why)| *why));
            match (has, reason) {
                (true, _) => claimed += 1,
                (false, Some(reason)) => *excused.entry(reason).or_default() += 1,
                (false, None) => findings.push(format!("{title}, line {number}: {line}")),
            }
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(claimed > 240, "{claimed}");
    eprintln!("{claimed} lines with claims; without: {excused:#?}");
}
