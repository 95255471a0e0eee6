//! The algebra against its reference and its laws, and checks of the repository.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests: a panic here is a failed test"
)]

mod agreement;
mod claims;
mod congruence;
mod declared;
mod derivations;
mod equations;
mod extents;
mod hostile;
mod instructions;
mod minimality;
mod overlays;
mod planner;
mod rules;
mod tidy;
