//! Whether a realization fits the platform, the workload and a platform without a connection.
//!
//! Each of these depends on one realization alone, so a search can leave it out from the beginning.

use stackwright_algebra::{Facet, Stack};
use stackwright_catalog::model::{Mechanism, Realization, Refusal, Role, SharedBy, Technology};
use stackwright_catalog::tiling::Tiling;
use stackwright_catalog::{CompiledCondition, version};

use crate::problem::Problem;
use crate::rule::Rule;

impl<'c> Problem<'c> {
    fn technologies(&self, realization: &'c Realization) -> impl Iterator<Item = &'c Technology> + use<'c> {
        let catalog = self.catalog;
        realization
            .technologies
            .iter()
            .filter_map(move |id| catalog.technology(id))
    }

    /// How a realization fails a rule that asks each of them by itself.
    pub(crate) fn unfit(&self, rule: &Rule<'_>, realization: &'c Realization) -> Option<String> {
        match rule {
            Rule::Target => {
                let target = self.requirement.target;
                let fits = realization.targets.contains(&target);
                (!fits).then(|| format!("{} cannot be emitted for {}", realization.id, target.name()))
            }
            Rule::Platform => self.off_platform(realization),
            Rule::Workload => {
                let refused = self.refusals(realization, false).into_iter().next();
                refused.or_else(|| self.carries_another(realization))
            }
            Rule::Offline(_) => self.connection(realization),
            _ => None,
        }
    }

