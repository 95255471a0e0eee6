//! Conditions on stacks of which only the beginning is known.

use stackwright_algebra::{Domain, Facet, Marks, Stack, Vocabulary};
use stackwright_catalog::CompiledCondition;
use stackwright_catalog::model::{Condition, DomainCondition};

use crate::bits::Bits;

/// What is known of a stack of which the beginning was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The conditions on one domain that some domain fulfils, by their numbers.
    pub fulfilled: &'a Bits,
    /// The marks it has.
    pub marks: Marks,
    /// Whether domains, layers and attributes can still be added.
    pub isolation_ahead: bool,
    /// The marks that can still be added.
    pub marks_ahead: Marks,
}

/// What a condition says of all stacks that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// It holds for every one.
    pub must: bool,
    /// It can hold for one, as far as can be told.
    pub may: bool,
}

/// The different conditions on one domain that conditions are made of, by which they are numbered.
#[derive(Debug, Default)]
pub(crate) struct Atoms<'a> {
    list: Vec<(&'a DomainCondition, CompiledCondition)>,
}

impl<'a> Atoms<'a> {
    fn number(&mut self, domain: &'a DomainCondition, vocabulary: &Vocabulary) -> Option<usize> {
        if let Some(known) = self.list.iter().position(|(d, _)| *d == domain) {
            return Some(known);
        }
        let alone = Condition {
            domain: Some(domain.clone()),
            ..Condition::default()
        };
        self.list
            .push((domain, CompiledCondition::new(&alone, vocabulary).ok()?));
        Some(self.list.len() - 1)
    }

    /// Those that a domain fulfils.
    pub fn of(&self, domain: &Domain) -> Bits {
        let alone = Stack {
            marks: Marks::NONE,
            domains: vec![domain.clone()],
        };
        let holding = self.list.iter().enumerate().filter(|(_, (_, c))| c.holds(&alone));
        holding.map(|(i, _)| i).collect()
    }
}

/// A condition that can be asked of the beginning of a stack. Letters only add, so what a domain has it keeps, and a
/// condition on one domain or on marks, once true, stays true.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    domain: Option<usize>,
    marks: Marks,
    any: Vec<Clause>,
    all: Vec<Clause>,
    none: Vec<Clause>,
    two_of: Vec<Clause>,
}

impl Clause {
    /// Resolves the names of a condition. `None` if the algebra does not know one, which checked catalogues exclude.
    pub fn new<'a>(condition: &'a Condition, atoms: &mut Atoms<'a>, vocabulary: &Vocabulary) -> Option<Self> {
        let Condition {
            domain,
            marks,
            any,
            all,
            none,
            two_of,
        } = condition;
        let mut list = |conditions: &'a [Condition]| -> Option<Vec<Self>> {
            conditions.iter().map(|c| Self::new(c, atoms, vocabulary)).collect()
        };
        let (any, all, none, two_of) = (list(any)?, list(all)?, list(none)?, list(two_of)?);
        let domain = match domain {
            Some(domain) => Some(atoms.number(domain, vocabulary)?),
            None => None,
        };
        let mut set = Marks::NONE;
        for name in marks {
            set = set.union(Facet::ALL.into_iter().find_map(|f| vocabulary.mark(f, name))?);
        }
        Some(Self {
            domain,
            marks: set,
            any,
            all,
            none,
            two_of,
        })
    }

    /// What it says of the stacks that begin like this.
    pub fn outlook(&self, facts: Facts<'_>) -> Outlook {
        let domain = self.domain.is_none_or(|d| facts.fulfilled.contains(d));
        let mut must = domain && facts.marks.contains(self.marks);
        let mut may = (domain || facts.isolation_ahead) && facts.marks.union(facts.marks_ahead).contains(self.marks);
        let of = |clauses: &[Self]| -> (usize, usize) {
            let outlooks = clauses.iter().map(|c| c.outlook(facts));
            outlooks.fold((0, 0), |(must, may), o| {
                (must + usize::from(o.must), may + usize::from(o.may))
            })
        };
        let (certain, possible) = of(&self.any);
        must &= self.any.is_empty() || certain > 0;
        may &= self.any.is_empty() || possible > 0;
        let (certain, possible) = of(&self.all);
        must &= certain == self.all.len();
        may &= possible == self.all.len();
        let (certain, possible) = of(&self.none);
        must &= possible == 0;
        may &= certain == 0;
        let (certain, possible) = of(&self.two_of);
        must &= self.two_of.is_empty() || certain > 1;
        may &= self.two_of.is_empty() || possible > 1;
        Outlook { must, may }
    }

    /// The marks of small facets that it depends on.
    pub fn marks(&self) -> Marks {
        let inner = [&self.any, &self.all, &self.none, &self.two_of].into_iter().flatten();
        inner.fold(self.marks, |marks, clause| marks.union(clause.marks()))
    }
}
