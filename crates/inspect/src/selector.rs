//! What selects objects by their labels.

use crate::facts::{Text, Texts};
use crate::rules::matches;
use crate::tree::Node;

/// Labels, by key.
pub type Labels = Box<[(Text, Text)]>;

/// The label that every namespace has of itself, and its name as the value.
const OF_NAMESPACE: &str = "kubernetes.io/metadata.name";

/// All of its demands must be met; without any, everything is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Box<[Demand]>);

/// What one label must be. `*` stands for any text where an engine takes it so: no label holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    key: Text,
    test: Test,
    values: Box<[Text]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`; nothing, if it says something else.
    pub fn read(node: &Node<'_>, texts: &mut Texts) -> Option<Self> {
        let known = |key: &str| key == "matchLabels" || key == "matchExpressions";
        if node.entries().iter().any(|e| !known(&e.key)) {
            return None;
        }
        let mut demands = Vec::new();
        for entry in node.get("matchLabels").map(Node::entries).unwrap_or_default() {
            demands.push(Demand {
                key: texts.keep(&entry.key),
                test: Test::In,
                values: [texts.keep(entry.value.text()?)].into(),
            });
        }
        for item in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
            let values = item.get("values").map(Node::items).unwrap_or_default();
            demands.push(Demand {
                key: texts.keep(item.get("key")?.text()?),
                test: match item.get("operator")?.text()? {
                    "In" => Test::In,
                    "NotIn" => Test::NotIn,
                    "Exists" => Test::Exists,
                    "DoesNotExist" => Test::DoesNotExist,
                    _ => return None,
                },
                values: values
                    .iter()
                    .map(|v| Some(texts.keep(v.text()?)))
                    .collect::<Option<_>>()?,
            });
        }
        Some(Self(demands.into()))
    }

    /// Whether an object with these labels is selected.
    pub fn fits(&self, labels: &Labels) -> bool {
        self.0.iter().all(|demand| demand.met(labels))
    }

    /// Whether a namespace is selected; nothing, if that depends on labels that are not known.
    pub fn fits_namespace(&self, name: &Text, labels: Option<&Labels>) -> Option<bool> {
        let own: Labels = [(Text::from(OF_NAMESPACE), name.clone())].into();
        let mut open = false;
        for demand in &self.0 {
            let met = match labels {
                _ if *demand.key == *OF_NAMESPACE => Some(demand.met(&own)),
                Some(labels) => Some(demand.met(labels)),
                None => None,
            };
            match met {
                Some(true) => {}
                Some(false) => return Some(false),
                None => open = true,
            }
        }
        (!open).then_some(true)
    }
}

impl Demand {
    fn met(&self, labels: &Labels) -> bool {
        let mut found = labels.iter().filter(|(key, _)| matches(&self.key, key));
        let one_of = |(_, value): &(Text, Text)| self.values.iter().any(|v| matches(v, value));
        match self.test {
            Test::In => found.any(one_of),
            Test::NotIn => !found.any(one_of),
            Test::Exists => found.next().is_some(),
            Test::DoesNotExist => found.next().is_none(),
        }
    }
}
