//! Adding the records of files to those that there are, by name.

use std::collections::{BTreeMap, BTreeSet};

use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::{Diagnostic, suggestion};

use super::builtin_files;
use crate::check::RecordNames;
use crate::model::IsolationClass;
use crate::read::{CatalogData, DataFile};

/// Where a record comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    layer: usize,
    /// Number of the file among those that were merged.
    pub file: usize,
    path: Vec<Step<'static>>,
}

impl Origin {
    /// A diagnostic about the record.
    pub fn diagnostic(&self, files: &[&DataFile], code: &'static str, message: String) -> Diagnostic {
        match files.get(self.file) {
            Some(file) => file.diagnostic(&self.path, code, message),
            None => Diagnostic::new(code, message),
        }
    }
}

/// Where each record of an overlay comes from, by list and name.
pub type Origins = BTreeMap<(&'static str, String), Origin>;

/// A record whose name another has.
struct Collision {
    list: &'static str,
    name: String,
    here: Origin,
    first: Option<Origin>,
}

/// Data to which files are added.
pub struct Merger {
    /// What there is.
    pub data: CatalogData,
    /// Where it comes from, where that is an overlay.
    pub origins: Origins,
    /// Of each layer, the built-in catalogue being 0, what others have replaced.
    pub replaced: BTreeMap<usize, RecordNames>,
    collisions: Vec<Collision>,
    /// Names under `replaces` that replace nothing: file, index, names that could be meant.
    idle: Vec<(usize, usize, Vec<String>)>,
    /// Isolation classes after one that there is not: file, index.
    astray: Vec<(usize, usize)>,
}

/// What is needed to add the records of one file.
struct Adding<'f> {
    layer: usize,
    number: usize,
    file: &'f DataFile,
    used: BTreeSet<String>,
    /// Names of earlier records in the lists that the file has.
    known: Vec<String>,
}

impl Merger {
    /// Begins with data of layer 0.
    pub fn new(data: CatalogData) -> Self {
        Self {
            data,
            origins: Origins::new(),
            replaced: BTreeMap::new(),
            collisions: Vec::new(),
            idle: Vec::new(),
            astray: Vec::new(),
        }
    }

    /// Adds a file, the records of which belong to a layer.
    pub fn add(&mut self, layer: usize, number: usize, file: &DataFile) {
        let mut adding = Adding {
            layer,
            number,
            file,
            used: BTreeSet::new(),
            known: Vec::new(),
        };
        let from = &file.data;
        // Taken out, so that lists and origins can be borrowed at once.
        let mut data = std::mem::take(&mut self.data);
        macro_rules! lists {
            ($($list:literal $($field:ident).+ => $name:ident),* $(,)?) => {
                $(self.list(&mut adding, &mut data.$($field).+, &from.$($field).+, $list, &[Key($list)], |r| &r.$name);)*
            };
        }
        lists! {
            "operators" operators => symbol,
            "forms" forms => word,
            "metrics" metrics => name,
            "technologies" technologies => id,
            "realizations" realizations => id,
            "interactions" interactions => id,
            "needs" needs => name,
            "principles" principles => id,
            "regimes" regimes => id,
            "profiles" profiles => id,
            "records" evidence => id,
            "diagnostics" diagnostics => code,
            "claims" claims.claims => id,
            "labels" claims.labels => name,
            "matrices" claims.matrices => id,
            "terms" claims.terms => id,
            "concepts" atlas.concepts => id,
            "things" atlas.things => id,
            "domains" atlas.domains => id,
            "practices" atlas.practices => id,
            "studies" atlas.studies => id,
            "cases" atlas.cases => id,
            "lists" atlas.lists => id,
            "tree" atlas.tree => id,
            "references" guidance.references => id,
            "projects" guidance.projects => id,
            "options" guidance.options => concept,
            "questions" guidance.questions => id,
        }
        if let Some(from) = &from.structure {
            let into = data.structure.get_or_insert_default();
            let path = |list| [Key("structure"), Key(list)];
            self.list(
                &mut adding,
                &mut into.kernels,
                &from.kernels,
                "kernels",
                &path("kernels"),
                |k| &k.name,
            );
            self.list(
                &mut adding,
                &mut into.layers,
                &from.layers,
                "layers",
                &path("layers"),
                |l| &l.name,
            );
            self.list(
                &mut adding,
                &mut into.attributes,
                &from.attributes,
                "attributes",
                &path("attributes"),
                |a| a,
            );
            self.distinct(
                &adding,
                &into.layers.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
                &into.attributes,
            );
        }
        data.atlas.relations.extend_from_slice(&from.atlas.relations);
        for word in &from.protected {
            if !data.protected.contains(word) {
                data.protected.push(word.clone());
            }
        }
        self.grades(&mut adding, &mut data);
        self.data = data;
        for (index, name) in file.replaces.iter().enumerate() {
            if !adding.used.contains(name) {
                self.idle.push((number, index, adding.known.clone()));
            }
        }
    }

