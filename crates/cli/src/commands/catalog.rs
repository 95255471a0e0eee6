//! `catalog`: what is known, and checks of data files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use stackwright::model::Kind;
use stackwright::spec::requirement::RequirementFile;
use stackwright::{Catalog, Diagnostic, suggestion};

use crate::arguments::{self, Listed};
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `catalog`.
pub fn run(arguments: &arguments::Catalog, output: &mut Output) -> Result<u8, Failure> {
    match arguments {
        arguments::Catalog::Validate { paths } => validate(paths, output),
        arguments::Catalog::Schema { kind } => schema(kind.as_deref(), output),
        arguments::Catalog::List { what } => list(*what, output),
        arguments::Catalog::Show => show(output),
    }
}

fn validate(paths: &[PathBuf], output: &mut Output) -> Result<u8, Failure> {
    let loaded;
    let (catalog, files) = if paths.is_empty() {
        (Catalog::builtin()?, 0)
    } else {
        let mut names = Vec::new();
        for path in paths {
            collect(path, &mut names)?;
        }
        names.sort();
        let mut files = Vec::new();
        for path in names {
            let bytes = fs::read(&path).map_err(|e| Failure::file("read", &path, &e))?;
            files.push((path.to_string_lossy().into_owned(), bytes));
        }
        loaded = Catalog::from_files(&files, "")?;
        (&loaded, files.len())
    };
    let data = catalog.data();
    if output.is_json() {
        output.json(&json!({
            "schema": "stackwright/catalog-validate/v1",
            "ok": true,
            "files": files,
            "operators": data.operators.len(),
            "technologies": data.technologies.len(),
            "realizations": data.realizations.len(),
            "interactions": data.interactions.len(),
            "evidence": data.evidence.len(),
        }));
    } else {
        let from = if paths.is_empty() {
            "the built-in catalogue".to_owned()
        } else {
            format!("{files} files")
        };
        output.line(format!(
            "{from}: {} operators, {} technologies, {} realizations, {} interactions, {} evidence records; all is well",
            data.operators.len(),
            data.technologies.len(),
            data.realizations.len(),
            data.interactions.len(),
            data.evidence.len()
        ));
    }
    Ok(0)
}

/// The YAML files at or below a path.
fn collect(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|e| Failure::file("read", path, &e))?;
    if !metadata.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|e| Failure::file("read", path, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Failure::file("read", path, &e))?;
        let kind = entry.file_type().map_err(|e| Failure::file("read", path, &e))?;
        let path = entry.path();
        // Links are not followed into folders, so that a loop of them cannot be walked for ever.
        if kind.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            out.push(path);
        }
    }
    Ok(())
}

fn schema(kind: Option<&str>, output: &mut Output) -> Result<u8, Failure> {
    const REQUIREMENT: &str = "Requirement";
    let mut names: Vec<_> = Kind::ALL.iter().map(|k| k.name()).collect();
    names.push(REQUIREMENT);
    let Some(name) = kind else {
        for name in names {
            output.line(name);
        }
        return Ok(0);
    };
    if name == REQUIREMENT {
        output.json(&RequirementFile::schema());
        return Ok(0);
    }
    let Some(kind) = Kind::ALL.iter().find(|k| k.name() == name) else {
        return Err(Diagnostic::new("catalog::kind", format!("unknown kind `{name}`"))
            .with_help(suggestion(name, &names))
            .into());
    };
    output.json(&kind.schema());
    Ok(0)
}

fn list(what: Listed, output: &mut Output) -> Result<u8, Failure> {
    let catalog = Catalog::builtin()?;
    let data = catalog.data();
    match what {
        Listed::Operators => rows(output, &data.operators, |o| {
            format!("{:<5} {:<24} {}", o.symbol, o.name.en, o.summary.en)
        }),
        Listed::Technologies => rows(output, &data.technologies, |t| format!("{:<28} {}", t.id, t.name)),
        Listed::Realizations => rows(output, &data.realizations, |r| {
            format!("{:<32} {:<14} {}", r.id, r.words.join(" "), r.summary)
        }),
        Listed::Metrics => rows(output, &data.metrics, |m| {
            format!("{:<18} {:<4} {}", m.name, m.unit, m.definition)
        }),
        Listed::Needs => rows(output, &data.needs, |n| format!("{:<20} {}", n.name, n.summary)),
        Listed::Principles => rows(output, &data.principles, |p| {
            format!("{:<24} the stack must {}, as {}", p.id, p.demand, p.because)
        }),
        Listed::Regimes => rows(output, &data.regimes, |r| {
            let controls: Vec<_> = r.asks.iter().map(|a| format!("{} {}", a.control, a.need)).collect();
            format!("{:<18} {}: {}", r.id, r.name.en, controls.join(", "))
        }),
        Listed::Profiles => rows(output, &data.profiles, |p| {
            let reading: Vec<_> = p
                .reading
                .iter()
                .map(|r| format!("{} is {}", r.word, r.taken_for))
                .collect();
            format!("{:<28} {}: {}", p.id, p.name.en, reading.join("; "))
        }),
        Listed::Evidence => rows(output, &data.evidence, |e| {
            format!(
                "{:<40} {:<16} {:<12} {} {}  {}, {}, {}",
                e.id,
                e.metric,
                e.scope.name(),
                e.value,
                e.unit,
                e.kind.name(),
                e.source.title,
                e.date
            )
        }),
    }
    Ok(0)
}

fn rows<T: Serialize>(output: &mut Output, items: &[T], row: impl Fn(&T) -> String) {
    if output.is_json() {
        output.json(&items);
        return;
    }
    for item in items {
        output.line(row(item));
    }
}

fn show(output: &mut Output) -> Result<u8, Failure> {
    let catalog = Catalog::builtin()?;
    let size = catalog.automaton().size();
    let data = catalog.data();
    let answer = json!({
        "schema": "stackwright/catalog-show/v1",
        "hash": catalog.hash(),
        "operators": data.operators.len(),
        "technologies": data.technologies.len(),
        "realizations": data.realizations.len(),
        "interactions": data.interactions.len(),
        "evidence": data.evidence.len(),
        "automaton": {
            "domain_states": size.domain_states,
            "states": size.states,
            "transitions": size.transitions,
            "mark_states": size.mark_states,
        },
    });
    if output.is_json() {
        output.json(&answer);
        return Ok(0);
    }
    output.line(format!("catalogue {}", catalog.hash()));
    output.line(format!(
        "  {} operators, {} technologies, {} realizations, {} interactions, {} evidence records",
        data.operators.len(),
        data.technologies.len(),
        data.realizations.len(),
        data.interactions.len(),
        data.evidence.len()
    ));
    output.line(format!(
        "  automaton: {} local states of a domain, {} states, {} transitions; {} sets of marks",
        size.domain_states, size.states, size.transitions, size.mark_states
    ));
    Ok(0)
}
