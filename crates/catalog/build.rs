//! Compiles and checks the catalogue, so that a program with a broken catalogue cannot be built and reading it at run
//! time is cheap.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use sha2::{Digest, Sha256};

#[path = "src/check.rs"]
mod check;
#[path = "src/claims/check.rs"]
mod claims_check;
#[path = "src/condition.rs"]
mod condition;
#[path = "src/guidance.rs"]
mod guidance;
#[path = "src/lexicon.rs"]
mod lexicon;
#[path = "src/model/mod.rs"]
mod model;
#[path = "src/read.rs"]
mod read;

fn main() {
    if let Err(why) = build() {
        eprintln!("{why}");
        process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=data");
    let mut names = Vec::new();
    yaml_files(&root.join("data"), Path::new("data"), &mut names)?;
    names.sort();
    let mut hash = Sha256::new();
    let mut files = Vec::new();
    let mut findings = Vec::new();
    sources(&root, &names)?;
    for name in names {
        println!("cargo::rerun-if-changed={}", name.display());
        let bytes = fs::read(root.join(&name)).map_err(|e| format!("{}: {e}", name.display()))?;
        let name = name.to_string_lossy().into_owned();
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(&bytes);
        match read::DataFile::read(&name, &bytes) {
            Ok(file) => files.push(file),
            Err(diagnostic) => findings.push(diagnostic),
        }
    }
    if findings.is_empty() {
        match check::check(files) {
            Ok((data, algebra)) => return write(&data, &algebra, &hash.finalize()),
            Err(found) => findings = found,
        }
    }
    let lines: Vec<String> = findings.iter().map(line).collect();
    Err(format!(
        "the catalogue has {} errors\n{}",
        lines.len(),
        lines.join("\n")
    ))
}

/// Names and texts of all files, for diagnostics about what overlays replace.
fn sources(root: &Path, names: &[PathBuf]) -> Result<(), String> {
    let mut code = "&[\n".to_owned();
    for name in names {
        let path = root.join(name);
        code += &format!(
            "({:?}, include_str!({:?})),\n",
            name.to_string_lossy(),
            path.to_string_lossy()
        );
    }
    code += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("sources.rs"), code).map_err(|e| e.to_string())
}

fn write(data: &read::CatalogData, algebra: &stackwright_algebra::Algebra, hash: &[u8]) -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let json = serde_json::to_string(data).map_err(|e| e.to_string())?;
    let automaton = stackwright_algebra::Automaton::compile(algebra)?.store();
    fs::write(out.join("automaton"), automaton).map_err(|e| e.to_string())?;
    let starting = read::CatalogData {
        structure: data.structure.clone(),
        operators: data.operators.clone(),
        realizations: data
            .realizations
            .iter()
            .filter(|r| r.driver.is_some())
            .cloned()
            .collect(),
        ..read::CatalogData::default()
    };
    let starting = serde_json::to_string(&starting).map_err(|e| e.to_string())?;
    fs::write(out.join("starting.json"), starting).map_err(|e| e.to_string())?;
    let inspection = serde_json::to_string(&data.inspection).map_err(|e| e.to_string())?;
    fs::write(out.join("inspection.json"), inspection).map_err(|e| e.to_string())?;
    let landing = serde_json::to_string(&data.landing).map_err(|e| e.to_string())?;
    fs::write(out.join("landing.json"), landing).map_err(|e| e.to_string())?;
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    println!("cargo::rustc-env=STACKWRIGHT_CATALOG_HASH={hex}");
    fs::write(out.join("catalog.json"), json).map_err(|e| e.to_string())?;
    let lexicon = serde_json::to_string(&data.lexicon).map_err(|e| e.to_string())?;
    fs::write(out.join("lexicon.json"), lexicon).map_err(|e| e.to_string())?;
    let claims = serde_json::to_string(&data.claims).map_err(|e| e.to_string())?;
    fs::write(out.join("claims.json"), claims).map_err(|e| e.to_string())?;
    let atlas = serde_json::to_string(&data.atlas).map_err(|e| e.to_string())?;
    fs::write(out.join("atlas.json"), atlas).map_err(|e| e.to_string())?;
    let guidance = serde_json::to_string(&data.guidance).map_err(|e| e.to_string())?;
    fs::write(out.join("guidance.json"), guidance).map_err(|e| e.to_string())
}

fn line(diagnostic: &stackwright_text::Diagnostic) -> String {
    let place = diagnostic
        .place()
        .map(|p| format!(":{}:{}", p.line, p.column))
        .unwrap_or_default();
    let help = diagnostic.help().map(|h| format!(" ({h})")).unwrap_or_default();
    format!(
        "{}{place}: {diagnostic}{help}",
        diagnostic.source_name().unwrap_or("catalogue")
    )
}

fn yaml_files(folder: &Path, name: &Path, out: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|e| e.to_string())?;
        let name = name.join(entry.file_name());
        if entry.path().is_dir() {
            yaml_files(&entry.path(), &name, out)?;
        } else if name.extension().is_some_and(|e| e == "yaml") {
            out.push(name);
        }
    }
    Ok(())
}
