//! `atlas claims`: what documents claim, and what becomes of it.

use std::fmt::Write as _;

use serde::Serialize;
use stackwright::algebra::Extent;
use stackwright::atlas::Atlas;
use stackwright::claims::{Judgement, Verdict};
use stackwright::model::{Claim, ClaimSource, Correction, Localized};
use stackwright::{Catalog, Diagnostic, Language, nearest};
use stackwright_locale::{Locale, say};

use crate::arguments::{Claims, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::{Output, padded};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    claims: Vec<ClaimAnswer<'a>>,
    counts: Counts,
}

#[derive(Default, Serialize)]
struct Counts {
    supported: usize,
    contradicted: usize,
    undetermined: usize,
}

#[derive(Serialize)]
struct ClaimAnswer<'a> {
    id: &'a str,
    text: &'a Localized,
    source: &'a ClaimSource,
    verdict: &'static str,
    /// `everywhere`, `where` or `nowhere`; null where the question has no short answer.
    holds: Option<&'static str>,
    r#where: Option<String>,
    witness: Vec<WitnessAnswer>,
    because: Vec<ReasonAnswer>,
    correction: Option<&'a Correction>,
}

#[derive(Serialize)]
struct WitnessAnswer {
    word: String,
    normal_form: Option<String>,
    stack: String,
}

#[derive(Serialize)]
struct ReasonAnswer {
    kind: &'static str,
    text: String,
    evidence: Vec<String>,
}

/// Carries out `atlas claims`.
pub fn run(arguments: &Claims, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    super::fits(output, &[Format::Markdown, Format::Csv])?;
    let catalog = chosen.get(output)?;
    let answer = answer(catalog, arguments, output.locale())?;
    match output.format() {
        Format::Json => output.json(&answer),
        Format::Markdown => output.text(&markdown(&answer, output.locale())),
        Format::Csv => output.text(&csv(&answer)),
        _ if arguments.ids.is_empty() => overview(&answer, output),
        _ => answer.claims.iter().for_each(|claim| detail(claim, output)),
    }
    Ok(0)
}

fn answer<'a>(catalog: &'a Catalog, arguments: &Claims, locale: &Locale) -> Result<Answer<'a>, Failure> {
    let atlas = Atlas::new(catalog)?;
    let data = atlas.claims;
    let mut chosen: Vec<&Claim> = Vec::new();
    for id in &arguments.ids {
        let found = data.claims.iter().find(|c| c.id == *id);
        chosen.push(found.ok_or_else(|| {
            let near = nearest(id, data.claims.iter().map(|c| c.id.as_str()));
            let help = near.map_or_else(
                || say!(locale, "claims-all"),
                |near| say!(locale, "did-you-mean", name = near),
            );
            Diagnostic::new("atlas::claim", say!(locale, "claims-unknown", id = id.as_str())).with_help(help)
        })?);
    }
    if arguments.ids.is_empty() {
        chosen.extend(&data.claims);
    }
    let judgements = atlas.judge(chosen.iter().copied());
    let wanted = |j: &Judgement| arguments.verdict.is_none_or(|v| v.verdict() == j.verdict);
    let mut counts = Counts::default();
    let mut claims = Vec::new();
    for (claim, judgement) in chosen.into_iter().zip(judgements).filter(|(_, j)| wanted(j)) {
        *match judgement.verdict {
            Verdict::Supported => &mut counts.supported,
            Verdict::Contradicted => &mut counts.contradicted,
            Verdict::Undetermined => &mut counts.undetermined,
        } += 1;
        claims.push(claim_answer(claim, judgement));
    }
    Ok(Answer {
        schema: "stackwright/atlas/v1",
        claims,
        counts,
    })
}

fn claim_answer(claim: &Claim, judgement: Judgement) -> ClaimAnswer<'_> {
    let (holds, condition) = match judgement.extent {
        None => (None, None),
        Some(Extent::Everywhere) => (Some("everywhere"), None),
        Some(Extent::Where(condition)) => (Some("where"), Some(condition)),
        Some(Extent::Nowhere) => (Some("nowhere"), None),
    };
    let witness = judgement.witness.into_iter().map(|end| WitnessAnswer {
        word: end.word,
        normal_form: end.normal_form,
        stack: end.stack,
    });
    let because = judgement.because.into_iter().map(|reason| ReasonAnswer {
        kind: reason.kind.name(),
        text: reason.text,
        evidence: reason.evidence,
    });
    ClaimAnswer {
        id: &claim.id,
        text: &claim.text,
        source: &claim.source,
        verdict: judgement.verdict.name(),
        holds,
        r#where: condition,
        witness: witness.collect(),
        because: because.collect(),
        correction: claim.correction.as_ref(),
    }
}

