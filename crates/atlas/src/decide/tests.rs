#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic here is a failed test")]

use stackwright_catalog::Catalog;
use stackwright_catalog::model::GuidanceData;

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
