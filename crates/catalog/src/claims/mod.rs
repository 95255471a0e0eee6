//! Claims, judged: each by the laws of the algebra or by facts, with what decides it.
//!
//! A verdict is computed from the claim's [form](Form), never written. [`Judge`] decides the forms about words with the
//! algebra and asks one seam, [`Facts`], for everything else. What is not known, and what does not decide, is
//! [undetermined](Verdict::Undetermined). Judging is pure.

pub mod cells;
mod commands;
mod data;
mod facts;
mod laws;

use std::cell::OnceCell;

use stackwright_algebra::{Contexts, Extent};

use crate::Catalog;
use crate::model::{Claim, ClaimsData, Form};
pub use cells::Cells;
pub use data::compare;
pub use facts::{CatalogFacts, Fact, Facts, Reading, Sources, Value};

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It holds.
    Supported,
    /// It does not hold.
    Contradicted,
    /// What is known does not decide it.
    Undetermined,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Supported, Self::Contradicted, Self::Undetermined];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::Undetermined => "undetermined",
        }
    }

    fn of(holds: bool) -> Self {
        if holds { Self::Supported } else { Self::Contradicted }
    }

    fn negated(self) -> Self {
        match self {
            Self::Supported => Self::Contradicted,
            Self::Contradicted => Self::Supported,
            Self::Undetermined => Self::Undetermined,
        }
    }
}

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Where it holds: of a law, in which contexts; of a figure, at which scopes. Absent where the question makes no
    /// sense or has no short answer.
    pub extent: Option<Extent>,
    /// Words that show it, with what each of them reaches: both sides of an equation that fails, or the shortest
    /// counterexample. Empty where none is needed.
    pub witness: Vec<End>,
    /// The reasons, those that decide first.
    pub because: Vec<Reason>,
}

/// A word and the stack it reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The word.
    pub word: String,
    /// Its normal form, if it reaches a stack.
    pub normal_form: Option<String>,
    /// The stack in words, or why there is none.
    pub stack: String,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What sort of reason.
    pub kind: ReasonKind,
    /// The reason.
    pub text: String,
    /// The evidence records that it rests on.
    pub evidence: Vec<String>,
}

/// What a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonKind {
    /// A law of the algebra, or how one is decided.
    Law,
    /// A fact that supports the claim.
    For,
    /// A fact that contradicts the claim.
    Against,
    /// A fact that leaves the claim open, or the lack of one.
    Open,
    /// Something that is said but decides nothing.
    Besides,
}

impl ReasonKind {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::For => "for",
            Self::Against => "against",
            Self::Open => "open",
            Self::Besides => "besides",
        }
    }

    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Supported => Self::For,
            Verdict::Contradicted => Self::Against,
            Verdict::Undetermined => Self::Open,
        }
    }
}

impl Reason {
    fn new(kind: ReasonKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            evidence: Vec::new(),
        }
    }
}

impl Judgement {
    fn new(verdict: Verdict, kind: ReasonKind, why: impl Into<String>) -> Self {
        Self {
            verdict,
            extent: None,
            witness: Vec::new(),
            because: vec![Reason::new(kind, why)],
        }
    }

    fn law(holds: bool, why: impl Into<String>) -> Self {
        Self::new(Verdict::of(holds), ReasonKind::Law, why)
    }

    fn open(why: impl Into<String>) -> Self {
        Self::new(Verdict::Undetermined, ReasonKind::Open, why)
    }

    fn with_witness(mut self, witness: Vec<End>) -> Self {
        self.witness = witness;
        self
    }

    /// All of the parts hold: one that does not decides, else one that is open.
    fn all(parts: Vec<Self>) -> Self {
        let decides = [Verdict::Contradicted, Verdict::Undetermined, Verdict::Supported];
        Self::joined(parts, decides)
    }

    /// At least one of the parts holds.
    fn any(parts: Vec<Self>) -> Self {
        let decides = [Verdict::Supported, Verdict::Undetermined, Verdict::Contradicted];
        Self::joined(parts, decides)
    }

