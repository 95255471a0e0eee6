//! What can be compared.

use serde::Serialize;
use stackwright_text::{Diagnostic, Source, nearest};

use crate::{Atlas, Glossary};

/// Something that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its name: of a concept or technology its own, of a stack its normal form.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub kind: SubjectKind,
}

/// A sort of thing that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A concept of the atlas.
    Concept,
    /// A technology of the catalogue.
    Technology,
    /// A stack, as a word of operators.
    Stack,
}

impl Subject {
    /// The concept, technology or stack of that name, looked for in this order.
    ///
    /// # Errors
    ///
    /// There is none: the nearest name, or what is wrong with the word.
    pub fn find(atlas: &Atlas<'_>, name: &str, glossary: &Glossary<'_>) -> Result<Self, Diagnostic> {
        let concepts = &atlas.data.concepts;
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let spelled = |id: &str| same(id) || same(&id.replace('-', "_"));
        if let Some(concept) = concepts
            .iter()
            .find(|c| spelled(&c.id) || same(&c.name.en) || c.name.zh == name)
        {
            return Ok(Self {
                id: concept.id.clone(),
                title: glossary.text(&concept.name).to_owned(),
                kind: SubjectKind::Concept,
            });
        }
        let technologies = &atlas.catalog.data().technologies;
        if let Some(technology) = technologies.iter().find(|t| same(&t.id) || same(&t.name)) {
            return Ok(Self {
                id: technology.id.clone(),
                title: technology.name.clone(),
                kind: SubjectKind::Technology,
            });
        }
        match atlas.catalog.normalize(&Source::new("<subject>", name)) {
            Ok(word) => {
                let display = atlas.catalog.algebra().display(&word);
                Ok(Self {
                    id: display.clone(),
                    title: display,
                    kind: SubjectKind::Stack,
                })
            }
            // A word of several letters is meant as one; a name that is none is not.
            Err(error) if error.code() == "expression::ill-typed" || name.contains(['∘', '→', ',']) => Err(error),
            Err(_) => {
                let known = concepts.iter().flat_map(|c| [c.id.as_str(), &c.name.zh]);
                let known = known.chain(technologies.iter().map(|t| t.id.as_str()));
                let help = match nearest(name, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "`atlas concept` and `catalog list technologies` list them; a stack is a word such as `I∘C∘S`"
                            .to_owned()
                    }
                };
                let message = format!("`{name}` is no concept, technology or stack");
                Err(Diagnostic::new("atlas::name", message).with_help(help))
            }
        }
    }
}
