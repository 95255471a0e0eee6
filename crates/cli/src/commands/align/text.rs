//! Alignments for people: an overview, details, Markdown and CSV.

use stackwright::atlas::align::{Alignment, Ground, Verdict};
use stackwright::model::{Basis, GuidanceData, Project, Reference, Snapshot};
use stackwright_locale::{Locale, say};

use super::{Counts, difference};
use crate::output::{Output, padded};

fn verdict(verdict: Verdict, locale: &Locale) -> String {
    match verdict {
        Verdict::Aligned => say!(locale, "align-aligned"),
        Verdict::Drifted => say!(locale, "align-drifted"),
        Verdict::Missing => say!(locale, "align-missing"),
        Verdict::Unverifiable => say!(locale, "align-unverifiable"),
    }
}

fn basis(basis: Basis, locale: &Locale) -> String {
    match basis {
        Basis::Quotation => say!(locale, "align-quotation"),
        Basis::Definition => say!(locale, "align-definition"),
        Basis::Citation => say!(locale, "align-citation"),
        Basis::Link => say!(locale, "align-link"),
    }
}

fn similarity(alignment: &Alignment<'_>) -> String {
    let comparison = alignment.comparison.as_ref();
    comparison.map_or_else(String::new, |c| format!("{:.2}", c.similarity))
}

