//! Numbers with units, in digits and in Chinese numerals.

use super::normal::{Char, is_letter};
use super::phrases::Phrases;

/// A finite number that is not negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// The number as it stands.
    pub value: f64,
    /// The place of its unit among the lexicon's.
    pub unit: Option<usize>,
}

/// The longest row of Chinese numerals that is read as a number.
const MAX_NUMERALS: usize = 16;
/// The most digits of a number.
const MAX_DIGITS: usize = 32;
/// The most spaces between a number and its unit.
const MAX_SPACES: usize = 3;

/// Reads the number that starts at a place, and says where it ends.
pub(super) fn read(chars: &[Char], at: usize, units: &Phrases<usize>) -> Option<(usize, Number)> {
    let before = at.checked_sub(1).and_then(|i| chars.get(i)).map(|c| c.folded);
    let (end, value, needs_unit) = match chars.get(at)?.folded {
        '0'..='9' if !before.is_some_and(|c| is_letter(c) || c == '.') => {
            let (end, value) = digits(chars, at)?;
            (end, value, false)
        }
        // 几十, 数百, 第一: not so many.
        _ if !before.is_some_and(|c| matches!(c, '几' | '数' | '第')) => {
            let (end, value) = numerals(chars, at)?;
            (end, value, true)
        }
        _ => return None,
    };
    let unit_at = (end..end + MAX_SPACES).find(|i| chars.get(*i).is_none_or(|c| c.folded != ' '));
    let unit = unit_at.and_then(|i| unit(chars, i, units));
    let next = chars.get(end).map(|c| c.folded);
    match unit {
        Some((end, unit)) => Some((
            end,
            Number {
                value,
                unit: Some(unit),
            },
        )),
        None if needs_unit || next.is_some_and(is_letter) => None,
        None => Some((end, Number { value, unit: None })),
    }
}

fn unit(chars: &[Char], at: usize, units: &Phrases<usize>) -> Option<(usize, usize)> {
    let (end, unit) = units.longest(chars, at)?;
    Some((end, *unit))
}

/// Digits, with commas between groups of three and a point before a fraction. More than one point is a version.
fn digits(chars: &[Char], at: usize) -> Option<(usize, f64)> {
    let digit = |i: usize| chars.get(i).is_some_and(|c| c.folded.is_ascii_digit());
    let is = |i: usize, wanted: char| chars.get(i).is_some_and(|c| c.folded == wanted);
    let mut text = String::new();
    let mut points = 0;
    let mut i = at;
    loop {
        if digit(i) {
            text.extend(chars.get(i).map(|c| c.folded));
            i += 1;
        } else if is(i, '.') && digit(i + 1) {
            text.push('.');
            points += 1;
            i += 1;
        } else if points == 0 && is(i, ',') && (i + 1..i + 4).all(digit) && !digit(i + 4) {
            i += 1;
        } else {
            break;
        }
        if text.len() > MAX_DIGITS {
            return None;
        }
    }
    if points > 1 {
        return None;
    }
    text.parse().ok().map(|value| (i, value))
}

fn numerals(chars: &[Char], at: usize) -> Option<(usize, f64)> {
    let mut total = 0.0;
    let mut section = 0.0;
    let mut digit = None;
    let mut i = at;
    while let Some(c) = chars.get(i).map(|c| c.folded) {
        if let Some(value) = "零一二三四五六七八九".chars().position(|n| n == c) {
            // Rows of digits, such as years, are not read.
            if digit.is_some_and(|d| d > 0) {
                return None;
            }
            digit = Some(value);
        } else if c == '两' {
            digit = Some(2);
        } else if c == '半' && i == at {
            return Some((i + 1, 0.5));
        } else if let Some(power) = ["十", "百", "千"].iter().position(|p| p.starts_with(c)) {
            section += as_number(digit.take().unwrap_or(1)) * [10.0, 100.0, 1000.0].get(power)?;
        } else if c == '万' {
            total = (total + section + as_number(digit.take().unwrap_or(0))) * 1e4;
            section = 0.0;
        } else {
            break;
        }
        i += 1;
        if i - at > MAX_NUMERALS {
            return None;
        }
    }
    (i > at).then(|| (i, total + section + as_number(digit.unwrap_or(0))))
}

/// A numeral's value, from 0 to 9.
fn as_number(digit: usize) -> f64 {
    u8::try_from(digit).map_or(0.0, f64::from)
}
