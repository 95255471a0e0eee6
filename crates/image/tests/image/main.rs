//! Images as others see them: skopeo, umoci and docker-registry read what is written here, and the other way round.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "these are tests, and say what they skip"
)]

mod built;
mod bundled;
mod exchanged;
mod hostile;
mod rooted;
mod unpacked;
mod world;
