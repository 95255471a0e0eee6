//! Checks of what the requirement language is made of: needs, principles' bounds, regimes, profiles, and what
//! technologies say of platforms and workloads.

use stackwright_text::yaml::Step::{self, Index, Key};

use super::Checker;
use crate::read::DataFile;

impl Checker<'_> {
    pub(super) fn language(&mut self, file: &DataFile) {
        self.technologies(file);
        for (i, need) in file.data.needs.iter().enumerate() {
            self.needs(file, &[Key("needs"), Index(i), Key("excludes")], &need.excludes);
        }
        for (i, principle) in file.data.principles.iter().enumerate() {
            for (j, bound) in principle.bounds.iter().enumerate() {
                let path = [Key("principles"), Index(i), Key("bounds"), Index(j), Key("metric")];
                self.metric(file, &path, &bound.metric);
            }
        }
        for (i, regime) in file.data.regimes.iter().enumerate() {
            for (j, ask) in regime.asks.iter().enumerate() {
                let path = [Key("regimes"), Index(i), Key("asks"), Index(j)];
                self.needs(file, &path, std::slice::from_ref(&ask.need));
            }
        }
        for (i, profile) in file.data.profiles.iter().enumerate() {
            let base = [Key("profiles"), Index(i)];
            let at = |key: &'static str| [base.as_slice(), &[Key(key)]].concat();
            self.needs(file, &at("needs"), &profile.needs);
            for metric in profile.metrics.keys() {
                self.metric(file, &at("metrics"), metric);
            }
            for metric in &profile.order {
                self.metric(file, &at("order"), metric);
            }
            if let Some(class) = &profile.isolation
                && !self.names.classes.contains(&class.as_str())
            {
                let known = self.names.classes.clone();
                self.unknown(file, &at("isolation"), "isolation class", class, known.into_iter());
            }
        }
    }

    fn technologies(&mut self, file: &DataFile) {
        for (i, technology) in file.data.technologies.iter().enumerate() {
            let base = [Key("technologies"), Index(i)];
            let at = |key: &'static str, j: usize| [base.as_slice(), &[Key(key), Index(j)]].concat();
            for (j, id) in technology.includes.iter().enumerate() {
                self.technology(file, &at("includes", j), id);
            }
            for (j, range) in technology.works_with.iter().enumerate() {
                self.technology(file, &at("works_with", j), &range.technology);
            }
            for (j, refusal) in technology.refuses.iter().enumerate() {
                if refusal.fact.is_none() && refusal.syscalls.is_empty() {
                    let message = "it names neither a fact nor a system call of the workload";
                    let finding = file.diagnostic(&at("refuses", j), "catalog::reference", message);
                    self.findings.push(finding);
                }
            }
        }
    }

    fn needs(&mut self, file: &DataFile, path: &[Step<'_>], needs: &[String]) {
        for need in needs {
            if !self.names.needs.contains(&need.as_str()) {
                let known = self.names.needs.clone();
                self.unknown(file, path, "need", need, known.into_iter());
            }
        }
    }

    pub(super) fn technology(&mut self, file: &DataFile, path: &[Step<'_>], id: &str) {
        if !self.names.technologies.contains_key(id) {
            let known: Vec<_> = self.names.technologies.keys().copied().collect();
            self.unknown(file, path, "technology", id, known.into_iter());
        }
    }
}
