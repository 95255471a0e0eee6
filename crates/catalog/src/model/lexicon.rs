//! The lexicon as data: what phrases of Chinese and English mean in a requirement.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{Account, Scope};
use super::technology::{Target, WorkloadKind};

/// Every phrase that a requirement in words can be made of. A phrase is compared without regard to case and width; a space
/// in it stands for any spaces and hyphens. It occurs once in the whole lexicon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lexicon {
    /// What can be spoken of.
    pub concepts: Vec<Concept>,
    /// Words that strengthen the word after them.
    pub intensifiers: Vec<String>,
    /// How a quantity must stand to a bound.
    pub comparators: Vec<ComparatorPhrases>,
    /// Names of units. One of a single letter is compared with regard to case.
    pub units: Vec<UnitPhrases>,
    /// Bounds that are said without a number.
    pub magnitudes: Vec<Magnitude>,
    /// Metrics that a quantity speaks of where none is named, each of another dimension.
    pub unnamed: Vec<String>,
    /// What stands between the two ends of a range.
    pub ranges: Vec<String>,
    /// What stands before a range whose ends are joined with a conjunction.
    pub between: Vec<String>,
    /// Words that deny what they stand beside.
    pub negations: Vec<PlacedPhrases>,
    /// Words that make a preference of what is said beside them.
    pub preferences: Preferring,
    /// What divides texts.
    pub breaks: Breaks,
    /// Words that say nothing by themselves.
    pub stop: Vec<String>,
    /// What is taken for granted where the text does not say.
    pub assumptions: Vec<Assumption>,
}

/// Something that can be spoken of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Concept {
    /// The name by which other concepts know it as their modifier.
    pub name: Option<String>,
    /// The name it takes after a word that strengthens.
    pub strong: Option<String>,
    /// How it is called.
    pub phrases: Vec<String>,
    /// The metric that quantities beside it bound.
    pub metric: Option<String>,
    /// The grade that numbers beside it bound.
    pub grade: Option<String>,
    /// The scope that it gives to a bound beside it.
    pub scope: Option<Scope>,
    /// The unit of account that it gives to a bound beside it.
    pub account: Option<Account>,
    /// What it says.
    pub means: Vec<Sense>,
    /// What is taken to follow unless the text says otherwise.
    pub implies: Vec<Sense>,
    /// What it says together with a modifier, by the modifier's name; instead of what it says alone.
    pub with: BTreeMap<String, Vec<Sense>>,
    /// What it says when it is denied; where nothing is given, the opposite of what it says.
    pub unwanted: Vec<Sense>,
    /// Whether it names the sort of system that is spoken of.
    pub scenario: bool,
    /// Whether it is also said in passing, so that it is not missed where it says nothing.
    pub passing: bool,
}

/// A single thing that is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// A bound on a metric.
    Metric(SenseBound),
    /// A bound on a grade.
    Grade(SenseBound),
    /// A need.
    Need(String),
    /// A need that is not there.
    Waive(String),
    /// An isolation class or a stronger one; which relation it is, a comparator can change.
    Isolation(String),
    /// Another isolation class.
    OtherIsolation(String),
    /// An operator that the stack must have.
    Include(String),
    /// An operator that it must not have.
    Exclude(String),
    /// A technology that is wanted.
    Technology(String),
    /// A technology that is not wanted.
    WithoutTechnology(String),
    /// What the plan is emitted for.
    Target(Target),
    /// What sort of thing is to be isolated.
    Workload(WorkloadKind),
    /// Something that is true of the workload.
    Fact(String),
    /// Something that is not.
    WithoutFact(String),
    /// A regime that must be complied with.
    Compliance(String),
    /// A metric that matters.
    Prefer(String),
}

/// A bound on a metric or grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenseBound {
    /// Name of the metric or grade.
    pub name: String,
    /// The bound, as in requirement files.
    pub bound: String,
}

/// Where a phrase stands beside what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Before it.
    Before,
    /// After it.
    After,
    /// Either.
    Either,
}

/// Phrases and where they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacedPhrases {
    /// Where they stand beside what they are about.
    pub place: Placement,
    /// The phrases.
    pub phrases: Vec<String>,
}

/// Phrases for a comparator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparatorPhrases {
    /// The comparator as in requirement files: one of `<`, `<=`, `=`, `>=`, `>`.
    pub comparator: String,
    /// Where they stand beside the quantity.
    pub place: Placement,
    /// The phrases.
    pub phrases: Vec<String>,
}

/// Phrases for a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPhrases {
    /// The unit as in requirement files.
    pub unit: String,
    /// The phrases.
    pub phrases: Vec<String>,
}

/// A bound that is said without a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Magnitude {
    /// The bound as in requirement files, such as `< 1 s`.
    pub bound: String,
    /// The phrases.
    pub phrases: Vec<String>,
}

/// Words that make a preference of what is said in the same clause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Preferring {
    /// Words that do so.
    pub mark: Vec<String>,
    /// Words that do so only after a clause that states a preference.
    pub then: Vec<String>,
}

/// What divides texts, strongest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Breaks {
    /// Between sentences.
    pub sentence: Vec<String>,
    /// Between clauses.
    pub clause: Vec<String>,
    /// Between things of one list.
    pub and: Vec<String>,
    /// Between alternatives.
    pub or: Vec<String>,
    /// What stands beside words without dividing them.
    pub none: Vec<String>,
}

/// What is taken for granted where the text does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// It is taken for granted where the text says nothing of any of these.
    pub unsaid: Vec<Subject>,
    /// What is taken for granted.
    pub means: Vec<Sense>,
    /// Why.
    pub because: String,
}

/// What a text can say something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The target.
    Target,
    /// The kind of workload.
    Workload,
    /// The sort of system.
    Scenario,
    /// A quantity with a number.
    Quantity,
}

impl Lexicon {
    /// Adds what another lexicon says.
    pub fn extend(&mut self, other: Self) {
        self.concepts.extend(other.concepts);
        self.intensifiers.extend(other.intensifiers);
        self.comparators.extend(other.comparators);
        self.units.extend(other.units);
        self.magnitudes.extend(other.magnitudes);
        self.unnamed.extend(other.unnamed);
        self.ranges.extend(other.ranges);
        self.between.extend(other.between);
        self.negations.extend(other.negations);
        self.preferences.mark.extend(other.preferences.mark);
        self.preferences.then.extend(other.preferences.then);
        self.breaks.sentence.extend(other.breaks.sentence);
        self.breaks.clause.extend(other.breaks.clause);
        self.breaks.and.extend(other.breaks.and);
        self.breaks.or.extend(other.breaks.or);
        self.breaks.none.extend(other.breaks.none);
        self.stop.extend(other.stop);
        self.assumptions.extend(other.assumptions);
    }

    /// Every phrase but those of units.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        let Breaks {
            sentence,
            clause,
            and,
            or,
            none,
        } = &self.breaks;
        let Preferring { mark, then } = &self.preferences;
        let lists = [
            &self.intensifiers,
            &self.ranges,
            &self.between,
            &self.stop,
            sentence,
            clause,
            and,
            or,
            none,
            mark,
            then,
        ];
        let concepts = self.concepts.iter().map(|c| &c.phrases);
        let comparators = self.comparators.iter().map(|c| &c.phrases);
        let magnitudes = self.magnitudes.iter().map(|m| &m.phrases);
        let negations = self.negations.iter().map(|n| &n.phrases);
        let all = lists
            .into_iter()
            .chain(concepts)
            .chain(comparators)
            .chain(magnitudes)
            .chain(negations);
        all.flatten().map(String::as_str)
    }
}