    /// The operators that a realization requires; that of packaging only where packaging is asked for.
    pub(crate) fn required_operators(&self, realization: &'c Realization) -> impl Iterator<Item = &'c str> {
        let algebra = self.catalog.algebra();
        let packaged = self.requirement.upholds(self.catalog, Mechanism::Packaging);
        let packages = |symbol: &str| {
            let operator = algebra.find(symbol).and_then(|id| algebra.operator(id));
            operator.and_then(|o| o.effect.facet()) == Some(Facet::Packaging)
        };
        let symbols = realization.requires_operators.iter().map(String::as_str);
        symbols.filter(move |symbol| packaged || !packages(symbol))
    }

    /// Why the platform excludes it: another technology takes the role of one of its own, or a version is out of range.
    fn off_platform(&self, realization: &'c Realization) -> Option<String> {
        let platform = &self.requirement.platform;
        if platform.installed.is_empty() && platform.roles.is_empty() {
            return None;
        }
        let there = platform.technologies(self.catalog);
        let id = &realization.id;
        self.technologies(realization).find_map(|technology| {
            let name = &technology.name;
            let role = technology.roles.iter().find_map(|role| {
                let taken = platform.roles.get(role)?;
                let is_there = taken.is_some() && there.contains(&technology.id);
                let what = taken.as_deref().unwrap_or("none");
                (!is_there).then(|| format!("{id} needs {name}, but the platform's {} is {what}", role.name()))
            });
            let version = || {
                technology.works_with.iter().find_map(|range| {
                    let stated = platform.installed.get(&range.technology)?.version.as_ref()?;
                    let bound = |word: &str, v: &Option<String>| v.as_ref().map(|v| format!(" {word} {v}"));
                    let from = bound("from", &range.from).unwrap_or_default();
                    let to = bound("to", &range.to).unwrap_or_default();
                    let other = &range.technology;
                    (version::in_range(stated, range) != Some(true))
                        .then(|| format!("{id}: {name} works with {other}{from}{to}, but the platform has {stated}"))
                })
            };
            role.or_else(version)
        })
    }

    /// What its technologies refuse the workload: what no setting mends, or what one does and which.
    pub(crate) fn refusals(&self, realization: &'c Realization, mendable: bool) -> Vec<String> {
        let all = self
            .technologies(realization)
            .flat_map(|t| t.refuses.iter().map(move |r| (t, r)));
        all.filter(|(_, r)| r.remedy.is_some() == mendable)
            .filter_map(|(t, r)| self.refusal(t, r))
            .collect()
    }

    fn refusal(&self, technology: &Technology, refusal: &Refusal) -> Option<String> {
        let requirement = self.requirement;
        let fact = refusal.fact.and_then(|fact| {
            let place = requirement.facts.get(&fact)?;
            Some(format!("{} ({place})", fact.name()))
        });
        let call = || {
            requirement
                .syscalls
                .iter()
                .find(|call| refusal.syscalls.contains(call))
                .cloned()
        };
        let what = fact.or_else(call)?;
        let remedy = refusal.remedy.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        Some(format!(
            "{} and {what}: {}{remedy} [{}]",
            technology.name, refusal.note, refusal.source.title
        ))
    }

    /// What starts the stack on its target: technologies of roles that no realization takes itself, by what the platform
    /// says, else by what is usual for the target.
    pub(crate) fn starters(&self, tiling: &Tiling<'c>) -> Vec<&'c Technology> {
        let (catalog, target) = (self.catalog, self.requirement.target);
        let mut there: Vec<&Technology> = tiling.realizations.iter().flat_map(|r| self.technologies(r)).collect();
        let included = there
            .iter()
            .flat_map(|t| &t.includes)
            .filter_map(|id| catalog.technology(id));
        let included: Vec<_> = included.collect();
        there.extend(included);
        let by_role = [Role::Orchestrator, Role::Engine].into_iter().filter_map(|role| {
            let takes = |t: &&Technology| t.roles.contains(&role);
            let stated = || catalog.technology(self.requirement.platform.roles.get(&role)?.as_ref()?);
            let usual = || {
                catalog
                    .data()
                    .technologies
                    .iter()
                    .filter(takes)
                    .find(|t| t.default_for.contains(&target))
            };
            there.iter().copied().find(takes).or_else(stated).or_else(usual)
        });
        by_role.collect()
    }

    /// What it needs a connection to the outside for.
    fn connection(&self, realization: &'c Realization) -> Option<String> {
        let what = self.technologies(realization).find_map(|t| t.connection.as_ref())?;
        Some(format!("{} needs a connection to {what}", realization.id))
    }

    /// Whether what several instances share cannot carry the workload.
    fn carries_another(&self, realization: &Realization) -> Option<String> {
        let kind = self.requirement.workload_kind?;
        let shared = realization.shared_by != SharedBy::Instance;
        let carried = realization.workloads.is_empty() || realization.workloads.contains(&kind);
        (shared && !carried).then(|| format!("{} cannot carry {}", realization.id, kind.title()))
    }

    /// Realizations that are only for other stacks than this one, or for another place in it.
    pub(crate) fn out_of_place(&self, tiling: &Tiling<'c>, stack: &Stack) -> Vec<String> {
        let vocabulary = self.catalog.algebra().vocabulary();
        let holds = |r: &Realization| match &r.when {
            Some(when) => CompiledCondition::new(when, vocabulary).is_ok_and(|c| c.holds(stack)),
            None => true,
        };
        let places = tiling.realizations.iter().enumerate();
        places
            .filter_map(|(place, r)| {
                if !holds(r) {
                    Some(format!("{} is for other stacks: {}", r.id, r.summary))
                } else if r.shared_by != SharedBy::Instance && place > 0 {
                    Some(format!("{} is shared by instances, so it is the outermost layer", r.id))
                } else {
                    None
                }
            })
            .collect()
    }

    /// Whether the workload is made for the host's machine; what is wrong if not.
    pub(crate) fn wrong_architecture(&self) -> Option<String> {
        let made_for = self.requirement.architecture.as_ref()?;
        let host = self.host.map(|h| &h.architecture).filter(|a| !a.is_empty())?;
        (made_for != host).then(|| format!("the workload is made for {made_for}, the host is {host}"))
    }

    /// What the requirement's compliance regimes ask for that no stack gives.
    pub(crate) fn beyond_stacks(&self) -> Vec<String> {
        let regimes = self.requirement.regimes.iter().filter_map(|id| self.catalog.regime(id));
        regimes
            .map(|r| {
                let missing = r.not_covered.join("; ");
                format!(
                    "no stack alone makes anything compliant: {} also asks for {missing}",
                    r.name.en
                )
            })
            .collect()
    }

    /// The needs that come from compliance regimes, each with its controls.
    pub(crate) fn asked_by_regimes(&self) -> Vec<String> {
        let regimes = self.requirement.regimes.iter().filter_map(|id| self.catalog.regime(id));
        let asks = regimes.flat_map(|r| r.asks.iter().map(move |ask| (r, ask)));
        asks.map(|(r, ask)| format!("{} {} asks for {}: {}", r.name.en, ask.control, ask.need, ask.because))
            .collect()
    }
}
