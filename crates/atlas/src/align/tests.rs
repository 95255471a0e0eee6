#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "helpers of tests: a panic here is a failed test"
)]

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{GuidanceData, LiveForm, Reference};

use super::words::closest;
use super::{
    Alignment, Change, Ground, Page, PublicationAligner, StandardAligner, Verdict, WikipediaAligner, align, align_live,
    compare, concepts,
};

fn guidance() -> &'static GuidanceData {
    Catalog::builtin().unwrap().guidance().unwrap()
}

fn reference(id: &str) -> &'static Reference {
    guidance().references.iter().find(|r| r.id == id).unwrap()
}

fn aligned(id: &str) -> Alignment<'static> {
    align(guidance(), reference(id))
}

fn live(id: &str, status: u16, body: &str, form: LiveForm) -> Alignment<'static> {
    align_live(guidance(), reference(id), Ok(Page::read(status, body.as_bytes(), form)))
}

#[test]
fn words_are_compared_without_capitals_and_punctuation() {
    let same = compare("A sandbox, a “box”.", "a Sandbox a box");
    assert!(same.verbatim);
    assert_eq!(same.similarity, 1.0);
    let comparison = compare("x or y", "in z, x and/or y");
    assert!(!comparison.verbatim);
    assert_eq!(comparison.similarity, 2.0 * 2.0 / 8.0);
    let (left, right) = (
        |w: &str| Change::Left(w.to_owned()),
        |w: &str| Change::Right(w.to_owned()),
    );
    assert_eq!(
        comparison.changes,
        [
            right("in"),
            right("z,"),
            Change::Kept("x".to_owned()),
            left("or"),
            right("and/or"),
            Change::Kept("y".to_owned())
        ]
    );
    assert!(!compare("", "a").verbatim);
    assert_eq!(compare("", "").similarity, 1.0);
    assert_eq!(compare("沙盒隔离", "沙盒化").similarity, 2.0 * 2.0 / 7.0);
}

#[test]
fn similarity_is_symmetric_and_counts_the_longest_common_subsequence() {
    let texts = ["a b c d", "b d", "d c b a", "", "a a b", "x"];
    for a in texts {
        for b in texts {
            assert_eq!(compare(a, b).similarity, compare(b, a).similarity, "{a} / {b}");
            let kept = compare(a, b)
                .changes
                .iter()
                .filter(|c| matches!(c, Change::Kept(_)))
                .count();
            assert_eq!(kept, brute_force(a, b), "{a} / {b}");
        }
    }
}

/// The length of the longest common subsequence, by trying every subsequence of the first.
fn brute_force(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.split(' ').collect(), b.split(' ').collect());
    let is_within = |sub: &[&str]| {
        let mut rest = b.iter();
        sub.iter().all(|w| rest.any(|x| x == w))
    };
    (0..1_u32 << a.len())
        .map(|mask| {
            a.iter()
                .enumerate()
                .filter(|(i, w)| mask >> i & 1 == 1 && !w.is_empty())
                .map(|(_, w)| *w)
                .collect::<Vec<_>>()
        })
        .filter(|sub| is_within(sub))
        .map(|sub| sub.len())
        .max()
        .unwrap_or(0)
}

#[test]
fn the_passage_that_is_most_like_a_text_is_found() {
    let text = "Cats sleep. A sandbox separates running programs! Dogs bark? The end";
    assert_eq!(
        closest("sandbox separates programs", text),
        "A sandbox separates running programs!"
    );
    assert_eq!(closest("anything", ""), "");
}

#[test]
fn every_concept_has_its_article_and_every_verdict_occurs() {
    let mut seen = Vec::new();
    for concept in concepts(guidance()) {
        let articles = WikipediaAligner::new(guidance()).align(concept);
        assert_eq!(articles.len(), 1, "{concept}");
        seen.extend(articles.iter().map(|a| a.verdict));
        seen.extend(
            StandardAligner::new(guidance())
                .align(concept)
                .iter()
                .map(|a| a.verdict),
        );
        seen.extend(
            PublicationAligner::new(guidance())
                .align(concept)
                .iter()
                .map(|a| a.verdict),
        );
    }
    assert_eq!(concepts(guidance()).len(), 6);
    assert_eq!(seen.len(), guidance().references.len());
    for verdict in Verdict::ALL {
        assert!(seen.contains(&verdict), "{verdict:?}");
    }
    assert!(WikipediaAligner::new(guidance()).align("nothing").is_empty());
}

