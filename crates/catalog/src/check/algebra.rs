//! From the operators of a catalogue to their algebra.

use std::fmt;

use stackwright_algebra::{
    Algebra, Definition, DefinitionError, EffectDefinition, Facet, KernelDefinition, LayerDefinition, Structure,
};
use stackwright_text::yaml::Step::{Index, Key};
use stackwright_text::{Diagnostic, suggestion};

use crate::model::{EffectData, StructureData};
use crate::read::{CatalogData, DataFile};

/// Why operators do not make an algebra: which one, what in it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    symbol: Option<String>,
    /// The name in the effect that is wrong.
    name: Option<String>,
    help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Problem {
    fn new(symbol: &str, message: String) -> Self {
        Self {
            message,
            symbol: Some(symbol.to_owned()),
            name: None,
            help: None,
        }
    }

    fn of(error: &DefinitionError, data: &CatalogData) -> Self {
        let (symbol, name, help) = match error {
            DefinitionError::Duplicate { symbol } => {
                (Some(symbol), None, Some("give one of them another symbol".to_owned()))
            }
            DefinitionError::Unknown { symbol, kind, name } => {
                let structure = data.structure.iter();
                let known: Vec<&str> = match *kind {
                    "kernel" => structure.flat_map(|s| &s.kernels).map(|k| k.name.as_str()).collect(),
                    "operator" => data
                        .operators
                        .iter()
                        .map(|o| o.symbol.as_str())
                        .take_while(|s| s != symbol)
                        .collect(),
                    _ => structure
                        .flat_map(|s| {
                            s.layers
                                .iter()
                                .map(|l| l.name.as_str())
                                .chain(s.attributes.iter().map(String::as_str))
                        })
                        .collect(),
                };
                (Some(symbol), Some(name.clone()), Some(suggestion(name, &known)))
            }
            DefinitionError::Effect { symbol, help, .. } => (Some(symbol), None, Some((*help).to_owned())),
            DefinitionError::TooMany { .. } => (None, None, None),
        };
        Self {
            message: error.to_string(),
            symbol: symbol.cloned(),
            name,
            help,
        }
    }

    /// The diagnostic, at the last of the files' operators of that symbol: what is wrong with an earlier one was said
    /// before.
    pub fn diagnostic(&self, files: &[DataFile]) -> Diagnostic {
        let places = files.iter().flat_map(|file| {
            let symbols = file.data.operators.iter().map(|o| &o.symbol).enumerate();
            symbols.map(move |(at, symbol)| (file, at, symbol))
        });
        let mut places = places.filter(|(.., symbol)| Some(*symbol) == self.symbol.as_ref());
        let diagnostic = match places.next_back() {
            Some((file, at, _)) => {
                let effect = [Key("operators"), Index(at), Key("effect")];
                let path = if self.help.is_some() { &effect[..] } else { &effect[..2] };
                match self.name.as_deref().and_then(|name| file.node.at(effect).find(name)) {
                    Some(node) => Diagnostic::new("catalog::operators", &self.message)
                        .with_source(&file.source)
                        .with_label(node.span, "here"),
                    None => file.diagnostic(path, "catalog::operators", &self.message),
                }
            }
            None => Diagnostic::new("catalog::operators", &self.message),
        };
        match &self.help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    }
}

/// The algebra that the operators of a catalogue define.
///
/// # Errors
///
/// The first operator that cannot be compiled, and why.
pub fn algebra(data: &CatalogData) -> Result<Algebra, Problem> {
    let structure = structure(data.structure.as_ref());
    let definitions = definitions(data)?;
    Algebra::define(structure, &definitions).map_err(|error| Problem::of(&error, data))
}

fn structure(data: Option<&StructureData>) -> Structure {
    let Some(data) = data else {
        return Structure::default();
    };
    Structure {
        kernels: data
            .kernels
            .iter()
            .map(|k| KernelDefinition {
                name: k.name.clone(),
                nesting: k.nesting,
                absorbs: k.absorbs,
            })
            .collect(),
        layers: data
            .layers
            .iter()
            .map(|l| LayerDefinition {
                name: l.name.clone(),
                innermost: l.innermost,
            })
            .collect(),
        attributes: data.attributes.clone(),
    }
}

fn definitions(data: &CatalogData) -> Result<Vec<Definition>, Problem> {
    let mut definitions = Vec::with_capacity(data.operators.len());
    for operator in &data.operators {
        let symbol = &operator.symbol;
        let valid = symbol.starts_with(|c: char| c.is_ascii_alphabetic())
            && symbol.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            let message = format!("the symbol of operator `{symbol}` is not a letter followed by letters and digits");
            return Err(Problem::new(symbol, message));
        }
        let effect = match &operator.effect {
            EffectData::Gives(gives) => EffectDefinition::Gives {
                facet: Facet::from_name(&gives.facet).ok_or_else(|| {
                    let name = &gives.facet;
                    let facets = Facet::ALL.map(Facet::name);
                    Problem {
                        name: Some(name.clone()),
                        help: Some(suggestion(name, &facets)),
                        ..Problem::new(
                            symbol,
                            format!("operator `{symbol}` names the facet `{name}`, which there is not"),
                        )
                    }
                })?,
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
        definitions.push(Definition {
            symbol: symbol.clone(),
            effect,
        });
    }
    Ok(definitions)
}
