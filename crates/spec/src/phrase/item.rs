//! From tokens to items: quantities with their comparators and ranges, concepts with the words that strengthen them.

use stackwright_catalog::model::{Magnitude, Placement};
use stackwright_text::quantity::{self, Dimension};

use super::number::Number;
use super::token::{Level, Role, Token, Words};
use crate::requirement::Comparator;

/// Something that the grammar works with, and the tokens it is made of.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub kind: Kind,
    /// Indices of tokens, in order.
    pub tokens: Vec<usize>,
    /// Numbers of the parts of the text it stands in.
    pub place: Position,
}

/// Numbers of the parts of a text, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Between any two breaks.
    pub segment: usize,
    /// Between breaks of clauses and sentences.
    pub clause: usize,
    /// Between breaks of sentences.
    pub sentence: usize,
}

/// What an item is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A concept of the lexicon, and whether it is strengthened.
    Concept { index: usize, strong: bool },
    /// A quantity.
    Amount(Amount),
    /// A comparator without a quantity.
    Comparator(Comparator, Placement),
    /// A negation that denies no comparator.
    Negation(Placement),
    /// A mark of preference.
    Prefer,
    /// The same, after another.
    Then,
    /// A break.
    Break(Level),
    /// Nobody knows.
    Unknown,
}

/// One or two bounds in the same dimension.
#[derive(Clone, Debug)]
pub(super) struct Amount {
    /// What it measures.
    pub dimension: Dimension,
    /// The bounds as in requirement files.
    pub bounds: Vec<AmountBound>,
}

/// A bound, of which the comparator may go without saying.
#[derive(Clone, Debug)]
pub(super) struct AmountBound {
    pub comparator: Option<Comparator>,
    /// Number and unit.
    pub quantity: String,
}

impl AmountBound {
    /// The bound as in requirement files.
    pub fn text(&self) -> String {
        format!("{}{}", self.comparator.map_or("", Comparator::symbol), self.quantity)
    }
}

impl Item {
    /// The concept, if it is one, and whether it is strengthened.
    pub fn concept(&self) -> Option<(usize, bool)> {
        match self.kind {
            Kind::Concept { index, strong } => Some((index, strong)),
            _ => None,
        }
    }
}

/// Makes items of tokens. What says nothing is left out.
pub(super) fn items(words: &Words<'_>, tokens: &[Token]) -> Vec<Item> {
    let said: Vec<usize> = (0..tokens.len())
        .filter(|i| tokens.get(*i).is_some_and(|t| t.role != Role::Stop))
        .collect();
    let mut maker = Maker {
        words,
        tokens,
        said,
        items: Vec::new(),
        place: Position::default(),
    };
    let mut at = 0;
    while at < maker.said.len() {
        at = maker.item(at);
    }
    maker.items
}

struct Maker<'a> {
    words: &'a Words<'a>,
    tokens: &'a [Token],
    /// Tokens that say something.
    said: Vec<usize>,
    items: Vec<Item>,
    place: Position,
}

