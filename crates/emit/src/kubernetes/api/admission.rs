//! Policies that the platform decides itself.

use super::meta::Selector;
use super::{fields, objects};

objects! {
    /// A policy.
    ValidatingAdmissionPolicy in "admissionregistration.k8s.io/v1" {
        spec: PolicySpec,
    }
    /// Where a policy counts.
    ValidatingAdmissionPolicyBinding in "admissionregistration.k8s.io/v1" {
        spec: BindingSpec,
    }
}

fields! {
    /// What a policy says.
    PolicySpec {
        failure_policy: Option<String>,
        match_constraints: Option<Matching>,
        match_conditions: Vec<NamedExpression>,
        variables: Vec<NamedExpression>,
        validations: Vec<Validation>,
    }
    /// Which objects.
    Matching {
        namespace_selector: Option<Selector>,
        object_selector: Option<Selector>,
        resource_rules: Vec<ResourceRule>,
        match_policy: Option<String>,
    }
    /// Which requests.
    ResourceRule {
        api_groups: Vec<String>,
        api_versions: Vec<String>,
        operations: Vec<String>,
        resources: Vec<String>,
        scope: Option<String>,
    }
    /// An expression with a name.
    NamedExpression {
        name: String,
        expression: String,
    }
    /// What must be true.
    Validation {
        expression: String,
        message: Option<String>,
        message_expression: Option<String>,
        reason: Option<String>,
    }
    /// Where a policy counts and what happens.
    BindingSpec {
        policy_name: String,
        validation_actions: Vec<String>,
        match_resources: Option<Matching>,
    }
}
