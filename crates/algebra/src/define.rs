//! From declared effects to an algebra: names are resolved and what cannot be compiled is refused.

use crate::operator::{Effect, Operator, OperatorId};
use crate::vocabulary::{Facet, Marks, Structure, Vocabulary};
use crate::word::Algebra;

/// The number of operators that one algebra can hold.
pub const MAX_OPERATORS: usize = 128;

/// The number of attributes that a domain can have: one bit each.
const MAX_ATTRIBUTES: usize = 32;

/// An operator as data declares it, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its symbol.
    pub symbol: String,
    /// What it does.
    pub effect: EffectDefinition,
}

/// A declared effect. The names are those of the [`Structure`] or of operators declared before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectDefinition {
    /// Adds marks to a facet other than isolation; new names declare new marks.
    Gives {
        /// The facet's name.
        facet: Facet,
        /// The marks' names.
        marks: Vec<String>,
    },
    /// Opens a domain behind a kernel.
    Opens {
        /// The kernel's name.
        kernel: String,
    },
    /// Adds layers, outermost first, and attributes to the innermost domain.
    Encloses(Vec<String>),
    /// Does all that another operator does and adds marks: to the facet, the opener or the first layer.
    Refines {
        /// The other operator's symbol.
        operator: String,
        /// The marks' names.
        marks: Vec<String>,
    },
    /// Stands for a word.
    Expands(Vec<String>),
}

/// Why declared operators do not make an algebra.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Two operators share a symbol.
    #[error("operator `{symbol}` is defined twice")]
    Duplicate {
        /// The symbol.
        symbol: String,
    },
    /// An effect names something that nothing declares before it.
    #[error("operator `{symbol}` names the {kind} `{name}`, which is not declared before it")]
    Unknown {
        /// The operator.
        symbol: String,
        /// What sort of name it is: `kernel`, `layer or attribute`, `operator`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// An effect that does nothing or has nowhere to act.
    #[error("the effect of operator `{symbol}` cannot be compiled: {why}")]
    Effect {
        /// The operator.
        symbol: String,
        /// What is wrong with it.
        why: &'static str,
        /// What to do about it.
        help: &'static str,
    },
    /// More operators or marks than an algebra can hold.
    #[error("too many {what}: {found}, and at most {limit} are possible")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are possible.
        limit: usize,
    },
}

impl Algebra {
    /// Resolves declared operators, in their order, which is also the order of normal forms.
    ///
    /// # Errors
    ///
    /// The first operator whose effect cannot be compiled, with the reason.
    pub fn define(structure: Structure, definitions: &[Definition]) -> Result<Self, DefinitionError> {
        if definitions.len() > MAX_OPERATORS {
            return Err(DefinitionError::TooMany {
                what: "operators",
                found: definitions.len(),
                limit: MAX_OPERATORS,
            });
        }
        if structure.attributes.len() > MAX_ATTRIBUTES {
            return Err(DefinitionError::TooMany {
                what: "attributes",
                found: structure.attributes.len(),
                limit: MAX_ATTRIBUTES,
            });
        }
        let mut resolver = Resolver {
            vocabulary: Vocabulary {
                structure,
                marks: Vec::new(),
            },
            operators: Vec::with_capacity(definitions.len()),
        };
        for definition in definitions {
            resolver.add(definition)?;
        }
        Ok(Self::new(resolver.vocabulary, resolver.operators))
    }
}

struct Resolver {
    vocabulary: Vocabulary,
    operators: Vec<Operator>,
}

impl Resolver {
    fn add(&mut self, definition: &Definition) -> Result<(), DefinitionError> {
        let symbol = &definition.symbol;
        if self.find(symbol).is_some() {
            return Err(DefinitionError::Duplicate { symbol: symbol.clone() });
        }
        let mut refines = None;
        let effect = match &definition.effect {
            EffectDefinition::Gives { facet, marks } => self.gives(symbol, *facet, marks)?,
            EffectDefinition::Opens { kernel } => Effect::Opens {
                kernel: self
                    .vocabulary
                    .kernel(kernel)
                    .ok_or_else(|| unknown(symbol, "kernel", kernel))?,
                marks: Marks::NONE,
            },
            EffectDefinition::Encloses(names) => self.encloses(symbol, names)?,
            EffectDefinition::Refines { operator, marks } => {
                let base = self
                    .find(operator)
                    .ok_or_else(|| unknown(symbol, "operator", operator))?;
                refines = Some(base);
                self.refines(symbol, base, marks)?
            }
            EffectDefinition::Expands(symbols) => self.expands(symbol, symbols)?,
        };
        self.operators.push(Operator {
            symbol: symbol.clone(),
            effect,
            refines,
        });
        Ok(())
    }

