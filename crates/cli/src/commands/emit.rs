//! `emit`: from a stack and a workload to a bundle for a cluster.

use std::path::{Path, PathBuf};

use stackwright::bundle::{self, ChangeKind, Update};
use stackwright::input;
use stackwright::model::Target;
use stackwright::spec::requirement::{Requirement, WorkloadFile};
use stackwright::spec::workload::image::Reference;
use stackwright::spec::workload::{self, Format, Port};
use stackwright::{ClusterOptions, Diagnostic, Emission, GENERATOR, Source, emit, landing};
use stackwright_locale::say;

use super::emit_oci;
use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `emit`.
pub fn run(arguments: &arguments::Emit, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let word = catalog.normalize(&Source::new("<expression>", arguments.expression.as_str()))?;
    let cluster = cluster(&arguments.cluster, None, arguments.target)?;
    if emit_oci::packs(arguments) {
        return emit_oci::run(arguments, catalog, &word, output);
    }
    let (mut requirement, bytes) = requirement(arguments)?;
    for text in &arguments.port {
        let port = Port::parse(text).ok_or_else(|| {
            Diagnostic::new("emit::name", format!("`{text}` is not a port")).with_help("write `8080` or `53/udp`")
        })?;
        requirement.ports.push(port);
    }
    let kind = requirement.workload_kind;
    let plan = landing::plan_of(catalog, &word, arguments.target, kind, &arguments.realizations)?;
    let files = emit(&Emission {
        plan: &plan,
        requirement: &requirement,
        catalog,
        workload: &bytes,
        generator: GENERATOR,
        cluster: &cluster,
    })?;
    let update = bundle::write(&arguments.output, &files)?;
    if output.is_json() {
        output.json(&serde_json::json!({
            "schema": "stackwright/emit/v1",
            "ok": true,
            "planned": plan.normal_form,
            "display": plan.display,
            "realizations": plan.realizations,
            "files": update.files.iter().map(|f| &f.path).collect::<Vec<_>>(),
            "changes": update.changes,
        }));
    } else {
        output.line(format!("{}  {}", plan.display, plan.grade_display));
        for realization in &plan.realizations {
            output.line(format!(
                "  {:<6} {:<24} {}",
                realization.word, realization.id, realization.summary
            ));
        }
        output.line("");
        changes(&update, output);
    }
    output.flush();
    let folder = arguments.output.display().to_string();
    output.note(&say!(
        output.locale(),
        "wrote-files",
        count = update.files.len(),
        folder = folder
    ));
    Ok(0)
}

/// What became of each file, and line by line of documents that changed.
fn changes(update: &Update, output: &mut Output) {
    for change in &update.changes {
        let kind = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
            ChangeKind::Kept => "kept",
        };
        output.line(format!("{kind:<8} {}", change.path));
        if change.path.ends_with(".yaml") {
            for line in &change.lines {
                output.line(format!("    {line}"));
            }
        }
    }
    if update.changes.is_empty() {
        for file in &update.files {
            output.line(format!("  {}", file.path));
        }
    }
}

/// What the command line says of the cluster; the requirement may name the profile instead.
pub fn cluster(
    arguments: &arguments::Cluster,
    own: Option<PathBuf>,
    target: Target,
) -> Result<ClusterOptions, Failure> {
    let particular = arguments.seccomp.is_some() || arguments.handler.is_some() || !arguments.accept.is_empty();
    if target != Target::Kubernetes && (arguments.helm || arguments.policy_tests || particular || own.is_some()) {
        let message = format!(
            "a chart, tests of policies, a profile of the workload's own, a handler and what is accepted are for clusters, not for {target}",
            target = target.name()
        );
        return Err(Diagnostic::new("emit::target", message).into());
    }
    let profile = arguments.seccomp.clone().or(own).map(|path| {
        let bytes = input::read(&path).map_err(|e| Failure::file("read the profile", &path, &e))?;
        Ok::<_, Failure>((path.display().to_string(), bytes))
    });
    Ok(ClusterOptions {
        version: arguments.kubernetes.clone(),
        namespace: arguments.namespace.clone(),
        image: arguments.image.clone(),
        unpinned: arguments.unpinned,
        accepted: arguments.accept.clone(),
        handler: arguments.handler.clone(),
        tests: arguments.policy_tests,
        helm: arguments.helm,
        profile: profile.transpose()?,
    })
}

/// A requirement that only says what the workload is, and the bytes of its file.
fn requirement(arguments: &arguments::Emit) -> Result<(Requirement, Vec<u8>), Failure> {
    let [text] = arguments.workload.as_slice() else {
        let message = "several workloads are packed for the target `oci` alone";
        return Err(Diagnostic::new("emit::workload", message).into());
    };
    let path = Path::new(text);
    let mut file = WorkloadFile::default();
    if !path.exists()
        && let Ok(reference) = Reference::parse(text)
    {
        let last = reference.name.rsplit('/').next().unwrap_or_default().to_owned();
        file.image = Some(text.clone());
        let name = arguments.name.clone().unwrap_or(last);
        // An image does not say what is in it; the stack does.
        return Ok((Requirement::of(&name, file, arguments.target), Vec::new()));
    }
    let bytes = input::read(path).map_err(|e| Failure::file("read the workload", path, &e))?;
    let format = format(&bytes);
    let slot = match format {
        Format::Wasm => &mut file.wasm,
        Format::Binary => &mut file.binary,
        Format::Score => &mut file.score,
        Format::Manifest => &mut file.manifest,
    };
    *slot = Some(text.clone());
    let found = workload::read(format, text, &bytes)?;
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
    let name = arguments
        .name
        .clone()
        .or(found.name.clone())
        .or(stem)
        .unwrap_or_default();
    let mut requirement = Requirement::of(&name, file, arguments.target);
    requirement.learn(&found)?;
    Ok((requirement, bytes))
}

/// What a file is, by its content.
fn format(bytes: &[u8]) -> Format {
    if bytes.starts_with(b"\0asm") {
        return Format::Wasm;
    }
    if bytes.starts_with(b"\x7fELF") {
        return Format::Binary;
    }
    let text = String::from_utf8_lossy(bytes);
    let is_score = |line: &str| {
        line.strip_prefix("apiVersion:")
            .is_some_and(|v| v.trim().trim_matches(['"', '\'']).starts_with("score.dev/"))
    };
    if text.lines().any(is_score) {
        Format::Score
    } else {
        Format::Manifest
    }
}
