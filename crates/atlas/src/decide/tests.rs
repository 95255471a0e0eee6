#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{AuthorityKind, CellValue, GuidanceData};

use super::{Course, Decision, NoAnswer};

fn guidance() -> &'static GuidanceData {
    Catalog::builtin().unwrap().guidance().unwrap()
}

fn decided(answers: &[(&str, &[&str])]) -> Decision<'static> {
    let mut course = Course::new(guidance());
    for (question, given) in answers {
        course.answer(question, given).unwrap();
    }
    assert_eq!(course.next(), None);
    course.decision()
}

#[test]
fn questions_come_in_order_and_branches_after_their_answers() {
    let mut course = Course::new(guidance());
    let mut asked = Vec::new();
    while let Some(question) = course.next() {
        asked.push(question.id.as_str());
        let given: &[&str] = if question.several { &[] } else { &["2"] };
        course.answer(&question.id, given).unwrap();
    }
    assert_eq!(asked, ["requirements", "workload", "target", "scenario", "resources"]);
}

/// Every edge of the tree of selection, as the document draws it.
#[test]
fn every_leaf_of_the_tree_is_reached() {
    for (scenario, question, leaf, concept) in [
        ("cloud", "performance", "high-performance", "containerization"),
        ("cloud", "performance", "strong-isolation", "virtualization"),
        ("edge", "resources", "very-low-resource", "webassembly"),
        ("edge", "resources", "isolation", "sandboxing"),
        ("microservices", "communication", "governance", "service-mesh"),
        ("microservices", "communication", "fast-deployment", "containerization"),
        ("security", "protection", "hardware", "virtualization"),
        ("security", "protection", "policy", "policy-engine"),
        ("security", "protection", "least-privilege", "sandboxing"),
    ] {
        let decision = decided(&[
            ("requirements", &[]),
            ("workload", &[]),
            ("target", &[]),
            ("scenario", &[scenario]),
            (question, &[leaf]),
        ]);
        let found: Vec<_> = decision.concepts.iter().map(|o| o.concept.as_str()).collect();
        assert_eq!(found, [concept], "{scenario}, {leaf}");
    }
}

#[test]
fn concepts_are_compared_by_what_is_required() {
    let decision = decided(&[
        ("requirements", &["strong-isolation", "合规性检查"]),
        ("workload", &["a program for Linux"]),
        ("target", &["1"]),
        ("scenario", &["security"]),
        ("protection", &["hardware"]),
    ]);
    assert_eq!(decision.dimensions, ["high-security"]);
    let stars: Vec<_> = decision
        .comparison
        .iter()
        .map(|(o, s)| (o.concept.as_str(), *s))
        .collect();
    assert_eq!(stars.first(), Some(&("virtualization", 5)));
    assert_eq!(stars.last(), Some(&("containerization", 3)));
    assert_eq!(
        decision.requirement("bank", "a \"bank\""),
        "apiVersion: stackwright/v1\nkind: Requirement\nname: \"bank\"\ndescription: \"a \\\"bank\\\"\"\n\
         target: kubernetes\nworkload: { kind: linux-binary }\nconstraints:\n  isolation: { at_least: hardware }\n  \
         needs: [compliance, admission-control]\n"
    );
}

#[test]
fn what_is_no_answer_is_told_apart() {
    let mut course = Course::new(guidance());
    assert_eq!(course.answer("nothing", &[]), Err(NoAnswer::Question));
    assert!(matches!(
        course.answer("resources", &["1"]),
        Err(NoAnswer::Elsewhere(_))
    ));
    for given in ["fastest", "0", "14", "-1", ""] {
        assert!(
            matches!(course.answer("requirements", &[given]), Err(NoAnswer::Answer { .. })),
            "{given}"
        );
    }
    assert!(matches!(course.answer("scenario", &[]), Err(NoAnswer::One(_))));
    assert!(matches!(course.answer("scenario", &["1", "2"]), Err(NoAnswer::One(_))));
    assert!(course.answer("scenario", &["1", "cloud"]).is_ok());
}

// What is repeated of the documents is what the atlas has of them.

#[test]
fn quotations_and_definitions_are_those_of_the_concepts() {
    let catalog = Catalog::builtin().unwrap();
    let concepts = &catalog.atlas().unwrap().concepts;
    let mut checked = 0;
    for reference in &catalog.guidance().unwrap().references {
        let concept = concepts.iter().find(|c| c.id == reference.concept).unwrap();
        let said = (reference.said.text.as_str(), reference.said.line);
        match reference.kind {
            AuthorityKind::Encyclopedia => {
                assert_eq!(said, (concept.article.text.as_str(), concept.article.line));
                assert_eq!(reference.address, concept.article.address);
            }
            AuthorityKind::Glossary => assert_eq!(said.0, concept.definition.en),
            _ => continue,
        }
        checked += 1;
    }
    assert!(checked >= 12, "{checked}");
}

#[test]
fn stars_are_those_of_the_decision_matrix() {
    let catalog = Catalog::builtin().unwrap();
    let matrices = &catalog.claims().unwrap().matrices;
    let matrix = matrices.iter().find(|m| m.id == "decision").unwrap();
    let options = &catalog.guidance().unwrap().options;
    let mut checked = 0;
    for row in &matrix.rows {
        for (column, cell) in &row.cells {
            let CellValue::Stars(stars) = cell.value else { continue };
            let (concept, dimension) = match options.iter().find(|o| o.concept == row.subject) {
                Some(option) => (option, column.as_str()),
                None => (
                    options.iter().find(|o| o.concept == *column).unwrap(),
                    row.subject.as_str(),
                ),
            };
            assert_eq!(concept.stars[dimension], stars, "{}, {dimension}", concept.concept);
            checked += 1;
        }
    }
    assert_eq!(checked, 24);
}

/// Each edge of the drawn tree that leads to concepts is an answer with the same words and concepts.
#[test]
fn answers_are_the_edges_of_the_tree_of_selection() {
    let catalog = Catalog::builtin().unwrap();
    let questions = &catalog.guidance().unwrap().questions;
    let mut checked = 0;
    for node in &catalog.atlas().unwrap().tree {
        let Some(edge) = &node.answer else { continue };
        let mut answers = questions.iter().filter(|q| q.step > 1).flat_map(|q| &q.answers);
        let mut concepts = node.concepts.clone();
        concepts.sort();
        let found = answers.any(|a| {
            let mut own = a.concepts.clone();
            own.sort();
            a.text.zh == edge.zh && own == concepts
        });
        assert!(found, "{}: {edge:?} leads to {concepts:?}", node.id);
        checked += 1;
    }
    assert_eq!(checked, 13);
}
