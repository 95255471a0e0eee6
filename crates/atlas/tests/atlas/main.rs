//! Tests of the atlas.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod claims;
mod compare;
mod documents;
mod pictures;
mod relations;
mod tables;

use stackwright_atlas::Atlas;
use stackwright_catalog::Catalog;

fn atlas() -> Atlas<'static> {
    Atlas::new(Catalog::builtin().unwrap()).unwrap()
}
