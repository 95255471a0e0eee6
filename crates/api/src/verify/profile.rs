//! Profiles of filters that containers name: the plan knows them, and what the bundle brings is one.

use std::fs;
use std::path::Path;

use serde_json::Value;
use stackwright_catalog::model::LandingFilter;
use stackwright_emit::kubernetes;

use super::Verifier;
use super::fit::containers;
use crate::bundle;

impl Verifier<'_> {
    pub(super) fn profiles(&mut self, folder: &Path) {
        let Some(cluster) = self.lock.as_ref().and_then(|l| l.cluster.as_ref()) else {
            return;
        };
        let mut faults = Vec::new();
        for filter in self.rules.landings.iter().filter_map(|l| l.filter.as_ref()) {
            let Some(own) = &filter.own else { continue };
            for document in &self.documents {
                let Some(template) = document.template() else { continue };
                for path in named(filter, &own.named, template) {
                    if !cluster.profiles.iter().any(|p| p == path) {
                        let what = format!("names the profile `{path}`, which the plan does not ask nodes to have");
                        faults.push((document.place(), what));
                    }
                }
            }
            for path in &cluster.profiles {
                let file = format!("{}/{path}", own.folder);
                // What the bundle does not bring, the nodes have from elsewhere, as the plan says.
                let bytes = bundle::inside(folder, &file).and_then(|p| fs::read(p).ok());
                if let Some(Err(error)) = bytes.map(|b| kubernetes::profile(&file, &b)) {
                    faults.push((file, error.to_string()));
                }
            }
        }
        for (place, what) in faults {
            self.fault(place, what);
        }
    }
}

/// The profiles that a template names for the pod and for its containers.
fn named<'v>(filter: &'v LandingFilter, key: &'v str, template: &'v Value) -> impl Iterator<Item = &'v str> {
    let pod = template.get("spec").into_iter();
    pod.chain(containers(template))
        .filter_map(move |c| c.get("securityContext")?.get(&filter.field)?.get(key)?.as_str())
}
