//! The requirement file as it is written. The JSON Schema is generated from these types.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use stackwright_catalog::model::{Account, Scope, Target};

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
    /// What is to be isolated.
    pub workload: WorkloadFile,
    /// What the plan is emitted for.
    pub target: Target,
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

/// What is to be isolated: exactly one of `wasm` and `binary`. Paths are relative to the requirement file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadFile {
    /// A WebAssembly module.
    pub wasm: Option<String>,
    /// A program for Linux.
    pub binary: Option<String>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
}

/// What must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConstraintsFile {
    /// Bounds on metrics, by name, such as `cold_start: < 10ms`.
    pub metrics: BTreeMap<String, Bounds>,
    /// Bounds on grades, by name, such as `security: 4`.
    pub grades: BTreeMap<String, BoundFile>,
    /// The isolation class.
    pub isolation: Option<IsolationFile>,
    /// Needs, by name, such as `zero-trust`.
    pub needs: Vec<String>,
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
    /// Another class.
    pub not: Option<String>,
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
    pub(super) is_mapping: bool,
}

impl BoundFile {
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
