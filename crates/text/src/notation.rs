//! Reading and writing plain words quickly, for streams of them.
//!
//! Plain words are symbols with separators between them, without parentheses, powers and full-width forms: nearly all
//! that is ever written. [`Notation::read`] takes only what it is sure of and leaves everything else, mistakes included,
//! to [`expression::parse`](crate::expression::parse), which it must agree with.

use stackwright_algebra::{Algebra, OperatorId};

use crate::expression::{MAX_LETTERS, is_separator};

/// Symbols of up to so many bytes are found by a table.
const KEY_BYTES: usize = 8;

/// The two separators that documents use, `∘` and `→`, in UTF-8.
const COMPOSED: &[u8] = "∘".as_bytes();
const ARROW: &[u8] = "→".as_bytes();

/// What a byte can be in a plain word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter or an underscore, with which a symbol begins.
    Start,
    /// A digit, with which a symbol can go on.
    Digit,
    /// A separator by itself.
    Separator,
    /// `-` or `=`, which an arrow begins with.
    Shaft,
    /// The first byte of a character of several.
    Wide,
    /// Anything else.
    Other,
}

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        let class = &mut classes[byte];
        #[allow(clippy::cast_possible_truncation, reason = "below 256")]
        let byte_value = byte as u8;
        *class = match byte_value {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Start,
            b'0'..=b'9' => Class::Digit,
            b' ' | b'\t'..=b'\r' | b',' | b';' | b'>' | b'+' | b'.' => Class::Separator,
            b'-' | b'=' => Class::Shaft,
            0x80.. => Class::Wide,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
}

/// The symbols of an algebra, for reading and writing words.
#[derive(Clone, Debug)]
pub struct Notation {
    /// Symbols by their bytes, in a table with open addressing. The number of places is a power of two.
    table: Vec<(u64, OperatorId)>,
    /// How far to the right a hash is shifted to give a place.
    shift: u32,
    /// The symbol of each operator with `∘` before it.
    joined: Vec<String>,
}

impl Notation {
    /// The notation of an algebra.
    pub fn new(algebra: &Algebra) -> Self {
        let bits = (4 * algebra.operators().len())
            .next_power_of_two()
            .trailing_zeros()
            .max(1);
        let mut notation = Self {
            table: vec![(0, OperatorId::default()); 1 << bits],
            shift: u64::BITS - bits,
            joined: algebra.operators().iter().map(|o| format!("∘{}", o.symbol)).collect(),
        };
        for id in algebra.ids() {
            let symbol = algebra.symbol(id).as_bytes();
            if (1..=KEY_BYTES).contains(&symbol.len()) {
                let key = symbol.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte));
                let free = notation
                    .places(key)
                    .find(|(_, (taken, _))| *taken == 0)
                    .map(|(place, _)| place);
                if let Some(entry) = free.and_then(|place| notation.table.get_mut(place)) {
                    *entry = (key, id);
                }
            }
        }
        notation
    }

    /// Where a symbol could be, in the order of looking.
    fn places(&self, key: u64) -> impl Iterator<Item = (usize, (u64, OperatorId))> {
        // Multiplicative hashing: 2⁶⁴ divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
        let first = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize;
        let mask = self.table.len() - 1;
        (0..=mask).map_while(move |step| {
            let place = (first + step) & mask;
            Some((place, *self.table.get(place)?))
        })
    }

    fn find(&self, key: u64) -> Option<OperatorId> {
        self.places(key)
            .map(|(_, entry)| entry)
            .take_while(|(found, _)| *found != 0)
            .find(|(found, _)| *found == key)
            .map(|(_, id)| id)
    }

    /// Reads a plain word into `out`. `None` if it is not one; `out` then holds what was read so far.
    pub fn read(&self, text: &str, out: &mut Vec<OperatorId>) -> Option<()> {
        let bytes = text.as_bytes();
        if bytes.len() > MAX_LETTERS {
            return None;
        }
        let class = |at: usize| bytes.get(at).and_then(|b| CLASSES.get(usize::from(*b))).copied();
        let mut at = 0;
        while let Some(found) = class(at) {
            match found {
                Class::Start => {
                    let mut key = 0;
                    let mut shift = 0;
                    while let Some(byte) = bytes.get(at)
                        && matches!(class(at), Some(Class::Start | Class::Digit))
                    {
                        if shift == KEY_BYTES as u32 * 8 {
                            return None;
                        }
                        key |= u64::from(*byte) << shift;
                        shift += 8;
                        at += 1;
                    }
                    out.push(self.find(key)?);
                }
                Class::Separator => at += 1,
                Class::Shaft => {
                    if bytes.get(at + 1) != Some(&b'>') {
                        return None;
                    }
                    at += 2;
                }
                Class::Wide if matches!(bytes.get(at..at + 3), Some(COMPOSED | ARROW)) => at += 3,
                Class::Wide => {
                    let character = text.get(at..)?.chars().next().filter(|c| is_separator(*c))?;
                    at += character.len_utf8();
                }
                Class::Digit | Class::Other => return None,
            }
        }
        Some(())
    }

    /// Appends a word as text: symbols joined with `∘`, the empty word as `∅`.
    pub fn write(&self, word: &[OperatorId], out: &mut String) {
        let start = out.len();
        for id in word {
            let joined = self.joined.get(usize::from(id.0)).map_or("∘?", String::as_str);
            out.push_str(if out.len() == start {
                joined.trim_start_matches('∘')
            } else {
                joined
            });
        }
        if word.is_empty() {
            out.push('∅');
        }
    }
}

#[cfg(test)]
mod tests;
