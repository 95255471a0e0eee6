//! What a fleet of workloads needs: rules by namespace, and what is let pass for a time, with the reason.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use stackwright_catalog::Catalog;
use stackwright_catalog::model::Target;
use stackwright_text::yaml::Step::{Index, Key};
use stackwright_text::yaml::{Node, parse_bytes};
use stackwright_text::{Diagnostic, Source, decode};

use super::check::Checker;
use super::file::{
    ApiVersion, BoundFile, Bounds, ConstraintsFile, IsolationFile, PlatformFile, Preferences, RequirementFile,
    RequirementKind, WorkloadFile,
};
use super::{GradeName, Requirement};
use crate::date::Date;
use crate::findings::Findings;

/// What workloads are judged by, each by the rules for its namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetRequirement {
    /// Every rule whose pattern fits holds.
    pub rules: Vec<NamespaceRule>,
    /// What is let pass.
    pub suppressions: Vec<Suppression>,
    /// Whether annotations of workloads suppress as well.
    pub annotations: bool,
}

/// What workloads of some namespaces need.
#[derive(Clone, Debug, PartialEq)]
pub struct NamespaceRule {
    /// The namespaces, in which `*` stands for any text. `*` alone fits workloads without a namespace as well.
    pub namespace: String,
    /// What they need.
    pub requirement: Requirement,
}

/// A shortfall that is known and let pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// `namespace/name` of the workloads, or `name` where they name no namespace; `*` stands for any text.
    pub workload: String,
    /// How what is wanted starts, such as `isolation`; anything, if that is not said.
    pub wanted: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Date,
    /// The file that says so.
    pub file: String,
    /// The line.
    pub line: u32,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum FleetKind {
    /// A fleet requirement.
    FleetRequirement,
}

/// A fleet requirement as it is written.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetFile {
    /// Version of the requirement language.
    #[serde(rename = "apiVersion")]
    pub api_version: ApiVersion,
    /// What the file holds.
    pub kind: FleetKind,
    /// What it is about, for people.
    #[serde(default)]
    pub description: String,
    /// What workloads need, by namespace; `*` in a name stands for any text, and every rule that fits holds.
    pub namespaces: BTreeMap<String, RulesFile>,
    /// What is let pass for a time.
    #[serde(default)]
    pub suppressions: Vec<SuppressionFile>,
    /// Whether the annotation `stackwright/suppress` of a workload counts as well.
    #[serde(default)]
    pub annotations: bool,
}

impl FleetFile {
    /// The JSON Schema of fleet requirements.
    pub fn schema() -> Schema {
        schemars::schema_for!(Self)
    }
}

/// A suppression as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionFile {
    /// `namespace/name` of the workloads, or `name` where they name no namespace; `*` stands for any text.
    pub workload: String,
    /// How what is wanted starts, such as `isolation`; anything, if that is not said.
    #[serde(default)]
    pub wanted: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, such as `2027-03-31`.
    pub expires: String,
}

/// Rules for a namespace as they are written: one or a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesFile {
    list: Vec<RuleFile>,
    is_list: bool,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq)]
enum RuleFile {
    /// In words.
    Words(String),
    /// As in a requirement.
    Constraints(Box<ConstraintsFile>),
}

impl From<Requirement> for FleetRequirement {
    /// A requirement for every workload of every namespace.
    fn from(requirement: Requirement) -> Self {
        let namespace = "*".to_owned();
        Self {
            rules: vec![NamespaceRule { namespace, requirement }],
            suppressions: Vec::new(),
            annotations: false,
        }
    }
}

impl FleetRequirement {
    /// Reads a fleet requirement, or a requirement, which then holds for every namespace.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with places.
    pub fn read(name: &str, bytes: &[u8], catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let (source, node) = parse_bytes(name, bytes).map_err(|d| vec![d])?;
        if node.get("kind").and_then(Node::as_str) != Some("FleetRequirement") {
            return Requirement::read(name, bytes, catalog).map(Self::from);
        }
        let file: FleetFile = decode::decode(&source, &node).map_err(|d| vec![d])?;
        let mut wrong = Vec::new();
        let mut rules = Vec::new();
        for (namespace, given) in file.namespaces {
            for (i, rule) in given.list.into_iter().enumerate() {
                let steps = [Key("namespaces"), Key(&namespace), Index(i)];
                let node = node.at(steps.into_iter().take(if given.is_list { 3 } else { 2 }));
                match rule.read(&source, node, catalog) {
                    Ok(requirement) => rules.push(NamespaceRule {
                        namespace: namespace.clone(),
                        requirement,
                    }),
                    Err(more) => wrong.extend(more),
                }
            }
        }
        let mut findings = Findings::new(&source, &node);
        let mut suppressions = Vec::new();
        for (i, given) in file.suppressions.into_iter().enumerate() {
            let path = |key| [Key("suppressions"), Index(i), Key(key)];
            if given.reason.trim().is_empty() {
                findings.find(
                    &path("reason"),
                    "requirement::suppression",
                    "a suppression needs a reason",
                    None,
                );
            }
            let Some(expires) = Date::parse(&given.expires) else {
                let message = format!("`{}` is no day", given.expires);
                let help = Some("write it as `2027-03-31`".to_owned());
                findings.find(&path("expires"), "requirement::suppression", message, help);
                continue;
            };
            let start = node.at([Key("suppressions"), Index(i)]).span.start;
            suppressions.push(Suppression {
                workload: given.workload,
                wanted: given.wanted,
                reason: given.reason,
                expires,
                file: name.to_owned(),
                line: u32::try_from(source.place(start).line).unwrap_or(u32::MAX),
            });
        }
        match findings.finish(()) {
            Ok(()) if wrong.is_empty() => Ok(Self {
                rules,
                suppressions,
                annotations: file.annotations,
            }),
            Ok(()) => Err(wrong),
            Err(more) => Err([wrong, more].concat()),
        }
    }
}

