//! `plan --text`: a requirement in words, alone or added to a file, and what was made of it.

use serde::Serialize;
use stackwright::spec::phrase::Reading;
use stackwright::spec::plan::PlanReport;
use stackwright::spec::requirement::Requirement;
use stackwright::{Catalog, Diagnostic, Source};
use stackwright_locale::say;

use crate::failure::Failure;
use crate::output::Output;

/// A text and how it was read.
pub struct Words {
    source: Source,
    reading: Reading,
}

/// What became of the text beside what it says itself.
#[derive(Default, Serialize)]
pub struct Merged {
    /// What is taken for granted, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumed: Vec<String>,
    /// What the text implies or prefers and the file, or the text itself, says otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    overridden: Vec<String>,
    /// What was understood, but plans are not judged by it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_judged: Vec<String>,
}

/// A report with what became of the text.
#[derive(Serialize)]
pub struct Report<'a> {
    #[serde(flatten)]
    report: &'a PlanReport,
    #[serde(flatten)]
    merged: &'a Merged,
}

impl Words {
    /// Reads a text.
    pub fn read(text: &str, catalog: &Catalog) -> Result<Self, Diagnostic> {
        Ok(Self {
            source: Source::new("<text>", text),
            reading: Reading::of(text, catalog)?,
        })
    }

    /// The requirement that the text says, together with that of a file if there is one.
    pub fn requirement(&self, catalog: &Catalog, file: Option<Requirement>) -> Result<(Requirement, Merged), Failure> {
        let alone = file.is_none();
        let merged = self.reading.requirement(&self.source, catalog, file)?;
        let assumed = self.reading.assumed.iter().filter(|_| alone);
        let words = |list: &[_]| list.iter().map(ToString::to_string).collect();
        let rest = Merged {
            assumed: assumed.map(|a| format!("{}: {}", a.meaning, a.because)).collect(),
            overridden: words(&merged.overridden),
            not_judged: words(&merged.not_judged),
        };
        Ok((merged.requirement, rest))
    }

    /// Says in a report how the text was read.
    pub fn report(&self, report: &mut PlanReport) {
        report.understood = self.reading.understood.iter().map(|u| u.report()).collect();
        report.not_understood = self.reading.not_understood.iter().map(|n| n.report()).collect();
    }
}

impl Merged {
    /// The report with this beside it.
    pub fn with<'a>(&'a self, report: &'a PlanReport) -> Report<'a> {
        Report { report, merged: self }
    }

    /// Prints how the text was read.
    pub fn text(&self, report: &PlanReport, output: &mut Output) {
        let locale = output.locale();
        output.line(say!(locale, "plan-understood"));
        for words in &report.understood {
            let implied: Vec<_> = words
                .implies
                .iter()
                .map(|m| say!(locale, "plan-implied", meaning = locale.told(m)))
                .collect();
            let all = [words.means.as_slice(), &implied].concat();
            let all: Vec<_> = all.iter().map(|m| locale.told(m)).collect();
            output.line(format!("  {}: {}", one_line(&words.phrase), all.join(", ")));
        }
        let not: Vec<_> = report.not_understood.iter().collect();
        let not: Vec<_> = not
            .iter()
            .map(|w| format!("{}: {}", one_line(&w.text), locale.told(&w.because)))
            .collect();
        for (title, list) in [
            (say!(locale, "plan-not-understood"), &not),
            (say!(locale, "plan-assumed"), &self.assumed),
            (say!(locale, "plan-overridden"), &self.overridden),
            (say!(locale, "plan-not-judged"), &self.not_judged),
        ] {
            if !list.is_empty() {
                output.line(format!("\n{title}"));
                for line in list {
                    output.line(format!("  {}", locale.told(line)));
                }
            }
        }
        output.line("");
    }
}

/// Words on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
