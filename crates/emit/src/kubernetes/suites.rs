//! Test files for policies, in the formats of the engines' own commands: the workload passes, pods that have left the stack do not.

use serde_json::{Value, json};
use stackwright_catalog::model::LandingTests;
use stackwright_spec::bundle::BundleFile;

use super::compose::{Composition, broken};
use super::mutants::{mutants, pod};
use super::tree::{self, Variables};
use super::{Builder, yaml};
use crate::EmitError;

/// The folder of what is for tests alone and never applied.
pub const TESTS: &str = "test";

impl Builder<'_> {
    /// The tests of every policy that has some, and the pods that they are about.
    pub(super) fn tests(
        &self,
        composition: &Composition<'_>,
        template: &Value,
        variables: &Variables,
    ) -> Result<Vec<BundleFile>, EmitError> {
        let suites: Vec<&LandingTests> = composition.landings.iter().filter_map(|l| l.tests.as_ref()).collect();
        if suites.is_empty() {
            return Ok(Vec::new());
        }
        let guard = variables.get("guard").cloned().unwrap_or_default();
        let mut pods = vec![("stays".to_owned(), pod(template))];
        pods.extend(
            mutants(template, &guard)
                .into_iter()
                .map(|m| (m.name, pod(&m.template))),
        );
        let mut files = Vec::new();
        for (name, pod) in &mut pods {
            if let Some(Value::Object(metadata)) = pod.get_mut("metadata") {
                metadata.insert("name".to_owned(), json!(name));
                metadata.insert("namespace".to_owned(), json!(self.namespace));
            }
            files.push(file(&format!("pods/{name}.yaml"), pod));
        }
        for suite in suites {
            let mut variables = variables.clone();
            let fill = |tree: &Value, variables: &Variables| {
                tree::substitute(tree, variables).map_err(|name| broken(&suite.path, &name))
            };
            let mut cases = Vec::new();
            for (index, (name, _)) in pods.iter().enumerate() {
                variables.insert("case", json!(name));
                variables.insert("pod", json!(format!("pods/{name}.yaml")));
                let case = if index == 0 { &suite.passes } else { &suite.fails };
                cases.push(fill(case, &variables)?);
            }
            let paths: Vec<String> = pods.iter().map(|(name, _)| format!("pods/{name}.yaml")).collect();
            variables.insert("cases", json!(cases));
            variables.insert("pods", json!(paths));
            files.push(file(&suite.path, &fill(&suite.object, &variables)?));
        }
        Ok(files)
    }
}

fn file(path: &str, value: &Value) -> BundleFile {
    BundleFile {
        path: format!("{TESTS}/{path}"),
        content: yaml::write(value).into_bytes(),
    }
}
