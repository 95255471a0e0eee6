//! What inspection answers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::tree::Place;

/// What is known of one workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkloadReport {
    /// The file it is in.
    pub file: String,
    /// The line its document starts in.
    pub line: u32,
    /// Its kind.
    pub kind: String,
    /// Its namespace, if it names one.
    pub namespace: Option<String>,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Operators that documents ask for.
    pub declared: Vec<String>,
    /// Operators that are in effect as far as is known.
    pub operators: Vec<String>,
    /// The normal form of what is in effect.
    pub display: String,
    /// The grades of what is in effect.
    pub grades: Option<GradesReport>,
    /// What proves each operator.
    pub evidence: Vec<Evidence>,
    /// What is not known, and what would settle it.
    pub unknown: Vec<Unknown>,
    /// Its containers.
    pub containers: Vec<ContainerReport>,
    /// The interactions that keep a declared layer from being in effect, by their names in the catalogue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hindered_by: Vec<String>,
    /// What the workload's owners ask to let pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppress: Option<Note>,
    /// Where the pod's specification starts.
    #[serde(skip)]
    pub spec: Option<Place>,
    /// Where the pod's metadata start.
    #[serde(skip)]
    pub metadata: Option<Place>,
}

/// A text and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The text.
    pub text: String,
    /// The line.
    pub line: u32,
}

/// A runtime class that documents define.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassReport {
    /// The file it is in.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The handler that it names.
    pub handler: String,
}

/// Grades, 1 to 5, 5 best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GradesReport {
    /// Latency, where figures are known.
    pub latency: Option<u8>,
    /// Security.
    pub security: u8,
    /// Observability.
    pub observability: u8,
    /// As text.
    pub display: String,
}

/// What proves an operator, or that it is not in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The operator.
    pub operator: String,
    /// The file, if it is another than the workload's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The path of the field.
    pub path: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// Why it proves it.
    pub why: String,
}

/// Something that the documents do not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The operators it is about.
    pub operators: Vec<String>,
    /// What is not known.
    pub what: String,
    /// What would settle it.
    pub settle: String,
    /// Whether an operator is taken to be in effect although this is not known.
    pub assumed: bool,
}

/// What is known of one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContainerReport {
    /// Its name.
    pub name: Option<String>,
    /// Its image.
    pub image: Option<String>,
    /// `main`, `init`, `sidecar` or `ephemeral`.
    pub role: &'static str,
    /// The line it starts in.
    pub line: u32,
    /// Operators that documents ask for.
    pub declared: Vec<String>,
    /// Operators that are in effect as far as is known.
    pub operators: Vec<String>,
    /// The normal form of what is in effect.
    pub display: String,
    /// Where it starts.
    #[serde(skip)]
    pub place: Place,
}

/// An object that carries an operator itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// The file it is in.
    pub file: String,
    /// The line its document starts in.
    pub line: u32,
    /// Its kind.
    pub kind: String,
    /// Its namespace, if it names one.
    pub namespace: Option<String>,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it carries.
    pub declared: Vec<String>,
    /// What reads it.
    pub read_by: String,
    /// The kinds that it is about, if it says so.
    pub matches: Vec<String>,
}

/// Something that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line, if the file could be read.
    pub line: Option<u32>,
    /// The column.
    pub column: Option<u32>,
}

/// How many documents there were, by what became of them. Every document is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Documents with content, objects in lists counted themselves and not their list.
    pub documents: u64,
    /// Those that carry pods.
    pub workloads: u64,
    /// Those that carry an operator themselves.
    pub policies: u64,
    /// Those that others are resolved through.
    pub references: u64,
    /// Those that are wrong so that they could not be read to the end.
    pub errors: u64,
    /// Those that are no objects of a kind.
    pub no_object: u64,
    /// Those whose kind carries nothing, and those of unknown kinds with nothing in them that looks like a pod, by kind.
    pub skipped: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.documents += other.documents;
        self.workloads += other.workloads;
        self.policies += other.policies;
        self.references += other.references;
        self.errors += other.errors;
        self.no_object += other.no_object;
        for (kind, count) in other.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
    }

    /// Takes note of a document that carries nothing.
    pub fn skip(&mut self, kind: &str) {
        self.documents += 1;
        match self.skipped.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.skipped.insert(kind.to_owned(), 1);
            }
        }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: &'static str,
    /// Workloads, in the order of the documents.
    pub workloads: Vec<WorkloadReport>,
    /// Objects that carry an operator themselves.
    pub policies: Vec<PolicyReport>,
    /// What is wrong with documents.
    pub errors: Vec<Finding>,
    /// How many documents there were, and what became of them.
    pub documents: Counts,
}
