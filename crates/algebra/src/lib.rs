//! Operators, states, words, normal forms and laws: pure, without input or output, without panics.
//!
//! An operator is what it does. Each [`Operator`] carries an [`Effect`] on a small structural state, the [`Stack`]; the
//! operators of one [`Algebra`] come from catalogue data and none is named in this crate. Two words are *equal* when
//! they lead from the empty stack to the same stack, and the *normal form* of a stack is its shortest word, the first in
//! the operators' order where several are shortest. Uniqueness and minimality of normal forms thus hold by definition;
//! laws are computed, never stated.
//!
//! [`Algebra::run`] follows the definition step by step. [`Automaton`] holds the same transitions as dense tables, one
//! look-up a letter.

mod automaton;
mod compare;
mod congruence;
mod define;
mod derivation;
mod extent;
mod laws;
mod operator;
mod property;
mod rules;
mod stack;
mod vocabulary;
mod word;

pub use automaton::{Automaton, AutomatonSize};
pub use compare::{Change, Tables, first_change};
pub use congruence::{Congruence, NotCongruent};
pub use define::{Definition, DefinitionError, EffectDefinition, MAX_OPERATORS};
pub use derivation::{Derivation, Step, StepEffect};
pub use extent::{Contexts, Extent, Law, Witness};
pub use laws::{Decision, Side};
pub use operator::{Effect, Operator, OperatorId};
pub use property::Reachable;
pub use rules::{Rule, rewriting_rules};
pub use stack::{Domain, Layer, Opener, Stack};
pub use vocabulary::{
    AttributeId, Facet, KernelDefinition, KernelId, LayerDefinition, LayerId, Marks, Structure, Vocabulary,
};
pub use word::{Algebra, IllTyped, Reason, display_word};
