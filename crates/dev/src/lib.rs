//! What the other crates are checked with: reference semantics, generators and repository checks. Never shipped.
//!
//! [`Semantics`] is the question that both the [compiled engine](Compiled) and the [reference](reference::Document)
//! answer. The reference is written from the description of the algebra and shares no code with the engine; it is slow
//! and obvious. The tests are in one binary, `tests/dev`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use this crate: a panic here is a failed test"
)]

pub mod declared;
pub mod generate;
pub mod instances;
pub mod reference;
mod semantics;

pub use semantics::{Compiled, Misplaced, Semantics};
