//! From characters to tokens: phrases of the lexicon, numbers, and words that nobody knows.

use std::collections::BTreeMap;

use stackwright_catalog::model::{Lexicon, Placement};
use stackwright_text::quantity::Quantity;
use stackwright_text::{Span, quantity};

use super::normal::{Char, characters, is_han, is_letter};
use super::number::{self, Number};
use super::phrases::Phrases;
use crate::requirement::Comparator;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// A concept of the lexicon.
    Concept(usize),
    /// Strengthens the concept after it.
    Intensifier,
    /// Says how a quantity must stand to a bound.
    Comparator(Comparator, Placement),
    /// A number, with its unit if it has one.
    Number(Number),
    /// A bound without a number.
    Magnitude(usize),
    /// Stands between the ends of a range.
    Range,
    /// Stands before a range.
    Between,
    /// Denies what stands beside it.
    Negation(Placement),
    /// Makes a preference of its clause.
    Prefer,
    /// The same, after another preference.
    Then,
    /// Divides the text.
    Break(Level),
    /// Says nothing.
    Stop,
    /// Nobody knows.
    Unknown,
}

/// How strongly a text is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Between things of a list.
    And,
    /// Between alternatives.
    Or,
    /// Between clauses.
    Clause,
    /// Between sentences.
    Sentence,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub span: Span,
    pub role: Role,
}

/// A lexicon, ready for reading.
#[derive(Clone, Debug)]
pub(super) struct Words<'l> {
    /// The lexicon.
    pub lexicon: &'l Lexicon,
    phrases: Phrases<Role>,
    units: Phrases<usize>,
    names: BTreeMap<&'l str, usize>,
}

impl<'l> Words<'l> {
    /// Puts the phrases of a lexicon into order.
    pub fn new(lexicon: &'l Lexicon) -> Self {
        let mut phrases = Phrases::new();
        let mut add = |list: &[String], role: Role| {
            for phrase in list {
                phrases.add(phrase, role);
            }
        };
        let mut names = BTreeMap::new();
        for (i, concept) in lexicon.concepts.iter().enumerate() {
            add(&concept.phrases, Role::Concept(i));
            if let Some(name) = &concept.name {
                names.entry(name.as_str()).or_insert(i);
            }
        }
        add(&lexicon.intensifiers, Role::Intensifier);
        for comparator in &lexicon.comparators {
            if let Some(read) = Comparator::from_spelling(&comparator.comparator) {
                add(&comparator.phrases, Role::Comparator(read, comparator.place));
            }
        }
        for (i, magnitude) in lexicon.magnitudes.iter().enumerate() {
            add(&magnitude.phrases, Role::Magnitude(i));
        }
        add(&lexicon.ranges, Role::Range);
        add(&lexicon.between, Role::Between);
        for negation in &lexicon.negations {
            add(&negation.phrases, Role::Negation(negation.place));
        }
        add(&lexicon.preferences.mark, Role::Prefer);
        add(&lexicon.preferences.then, Role::Then);
        add(&lexicon.breaks.sentence, Role::Break(Level::Sentence));
        add(&lexicon.breaks.clause, Role::Break(Level::Clause));
        add(&lexicon.breaks.and, Role::Break(Level::And));
        add(&lexicon.breaks.or, Role::Break(Level::Or));
        add(&lexicon.breaks.none, Role::Stop);
        add(&lexicon.stop, Role::Stop);
        let mut units = Phrases::new();
        for (i, unit) in lexicon.units.iter().enumerate() {
            for phrase in &unit.phrases {
                units.add(phrase, i);
            }
        }
        Self {
            lexicon,
            phrases,
            units,
            names,
        }
    }

    /// The concept of that name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The name of a number's unit; a number without one has none.
    pub fn unit(&self, number: Number) -> &'l str {
        let unit = number.unit.and_then(|i| self.lexicon.units.get(i));
        unit.map_or("", |u| u.unit.as_str())
    }

    /// Divides a text into tokens. Only spaces are between them.
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        let chars = characters(text);
        let at = |i: usize| chars.get(i).map_or(text.len(), |c| c.at);
        let mut tokens = Vec::new();
        let mut i = 0;
        while let Some(c) = chars.get(i) {
            if c.folded == ' ' {
                i += 1;
                continue;
            }
            let (end, role) = self.token(&chars, i);
            tokens.push(Token {
                span: Span::new(at(i), at(end)),
                role,
            });
            i = end;
        }
        tokens
    }

    /// The longest of what can start here; a phrase rather than a number.
    fn token(&self, chars: &[Char], at: usize) -> (usize, Role) {
        let phrase = self.phrases.longest(chars, at).map(|(end, role)| (end, *role));
        let number = number::read(chars, at, &self.units)
            .filter(|(_, number)| self.is_sane(*number))
            .map(|(end, number)| (end, Role::Number(number)));
        match (phrase, number) {
            (Some(phrase), Some(number)) if number.0 > phrase.0 => number,
            (Some(phrase), _) => phrase,
            (None, Some(number)) => number,
            (None, None) => (end_of_unknown(chars, at), Role::Unknown),
        }
    }

    /// Whether the quantity can be read as those of requirement files are.
    fn is_sane(&self, number: Number) -> bool {
        let unit = self.unit(number);
        quantity::unit(unit).is_some_and(|(dimension, factor)| {
            (number.value * factor).is_finite()
                && Quantity::parse(&format!("{}{unit}", number.value), dimension).is_ok()
        })
    }
}

/// A word of letters and digits, with points inside; of Chinese and of everything else a single character.
fn end_of_unknown(chars: &[Char], at: usize) -> usize {
    let letter = |i: usize| chars.get(i).is_some_and(|c| is_letter(c.folded));
    if !letter(at) || chars.get(at).is_some_and(|c| is_han(c.folded)) {
        return at + 1;
    }
    let inner = |i: usize| chars.get(i).is_some_and(|c| matches!(c.folded, '.' | '\''));
    let mut end = at;
    while letter(end) || (inner(end) && letter(end + 1)) {
        end += 1;
    }
    end
}
