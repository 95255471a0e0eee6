//! Verification: whether documents are what they say. A bundle is read back through inspection, and fails unless the stack that
//! is found refines the one that was planned; every document is checked; policies are evaluated on the workload and on mutants of it.
//!
//! Nothing is fetched and no cluster is asked.

mod cel;
mod documents;
mod fit;
mod policy;
mod profile;
mod schema;
mod stack;
mod suite;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{InspectionRules, LandingPlatform, LandingRules, WorkloadRule};
use stackwright_catalog::version;
use stackwright_emit::kubernetes::TESTS;
use stackwright_inspect::{Inspector, Knowledge, Options as InspectOptions, Reach};
use stackwright_spec::bundle::{LOCK_FILE, Lock};
use stackwright_text::yaml::parse;
use stackwright_text::{Diagnostic, Source, decode};

use crate::bundle::{self, BundleError};
use crate::inspect::{Input, inputs, read_all};

use self::schema::Schemas;

/// The version of the report's form.
pub const SCHEMA: &str = "stackwright/verify/v1";

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// To be known.
    Info,
    /// Worth a look.
    Warning,
    /// What was planned does not hold, or a cluster would refuse it.
    Error,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Where: a file, with its line and the field where there is one.
    pub r#where: String,
    /// What.
    pub what: String,
}

/// A workload that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Where: file, kind and name.
    pub r#where: String,
    /// The operators in effect: those of its documents, of objects that stand for one, and of facts that no document shows.
    pub operators: Vec<String>,
    /// The same as a word.
    pub display: String,
}

/// What verification answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The version of this form.
    pub schema: &'static str,
    /// Whether there is no error.
    pub ok: bool,
    /// The planned stack, if there is a lock.
    pub planned: Option<Vec<String>>,
    /// What was found, workload by workload.
    pub found: Vec<Found>,
    /// How many documents were checked.
    pub documents: usize,
    /// Mutants of the workload that a policy was asked about, and refused.
    pub mutants_refused: usize,
    /// Cases of policies' own tests that came out as they say.
    pub cases: usize,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

/// What verification is told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A folder of definitions of further kinds.
    pub schemas: Option<PathBuf>,
    /// The version of the platform; that of the lock, if none is given.
    pub kubernetes: Option<String>,
}

/// Why nothing can be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A folder or file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lock cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The definitions, the version or the catalogue.
    #[error(transparent)]
    Diagnostic(#[from] Diagnostic),
}

/// A document of a folder.
struct Document {
    file: String,
    /// The line before its first.
    line: usize,
    source: Source,
    node: stackwright_text::yaml::Node,
    value: Value,
    /// Where the template of its pods is.
    template: Option<String>,
}

impl Document {
    fn text(&self, path: &str) -> &str {
        self.value.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn api_version(&self) -> &str {
        self.text("/apiVersion")
    }

    fn kind(&self) -> &str {
        self.text("/kind")
    }

    fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    fn place(&self) -> String {
        format!("{}:{}", self.file, self.line + 1)
    }

    /// The template of its pods, if it makes any.
    fn template(&self) -> Option<&Value> {
        self.value.pointer(self.template.as_deref()?)
    }
}

/// Where an object has the template of its pods, as inspection knows it; for kinds that it does not know, where most have it.
fn template_of(rules: &InspectionRules, value: &Value) -> Option<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let whole = |rule: &&WorkloadRule| rule.spec.is_none() && rule.containers.is_empty() && !rule.pod.contains('[');
    let known = rules.workloads.iter().filter(whole).find(|rule| {
        rule.kinds.iter().any(|k| k == kind) && (rule.groups.is_empty() || rule.groups.iter().any(|g| g == group))
    });
    let path = known.map_or("spec.template", |rule| rule.pod.as_str());
    let pointer: String = path
        .split('.')
        .filter(|k| !k.is_empty())
        .map(|k| format!("/{k}"))
        .collect();
    let template = value.pointer(&pointer)?;
    (known.is_some() || template.pointer("/spec/containers").is_some()).then_some(pointer)
}

