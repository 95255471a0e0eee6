//! What things are called, and how values are written, in one language.

use std::collections::BTreeMap;

use stackwright_catalog::model::{AtlasData, Cell, CellKind, CellValue, ClaimsData, Column, Localized};
use stackwright_text::Language;
use stackwright_text::quantity::number;

/// Names and spellings in one language.
#[derive(Clone, Debug)]
pub struct Glossary<'a> {
    language: Language,
    names: BTreeMap<&'a str, &'a str>,
    tell: Tell,
}

/// What puts an English sentence of a library into a language; itself, where it cannot.
pub type Tell = fn(Language, &str) -> String;

impl<'a> Glossary<'a> {
    /// The terms of matrices, and the names of concepts and things.
    pub fn new(claims: &'a ClaimsData, atlas: &'a AtlasData, language: Language) -> Self {
        let terms = claims.terms.iter().map(|t| match language {
            Language::En => (t.id.as_str(), t.en.as_str()),
            Language::Zh => (t.id.as_str(), t.zh.as_str()),
        });
        let things = atlas.things.iter().map(|t| (t.id.as_str(), t.name.get(language)));
        let concepts = atlas.concepts.iter().map(|c| (c.id.as_str(), c.name.get(language)));
        Self {
            language,
            names: terms.chain(things).chain(concepts).collect(),
            tell: |_, text| text.to_owned(),
        }
    }

    /// The same with something that puts sentences into its language. Without, they stay English.
    pub fn telling(self, tell: Tell) -> Self {
        Self { tell, ..self }
    }

    /// A sentence of a library in the language.
    pub fn told(&self, text: &str) -> String {
        (self.tell)(self.language, text)
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// What a word is called; itself, if it has no other name.
    pub fn name<'n>(&'n self, id: &'n str) -> &'n str {
        self.names.get(id).copied().unwrap_or(id)
    }

    /// A text in the language.
    pub fn text<'t>(&self, text: &'t Localized) -> &'t str {
        text.get(self.language)
    }

    /// Names as a list.
    pub fn list<'n>(&self, words: impl IntoIterator<Item = &'n str>) -> String {
        let names: Vec<_> = words.into_iter().map(|w| self.name(w).to_owned()).collect();
        names.join(match self.language {
            Language::En => ", ",
            Language::Zh => "、",
        })
    }

    /// A sentence about something: the name, what divides both, the text.
    pub fn entry(&self, name: &str, text: &str) -> String {
        match self.language {
            Language::En => format!("{name}: {text}"),
            Language::Zh => format!("{name}：{text}"),
        }
    }

    /// A cell as it is written, a link as its title.
    pub fn cell(&self, column: &Column, cell: &Cell) -> String {
        if let Some(text) = &cell.text {
            return self.text(text).to_owned();
        }
        match (&cell.value, &column.holds) {
            (CellValue::Stars(stars), _) => "⭐".repeat(usize::from(*stars)),
            (CellValue::Interval([low, high]), CellKind::Interval(unit)) => {
                self.range(&[format!("{} {unit}", number(*low)), format!("{} {unit}", number(*high))])
            }
            (CellValue::Interval([low, high]), _) => self.range(&[number(*low), number(*high)]),
            (CellValue::Range(ends), _) => self.range(ends),
            (CellValue::Graded(graded), _) => {
                let (level, range) = (self.name(&graded.level), self.range(&graded.range));
                match self.language {
                    Language::En => format!("{level} ({range})"),
                    Language::Zh => format!("{level}（{range}）"),
                }
            }
            (CellValue::Word(grades), CellKind::Grades) => format!("({grades})"),
            (CellValue::Word(word), _) => self.name(word).to_owned(),
            (CellValue::Words(words), _) if words.is_empty() => "N/A".to_owned(),
            (CellValue::Words(words), _) => self.list(words.iter().map(String::as_str)),
            (CellValue::Link(link), _) => link.title.clone(),
            (CellValue::Check(word), _) => format!("✅ {}", self.name(word)),
            (CellValue::Text, _) => String::new(),
        }
    }

    /// A range: the unit once, where both ends have the same; one figure, where they are the same.
    pub fn range(&self, ends: &[String; 2]) -> String {
        let split = |text: &str| {
            let digits = text
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(text.len());
            let (number, unit) = text.split_at(digits);
            (number.to_owned(), unit.trim().to_owned())
        };
        let ([(low, from), (high, to)], dash) = match self.language {
            Language::En => (ends.each_ref().map(|e| split(e)), "–"),
            Language::Zh => (ends.each_ref().map(|e| split(e)), "-"),
        };
        let with = |number: &str, unit: &str| match (self.language, unit) {
            (_, "" | "%") => format!("{number}{unit}"),
            (Language::En, _) => format!("{number} {unit}"),
            (Language::Zh, "s") => format!("{number}秒"),
            (Language::Zh, _) => format!("{number}{unit}"),
        };
        if (&low, &from) == (&high, &to) {
            with(&low, &from)
        } else if from == to {
            with(&format!("{low}{dash}{high}"), &to)
        } else {
            with(&low, &from) + dash + &with(&high, &to)
        }
    }
}
