//! The transitions of an algebra as dense tables.
//!
//! A stack is a set of marks, which a letter changes by a bitwise or, and a list of domains of which only the last
//! changes. A domain has few local states, so reading a letter is one look-up by (local state, nesting counts, letter):
//! the entry is the next state and whether a new domain was opened, in which case the domain left behind is output. The
//! words of local states and of sets of marks are found by breadth-first search in the operators' order, which visits
//! words by length and then by that order: the first to reach a state is its normal form.
//!
//! A state is the place of its row, so that a step is an addition and a look-up. Words are in pieces of one size, so that
//! appending one is a copy of known length.

mod compile;
mod stored;

use crate::operator::{Effect, OperatorId};
use crate::word::{Algebra, IllTyped};

/// Set in an entry when the letter opens a new domain.
const OPENS: u32 = 1 << 31;
/// The state of words that have no stack, and of those with a macro that has no transition.
pub(crate) const DEAD: u32 = 0;
/// The number of the state where every word starts.
pub(crate) const START: u32 = 1;
/// The number of domains that one stack can have.
pub(crate) const MAX_DOMAINS: usize = 16;
/// The room for letters in one piece of a normal form. A domain's word has an opener and at most 13 letters more, as each
/// adds what the others do not, n such letters reach 2ⁿ states, and no domain has more than 10,000; the word of a table's
/// marks has at most as many letters as the table has marks, 12.
const PIECE: usize = 16;

/// The compiled form of an [`Algebra`]: normal forms by table walk.
#[derive(Clone, Debug)]
pub struct Automaton {
    /// The length of a row: one entry for each letter, and one for the word of the innermost domain.
    width: usize,
    /// For each letter the row that follows, then the number of the domain's word.
    rows: Vec<u32>,
    /// The letters that each macro stands for.
    expansions: Vec<Option<Vec<OperatorId>>>,
    /// Marks that each letter gives. There is a place for every identifier, so that none is beyond the end.
    gives: Box<[u64; 256]>,
    /// Normal forms of domains, after the empty word of [`DEAD`].
    domains: Vec<Piece>,
    domain_states: usize,
    /// The small facets, in order, those before isolation and those after it.
    before: Vec<MarkTable>,
    after: Vec<MarkTable>,
}

/// How large an [`Automaton`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomatonSize {
    /// Local states of one domain.
    pub domain_states: usize,
    /// States of the table: local states by the number of kernels nested around them, and one for ill-typed words.
    pub states: usize,
    /// Transitions that lead to a stack.
    pub transitions: usize,
    /// Sets of marks that words reach, over all small facets.
    pub mark_states: usize,
}

/// A part of a normal form.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    letters: [OperatorId; PIECE],
    len: u8,
}

impl Piece {
    fn new(word: &[OperatorId]) -> Result<Self, String> {
        let mut piece = Self::default();
        let room = piece.letters.get_mut(..word.len());
        room.ok_or("a part of a normal form would have too many letters")?
            .copy_from_slice(word);
        piece.len = u8::try_from(word.len()).unwrap_or_default();
        Ok(piece)
    }

    fn word(&self) -> &[OperatorId] {
        self.letters.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// Appends the word. All of the piece is copied and the rest cut off, as a copy of known length takes no loop.
    #[inline]
    fn append_to(&self, out: &mut Vec<OperatorId>) {
        let len = out.len() + usize::from(self.len);
        out.extend_from_slice(&self.letters);
        out.truncate(len);
    }
}

/// Normal forms of the sets of marks of one facet or of neighbouring ones.
#[derive(Clone, Debug)]
struct MarkTable {
    shift: u32,
    mask: u64,
    words: Vec<Piece>,
    /// Sets of marks that words reach, added up over the facets.
    reachable: usize,
}

impl MarkTable {
    #[inline]
    fn piece(&self, marks: u64) -> Option<&Piece> {
        let set = marks.checked_shr(self.shift).unwrap_or(0) & self.mask;
        self.words.get(set as usize)
    }
}

impl Automaton {
    /// The size of the tables.
    pub fn size(&self) -> AutomatonSize {
        AutomatonSize {
            domain_states: self.domain_states,
            states: self.rows.len().checked_div(self.width).unwrap_or(1),
            transitions: self
                .rows
                .chunks_exact(self.width)
                .flat_map(|row| row.iter().take(self.width - 1))
                .filter(|n| **n != DEAD)
                .count(),
            mark_states: self.before.iter().chain(&self.after).map(|t| t.reachable).sum(),
        }
    }

    /// The row of a state.
    fn row(&self, state: u32) -> usize {
        state as usize * self.width
    }

