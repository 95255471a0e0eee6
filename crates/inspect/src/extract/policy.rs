//! What admission policies say of what they govern.

use stackwright_catalog::model::{GovernsRule, PolicyRule};

use super::{Extractor, condition, says};
use crate::facts::{Clause, Governs, Policy, Target, Text};
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
        let mut rules = Vec::new();
        Path::new(&governs.rules).visit(node, "", &mut |found, _| rules.push(found));
        let clauses = rules.into_iter().filter_map(|r| self.clause(node, r, governs));
        let clauses = clauses.collect();
        let binds = rule.binds.as_deref().and_then(|p| Path::new(p).find(node)?.text());
        Some(Governs {
            clauses,
            binds: binds.map(|b| self.texts.keep(b)),
        })
    }

    /// A rule of an object; nothing, if it does not count when workloads are created.
    fn clause(&mut self, object: &Node<'_>, node: &Node<'_>, rule: &GovernsRule) -> Option<Clause> {
        let mut unmet = None;
        if let Some(conditions) = &rule.conditions
            && let Some(stated) = Path::new(&conditions.field).find(node)
        {
            match condition::holds(stated, &conditions.known) {
                Some(true) => {}
                Some(false) => return None,
                None => unmet = Some(self.texts.keep(&conditions.field)),
            }
        }
        let mut targets = |paths: &[String]| {
            let mut found = Vec::new();
            for path in paths {
                Path::new(path).visit(node, "", &mut |target, _| found.push(target));
            }
            let targets = found.into_iter().map(|target| self.target(target, rule));
            targets.filter(|t| !rule.speaks || t.speaks()).collect()
        };
        let (any, all) = (targets(&rule.targets), targets(&rule.all_targets));
        let (none, not_all) = (targets(&rule.excluded), targets(&rule.all_excluded));
        let enforces = rule.enforcement.iter().find_map(|e| {
            let path = std::slice::from_ref(&e.field);
            let mut values = self.all(node, path);
            if values.is_empty() {
                values = self.all(object, path);
            }
            (!values.is_empty()).then(|| values.iter().any(|v| e.is.iter().any(|i| **i == **v)))
        });
        Some(Clause {
            any,
            all,
            none,
            not_all,
            open: unmet
                .or_else(|| self.open(node, &rule.open_rule))
                .or_else(|| self.open(object, &rule.open_all)),
            enforces,
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
