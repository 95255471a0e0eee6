//! What the planner says to what the documents recommend.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic here is a failed test")]

use stackwright_catalog::Catalog;

use super::Agreement;

#[test]
fn every_recommendation_is_planned_or_it_is_said_why_not() {
    let catalog = Catalog::builtin().unwrap();
    let atlas = catalog.atlas().unwrap();
    let domains = atlas.domains.iter().map(|d| (&d.id, &d.ask));
    let practices = atlas.practices.iter().filter_map(|p| Some((&p.id, p.ask.as_ref()?)));
    let studies = atlas.studies.iter().map(|s| (&s.id, &s.ask));
    let mut asked = 0;
    for (id, ask) in domains.chain(practices).chain(studies) {
        let agreement = Agreement::of(catalog, ask).unwrap();
        assert_eq!(agreement.recommended.len(), ask.words.len(), "{id}");
        for stack in &agreement.recommended {
            let said = if stack.agrees { "agrees" } else { "disagrees" };
            eprintln!(
                "{id}: {said} on {}, plans {}; {:?}",
                stack.word,
                agreement.plans.join(", "),
                stack.because
            );
            assert!(
                stack.agrees || !stack.because.is_empty(),
                "{id}: {} without a reason",
                stack.word
            );
        }
        asked += 1;
    }
    assert_eq!(asked, 11);
}
