//! What every object says of itself.

use std::collections::BTreeMap;

use super::fields;

/// Names and their values.
pub(crate) type Map = BTreeMap<String, String>;

fields! {
    /// Metadata of an object or a template.
    Metadata {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        labels: Map,
        #[serde(skip_serializing_if = "Map::is_empty")]
        annotations: Map,
    }
    /// What selects objects by their labels; everything, if it says nothing.
    Selector {
        #[serde(skip_serializing_if = "Map::is_empty")]
        match_labels: Map,
        match_expressions: Vec<Requirement>,
    }
    /// One condition on a label.
    Requirement {
        key: String,
        operator: String,
        values: Vec<String>,
    }
}
