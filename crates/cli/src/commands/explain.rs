//! `explain`: diagnostic codes.

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
                output.line(format!("{:<28} {}", entry.code, entry.title));
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
    output.line(format!(
        "{}: {}\n\n{}",
        entry.code,
        entry.title,
        entry.explanation.trim_end()
    ));
    if let Some(example) = &entry.example {
        output.line(format!("\n{}", example.trim_end()));
    }
    Ok(0)
}
