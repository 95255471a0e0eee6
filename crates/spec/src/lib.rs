//! What crosses seams: requirements, workloads, host facts, plans, bundles, launches and reports.
//!
//! Every type here is plain data: it is written by one crate and read by another, and it carries no behaviour beyond
//! reading and checking itself. Nothing here opens a file or starts a process.

pub mod bundle;
pub mod date;
mod findings;
pub mod host;
pub mod launch;
pub mod phrase;
pub mod plan;
pub mod report;
pub mod requirement;
pub mod workload;
