//! What names in the catalogue's trees stand for.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stackwright_catalog::model::{LandingHandler, LandingRules};

use super::Builder;
use super::compose::Composition;
use super::objects::port_name;
use super::source::Workload;
use super::tree::{self, Variables};
use crate::EmitError;

impl Builder<'_> {
    pub(super) fn variables(&self) -> Variables {
        let name = &self.emission.requirement.name;
        BTreeMap::from([
            ("name", json!(name)),
            ("namespace", json!(self.namespace)),
            ("kubernetes", json!(self.version)),
            ("selector", json!(self.common().selector())),
            ("labels", json!(self.common().labels())),
        ])
    }

    /// The handler of the nodes' engine that is behind the plan's runtime: the one that was asked for, or the usual one.
    pub(super) fn handler(&self, rules: &LandingRules, variables: &mut Variables) -> Result<(), EmitError> {
        let realizations = self.emission.plan.realizations.iter();
        let known: Vec<&LandingHandler> = realizations
            .filter_map(|r| rules.landing(&r.id))
            .flat_map(|l| &l.handlers)
            .collect();
        let Some(asked) = self
            .options
            .handler
            .as_deref()
            .or(known.first().map(|h| h.name.as_str()))
        else {
            return Ok(());
        };
        let Some(handler) = known.iter().find(|h| h.name == asked) else {
            let names: Vec<&str> = known.iter().map(|h| h.name.as_str()).collect();
            return Err(EmitError::Source {
                what: format!("the handler `{asked}`"),
                why: match names.as_slice() {
                    [] => format!("{} leaves no choice of handlers", self.emission.plan.display),
                    names => format!("for {} there are {}", self.emission.plan.display, names.join(", ")),
                },
            });
        };
        for (name, value) in [
            ("handler", &handler.name),
            ("handlerTitle", &handler.title),
            ("handlerShim", &handler.shim),
            ("handlerMemory", &handler.memory),
            ("handlerCpu", &handler.cpu),
            ("handlerConfiguration", &handler.configuration),
            ("handlerSection", &handler.section),
        ] {
            variables.insert(name, json!(value));
        }
        Ok(())
    }

    pub(super) fn describe(
        &self,
        variables: &mut Variables,
        workload: &Workload,
        composition: &Composition<'_>,
        pod: &Value,
        guard: Value,
    ) {
        let container = tree::at(pod, "spec.containers")
            .and_then(|c| c.get(0))
            .cloned()
            .unwrap_or_default();
        let part = |path: &str| tree::at(&container, path).cloned();
        let numbers: Vec<String> = workload.ports.iter().map(|p| p.port.to_string()).collect();
        let served: Vec<Value> = workload
            .ports
            .iter()
            .map(|p| json!({ "name": port_name(p), "port": p.service, "targetPort": p.port, "protocol": p.protocol.name() }))
            .collect();
        variables.insert("ports", json!(numbers));
        variables.insert("servicePorts", json!(served));
        variables.insert("image", part("image").unwrap_or_default());
        variables.insert("resources", part("resources").unwrap_or(json!({})));
        variables.insert("memory", part("resources.limits.memory").unwrap_or(json!("1Gi")));
        variables.insert("cpu", part("resources.limits.cpu").unwrap_or(json!("1")));
        variables.insert("replicas", json!(workload.controller.replicas().unwrap_or(2)));
        variables.insert("variables", part("env").unwrap_or(json!([])));
        let part = |key: &str| guard.get(key).cloned().unwrap_or_default();
        let filter = self
            .emission
            .catalog
            .landing()
            .ok()
            .and_then(|rules| rules.landings.iter().find_map(|l| l.filter.as_ref()));
        let filter = composition.filter().or(filter);
        variables.insert("filtered", json!(composition.filter().is_some()));
        variables.insert("filterField", json!(filter.map(|f| &f.field)));
        variables.insert("filterKey", json!(filter.map(|f| &f.key)));
        variables.insert("filterAllowed", json!(filter.map(|f| &f.confined)));
        variables.insert("runtimeClass", part("runtimeClass"));
        variables.insert("guardLabels", part("labels"));
        variables.insert("guardAnnotations", part("annotations"));
        variables.insert("refusedLabels", part("refusedLabels"));
        variables.insert("refusedAnnotations", part("refusedAnnotations"));
        variables.insert("guard", guard);
    }
}
