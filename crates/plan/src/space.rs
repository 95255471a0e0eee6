//! The space of plans as a finite automaton: tiles are its letters, contexts its states.
//!
//! A plan is read outside in, facet by facet, tile by tile. All that the rest of a plan can depend on of what was read so
//! far is the *context*: which facet is being read; the innermost domain and how many bounded kernels are open, which
//! decide what may follow; which conditions on one domain an earlier domain fulfilled, as every rule about domains asks
//! whether any domain fulfils one; the marks that a rule asks about; whether the innermost realization carries the workload;
//! and who starts the layers. Normal forms are closed under prefixes, so a prefix is one if each letter keeps it one, and
//! the letters of the innermost domain follow from its state. Contexts are found on demand, each with one prefix that
//! leads to it, by which everything about it is decided.

use std::collections::HashMap;
use std::rc::Rc;

use stackwright_algebra::{Automaton, Effect, Facet, Marks, OperatorId};
use stackwright_catalog::model::{Condition, GradeRules};
use stackwright_spec::requirement::GradeName;

use crate::bits::Bits;
use crate::clause::{Atoms, Clause, Facts};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::tile::Tiles;

/// Tiles that lead from the same contexts to the same contexts.
#[derive(Clone, Debug)]
pub(crate) struct Class<'c> {
    pub word: &'c [OperatorId],
    pub facet: usize,
    /// Whether the product itself enters the layers; `None` where that is no matter.
    pub embedded: Option<bool>,
    /// Whether the workload can be started by it; `None` where it is not of the isolation facet.
    pub carries: Option<bool>,
    pub tiles: Vec<usize>,
}

/// Where a prefix leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    facet: usize,
    /// The state of the isolation letters: the innermost domain and how many bounded kernels are open.
    state: u32,
    /// The conditions on one domain that an earlier domain fulfils.
    fulfilled: Bits,
    /// The marks of the facet that is being read, and of earlier ones those that a rule asks about.
    marks: Marks,
    embedded: Option<bool>,
    carries: bool,
    /// The whole word, where a rule depends on it.
    word: Vec<OperatorId>,
}

/// A context.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    key: Key,
    /// A prefix that leads here; the only one where a rule depends on the whole word.
    pub word: Rc<[OperatorId]>,
    /// Where the letters of the facet that is being read begin.
    begin: usize,
    /// Items that no plan through here fulfils.
    pub broken: Bits,
    /// Conditions of realizations that can hold for a plan through here.
    pub fulfils: Bits,
    /// The least insecurity of a plan through here.
    pub insecurity: u8,
    /// The least and the greatest place of the isolation classes of plans through here.
    pub classes: (usize, usize),
    ways: Option<Rc<Ways>>,
}

/// A class of tiles that can follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub class: usize,
    /// The context that it leads to.
    pub next: usize,
    /// How many kernels it opens here.
    pub opened: usize,
}

/// What can follow on a context.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    pub tiles: Vec<Way>,
    /// The context in which the next facet is read.
    pub onward: Option<usize>,
}

/// How much the contexts tell apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Detail<'w> {
    /// Whether a context that breaks a rule for good is still one.
    pub broken: bool,
    /// Only prefixes of this word.
    pub word: Option<&'w [OperatorId]>,
    /// Only what decides which tiles can follow, to count plans whatever rules say of them.
    pub count: bool,
    /// A rule that is left out.
    pub without: Option<usize>,
}

/// The contexts of a problem, found on demand.
pub(crate) struct Space<'p, 'c> {
    problem: &'p Problem<'c>,
    classes: Vec<Class<'c>>,
    detail: Detail<'p>,
    whole_words: bool,
    atoms: Atoms<'c>,
    atoms_of: HashMap<u32, Bits>,
    /// The marks that the facets from each on can add.
    ahead: Vec<Marks>,
    relevant: Marks,
    rules: Vec<Judge>,
    whens: Vec<Clause>,
    isolation: Vec<Clause>,
    security: Vec<(u8, Clause)>,
    observability: Vec<(i16, Clause)>,
    grades: Option<&'c GradeRules>,
    nodes: Vec<Node>,
    index: HashMap<Key, usize>,
}