impl RuleFile {
    fn read(self, source: &Source, node: &Node, catalog: &Catalog) -> Result<Requirement, Vec<Diagnostic>> {
        let constraints = match self {
            Self::Constraints(constraints) => *constraints,
            Self::Words(text) => match of_words(&text) {
                Ok(constraints) => constraints,
                Err(part) => {
                    let mut findings = Findings::new(source, node);
                    let message = format!("`{part}` is no rule");
                    let help = "write rules such as `isolation >= hardware`, `security >= 4`, `with S` or `without P`, \
                                with commas between them";
                    findings.find(&[], "requirement::rule", message, Some(help.to_owned()));
                    return Err(findings.finish(()).err().unwrap_or_default());
                }
            },
        };
        let mut checker = Checker::new(catalog, source, node);
        let requirement = checker.requirement(RequirementFile {
            api_version: ApiVersion::V1,
            kind: RequirementKind::Requirement,
            name: "fleet".to_owned(),
            description: String::new(),
            workload: WorkloadFile::default(),
            target: Target::Kubernetes,
            platform: PlatformFile::default(),
            constraints,
            preferences: Preferences::default(),
            without: Vec::new(),
        });
        checker.finish(requirement)
    }
}

/// Reads rules in words, such as `isolation >= hardware, with S`.
///
/// # Errors
///
/// The part that is no rule.
fn of_words(text: &str) -> Result<ConstraintsFile, String> {
    let mut constraints = ConstraintsFile::default();
    for part in text.split([',', '，', ';']).map(str::trim) {
        of_part(part, &mut constraints).ok_or_else(|| part.to_owned())?;
    }
    Ok(constraints)
}

fn of_part(part: &str, constraints: &mut ConstraintsFile) -> Option<()> {
    let end = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
    let (subject, rest) = part.split_at_checked(end)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return None;
    }
    let after = |words: &[&str]| {
        let found = words.iter().find_map(|w| rest.strip_prefix(w))?.trim();
        (!found.is_empty()).then(|| found.to_owned())
    };
    match subject {
        "with" => constraints.include.push(rest.to_owned()),
        "without" => constraints.exclude.push(rest.to_owned()),
        "isolation" => {
            let isolation = constraints.isolation.get_or_insert_with(IsolationFile::default);
            if let Some(class) = after(&["!=", "≠", "not "]) {
                isolation.not.list.push(class);
                isolation.not.is_list = true;
            } else if let Some(class) = after(&[">=", "≥", "at least "]) {
                once(&mut isolation.at_least, class)?;
            } else {
                once(&mut isolation.exactly, after(&["==", "=", "exactly ", "is "])?)?;
            }
        }
        grade if GradeName::ALL.iter().any(|g| g.name() == grade) => {
            let bound = BoundFile::new(rest.replace('≥', ">=").replace('≤', "<="));
            let bounds = constraints.grades.entry(grade.to_owned());
            match bounds.or_insert_with(|| Bounds::Many(Vec::new())) {
                Bounds::Many(list) => list.push(bound),
                Bounds::One(_) => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

/// A second value would take the place of the first unseen.
fn once(slot: &mut Option<String>, value: String) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

impl<'de> Deserialize<'de> for RuleFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RuleVisitor;
        impl<'de> Visitor<'de> for RuleVisitor {
            type Value = RuleFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rule such as `isolation >= hardware`, or constraints")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RuleFile, E> {
                Ok(RuleFile::Words(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RuleFile, A::Error> {
                ConstraintsFile::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|c| RuleFile::Constraints(Box::new(c)))
            }
        }
        deserializer.deserialize_any(RuleVisitor)
    }
}

impl<'de> Deserialize<'de> for RulesFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RulesVisitor;
        impl RulesVisitor {
            fn one(rule: RuleFile) -> RulesFile {
                RulesFile {
                    list: vec![rule],
                    is_list: false,
                }
            }
        }
        impl<'de> Visitor<'de> for RulesVisitor {
            type Value = RulesFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rule such as `isolation >= hardware`, constraints, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RulesFile, E> {
                Ok(Self::one(RuleFile::Words(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RulesFile, A::Error> {
                RuleFile::deserialize(de::value::MapAccessDeserializer::new(map)).map(Self::one)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RulesFile, A::Error> {
                let mut list = Vec::new();
                while let Some(rule) = seq.next_element()? {
                    list.push(rule);
                }
                Ok(RulesFile { list, is_list: true })
            }
        }
        deserializer.deserialize_any(RulesVisitor)
    }
}

impl JsonSchema for RulesFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rules".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let constraints = generator.subschema_for::<ConstraintsFile>();
        let rule = json_schema!({ "anyOf": [{ "type": "string" }, constraints] });
        json_schema!({
            "description": "A rule such as `isolation >= hardware, with S`, constraints as in a requirement, or a list of them.",
            "anyOf": [rule, { "type": "array", "items": rule }]
        })
    }
}

#[cfg(test)]
mod tests;
