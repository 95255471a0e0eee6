//! The README of a bundle for a cluster: what it is, what the cluster must have, how it is deployed, rolled back and removed.

use std::fmt::Write as _;

use stackwright_catalog::model::LandingStage;
use stackwright_spec::bundle::{BundleFile, LOCK_FILE, LockedCluster};

use super::Builder;
use super::compose::Composition;
use super::helm::FOLDER;
use super::image::Image;
use crate::Emission;

pub(super) fn readme(
    emission: &Emission<'_>,
    locked: &LockedCluster,
    composition: &Composition<'_>,
    builder: &Builder<'_>,
    packaged: Option<&Image>,
    image: Option<&str>,
) -> BundleFile {
    let plan = emission.plan;
    let name = &emission.requirement.name;
    let mut text = format!(
        "# {name}\n\nThe stack `{}` for Kubernetes {}, grades {}.\n\n",
        plan.display, locked.version, plan.grade_display
    );
    text.push_str("| layer | realization |\n| --- | --- |\n");
    for realization in &plan.realizations {
        let _ = writeln!(
            text,
            "| {} | {}: {} |",
            realization.word, realization.id, realization.summary
        );
    }
    section(
        &mut text,
        "What the cluster must have",
        builder.facts.iter().map(|f| match &f.check {
            Some(check) => format!("{} (`{check}`)", f.what),
            None => f.what.clone(),
        }),
    );
    section(&mut text, "What the workload must find", builder.notes.iter().cloned());
    section(
        &mut text,
        "Files for nodes",
        builder.purposes.iter().map(|(path, what)| format!("`{path}`: {what}")),
    );
    let _ = write!(
        text,
        "\n## Pod security\n\nThe namespace enforces the level `{}`{}\n",
        locked.security.level,
        if locked.security.because.is_empty() {
            "."
        } else {
            ", and notes what is below `restricted`:"
        }
    );
    if !locked.security.because.is_empty() {
        text.push('\n');
        for because in &locked.security.because {
            let _ = writeln!(text, "- {because}");
        }
    }
    let found = builder.platform.findings.iter();
    let found = found.filter(|f| builder.unset.contains(f.field.as_str()));
    section(
        &mut text,
        "What scanners find, and why it stays",
        found.map(|f| format!("{} {} (`{}`): {}", f.scanner, f.check, f.field, f.because)),
    );
    section(
        &mut text,
        "Tests of policies",
        composition
            .landings
            .iter()
            .filter_map(|l| l.tests.as_ref().filter(|_| builder.options.tests))
            .map(|t| {
                format!(
                    "`{}`: the workload passes, and pods that have left its stack are refused",
                    t.command
                )
            }),
    );
    commands(&mut text, builder, locked, composition, packaged, image);
    section(&mut text, "Risks", plan.risks.iter().cloned());
    let _ = writeln!(
        text,
        "\n`plan.json` holds the plan with its reasons, `{LOCK_FILE}` every file's digest and what made it."
    );
    BundleFile {
        path: "README.md".to_owned(),
        content: text.into_bytes(),
    }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut seen: Vec<String> = Vec::new();
    for line in lines {
        if !seen.contains(&line) {
            seen.push(line);
        }
    }
    if seen.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    for line in seen {
        let _ = writeln!(text, "- {line}");
    }
}

fn commands(
    text: &mut String,
    builder: &Builder<'_>,
    locked: &LockedCluster,
    composition: &Composition<'_>,
    packaged: Option<&Image>,
    image: Option<&str>,
) {
    let name = &builder.emission.requirement.name;
    let namespace = &locked.namespace;
    text.push_str("\n## Deploy\n\n```sh\nstackwright verify ./\n");
    if let (Some(_), Some((repository, _))) = (packaged, image.and_then(|i| i.split_once('@'))) {
        let _ = writeln!(text, "skopeo copy --all oci:image docker://{repository}:{name}");
    }
    for stage in [LandingStage::Cluster, LandingStage::Policy] {
        if builder.has(stage) {
            let _ = writeln!(text, "kubectl apply -k {}", stage.folder());
            let waits = composition
                .objects()
                .filter(|o| o.stage == stage)
                .filter_map(|o| o.wait.as_ref());
            for wait in waits {
                let _ = writeln!(text, "{wait}");
            }
        }
    }
    text.push_str("kubectl apply -k overlays/production\n");
    let rolled = builder
        .documents
        .iter()
        .find(|d| d.stage == LandingStage::Base && d.file == builder.controller)
        .and_then(|d| d.value.get("kind")?.as_str())
        .map(str::to_ascii_lowercase);
    match rolled.as_deref() {
        Some("job") => {
            let _ = writeln!(
                text,
                "kubectl wait --namespace {namespace} --for=condition=complete job/{name}"
            );
            text.push_str("```\n\n## Roll back\n\nA job that has begun is not rolled back: remove it and apply the earlier bundle.\n");
        }
        Some("cronjob") => {
            let _ = writeln!(
                text,
                "kubectl create job --namespace {namespace} --from=cronjob/{name} {name}-trial"
            );
            text.push_str("```\n\n## Roll back\n\nApply the earlier bundle: jobs that have begun end as they are.\n");
        }
        Some(kind) => {
            let _ = writeln!(text, "kubectl rollout status --namespace {namespace} {kind}/{name}");
            let _ = write!(
                text,
                "```\n\n## Roll back\n\n```sh\nkubectl rollout undo --namespace {namespace} {kind}/{name}\n```\n"
            );
        }
        None => text.push_str("```\n\n## Roll back\n\nApply the earlier bundle.\n"),
    }
    if builder.options.helm {
        let _ = write!(
            text,
            "\n## With Helm\n\nInstead of the overlay, with the values of `{FOLDER}/values.yaml`:\n\n```sh\nhelm upgrade --install {name} {FOLDER} --namespace {namespace}\nhelm rollback {name} --namespace {namespace}\nhelm uninstall {name} --namespace {namespace}\n```\n"
        );
    }
    text.push_str("\n## Remove\n\n```sh\nkubectl delete -k overlays/production\n");
    if builder.has(LandingStage::Policy) {
        let _ = writeln!(text, "kubectl delete -k {}", LandingStage::Policy.folder());
    }
    let _ = write!(
        text,
        "kubectl delete namespace {namespace}\n```\n\nWhat `{}` holds beside the namespace may serve other workloads and stays.\n",
        LandingStage::Cluster.folder()
    );
}
