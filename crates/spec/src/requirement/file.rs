//! The requirement file as it is written. The JSON Schema is generated from these types.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use stackwright_catalog::model::{Account, Per, Scope, Target, WorkloadFact, WorkloadKind};

/// The version of the requirement language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The only version there is yet.
    #[serde(rename = "stackwright/v1")]
    V1,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RequirementKind {
    /// A requirement.
    Requirement,
}

/// A requirement file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementFile {
    /// Version of the requirement language.
    #[serde(rename = "apiVersion")]
    pub api_version: ApiVersion,
    /// What the file holds.
    pub kind: RequirementKind,
    /// A name: lower-case letters, digits and inner hyphens.
    pub name: String,
    /// What it is about, for people.
    #[serde(default)]
    pub description: String,
    /// What is to be isolated; without it a stack is planned for anything.
    #[serde(default)]
    pub workload: WorkloadFile,
    /// What the plan is emitted for.
    pub target: Target,
    /// What is there already to run it on; what is not named can be anything.
    #[serde(default)]
    pub platform: PlatformFile,
    /// What must hold.
    #[serde(default)]
    pub constraints: ConstraintsFile,
    /// What matters beyond that.
    #[serde(default)]
    pub preferences: Preferences,
    /// Principles to turn off, by name.
    #[serde(default)]
    pub without: Vec<String>,
}

impl RequirementFile {
    /// The JSON Schema of requirement files.
    pub fn schema() -> Schema {
        schemars::schema_for!(Self)
    }
}

/// What is to be isolated: one of `wasm`, `binary`, `image`, `score` and `manifest`, or none of them. Paths are relative to
/// the requirement file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadFile {
    /// A WebAssembly module.
    pub wasm: Option<String>,
    /// A program for Linux.
    pub binary: Option<String>,
    /// A reference to an image, such as `registry.example/app:1.2`.
    pub image: Option<String>,
    /// A Score file.
    pub score: Option<String>,
    /// A Kubernetes manifest with one workload.
    pub manifest: Option<String>,
    /// What sort of thing it is, where that does not follow.
    pub kind: Option<WorkloadKind>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Ports on which it listens, such as `8080` or `53/udp`.
    pub ports: Vec<String>,
    /// What it does or asks for that not every technology can give, beyond what its file says.
    pub facts: Vec<WorkloadFact>,
    /// System calls that it makes and that are out of the ordinary.
    pub syscalls: Vec<String>,
    /// A profile of system calls of its own, in the form of the OCI runtime specification.
    pub seccomp: Option<String>,
    /// Where it connects to; nowhere else is it let then. Without this key it may connect to anything.
    pub egress: Option<Vec<EgressFile>>,
}

/// Somewhere that a workload connects to: addresses, or pods of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EgressFile {
    /// Addresses, such as `203.0.113.0/24`.
    pub cidr: Option<String>,
    /// Addresses of those that are left out.
    pub except: Vec<String>,
    /// A namespace of the cluster; the workload's own if only pods are named.
    pub namespace: Option<String>,
    /// Labels of the pods; all of the namespace if there are none.
    pub pods: BTreeMap<String, String>,
    /// The ports, such as `443` or `53/udp`; all if none is named.
    pub ports: Vec<String>,
}

/// What is there to run on. Each is the name of a technology, with its version after a space if it matters; `none` says that
/// there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformFile {
    /// The version of Kubernetes, such as `1.34`.
    pub kubernetes: Option<String>,
    /// What starts workloads on many machines, such as `k3s`.
    pub orchestrator: Option<String>,
    /// What starts containers on one machine, such as `containerd 2.1`, `docker` or `podman`.
    pub engine: Option<String>,
    /// What gives containers their network, such as `calico`.
    pub cni: Option<String>,
    /// What governs traffic between services, such as `istio 1.24`.
    pub mesh: Option<String>,
    /// Further technologies that are installed.
    pub with: Vec<String>,
}

/// What must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConstraintsFile {
    /// Bounds on metrics, by name, such as `cold_start: < 10ms`.
    pub metrics: BTreeMap<String, Bounds>,
    /// Bounds on grades, by name, such as `security: 4`.
    pub grades: BTreeMap<String, Bounds>,
    /// The isolation class.
    pub isolation: Option<IsolationFile>,
    /// Needs: a list of names such as `zero-trust`, or a mapping such as `zero_trust: true`.
    pub needs: Needs,
    /// Who owns the system-call filter.
    pub filter_owner: Option<FilterOwner>,
    /// Compliance regimes, such as `pci-dss-4.0`.
    pub regimes: Vec<String>,
    /// Symbols of operators that the stack must have.
    pub include: Vec<String>,
    /// Symbols of operators that it must not have.
    pub exclude: Vec<String>,
}

/// Conditions on the isolation class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IsolationFile {
    /// This class or a stronger one.
    pub at_least: Option<String>,
    /// Just this class.
    pub exactly: Option<String>,
    /// Another class than this or these.
    pub not: Names,
}

/// Who owns the system-call filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterOwner {
    /// The platform: tenants cannot loosen it.
    Platform,
    /// The container, which brings its own.
    Container,
}

impl FilterOwner {
    /// The need that says the same.
    pub fn need(self) -> &'static str {
        match self {
            Self::Platform => "platform-filter",
            Self::Container => "container-filter",
        }
    }
}

