//! Users' own data over the built-in catalogue.
//!
//! An overlay is a folder of files of the same kinds. Its records are added; one of a name that exists already is refused
//! unless the file lists the name under `replaces`. What refers to what is checked over everything together. Operators
//! are held to more: equality must be a congruence again, and words of built-in operators must keep their normal forms.

mod effects;
mod merge;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stackwright_algebra::Automaton;
use stackwright_text::yaml::Step::Key;
use stackwright_text::{Diagnostic, Severity};

use crate::Catalog;
use crate::check::{self, RecordNames};
use crate::model::{Kind, Lexicon};
use crate::read::{CatalogData, DataFile};
use merge::Merger;

/// What to do where a built-in record is at fault.
const BROKEN: &str = "an overlay replaces what this built-in record relies on: replace this record too";

/// Names and texts of the built-in files.
static SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// A folder of data files, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// What it is called: the folder's own name.
    pub name: String,
    /// Its files, in order of path.
    pub files: Vec<OverlayFile>,
}

/// A file of an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayFile {
    /// Path inside the folder, with `/`.
    pub path: String,
    /// Name for diagnostics.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Which overlay a catalogue was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayName {
    /// The folder's own name.
    pub name: String,
    /// SHA-256 of its files, in hexadecimal, wherever the folder is.
    pub hash: String,
}

