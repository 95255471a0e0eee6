//! The root file system of a container around a command: a view of folders of the host, never the host's own root.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::container::{copies, place};
use crate::protocol::{Failure, Inside, LayerFailure, Step};
use crate::sys::mount::{self, Access};
use crate::sys::process::c_string;
use crate::sys::{network, privilege};

/// The root holds directories, links and empty files to mount over, and nothing else.
const ROOT_OPTIONS: [(&CStr, &CStr); 3] = [(c"size", c"256k"), (c"nr_inodes", c"1024"), (c"mode", c"755")];

/// What a command finds in its standard places.
const LINKS: [(&CStr, &CStr); 4] = [
    (c"fd", c"/proc/self/fd"),
    (c"stdin", c"/proc/self/fd/0"),
    (c"stdout", c"/proc/self/fd/1"),
    (c"stderr", c"/proc/self/fd/2"),
];

/// Where changes are kept, as the old root names it while it is still there. Its devices were copied before.
const SCRATCH: &str = "/dev";

/// Sets up users, root, host name and privileges, from within the container's namespaces.
pub(super) fn set_up(inside: &Inside, user_namespace: bool) -> Result<(), Failure> {
    let step = |capability: &'static str, what: &'static str| {
        move |error: io::Error| LayerFailure {
            step: Step::Container,
            capability: capability.to_owned(),
            detail: format!("{what}: {error}"),
        }
    };
    let container = &inside.container;
    if inside.namespaces {
        privilege::lock_secure_bits().map_err(step("user-namespace", "cannot set the secure bits"))?;
    }
    mount::make_private().map_err(step("mount-namespace", "cannot cut off the mounts"))?;
    // Still as the user that started the run, who may be the only one to reach these.
    let grants = copies(&inside.grants)?;
    let view = trees(inside).map_err(step("mount-namespace", "cannot bind the view"))?;
    let devices = devices(inside).map_err(step("mount-namespace", "cannot bind the devices"))?;
    if inside.namespaces {
        let (uid, gid) = if user_namespace {
            container.inside
        } else {
            container.outside
        };
        privilege::become_user(uid, gid).map_err(step("user-namespace", "cannot become the container's user"))?;
        privilege::die_with_parent().map_err(step("user-namespace", "cannot tie the command to its supervisor"))?;
    }
    build(inside, view, devices, grants).map_err(step("pivot-root", "cannot build the root file system"))?;
    if inside.namespaces {
        let name = c_string(container.host_name.as_bytes()).map_err(step("uts-namespace", "bad host name"))?;
        network::loopback_up().map_err(step("network-namespace", "cannot set loopback up"))?;
        privilege::set_host_name(&name).map_err(step("uts-namespace", "cannot set the host name"))?;
        privilege::empty_bounding_set().map_err(step("user-namespace", "cannot empty the bounding set"))?;
        privilege::clear_capabilities().map_err(step("user-namespace", "cannot drop the capabilities"))?;
    }
    Ok(())
}

fn path(path: &Path) -> io::Result<std::ffi::CString> {
    c_string(path.as_os_str().as_bytes())
}

/// A detached copy of each folder of the view; with an overlay the folders are named by path instead.
fn trees(inside: &Inside) -> io::Result<Vec<Option<OwnedFd>>> {
    let copy = |view: &crate::protocol::View| {
        if inside.overlay_bytes.is_some() && view.host.is_dir() {
            return Ok(None);
        }
        mount::copy_of_tree(&path(&view.host)?, Access::Programs).map(Some)
    };
    inside.view.iter().map(copy).collect()
}

fn devices(inside: &Inside) -> io::Result<Vec<(&str, OwnedFd)>> {
    let mut devices = Vec::with_capacity(inside.devices.len());
    for name in &inside.devices {
        let tree = mount::copy_of_tree(&path(&Path::new("/dev").join(name))?, Access::Device)?;
        devices.push((name.as_str(), tree));
    }
    Ok(devices)
}

