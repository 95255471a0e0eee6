//! Choosing, turning and sorting, and the formats.

use stackwright_atlas::{Selection, Table, render};
use stackwright_text::Language;

use crate::atlas;

fn table(name: &str, selection: &Selection, language: Language) -> Table {
    let atlas = atlas();
    Table::of(atlas.matrix(name).unwrap(), selection, &atlas.glossary(language)).unwrap()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|n| (*n).to_owned()).collect()
}

fn subjects(table: &Table) -> Vec<&str> {
    table.rows.iter().map(|r| r.subject.id.as_str()).collect()
}

#[test]
fn rows_and_columns_are_chosen_by_either_name() {
    let selection = Selection {
        rows: names(&["沙盒化", "virtualization"]),
        columns: names(&["延迟"]),
        ..Selection::default()
    };
    let table = table("performance", &selection, Language::Zh);
    assert_eq!(subjects(&table), ["sandboxing", "virtualization"]);
    assert_eq!(table.rows[0].cells[0].text, "极低");
    assert_eq!(table.rows[1].cells.len(), 1);
}

#[test]
fn a_table_that_is_turned_twice_is_itself() {
    let turned = Selection {
        transpose: true,
        ..Selection::default()
    };
    let straight = table("performance", &Selection::default(), Language::En);
    let turned = table("performance", &turned, Language::En);
    assert_eq!(turned.rows.len(), straight.columns.len());
    for (i, row) in straight.rows.iter().enumerate() {
        for (j, cell) in row.cells.iter().enumerate() {
            assert_eq!(turned.rows[j].cells[i], *cell);
        }
    }
}

#[test]
fn rows_are_sorted_by_what_cells_mean() {
    let by = |column: &str, descending| Selection {
        sort: Some(column.to_owned()),
        descending,
        ..Selection::default()
    };
    // Numbers by size, whatever their unit: 100 ms before 1 s; words by their level; rows that tie keep their order.
    let start = table("performance", &by("startup", false), Language::En);
    let expected = [
        "webassembly",
        "sandboxing",
        "policy-engine",
        "containerization",
        "service-mesh",
        "virtualization",
    ];
    assert_eq!(subjects(&start), expected);
    let surface = table("security", &by("attack-surface", false), Language::En);
    assert_eq!(subjects(&surface)[0], "webassembly");
    let stars = table("use-cases", &by("serverless", true), Language::En);
    assert_eq!(subjects(&stars)[..2], ["webassembly", "sandboxing"]);
    // What stands outside of the order comes last, either way.
    for descending in [false, true] {
        let granularity = table("isolation", &by("granularity", descending), Language::En);
        let mut last = subjects(&granularity)[4..].to_vec();
        last.sort_unstable();
        assert_eq!(last, ["policy-engine", "service-mesh"]);
    }
}

#[test]
fn names_that_there_are_not_are_answered_with_the_nearest() {
    let atlas = atlas();
    let glossary = atlas.glossary(Language::En);
    let matrix = atlas.matrix("performance").unwrap();
    let wrong = |selection: Selection| Table::of(matrix, &selection, &glossary).unwrap_err();
    let error = wrong(Selection {
        columns: names(&["memry"]),
        ..Selection::default()
    });
    assert_eq!(error.code(), "atlas::name");
    assert!(error.help().unwrap().contains("did you mean `memory`?"), "{error:?}");
    let error = wrong(Selection {
        sort: Some("latncy".to_owned()),
        ..Selection::default()
    });
    assert!(error.help().unwrap().contains("did you mean `latency`?"), "{error:?}");
    assert!(
        atlas
            .matrix("perfomance")
            .unwrap_err()
            .help()
            .unwrap()
            .contains("`performance`")
    );
}

#[test]
fn english_and_chinese_write_the_same_values() {
    let english = table("performance", &Selection::default(), Language::En);
    let chinese = table("performance", &Selection::default(), Language::Zh);
    assert_eq!(english.rows[0].cells[0].text, "10–60 s");
    assert_eq!(chinese.rows[0].cells[0].text, "10-60秒");
    assert_eq!(english.rows[0].cells[1].text, "512 MB–4 GB");
    for (a, b) in english.rows.iter().zip(&chinese.rows) {
        for (a, b) in a.cells.iter().zip(&b.cells) {
            assert_eq!(a.value, b.value);
        }
    }
}

#[test]
fn no_english_cell_or_title_is_chinese() {
    let atlas = atlas();
    let glossary = atlas.glossary(Language::En);
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let mut findings = Vec::new();
    for matrix in &atlas.claims.matrices {
        let table = Table::of(matrix, &Selection::default(), &glossary).unwrap();
        let titles = table
            .columns
            .iter()
            .map(|c| c.title.as_str())
            .chain([table.title.as_str(), &table.head]);
        let rows = table.rows.iter().flat_map(|r| {
            let cells = r.cells.iter().map(|c| c.text.as_str());
            cells.chain([r.subject.title.as_str()])
        });
        // Titles of articles are in their own language.
        let quoted = |t: &&str| matrix.id != "wikipedia-alignment" || !chinese(t);
        findings.extend(
            titles
                .chain(rows)
                .filter(|t| chinese(t))
                .filter(quoted)
                .map(|t| format!("{}: {t}", matrix.id)),
        );
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn pages_and_pictures_escape_what_they_hold() {
    let mut table = table("performance", &Selection::default(), Language::En);
    table.rows[0].cells[0].text = "<script>\"&'</script>\u{1}".to_owned();
    table.rows[0].cells[0].address = Some("javascript:alert(1)".to_owned());
    for text in [render::html(&table), render::svg(&table)] {
        assert!(
            !text.contains("<script") && !text.contains("javascript:") && !text.contains('\u{1}'),
            "{text}"
        );
        assert!(text.contains("&lt;script&gt;&quot;&amp;&#39;"), "{text}");
    }
}

#[test]
fn cells_of_csv_are_no_formulas() {
    assert_eq!(
        render::csv_line(["=1+1", "a,b", "say \"x\"", "⭐"]),
        "'=1+1,\"a,b\",\"say \"\"x\"\"\",⭐\n"
    );
}

#[test]
fn a_range_of_one_figure_is_one_figure() {
    let atlas = atlas();
    let range = |language, ends: [&str; 2]| atlas.glossary(language).range(&ends.map(str::to_owned));
    assert_eq!(range(Language::En, ["2003", "2003"]), "2003");
    assert_eq!(range(Language::Zh, ["5 s", "5 s"]), "5秒");
    assert_eq!(range(Language::En, ["5 ms", "5 s"]), "5 ms–5 s");
    assert_eq!(range(Language::En, ["1 ms", "10 ms"]), "1–10 ms");
}
