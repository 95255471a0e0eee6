//! The command line's help and errors in the language of the user. English is what stands in the sources.

use std::env;
use std::io::Write as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args as _, Command, CommandFactory as _, FromArgMatches as _};
use stackwright::Language;
use stackwright_locale::{Locale, say};

use crate::arguments::{self, Arguments, GLOBAL, Global, Run};
use crate::language;

/// Reads the command line. The language is looked for before it is read, as help and errors are in it too.
pub fn read() -> Result<Arguments, (clap::Error, &'static Locale)> {
    let language = language::chosen(given()).unwrap_or_default();
    let locale = Locale::of(language);
    if let Some(arguments) = to_run() {
        return Ok(arguments);
    }
    let command = match language {
        Language::En => Arguments::command(),
        Language::Zh => told(Arguments::command(), locale),
    };
    let matches = command.try_get_matches().and_then(|m| Arguments::from_arg_matches(&m));
    matches.map_err(|error| (error, locale))
}

/// A command line of `run`, whose start is to take no time, read by its own options alone: describing all subcommands takes
/// longer than starting a process. What is not understood so is left to the whole description, and errors and help to it.
fn to_run() -> Option<Arguments> {
    const NAME: &str = "run";
    if env::args_os().nth(1)? != NAME {
        return None;
    }
    let run = Run::augment_args(Command::new(NAME));
    let all = Global::augment_args(Command::new("stackwright")).subcommand(run);
    let matches = all.try_get_matches().ok()?;
    Some(Arguments {
        global: Global::from_arg_matches(&matches).ok()?,
        command: arguments::Command::Run(Run::from_arg_matches(matches.subcommand_matches(NAME)?).ok()?.into()),
    })
}

/// The language of `--lang` on the command line, if it names one.
fn given() -> Option<Language> {
    const OPTION: &str = "--lang";
    let mut arguments = env::args().skip(1).take_while(|a| a != "--");
    let mut found = None;
    while let Some(argument) = arguments.next() {
        let tag = match argument.strip_prefix(OPTION) {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        found = tag.and_then(|t| Language::from_tag(&t)).or(found);
    }
    found
}

/// A command with its help in the language.
fn told(command: Command, locale: &'static Locale) -> Command {
    let text = |text: &StyledStr| locale.told(&text.to_string());
    let (about, long) = (command.get_about().map(text), command.get_long_about().map(text));
    let has_version = command.get_version().is_some();
    let mut command = command
        .mut_args(|argument| of_argument(argument, locale))
        .mut_subcommands(|c| told(c, locale))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .subcommand_help_heading(say!(locale, "help-commands"))
        .subcommand_value_name(say!(locale, "help-command"))
        .help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
            say!(locale, "help-usage")
        ));
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long) = long {
        command = command.long_about(long);
    }
    let options = say!(locale, "help-options");
    let own = |name: &'static str, short, action| {
        Arg::new(name)
            .long(name)
            .short(short)
            .action(action)
            .help_heading(options.clone())
    };
    command = command.arg(own("help", 'h', ArgAction::Help).help(locale.told("Print help")));
    if has_version {
        command = command.arg(own("version", 'V', ArgAction::Version).help(locale.told("Print version")));
    }
    command
}

fn of_argument(argument: Arg, locale: &'static Locale) -> Arg {
    let text = |text: &StyledStr| locale.told(text.to_string().trim_end_matches('.'));
    let mut notes = Vec::new();
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|v| v.to_string_lossy().into_owned())
        .collect();
    let takes_values = argument.get_action().takes_values();
    if takes_values && !defaults.is_empty() {
        notes.push(say!(locale, "help-default", values = defaults.join(", ")));
    }
    let possible: Vec<_> = argument
        .get_possible_values()
        .into_iter()
        .filter(|_| takes_values)
        .collect();
    let mut long = String::new();
    if !possible.is_empty() {
        let names: Vec<_> = possible.iter().map(|v| v.get_name().to_owned()).collect();
        notes.push(say!(locale, "help-possible", values = names.join(", ")));
        for value in &possible {
            if let Some(help) = value.get_help() {
                long += &format!("\n- {}: {}", value.get_name(), text(help));
            }
        }
    }
    let notes: String = notes.iter().map(|n| format!(" [{n}]")).collect();
    let help = argument.get_help().map(&text).unwrap_or_default();
    let more = argument.get_long_help().map_or_else(|| help.clone(), &text);
    let heading = if argument.is_positional() {
        say!(locale, "help-arguments")
    } else if argument.get_help_heading() == Some(GLOBAL) {
        say!(locale, "help-global")
    } else {
        say!(locale, "help-options")
    };
    let argument = argument
        .help(help + &notes)
        .long_help(more + &notes + &long)
        .help_heading(heading);
    if takes_values {
        argument.hide_default_value(true).hide_possible_values(true)
    } else {
        argument
    }
}

/// Says what is wrong with the command line, and gives the exit code.
pub fn report(error: &clap::Error, locale: &'static Locale) -> u8 {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    match message(error, locale).filter(|_| locale.language() != Language::En && !is_answer) {
        Some(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
        }
        None => {
            let _ = error.print();
        }
    }
    u8::try_from(error.exit_code()).unwrap_or(crate::failure::BAD_INPUT)
}

/// An error of the command line in words; `None` of kinds that have none here.
fn message(error: &clap::Error, locale: &'static Locale) -> Option<String> {
    let context = |kind| {
        error.get(kind).map(|value| match value {
            ContextValue::Strings(list) => list.join(", "),
            ContextValue::StyledStrs(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            value => value.to_string(),
        })
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UnknownArgument => say!(locale, "line-unknown", argument = argument),
        ErrorKind::InvalidSubcommand => {
            let command = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            say!(locale, "line-no-command", command = command)
        }
        ErrorKind::MissingSubcommand => say!(locale, "line-wants-command"),
        ErrorKind::MissingRequiredArgument => say!(locale, "line-missing", arguments = argument),
        ErrorKind::InvalidValue if value.is_empty() => say!(locale, "line-no-value", argument = argument),
        ErrorKind::InvalidValue => say!(locale, "line-value", value = value, argument = argument),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error)
                .map(|e| locale.told(&e.to_string()))
                .unwrap_or_default();
            say!(locale, "line-invalid", value = value, argument = argument, why = why)
        }
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            say!(locale, "line-conflict", argument = argument, other = other)
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            say!(locale, "line-number", argument = argument)
        }
        _ => return None,
    };
    let mut text = format!("{}{message}", say!(locale, "line-error"));
    let near = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    if let Some(near) = near.into_iter().find_map(context) {
        text += &format!("\n\n  {}", say!(locale, "did-you-mean", name = near));
    } else if let Some(valid) = context(ContextKind::ValidValue) {
        text += &format!("\n\n  {}", say!(locale, "help-possible", values = valid));
    }
    Some(text + "\n\n" + &say!(locale, "line-more"))
}
