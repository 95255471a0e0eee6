//! `verify`: whether documents are what they say.

use stackwright::verify::{self, Severity, Verification};

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::Output;

/// Carries out `verify`.
pub fn run(arguments: &arguments::Verify, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let options = verify::Options {
        schemas: arguments.schemas.clone(),
        kubernetes: arguments.kubernetes.clone(),
    };
    let verification = verify::verify(&arguments.folder, catalog, &options)?;
    if output.is_json() {
        output.json(&verification);
    } else {
        text(&verification, output);
    }
    Ok(if verification.ok { 0 } else { NO })
}

fn text(verification: &Verification, output: &mut Output) {
    if let Some(planned) = &verification.planned {
        output.line(format!("planned {}", planned.join("∘")));
    }
    for found in &verification.found {
        output.line(format!("found   {}  {}", found.display, found.r#where));
    }
    for finding in &verification.findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        output.line(format!("{severity}: {}: {}", finding.r#where, finding.what));
    }
    let mutants = match verification.mutants_refused {
        0 => String::new(),
        n => format!(", {n} mutants refused"),
    };
    let verdict = if verification.ok { "ok" } else { "not ok" };
    output.line(format!(
        "{verdict}: {} documents checked{mutants}",
        verification.documents
    ));
}