#[test]
fn what_the_document_quotes_is_found_where_it_is_from() {
    let wasm = aligned("webassembly-wikipedia");
    assert_eq!(wasm.verdict, Verdict::Drifted);
    let found: Vec<_> = wasm.found_at.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(found, ["webassembly-site"]);
    let mesh = aligned("service-mesh-wikipedia");
    assert_eq!(mesh.verdict, Verdict::Drifted);
    let found: Vec<_> = mesh.found_at.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(found, ["service-mesh-buoyant"]);
}

#[test]
fn an_article_that_does_not_exist_is_missing_and_what_there_is_is_named() {
    let article = aligned("policy-engine-wikipedia");
    assert_eq!((article.verdict, &article.ground), (Verdict::Missing, &Ground::Absent));
    let instead: Vec<_> = article.reference.instead.iter().map(|i| i.title.as_str()).collect();
    assert!(instead.contains(&"Policy-based management"), "{instead:?}");
}

#[test]
fn publications_are_corrected() {
    assert_eq!(aligned("paper-xen").verdict, Verdict::Aligned);
    let talk = aligned("paper-service-mesh");
    assert_eq!(talk.verdict, Verdict::Drifted);
    let left: Vec<_> = talk
        .comparison
        .unwrap()
        .changes
        .into_iter()
        .filter_map(|c| match c {
            Change::Left(w) => Some(w),
            _ => None,
        })
        .collect();
    assert_eq!(left, ["IEEE", "Cloud", "2019"]);
    assert_eq!(aligned("paper-linux-containers").verdict, Verdict::Drifted);
}

#[test]
fn a_link_is_aligned_if_it_leads_where_the_authority_is() {
    assert_eq!(aligned("oci-runtime-spec").verdict, Verdict::Aligned);
    assert_eq!(aligned("webassembly-spec").verdict, Verdict::Drifted);
    assert_eq!(aligned("cncf-service-mesh").verdict, Verdict::Missing);
    assert_eq!(aligned("cncf-opa").verdict, Verdict::Unverifiable);
    assert_eq!(
        live("cncf-opa", 200, "<p>OPA</p>", LiveForm::Html).verdict,
        Verdict::Aligned
    );
}

#[test]
fn what_an_address_answers_now_decides_if_it_is_asked() {
    let id = "sandboxing-wikipedia";
    let said = &reference(id).said.text;
    let snapshot = &reference(id).seen.last().unwrap().text;
    let extract = |text: &str| serde_json::json!({ "extract": text }).to_string();
    let now = live(id, 200, &extract(&format!("{said} More.")), LiveForm::Summary);
    assert_eq!((now.verdict, now.still), (Verdict::Aligned, Some(false)));
    let now = live(id, 200, &extract(snapshot), LiveForm::Summary);
    assert_eq!((now.verdict, now.still), (Verdict::Drifted, Some(true)));
    assert_eq!(live(id, 404, "", LiveForm::Summary).verdict, Verdict::Missing);
    for (status, body) in [(500, "{}"), (200, "no JSON"), (200, "{\"extract\": 1}")] {
        let now = live(id, status, body, LiveForm::Summary);
        assert_eq!(now.verdict, Verdict::Unverifiable, "{status} {body}");
    }
    let failed = align_live(guidance(), reference(id), Err("timed out".to_owned()));
    assert_eq!(failed.ground, Ground::Unreachable("timed out".to_owned()));
}

#[test]
fn pages_are_read_without_their_marks() {
    let html = "<html><head><style>p { x }</style><title>T</title></head><body><script>var a = '<p>';</script>\
                <!-- <p>no</p> --><p>A <b>safe</b>,&nbsp;low&#45;level &amp; \u{201c}fast\u{201d} format.</p><p>Next</body>";
    let text = Page::read(200, html.as_bytes(), LiveForm::Html).text;
    assert!(
        text.contains("A safe, low-level & \u{201c}fast\u{201d} format."),
        "{text}"
    );
    assert!(
        !text.contains("var a") && !text.contains("p {") && !text.contains("no"),
        "{text}"
    );
    let markdown = "# Title\n\nIn a [world](/w/) of\nlines, [two](x) links.\n\nNext [";
    let text = Page::read(200, markdown.as_bytes(), LiveForm::Text).text;
    assert!(text.contains("In a world of lines, two links. "), "{text}");
    for hostile in [
        "<",
        "<!--",
        "<script>",
        "&",
        "&#xffffffff;",
        "&#;",
        "](",
        "[a](",
        "<p",
        "\u{0}",
    ] {
        for form in [LiveForm::Html, LiveForm::Text, LiveForm::Summary] {
            let _ = Page::read(200, hostile.as_bytes(), form);
        }
    }
}
