//! Where an equation holds: decided in every context, and put into words.
//!
//! Equality is a congruence, so an equation that holds by itself holds in every context. One that does not can still
//! hold after some words: C∘S = S∘C wherever either is there already. A context is a state of the automaton for the
//! isolation facet and a set of marks for the others; there are finitely many, and each is tried.

use crate::automaton::Automaton;
use crate::laws::Side;
use crate::operator::{Effect, OperatorId};
use crate::stack::{Domain, Stack};
use crate::vocabulary::{AttributeId, Facet, KernelId, LayerId, Marks, Vocabulary};
use crate::word::Algebra;

/// Where an equation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// In every context in which either side describes a stack.
    Everywhere,
    /// Just in contexts of which this is true: a condition on what stands before.
    Where(String),
    /// In no context.
    Nowhere,
}

/// Where an equation holds, and the shortest context in which it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// Where it holds.
    pub extent: Extent,
    /// The shortest context in which it fails, if there is one.
    pub witness: Option<Witness>,
}

/// A context in which the sides of an equation differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The word before both sides.
    pub context: Vec<OperatorId>,
    /// What the context followed by the left side reaches.
    pub left: Side,
    /// What the context followed by the right side reaches.
    pub right: Side,
}

impl Law {
    /// Whether it holds in every context.
    pub fn holds(&self) -> bool {
        self.extent == Extent::Everywhere
    }
}

/// Every context of an algebra, with the facts that conditions are made of.
#[derive(Clone, Debug)]
pub struct Contexts {
    isolation: Vec<Context>,
    marks: Vec<Context>,
    isolation_facts: Vec<Fact>,
    mark_facts: Vec<Fact>,
}

/// A context: its shortest word and the stack it reaches.
#[derive(Clone, Debug)]
struct Context {
    word: Vec<OperatorId>,
    stack: Stack,
}

/// Something that is true of some contexts, in words, and of which.
#[derive(Clone, Debug)]
struct Fact {
    words: String,
    holds: Vec<bool>,
}

impl Contexts {
    /// Finds every context.
    pub fn new(algebra: &Algebra, automaton: &Automaton) -> Self {
        let context = |word: Vec<OperatorId>| {
            let stack = algebra.run(&word).unwrap_or_default();
            Context { word, stack }
        };
        let isolation: Vec<_> = automaton.state_words().into_iter().map(context).collect();
        let marks: Vec<_> = automaton.mark_words(algebra).into_iter().map(context).collect();
        let vocabulary = algebra.vocabulary();
        let isolation_facts = isolation_facts(vocabulary, &isolation);
        let mark_facts = mark_facts(vocabulary, &marks);
        Self {
            isolation,
            marks,
            isolation_facts,
            mark_facts,
        }
    }

    /// Decides where an equation holds.
    pub fn law(&self, algebra: &Algebra, automaton: &Automaton, left: &[OperatorId], right: &[OperatorId]) -> Law {
        let isolation: Vec<_> = self
            .isolation
            .iter()
            .map(|c| same_domains(algebra, c, left, right))
            .collect();
        let marks: Vec<_> = self
            .marks
            .iter()
            .map(|c| Some(same_marks(algebra, c, left, right)))
            .collect();
        let failing = |list: &[Context], verdicts: &[Option<bool>]| {
            let mut failures = list.iter().zip(verdicts).filter(|(_, v)| **v == Some(false));
            failures.next().map(|(context, _)| context.word.clone())
        };
        let shortest = failing(&self.isolation, &isolation)
            .into_iter()
            .chain(failing(&self.marks, &marks))
            .min_by_key(Vec::len);
        let witness = shortest.map(|context| {
            let side = |word: &[OperatorId]| automaton.side(algebra, &[context.as_slice(), word].concat());
            Witness {
                left: side(left),
                right: side(right),
                context: context.clone(),
            }
        });
        let conditions: Option<Vec<String>> = [
            condition(&isolation, &self.isolation_facts),
            condition(&marks, &self.mark_facts),
        ]
        .into_iter()
        .filter_map(|c| match c {
            Condition::Always => None,
            Condition::Never => Some(None),
            Condition::If(words) => Some(Some(words)),
        })
        .collect();
        let extent = match conditions {
            None => Extent::Nowhere,
            Some(list) if list.is_empty() => Extent::Everywhere,
            Some(list) => Extent::Where(list.join(", and ")),
        };
        Law { extent, witness }
    }
}

/// Whether both sides reach the same domains from a context; `None` if neither reaches any.
fn same_domains(algebra: &Algebra, context: &Context, left: &[OperatorId], right: &[OperatorId]) -> Option<bool> {
    let reach = |word: &[OperatorId]| {
        let mut stack = context.stack.clone();
        let mut letters = word.iter().flat_map(|id| algebra.letters(id));
        letters
            .all(|letter| algebra.step(&mut stack, *letter).is_ok())
            .then_some(stack.domains)
    };
    match (reach(left), reach(right)) {
        (None, None) => None,
        (a, b) => Some(a == b),
    }
}

/// Whether both sides reach the same marks of the small facets from a context.
fn same_marks(algebra: &Algebra, context: &Context, left: &[OperatorId], right: &[OperatorId]) -> bool {
    let reach = |word: &[OperatorId]| {
        let letters = word.iter().flat_map(|id| algebra.letters(id));
        letters.fold(context.stack.marks, |marks, letter| {
            match algebra.operator(*letter).map(|o| &o.effect) {
                Some(Effect::Gives { marks: given, .. }) => marks.union(*given),
                _ => marks,
            }
        })
    };
    reach(left) == reach(right)
}

