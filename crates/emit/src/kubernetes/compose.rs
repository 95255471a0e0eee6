//! What the realizations of a plan add to a workload, put together.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{
    InteractionEffect, Landing, LandingFact, LandingFile, LandingFilter, LandingObject, LandingProxy, LandingRules,
    MendedRule, SecurityLanding, WorkloadFact,
};
use stackwright_spec::plan::Plan;

use super::tree::{self, Variables, overlay};
use crate::EmitError;

/// Everything that the realizations of a plan ask for.
pub(crate) struct Composition<'c> {
    /// How each realization is written.
    pub(crate) landings: Vec<&'c Landing>,
    /// What is added to the template of pods.
    pub(crate) pod: Value,
    /// What is added to the namespace's metadata.
    pub(crate) namespace: Value,
}

impl<'c> Composition<'c> {
    pub(crate) fn of(plan: &Plan, rules: &'c LandingRules, variables: &Variables) -> Result<Self, EmitError> {
        let mut composition = Self {
            landings: Vec::new(),
            pod: json!({}),
            namespace: json!({}),
        };
        let mut pods = Vec::new();
        for planned in &plan.realizations {
            let landing = rules.landing(&planned.id).ok_or_else(|| EmitError::Realization {
                realization: planned.id.clone(),
                target: plan_target(),
            })?;
            composition.landings.push(landing);
            pods.push(planned.id.as_str());
            for (over, base) in [
                (&landing.pod, &mut composition.pod),
                (&landing.namespace, &mut composition.namespace),
            ] {
                let Some(over) = over else { continue };
                let over = tree::substitute(over, variables).map_err(|name| broken(&planned.id, &name))?;
                if let Some(path) = overlay(base, &over) {
                    return Err(EmitError::Conflict {
                        realizations: pods.join(", "),
                        field: path,
                    });
                }
            }
        }
        if composition.carrier().is_some() && composition.proxy().is_some() {
            return Err(EmitError::Conflict {
                realizations: pods.join(", "),
                field: "spec.template.spec.initContainers".to_owned(),
            });
        }
        Ok(composition)
    }

    pub(crate) fn filter(&self) -> Option<&'c LandingFilter> {
        self.landings.iter().find_map(|l| l.filter.as_ref())
    }

    pub(crate) fn carrier(&self) -> Option<&'c LandingObject> {
        self.landings.iter().find_map(|l| l.carrier.as_ref())
    }

    pub(crate) fn module(&self) -> Option<&'c str> {
        self.landings.iter().find_map(|l| l.module.as_deref())
    }

    pub(crate) fn proxy(&self) -> Option<&'c LandingProxy> {
        self.landings.iter().find_map(|l| l.proxy.as_ref())
    }

    /// The facts in words, with names and values in their places.
    pub(crate) fn facts(&self, variables: &Variables) -> Result<Vec<LandingFact>, EmitError> {
        let text = |text: &String| tree::substitute_text(text, variables).map_err(|name| broken(text, &name));
        let facts = self.landings.iter().flat_map(|l| &l.facts);
        facts
            .map(|fact| {
                Ok(LandingFact {
                    what: text(&fact.what)?,
                    check: fact.check.as_ref().map(text).transpose()?,
                    ..fact.clone()
                })
            })
            .collect()
    }

    /// The files for nodes and what they are for.
    pub(crate) fn purposes(&self, variables: &Variables) -> Result<Vec<(String, String)>, EmitError> {
        let of = |file: &LandingFile| {
            let purpose = tree::substitute_text(&file.purpose, variables);
            Ok((file.path.clone(), purpose.map_err(|name| broken(&file.path, &name))?))
        };
        self.files().map(of).collect()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &'c LandingFile> + use<'_, 'c> {
        self.landings.iter().flat_map(|l| &l.files)
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &'c LandingObject> + use<'_, 'c> {
        self.landings.iter().flat_map(|l| &l.objects)
    }

    pub(crate) fn caps(&self) -> impl Iterator<Item = &'c SecurityLanding> + use<'_, 'c> {
        self.landings.iter().filter_map(|l| l.security.as_ref())
    }

    /// What a policy holds pods to so that they stay on the stack: the runtime class, the filter, labels and annotations
    /// that must be there, and those that must not.
    pub(crate) fn guard(&self, pod: &Value) -> Value {
        let of = |key: &str| {
            tree::at(&self.pod, &format!("metadata.{key}"))
                .cloned()
                .unwrap_or(json!({}))
        };
        let mut refused = json!({ "labels": {}, "annotations": {} });
        for landing in &self.landings {
            overlay(
                &mut refused,
                &json!({
                    "labels": landing.opt_outs.labels,
                    "annotations": landing.opt_outs.annotations,
                }),
            );
        }
        let filter = self.filter().map_or(
            json!([]),
            |filter| json!([{ "field": filter.field, "key": filter.key, "allowed": filter.confined }]),
        );
        json!({
            "runtimeClass": tree::at(pod, "spec.runtimeClassName").cloned().unwrap_or(json!("")),
            "filters": filter,
            "labels": of("labels"),
            "annotations": of("annotations"),
            "refusedLabels": refused.get("labels"),
            "refusedAnnotations": refused.get("annotations"),
        })
    }
}