    /// The state that a letter other than a macro leads to, and whether it opened a domain; `None` if it has no place.
    pub(crate) fn step(&self, state: u32, letter: OperatorId) -> Option<(u32, bool)> {
        let entry = *self.rows.get(self.row(state) + letter.index())?;
        let reached = (entry & !OPENS) as usize / self.width;
        (entry != DEAD).then_some((u32::try_from(reached).ok()?, entry & OPENS != 0))
    }

    /// The state of the empty word, for [`Automaton::lengthen`].
    pub const EMPTY: u32 = START;

    /// Reads one more letter of the isolation facet after a normal form: the state reached, and whether a domain was
    /// opened. `None` if the longer word is no normal form. States are numbers of this automaton only; equal ones have equal
    /// innermost domains and the same continuations.
    pub fn lengthen(&self, state: u32, letter: OperatorId) -> Option<(u32, bool)> {
        let (reached, opened) = self.step(state, letter)?;
        let before = if opened { &[] } else { self.domain_word(state) };
        // Normal forms are closed under prefixes, so the normal form of the domain must be the one before and the letter.
        let grown = self.domain_word(reached).split_last();
        grown
            .is_some_and(|(last, rest)| *last == letter && rest == before)
            .then_some((reached, opened))
    }

    /// All states that are reached by words with a stack.
    pub(crate) fn states(&self) -> std::ops::Range<u32> {
        START..u32::try_from(self.size().states).unwrap_or(START)
    }

    /// The normal form of the innermost domain of a state. Different domains have different ones.
    pub(crate) fn domain_word(&self, state: u32) -> &[OperatorId] {
        let row = u32::try_from(self.row(state)).unwrap_or(DEAD);
        self.domain(row).map_or(&[], Piece::word)
    }

    /// Leads a letter elsewhere than it does, if it leads anywhere: a wrong table, for tests.
    #[cfg(test)]
    pub(crate) fn redirect(&mut self, state: u32, letter: OperatorId, target: u32) -> bool {
        let (at, target) = (
            self.row(state) + letter.index(),
            u32::try_from(self.row(target)).unwrap_or(DEAD),
        );
        let entry = self.rows.get_mut(at);
        match entry.filter(|e| **e != DEAD && **e & !OPENS != target) {
            Some(entry) => {
                *entry = *entry & OPENS | target;
                true
            }
            None => false,
        }
    }

    /// The marks that a letter gives.
    pub(crate) fn gives(&self, letter: OperatorId) -> u64 {
        self.gives.get(letter.index()).copied().unwrap_or_default()
    }

    /// The letters of a set of marks in its normal form, without those of the isolation facet between them.
    pub(crate) fn mark_letters(&self, marks: u64) -> impl Iterator<Item = &OperatorId> {
        let tables = self.before.iter().chain(&self.after);
        tables.filter_map(move |table| table.piece(marks)).flat_map(Piece::word)
    }

    /// The number of letters.
    fn letters(&self) -> u8 {
        u8::try_from(self.expansions.len()).unwrap_or(u8::MAX)
    }

    /// The row of the state where every word starts.
    fn start(&self) -> u32 {
        START * u32::try_from(self.width).unwrap_or_default()
    }

    /// The shortest word to each state of the table, in order of length and of letters.
    pub(crate) fn state_words(&self) -> Vec<Vec<OperatorId>> {
        self.shortest_words().into_iter().map(|(_, word)| word).collect()
    }

    /// A shortest word that reaches no stack; `None` if every word reaches one.
    pub fn shortest_ill_typed(&self) -> Option<Vec<OperatorId>> {
        let refused = |state: u32| {
            let row = self.rows.iter().skip(state as usize).take(self.width - 1);
            let mut letters = (0..).map(OperatorId).zip(row.zip(&self.expansions));
            letters.find_map(|(id, (entry, expansion))| (*entry == DEAD && expansion.is_none()).then_some(id))
        };
        let mut words = self.shortest_words().into_iter();
        words.find_map(|(state, word)| Some([word, vec![refused(state)?]].concat()))
    }

    /// States with the shortest word to each of them.
    fn shortest_words(&self) -> Vec<(u32, Vec<OperatorId>)> {
        let mut words = vec![(self.start(), Vec::new())];
        let mut seen = vec![false; self.rows.len()];
        for state in [DEAD, self.start()] {
            if let Some(seen) = seen.get_mut(state as usize) {
                *seen = true;
            }
        }
        let mut head = 0;
        while let Some((state, word)) = words.get(head).cloned() {
            head += 1;
            let row = self.rows.iter().skip(state as usize).take(self.width - 1);
            for ((letter, entry), expansion) in (0..).zip(row).zip(&self.expansions) {
                let reached = entry & !OPENS;
                let seen = seen.get_mut(reached as usize).filter(|_| expansion.is_none());
                if seen.is_some_and(|seen| !std::mem::replace(seen, true)) {
                    let mut word: Vec<OperatorId> = word.clone();
                    word.push(OperatorId(letter));
                    words.push((reached, word));
                }
            }
        }
        words
    }

