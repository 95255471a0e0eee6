//! What crosses seams: requirements, workloads, host facts, plans, launches and reports.
//!
//! Every type here is plain data: it is written by one crate and read by another, and it carries no behaviour beyond
//! checking itself. Nothing here reads a file or starts a process.

pub mod host;
pub mod launch;
pub mod report;
