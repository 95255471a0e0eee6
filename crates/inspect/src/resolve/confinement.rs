//! Filters: what the pod and each container say, what containers inherit, and what privilege voids.

use stackwright_catalog::model::{FilterRule, GivenAt};

use super::{Answer, Claim, Resolver, is_placeholder};
use crate::facts::{Container, Workload};
use crate::path::join;
use crate::report::Unknown;
use crate::rules::matches;
use crate::tree::Place;

/// What a filter does for a container.
enum Verdict {
    /// It confines it.
    Confines(String, Place, String),
    /// It would, if something else were known.
    Unsettled(String),
    /// It does not, and this says so.
    Leaves(String),
    /// Nothing is said.
    Silent,
}

impl<'f, 'c> Resolver<'f, 'c> {
    /// Claims confinement if every container is confined, and gives what each container has of its own.
    pub(super) fn confinement(&self, answer: &mut Answer<'f, 'c>) -> Vec<Option<Claim<'c>>> {
        let workload = answer.workload;
        let mut claims: Vec<Option<Claim<'c>>> = Vec::new();
        let mut proofs = Vec::new();
        let mut notes: Vec<String> = Vec::new();
        for container in &workload.containers {
            let mut technologies: Vec<&'c str> = Vec::new();
            let mut operators = Vec::new();
            for (i, rule) in self.rules.data.filters.iter().enumerate() {
                let who = container.name.as_deref().unwrap_or(&container.path);
                match self.verdict(workload, container, i, rule) {
                    Verdict::Confines(path, place, why) => {
                        technologies.push(&rule.technology);
                        operators.extend(self.catalog.algebra().find(&rule.operator));
                        proofs.push((rule, path, place, why));
                    }
                    Verdict::Unsettled(what) => note(&mut notes, what),
                    Verdict::Leaves(why) => note(&mut notes, format!("`{who}`: {why}")),
                    Verdict::Silent => {}
                }
            }
            operators.dedup();
            claims.push((!technologies.is_empty()).then_some(Claim {
                operators,
                technologies,
                void: false,
            }));
        }
        let all = claims.iter().flatten().count();
        if all > 0 && all == claims.len() {
            for (rule, path, place, why) in proofs {
                let known = answer
                    .evidence
                    .iter()
                    .any(|e| e.operator == rule.operator && e.path == path);
                if !known {
                    answer.prove(&rule.operator, None, path, place, &why);
                }
            }
            // The pod is as confined as its least confined container: what holds for one technology must hold for all.
            let weakest = claims.iter().flatten().min_by_key(|c| c.technologies.len()).cloned();
            answer.claims.extend(weakest);
        } else {
            self.unconfined(answer, &claims, notes);
        }
        claims
    }

    fn unconfined(&self, answer: &mut Answer<'f, 'c>, claims: &[Option<Claim<'c>>], notes: Vec<String>) {
        let confined = claims.iter().flatten().count();
        let mut operators: Vec<String> = Vec::new();
        for rule in &self.rules.data.filters {
            if !operators.contains(&rule.operator) {
                operators.push(rule.operator.clone());
            }
        }
        if confined > 0 {
            let workload = answer.workload;
            let open = workload
                .containers
                .iter()
                .zip(claims)
                .find(|(_, c)| c.is_none())
                .map(|(c, _)| c);
            let name = open.and_then(|c| c.name.as_deref()).unwrap_or("a container");
            answer.unknown.push(Unknown {
                operators: operators.clone(),
                what: format!(
                    "only {confined} of {} containers are confined, `{name}` is not",
                    claims.len()
                ),
                settle: "set the profile for the pod".to_owned(),
                assumed: false,
            });
        }
        for what in notes {
            answer.unknown.push(Unknown {
                operators: operators.clone(),
                what,
                settle: "set a profile that confines every container".to_owned(),
                assumed: false,
            });
        }
        if confined == 0 && answer.unknown.iter().all(|u| u.operators != operators) {
            answer.unknown.push(Unknown {
                operators,
                what: "no profile is named; whether the node confines containers that name none is not known"
                    .to_owned(),
                settle: "name a profile, or give the node's `seccompDefault`".to_owned(),
                assumed: false,
            });
        }
    }

    fn verdict(&self, workload: &Workload, container: &Container, index: usize, rule: &FilterRule) -> Verdict {
        let privileged =
            |value: &str| container.privileged.is_some() && rule.void_if_privileged.iter().any(|v| matches(v, value));
        let own = container.filters.get(index).and_then(Option::as_ref);
        let pod = workload.filters.get(index).and_then(Option::as_ref);
        let (spot, base) = match (own, pod) {
            (Some(own), _) => (own, join(&container.path, "securityContext")),
            (None, Some(pod)) => (pod, "securityContext".to_owned()),
            (None, None) => return self.by_annotation(workload, container, rule),
        };
        let value = &*spot.value;
        let path = if workload.service {
            self.spec_path(workload, "security_opt")
        } else {
            self.spec_path(workload, &format!("{base}.{}.{}", rule.field, rule.key))
        };
        let any = |list: &[String]| list.iter().any(|v| matches(v, value));
        if is_placeholder(value) {
            Verdict::Unsettled(format!("the {} profile is filled in later: `{value}`", rule.title))
        } else if any(&rule.unconfined) || !any(&rule.confined) {
            Verdict::Leaves(format!("{} is `{value}`", rule.title))
        } else if privileged(value) {
            Verdict::Leaves(format!(
                "it is privileged, so its {} profile is not applied",
                rule.title
            ))
        } else if let Some(unsettled) = &rule.unsettled {
            Verdict::Unsettled(format!("{} is `{value}`, {unsettled}", rule.title))
        } else {
            let why = format!(
                "{} is `{value}` for `{}`",
                rule.title,
                container.name.as_deref().unwrap_or("a container")
            );
            let why = if own.is_some() {
                why
            } else {
                format!("{} is `{value}` for the pod", rule.title)
            };
            Verdict::Confines(path, spot.place, why)
        }
    }

    fn by_annotation(&self, workload: &Workload, container: &Container, rule: &FilterRule) -> Verdict {
        let Some(annotations) = &rule.annotations else {
            return Verdict::Silent;
        };
        let named = |key: &str| {
            let mut marks = workload.marks.iter();
            marks.find(|m| m.at == GivenAt::PodAnnotation && *m.key == *key)
        };
        let own = container
            .name
            .as_deref()
            .and_then(|n| named(&format!("{}{n}", annotations.container)));
        let Some(mark) = own.or_else(|| annotations.pod.as_deref().and_then(named)) else {
            return Verdict::Silent;
        };
        let value = &*mark.value;
        if !annotations.confined.iter().any(|v| matches(v, value)) {
            return Verdict::Leaves(format!("{} is `{value}`", rule.title));
        }
        if annotations
            .ignored_from
            .is_some_and(|first| self.options.kubernetes >= first)
        {
            return Verdict::Leaves(format!(
                "the annotation for {} is ignored since Kubernetes 1.{}",
                rule.title,
                annotations.ignored_from.unwrap_or_default()
            ));
        }
        if container.privileged.is_some() && rule.void_if_privileged.iter().any(|v| matches(v, value)) {
            return Verdict::Leaves(format!(
                "it is privileged, so its {} profile is not applied",
                rule.title
            ));
        }
        let metadata = self
            .rules
            .workloads
            .get(usize::from(workload.rule))
            .map_or("metadata", |r| r.metadata.text());
        let path = join(&workload.pod, &format!("{metadata}.annotations[{}]", mark.key));
        let why = format!("an annotation sets {} to `{value}`", rule.title);
        Verdict::Confines(path, mark.place, why)
    }
}

fn note(notes: &mut Vec<String>, what: String) {
    if !notes.contains(&what) {
        notes.push(what);
    }
}
