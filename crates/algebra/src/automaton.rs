//! The transitions of an algebra as dense tables.
//!
//! A stack is a set of marks, which a letter changes by a bitwise or, and a list of domains of which only the last
//! changes. A domain has few local states, so reading a letter is one look-up by (local state, nesting counts, letter):
//! the entry is the next state and whether a new domain was opened, in which case the domain left behind is output. The
//! words of local states and of sets of marks are found by breadth-first search in the operators' order, which visits
//! words by length and then by that order: the first to reach a state is its normal form.

use std::collections::{BTreeMap, HashMap};

use crate::operator::{Effect, Operator, OperatorId};
use crate::stack::{Domain, Stack};
use crate::vocabulary::{Facet, Marks};
use crate::word::{Algebra, IllTyped};

/// Set in an entry when the letter opens a new domain.
const OPENS: u32 = 1 << 31;
/// The state of words that have no stack.
pub(crate) const DEAD: u32 = 0;
/// Where every word starts.
pub(crate) const START: u32 = 1;
/// The number of marks that one small facet can have: its table of normal forms has a row for each set of them.
const FACET_MARKS: u32 = 12;
/// The number of states that one domain can have.
const MAX_LOCAL_STATES: usize = 10_000;
/// The number of states that the table can have.
const MAX_STATES: usize = 100_000;
/// The number of domains that one stack can have.
pub(crate) const MAX_DOMAINS: usize = 16;

