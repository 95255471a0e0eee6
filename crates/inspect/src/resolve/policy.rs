//! Which admission policies govern a workload, as far as documents decide it.

use std::collections::HashMap;

use stackwright_catalog::model::GovernsRule;

use super::{Answer, Claim, Found, Resolver};
use crate::Reach;
use crate::facts::{Clause, Governs, Policy, Target, Text, Workload};
use crate::report::Unknown;
use crate::rules::matches;

/// Policies that are proved one by one; more are counted.
const SHOWN: usize = 8;

/// Policies by how far they count.
pub(crate) struct Policies<'f> {
    reach: Reach,
    near: HashMap<&'f str, Vec<&'f Policy>>,
}

/// Whether a policy governs a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fit {
    No,
    /// It may: this was not decided.
    Open(String),
    Yes,
}

impl Fit {
    /// What holds if both must fit.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Open(why) => match other() {
                Self::No => Self::No,
                _ => Self::Open(why),
            },
        }
    }

    /// What holds if it must not fit.
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            open => open,
        }
    }
}

/// What holds if one of several must fit.
fn any(fits: impl Iterator<Item = Fit>) -> Fit {
    let mut found = Fit::No;
    for fit in fits {
        match fit {
            Fit::Yes => return Fit::Yes,
            Fit::Open(_) => found = fit,
            Fit::No => {}
        }
    }
    found
}

/// What of a workload is admitted by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Admitted {
    /// The object.
    Itself,
    /// The pods that it becomes.
    Pods,
}

impl<'f> Policies<'f> {
    pub(crate) fn new(policies: &'f [Policy], reach: Reach) -> Self {
        let mut near: HashMap<&str, Vec<&Policy>> = HashMap::new();
        for policy in policies.iter().filter(|p| p.governs.is_some()) {
            near.entry(place(&policy.file, reach)).or_default().push(policy);
        }
        Self { reach, near }
    }

    fn of(&self, file: &Text) -> &[&'f Policy] {
        self.near.get(place(file, self.reach)).map_or(&[], Vec::as_slice)
    }
}

/// What files have in common whose policies count for each other.
fn place(file: &str, reach: Reach) -> &str {
    match reach {
        Reach::File => file,
        Reach::Folder => file.rsplit_once('/').map_or("", |(folder, _)| folder),
        Reach::All => "",
    }
}

impl<'f, 'c> Resolver<'f, 'c> {
    pub(super) fn policies(&self, answer: &mut Answer<'f, 'c>) {
        let workload = answer.workload;
        let admitted = self
            .rules
            .workloads
            .get(usize::from(workload.rule))
            .is_some_and(|r| r.rule.key.is_none());
        if !admitted {
            return;
        }
        let near = self.policies.of(&workload.file);
        let mut claims: Vec<(Claim<'c>, &'f Policy)> = Vec::new();
        let mut open: Vec<(&'c str, &'f Policy, String)> = Vec::new();
        for policy in near {
            let Some((rule, governs, known)) = self.governing(policy) else {
                continue;
            };
            if governs.binds.is_some() {
                continue;
            }
            let (mut refuses, mut undecided) = (None, None);
            for clause in &governs.clauses {
                let mut enforces = clause.enforces.unwrap_or(known.enforces);
                let mut fit = self.governed(workload, policy, known, clause);
                if known.needs_binding {
                    fit = fit.and(|| self.bound(workload, policy, near, &mut enforces));
                }
                match fit {
                    Fit::No => {}
                    Fit::Open(why) => undecided = undecided.or(Some(why)),
                    Fit::Yes => refuses = Some(enforces || refuses == Some(true)),
                }
            }
            if let Some(refuses) = refuses {
                let claim = Claim {
                    operators: self.catalog.algebra().find(rule).into_iter().collect(),
                    technologies: Vec::new(),
                    void: !refuses,
                };
                claims.push((claim, policy));
            }
            if let Some(why) = undecided.filter(|_| refuses != Some(true)) {
                open.push((rule, policy, why));
            }
        }
        self.govern(answer, claims);
        self.undecided(answer, &open);
    }

    /// A policy's operator, and how it governs.
    fn governing(&self, policy: &'f Policy) -> Option<(&'c str, &'f Governs, &'c GovernsRule)> {
        let rule = self.rules.policy(policy.rule)?;
        Some((&rule.operator, policy.governs.as_deref()?, rule.governs.as_ref()?))
    }

