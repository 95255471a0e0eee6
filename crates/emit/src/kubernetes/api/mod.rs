//! Documents of the platform, typed: one set of types for every version, of the fields that are written or taken over from a
//! manifest. What else a document has is an error, so that nothing is carried along unseen. Which version has which
//! field is data.

pub(crate) mod admission;
pub(crate) mod container;
pub(crate) mod controller;
pub(crate) mod meta;
pub(crate) mod network;
pub(crate) mod node;
pub(crate) mod pod;
pub(crate) mod policy;
pub(crate) mod service;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Declares types whose fields are written in camel case, absent ones not at all, and read back strictly.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields, rename_all = "camelCase", default)]
            pub(crate) struct $name { $($(#[$attribute])* pub(crate) $field: $type),* }
        )*
    };
}

/// Declares objects: like [`fields`], with the version, the kind and metadata.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident in $version:literal { $($(#[$attribute:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields, rename_all = "camelCase")]
            pub(crate) struct $name {
                pub(crate) api_version: String,
                pub(crate) kind: String,
                pub(crate) metadata: crate::kubernetes::api::meta::Metadata,
                $(#[serde(default)] $(#[$attribute])* pub(crate) $field: $type),*
            }

            impl crate::kubernetes::api::Object for $name {
                const VERSION: &'static str = $version;
                const KIND: &'static str = stringify!($name);
            }
        )*
    };
}

pub(crate) use {fields, objects};

/// A kind of object.
pub(crate) trait Object: Serialize + DeserializeOwned {
    /// Group and version.
    const VERSION: &'static str;
    /// The kind.
    const KIND: &'static str;
}

/// The value of a typed document: what is absent is left out.
pub(crate) fn value<T: Serialize>(document: &T) -> Result<Value, serde_json::Error> {
    Ok(prune(serde_json::to_value(document)?))
}

/// Takes out nulls and empty lists, which typed documents hold where nothing is said.
fn prune(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
            let kept = map.into_iter().map(|(k, v)| (k, prune(v))).filter(|(_, v)| said(v));
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(prune).collect()),
        other => other,
    }
}

/// Calls a macro with every typed kind.
macro_rules! each_kind {
    ($call:ident) => {
        $call! {
            admission::ValidatingAdmissionPolicy, admission::ValidatingAdmissionPolicyBinding,
            controller::Deployment, controller::StatefulSet, controller::DaemonSet, controller::Job,
            controller::CronJob,
            network::NetworkPolicy, node::RuntimeClass, policy::PodDisruptionBudget, pod::Pod,
            service::ConfigMap, service::Namespace, service::Service, service::ServiceAccount,
        }
    };
}

macro_rules! known {
    ($($type:path),* $(,)?) => {
        /// Whether the kind is typed.
        pub(crate) fn is_typed(version: &str, kind: &str) -> bool {
            [$((<$type as Object>::VERSION, <$type as Object>::KIND)),*].contains(&(version, kind))
        }

        /// Checks a document of a typed kind, given as a value. `None` if its kind is not typed.
        pub(crate) fn check(version: &str, kind: &str, document: &Value) -> Option<Result<(), String>> {
            $(
                if (version, kind) == (<$type as Object>::VERSION, <$type as Object>::KIND) {
                    let read: Result<$type, _> = serde_json::from_value(document.clone());
                    return Some(read.map(|_| ()).map_err(|e| e.to_string()));
                }
            )*
            None
        }

        /// Reads a document of a typed kind back, with places. `None` if its kind is not typed.
        pub(crate) fn read_back(
            version: &str,
            kind: &str,
            source: &stackwright_text::Source,
            node: &stackwright_text::yaml::Node,
        ) -> Option<Result<(), stackwright_text::Diagnostic>> {
            $(
                if (version, kind) == (<$type as Object>::VERSION, <$type as Object>::KIND) {
                    return Some(stackwright_text::decode::decode::<$type>(source, node).map(|_| ()));
                }
            )*
            None
        }
    };
}

each_kind!(known);