impl Maker<'_> {
    fn role(&self, at: usize) -> Option<Role> {
        let token = self.said.get(at)?;
        self.tokens.get(*token).map(|t| t.role)
    }

    fn number(&self, at: usize) -> Option<Number> {
        match self.role(at)? {
            Role::Number(number) => Some(number),
            _ => None,
        }
    }

    fn push(&mut self, kind: Kind, from: usize, to: usize) {
        let tokens = self.said.get(from..to).unwrap_or_default().to_vec();
        self.items.push(Item {
            kind,
            tokens,
            place: self.place,
        });
    }

    /// Makes the item that starts at a token, and says which token comes after it.
    fn item(&mut self, at: usize) -> usize {
        let Some(role) = self.role(at) else { return at + 1 };
        let kind = match role {
            Role::Between | Role::Number(_) | Role::Magnitude(_) => {
                if let Some((amount, end)) = self.amount(at) {
                    self.with_comparator(amount, at, end);
                    return end + usize::from(self.follows(end));
                }
                return at + 1;
            }
            Role::Intensifier => match self.role(at + 1) {
                Some(Role::Concept(index)) if self.has_strong(index) => {
                    self.push(Kind::Concept { index, strong: true }, at, at + 2);
                    return at + 2;
                }
                _ => return at + 1,
            },
            Role::Range | Role::Stop => return at + 1,
            Role::Concept(index) => Kind::Concept { index, strong: false },
            Role::Comparator(comparator, place) => Kind::Comparator(comparator, place),
            Role::Negation(place) => Kind::Negation(place),
            Role::Prefer => Kind::Prefer,
            Role::Then => Kind::Then,
            Role::Break(level) => Kind::Break(level),
            Role::Unknown => Kind::Unknown,
        };
        if let Kind::Break(level) = kind {
            self.place.segment += 1;
            self.place.clause += usize::from(level >= Level::Clause);
            self.place.sentence += usize::from(level >= Level::Sentence);
        }
        self.push(kind, at, at + 1);
        at + 1
    }

    fn has_strong(&self, concept: usize) -> bool {
        self.words
            .lexicon
            .concepts
            .get(concept)
            .is_some_and(|c| c.strong.is_some())
    }

    /// A quantity or a range of two, and the token after it.
    fn amount(&self, at: usize) -> Option<(Amount, usize)> {
        if let Role::Magnitude(index) = self.role(at)? {
            let magnitude = self.words.lexicon.magnitudes.get(index)?;
            return Some((magnitude_amount(magnitude)?, at + 1));
        }
        let between = self.role(at) == Some(Role::Between);
        let first = at + usize::from(between);
        let low = self.number(first)?;
        let joined = match self.role(first + 1) {
            Some(Role::Range) => true,
            Some(Role::Break(Level::And)) => between,
            _ => false,
        };
        if joined
            && let Some(high) = self.number(first + 2)
            && let low = (Number {
                unit: low.unit.or(high.unit),
                ..low
            })
            && self.dimension(low) == self.dimension(high)
        {
            let bounds = vec![
                self.bound(low, Some(Comparator::AtLeast)),
                self.bound(high, Some(Comparator::AtMost)),
            ];
            let dimension = self.dimension(high)?;
            return Some((Amount { dimension, bounds }, first + 3));
        }
        let amount = Amount {
            dimension: self.dimension(low)?,
            bounds: vec![self.bound(low, None)],
        };
        Some((amount, first + 1))
    }

    fn dimension(&self, number: Number) -> Option<Dimension> {
        quantity::unit(self.words.unit(number)).map(|(dimension, _)| dimension)
    }

    fn bound(&self, number: Number, comparator: Option<Comparator>) -> AmountBound {
        AmountBound {
            comparator,
            quantity: format!("{}{}", number.value, self.words.unit(number)),
        }
    }

    /// Whether the token is a comparator that stands after its quantity.
    fn follows(&self, at: usize) -> bool {
        matches!(
            self.role(at),
            Some(Role::Comparator(_, Placement::After | Placement::Either))
        )
    }

    /// Adds a quantity, with the comparator before or after it and the negation before that.
    fn with_comparator(&mut self, mut amount: Amount, from: usize, to: usize) {
        let mut tokens = self.said.get(from..to).unwrap_or_default().to_vec();
        let mut comparator = None;
        if let Some(Item {
            kind: Kind::Comparator(before, Placement::Before | Placement::Either),
            tokens: own,
            ..
        }) = self.items.last()
        {
            comparator = Some(*before);
            tokens.splice(0..0, own.iter().copied());
            self.items.pop();
        }
        if self.follows(to)
            && let Some(Role::Comparator(after, _)) = self.role(to)
        {
            comparator = comparator.or(Some(after));
            tokens.extend(self.said.get(to));
        }
        if let (
            Some(found),
            Some(Item {
                kind: Kind::Negation(_),
                tokens: own,
                ..
            }),
        ) = (comparator, self.items.last())
            && let Some(opposite) = found.opposite()
        {
            comparator = Some(opposite);
            tokens.splice(0..0, own.iter().copied());
            self.items.pop();
        }
        if let [only] = amount.bounds.as_mut_slice() {
            only.comparator = comparator.or(only.comparator);
        }
        self.items.push(Item {
            kind: Kind::Amount(amount),
            tokens,
            place: self.place,
        });
    }
}

fn magnitude_amount(magnitude: &Magnitude) -> Option<Amount> {
    let text = magnitude.bound.trim();
    let number = text.find(|c: char| c.is_ascii_digit())?;
    let (comparator, quantity) = text.split_at_checked(number)?;
    let unit = quantity.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(Amount {
        dimension: quantity::unit(unit.trim()).map(|(dimension, _)| dimension)?,
        bounds: vec![AmountBound {
            comparator: Comparator::from_spelling(comparator.trim()),
            quantity: quantity.to_owned(),
        }],
    })
}
