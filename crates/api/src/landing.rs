//! From a stack that was chosen by its word to a plan that can be emitted.

use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Realization, SharedBy, Target, WorkloadKind};
use stackwright_catalog::tiling::Tiling;
use stackwright_plan::described;
use stackwright_spec::plan::Plan;
use stackwright_text::Diagnostic;

/// The plan for a stack given by its normal form: the usual realizations that can be emitted for the target and carry the kind
/// of workload, with those that are asked for by name.
///
/// # Errors
///
/// No realizations implement the stack so.
pub fn plan_of(
    catalog: &Catalog,
    word: &[OperatorId],
    target: Target,
    kind: Option<WorkloadKind>,
    with: &[String],
) -> Result<Plan, Diagnostic> {
    let algebra = catalog.algebra();
    if let Some(unknown) = with.iter().find(|id| catalog.realization(id).is_none()) {
        let names = catalog.data().realizations.iter().map(|r| r.id.as_str());
        let diagnostic = Diagnostic::new("emit::realization", format!("unknown realization `{unknown}`"));
        return Err(match crate::nearest(unknown, names) {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    }
    let stack = catalog.stack(word).unwrap_or_default();
    let carries = |r: &Realization| r.workloads.is_empty() || kind.is_none_or(|kind| r.workloads.contains(&kind));
    let admit = |r: &Realization| r.targets.contains(&target) && carries(r);
    let mut tilings = catalog.tiles().tilings(catalog, word, &stack, &admit);
    tilings.retain(|t| is_one_pod(catalog, t));
    tilings.retain(|t| with.iter().all(|id| t.realizations.iter().any(|r| r.id == *id)));
    let cost = |t: &Tiling<'_>| {
        let unusual = t.realizations.iter().filter(|r| !r.default).count();
        let particular = t.realizations.iter().filter(|r| r.when.is_some()).count();
        (unusual, t.realizations.len(), usize::MAX - particular)
    };
    let Some(tiling) = tilings.into_iter().min_by_key(cost) else {
        let display = algebra.display(word);
        let what = kind.map_or("a workload", WorkloadKind::title);
        let message = format!(
            "nothing in the catalogue implements {display} for {what} on {}",
            target.name()
        );
        let help = if with.is_empty() {
            "`stackwright catalog list realizations` shows what implements what"
        } else {
            "leave out `--with`, or name a realization of a part of the stack"
        };
        return Err(Diagnostic::new("emit::stack", message).with_help(help));
    };
    let grades = catalog
        .assess(word)
        .map_or_else(|| catalog.rules().grades(&stack, None), |a| a.grades);
    Ok(Plan {
        why: vec!["the stack was chosen by its word".to_owned()],
        ..described(catalog, word, &tiling, &grades, [])
    })
}

/// Whether the parts make up one pod: at most one of them runs it, inside what instances share, which is outermost.
fn is_one_pod(catalog: &Catalog, tiling: &Tiling<'_>) -> bool {
    let algebra = catalog.algebra();
    let isolates = |word: &&Vec<OperatorId>| {
        let effect = word.first().and_then(|id| algebra.operator(*id)).map(|o| &o.effect);
        effect.and_then(Effect::facet) == Some(Facet::Isolation)
    };
    let pairs = tiling.realizations.iter().zip(&tiling.words);
    let parts: Vec<_> = pairs
        .filter(|(_, word)| isolates(word))
        .map(|(r, _)| r.shared_by)
        .collect();
    matches!(parts.as_slice(), [] | [_] | [SharedBy::Tenant, SharedBy::Instance])
}