struct Verifier<'a> {
    catalog: &'a Catalog,
    rules: &'a LandingRules,
    platform: &'a LandingPlatform,
    lock: Option<Lock>,
    version: String,
    schemas: Schemas,
    documents: Vec<Document>,
    findings: Vec<Finding>,
    mutants_refused: usize,
    cases: usize,
}

/// Verifies a bundle or any other folder of documents.
///
/// # Errors
///
/// What keeps it from being read. What is wrong with documents are findings.
pub fn verify(folder: &Path, catalog: &Catalog, options: &Options) -> Result<Verification, VerifyError> {
    let rules = catalog.landing()?;
    let Some(platform) = &rules.platform else {
        return Err(Diagnostic::new("catalog::reference", "the catalogue says nothing of clusters").into());
    };
    let mut findings = Vec::new();
    let lock = lock(folder, &mut findings)?;
    let asked = options.kubernetes.clone();
    let locked = lock
        .as_ref()
        .and_then(|l| l.cluster.as_ref())
        .map(|c| c.version.clone());
    let version = asked.or(locked).unwrap_or_else(|| platform.default.clone());
    let minor = version::numbers(&version).and_then(|n| n.get(1).copied());
    let Some(minor) = minor else {
        let message = format!("`{version}` is not a version of Kubernetes");
        return Err(Diagnostic::new("cli::format", message).with_help("write `1.34`").into());
    };
    let schemas = match &options.schemas {
        Some(folder) => Schemas::read(folder)?,
        None => Schemas::default(),
    };
    let knowledge = Knowledge::of(catalog)?;
    let mut inspector = Inspector::new(&knowledge);
    // A chart's templates are no documents before they are rendered, and nobody applies the pods that policies are tested with.
    let tests = lock.is_some().then(|| folder.join(TESTS));
    let passed_over = |path: &Path| is_of_chart(folder, path) || tests.as_ref().is_some_and(|t| path.starts_with(t));
    let paths = [folder.to_owned()];
    let read = inputs(&paths).filter(|input| !matches!(input, Input::File(path) if passed_over(path)));
    read_all(&mut inspector, read, 1);
    let reach = InspectOptions {
        reach: Reach::All,
        kubernetes: minor,
    };
    let report = inspector.inspection(reach).report();
    let mut verifier = Verifier {
        catalog,
        rules,
        platform,
        lock,
        version,
        schemas,
        documents: Vec::new(),
        findings,
        mutants_refused: 0,
        cases: 0,
    };
    verifier.read(folder)?;
    for error in &report.errors {
        let place = error
            .line
            .map_or_else(|| error.file.clone(), |line| format!("{}:{line}", error.file));
        verifier.add(Severity::Error, place, error.message.clone());
    }
    let found = verifier.stacks(&report);
    verifier.documents();
    verifier.fits();
    verifier.profiles(folder);
    verifier.policies();
    verifier.suites(folder)?;
    Ok(verifier.finish(found))
}

/// The lock of a bundle, if the folder is one. Files that are not what it says are findings.
fn lock(folder: &Path, findings: &mut Vec<Finding>) -> Result<Option<Lock>, VerifyError> {
    let path = folder.join(LOCK_FILE);
    match bundle::read(folder) {
        Ok(lock) => Ok(Some(lock)),
        Err(BundleError::NoLock { .. }) if folder.is_dir() => Ok(None),
        Err(BundleError::Changed { path: file, why }) => {
            findings.push(Finding {
                severity: Severity::Error,
                r#where: folder.join(&file).display().to_string(),
                what: format!("is not what the lock says: {why}"),
            });
            let bytes = fs::read(&path).map_err(|source| VerifyError::Io { path, source })?;
            Ok(serde_json::from_slice(&bytes).ok())
        }
        Err(BundleError::NoLock { .. }) => Err(VerifyError::Io {
            path: folder.to_owned(),
            source: io::ErrorKind::NotADirectory.into(),
        }),
        Err(error) => Err(error.into()),
    }
}