/// A rule that is decided by the context alone.
enum Judge {
    Principle(usize, Clause),
    Isolation(usize),
    Security(usize),
    Observability(usize),
    Carries(usize),
    /// Nothing fulfils it.
    Never(usize),
}

const ISOLATION: usize = 1;

impl<'p, 'c> Space<'p, 'c> {
    pub fn new(problem: &'p Problem<'c>, tiles: &Tiles<'c>, detail: Detail<'p>) -> Self {
        let algebra = problem.catalog.algebra();
        let mut space = Self {
            problem,
            classes: tiles.classes(!detail.count),
            detail,
            whole_words: detail.word.is_some(),
            atoms: Atoms::default(),
            atoms_of: HashMap::new(),
            ahead: Vec::new(),
            relevant: Marks::NONE,
            rules: Vec::new(),
            whens: Vec::new(),
            isolation: Vec::new(),
            security: Vec::new(),
            observability: Vec::new(),
            grades: problem.catalog.data().grades.as_ref().filter(|_| !detail.count),
            nodes: Vec::new(),
            index: HashMap::new(),
        };
        for facet in Facet::ALL {
            let effects = algebra.operators().iter().map(|o| &o.effect);
            space.ahead.push(effects.fold(Marks::NONE, |set, effect| match effect {
                Effect::Gives { facet: f, marks } if *f >= facet => set.union(*marks),
                _ => set,
            }));
        }
        if !detail.count {
            space.rules(tiles);
        }
        space
    }

    fn rules(&mut self, tiles: &Tiles<'c>) {
        let mut observed = false;
        let mut rules = Vec::new();
        for (item, rule) in self.problem.rules.iter().enumerate() {
            if self.detail.without == Some(item) {
                continue;
            }
            rules.extend(match rule {
                Rule::Principle(principle, _) => self.clause(&principle.requires).map(|c| Judge::Principle(item, c)),
                Rule::Isolation(_) => Some(Judge::Isolation(item)),
                Rule::Carries => Some(Judge::Carries(item)),
                Rule::Host => self.problem.wrong_architecture().map(|_| Judge::Never(item)),
                Rule::Grade(grade) => match grade.grade {
                    GradeName::Security => Some(Judge::Security(item)),
                    GradeName::Observability => {
                        observed = true;
                        Some(Judge::Observability(item))
                    }
                    GradeName::Latency => {
                        // The reference figures are those of the default realizations of the whole word.
                        self.whole_words = true;
                        None
                    }
                },
                _ => None,
            });
        }
        self.rules = rules;
        self.whens = tiles.whens.iter().filter_map(|c| self.clause(c)).collect();
        let Some(grades) = self.grades else { return };
        self.isolation = grades.isolation.iter().filter_map(|c| self.clause(&c.when)).collect();
        let cases = grades.security.greatest.iter();
        self.security = cases.filter_map(|c| Some((c.grade, self.clause(&c.when)?))).collect();
        if observed {
            let cases = grades.observability.adjust.iter();
            self.observability = cases
                .filter_map(|c| Some((i16::from(c.by), self.clause(&c.when)?)))
                .collect();
        }
    }

    fn clause(&mut self, condition: &'c Condition) -> Option<Clause> {
        let vocabulary = self.problem.catalog.algebra().vocabulary();
        let clause = Clause::new(condition, &mut self.atoms, vocabulary)?;
        self.relevant = self.relevant.union(clause.marks());
        Some(clause)
    }

    /// The context of the empty prefix.
    pub fn start(&mut self) -> Option<usize> {
        let key = Key {
            facet: 0,
            state: Automaton::EMPTY,
            fulfilled: Bits::default(),
            marks: Marks::NONE,
            embedded: None,
            carries: true,
            word: Vec::new(),
        };
        self.intern(key, &[], 0)
    }

    pub fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    pub fn classes(&self) -> &[Class<'c>] {
        &self.classes
    }

