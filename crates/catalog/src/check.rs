//! Checks across files: every name that is used is defined, once, and every word is one.

#[path = "check/atlas.rs"]
mod atlas;
#[path = "check/algebra.rs"]
mod define;
#[path = "check/file.rs"]
pub(crate) mod file;
#[path = "check/inspection.rs"]
mod inspection;
#[path = "check/interactions.rs"]
mod interactions;
#[path = "check/landing.rs"]
mod landing;
#[path = "check/language.rs"]
mod language;
#[path = "check/matrices.rs"]
mod matrices;

use std::collections::{BTreeMap, BTreeSet};

use stackwright_algebra::{Algebra, Automaton};
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::{Diagnostic, Source, expression, nearest, quantity};

use crate::{guidance, lexicon};
pub use define::algebra;
pub use matrices::is_grades;

use crate::model::{Condition, EvidenceKind, InteractionEffect};
use crate::read::{CatalogData, DataFile};

/// Checks files together and merges them.
///
/// # Errors
///
/// Everything that is wrong, in the order of the files.
pub fn check(files: Vec<DataFile>) -> Result<(CatalogData, Algebra), Vec<Diagnostic>> {
    let mut data = CatalogData::default();
    for file in &files {
        data.merge(file.data.clone());
    }
    let mut findings = Vec::new();
    let algebra = match algebra(&data) {
        Ok(algebra) => algebra,
        Err(problem) => return Err(vec![problem.diagnostic(&files)]),
    };
    let automaton = match Automaton::compile(&algebra) {
        Ok(automaton) => automaton,
        Err(why) => return Err(vec![Diagnostic::new("catalog::operators", why)]),
    };
    for file in &files {
        for key in ["replaces", "accepts", "add"] {
            if file.node.get(key).is_some() {
                let message = format!("`{key}` is for overlays, and this is a catalogue of its own");
                findings.push(file.diagnostic(&[Key(key)], "catalog::overlay-key", message));
            }
        }
    }
    for (list, key) in [
        ("technologies", "id"),
        ("realizations", "id"),
        ("interactions", "id"),
        ("records", "id"),
        ("metrics", "name"),
        ("needs", "name"),
        ("principles", "id"),
        ("regimes", "id"),
        ("profiles", "id"),
        ("diagnostics", "code"),
        ("claims", "id"),
        ("references", "id"),
        ("projects", "id"),
        ("options", "concept"),
        ("questions", "id"),
        ("matrices", "id"),
        ("terms", "id"),
        ("concepts", "id"),
        ("things", "id"),
        ("domains", "id"),
        ("practices", "id"),
        ("studies", "id"),
        ("cases", "id"),
        ("lists", "id"),
        ("tree", "id"),
    ] {
        duplicates(&files, list, key, &mut findings);
    }
    findings.extend(references(&data, &algebra, &automaton, &files, &BTreeSet::new()));
    if findings.is_empty() {
        Ok((data, algebra))
    } else {
        Err(findings)
    }
}