impl Verifier<'_> {
    fn add(&mut self, severity: Severity, r#where: impl Into<String>, what: impl Into<String>) {
        let finding = Finding {
            severity,
            r#where: r#where.into(),
            what: what.into(),
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// An error in a bundle; in other folders, whose documents may be parts of something, only a warning.
    fn fault(&mut self, r#where: impl Into<String>, what: impl Into<String>) {
        let severity = if self.lock.is_some() {
            Severity::Error
        } else {
            Severity::Warning
        };
        self.add(severity, r#where, what);
    }

    /// Reads every document with its places.
    fn read(&mut self, folder: &Path) -> Result<(), VerifyError> {
        let rules = self.catalog.inspection()?;
        let mut files = Vec::new();
        yaml_files(folder, &mut files)?;
        let tests = folder.join(TESTS);
        files.retain(|path| self.lock.is_none() || !path.starts_with(&tests));
        files.sort();
        for path in files {
            let bytes = fs::read(&path).map_err(|source| VerifyError::Io {
                path: path.clone(),
                source,
            })?;
            let file = path.display().to_string();
            let text = String::from_utf8_lossy(&bytes);
            for (line, document) in parts(&text) {
                let source = Source::new(file.as_str(), format!("{}{document}", "\n".repeat(line)));
                let read = parse(&source).and_then(|node| Ok((decode::decode::<Value>(&source, &node)?, node)));
                match read {
                    Ok((value, node)) if value.is_object() => self.documents.push(Document {
                        file: file.clone(),
                        line: first_line(document) + line,
                        source,
                        node,
                        template: template_of(rules, &value),
                        value,
                    }),
                    Ok(_) => {}
                    Err(error) if error.code() == "yaml::empty" => {}
                    Err(error) => {
                        let place = error.place().map_or(line + 1, |p| p.line);
                        self.add(Severity::Error, format!("{file}:{place}"), error.to_string());
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(mut self, found: Vec<Found>) -> Verification {
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| (std::cmp::Reverse(f.severity), f.r#where.clone(), f.what.clone());
            key(a).cmp(&key(b))
        });
        Verification {
            schema: SCHEMA,
            ok: self.findings.iter().all(|f| f.severity != Severity::Error),
            planned: self.lock.map(|l| l.normal_form),
            found,
            documents: self.documents.len(),
            mutants_refused: self.mutants_refused,
            cases: self.cases,
            findings: self.findings,
        }
    }
}

fn first_line(document: &str) -> usize {
    let blank = |line: &&str| line.trim().is_empty() || line.starts_with('#') || line.trim_end() == "---";
    document.lines().take_while(blank).count()
}

/// The documents of a text, each with the number of lines before it.
pub(crate) fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut starts = vec![(0, 0)];
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            starts.push((number, offset));
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|(_, o)| *o).chain([text.len()]);
    let parts = starts.iter().zip(ends);
    parts
        .filter_map(|((line, start), end)| Some((*line, text.get(*start..end)?)))
        .collect()
}

/// The file that makes a folder a chart.
const CHART: &str = "Chart.yaml";

fn is_of_chart(folder: &Path, path: &Path) -> bool {
    let parents = path.ancestors().skip(1).take_while(|a| *a != folder);
    parents.into_iter().any(|parent| parent.join(CHART).is_file())
}

fn yaml_files(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| VerifyError::Io { path, source }
    };
    for entry in fs::read_dir(path).map_err(at(path))? {
        let entry = entry.map_err(at(path))?;
        let kind = entry.file_type().map_err(at(&entry.path()))?;
        let path = entry.path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if kind.is_dir() && !path.join(CHART).is_file() {
            yaml_files(&path, out)?;
        } else if kind.is_file() && is_yaml {
            out.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
