//! `explain`: diagnostic codes.

use stackwright::model::DiagnosticEntry;
use stackwright::{Diagnostic, nearest};
use stackwright_locale::say;

use crate::arguments;
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `explain`.
pub fn run(arguments: &arguments::Explain, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let entries = &catalog.data().diagnostics;
    let Some(code) = &arguments.code else {
        if output.is_json() {
            output.json(entries);
        } else {
            for entry in entries {
                output.line(format!("{:<28} {}", entry.code, title(entry, output)));
            }
        }
        return Ok(0);
    };
    let Some(entry) = catalog.diagnostic(code) else {
        let near = nearest(code, entries.iter().map(|e| e.code.as_str()));
        let locale = output.locale();
        let help = near.map_or_else(
            || say!(locale, "explain-lists-codes"),
            |name| say!(locale, "did-you-mean", name = name),
        );
        let message = say!(locale, "explain-unknown-code", code = code.as_str());
        return Err(Diagnostic::new("cli::unknown-code", message).with_help(help).into());
    };
    if output.is_json() {
        output.json(entry);
        return Ok(0);
    }
    let locale = output.locale();
    let explanation = locale.explanation(code);
    let explanation = explanation.as_deref().unwrap_or_else(|| entry.explanation.trim_end());
    output.line(format!("{}: {}\n\n{explanation}", entry.code, title(entry, output)));
    if let Some(example) = &entry.example {
        let mended = say!(locale, "explain-mended");
        let lines = example.trim_end().lines().map(|line| match line {
            "mended:" => mended.as_str(),
            line => line,
        });
        output.line(format!("\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    Ok(0)
}

/// What a code means, in the language of the user if it has it.
fn title(entry: &DiagnosticEntry, output: &Output) -> String {
    output.locale().code(&entry.code).unwrap_or_else(|| entry.title.clone())
}
