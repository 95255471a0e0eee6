//! Figures as rows of text and as JSON.

use serde::Serialize;
use stackwright::Catalog;
use stackwright::figure::Figure;
use stackwright::grade::StackFigure;
use stackwright::spec::plan::PlannedMetric;
use stackwright_locale::{Locale, say};

/// A figure with its sources, as JSON.
#[derive(Serialize)]
pub struct MetricAnswer<'a> {
    name: &'a str,
    unit: &'a str,
    scope: &'a str,
    account: &'a str,
    low: Option<f64>,
    typical: Option<f64>,
    high: Option<f64>,
    below: Option<f64>,
    kind: Option<&'a str>,
    complete: bool,
    missing: &'a [&'a str],
    evidence: Vec<EvidenceAnswer<'a>>,
}

#[derive(Serialize)]
struct EvidenceAnswer<'a> {
    id: &'a str,
    kind: &'a str,
    source: &'a str,
    address: &'a str,
    date: &'a str,
    conditions: &'a str,
}

/// A figure as JSON.
pub fn answer<'a>(figure: &'a StackFigure<'a>) -> MetricAnswer<'a> {
    MetricAnswer {
        name: figure.metric,
        unit: figure.unit,
        scope: figure.scope.name(),
        account: figure.account.name(),
        low: figure.figure.low,
        typical: figure.figure.typical,
        high: figure.figure.high,
        below: figure.figure.below,
        kind: figure.kind().map(|k| k.name()),
        complete: figure.is_complete(),
        missing: &figure.missing,
        evidence: figure
            .evidence
            .iter()
            .map(|e| EvidenceAnswer {
                id: &e.id,
                kind: e.kind.name(),
                source: &e.source.title,
                address: &e.source.address,
                date: &e.date,
                conditions: &e.conditions,
            })
            .collect(),
    }
}

/// A figure as a row of text.
pub fn row(figure: &StackFigure<'_>, locale: &Locale) -> String {
    let sources: Vec<_> = figure
        .evidence
        .iter()
        .map(|e| format!("{}, {}", e.source.title, e.date))
        .collect();
    let kind = figure
        .kind()
        .map_or_else(|| say!(locale, "by-definition"), |k| locale.told(k.name()));
    let sources = if sources.is_empty() {
        String::new()
    } else {
        format!(": {}", sources.join("; "))
    };
    let missing = if figure.missing.is_empty() {
        String::new()
    } else {
        format!("; {}", say!(locale, "without", parts = figure.missing.join(", ")))
    };
    columns(
        figure.metric,
        figure.scope.name(),
        figure.account.name(),
        &value(&figure.figure, figure.unit),
    ) + &format!("  {kind}{sources}{missing}")
}

/// A planned figure as a row of text.
pub fn planned_row(metric: &PlannedMetric, catalog: &Catalog, locale: &Locale) -> String {
    let mut sources: Vec<String> = Vec::new();
    for record in metric.evidence.iter().filter_map(|id| catalog.evidence(id)) {
        let source = format!("{}, {}", record.source.title, record.date);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let kind = metric.kind.as_deref();
    let kind = kind.map_or_else(|| say!(locale, "by-definition"), |kind| locale.told(kind));
    let sources = if sources.is_empty() {
        String::new()
    } else {
        format!(": {}", sources.join("; "))
    };
    columns(
        &metric.name,
        &metric.scope,
        &metric.account,
        &value(&figure(metric), &metric.unit),
    ) + &format!("  {kind}{sources}")
}

/// The figure of a planned metric.
pub fn figure(metric: &PlannedMetric) -> Figure {
    Figure {
        low: metric.low,
        typical: metric.typical,
        high: metric.high,
        below: metric.below,
    }
}

/// A figure with its unit.
pub fn value(figure: &Figure, unit: &str) -> String {
    let space = if unit.is_empty() || unit == "%" { "" } else { " " };
    format!("{figure}{space}{unit}")
}

fn columns(metric: &str, scope: &str, account: &str, value: &str) -> String {
    format!("  {metric:<16} {scope:<12} {account:<9} {value:<22}")
}
