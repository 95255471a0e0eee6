//! From facts to answers: what each workload's documents ask for, and what of it is in effect.

mod base;
mod confinement;
mod injection;
mod policy;
mod word;

use std::collections::HashMap;

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Interaction, InteractionEffect, ReferenceRole};

use crate::facts::{Container, Facts, Policy, Reference, Role, Text, Workload};
use crate::path::join;
use crate::report::{ClassReport, ContainerReport, Evidence, Note, PolicyReport, Unknown, WorkloadReport};
use crate::rules::Rules;
use crate::tree::Place;
use crate::{Options, Reach};
use policy::Policies;
use word::Words;

/// Answers questions about facts.
pub struct Resolver<'f, 'c> {
    catalog: &'c Catalog,
    rules: &'f Rules<'c>,
    options: Options,
    namespaces: HashMap<&'f str, Vec<&'f Reference>>,
    classes: HashMap<&'f str, Vec<&'f Reference>>,
    policies: Policies<'f>,
    withheld: &'f [String],
    words: Words<'c>,
}

/// Something that a workload has, as far as documents ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Claim<'c> {
    /// The operators, outermost first.
    pub operators: Vec<OperatorId>,
    /// The technologies that would do it: it is in effect if one of them is.
    pub technologies: Vec<&'c str>,
    /// Whether something that was found keeps it from being in effect.
    pub void: bool,
}

/// An answer in the making.
pub(crate) struct Answer<'f, 'c> {
    pub workload: &'f Workload,
    pub claims: Vec<Claim<'c>>,
    pub evidence: Vec<Evidence>,
    pub unknown: Vec<Unknown>,
    pub hindered_by: Vec<String>,
}