/// A line for each reference, by concept, and the counts.
pub fn overview(alignments: &[Alignment<'_>], guidance: &GuidanceData, output: &mut Output) {
    let locale = output.locale();
    let mut last = "";
    for alignment in alignments {
        let reference = alignment.reference;
        if reference.concept != last {
            let option = guidance.options.iter().find(|o| o.concept == reference.concept);
            let called = option.map(|o| o.name.get(locale.language()));
            let called = called
                .filter(|name| *name != reference.concept)
                .map(|name| format!("  {name}"));
            let break_before = if last.is_empty() { "" } else { "\n" };
            output.line(format!(
                "{break_before}{}{}",
                reference.concept,
                called.unwrap_or_default()
            ));
            last = &reference.concept;
        }
        output.line(format!(
            "  {}  {:<4}  {}  {}: {}",
            padded(&verdict(alignment.verdict, locale), 12),
            similarity(alignment),
            padded(&basis(reference.said.as_a, locale), 10),
            reference.authority,
            reference.title
        ));
    }
    let Counts {
        aligned,
        drifted,
        missing,
        unverifiable,
    } = Counts::of(alignments);
    let counts = say!(
        locale,
        "align-counts",
        aligned = aligned,
        drifted = drifted,
        missing = missing,
        unverifiable = unverifiable
    );
    output.line(format!("\n{counts}"));
}

/// All that is known of each reference.
pub fn details(alignments: &[Alignment<'_>], projects: &[&Project], output: &mut Output) {
    let locale = output.locale();
    for alignment in alignments {
        let reference = alignment.reference;
        let Reference {
            id, authority, title, ..
        } = reference;
        output.line(format!(
            "{}  {authority}: {title}  ({id})",
            verdict(alignment.verdict, locale)
        ));
        for (label, what) in rows(alignment, locale) {
            output.line(format!("  {}  {what}", padded(&label, 10)));
        }
        output.line("");
    }
    if !projects.is_empty() {
        output.line(say!(locale, "align-projects"));
        for project in projects {
            let since = project.since.as_ref().map_or_else(String::new, |since| {
                format!(" {}", say!(locale, "align-since", date = since.as_str()))
            });
            let source = say!(
                locale,
                "align-as-of-source",
                date = project.as_of.as_str(),
                source = project.source.title.as_str(),
                address = project.source.address.as_str()
            );
            let maturity = format!("{} {}", project.foundation, project.maturity);
            output.line(format!("  {:<18} {maturity}{since}  ({source})", project.name));
        }
    }
}

fn rows(alignment: &Alignment<'_>, locale: &Locale) -> Vec<(String, String)> {
    let reference = alignment.reference;
    let language = locale.language();
    let said = &reference.said;
    let place = say!(
        locale,
        "align-place",
        basis = basis(said.as_a, locale),
        document = said.document.as_str(),
        line = said.line.to_string()
    );
    let mut rows = vec![(say!(locale, "align-said"), format!("{}  ({place})", said.text))];
    let found = say!(locale, "align-found");
    rows.push(match &alignment.ground {
        Ground::Snapshot(snapshot) => (
            found,
            format!("{}  ({})", snapshot.text, origin(snapshot, reference, locale)),
        ),
        Ground::Live { passage } => (found, format!("{passage}  ({})", say!(locale, "align-now"))),
        Ground::Gone { status } => (found, say!(locale, "align-gone", status = status.to_string())),
        Ground::Absent => {
            let absent = reference.absent.as_ref();
            (found, absent.map_or_else(String::new, |a| a.get(language).to_owned()))
        }
        Ground::Unseen => (found, say!(locale, "align-unseen")),
        Ground::Unreachable(why) => (found, say!(locale, "align-unreachable", why = why.as_str())),
    });
    if let Some(comparison) = &alignment.comparison
        && alignment.verdict == Verdict::Drifted
    {
        rows.push((say!(locale, "align-difference"), difference(&comparison.changes)));
        rows.push((
            say!(locale, "align-similarity"),
            format!("{:.2}", comparison.similarity),
        ));
    }
    if let Some(still) = alignment.still {
        let what = if still {
            say!(locale, "align-still")
        } else {
            say!(locale, "align-no-longer")
        };
        rows.push((say!(locale, "align-snapshot"), what));
    }
    for other in &alignment.found_at {
        let what = format!("{}: {}  ({})", other.authority, other.title, other.id);
        rows.push((say!(locale, "align-words-of"), what));
    }
    rows.push((say!(locale, "align-address"), reference.address.clone()));
    for instead in &reference.instead {
        let what = instead.what.as_ref().map(|w| format!(": {}", w.get(language)));
        let what = format!("{}{}  {}", instead.title, what.unwrap_or_default(), instead.address);
        rows.push((say!(locale, "align-instead"), what));
    }
    for release in &reference.releases {
        let what = format!("{}  {}, {}", release.version, release.status, release.date);
        let source = format!("({}, {})", release.source.title, release.source.address);
        rows.push((say!(locale, "align-version"), format!("{what}  {source}")));
    }
    if let Some(note) = &reference.note {
        rows.push((say!(locale, "align-note"), note.get(language).to_owned()));
    }
    rows
}

/// Where a snapshot is from.
fn origin(snapshot: &Snapshot, reference: &Reference, locale: &Locale) -> String {
    let as_of = snapshot.as_of.as_ref().map_or_else(
        || say!(locale, "align-undated"),
        |date| say!(locale, "align-as-of", date = date.as_str()),
    );
    let read = say!(
        locale,
        "align-read",
        date = snapshot.read.as_str(),
        copy = snapshot.copy.as_str()
    );
    let hash = snapshot.sha256.get(..12).unwrap_or(&snapshot.sha256);
    format!("{as_of}; {read}; {}; sha256 {hash}…", reference.licence)
}

/// A table for documents.
pub fn markdown(alignments: &[Alignment<'_>], locale: &Locale) -> String {
    let mut text = format!(
        "| {} | {} | {} | {} | {} |\n| --- | --- | --- | --- | --- |\n",
        say!(locale, "align-concept"),
        say!(locale, "align-authority"),
        say!(locale, "align-title"),
        say!(locale, "align-verdict"),
        say!(locale, "align-similarity"),
    );
    for alignment in alignments {
        let reference = alignment.reference;
        text += &format!(
            "| {} | {} | [{}]({}) | {} | {} |\n",
            reference.concept,
            reference.authority,
            reference.title.replace('|', "\\|"),
            reference.address,
            verdict(alignment.verdict, locale),
            similarity(alignment)
        );
    }
    text
}

/// For spreadsheets; the same in every language.
pub fn csv(alignments: &[Alignment<'_>]) -> String {
    let field = |text: &str| {
        if text.contains(['"', ',', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut text = "concept,id,kind,authority,title,address,verdict,similarity,difference\n".to_owned();
    for alignment in alignments {
        let reference = alignment.reference;
        let changes = alignment.comparison.as_ref().map(|c| difference(&c.changes));
        let fields = [
            field(&reference.concept),
            field(&reference.id),
            reference.kind.name().to_owned(),
            field(&reference.authority),
            field(&reference.title),
            field(&reference.address),
            alignment.verdict.name().to_owned(),
            similarity(alignment),
            field(&changes.unwrap_or_default()),
        ];
        text += &fields.join(",");
        text.push('\n');
    }
    text
}
