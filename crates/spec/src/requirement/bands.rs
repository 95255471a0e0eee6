//! Words of quantity as bounds.

use stackwright_catalog::Catalog;
use stackwright_catalog::model::Mechanism;
use stackwright_text::Diagnostic;

use super::bound::Bound;
use super::{MetricConstraint, upholds};

/// The bounds that principles give to words of quantity.
///
/// # Errors
///
/// A bound of the catalogue that is none.
pub(crate) fn bands(
    catalog: &Catalog,
    needs: &[String],
    without: &[String],
) -> Result<Vec<MetricConstraint>, Diagnostic> {
    let counts_shared = !upholds(catalog, without, Mechanism::PerInstance);
    let applies = |needed: &[String]| needed.iter().any(|n| needs.contains(n));
    let mut metrics = Vec::new();
    for principle in &catalog.data().principles {
        if without.contains(&principle.id) || !applies(&principle.applies.needs) {
            continue;
        }
        for band in &principle.bounds {
            let Some(metric) = catalog.metric(&band.metric) else {
                continue;
            };
            metrics.push(MetricConstraint {
                metric: band.metric.clone(),
                bound: Bound::quantity(&band.bound, &metric.unit)?,
                scope: metric.default_scope,
                scope_stated: false,
                account: None,
                per: band.per,
                counts_shared,
                principle: Some(principle.id.clone()),
            });
        }
    }
    Ok(metrics)
}
