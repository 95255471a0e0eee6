//! Conditions on stacks, resolved to the names of one algebra.

use stackwright_algebra::{AttributeId, Domain, Facet, KernelId, LayerId, Marks, Stack, Vocabulary};

use crate::model::{Condition, DomainCondition};

/// A [`Condition`] that can be asked of a stack.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    domain: Option<CompiledDomain>,
    marks: Marks,
    any: Vec<Compiled>,
    all: Vec<Compiled>,
    none: Vec<Compiled>,
    two_of: Vec<Compiled>,
}

#[derive(Clone, Debug)]
struct CompiledDomain {
    kernel: Option<KernelId>,
    marks: Marks,
    layers: Vec<LayerId>,
    in_order: bool,
    attributes: Vec<AttributeId>,
}

impl Compiled {
    /// Resolves the names of a condition.
    ///
    /// # Errors
    ///
    /// The first name that the algebra does not know.
    pub fn new(condition: &Condition, vocabulary: &Vocabulary) -> Result<Self, String> {
        let list = |conditions: &[Condition]| -> Result<Vec<Self>, String> {
            conditions.iter().map(|c| Self::new(c, vocabulary)).collect()
        };
        let domain = match &condition.domain {
            Some(domain) => Some(CompiledDomain::new(domain, vocabulary)?),
            None => None,
        };
        Ok(Self {
            domain,
            marks: marks(&condition.marks, vocabulary)?,
            any: list(&condition.any)?,
            all: list(&condition.all)?,
            none: list(&condition.none)?,
            two_of: list(&condition.two_of)?,
        })
    }

    /// Whether the stack fulfils it.
    pub fn holds(&self, stack: &Stack) -> bool {
        self.domain
            .as_ref()
            .is_none_or(|d| stack.domains.iter().any(|s| d.holds(s)))
            && stack.marks.contains(self.marks)
            && (self.any.is_empty() || self.any.iter().any(|c| c.holds(stack)))
            && self.all.iter().all(|c| c.holds(stack))
            && !self.none.iter().any(|c| c.holds(stack))
            && (self.two_of.is_empty() || self.two_of.iter().filter(|c| c.holds(stack)).nth(1).is_some())
    }
}

impl CompiledDomain {
    fn new(condition: &DomainCondition, vocabulary: &Vocabulary) -> Result<Self, String> {
        let kernel = match &condition.kernel {
            Some(name) => Some(vocabulary.kernel(name).ok_or_else(|| name.clone())?),
            None => None,
        };
        let layers: Result<Vec<_>, _> = condition
            .layers
            .iter()
            .map(|name| vocabulary.layer(name).ok_or_else(|| name.clone()))
            .collect();
        let attributes: Result<Vec<_>, _> = condition
            .attributes
            .iter()
            .map(|name| vocabulary.attribute(name).ok_or_else(|| name.clone()))
            .collect();
        Ok(Self {
            kernel,
            marks: marks(&condition.marks, vocabulary)?,
            layers: layers?,
            in_order: condition.in_order,
            attributes: attributes?,
        })
    }

    fn holds(&self, domain: &Domain) -> bool {
        let opener = match self.kernel {
            Some(kernel) => domain
                .opener
                .is_some_and(|o| o.kernel == kernel && o.marks.contains(self.marks)),
            None => self.marks.is_empty() || domain.opener.is_some_and(|o| o.marks.contains(self.marks)),
        };
        let places: Option<Vec<_>> = self.layers.iter().map(|l| domain.layer_position(*l)).collect();
        opener
            && places.is_some_and(|p| !self.in_order || p.is_sorted())
            && self.attributes.iter().all(|a| domain.has_attribute(*a))
    }
}

fn marks(names: &[String], vocabulary: &Vocabulary) -> Result<Marks, String> {
    names.iter().try_fold(Marks::NONE, |set, name| {
        Facet::ALL
            .into_iter()
            .find_map(|facet| vocabulary.mark(facet, name))
            .map(|mark| set.union(mark))
            .ok_or_else(|| name.clone())
    })
}
