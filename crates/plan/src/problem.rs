//! What is to be planned.

use stackwright_catalog::Catalog;
use stackwright_spec::host::HostFacts;
use stackwright_spec::requirement::Requirement;

use crate::rule::Rule;

/// How much of the answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many rejected stacks to report.
    pub rejected: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { rejected: 8 }
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
            options,
            rules: Rule::all(catalog, requirement, host.is_some()),
        }
    }
}
