//! Namespaces by bubblewrap, which needs no privilege.

use std::fs;
use std::path::Path;

use stackwright_spec::launch::Root;

use super::data::data;
use super::embedded::{Entered, Entries, entries};
use super::oci::find;
use super::{Case, Driver, Prepared, Task};
use crate::error::DriveError;
use crate::protocol::{Enter, Run};
use crate::runner::RUNNER_ARGUMENT;
use crate::sys::process::effective_ids;

/// Where the inside finds this program.
const KIT: &str = "/.stackwright";

/// The driver.
#[derive(Debug)]
pub(super) struct Bubblewrap;

impl Driver for Bubblewrap {
    fn name(&self) -> &str {
        "bubblewrap"
    }

    fn prepare(&self, task: Task, case: &mut Case<'_>) -> Result<Box<dyn Prepared>, DriveError> {
        if task.runtime || task.enter.container.is_some() || case.overlay {
            return Err(DriveError::Unsupported {
                what: "bubblewrap gives namespaces with a read-only view, and commands only".to_owned(),
                help: "choose another driver for the other layers with `--driver`".to_owned(),
            });
        }
        let program = find("bwrap").ok_or_else(|| DriveError::LayerUnavailable {
            operator: "Ns".to_owned(),
            capability: "bubblewrap".to_owned(),
            detail: "`bwrap` is not on PATH".to_owned(),
            remedy: Some("install bubblewrap or choose another driver".to_owned()),
        })?;
        let argv = arguments(&program, case)?;
        let env = vec![("PATH".to_owned(), data().path.clone())];
        let enter = Enter {
            run: Run::Command {
                argv,
                env,
                inside: Some(Box::new(task.enter)),
            },
            ..Enter::default()
        };
        // It ends with its parent, and everything in its namespaces with it.
        Ok(Box::new(Entered(Task { enter, runtime: true })))
    }
}

fn arguments(program: &Path, case: &Case<'_>) -> Result<Vec<String>, DriveError> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut argv = vec![text(program)];
    let mut add = |arguments: &[&str]| argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let (user, group) = effective_ids();
    let (user, group) = if user == 0 { (65_534, 65_534) } else { (user, group) };
    add(&[
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--hostname",
        "workload",
        "--cap-drop",
        "ALL",
    ]);
    add(&["--uid", &user.to_string(), "--gid", &group.to_string()]);
    let Entries { view, links } = entries(&case.launch.root)?;
    for view in &view {
        add(&["--ro-bind", &text(&view.host), &format!("/{}", view.name)]);
    }
    for (name, target) in &links {
        add(&["--symlink", &text(target), &format!("/{name}")]);
    }
    add(&["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    for grant in case.grants {
        let kind = if grant.writable { "--bind" } else { "--ro-bind" };
        add(&[kind, &text(&grant.host), &grant.guest]);
    }
    let own = fs::canonicalize(case.program).map_err(DriveError::host("find this program"))?;
    let inner = format!("{KIT}/program");
    add(&["--ro-bind", &text(&own), &inner]);
    if case.launch.root != Root::Host {
        return Err(DriveError::Unsupported {
            what: "bubblewrap shows the host's own programs here, no other root".to_owned(),
            help: "choose another driver with `--driver`".to_owned(),
        });
    }
    add(&["--remount-ro", "/", "--", &inner, RUNNER_ARGUMENT]);
    Ok(argv)
}
