//! Judging workloads by what their namespace needs: what they lack, and what of that is known and let pass.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stackwright_catalog::Catalog;
use stackwright_inspect::{ClassReport, Finding, Reach, WorkloadReport, matches};
use stackwright_spec::date::Date;
use stackwright_spec::requirement::FleetRequirement;

use super::gap::{Gap, Ground, Shortfall, Verdict, gap};

/// The version of the baseline's form.
pub const BASELINE: &str = "stackwright/baseline/v1";

/// Shortfalls and errors that were known when it was written. Lines are no part of it, so that it survives edits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of this form.
    schema: String,
    /// What was known.
    known: Vec<Known>,
}

/// Something that is known, and how often.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    /// The workload's kind, namespace and name, or an error's code.
    what: String,
    /// What it lacks; empty for an error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    wanted: String,
    /// Whether it is known not to have it: an unknown that became a failure is new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    fails: bool,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    count: u32,
}

fn once() -> u32 {
    1
}

fn is_once(count: &u32) -> bool {
    *count == 1
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let baseline: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        match baseline.schema.as_str() {
            BASELINE => Ok(baseline),
            other => Err(format!("expected schema `{BASELINE}`, found `{other}`")),
        }
    }
}

/// Why something is let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// What says so.
    pub by: AcceptedBy,
    /// The reason that is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day on which it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// What lets something pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedBy {
    /// A baseline: it was known before.
    Baseline,
    /// A suppression in the requirement.
    Suppression,
    /// An annotation of the workload.
    Annotation,
}

/// Judges workloads one after another.
pub struct Judge<'a> {
    catalog: &'a Catalog,
    fleet: Option<&'a FleetRequirement>,
    ground: Ground,
    today: Date,
    left: BTreeMap<Known, u32>,
    seen: BTreeMap<Known, u32>,
    findings: Vec<Finding>,
}

impl<'a> Judge<'a> {
    /// A judge for a requirement, if there is one, that takes some things for granted, on a day.
    pub fn new(
        catalog: &'a Catalog,
        fleet: Option<&'a FleetRequirement>,
        assume: bool,
        reach: Reach,
        today: Date,
    ) -> Self {
        let expired = fleet
            .into_iter()
            .flat_map(|f| &f.suppressions)
            .filter(|s| s.expires < today);
        let findings = expired.map(|s| Finding {
            code: "inspect::expired",
            message: format!(
                "the suppression for `{}` has expired on {}: {}",
                s.workload, s.expires, s.reason
            ),
            file: s.file.clone(),
            line: Some(s.line),
            column: None,
        });
        Self {
            catalog,
            fleet,
            ground: Ground {
                assume,
                reach,
                classes: Vec::new(),
            },
            today,
            left: BTreeMap::new(),
            seen: BTreeMap::new(),
            findings: findings.collect(),
        }
    }

    /// Lets pass what a baseline knows.
    pub fn accept(&mut self, baseline: Baseline) {
        for known in baseline.known {
            let count = known.count;
            *self.left.entry(Known { count: 1, ..known }).or_default() += count;
        }
    }

    /// Takes note of runtime classes that documents define.
    pub fn know(&mut self, classes: Vec<ClassReport>) {
        self.ground.classes = classes;
    }

    /// What a workload lacks; `None` without a requirement.
    pub fn judge(&mut self, workload: &WorkloadReport) -> Option<Gap> {
        let fleet = self.fleet?;
        let mut all = Gap::default();
        for rule in &fleet.rules {
            let everywhere = rule.namespace == "*";
            let sure = match &workload.namespace {
                Some(namespace) if matches(&rule.namespace, namespace) => true,
                None if everywhere => true,
                None => false,
                Some(_) => continue,
            };
            let found = gap(self.catalog, &rule.requirement, workload, &self.ground);
            for mut shortfall in found.shortfalls {
                if !everywhere {
                    shortfall.rule = Some(rule.namespace.clone());
                }
                if !sure {
                    let found = &shortfall.found;
                    shortfall.found = format!(
                        "if it is put into `{}`, as it names no namespace: {found}",
                        rule.namespace
                    );
                    shortfall.verdict = Verdict::Unknown;
                }
                let known = |s: &Shortfall| s.wanted == shortfall.wanted && s.found == shortfall.found;
                if !all.shortfalls.iter().any(known) {
                    all.shortfalls.push(shortfall);
                }
            }
            for (edits, more) in [(&mut all.edits, found.edits), (&mut all.instead, found.instead)] {
                for edit in more {
                    if !edits.contains(&edit) {
                        edits.push(edit);
                    }
                }
            }
        }
        let note = self.note(fleet, workload);
        for shortfall in &mut all.shortfalls {
            shortfall.accepted = suppressed(fleet, workload, &shortfall.wanted, self.today)
                .or_else(|| note.as_ref().and_then(|n| n.accepts(&shortfall.wanted)));
            if shortfall.accepted.is_none() && self.knows(of_shortfall(workload, shortfall)) {
                shortfall.accepted = Some(Accepted {
                    by: AcceptedBy::Baseline,
                    reason: None,
                    expires: None,
                });
            }
        }
        let open = all.shortfalls.iter().filter(|s| s.accepted.is_none());
        all.verdict = open.map(|s| s.verdict).max().unwrap_or(Verdict::Holds);
        Some(all)
    }