    /// The normal form of each set of marks that words reach, shortest first.
    pub(crate) fn mark_words(&self, algebra: &Algebra) -> Vec<Vec<OperatorId>> {
        let mut words = vec![(0_u64, Vec::new())];
        let mut head = 0;
        while let Some((set, word)) = words.get(head).cloned() {
            head += 1;
            for (id, gives) in algebra.ids().zip(self.gives.iter()) {
                let reached = set | gives;
                let macro_free = !matches!(algebra.operator(id).map(|o| &o.effect), Some(Effect::Expands(_)));
                if macro_free && words.iter().all(|(s, _)| *s != reached) {
                    let mut word: Vec<OperatorId> = word.clone();
                    word.push(id);
                    words.push((reached, word));
                }
            }
        }
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// Appends the normal form of a word to `out`, or `None` if the word has no stack; [`Algebra::run`] says why. `out` is
    /// then as it was.
    pub fn normalize_into(&self, word: &[OperatorId], out: &mut Vec<OperatorId>) -> Option<()> {
        // Asked of the whole word at once, which takes less than asking of each letter on the way.
        if word.iter().fold(0, |most, id| most.max(id.0)) >= self.letters() {
            return None;
        }
        let mut walk = self.walk();
        walk.read(self, word)?;
        if walk.state == DEAD {
            return self.expand_into(word, out);
        }
        self.write(&walk, out)
    }

    /// As [`Self::normalize_into`], for a word that has no stack or a macro without transitions of its own.
    #[cold]
    fn expand_into(&self, word: &[OperatorId], out: &mut Vec<OperatorId>) -> Option<()> {
        let mut walk = self.walk();
        for id in word {
            match self.expansions.get(id.index())? {
                None => walk.read(self, std::slice::from_ref(id))?,
                Some(letters) => walk.read(self, letters)?,
            }
        }
        (walk.state != DEAD).then_some(())?;
        self.write(&walk, out)
    }

    fn write(&self, walk: &Walk, out: &mut Vec<OperatorId>) -> Option<()> {
        for table in &self.before {
            table.piece(walk.marks)?.append_to(out);
        }
        for outer in walk.outer.get(..walk.depth)? {
            self.domain(*outer)?.append_to(out);
        }
        self.domain(walk.state)?.append_to(out);
        for table in &self.after {
            table.piece(walk.marks)?.append_to(out);
        }
        Some(())
    }

    /// The word of the innermost domain of a state.
    #[inline]
    fn domain(&self, state: u32) -> Option<&Piece> {
        self.domains
            .get(*self.rows.get(state as usize + self.width - 1)? as usize)
    }

    fn walk(&self) -> Walk {
        Walk {
            marks: 0,
            state: self.start(),
            outer: [DEAD; MAX_DOMAINS],
            depth: 0,
        }
    }

    /// The normal form of a word.
    ///
    /// # Errors
    ///
    /// The first letter that has no place where it stands.
    pub fn normalize(&self, algebra: &Algebra, word: &[OperatorId]) -> Result<Vec<OperatorId>, IllTyped> {
        let mut out = Vec::with_capacity(word.len() + PIECE);
        match self.normalize_into(word, &mut out) {
            Some(()) => Ok(out),
            None => algebra.run(word).map(|_| out),
        }
    }
}

/// The place in the tables while a word is read.
struct Walk {
    marks: u64,
    state: u32,
    /// The states of the domains that are left behind, outermost first.
    outer: [u32; MAX_DOMAINS],
    depth: usize,
}

impl Walk {
    /// Reads letters, without a branch on what they do: the domain is always noted as if it were left behind, and counts
    /// only if a new one was opened. No stack has as many domains as there are places.
    #[inline]
    fn read(&mut self, automaton: &Automaton, word: &[OperatorId]) -> Option<()> {
        let (mut marks, mut state, mut depth) = (self.marks, self.state, self.depth);
        for id in word {
            marks |= automaton.gives.get(id.index())?;
            *self.outer.get_mut(depth % MAX_DOMAINS)? = state;
            let entry = *automaton.rows.get(state as usize + id.index())?;
            depth += (entry >> 31) as usize;
            state = entry & !OPENS;
        }
        (self.marks, self.state, self.depth) = (marks, state, depth);
        Some(())
    }
}
