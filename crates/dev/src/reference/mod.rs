//! A slow and obvious implementation of the algebra, to compare the engine with.
//!
//! [`Machine`] runs the declared effects on sets and lists of names, whatever operators are declared. [`Document`] adds
//! the description of normal forms for the operators that ship.

mod document;
pub mod plans;

use std::collections::{BTreeMap, BTreeSet};

use stackwright_catalog::model::{EffectData, OperatorData, StructureData};

pub use document::Document;

use crate::semantics::Misplaced;

type Names = BTreeSet<String>;

/// What is true of a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// The marks of each facet other than isolation.
    pub facets: BTreeMap<String, Names>,
    /// The kernel domains, outermost first; the first is the host's.
    pub domains: Vec<Domain>,
}

/// What runs on one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain {
    /// Name of the kernel that opened it; empty for the host's.
    pub kernel: String,
    /// Marks of that kernel.
    pub kernel_marks: Names,
    /// Attributes.
    pub attributes: Names,
    /// Names of layers with their marks, outermost first.
    pub layers: Vec<(String, Names)>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            facets: BTreeMap::new(),
            domains: vec![Domain::default()],
        }
    }
}

/// Declared operators, as data.
#[derive(Clone, Debug)]
pub struct Machine {
    structure: StructureData,
    effects: BTreeMap<String, EffectData>,
}

impl Machine {
    /// A machine for declared operators.
    pub fn new(structure: &StructureData, operators: &[OperatorData]) -> Self {
        Self {
            structure: structure.clone(),
            effects: operators.iter().map(|o| (o.symbol.clone(), o.effect.clone())).collect(),
        }
    }

    /// The symbols of all operators that are not macros.
    pub fn letters(&self) -> impl Iterator<Item = &str> {
        let letters = self
            .effects
            .iter()
            .filter(|(_, e)| !matches!(e, EffectData::Expands(_)));
        letters.map(|(symbol, _)| symbol.as_str())
    }

    /// The state that a word reaches from the empty stack.
    ///
    /// # Errors
    ///
    /// The first letter that has no place.
    pub fn run(&self, word: &[&str]) -> Result<State, Misplaced> {
        let mut state = State::default();
        for (position, symbol) in word.iter().enumerate() {
            for letter in self.expand(symbol) {
                state = self.step(state, &letter).ok_or(Misplaced { position })?;
            }
        }
        Ok(state)
    }

    /// The letters that a symbol stands for.
    pub fn expand(&self, symbol: &str) -> Vec<String> {
        match &self.effects[symbol] {
            EffectData::Expands(word) => word.iter().flat_map(|s| self.expand(s)).collect(),
            _ => vec![symbol.to_owned()],
        }
    }

    /// The state after one more letter, or `None` where it has no place.
    pub fn step(&self, state: State, letter: &str) -> Option<State> {
        self.act(state, letter, &[])
    }

    /// Does what `symbol` does, with marks that operators which refine it add.
    fn act(&self, mut state: State, symbol: &str, added: &[String]) -> Option<State> {
        match &self.effects[symbol] {
            EffectData::Gives(gives) => {
                let marks = gives.marks.iter().chain(added).cloned();
                state.facets.entry(gives.facet.clone()).or_default().extend(marks);
                Some(state)
            }
            EffectData::Opens(opens) => self.open(state, &opens.kernel, added),
            EffectData::Encloses(names) => self.enclose(state, names, added),
            EffectData::Refines(refines) => {
                let marks: Vec<String> = refines.marks.iter().chain(added).cloned().collect();
                self.act(state, &refines.operator, &marks)
            }
            EffectData::Expands(_) => panic!("a macro is not a letter"),
        }
    }

    fn open(&self, mut state: State, kernel: &str, marks: &[String]) -> Option<State> {
        let declared = self.structure.kernels.iter().find(|k| k.name == kernel).unwrap();
        let already_open = state.domains.iter().filter(|d| d.kernel == kernel).count();
        let current = state.domains.last_mut().unwrap();
        if self.innermost_layer(current).is_some() {
            return None;
        }
        if declared.absorbs && current.kernel == kernel {
            current.kernel_marks.extend(marks.iter().cloned());
            return Some(state);
        }
        if declared.nesting.is_some_and(|limit| already_open >= usize::from(limit)) {
            return None;
        }
        state.domains.push(Domain {
            kernel: kernel.to_owned(),
            kernel_marks: marks.iter().cloned().collect(),
            ..Domain::default()
        });
        Some(state)
    }

    fn enclose(&self, mut state: State, names: &[String], marks: &[String]) -> Option<State> {
        let current = state.domains.last_mut().unwrap();
        if let Some(innermost) = self.innermost_layer(current)
            && names.iter().any(|name| *name != innermost)
        {
            return None;
        }
        let mut marks = marks.to_vec();
        for name in names {
            if self.structure.attributes.contains(name) {
                current.attributes.insert(name.clone());
                continue;
            }
            // The marks of a refinement go to its first layer.
            let own: Names = marks.drain(..).collect();
            match current.layers.iter_mut().find(|(n, _)| n == name) {
                Some((_, there)) => there.extend(own),
                None => current.layers.push((name.clone(), own)),
            }
        }
        Some(state)
    }

    /// The layer that nothing may be put inside of, if the domain has one.
    fn innermost_layer(&self, domain: &Domain) -> Option<String> {
        let innermost = |name: &str| self.structure.layers.iter().any(|l| l.innermost && l.name == name);
        let layer = domain.layers.iter().find(|(name, _)| innermost(name));
        layer.map(|(name, _)| name.clone())
    }
}
