//! How many pods may be gone at once.

use super::container::NumberOrName;
use super::meta::Selector;
use super::{fields, objects};

objects! {
    /// A budget of disruptions.
    PodDisruptionBudget in "policy/v1" {
        spec: BudgetSpec,
    }
}

fields! {
    /// What the budget is.
    BudgetSpec {
        min_available: Option<NumberOrName>,
        max_unavailable: Option<NumberOrName>,
        selector: Selector,
        unhealthy_pod_eviction_policy: Option<String>,
    }
}
