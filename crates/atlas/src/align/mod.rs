//! Definitions and references of documents against the authorities that they name.
//!
//! What an authority says is a dated, short quotation in the catalogue's data ([`Snapshot`]), or what its address answers
//! now ([`Page`]); fetching is not done here. Verdicts are computed by comparing words.

mod facts;
mod page;
mod words;

use stackwright_catalog::model::{AuthorityKind, Basis, GuidanceData, Project, Reference, Snapshot};

pub use facts::Alignments;
pub use page::Page;
pub use words::{Change, Comparison, compare};

/// What becomes of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The document says what the authority says, word for word, or leads where the authority is.
    Aligned,
    /// It says something else.
    Drifted,
    /// There is no such thing.
    Missing,
    /// What the authority says is not known.
    Unverifiable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Aligned, Self::Drifted, Self::Missing, Self::Unverifiable];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aligned => "aligned",
            Self::Drifted => "drifted",
            Self::Missing => "missing",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// What a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground<'a> {
    /// The last snapshot.
    Snapshot(&'a Snapshot),
    /// What the address says now: the passage that is most like what the document says.
    Live {
        /// The passage.
        passage: String,
    },
    /// The address answers that nothing is there.
    Gone {
        /// The status of HTTP.
        status: u16,
    },
    /// The data says that nothing of the title was found.
    Absent,
    /// No copy was read.
    Unseen,
    /// The address did not answer, or with an error.
    Unreachable(String),
}

/// A reference with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment<'a> {
    /// The reference.
    pub reference: &'a Reference,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What that rests on.
    pub ground: Ground<'a>,
    /// What the document says compared with what the authority says, where words are compared.
    pub comparison: Option<Comparison>,
    /// Whether the last snapshot is still what the authority says, where that was looked up.
    pub still: Option<bool>,
    /// Other references on the concept whose authorities say what the document quotes, word for word.
    pub found_at: Vec<&'a Reference>,
}

/// Aligns definitions with Wikipedia.
#[derive(Clone, Copy, Debug)]
pub struct WikipediaAligner<'a>(&'a GuidanceData);

/// Aligns definitions and references with glossaries, standards and foundations.
#[derive(Clone, Copy, Debug)]
pub struct StandardAligner<'a>(&'a GuidanceData);

/// Aligns references with publications.
#[derive(Clone, Copy, Debug)]
pub struct PublicationAligner<'a>(&'a GuidanceData);

macro_rules! aligner {
    ($name:ident: $($kind:ident),+) => {
        impl<'a> $name<'a> {
            /// By this data.
            pub fn new(guidance: &'a GuidanceData) -> Self {
                Self(guidance)
            }

            /// The references on a concept, each by its last snapshot; none if the data knows none.
            pub fn align(&self, concept: &str) -> Vec<Alignment<'a>> {
                let of_kind = |r: &&Reference| matches!(r.kind, $(AuthorityKind::$kind)|+);
                let references = self.0.references.iter().filter(of_kind);
                references.filter(|r| r.concept == concept).map(|r| align(self.0, r)).collect()
            }
        }
    };
}

aligner!(WikipediaAligner: Encyclopedia);
aligner!(StandardAligner: Glossary, Standard, Foundation);
aligner!(PublicationAligner: Publication);

impl<'a> StandardAligner<'a> {
    /// The projects that stand for a concept.
    pub fn projects(&self, concept: &str) -> Vec<&'a Project> {
        let stands = |p: &&Project| p.concepts.iter().any(|c| c == concept);
        self.0.projects.iter().filter(stands).collect()
    }
}

/// The concepts that references are about, in the order of the data.
pub fn concepts(guidance: &GuidanceData) -> Vec<&str> {
    let mut concepts: Vec<&str> = Vec::new();
    for reference in &guidance.references {
        if !concepts.contains(&reference.concept.as_str()) {
            concepts.push(&reference.concept);
        }
    }
    concepts
}

/// Aligns a reference by its last snapshot.
pub fn align<'a>(guidance: &'a GuidanceData, reference: &'a Reference) -> Alignment<'a> {
    let (ground, comparison) = match reference.seen.last() {
        Some(snapshot) => (Ground::Snapshot(snapshot), against(reference, &snapshot.text)),
        None if reference.absent.is_some() => (Ground::Absent, None),
        None => (Ground::Unseen, None),
    };
    verdict(guidance, reference, ground, comparison, None)
}

/// Aligns a reference by what its address answers now, or by why it does not answer.
pub fn align_live<'a>(
    guidance: &'a GuidanceData,
    reference: &'a Reference,
    answer: Result<Page, String>,
) -> Alignment<'a> {
    let (ground, comparison, still) = match answer {
        Err(why) => (Ground::Unreachable(why), None, None),
        Ok(Page {
            status: status @ (404 | 410),
            ..
        }) => (Ground::Gone { status }, None, None),
        Ok(Page { status: 200, text }) if !text.trim().is_empty() => {
            let passage = words::closest(&reference.said.text, &text).to_owned();
            let still = reference.seen.last().map(|s| compare(&s.text, &text).verbatim);
            let comparison = against(reference, &passage);
            (Ground::Live { passage }, comparison, still)
        }
        Ok(page) => (Ground::Unreachable(format!("HTTP {}", page.status)), None, None),
    };
    verdict(guidance, reference, ground, comparison, still)
}

/// What is said compared with what is there; of a link, only its address counts.
fn against(reference: &Reference, text: &str) -> Option<Comparison> {
    (reference.said.as_a != Basis::Link).then(|| compare(&reference.said.text, text))
}

fn verdict<'a>(
    guidance: &'a GuidanceData,
    reference: &'a Reference,
    ground: Ground<'a>,
    comparison: Option<Comparison>,
    still: Option<bool>,
) -> Alignment<'a> {
    let agrees = || match &comparison {
        Some(comparison) => comparison.verbatim,
        None => reference.said.text.trim_end_matches('/') == reference.address.trim_end_matches('/'),
    };
    let verdict = match ground {
        Ground::Snapshot(_) | Ground::Live { .. } if agrees() => Verdict::Aligned,
        Ground::Snapshot(_) | Ground::Live { .. } => Verdict::Drifted,
        Ground::Absent | Ground::Gone { .. } => Verdict::Missing,
        Ground::Unseen | Ground::Unreachable(_) => Verdict::Unverifiable,
    };
    let elsewhere = |other: &&Reference| {
        let says = |s: &Snapshot| {
            compare(&reference.said.text, &s.text).verbatim || compare(&s.text, &reference.said.text).verbatim
        };
        other.id != reference.id && other.concept == reference.concept && other.seen.iter().any(says)
    };
    let quoted = reference.said.as_a == Basis::Quotation && verdict != Verdict::Aligned;
    Alignment {
        reference,
        verdict,
        ground,
        comparison,
        still,
        found_at: guidance
            .references
            .iter()
            .filter(|_| quoted)
            .filter(elsewhere)
            .collect(),
    }
}

#[cfg(test)]
mod tests;
