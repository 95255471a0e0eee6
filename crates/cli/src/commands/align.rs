//! `atlas align`: what documents say of authorities, beside what these say.

mod text;

use std::time::Duration;

use serde::Serialize;
use stackwright::atlas::align::{
    Alignment, Change, Ground, Page, PublicationAligner, StandardAligner, Verdict, WikipediaAligner, align_live,
    concepts,
};
use stackwright::model::{GuidanceData, Instead, Localized, Project, Reference, Release, Said, Snapshot};
use stackwright::quantity::{Dimension, Quantity};
use stackwright::{Diagnostic, FetchLimits, fetch, nearest};
use stackwright_locale::say;

use crate::arguments::{self, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    /// How similarity is computed.
    similarity: &'static str,
    live: bool,
    references: Vec<ReferenceAnswer<'a>>,
    projects: Vec<&'a Project>,
    counts: Counts,
}

#[derive(Serialize)]
struct Counts {
    aligned: usize,
    drifted: usize,
    missing: usize,
    unverifiable: usize,
}

impl Counts {
    fn of(alignments: &[Alignment<'_>]) -> Self {
        let count = |verdict| alignments.iter().filter(|a| a.verdict == verdict).count();
        Self {
            aligned: count(Verdict::Aligned),
            drifted: count(Verdict::Drifted),
            missing: count(Verdict::Missing),
            unverifiable: count(Verdict::Unverifiable),
        }
    }
}

#[derive(Serialize)]
struct ReferenceAnswer<'a> {
    id: &'a str,
    concept: &'a str,
    kind: &'static str,
    authority: &'a str,
    title: &'a str,
    address: &'a str,
    licence: &'a str,
    verdict: &'static str,
    similarity: Option<f64>,
    difference: Option<String>,
    said: &'a Said,
    /// What the verdict rests on: `snapshot`, `live`, `gone`, `absent`, `unseen` or `unreachable`.
    ground: &'static str,
    /// The last snapshot, also where the authority was looked up.
    snapshot: Option<&'a Snapshot>,
    /// What the authority says now.
    live: Option<String>,
    still: Option<bool>,
    because: Option<String>,
    found_at: Vec<&'a str>,
    instead: &'a [Instead],
    releases: &'a [Release],
    note: Option<&'a Localized>,
}

const SIMILARITY: &str =
    "2·L/(a+b): L is the length of the longest common subsequence of words, a and b are the numbers of words";

/// Carries out `atlas align`.
pub fn run(arguments: &arguments::Align, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let guidance = catalog.guidance()?;
    let wanted = match &arguments.concept {
        Some(name) => vec![concept(guidance, name, output)?],
        None => concepts(guidance),
    };
    let mut alignments = Vec::new();
    let mut projects: Vec<&Project> = Vec::new();
    for concept in wanted {
        alignments.extend(WikipediaAligner::new(guidance).align(concept));
        let standards = StandardAligner::new(guidance);
        alignments.extend(standards.align(concept));
        alignments.extend(PublicationAligner::new(guidance).align(concept));
        for project in standards.projects(concept) {
            if !projects.iter().any(|p| p.id == project.id) {
                projects.push(project);
            }
        }
    }
    if arguments.live {
        let time = time_limit(&arguments.time_limit)?;
        for alignment in &mut alignments {
            if let Some(answer) = look_up(alignment.reference, time, output) {
                *alignment = align_live(guidance, alignment.reference, answer);
            }
        }
    }
    let locale = output.locale();
    match output.format() {
        Format::Json => output.json(&Answer {
            schema: "stackwright/atlas-align/v1",
            similarity: SIMILARITY,
            live: arguments.live,
            references: alignments.iter().map(answer).collect(),
            projects,
            counts: Counts::of(&alignments),
        }),
        Format::Markdown => output.text(&text::markdown(&alignments, locale)),
        Format::Csv => output.text(&text::csv(&alignments)),
        _ if arguments.concept.is_some() => text::details(&alignments, &projects, output),
        _ => text::overview(&alignments, guidance, output),
    }
    Ok(0)
}