fn plan_target() -> String {
    stackwright_catalog::model::Target::Kubernetes.name().to_owned()
}

/// A name in the catalogue's data that stands for nothing.
pub(crate) fn broken(realization: &str, name: &str) -> EmitError {
    EmitError::Data {
        realization: realization.to_owned(),
        why: format!("`${{{name}}}` stands for nothing"),
    }
}

/// Refuses a plan of which one technology keeps another from working, and nothing that is written mends it.
pub(crate) fn hindrances(catalog: &Catalog, plan: &Plan, pod: &Value) -> Result<(), EmitError> {
    let ids: Vec<&str> = plan
        .realizations
        .iter()
        .filter_map(|r| catalog.realization(&r.id))
        .flat_map(|r| r.technologies.iter().map(String::as_str))
        .collect();
    let mended = &catalog.inspection().map_err(super::data)?.mended;
    let annotation = |key: &str| pod.pointer("/metadata/annotations").and_then(|a| a.get(key)?.as_str());
    for interaction in catalog.interactions() {
        let stops = matches!(interaction.effect, InteractionEffect::Drops | InteractionEffect::Breaks);
        if !stops || !ids.contains(&interaction.subject.as_str()) || !ids.contains(&interaction.object.as_str()) {
            continue;
        }
        let mends = |rule: &&MendedRule| {
            rule.interactions.contains(&interaction.id)
                && annotation(&rule.annotation).is_some_and(|v| rule.values.iter().any(|w| w == v))
        };
        if mended.iter().find(mends).is_none() {
            return Err(EmitError::Hindered {
                subject: interaction.subject.clone(),
                object: interaction.object.clone(),
                note: interaction.note.clone(),
                remedy: interaction.remedy.clone(),
            });
        }
    }
    Ok(())
}

/// Facts of the workload that a planned technology does not give by itself, or not at all. What is accepted is what the
/// nodes must have for it.
pub(crate) fn refusals(
    catalog: &Catalog,
    plan: &Plan,
    facts: &BTreeMap<WorkloadFact, String>,
    accepted: &[WorkloadFact],
) -> Result<Vec<LandingFact>, EmitError> {
    let mut must = Vec::new();
    for planned in &plan.realizations {
        let Some(realization) = catalog.realization(&planned.id) else {
            continue;
        };
        for technology in realization.technologies.iter().filter_map(|t| catalog.technology(t)) {
            for refusal in &technology.refuses {
                let Some((fact, place)) = refusal.fact.and_then(|f| facts.get_key_value(&f)) else {
                    continue;
                };
                match &refusal.remedy {
                    Some(remedy) if accepted.contains(fact) => must.push(LandingFact {
                        operators: planned.word.split('∘').map(str::to_owned).collect(),
                        what: format!(
                            "the nodes have what {} needs for {}: {remedy}",
                            technology.name,
                            fact.name()
                        ),
                        check: None,
                        unshown: false,
                    }),
                    remedy => {
                        return Err(EmitError::Refused {
                            technology: technology.name.clone(),
                            fact: fact.name(),
                            place: place.clone(),
                            note: refusal.note.clone(),
                            remedy: remedy.clone(),
                        });
                    }
                }
            }
        }
    }
    Ok(must)
}
