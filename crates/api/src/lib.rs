//! Stackwright, a compiler for isolation stacks: the library.
//!
//! A requirement goes in; a stack of isolation layers comes out, with reasons, and can be written as a bundle and run.
//!
//! ```
//! use stackwright::{Catalog, Source};
//!
//! let catalog = Catalog::builtin()?;
//! let word = catalog.normalize(&Source::new("<expression>", "V → C → M → C"))?;
//! assert_eq!(catalog.algebra().display(&word), "V∘C∘M");
//! # Ok::<(), stackwright::Diagnostic>(())
//! ```

pub mod bundle;
pub mod cluster;
pub mod export;
pub mod gate;
pub mod image;
pub mod input;
pub mod inspect;
pub mod landing;
pub mod launch;
pub mod overlay;
pub mod recommend;
pub mod telemetry;
pub mod verify;

pub use stackwright_algebra as algebra;
pub use stackwright_atlas as atlas;
pub use stackwright_catalog::{BUILTIN_HASH, Catalog, claims, figure, grade, model, tiling};
pub use stackwright_drive::{
    DriveError, FetchError, FetchLimits, Fetched, Io, ModuleError, ModuleFacts, Output, Record, Run, Stats, Stdin,
    check_module, collect_garbage, doctor, enter_runner_if_asked, exec, fetch, follow, gate_symbol, get_runner_ready,
    logs, remove, run, run_cluster, run_command, run_command_telling, runs, stats, stop, telemetry_symbol,
};
pub use stackwright_emit::{ClusterOptions, Emission, EmitError, emit};
pub use stackwright_plan::{NodeClass, Options, Problem, plan};
pub use stackwright_spec as spec;
pub use stackwright_text::{
    Diagnostic, Label, Language, Place, Severity, Source, Span, expression, nearest, quantity, suggestion,
};

/// Name and version of this product.
pub const GENERATOR: &str = concat!("stackwright ", env!("CARGO_PKG_VERSION"));