/// The concept of that name: its own name, or what it is called in a language.
fn concept<'a>(guidance: &'a GuidanceData, name: &str, output: &Output) -> Result<&'a str, Diagnostic> {
    let wanted = name.trim().to_lowercase().replace(['_', ' '], "-");
    let known = concepts(guidance);
    let called = |concept: &&&str| {
        let mut options = guidance.options.iter().filter(|o| o.concept == **concept);
        options.any(|o| {
            [&o.name.en, &o.name.zh]
                .iter()
                .any(|n| n.to_lowercase().replace(' ', "-") == wanted)
        })
    };
    if let Some(found) = known
        .iter()
        .find(|c| ***c == wanted)
        .or_else(|| known.iter().find(called))
    {
        return Ok(found);
    }
    let locale = output.locale();
    let help = nearest(&wanted, known.iter().copied()).map_or_else(
        || say!(locale, "align-concepts", names = known.join(", ")),
        |near| say!(locale, "did-you-mean", name = near),
    );
    Err(Diagnostic::new("align::concept", say!(locale, "align-unknown-concept", name = name)).with_help(help))
}

fn time_limit(text: &str) -> Result<Duration, Diagnostic> {
    let time = Quantity::parse(text, Dimension::Time).map_err(|error| {
        let diagnostic = Diagnostic::new(error.code(), format!("--time-limit: {error}"));
        match error.help() {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    })?;
    // A quantity of time is in milliseconds; a day is longer than anybody waits.
    Ok(Duration::from_secs_f64((time.value / 1000.0).clamp(0.001, 86400.0)))
}

/// What the address of a reference answers, if it has one.
fn look_up(reference: &Reference, time: Duration, output: &mut Output) -> Option<Result<Page, String>> {
    let live = reference.live.as_ref()?;
    let locale = output.locale();
    output.note(&say!(locale, "align-looking", address = live.address.as_str()));
    let limits = FetchLimits {
        time,
        ..FetchLimits::default()
    };
    let fetched = fetch(&live.address, limits).map_err(|error| error.to_string());
    Some(fetched.map(|f| Page::read(f.status, &f.body, live.form)))
}

fn answer<'a>(alignment: &'a Alignment<'a>) -> ReferenceAnswer<'a> {
    let reference = alignment.reference;
    let (ground, live, because) = match &alignment.ground {
        Ground::Snapshot(_) => ("snapshot", None, None),
        Ground::Live { passage } => ("live", Some(passage.clone()), None),
        Ground::Gone { status } => ("gone", None, Some(format!("HTTP {status}"))),
        Ground::Absent => ("absent", None, reference.absent.as_ref().map(|a| a.en.clone())),
        Ground::Unseen => ("unseen", None, None),
        Ground::Unreachable(why) => ("unreachable", None, Some(why.clone())),
    };
    ReferenceAnswer {
        id: &reference.id,
        concept: &reference.concept,
        kind: reference.kind.name(),
        authority: &reference.authority,
        title: &reference.title,
        address: &reference.address,
        licence: &reference.licence,
        verdict: alignment.verdict.name(),
        similarity: alignment.comparison.as_ref().map(|c| rounded(c.similarity)),
        difference: alignment.comparison.as_ref().map(|c| difference(&c.changes)),
        said: &reference.said,
        ground,
        snapshot: reference.seen.last(),
        live,
        still: alignment.still,
        because,
        found_at: alignment.found_at.iter().map(|r| r.id.as_str()).collect(),
        instead: &reference.instead,
        releases: &reference.releases,
        note: reference.note.as_ref(),
    }
}

/// To three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Words with `[-…-]` around those that only the document has, and `{+…+}` around those that only the authority has.
fn difference(changes: &[Change]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut open: Option<bool> = None;
    let close = |open: &mut Option<bool>, parts: &mut Vec<String>| {
        if let (Some(left), Some(last)) = (open.take(), parts.last_mut()) {
            last.push_str(if left { "-]" } else { "+}" });
        }
    };
    for change in changes {
        let (kind, word) = match change {
            Change::Kept(word) => (None, word),
            Change::Left(word) => (Some(true), word),
            Change::Right(word) => (Some(false), word),
        };
        if kind != open {
            close(&mut open, &mut parts);
        }
        let opening = match kind {
            Some(true) if open.is_none() => "[-",
            Some(false) if open.is_none() => "{+",
            _ => "",
        };
        parts.push(format!("{opening}{word}"));
        open = kind;
    }
    close(&mut open, &mut parts);
    parts.join(" ")
}
