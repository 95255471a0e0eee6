//! Reading files for inspection, and what a found stack lacks of a requirement.

mod files;
mod gap;

pub use files::{Input, collect, read_all};
pub use gap::{Edit, Gap, Shortfall, Verdict, gap};
pub use stackwright_inspect::{
    ContainerReport, Counts, Evidence, Finding, GradesReport, Inspection, Inspector, Knowledge, Options, PolicyReport,
    Reach, Report, SCHEMA, Unknown, WorkloadReport, last_boundary,
};