/// Records by list and name.
pub type RecordNames = BTreeSet<(&'static str, String)>;

/// Everything that is wrong with what files refer to, where `data` is all there is. Records of these files that others
/// have replaced are passed over; where there are any, words of the rest need not be normal forms.
pub fn references(
    data: &CatalogData,
    algebra: &Algebra,
    automaton: &Automaton,
    files: &[DataFile],
    replaced: &RecordNames,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let required = data
        .interactions
        .iter()
        .filter(|i| i.effect == InteractionEffect::Requires);
    Checker {
        required: required
            .map(|i| (i.subject.as_str(), i.object.as_str(), i.id.as_str()))
            .collect(),
        names: Names::of(data),
        algebra,
        automaton,
        replaced,
        findings: &mut findings,
    }
    .files(files);
    for file in files {
        crate::claims_check::check(file, data, algebra, automaton, &mut findings);
        findings.extend(lexicon::check(file, data, algebra));
        matrices::check(file, data, algebra, automaton, &mut findings);
        atlas::check(file, data, algebra, automaton, &mut findings);
        findings.extend(guidance::check(file, data, algebra));
    }
    findings
}

/// Everything that can be referred to, by kind.
struct Names<'a> {
    technologies: BTreeMap<&'a str, ()>,
    realizations: BTreeMap<&'a str, ()>,
    evidence: BTreeMap<&'a str, &'a str>,
    metrics: BTreeMap<&'a str, &'a str>,
    needs: Vec<&'a str>,
    classes: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(data: &'a CatalogData) -> Self {
        Self {
            needs: data.needs.iter().map(|n| n.name.as_str()).collect(),
            classes: data
                .grades
                .iter()
                .flat_map(|g| &g.isolation)
                .map(|c| c.name.as_str())
                .collect(),
            technologies: data.technologies.iter().map(|t| (t.id.as_str(), ())).collect(),
            realizations: data.realizations.iter().map(|r| (r.id.as_str(), ())).collect(),
            evidence: data
                .evidence
                .iter()
                .map(|e| (e.id.as_str(), e.metric.as_str()))
                .collect(),
            metrics: data
                .metrics
                .iter()
                .map(|m| (m.name.as_str(), m.unit.as_str()))
                .collect(),
        }
    }
}

fn duplicates(files: &[DataFile], list: &'static str, key: &'static str, findings: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let mut index = 0;
        loop {
            let path = [Key(list), Index(index), Key(key)];
            let item = file.node.at([Key(list), Index(index)]);
            let Some(name) = item
                .get(key)
                .and_then(|n| n.as_str())
                .filter(|_| file.node.get(list).is_some())
            else {
                break;
            };
            let place = file.source.place(item.span.start);
            let first = seen.insert(name.to_owned(), format!("{}:{}", file.source.name(), place.line));
            if let Some(first) = first {
                let message = format!("`{name}` is defined twice, first at {first}");
                findings.push(file.diagnostic(&path, "catalog::duplicate", message));
            }
            index += 1;
        }
    }
}

