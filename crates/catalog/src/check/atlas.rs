//! Checks of atlas files: everything that they name exists, and every word is one.

use stackwright_algebra::{Algebra, Automaton};
use stackwright_text::Diagnostic;
use stackwright_text::yaml::Step::{self, Index, Key};

use super::file::{FileChecker, at};
use crate::model::{Ask, AtlasData, Item, Mark, StackItem};
use crate::read::{CatalogData, DataFile};

/// Checks the atlas records of one file against the whole catalogue.
pub fn check(
    file: &DataFile,
    data: &CatalogData,
    algebra: &Algebra,
    automaton: &Automaton,
    findings: &mut Vec<Diagnostic>,
) {
    let mut checker = FileChecker {
        file,
        data,
        algebra,
        automaton,
        findings,
    };
    checker.concepts(&file.data.atlas);
    checker.relations(&file.data.atlas);
    checker.uses(&file.data.atlas);
    checker.cases(&file.data.atlas);
}

impl FileChecker<'_> {
    fn concept(&mut self, path: &[Step<'_>], name: &str) {
        let known: Vec<_> = self.data.atlas.concepts.iter().map(|c| c.id.as_str()).collect();
        self.known(path, "concept", name, &known);
    }

    fn mark(&mut self, path: &[Step<'static>], mark: Option<&Mark>) {
        if let Some(claim) = mark.and_then(|m| m.claim.as_ref()) {
            self.claim(&at(path, [Key("mark"), Key("claim")]), claim);
        }
    }

    fn items(&mut self, path: &[Step<'static>], items: &[Item]) {
        for (i, item) in items.iter().enumerate() {
            self.mark(&at(path, [Index(i)]), item.mark.as_ref());
        }
    }

    fn stack_items(&mut self, path: &[Step<'static>], items: &[StackItem]) {
        for (i, item) in items.iter().enumerate() {
            self.concept(&at(path, [Index(i), Key("concept")]), &item.concept);
        }
    }

    fn ask(&mut self, path: &[Step<'static>], ask: &Ask) {
        for (i, word) in ask.words.iter().enumerate() {
            self.stack(&at(path, [Key("words"), Index(i)]), "catalog::word", word);
        }
    }

    fn concepts(&mut self, atlas: &AtlasData) {
        for (i, concept) in atlas.concepts.iter().enumerate() {
            let path = [Key("concepts"), Index(i)];
            for (j, symbol) in concept.operators.iter().enumerate() {
                self.operator(&at(&path, [Key("operators"), Index(j)]), symbol);
            }
            self.mark(&at(&path, [Key("article")]), concept.article.mark.as_ref());
            self.items(&at(&path, [Key("domains")]), &concept.domains);
            for (j, item) in concept.technologies.iter().enumerate() {
                let path = at(&path, [Key("technologies"), Index(j)]);
                if let Some(id) = &item.technology {
                    self.technology(&at(&path, [Key("technology")]), id);
                }
                self.mark(&path, item.mark.as_ref());
            }
        }
    }

    fn relations(&mut self, atlas: &AtlasData) {
        let data = self.data;
        let concepts = data.atlas.concepts.iter().map(|c| c.id.as_str());
        let nodes: Vec<_> = concepts
            .chain(data.atlas.things.iter().map(|t| t.id.as_str()))
            .collect();
        let technologies = data.technologies.iter().map(|t| t.id.as_str());
        let makers: Vec<_> = technologies
            .chain(data.realizations.iter().map(|r| r.id.as_str()))
            .collect();
        for (i, relation) in atlas.relations.iter().enumerate() {
            let path = [Key("relations"), Index(i)];
            self.known(&at(&path, [Key("from")]), "concept or thing", &relation.from, &nodes);
            self.known(&at(&path, [Key("to")]), "concept or thing", &relation.to, &nodes);
            if let Some(word) = &relation.word {
                self.stack(&at(&path, [Key("word")]), "catalog::word", word);
            }
            for (j, maker) in relation.by.iter().enumerate() {
                self.known(
                    &at(&path, [Key("by"), Index(j)]),
                    "technology or realization",
                    maker,
                    &makers,
                );
            }
            self.mark(&path, relation.mark.as_ref());
        }
    }

    fn uses(&mut self, atlas: &AtlasData) {
        for (i, domain) in atlas.domains.iter().enumerate() {
            let path = [Key("domains"), Index(i)];
            self.stack_items(&at(&path, [Key("core")]), &domain.core);
            self.items(&at(&path, [Key("scenarios")]), &domain.scenarios);
            self.stack_items(&at(&path, [Key("stacks")]), &domain.stacks);
            self.ask(&at(&path, [Key("ask")]), &domain.ask);
        }
        for (i, practice) in atlas.practices.iter().enumerate() {
            let path = [Key("practices"), Index(i)];
            for (j, concept) in practice.concepts.iter().enumerate() {
                self.concept(&at(&path, [Key("concepts"), Index(j)]), concept);
            }
            for (j, technology) in practice.technologies.iter().enumerate() {
                self.technology(&at(&path, [Key("technologies"), Index(j)]), technology);
            }
            if let Some(ask) = &practice.ask {
                self.ask(&at(&path, [Key("ask")]), ask);
            }
        }
        for (i, study) in atlas.studies.iter().enumerate() {
            let path = [Key("studies"), Index(i)];
            for (key, items) in [
                ("needs", &study.needs),
                ("selection", &study.selection),
                ("analysis", &study.analysis),
                ("effects", &study.effects),
            ] {
                self.items(&at(&path, [Key(key)]), items);
            }
            self.ask(&at(&path, [Key("ask")]), &study.ask);
        }
    }

    fn cases(&mut self, atlas: &AtlasData) {
        for (i, case) in atlas.cases.iter().enumerate() {
            let path = [Key("cases"), Index(i)];
            self.stack(&at(&path, [Key("word")]), "catalog::word", &case.word);
            for (key, lines) in [("stack", &case.stack), ("implementation", &case.implementation)] {
                for (j, line) in lines.iter().enumerate() {
                    let path = at(&path, [Key(key), Index(j)]);
                    if let Some(word) = &line.word {
                        self.stack(&at(&path, [Key("word")]), "catalog::word", word);
                    }
                    for (k, id) in line.technologies.iter().enumerate() {
                        self.technology(&at(&path, [Key("technologies"), Index(k)]), id);
                    }
                    self.mark(&path, line.mark.as_ref());
                }
            }
            for (key, items) in [
                ("statements", &case.statements),
                ("levels", &case.levels),
                ("figures", &case.figures),
            ] {
                self.items(&at(&path, [Key(key)]), items);
            }
            for (j, command) in case.commands.iter().enumerate() {
                self.mark(&at(&path, [Key("commands"), Index(j)]), command.mark.as_ref());
            }
        }
        for (i, list) in atlas.lists.iter().enumerate() {
            self.items(&[Key("lists"), Index(i), Key("items")], &list.items);
        }
        let nodes: Vec<_> = self.data.atlas.tree.iter().map(|n| n.id.as_str()).collect();
        for (i, node) in atlas.tree.iter().enumerate() {
            let path = [Key("tree"), Index(i)];
            if let Some(parent) = &node.parent {
                self.known(&at(&path, [Key("parent")]), "node", parent, &nodes);
            }
            for (j, concept) in node.concepts.iter().enumerate() {
                self.concept(&at(&path, [Key("concepts"), Index(j)]), concept);
            }
        }
    }
}
