//! A stack with realizations as a plan: what it is and what is known of it, whoever chose it.

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::grade::{Basis, Grades, StackFigure};
use stackwright_catalog::tiling::Tiling;
use stackwright_spec::plan::{Plan, PlannedGrades, PlannedMetric, PlannedRealization};

/// Describes a stack with realizations. Technologies beside those of the realizations, by their names in the catalogue,
/// come first. Its risks are the realizations' caveats; why it was chosen is not said.
pub fn described<'a>(
    catalog: &'a Catalog,
    word: &[OperatorId],
    tiling: &Tiling<'a>,
    grades: &Grades,
    beside: impl IntoIterator<Item = &'a String>,
) -> Plan {
    let algebra = catalog.algebra();
    let mut technologies: Vec<String> = Vec::new();
    let own = tiling.realizations.iter().flat_map(|r| &r.technologies);
    for id in beside.into_iter().chain(own) {
        let name = catalog.technology(id).map_or(id, |t| &t.name);
        if !technologies.contains(name) {
            technologies.push(name.clone());
        }
    }
    let realizations = tiling.realizations.iter().zip(&tiling.words);
    let caveats = tiling
        .realizations
        .iter()
        .flat_map(|r| r.caveats.iter().map(move |c| format!("{}: {c}", r.id)));
    Plan {
        normal_form: word.iter().map(|id| algebra.symbol(*id).to_owned()).collect(),
        display: algebra.display(word),
        realizations: realizations
            .map(|(r, word)| PlannedRealization {
                id: r.id.clone(),
                word: algebra.display(word),
                summary: r.summary.clone(),
            })
            .collect(),
        technologies,
        grades: PlannedGrades {
            latency: grades.latency,
            security: grades.security,
            observability: grades.observability,
        },
        grade_display: grades.to_string(),
        metrics: catalog
            .figures(&tiling.realizations, Basis::All)
            .iter()
            .map(planned_metric)
            .collect(),
        nodes: Vec::new(),
        why: Vec::new(),
        binding: Vec::new(),
        gives_up: Vec::new(),
        risks: caveats.collect(),
    }
}

/// A stack's figure as it is reported.
fn planned_metric(figure: &StackFigure<'_>) -> PlannedMetric {
    PlannedMetric {
        name: figure.metric.to_owned(),
        unit: figure.unit.to_owned(),
        scope: figure.scope.name().to_owned(),
        account: figure.account.name().to_owned(),
        low: figure.figure.low,
        typical: figure.figure.typical,
        high: figure.figure.high,
        below: figure.figure.below,
        kind: figure.kind().map(|k| k.name().to_owned()),
        evidence: figure.evidence.iter().map(|e| e.id.clone()).collect(),
        missing: figure.missing.iter().map(|m| (*m).to_owned()).collect(),
    }
}
