//! What admission policies say of what they govern.

use stackwright_catalog::model::{GovernsRule, PolicyRule};

use super::{Extractor, says};
use crate::facts::{Governs, Policy, Target, Text};
use crate::path::Path;
use crate::selector::Selector;
use crate::tree::Node;

impl Extractor<'_, '_> {
    pub(super) fn policy(&mut self, node: &Node<'_>, kind: &str, rule: u16) {
        let head = self.head(node, kind);
        let known = self.rules.policy(rule);
        let matches = known.map(|r| self.all(node, &r.matches)).unwrap_or_default();
        let governs = known.and_then(|r| self.governs(node, r)).map(Box::new);
        self.facts.policies.push(Policy {
            file: self.file.clone(),
            place: head.place,
            kind: head.kind,
            namespace: head.namespace,
            name: head.name,
            rule,
            matches,
            governs,
        });
    }

    /// The texts that paths lead to, each once.
    fn all(&mut self, node: &Node<'_>, paths: &[String]) -> Box<[Text]> {
        let mut texts: Vec<Text> = Vec::new();
        for path in paths {
            Path::new(path).visit(node, "", &mut |found, _| {
                let text = found.text().map(|t| self.texts.keep(t));
                texts.extend(text.filter(|t| !texts.contains(t)));
            });
        }
        texts.into()
    }

    fn governs(&mut self, node: &Node<'_>, rule: &PolicyRule) -> Option<Governs> {
        let governs = rule.governs.as_ref()?;
        let mut found = Vec::new();
        for path in &governs.targets {
            Path::new(path).visit(node, "", &mut |target, _| found.push(target));
        }
        let targets = found.into_iter().map(|target| self.target(target, governs)).collect();
        let enforces = governs.enforcement.iter().find_map(|e| {
            let values = self.all(node, std::slice::from_ref(&e.field));
            (!values.is_empty()).then(|| values.iter().any(|v| e.is.iter().any(|i| **i == **v)))
        });
        let binds = rule.binds.as_deref().and_then(|p| Path::new(p).find(node)?.text());
        Some(Governs {
            targets,
            open: self.open(node, &governs.open_all),
            enforces,
            binds: binds.map(|b| self.texts.keep(b)),
        })
    }

    fn target(&mut self, node: &Node<'_>, rule: &GovernsRule) -> Target {
        let mut unread = None;
        let mut selectors = |paths: &[String]| {
            let mut found: Vec<Selector> = Vec::new();
            for path in paths {
                let Some(node) = Path::new(path).find(node) else {
                    continue;
                };
                match Selector::read(node, self.texts) {
                    Some(selector) => found.push(selector),
                    None => unread = Some(self.texts.keep(path)),
                }
            }
            found.into()
        };
        Target {
            labels: selectors(&rule.labels),
            namespace_labels: selectors(&rule.namespace_labels),
            kinds: self.all(node, &rule.kinds),
            namespaces: self.all(node, &rule.namespaces),
            not_namespaces: self.all(node, &rule.not_namespaces),
            names: self.all(node, &rule.names),
            open: unread.or_else(|| self.open(node, &rule.open)),
        }
    }

    /// The first of some fields that is there and says anything.
    fn open(&mut self, node: &Node<'_>, fields: &[String]) -> Option<Text> {
        let narrows = |field: &&String| {
            let mut said = false;
            Path::new(field).visit(node, "", &mut |n, _| said |= says(n));
            said
        };
        let field = fields.iter().find(narrows)?;
        Some(self.texts.keep(field))
    }
}