    pub fn class(&self, index: usize) -> Option<&Class<'c>> {
        self.classes.get(index)
    }

    /// Which facet is being read; one beyond the last at the end.
    pub fn facet(&self, index: usize) -> usize {
        self.nodes.get(index).map_or(Facet::ALL.len(), |n| n.key.facet)
    }

    /// What can follow.
    pub fn ways(&mut self, index: usize) -> Rc<Ways> {
        let Some(node) = self.nodes.get(index) else {
            return Rc::default();
        };
        if let Some(ways) = &node.ways {
            return Rc::clone(ways);
        }
        let node = node.clone();
        let mut ways = Ways::default();
        if node.key.facet < Facet::ALL.len() {
            for class in 0..self.classes.len() {
                if let Some((next, opened)) = self.read(&node, class) {
                    ways.tiles.push(Way { class, next, opened });
                }
            }
            ways.onward = self.onward(&node);
        }
        let ways = Rc::new(ways);
        if let Some(node) = self.nodes.get_mut(index) {
            node.ways = Some(Rc::clone(&ways));
        }
        ways
    }

    /// The context that a class leads to, and how many kernels it opens.
    fn read(&mut self, node: &Node, class: usize) -> Option<(usize, usize)> {
        let class = self.classes.get(class).filter(|c| c.facet == node.key.facet)?;
        let (embedded, carries, letters) = (class.embedded, class.carries, class.word);
        if embedded.zip(node.key.embedded).is_some_and(|(a, b)| a != b) {
            return None;
        }
        let fits = |word: &[OperatorId]| {
            let rest = word.strip_prefix(&*node.word);
            rest.is_some_and(|rest| rest.starts_with(letters))
        };
        if self.detail.word.is_some_and(|w| !fits(w)) {
            return None;
        }
        let automaton = self.problem.catalog.automaton();
        let mut key = None;
        let mut opened = 0;
        let word: Vec<OperatorId>;
        if node.key.facet == ISOLATION {
            let mut state = node.key.state;
            let mut left = Vec::new();
            for (read, letter) in letters.iter().enumerate() {
                let (next, opens) = automaton.lengthen(state, *letter)?;
                if opens {
                    left.push((state, read));
                    opened += 1;
                }
                state = next;
            }
            word = [&*node.word, letters].concat();
            let mut fulfilled = node.key.fulfilled.clone();
            for (state, read) in left {
                fulfilled.add(&self.atoms_of(state, word.get(..node.word.len() + read).unwrap_or(&[])));
            }
            key = Some((state, fulfilled, node.key.marks));
        } else {
            word = [&*node.word, letters].concat();
            let own = word.get(node.begin..).unwrap_or(&[]);
            let mut normal = Vec::with_capacity(own.len());
            if automaton.normalize_into(own, &mut normal).is_some() && normal == own {
                let algebra = self.problem.catalog.algebra();
                let gives = |id: &OperatorId| match algebra.operator(*id).map(|o| &o.effect) {
                    Some(Effect::Gives { marks, .. }) => *marks,
                    _ => Marks::NONE,
                };
                let marks = letters.iter().map(gives).fold(node.key.marks, Marks::union);
                key = Some((node.key.state, node.key.fulfilled.clone(), marks));
            }
        }
        let (state, fulfilled, marks) = key?;
        let key = Key {
            facet: node.key.facet,
            state,
            fulfilled,
            marks,
            embedded: embedded.or(node.key.embedded),
            carries: carries.unwrap_or(node.key.carries),
            word: Vec::new(),
        };
        Some((self.intern(key, &word, node.begin)?, opened))
    }

    /// The same prefix, with nothing more of the facet to come.
    fn onward(&mut self, node: &Node) -> Option<usize> {
        let facet = node.key.facet + 1;
        if facet == Facet::ALL.len() && self.detail.word.is_some_and(|w| *w != *node.word) {
            return None;
        }
        let mut key = Key {
            facet,
            marks: node.key.marks.intersection(self.relevant),
            ..node.key.clone()
        };
        if node.key.facet == ISOLATION {
            key.fulfilled.add(&self.atoms_of(node.key.state, &node.word));
            key.state = Automaton::EMPTY;
            key.embedded = None;
        }
        self.intern(key, &node.word, node.word.len())
    }

    /// What the innermost domain of a state fulfils, to which a word leads.
    fn atoms_of(&mut self, state: u32, word: &[OperatorId]) -> Bits {
        if let Some(bits) = self.atoms_of.get(&state) {
            return bits.clone();
        }
        let stack = self.problem.catalog.stack(word).unwrap_or_default();
        let bits = stack.innermost().map(|d| self.atoms.of(d)).unwrap_or_default();
        self.atoms_of.insert(state, bits.clone());
        bits
    }

    /// The context of a key, which a prefix leads to. `None` if it breaks a rule for good and such are not wanted.
    fn intern(&mut self, mut key: Key, word: &[OperatorId], begin: usize) -> Option<usize> {
        key.word.clear();
        if self.whole_words {
            key.word.extend_from_slice(word);
        }
        let index = match self.index.get(&key) {
            Some(known) => *known,
            None => {
                let node = self.decide(key.clone(), word, begin);
                self.nodes.push(node);
                self.index.insert(key, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        let fits = self.detail.broken || self.nodes.get(index).is_some_and(|n| n.broken.is_empty());
        fits.then_some(index)
    }

    fn decide(&mut self, key: Key, word: &[OperatorId], begin: usize) -> Node {
        let mut node = Node {
            key,
            word: word.into(),
            begin,
            broken: Bits::default(),
            fulfils: Bits::default(),
            insecurity: 0,
            classes: (0, 0),
            ways: None,
        };
        if self.detail.count {
            return node;
        }
        let facet = node.key.facet;
        let mut fulfilled = node.key.fulfilled.clone();
        if facet == ISOLATION {
            fulfilled.add(&self.atoms_of(node.key.state, word));
        }
        let facts = Facts {
            fulfilled: &fulfilled,
            marks: node.key.marks,
            isolation_ahead: facet <= ISOLATION,
            marks_ahead: self.ahead.get(facet).copied().unwrap_or(Marks::NONE),
        };
        let outlooks: Vec<_> = self.isolation.iter().map(|c| c.outlook(facts)).collect();
        let least = outlooks.iter().rposition(|o| o.must).unwrap_or(0);
        let greatest = outlooks.iter().rposition(|o| o.may).unwrap_or(0);
        let base = self.grades.map_or(0, |g| g.security.base);
        let (mut certain, mut possible) = (base, base);
        for (grade, clause) in &self.security {
            let outlook = clause.outlook(facts);
            certain = certain.max(if outlook.must { *grade } else { base });
            possible = possible.max(if outlook.may { *grade } else { base });
        }
        for rule in &self.rules {
            let fails = match rule {
                Judge::Principle(item, clause) => (!clause.outlook(facts).may).then_some(*item),
                Judge::Isolation(item) => match self.problem.rules.get(*item) {
                    Some(Rule::Isolation(i)) => (!(least..=greatest).any(|rank| i.allows(rank))).then_some(*item),
                    _ => None,
                },
                Judge::Security(item) => self.grade(*item, certain, possible),
                Judge::Observability(item) if facet == Facet::ALL.len() => {
                    let holding = self.observability.iter().filter(|(_, c)| c.outlook(facts).must);
                    let base = self.grades.map_or(0, |g| i16::from(g.observability.base));
                    let sum = base + holding.map(|(by, _)| by).sum::<i16>();
                    let grade = u8::try_from(sum.clamp(1, 5)).unwrap_or(1);
                    self.grade(*item, grade, grade)
                }
                Judge::Observability(_) => None,
                Judge::Never(item) => Some(*item),
                Judge::Carries(item) => (facet > ISOLATION && !node.key.carries).then_some(*item),
            };
            fails.into_iter().for_each(|item| node.broken.insert(item));
        }
        let whens = self.whens.iter().enumerate();
        node.fulfils = whens.filter(|(_, c)| c.outlook(facts).may).map(|(i, _)| i).collect();
        node.insecurity = 5_u8.saturating_sub(possible);
        node.classes = (least.min(greatest), greatest);
        node
    }

    fn grade(&self, item: usize, least: u8, greatest: u8) -> Option<usize> {
        match self.problem.rules.get(item) {
            Some(Rule::Grade(grade)) => {
                let allowed = (least..=greatest).any(|g| grade.bound.allows(f64::from(g)));
                (!allowed).then_some(item)
            }
            _ => None,
        }
    }
}
