//! Plans to documents: pure.
//!
//! [`emit`] turns a plan and the workload's bytes into the files of a bundle. The same input gives the same bytes; no
//! file is read or written here.

mod digest;
pub mod kubernetes;
mod oci;
mod readme;

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Driver, Per, Target, WorkloadFact, WorkloadKind};
use stackwright_spec::bundle::{
    BundleFile, LOCK_FILE, Lock, LockedCluster, LockedFile, LockedRealization, LockedWorkload,
};
use stackwright_spec::plan::Plan;
use stackwright_spec::requirement::{MetricConstraint, Requirement};
use stackwright_text::Diagnostic;

pub use digest::sha256;

/// Why a plan cannot be emitted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EmitError {
    /// The plan needs something that no emitter here writes.
    #[error("{realization} cannot be emitted for {target} by this version")]
    Realization {
        /// The realization.
        realization: String,
        /// The target.
        target: String,
    },
    /// The workload is of a kind that no emitter here packages.
    #[error("{kind} cannot be packaged by this version")]
    Workload {
        /// What sort of thing it is.
        kind: String,
    },
    /// The target has no emitter here.
    #[error("bundles for {target} are not emitted by this version")]
    Target {
        /// The target.
        target: String,
    },
    /// The catalogue says nothing that can be written.
    #[error("what the catalogue says of {realization} cannot be written: {why}")]
    Data {
        /// The realization or file.
        realization: String,
        /// What is wrong.
        why: String,
    },
    /// Two realizations want different things of one field.
    #[error("{realizations} want different things of the field `{field}`")]
    Conflict {
        /// The realizations.
        realizations: String,
        /// The field.
        field: String,
    },
    /// A technology of the plan cannot do what the workload asks for.
    #[error("{technology} does not give {fact}, which the workload asks for ({place}): {note}")]
    Refused {
        /// The technology.
        technology: String,
        /// What is asked for.
        fact: &'static str,
        /// What says so.
        place: String,
        /// Why it is refused.
        note: String,
        /// What nodes can have so that it is given.
        remedy: Option<String>,
    },
    /// A technology of the plan keeps another from working.
    #[error("the stack would not be in effect: {subject} and {object}: {note}")]
    Hindered {
        /// The technology that does it.
        subject: String,
        /// The one that it does it to.
        object: String,
        /// What happens.
        note: String,
        /// A setting with which it does not happen.
        remedy: Option<String>,
    },
    /// The platform refuses a name or port.
    #[error("`{name}` cannot be the name of a {what}: {rule}")]
    Name {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
        /// The rule.
        rule: &'static str,
    },
    /// The version of the platform is not one that is written for.
    #[error("documents are written for the versions {from} to {to}, not {version}")]
    Version {
        /// What was asked for.
        version: String,
        /// The oldest.
        from: String,
        /// The newest.
        to: String,
    },
    /// Nothing names the image.
    #[error("nothing names the image that pods are to run")]
    NoImage,
    /// An image is named by a tag, which may come to mean another.
    #[error("the image `{image}` names no digest, so its content may change")]
    Unpinned {
        /// The image.
        image: String,
    },
    /// Something of the workload's file cannot be taken over.
    #[error("{what} cannot be taken over: {why}")]
    Source {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The workload's file is wrong.
    #[error("the workload's file cannot be taken over")]
    Manifest(Vec<Diagnostic>),
    /// A document could not be written as JSON.
    #[error("cannot write {path}: {why}")]
    Json {
        /// The file.
        path: String,
        /// What went wrong.
        why: String,
    },
}

impl EmitError {
    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Realization { .. } => "emit::realization",
            Self::Workload { .. } => "emit::workload",
            Self::Target { .. } => "emit::target",
            Self::Data { .. } => "emit::data",
            Self::Conflict { .. } => "emit::conflict",
            Self::Refused { .. } => "emit::refused",
            Self::Hindered { .. } => "emit::hindered",
            Self::Name { .. } => "emit::name",
            Self::Version { .. } => "emit::version",
            Self::NoImage => "emit::no-image",
            Self::Unpinned { .. } => "emit::unpinned",
            Self::Source { .. } | Self::Manifest(_) => "emit::manifest",
            Self::Json { .. } => "emit::json",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Realization { target, .. } if target == Target::Kubernetes.name() => Some(
                "choose another realization with `--with`, or describe how it is written in a data file of the kind Landing".to_owned(),
            ),
            Self::Realization { .. } => Some(
                "plan for this host with `--here`, so that realizations which can be run here are chosen".to_owned(),
            ),
            Self::Workload { .. } => {
                Some("for `oci` a bundle holds a WebAssembly module, for `kubernetes` it names an image".to_owned())
            }
            Self::Target { .. } => Some("bundles can be written for the targets `oci` and `kubernetes`".to_owned()),
            Self::Conflict { .. } => Some("choose another realization for one of them with `--with`".to_owned()),
            Self::Refused {
                fact,
                remedy: Some(remedy),
                ..
            } => Some(format!("if the nodes have it ({remedy}), say so with `--accept {fact}`; else plan for another stack")),
            Self::Refused { .. } => Some("plan for another stack, or change the workload".to_owned()),
            Self::Name { .. } => Some("change the requirement's name, the port or `--namespace`".to_owned()),
            Self::Hindered {
                remedy: Some(remedy), ..
            } => Some(format!("{remedy}; or choose another realization with `--with`")),
            Self::Hindered { .. } => Some("choose another realization with `--with`, or another stack".to_owned()),
            Self::NoImage => {
                Some("name it with `--image`: for a packaged workload the repository that it is pushed to".to_owned())
            }
            Self::Unpinned { .. } => {
                Some("name it as `repository@sha256:…`, or accept that it may change with `--unpinned`".to_owned())
            }
            Self::Data { .. } | Self::Version { .. } | Self::Source { .. } | Self::Manifest(_) | Self::Json { .. } => {
                None
            }
        }
    }
}

