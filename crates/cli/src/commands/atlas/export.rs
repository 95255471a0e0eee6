//! `atlas export`: everything as files.

use std::path::Path;

use stackwright::atlas::{Atlas, export};
use stackwright_locale::say;

use super::{fits, told};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `atlas export`.
pub fn run(folder: &Path, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[])?;
    let atlas = Atlas::new(chosen.get(output)?)?;
    let files = export::files(&atlas, told)?;
    stackwright::export::write(folder, &files)?;
    if output.is_json() {
        let paths: Vec<_> = files.keys().collect();
        output.json(&serde_json::json!({ "schema": "stackwright/atlas/v1", "files": paths }));
    } else {
        let folder = folder.display().to_string();
        output.line(say!(
            output.locale(),
            "atlas-exported",
            count = files.len(),
            folder = folder
        ));
    }
    Ok(0)
}
