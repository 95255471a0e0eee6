//! How concepts relate: one typed graph, paths in it, and what the algebra says of the order of layers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use stackwright_catalog::model::{InteractionEffect, IsolationConcept, Localized, Relation, RelationKind};
use stackwright_text::{Diagnostic, Source};

use crate::table::unknown;
use crate::{Atlas, Glossary};

/// A step along an edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step<'a> {
    /// Where it begins.
    pub from: &'a str,
    /// Where it ends.
    pub to: &'a str,
    /// The edge.
    pub kind: RelationKind,
    /// Whether it goes along the edge or against it.
    pub forward: bool,
    /// What the document says of the edge.
    pub text: &'a Localized,
}

/// How two operators stand to each other if one is written outside of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// The inner stands inside the outer; the other way round is no stack.
    Inside,
    /// Both orders are stacks, and different ones.
    Either,
    /// Both orders are one stack: neither stands inside the other.
    Beside,
    /// The outer has all that the inner would add.
    Absorbed,
    /// The inner cannot stand inside the outer.
    Refused,
}

impl Placement {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Either => "either",
            Self::Beside => "beside",
            Self::Absorbed => "absorbed",
            Self::Refused => "refused",
        }
    }

    /// Whether a stack can have the inner within the outer, in that order.
    fn holds(self) -> bool {
        matches!(self, Self::Inside | Self::Either)
    }
}

/// Two operators, and how they stand to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The operator that is written first.
    pub outer: String,
    /// The operator that is written after it.
    pub inner: String,
    /// The word of both as its normal form, if it is a stack.
    pub normal_form: Option<String>,
    /// How they stand.
    pub placement: Placement,
}

/// What a document says of two concepts, beside what the algebra says of their operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layering<'a> {
    /// The concept that is said to be outside.
    pub outer: &'a str,
    /// The concept that is said to be inside.
    pub inner: &'a str,
    /// Which relation says it.
    pub kind: RelationKind,
    /// What is said.
    pub text: &'a Localized,
    /// The operators that are meant if nothing else is said.
    pub main: Placed,
    /// Whether the algebra agrees.
    pub agrees: bool,
    /// Other operators of both concepts of which it says otherwise than of the main ones.
    pub others: Vec<Placed>,
}

/// What something needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Needs<'a> {
    /// What.
    pub of: &'a str,
    /// What documents say that it depends on, nearest first, each with what is said.
    pub documents: Vec<Step<'a>>,
    /// What its technologies in the catalogue need.
    pub technologies: Vec<TechnologyNeeds<'a>>,
}

/// What a technology needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TechnologyNeeds<'a> {
    /// The technology.
    pub id: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Capabilities of the host.
    pub host: Vec<&'a str>,
    /// What else must be there.
    pub prerequisites: Vec<&'a str>,
    /// Technologies that it needs.
    pub requires: Vec<&'a str>,
}

/// What can run inside of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inside<'a> {
    /// Of what.
    pub of: &'a str,
    /// What documents say that can run on it, directly or through others.
    pub documents: Vec<&'a str>,
    /// What the algebra says, by concept: every pair of operators.
    pub algebra: Vec<InsideConcept<'a>>,
}

/// What the algebra says of a concept inside of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InsideConcept<'a> {
    /// The concept.
    pub concept: &'a str,
    /// Whether documents say that it can run there.
    pub said: bool,
    /// Whether some of its operators can stand inside of one of the other's.
    pub can: bool,
    /// The pairs.
    pub pairs: Vec<Placed>,
}