/// A text in the language.
fn text<'t>(text: &'t Localized, locale: &Locale) -> &'t str {
    match locale.language() {
        Language::En => &text.en,
        Language::Zh => &text.zh,
    }
}

/// What a verdict is called.
fn verdict(name: &str, locale: &Locale) -> String {
    match name {
        "supported" => say!(locale, "claims-supported"),
        "contradicted" => say!(locale, "claims-contradicted"),
        _ => say!(locale, "claims-undetermined"),
    }
}

/// What a kind of reason is called.
fn kind(name: &str, locale: &Locale) -> String {
    match name {
        "law" => say!(locale, "claims-law"),
        "for" => say!(locale, "claims-for"),
        "against" => say!(locale, "claims-against"),
        "open" => say!(locale, "claims-open"),
        _ => say!(locale, "claims-besides"),
    }
}

/// A line for each claim, and the counts.
fn overview(answer: &Answer<'_>, output: &mut Output) {
    let locale = output.locale();
    let width = answer.claims.iter().map(|c| c.id.len()).max().unwrap_or(0);
    for claim in &answer.claims {
        let verdict = padded(&verdict(claim.verdict, locale), 12);
        output.line(format!("{verdict}  {:<width$}  {}", claim.id, text(claim.text, locale)));
    }
    let counts = &answer.counts;
    let counts = say!(
        locale,
        "claims-counts",
        supported = counts.supported.to_string(),
        contradicted = counts.contradicted.to_string(),
        undetermined = counts.undetermined.to_string()
    );
    output.line(format!("\n{counts}"));
}

fn detail(claim: &ClaimAnswer<'_>, output: &mut Output) {
    let locale = output.locale();
    let source = claim.source;
    let place = say!(
        locale,
        "claims-place",
        document = locale.told(&source.document),
        section = source.section.as_str(),
        line = source.line.to_string()
    );
    let reasons = claim.because.iter();
    let mut rest: Vec<(String, String)> = reasons.map(|r| (kind(r.kind, locale), locale.told(&r.text))).collect();
    if let Some(condition) = &claim.r#where {
        rest.push((say!(locale, "laws-holds-where"), locale.told(condition)));
    }
    if let Some(correction) = claim.correction {
        let instead = match locale.language() {
            Language::En => &correction.en,
            Language::Zh => &correction.zh,
        };
        rest.push((say!(locale, "align-instead"), instead.clone()));
    }
    let titles = [
        format!("{}: {}", claim.id, verdict(claim.verdict, locale)),
        format!("  {}", claim.text.en),
        format!("  {}", claim.text.zh),
        format!("  {place}"),
    ];
    titles.iter().for_each(|l| output.line(l));
    for (name, text) in rest {
        output.line(format!("  {} {text}", padded(&name, 9)));
    }
}

/// Why, on one line: the reasons that decide.
fn why(claim: &ClaimAnswer<'_>) -> String {
    let deciding = claim.because.iter().filter(|r| r.kind != "besides");
    deciding.map(|r| r.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn markdown(answer: &Answer<'_>, locale: &Locale) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut page = say!(locale, "claims-columns") + "\n| --- | --- | --- | --- | --- |\n";
    for claim in &answer.claims {
        let instead = claim.correction.map_or("", |c| match locale.language() {
            Language::En => c.en.as_str(),
            Language::Zh => c.zh.as_str(),
        });
        let deciding = claim.because.iter().filter(|r| r.kind != "besides");
        let why: Vec<_> = deciding.map(|r| locale.told(&r.text)).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            verdict(claim.verdict, locale),
            claim.id,
            cell(text(claim.text, locale)),
            cell(&why.join("; ")),
            cell(instead)
        );
    }
    page
}

fn csv(answer: &Answer<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = "id,verdict,holds,where,document,section,line,zh,en,because,instead\n".to_owned();
    for claim in &answer.claims {
        let source = claim.source;
        let fields = [
            claim.id.to_owned(),
            claim.verdict.to_owned(),
            claim.holds.unwrap_or_default().to_owned(),
            quoted(claim.r#where.as_deref().unwrap_or_default()),
            quoted(&source.document),
            quoted(&source.section),
            source.line.to_string(),
            quoted(&claim.text.zh),
            quoted(&claim.text.en),
            quoted(&why(claim)),
            quoted(claim.correction.map_or("", |c| c.en.as_str())),
        ];
        text += &fields.join(",");
        text.push('\n');
    }
    text
}
