//! Random declared algebras: what a user's own operators may look like.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stackwright_algebra::{
    Algebra, Automaton, Definition, EffectDefinition, Facet, KernelDefinition, LayerDefinition, Structure,
};
use stackwright_catalog::model::{
    EffectData, GivesData, KernelData, LayerData, Localized, OpensData, OperatorData, RefinesData, StructureData,
};

use crate::Compiled;

/// A structure and the operators declared on it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What domains are made of.
    pub structure: StructureData,
    /// The operators.
    pub operators: Vec<OperatorData>,
}

impl Declared {
    /// Declares operators by symbol and effect.
    pub fn new(structure: StructureData, effects: impl IntoIterator<Item = (String, EffectData)>) -> Self {
        let operators = effects.into_iter().map(|(symbol, effect)| OperatorData {
            symbol,
            name: Localized::default(),
            summary: Localized::default(),
            effect,
        });
        Self {
            structure,
            operators: operators.collect(),
        }
    }

    /// Compiles it.
    ///
    /// # Errors
    ///
    /// Why the algebra crate refuses it.
    pub fn compile(&self) -> Result<Compiled, String> {
        let definitions: Vec<_> = self.operators.iter().map(definition).collect();
        let algebra = Algebra::define(self.structure(), &definitions).map_err(|e| e.to_string())?;
        let automaton = Automaton::compile(&algebra)?;
        Ok(Compiled { algebra, automaton })
    }

    fn structure(&self) -> Structure {
        let kernels = self.structure.kernels.iter().map(|k| KernelDefinition {
            name: k.name.clone(),
            nesting: k.nesting,
            absorbs: k.absorbs,
        });
        let layers = self.structure.layers.iter().map(|l| LayerDefinition {
            name: l.name.clone(),
            innermost: l.innermost,
        });
        Structure {
            kernels: kernels.collect(),
            layers: layers.collect(),
            attributes: self.structure.attributes.clone(),
        }
    }
}

fn definition(operator: &OperatorData) -> Definition {
    let effect = match &operator.effect {
        EffectData::Gives(gives) => EffectDefinition::Gives {
            facet: Facet::from_name(&gives.facet).unwrap(),
            marks: gives.marks.clone(),
        },
        EffectData::Opens(opens) => EffectDefinition::Opens {
            kernel: opens.kernel.clone(),
        },
        EffectData::Encloses(names) => EffectDefinition::Encloses(names.clone()),
        EffectData::Refines(refines) => EffectDefinition::Refines {
            operator: refines.operator.clone(),
            marks: refines.marks.clone(),
        },
        EffectData::Expands(word) => EffectDefinition::Expands(word.clone()),
    };
    Definition {
        symbol: operator.symbol.clone(),
        effect,
    }
}

/// Small declared algebras. Most can be compiled; a few are refused, as users' own may be.
pub fn declared() -> impl Strategy<Value = Declared> {
    structure().prop_flat_map(|structure| {
        let names: Vec<String> = structure
            .layers
            .iter()
            .map(|l| l.name.clone())
            .chain(structure.attributes.clone())
            .collect();
        let kernels = structure.kernels.iter().map(|k| k.name.clone()).collect();
        let basic = vec(basic(kernels, names), 1..=5);
        let derived = vec(derived(), 0..=3);
        (Just(structure), basic, derived).prop_map(|(structure, basic, derived)| {
            let mut effects: Vec<(String, EffectData)> = Vec::new();
            for effect in basic {
                effects.push((format!("B{}", effects.len()), effect));
            }
            for make in derived {
                let effect = make.on(&effects);
                effects.push((format!("D{}", effects.len()), effect));
            }
            Declared::new(structure, effects)
        })
    })
}

fn structure() -> impl Strategy<Value = StructureData> {
    let kernel = prop_oneof![
        (1..=2_u8, any::<bool>()).prop_map(|(n, absorbs)| (Some(n), absorbs)),
        Just((None, true)),
    ];
    let layer = prop_oneof![3 => Just(false), 1 => Just(true)];
    (vec(kernel, 1..=2), vec(layer, 1..=3), 0..=2_usize).prop_map(|(kernels, layers, attributes)| StructureData {
        kernels: numbered("kernel", kernels)
            .map(|(name, (nesting, absorbs))| KernelData { name, nesting, absorbs })
            .collect(),
        layers: numbered("layer", layers)
            .map(|(name, innermost)| LayerData { name, innermost })
            .collect(),
        attributes: numbered("attribute", vec![(); attributes])
            .map(|(name, ())| name)
            .collect(),
    })
}

fn numbered<T>(what: &'static str, items: Vec<T>) -> impl Iterator<Item = (String, T)> {
    items
        .into_iter()
        .enumerate()
        .map(move |(i, item)| (format!("{what}-{i}"), item))
}

fn basic(kernels: Vec<String>, names: Vec<String>) -> impl Strategy<Value = EffectData> {
    let some = 1..=names.len();
    prop_oneof![
        1 => subsequence(vec!["red".to_owned(), "green".to_owned()], 1..=2).prop_map(|marks| {
            EffectData::Gives(GivesData { facet: "network".to_owned(), marks })
        }),
        2 => select(kernels).prop_map(|kernel| EffectData::Opens(OpensData { kernel })),
        4 => subsequence(names, some).prop_shuffle().prop_map(EffectData::Encloses),
    ]
}

/// An operator made of others, chosen by index when it is known how many there are.
#[derive(Clone, Debug)]
enum Derived {
    Refines(prop::sample::Index, Vec<String>),
    Expands(Vec<prop::sample::Index>),
}

fn derived() -> impl Strategy<Value = Derived> {
    let marks = subsequence(vec!["fine".to_owned(), "finer".to_owned()], 1..=2);
    prop_oneof![
        (any::<prop::sample::Index>(), marks).prop_map(|(index, marks)| Derived::Refines(index, marks)),
        vec(any::<prop::sample::Index>(), 1..=3).prop_map(Derived::Expands),
    ]
}

impl Derived {
    fn on(self, effects: &[(String, EffectData)]) -> EffectData {
        match self {
            Self::Refines(index, marks) => EffectData::Refines(RefinesData {
                operator: index.get(effects).0.clone(),
                marks,
            }),
            Self::Expands(word) => {
                EffectData::Expands(word.into_iter().map(|index| index.get(effects).0.clone()).collect())
            }
        }
    }
}
