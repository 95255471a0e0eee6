//! Profiles as requirements, and requirements put together.

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::Profile;
use stackwright_text::{Diagnostic, suggestion};

use super::{IsolationConstraint, Requirement};

impl Requirement {
    /// The requirement that a profile of the catalogue states, without a workload.
    ///
    /// # Errors
    ///
    /// There is no such profile; the nearest is named.
    pub fn profile(id: &str, catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let Some(profile) = catalog.profile(id) else {
            let known: Vec<_> = catalog.data().profiles.iter().map(|p| p.id.as_str()).collect();
            let diagnostic = Diagnostic::new("requirement::profile", format!("unknown profile `{id}`"));
            return Err(vec![diagnostic.with_help(suggestion(id, &known))]);
        };
        Self::read(&format!("<profile {id}>"), text(profile).as_bytes(), catalog)
    }

    /// Adds the constraints of another requirement; preferences only if this one has none.
    ///
    /// # Errors
    ///
    /// Bounds, isolation classes or needs of the two that cannot hold together.
    pub fn add(&mut self, other: &Self, catalog: &Catalog) -> Result<(), Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let both = |message: String| {
            Diagnostic::new("requirement::contradiction", message)
                .with_help(format!("`{}` and `{}` cannot both hold", self.name, other.name))
        };
        for theirs in &other.metrics {
            for ours in self.metrics.iter().filter(|m| m.is_about(theirs)) {
                if ours.bound.contradicts(&theirs.bound) {
                    let message = format!("{} cannot be `{}` and `{}`", ours.metric, ours.bound, theirs.bound);
                    findings.push(both(message));
                }
            }
        }
        for theirs in &other.grades {
            for ours in self.grades.iter().filter(|g| g.grade == theirs.grade) {
                if ours.bound.contradicts(&theirs.bound) {
                    let name = ours.grade.name();
                    let message = format!("the {name} grade cannot be `{}` and `{}`", ours.bound, theirs.bound);
                    findings.push(both(message));
                }
            }
        }
        let isolation: Vec<_> = self.isolation.iter().chain(&other.isolation).cloned().collect();
        if !allows_any(&isolation, catalog) {
            findings.push(both("no isolation class fulfils both".to_owned()));
        }
        for (need, excluded) in excluded_needs(catalog, &[self.needs.as_slice(), &other.needs].concat()) {
            findings.push(both(format!("`{need}` and `{excluded}` cannot both be needed")));
        }
        let conflict = |a: &[OperatorId], b: &[OperatorId]| a.iter().find(|id| b.contains(id)).copied();
        if let Some(id) = conflict(&self.include, &other.exclude).or_else(|| conflict(&self.exclude, &other.include)) {
            let symbol = catalog.algebra().symbol(id);
            findings.push(both(format!("`{symbol}` is both included and excluded")));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let union = |ours: &mut Vec<String>, theirs: &[String]| {
            for item in theirs {
                if !ours.contains(item) {
                    ours.push(item.clone());
                }
            }
        };
        self.isolation = isolation;
        union(&mut self.needs, &other.needs);
        union(&mut self.regimes, &other.regimes);
        for theirs in &other.metrics {
            let off = theirs.principle.as_ref().is_some_and(|p| self.without.contains(p));
            if !off && !self.metrics.contains(theirs) {
                self.metrics.push(theirs.clone());
            }
        }
        self.grades.extend(other.grades.iter().cloned());
        self.include.extend(other.include.iter().copied());
        self.exclude.extend(other.exclude.iter().copied());
        if self.preferences.order.is_empty() && self.preferences.weights.is_empty() {
            self.preferences = other.preferences.clone();
        }
        Ok(())
    }
}

/// Pairs of needs that exclude each other.
pub(super) fn excluded_needs(catalog: &Catalog, needs: &[String]) -> Vec<(String, String)> {
    let declared = catalog.data().needs.iter().filter(|n| needs.contains(&n.name));
    declared
        .flat_map(|n| n.excludes.iter().map(move |e| (n.name.clone(), e.clone())))
        .filter(|(_, excluded)| needs.contains(excluded))
        .collect()
}

/// Whether some isolation class fulfils all conditions.
pub(super) fn allows_any(conditions: &[IsolationConstraint], catalog: &Catalog) -> bool {
    let classes = catalog.rules().isolation_classes().count();
    (0..classes).any(|rank| conditions.iter().all(|c| c.allows(rank)))
}

/// The requirement file that says what a profile says.
fn text(profile: &Profile) -> String {
    let mut text = format!(
        "apiVersion: stackwright/v1\nkind: Requirement\nname: {}\ntarget: {}\n",
        profile.id,
        profile.target.name()
    );
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    let quoted = |list: &[String]| list.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
    if let Some(kind) = profile.workload {
        line(format!("workload: {{ kind: {} }}", kind.name()));
    }
    line("constraints:".to_owned());
    line(format!("  needs: [{}]", quoted(&profile.needs)));
    for (key, bounds) in [("metrics", &profile.metrics), ("grades", &profile.grades)] {
        let entries: Vec<_> = bounds
            .iter()
            .map(|(name, bound)| format!("{name}: \"{bound}\""))
            .collect();
        line(format!("  {key}: {{ {} }}", entries.join(", ")));
    }
    if let Some(class) = &profile.isolation {
        line(format!("  isolation: {{ at_least: \"{class}\" }}"));
    }
    line(format!("preferences: {{ order: [{}] }}", quoted(&profile.order)));
    text
}
