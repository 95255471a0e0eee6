//! Documents in, answers out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod cases;
mod corpus;
mod hostile;
mod injectors;
mod labels;
mod meshes;
mod policies;
mod runtimes;
