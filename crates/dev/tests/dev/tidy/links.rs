//! Links between documents lead somewhere.

use super::{File, files, none, root};

/// Targets of inline links and of link definitions, outside of code.
fn targets(markdown: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Text between backticks is code: every second piece.
            for prose in line.split('`').step_by(2) {
                found.extend(
                    prose
                        .split("](")
                        .skip(1)
                        .filter_map(|rest| rest.split([')', ' ']).next()),
                );
            }
            if line.starts_with('[')
                && let Some((_, target)) = line.split_once("]: ")
            {
                found.push(target.trim());
            }
        }
    }
    found
}

fn broken(file: &File) -> Vec<String> {
    let folder = root().join(&file.path).parent().unwrap().to_owned();
    targets(&file.text)
        .into_iter()
        .filter(|t| !t.contains("://") && !t.starts_with("mailto:"))
        .filter(|target| {
            let path = target.split('#').next().unwrap_or_default();
            !path.is_empty() && !folder.join(path).exists()
        })
        .map(|target| format!("{}: {target}", file.path))
        .collect()
}

#[test]
fn lead_somewhere() {
    let files = files();
    let markdown = files.iter().filter(|f| f.path.ends_with(".md"));
    let findings: Vec<_> = markdown.flat_map(broken).collect();
    none(&findings, "broken links");
}

#[test]
fn that_do_not_are_found() {
    let text = "[a](STYLE.md), [b](none.md#part) and [c](https://example.org)\n\n[d]: gone.md\n\n```\n[e](code.md)\n```\n\
                `[f](code.md)` ![g](none.svg \"title\")\n";
    assert_eq!(
        targets(text),
        ["STYLE.md", "none.md#part", "https://example.org", "gone.md", "none.svg"]
    );
}
