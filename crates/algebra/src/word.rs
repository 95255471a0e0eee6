//! Words: sequences of operators, outermost first, and the stacks they reach.

use crate::operator::{Effect, Operator, OperatorId};
use crate::stack::Stack;
use crate::vocabulary::{KernelId, LayerId, Vocabulary};

/// The operators of one catalogue and the names their effects are described in.
#[derive(Clone, Debug)]
pub struct Algebra {
    vocabulary: Vocabulary,
    operators: Vec<Operator>,
}

/// A word that describes no stack: the place where it fails and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllTyped {
    /// Index of the offending letter in the word as it was given (a letter of a macro counts at the macro's place).
    pub position: usize,
    /// The offending operator: for a macro, the letter of its expansion.
    pub operator: OperatorId,
    /// What forbids it there.
    pub reason: Reason,
}

/// What forbids an operator at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It would be put inside a layer that must stay innermost.
    Inside {
        /// That layer.
        layer: LayerId,
    },
    /// As many kernels of this kind as may nest are nested already.
    Nesting {
        /// The kind of kernel.
        kernel: KernelId,
        /// How many may nest.
        limit: u8,
    },
}

impl Algebra {
    pub(crate) fn new(vocabulary: Vocabulary, operators: Vec<Operator>) -> Self {
        Self { vocabulary, operators }
    }

    /// The names of kernels, layers, attributes and marks.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// All operators, in the order of normal forms; an [`OperatorId`] is an index into this.
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// The identifiers of all operators, in the order of normal forms.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = OperatorId> + use<> {
        (0..u8::try_from(self.operators.len()).unwrap_or(u8::MAX)).map(OperatorId)
    }

    /// The operator with that symbol.
    pub fn find(&self, symbol: &str) -> Option<OperatorId> {
        self.ids().find(|id| self.symbol(*id) == symbol)
    }

    /// The operator of that identifier.
    pub fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.get(id.index())
    }

    /// The symbol of an operator.
    pub fn symbol(&self, id: OperatorId) -> &str {
        self.operator(id).map_or("?", |o| &o.symbol)
    }

    /// The letters an operator stands for: itself, or a macro's word.
    pub fn letters<'a>(&'a self, id: &'a OperatorId) -> &'a [OperatorId] {
        match self.operator(*id).map(|o| &o.effect) {
            Some(Effect::Expands(word)) => word,
            _ => std::slice::from_ref(id),
        }
    }

    /// The stack that a word reaches from the empty stack, letter by letter.
    ///
    /// # Errors
    ///
    /// The first letter that has no place where it stands.
    pub fn run(&self, word: &[OperatorId]) -> Result<Stack, IllTyped> {
        let mut stack = Stack::default();
        for (position, id) in word.iter().enumerate() {
            for letter in self.letters(id) {
                self.step(&mut stack, *letter).map_err(|reason| IllTyped {
                    position,
                    operator: *letter,
                    reason,
                })?;
            }
        }
        Ok(stack)
    }

    /// Applies one letter to a stack. A macro must be expanded first; as a letter it does nothing.
    ///
    /// # Errors
    ///
    /// What forbids the operator there; the stack is then unchanged.
    pub fn step(&self, stack: &mut Stack, letter: OperatorId) -> Result<(), Reason> {
        match self.operator(letter) {
            Some(operator) => stack.apply(&operator.effect, &self.vocabulary),
            None => Ok(()),
        }
    }

    /// The word with each letter that has no place moved to the outside of the layer that forbids it, or left out where
    /// too many kernels nest: what the writer most likely meant. Letters that change nothing are left out, so that the
    /// mended word is short however long the word is.
    pub fn mend(&self, word: &[OperatorId]) -> Vec<OperatorId> {
        let mut mended: Vec<OperatorId> = Vec::new();
        let mut stack = Stack::default();
        for letter in word.iter().flat_map(|id| self.letters(id)) {
            let mut next = stack.clone();
            match self.step(&mut next, *letter) {
                Ok(()) if next == stack => {}
                Ok(()) => {
                    mended.push(*letter);
                    stack = next;
                }
                Err(Reason::Nesting { .. }) => {}
                Err(Reason::Inside { layer }) => {
                    let place = mended
                        .iter()
                        .position(|m| self.encloses(*m, layer))
                        .unwrap_or(mended.len());
                    mended.insert(place, *letter);
                    match self.run(&mended) {
                        Ok(reached) if reached != stack => stack = reached,
                        _ => {
                            mended.remove(place);
                        }
                    }
                }
            }
        }
        mended
    }

    fn encloses(&self, id: OperatorId, layer: LayerId) -> bool {
        match self.operator(id).map(|o| &o.effect) {
            Some(Effect::Encloses { layers, .. }) => layers.iter().any(|(kind, _)| *kind == layer),
            _ => false,
        }
    }

    /// What is wrong, in words: `C cannot stand inside the language layer`.
    pub fn explain(&self, error: &IllTyped) -> String {
        let symbol = self.symbol(error.operator);
        match error.reason {
            Reason::Inside { layer } => {
                let name = self.vocabulary.layer_name(layer);
                let inner: Vec<_> = self
                    .ids()
                    .filter(|id| self.encloses(*id, layer))
                    .map(|id| self.symbol(id))
                    .collect();
                format!(
                    "{symbol} cannot stand inside the {name} layer ({}): {symbol} must enclose it",
                    inner.join(", ")
                )
            }
            Reason::Nesting { kernel, limit } => format!(
                "{symbol} would open one {} more than can nest: at most {limit} may",
                self.vocabulary.kernel_name(kernel)
            ),
        }
    }

    /// The word as text: symbols joined with `∘`, the empty word as `∅`.
    pub fn display(&self, word: &[OperatorId]) -> String {
        display_word(word.iter().map(|id| self.symbol(*id)))
    }
}

/// A word of symbols as text: joined with `∘`, the empty word as `∅`.
pub fn display_word<'a>(symbols: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for symbol in symbols {
        if !text.is_empty() {
            text.push('∘');
        }
        text.push_str(symbol);
    }
    if text.is_empty() {
        text.push('∅');
    }
    text
}