/// The compiled form of an [`Algebra`]: normal forms by table walk.
#[derive(Clone, Debug)]
pub struct Automaton {
    width: usize,
    /// `next[state * width + letter]`.
    next: Vec<u32>,
    /// The letters that each macro stands for.
    expansions: Vec<Option<Vec<OperatorId>>>,
    /// Marks that each letter gives.
    gives: Vec<u64>,
    /// Normal form of the innermost domain of each state.
    domain_words: Words,
    /// One table for each small facet, in order, split into those before and after isolation.
    before: Vec<FacetTable>,
    after: Vec<FacetTable>,
    domain_states: usize,
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

/// Many short words in one piece of memory.
#[derive(Clone, Debug, Default)]
struct Words {
    letters: Vec<OperatorId>,
    ends: Vec<u32>,
}

impl Words {
    fn push(&mut self, word: &[OperatorId]) {
        self.letters.extend_from_slice(word);
        self.ends.push(u32::try_from(self.letters.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, index: usize) -> &[OperatorId] {
        let start = index
            .checked_sub(1)
            .and_then(|i| self.ends.get(i))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.letters.get(start as usize..end as usize).unwrap_or(&[])
    }
}

#[derive(Clone, Debug)]
struct FacetTable {
    shift: u32,
    mask: u64,
    words: Words,
    reachable: usize,
}

impl FacetTable {
    fn word(&self, marks: u64) -> &[OperatorId] {
        self.words
            .get((marks.checked_shr(self.shift).unwrap_or(0) & self.mask) as usize)
    }
}

impl Automaton {
    /// Compiles an algebra.
    ///
    /// # Errors
    ///
    /// A sentence that says which table would become too large.
    pub fn compile(algebra: &Algebra) -> Result<Self, String> {
        bounded_nesting(algebra)?;
        let order = MarkOrder::of(algebra)?;
        let mut before = Vec::new();
        let mut after = Vec::new();
        for facet in Facet::ALL.into_iter().filter(|f| *f != Facet::Isolation) {
            let table = order.facet_table(algebra, facet);
            if facet < Facet::Isolation {
                &mut before
            } else {
                &mut after
            }
            .push(table);
        }
        let gives = algebra.ids().map(|id| order.gives(algebra, id)).collect();
        let mut explorer = Explorer::new(algebra);
        explorer.explore()?;
        let mut domain_words = Words::default();
        domain_words.push(&[]);
        for (state, _) in &explorer.states {
            domain_words.push(explorer.locals.get(&state.domain).map_or(&[], Vec::as_slice));
        }
        Ok(Self {
            width: algebra.operators().len(),
            next: explorer.next,
            expansions: algebra.operators().iter().map(expansion).collect(),
            gives,
            domain_words,
            before,
            after,
            domain_states: explorer.locals.len(),
        })
    }

    /// The size of the tables.
    pub fn size(&self) -> AutomatonSize {
        AutomatonSize {
            domain_states: self.domain_states,
            states: self.next.len().checked_div(self.width).unwrap_or(1),
            transitions: self.next.iter().filter(|n| **n != DEAD).count(),
            mark_states: self.before.iter().chain(&self.after).map(|t| t.reachable).sum(),
        }
    }

    /// The state that a letter other than a macro leads to, and whether it opened a domain; `None` if it has no place.
    pub(crate) fn step(&self, state: u32, letter: OperatorId) -> Option<(u32, bool)> {
        let entry = *self.next.get(state as usize * self.width + letter.index())?;
        (entry != DEAD).then_some((entry & !OPENS, entry & OPENS != 0))
    }

    /// All states that are reached by words with a stack.
    pub(crate) fn states(&self) -> std::ops::Range<u32> {
        START..u32::try_from(self.next.len().checked_div(self.width).unwrap_or(0)).unwrap_or(START)
    }

    /// The normal form of the innermost domain of a state. Different domains have different ones.
    pub(crate) fn domain_word(&self, state: u32) -> &[OperatorId] {
        self.domain_words.get(state as usize)
    }

    /// Leads a letter elsewhere than it does, if it leads anywhere: a wrong table, for tests.
    #[cfg(test)]
    pub(crate) fn redirect(&mut self, state: u32, letter: OperatorId, target: u32) -> bool {
        let entry = self.next.get_mut(state as usize * self.width + letter.index());
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
        tables.flat_map(move |table| table.word(marks))
    }

    /// The shortest word to each state of the table, in order of length and of letters.
    pub(crate) fn state_words(&self) -> Vec<Vec<OperatorId>> {
        let mut words = vec![(START, Vec::new())];
        let mut seen = vec![false; self.next.len().checked_div(self.width).unwrap_or(0)];
        let mut head = 0;
        while let Some((state, word)) = words.get(head).cloned() {
            head += 1;
            let row = self.next.iter().skip(state as usize * self.width).take(self.width);
            for (letter, entry) in (0..).zip(row) {
                let reached = entry & !OPENS;
                let new = seen
                    .get_mut(reached as usize)
                    .is_some_and(|seen| !std::mem::replace(seen, true));
                if new && reached != DEAD && reached != START {
                    let mut word: Vec<OperatorId> = word.clone();
                    word.push(OperatorId(letter));
                    words.push((reached, word));
                }
            }
        }
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// The normal form of each set of marks that words reach, shortest first.
    pub(crate) fn mark_words(&self, algebra: &Algebra) -> Vec<Vec<OperatorId>> {
        let mut words = vec![(0_u64, Vec::new())];
        let mut head = 0;
        while let Some((set, word)) = words.get(head).cloned() {
            head += 1;
            for (id, gives) in algebra.ids().zip(&self.gives) {
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

    /// Appends the normal form of a word to `out`, or `None` if the word has no stack; [`Algebra::run`] says why.
    pub fn normalize_into(&self, word: &[OperatorId], out: &mut Vec<OperatorId>) -> Option<()> {
        let mut walk = Walk {
            marks: 0,
            state: START,
            outer: [DEAD; MAX_DOMAINS],
            depth: 0,
        };
        for id in word {
            match self.expansions.get(id.index())? {
                None => walk.read(self, *id)?,
                Some(letters) => {
                    for letter in letters {
                        walk.read(self, *letter)?;
                    }
                }
            }
        }
        let outer = walk.outer.get(..walk.depth).filter(|_| walk.state != DEAD)?;
        for table in &self.before {
            out.extend_from_slice(table.word(walk.marks));
        }
        for state in outer {
            out.extend_from_slice(self.domain_words.get(*state as usize));
        }
        out.extend_from_slice(self.domain_words.get(walk.state as usize));
        for table in &self.after {
            out.extend_from_slice(table.word(walk.marks));
        }
        Some(())
    }

    /// The normal form of a word.
    ///
    /// # Errors
    ///
    /// The first letter that has no place where it stands.
    pub fn normalize(&self, algebra: &Algebra, word: &[OperatorId]) -> Result<Vec<OperatorId>, IllTyped> {
        let mut out = Vec::with_capacity(word.len());
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
    /// Reads a letter, without a branch on what it does: the domain is always noted as if it were left behind, and
    /// counts only if a new one was opened. No stack has as many domains as there are places.
    #[inline]
    fn read(&mut self, automaton: &Automaton, letter: OperatorId) -> Option<()> {
        let letter = letter.index();
        self.marks |= automaton.gives.get(letter)?;
        *self.outer.get_mut(self.depth)? = self.state;
        let entry = *automaton.next.get(self.state as usize * automaton.width + letter)?;
        self.depth += (entry >> 31) as usize;
        self.state = entry & !OPENS;
        Some(())
    }
}

/// The letters of a macro.
fn expansion(operator: &Operator) -> Option<Vec<OperatorId>> {
    match &operator.effect {
        Effect::Expands(letters) => Some(letters.clone()),
        _ => None,
    }
}

/// Checks that no stack can have more than [`MAX_DOMAINS`] domains: kernels with a bound may nest as often as that, and
/// one kernel without a bound may stand between them if it absorbs itself.
fn bounded_nesting(algebra: &Algebra) -> Result<(), String> {
    let kernels = &algebra.vocabulary().structure().kernels;
    let bounded: usize = kernels.iter().filter_map(|k| k.nesting).map(usize::from).sum();
    let mut unbounded = kernels.iter().filter(|k| k.nesting.is_none());
    let alternating = unbounded.next();
    if let Some(kernel) = alternating.filter(|k| !k.absorbs).or(unbounded.next()) {
        return Err(format!(
            "the kernel `{}` can nest without bound: give it a `nesting`",
            kernel.name
        ));
    }
    let domains = 1 + bounded + alternating.map_or(0, |_| bounded + 1);
    if domains > MAX_DOMAINS {
        return Err(format!(
            "a stack could have {domains} domains, and at most {MAX_DOMAINS} can be compiled"
        ));
    }
    Ok(())
}

/// Marks of the small facets, numbered so that those of one facet are neighbours.
struct MarkOrder {
    /// For each facet its first bit and its number of bits.
    ranges: Vec<(Facet, u32, u32)>,
    /// The new place of each declared mark.
    places: Vec<u32>,
}

impl MarkOrder {
    fn of(algebra: &Algebra) -> Result<Self, String> {
        let declared = &algebra.vocabulary().marks;
        let mut places = vec![0; declared.len()];
        let mut ranges = Vec::new();
        let mut used = 0_u32;
        for facet in Facet::ALL {
            let first = used;
            for (place, (_, _)) in places.iter_mut().zip(declared).filter(|(_, (f, _))| *f == facet) {
                *place = used;
                used += 1;
            }
            if facet != Facet::Isolation && used - first > FACET_MARKS {
                return Err(format!(
                    "the {} facet has {} marks, and at most {FACET_MARKS} can be compiled",
                    facet.name(),
                    used - first
                ));
            }
            ranges.push((facet, first, used - first));
        }
        Ok(Self { ranges, places })
    }

    fn gives(&self, algebra: &Algebra, id: OperatorId) -> u64 {
        algebra
            .letters(&id)
            .iter()
            .map(|letter| match algebra.operator(*letter).map(|o| &o.effect) {
                Some(Effect::Gives { marks, .. }) => self.place(*marks),
                _ => 0,
            })
            .fold(0, |a, b| a | b)
    }

    fn place(&self, marks: Marks) -> u64 {
        self.places
            .iter()
            .enumerate()
            .filter(|(i, _)| marks.contains(Marks::bit(*i)))
            .fold(0, |set, (_, place)| set | 1 << place)
    }

    fn facet_table(&self, algebra: &Algebra, facet: Facet) -> FacetTable {
        let (shift, bits) = self
            .ranges
            .iter()
            .find(|(f, ..)| *f == facet)
            .map_or((0, 0), |(_, shift, bits)| (*shift, *bits));
        let mut shortest: BTreeMap<u64, Vec<OperatorId>> = BTreeMap::from([(0, Vec::new())]);
        let mut queue = vec![0_u64];
        let mut head = 0;
        while let Some(set) = queue.get(head).copied() {
            head += 1;
            let word = shortest.get(&set).cloned().unwrap_or_default();
            for id in algebra.ids() {
                if algebra.operator(id).and_then(|o| o.effect.facet()) != Some(facet) {
                    continue;
                }
                let reached = set | self.gives(algebra, id).checked_shr(shift).unwrap_or(0);
                shortest.entry(reached).or_insert_with(|| {
                    queue.push(reached);
                    let mut word = word.clone();
                    word.push(id);
                    word
                });
            }
        }
        let mut words = Words::default();
        for set in 0..1_u64 << bits {
            words.push(shortest.get(&set).map_or(&[], Vec::as_slice));
        }
        FacetTable {
            shift,
            mask: (1 << bits) - 1,
            words,
            reachable: shortest.len(),
        }
    }
}

/// A state of the table: the innermost domain and what nests around it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    domain: Domain,
    /// How many kernels of each kind are open, the innermost domain's included.
    open: Vec<u8>,
}

struct Explorer<'a> {
    algebra: &'a Algebra,
    states: Vec<(State, Stack)>,
    index: HashMap<State, u32>,
    /// Normal form of each domain; the first word to reach it, in order of length and of letters.
    locals: HashMap<Domain, Vec<OperatorId>>,
    next: Vec<u32>,
}

impl<'a> Explorer<'a> {
    fn new(algebra: &'a Algebra) -> Self {
        let width = algebra.operators().len();
        Self {
            algebra,
            states: Vec::new(),
            index: HashMap::new(),
            locals: HashMap::new(),
            next: vec![DEAD; width],
        }
    }

    fn explore(&mut self) -> Result<(), String> {
        self.local_words()?;
        self.intern(Stack::default());
        let mut head = 0;
        while let Some((_, stack)) = self.states.get(head).cloned() {
            head += 1;
            if self.states.len() > MAX_STATES {
                return Err(format!(
                    "there could be more than {MAX_STATES} states: declare fewer layers, attributes and nestings"
                ));
            }
            for id in self.algebra.ids() {
                let mut reached = stack.clone();
                let is_macro = matches!(self.algebra.operator(id).map(|o| &o.effect), Some(Effect::Expands(_)));
                if is_macro || self.algebra.step(&mut reached, id).is_err() {
                    self.next.push(DEAD);
                    continue;
                }
                let opened = reached.domains.len() > stack.domains.len();
                let entry = self.intern(reached) | if opened { OPENS } else { 0 };
                self.next.push(entry);
            }
        }
        Ok(())
    }

    /// Breadth-first search over one domain: from the host's, and from each that an operator opens.
    fn local_words(&mut self) -> Result<(), String> {
        let mut queue = vec![Domain::default()];
        self.locals.insert(Domain::default(), Vec::new());
        for id in self.algebra.ids() {
            let mut stack = Stack::default();
            if let Some(Effect::Opens { .. }) = self.algebra.operator(id).map(|o| &o.effect)
                && self.algebra.step(&mut stack, id).is_ok()
            {
                self.reach(stack, vec![id], &mut queue);
            }
        }
        let mut head = 0;
        while let Some(domain) = queue.get(head).cloned() {
            head += 1;
            if self.locals.len() > MAX_LOCAL_STATES {
                return Err(format!(
                    "one domain could be in more than {MAX_LOCAL_STATES} states: declare fewer layers and attributes"
                ));
            }
            let word = self.locals.get(&domain).cloned().unwrap_or_default();
            for id in self.algebra.ids() {
                if matches!(
                    self.algebra.operator(id).map(|o| &o.effect),
                    None | Some(Effect::Gives { .. } | Effect::Expands(_))
                ) {
                    continue;
                }
                let mut stack = Stack {
                    marks: Marks::NONE,
                    domains: vec![domain.clone()],
                };
                if self.algebra.step(&mut stack, id).is_ok() && stack.domains.len() == 1 {
                    let mut word = word.clone();
                    word.push(id);
                    self.reach(stack, word, &mut queue);
                }
            }
        }
        Ok(())
    }

    fn reach(&mut self, mut stack: Stack, word: Vec<OperatorId>, queue: &mut Vec<Domain>) {
        if let Some(domain) = stack.domains.pop()
            && !self.locals.contains_key(&domain)
        {
            queue.push(domain.clone());
            self.locals.insert(domain, word);
        }
    }

    /// The number of the state that a stack is in. Outer domains matter only by their kernels, so what is in them is
    /// dropped, and states are finite.
    fn intern(&mut self, stack: Stack) -> u32 {
        let kernels = self.algebra.vocabulary().structure().kernels.len();
        let mut open = vec![0_u8; kernels];
        for opener in stack.domains.iter().filter_map(|d| d.opener) {
            let limited = self
                .algebra
                .vocabulary()
                .kernel_definition(opener.kernel)
                .is_some_and(|k| k.nesting.is_some());
            if let Some(count) = open.get_mut(usize::from(opener.kernel.0)).filter(|_| limited) {
                *count += 1;
            }
        }
        let state = State {
            domain: stack.domains.last().cloned().unwrap_or_default(),
            open,
        };
        let number = self.states.len() + START as usize;
        *self.index.entry(state.clone()).or_insert_with(|| {
            let mut stack = stack;
            stack.marks = Marks::NONE;
            self.states.push((state, stack));
            u32::try_from(number).unwrap_or(DEAD)
        })
    }
}