    fn find(&self, symbol: &str) -> Option<OperatorId> {
        let index = self.operators.iter().position(|o| o.symbol == symbol)?;
        u8::try_from(index).ok().map(OperatorId)
    }

    fn gives(&mut self, symbol: &str, facet: Facet, marks: &[String]) -> Result<Effect, DefinitionError> {
        if facet == Facet::Isolation {
            return Err(effect(
                symbol,
                "`gives` is for facets other than isolation",
                "use `encloses` for layers and attributes, or `opens` for a kernel",
            ));
        }
        if marks.is_empty() {
            return Err(effect(
                symbol,
                "it gives no marks, so it would do nothing",
                "name at least one mark; a name that is new declares it",
            ));
        }
        let marks = self.marks(facet, marks)?;
        Ok(Effect::Gives { facet, marks })
    }

    fn encloses(&self, symbol: &str, names: &[String]) -> Result<Effect, DefinitionError> {
        if names.is_empty() {
            return Err(effect(
                symbol,
                "it encloses nothing, so it would do nothing",
                "name at least one layer or attribute of the structure",
            ));
        }
        let mut attributes = 0;
        let mut layers = Vec::new();
        for name in names {
            if let Some(layer) = self.vocabulary.layer(name) {
                layers.push((layer, Marks::NONE));
            } else if let Some(attribute) = self.vocabulary.attribute(name) {
                attributes |= 1 << attribute.0;
            } else {
                return Err(unknown(symbol, "layer or attribute", name));
            }
        }
        let outer = layers.split_last().map_or(&[][..], |(_, outer)| outer);
        if outer.iter().any(|(layer, _)| self.vocabulary.is_innermost(*layer)) {
            return Err(effect(
                symbol,
                "it puts a layer inside one that must stay innermost",
                "name the innermost layer last",
            ));
        }
        Ok(Effect::Encloses { attributes, layers })
    }

    fn refines(&mut self, symbol: &str, base: OperatorId, names: &[String]) -> Result<Effect, DefinitionError> {
        if names.is_empty() {
            return Err(effect(
                symbol,
                "it adds no marks, so it would equal what it refines",
                "name a mark that the refined operator does not give",
            ));
        }
        let mut effect_of = self.operators.get(base.index()).map(|o| o.effect.clone());
        let facet = effect_of.as_ref().and_then(Effect::facet);
        let added = self.marks(facet.unwrap_or(Facet::Isolation), names)?;
        match effect_of.as_mut() {
            Some(Effect::Gives { marks, .. } | Effect::Opens { marks, .. }) => *marks = marks.union(added),
            Some(Effect::Encloses { layers, .. }) => match layers.first_mut() {
                Some((_, marks)) => *marks = marks.union(added),
                None => {
                    return Err(effect(
                        symbol,
                        "it refines an operator without a layer to carry the marks",
                        "refine an operator that encloses a layer, or declare an attribute",
                    ));
                }
            },
            Some(Effect::Expands(_)) | None => {
                return Err(effect(
                    symbol,
                    "a macro cannot be refined",
                    "refine one of the operators that it stands for",
                ));
            }
        }
        effect_of.ok_or_else(|| effect(symbol, "it refines nothing", "name the operator that it refines"))
    }

    fn expands(&self, symbol: &str, symbols: &[String]) -> Result<Effect, DefinitionError> {
        let mut word = Vec::new();
        for name in symbols {
            let id = self.find(name).ok_or_else(|| unknown(symbol, "operator", name))?;
            match self.operators.get(id.index()).map(|o| &o.effect) {
                Some(Effect::Expands(inner)) => word.extend(inner),
                _ => word.push(id),
            }
        }
        if word.is_empty() {
            return Err(effect(symbol, "it expands to nothing", "name at least one operator"));
        }
        Ok(Effect::Expands(word))
    }

    fn marks(&mut self, facet: Facet, names: &[String]) -> Result<Marks, DefinitionError> {
        let mut set = Marks::NONE;
        for name in names {
            let mark = match self.vocabulary.mark(facet, name) {
                Some(mark) => mark,
                None => {
                    let index = self.vocabulary.marks.len();
                    if index >= Marks::CAPACITY {
                        return Err(DefinitionError::TooMany {
                            what: "marks",
                            found: index + 1,
                            limit: Marks::CAPACITY,
                        });
                    }
                    self.vocabulary.marks.push((facet, name.clone()));
                    Marks::bit(index)
                }
            };
            set = set.union(mark);
        }
        Ok(set)
    }
}

fn unknown(symbol: &str, kind: &'static str, name: &str) -> DefinitionError {
    DefinitionError::Unknown {
        symbol: symbol.to_owned(),
        kind,
        name: name.to_owned(),
    }
}

fn effect(symbol: &str, why: &'static str, help: &'static str) -> DefinitionError {
    DefinitionError::Effect {
        symbol: symbol.to_owned(),
        why,
        help,
    }
}
