//! Bytes to text: UTF-8, or UTF-16 as YAML allows.

use std::borrow::Cow;

use memchr::memchr;

use crate::tree::{Place, Problem, problem};

/// The text that bytes stand for, and what is wrong with it. What cannot be read is replaced, so that the rest can be.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Problem>) {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [_, 0, _, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, _, 0, _, ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes)),
    }
}

fn utf8(bytes: &[u8]) -> (Cow<'_, str>, Option<Problem>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let nul = memchr(0, bytes).map(|at| {
                let message = format!("byte {at} is NUL, which no YAML or JSON text holds");
                problem("inspect::encoding", message, place(bytes, at))
            });
            (Cow::Borrowed(text), nul)
        }
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message = format!("byte {at} is 0x{byte:02x}, which is not UTF-8");
            let found = problem("inspect::encoding", message, place(bytes, at));
            (String::from_utf8_lossy(bytes), Some(found))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'_, str>, Option<Problem>) {
    let pairs = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit);
    let mut wrong = bytes.len() % 2 == 1;
    let text: String = char::decode_utf16(pairs)
        .map(|c| {
            wrong |= c.is_err();
            c.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    let found = wrong.then(|| {
        let message = "the text starts as UTF-16, but is not UTF-16 to its end".to_owned();
        problem("inspect::encoding", message, Place { line: 1, column: 1 })
    });
    (Cow::Owned(text), found)
}

fn place(bytes: &[u8], at: usize) -> Place {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}
