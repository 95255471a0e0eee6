//! Where documents come from: files and folders, standard input, what programs render, a live cluster.

use std::io::{self, Read as _};
use std::path::Path;
use std::{iter, thread};

use stackwright::inspect::{Inspector, ToolFailure, inputs, last_boundary, read_all, read_cluster, render};
use stackwright::{Catalog, Diagnostic};

use crate::arguments;
use crate::failure::{BAD_INPUT, Failure, MACHINE};

/// How much of standard input is read before what is complete of it is looked at.
const PART: u64 = 1 << 20;
/// The name of standard input.
const STDIN: &str = "<stdin>";

impl From<ToolFailure> for Failure {
    fn from(failure: ToolFailure) -> Self {
        let code = if failure.missing { MACHINE } else { BAD_INPUT };
        Self::new(failure.diagnostic, code)
    }
}

/// Reads everything.
pub fn read(arguments: &arguments::Inspect, catalog: &Catalog, inspector: &mut Inspector<'_>) -> Result<(), Failure> {
    for paths in arguments.paths.chunk_by(|a, b| is_stdin(a) == is_stdin(b)) {
        if paths.first().is_some_and(|p| is_stdin(p)) {
            read_stdin(inspector, &mut |_| true)?;
        } else {
            read_all(inspector, inputs(paths), threads());
        }
    }
    for (name, bytes) in rendered(arguments, catalog)? {
        inspector.read(&name, &bytes);
    }
    if let Some(context) = &arguments.context {
        read_cluster(inspector, catalog, context)?;
    }
    Ok(())
}

/// Reads everything, one thing after another. `each` is called after each and says whether to go on.
pub fn stream<'k>(
    arguments: &arguments::Inspect,
    catalog: &Catalog,
    inspector: &mut Inspector<'k>,
    each: &mut dyn FnMut(&mut Inspector<'k>) -> bool,
) -> Result<(), Failure> {
    for paths in arguments.paths.chunk_by(|a, b| is_stdin(a) == is_stdin(b)) {
        if paths.first().is_some_and(|p| is_stdin(p)) {
            read_stdin(inspector, each)?;
            continue;
        }
        for input in inputs(paths) {
            read_all(inspector, iter::once(input), 1);
            if !each(inspector) {
                return Ok(());
            }
        }
    }
    for (name, bytes) in rendered(arguments, catalog)? {
        inspector.read(&name, &bytes);
        if !each(inspector) {
            return Ok(());
        }
    }
    if let Some(context) = &arguments.context {
        read_cluster(inspector, catalog, context)?;
        each(inspector);
    }
    Ok(())
}

/// How many threads read files.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What programs render, by names that say from what.
fn rendered(arguments: &arguments::Inspect, catalog: &Catalog) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let values: Vec<&Path> = arguments.values.iter().map(AsRef::as_ref).collect();
    let folders = arguments.kustomize.iter().map(|folder| ("kustomize", folder));
    let charts = arguments.helm.iter().map(|chart| ("helm", chart));
    let all = folders.chain(charts).map(|(id, path)| {
        let bytes = render(catalog, id, path, &values)?;
        Ok((format!("{id}:{}", path.display()), bytes))
    });
    all.collect()
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads standard input part by part, so that it needs no more memory than its largest document. `each` is called after
/// each part and says whether to go on.
fn read_stdin<'k>(
    inspector: &mut Inspector<'k>,
    each: &mut dyn FnMut(&mut Inspector<'k>) -> bool,
) -> Result<(), Failure> {
    let mut stdin = io::stdin().lock();
    let mut buffer = Vec::new();
    let mut line = 0_u32;
    let mut looked = 0;
    loop {
        let read = stdin.by_ref().take(PART).read_to_end(&mut buffer).map_err(|error| {
            let message = format!("cannot read standard input: {error}");
            Failure::new(Diagnostic::new("cli::file", message), BAD_INPUT)
        })?;
        if read == 0 {
            break;
        }
        // Only what is new, and a separator that it may continue, can hold a boundary.
        let from = buffer.get(looked..).unwrap_or_default();
        let Some(boundary) = last_boundary(from).map(|at| at + looked) else {
            looked = buffer.len().saturating_sub(8);
            continue;
        };
        let rest = buffer.split_off(boundary);
        inspector.read_part(STDIN, &buffer, line);
        let lines = buffer.iter().filter(|b| **b == b'\n').count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        buffer = rest;
        looked = 0;
        if !each(inspector) {
            return Ok(());
        }
    }
    inspector.read_last_part(STDIN, &buffer, line);
    each(inspector);
    Ok(())
}
