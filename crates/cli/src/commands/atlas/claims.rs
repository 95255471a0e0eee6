//! `atlas claims`: what documents claim, and what becomes of it.

use std::fmt::Write as _;

use serde::Serialize;
use stackwright::algebra::Extent;
use stackwright::claims::{Judgement, Verdict};
use stackwright::model::{Claim, ClaimSource, Correction, Localized};
use stackwright::{Catalog, Diagnostic, nearest};

use crate::arguments::{Claims, Format};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

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
    let answer = answer(catalog, arguments)?;
    match output.format() {
        Format::Json => output.json(&answer),
        Format::Markdown => output.text(&markdown(&answer)),
        Format::Csv => output.text(&csv(&answer)),
        _ if arguments.ids.is_empty() => overview(&answer, output),
        _ => answer.claims.iter().for_each(|claim| detail(claim, output)),
    }
    Ok(0)
}

fn answer<'a>(catalog: &'a Catalog, arguments: &Claims) -> Result<Answer<'a>, Failure> {
    let data = catalog.claims()?;
    let mut chosen: Vec<&Claim> = Vec::new();
    for id in &arguments.ids {
        let found = data.claims.iter().find(|c| c.id == *id);
        chosen.push(found.ok_or_else(|| {
            let near = nearest(id, data.claims.iter().map(|c| c.id.as_str()));
            let help = near.map_or_else(
                || "`stackwright atlas claims` lists all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Diagnostic::new("atlas::claim", format!("there is no claim `{id}`")).with_help(help)
        })?);
    }
    if arguments.ids.is_empty() {
        chosen.extend(&data.claims);
    }
    let judgements = catalog.judge(data, chosen.iter().copied());
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

/// A line for each claim, and the counts.
fn overview(answer: &Answer<'_>, output: &mut Output) {
    let width = answer.claims.iter().map(|c| c.id.len()).max().unwrap_or(0);
    for claim in &answer.claims {
        output.line(format!(
            "{:<12}  {:<width$}  {}",
            claim.verdict, claim.id, claim.text.en
        ));
    }
    let Counts {
        supported,
        contradicted,
        undetermined,
    } = answer.counts;
    output.line(format!(
        "\n{supported} supported, {contradicted} contradicted, {undetermined} undetermined; `atlas claims ID` says why"
    ));
}

fn detail(claim: &ClaimAnswer<'_>, output: &mut Output) {
    output.line(format!("{}: {}", claim.id, claim.verdict));
    output.line(format!("  {}", claim.text.en));
    output.line(format!("  {}", claim.text.zh));
    let ClaimSource {
        document,
        section,
        line,
        ..
    } = claim.source;
    output.line(format!("  {document}, section {section}, line {line}"));
    for reason in &claim.because {
        output.line(format!("  {:<9} {}", reason.kind, reason.text));
    }
    if let Some(condition) = &claim.r#where {
        output.line(format!("  {:<9} {condition}", "where"));
    }
    if let Some(correction) = claim.correction {
        output.line(format!("  {:<9} {}", "instead", correction.en));
    }
}

/// Why, on one line: the reasons that decide.
fn why(claim: &ClaimAnswer<'_>) -> String {
    let deciding = claim.because.iter().filter(|r| r.kind != "besides");
    deciding.map(|r| r.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn markdown(answer: &Answer<'_>) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut text = "| verdict | claim | text | because | instead |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for claim in &answer.claims {
        let instead = claim.correction.map_or("", |c| c.en.as_str());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            claim.verdict,
            claim.id,
            cell(&claim.text.en),
            cell(&why(claim)),
            cell(instead)
        );
    }
    text
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
