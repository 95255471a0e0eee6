//! How wide texts are about, so that pictures can be laid out without a font.

use unicode_width::UnicodeWidthChar as _;

/// The size of texts in pictures, in pixels.
pub const SIZE: usize = 14;

/// The width of a text in pixels, rounded up: that of DejaVu Sans and Noto Sans CJK, which are wider than most fonts that stand for
/// `sans-serif`. Bold letters are wider by about a tenth.
pub fn width(text: &str, size: usize, bold: bool) -> usize {
    let thousandths: usize = text.chars().map(advance).sum();
    let all = thousandths * size;
    let all = if bold { all * 113 / 100 } else { all };
    all.div_ceil(1000)
}

/// The advance of a character in thousandths of the size.
fn advance(c: char) -> usize {
    match c {
        'i' | 'l' | 'j' | '\'' => 278,
        ' ' | ',' | '.' | ';' | ':' | '|' | 'I' => 340,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '!' | '/' | '`' | '"' => 420,
        'm' | 'M' | 'W' | '%' | '@' => 990,
        'w' | '+' | '=' | '<' | '>' | '–' => 838,
        'a'..='z' | '0'..='9' | '_' | '?' | '*' => 640,
        'A'..='Z' | '&' | '~' => 780,
        c if c.is_ascii() => 700,
        c if c.width() == Some(0) => 0,
        _ => 1000,
    }
}

/// The lines of a text that are no wider than this, where its words allow it. Chinese breaks between any two characters that are not
/// marks which end something.
pub fn wrapped(text: &str, size: usize, bold: bool, widest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in parts(text) {
        let longer = width(line.trim_start(), size, bold) + width(part.trim_end(), size, bold);
        if !line.trim().is_empty() && longer > widest {
            lines.push(std::mem::take(&mut line).trim().to_owned());
        }
        line += part;
    }
    lines.push(line.trim().to_owned());
    lines
}

/// A text in parts between which a line may end.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let is_wide = |c: char| c.width() == Some(2);
        let ends = |c: char| "，。、；：）》”！？".contains(c);
        let after_space = before == Some(' ');
        let between = before.is_some_and(|b| is_wide(b) || is_wide(c)) && !ends(c) && before != Some('（');
        if at > start && (after_space || between) {
            parts.extend(text.get(start..at));
            start = at;
        }
        before = Some(c);
    }
    parts.extend(text.get(start..));
    parts
}
