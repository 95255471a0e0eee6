//! Documents that the user's own programs render.

use std::path::Path;

use stackwright_catalog::Catalog;
use stackwright_drive::{ToolError, tool_output};
use stackwright_text::Diagnostic;

/// Why a program gave no documents.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolFailure {
    /// What went wrong.
    pub diagnostic: Diagnostic,
    /// Whether the machine lacks the program.
    pub missing: bool,
}

impl From<Diagnostic> for ToolFailure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            missing: false,
        }
    }
}

impl ToolFailure {
    /// A failure of a program from `source`.
    pub(super) fn new(error: &ToolError, source: &str) -> Self {
        let missing = matches!(error, ToolError::Missing { .. });
        let code = if missing {
            "inspect::tool-missing"
        } else {
            "inspect::tool"
        };
        let diagnostic = Diagnostic::new(code, error.to_string());
        let diagnostic = if missing {
            diagnostic.with_help(format!("install it ({source}), or give the documents themselves"))
        } else {
            diagnostic
        };
        Self { diagnostic, missing }
    }
}

/// What a renderer of the catalogue, such as `helm`, makes of a folder.
///
/// # Errors
///
/// It is missing, or failed.
pub fn render(catalog: &Catalog, id: &str, folder: &Path, values: &[&Path]) -> Result<Vec<u8>, ToolFailure> {
    let rules = &catalog.inspection()?.renderers;
    let Some((rule, (program, before))) = rules
        .iter()
        .find(|r| r.id == id)
        .and_then(|r| Some((r, r.command.split_first()?)))
    else {
        let known: Vec<&str> = rules.iter().map(|r| r.id.as_str()).collect();
        let message = format!("nothing renders `{id}`; known are {}", known.join(", "));
        return Err(Diagnostic::new("inspect::tool", message).into());
    };
    let mut arguments = before.to_vec();
    arguments.push(folder.to_string_lossy().into_owned());
    if let Some(flag) = &rule.values {
        for file in values {
            arguments.extend([flag.clone(), file.to_string_lossy().into_owned()]);
        }
    }
    tool_output(program, &arguments).map_err(|error| ToolFailure::new(&error, &rule.source.address))
}
