//! Maps of sparse files.

use std::io::Read;

use super::{BLOCK, number, pax};

/// A part of a sparse file that has content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// Pieces that a map may have. The greatest that GNU tar writes for a file of real use is far below.
const PIECES_MAX: usize = 1 << 20;

/// Checks that the pieces follow each other within the file and have just the content that the archive holds; empty pieces
/// are left out.
pub(super) fn check(pieces: Vec<Piece>, size: u64, content: u64) -> Result<Vec<Piece>, String> {
    let mut end = 0_u64;
    let mut sum = 0_u64;
    for piece in &pieces {
        let after = piece.offset.checked_add(piece.length);
        if piece.offset < end || after.is_none_or(|after| after > size) {
            return Err("the pieces of a sparse file overlap or leave it".to_owned());
        }
        end = piece.offset + piece.length;
        sum += piece.length;
    }
    if sum != content {
        return Err(format!(
            "a sparse file's pieces have {sum} bytes, the archive holds {content}"
        ));
    }
    Ok(pieces.into_iter().filter(|p| p.length > 0).collect())
}

/// Reads pieces from fields of twelve bytes, offset and length in turn, up to an empty one.
fn fields(fields: &[u8], pieces: &mut Vec<Piece>) -> Result<(), String> {
    for pair in fields.chunks_exact(24) {
        let (offset, length) = pair.split_at(12);
        if offset.first() == Some(&0) {
            return Ok(());
        }
        let value = |field| number::read(field).and_then(|n| u64::try_from(n).ok());
        match (value(offset), value(length)) {
            (Some(offset), Some(length)) => push(pieces, Piece { offset, length })?,
            _ => return Err("a number in a sparse map is malformed".to_owned()),
        }
    }
    Ok(())
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) -> Result<(), String> {
    if pieces.len() >= PIECES_MAX {
        return Err(format!("a sparse file has more than {PIECES_MAX} pieces"));
    }
    pieces.push(piece);
    Ok(())
}

/// GNU's old form: four pieces in the header, more in blocks after it, and the file's length. Returns the bytes of the blocks
/// after the header too.
pub(super) fn old_gnu(header: &[u8; BLOCK], input: &mut impl Read) -> Result<(Vec<Piece>, u64, u64), String> {
    let mut pieces = Vec::new();
    let part = |from: usize, to: usize| header.get(from..to).unwrap_or_default();
    fields(part(386, 482), &mut pieces)?;
    let size = number::read(part(483, 495)).and_then(|n| u64::try_from(n).ok());
    let size = size.ok_or("the length of a sparse file is malformed")?;
    let mut extended = header.get(482).is_some_and(|b| *b != 0);
    let mut read = 0;
    while extended {
        let mut block = [0; BLOCK];
        input
            .read_exact(&mut block)
            .map_err(|e| format!("a sparse map ends early: {e}"))?;
        read += BLOCK as u64;
        fields(block.get(..504).unwrap_or_default(), &mut pieces)?;
        extended = block.get(504).is_some_and(|b| *b != 0);
    }
    Ok((pieces, size, read))
}

/// The form of pax 0.1: numbers with commas between, offset and length in turn.
pub(super) fn commas(text: &[u8]) -> Result<Vec<Piece>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Option<Vec<u64>> = text.split(|b| *b == b',').map(pax::decimal).collect();
    pairs(&numbers.ok_or("a number in a sparse map is malformed")?)
}

fn pairs(numbers: &[u64]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    for pair in numbers.chunks(2) {
        match *pair {
            [offset, length] => push(&mut pieces, Piece { offset, length })?,
            _ => return Err("a sparse map has an offset without a length".to_owned()),
        }
    }
    Ok(pieces)
}

/// The form of pax 1.0: before the content, in whole blocks, a count and that many pairs, each number on a line. Returns the
/// bytes read too.
pub(super) fn lines(input: &mut impl Read, available: u64) -> Result<(Vec<Piece>, u64), String> {
    let mut lines = Lines {
        input,
        block: Vec::new(),
        at: 0,
        read: 0,
        available,
    };
    let count = usize::try_from(lines.next()?).ok().filter(|n| *n <= PIECES_MAX);
    let count = count.ok_or_else(|| format!("a sparse file has more than {PIECES_MAX} pieces"))?;
    let mut pieces = Vec::new();
    for _ in 0..count {
        let (offset, length) = (lines.next()?, lines.next()?);
        pieces.push(Piece { offset, length });
    }
    Ok((pieces, lines.read))
}

struct Lines<'a, R> {
    input: &'a mut R,
    block: Vec<u8>,
    at: usize,
    read: u64,
    available: u64,
}

impl<R: Read> Lines<'_, R> {
    fn next(&mut self) -> Result<u64, String> {
        let mut digits = Vec::new();
        loop {
            let byte = self.byte()?;
            if byte == b'\n' {
                return pax::decimal(&digits).ok_or_else(|| "a number in a sparse map is malformed".to_owned());
            }
            if digits.len() > 20 {
                return Err("a number in a sparse map is too long".to_owned());
            }
            digits.push(byte);
        }
    }

    fn byte(&mut self) -> Result<u8, String> {
        if self.at == self.block.len() {
            if self.read + BLOCK as u64 > self.available {
                return Err("a sparse map is longer than its file's content".to_owned());
            }
            self.block.resize(BLOCK, 0);
            let read = self.input.read_exact(&mut self.block);
            read.map_err(|e| format!("a sparse map ends early: {e}"))?;
            self.read += BLOCK as u64;
            self.at = 0;
        }
        let byte = self.block.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        Ok(byte)
    }
}
