//! What is added to a workload when it is admitted, as the injectors would decide.

use stackwright_catalog::model::{
    ContainerPattern, Decision, Given, GivenAt, InjectionRule, InsteadRule, ReferenceRole,
};

use super::{Answer, Found, Resolver};
use crate::facts::{Container, Mark, Reference, Role, Workload};
use crate::path::join;
use crate::report::Unknown;
use crate::rules::{matches, of_namespace, repository, repository_ends};

/// Marks, each with the object that has it, if that is another one.
type Marks<'f> = Vec<(&'f Mark, Option<&'f Reference>)>;

/// What decided.
struct Decided<'f, 'c> {
    decision: &'c Decision,
    marks: Marks<'f>,
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
                let why = format!("the container is of {}", rule.title);
                for symbol in self.give(answer, &[&rule.operator], &technologies, &rule.instead, given) {
                    answer.prove(&symbol, None, path.clone(), container.place, &why);
                }
                continue;
            }
            let decided = rule.decide.iter().find_map(|decision| {
                let marks = self::given(&decision.when, workload, given)?;
                Some(Decided { decision, marks })
            });
            let depends = given.is_none() && rule.decide.iter().flat_map(|d| &d.when).any(|g| of_namespace(g.at));
            match decided {
                Some(decided) if decided.decision.inject => {
                    let symbols = self.give(answer, &[&rule.operator], &technologies, &rule.instead, given);
                    for symbol in &symbols {
                        self.prove_by(answer, symbol, &decided.marks, &decided.decision.because);
                    }
                    if let Some(assumes) = &rule.assumes {
                        answer.unknown.push(Unknown {
                            operators: symbols,
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

    /// Claims what a rule gives, or what it gives instead where things are given for which it says so; the operators of that.
    pub(super) fn give(
        &self,
        answer: &mut Answer<'f, 'c>,
        operators: &[&String],
        technologies: &[&'c str],
        instead: &'c [InsteadRule],
        namespace: Option<&'f Reference>,
    ) -> Vec<String> {
        let fitting = instead
            .iter()
            .find_map(|r| Some((r, given(&r.when, answer.workload, namespace)?)));
        let claim = match &fitting {
            Some((rule, _)) => self.claimed(&rule.operators, rule.technologies.iter().map(String::as_str).collect()),
            None => self.claimed(operators, technologies.to_vec()),
        };
        let symbols = self.symbols(&claim.operators);
        answer.claims.push(claim);
        if let Some((rule, marks)) = fitting {
            for symbol in &rule.operators {
                self.prove_by(answer, symbol, &marks, &rule.because);
            }
        }
        symbols
    }

    fn prove_by(&self, answer: &mut Answer<'f, 'c>, symbol: &str, marks: &Marks<'f>, why: &str) {
        for (mark, reference) in marks {
            let path = self.mark_path(answer.workload, mark);
            answer.prove(symbol, reference.map(|r| &*r.file), path, mark.place, why);
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
            GivenAt::NodeLabel => self.spec_path(workload, &format!("nodeSelector[{}]", mark.key)),
            GivenAt::PodField | GivenAt::ContainerName => self.spec_path(workload, &mark.key),
            GivenAt::NamespaceLabel => format!("metadata.labels[{}]", mark.key),
            GivenAt::NamespaceAnnotation | GivenAt::NamespaceName => format!("metadata.annotations[{}]", mark.key),
        }
    }
}

fn present<'f, 'c>(rule: &'c InjectionRule, workload: &'f Workload) -> Option<(&'f Container, &'c ContainerPattern)> {
    let found = workload
        .containers
        .iter()
        .find_map(|container| Some((container, rule.present.iter().find(|p| is(container, p))?)))?;
    let own = |container: &Container| rule.present.iter().chain(&rule.parts).any(|p| is(container, p));
    let program = |container: &Container| container.role == Role::Main && !own(container);
    (!rule.beside || workload.containers.iter().any(program)).then_some(found)
}

/// Whether a container has a pattern's name, or its image.
fn is(container: &Container, pattern: &ContainerPattern) -> bool {
    let name = pattern.name.as_deref();
    let named = name.is_some_and(|n| container.name.as_deref() == Some(n));
    let image = container.image.as_ref().map(|i| repository(&i.value));
    named
        || pattern
            .image
            .as_deref()
            .zip(image)
            .is_some_and(|(parts, image)| repository_ends(image, parts))
}

/// What shows that all of some things are given.
fn given<'f>(when: &[Given], workload: &'f Workload, namespace: Option<&'f Reference>) -> Option<Marks<'f>> {
    let mut marks = Vec::new();
    for given in when {
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
    Some(marks)
}

fn fits(given: &Given, value: &str) -> bool {
    let any = |list: &[String]| list.iter().any(|v| matches(v, value));
    (given.is.is_empty() || any(&given.is)) && !any(&given.not)
}
