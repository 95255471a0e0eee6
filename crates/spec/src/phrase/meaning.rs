//! What was read: meanings, and what nothing was made of.

use std::fmt;

use stackwright_catalog::model::{Account, Scope, Target, WorkloadKind};
use stackwright_text::Span;

use crate::plan::{OtherWords, UnderstoodWords};
use crate::requirement::{Bound, GradeName, IsolationRelation};

/// A single thing that a text says of what is required.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A bound on a metric.
    Metric {
        /// The metric.
        metric: String,
        /// The bound, in the metric's unit.
        bound: Bound,
        /// The scope, if the text names one.
        scope: Option<Scope>,
        /// The unit of account, if the text names one.
        account: Option<Account>,
    },
    /// A bound on a grade.
    Grade {
        /// The grade.
        grade: GradeName,
        /// The bound.
        bound: Bound,
    },
    /// A need.
    Need(String),
    /// A need that is not there.
    NoNeed(String),
    /// A condition on the isolation class.
    Isolation {
        /// How the stack's class must stand to it.
        relation: IsolationRelation,
        /// The class's name.
        class: String,
    },
    /// Symbol of an operator that the stack must have.
    Operator(String),
    /// Symbol of an operator that it must not have.
    NoOperator(String),
    /// A technology that is wanted.
    Technology(String),
    /// A technology that is not wanted.
    NoTechnology(String),
    /// What the plan is emitted for.
    Target(Target),
    /// What sort of thing is to be isolated.
    Workload(WorkloadKind),
    /// Something that is true of the workload, such as `gpu`.
    Fact(String),
    /// Something that is not.
    NoFact(String),
    /// A regime that must be complied with.
    Compliance(String),
    /// A metric that matters; the first that is said matters most.
    Prefer(String),
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric {
                metric,
                bound,
                scope,
                account,
            } => {
                write!(f, "{metric} {bound}")?;
                if let Some(scope) = scope {
                    write!(f, " at {} scope", scope.name())?;
                }
                account.map_or(Ok(()), |account| write!(f, " per {}", account.name()))
            }
            Self::Grade { grade, bound } => write!(f, "{} grade {bound}", grade.name()),
            Self::Need(name) => write!(f, "need {name}"),
            Self::NoNeed(name) => write!(f, "no need {name}"),
            Self::Isolation { relation, class } => write!(f, "isolation {} {class}", relation.words()),
            Self::Operator(symbol) => write!(f, "operator {symbol}"),
            Self::NoOperator(symbol) => write!(f, "no operator {symbol}"),
            Self::Technology(id) => write!(f, "technology {id}"),
            Self::NoTechnology(id) => write!(f, "no technology {id}"),
            Self::Target(target) => write!(f, "target {}", target.name()),
            Self::Workload(kind) => write!(f, "workload {}", kind.name()),
            Self::Fact(name) => write!(f, "fact {name}"),
            Self::NoFact(name) => write!(f, "no fact {name}"),
            Self::Compliance(id) => write!(f, "compliance {id}"),
            Self::Prefer(metric) => write!(f, "prefer {metric}"),
        }
    }
}

/// Words that mean something together.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    /// Where they stand: ranges of bytes, in order, apart from each other.
    pub spans: Vec<Span>,
    /// The words, with `…` where others stand between them.
    pub phrase: String,
    /// What they say.
    pub meanings: Vec<Meaning>,
    /// What is taken to follow unless the text says otherwise.
    pub implied: Vec<Meaning>,
}

/// Words that nothing was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Where they stand, in bytes.
    pub span: Span,
    /// The words.
    pub text: String,
    /// Why.
    pub reason: Reason,
}

/// Why nothing was made of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The lexicon does not know them.
    Unknown,
    /// They say something only together with a bound or another word.
    Incomplete,
    /// A quantity that nothing beside it is measured in.
    NothingMeasured,
    /// A comparator or a word of preference without what it is about.
    NothingCompared,
    /// A negation without what it denies.
    NothingDenied,
    /// It cannot be denied.
    CannotBeDenied,
}

impl Reason {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "not in the lexicon",
            Self::Incomplete => "says nothing without a bound or another word",
            Self::NothingMeasured => "nothing beside it is measured in it",
            Self::NothingCompared => "nothing beside it that it could be about",
            Self::NothingDenied => "nothing beside it that it could deny",
            Self::CannotBeDenied => "its denial is no requirement",
        }
    }
}

/// Something that is taken for granted, as the text does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumed {
    /// What.
    pub meaning: Meaning,
    /// Why.
    pub because: String,
}

/// A text as it was read. Every character that is not a space stands in just one of its spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What was understood, in the order of the text.
    pub understood: Vec<Understood>,
    /// What was not, in the order of the text.
    pub not_understood: Vec<NotUnderstood>,
    /// Stop words and punctuation: what says nothing, in the order of the text.
    pub passed_over: Vec<Span>,
    /// What is taken for granted.
    pub assumed: Vec<Assumed>,
}

impl Reading {
    /// Everything that the text says, each thing once: what it states, then what that implies and nothing contradicts.
    pub fn meanings(&self) -> Vec<Meaning> {
        let mut list: Vec<Meaning> = Vec::new();
        for meaning in self.understood.iter().flat_map(|u| &u.meanings) {
            if !list.contains(meaning) {
                list.push(meaning.clone());
            }
        }
        let stated = list.clone();
        for meaning in self.understood.iter().flat_map(|u| &u.implied) {
            if !list.contains(meaning) && !stated.iter().any(|s| s.overrides(meaning)) {
                list.push(meaning.clone());
            }
        }
        list
    }
}

impl Understood {
    /// The same for reports.
    pub fn report(&self) -> UnderstoodWords {
        let words = |list: &[Meaning]| list.iter().map(ToString::to_string).collect();
        UnderstoodWords {
            phrase: self.phrase.clone(),
            spans: self.spans.iter().map(|s| (s.start, s.end)).collect(),
            means: words(&self.meanings),
            implies: words(&self.implied),
        }
    }
}

impl NotUnderstood {
    /// The same for reports.
    pub fn report(&self) -> OtherWords {
        OtherWords {
            text: self.text.clone(),
            span: (self.span.start, self.span.end),
            because: self.reason.words().to_owned(),
        }
    }
}

impl Meaning {
    /// Whether something that is only implied does not hold where this is stated.
    pub(super) fn overrides(&self, implied: &Self) -> bool {
        match (self, implied) {
            (Self::Target(_), Self::Target(_)) | (Self::Workload(_), Self::Workload(_)) => true,
            (Self::NoNeed(waived), Self::Need(need)) => waived == need,
            (Self::NoOperator(excluded), Self::Operator(symbol)) => excluded == symbol,
            (Self::Isolation { relation, class }, Self::Isolation { class: implied, .. }) => {
                *relation == IsolationRelation::Exactly || class == implied
            }
            _ => false,
        }
    }
}
