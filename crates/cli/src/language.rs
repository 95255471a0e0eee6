//! Which language the command speaks.

use std::env;

use stackwright::{Diagnostic, Language};
use stackwright_locale::say;

use crate::failure::Failure;
use crate::output::Output;

const VARIABLE: &str = "STACKWRIGHT_LANG";

/// The language that is asked for: by the option, else by STACKWRIGHT_LANG, else by the locale of the environment, of
/// which the first variable that is set counts; a locale of another language is no reason to fail. A value of
/// STACKWRIGHT_LANG that names no language is the error.
pub fn chosen(option: Option<Language>) -> Result<Language, String> {
    let set = |name: &&str| env::var(name).ok().filter(|v| !v.is_empty());
    if let Some(language) = option {
        return Ok(language);
    }
    if let Some(tag) = set(&VARIABLE) {
        return Language::from_tag(&tag).ok_or(tag);
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set);
    Ok(locale.and_then(|l| Language::from_tag(&l)).unwrap_or_default())
}

/// Fails if STACKWRIGHT_LANG names no language.
pub fn known(chosen: Result<Language, String>, output: &Output) -> Result<(), Failure> {
    let Err(value) = chosen else { return Ok(()) };
    let locale = output.locale();
    let message = say!(locale, "unknown-language", value = value);
    Err(Diagnostic::new("cli::language", message)
        .with_help(say!(locale, "unknown-language-help"))
        .into())
}