    /// Whether a binding puts a policy in force for a workload, and whether it refuses then.
    fn bound(&self, workload: &Workload, policy: &Policy, near: &[&'f Policy], enforces: &mut bool) -> Fit {
        let mut found = Fit::Open("it does nothing without a binding, and none was given".to_owned());
        for binding in near {
            let Some((_, governs, known)) = self.governing(binding) else {
                continue;
            };
            if policy.name.is_none() || governs.binds != policy.name {
                continue;
            }
            for clause in &governs.clauses {
                match self.governed(workload, binding, known, clause) {
                    Fit::Yes => {
                        *enforces = clause.enforces.unwrap_or(known.enforces);
                        return Fit::Yes;
                    }
                    Fit::Open(why) => found = Fit::Open(why),
                    Fit::No if found != Fit::No => found = Fit::No,
                    Fit::No => {}
                }
            }
        }
        found
    }

    fn govern(&self, answer: &mut Answer<'f, 'c>, claims: Vec<(Claim<'c>, &'f Policy)>) {
        let refused = claims.iter().any(|(c, _)| !c.void);
        let (mut first, mut assumed) = (true, Vec::new());
        for (claim, policy) in claims.iter().take(SHOWN) {
            let Some(rule) = self.rules.policy(policy.rule) else {
                continue;
            };
            let name = policy.name.as_deref().unwrap_or("(no name)");
            let why = format!("the {} `{name}` governs it", policy.kind);
            answer.prove(
                &rule.operator,
                Some(&*policy.file),
                "spec".to_owned(),
                policy.place,
                &why,
            );
            if claim.void && !refused && std::mem::take(&mut first) {
                answer.unknown.push(Unknown {
                    operators: vec![rule.operator.clone()],
                    what: format!("declared, but not in effect: the {} `{name}` only reports", policy.kind),
                    settle: "have it refuse what does not comply".to_owned(),
                    assumed: false,
                });
            }
            let assumes = rule.governs.as_ref().and_then(|g| g.assumes.as_ref());
            if let Some(assumes) = assumes.filter(|a| !claim.void && !assumed.contains(a)) {
                assumed.push(assumes);
                answer.unknown.push(Unknown {
                    operators: vec![rule.operator.clone()],
                    what: format!("whether {assumes}"),
                    settle: "what is installed in the cluster".to_owned(),
                    assumed: true,
                });
            }
        }
        // One that refuses is enough.
        let claim = claims.iter().find(|(c, _)| !c.void).or(claims.first());
        answer.claims.extend(claim.map(|(c, _)| c.clone()));
    }

    fn undecided(&self, answer: &mut Answer<'f, 'c>, open: &[(&'c str, &'f Policy, String)]) {
        let withheld = self.rules.data.policies.iter().filter(|p| p.governs.is_some());
        let withheld = withheld.flat_map(|p| p.kinds.iter().map(move |k| (k, p)));
        let withheld = withheld.filter(|(k, _)| self.withheld.contains(k)).map(|(k, p)| {
            let what = format!("whether a {k} governs it, which may not be read");
            (p.operator.clone(), what, "the right to list them")
        });
        let opened = open.first().map(|(operator, policy, why)| {
            let name = policy.name.as_deref().unwrap_or("(no name)");
            let more = if open.len() > 1 {
                format!(", and {} more", open.len() - 1)
            } else {
                String::new()
            };
            let what = format!("whether the {} `{name}` governs it: {why}{more}", policy.kind);
            (
                (*operator).to_owned(),
                what,
                "the policy, and the labels and fields that it selects by",
            )
        });
        for (operator, what, settle) in withheld.chain(opened) {
            answer.unknown.push(Unknown {
                operators: vec![operator],
                what,
                settle: settle.to_owned(),
                assumed: false,
            });
        }
    }

    fn governed(&self, workload: &Workload, policy: &Policy, rule: &GovernsRule, clause: &Clause) -> Fit {
        let own = if rule.namespaced.iter().any(|k| **k == *policy.kind) {
            match (&policy.namespace, &workload.namespace) {
                (a, b) if a == b => Fit::Yes,
                (Some(_), Some(_)) => Fit::No,
                _ => Fit::Open("it is for its own namespace, which is not named".to_owned()),
            }
        } else {
            Fit::Yes
        };
        // What carries a pod template becomes pods, which are admitted too.
        let admitted = [Admitted::Itself, Admitted::Pods];
        let admitted = admitted
            .into_iter()
            .filter(|a| *a == Admitted::Itself || *workload.kind != *"Pod");
        own.and(|| any(admitted.map(|a| self.chosen(workload, a, clause, rule.plural))))
            .and(|| clause.open.as_ref().map_or(Fit::Yes, |field| narrowed(field)))
    }

    /// Whether a rule's targets choose what is admitted.
    fn chosen(&self, workload: &Workload, admitted: Admitted, clause: &Clause, plural: bool) -> Fit {
        let fits = |target: &Target| self.fits(workload, admitted, target, plural);
        let any = |targets: &[Target]| any(targets.iter().map(fits));
        let all = |targets: &[Target]| targets.iter().fold(Fit::Yes, |found, t| found.and(|| fits(t)));
        let wanted = match (clause.any.is_empty(), clause.all.is_empty()) {
            (true, true) => Fit::No,
            (true, false) => Fit::Yes,
            (false, _) => any(&clause.any),
        };
        wanted.and(|| all(&clause.all)).and(|| any(&clause.none).not()).and(|| {
            if clause.not_all.is_empty() {
                Fit::Yes
            } else {
                all(&clause.not_all).not()
            }
        })
    }

    fn fits(&self, workload: &Workload, admitted: Admitted, target: &Target, plural: bool) -> Fit {
        let any = |list: &[Text], text: &str| list.iter().any(|p| matches(p, text));
        let (kind, labels) = match admitted {
            Admitted::Itself => (&*workload.kind, &workload.labels),
            Admitted::Pods => ("Pod", &workload.pod_labels),
        };
        let of_kind = target.kinds.is_empty() || target.kinds.iter().any(|k| is_kind(k, kind, plural));
        if !of_kind || !target.labels.iter().all(|s| s.fits(labels)) {
            return Fit::No;
        }
        let namespace = match &workload.namespace {
            _ if target.namespaces.is_empty() && target.not_namespaces.is_empty() => Fit::Yes,
            None => Fit::Open("it selects by namespace, and the workload names none".to_owned()),
            Some(name) if any(&target.not_namespaces, name) => Fit::No,
            Some(name) if target.namespaces.is_empty() || any(&target.namespaces, name) => Fit::Yes,
            Some(_) => Fit::No,
        };
        let name = || match &workload.name {
            _ if target.names.is_empty() => Fit::Yes,
            Some(name) if admitted == Admitted::Itself => {
                if any(&target.names, name) {
                    Fit::Yes
                } else {
                    Fit::No
                }
            }
            _ => Fit::Open("it selects by name, and pods get theirs later".to_owned()),
        };
        let open = || target.open.as_ref().map_or(Fit::Yes, |field| narrowed(field));
        namespace.and(|| self.in_selected(workload, target)).and(name).and(open)
    }

    /// Whether a target selects the namespace by its labels.
    fn in_selected(&self, workload: &Workload, target: &Target) -> Fit {
        let Some(name) = workload
            .namespace
            .as_ref()
            .filter(|_| !target.namespace_labels.is_empty())
        else {
            return match target.namespace_labels.is_empty() {
                true => Fit::Yes,
                false => Fit::Open("it selects by labels of the namespace, and the workload names none".to_owned()),
            };
        };
        let labels = match self.namespace(name, &workload.file) {
            Found::Here(namespace) => Some(&namespace.labels),
            _ => None,
        };
        let mut found = Fit::Yes;
        for selector in &target.namespace_labels {
            found = found.and(|| match selector.fits_namespace(name, labels) {
                Some(true) => Fit::Yes,
                Some(false) => Fit::No,
                None => Fit::Open(format!(
                    "it selects by labels of the namespace `{name}`, which were not given"
                )),
            });
        }
        found
    }
}

fn narrowed(field: &str) -> Fit {
    Fit::Open(format!("`{field}` narrows it"))
}

/// Whether a policy's word for a kind, such as `apps/v1/Deployment` or `deployments`, stands for a kind.
fn is_kind(word: &str, kind: &str, plural: bool) -> bool {
    if plural {
        let resource = word.split('/').next().unwrap_or(word);
        let of_object = !word.contains('/') || word == "*/*";
        return of_object && (resource == "*" || resource.strip_suffix('s') == Some(&kind.to_lowercase()));
    }
    let last = word.rsplit('/').next().unwrap_or(word);
    let subresource = word.contains('/') && last.starts_with(|c: char| c.is_ascii_lowercase());
    !subresource && matches(last, kind)
}
