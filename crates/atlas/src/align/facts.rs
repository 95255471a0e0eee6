//! How references stand to authorities, as facts that claims are judged by.

use stackwright_catalog::claims::{Fact, Facts, Value};
use stackwright_catalog::model::{Dimension, GuidanceData};

use super::{Ground, Verdict, align};

/// The last snapshots of authorities as facts.
#[derive(Clone, Copy, Debug)]
pub struct Alignments<'a>(pub &'a GuidanceData);

impl Facts for Alignments<'_> {
    fn fact(&self, dimension: &Dimension, subject: &str) -> Option<Fact> {
        if *dimension != Dimension::Alignment {
            return None;
        }
        let Some(reference) = self.0.references.iter().find(|r| r.id == subject) else {
            return Some(Fact::unknown(format!("there is no reference {subject}")));
        };
        let found = align(self.0, reference);
        let (authority, title) = (&reference.authority, &reference.title);
        let said = reference.said.as_a.name();
        let verdict = found.verdict.name();
        Some(match (&found.ground, &found.comparison) {
            _ if found.verdict == Verdict::Unverifiable => {
                Fact::unknown(format!("no copy of “{title}” of {authority} was read"))
            }
            (Ground::Snapshot(snapshot), Some(comparison)) => {
                let read = &snapshot.read;
                let similar = (comparison.similarity * 100.0).round();
                known(
                    verdict,
                    format!(
                        "{said} beside “{title}” of {authority}, read on {read}: {verdict}, {similar}% of the words are the same"
                    ),
                )
            }
            (Ground::Absent, _) => known(
                verdict,
                format!("{said} of “{title}” of {authority}: {verdict}, nothing of that title was found"),
            ),
            _ => known(verdict, format!("{said} to “{title}” of {authority}: {verdict}")),
        })
    }
}

fn known(verdict: &str, text: String) -> Fact {
    Fact::known(Value::Word(verdict.to_owned(), None), text)
}
