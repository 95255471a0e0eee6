//! What the product says to people, in each of its languages.
//!
//! The strings are in `data/locale/`, one file for each language, in [Fluent](https://projectfluent.org). [`say!`] takes
//! one by its key; a test finds keys that a language lacks, that nobody uses, or whose arguments differ. JSON, codes,
//! names and the catalogue's data are not here: they are the same in every language, or carry their own translations. What
//! libraries say in sentences is translated by patterns, [`Phrases`].

mod phrases;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use stackwright_text::Language;
use unic_langid::LanguageIdentifier;

pub use phrases::{Phrases, entries, holes};

/// What a message is given: a text, or a number, which plurals follow.
pub type Value<'a> = fluent_bundle::FluentValue<'a>;

/// The messages of one language. Each is read when it is said: a command says few of them.
pub struct Locale {
    language: Language,
    messages: BTreeMap<&'static str, Message>,
}

struct Message {
    source: &'static str,
    read: OnceLock<Box<FluentBundle<FluentResource>>>,
}

static CODES: OnceLock<Locale> = OnceLock::new();
static EXPLANATIONS: OnceLock<Locale> = OnceLock::new();
static PHRASES: OnceLock<Phrases> = OnceLock::new();
static ENGLISH: OnceLock<Locale> = OnceLock::new();
static CHINESE: OnceLock<Locale> = OnceLock::new();

/// The file of a language.
pub fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../data/en.ftl"),
        Language::Zh => include_str!("../data/zh.ftl"),
    }
}

/// The file of what diagnostic codes mean in a language, if it has one.
pub fn codes(language: Language) -> Option<&'static str> {
    match language {
        Language::En => None,
        Language::Zh => Some(include_str!("../data/codes.zh.ftl")),
    }
}

/// The file of the explanations of diagnostic codes in a language, if it has one.
pub fn explanations(language: Language) -> Option<&'static str> {
    match language {
        Language::En => None,
        Language::Zh => Some(include_str!("../data/explanations.zh.ftl")),
    }
}

/// The file of what libraries say, in a language, if it has one.
pub fn patterns(language: Language) -> Option<&'static str> {
    match language {
        Language::En => None,
        Language::Zh => Some(include_str!("../data/phrases.zh.po")),
    }
}

impl Locale {
    /// The messages of a language, which are read when they are first asked for.
    pub fn of(language: Language) -> &'static Self {
        let cell = match language {
            Language::En => &ENGLISH,
            Language::Zh => &CHINESE,
        };
        cell.get_or_init(|| Self::read(language, source(language)))
    }

    fn read(language: Language, source: &'static str) -> Self {
        // A message begins with its key and ends where the next one or a comment begins.
        let begins = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#');
        let mut starts: Vec<usize> = Vec::new();
        let mut at = 0;
        for line in source.split_inclusive('\n') {
            if begins(line) {
                starts.push(at);
            }
            at += line.len();
        }
        starts.push(at);
        let pairs = starts.iter().zip(starts.iter().skip(1));
        let messages = pairs.filter_map(|(from, to)| {
            let source = source.get(*from..*to).filter(|text| !text.starts_with('#'))?;
            let read = OnceLock::new();
            Some((source.split_once('=')?.0.trim_end(), Message { source, read }))
        });
        Self {
            language,
            messages: messages.collect(),
        }
    }

    fn bundle(&self, source: &str) -> FluentBundle<FluentResource> {
        let identifier: LanguageIdentifier = self.language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // The marks would end up in files and terminals; no language here is written from right to left.
        bundle.set_use_isolating(false);
        // What can be read is used even if there is an error; tests see that there is none.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        bundle
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// What a diagnostic code means, where this language has it. English has none here: its titles are the catalogue's.
    pub fn code(&self, code: &str) -> Option<String> {
        let source = codes(self.language)?;
        CODES.get_or_init(|| Self::read(self.language, source)).of_code(code)
    }

    /// What is explained of a diagnostic code, where this language has it. English has none here, as for titles.
    pub fn explanation(&self, code: &str) -> Option<String> {
        let source = explanations(self.language)?;
        let explanations = EXPLANATIONS.get_or_init(|| Self::read(self.language, source));
        explanations.of_code(code)
    }

    fn of_code(&self, code: &str) -> Option<String> {
        let key = code.replace("::", "-");
        self.messages.contains_key(&*key).then(|| self.text(&key, &[]))
    }

    /// A sentence of a library in this language, if it is known there. It is its own English.
    pub fn translated(&self, text: &str) -> Option<String> {
        let source = patterns(self.language)?;
        PHRASES.get_or_init(|| Phrases::read(source)).translate(text)
    }

    /// A sentence of a library in this language; in English where this language does not know it.
    pub fn told(&self, text: &str) -> String {
        self.translated(text).unwrap_or_else(|| text.to_owned())
    }

    /// A message with its arguments; prefer [`say!`], whose keys and arguments are checked by a test. A key that does not
    /// exist is its own message.
    pub fn text(&self, key: &str, arguments: &[(&str, Value<'_>)]) -> String {
        let Some(message) = self.messages.get(key) else {
            return key.to_owned();
        };
        let bundle = message.read.get_or_init(|| Box::new(self.bundle(message.source)));
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        text.into_owned()
    }
}

/// A message in a language: `say!(locale, "key", name = value, …)`, where values are texts or numbers.
#[macro_export]
macro_rules! say {
    ($locale:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $locale.text($key, &[$((stringify!($name), $crate::Value::from($value))),*])
    };
}
