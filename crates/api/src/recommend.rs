//! Whether the planner agrees with what documents recommend, or why not.

use serde::Serialize;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::Ask;
use stackwright_plan::{Options, Problem, plan};
use stackwright_spec::phrase::Reading;
use stackwright_spec::plan::Fate;
use stackwright_text::{Diagnostic, Source};

/// How many plans are named.
const NAMED: usize = 5;

/// What the planner says to a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// The requirement in words.
    pub text: String,
    /// Words of it that were not understood.
    pub not_understood: Vec<String>,
    /// The best plans, as normal forms, best first.
    pub plans: Vec<String>,
    /// What became of each stack that is recommended.
    pub recommended: Vec<Recommended>,
}

/// What became of a stack that is recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recommended {
    /// The stack.
    pub word: String,
    /// What became of it.
    pub fate: Fate,
    /// Whether it is the plan, or one that is as good in another respect.
    pub agrees: bool,
    /// What speaks against it, where it is not the plan.
    pub because: Vec<String>,
}

impl Agreement {
    /// Asks the planner.
    ///
    /// # Errors
    ///
    /// A text of which nothing is understood or that contradicts itself, or a word that reaches no stack.
    pub fn of(catalog: &Catalog, ask: &Ask) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::new("<text>", ask.text.as_str());
        let reading = Reading::of(&ask.text, catalog).map_err(|e| vec![e])?;
        let requirement = reading.requirement(&source, catalog, None)?.requirement;
        let mut plans = Vec::new();
        let mut recommended = Vec::new();
        for word in &ask.words {
            let normal = catalog
                .normalize(&Source::new("<word>", word.as_str()))
                .map_err(|e| vec![e])?;
            let options = Options {
                why_not: Some(normal),
                ..Options::default()
            };
            let report = plan(&Problem::new(catalog, &requirement, None, options));
            plans.clear();
            for plan in &report.plans {
                if plans.len() < NAMED && !plans.contains(&plan.display) {
                    plans.push(plan.display.clone());
                }
            }
            if let Some(why) = report.why_not {
                recommended.push(Recommended {
                    word: why.display,
                    fate: why.fate,
                    agrees: matches!(why.fate, Fate::First | Fate::RankedLower),
                    because: if why.fate == Fate::First {
                        Vec::new()
                    } else {
                        why.because
                    },
                });
            }
        }
        Ok(Self {
            text: ask.text.clone(),
            not_understood: reading.not_understood.iter().map(|n| n.text.clone()).collect(),
            plans,
            recommended,
        })
    }
}

#[cfg(test)]
mod tests;
