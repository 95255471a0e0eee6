//! The catalogue that a command works with: the built-in one, or with the overlays of the command line over it.

use std::cell::OnceCell;
use std::path::PathBuf;

use stackwright::overlay::{self, Overlay};
use stackwright::{BUILTIN_HASH, Catalog};

use crate::failure::Failure;
use crate::output::Output;

/// Overlays, and the catalogue once it is needed.
pub struct Chosen {
    folders: Vec<PathBuf>,
    merged: OnceCell<Catalog>,
}

impl Chosen {
    /// The built-in catalogue with these overlays.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self {
            folders,
            merged: OnceCell::new(),
        }
    }

    /// The overlays.
    pub fn overlays(&self) -> Result<Vec<Overlay>, Failure> {
        self.folders.iter().map(|f| Ok(overlay::read(f)?)).collect()
    }

    /// The catalogue. What is to be known about its overlays is reported the first time.
    pub fn get(&self, output: &mut Output) -> Result<&Catalog, Failure> {
        if self.folders.is_empty() {
            return Ok(Catalog::builtin()?);
        }
        if let Some(catalog) = self.merged.get() {
            return Ok(catalog);
        }
        let catalog = Catalog::with_overlays(&self.overlays()?)?;
        for warning in catalog.warnings() {
            output.warning(warning);
        }
        Ok(self.merged.get_or_init(|| catalog))
    }

    /// As much of it as starting a workload takes, which is read sooner; with overlays all of it.
    pub fn starting(&self, output: &mut Output) -> Result<&Catalog, Failure> {
        if self.folders.is_empty() {
            return Ok(Catalog::starting()?);
        }
        self.get(output)
    }

    /// What `--version` says.
    pub fn version(&self) -> Result<String, Failure> {
        let version = env!("CARGO_PKG_VERSION");
        if self.folders.is_empty() {
            return Ok(format!("stackwright {version} (catalogue {BUILTIN_HASH})"));
        }
        let catalog = Catalog::with_overlays(&self.overlays()?)?;
        let mut text = format!(
            "stackwright {version} (catalogue {})\nbuilt-in {BUILTIN_HASH}",
            catalog.hash()
        );
        for overlay in catalog.overlays() {
            text += &format!("\noverlay {} {}", overlay.name, overlay.hash);
        }
        Ok(text)
    }
}