struct Checker<'a> {
    names: Names<'a>,
    /// What requires what, and which interaction says so.
    required: Vec<(&'a str, &'a str, &'a str)>,
    algebra: &'a Algebra,
    automaton: &'a Automaton,
    replaced: &'a RecordNames,
    findings: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn files(&mut self, files: &[DataFile]) {
        for file in files {
            self.forms(file);
            self.grades(file);
            self.metrics(file);
            self.realizations(file);
            self.interactions(file);
            self.principles(file);
            self.language(file);
            self.evidence(file);
            self.inspection(file);
            self.landing(file);
        }
    }

    fn is_replaced(&self, list: &'static str, name: &str) -> bool {
        self.replaced.contains(&(list, name.to_owned()))
    }

    fn unknown<'n>(
        &mut self,
        file: &DataFile,
        path: &[Step<'_>],
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) {
        let diagnostic = file.diagnostic(path, "catalog::reference", format!("unknown {what} `{name}`"));
        self.findings.push(match nearest(name, known) {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    }

    fn word(&mut self, file: &DataFile, path: &[Step<'_>], text: &str) {
        let source = Source::new("<word>", text);
        let problem = match expression::parse(&source, self.algebra) {
            Err(diagnostic) => Some(diagnostic.to_string()),
            Ok(parsed) => match self.automaton.normalize(self.algebra, &parsed.word) {
                Err(error) => Some(self.algebra.explain(&error)),
                Ok(normal) if normal != parsed.word && self.replaced.is_empty() => Some(format!(
                    "`{text}` is not a normal form, `{}` is",
                    self.algebra.display(&normal)
                )),
                Ok(_) => None,
            },
        };
        if let Some(problem) = problem {
            self.findings.push(file.diagnostic(path, "catalog::word", problem));
        }
    }

    fn forms(&mut self, file: &DataFile) {
        for (i, form) in file.data.forms.iter().enumerate() {
            if self.is_replaced("forms", &form.word) {
                continue;
            }
            self.word(file, &[Key("forms"), Index(i), Key("word")], &form.word);
        }
        for (i, word) in file.data.protected.iter().enumerate() {
            self.word(file, &[Key("protected"), Index(i)], word);
        }
    }

    fn grades(&mut self, file: &DataFile) {
        let add = |list: &'static str, i: usize| [Key("add"), Key(list), Index(i)];
        for (i, case) in file.additions.security.iter().enumerate() {
            self.condition(file, &add("security", i), &case.when);
        }
        for (i, case) in file.additions.observability.iter().enumerate() {
            self.condition(file, &add("observability", i), &case.when);
        }
        for (i, class) in file.additions.isolation.iter().enumerate() {
            self.condition(file, &add("isolation", i), &class.when);
        }
        let Some(rules) = file
            .data
            .grades
            .as_ref()
            .filter(|_| !self.is_replaced("rules", "rules"))
        else {
            return;
        };
        for (i, metric) in rules.latency.sum.iter().enumerate() {
            self.metric(file, &[Key("rules"), Key("latency"), Key("sum"), Index(i)], metric);
        }
        for (i, class) in rules.isolation.iter().enumerate() {
            self.condition(file, &[Key("rules"), Key("isolation"), Index(i)], &class.when);
        }
        for (i, case) in rules.security.greatest.iter().enumerate() {
            self.condition(
                file,
                &[Key("rules"), Key("security"), Key("greatest"), Index(i)],
                &case.when,
            );
        }
        for (i, case) in rules.observability.adjust.iter().enumerate() {
            self.condition(
                file,
                &[Key("rules"), Key("observability"), Key("adjust"), Index(i)],
                &case.when,
            );
        }
    }

    fn condition(&mut self, file: &DataFile, path: &[Step<'_>], condition: &Condition) {
        if let Err(name) = crate::condition::Compiled::new(condition, self.algebra.vocabulary()) {
            let message = format!("the condition names `{name}`, which nothing declares");
            self.findings.push(file.diagnostic(path, "catalog::reference", message));
        }
    }

    fn metric(&mut self, file: &DataFile, path: &[Step<'_>], name: &str) {
        if !self.names.metrics.contains_key(name) {
            let known: Vec<_> = self.names.metrics.keys().copied().collect();
            self.unknown(file, path, "metric", name, known.into_iter());
        }
    }

    fn metrics(&mut self, file: &DataFile) {
        for (i, metric) in file.data.metrics.iter().enumerate() {
            if quantity::unit(&metric.unit).is_none() {
                let path = [Key("metrics"), Index(i), Key("unit")];
                let message = format!("unknown unit `{}`", metric.unit);
                self.findings.push(file.diagnostic(&path, "catalog::unit", message));
            }
        }
    }

    fn realizations(&mut self, file: &DataFile) {
        for (i, realization) in file.data.realizations.iter().enumerate() {
            if self.is_replaced("realizations", &realization.id) {
                continue;
            }
            let base = [Key("realizations"), Index(i)];
            let at = |key: &'static str, j: usize| [base.as_slice(), &[Key(key), Index(j)]].concat();
            for (j, word) in realization.words.iter().enumerate() {
                self.word(file, &at("words", j), word);
            }
            for (j, id) in realization.technologies.iter().enumerate() {
                self.technology(file, &at("technologies", j), id);
            }
            for (j, symbol) in realization.requires_operators.iter().enumerate() {
                if self.algebra.find(symbol).is_none() {
                    let known: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
                    self.unknown(
                        file,
                        &at("requires_operators", j),
                        "operator",
                        symbol,
                        known.into_iter(),
                    );
                }
            }
            for (j, metric) in realization.adds_nothing_to.iter().enumerate() {
                self.metric(file, &at("adds_nothing_to", j), metric);
            }
            for (j, source) in realization.metrics.iter().enumerate() {
                let path = at("metrics", j);
                self.metric(file, &[path.as_slice(), &[Key("metric")]].concat(), &source.metric);
                if let Some(id) = &source.reference {
                    self.record(
                        file,
                        &[path.as_slice(), &[Key("reference")]].concat(),
                        id,
                        &source.metric,
                    );
                }
                for (k, id) in source.evidence.iter().enumerate() {
                    let path = [path.as_slice(), &[Key("evidence"), Index(k)]].concat();
                    self.record(file, &path, id, &source.metric);
                }
            }
            if let Some(when) = &realization.when {
                self.condition(file, &base, when);
            }
        }
    }

    fn record(&mut self, file: &DataFile, path: &[Step<'_>], id: &str, metric: &str) {
        match self.names.evidence.get(id) {
            None => {
                let known: Vec<_> = self.names.evidence.keys().copied().collect();
                self.unknown(file, path, "evidence record", id, known.into_iter());
            }
            Some(found) if *found != metric => {
                let message = format!("the record `{id}` is about {found}, not {metric}");
                self.findings.push(file.diagnostic(path, "catalog::reference", message));
            }
            Some(_) => {}
        }
    }

    fn principles(&mut self, file: &DataFile) {
        for (i, principle) in file.data.principles.iter().enumerate() {
            if self.is_replaced("principles", &principle.id) {
                continue;
            }
            let base = [Key("principles"), Index(i)];
            self.condition(
                file,
                &[base.as_slice(), &[Key("requires")]].concat(),
                &principle.requires,
            );
            for (key, needs) in [
                ("needs", &principle.applies.needs),
                ("unless", &principle.applies.unless),
            ] {
                for (j, need) in needs.iter().enumerate() {
                    if !self.names.needs.contains(&need.as_str()) {
                        let path = [base.as_slice(), &[Key("applies"), Key(key), Index(j)]].concat();
                        let known = self.names.needs.clone();
                        self.unknown(file, &path, "need", need, known.into_iter());
                    }
                }
            }
        }
    }

    fn subject(&mut self, file: &DataFile, path: &[Step<'_>], id: &str) {
        if !self.names.technologies.contains_key(id) && !self.names.realizations.contains_key(id) {
            let names = &self.names;
            let known: Vec<_> = names
                .technologies
                .keys()
                .chain(names.realizations.keys())
                .copied()
                .collect();
            self.unknown(file, path, "technology or realization", id, known.into_iter());
        }
    }

    fn evidence(&mut self, file: &DataFile) {
        for (i, record) in file.data.evidence.iter().enumerate() {
            if self.is_replaced("records", &record.id) {
                continue;
            }
            let at = |key: &'static str| [Key("records"), Index(i), Key(key)];
            self.subject(file, &at("subject"), &record.subject);
            self.metric(file, &at("metric"), &record.metric);
            let dimension = self
                .names
                .metrics
                .get(record.metric.as_str())
                .and_then(|u| quantity::unit(u));
            if let (Some((expected, _)), found) = (dimension, quantity::unit(&record.unit))
                && found.map(|(d, _)| d) != Some(expected)
            {
                let message = format!("`{}` is not a unit of {}", record.unit, expected.name());
                self.findings
                    .push(file.diagnostic(&at("unit"), "catalog::unit", message));
            }
            let value = record.value;
            let numbers = [value.low, value.typical, value.high.or(value.below)];
            let given: Vec<f64> = numbers.into_iter().flatten().collect();
            let problem = if given.is_empty() {
                Some("it has no number: leave the record out, the figure is then undetermined")
            } else if value.high.is_some() && value.below.is_some() {
                Some("it has both `high` and `below`")
            } else if given.iter().any(|n| !n.is_finite()) {
                Some("a number is not finite")
            } else if given.iter().any(|n| *n < 0.0) {
                Some("a number is below zero")
            } else if !given.is_sorted() {
                Some("`low`, `typical` and `high` are not in order")
            } else {
                None
            };
            if let Some(problem) = problem {
                self.findings
                    .push(file.diagnostic(&at("value"), "catalog::figure", problem));
            }
            if record.kind > EvidenceKind::Claimed && record.conditions.trim().is_empty() {
                let message = "a published or measured figure needs its conditions";
                self.findings
                    .push(file.diagnostic(&at("conditions"), "catalog::figure", message));
            }
        }
    }
}
