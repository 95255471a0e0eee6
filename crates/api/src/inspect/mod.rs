//! Reading files for inspection, and what a found stack lacks of a requirement.

mod answers;
mod cluster;
mod files;
mod fix;
mod gap;
mod judge;
mod render;

pub use answers::answers;
pub use cluster::read_cluster;
pub use files::{Input, inputs, read_all};
pub use fix::{Fixed, fix};
pub use gap::{Edit, Gap, Ground, Shortfall, Verdict, gap};
pub use judge::{Accepted, AcceptedBy, BASELINE, Baseline, Judge};
pub use render::{ToolFailure, render};
pub use stackwright_inspect::{
    ClassReport, ContainerReport, Counts, Evidence, Finding, GradesReport, Inspection, Inspector, Knowledge, Options,
    Place, PolicyReport, Reach, Report, SCHEMA, Unknown, WorkloadReport, last_boundary,
};
