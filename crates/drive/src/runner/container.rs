//! The inside of the container: own root file system, user, host name; no capabilities.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::protocol::{ContainerInstructions, Failure, GrantFailure, GrantInstructions, LayerFailure, Step};
use crate::sys::mount::{self, Access};
use crate::sys::privilege;
use crate::sys::process::c_string;

/// Whether this process has its own root. The runner is one process with one fate, so this is a fact about all of it.
static INSIDE: AtomicBool = AtomicBool::new(false);

/// Whether the root of this process is the container's.
pub(super) fn is_inside() -> bool {
    INSIDE.load(Ordering::Relaxed)
}

/// Sets the container up, from within its namespaces. Afterwards the process has no capabilities.
pub(super) fn set_up(
    container: &ContainerInstructions,
    grants: &[GrantInstructions],
    user_namespace: bool,
) -> Result<(), Failure> {
    let step = |capability: &'static str, what: &'static str| {
        move |error: io::Error| LayerFailure {
            step: Step::Container,
            capability: capability.to_owned(),
            detail: format!("{what}: {error}"),
        }
    };
    privilege::lock_secure_bits().map_err(step("user-namespace", "cannot set the secure bits"))?;
    mount::make_private().map_err(step("mount-namespace", "cannot cut off the mounts"))?;
    // Still as the user that started the run, who may be the only one to reach these directories.
    let trees = copies(grants)?;
    let (uid, gid) = if user_namespace {
        container.inside
    } else {
        container.outside
    };
    privilege::become_user(uid, gid).map_err(step("user-namespace", "cannot become the container's user"))?;
    // The change of user cleared it.
    privilege::die_with_parent().map_err(step("user-namespace", "cannot tie the workload to its supervisor"))?;
    build_root(trees, grants).map_err(step("pivot-root", "cannot build the root file system"))?;
    INSIDE.store(true, Ordering::Relaxed);
    let name = c_string(container.host_name.as_bytes()).map_err(step("uts-namespace", "bad host name"))?;
    privilege::set_host_name(&name).map_err(step("uts-namespace", "cannot set the host name"))?;
    privilege::empty_bounding_set().map_err(step("user-namespace", "cannot empty the bounding set"))?;
    privilege::clear_capabilities().map_err(step("user-namespace", "cannot drop the capabilities"))?;
    Ok(())
}

/// A detached copy of each granted directory.
pub(super) fn copies(grants: &[GrantInstructions]) -> Result<Vec<OwnedFd>, Failure> {
    let copy = |grant: &GrantInstructions| {
        let access = if grant.writable {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        };
        mount::copy_of_tree(&c_string(grant.host.as_os_str().as_bytes())?, access)
    };
    grants
        .iter()
        .map(|grant| {
            copy(grant).map_err(|error| {
                let of_the_path = [libc::ENOENT, libc::ENOTDIR, libc::EACCES, libc::ELOOP];
                if error.raw_os_error().is_some_and(|number| of_the_path.contains(&number)) {
                    let detail = error.to_string();
                    return GrantFailure {
                        guest: grant.guest.clone(),
                        detail,
                    }
                    .into();
                }
                let capability = "mount-namespace".to_owned();
                let detail = format!("cannot bind a granted directory: {error}");
                LayerFailure {
                    step: Step::Container,
                    capability,
                    detail,
                }
                .into()
            })
        })
        .collect()
}

/// A root that holds the granted directories, the directories on the way to them, and nothing else. Even an empty
/// root takes a few pages; a tmpfs without a size could grow to half of memory.
const ROOT_OPTIONS: [(&CStr, &CStr); 3] = [(c"size", c"64k"), (c"nr_inodes", c"1024"), (c"mode", c"755")];

fn build_root(trees: Vec<OwnedFd>, grants: &[GrantInstructions]) -> io::Result<()> {
    let root = mount::new_file_system(c"tmpfs", &ROOT_OPTIONS)?;
    let places: Vec<OwnedFd> = grants
        .iter()
        .map(|grant| place(&root, &grant.guest))
        .collect::<io::Result<_>>()?;
    // Before anything is attached to it: the restriction covers what is below.
    mount::restrict(root.as_fd(), Access::ReadOnly)?;
    let old_root = mount::open_root()?;
    mount::attach(root.as_fd(), old_root.as_fd())?;
    for (tree, place) in trees.iter().zip(&places) {
        mount::attach(tree.as_fd(), place.as_fd())?;
    }
    mount::become_root(root.as_fd())
}

/// Makes the directory at an absolute path below the new root.
pub(super) fn place(root: &OwnedFd, path: &str) -> io::Result<OwnedFd> {
    let mut at = root.try_clone()?;
    for component in path.split('/').filter(|component| !component.is_empty()) {
        at = mount::directory_at(at.as_fd(), &c_string(component.as_bytes())?)?;
    }
    Ok(at)
}
