//! Layers of our own around commands.

use std::path::{Path, PathBuf};

use stackwright_spec::launch::Root;

use super::data::{Need, data};
use super::{Case, Driver, Prepared, Task, shown};
use crate::error::DriveError;
use crate::filter;
use crate::protocol::{Confine, ContainerInstructions, FileRule, Inside, View};

/// User and group inside of a container.
const NOBODY: u32 = 65_534;
/// Bytes of temporary files, and of changes that an overlay keeps. Both count as memory of the run.
pub(super) const TEMPORARY_BYTES: u64 = 64 << 20;

/// A layer of our own.
#[derive(Debug)]
pub(super) struct Embedded {
    need: Need,
}

impl Embedded {
    pub(super) fn new(need: Need) -> Self {
        Self { need }
    }
}

/// A layer that the process of the task enters itself; nothing of it outlives that process.
#[derive(Debug)]
pub(super) struct Entered(pub(super) Task);

impl Prepared for Entered {
    fn start(&mut self) -> Task {
        std::mem::take(&mut self.0)
    }
}

impl Driver for Embedded {
    fn name(&self) -> &str {
        "embedded"
    }

    fn prepare(&self, mut task: Task, case: &mut Case<'_>) -> Result<Box<dyn Prepared>, DriveError> {
        match self.need {
            Need::Container | Need::Namespaces => {
                groups(&mut task, case, self.need == Need::Container);
                let overlay = case.overlay || self.need == Need::Container;
                // A root that was there for the overlay alone becomes the container's.
                task.enter.container = Some(container(case, true, overlay)?);
                if task.runtime {
                    return Err(nested("a runtime"));
                }
            }
            Need::ControlGroups => groups(&mut task, case, true),
            Need::Overlay => {
                if task.enter.container.is_none() && !task.runtime {
                    task.enter.container = Some(container(case, false, true)?);
                }
            }
            Need::Sandbox => {
                let builds = task.runtime || task.enter.container.is_some();
                let confine = confine(case, !builds)?;
                let slot = if builds {
                    &mut task.enter.around
                } else {
                    &mut task.enter.sandbox
                };
                if slot.replace(confine).is_some() {
                    return Err(nested("a sandbox"));
                }
            }
            // The module is the innermost task already, the image is checked before, and the others are not around it.
            Need::Wasm | Need::Image | Need::Policy | Need::Telemetry => {}
            Need::UserKernel => {
                return Err(DriveError::Unsupported {
                    what: "there is no user-space kernel of our own".to_owned(),
                    help: "choose a runtime".to_owned(),
                });
            }
        }
        Ok(Box::new(Entered(task)))
    }
}

fn nested(what: &str) -> DriveError {
    DriveError::Unsupported {
        what: format!("{what} cannot be put into another one here"),
        help: "choose another driver for one of the two with `--driver`".to_owned(),
    }
}

fn groups(task: &mut Task, case: &Case<'_>, wanted: bool) {
    if wanted {
        task.enter.join = case.limited.join_files();
    }
}

/// The entries of the shown folder that a root has: folders and files, and links that are made again.
pub(super) struct Entries {
    pub(super) view: Vec<View>,
    pub(super) links: Vec<(String, PathBuf)>,
}

/// Of the host the folders that the data names, of a folder all of its top entries.
pub(super) fn entries(root: &Root) -> Result<Entries, DriveError> {
    let top = shown(root);
    let unreadable = |source| DriveError::Root {
        path: top.to_owned(),
        source,
    };
    let mut names: Vec<String> = match root {
        Root::Host => data()
            .view
            .iter()
            .map(|path| path.trim_start_matches('/').to_owned())
            .collect(),
        Root::Folder(_) | Root::Image(_) => std::fs::read_dir(top)
            .map_err(unreadable)?
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect(),
    };
    names.sort_unstable();
    let own = ["proc", "dev", "tmp", "sys", ".stackwright"];
    let mut entries = Entries {
        view: Vec::new(),
        links: Vec::new(),
    };
    for name in names.into_iter().filter(|name| !own.contains(&name.as_str())) {
        let host = top.join(&name);
        let Ok(metadata) = std::fs::symlink_metadata(&host) else {
            continue;
        };
        if metadata.is_symlink() {
            // A link is followed inside of the new root only, so it can lead nowhere else.
            entries
                .links
                .push((name, std::fs::read_link(&host).map_err(unreadable)?));
        } else if metadata.is_dir() || metadata.is_file() {
            entries.view.push(View { host, name });
        }
    }
    Ok(entries)
}

fn container(case: &Case<'_>, namespaces: bool, overlay: bool) -> Result<Inside, DriveError> {
    let Entries { view, links } = entries(&case.launch.root)?;
    let bytes = TEMPORARY_BYTES.min(case.launch.limits.memory_bytes);
    Ok(Inside {
        container: ContainerInstructions {
            host_name: "workload".to_owned(),
            inside: case.inside.unwrap_or((NOBODY, NOBODY)),
            outside: case.outside,
        },
        namespaces,
        view,
        links,
        devices: data().devices.clone(),
        overlay_bytes: overlay.then_some(bytes),
        temporary_bytes: bytes,
        grants: case.grants.to_vec(),
    })
}

/// A sandbox around a command, or around all that builds a container.
pub(super) fn confine(case: &Case<'_>, command: bool) -> Result<Confine, DriveError> {
    let filters = filter::commands(command).map_err(|detail| DriveError::LayerUnavailable {
        operator: "S".to_owned(),
        capability: "seccomp".to_owned(),
        detail,
        remedy: crate::doctor::remedy("seccomp"),
    })?;
    Ok(Confine {
        filters,
        files: command.then(|| rules(case)),
        bind: case.launch.publish.iter().map(|publish| publish.port).collect(),
        connect: Vec::new(),
    })
}

fn rules(case: &Case<'_>) -> Vec<FileRule> {
    let rule = |path: &Path, writable, executable| FileRule {
        path: path.to_owned(),
        writable,
        executable,
    };
    let contained = case.launch.word.iter().any(|symbol| {
        let needs = data().operators.iter().find(|o| o.symbol == *symbol).map(|o| o.needs);
        matches!(
            needs,
            Some(Need::Container | Need::Namespaces | Need::Overlay | Need::UserKernel)
        )
    });
    let mut rules: Vec<FileRule> = Vec::new();
    if contained {
        // The root of a container holds nothing but what it may see; the sandbox takes away the rest of the kernel's files.
        let top = entries(&case.launch.root)
            .map(|entries| entries.view)
            .unwrap_or_default();
        rules.extend(
            top.iter()
                .map(|view| rule(&Path::new("/").join(&view.name), case.overlay, true)),
        );
        rules.push(rule(Path::new("/proc/self"), false, false));
        rules.push(rule(Path::new("/tmp"), true, true));
    } else {
        rules.extend(data().readable.iter().map(|path| rule(Path::new(path), false, true)));
    }
    rules.extend(data().writable.iter().map(|path| rule(Path::new(path), true, false)));
    for grant in case.grants {
        let path = if contained {
            Path::new(&grant.guest)
        } else {
            &grant.host
        };
        rules.push(rule(path, grant.writable, false));
    }
    rules
}
