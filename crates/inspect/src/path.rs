//! Paths into documents: keys joined with dots, `[]` after a key for every item of the list there.

use crate::tree::{Node, Value};

/// A path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<(String, bool)>,
}

impl Path {
    /// Takes a path apart. The empty path leads to where one is.
    pub fn new(text: &str) -> Self {
        let steps = text.split('.').filter(|s| !s.is_empty()).map(|step| {
            let key = step.strip_suffix("[]");
            (key.unwrap_or(step).to_owned(), key.is_some())
        });
        Self {
            text: text.to_owned(),
            steps: steps.collect(),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last key, without what says that it is a list.
    pub fn last(&self) -> &str {
        self.steps.last().map_or("", |(key, _)| key)
    }

    /// The nodes it leads to from `node`, each with the path that leads to just it, below `base`.
    pub fn visit<'n, 't>(&self, node: &'n Node<'t>, base: &str, each: &mut dyn FnMut(&'n Node<'t>, String)) {
        visit(&self.steps, node, base.to_owned(), each);
    }

    /// The first node it leads to.
    pub fn find<'n, 't>(&self, node: &'n Node<'t>) -> Option<&'n Node<'t>> {
        let mut node = node;
        for (key, each) in &self.steps {
            node = node.get(key)?;
            if *each {
                node = node.items().first()?;
            }
        }
        Some(node)
    }
}

fn visit<'n, 't>(
    steps: &[(String, bool)],
    node: &'n Node<'t>,
    path: String,
    each: &mut dyn FnMut(&'n Node<'t>, String),
) {
    let Some(((key, list), rest)) = steps.split_first() else {
        return each(node, path);
    };
    let Some(next) = node.get(key) else { return };
    let path = join(&path, key);
    match (&next.value, list) {
        (Value::Sequence(items), true) => {
            for (i, item) in items.iter().enumerate() {
                visit(rest, item, format!("{path}[{i}]"), each);
            }
        }
        (_, true) => {}
        (_, false) => visit(rest, next, path, each),
    }
}

/// Two paths as one.
pub fn join(base: &str, rest: &str) -> String {
    match (base, rest) {
        ("", rest) => rest.to_owned(),
        (base, "") => base.to_owned(),
        (base, rest) => format!("{base}.{rest}"),
    }
}
