//! Platforms: what is there to run a workload on.

use std::collections::BTreeMap;

use stackwright_catalog::Catalog;
use stackwright_catalog::model::Role;

/// What is there to run a workload on. What is not named can be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// The technology that takes a role, or that none does.
    pub roles: BTreeMap<Role, Option<String>>,
    /// Everything that is said to be installed, by its name in the catalogue.
    pub installed: BTreeMap<String, Installed>,
}

/// What is known of an installed technology.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Its version, if it was said.
    pub version: Option<String>,
}

impl Platform {
    /// The technologies that are there: those named, and what comes with them.
    pub fn technologies(&self, catalog: &Catalog) -> Vec<String> {
        let mut found: Vec<String> = self.installed.keys().cloned().collect();
        let mut next = 0;
        while let Some(id) = found.get(next).cloned() {
            next += 1;
            for included in catalog.technology(&id).map_or(&[][..], |t| &t.includes) {
                if !found.contains(included) {
                    found.push(included.clone());
                }
            }
        }
        found
    }
}
