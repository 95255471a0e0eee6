//! Pictures can be read: no text meets another, and every text is inside of the picture and of its box.

use stackwright_atlas::render::measure;
use stackwright_atlas::{Glossary, Selection, Table, draw, export, mindmap, render};
use stackwright_catalog::model::RelationKind;
use stackwright_text::Language;

use crate::atlas;

/// A place in a picture: left, top, right, bottom.
type Place = [i64; 4];

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn number(tag: &str, name: &str) -> i64 {
    attribute(tag, name).unwrap().parse().unwrap()
}

fn plain(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Texts with their places, and boxes.
fn parts(svg: &str) -> (Vec<(String, Place)>, Vec<Place>) {
    let mut texts = Vec::new();
    for part in svg.split("<text").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        let (text, _) = rest.split_once("</text>").unwrap();
        let size = attribute(tag, "font-size").map_or(14, |s| s.parse().unwrap());
        let bold = attribute(tag, "font-weight") == Some("bold");
        let text = plain(text);
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        let width = i64::try_from(measure::width(&text, size, bold)).unwrap();
        let size = i64::try_from(size).unwrap();
        texts.push((text, [x, y - size * 8 / 10, x + width, y + size / 5]));
    }
    let boxes = svg.split("<rect x").skip(1).map(|part| {
        let tag = format!(" x{}", part.split_once('>').unwrap().0);
        let (x, y) = (number(&tag, "x"), number(&tag, "y"));
        [x, y, x + number(&tag, "width"), y + number(&tag, "height")]
    });
    (texts, boxes.collect())
}

fn meet(a: &Place, b: &Place) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn check(name: &str, svg: &str, findings: &mut Vec<String>) {
    let (texts, boxes) = parts(svg);
    assert!(!texts.is_empty(), "{name}");
    let (_, size) = svg.split_once("viewBox=\"0 0 ").unwrap();
    let size: Vec<i64> = size
        .split_once('"')
        .unwrap()
        .0
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    for (index, (text, place)) in texts.iter().enumerate() {
        if place[0] < 0 || place[1] < 0 || place[2] > size[0] || place[3] > size[1] {
            findings.push(format!("{name}: `{text}` leaves the picture"));
        }
        for (other, there) in &texts[index + 1..] {
            if meet(place, there) {
                findings.push(format!("{name}: `{text}` meets `{other}`"));
            }
        }
        for within in &boxes {
            let is_inside =
                within[0] <= place[0] && place[2] <= within[2] && within[1] <= place[1] && place[3] <= within[3];
            if meet(place, within) && !is_inside {
                findings.push(format!("{name}: `{text}` leaves its box"));
            }
        }
    }
    for (index, one) in boxes.iter().enumerate() {
        if boxes[index + 1..].iter().any(|other| meet(one, other)) {
            findings.push(format!("{name}: boxes meet"));
        }
    }
}

#[test]
fn no_two_texts_of_a_picture_meet() {
    let atlas = atlas();
    let mut findings = Vec::new();
    let mut pictures = 0;
    for language in Language::ALL {
        let glossary: Glossary<'_> = atlas.glossary(*language);
        let mut look = |name: String, svg: &str| {
            pictures += 1;
            check(&format!("{language}/{name}"), svg, &mut findings);
        };
        for kind in RelationKind::ALL {
            look(kind.name().to_owned(), &draw::svg(&atlas.relations(&[kind]), &glossary));
        }
        look(
            "all".to_owned(),
            &draw::svg(&atlas.relations(&RelationKind::ALL), &glossary),
        );
        look("concepts".to_owned(), &mindmap::concepts_svg(&atlas, &glossary));
        look("selection".to_owned(), &mindmap::selection_svg(&atlas, &glossary));
        for matrix in &atlas.claims.matrices {
            for transpose in [false, true] {
                let selection = Selection {
                    transpose,
                    ..Selection::default()
                };
                let table = Table::of(matrix, &selection, &glossary).unwrap();
                look(matrix.id.clone(), &render::svg(&table));
            }
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(pictures > 100, "{pictures}");
}

#[test]
fn lines_are_wrapped_where_words_end() {
    let lines = measure::wrapped("one two three four", 14, false, 70);
    assert_eq!(lines.join(" "), "one two three four");
    assert!(
        lines.len() > 1 && lines.iter().all(|l| measure::width(l, 14, false) <= 70),
        "{lines:?}"
    );
    let chinese = measure::wrapped("硬件级隔离、加密与身份认证", 14, false, 60);
    assert_eq!(chinese.concat(), "硬件级隔离、加密与身份认证");
    assert!(chinese.iter().all(|l| !l.starts_with('、')), "{chinese:?}");
    assert_eq!(measure::wrapped("", 14, false, 60), [""]);
}

/// A page can be read by a screen reader, in its language, in the dark, and fetches nothing.
#[test]
fn pages_are_accessible_and_whole() {
    let files = export::files(&atlas(), |_, text| text.to_owned()).unwrap();
    let mut pages = 0;
    for (path, page) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        pages += 1;
        let language = path.split('/').next().unwrap();
        assert!(
            page.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\">")),
            "{path}"
        );
        assert!(
            page.contains("<meta charset=\"utf-8\">") && page.contains("<title>"),
            "{path}"
        );
        assert!(page.contains("prefers-color-scheme: dark"), "{path}");
        for fetched in ["<script", "<link", "<img", "@import", "url(http", " src=", "<iframe"] {
            assert!(!page.contains(fetched), "{path} has {fetched}");
        }
        let count = |what: &str| page.matches(what).count();
        assert_eq!(count("<table "), count("<caption>"), "{path}");
        assert!(
            count("<th scope=\"col\">") > 0 && count("<th scope=\"row\">") > 0,
            "{path}"
        );
        assert_eq!(count("<table "), count("</table>"), "{path}");
        // One first heading, and none is skipped on the way down.
        let mut last = 1;
        for part in page.split("<h").skip(1) {
            let Some(level) = part.chars().next().and_then(|c| c.to_digit(10)) else {
                continue;
            };
            assert!(level <= last + 1, "{path}: h{level} after h{last}");
            last = level;
        }
        assert!(count("<h1>") <= 1, "{path}");
    }
    assert!(pages > 40, "{pages}");
}