    fn list<T: Clone>(
        &mut self,
        adding: &mut Adding<'_>,
        into: &mut Vec<T>,
        from: &[T],
        list: &'static str,
        path: &[Step<'static>],
        name: impl Fn(&T) -> &str,
    ) {
        if !from.is_empty() {
            adding.known.extend(into.iter().map(|r| name(r).to_owned()));
        }
        for (index, record) in from.iter().enumerate() {
            let path = [path, &[Index(index)]].concat();
            let at = into.iter().position(|r| name(r) == name(record));
            if self.enter(adding, list, name(record), path, at.is_some()) {
                continue;
            }
            match at.and_then(|at| into.get_mut(at)) {
                Some(there) => *there = record.clone(),
                None => into.push(record.clone()),
            }
        }
    }

    /// Notes where a record comes from. Whether it collides with one that exists and is not to be replaced.
    fn enter(
        &mut self,
        adding: &mut Adding<'_>,
        list: &'static str,
        name: &str,
        path: Vec<Step<'static>>,
        exists: bool,
    ) -> bool {
        let key = (list, name.to_owned());
        let here = Origin {
            layer: adding.layer,
            file: adding.number,
            path,
        };
        let first = self.origins.get(&key).cloned();
        let layer = first.as_ref().map_or(0, |o| o.layer);
        let replaces = adding.file.replaces.iter().any(|r| r == name);
        if exists && (!replaces || layer == adding.layer) {
            adding.used.insert(name.to_owned());
            self.collisions.push(Collision {
                list,
                name: name.to_owned(),
                here,
                first,
            });
            return true;
        }
        if exists {
            adding.used.insert(name.to_owned());
            self.replaced.entry(layer).or_default().insert(key.clone());
        }
        self.origins.insert(key, here);
        false
    }

    /// Layers and attributes share their names.
    fn distinct(&mut self, adding: &Adding<'_>, layers: &[&str], attributes: &[String]) {
        for name in attributes.iter().filter(|a| layers.contains(&a.as_str())) {
            for (list, other) in [("attributes", "layers"), ("layers", "attributes")] {
                let here = self
                    .origins
                    .get(&(list, name.clone()))
                    .filter(|o| o.file == adding.number);
                if let Some(here) = here.cloned() {
                    self.collisions.push(Collision {
                        list: other,
                        name: name.clone(),
                        here,
                        first: self.origins.get(&(other, name.clone())).cloned(),
                    });
                    break;
                }
            }
        }
    }

    fn grades(&mut self, adding: &mut Adding<'_>, data: &mut CatalogData) {
        if let Some(rules) = &adding.file.data.grades {
            adding.known.push("rules".to_owned());
            let path = vec![Key("rules")];
            if !self.enter(adding, "rules", "rules", path, data.grades.is_some()) {
                data.grades = Some(rules.clone());
            }
        }
        let Some(rules) = &mut data.grades else { return };
        let additions = &adding.file.additions;
        rules.security.greatest.extend_from_slice(&additions.security);
        rules.observability.adjust.extend_from_slice(&additions.observability);
        if !additions.isolation.is_empty() {
            adding.known.extend(rules.isolation.iter().map(|c| c.name.clone()));
        }
        for (index, class) in additions.isolation.iter().enumerate() {
            let path = vec![Key("add"), Key("isolation"), Index(index)];
            let exists = rules.isolation.iter().any(|c| c.name == class.name);
            if self.enter(adding, "isolation", &class.name, path, exists) {
                continue;
            }
            rules.isolation.retain(|c| c.name != class.name);
            match rules.isolation.iter().position(|c| c.name == class.after) {
                Some(at) => rules.isolation.insert(
                    at + 1,
                    IsolationClass {
                        name: class.name.clone(),
                        when: class.when.clone(),
                    },
                ),
                None => self.astray.push((adding.number, index)),
            }
        }
    }

    /// Everything that is wrong with the merged files, by name of file and place.
    pub fn findings(&self, files: &[(usize, DataFile)]) -> Vec<Diagnostic> {
        let list: Vec<&DataFile> = files.iter().map(|(_, file)| file).collect();
        let builtin = if self.collisions.iter().any(|c| c.first.is_none()) {
            builtin_files().unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut first = Self::new(CatalogData::default());
        for (number, file) in builtin.iter().enumerate() {
            first.add(0, number, file);
        }
        let mut findings = Vec::new();
        for collision in &self.collisions {
            let Collision { name, here, .. } = collision;
            let place = match &collision.first {
                Some(origin) => place(&list, origin),
                None => {
                    let builtin: Vec<_> = builtin.iter().collect();
                    let origin = first.origins.get(&(collision.list, name.clone()));
                    origin
                        .and_then(|o| place(&builtin, o))
                        .map(|p| format!("{p}, in the built-in catalogue"))
                }
            };
            let place = place.map(|p| format!(": {p}")).unwrap_or_default();
            let same = collision.first.as_ref().is_some_and(|o| o.layer == here.layer);
            let help = if same {
                "keep one of them".to_owned()
            } else {
                format!("give it another name, or add `replaces: [{name}]` to the file if it is meant to replace that")
            };
            let message = format!("`{name}` is defined already{place}");
            findings.push(here.diagnostic(&list, "overlay::duplicate", message).with_help(help));
        }
        for (file, index, known) in &self.idle {
            let Some(file) = list.get(*file) else { continue };
            let name = file.replaces.get(*index).map(String::as_str).unwrap_or_default();
            let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
            let known: Vec<_> = known.into_iter().collect();
            let message = format!("`{name}` replaces nothing: this file must define it, and an earlier one too");
            let diagnostic = file.diagnostic(&[Key("replaces"), Index(*index)], "overlay::replaces", message);
            findings.push(
                match stackwright_text::nearest(name, known.iter().copied().filter(|k| *k != name)) {
                    Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                    None => diagnostic.with_help("remove it from the list"),
                },
            );
        }
        let classes: Vec<&str> = self
            .data
            .grades
            .iter()
            .flat_map(|g| &g.isolation)
            .map(|c| c.name.as_str())
            .collect();
        for (file, index) in &self.astray {
            let Some(file) = list.get(*file) else { continue };
            let after = file
                .additions
                .isolation
                .get(*index)
                .map(|c| c.after.as_str())
                .unwrap_or_default();
            let path = [Key("add"), Key("isolation"), Index(*index), Key("after")];
            let message = format!("unknown isolation class `{after}`");
            findings.push(
                file.diagnostic(&path, "catalog::reference", message)
                    .with_help(suggestion(after, &classes)),
            );
        }
        findings
    }
}

/// `file:line` of a record.
fn place(files: &[&DataFile], origin: &Origin) -> Option<String> {
    let file = files.get(origin.file)?;
    let node = file.node.at(origin.path.iter().copied());
    Some(format!(
        "{}:{}",
        file.source.name(),
        file.source.place(node.span.start).line
    ))
}
