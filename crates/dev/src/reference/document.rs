//! How the normal form of each stack is written, as the description of the algebra says it: packaging; isolation domain
//! by domain (opener, lone attributes in the order Cg O, layers in order); network; telemetry; policy.

use stackwright_catalog::Catalog;

use super::{Domain, Machine, Names, State};
use crate::semantics::{Misplaced, Semantics};

/// The reference for the operators that ship.
#[derive(Clone, Debug)]
pub struct Document {
    /// Their effects.
    pub machine: Machine,
}

impl Document {
    /// The reference for the catalogue that ships.
    pub fn builtin() -> Self {
        let data = Catalog::builtin().unwrap().data();
        Self {
            machine: Machine::new(data.structure.as_ref().unwrap(), &data.operators),
        }
    }
}

impl Semantics for Document {
    fn normalize(&self, word: &[&str]) -> Result<Vec<String>, Misplaced> {
        let state = self.machine.run(word)?;
        Ok(written(&state).into_iter().map(str::to_owned).collect())
    }

    fn equal(&self, left: &[&str], right: &[&str]) -> bool {
        match (self.machine.run(left), self.machine.run(right)) {
            (Ok(left), Ok(right)) => left == right,
            _ => false,
        }
    }
}

/// The normal form of a state.
///
/// # Panics
///
/// On a name that the description does not know: it then has to say how that is written.
pub fn written(state: &State) -> Vec<&'static str> {
    let mut word = Vec::new();
    word.extend(facet(state, "packaging", &[(&["image"], "I")]));
    for domain in &state.domains {
        word.extend(opener(domain));
        word.extend(contents(domain));
    }
    word.extend(facet(
        state,
        "network",
        &[
            (&["proxy", "control-plane", "ambient"], "Am"),
            (&["proxy", "control-plane"], "M"),
            (&["proxy"], "E"),
            (&["control-plane"], "Ist"),
        ],
    ));
    word.extend(facet(
        state,
        "telemetry",
        &[(&["instrumentation"], "Otel"), (&["host-probes"], "P")],
    ));
    word.extend(facet(state, "policy", &[(&["admission"], "Gk")]));
    word
}

/// The symbols whose marks are there, the first that fits taking its marks away.
fn facet(state: &State, name: &str, symbols: &[(&[&str], &'static str)]) -> Vec<&'static str> {
    let mut left = state.facets.get(name).cloned().unwrap_or_default();
    let mut word = Vec::new();
    for (marks, symbol) in symbols {
        if marks.iter().all(|m| left.contains(*m)) {
            left.retain(|m| !marks.contains(&m.as_str()));
            word.push(*symbol);
        }
    }
    assert!(left.is_empty(), "the description has no symbol for {left:?} of {name}");
    word
}

fn opener(domain: &Domain) -> Option<&'static str> {
    let marks = names(&domain.kernel_marks);
    match (domain.kernel.as_str(), marks.as_slice()) {
        ("", []) => None,
        ("hypervisor", []) => Some("V"),
        ("hypervisor", ["microvm"]) => Some("F"),
        ("hypervisor", ["encrypted"]) => Some("Cc"),
        ("user-kernel", []) => Some("G"),
        other => panic!("the description has no symbol for {other:?}"),
    }
}

fn contents(domain: &Domain) -> Vec<&'static str> {
    let has = |layer: &str| domain.layers.iter().any(|(name, _)| name == layer);
    let attribute = |name: &str| domain.attributes.contains(name);
    let whole_container = has("namespaces") && attribute("cgroups") && attribute("overlay");
    let mut word = Vec::new();
    for (name, symbol) in [("cgroups", "Cg"), ("overlay", "O")] {
        if attribute(name) && !whole_container {
            word.push(symbol);
        }
    }
    for (layer, marks) in &domain.layers {
        word.push(match (layer.as_str(), names(marks).as_slice()) {
            ("namespaces", []) if whole_container => "C",
            ("namespaces", []) => "Ns",
            ("confinement", []) => "S",
            ("language", []) => "W",
            ("language", ["edge"]) => "We",
            other => panic!("the description has no symbol for {other:?}"),
        });
    }
    word
}

fn names(set: &Names) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}