impl<'c> Atlas<'c> {
    /// The concept or thing of that name, for programs or for people.
    ///
    /// # Errors
    ///
    /// There is none; the nearest is named.
    pub fn node(&self, name: &str) -> Result<&'c str, Diagnostic> {
        let nodes = || {
            let concepts = self.data.concepts.iter().map(|c| (c.id.as_str(), &c.name));
            concepts.chain(self.data.things.iter().map(|t| (t.id.as_str(), &t.name)))
        };
        let called = |(id, title): &(&str, &Localized)| *id == name || title.en == name || title.zh == name;
        let found = nodes().find(called).map(|(id, _)| id);
        found.ok_or_else(|| unknown("concept or thing", name, nodes().map(|(id, _)| id)))
    }

    /// The concept of that name, for programs or for people.
    ///
    /// # Errors
    ///
    /// There is none; the nearest is named.
    pub fn concept(&self, name: &str) -> Result<&'c IsolationConcept, Diagnostic> {
        let concepts = &self.data.concepts;
        let called = |c: &&IsolationConcept| c.id == name || c.name.en == name || c.name.zh == name;
        let known = concepts.iter().map(|c| c.id.as_str());
        concepts
            .iter()
            .find(called)
            .ok_or_else(|| unknown("concept", name, known))
    }

    /// A shortest way from one to the other over edges of these kinds, in either direction; along edges where there are
    /// several. `None` if there is none.
    ///
    /// # Errors
    ///
    /// A name that there is not, or the way from something to itself.
    pub fn path(&self, from: &str, to: &str, kinds: &[RelationKind]) -> Result<Option<Vec<Step<'c>>>, Diagnostic> {
        let (from, to) = (self.node(from)?, self.node(to)?);
        if from == to {
            let message = format!("`{from}` is asked for on both sides");
            return Err(Diagnostic::new("atlas::itself", message).with_help("name two different things"));
        }
        let mut came: BTreeMap<&str, Step<'c>> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(here) = queue.pop_front().filter(|here| *here != to) {
            for step in self.steps(here, kinds) {
                if step.to != from && !came.contains_key(step.to) {
                    queue.push_back(step.to);
                    came.insert(step.to, step);
                }
            }
        }
        let mut steps = Vec::new();
        let mut here = to;
        while let Some(step) = came.get(here) {
            here = step.from;
            steps.push(step.clone());
        }
        steps.reverse();
        Ok(Some(steps).filter(|s| !s.is_empty()))
    }

    /// The steps that leave a node, those along edges first.
    fn steps(&self, node: &str, kinds: &[RelationKind]) -> Vec<Step<'c>> {
        let wanted = |r: &&'c Relation| kinds.is_empty() || kinds.contains(&r.kind);
        let relations = || self.data.relations.iter().filter(wanted);
        let step = |relation: &'c Relation, forward: bool| {
            let (from, to) = (relation.from.as_str(), relation.to.as_str());
            let (from, to) = if forward { (from, to) } else { (to, from) };
            Step {
                from,
                to,
                kind: relation.kind,
                forward,
                text: &relation.text,
            }
        };
        let along = relations().filter(|r| r.from == node).map(|r| step(r, true));
        along
            .chain(relations().filter(|r| r.to == node).map(|r| step(r, false)))
            .collect()
    }

    /// What something needs.
    ///
    /// # Errors
    ///
    /// A name that there is not.
    pub fn needs(&self, name: &str) -> Result<Needs<'c>, Diagnostic> {
        let of = self.node(name)?;
        let kinds = [RelationKind::DependsOn];
        let (mut documents, mut seen): (Vec<Step<'c>>, _) = (Vec::new(), BTreeSet::from([of]));
        let mut queue = VecDeque::from([of]);
        while let Some(here) = queue.pop_front() {
            for step in self.steps(here, &kinds).into_iter().filter(|s| s.forward) {
                if seen.insert(step.to) {
                    queue.push_back(step.to);
                }
                documents.push(step);
            }
        }
        let concept = self.data.concepts.iter().find(|c| c.id == of);
        let named = concept
            .iter()
            .flat_map(|c| &c.technologies)
            .filter_map(|t| t.technology.as_deref());
        let mut technologies: Vec<TechnologyNeeds<'c>> = Vec::new();
        for technology in named.filter_map(|id| self.catalog.technology(id)) {
            if technologies.iter().any(|t| t.id == technology.id) {
                continue;
            }
            let requires = self.catalog.interactions().iter();
            let requires = requires.filter(|i| i.effect == InteractionEffect::Requires && i.subject == technology.id);
            technologies.push(TechnologyNeeds {
                id: &technology.id,
                name: &technology.name,
                host: technology.needs.iter().map(String::as_str).collect(),
                prerequisites: technology.prerequisites.iter().map(String::as_str).collect(),
                requires: requires.map(|i| i.object.as_str()).collect(),
            });
        }
        Ok(Needs {
            of,
            documents,
            technologies,
        })
    }

    /// What can run inside of a concept: what documents say, and what the algebra says of the operators.
    ///
    /// # Errors
    ///
    /// A name that there is not.
    pub fn inside(&self, name: &str) -> Result<Inside<'c>, Diagnostic> {
        let concept = self.concept(name)?;
        let (mut documents, mut queue) = (Vec::new(), VecDeque::from([concept.id.as_str()]));
        while let Some(here) = queue.pop_front() {
            let on = self
                .data
                .relations
                .iter()
                .filter(|r| r.kind == RelationKind::RunsOn && r.to == here);
            for inner in on.map(|r| r.from.as_str()) {
                if inner != concept.id && !documents.contains(&inner) {
                    documents.push(inner);
                    queue.push_back(inner);
                }
            }
        }
        let others = self.data.concepts.iter().filter(|c| c.id != concept.id);
        let algebra = others.map(|inner| {
            let pairs: Vec<_> = self.pairs(concept, inner).collect();
            InsideConcept {
                concept: &inner.id,
                said: documents.contains(&inner.id.as_str()),
                can: pairs.iter().any(|p| p.placement.holds()),
                pairs,
            }
        });
        Ok(Inside {
            of: &concept.id,
            algebra: algebra.collect(),
            documents,
        })
    }

    fn pairs(&self, outer: &'c IsolationConcept, inner: &'c IsolationConcept) -> impl Iterator<Item = Placed> {
        let pairs = outer
            .operators
            .iter()
            .flat_map(|o| inner.operators.iter().map(move |i| (o, i)));
        pairs.filter(|(o, i)| o != i).map(|(o, i)| self.placed(o, i))
    }

    /// How an operator stands to another that is written outside of it.
    pub fn placed(&self, outer: &str, inner: &str) -> Placed {
        let normal = |word: String| {
            let normal = self.catalog.normalize(&Source::new("<word>", word)).ok()?;
            Some(self.catalog.algebra().display(&normal))
        };
        let here = normal(format!("{outer}∘{inner}"));
        let other = normal(format!("{inner}∘{outer}"));
        let placement = match (&here, &other) {
            (None, _) => Placement::Refused,
            (Some(word), _) if normal(outer.to_owned()).as_ref() == Some(word) => Placement::Absorbed,
            (Some(_), None) => Placement::Inside,
            (Some(a), Some(b)) if a == b => Placement::Beside,
            (Some(_), Some(_)) => Placement::Either,
        };
        Placed {
            outer: outer.to_owned(),
            inner: inner.to_owned(),
            normal_form: here,
            placement,
        }
    }

    /// Every pair of concepts of which documents say that one encloses or carries the other, beside the algebra.
    pub fn layering(&self) -> Vec<Layering<'c>> {
        let concept = |id: &str| self.data.concepts.iter().find(|c| c.id == id);
        let mut found = Vec::new();
        for relation in &self.data.relations {
            let (outer, inner) = match relation.kind {
                RelationKind::Contains => (&relation.from, &relation.to),
                RelationKind::RunsOn => (&relation.to, &relation.from),
                _ => continue,
            };
            let Some((outer, inner)) = concept(outer).zip(concept(inner)) else {
                continue;
            };
            let mut pairs = self.pairs(outer, inner);
            let Some(main) = pairs.next() else { continue };
            let agrees = match relation.kind {
                RelationKind::Contains => main.placement.holds(),
                _ => main.placement != Placement::Refused,
            };
            found.push(Layering {
                outer: &outer.id,
                inner: &inner.id,
                kind: relation.kind,
                text: &relation.text,
                agrees,
                others: pairs.filter(|p| p.placement != main.placement).collect(),
                main,
            });
        }
        found
    }

    /// The relations of these kinds, all if none is named.
    pub fn relations(&self, kinds: &[RelationKind]) -> Vec<&'c Relation> {
        let wanted = |r: &&Relation| kinds.is_empty() || kinds.contains(&r.kind);
        self.data.relations.iter().filter(wanted).collect()
    }
}

impl Step<'_> {
    /// The step in words.
    pub fn shown(&self, glossary: &Glossary<'_>) -> String {
        let [there, back] = self.kind.phrases();
        let phrase = if self.forward { there } else { back };
        format!(
            "{} {} {}",
            glossary.name(self.from),
            glossary.text(&phrase),
            glossary.name(self.to)
        )
    }
}
