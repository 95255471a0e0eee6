//! Requirements in words, Chinese or English: a reader that makes the same of the same text, from a lexicon in data.
//!
//! Nothing is dropped: every word of a text is understood, or declared to say nothing, or listed as not understood. The
//! text is folded to half width and lower case, divided into tokens by longest match, made into items (a quantity with
//! its comparator is one), and the items are linked: quantities to metrics, modifiers to what they modify, negations and
//! preferences to what they are about. Only simplified Chinese characters are known.

mod grammar;
mod item;
mod meaning;
mod merge;
mod normal;
mod number;
mod phrases;
mod reader;
mod token;

pub use meaning::{Assumed, Meaning, NotUnderstood, Reading, Reason, Understood};
pub use merge::TextRequirement;

use stackwright_catalog::Catalog;
use stackwright_text::Diagnostic;

impl Reading {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Only where the catalogue has no lexicon: every text can be read.
    pub fn of(text: &str, catalog: &Catalog) -> Result<Self, Diagnostic> {
        Ok(reader::read(text, catalog, catalog.lexicon()?))
    }
}
