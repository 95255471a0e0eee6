//! Checks of what inspection recognises.

use stackwright_text::yaml::Step::{Index, Key};

use super::Checker;
use crate::read::DataFile;

impl Checker<'_> {
    /// Operators and technologies that inspection finds. Their places are those of the lists.
    pub(super) fn inspection(&mut self, file: &DataFile) {
        let rules = &file.data.inspection;
        let mut operators: Vec<(&'static str, usize, &String)> = Vec::new();
        let mut technologies: Vec<(&'static str, usize, &String)> = Vec::new();
        for (i, rule) in rules.workloads.iter().enumerate() {
            operators.extend(rule.operators.iter().map(|o| ("workloads", i, o)));
            let variants = rule.variants.iter().flat_map(|v| &v.operators);
            operators.extend(variants.map(|o| ("workloads", i, o)));
            technologies.extend(rule.technologies.iter().map(|t| ("workloads", i, t)));
        }
        for (i, rule) in rules.handlers.iter().enumerate() {
            let instead = rule.instead.iter().flat_map(|v| &v.operators);
            operators.extend(rule.operators.iter().chain(instead).map(|o| ("handlers", i, o)));
            let instead = rule.instead.iter().flat_map(|v| &v.technologies);
            technologies.extend(rule.technologies.iter().chain(instead).map(|t| ("handlers", i, t)));
        }
        for (i, rule) in rules.injections.iter().enumerate() {
            let instead = rule.instead.iter().flat_map(|v| &v.operators);
            operators.extend(instead.chain([&rule.operator]).map(|o| ("injections", i, o)));
            let instead = rule.instead.iter().flat_map(|v| &v.technologies);
            technologies.extend(rule.technology.iter().chain(instead).map(|t| ("injections", i, t)));
        }
        technologies.extend(
            rules
                .filters
                .iter()
                .enumerate()
                .map(|(i, f)| ("filters", i, &f.technology)),
        );
        operators.extend(
            rules
                .filters
                .iter()
                .enumerate()
                .map(|(i, f)| ("filters", i, &f.operator)),
        );
        operators.extend(rules.images.iter().enumerate().map(|(i, r)| ("images", i, &r.operator)));
        operators.extend(rules.agents.iter().enumerate().map(|(i, a)| ("agents", i, &a.operator)));
        operators.extend(
            rules
                .policies
                .iter()
                .enumerate()
                .map(|(i, p)| ("policies", i, &p.operator)),
        );
        for (list, i, symbol) in operators {
            if self.algebra.find(symbol).is_none() {
                let known: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
                self.unknown(file, &[Key(list), Index(i)], "operator", symbol, known.into_iter());
            }
        }
        for (list, i, id) in technologies {
            if !self.names.technologies.contains_key(id.as_str()) {
                let known: Vec<_> = self.names.technologies.keys().copied().collect();
                self.unknown(file, &[Key(list), Index(i)], "technology", id, known.into_iter());
            }
        }
    }
}
