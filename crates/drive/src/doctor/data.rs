//! Remedies and runtimes, from data.

use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../data/doctor.json");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Data {
    capabilities: Vec<CapabilityData>,
    pub(super) runtimes: Vec<RuntimeData>,
}

#[derive(Debug, Deserialize)]
struct CapabilityData {
    name: String,
    remedy: String,
}

/// A program that realizes layers from outside.
#[derive(Debug, Deserialize)]
pub(super) struct RuntimeData {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    pub(super) remedy: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read() {
        let data: Data = serde_json::from_str(DATA).unwrap();
        assert!(!data.capabilities.is_empty());
        assert!(!data.runtimes.is_empty());
    }
}