/// One name or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names, in order.
    pub list: Vec<String>,
    pub(super) is_list: bool,
}

/// Needs as they are written: a list of names, or names with `true` or `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The names that are stated, in order, as written.
    pub stated: Vec<String>,
    /// The names that are stated not to be needed, as written.
    pub denied: Vec<String>,
    pub(super) is_mapping: bool,
}

/// What matters beyond the constraints: either an order of metrics, most important first, or weights.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// Metrics, most important first.
    pub order: Vec<String>,
    /// Weights of metrics, from 0.
    pub weights: BTreeMap<String, f64>,
}

/// One bound or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Bounds {
    /// One.
    One(BoundFile),
    /// A list.
    Many(Vec<BoundFile>),
}

impl Bounds {
    /// The bounds, in order.
    pub fn items(&self) -> std::slice::Iter<'_, BoundFile> {
        match self {
            Self::One(bound) => std::slice::from_ref(bound).iter(),
            Self::Many(bounds) => bounds.iter(),
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Many(_))
    }
}

/// A bound, as text or with a scope and a unit of account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundFile {
    text: String,
    /// The scope at which it is judged.
    pub scope: Option<Scope>,
    /// The unit of account.
    pub account: Option<Account>,
    /// What it is a bound on.
    pub per: Per,
    pub(super) is_mapping: bool,
}

impl BoundFile {
    /// A bound on a stack, at its metric's own scope.
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// The bound as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScopedBound {
    /// The bound, such as `< 10ms`.
    bound: String,
    /// The scope at which it is judged.
    #[serde(default)]
    scope: Option<Scope>,
    /// The unit of account.
    #[serde(default)]
    account: Option<Account>,
    /// What it is a bound on.
    #[serde(default)]
    per: Per,
}

struct BoundVisitor;

impl<'de> Visitor<'de> for BoundVisitor {
    type Value = BoundFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bound such as `< 10ms`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<BoundFile, E> {
        Ok(BoundFile {
            text: text.to_owned(),
            ..BoundFile::default()
        })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<BoundFile, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<BoundFile, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<BoundFile, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BoundFile, A::Error> {
        let scoped = ScopedBound::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(BoundFile {
            text: scoped.bound,
            scope: scoped.scope,
            account: scoped.account,
            per: scoped.per,
            is_mapping: true,
        })
    }
}

impl<'de> Deserialize<'de> for BoundFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoundVisitor)
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundsVisitor;
        impl<'de> Visitor<'de> for BoundsVisitor {
            type Value = Bounds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a bound such as `< 10ms`, or a list of bounds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bounds, E> {
                BoundVisitor.visit_str(text).map(Bounds::One)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Bounds, E> {
                BoundVisitor.visit_u64(number).map(Bounds::One)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bounds, E> {
                BoundVisitor.visit_i64(number).map(Bounds::One)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Bounds, E> {
                BoundVisitor.visit_f64(number).map(Bounds::One)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bounds, A::Error> {
                BoundVisitor.visit_map(map).map(Bounds::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bounds, A::Error> {
                let mut bounds = Vec::new();
                while let Some(bound) = seq.next_element()? {
                    bounds.push(bound);
                }
                Ok(Bounds::Many(bounds))
            }
        }
        deserializer.deserialize_any(BoundsVisitor)
    }
}

impl JsonSchema for BoundFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scoped = generator.subschema_for::<ScopedBound>();
        json_schema!({
            "description": "A bound such as `< 10ms`, `<= 50MB`, `>= 4`, alone or with a scope and a unit of account.",
            "anyOf": [{ "type": ["string", "number"] }, scoped]
        })
    }
}

impl JsonSchema for Bounds {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bounds".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bound = generator.subschema_for::<BoundFile>();
        json_schema!({
            "description": "One bound or a list of them.",
            "anyOf": [bound, { "type": "array", "items": bound }]
        })
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;
        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a list of names")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Names, E> {
                Ok(Names::default())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Names, E> {
                Ok(Names {
                    list: vec![text.to_owned()],
                    is_list: false,
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
                let mut list = Vec::new();
                while let Some(name) = seq.next_element()? {
                    list.push(name);
                }
                Ok(Names { list, is_list: true })
            }
        }
        deserializer.deserialize_any(NamesVisitor)
    }
}

impl<'de> Deserialize<'de> for Needs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NeedsVisitor;
        impl<'de> Visitor<'de> for NeedsVisitor {
            type Value = Needs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of needs, or a mapping of needs to `true` or `false`")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Needs, E> {
                Ok(Needs::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Needs, A::Error> {
                let mut needs = Needs::default();
                while let Some(name) = seq.next_element()? {
                    needs.stated.push(name);
                }
                Ok(needs)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Needs, A::Error> {
                let mut needs = Needs {
                    is_mapping: true,
                    ..Needs::default()
                };
                while let Some((name, stated)) = map.next_entry::<String, bool>()? {
                    if stated {
                        needs.stated.push(name);
                    } else {
                        needs.denied.push(name);
                    }
                }
                Ok(needs)
            }
        }
        deserializer.deserialize_any(NeedsVisitor)
    }
}

impl JsonSchema for Names {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One name or a list of them.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

impl JsonSchema for Needs {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Needs".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A list of needs such as `zero-trust`, or a mapping such as `zero_trust: true`.",
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": { "type": "boolean" } }
            ]
        })
    }
}
