//! Remedies and runtimes, from data.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../data/doctor.json");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Data {
    capabilities: Vec<CapabilityData>,
    managers: Vec<Manager>,
    pub(super) runtimes: Vec<RuntimeData>,
}

#[derive(Debug, Deserialize)]
struct CapabilityData {
    name: String,
    remedy: String,
}

/// How packages are installed.
#[derive(Debug, Deserialize)]
struct Manager {
    /// Distributions, by ID.
    distributions: Vec<String>,
    /// The command before a package's name.
    install: String,
}

/// A program that realizes layers from outside.
#[derive(Debug, Deserialize)]
pub(super) struct RuntimeData {
    pub(super) name: String,
    /// Arguments with which it tells its version.
    pub(super) version: Vec<String>,
    /// How it starts something that does nothing; absent where that needs more than it brings.
    pub(super) start: Option<StartData>,
    /// Its package, by distribution.
    #[serde(default)]
    packages: BTreeMap<String, String>,
    remedy: String,
}

/// How a program starts something.
#[derive(Debug, Deserialize)]
pub(super) struct StartData {
    /// Arguments to try, in order.
    pub(super) arguments: Vec<Vec<String>>,
    /// Arguments that take away what a start that was ended has left.
    #[serde(default)]
    pub(super) clean: Vec<String>,
    /// Mounts that it must not see.
    #[serde(default)]
    pub(super) hidden: Vec<String>,
    /// The code that it ends with.
    #[serde(default)]
    pub(super) exit_code: i32,
}

/// The data; a test reads it, so it is never empty in a program that passed.
pub(super) fn data() -> &'static Data {
    static READ: LazyLock<Data> = LazyLock::new(|| serde_json::from_str(DATA).unwrap_or_default());
    &READ
}

/// What would make the capability available.
pub(crate) fn remedy(capability: &str) -> Option<String> {
    data()
        .capabilities
        .iter()
        .find(|known| known.name == capability)
        .map(|known| known.remedy.clone())
}

/// How a program is installed here.
pub(crate) fn installation(name: &str) -> Option<String> {
    let known = data().runtimes.iter().find(|known| known.name == name);
    known.map(RuntimeData::installation)
}

impl RuntimeData {
    /// How it is installed here.
    pub(super) fn installation(&self) -> String {
        static HERE: LazyLock<Vec<String>> = LazyLock::new(|| {
            let read = |path| fs::read_to_string(path).ok();
            distributions(
                &read("/etc/os-release")
                    .or_else(|| read("/usr/lib/os-release"))
                    .unwrap_or_default(),
            )
        });
        self.installation_on(&HERE)
    }

    /// How it is installed on the first of the distributions that has it.
    fn installation_on(&self, distributions: &[String]) -> String {
        let known = distributions.iter().find_map(|distribution| {
            let package = self.packages.get(distribution)?;
            let manager = data()
                .managers
                .iter()
                .find(|m| m.distributions.contains(distribution))?;
            Some(format!("{} {package}", manager.install))
        });
        known.unwrap_or_else(|| self.remedy.clone())
    }
}

/// The distribution and those that it is like, of a text as in `/etc/os-release`.
fn distributions(text: &str) -> Vec<String> {
    let value = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let (own, like) = (value("ID"), value("ID_LIKE"));
    std::iter::once(own.as_str())
        .chain(like.split_whitespace())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