/// What is to be emitted.
#[derive(Clone, Copy, Debug)]
pub struct Emission<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The requirement that it fulfils.
    pub requirement: &'a Requirement,
    /// The catalogue that it was made with.
    pub catalog: &'a Catalog,
    /// The workload's bytes.
    pub workload: &'a [u8],
    /// Name and version of the program that emits.
    pub generator: &'a str,
    /// What is said of the cluster, for bundles that go to one.
    pub cluster: &'a ClusterOptions,
}

/// What is said of a cluster and of what goes there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterOptions {
    /// The version of the platform, such as `1.34`.
    pub version: Option<String>,
    /// The namespace; the name of the requirement, if none is given.
    pub namespace: Option<String>,
    /// The image, if the workload's file names none; the repository that the image is pushed to, for one that is packaged.
    pub image: Option<String>,
    /// Whether images may be named by a tag.
    pub unpinned: bool,
    /// What the workload asks for and nodes give with a setting of their own, as is said here.
    pub accepted: Vec<WorkloadFact>,
    /// The handler of the nodes' engine, where the runtime has several; else the usual one.
    pub handler: Option<String>,
    /// Whether policies come with tests for the commands of their engines.
    pub tests: bool,
    /// Whether the workload is written as a Helm chart as well.
    pub helm: bool,
    /// A profile of system calls that the workload brings along: the name of its file and its bytes.
    pub profile: Option<(String, Vec<u8>)>,
}

/// Emits a bundle: files sorted by path, the lock among them.
///
/// # Errors
///
/// What cannot be emitted.
pub fn emit(emission: &Emission<'_>) -> Result<Vec<BundleFile>, EmitError> {
    let Emission { plan, requirement, .. } = *emission;
    if requirement.target == Target::Kubernetes {
        return kubernetes::emit(emission);
    }
    if requirement.target != Target::Oci {
        return Err(EmitError::Target {
            target: requirement.target.name().to_owned(),
        });
    }
    if requirement.workload_kind != Some(WorkloadKind::WasmModule) {
        let kind = requirement
            .workload_kind
            .map_or("a workload of unknown kind", WorkloadKind::title);
        return Err(EmitError::Workload { kind: kind.to_owned() });
    }
    for planned in &plan.realizations {
        let driver: Option<Driver> = emission.catalog.realization(&planned.id).and_then(|r| r.driver);
        if driver.is_none() {
            return Err(EmitError::Realization {
                realization: planned.id.clone(),
                target: requirement.target.name().to_owned(),
            });
        }
    }
    let layout = oci::layout(emission)?;
    let mut files = layout.files;
    let workload = LockedWorkload {
        kind: WorkloadKind::WasmModule.name().to_owned(),
        digest: layout.workload_digest,
        path: layout.workload_path,
        args: requirement.workload.args.clone(),
        env: requirement.workload.env.clone().into_iter().collect(),
        memory_bytes: memory_limit(requirement),
    };
    files.push(json_file("plan.json", plan)?);
    files.push(readme::readme(emission, &workload));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let lock = lock(emission, workload, None, &files);
    files.push(json_file(LOCK_FILE, &lock)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn lock(
    emission: &Emission<'_>,
    workload: LockedWorkload,
    cluster: Option<LockedCluster>,
    files: &[BundleFile],
) -> Lock {
    let Emission { plan, requirement, .. } = *emission;
    Lock {
        api_version: "stackwright/v1".to_owned(),
        kind: "Lock".to_owned(),
        name: requirement.name.clone(),
        target: requirement.target.name().to_owned(),
        normal_form: plan.normal_form.clone(),
        realizations: plan
            .realizations
            .iter()
            .map(|r| LockedRealization {
                id: r.id.clone(),
                word: r.word.clone(),
            })
            .collect(),
        workload,
        cluster,
        predicted: plan.metrics.clone(),
        generator: emission.generator.to_owned(),
        catalog: emission.catalog.hash().to_owned(),
        overlays: emission.catalog.overlays().to_vec(),
        files: files
            .iter()
            .map(|f| LockedFile {
                path: f.path.clone(),
                digest: sha256(&f.content),
                size: f.content.len() as u64,
            })
            .collect(),
    }
}

/// An upper bound on memory for each instance is also enforced when the workload runs.
fn memory_limit(requirement: &Requirement) -> Option<u64> {
    let bounds = requirement.metrics.iter().filter(|m: &&MetricConstraint| {
        let whole = m.per == Per::Stack && m.account.is_none_or(|a| a.is_per_instance());
        m.metric == "memory" && m.bound.comparator.is_upper() && whole
    });
    // Megabytes of a memory bound are far below the precision of f64, and the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    bounds.map(|m| (m.bound.value * 1e6) as u64).min()
}

fn json_file(path: &str, value: &impl serde::Serialize) -> Result<BundleFile, EmitError> {
    let mut content = serde_json::to_vec_pretty(value).map_err(|e| EmitError::Json {
        path: path.to_owned(),
        why: e.to_string(),
    })?;
    content.push(b'\n');
    Ok(BundleFile {
        path: path.to_owned(),
        content,
    })
}

#[cfg(test)]
mod tests;
