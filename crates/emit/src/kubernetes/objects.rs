//! The objects around a workload that every stack has.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stackwright_catalog::model::{LandingPlatform, SecurityMode};
use stackwright_spec::workload::{Port, Protocol};

use super::api::container::NumberOrName;
use super::api::meta::{Map, Metadata, Selector};
use super::api::policy::{BudgetSpec, PodDisruptionBudget};
use super::api::service::{ConfigMap, Namespace, Service, ServiceAccount, ServicePort, ServiceSpec};
use super::api::{self, Object};
use super::security::Obstacle;
use crate::EmitError;
use stackwright_catalog::model::SecurityLevel;

/// What every object has in common.
pub(crate) struct Common<'a> {
    pub(crate) platform: &'a LandingPlatform,
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
}

impl Common<'_> {
    pub(crate) fn selector(&self) -> Map {
        BTreeMap::from([(self.platform.name_label.clone(), self.name.to_owned())])
    }

    pub(crate) fn labels(&self) -> Map {
        let mut labels = self.platform.labels.clone();
        labels.extend(self.selector());
        labels
    }

    pub(crate) fn metadata(&self) -> Metadata {
        Metadata {
            name: Some(self.name.to_owned()),
            namespace: Some(self.namespace.to_owned()),
            labels: self.labels(),
            annotations: Map::new(),
        }
    }

    pub(crate) fn account(&self, token: bool) -> ServiceAccount {
        ServiceAccount {
            api_version: ServiceAccount::VERSION.to_owned(),
            kind: ServiceAccount::KIND.to_owned(),
            metadata: self.metadata(),
            automount_service_account_token: Some(token),
        }
    }

    /// The namespace with the level of security that its pods conform to; what is below that is only noted.
    pub(crate) fn namespace(&self, level: SecurityLevel, version: &str) -> Namespace {
        let mut labels = self.platform.labels.clone();
        for mode in [SecurityMode::Enforce, SecurityMode::Audit, SecurityMode::Warn] {
            let name = match mode {
                SecurityMode::Enforce => level.name(),
                SecurityMode::Audit | SecurityMode::Warn => SecurityLevel::Restricted.name(),
            };
            if let Some(label) = self.platform.security_labels.get(&mode) {
                labels.insert(label.clone(), name.to_owned());
            }
            if let Some(label) = self.platform.security_version_labels.get(&mode) {
                labels.insert(label.clone(), format!("v{version}"));
            }
        }
        Namespace {
            api_version: Namespace::VERSION.to_owned(),
            kind: Namespace::KIND.to_owned(),
            metadata: Metadata {
                name: Some(self.namespace.to_owned()),
                labels,
                ..Metadata::default()
            },
        }
    }

    /// An address for every port; without ports none that can be asked for, as a stateful set has.
    pub(crate) fn service(&self, ports: &[Port], headless: bool) -> Service {
        let ports = ports.iter().map(|port| ServicePort {
            name: Some(port_name(port)),
            port: port.service,
            target_port: Some(NumberOrName::Number(port.port.into())),
            protocol: Some(port.protocol.name().to_owned()),
            app_protocol: None,
        });
        Service {
            api_version: Service::VERSION.to_owned(),
            kind: Service::KIND.to_owned(),
            metadata: self.metadata(),
            spec: ServiceSpec {
                r#type: None,
                cluster_ip: headless.then(|| "None".to_owned()),
                selector: self.selector(),
                ports: ports.collect(),
            },
        }
    }

    pub(crate) fn budget(&self) -> PodDisruptionBudget {
        PodDisruptionBudget {
            api_version: PodDisruptionBudget::VERSION.to_owned(),
            kind: PodDisruptionBudget::KIND.to_owned(),
            metadata: self.metadata(),
            spec: BudgetSpec {
                max_unavailable: Some(NumberOrName::Number(1)),
                selector: Selector {
                    match_labels: self.selector(),
                    ..Selector::default()
                },
                ..BudgetSpec::default()
            },
        }
    }

    pub(crate) fn files(&self, name: &str, files: &BTreeMap<String, String>) -> ConfigMap {
        ConfigMap {
            api_version: ConfigMap::VERSION.to_owned(),
            kind: ConfigMap::KIND.to_owned(),
            metadata: Metadata {
                name: Some(format!("{}-{name}", self.name)),
                ..self.metadata()
            },
            data: files.clone(),
            binary_data: Map::new(),
            immutable: None,
        }
    }
}

/// The name of a port: its own, or its number. Meshes take the first word of a name for a protocol, which is not known.
pub(crate) fn port_name(port: &Port) -> String {
    port.name.clone().unwrap_or_else(|| match port.protocol {
        Protocol::Tcp => format!("port-{}", port.port),
        other => format!("port-{}-{}", port.port, other.name().to_ascii_lowercase()),
    })
}

/// The highest level that nothing keeps a pod from, and what keeps it from more.
pub(crate) fn level<'o>(obstacles: impl Iterator<Item = &'o Obstacle>) -> (SecurityLevel, Vec<String>) {
    let mut level = SecurityLevel::Restricted;
    let mut why = Vec::new();
    for obstacle in obstacles {
        level = level.min(match obstacle.level {
            SecurityLevel::Restricted => SecurityLevel::Baseline,
            SecurityLevel::Baseline | SecurityLevel::Privileged => SecurityLevel::Privileged,
        });
        if !why.contains(&obstacle.why) {
            why.push(obstacle.why.clone());
        }
    }
    (level, why)
}

/// A kustomization over files.
pub(crate) fn kustomization(resources: &[String], more: Value) -> Value {
    let mut document = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    super::tree::overlay(&mut document, &more);
    document
}

/// A typed document as a value.
pub(crate) fn document<T: Object>(object: &T) -> Result<Value, EmitError> {
    api::value(object).map_err(|e| EmitError::Json {
        path: T::KIND.to_owned(),
        why: e.to_string(),
    })
}
