//! Tests of the atlas.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod claims;
mod documents;
mod tables;

use stackwright_atlas::Atlas;
use stackwright_catalog::Catalog;

fn atlas() -> Atlas<'static> {
    Atlas::new(Catalog::builtin().unwrap()).unwrap()
}
