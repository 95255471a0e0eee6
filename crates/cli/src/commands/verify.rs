//! `verify`: whether documents are what they say.

use stackwright::verify::{self, Severity, Verification};
use stackwright_locale::say;

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::{Failure, NO};
use crate::output::{Output, padded};

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
    let locale = output.locale();
    if let Some(planned) = &verification.planned {
        let label = padded(&say!(locale, "verify-planned"), 7);
        output.line(format!("{label} {}", planned.join("∘")));
    }
    for found in &verification.found {
        let label = padded(&say!(locale, "verify-found"), 7);
        output.line(format!("{label} {}  {}", found.display, found.r#where));
    }
    for finding in &verification.findings {
        let severity = match finding.severity {
            Severity::Error => say!(locale, "error"),
            Severity::Warning => say!(locale, "warning"),
            Severity::Info => say!(locale, "note"),
        };
        output.line(format!(
            "{severity}: {}: {}",
            finding.r#where,
            locale.told(&finding.what)
        ));
    }
    let mutants = match verification.mutants_refused {
        0 => String::new(),
        count => format!(", {}", say!(locale, "verify-mutants", count = count)),
    };
    let cases = match verification.cases {
        0 => String::new(),
        count => format!(", {}", say!(locale, "verify-cases", count = count)),
    };
    let verdict = if verification.ok {
        say!(locale, "verify-ok")
    } else {
        say!(locale, "verify-not-ok")
    };
    let documents = say!(locale, "verify-documents", count = verification.documents);
    output.line(format!("{verdict}: {documents}{mutants}{cases}"));
}