    /// Takes the verdict that comes first in `decides`, with the reasons of the parts that have it. What is open keeps
    /// the reasons of all parts.
    fn joined(parts: Vec<Self>, decides: [Verdict; 3]) -> Self {
        let verdict = decides.into_iter().find(|v| parts.iter().any(|p| p.verdict == *v));
        let Some(verdict) = verdict else {
            return Self::open("the claim has no parts");
        };
        let (deciding, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|p| p.verdict == verdict);
        let others = others.into_iter().filter(|_| verdict == Verdict::Undetermined);
        let mut parts = deciding.into_iter().chain(others);
        let Some(mut whole) = parts.next() else {
            return Self::open("the claim has no parts");
        };
        for part in parts {
            if whole.extent != part.extent {
                whole.extent = None;
            }
            if whole.witness.is_empty() {
                whole.witness = part.witness;
            }
            for reason in part.because {
                if !whole.because.contains(&reason) {
                    whole.because.push(reason);
                }
            }
        }
        whole
    }

    fn negated(mut self) -> Self {
        self.verdict = self.verdict.negated();
        self.extent = match self.extent {
            Some(Extent::Everywhere) => Some(Extent::Nowhere),
            Some(Extent::Nowhere) => Some(Extent::Everywhere),
            _ => None,
        };
        for reason in &mut self.because {
            reason.kind = match reason.kind {
                ReasonKind::For => ReasonKind::Against,
                ReasonKind::Against => ReasonKind::For,
                other => other,
            };
        }
        self
    }
}

/// Judges claims. Make one for many claims: what several of them need is computed once.
pub struct Judge<'a> {
    catalog: &'a Catalog,
    data: &'a ClaimsData,
    facts: &'a dyn Facts,
    contexts: OnceCell<Contexts>,
}

impl<'a> Judge<'a> {
    /// A judge with a catalogue's algebra, the labels of claims files and a source of facts.
    pub fn new(catalog: &'a Catalog, data: &'a ClaimsData, facts: &'a dyn Facts) -> Self {
        Self {
            catalog,
            data,
            facts,
            contexts: OnceCell::new(),
        }
    }

    /// Judges a form. Names and words are expected to be checked; one that means nothing leaves the claim undetermined.
    pub fn judge(&self, form: &Form) -> Judgement {
        match form {
            Form::All(forms) => Judgement::all(forms.iter().map(|f| self.judge(f)).collect()),
            Form::Any(forms) => Judgement::any(forms.iter().map(|f| self.judge(f)).collect()),
            Form::Not(form) => self.judge(form).negated(),
            Form::Is(is) => self.is(&is.subject, &is.of, &is.value),
            Form::Every(q) => {
                let parts = q.subjects.iter().map(|s| self.is(s, &q.of, &q.value));
                Judgement::all(parts.collect())
            }
            Form::Some(q) => {
                let parts = q.subjects.iter().map(|s| self.is(s, &q.of, &q.value));
                Judgement::any(parts.collect())
            }
            Form::Order(order) => self.order(order),
            Form::Superlative(superlative) => self.superlative(superlative),
            Form::Counted(counted) => self.counted(counted),
            Form::Accepted(command) => self.accepted(command),
            _ => self
                .algebraic(form)
                .unwrap_or_else(|error| Judgement::open(error.to_string())),
        }
    }
}

impl Catalog {
    /// Judges claims, each as [`Judge::judge`] does, by this catalogue's grades and evidence and by the matrices of the
    /// claims files.
    pub fn judge<'d>(&self, data: &'d ClaimsData, claims: impl IntoIterator<Item = &'d Claim>) -> Vec<Judgement> {
        self.judge_with(data, claims, &[])
    }

    /// Judges claims as [`Catalog::judge`] does, with more sources of facts.
    pub fn judge_with<'d>(
        &self,
        data: &'d ClaimsData,
        claims: impl IntoIterator<Item = &'d Claim>,
        more: &[&dyn Facts],
    ) -> Vec<Judgement> {
        let figures = CatalogFacts { catalog: self };
        let cells = Cells {
            matrices: &data.matrices,
        };
        let mut sources: Vec<&dyn Facts> = vec![&figures, &cells];
        sources.extend(more);
        let sources = Sources(sources);
        let judge = Judge::new(self, data, &sources);
        claims.into_iter().map(|c| judge.judge(&c.form)).collect()
    }
}

#[cfg(test)]
mod tests;
