//! Why a certain stack is not the plan.

use stackwright_algebra::OperatorId;
use stackwright_spec::plan::{Fate, WhyNot};

use crate::candidate::Candidate;
use crate::explain::differences;
use crate::problem::Problem;
use crate::rank::{Ranking, title};
use crate::search::{Aim, front_plans, nearest_plans};
use crate::space::Detail;
use crate::tile::Tiles;

/// How many labels the search for realizations of the stack may make.
const LABELS: u64 = 60_000;

/// Why a stack, given by its normal form, is not first among the ranked plans of the front.
pub(crate) fn why_not<'c>(
    problem: &Problem<'c>,
    tiles: &Tiles<'c>,
    ranking: &Ranking<'_, 'c>,
    word: &[OperatorId],
    ranked: &[Candidate<'c>],
) -> WhyNot {
    let algebra = problem.catalog.algebra();
    let answer = |candidate: Option<&Candidate<'_>>, fate: Fate, because: Vec<String>| WhyNot {
        normal_form: word.iter().map(|id| algebra.symbol(*id).to_owned()).collect(),
        display: algebra.display(word),
        realizations: candidate
            .iter()
            .flat_map(|c| &c.tiling.realizations)
            .map(|r| r.id.clone())
            .collect(),
        fate,
        because,
    };
    let rank = |c: &Candidate<'c>| ranking.of(c);
    let first = ranked.first();
    let place = ranked.iter().position(|c| c.word == word);
    if let (Some(place), Some(first)) = (place, first) {
        let own = ranked.get(place);
        if place == 0 {
            return answer(own, Fate::First, vec!["it is the plan".to_owned()]);
        }
        let because = own.map(|own| {
            let why = rank(first).why_before(&rank(own), problem);
            let mut lines = vec![format!(
                "it is optimal too, number {} of {}, but {} comes first: {why}",
                place + 1,
                ranked.len(),
                title(problem, first)
            )];
            lines.extend(differences(problem, own, first));
            lines
        });
        return answer(own, Fate::RankedLower, because.unwrap_or_default());
    }
    let detail = Detail {
        word: Some(word),
        ..Detail::default()
    };
    let mut own = front_plans(problem, tiles, detail, LABELS).unwrap_or_default();
    own.sort_by(|a, b| rank(a).compare(&rank(b)));
    if let Some(own) = own.first() {
        let better = ranked.iter().find(|r| r.objectives.dominates(&own.objectives));
        let because = better.map(|better| {
            let mut lines = vec![format!(
                "it fulfils everything, but {} is as good in every objective and better in one",
                title(problem, better)
            )];
            lines.extend(differences(problem, own, better));
            lines
        });
        return answer(Some(own), Fate::Dominated, because.unwrap_or_default());
    }
    let (near, _) = nearest_plans(problem, tiles, Aim::First(None), Some(word), LABELS);
    match near.first() {
        Some(nearest) => {
            let because = nearest.violations.iter().map(|v| v.message.clone()).collect();
            answer(Some(nearest), Fate::Rejected, because)
        }
        None => answer(None, Fate::NotRealizable, vec![uncovered(problem, word)]),
    }
}

/// Which letters no realization implements where they stand.
fn uncovered(problem: &Problem<'_>, word: &[OperatorId]) -> String {
    let catalog = problem.catalog;
    let covers = |place: usize| {
        catalog.tiles().words(catalog).any(|(tile, _)| {
            let starts = (place + 1).saturating_sub(tile.len())..=place;
            starts
                .into_iter()
                .any(|s| word.get(s..).is_some_and(|rest| rest.starts_with(tile)) && place < s + tile.len())
        })
    };
    let missing = word.iter().enumerate().filter(|(place, _)| !covers(*place));
    let missing: Vec<_> = missing.map(|(_, id)| catalog.algebra().symbol(*id)).collect();
    if missing.is_empty() {
        "no combination of realizations that can be put together covers it".to_owned()
    } else {
        format!("no realization implements {} where it stands", missing.join(", "))
    }
}
