//! What is added to a workload when it is admitted, as the injectors would decide.

use stackwright_catalog::model::{ContainerPattern, Decision, Given, GivenAt, InjectionRule, ReferenceRole};

use super::{Answer, Found, Resolver};
use crate::facts::{Mark, Reference, Workload};
use crate::path::join;
use crate::report::Unknown;
use crate::rules::{matches, of_namespace, repository, repository_ends};

/// What decided.
struct Decided<'f, 'c> {
    decision: &'c Decision,
    marks: Vec<(&'f Mark, Option<&'f Reference>)>,
}

impl<'f, 'c> Resolver<'f, 'c> {
    pub(super) fn injections(&self, answer: &mut Answer<'f, 'c>) {
        let workload = answer.workload;
        let namespace = workload
            .namespace
            .as_deref()
            .map(|name| self.namespace(name, &workload.file));
        let given = match namespace {
            Some(Found::Here(reference)) => Some(reference),
            _ => None,
        };
        let mut open: Vec<&'c InjectionRule> = Vec::new();
        for rule in &self.rules.data.injections {
            let technologies: Vec<&'c str> = rule.technology.as_deref().into_iter().collect();
            if let Some((container, pattern)) = present(rule, workload) {
                let field = if pattern.name.is_some() { "name" } else { "image" };
                let path = self.spec_path(workload, &join(&container.path, field));
                self.claim(answer, &rule.operator, &technologies);
                answer.prove(
                    &rule.operator,
                    None,
                    path,
                    container.place,
                    &format!("the container is of {}", rule.title),
                );
                continue;
            }
            let decided = rule.decide.iter().find_map(|d| decide(d, workload, given));
            let depends = given.is_none() && rule.decide.iter().flat_map(|d| &d.when).any(|g| of_namespace(g.at));
            match decided {
                Some(decided) if decided.decision.inject => {
                    self.claim(answer, &rule.operator, &technologies);
                    for (mark, reference) in decided.marks {
                        let path = self.mark_path(workload, mark);
                        let file = reference.map(|r| &*r.file);
                        answer.prove(&rule.operator, file, path, mark.place, &decided.decision.because);
                    }
                    if let Some(assumes) = &rule.assumes {
                        answer.unknown.push(Unknown {
                            operators: vec![rule.operator.clone()],
                            what: format!("whether {assumes}"),
                            settle: "the running pod, or what is installed in the cluster".to_owned(),
                            assumed: true,
                        });
                    }
                }
                Some(decided) if decided.marks.iter().any(|(m, _)| !of_namespace(m.at)) => {}
                _ if depends => open.push(rule),
                _ => {}
            }
        }
        if let Some(name) = workload.namespace.as_deref().filter(|_| !open.is_empty()) {
            self.open(answer, name, &open, namespace.unwrap_or(Found::Nowhere));
        }
    }

    /// The namespace's labels could ask for something, and were not given.
    fn open(&self, answer: &mut Answer<'f, 'c>, name: &str, open: &[&'c InjectionRule], found: Found<'f>) {
        let mut operators: Vec<String> = Vec::new();
        for rule in open {
            if !operators.contains(&rule.operator) {
                operators.push(rule.operator.clone());
            }
        }
        let (what, settle) = match found {
            Found::Elsewhere(reference) => (
                format!(
                    "the namespace `{name}` is in {}, which may be for another cluster",
                    reference.file
                ),
                "say that all files are of one cluster".to_owned(),
            ),
            _ if self.is_withheld(ReferenceRole::Namespace) => (
                format!("the labels and annotations of the namespace `{name}` may not be read"),
                "the right to list namespaces".to_owned(),
            ),
            _ => (
                format!("the labels and annotations of the namespace `{name}` were not given"),
                format!("the Namespace, as from `kubectl get namespace {name} -o yaml`"),
            ),
        };
        answer.unknown.push(Unknown {
            operators,
            what,
            settle,
            assumed: false,
        });
    }

    fn mark_path(&self, workload: &Workload, mark: &Mark) -> String {
        let rule = self.rules.workloads.get(usize::from(workload.rule));
        let metadata = rule.map_or("metadata", |r| r.metadata.text());
        let labels = rule.and_then(|r| r.rule.labels.as_deref()).unwrap_or("labels");
        let annotations = rule
            .and_then(|r| r.rule.annotations.as_deref())
            .unwrap_or("annotations");
        let pod = join(&workload.pod, metadata);
        match mark.at {
            GivenAt::PodLabel => format!("{pod}.{labels}[{}]", mark.key),
            GivenAt::PodAnnotation => format!("{pod}.{annotations}[{}]", mark.key),
            GivenAt::PodField | GivenAt::ContainerName => self.spec_path(workload, &mark.key),
            GivenAt::NamespaceLabel => format!("metadata.labels[{}]", mark.key),
            GivenAt::NamespaceAnnotation | GivenAt::NamespaceName => format!("metadata.annotations[{}]", mark.key),
        }
    }
}

fn present<'f, 'c>(
    rule: &'c InjectionRule,
    workload: &'f Workload,
) -> Option<(&'f crate::facts::Container, &'c ContainerPattern)> {
    workload.containers.iter().find_map(|container| {
        let fits = |pattern: &&ContainerPattern| {
            let name = pattern
                .name
                .as_deref()
                .is_some_and(|n| container.name.as_deref() == Some(n));
            let image = pattern.image.as_deref().is_some_and(|parts| {
                let image = container.image.as_ref().map(|i| repository(&i.value));
                image.is_some_and(|repository| repository_ends(repository, parts))
            });
            name || image
        };
        rule.present.iter().find(fits).map(|pattern| (container, pattern))
    })
}

fn decide<'f, 'c>(
    decision: &'c Decision,
    workload: &'f Workload,
    namespace: Option<&'f Reference>,
) -> Option<Decided<'f, 'c>> {
    let mut marks = Vec::new();
    for given in &decision.when {
        if given.at == GivenAt::NamespaceName {
            let name = workload.namespace.as_deref().unwrap_or_default();
            if !given.is.iter().any(|v| matches(v, name)) {
                return None;
            }
            continue;
        }
        if given.at == GivenAt::ContainerName {
            let mut names = workload.containers.iter().filter_map(|c| c.name.as_deref());
            if !names.any(|n| given.is.iter().any(|v| matches(v, n))) {
                return None;
            }
            continue;
        }
        let source = if of_namespace(given.at) { namespace } else { None };
        let candidates = match source {
            Some(reference) => reference.marks.iter(),
            None if of_namespace(given.at) => [].iter(),
            None => workload.marks.iter(),
        };
        let mut keyed = candidates
            .filter(|m| m.at == given.at && matches(&given.key, &m.key))
            .peekable();
        if given.absent {
            if keyed.peek().is_some() {
                return None;
            }
            continue;
        }
        marks.push((keyed.find(|m| fits(given, &m.value))?, source));
    }
    Some(Decided { decision, marks })
}

fn fits(given: &Given, value: &str) -> bool {
    let any = |list: &[String]| list.iter().any(|v| matches(v, value));
    (given.is.is_empty() || any(&given.is)) && !any(&given.not)
}
