//! Documents, put together: each read back strictly with the fields that its version has, in the folder of its stage.

use serde_json::{Value, json};
use stackwright_catalog::model::LandingStage;
use stackwright_catalog::version;
use stackwright_spec::bundle::BundleFile;

use super::compose::{Composition, broken};
use super::objects::kustomization;
use super::tree::{self, Variables, overlay};
use super::{Builder, Document, api, yaml};
use crate::EmitError;

impl Builder<'_> {
    /// An object from the catalogue's data.
    pub(super) fn landed(
        &mut self,
        stage: LandingStage,
        file: &str,
        object: &Value,
        variables: &Variables,
    ) -> Result<(), EmitError> {
        let mut object = tree::substitute(object, variables).map_err(|name| broken(file, &name))?;
        let labels = json!({ "labels": self.platform.labels });
        if let Some(metadata) = object.get_mut("metadata") {
            overlay(metadata, &labels);
        }
        self.add(stage, file, object)
    }

    /// Adds a document, with the fields that its kind has in this version, after it was read back strictly.
    pub(super) fn add(&mut self, stage: LandingStage, file: &str, mut value: Value) -> Result<(), EmitError> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        for field in self.platform.fields.iter().filter(|f| f.kind == kind) {
            if version::in_range(&self.version, &field.versions) == Some(true)
                && let Some(default) = &field.value
            {
                tree::set(&mut value, &field.path, default.clone());
            }
        }
        if let Some(Err(why)) = api::check(&api_version, &kind, &value) {
            return Err(EmitError::Data {
                realization: format!("{file} ({kind})"),
                why,
            });
        }
        let mut name = file.to_owned();
        let mut number = 2;
        while self.documents.iter().any(|d| d.stage == stage && d.file == name) {
            name = format!("{file}-{number}");
            number += 1;
        }
        // The same class may be asked for by two realizations.
        if !self.documents.iter().any(|d| d.stage == stage && d.value == value) {
            self.documents.push(Document {
                stage,
                file: name,
                value,
            });
        }
        Ok(())
    }

    pub(super) fn has(&self, stage: LandingStage) -> bool {
        self.documents.iter().any(|d| d.stage == stage)
    }

    /// Documents, kustomizations and files for nodes.
    pub(super) fn files(
        &self,
        composition: &Composition<'_>,
        variables: &Variables,
    ) -> Result<Vec<BundleFile>, EmitError> {
        let mut files = Vec::new();
        let mut yaml = |path: String, value: &Value| {
            files.push(BundleFile {
                path,
                content: yaml::write(value).into_bytes(),
            });
        };
        for stage in LandingStage::ALL {
            let mut names: Vec<String> = Vec::new();
            for document in self.documents.iter().filter(|d| d.stage == stage) {
                yaml(format!("{}/{}.yaml", stage.folder(), document.file), &document.value);
                names.push(format!("{}.yaml", document.file));
            }
            if !names.is_empty() {
                names.sort();
                yaml(
                    format!("{}/kustomization.yaml", stage.folder()),
                    &kustomization(&names, json!({})),
                );
            }
        }
        for (overlay, replicas) in [("development", 1), ("production", 3)] {
            let scaled = self
                .documents
                .iter()
                .filter(|d| d.value.pointer("/spec/replicas").is_some());
            let replicas: Vec<Value> = scaled
                .filter(|d| d.value.pointer("/spec/template").is_some())
                .map(|_| json!({ "name": self.emission.requirement.name, "count": replicas }))
                .collect();
            let more = if replicas.is_empty() {
                json!({})
            } else {
                json!({ "replicas": replicas })
            };
            let base = format!("../../{}", LandingStage::Base.folder());
            yaml(
                format!("overlays/{overlay}/kustomization.yaml"),
                &kustomization(&[base], more),
            );
        }
        for file in composition.files() {
            let text = tree::substitute_text(&file.text, variables).map_err(|name| broken(&file.path, &name))?;
            files.push(BundleFile {
                path: file.path.clone(),
                content: text.into_bytes(),
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(files)
    }
}