impl<'f, 'c> Resolver<'f, 'c> {
    /// Indexes facts.
    pub fn new(catalog: &'c Catalog, rules: &'f Rules<'c>, facts: &'f Facts, options: Options) -> Self {
        let by_name = |list: &'f [Reference]| {
            let mut map: HashMap<&'f str, Vec<&'f Reference>> = HashMap::new();
            for reference in list {
                map.entry(&reference.name).or_default().push(reference);
            }
            map
        };
        Self {
            catalog,
            rules,
            options,
            namespaces: by_name(&facts.namespaces),
            classes: by_name(&facts.classes),
            policies: Policies::new(&facts.policies, options.reach),
            withheld: &facts.withheld,
            words: Words::new(catalog),
        }
    }

    /// What is known of a workload.
    pub fn workload(&mut self, workload: &'f Workload) -> WorkloadReport {
        let mut answer = Answer {
            workload,
            claims: Vec::new(),
            evidence: Vec::new(),
            unknown: Vec::new(),
            hindered_by: Vec::new(),
        };
        self.base(&mut answer);
        self.images(&mut answer);
        self.injections(&mut answer);
        self.agents(&mut answer);
        self.policies(&mut answer);
        let before = answer.claims.len();
        let mut confined = self.confinement(&mut answer);
        self.effects(&mut answer, &mut confined);
        if workload.ambiguous {
            answer.unknown.push(Unknown {
                operators: Vec::new(),
                what: "a key occurs twice in the document, and the last was taken to count".to_owned(),
                settle: "remove the key that is not meant".to_owned(),
                assumed: true,
            });
        }
        let word = |effective: bool, claims: &[Claim<'c>]| -> Vec<OperatorId> {
            let counted = claims.iter().filter(|c| !(effective && c.void));
            counted.flat_map(|c| c.operators.iter().copied()).collect()
        };
        let containers = workload
            .containers
            .iter()
            .zip(confined)
            .map(|(container, own)| {
                let mut claims: Vec<Claim<'c>> = answer.claims.iter().take(before).cloned().collect();
                if let Some(claim) = own {
                    claims.push(claim);
                }
                self.container(container, &word(false, &claims), &word(true, &claims))
            })
            .collect();
        let declared = self.words.declared(&word(false, &answer.claims));
        let effective = self.words.assess(&word(true, &answer.claims));
        WorkloadReport {
            file: workload.file.to_string(),
            line: workload.place.line,
            kind: workload.kind.to_string(),
            namespace: workload.namespace.as_deref().map(str::to_owned),
            name: workload.name.as_deref().map(str::to_owned),
            declared,
            operators: effective.operators.clone(),
            display: effective.display.clone(),
            grades: effective.grades.clone(),
            evidence: answer.evidence,
            unknown: answer.unknown,
            containers,
            hindered_by: answer.hindered_by,
            suppress: workload.suppress.as_ref().map(|s| Note {
                text: s.value.to_string(),
                line: s.place.line,
            }),
            spec: workload.spec,
            metadata: workload.metadata,
        }
    }

    fn container(
        &mut self,
        container: &Container,
        declared: &[OperatorId],
        effective: &[OperatorId],
    ) -> ContainerReport {
        let declared = self.words.declared(declared);
        let effective = self.words.assess(effective);
        ContainerReport {
            name: container.name.as_deref().map(str::to_owned),
            image: container.image.as_ref().map(|i| i.value.to_string()),
            role: match container.role {
                Role::Main => "main",
                Role::Init => "init",
                Role::Sidecar => "sidecar",
                Role::Ephemeral => "ephemeral",
            },
            line: container.place.line,
            place: container.place,
            declared,
            operators: effective.operators.clone(),
            display: effective.display.clone(),
        }
    }

    /// What is known of an object that carries an operator itself.
    pub fn policy(&self, policy: &Policy) -> PolicyReport {
        let rule = self.rules.policy(policy.rule);
        PolicyReport {
            file: policy.file.to_string(),
            line: policy.place.line,
            kind: policy.kind.to_string(),
            namespace: policy.namespace.as_deref().map(str::to_owned),
            name: policy.name.as_deref().map(str::to_owned),
            declared: rule.map(|r| r.operator.clone()).into_iter().collect(),
            read_by: rule.map(|r| r.title.clone()).unwrap_or_default(),
            matches: policy.matches.iter().map(|m| m.to_string()).collect(),
        }
    }

    fn images(&self, answer: &mut Answer<'f, 'c>) {
        let images: Option<Vec<_>> = answer
            .workload
            .containers
            .iter()
            .map(|c| Some((c, c.image.as_ref()?)))
            .collect();
        let images = images.unwrap_or_default();
        let Some((container, image)) = images.first() else {
            return;
        };
        for rule in &self.rules.data.images {
            let path = join(&container.path, "image");
            self.claim(answer, &rule.operator, &[]);
            answer.prove(
                &rule.operator,
                None,
                self.spec_path(answer.workload, &path),
                image.place,
                &rule.because,
            );
        }
    }

    fn agents(&self, answer: &mut Answer<'f, 'c>) {
        for container in &answer.workload.containers {
            let agent = container.agent.and_then(|i| self.rules.data.agents.get(usize::from(i)));
            let (Some(agent), Some(image)) = (agent, &container.image) else {
                continue;
            };
            let path = self.spec_path(answer.workload, &join(&container.path, "image"));
            self.claim(answer, &agent.operator, &[]);
            answer.prove(
                &agent.operator,
                None,
                path,
                image.place,
                &format!("the container is {}", agent.title),
            );
        }
    }

    pub(crate) fn claim(&self, answer: &mut Answer<'f, 'c>, symbol: &str, technologies: &[&'c str]) {
        answer.claims.push(self.claimed(&[symbol], technologies.to_vec()));
    }

    pub(crate) fn claimed(&self, symbols: &[impl AsRef<str>], technologies: Vec<&'c str>) -> Claim<'c> {
        let algebra = self.catalog.algebra();
        Claim {
            operators: symbols.iter().filter_map(|s| algebra.find(s.as_ref())).collect(),
            technologies,
            void: false,
        }
    }

    /// The path of something below the pod's specification.
    pub(crate) fn spec_path(&self, workload: &Workload, rest: &str) -> String {
        let rule = self.rules.workloads.get(usize::from(workload.rule));
        let spec = rule.map_or("", |r| r.spec.text());
        join(&join(&workload.pod, spec), rest)
    }

    /// Voids the claims of which every technology is dropped or broken by one that the workload runs on, and says so.
    fn effects(&self, answer: &mut Answer<'f, 'c>, containers: &mut [Option<Claim<'c>>]) {
        let ground: Vec<&'c str> = answer
            .claims
            .iter()
            .flat_map(|c| c.technologies.iter().copied())
            .collect();
        let mut claims = std::mem::take(&mut answer.claims);
        for claim in &mut claims {
            let symbols = self.symbols(&claim.operators);
            for interaction in self.hinder(answer.workload, claim, &ground) {
                if claim.void && !answer.hindered_by.contains(&interaction.id) {
                    answer.hindered_by.push(interaction.id.clone());
                }
                answer
                    .unknown
                    .extend(self.hindered(answer.workload, interaction, &symbols));
            }
        }
        answer.claims = claims;
        for claim in containers.iter_mut().flatten() {
            self.hinder(answer.workload, claim, &ground);
        }
    }

    /// Runtime classes that documents define, in the order of reading.
    pub fn classes(facts: &Facts) -> Vec<ClassReport> {
        let report = |class: &Reference| {
            Some(ClassReport {
                file: class.file.to_string(),
                name: class.name.to_string(),
                handler: class.value.as_ref()?.value.to_string(),
            })
        };
        facts.classes.iter().filter_map(report).collect()
    }

    /// Whether objects that are looked up for a role exist, but could not be read.
    pub(crate) fn is_withheld(&self, role: ReferenceRole) -> bool {
        let references = self.rules.data.references.iter().filter(|r| r.role == role);
        references.into_iter().any(|r| self.withheld.contains(&r.kind))
    }

    /// Voids a claim if something hinders all its technologies and is not mended; gives what hinders them.
    fn hinder(&self, workload: &Workload, claim: &mut Claim<'c>, ground: &[&str]) -> Vec<&'c Interaction> {
        let hindered: Vec<_> = claim.technologies.iter().map(|t| self.hindrances(ground, t)).collect();
        if claim.void || hindered.is_empty() || hindered.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let hindered: Vec<&Interaction> = hindered.into_iter().flatten().collect();
        claim.void = !hindered.iter().all(|i| self.mended(workload, i).is_some());
        hindered
    }

    /// What keeps a technology from working on others.
    fn hindrances(&self, ground: &[&str], technology: &str) -> Vec<&'c Interaction> {
        let stops = |effect| matches!(effect, InteractionEffect::Drops | InteractionEffect::Breaks);
        let interactions = self.catalog.interactions().iter();
        interactions
            .filter(|i| stops(i.effect) && i.object == technology && ground.contains(&i.subject.as_str()))
            .collect()
    }

    /// The annotation with which an interaction does not happen, if the workload has it, and what is unsettled about it.
    fn mended(&self, workload: &Workload, interaction: &Interaction) -> Option<Option<&'c str>> {
        let rule = self.rules.data.mended.iter().find(|rule| {
            let set =
                |m: &crate::facts::Mark| *m.key == *rule.annotation && rule.values.iter().any(|v| **v == *m.value);
            rule.interactions.contains(&interaction.id) && workload.marks.iter().any(set)
        })?;
        Some(rule.unsettled.as_deref())
    }

    fn hindered(&self, workload: &Workload, interaction: &Interaction, symbols: &[String]) -> Option<Unknown> {
        let names = format!("{} and {}", interaction.subject, interaction.object);
        match self.mended(workload, interaction) {
            Some(None) => None,
            Some(Some(unsettled)) => Some(Unknown {
                operators: symbols.to_vec(),
                what: unsettled.to_owned(),
                settle: format!("look at the node's configuration ({names}: {})", interaction.note),
                assumed: true,
            }),
            None => {
                let versions = interaction
                    .versions
                    .as_ref()
                    .map(|v| format!(" ({v})"))
                    .unwrap_or_default();
                let remedy = interaction.remedy.clone();
                Some(Unknown {
                    operators: symbols.to_vec(),
                    what: format!("declared, but not in effect: {names}{versions}: {}", interaction.note),
                    settle: remedy
                        .unwrap_or_else(|| "a setting or version with which it works is not known".to_owned()),
                    assumed: false,
                })
            }
        }
    }

    pub(crate) fn symbols(&self, operators: &[OperatorId]) -> Vec<String> {
        operators
            .iter()
            .map(|id| self.catalog.algebra().symbol(*id).to_owned())
            .collect()
    }

    /// The object of a name that counts for a file: of the nearest place within reach, the last one.
    pub(crate) fn nearest(&self, map: &HashMap<&'f str, Vec<&'f Reference>>, name: &str, file: &Text) -> Found<'f> {
        let all = map.get(name).map(Vec::as_slice).unwrap_or_default();
        let last = |fits: &dyn Fn(&Reference) -> bool| all.iter().copied().rfind(|r| fits(r));
        if let Some(found) = last(&|r| *r.file == **file) {
            return Found::Here(found);
        }
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let own = folder(file);
        match self.options.reach {
            Reach::File => last(&|_| true).map_or(Found::Nowhere, Found::Elsewhere),
            Reach::Folder => match last(&|r| folder(&r.file) == own) {
                Some(found) => Found::Here(found),
                None => last(&|_| true).map_or(Found::Nowhere, Found::Elsewhere),
            },
            Reach::All => match last(&|r| folder(&r.file) == own).or_else(|| last(&|_| true)) {
                Some(found) => Found::Here(found),
                None => Found::Nowhere,
            },
        }
    }

    pub(crate) fn namespace(&self, name: &str, file: &Text) -> Found<'f> {
        self.nearest(&self.namespaces, name, file)
    }

    pub(crate) fn class(&self, name: &str, file: &Text) -> Found<'f> {
        self.nearest(&self.classes, name, file)
    }
}

/// Whether an object that is referred to was given.
#[derive(Clone, Copy)]
pub(crate) enum Found<'f> {
    /// Within reach.
    Here(&'f Reference),
    /// Only out of reach.
    Elsewhere(&'f Reference),
    /// Not at all.
    Nowhere,
}

impl Answer<'_, '_> {
    pub(crate) fn prove(&mut self, operator: &str, file: Option<&str>, path: String, place: Place, why: &str) {
        self.evidence.push(Evidence {
            operator: operator.to_owned(),
            file: file.filter(|f| **f != *self.workload.file).map(str::to_owned),
            path,
            line: place.line,
            column: place.column,
            why: why.to_owned(),
        });
    }
}

/// Whether a value stands for another that is filled in later.
pub(crate) fn is_placeholder(value: &str) -> bool {
    value.contains("{{") || value.contains("${") || value.contains("$(") || value.starts_with('<')
}