impl Overlay {
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            for part in [file.path.as_bytes(), &file.bytes] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hex(hash)
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

impl Catalog {
    /// The built-in catalogue with overlays over it, in order.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, and then what to be warned of; without errors the catalogue has the
    /// [warnings](Catalog::warnings).
    pub fn with_overlays(overlays: &[Overlay]) -> Result<Self, Vec<Diagnostic>> {
        let base = Self::builtin().map_err(|e| vec![e])?;
        let mut files = Vec::new();
        let mut findings = Vec::new();
        for (layer, overlay) in (1..).zip(overlays) {
            if overlay.files.is_empty() {
                let message = format!("the overlay `{}` holds no YAML file", overlay.name);
                findings
                    .push(Diagnostic::new("overlay::empty", message).with_help("name a folder with catalogue data"));
            }
            for file in &overlay.files {
                match DataFile::read(&file.name, &file.bytes) {
                    Ok(file) => files.push((layer, file)),
                    Err(diagnostic) => findings.push(diagnostic),
                }
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let mut hash = Sha256::new();
        hash.update(base.hash());
        let mut names = Vec::new();
        for overlay in overlays {
            let name = OverlayName {
                name: overlay.name.clone(),
                hash: overlay.hash(),
            };
            hash.update(&name.hash);
            names.push(name);
        }
        let mut catalog = merged(base, files)?;
        catalog.hash = hex(hash);
        catalog.overlays = names;
        Ok(catalog)
    }
}

fn merged(base: &Catalog, files: Vec<(usize, DataFile)>) -> Result<Catalog, Vec<Diagnostic>> {
    let mut data = base.data.clone();
    data.claims = base.claims().map_err(|d| vec![d])?.clone();
    data.atlas = base.atlas().map_err(|d| vec![d])?.clone();
    data.guidance = base.guidance().map_err(|d| vec![d])?.clone();
    let mut merger = Merger::new(data);
    for (number, (layer, file)) in files.iter().enumerate() {
        merger.add(*layer, number, file);
    }
    let findings = merger.findings(&files);
    if !findings.is_empty() {
        return Err(findings);
    }
    let Merger {
        mut data,
        origins,
        replaced,
        ..
    } = merger;
    data.lexicon = lexicon(base, &files)?;
    if files.iter().any(|(_, file)| file.kind == Kind::Inspection) {
        data.inspection = base.inspection().map_err(|d| vec![d])?.clone();
        for (_, file) in &files {
            data.inspection.merge(file.data.inspection.clone());
        }
    }
    if files.iter().any(|(_, file)| file.kind == Kind::Landing) {
        data.landing = base.landing().map_err(|d| vec![d])?.clone();
        for (_, file) in &files {
            data.landing.merge(file.data.landing.clone());
        }
    }
    let layers = files.iter().map(|(layer, _)| *layer).max().unwrap_or_default();
    let files: Vec<Vec<DataFile>> = split(files, layers);
    let all = || files.iter().flatten();
    let algebra = check::algebra(&data).map_err(|problem| {
        let mut placed = files.iter().rev().map(|list| problem.diagnostic(list));
        let own = placed.find(|d| d.place().is_some());
        vec![own.unwrap_or_else(|| {
            problem
                .diagnostic(&builtin_files().unwrap_or_default())
                .with_help(BROKEN)
        })]
    })?;
    let automaton = Automaton::compile(&algebra).map_err(|why| {
        let file = all()
            .filter(|f| f.kind == Kind::Operators)
            .max_by_key(|f| f.data.structure.is_some());
        vec![match file {
            Some(file) => file.diagnostic(&[Key("structure")], "catalog::operators", why),
            None => Diagnostic::new("catalog::operators", why),
        }]
    })?;
    let flat: Vec<&DataFile> = all().collect();
    let findings = effects::Review {
        base,
        algebra: &algebra,
        automaton: &automaton,
        files: &flat,
        origins: &origins,
    }
    .findings();
    let (warnings, mut findings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|d| d.severity() == Severity::Warning);
    if findings.is_empty() {
        effects::rewrite(&mut data, &origins, &algebra, &automaton);
        let none = RecordNames::new();
        for (layer, list) in (1..).zip(&files) {
            let replaced = replaced.get(&layer).unwrap_or(&none);
            findings.extend(check::references(&data, &algebra, &automaton, list, replaced));
        }
        if let Some(replaced) = replaced.get(&0) {
            let builtin = builtin_files()?;
            let broken = check::references(&data, &algebra, &automaton, &builtin, replaced);
            findings.extend(broken.into_iter().map(|d| d.with_help(BROKEN)));
        }
    }
    if !findings.is_empty() {
        return Err(findings.into_iter().chain(warnings).collect());
    }
    let (claims, atlas) = (std::mem::take(&mut data.claims), std::mem::take(&mut data.atlas));
    let guidance = std::mem::take(&mut data.guidance);
    let catalog = Catalog::assemble(data, algebra, automaton, String::new())
        .map_err(|why| vec![Diagnostic::new("catalog::operators", why)])?;
    Ok(Catalog {
        warnings,
        ..catalog.with_parts(claims, atlas).with_guidance(guidance)
    })
}

/// The built-in lexicon with what files add to it, if any does.
fn lexicon(base: &Catalog, files: &[(usize, DataFile)]) -> Result<Option<Lexicon>, Vec<Diagnostic>> {
    let mut merged: Option<Lexicon> = None;
    for (_, file) in files {
        let Some(added) = &file.data.lexicon else { continue };
        let lexicon = match &mut merged {
            Some(lexicon) => lexicon,
            None => merged.insert(base.lexicon().map_err(|d| vec![d])?.clone()),
        };
        if let Some(phrase) = added.phrases().find(|p| lexicon.phrases().any(|known| known == *p)) {
            let message = format!("the phrase `{phrase}` has a meaning already");
            return Err(vec![file.diagnostic(&[Key("lexicon")], "catalog::duplicate", message)]);
        }
        lexicon.extend(added.clone());
    }
    Ok(merged)
}

/// The files of each overlay.
fn split(files: Vec<(usize, DataFile)>, layers: usize) -> Vec<Vec<DataFile>> {
    let mut lists: Vec<Vec<DataFile>> = (0..layers).map(|_| Vec::new()).collect();
    for (layer, file) in files {
        if let Some(list) = lists.get_mut(layer.saturating_sub(1)) {
            list.push(file);
        }
    }
    lists
}

/// The built-in files, read again with their places.
fn builtin_files() -> Result<Vec<DataFile>, Vec<Diagnostic>> {
    let read = |(name, text): &(&str, &str)| DataFile::read(name, text.as_bytes()).map_err(|d| vec![d]);
    SOURCES.iter().map(read).collect()
}

/// Records that a whole catalogue would have: those who declare all of the built-in structure of domains again mean a
/// catalogue of their own, not an overlay.
pub fn is_whole(files: &[OverlayFile]) -> bool {
    let Some(structure) = Catalog::builtin().ok().and_then(|c| c.data.structure.as_ref()) else {
        return false;
    };
    let mut data = CatalogData::default();
    for file in files {
        if let Ok(file) = DataFile::read(&file.name, &file.bytes)
            && file.replaces.is_empty()
        {
            data.merge(file.data);
        }
    }
    data.structure.is_some_and(|own| {
        structure
            .kernels
            .iter()
            .all(|k| own.kernels.iter().any(|o| o.name == k.name))
            && structure
                .layers
                .iter()
                .all(|l| own.layers.iter().any(|o| o.name == l.name))
            && structure.attributes.iter().all(|a| own.attributes.contains(a))
    })
}
