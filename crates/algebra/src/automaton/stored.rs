//! The tables of domains as bytes, so that a program can be built with what takes long to explore.

use super::{Automaton, OPENS, PIECE, Piece};
use crate::operator::OperatorId;
use crate::word::Algebra;

impl Automaton {
    /// What [`Automaton::compile`] explored, for [`Automaton::restore`]: the number of domains' words, each with its length
    /// and letters, and the rows, as little-endian numbers of four bytes.
    pub fn store(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.domains.len() * (1 + PIECE) + self.rows.len() * 4);
        bytes.extend(u32::try_from(self.domains.len()).unwrap_or(u32::MAX).to_le_bytes());
        for piece in &self.domains {
            bytes.push(piece.len);
            bytes.extend(piece.word().iter().map(|letter| letter.0));
        }
        bytes.extend(self.rows.iter().flat_map(|entry| entry.to_le_bytes()));
        bytes
    }

    /// The automaton of the algebra that [`Automaton::store`] gave the bytes of.
    ///
    /// # Errors
    ///
    /// They cannot be of this algebra.
    pub fn restore(algebra: &Algebra, bytes: &[u8]) -> Result<Self, String> {
        let (rows, domains) = read(algebra, bytes).ok_or("the stored automaton is not that of the algebra")?;
        Self::assemble(algebra, rows, domains)
    }
}

fn read(algebra: &Algebra, bytes: &[u8]) -> Option<(Vec<u32>, Vec<Piece>)> {
    let letters = algebra.operators().len();
    let (count, mut rest) = bytes.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    let mut domains = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let (len, after) = rest.split_first()?;
        let (word, after) = after.split_at_checked(usize::from(*len))?;
        let word: Vec<OperatorId> = word.iter().copied().map(OperatorId).collect();
        let known = word.iter().all(|letter| letter.index() < letters);
        domains.push(Piece::new(&word).ok().filter(|_| known)?);
        rest = after;
    }
    let (entries, []) = rest.as_chunks::<4>() else {
        return None;
    };
    let rows: Vec<u32> = entries.iter().map(|entry| u32::from_le_bytes(*entry)).collect();
    let (width, length) = (letters + 1, rows.len());
    let leads = |entry: &u32| {
        let place = (entry & !OPENS) as usize;
        place < length && place.is_multiple_of(width)
    };
    let fits = !rows.is_empty()
        && rows.chunks(width).all(|row| match row.split_last() {
            Some((word, next)) => next.len() == letters && (*word as usize) < count && next.iter().all(leads),
            None => false,
        });
    fits.then_some((rows, domains))
}
