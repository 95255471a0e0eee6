//! What is to be planned.

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_spec::host::HostFacts;
use stackwright_spec::requirement::Requirement;

use crate::classes::NodeClass;
use crate::rule::Rule;

/// How much of the answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many optimal plans to describe.
    pub plans: usize,
    /// How many rejected stacks to report.
    pub rejected: usize,
    /// A stack, by its normal form, of which to say why it is not the plan.
    pub why_not: Option<Vec<OperatorId>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            plans: usize::MAX,
            rejected: 8,
            why_not: None,
        }
    }
}

/// A requirement, where it must hold, and what is known.
pub struct Problem<'c> {
    /// What is known.
    pub catalog: &'c Catalog,
    /// What is required.
    pub requirement: &'c Requirement,
    /// The host the plan must run on, if it is known; else anything that a host can have is taken as given.
    pub host: Option<&'c HostFacts>,
    /// Classes of nodes of which one must run the plan; where there are any, `host` is the class that is judged by.
    pub classes: &'c [NodeClass],
    /// How much of the answer is wanted.
    pub options: Options,
    /// Everything that a candidate is judged by.
    pub rules: Vec<Rule<'c>>,
}

impl<'c> Problem<'c> {
    /// Sets up the rules that follow from a requirement, a host and the catalogue's principles.
    pub fn new(
        catalog: &'c Catalog,
        requirement: &'c Requirement,
        host: Option<&'c HostFacts>,
        options: Options,
    ) -> Self {
        Self {
            catalog,
            requirement,
            host,
            classes: &[],
            options,
            rules: Rule::all(catalog, requirement, host.is_some()),
        }
    }

    /// Sets up a plan for nodes of some classes.
    pub fn for_classes(
        catalog: &'c Catalog,
        requirement: &'c Requirement,
        classes: &'c [NodeClass],
        options: Options,
    ) -> Self {
        Self {
            classes,
            ..Self::new(catalog, requirement, classes.first().map(|c| &c.host), options)
        }
    }

    /// The same for nodes like this one.
    pub(crate) fn on(&self, host: &'c HostFacts) -> Self {
        Self {
            host: Some(host),
            options: self.options.clone(),
            rules: self.rules.clone(),
            ..*self
        }
    }
}
