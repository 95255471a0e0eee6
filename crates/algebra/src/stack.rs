//! The state that a word reaches: what is true of a workload.

use crate::operator::Effect;
use crate::vocabulary::{AttributeId, Facet, KernelId, LayerId, Marks, Vocabulary};
use crate::word::Reason;

/// A stack: marks of the small facets, and kernel domains, outermost first. There is always at least the host's domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stack {
    /// The marks of all facets but isolation, which share one set.
    pub marks: Marks,
    /// The kernel domains, outermost first; the first has no opener.
    pub domains: Vec<Domain>,
}

/// What runs on one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain {
    /// What opened it: `None` for the host's own kernel.
    pub opener: Option<Opener>,
    /// Attributes, one bit each.
    pub attributes: u32,
    /// Layers, outermost first, each kind at most once.
    pub layers: Vec<Layer>,
}

/// The kernel behind which a domain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opener {
    /// Its kind.
    pub kernel: KernelId,
    /// What is particular about it.
    pub marks: Marks,
}

/// A layer around everything further in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// Its kind.
    pub kind: LayerId,
    /// What is particular about it.
    pub marks: Marks,
}

impl Default for Stack {
    /// The empty stack: a bare process on the host's kernel.
    fn default() -> Self {
        Self {
            marks: Marks::NONE,
            domains: vec![Domain::default()],
        }
    }
}

impl Domain {
    /// The layer of that kind, if the domain has it.
    pub fn layer(&self, kind: LayerId) -> Option<&Layer> {
        self.layers.iter().find(|l| l.kind == kind)
    }

    /// The place of the layer of that kind, counted from the outside.
    pub fn layer_position(&self, kind: LayerId) -> Option<usize> {
        self.layers.iter().position(|l| l.kind == kind)
    }

    /// Whether the domain has the attribute.
    pub fn has_attribute(&self, attribute: AttributeId) -> bool {
        self.attributes & (1 << attribute.0) != 0
    }

    /// The innermost layer that nothing may be put inside of, if the domain has one.
    pub(crate) fn sealed(&self, vocabulary: &Vocabulary) -> Option<LayerId> {
        self.layers
            .last()
            .map(|l| l.kind)
            .filter(|k| vocabulary.is_innermost(*k))
    }

    /// Adds attributes and layers. `Err` names the layer that forbids it.
    pub(crate) fn enclose(
        &mut self,
        attributes: u32,
        layers: &[(LayerId, Marks)],
        vocabulary: &Vocabulary,
    ) -> Result<(), LayerId> {
        if let Some(sealed) = self.sealed(vocabulary)
            && (attributes != 0 || layers.iter().any(|(kind, _)| *kind != sealed))
        {
            return Err(sealed);
        }
        self.attributes |= attributes;
        for (kind, marks) in layers {
            match self.layers.iter_mut().find(|l| l.kind == *kind) {
                Some(layer) => layer.marks = layer.marks.union(*marks),
                None => self.layers.push(Layer {
                    kind: *kind,
                    marks: *marks,
                }),
            }
        }
        Ok(())
    }

    /// Whether this domain gives all of the other and perhaps more of the same kind.
    fn refines(&self, other: &Self) -> bool {
        let opener = match (self.opener, other.opener) {
            (None, None) => true,
            (Some(a), Some(b)) => a.kernel == b.kernel && a.marks.contains(b.marks),
            _ => false,
        };
        let mut mine = self.layers.iter();
        opener
            && self.attributes & other.attributes == other.attributes
            && other
                .layers
                .iter()
                .all(|o| mine.any(|m| m.kind == o.kind && m.marks.contains(o.marks)))
    }
}

impl Stack {
    /// The innermost domain.
    pub fn innermost(&self) -> Option<&Domain> {
        self.domains.last()
    }

    /// Applies one effect that is not a macro.
    pub(crate) fn apply(&mut self, effect: &Effect, vocabulary: &Vocabulary) -> Result<(), Reason> {
        match effect {
            Effect::Gives { marks, .. } => self.marks = self.marks.union(*marks),
            Effect::Opens { kernel, marks } => self.open(*kernel, *marks, vocabulary)?,
            Effect::Encloses { attributes, layers } => {
                if let Some(domain) = self.domains.last_mut() {
                    domain
                        .enclose(*attributes, layers, vocabulary)
                        .map_err(|layer| Reason::Inside { layer })?;
                }
            }
            Effect::Expands(_) => {}
        }
        Ok(())
    }

    fn open(&mut self, kernel: KernelId, marks: Marks, vocabulary: &Vocabulary) -> Result<(), Reason> {
        if let Some(layer) = self.innermost().and_then(|d| d.sealed(vocabulary)) {
            return Err(Reason::Inside { layer });
        }
        let definition = vocabulary.kernel_definition(kernel);
        let current = self.domains.last_mut().and_then(|d| d.opener.as_mut());
        if let Some(opener) = current
            && opener.kernel == kernel
            && definition.is_some_and(|d| d.absorbs)
        {
            opener.marks = opener.marks.union(marks);
            return Ok(());
        }
        let open = self
            .domains
            .iter()
            .filter(|d| d.opener.is_some_and(|o| o.kernel == kernel));
        if let Some(limit) = definition.and_then(|d| d.nesting)
            && open.count() >= usize::from(limit)
        {
            return Err(Reason::Nesting { kernel, limit });
        }
        self.domains.push(Domain {
            opener: Some(Opener { kernel, marks }),
            ..Domain::default()
        });
        Ok(())
    }

    /// Whether this stack gives all of the other, in the same nesting, and perhaps more of the same kind.
    pub fn refines(&self, other: &Self) -> bool {
        self.marks.contains(other.marks)
            && self.domains.len() == other.domains.len()
            && self.domains.iter().zip(&other.domains).all(|(a, b)| a.refines(b))
    }

    /// The stack in words, facet by facet: `host: namespaces, confinement; hypervisor: namespaces`.
    pub fn describe(&self, vocabulary: &Vocabulary) -> String {
        let mut parts = Vec::new();
        for domain in &self.domains {
            let mut what: Vec<String> = Vec::new();
            for layer in &domain.layers {
                what.push(with_marks(vocabulary.layer_name(layer.kind), layer.marks, vocabulary));
            }
            for (index, name) in vocabulary.structure().attributes.iter().enumerate() {
                if domain.attributes & (1 << index) != 0 {
                    what.push(name.clone());
                }
            }
            let opener = domain.opener.map_or_else(
                || "host".to_owned(),
                |o| with_marks(vocabulary.kernel_name(o.kernel), o.marks, vocabulary),
            );
            if what.is_empty() {
                what.push("nothing".to_owned());
            }
            parts.push(format!("{opener}: {}", what.join(", ")));
        }
        for facet in Facet::ALL {
            let names: Vec<_> = vocabulary
                .mark_names(self.marks)
                .filter(|(f, _)| *f == facet)
                .map(|(_, n)| n)
                .collect();
            if !names.is_empty() {
                parts.push(format!("{}: {}", facet.name(), names.join(", ")));
            }
        }
        parts.join("; ")
    }
}

fn with_marks(name: &str, marks: Marks, vocabulary: &Vocabulary) -> String {
    let names: Vec<_> = vocabulary.mark_names(marks).map(|(_, n)| n).collect();
    if names.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({})", names.join(", "))
    }
}
