//! Operators and their effects, resolved.

use crate::vocabulary::{Facet, KernelId, LayerId, Marks};

/// Index of an operator in its [`Algebra`](crate::Algebra), which is also its rank in the order of normal forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorId(pub u8);

impl OperatorId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// An operator: a symbol and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The symbol by which words name it.
    pub symbol: String,
    /// What it does to a stack.
    pub effect: Effect,
    /// The operator it was declared to refine, if any.
    pub refines: Option<OperatorId>,
}

/// What an operator does to a stack. It acts on one facet, in isolation on the innermost domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Adds marks to a facet other than isolation.
    Gives {
        /// The facet.
        facet: Facet,
        /// The marks.
        marks: Marks,
    },
    /// Opens a new domain behind a kernel of its own.
    Opens {
        /// The kind of kernel.
        kernel: KernelId,
        /// What is particular about it.
        marks: Marks,
    },
    /// Adds attributes and layers to the innermost domain, as far as they are not there yet.
    Encloses {
        /// Attributes, one bit each.
        attributes: u32,
        /// Layers, outermost first, with their marks.
        layers: Vec<(LayerId, Marks)>,
    },
    /// Stands for a word. Never occurs in a normal form.
    Expands(Vec<OperatorId>),
}

impl Effect {
    /// The facet it acts on; `None` for a macro, whose letters may act on several.
    pub fn facet(&self) -> Option<Facet> {
        match self {
            Self::Gives { facet, .. } => Some(*facet),
            Self::Opens { .. } | Self::Encloses { .. } => Some(Facet::Isolation),
            Self::Expands(_) => None,
        }
    }
}
