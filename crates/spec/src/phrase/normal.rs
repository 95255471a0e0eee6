//! Texts without differences of width and case.

/// A character, what it is compared as, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Char {
    /// First byte.
    pub at: usize,
    /// In half width.
    pub exact: char,
    /// In half width and lower case.
    pub folded: char,
}

/// The characters of a text. Each character of the text gives one.
pub(super) fn characters(text: &str) -> Vec<Char> {
    text.char_indices()
        .map(|(at, c)| {
            let exact = half_width(c);
            Char {
                at,
                exact,
                folded: lower(exact),
            }
        })
        .collect()
}

/// Full-width forms, spaces, apostrophes and hyphens become the ASCII character that they stand for.
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        '\t' | '\r' | '\u{A0}' | '\u{3000}' => ' ',
        '\u{2019}' => '\'',
        '\u{2010}' | '\u{2011}' | '\u{2212}' => '-',
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// Whether words of the script are written without spaces between them.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a word goes on with it.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

/// Whether it stands between the words of a phrase.
pub(super) fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '_')
}
