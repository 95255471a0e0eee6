//! Workloads of a live cluster, page by page, through the user's own program, which has the credentials. Nothing is written,
//! and what may not be read is unknown, never absent.

use serde::Deserialize;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::ClusterRule;
use stackwright_drive::{ToolError, tool_output};
use stackwright_inspect::{Finding, Inspector};
use stackwright_text::Diagnostic;

use super::render::ToolFailure;

/// Objects that are asked for at once.
const PAGE: u32 = 200;

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    preferred_version: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    group_version: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    metadata: PageMetadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageMetadata {
    r#continue: String,
}

struct Cluster<'r> {
    rule: &'r ClusterRule,
    context: &'r str,
}

/// What became of a request that gave nothing.
enum Refusal {
    /// The cluster refused it.
    Refused(String),
    /// There is no such thing.
    Absent,
    /// It failed otherwise.
    Failed(ToolError),
}

/// Reads the kinds that carry pods, policies, namespaces and runtime classes of the cluster of a context.
///
/// # Errors
///
/// The program is missing, or the cluster cannot be reached, or says nothing about itself. What it does not let be read is
/// a finding of the inspector instead.
pub fn read_cluster(inspector: &mut Inspector<'_>, catalog: &Catalog, context: &str) -> Result<(), ToolFailure> {
    let Some(rule) = catalog.inspection()?.clusters.first() else {
        return Err(Diagnostic::new("inspect::tool", "nothing is known that asks a cluster").into());
    };
    let cluster = Cluster { rule, context };
    inspector.go_live();
    let fail = |refusal: Refusal| match refusal {
        Refusal::Failed(error) => ToolFailure::new(&error, &rule.source.address),
        Refusal::Refused(why) => Diagnostic::new("inspect::refused", why).into(),
        Refusal::Absent => Diagnostic::new("inspect::tool", "the cluster lists no groups of kinds").into(),
    };
    let groups: Groups = cluster.parsed("/apis").map_err(fail)?;
    let worth: Vec<String> = inspector.groups().into_iter().map(str::to_owned).collect();
    for group in worth {
        if group.is_empty() {
            cluster.group(inspector, &group, "/api/v1", "v1");
        } else if let Some(known) = groups.groups.iter().find(|g| g.name == group) {
            let version = &known.preferred_version.group_version;
            cluster.group(inspector, &group, &format!("/apis/{version}"), version);
        }
    }
    Ok(())
}

impl Cluster<'_> {
    /// Reads the kinds of a group that are worth it.
    fn group(&self, inspector: &mut Inspector<'_>, group: &str, path: &str, version: &str) {
        let resources: Resources = match self.parsed(path) {
            Ok(resources) => resources,
            Err(Refusal::Absent) => return,
            Err(refusal) => {
                let kinds: Vec<String> = inspector.kinds_of(group).into_iter().map(str::to_owned).collect();
                for kind in &kinds {
                    inspector.withhold(kind);
                }
                return self.note(inspector, path, &format!("kinds of `{version}`"), refusal);
            }
        };
        for resource in &resources.resources {
            let listed = resource.verbs.iter().any(|v| v == "list");
            if listed && !resource.name.contains('/') && inspector.reads(&resource.kind, version) {
                self.list(inspector, &format!("{path}/{}", resource.name), &resource.kind);
            }
        }
    }

    fn list(&self, inspector: &mut Inspector<'_>, path: &str, kind: &str) {
        let mut next = String::new();
        loop {
            let more = if next.is_empty() {
                String::new()
            } else {
                format!("&continue={}", encoded(&next))
            };
            let bytes = match self.ask(&format!("{path}?limit={PAGE}{more}")) {
                Ok(bytes) => bytes,
                Err(Refusal::Absent) if next.is_empty() => return,
                Err(refusal) => {
                    inspector.withhold(kind);
                    return self.note(inspector, path, &format!("objects of the kind {kind}"), refusal);
                }
            };
            let name = format!("{}:{path}", self.context);
            inspector.read(&name, &bytes);
            // What is no page was reported by the reader.
            let page: Page = serde_json::from_slice(&bytes).unwrap_or_default();
            let last = std::mem::replace(&mut next, page.metadata.r#continue);
            if next.is_empty() || next == last {
                return;
            }
        }
    }

    fn note(&self, inspector: &mut Inspector<'_>, path: &str, what: &str, refusal: Refusal) {
        let (code, why) = match refusal {
            Refusal::Refused(why) => ("inspect::refused", why),
            Refusal::Absent => ("inspect::tool", "it is gone".to_owned()),
            Refusal::Failed(error) => ("inspect::tool", error.to_string()),
        };
        inspector.unreadable(Finding {
            code,
            message: format!("{what} may exist, but cannot be read: {why}"),
            file: format!("{}:{path}", self.context),
            line: None,
            column: None,
        });
    }

    fn parsed<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, Refusal> {
        let bytes = self.ask(path)?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Refusal::Failed(ToolError::Failed {
                program: self.rule.command.first().cloned().unwrap_or_default(),
                complaint: format!("{path} is not what was expected: {error}"),
            })
        })
    }

    /// Asks once, and again if the connection was lost.
    fn ask(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        self.once(path).or_else(|refusal| match refusal {
            Refusal::Failed(ToolError::Failed { .. }) => self.once(path),
            other => Err(other),
        })
    }

    fn once(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        let mut words = self.rule.command.iter().map(|w| w.replace("{context}", self.context));
        let program = words.next().unwrap_or_default();
        let arguments: Vec<String> = words.chain([path.to_owned()]).collect();
        tool_output(&program, &arguments).map_err(|error| {
            let ToolError::Failed { complaint, .. } = &error else {
                return Refusal::Failed(error);
            };
            let says = |texts: &[String]| texts.iter().any(|t| complaint.contains(t.as_str()));
            if says(&self.rule.refused) {
                Refusal::Refused(complaint.clone())
            } else if says(&self.rule.absent) {
                Refusal::Absent
            } else {
                Refusal::Failed(error)
            }
        })
    }
}

/// A text as a value of a query.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