    /// Whether an error was known before.
    pub fn knows_error(&mut self, error: &Finding) -> bool {
        self.knows(Known {
            file: portable(&error.file),
            what: error.code.to_owned(),
            wanted: String::new(),
            fails: true,
            count: 1,
        })
    }

    /// Takes note that something was found, and says whether it was known before.
    fn knows(&mut self, known: Known) -> bool {
        *self.seen.entry(known.clone()).or_default() += 1;
        match self.left.get_mut(&known) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// What the workload's annotation asks for, where annotations count.
    fn note(&mut self, fleet: &FleetRequirement, workload: &WorkloadReport) -> Option<Note> {
        let given = workload.suppress.as_ref().filter(|_| fleet.annotations)?;
        let mut find = |code, message: String| {
            self.findings.push(Finding {
                code,
                message,
                file: workload.file.clone(),
                line: Some(given.line),
                column: None,
            });
        };
        let Some(note) = Note::read(&given.text) else {
            let message = format!(
                "the annotation `{}` is no suppression; write `until 2027-03-31: the reason`",
                given.text
            );
            find("inspect::suppression", message);
            return None;
        };
        if note.expires < self.today {
            let message = format!(
                "the suppression by annotation has expired on {}: {}",
                note.expires, note.reason
            );
            find("inspect::expired", message);
            return None;
        }
        Some(note)
    }

    /// What is wrong with suppressions.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many entries of the baseline are of no use any more.
    pub fn obsolete(&self) -> u32 {
        self.left.values().sum()
    }

    /// All that was found and is let pass by nothing else, as a baseline.
    pub fn baseline(&self) -> Baseline {
        let known = self.seen.iter().map(|(known, count)| Known {
            count: *count,
            ..known.clone()
        });
        Baseline {
            schema: BASELINE.to_owned(),
            known: known.collect(),
        }
    }
}

fn of_shortfall(workload: &WorkloadReport, shortfall: &Shortfall) -> Known {
    Known {
        file: portable(&workload.file),
        what: format!("{} {}", workload.kind, name(workload)),
        wanted: shortfall.wanted.clone(),
        fails: shortfall.verdict == Verdict::Fails,
        count: 1,
    }
}

/// A path as it is written on every system.
fn portable(path: &str) -> String {
    path.strip_prefix("./").unwrap_or(path).replace('\\', "/")
}

/// `namespace/name`, without what it does not say.
fn name(workload: &WorkloadReport) -> String {
    let name = workload.name.as_deref().unwrap_or_default();
    match &workload.namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

fn suppressed(fleet: &FleetRequirement, workload: &WorkloadReport, wanted: &str, today: Date) -> Option<Accepted> {
    let name = name(workload);
    let fits = |wish: &Option<String>| wish.as_ref().is_none_or(|w| wanted.starts_with(w.as_str()));
    let found = fleet
        .suppressions
        .iter()
        .find(|s| s.expires >= today && matches(&s.workload, &name) && fits(&s.wanted))?;
    Some(Accepted {
        by: AcceptedBy::Suppression,
        reason: Some(found.reason.clone()),
        expires: Some(found.expires.to_string()),
    })
}

/// A suppression by annotation: `until 2027-03-31: the reason`, or `isolation until 2027-03-31: the reason`.
struct Note {
    wanted: String,
    reason: String,
    expires: Date,
}

impl Note {
    fn read(text: &str) -> Option<Self> {
        let (head, reason) = text.split_once(':')?;
        let (wanted, day) = match head.trim().strip_prefix("until ") {
            Some(day) => ("", day),
            None => head.split_once(" until ")?,
        };
        let reason = reason.trim().to_owned();
        let expires = Date::parse(day.trim()).filter(|_| !reason.is_empty())?;
        Some(Self {
            wanted: wanted.trim().to_owned(),
            reason,
            expires,
        })
    }

    fn accepts(&self, wanted: &str) -> Option<Accepted> {
        wanted.starts_with(&self.wanted).then(|| Accepted {
            by: AcceptedBy::Annotation,
            reason: Some(self.reason.clone()),
            expires: Some(self.expires.to_string()),
        })
    }
}
