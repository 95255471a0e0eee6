//! `--fix`: a patch on standard output, and on standard error what it leaves open.

use stackwright::Diagnostic;
use stackwright::inspect::{Inspector, Judge, Options, fix, inputs};

use super::{sources, title};
use crate::arguments;
use crate::failure::{Failure, NO};
use crate::output::Output;

/// Prints the patch. The answer is no if it leaves a gap.
pub fn run<'a>(
    arguments: &arguments::Inspect,
    inspector: &Inspector<'_>,
    options: Options,
    judge: &dyn Fn() -> Judge<'a>,
    output: &mut Output,
) -> Result<u8, Failure> {
    let files_only = arguments.paths.iter().all(|p| p.as_os_str() != "-");
    let given = arguments.kustomize.len() + arguments.helm.len() + usize::from(arguments.context.is_some());
    if given > 0 || !files_only {
        let message = "only files can be mended: not standard input, what is rendered, or a cluster";
        return Err(Diagnostic::new("inspect::fix", message).into());
    }
    let fixed = fix(
        &inputs(&arguments.paths).collect::<Vec<_>>(),
        inspector,
        options,
        sources::threads(),
        judge,
    );
    if output.is_json() {
        output.json(&serde_json::json!({
            "schema": stackwright::inspect::SCHEMA,
            "patch": fixed.patch,
            "closed": fixed.closed,
            "open": fixed.open.iter().map(|(workload, gap)| serde_json::json!({
                "file": workload.file,
                "line": workload.line,
                "kind": workload.kind,
                "namespace": workload.namespace,
                "name": workload.name,
                "gap": gap,
            })).collect::<Vec<_>>(),
        }));
    } else {
        output.text(&fixed.patch);
        output.flush();
        output.note(&format!(
            "files changed: {}, gaps closed: {}, gaps left: {}",
            fixed.files,
            fixed.closed,
            fixed.open.len()
        ));
        for (workload, gap) in &fixed.open {
            for shortfall in gap.shortfalls.iter().filter(|s| s.accepted.is_none()) {
                let place = format!("{}:{}", workload.file, workload.line);
                let what = format!("{}: {}", shortfall.wanted, shortfall.found);
                output.note(&format!("{place}: {} {}: {what}", workload.kind, title(workload)));
            }
        }
    }
    Ok(if fixed.open.is_empty() { 0 } else { NO })
}
