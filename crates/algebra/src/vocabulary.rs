//! The names that a stack is described in: facets are fixed, everything else is declared by data.

/// A part of a stack that an operator acts on, in the order in which a normal form lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// How the workload is packaged.
    Packaging,
    /// Kernel domains and the layers in them: the only facet in which order and nesting matter.
    Isolation,
    /// How its traffic is carried.
    Network,
    /// What is observed of it.
    Telemetry,
    /// What is decided about it before it starts.
    Policy,
}

impl Facet {
    /// All facets, in the order of a normal form.
    pub const ALL: [Self; 5] = [
        Self::Packaging,
        Self::Isolation,
        Self::Network,
        Self::Telemetry,
        Self::Policy,
    ];

    /// The facet's name in data and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packaging => "packaging",
            Self::Isolation => "isolation",
            Self::Network => "network",
            Self::Telemetry => "telemetry",
            Self::Policy => "policy",
        }
    }

    /// The facet of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}

/// A set of marks: what is true of a facet, an opener or a layer beyond its being there. One bit a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks(pub(crate) u64);

impl Marks {
    /// The number of marks that one catalogue can declare.
    pub const CAPACITY: usize = u64::BITS as usize;

    /// No marks.
    pub const NONE: Self = Self(0);

    pub(crate) fn bit(index: usize) -> Self {
        Self(1 << index)
    }

    /// All marks of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The marks that both sets have.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every mark of `other` is here.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Index of a kernel of the [`Structure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelId(pub(crate) u8);

/// Index of a layer kind of the [`Structure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub(crate) u8);

/// Index of a domain attribute of the [`Structure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub(crate) u8);

/// A kind of kernel that can open a domain of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelDefinition {
    /// Its name, such as `hypervisor`.
    pub name: String,
    /// How many domains of this kind may nest in one stack; no bound if absent.
    pub nesting: Option<u8>,
    /// Whether opening it directly inside a domain that it opened is absorbed.
    pub absorbs: bool,
}

/// A kind of layer that a domain can have once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerDefinition {
    /// Its name, such as `namespaces`.
    pub name: String,
    /// Whether nothing of the isolation facet may be put inside it.
    pub innermost: bool,
}

/// What kernel domains are made of, as declared by data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Kinds of kernel.
    pub kernels: Vec<KernelDefinition>,
    /// Kinds of layer.
    pub layers: Vec<LayerDefinition>,
    /// Attributes: properties of a domain that have no place among its layers.
    pub attributes: Vec<String>,
}

/// Names and their indices, for one algebra.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub(crate) structure: Structure,
    /// Every mark with the facet it belongs to; its position is its bit.
    pub(crate) marks: Vec<(Facet, String)>,
}

impl Vocabulary {
    /// The declared structure.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// The kernel of that name.
    pub fn kernel(&self, name: &str) -> Option<KernelId> {
        position(self.structure.kernels.iter().map(|k| k.name.as_str()), name).map(KernelId)
    }

    /// The layer kind of that name.
    pub fn layer(&self, name: &str) -> Option<LayerId> {
        position(self.structure.layers.iter().map(|l| l.name.as_str()), name).map(LayerId)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<AttributeId> {
        position(self.structure.attributes.iter().map(String::as_str), name).map(AttributeId)
    }

    /// The mark of that name in a facet, as a set of one.
    pub fn mark(&self, facet: Facet, name: &str) -> Option<Marks> {
        self.marks
            .iter()
            .position(|(f, n)| *f == facet && n == name)
            .map(Marks::bit)
    }

    /// All marks of a facet.
    pub fn facet_marks(&self, facet: Facet) -> Marks {
        let bits = self.marks.iter().enumerate().filter(|(_, (f, _))| *f == facet);
        bits.fold(Marks::NONE, |set, (bit, _)| set.union(Marks::bit(bit)))
    }

    /// The names of a set of marks, in the order of declaration.
    pub fn mark_names(&self, marks: Marks) -> impl Iterator<Item = (Facet, &str)> {
        self.marks
            .iter()
            .enumerate()
            .filter(move |(i, _)| marks.contains(Marks::bit(*i)))
            .map(|(_, (f, n))| (*f, n.as_str()))
    }

    /// The name of a kernel.
    pub fn kernel_name(&self, id: KernelId) -> &str {
        self.structure.kernels.get(usize::from(id.0)).map_or("?", |k| &k.name)
    }

    /// The name of a layer kind.
    pub fn layer_name(&self, id: LayerId) -> &str {
        self.structure.layers.get(usize::from(id.0)).map_or("?", |l| &l.name)
    }

    pub(crate) fn is_innermost(&self, id: LayerId) -> bool {
        self.structure
            .layers
            .get(usize::from(id.0))
            .is_some_and(|l| l.innermost)
    }

    pub(crate) fn kernel_definition(&self, id: KernelId) -> Option<&KernelDefinition> {
        self.structure.kernels.get(usize::from(id.0))
    }
}

fn position<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<u8> {
    names.position(|n| n == name).and_then(|i| u8::try_from(i).ok())
}