fn build(
    inside: &Inside,
    view: Vec<Option<OwnedFd>>,
    devices: Vec<(&str, OwnedFd)>,
    grants: Vec<OwnedFd>,
) -> io::Result<()> {
    let root = mount::new_file_system_for(c"tmpfs", &ROOT_OPTIONS, Access::WritablePrograms)?;
    let directory = |name: &CStr| mount::directory_at(root.as_fd(), name);
    let mut attached: Vec<(OwnedFd, OwnedFd)> = Vec::new();
    let scratch = match inside.overlay_bytes {
        Some(bytes) => Some(scratch(bytes)?),
        None => None,
    };
    for (index, (view, tree)) in inside.view.iter().zip(view).enumerate() {
        let name = c_string(view.name.as_bytes())?;
        let place = if view.host.is_dir() {
            directory(&name)?
        } else {
            mount::file_at(root.as_fd(), &name)?
        };
        let tree = match (tree, &scratch) {
            (Some(tree), _) => tree,
            (None, Some(scratch)) => overlay(scratch, &view.host, index)?,
            (None, None) => continue,
        };
        attached.push((tree, place));
    }
    for (name, target) in &inside.links {
        mount::link_at(root.as_fd(), &c_string(name.as_bytes())?, &path(target)?)?;
    }
    let proc = mount::new_file_system(c"proc", &[])?;
    attached.push((proc, directory(c"proc")?));
    let dev = directory(c"dev")?;
    for (name, tree) in devices {
        attached.push((tree, mount::file_at(dev.as_fd(), &c_string(name.as_bytes())?)?));
    }
    for (name, target) in LINKS {
        mount::link_at(dev.as_fd(), name, target)?;
    }
    let size = c_string(inside.temporary_bytes.to_string().as_bytes())?;
    let options: [(&CStr, &CStr); 3] = [(c"size", &size), (c"nr_inodes", c"16384"), (c"mode", c"1777")];
    let temporary = mount::new_file_system_for(c"tmpfs", &options, Access::WritablePrograms)?;
    attached.push((temporary, directory(c"tmp")?));
    for (grant, tree) in inside.grants.iter().zip(grants) {
        attached.push((tree, place(&root, &grant.guest)?));
    }
    // Before anything is attached to it: the restriction covers what is below.
    mount::restrict(root.as_fd(), Access::Programs)?;
    let old_root = mount::open_root()?;
    mount::attach(root.as_fd(), old_root.as_fd())?;
    for (tree, place) in &attached {
        mount::attach(tree.as_fd(), place.as_fd())?;
    }
    mount::become_root(root.as_fd())
}

/// A file system for changes, at a path of the old root that goes away with it.
fn scratch(bytes: u64) -> io::Result<OwnedFd> {
    let size = c_string(bytes.to_string().as_bytes())?;
    let scratch = mount::new_file_system_for(
        c"tmpfs",
        &[(c"size", &size), (c"nr_inodes", c"16384"), (c"mode", c"700")],
        Access::WritablePrograms,
    )?;
    let place = mount::open_directory(c"/dev")?;
    mount::attach(scratch.as_fd(), place.as_fd())?;
    Ok(scratch)
}

fn overlay(scratch: &OwnedFd, lower: &Path, index: usize) -> io::Result<OwnedFd> {
    let (upper, state) = (format!("u{index}"), format!("w{index}"));
    for name in [&upper, &state] {
        mount::directory_at(scratch.as_fd(), &c_string(name.as_bytes())?)?;
    }
    mount::enter_directory(&path(lower)?)?;
    let inside = |name: &str| c_string(format!("{SCRATCH}/{name}").as_bytes());
    mount::new_file_system_for(
        c"overlay",
        &[
            (c"lowerdir", c"."),
            (c"upperdir", &inside(&upper)?),
            (c"workdir", &inside(&state)?),
        ],
        Access::WritablePrograms,
    )
}
