//! The compilation of an algebra: which states there are, what follows them, and their words.

use std::collections::{BTreeMap, HashMap};

use super::{Automaton, DEAD, MAX_DOMAINS, MarkTable, OPENS, Piece, START};
use crate::operator::{Effect, Operator, OperatorId};
use crate::stack::{Domain, Stack};
use crate::vocabulary::{Facet, Marks};
use crate::word::Algebra;

/// The number of marks that one small facet can have, and one table of normal forms, which has a row for each set.
const MAX_MARKS: u32 = 12;
/// The number of states that one domain can have.
const MAX_LOCAL_STATES: usize = 10_000;
/// The number of states that the table can have.
const MAX_STATES: usize = 100_000;

impl Automaton {
    /// Compiles an algebra.
    ///
    /// # Errors
    ///
    /// A sentence that says which table would become too large.
    pub fn compile(algebra: &Algebra) -> Result<Self, String> {
        bounded_nesting(algebra)?;
        let mut explorer = Explorer::new(algebra);
        explorer.explore()?;
        let (rows, domains) = explorer.rows()?;
        Self::assemble(algebra, rows, domains)
    }

    /// The automaton with these tables of domains, and tables of marks that are made here.
    pub(super) fn assemble(algebra: &Algebra, rows: Vec<u32>, domains: Vec<Piece>) -> Result<Self, String> {
        let marks = MarkOrder::of(algebra)?;
        let (before, after): (Vec<_>, Vec<_>) = Facet::ALL
            .into_iter()
            .filter(|f| *f != Facet::Isolation)
            .partition(|f| *f < Facet::Isolation);
        let mut gives = Box::new([0; 256]);
        for (place, id) in gives.iter_mut().zip(algebra.ids()) {
            *place = marks.gives(algebra, id);
        }
        Ok(Self {
            width: algebra.operators().len() + 1,
            rows,
            expansions: algebra.operators().iter().map(expansion).collect(),
            gives,
            domain_states: domains.len() - 1,
            domains,
            before: marks.tables(algebra, &before)?,
            after: marks.tables(algebra, &after)?,
        })
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
            if facet != Facet::Isolation && used - first > MAX_MARKS {
                return Err(format!(
                    "the {} facet has {} marks, and at most {MAX_MARKS} can be compiled",
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

    /// Tables of the normal forms of these facets, in order; neighbours share one where it stays small.
    fn tables(&self, algebra: &Algebra, facets: &[Facet]) -> Result<Vec<MarkTable>, String> {
        let mut tables: Vec<MarkTable> = Vec::new();
        for facet in facets {
            let Some((_, shift, bits)) = self.ranges.iter().copied().find(|(f, ..)| f == facet) else {
                continue;
            };
            let shortest = self.shortest(algebra, *facet, shift);
            match tables.last_mut() {
                Some(table) if table.mask.count_ones() + bits <= MAX_MARKS => {
                    let mut words = Vec::with_capacity(table.words.len() << bits);
                    for set in 0..1_u64 << bits {
                        let word = shortest.get(&set).map_or(&[][..], Vec::as_slice);
                        for outer in &table.words {
                            words.push(Piece::new(&[outer.word(), word].concat())?);
                        }
                    }
                    table.mask = (table.mask << bits) | ((1 << bits) - 1);
                    table.words = words;
                    table.reachable += shortest.len();
                }
                _ => tables.push(MarkTable {
                    shift,
                    mask: (1 << bits) - 1,
                    words: (0..1_u64 << bits)
                        .map(|set| Piece::new(shortest.get(&set).map_or(&[], Vec::as_slice)))
                        .collect::<Result<_, _>>()?,
                    reachable: shortest.len(),
                }),
            }
        }
        Ok(tables)
    }

    /// The shortest word to each set of a facet's marks that words reach.
    fn shortest(&self, algebra: &Algebra, facet: Facet, shift: u32) -> BTreeMap<u64, Vec<OperatorId>> {
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
        shortest
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

    /// The rows of the table as [`Automaton`] keeps them, and the words of domains that their last entries name.
    fn rows(&self) -> Result<(Vec<u32>, Vec<Piece>), String> {
        let letters = self.algebra.operators().len();
        let row = |state: u32| {
            u32::try_from(state as usize * (letters + 1))
                .ok()
                .filter(|r| r & OPENS == 0)
        };
        let mut domains = vec![Piece::default()];
        let mut numbers: HashMap<&Domain, u32> = HashMap::new();
        let mut rows = Vec::with_capacity(self.next.len() + self.states.len() + 1);
        for (state, next) in self.next.chunks_exact(letters.max(1)).enumerate() {
            let domain = state.checked_sub(START as usize).and_then(|i| self.states.get(i));
            let number = match domain.map(|(state, _)| &state.domain) {
                None => 0,
                Some(domain) => match numbers.get(domain) {
                    Some(number) => *number,
                    None => {
                        let number = u32::try_from(domains.len()).unwrap_or_default();
                        domains.push(Piece::new(self.locals.get(domain).map_or(&[], Vec::as_slice))?);
                        numbers.insert(domain, number);
                        number
                    }
                },
            };
            for (letter, entry) in self.algebra.operators().iter().zip(next) {
                let entry = match &letter.effect {
                    Effect::Expands(word) => self.through(state, word),
                    _ => *entry,
                };
                let row = row(entry & !OPENS).ok_or("the table of transitions would have more than 2³¹ entries")?;
                rows.push(row | entry & OPENS);
            }
            rows.push(number);
        }
        Ok((rows, domains))
    }

    /// The entry of a macro: what its letters do one after the other. Where they do more than an entry can say, because a
    /// domain is left behind that they changed, it is [`DEAD`], and the macro is expanded when it is read.
    fn through(&self, state: usize, word: &[OperatorId]) -> u32 {
        let width = self.algebra.operators().len();
        let mut reached = u32::try_from(state).unwrap_or(DEAD);
        let mut opened = 0;
        for (place, letter) in word.iter().enumerate() {
            let entry = self
                .next
                .get(reached as usize * width + letter.index())
                .copied()
                .unwrap_or(DEAD);
            if entry & OPENS != 0 && place > 0 {
                return DEAD;
            }
            opened |= entry & OPENS;
            reached = entry & !OPENS;
        }
        if reached == DEAD { DEAD } else { reached | opened }
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