enum Condition {
    Always,
    Never,
    If(String),
}

/// The shortest combination of facts that holds in just the contexts in which the equation does: one fact or its
/// negation, then two, then three of them joined by `and` or by `or`.
fn condition(verdicts: &[Option<bool>], facts: &[Fact]) -> Condition {
    if verdicts.iter().all(|v| *v != Some(false)) {
        return Condition::Always;
    }
    if verdicts.iter().all(|v| *v != Some(true)) {
        return Condition::Never;
    }
    let literals: Vec<(String, Vec<bool>)> = facts
        .iter()
        .map(|f| (f.words.clone(), f.holds.clone()))
        .chain(
            facts
                .iter()
                .map(|f| (format!("not {}", f.words), f.holds.iter().map(|h| !h).collect())),
        )
        .collect();
    let fits = |chosen: &[usize], all: bool| {
        verdicts.iter().enumerate().all(|(context, verdict)| {
            let holds = |literal: &usize| {
                let list = literals.get(*literal).map(|(_, holds)| holds);
                list.and_then(|h| h.get(context)).copied().unwrap_or(false)
            };
            let combined = if all {
                chosen.iter().all(holds)
            } else {
                chosen.iter().any(holds)
            };
            verdict.is_none_or(|v| v == combined)
        })
    };
    let words = |chosen: &[usize], joint: &str| {
        let names: Vec<_> = chosen
            .iter()
            .filter_map(|i| literals.get(*i))
            .map(|(w, _)| w.as_str())
            .collect();
        Condition::If(names.join(joint))
    };
    for size in 1..=3 {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            for (all, joint) in [(true, " and "), (false, " or ")] {
                if fits(&chosen, all) {
                    return words(&chosen, joint);
                }
            }
            if !next_combination(&mut chosen, literals.len()) {
                break;
            }
        }
    }
    let (holds, all) = (
        verdicts.iter().filter(|v| **v == Some(true)).count(),
        verdicts.iter().flatten().count(),
    );
    Condition::If(format!(
        "in {holds} of {all} contexts, which no short condition describes"
    ))
}

/// Advances to the next increasing choice of numbers below `bound`.
fn next_combination(chosen: &mut [usize], bound: usize) -> bool {
    let size = chosen.len();
    for place in (0..size).rev() {
        let limit = bound.saturating_sub(size - place);
        let Some(value) = chosen.get(place).copied() else {
            return false;
        };
        if value < limit {
            for (offset, slot) in chosen.iter_mut().skip(place).enumerate() {
                *slot = value + 1 + offset;
            }
            return true;
        }
    }
    false
}

fn isolation_facts(vocabulary: &Vocabulary, contexts: &[Context]) -> Vec<Fact> {
    let structure = vocabulary.structure();
    let mut facts = Vec::new();
    let mut add = |words: String, test: &dyn Fn(&Stack, &Domain) -> bool| {
        let holds: Vec<_> = contexts
            .iter()
            .map(|c| c.stack.innermost().is_some_and(|domain| test(&c.stack, domain)))
            .collect();
        // What is always or never true says nothing.
        if holds.contains(&true) && holds.contains(&false) {
            facts.push(Fact { words, holds });
        }
    };
    for (index, layer) in (0..).zip(&structure.layers) {
        let id = LayerId(index);
        add(format!("the domain has {}", layer.name), &|_, d| d.layer(id).is_some());
    }
    for (index, attribute) in (0..).zip(&structure.attributes) {
        let id = AttributeId(index);
        add(format!("the domain has {attribute}"), &|_, d| d.has_attribute(id));
    }
    for (index, kernel) in (0..).zip(&structure.kernels) {
        let id = KernelId(index);
        add(format!("a {} opened the domain", kernel.name), &|_, d| {
            d.opener.is_some_and(|o| o.kernel == id)
        });
        for count in 1..=kernel.nesting.unwrap_or(0) {
            let open = |s: &Stack| {
                s.domains
                    .iter()
                    .filter(|d| d.opener.is_some_and(|o| o.kernel == id))
                    .count()
            };
            add(format!("{count} {} nest", plural(&kernel.name, count)), &|s, _| {
                open(s) == usize::from(count)
            });
        }
    }
    for (facet, name) in vocabulary
        .mark_names(Marks(u64::MAX))
        .filter(|(f, _)| *f == Facet::Isolation)
    {
        let Some(mark) = vocabulary.mark(facet, name) else {
            continue;
        };
        add(format!("the domain is {name}"), &|_, d| {
            d.opener.is_some_and(|o| o.marks.contains(mark)) || d.layers.iter().any(|l| l.marks.contains(mark))
        });
    }
    facts
}

fn plural(name: &str, count: u8) -> String {
    if count == 1 {
        name.to_owned()
    } else {
        format!("{name}s")
    }
}

fn mark_facts(vocabulary: &Vocabulary, contexts: &[Context]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (facet, name) in vocabulary
        .mark_names(Marks(u64::MAX))
        .filter(|(f, _)| *f != Facet::Isolation)
    {
        let Some(mark) = vocabulary.mark(facet, name) else {
            continue;
        };
        facts.push(Fact {
            words: format!("the stack has {name}"),
            holds: contexts.iter().map(|c| c.stack.marks.contains(mark)).collect(),
        });
    }
    facts
}
