//! Profiles of filters that are not the runtime's own: what the workload brings along, and what its manifest names.

use serde_json::{Value, json};
use stackwright_catalog::model::{LandingFilter, LandingProfile};
use stackwright_spec::bundle::BundleFile;

use super::compose::{Composition, broken};
use super::tree::{self, Variables, overlay};
use super::{Builder, profile, yaml};
use crate::EmitError;

/// The pod's own field comes first, then those of its containers.
const CONTAINERS: [&str; 2] = ["/spec/initContainers", "/spec/containers"];

impl Builder<'_> {
    /// Lays what the stack adds over a template. A profile that the workload's manifest names for the whole pod stays; one that
    /// the workload brings along goes to its containers alone, as the containers that a mesh adds need more.
    pub(super) fn lay_over(
        &mut self,
        template: &mut Value,
        composition: &Composition<'_>,
        variables: &Variables,
    ) -> Result<(), EmitError> {
        let own = composition.filter().and_then(|f| Some((f, f.own.as_ref()?)));
        let named = own.and_then(|(filter, own)| {
            let field = template.pointer("/spec/securityContext")?.get(&filter.field)?;
            (field.get(&filter.key)?.as_str() == Some(own.value.as_str())).then(|| field.clone())
        });
        // What the stack says of pods counts, whatever the workload said.
        overlay(template, &composition.pod);
        let Some((filter, own)) = own else {
            return match &self.options.profile {
                Some((name, _)) => Err(EmitError::Source {
                    what: format!("the profile {name}"),
                    why: format!("no filter of {} takes a profile", self.emission.plan.display),
                }),
                None => Ok(()),
            };
        };
        if let (Some(named), Some(context)) = (named, template.pointer_mut("/spec/securityContext")) {
            overlay(context, &json!({ &filter.field: named }));
        }
        let carried = match &self.options.profile {
            Some((name, bytes)) => Some(self.carry(own, name, bytes, variables)?),
            None => None,
        };
        if let Some(path) = &carried {
            let field = json!({ &filter.field: { &filter.key: own.value, &own.named: path } });
            for container in list(template, "/spec/containers") {
                overlay(container, &json!({ "securityContext": field }));
            }
        }
        self.account(template, (filter, own), variables)
    }

    /// Puts a profile into the bundle, and gives its name.
    fn carry(
        &mut self,
        own: &LandingProfile,
        name: &str,
        bytes: &[u8],
        variables: &Variables,
    ) -> Result<String, EmitError> {
        let filter = profile(name, bytes).map_err(|d| EmitError::Manifest(vec![d]))?;
        let text = |text: &str| tree::substitute_text(text, variables).map_err(|n| broken(&own.path, &n));
        let path = text(&own.path)?;
        let file = BundleFile {
            path: format!("{}/{path}", own.folder),
            content: bytes.to_vec(),
        };
        self.own_files.push((file, own.purpose.clone()));
        if let Some(filter) = filter {
            let mut variables = variables.clone();
            variables.insert("filter", filter);
            let object = tree::substitute(&own.carrier, &variables).map_err(|n| broken(&own.carrier_path, &n))?;
            let file = BundleFile {
                path: own.carrier_path.clone(),
                content: yaml::write(&object).into_bytes(),
            };
            self.own_files.push((file, own.carrier_purpose.clone()));
        }
        Ok(path)
    }

    /// What nodes must have for the profiles that a template names.
    fn account(
        &mut self,
        template: &mut Value,
        (filter, own): (&LandingFilter, &LandingProfile),
        variables: &Variables,
    ) -> Result<(), EmitError> {
        let mut contexts = vec![template.pointer("/spec/securityContext").cloned()];
        for path in CONTAINERS {
            contexts.extend(list(template, path).map(|c| c.get("securityContext").cloned()));
        }
        for context in contexts.into_iter().flatten() {
            let field = context.get(&filter.field);
            let Some(path) = field.and_then(|f| f.get(&own.named)?.as_str()) else {
                continue;
            };
            if self.profiles.iter().any(|p| p == path) {
                continue;
            }
            let mut variables = variables.clone();
            variables.insert("profile", json!(path));
            let text = |text: &str| tree::substitute_text(text, &variables).map_err(|n| broken(&own.path, &n));
            let mut fact = own.fact.clone();
            fact.what = text(&fact.what)?;
            fact.check = fact.check.as_deref().map(text).transpose()?;
            self.profiles.push(path.to_owned());
            self.facts.push(fact);
        }
        Ok(())
    }
}

fn list<'v>(template: &'v mut Value, path: &str) -> impl Iterator<Item = &'v mut Value> + use<'v> {
    template
        .pointer_mut(path)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}
