//! `atlas mindmap`: maps of concepts and of their selection.

use stackwright::atlas::{Atlas, mindmap};

use super::fits;
use crate::arguments::{Format, MapName};
use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::output::Output;

/// Carries out `atlas mindmap`. Text is that of Mermaid.
pub fn run(map: MapName, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    fits(output, &[Format::Mermaid, Format::Svg])?;
    let atlas = Atlas::new(chosen.get(output)?)?;
    let glossary = atlas.glossary(output.locale().language());
    let svg = output.format() == Format::Svg;
    let text = match map {
        MapName::Concepts if svg => mindmap::concepts_svg(&atlas, &glossary),
        MapName::Concepts => mindmap::concepts_mermaid(&atlas, &glossary),
        MapName::Selection if svg => mindmap::selection_svg(&atlas, &glossary),
        MapName::Selection => mindmap::selection_mermaid(&atlas, &glossary),
    };
    if output.is_json() {
        let schema = "stackwright/atlas/v1";
        output.json(&serde_json::json!({ "schema": schema, "mermaid": text }));
    } else {
        output.text(&text);
    }
    Ok(0)
}
